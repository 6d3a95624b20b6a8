/* The audit log: who changed what, when, from where. A chain: each row has a hash over itself and the row
 * before it, so that a row changed, taken out or put in later shows (markaz doctor). What a row says of
 * before and after may be blanked when a person is erased; its hashes stay, and so does the chain.
 *
 * The newest row's hash also goes into the event log with every config.changed, so that a chain computed anew
 * as a whole does not fit the log any more; and it can be printed and kept elsewhere. */
#pragma once
#include "db/db.h"

#include <stdint.h>

#define AUDIT_HASH_SIZE 65 /* BLAKE2b-256 as hexadecimal text */
#define AUDIT_WHY_SIZE 200

struct audit_entry {
	uint64_t tenant, user, row; /* user 0: nobody signed in */
	int64_t at_ms;
	const char *address, *agent;   /* NULL: unknown */
	const char *resource, *action; /* created|updated|deleted|signed_in|sign_in_failed|listened|... */
	const char *before, *after;    /* JSON, or NULL */
};
struct audit_mark { /* a row's number and hash */
	int64_t id;
	char hash[AUDIT_HASH_SIZE];
};
struct audit_verdict {
	int64_t rows, blanked;	  /* looked at; of them without their before and after */
	int64_t first_id;	  /* of the first row kept */
	int64_t broken_id;	  /* the first row that does not fit; 0: all fit */
	char why[AUDIT_WHY_SIZE]; /* when one does not fit */
	struct audit_mark head;	  /* the last row, or the last one forgotten; id 0: none ever */
};

/* Appends; within the writer's transaction. 0 or -errno. ret_mark may be NULL. */
int audit_write(struct db *db, const struct audit_entry *e, struct audit_mark *ret_mark);
/* The same now, by this actor: fills in when and who it was. NULL: nobody. 0 or -errno. */
struct store_actor;
int audit_write_by(
	struct db *db, const struct store_actor *actor, struct audit_entry *e, struct audit_mark *ret_mark);
/* Takes away what row id says of before and after (both become NULL). 0 or -errno; a row that is not there is
 * fine. */
int audit_blank(struct db *db, int64_t id);
/* Deletes rows from the first up to up_to_id; the chain then begins at the next one. 0 or -errno. */
int audit_forget(struct db *db, int64_t up_to_id);
/* Chains rows written before there was a chain, some thousands in a transaction: can be cut off anywhere and
 * goes on where it was; once done, never again. On the writer's connection, outside a transaction. 0 or
 * -errno. */
int audit_chain_old(struct db *db);
/* Looks at every row. 0 (see broken_id) or -errno. */
int audit_verify(struct db *db, struct audit_verdict *ret_verdict);
/* Whether row id has this hash (as a config.changed event says it): 1 yes, 0 no, -errno. Rows before the
 * first kept one: 1. */
int audit_fits(struct db *db, const struct audit_mark *mark);
