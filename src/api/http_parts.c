/* Invariant: offsets in struct query always name NUL-terminated texts inside text[]. */
#include "api/http_parts.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int query_add(struct query *q, const char *argument, size_t n)
{
	if (q->n == QUERY_ARGUMENTS_MAX || n + 2 > sizeof(q->text) - q->used)
		return -E2BIG;
	if (!str_is_utf8(argument, n))
		return -EINVAL;
	char *name = q->text + q->used;

	memcpy(name, argument, n);
	name[n] = '\0';
	char *equals = memchr(name, '=', n);
	if (equals)
		*equals = '\0';
	q->at[q->n].name = (uint16_t)q->used;
	q->at[q->n].value = (uint16_t)(equals ? (size_t)(equals + 1 - q->text) : q->used + n);
	q->n++;
	q->used += n + 1;
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes n bytes of text into ret_text (at least n bytes); the length, or -EINVAL. */
static int percent_decode(const char *text, size_t n, char *ret_text)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (c == '%') {
			bool has_two = n - i > 2;
			int high = has_two ? hex(text[i + 1]) : -1, low = has_two ? hex(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		ret_text[len++] = c;
	}
	return (int)len;
}

int query_parse(struct query *q, const char *text, size_t n)
{
	char decoded[QUERY_BYTES_MAX];

	for (size_t start = 0; start < n;) {
		const char *end = memchr(text + start, '&', n - start);
		size_t len = end ? (size_t)(end - text) - start : n - start;
		if (len > sizeof(decoded))
			return -E2BIG;
		int got = percent_decode(text + start, len, decoded);
		int err = got < 0 ? got : len ? query_add(q, decoded, (size_t)got) : 0;
		if (err < 0)
			return err;
		start += len + 1;
	}
	return 0;
}

const char *query_get(const struct query *q, const char *name)
{
	for (int i = 0; i < q->n; i++)
		if (strcmp(q->text + q->at[i].name, name) == 0)
			return q->text + q->at[i].value;
	return NULL;
}

int cookie_get(const char *header, const char *name, char *ret_value, size_t size)
{
	size_t name_len = strlen(name);

	for (const char *p = header ? header : ""; *p;) {
		p += strspn(p, " \t;");
		size_t len = strcspn(p, ";");
		if (len > name_len && p[name_len] == '=' && memcmp(p, name, name_len) == 0) {
			const char *value = p + name_len + 1;
			size_t n = len - name_len - 1;
			while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
				n--;
			if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
				value++;
				n -= 2;
			}
			if (n >= size)
				return -E2BIG;
			memcpy(ret_value, value, n);
			ret_value[n] = '\0';
			return 0;
		}
		p += len;
	}
	return -ENOENT;
}

/* Reads digits at *p; -1 when there are none or too many. */
static int64_t digits(const char **p)
{
	int64_t value = 0;
	int n = 0;

	for (; isdigit((unsigned char)**p); (*p)++, n++) {
		if (n == 18)
			return -1;
		value = value * 10 + (**p - '0');
	}
	return n ? value : -1;
}

enum range_result range_parse(const char *header, int64_t size, int64_t *ret_first, int64_t *ret_last)
{
	if (!header || !str_starts_with(header, "bytes="))
		return RANGE_WHOLE;
	const char *p = header + strlen("bytes=");
	bool is_suffix = *p == '-';
	int64_t first = is_suffix ? 0 : digits(&p);

	if (first < 0 || *p++ != '-')
		return RANGE_WHOLE;
	bool is_open = !is_suffix && *p == '\0';
	int64_t last = is_open ? INT64_MAX : digits(&p);
	if (last < 0 || *p)
		return RANGE_WHOLE;
	if (is_suffix) {
		if (last == 0 || size == 0)
			return RANGE_UNSATISFIABLE;
		first = last < size ? size - last : 0;
		last = size - 1;
	} else if (last < first) {
		return RANGE_WHOLE;
	}
	if (first >= size)
		return RANGE_UNSATISFIABLE;
	*ret_first = first;
	*ret_last = last < size ? last : size - 1;
	return RANGE_PART;
}

