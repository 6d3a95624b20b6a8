/* Erasing of people; see store_person_erase and docs/people.md. Writer's thread, inside its transaction,
 * where nothing else is said. */
#pragma once
#include "store/people/who.h"

/* Takes everything that says who it was out of the tables of one person's contacts, but for sealed events,
 * and notes the files of their recordings for removal. *ret_contacts, *ret_recordings: how many. 0 or -errno.
 */
int erase_contacts(
	struct db *db, uint64_t person, int64_t now_ms, int64_t *ret_contacts, int64_t *ret_recordings);
/* The person's key and all that leads to the person are gone after this. 0 or -errno. */
int erase_key(struct db *db, uint64_t person, int64_t now_ms);
/* Hands the request one more event, which is written with it. It owns p. */
void erase_push(struct store_request *rq, struct pending *p);
/* Hands the request an event that says so. 0 or -ENOMEM. */
int erase_tell(
	struct store_request *rq, uint64_t person, int64_t contacts, const char *reason, int64_t now_ms);

/* --- any thread but the writer's and the centre's
 * -----------------------------------------------------------------------------------------------------------
 */
/* Removes the files that wait for it: overwritten, unlinked, forgotten; at most `max` of them. *ret_left: how
 * many still wait. 0 or -errno (some file could not be removed; logged). */
int removal_run(struct store *s, int max, int64_t *ret_left);
/* SQLite: empties the write-ahead log, so that old pages are not in it any more, and forgets that there are
 * any. 0; -EBUSY: somebody reads an old state; -errno. PostgreSQL: see docs/people.md. */
int removal_empty_log(struct store *s);
/* Within a transaction: whether the log has pages that it should not keep. 0 or -errno. */
int removal_old_pages(struct db *db, bool are_there);
/* The same in a transaction of its own. 0 or -errno. */
int removal_note_old_pages(struct store *s);
/* Whether it has: 1, 0, -errno. */
int removal_are_old_pages(struct db *db);
/* Spoken texts may say a name: the cache is emptied, but for what was made or used in the last minute. */
void removal_forget_speech(const struct store *s);
/* Seals the next events from before there were seals. 1: there are more, 0: done, -errno. */
int person_seal_old(struct store *s);
