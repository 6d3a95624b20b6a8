/* Any bytes as opening hours, asked at any time. Input: 8 bytes of time, then a JSON text. */
#include "base/jsonx.h"
#include "flow/hours.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hours *h = NULL;
	char error[256];
	int64_t at;

	if (size < sizeof(at))
		return 0;
	memcpy(&at, data, sizeof(at));
	_cleanup_json_ json_t *doc = json_loadb((const char *)data + sizeof(at), size - sizeof(at), 0, NULL);
	if (!doc || hours_parse(doc, &h, error) < 0)
		return 0;
	bool is_open = hours_is_open(h, at);
	int64_t change = hours_next_change(h, at);
	/* Within the years a calendar is used for, the change must be one. */
	if (at > 0 && at < INT64_C(4102444800000) && change != INT64_MAX &&
		(change <= at || hours_is_open(h, change) == is_open ||
			hours_is_open(h, change - 1) != is_open))
		abort();
	hours_free(h);
	return 0;
}
