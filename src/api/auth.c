/* Sessions, tokens and one's own account. A password or token never reaches a log, and an answer never tells
 * whether a login exists. */
#include "api/auth.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define TOKEN_DEFAULT_MS (INT64_C(365) * 24 * 3600 * 1000)
#define TOKEN_MAX_MS (5 * TOKEN_DEFAULT_MS)
#define TOKENS_MAX 50
#define PASSWORD_BYTES_MAX 1024

void auth_init(struct auth *a)
{
	if (sodium_init() < 0)
		__builtin_trap();
	pthread_mutex_init(&a->mutex, NULL);
	rates_init(&a->by_login, LOGIN_TRIES, TRIES_WINDOW_MS);
	rates_init(&a->by_address, ADDRESS_TRIES, TRIES_WINDOW_MS);
}

void auth_done(struct auth *a)
{
	map_free(&a->last_used);
	pthread_mutex_destroy(&a->mutex);
}

static intptr_t now_s(void)
{
	return (intptr_t)(clock_mono_ms() / 1000) + 1;
}

/* Mutex held. A full table begins anew: everybody then counts as just seen. */
static void note_use(struct auth *a, uint64_t token)
{
	if (a->last_used.len >= SESSIONS_WATCHED_MAX)
		map_free(&a->last_used);
	map_put(&a->last_used, token, (void *)now_s());
}

void auth_touch(struct auth *a, uint64_t token)
{
	pthread_mutex_lock(&a->mutex);
	note_use(a, token);
	pthread_mutex_unlock(&a->mutex);
}

/* Whether a session was left alone too long; otherwise notes its use. */
static bool is_idle(struct auth *a, uint64_t token)
{
	pthread_mutex_lock(&a->mutex);
	intptr_t last = (intptr_t)map_get(&a->last_used, token);
	bool is_over = last && now_s() - last > SESSION_IDLE_MS / 1000;
	if (!is_over)
		note_use(a, token);
	pthread_mutex_unlock(&a->mutex);
	return is_over;
}

static const struct {
	enum permission bit;
	const char *name;
} names[] = {
	{MAY_HANDLE, "handle"},
	{MAY_SEE_LIVE, "see_live"},
	{MAY_SEE_HISTORY, "see_history"},
	{MAY_LISTEN, "listen"},
	{MAY_SEE_TEAMS, "see_teams"},
	{MAY_READ_CONFIG, "read_config"},
	{MAY_CHANGE_CONFIG, "change_config"},
	{MAY_CHANGE_USERS, "change_users"},
	{MAY_SEE_AUDIT, "see_audit"},
	{MAY_STEER_AGENTS, "steer_agents"},
	{MAY_SUPERVISE, "supervise"},
	{MAY_DIAL, "dial"},
	{MAY_OPEN_CONTACTS, "open_contacts"},
	{MAY_SEE_CUSTOMERS, "see_customers"},
	{MAY_CHANGE_CUSTOMERS, "change_customers"},
	{MAY_ERASE_PEOPLE, "erase_people"},
};

json_t *auth_permission_names(unsigned permissions)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (permissions & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

unsigned auth_permissions(const json_t *user)
{
	return user_permissions(user);
}

int auth_find(struct auth *a, struct store_reader *rd, const char *token, struct who *ret_who)
{
	_cleanup_json_ json_t *row = NULL;
	uint64_t id = 0;
	int result = store_token_find(rd, token, clock_wall_ms(), &id, &row);

	if (result != 0)
		return result;
	struct who who = {.user = jsonx_id(row, "id"), .token = id, .permissions = auth_permissions(row)};
	who.tenant = (uint64_t)jsonx_int(row, "tenant", DEFAULT_TENANT);
	who.is_session = str_equal(jsonx_text(row, "token_kind", ""), "session");
	if (who.is_session && is_idle(a, id))
		return STORE_NOT_FOUND;
	json_object_del(row, "token_kind");
	json_object_del(row, "tenant");
	who.row = TAKE_PTR(row);
	*ret_who = who;
	return 0;
}

/* --- signing in and out
 * ------------------------------------------------------------------------------------------------ */
/* Counts a try; answers 429 and returns false when there were too many. */
static bool may_try(struct exchange *x, const char *key)
{
	struct auth *a = &x->api->auth;
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&a->mutex);
	int64_t wait = rates_take(&a->by_address, x->request.address, now);
	if (wait == 0)
		wait = rates_take(&a->by_login, key, now);
	pthread_mutex_unlock(&a->mutex);
	if (wait == 0)
		return true;
	reply_header(x, "Retry-After", "%lld", (long long)(wait + 999) / 1000);
	problem(x, PROBLEM_RATE_LIMITED, "Too many tries. Wait %lld seconds.",
		(long long)(wait + 999) / 1000);
	return false;
}

