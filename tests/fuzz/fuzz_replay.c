/* Any bytes as a routing log, decided again and lived again: nothing crashes, nothing runs for ever. */
#include "replay/replay.h"
#include "sim/whatif/whatif.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay *p = NULL;
	struct whatif *w = NULL;
	struct record_reader *rd = NULL;
	struct record r = {0};
	json_t *report = NULL;
	size_t at = 0;

	if (record_reader_new(&rd) < 0 || record_next(rd, data, size, &at, &r) < 0)
		r.wall_ms = 0;
	record_reader_free(rd);
	/* A minute from the beginning on: bytes may ask for something every millisecond. */
	int64_t from = r.wall_ms > INT64_MAX - 60000 || r.wall_ms < -INT64_MAX / 2 ? 0 : r.wall_ms;
	const struct whatif_options o = {.from_ms = from, .to_ms = from + 60000, .seed = 1};
	if (replay_new(&p, &(struct replay_options){0}) == 0)
		replay_feed(p, data, size, NULL);
	replay_free(p);
	if (whatif_new(&w, &o) == 0 && whatif_feed(w, data, size, NULL) >= 0)
		whatif_run(w, &report);
	json_decref(report);
	whatif_free(w);
	return 0;
}
