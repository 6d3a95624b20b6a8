/* See keys.h. */
#include "center/keys.h"
#include "base/alloc.h"

#include <string.h>

static void forget_oldest(struct request_keys *k)
{
	struct request_key *oldest = k->order.at[k->first++];

	map_remove(&k->by_key, oldest->key);
	alloc_free(oldest);
	if (k->first > 4096 && k->first * 2 > k->order.len) {
		size_t n = k->order.len - k->first;
		memmove(k->order.at, k->order.at + k->first, n * sizeof(*k->order.at));
		k->order.len = n;
		k->first = 0;
	}
}

const struct request_key *keys_find(const struct request_keys *k, uint64_t key)
{
	return key ? map_get(&k->by_key, key) : NULL;
}

bool keys_is_other(const struct request_key *key, uint32_t body)
{
	return key->body && body && key->body != body;
}

void keys_put(struct request_keys *k, int64_t now_ms, const struct request_key *key)
{
	struct request_key *copy = key->key && !keys_find(k, key->key) ? alloc_zero(sizeof(*copy)) : NULL;

	if (!copy)
		return;
	while (k->first < k->order.len &&
		(k->by_key.len >= KEYS_MAX || k->order.at[k->first]->at_mono < now_ms - KEYS_KEPT_MS))
		forget_oldest(k);
	*copy = *key;
	copy->at_mono = now_ms;
	if (VEC_RESERVE(&k->order, k->order.len + 1) && map_put(&k->by_key, copy->key, copy) == 0)
		k->order.at[k->order.len++] = copy;
	else
		alloc_free(copy);
}

void keys_free(struct request_keys *k)
{
	for (size_t i = k->first; i < k->order.len; i++)
		alloc_free(k->order.at[i]);
	map_free(&k->by_key);
	VEC_FREE(&k->order);
	*k = (struct request_keys){0};
}
