/* Creating, changing and deleting rows, on the writer thread, inside a savepoint. Whatever is refused here is
 * undone as a whole. Must not block on anything but the database. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/rows/audit.h"
#include "store/rows/customers.h"
#include "store/rows/names.h"
#include "store/people/retention.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool is(const struct resource *r, const char *name)
{
	return str_equal(r->name, name);
}

static int check_one_ref(struct store *s, struct store_request *rq, const struct field *f, const json_t *v,
	const char *pointer)
{
	uint64_t id;
	const char *text = json_string_value(json_is_object(v) ? json_object_get(v, "skill") : v);

	int found = text && id_parse(text, &id) == 0 ? rows_exists(&s->db, f->ref, rq->tenant, id) : 0;
	if (found == 0)
		issue_add(rq->issues, pointer, "not_found", "There is no such %s: choose another", f->ref);
	return found < 0 ? found : 0;
}

static int check_refs(struct store *s, struct store_request *rq, const json_t *value)
{
	char pointer[96];
	int err = 0;

	for (int i = 0; i < rq->resource->n_fields && err == 0; i++) {
		const struct field *f = &rq->resource->fields[i];
		const json_t *v = json_object_get(value, f->name), *one;
		size_t k;
		if (!f->ref || !v || json_is_null(v))
			continue;
		str_printf(pointer, sizeof(pointer), "/%s", f->name);
		if (f->type == FIELD_REF) {
			err = check_one_ref(s, rq, f, v, pointer);
			continue;
		}
		json_array_foreach(v, k, one)
		{
			str_printf(pointer, sizeof(pointer), "/%s/%zu", f->name, k);
			if (err == 0)
				err = check_one_ref(s, rq, f, one, pointer);
		}
	}
	return err;
}

static int check_unique(struct store *s, struct store_request *rq, const json_t *value)
{
	for (int i = 0; i < rq->resource->n_fields; i++) {
		const struct field *f = &rq->resource->fields[i];
		const json_t *v = json_object_get(value, f->name);
		char pointer[96];
		if (!f->is_unique || !v || json_is_null(v))
			continue;
		int found = rows_has_other(&s->db, rq->resource, f, rq->tenant, rq->id, v);
		if (found < 0)
			return found;
		str_printf(pointer, sizeof(pointer), "/%s", f->name);
		if (found)
			issue_add(rq->issues, pointer, "not_unique",
				"Another %s has this %s: choose a different one", rq->resource->name,
				f->name);
	}
	return 0;
}

static int realm_of(struct store *s, uint64_t tenant, char *ret_realm, size_t size)
{
	struct db_statement *st;
	int err =
		db_prepare(&s->db, "SELECT coalesce(sip_realm, 'markaz') FROM setting WHERE tenant = ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	err = db_step(&s->db, st);
	str_put(ret_realm, size, err == 1 ? db_text(st, 0) : "markaz");
	db_reset(st);
	return err < 0 ? err : 0;
}

/* What is kept for a secret given as clear text. NULL text: nothing. */
static int keep_secret(struct store *s, struct store_request *rq, const struct field *f, const char *clear,
	const json_t *row)
{
	char realm[128], ha1[SECRET_HA1_SIZE];
	_cleanup_alloc_ char *box = NULL;
	const char *kept = NULL;
	int err = 0;

	if (clear && is(rq->resource, "trunk")) {
		kept = box = secret_encrypt(s->key, clear);
		err = box ? 0 : -ENOMEM;
	} else if (clear && str_equal(f->name, "sip_password")) {
		err = realm_of(s, rq->tenant, realm, sizeof(realm));
		if (err == 0)
			err = secret_ha1(jsonx_text(row, "sip_login", ""), realm, clear, ha1);
		kept = ha1;
	} else if (clear) {
		kept = rq->password_hash;
		err = kept ? 0 : -EINVAL;
	}
	return err < 0 ? err : rows_set_secret(&s->db, rq->resource, f, rq->id, kept);
}

static int keep_secrets(struct store *s, struct store_request *rq, const json_t *row)
{
	int err = 0;

	for (int i = 0; i < rq->resource->n_fields && err == 0; i++) {
		const struct field *f = &rq->resource->fields[i];
		const json_t *v = json_object_get(rq->value, f->name);
		if (f->type == FIELD_SECRET && v)
			err = keep_secret(s, rq, f, json_string_value(v), row);
	}
	return err;
}

