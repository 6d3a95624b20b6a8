/* The pieces of HTTP that are parsed by code of ours: query strings, cookies, ranges, tags, addresses. */
#include "api/http_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q = {0};
	char value[32], *text = malloc(size + 1);
	int64_t first, last;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	query_parse(&q, text, size);
	query_get(&q, "a");
	cookie_get(text, "markaz_session", value, sizeof(value));
	for (int64_t n = 0; n < 3000; n += 1000)
		if (range_parse(text, n, &first, &last) == RANGE_PART &&
			!(first >= 0 && first <= last && last < n))
			abort();
	etag_list_has(text, "7");
	etag_version(text, &first);
	accepts_gzip(text);
	address_listed(text, "192.0.2.1");
	address_listed("10.0.0.0/8", text);
	forwarded_for(text, "10.0.0.0/8", value, sizeof(value));
	origin_is_same(text, "markaz.test");
	if (size < 64)
		address_unmap(text);
	free(text);
	return 0;
}
