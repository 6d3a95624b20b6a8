/* Every resource by its descriptor; and what is special about users, flows and hours.
 *
 * Invariant: after each successful write the centre and the screens hear of it. The last administrator cannot
 * be lost. */
#include "api/auth.h"
#include "api/config_changed.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/rules_http.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "flow/flow.h"
#include "flow/hours.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIST_CHUNK 1000

void config_changed(struct exchange *x, const struct resource *r, uint64_t id)
{
	struct center_input in = {
		.kind = CENTER_CONFIG_CHANGED, .client.tenant = x->who.tenant, .client.user = x->who.user};
	char text[160], id_digits[ID_TEXT_SIZE];

	/* The store's own event says it too: a centre too busy now finds it there. */
	if (center_send(x->api->parts.center, &in) < 0)
		log_warn("api", 0, "the centre is too busy to hear that a %s changed", r->name);
	str_printf(text, sizeof(text), "{\"on\":\"config\",\"resource\":\"%s\",\"id\":\"%s\"}", r->path,
		id_text(id, id_digits));
	reply_effect(x, EFFECT_PUSH, 0, text);
}

/* --- reading
 * -----------------------------------------------------------------------------------------------------------
 */
void rows_get_page(struct exchange *x)
{
	const char *search = query_get(&x->request.query, "search");
	json_t *rows = NULL;
	uint64_t cursor;
	int limit;

	if (!argument_page(x, &limit, &cursor))
		return;
	int result = store_list(x->reader, x->route->resource, x->who.tenant, cursor, limit,
		str_is_blank(search) ? NULL : search, false, &rows);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_page(x, rows, limit);
}

/* Answers with a row and its ETag; takes row. */
static void reply_row(struct exchange *x, int status, json_t *row)
{
	reply_header(x, "ETag", "\"%lld\"", (long long)jsonx_int(row, "version", 0));
	reply_json(x, status, row);
}

void rows_get(struct exchange *x)
{
	json_t *row = NULL;
	char tag[24];
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	int result = store_get(x->reader, x->route->resource, x->who.tenant, id, false, &row);
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	str_printf(tag, sizeof(tag), "%lld", (long long)jsonx_int(row, "version", 0));
	if (!etag_list_has(x->request.if_none_match, tag)) {
		reply_row(x, 200, row);
		return;
	}
	json_decref(row);
	reply_header(x, "ETag", "\"%s\"", tag);
	reply_empty(x, 304);
}

/* --- what descriptors cannot say
 * --------------------------------------------------------------------------------------- */
static void add_flow_issues(const struct flow_issues *found, struct issues *issues)
{
	for (size_t i = 0; i < found->len; i++) {
		const struct flow_issue *f = &found->at[i];
		char pointer[96];

		if (f->is_warning)
			continue;
		/* Cut is fine: it only points. */
		str_printf(pointer, sizeof(pointer), "/document%s%s%s%s", f->node[0] ? "/nodes/" : "",
			f->node, f->field[0] ? "/" : "", f->field);
		issue_add(issues, pointer, f->code, "%s", f->message);
	}
}

/* Whether every row the flow names exists. */
static int check_references(struct exchange *x, const struct flow *f, struct issues *issues)
{
	const struct flow_reference *refs;
	size_t n = flow_references(f, &refs);

	for (size_t i = 0; i < n; i++) {
		const struct resource *r = resource_by_name(refs[i].kind);
		_cleanup_json_ json_t *row = NULL;
		char pointer[96];
		int result =
			r ? store_get(x->reader, r, x->who.tenant, refs[i].id, false, &row) : STORE_NOT_FOUND;

		if (result < 0)
			return result;
		str_printf(pointer, sizeof(pointer), "/document/nodes/%s", refs[i].node);
		if (result == STORE_NOT_FOUND)
			issue_add(issues, pointer, "not_found",
				"This step names a %s that does not exist: choose another.", refs[i].kind);
	}
	return 0;
}

/* Adds what is wrong with a flow's document. 0 or -errno. */
static int check_flow(
	struct exchange *x, const json_t *document, struct flow_issues *found, struct issues *issues)
{
	struct flow *f = NULL;
	int err = flow_parse(document, 1, 1, &f, found);

	if (err == -EINVAL) {
		add_flow_issues(found, issues);
		if (issues->n == 0)
			issue_add(issues, "/document", "invalid", "This is no flow document.");
		return 0;
	}
	if (err < 0)
		return err;
	err = check_references(x, f, issues);
	flow_unref(f);
	return err;
}

