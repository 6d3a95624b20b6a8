/* The spool: a file of fixed size, written full of zeroes beforehand, that takes accepted events while the
 * database does not. What spool_sync confirmed is on the disk; a full disk cannot refuse it.
 *
 * Invariants: events lie in it in the order of their numbers without a gap; half an event is never given
 * back; what was emptied into the database is overwritten with zeroes (they are personal data); a spool of
 * another installation is neither read nor changed.
 *
 * Must not know: the database. One thread at a time. */
#pragma once
#include "store/write/spool_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_FILE "spool"
#define SPOOL_BYTES_MAX ((uint64_t)4096 << 20)
#define SPOOL_GROUP_BYTES (1 << 20) /* gathered before one write; also the step of making and zeroing */

struct spool;

struct spool_figures {
	uint64_t bytes_max;	      /* that events may take; 0: there is no file (yet) */
	uint64_t bytes, events;	      /* in use; confirmed and not yet given to the database */
	uint64_t first_seq, last_seq; /* of the events in it, 0: none */
};

/* Opens directory/spool and looks through it. No file: a spool without room (spool_make). torn_at (bytes) is
 * 0, or where a record was torn: what lies behind it was never confirmed, or the disk lost it. 0, -ENOMEM,
 * -errno; -EXDEV: of another installation; -EUCLEAN: not a spool, or its header is damaged. */
int spool_open(struct spool **ret_spool, const char *directory, const unsigned char owner[SPOOL_OWNER_BYTES],
	uint64_t *ret_torn_at);
/* The file stays as it is. NULL is fine. */
void spool_close(struct spool *sp);
void spool_figures(const struct spool *sp, struct spool_figures *ret_figures);

/* Adds to the group that the next spool_sync writes; data is copied. 0; -ENOSPC: the file has no room for it
 * (the group is as before); -EFBIG: larger than SPOOL_DATA_MAX; -ENOMEM. */
int spool_add(struct spool *sp, const struct spool_record *r);
/* Writes the group and waits for the disk. 0: all of it is safe. -errno: none of it counts; the group is
 * forgotten, the same records may be added again. */
int spool_sync(struct spool *sp);

/* The next record that was confirmed and not yet read; borrowed until the next call. 1, 0 none, -EUCLEAN (the
 * disk gives back something else than was written), -errno. */
int spool_next(struct spool *sp, struct spool_record *ret_record);
/* All that was read is in the database. When nothing is left the file begins anew (a write and an fsync; a
 * failure is harmless and repaired later). 0 or -errno. */
int spool_taken(struct spool *sp);
/* What was read and not taken will be read again. */
void spool_rewind(struct spool *sp);

/* Work in small steps, while there is time: makes a file of `bytes` when there is none or an empty one of
 * another size, and overwrites what was emptied. At most SPOOL_GROUP_BYTES and an fsync each. 1 there is more
 * to do, 0 nothing, -errno (-ENOSPC: no room to make it). */
int spool_tend(struct spool *sp, uint64_t bytes);