static int64_t administrators(struct store *s, uint64_t tenant, int *ret_error)
{
	int64_t n = 0;
	int err = db_read_int(&s->db, &n,
		"SELECT count(*) FROM \"user\" WHERE tenant = ? AND is_active = 1 AND password IS NOT NULL "
		"AND instr(roles, '\"administrator\"') > 0",
		1, (int64_t)tenant);

	*ret_error = err < 0 ? err : 0;
	return n;
}

/* Nobody may lock the house and throw away the key. */
static int check_administrators(struct store *s, struct store_request *rq, int64_t before)
{
	int err = 0;

	if (!is(rq->resource, "user") || before == 0)
		return 0;
	if (administrators(s, rq->tenant, &err) > 0 || err < 0)
		return err;
	issue_add(rq->issues, "", "last_administrator",
		"This is the last active administrator with a password: make another one first");
	return STORE_INVALID;
}

/* What the descriptor cannot say about a change of an existing row. */
static void check_change(struct store_request *rq, const json_t *before, const json_t *merged)
{
	const char *password = jsonx_text(rq->value, "password", NULL);

	if (!is(rq->resource, "user") && !is(rq->resource, "extension"))
		return;
	if (password && str_equal_nocase(password, jsonx_text(merged, "login", NULL)))
		issue_add(rq->issues, "/password", "too_simple", "The password must differ from the login");
	if (jsonx_text(rq->value, "sip_password", NULL)) {
		if (!jsonx_text(merged, "sip_login", NULL))
			issue_add(rq->issues, "/sip_login", "required",
				"A telephone's password needs its user name: fill in sip_login");
	} else if (jsonx_bool(before, "has_sip_password", false) &&
		   !json_object_get(rq->value, "sip_password") &&
		   !json_equal(json_object_get(before, "sip_login"), json_object_get(merged, "sip_login"))) {
		issue_add(rq->issues, "/sip_password", "required",
			"The telephone's password is stored with its user name: enter it again, or null to "
			"remove it");
	}
}

/* Stored telephone passwords contain the realm. */
static int check_realm(struct store *s, struct store_request *rq, const json_t *before, const json_t *merged)
{
	int64_t n = 0;

	if (!is(rq->resource, "setting") ||
		json_equal(json_object_get(before, "sip_realm"), json_object_get(merged, "sip_realm")))
		return 0;
	int err = db_read_int(&s->db, &n,
		"SELECT (SELECT count(*) FROM \"user\" WHERE tenant = ? AND sip_ha1 IS NOT NULL) + "
		"(SELECT count(*) FROM \"extension\" WHERE tenant = ? AND sip_ha1 IS NOT NULL)",
		2, (int64_t)rq->tenant, (int64_t)rq->tenant);
	if (err < 0)
		return err;
	if (n > 0)
		issue_add(rq->issues, "/sip_realm", "in_use",
			"%d telephone passwords were stored under the present realm: remove them first, and "
			"enter them again after",
			(int)n);
	return 0;
}

static int keep_flow_version(
	struct store *s, struct store_request *rq, json_t *value, int64_t version, int64_t now_ms)
{
	struct db_statement *st;
	int err = jsonx_set_int(value, "published_version", version);

	if (err == 0)
		err = db_prepare(&s->db,
			"INSERT INTO flow_version (flow, version, document, created_ms) VALUES (?, ?, ?, ?) "
			"ON CONFLICT (flow, version) DO UPDATE SET document = excluded.document, "
			"created_ms = excluded.created_ms",
			&st);
	if (err != 0)
		return err;
	char *text = jsonx_dump(json_object_get(value, "document"));
	if (!text)
		return -ENOMEM;
	db_bind_int(st, 1, (int64_t)rq->id);
	db_bind_int(st, 2, version);
	db_bind_text(st, 3, text);
	db_bind_int(st, 4, now_ms);
	free(text);
	return db_run(&s->db, st);
}