static int check_hours(struct exchange *x, uint64_t id, const json_t *patch, struct issues *issues)
{
	_cleanup_json_ json_t *whole = NULL;
	struct hours *h = NULL;
	char error[256];
	int result = id ? store_get(x->reader, x->route->resource, x->who.tenant, id, false, &whole) : 0;

	if (result != 0)
		return result;
	if (!whole)
		whole = json_object();
	if (!whole || json_object_update(whole, (json_t *)patch) < 0)
		return -ENOMEM;
	int err = hours_parse(whole, &h, error);
	if (err == -EINVAL)
		issue_add(issues, strstr(error, "zone") ? "/time_zone" : "/spans", "invalid", "%s", error);
	else if (err < 0)
		return err;
	else
		hours_free(h);
	return 0;
}

static bool is_administrator(const json_t *user)
{
	return jsonx_bool(user, "is_active", true) && (auth_permissions(user) & MAY_CHANGE_USERS);
}

/* Whether another active administrator than `id` exists: 1, 0 or -errno. */
static int has_other_administrator(struct exchange *x, uint64_t id)
{
	for (uint64_t after = 0;;) {
		_cleanup_json_ json_t *rows = NULL;
		json_t *row;
		size_t i;
		int result = store_list(x->reader, resource_by_name("user"), x->who.tenant, after, LIST_CHUNK,
			NULL, false, &rows);

		if (result != 0)
			return result < 0 ? result : -EIO;
		json_array_foreach(rows, i, row)
		{
			after = jsonx_id(row, "id");
			if (after != id && is_administrator(row))
				return 1;
		}
		if (json_array_size(rows) < LIST_CHUNK)
			return 0;
	}
}

/* Nobody locks the house from inside. next: the user as it would be, or NULL when deleted. */
static int check_administrators(struct exchange *x, uint64_t id, const json_t *next, struct issues *issues)
{
	_cleanup_json_ json_t *now = NULL;
	int result = store_get(x->reader, resource_by_name("user"), x->who.tenant, id, false, &now);

	if (result != 0)
		return result;
	if (!is_administrator(now) || (next && is_administrator(next)))
		return 0;
	if (id == x->who.user) {
		issue_add(issues, "/roles", "own_role",
			"Another administrator has to take this role from you.");
		return 0;
	}
	result = has_other_administrator(x, id);
	if (result == 0)
		issue_add(issues, "/roles", "last_administrator", "Make somebody else administrator first.");
	return result < 0 ? result : 0;
}

static int check_user_patch(struct exchange *x, uint64_t id, const json_t *patch, struct issues *issues)
{
	_cleanup_json_ json_t *next = NULL;
	int result;

	if (!json_object_get(patch, "roles") && !json_object_get(patch, "is_active"))
		return 0;
	result = store_get(x->reader, x->route->resource, x->who.tenant, id, false, &next);
	if (result != 0)
		return result;
	if (json_object_update(next, (json_t *)patch) < 0)
		return -ENOMEM;
	return check_administrators(x, id, next, issues);
}

/* id 0: a new row. 0 (issues say what is wrong), a store_result or -errno. */
static int check_special(struct exchange *x, uint64_t id, const json_t *value, struct issues *issues)
{
	const char *name = x->route->resource->name;

	if (str_equal(name, "flow") && json_object_get(value, "document")) {
		struct flow_issues found = {0};
		int err = check_flow(x, json_object_get(value, "document"), &found, issues);
		flow_issues_free(&found);
		return err;
	}
	if (str_equal(name, "hours"))
		return check_hours(x, id, value, issues);
	if (str_equal(name, "business_rule") && jsonx_text(value, "text", NULL))
		return business_rule_check(x, jsonx_text(value, "text", NULL), issues);
	if (str_equal(name, "user") && id)
		return check_user_patch(x, id, value, issues);
	return 0;
}

/* Checks value whole; on anything wrong answers and returns false. */
static bool is_good(struct exchange *x, uint64_t id, json_t *value)
{
	struct issues issues = {0};

	if (!resource_check(x->route->resource, value, id == 0, &issues)) {
		problem_issues(x, &issues);
		return false;
	}
	int result = check_special(x, id, value, &issues);
	if (result != 0)
		problem_store(x, result, NULL);
	else if (issues.n > 0)
		problem_issues(x, &issues);
	return result == 0 && issues.n == 0;
}

/* --- writing
 * -----------------------------------------------------------------------------------------------------------
 */
