/* The pages of an SQLite file and of the log beside it, read without SQLite: for files that SQLite refuses.
 * Nothing read is trusted; the files are never written to.
 *
 * The newest content of a page is what the log holds of it, else what the file holds. Of the log count those
 * frames whose checksum is right and that lie before the last commit. A frame is checked against the one
 * before it, so that frames behind a damaged one are found too (SQLite gives up at the first).
 *
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.
 *
 * Must not know: what is on a page. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_SIZE_MIN 512
#define PAGES_SIZE_MAX 65536
#define PAGES_COUNT_MAX 0xfffffffeu

struct pages;
struct pages_figures {
	uint32_t page_size, usable; /* bytes; usable: without what each page keeps in reserve */
	uint32_t count;		    /* the highest number of a page that may exist */
	uint32_t in_file;	    /* pages that begin in the file; the last may be cut */
	uint32_t in_header;	    /* pages there must be, as the newest header says; 0: unknown */
	bool is_header_good;	    /* of the file. Not: page_size is what the log says, or a guess */
	bool is_log_header_good;    /* also when there is no log */
	uint32_t frames,
		frames_bad; /* of the log's present round: right and committed; damaged before those */
};

/* Opens the file at path, and path-wal when there is one. One thread. 0, -ENOENT, -EUCLEAN (too short to hold
 * a page), -ENOMEM, -errno. */
int pages_open(struct pages **ret_pages, const char *path);
/* As pages_open on open files, which stay the caller's; log -1: none. */
int pages_open_files(struct pages **ret_pages, int file, int log);
void pages_close(struct pages *p);
void pages_figures(const struct pages *p, struct pages_figures *ret_figures);
/* The newest content of page number (from 1), page_size bytes. What the end of the file cut off is zero.
 * 0, -ENODATA (no such page), -EIO and other -errno (the disk does not give it). */
int pages_read(const struct pages *p, uint32_t number, uint8_t *ret_page);
/* Earlier contents: of the i-th frame (below frames), or, with pages_read_file, of the file behind the log.
 * Results are those of pages_read. */
int pages_read_frame(const struct pages *p, uint32_t i, uint32_t *ret_number, uint8_t *ret_page);
int pages_read_file(const struct pages *p, uint32_t number, uint8_t *ret_page);

static inline uint32_t pages_u16(const uint8_t *b)
{
	return (uint32_t)b[0] << 8 | b[1];
}
static inline uint32_t pages_u32(const uint8_t *b)
{
	return pages_u16(b) << 16 | pages_u16(b + 2);
}
