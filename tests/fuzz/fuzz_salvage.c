/* Any bytes as a database file and its log: every row of every tree is asked for, and every page by itself.
 * The first two bytes say how much of the rest is the log. */
#include "db/salvage.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_row(const struct salvage_row *row, void *arg)
{
	size_t *sum = arg;

	if (row->n < 0 || row->n > SALVAGE_COLUMNS_MAX)
		abort();
	for (int i = 0; i < row->n; i++) /* every byte given can be read */
		for (size_t k = 0; k < row->values[i].n; k++)
			*sum += row->values[i].data[k];
	return 0;
}

static int file_of(const uint8_t *data, size_t n)
{
	int fd = memfd_create("fuzz", 0);

	if (fd >= 0 && write(fd, data, n) != (ssize_t)n)
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pages *pages = NULL;
	struct salvage s;
	size_t sum = 0, log = size < 2 ? 0 : ((size_t)data[0] << 8 | data[1]) % (size - 1);

	if (size < 2)
		return 0;
	int file = file_of(data + 2, size - 2 - log), wal = log ? file_of(data + size - log, log) : -1;
	if (pages_open_files(&pages, file, wal) == 0 && salvage_open(&s, pages) == 0) {
		for (uint32_t root = 1; root <= s.f.count && root < 64; root++)
			salvage_tree(&s, root, NULL, on_row, &sum);
		for (uint32_t page = 1; page <= s.f.count && page < 64; page++)
			salvage_page(&s, page, true, on_row, &sum);
		salvage_earlier(&s, on_row, &sum);
		salvage_close(&s);
	}
	close(file);
	if (wal >= 0)
		close(wal);
	return 0;
}
