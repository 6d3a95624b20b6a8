/* Requests that were carried out, by the hash of user and Idempotency-Key: the same request made again gets
 * the first one's answer. Bounded in number and age; older keys, and those of before the start, are in the
 * database (store_contact_key), where whoever asks looks first.
 *
 * Must not know: what the requests wanted. Centre thread only. */
#pragma once
#include "base/map.h"
#include "base/vec.h"

#include <stdbool.h>

#define KEYS_MAX 262144
#define KEYS_KEPT_MS (24 * 3600 * INT64_C(1000))

struct request_key {
	uint64_t key, interaction, seq; /* seq: of the event that stands for it; 0: not asked for */
	uint32_t body;			/* hash of what it said; 0: not known */
	int64_t at_mono;		/* set by keys_put */
};
struct request_keys { /* zero-initialised is empty */
	struct map by_key;
	VEC(struct request_key *) order; /* the oldest at first */
	size_t first;
};

/* NULL: key is 0, or not remembered. */
const struct request_key *keys_find(const struct request_keys *k, uint64_t key);
/* Remembers it (copied) if its key is not 0, and forgets what is too old or too many. Without memory it is
 * not remembered here; the log has it all the same. */
void keys_put(struct request_keys *k, int64_t now_ms, const struct request_key *key);
/* The key was given to another request than this one. */
bool keys_is_other(const struct request_key *key, uint32_t body);
void keys_free(struct request_keys *k);
