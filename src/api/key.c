/* See key.h. */
#include "api/key.h"
#include "api/problem.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <sodium.h>
#include <string.h>

#define KEY_MAX 200 /* letters of an Idempotency-Key */
#define KEY_KEPT_MS (INT64_C(24) * 3600 * 1000)

static uint64_t hash_of(const void *data, size_t n, const void *more, size_t more_n)
{
	crypto_generichash_state state;
	uint64_t hash;
	unsigned char out[crypto_generichash_BYTES_MIN];

	crypto_generichash_init(&state, NULL, 0, sizeof(out));
	crypto_generichash_update(&state, data, n);
	crypto_generichash_update(&state, more, more_n);
	crypto_generichash_final(&state, out, sizeof(out));
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

bool request_key(struct exchange *x, uint64_t *ret_key, uint32_t *ret_body)
{
	const char *key = x->request.idempotency_key;
	char whose[64 + REQUEST_PATH_MAX];
	size_t n = strlen(key);

	*ret_key = 0;
	*ret_body = 0;
	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (n > KEY_MAX || key[i] <= ' ' || key[i] > '~') {
			problem(x, PROBLEM_MALFORMED,
				"An Idempotency-Key has 1 to %d visible ASCII letters: send another one.",
				KEY_MAX);
			return false;
		}
	str_printf(whose, sizeof(whose), "%llu %s ", (unsigned long long)x->who.user, x->request.path);
	uint64_t hash = hash_of(whose, strlen(whose), key, n) & INT64_MAX;
	const void *body = x->request.body ? (const void *)x->request.body : "";
	uint32_t body_hash = (uint32_t)hash_of("", 0, body, x->request.body_len);
	*ret_key = hash + (hash == 0);
	*ret_body = body_hash + (body_hash == 0);
	return true;
}

bool request_was_made(struct exchange *x, uint64_t key, struct store_key *ret_known)
{
	int result = key ? store_contact_key(x->reader, key, clock_wall_ms() - KEY_KEPT_MS, ret_known)
			 : STORE_NOT_FOUND;

	/* While the database is away the centre still knows the keys since its start. */
	if (result < 0)
		log_warn("api", 0, "request %llu: the keys of earlier requests cannot be read (error %d)",
			(unsigned long long)x->number, result);
	return result == 0;
}
