/* See pack.h. */
#include "event/pack.h"
#include "base/alloc.h"
#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 4
#define CHECKSUM_SIZE 8
#define VARINT_MAX 10

static uint64_t checksum(const uint8_t *data, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint8_t *room_for(struct pack *p, size_t n)
{
	if (!p->failed && !VEC_RESERVE(p, p->len + n))
		p->failed = true;
	return p->failed ? NULL : p->at + p->len;
}

static void add(struct pack *p, const void *data, size_t n)
{
	uint8_t *to = room_for(p, n);

	if (!to || n == 0)
		return;
	memcpy(to, data, n);
	p->len += n;
}

void pack_begin(struct pack *p, const char *name, uint64_t version)
{
	add(p, name, NAME_SIZE);
	pack_uint(p, version);
}

void pack_uint(struct pack *p, uint64_t value)
{
	uint8_t *to = room_for(p, VARINT_MAX);

	if (!to)
		return;
	for (; value >= 0x80; value >>= 7, p->len++)
		*to++ = (uint8_t)(value | 0x80);
	*to = (uint8_t)value;
	p->len++;
}

void pack_int(struct pack *p, int64_t value)
{
	pack_uint(p, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void pack_text(struct pack *p, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	pack_uint(p, s ? n + 1 : 0);
	add(p, s, n);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int pack_keys(const struct map *m, uint64_t **ret_keys, size_t *ret_n)
{
	uint64_t *keys = alloc_array(m->len + 1, sizeof(*keys));
	size_t n = 0;

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key)
			keys[n++] = m->slots[i].key;
	qsort(keys, n, sizeof(*keys), by_number);
	*ret_keys = keys;
	*ret_n = n;
	return 0;
}

void pack_map(struct pack *p, const struct map *m, void (*save)(struct pack *p, const void *value))
{
	_cleanup_alloc_ uint64_t *keys = NULL;
	size_t n;

	if (pack_keys(m, &keys, &n) < 0) {
		p->failed = true;
		return;
	}
	pack_uint(p, n);
	for (size_t i = 0; i < n; i++) {
		pack_uint(p, keys[i] - (i ? keys[i - 1] : 0));
		save(p, map_get(m, keys[i]));
	}
}

int pack_end(struct pack *p, uint8_t **ret_data, size_t *ret_n)
{
	uint64_t sum = p->failed ? 0 : checksum(p->at, p->len);
	uint8_t bytes[CHECKSUM_SIZE];

	for (int i = 0; i < CHECKSUM_SIZE; i++)
		bytes[i] = (uint8_t)(sum >> (8 * i));
	add(p, bytes, sizeof(bytes));
	if (p->failed) {
		alloc_free(p->at);
		*p = (struct pack){0};
		return -ENOMEM;
	}
	*ret_n = p->len;
	*ret_data = TAKE_PTR(p->at);
	*p = (struct pack){0};
	return 0;
}

int unpack_begin(struct unpack *u, const uint8_t *data, size_t n, const char *name, uint64_t version)
{
	uint64_t sum = 0;

	if (n < NAME_SIZE + 1 + CHECKSUM_SIZE || memcmp(data, name, NAME_SIZE) != 0)
		return -EINVAL;
	n -= CHECKSUM_SIZE;
	for (int i = 0; i < CHECKSUM_SIZE; i++)
		sum |= (uint64_t)data[n + (size_t)i] << (8 * i);
	*u = (struct unpack){.at = data + NAME_SIZE, .end = data + n};
	return sum == checksum(data, n) && unpack_uint(u) == version && !u->failed ? 0 : -EINVAL;
}

uint64_t unpack_uint(struct unpack *u)
{
	uint64_t value = 0;

	for (int shift = 0; !u->failed; shift += 7) {
		if (u->at == u->end || shift > 63 || (shift == 63 && *u->at > 1))
			break;
		uint8_t byte = *u->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	u->failed = true;
	return 0;
}

int64_t unpack_int(struct unpack *u)
{
	uint64_t v = unpack_uint(u);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

size_t unpack_count(struct unpack *u)
{
	uint64_t n = unpack_uint(u);

	if (n <= (uint64_t)(u->end - u->at))
		return (size_t)n;
	u->failed = true;
	return 0;
}

int64_t unpack_within(struct unpack *u, int64_t low, int64_t high)
{
	int64_t v = unpack_int(u);

	if (v >= low && v <= high)
		return v;
	u->failed = true;
	return low;
}

int unpack_text(struct unpack *u, size_t max, char **ret_text)
{
	uint64_t n = unpack_uint(u);

	if (n == 0 || u->failed) {
		*ret_text = NULL;
		return 0;
	}
	n--;
	if (n > max || n > (uint64_t)(u->end - u->at) || memchr(u->at, 0, (size_t)n)) {
		u->failed = true;
		*ret_text = NULL;
		return 0;
	}
	char *s = alloc_zero((size_t)n + 1);
	if (!s)
		return -ENOMEM;
	memcpy(s, u->at, (size_t)n);
	u->at += n;
	*ret_text = s;
	return 0;
}

int unpack_map(struct unpack *u, void *arg, int (*load)(struct unpack *u, void *arg, uint64_t key))
{
	size_t n = unpack_count(u);
	uint64_t key = 0;
	int err = 0;

	for (size_t i = 0; i < n && err == 0 && !u->failed; i++) {
		uint64_t step = unpack_uint(u);
		/* Ascending, each once: no value is ever put over another one, which would be lost. */
		if (step == 0 || key + step < key)
			u->failed = true;
		key += step;
		if (!u->failed)
			err = load(u, arg, key);
	}
	return err;
}

int unpack_end(const struct unpack *u)
{
	return u->failed || u->at != u->end ? -EINVAL : 0;
}
