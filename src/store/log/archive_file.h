/* Inside of archives: shared by what reads them (archive.c) and what makes them (archive_make.c). */
#pragma once
#include "store/log/archive.h"
#include "store/log/log.h"

#include <sodium.h>

#define ARCHIVE_FOLDER "archives"
#define ARCHIVE_STATE_ALIGN 64

/* 0 or -ENAMETOOLONG. */
int archive_path(const char *directory, const char *name, char ret_path[static DB_PATH_MAX]);

/* What an archive is by its rows: everything of struct archive but name and bytes. The checksum is
 * BLAKE2b-256 over seq, time, type, interaction, length (eight bytes each, little-endian) and data of every
 * row. */
struct archive_sum {
	/* A crypto_generichash_state at the first address that is aligned as it wants; so a sum is not
	 * copied. */
	unsigned char state[sizeof(crypto_generichash_state) + ARCHIVE_STATE_ALIGN];
	struct archive archive;
	bool has_gap;
};
void archive_sum_begin(struct archive_sum *sum);
void archive_sum_add(struct archive_sum *sum, const struct log_row *row);
void archive_sum_end(struct archive_sum *sum);
/* As archive_verify, for an open file. */
int archive_check(struct db *db, const struct archive *a, char ret_why[static ARCHIVE_WHY_SIZE]);
/* Writes the rows first..last of from's table `event`, none of which is missing, into the file `name` of the
 * directory, whole and on the disk. 0; -EUCLEAN (one is missing); -errno. */
int archive_write(const char *directory, struct db *from, uint64_t first, uint64_t last, const char *name,
	struct archive *ret_archive);
/* Its row in the table `archive`; in the caller's transaction. 0 or -errno. */
int archive_insert(struct db *db, const struct archive *a);
