/* Blocks: what the house defends itself with, kept over restarts. An address that is not heard any more
 * (banned), or calls outside that a person, or everybody, may not make until an administrator lifts it
 * (stopped). Rows stay for a while after their end: who comes back is banned for longer. */
#pragma once
#include "store/store.h"

#define BLOCKS_MAX 8192				/* rows read; the newest */
#define BLOCKS_KEPT_MS (INT64_C(30) * 86400000) /* after their end */

struct store_block {
	uint64_t id;
	char kind[16];		    /* "address", "calls" */
	char subject[64];	    /* the address or network; the user's id as printed, or "house" */
	char reason[32];	    /* stable: "wrong_passwords", "by_hand", "calls_hour", "cost_day"... */
	int64_t count;		    /* of what led to it */
	int64_t times;		    /* the subject was blocked before and now; 0: lifted by somebody */
	int64_t since_ms, until_ms; /* wall; until 0: until it is lifted */
};

/* Writes the row with this id anew, and an audit entry. Blocks: loader and workers. 0 or -errno. */
int store_block_save(struct store *s, const struct store_block *b, const struct store_actor *actor);
/* Ends the one that is in force, and forgets how often there was one; audited. *ret_block: as it was. 0,
 * STORE_NOT_FOUND, -errno. Blocks. */
int store_block_lift(
	struct store *s, uint64_t id, const struct store_actor *actor, struct store_block *ret_block);
typedef bool store_block_handler(const struct store_block *b, void *arg);
/* Each block, the newest first; with is_active only those in force at now_ms. Stops when on_block returns
 * false. 0 or -errno. */
int store_blocks(struct store_reader *rd, uint64_t tenant, bool is_active, int64_t now_ms,
	store_block_handler *on_block, void *arg);
/* As people see it: {"id","kind","subject","reason","count","times","since","until"}. NULL: no memory. */
json_t *store_block_json(const struct store_block *b);
