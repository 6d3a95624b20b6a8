/* People's access: sign-in, sessions and tokens; and the small facts of the installation. */
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The active user of a login with the kept hash: 1 found, 0 none, -errno. */
static int find_login(
	struct db *db, const char *login, uint64_t *ret_id, uint64_t *ret_tenant, char *ret_hash, size_t size)
{
	struct db_statement *st;
	char folded[80];
	int err = db_prepare(db,
		"SELECT id, tenant, password FROM \"user\" WHERE login = ? AND is_active = 1 ORDER BY tenant",
		&st);

	if (err < 0)
		return err;
	if (str_put(folded, sizeof(folded), login) < 0)
		return 0;
	for (char *p = folded; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	db_bind_text(st, 1, folded);
	err = db_step(db, st);
	if (err != 1)
		return err;
	*ret_id = (uint64_t)db_int(st, 0);
	*ret_tenant = (uint64_t)db_int(st, 1);
	str_put(ret_hash, size, db_text(st, 2));
	db_reset(st);
	return 1;
}

int store_login(struct store_reader *rd, const char *login, const char *password, json_t **ret_user)
{
	uint64_t id = 0, tenant = 0;
	char hash[SECRET_HASH_SIZE] = "";
	int err = store_reader_follow(rd);

	if (err < 0)
		return err;
	err = find_login(&rd->db, login ? login : "", &id, &tenant, hash, sizeof(hash));

	if (err < 0)
		return err;
	bool is_right = secret_is_password(err == 1 && *hash ? hash : NULL, password ? password : "");
	if (!is_right)
		return STORE_NOT_FOUND;
	return rows_read(&rd->db, resource_by_name("user"), tenant, id, false, NULL, ret_user);
}

static int run_token_create(struct store *s, struct store_request *rq)
{
	struct db_statement *st;
	int64_t found = 0;
	int err = db_read_int(&s->db, &found, "SELECT 1 FROM \"user\" WHERE id = ? AND is_active = 1", 1,
		(int64_t)rq->user);

	if (err <= 0)
		return err < 0 ? err : STORE_NOT_FOUND;
	/* Nobody signs out of every browser: old sessions leave as new ones come. */
	err = db_run_ints(&s->db,
		"DELETE FROM token WHERE \"user\" = ? AND expires_ms <> 0 AND expires_ms < ?", 2,
		(int64_t)rq->user, clock_wall_ms());
	if (err == 0)
		err = db_prepare(&s->db,
			"INSERT INTO token (id, \"user\", kind, name, hash, created_ms, expires_ms) VALUES "
			"(?, "
			"?, ?, ?, ?, ?, ?)",
			&st);
	if (err != 0)
		return err;
	rq->id = id_new();
	db_bind_int(st, 1, (int64_t)rq->id);
	db_bind_int(st, 2, (int64_t)rq->user);
	db_bind_text(st, 3, rq->text[0]);
	db_bind_text(st, 4, rq->text[1]);
	db_bind_blob(st, 5, rq->hash, SECRET_TOKEN_HASH_BYTES);
	db_bind_int(st, 6, clock_wall_ms());
	db_bind_int(st, 7, rq->expires_ms);
	return db_run(&s->db, st);
}

int store_token_create(struct store *s, uint64_t user, const char *kind, const char *name,
	int64_t expires_at_ms, char ret_token[static 64], uint64_t *ret_id)
{
	char token[64];
	unsigned char hash[SECRET_TOKEN_HASH_BYTES];
	struct store_request rq = {.run = run_token_create,
		.user = user,
		.text = {kind, name},
		.hash = hash,
		.expires_ms = expires_at_ms};

	secret_token_make(token);
	secret_token_hash(token, hash);
	int err = writer_ask(s, &rq);
	if (err == 0) {
		memcpy(ret_token, token, sizeof(token));
		if (ret_id)
			*ret_id = rq.id;
	}
	return err;
}

int store_token_find(
	struct store_reader *rd, const char *token, int64_t now_ms, uint64_t *ret_id, json_t **ret_user)
{
	unsigned char hash[SECRET_TOKEN_HASH_BYTES];
	struct db_statement *st;
	int err = store_reader_follow(rd);

