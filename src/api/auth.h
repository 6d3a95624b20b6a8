/* Who is asking: sessions (cookie) and tokens (bearer), and how often a password may be tried.
 *
 * A session ends 7 days after sign-in (kept by the store) or after 12 hours without use (kept here; a restart
 * counts as use). Tries: LOGIN_TRIES per minute for one address and login, ADDRESS_TRIES failed
 * ones for one address; a right password clears the first. Shared by the workers and the service thread: one
 * mutex, held for a few instructions, never over a call into the store. */
#pragma once
#include "api/exchange.h"
#include "api/rate.h"
#include "base/map.h"

#include <pthread.h>

#define SESSION_COOKIE "markaz_session"
#define SESSION_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)
#define SESSION_IDLE_MS (INT64_C(12) * 3600 * 1000)
#define SESSIONS_WATCHED_MAX 100000
#define LOGIN_TRIES 10
#define ADDRESS_TRIES 60
#define TRIES_WINDOW_MS 60000
#define DEFAULT_TENANT 1

struct auth {
	pthread_mutex_t mutex;
	struct rates by_login, by_address;
	struct map last_used; /* token id -> monotonic seconds + 1, as a pointer */
};

void auth_init(struct auth *a);
void auth_done(struct auth *a);
/* Finds whose token this is. 0 and *ret_who (row owned), STORE_NOT_FOUND, -errno. Any thread with a reader.
 */
int auth_find(struct auth *a, struct store_reader *rd, const char *token, struct who *ret_who);
/* The session is in use (an open socket counts). */
void auth_touch(struct auth *a, uint64_t token);
/* All permissions of a user row's roles. */
unsigned auth_permissions(const json_t *user);
/* ["handle","see_live",...]; a new reference or NULL. */
json_t *auth_permission_names(unsigned permissions);