/* The version in If-Match, 0 when there is none; false: answered. */
static bool wanted_version(struct exchange *x, int64_t *ret_version)
{
	*ret_version = 0;
	if (etag_version(x->request.if_match, ret_version) != -EINVAL)
		return true;
	problem(x, PROBLEM_CONFLICT, "If-Match must be the ETag of the row as you loaded it.");
	return false;
}

void rows_create(struct exchange *x)
{
	const struct resource *r = x->route->resource;
	_cleanup_json_ json_t *body = body_object(x);
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	json_t *row = NULL;
	char id[ID_TEXT_SIZE];

	if (!body || !is_good(x, 0, body))
		return;
	int result = store_create(x->api->parts.store, r, body, &actor, &row, &issues);
	if (result != 0) {
		problem_store(x, result, &issues);
		return;
	}
	config_changed(x, r, jsonx_id(row, "id"));
	reply_header(x, "Location", "/api/v1/%s/%s", r->path, id_text(jsonx_id(row, "id"), id));
	reply_row(x, 201, row);
}

/* A user whose password, rights or activity changed connects again, if then still let in. The store ends
 * sessions itself. */
static void after_user_change(struct exchange *x, uint64_t id, const json_t *patch)
{
	if (json_object_get(patch, "password") || json_object_get(patch, "is_active") ||
		json_object_get(patch, "roles"))
		reply_effect(x, EFFECT_CLOSE_USER, id, "");
}

void rows_patch(struct exchange *x)
{
	const struct resource *r = x->route->resource;
	_cleanup_json_ json_t *body = body_object(x);
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	json_t *row = NULL;
	int64_t version;
	uint64_t id;

	if (!body || !parameter_id(x, 0, &id) || !wanted_version(x, &version) || !is_good(x, id, body))
		return;
	int result = store_update(x->api->parts.store, r, id, version, body, &actor, &row, &issues);
	if (result != 0) {
		problem_store(x, result, &issues);
		return;
	}
	if (str_equal(r->name, "user"))
		after_user_change(x, id, body);
	config_changed(x, r, id);
	reply_row(x, 200, row);
}

void rows_delete(struct exchange *x)
{
	const struct resource *r = x->route->resource;
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	bool is_user = str_equal(r->name, "user");
	int64_t version;
	uint64_t id;

	if (!parameter_id(x, 0, &id) || !wanted_version(x, &version))
		return;
	int result = is_user ? check_administrators(x, id, NULL, &issues) : 0;
	if (result == 0 && issues.n > 0) {
		problem_issues(x, &issues);
		return;
	}
	if (result == 0)
		result = store_delete(x->api->parts.store, r, id, version, &actor, &issues);
	if (result != 0) {
		problem_store(x, result, &issues);
		return;
	}
	if (is_user)
		reply_effect(x, EFFECT_CLOSE_USER, id, "");
	config_changed(x, r, id);
	reply_empty(x, 204);
}

/* --- flows/check
 * ------------------------------------------------------------------------------------------------------- */
static void append_issue(json_t *list, const struct flow_issue *f)
{
	json_array_append_new(
		list, json_pack("{s:b, s:s, s:s, s:s, s:s}", "is_warning", f->is_warning, "node", f->node,
			      "field", f->field, "code", f->code, "message", f->message));
}

void flow_check_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	const json_t *document = json_object_get(body, "document");
	struct flow_issues found = {0};
	struct issues issues = {0};

	if (!body)
		return;
	if (!json_is_object(document)) {
		problem(x, PROBLEM_INVALID, "Send the flow as the object \"document\".");
		return;
	}
	int err = check_flow(x, document, &found, &issues);
	json_t *list = json_array();
	bool has_error = false;

	for (size_t i = 0; i < found.len; i++) {
		append_issue(list, &found.at[i]);
		has_error = has_error || !found.at[i].is_warning;
	}
	flow_issues_free(&found);
	/* Missing references: the flow itself is well-formed, so nothing of these is in the list yet. */
	for (int i = 0; i < issues.n && !has_error; i++) {
		struct flow_issue f = {0};
		const char *node = strrchr(issues.at[i].pointer, '/');
		str_put(f.node, sizeof(f.node), node ? node + 1 : "");
		str_put(f.code, sizeof(f.code), issues.at[i].code);
		str_put(f.message, sizeof(f.message), issues.at[i].message);
		append_issue(list, &f);
	}
	if (err < 0) {
		json_decref(list);
		problem_store(x, err, NULL);
		return;
	}
	reply_json(x, 200, json_pack("{s:o}", "issues", list));
}
