/* What is read of a PostgreSQL server's answers by code of ours (bytes as text), and the translation of
 * statements. */
#include "db/postgres.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pg_sql sql = {0};
	char *text = malloc(size + 1), *bytes = malloc(size + 1);

	if (text && bytes) {
		memcpy(text, data, size);
		memcpy(bytes, data, size);
		text[size] = '\0';
		if (pg_sql_read(&sql, text) == 0)
			pg_sql_free(&sql);
		pg_errno(text);
		if (pg_bytes_decode(bytes, size) > size)
			abort();
	}
	free(text);
	free(bytes);
	return 0;
}