/* The password was right: the tries do not count. */
static void was_right(struct exchange *x, const char *key)
{
	struct auth *a = &x->api->auth;

	pthread_mutex_lock(&a->mutex);
	rates_forget(&a->by_login, key);
	/* A whole house may sign in from one address at eight o'clock. */
	rates_give_back(&a->by_address, x->request.address);
	pthread_mutex_unlock(&a->mutex);
}

static void try_key(const struct exchange *x, const char *login, char *ret_key, size_t size)
{
	/* Cut is fine: such a login does not exist. */
	str_printf(ret_key, size, "%s %s", x->request.address, login);
}

static json_t *session_json(json_t *user, unsigned permissions)
{
	return json_pack("{s:O, s:o}", "user", user, "permissions", auth_permission_names(permissions));
}

static void set_cookie(struct exchange *x, const char *value, int64_t max_age_s)
{
	reply_header(x, "Set-Cookie", SESSION_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
		value, (long long)max_age_s, x->request.is_secure ? "; Secure" : "");
}

/* A new session and its cookie. 0, or what the store said. */
static int make_session(struct exchange *x, uint64_t user)
{
	char token[64];
	uint64_t id = 0;
	int result = store_token_create(x->api->parts.store, user, "session", x->request.agent,
		clock_wall_ms() + SESSION_MAX_MS, token, &id);

	if (result != 0)
		return result;
	auth_touch(&x->api->auth, id);
	set_cookie(x, token, SESSION_MAX_MS / 1000);
	sodium_memzero(token, sizeof(token));
	return 0;
}

static void open_session(struct exchange *x, json_t *user)
{
	int result = make_session(x, jsonx_id(user, "id"));

	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_json(x, 200, session_json(user, auth_permissions(user)));
}

/* Who came in, or tried to. The answer does not depend on it: a full disk must not keep people out. */
static void note_sign_in(struct exchange *x, uint64_t user, const char *action, const char *login)
{
	struct store_actor actor = actor_of(x);
	char cut[80];

	str_put(cut, sizeof(cut), login);
	_cleanup_json_ json_t *details = json_pack("{s:s}", "login", cut);
	actor.tenant = actor.tenant ? actor.tenant : DEFAULT_TENANT;
	actor.user = user;
	int err = store_note_audit(x->api->parts.store, &actor, action, "session", user, details);
	if (err < 0)
		log_warn("api", 0, "an entry of the audit log could not be written: %s", strerror(-err));
}

void session_create(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x), *user = NULL;
	char key[256];

	if (!body)
		return;
	const char *login = jsonx_text(body, "login", NULL), *password = jsonx_text(body, "password", NULL);
	if (str_is_blank(login) || !password || strlen(password) > PASSWORD_BYTES_MAX) {
		problem(x, PROBLEM_INVALID, "Send \"login\" and \"password\" as texts.");
		return;
	}
	try_key(x, login, key, sizeof(key));
	if (!may_try(x, key))
		return;
	int result = store_login(x->reader, login, password, &user);
	if (result < 0) {
		problem_store(x, result, NULL);
	} else if (result != 0) {
		atomic_fetch_add_explicit(&x->api->counters.login_failures, 1, memory_order_relaxed);
		log_info("api", 0, "a sign-in from %s failed", x->request.address);
		note_sign_in(x, 0, "sign_in_failed", login);
		problem(x, PROBLEM_UNAUTHENTICATED, "Login or password is wrong.");
	} else {
		was_right(x, key);
		note_sign_in(x, jsonx_id(user, "id"), "signed_in", login);
		open_session(x, user);
	}
}

void session_get(struct exchange *x)
{
	reply_json(x, 200, session_json(x->who.row, x->who.permissions));
}

void session_delete(struct exchange *x)
{
	int result = store_token_delete(x->api->parts.store, x->who.token);

	/* Gone already is as good. */
	if (result < 0) {
		problem_store(x, result, NULL);
		return;
	}
	set_cookie(x, "", 0);
	reply_effect(x, EFFECT_CLOSE_TOKEN, x->who.token, "");
	reply_empty(x, 204);
}

/* --- access tokens
 * ----------------------------------------------------------------------------------------------------- */
/* The user's tokens of kind "token", or NULL (answered). */
static json_t *own_tokens(struct exchange *x)
{
	_cleanup_json_ json_t *rows = NULL;
	json_t *list = json_array(), *row;
	size_t i;
	int result = store_tokens_of_user(x->reader, x->who.user, &rows);

	if (result != 0 || !list) {
		json_decref(list);
		problem_store(x, result ? result : -ENOMEM, NULL);
		return NULL;
	}
	json_array_foreach(rows, i, row) if (str_equal(jsonx_text(row, "kind", ""), "token"))
		json_array_append(list, row);
	return list;
}

void tokens_list(struct exchange *x)
{
	json_t *list = own_tokens(x);

	if (list)
		reply_json(x, 200, json_pack("{s:o, s:n}", "items", list, "next_cursor"));
}