bool etag_list_has(const char *header, const char *tag)
{
	size_t tag_len = strlen(tag);
	const char *p = header ? header : "";

	while (*p) {
		p += strspn(p, " \t,");
		if (*p == '*')
			return true;
		if (p[0] == 'W' && p[1] == '/')
			p += 2;
		if (*p != '"')
			return false;
		size_t len = strcspn(p + 1, "\"");
		if (p[1 + len] != '"')
			return false;
		if (len == tag_len && memcmp(p + 1, tag, len) == 0)
			return true;
		p += len + 2;
	}
	return false;
}

int etag_version(const char *header, int64_t *ret_version)
{
	if (str_is_blank(header) || strcmp(header, "*") == 0)
		return -ENOENT;
	const char *p = header;
	bool is_quoted = *p == '"';

	p += is_quoted;
	int64_t version = digits(&p);
	if (version < 1 || (is_quoted && *p++ != '"') || *p)
		return -EINVAL;
	*ret_version = version;
	return 0;
}

bool accepts_gzip(const char *header)
{
	for (const char *p = header ? header : ""; *p;) {
		p += strspn(p, " \t,");
		size_t len = strcspn(p, ",");
		if (len >= 4 && strncasecmp(p, "gzip", 4) == 0 && (len == 4 || strchr("; \t", p[4]))) {
			const char *q = memchr(p, '=', len);
			return !q || strtod(q + 1, NULL) > 0;
		}
		p += len;
	}
	return false;
}

void address_unmap(char *address)
{
	size_t n = strlen(address);

	if (n > 7 && strncasecmp(address, "::ffff:", 7) == 0 && strchr(address, '.'))
		memmove(address, address + 7, n - 7 + 1);
}

/* Whether the first `bits` bits of two addresses are equal. */
static bool has_prefix(const unsigned char *a, const unsigned char *b, int64_t bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = (int)(bits % 8);

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Whether address is block, "192.0.2.0/24" or one address. */
static bool is_in_block(char *block, const char *address)
{
	unsigned char a[16], b[16];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	int64_t bits_max = family == AF_INET6 ? 128 : 32, bits = bits_max;
	char *slash = strchr(block, '/');

	if (slash) {
		*slash = '\0';
		if (str_to_int(slash + 1, 0, bits_max, &bits) < 0)
			return false;
	}
	return inet_pton(family, address, a) == 1 && inet_pton(family, block, b) == 1 &&
	       has_prefix(a, b, bits);
}

bool address_listed(const char *list, const char *address)
{
	for (const char *p = list ? list : ""; *p;) {
		char block[64];

		p += strspn(p, " \t,");
		size_t len = strcspn(p, " \t,");
		if (len && str_put_n(block, sizeof(block), p, len) == 0 && is_in_block(block, address))
			return true;
		p += len;
	}
	return false;
}

bool address_is_loopback(const char *address)
{
	return address_listed("127.0.0.0/8, ::1", address);
}

int forwarded_for(const char *header, const char *trusted, char *ret_address, size_t size)
{
	size_t end = header ? strlen(header) : 0;

	while (end > 0) {
		size_t start = end;
		while (start > 0 && header[start - 1] != ',')
			start--;
		char entry[64];
		unsigned char binary[16];
		const char *p = header + start;
		size_t len = end - start;

		for (; len && (*p == ' ' || *p == '\t'); p++)
			len--;
		while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		if (str_put_n(entry, sizeof(entry), p, len) < 0)
			return -ENOENT;
		address_unmap(entry);
		if (inet_pton(AF_INET, entry, binary) != 1 && inet_pton(AF_INET6, entry, binary) != 1)
			return -ENOENT;
		if (!address_listed(trusted, entry))
			return str_put(ret_address, size, entry) < 0 ? -ENOENT : 0;
		end = start ? start - 1 : 0;
	}
	return -ENOENT;
}

bool origin_is_same(const char *origin, const char *host)
{
	const char *p = strstr(origin, "://");

	if (!p || str_is_blank(host))
		return false;
	return strcasecmp(p + 3, host) == 0;
}