/* The audit entry and the event of a change; the event says the entry's number and hash. */
static int record(struct store *s, struct store_request *rq, const char *action, const json_t *before,
	const json_t *after)
{
	char *old = before ? jsonx_dump(before) : NULL, *new = after ? jsonx_dump(after) : NULL;
	struct audit_entry entry = {.tenant = rq->tenant,
		.resource = rq->resource->name,
		.row = rq->id,
		.action = action,
		.before = old,
		.after = new};
	struct audit_mark mark;
	int err = (before && !old) || (after && !new) ? -ENOMEM
						      : audit_write_by(&s->db, rq->actor, &entry, &mark);

	free(old);
	free(new);
	if (err < 0)
		return err;
	rq->event = pending_new(&(struct event){.at_ms = entry.at_ms,
		.type = EVENT_CONFIG_CHANGED,
		.tenant = rq->tenant,
		.ref = rq->id,
		.agent = entry.user,
		.name = rq->resource->name,
		.reason = action,
		.number = mark.id,
		.text = mark.hash});
	return rq->event ? 0 : -ENOMEM;
}

static int check_merged(struct store *s, struct store_request *rq, json_t *merged)
{
	int err = check_refs(s, rq, merged);

	if (err == 0)
		err = check_unique(s, rq, merged);
	if (err == 0)
		err = names_check(s, rq, merged);
	if (err == 0 && rq->issues->n > 0)
		err = STORE_INVALID;
	return err;
}

int changes_create(struct store *s, struct store_request *rq)
{
	_cleanup_json_ json_t *value = json_deep_copy(rq->value);
	int64_t now_ms = clock_wall_ms();

	if (!value)
		return -ENOMEM;
	if (rq->resource->is_single) {
		issue_add(rq->issues, "", "exists", "There is exactly one: change it instead");
		return STORE_CONFLICT;
	}
	rq->id = id_new();
	int err = check_merged(s, rq, value);
	if (err == 0 && is(rq->resource, "flow"))
		err = keep_flow_version(s, rq, value, 1, now_ms);
	if (err == 0)
		err = rows_insert(&s->db, rq->resource, rq->tenant, rq->id, now_ms, value);
	if (err == 0 && is(rq->resource, "customer"))
		err = customers_keep(&s->db, rq->tenant, rq->id, value);
	if (err == 0)
		err = keep_secrets(s, rq, value);
	if (err == 0)
		err = rows_read(&s->db, rq->resource, rq->tenant, rq->id, false, NULL, &rq->row);
	return err ? err : record(s, rq, "created", NULL, rq->row);
}

/* The row as it is; STORE_NOT_FOUND, or STORE_CONFLICT when it is not of the version the caller saw. */
static int read_before(struct store *s, struct store_request *rq, json_t **ret_before)
{
	int err = rows_read(&s->db, rq->resource, rq->tenant, rq->id, false, NULL, ret_before);

	if (err)
		return err;
	if (rq->if_version && jsonx_int(*ret_before, "version", 0) != rq->if_version) {
		issue_add(rq->issues, "", "changed_meanwhile",
			"Somebody else changed it meanwhile: load it again");
		return STORE_CONFLICT;
	}
	return 0;
}

/* A password set anew, or a person no longer active, ends the sessions opened with the old one. */
static int end_sessions(struct store *s, struct store_request *rq, const json_t *merged)
{
	if (!is(rq->resource, "user") ||
		(!json_object_get(rq->value, "password") && jsonx_bool(merged, "is_active", true)))
		return 0;
	return db_run_ints(
		&s->db, "DELETE FROM token WHERE \"user\" = ? AND kind = 'session'", 1, (int64_t)rq->id);
}

static json_t *merge(const struct store_request *rq, const json_t *before)
{
	json_t *merged = json_deep_copy(before), *v;
	const char *key;

	if (!merged || json_object_update(merged, (json_t *)rq->value) < 0) {
		json_decref(merged);
		return NULL;
	}
	/* Secrets travel beside the row, not in it. */
	json_object_foreach((json_t *)rq->value, key, v)
	{
		const struct field *f = resource_field(rq->resource, key);
		if (f && f->type == FIELD_SECRET)
			json_object_del(merged, key);
	}
	return merged;
}

