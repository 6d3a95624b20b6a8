/* Any bytes as the stored form of an event: decoding never crashes, and what decodes survives another round.
 * And as a list of types. */
#include "base/alloc.h"
#include "base/arena.h"
#include "event/event.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct event e = {.seq = 1, .at_ms = 1, .type = EVENT_SEGMENT_ANSWERED}, again = e;

	if (event_decode((const char *)data, size, &arena, &e) == 0) {
		_cleanup_alloc_ char *text = event_encode(&e);
		if (text && event_decode(text, strlen(text), &arena, &again) < 0)
			abort();
		if (text &&
			(again.queue != e.queue || again.number != e.number || !again.reason != !e.reason))
			abort();
		json_decref(event_to_cloudevent(&e));
	}
	arena_free(&arena);
	/* The same bytes as somebody's choice of types. */
	char list[256], unknown[32] = "";
	size_t n = size < sizeof(list) ? size : sizeof(list) - 1;
	uint64_t types = 0;
	memcpy(list, data, n);
	list[n] = '\0';
	int err = event_types_parse(list, &types, unknown, sizeof(unknown));
	if (err == 0 ? types == 0 : err != -ENOENT || types != 0 || strlen(unknown) >= sizeof(unknown))
		abort();
	return 0;
}
