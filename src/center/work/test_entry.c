/* What routing was told, as text and back. */
#include "base/alloc.h"
#include "base/str.h"
#include "center/work/entry.h"
#include "harness/test.h"

#include <errno.h>
#include <string.h>

#define SOMEBODY "\"0akz0bmw0sh68\""
#define FIVE_EXCLUDED "{\"excluded\":[" SOMEBODY "," SOMEBODY "," SOMEBODY "," SOMEBODY "," SOMEBODY "]}"

TEST_OOM(what_is_written_is_read_again)
{
	struct entry again, e = {.since_ms = 1795000000000,
				    .customer = 5,
				    .is_vip = true,
				    .attached = 77,
				    .amount = 4200};

	e.in.priority = -7;
	e.in.head_start_ms = 60000;
	e.in.target_ms = 20000;
	e.in.preferred_agent = 9;
	e.in.preferred_patience_ms = 15000;
	for (int i = 0; i < ROUTE_ASKS_MAX; i++)
		e.in.asks[e.in.n_asks++] = (struct route_ask){
			(uint64_t)i + 1, (uint8_t)(1 + i % 10), (uint8_t)(i % 3), (uint8_t)(i % 4)};
	for (int i = 0; i < ROUTE_EXCLUDED_MAX; i++)
		e.in.excluded[e.in.n_excluded++] = (uint64_t)i + 100;
	char *text = entry_encode(&e);
	if (!text)
		return;
	int err = entry_decode(text, &again);
	alloc_free(text);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK(again.since_ms == e.since_ms && again.customer == 5 && again.is_vip);
	CHECK(again.attached == 77 && again.amount == 4200);
	CHECK(memcmp(&again.in, &e.in, sizeof(e.in)) == 0);
}

TEST(what_routing_would_not_take_is_refused)
{
	static const char *const wrong[] = {"", "[]", "{", "null", "{\"since\":-1}", "{\"since\":\"1\"}",
		"{\"customer\":7}", "{\"attached\":7}", "{\"amount\":-1}", "{\"priority\":1000001}",
		"{\"head_start_ms\":-1}", "{\"asks\":[[\"0akz0bmw0sh68\",11,0,1]]}",
		"{\"asks\":[[\"0akz0bmw0sh68\",1,0,9]]}", "{\"asks\":[[\"0akz0bmw0sh68\",1]]}",
		"{\"asks\":7}", "{\"excluded\":[1]}", FIVE_EXCLUDED, "{\"since\":1,\"since\":2}"};
	struct entry e = {.since_ms = 77};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_INT(entry_decode(wrong[i], &e), -EINVAL);
	CHECK_INT(e.since_ms, 77); /* untouched */
	CHECK_INT(entry_decode("{\"of_tomorrow\":1}", &e), 0);
	CHECK_INT(entry_decode(NULL, &e), 0);
	CHECK_INT(e.since_ms, 0);
}