int changes_update(struct store *s, struct store_request *rq)
{
	_cleanup_json_ json_t *before = NULL, *merged = NULL;
	int64_t now_ms = clock_wall_ms(), n_administrators = 0;
	int err = read_before(s, rq, &before);

	if (err)
		return err;
	merged = merge(rq, before);
	if (!merged)
		return -ENOMEM;
	if (rq->resource->check)
		rq->resource->check(merged, rq->issues);
	check_change(rq, before, merged);
	err = check_realm(s, rq, before, merged);
	if (err == 0)
		err = check_merged(s, rq, merged);
	if (err == 0)
		n_administrators = administrators(s, rq->tenant, &err);
	if (err == 0 && is(rq->resource, "flow") &&
		!json_equal(json_object_get(before, "document"), json_object_get(merged, "document")))
		err = keep_flow_version(s, rq, merged, jsonx_int(before, "published_version", 0) + 1, now_ms);
	if (err == 0)
		err = rows_update(&s->db, rq->resource, rq->tenant, rq->id, now_ms, merged);
	if (err == 0 && is(rq->resource, "customer"))
		err = customers_keep(&s->db, rq->tenant, rq->id, merged);
	if (err == 0)
		err = keep_secrets(s, rq, merged);
	if (err == 0)
		err = end_sessions(s, rq, merged);
	if (err == 0 && is(rq->resource, "customer") && jsonx_bool(before, "is_kept", false) &&
		!jsonx_bool(merged, "is_kept", false))
		err = retention_look_again(&s->db);
	if (err == 0)
		err = check_administrators(s, rq, n_administrators);
	if (err == 0 && is(rq->resource, "skill") &&
		!json_equal(json_object_get(before, "name"), json_object_get(merged, "name")))
		err = names_check_skills(s, rq);
	if (err == 0)
		err = rows_read(&s->db, rq->resource, rq->tenant, rq->id, false, NULL, &rq->row);
	return err ? err : record(s, rq, "updated", before, rq->row);
}

/* STORE_IN_USE with an issue that names one of those who use the row. */
static int check_users(struct store *s, struct store_request *rq)
{
	char label[128];

	for (int i = 0; resources[i]; i++)
		for (int k = 0; k < resources[i]->n_fields; k++) {
			const struct field *f = &resources[i]->fields[k];
			if (!str_equal(f->ref, rq->resource->name) && f->type != FIELD_JSON)
				continue;
			int found = rows_find_user_of(
				&s->db, resources[i], f, rq->tenant, rq->id, label, sizeof(label));
			if (found < 0)
				return found;
			if (found == 0)
				continue;
			issue_add(rq->issues, "", "in_use", "The %s \"%.100s\" uses it: change that first",
				resources[i]->name, label);
			return STORE_IN_USE;
		}
	return 0;
}

int changes_delete(struct store *s, struct store_request *rq)
{
	_cleanup_json_ json_t *before = NULL;
	_cleanup_text_ struct text sql = {0};
	int64_t n_administrators = 0;
	int err = read_before(s, rq, &before);

	if (err == 0 && rq->resource->is_single) {
		issue_add(rq->issues, "", "required", "There is always exactly one: it cannot be deleted");
		err = STORE_CONFLICT;
	}
	if (err == 0)
		err = check_users(s, rq);
	if (err == 0)
		n_administrators = administrators(s, rq->tenant, &err);
	text_printf(&sql, "DELETE FROM \"%s\" WHERE id = ? AND tenant = ?", rq->resource->name);
	if (err == 0)
		err = sql.failed ? -ENOMEM
				 : db_run_ints(&s->db, sql.data, 2, (int64_t)rq->id, (int64_t)rq->tenant);
	if (err == 0 && is(rq->resource, "user"))
		err = db_run_ints(&s->db, "DELETE FROM token WHERE \"user\" = ?", 1, (int64_t)rq->id);
	if (err == 0 && is(rq->resource, "customer"))
		err = customers_keep(&s->db, rq->tenant, rq->id, NULL);
	if (err == 0)
		err = check_administrators(s, rq, n_administrators);
	if (err == 0 && is(rq->resource, "skill"))
		err = names_check_skills(s, rq);
	return err ? err : record(s, rq, "deleted", before, NULL);
}
