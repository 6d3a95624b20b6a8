/* Snapshots: folds of the log saved as bytes, so that a start reads the traffic since, not the log's whole
 * age. What the bytes mean is the caller's; here they are kept whole.
 *
 * A snapshot is written in parts, each with a commit of its own between those of the events, so that a large
 * one delays nobody; its row in `snapshot` comes last and makes it one. Two are kept: should the newest be
 * damaged, there is an older one, and behind both the log itself. They hold names and numbers of the contacts
 * that were open: erasing a person forgets them all (snapshots_forget). */
#pragma once
#include "db/db.h"
#include "store/store.h"

#define SNAPSHOT_PART_BYTES 65536
#define SNAPSHOTS_KEPT 2
#define SNAPSHOT_BYTES_MAX ((size_t)1 << 30)

struct store_snapshot {
	uint64_t seq;	  /* of the last event folded */
	int64_t event_ms; /* its wall time */
	size_t bytes;
};

/* Keeps the fold of the events up to head->seq, and of the older ones the newest. Blocks for as many commits
 * as there are parts: never the centre, audio or SIP thread. 0; -E2BIG; -EALREADY (there is one of this seq);
 * -ECANCELED (snapshots were forgotten meanwhile: make another one); or why it cannot be written (-ENOSPC,
 * -EBUSY...). */
int store_snapshot_write(struct store *s, const struct store_snapshot *head, const uint8_t *data);
/* The whole ones, newest first: how many (at most SNAPSHOTS_KEPT), or -errno. */
int store_snapshots(struct store_reader *rd, struct store_snapshot ret_heads[static SNAPSHOTS_KEPT]);
/* head->bytes bytes, owned by the caller (alloc_free). 0; -EUCLEAN: parts are missing; -errno. */
int store_snapshot_read(struct store_reader *rd, const struct store_snapshot *head, uint8_t **ret_data);
/* Whether the log of this database is the one that was folded: 1 yes; 0 no (the log ends before it, begins
 * after the event that follows it, or has another event of that number); -errno. */
int store_snapshot_fits(struct store_reader *rd, const struct store_snapshot *head);
/* Forgets those of events that this log does not have (a backup was put back). 0 or -errno. Blocks. */
int store_snapshots_forget_after(struct store *s, uint64_t seq);
/* Forgets all, within the caller's transaction: an erased person must not live on in them. 0 or -errno. */
int snapshots_forget(struct db *db);

/* --- what a start without a snapshot reads
 * --------------------------------------------------------------------------------- */
struct store_open_contact {
	uint64_t id;
	int64_t started_ms;
};
/* Interactions started and not ended, by id: *ret_n of them, owned by the caller (alloc_free). 0 or -errno.
 */
int store_open_contacts(struct store_reader *rd, struct store_open_contact **ret_list, size_t *ret_n);
/* The events of one contact before before_seq, in order, at most STORE_EVENTS_LIMIT_MAX; stops when on_event
 * returns false. 0 or -errno. */
int store_events_of(struct store_reader *rd, const struct store_open_contact *contact, uint64_t before_seq,
	store_event_handler *on_event, void *arg);
/* The number of the last event of the log; 0: it is empty. 0 or -errno. */
int store_last_seq(struct store_reader *rd, uint64_t *ret_seq);
