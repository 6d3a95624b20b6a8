/* The few pieces of HTTP that libwebsockets leaves as text: query arguments, cookies, Range, entity tags,
 * addresses. PURE: bytes in, facts out; every function takes hostile input. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERY_ARGUMENTS_MAX 24
#define QUERY_BYTES_MAX 2048

struct query { /* arguments, already percent-decoded, in order */
	char text[QUERY_BYTES_MAX];
	size_t used;
	struct {
		uint16_t name, value; /* offsets into text */
	} at[QUERY_ARGUMENTS_MAX];
	int n;
};

/* Adds one decoded argument "name=value" of n bytes ("name" alone: value ""). 0; -E2BIG too many or too long;
 * -EINVAL: NUL or ill-formed UTF-8. The query is unchanged on failure. */
int query_add(struct query *q, const char *argument, size_t n);
/* Splits a whole query string "a=1&b=%20" (percent and plus decoded). As query_add; -EINVAL also for a bad
 * escape. */
int query_parse(struct query *q, const char *text, size_t n);
/* The first value of name, or NULL. Borrowed. */
const char *query_get(const struct query *q, const char *name);

/* The value of cookie `name` in a Cookie header (RFC 6265 section 4.2.1): 0, -ENOENT, -E2BIG (longer than
 * size). */
int cookie_get(const char *header, const char *name, char *ret_value, size_t size);

enum range_result { RANGE_WHOLE = 0, RANGE_PART = 1, RANGE_UNSATISFIABLE = 2 };
/* A Range header against a body of `size` bytes (RFC 9110 section 14.2). One byte range is honoured; anything
 * else (other units, lists, nonsense) means the whole body, as the RFC allows. On RANGE_PART first <= last <
 * size. */
enum range_result range_parse(const char *header, int64_t size, int64_t *ret_first, int64_t *ret_last);

/* Whether an If-None-Match list (RFC 9110 section 13.1.2) holds `tag` (without quotes), or is "*". Weak tags
 * compare equal. */
bool etag_list_has(const char *header, const char *tag);
/* The version in an If-Match of one quoted decimal ("7" in quotes): 0 and ret_version; -ENOENT: header empty
 * or "*"; -EINVAL: anything else. */
int etag_version(const char *header, int64_t *ret_version);

/* Whether Accept-Encoding takes gzip (q=0 refuses). */
bool accepts_gzip(const char *header);
/* Whether `address` (textual IPv4 or IPv6, mapped IPv4 as IPv4) is in a comma-separated list of addresses and
 * CIDR blocks. */
bool address_listed(const char *list, const char *address);
bool address_is_loopback(const char *address);
/* "::ffff:192.0.2.1" -> "192.0.2.1" in place. */
void address_unmap(char *address);
/* The client's address from X-Forwarded-For: the right-most entry that is not itself trusted. 0; -ENOENT: no
 * usable entry. */
int forwarded_for(const char *header, const char *trusted, char *ret_address, size_t size);
/* Whether a browser's Origin ("https://host[:port]") names the same host as the Host header (scheme is not
 * compared: a proxy in front may end TLS). */
bool origin_is_same(const char *origin, const char *host);