void tokens_create(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	int64_t now = clock_wall_ms();
	char token[64], text[ID_TEXT_SIZE];
	uint64_t id = 0;

	if (!body)
		return;
	const char *name = jsonx_text(body, "name", NULL);
	int64_t expires_at = jsonx_int(body, "expires_at", now + TOKEN_DEFAULT_MS);
	if (str_is_blank(name) || strlen(name) > 100 || expires_at <= now ||
		expires_at > now + TOKEN_MAX_MS) {
		problem(x, PROBLEM_INVALID,
			"Send \"name\" (at most 100 bytes) and, if wanted, \"expires_at\" (UTC milliseconds, "
			"at most 5 years from now).");
		return;
	}
	_cleanup_json_ json_t *rows = own_tokens(x);
	if (!rows)
		return;
	if (json_array_size(rows) >= TOKENS_MAX) {
		problem(x, PROBLEM_CONFLICT, "There are %d tokens already. Revoke some first.", TOKENS_MAX);
		return;
	}
	int result =
		store_token_create(x->api->parts.store, x->who.user, "token", name, expires_at, token, &id);
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	reply_header(x, "Location", "/api/v1/tokens/%s", id_text(id, text));
	reply_json(x, 201,
		json_pack("{s:s, s:s, s:I, s:s}", "id", text, "name", name, "expires_at",
			(json_int_t)expires_at, "token", token));
	sodium_memzero(token, sizeof(token));
}

void tokens_delete(struct exchange *x)
{
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	_cleanup_json_ json_t *rows = own_tokens(x);
	json_t *row;
	size_t i;
	bool is_own = false;

	if (!rows)
		return;
	json_array_foreach(rows, i, row) is_own = is_own || jsonx_id(row, "id") == id;
	int result = is_own ? store_token_delete(x->api->parts.store, id) : STORE_NOT_FOUND;
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	reply_effect(x, EFFECT_CLOSE_TOKEN, id, "");
	reply_empty(x, 204);
}

/* --- one's own account
 * ------------------------------------------------------------------------------------------------- */
/* Whether the body changes only what people may change about themselves; answers otherwise. */
static bool is_own_business(struct exchange *x, json_t *body)
{
	static const char *const allowed[] = {
		"language", "calendar", "digits", "theme", "device", "device_uri", "password"};
	struct issues issues = {0};
	const char *key;
	json_t *value;

	json_object_foreach(body, key, value)
	{
		bool is_known = false;
		char pointer[80];
		for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
			is_known = is_known || strcmp(key, allowed[i]) == 0;
		str_printf(pointer, sizeof(pointer), "/%s", key);
		if (!is_known)
			issue_add(&issues, pointer, "unknown_field", "This cannot be changed by oneself.");
	}
	if (issues.n > 0)
		problem_issues(x, &issues);
	return issues.n == 0;
}

/* A new password asks for the present one. */
static bool has_current_password(struct exchange *x, const char *current)
{
	_cleanup_json_ json_t *user = NULL;
	const char *login = jsonx_text(x->who.row, "login", "");
	char key[256];

	try_key(x, login, key, sizeof(key));
	if (!may_try(x, key))
		return false;
	int result = current && strlen(current) <= PASSWORD_BYTES_MAX
			     ? store_login(x->reader, login, current, &user)
			     : STORE_NOT_FOUND;
	if (result == 0) {
		was_right(x, key);
		return true;
	}
	if (result < 0) {
		problem_store(x, result, NULL);
		return false;
	}
	struct issues issues = {0};
	issue_add(&issues, "/current_password", "wrong", "The present password is wrong.");
	problem_issues(x, &issues);
	return false;
}

void me_patch(struct exchange *x)
{
	const struct resource *users = resource_by_name("user");
	_cleanup_json_ json_t *body = body_object(x), *row = NULL;
	struct issues issues = {0};
	struct store_actor actor = actor_of(x);

	if (!body)
		return;
	_cleanup_json_ json_t *current = json_incref(json_object_get(body, "current_password"));
	json_object_del(body, "current_password");
	bool has_password = json_object_get(body, "password") != NULL;
	if (!is_own_business(x, body) ||
		(has_password && !has_current_password(x, json_string_value(current))))
		return;
	if (!resource_check(users, body, false, &issues)) {
		problem_issues(x, &issues);
		return;
	}
	int result = store_update(x->api->parts.store, users, x->who.user, 0, body, &actor, &row, &issues);
	if (result != 0) {
		problem_store(x, result, &issues);
		return;
	}
	/* The store ended all sessions with the old password; this browser gets a new one. */
	if (has_password)
		reply_effect(x, EFFECT_CLOSE_USER, x->who.user, "");
	if (has_password && x->who.is_session && make_session(x, x->who.user) != 0)
		log_warn(
			"api", 0, "no new session after a change of password: the user has to sign in again");
	struct center_input in = {.kind = CENTER_CONFIG_CHANGED};
	if (center_send(x->api->parts.center, &in) < 0)
		log_warn("api", 0, "the centre is too busy to hear that a user changed");
	reply_json(x, 200, TAKE_PTR(row));
}
