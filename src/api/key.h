/* Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): what makes a repeated request the same one. */
#pragma once
#include "api/exchange.h"
#include "store/store.h"

/* The request's key with whose it is and what it was for, at most 63 bits, 0: none; and a hash of its body,
 * 0 without a key. False: answered, the key is no good. */
bool request_key(struct exchange *x, uint64_t *ret_key, uint32_t *ret_body);
/* What the database knows of a request with this key within the last day, also from before a restart; false:
 * nothing, or it cannot be read now (said in the log). key 0: nothing. */
bool request_was_made(struct exchange *x, uint64_t key, struct store_key *ret_known);
