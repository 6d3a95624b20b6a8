/* Any bytes as a routing log: reading never crashes, and what was read survives another round. */
#include "replay/record.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes what was read and reads it again: the same. */
static void again(struct record_writer *w, struct record_reader *rd, const struct record *r)
{
	struct record_bytes bytes = {0};
	struct route_actions none = {0};
	struct record got = {0};
	size_t at = 0;

	if (record_run(w, r->run, r->program, r->now_ms, r->wall_ms, &bytes) == 0 &&
		record_input(w, &r->input, r->now_ms, r->rc, &none, &bytes) == 0) {
		if (record_next(rd, bytes.at, bytes.len, &at, &got) != 1 ||
			record_next(rd, bytes.at, bytes.len, &at, &got) != 1 || at != bytes.len)
			abort();
		if (got.input.kind != r->input.kind || got.input.segment != r->input.segment ||
			got.input.n_asks != r->input.n_asks || got.rc != r->rc || got.wall_ms != r->wall_ms ||
			!got.input.config != !r->input.config)
			abort();
	}
	record_bytes_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader *rd = NULL, *second = NULL;
	struct record_writer *w = NULL;
	struct record r;
	size_t at = 0;

	if (record_reader_new(&rd) == 0 && record_reader_new(&second) == 0 && record_writer_new(&w) == 0)
		for (int i = 0; i < 1000 && record_next(rd, data, size, &at, &r) == 1; i++)
			if (r.kind == RECORD_INPUT)
				again(w, second, &r);
	if (at > size)
		abort();
	record_reader_free(rd);
	record_reader_free(second);
	record_writer_free(w);
	return 0;
}
