/* What routing was told of a contact, read from the log: any bytes. What can be read is written and read
 * again the same. */
#include "base/alloc.h"
#include "center/work/entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct entry e, again;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (entry_decode(text, &e) == 0) {
		char *written = entry_encode(&e);
		if (!written || entry_decode(written, &again) != 0 || again.since_ms != e.since_ms ||
			again.customer != e.customer || again.in.n_asks != e.in.n_asks ||
			again.in.priority != e.in.priority ||
			memcmp(again.in.asks, e.in.asks, sizeof(e.in.asks)) != 0 ||
			memcmp(again.in.excluded, e.in.excluded, sizeof(e.in.excluded)) != 0)
			abort();
		alloc_free(written);
	}
	free(text);
	return 0;
}
