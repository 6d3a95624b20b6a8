/* See match.h. Invariant after sip_match_seal: rules are sorted by compare() and no two compare equal. */
#include "sip/match.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void mask(uint8_t address[16], int bits)
{
	for (int i = 0; i < 16; i++, bits -= 8)
		if (bits < 8)
			address[i] &= bits <= 0 ? 0 : (uint8_t)(0xff << (8 - bits));
}

static int parse_ip(const char *text, uint8_t ret_address[16], bool *ret_is_v4)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		memcpy(ret_address, mapped, 12);
		memcpy(ret_address + 12, v4, 4);
		*ret_is_v4 = true;
		return 0;
	}
	*ret_is_v4 = false;
	return inet_pton(AF_INET6, text, ret_address) == 1 ? 0 : -EINVAL;
}

/* Cuts text at the character that ends the address and gives what follows it; ret_kind says '/', ':' or 0. */
static char *split(char *text, char *ret_kind)
{
	char *slash = strchr(text, '/'), *colon = strchr(text, ':'), *bracket = strchr(text, ']');

	*ret_kind = '\0';
	if (text[0] == '[' && bracket) {
		memmove(text, text + 1, strlen(text));
		bracket--;
		*bracket = '\0';
		*ret_kind = bracket[1];
		return bracket[1] ? bracket + 2 : bracket + 1;
	}
	char *at = slash ? slash : colon && colon == strrchr(text, ':') ? colon : NULL;
	if (!at)
		return text + strlen(text);
	*ret_kind = *at;
	*at = '\0';
	return at + 1;
}

int sip_match_parse(const char *text, struct match_rule *ret_rule)
{
	struct match_rule rule = {.bits = 128};
	char copy[80], kind, *rest;
	int64_t number = 0;
	bool is_v4;

	if (str_put(copy, sizeof(copy), text) < 0)
		return -EINVAL;
	rest = split(copy, &kind);
	if (parse_ip(copy, rule.address, &is_v4) < 0)
		return -EINVAL;
	if (kind == '/') {
		if (str_to_int(rest, 0, is_v4 ? 32 : 128, &number) < 0)
			return -EINVAL;
		rule.bits = (uint8_t)(is_v4 ? 96 + number : number);
		mask(rule.address, rule.bits);
	} else if (kind == ':') {
		if (str_to_int(rest, 1, 65535, &number) < 0)
			return -EINVAL;
		rule.port = (uint16_t)number;
	} else if (kind) {
		return -EINVAL;
	}
	*ret_rule = rule;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct match_rule *a = left, *b = right;
	int order;

	if (a->bits != b->bits)
		return b->bits - a->bits;
	order = memcmp(a->address, b->address, 16);
	return order ? order : a->port - b->port;
}

int sip_match_add(struct match *m, const struct match_rule *rule)
{
	for (size_t i = 0; i < m->len; i++)
		if (compare(&m->rules[i], rule) == 0)
			return 0;
	if (!vec_grow((void **)&m->rules, &m->room, m->len + 1, sizeof(*rule)))
		return -ENOMEM;
	m->rules[m->len++] = *rule;
	return 0;
}

void sip_match_seal(struct match *m)
{
	if (m->len)
		qsort(m->rules, m->len, sizeof(*m->rules), compare);
}

/* The first rule with fewer bits than rule i. */
static size_t next_length(const struct match *m, size_t i)
{
	size_t low = i, high = m->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (m->rules[middle].bits == m->rules[i].bits)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *sip_match_find(const struct match *m, const uint8_t address[16], uint16_t port)
{
	for (size_t i = 0; i < m->len; i = next_length(m, i)) {
		struct match_rule key = {.bits = m->rules[i].bits, .port = port}, *found;
		memcpy(key.address, address, 16);
		mask(key.address, key.bits);
		found = bsearch(&key, m->rules, m->len, sizeof(key), compare);
		key.port = 0;
		if (!found)
			found = bsearch(&key, m->rules, m->len, sizeof(key), compare);
		if (found)
			return found->value;
	}
	return NULL;
}

bool sip_match_has_address(const struct match *m, const uint8_t address[16])
{
	for (size_t i = 0; i < m->len; i = next_length(m, i)) {
		size_t low = i, high = next_length(m, i), end = high;
		uint8_t key[16];
		memcpy(key, address, 16);
		mask(key, m->rules[i].bits);
		while (low < high) {
			size_t middle = (low + high) / 2;
			if (memcmp(m->rules[middle].address, key, 16) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < end && memcmp(m->rules[low].address, key, 16) == 0)
			return true;
	}
	return false;
}

void sip_match_free(struct match *m)
{
	alloc_free(m->rules);
	*m = (struct match){0};
}