	if (err < 0)
		return err;
	err = db_prepare(&rd->db,
		"SELECT token.id, \"user\".id, \"user\".tenant, token.kind FROM token JOIN \"user\" ON "
		"\"user\".id = token.\"user\" "
		"WHERE token.hash = ? AND \"user\".is_active = 1 AND (token.expires_ms = 0 OR "
		"token.expires_ms > ?)",
		&st);

	if (err < 0)
		return err;
	secret_token_hash(token ? token : "", hash);
	db_bind_blob(st, 1, hash, sizeof(hash));
	db_bind_int(st, 2, now_ms);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	uint64_t id = (uint64_t)db_int(st, 0), user = (uint64_t)db_int(st, 1);
	uint64_t tenant = (uint64_t)db_int(st, 2);
	char kind[16];
	str_put(kind, sizeof(kind), db_text(st, 3));
	db_reset(st);
	_cleanup_json_ json_t *row = NULL;
	err = rows_read(&rd->db, resource_by_name("user"), tenant, user, false, NULL, &row);
	if (err == 0)
		err = jsonx_set_text(row, "token_kind", kind);
	if (err == 0)
		err = jsonx_set_int(row, "tenant", (int64_t)tenant);
	if (err)
		return err;
	if (ret_id)
		*ret_id = id;
	*ret_user = json_incref(row);
	return 0;
}

static int run_token_delete(struct store *s, struct store_request *rq)
{
	int err = db_run_ints(&s->db, "DELETE FROM token WHERE id = ?", 1, (int64_t)rq->id);

	return err < 0 ? err : db_changes(&s->db) ? 0 : STORE_NOT_FOUND;
}

int store_token_delete(struct store *s, uint64_t id)
{
	struct store_request rq = {.run = run_token_delete, .id = id};

	return writer_ask(s, &rq);
}

static json_t *token_json(struct db_statement *st)
{
	json_t *row = json_object();
	int err = jsonx_set_id(row, "id", (uint64_t)db_int(st, 0));

	if (err == 0)
		err = jsonx_set_text(row, "kind", db_text(st, 1));
	if (err == 0)
		err = jsonx_set_text(row, "name", db_text(st, 2));
	if (err == 0)
		err = rows_set_time(row, "created_at", db_int(st, 3));
	if (err == 0)
		err = rows_set_time(row, "expires_at", db_int(st, 4));
	if (err < 0) {
		json_decref(row);
		row = NULL;
	}
	return row;
}

int store_tokens_of_user(struct store_reader *rd, uint64_t user, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	struct db_statement *st;
	int err = db_prepare(&rd->db,
		"SELECT id, kind, name, created_ms, expires_ms FROM token WHERE \"user\" = ? ORDER BY id",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)user);
	while ((err = db_step(&rd->db, st)) == 1)
		if (json_array_append_new(rows, token_json(st)) < 0) {
			db_reset(st);
			return -ENOMEM;
		}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}

int store_fact_get(struct store_reader *rd, const char *key, char *ret_value, size_t size)
{
	struct db_statement *st;
	int err = db_prepare(&rd->db, "SELECT value FROM fact WHERE key = ?", &st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, key);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	err = strlen(db_text(st, 0)) < size ? str_put(ret_value, size, db_text(st, 0)) : -E2BIG;
	db_reset(st);
	return err;
}

static int run_fact_set(struct store *s, struct store_request *rq)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"INSERT INTO fact (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = "
		"excluded.value",
		&st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, rq->text[0]);
	db_bind_text(st, 2, rq->text[1]);
	return db_run(&s->db, st);
}

int store_fact_set(struct store *s, const char *key, const char *value)
{
	struct store_request rq = {.run = run_fact_set, .text = {key, value}};

	return writer_ask(s, &rq);
}
