/* What goes when its time is over: which rows, and how they are taken away; see docs/people.md. The thread
 * that does it is keeper.c.
 *
 * Invariants: a contact that is open, or under a legal hold (its own, or that of a customer who has one of
 * its numbers), is never touched; each step is one transaction, after which the next step finds what is left.
 * Figures stay as they are. */
#pragma once
#include "store/people/erase.h"

#define RETENTION_STEP 100     /* contacts or recordings in one transaction */
#define RETENTION_EVENTS 20000 /* events looked at in one step for refused contacts */
#define RETENTION_HELD_MAX                                                                                   \
	100000 /* persons under a customer's hold; beyond that nothing is removed (logged) */

enum retention_kind { RETENTION_RECORDINGS, RETENTION_VOICEMAILS, RETENTION_TEXTS, RETENTION_PEOPLE };
#define RETENTION_KINDS 4

struct retention_days { /* of one tenant; 0: for ever */
	uint64_t tenant;
	int64_t days[RETENTION_KINDS], events, audit;
};
struct retention_step {
	enum retention_kind kind;
	uint64_t tenant;
	int64_t before_ms;	/* older than this; recordings: where their queue says nothing else */
	int64_t now_ms;		/* recordings only: what the days of queues count from */
	const struct map *held; /* persons under a customer's hold (values not NULL) */
	int64_t after_ms;	/* where the step before stopped, within this round; in and out */
	uint64_t after_id;
	int64_t removed; /* out: recordings or contacts of this step */
};
/* The settings of all tenants, at most max. How many, or -errno. */
int retention_read_days(struct db *db, struct retention_days *ret_days, int max);
/* One step. 1: there is more, 0: done, -errno. Any thread but the writer's and the centre's. */
int retention_step(struct store *s, struct store_reader *rd, struct retention_step *step);
/* Names and numbers of refused contacts (they have no interaction) older than before_ms. As retention_step.
 */
int retention_step_blocked(struct store *s, struct store_reader *rd, int64_t before_ms);
/* Within a transaction: a hold has ended, so that what was passed over is looked at again. 0 or -errno. */
int retention_look_again(struct db *db);
/* Audit entries older than before_ms. *ret_n: how many. 0 or -errno. */
int retention_forget_audit(struct store *s, int64_t before_ms, int64_t *ret_n);
/* Whether an archive of these times holds a contact under a legal hold of its own: 1, 0, -errno. */
int retention_is_held(struct db *db, int64_t first_ms, int64_t last_ms);
/* Events before this wall time may be put away into archives: what has to be taken out of them, is. INT64_MAX
 * when nothing is removed by age. -errno. */
int64_t retention_archive_limit(struct db *db, int64_t now_ms);
