/* A spool file of anybody's making: headers and records are read without trust, and what is found is what the
 * writer would have written. */
#include "store/write/spool_format.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Records from at on, in a window that ends there and nowhere else. */
static void look(const struct spool_header *h, const uint8_t *in, size_t n, bool is_all)
{
	size_t at = 0, size = 0;
	struct spool_record r;

	while (at < n) {
		uint8_t *copy = malloc(n - at); /* so that reading past the end is seen */
		memcpy(copy, in + at, n - at);
		enum spool_found found = spool_record_read(h, copy, n - at, is_all, &r, &size);
		if (found == SPOOL_FOUND_RECORD) {
			uint8_t *again = malloc(size);
			assert(size <= n - at && size == spool_record_size(r.n));
			spool_record_write(h, &r, again);
			/* Behind the data there may be anything; all else has one form. */
			assert(memcmp(again, copy, 36) == 0 &&
				memcmp(again + SPOOL_RECORD_BYTES, copy + SPOOL_RECORD_BYTES, r.n) == 0);
			free(again);
		}
		free(copy);
		if (found != SPOOL_FOUND_RECORD)
			return;
		at += size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t page[SPOOL_HEADER_BYTES];
	struct spool_header h = {0};

	spool_header_read(data, size, &h);
	look(&h, data, size, true);
	look(&h, data, size, false);
	/* A small input is the first of it, and a page behind the header. */
	memset(page, 0, sizeof(page));
	memcpy(page, data, size < sizeof(page) ? size : sizeof(page));
	if (spool_header_read(page, sizeof(page), &h) == 0 && size > SPOOL_SLOT_BYTES)
		look(&h, data + SPOOL_SLOT_BYTES, size - SPOOL_SLOT_BYTES, true);
	return 0;
}
