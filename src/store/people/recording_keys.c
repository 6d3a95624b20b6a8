/* Keys of recordings: random, one a tenant and time, in the database only wrapped under secret.key
 * (rows/secret.h), and bound there to number and tenant, so that no row can be passed off as another. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/people/person.h"
#include "store/rows/audit.h"
#include "store/rows/rows.h"
#include "store/rows/secret.h"
#include "store/write/writer.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define KEYS_MAX 10000 /* that are listed */
#define HEX_SIZE (2 * STORE_RECORDING_KEY_BYTES + 1)
#define BOND_SIZE 64

static void bond_of(uint32_t id, uint64_t tenant, char ret_bond[static BOND_SIZE])
{
	str_printf(ret_bond, BOND_SIZE, "recording %u %llu ", id, (unsigned long long)tenant);
}

static int unwrap(
	const unsigned char *secret, const char *wrapped, uint64_t tenant, struct store_recording_key *key)
{
	char bond[BOND_SIZE];
	size_t n = 0;
	char *clear = secret_decrypt(secret, wrapped);

	bond_of(key->id, tenant, bond);
	bool is_ours = clear && str_starts_with(clear, bond) &&
		       sodium_hex2bin(key->key, sizeof(key->key), clear + strlen(bond),
			       strlen(clear) - strlen(bond), NULL, &n, NULL) == 0 &&
		       n == sizeof(key->key);
	if (clear)
		sodium_memzero(clear, strlen(clear));
	alloc_free(clear);
	return is_ours ? 0 : -EBADMSG;
}

static char *wrap(const unsigned char *secret, uint64_t tenant, const struct store_recording_key *key)
{
	char clear[BOND_SIZE + HEX_SIZE], hex[HEX_SIZE], bond[BOND_SIZE];

	bond_of(key->id, tenant, bond);
	sodium_bin2hex(hex, sizeof(hex), key->key, sizeof(key->key));
	str_printf(clear, sizeof(clear), "%s%s", bond, hex);
	char *wrapped = secret_encrypt(secret, clear);
	sodium_memzero(clear, sizeof(clear));
	sodium_memzero(hex, sizeof(hex));
	return wrapped;
}

/* The row st stands at. st: id, tenant, wrapped, created_ms; its result is given back. */
static int read_key(struct db_statement *st, const unsigned char *secret, struct store_recording_key *ret_key)
{
	struct store_recording_key key = {.id = (uint32_t)db_int(st, 0), .created_ms = db_int(st, 3)};
	const char *wrapped = db_text(st, 2);
	int err = wrapped ? unwrap(secret, wrapped, (uint64_t)db_int(st, 1), &key) : -ENOKEY;

	db_reset(st);
	if (err == 0)
		*ret_key = key;
	sodium_memzero(&key, sizeof(key));
	return err;
}

int store_recording_key(struct store_reader *rd, uint32_t id, struct store_recording_key *ret_key)
{
	struct db_statement *st;
	int err = store_reader_follow(rd);

	if (err == 0)
		err = db_prepare(&rd->db,
			"SELECT id, tenant, wrapped, created_ms FROM recording_key WHERE id = ?", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	err = db_step(&rd->db, st);
	if (err != 1)
		return err < 0 ? err : -ENOKEY;
	return read_key(st, rd->key, ret_key);
}

/* 1: the tenant's newest whole key; 0: none young enough; -errno. */
static int newest(struct db *db, const unsigned char *secret, uint64_t tenant, int64_t not_before_ms,
	struct store_recording_key *ret_key)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT id, tenant, wrapped, created_ms FROM recording_key WHERE tenant = ? AND wrapped IS "
		"NOT "
		"NULL AND created_ms >= ? ORDER BY id DESC LIMIT 1",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	db_bind_int(st, 2, not_before_ms);
	err = db_step(db, st);
	if (err != 1)
		return err;
	err = read_key(st, secret, ret_key);
	return err == 0 ? 1 : err == -EBADMSG ? 0 : err; /* under a lost secret.key: a new one then */
}

static int run_make(struct store *s, struct store_request *rq)
{
	struct store_recording_key *key = (struct store_recording_key *)rq->arg;
	struct db_statement *st;
	int64_t last = 0;
	int err = newest(&s->db, s->key, rq->tenant, rq->expires_ms, key); /* somebody was faster */

	if (err != 0)
		return err < 0 ? err : 0;
	err = db_read_int(&s->db, &last, "SELECT coalesce(max(id), 0) FROM recording_key", 0);
	if (err < 0)
		return err;
	key->id = (uint32_t)last + 1;
	key->created_ms = clock_wall_ms();
	randombytes_buf(key->key, sizeof(key->key));
	_cleanup_alloc_ char *wrapped = wrap(s->key, rq->tenant, key);
	err = wrapped ? db_prepare(&s->db,
				"INSERT INTO recording_key (id, tenant, wrapped, created_ms) VALUES (?, ?, "
				"?, ?)",
				&st)
		      : -ENOMEM;
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)key->id);
	db_bind_int(st, 2, (int64_t)rq->tenant);
	db_bind_text(st, 3, wrapped);
	db_bind_int(st, 4, key->created_ms);
	return db_run(&s->db, st);
}

int store_recording_key_current(struct store *s, struct store_reader *rd, uint64_t tenant,
	int64_t not_before_ms, struct store_recording_key *ret_key)
{
	struct store_recording_key key = {0};
	struct store_request rq = {
		.run = run_make, .tenant = tenant ? tenant : 1, .expires_ms = not_before_ms, .arg = &key};
	int err = store_reader_follow(rd);

	if (err == 0)
		err = newest(&rd->db, rd->key, rq.tenant, not_before_ms, &key);
	if (err == 0)
		err = writer_ask(s, &rq);
	if (err >= 0)
		*ret_key = key;
	sodium_memzero(&key, sizeof(key));
	return err < 0 ? err : 0;
}

static int run_erase(struct store *s, struct store_request *rq)
{
	int err = db_run_ints(&s->db,
		"UPDATE recording_key SET wrapped = NULL, erased_ms = ? WHERE id = ? AND tenant = ? AND "
		"wrapped "
		"IS NOT NULL",
		3, clock_wall_ms(), (int64_t)rq->id, (int64_t)rq->tenant);

	if (err < 0)
		return err;
	if (db_changes(&s->db) == 0)
		return STORE_NOT_FOUND;
	return audit_write_by(&s->db, rq->actor,
		&(struct audit_entry){
			.tenant = rq->tenant, .resource = "recording_key", .row = rq->id, .action = "erased"},
		NULL);
}

int store_recording_key_erase(struct store *s, uint32_t id, const struct store_actor *actor)
{
	struct store_request rq = {
		.run = run_erase, .id = id, .tenant = actor->tenant ? actor->tenant : 1, .actor = actor};

	return writer_ask(s, &rq);
}

int store_recording_keys(struct store_reader *rd, uint64_t tenant, json_t **ret_rows)
{
	_cleanup_json_ json_t *rows = json_array();
	struct db_statement *st;
	int err = rows ? store_reader_follow(rd) : -ENOMEM;

	if (err == 0)
		err = db_prepare(&rd->db,
			"SELECT id, created_ms, coalesce(erased_ms, 0) FROM recording_key WHERE tenant = ? "
			"ORDER "
			"BY id DESC LIMIT ?",
			&st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, tenant ? (int64_t)tenant : 1);
	db_bind_int(st, 2, KEYS_MAX);
	while ((err = db_step(&rd->db, st)) == 1) {
		int64_t erased_ms = db_int(st, 2);
		json_array_append_new(rows, json_pack("{s:I, s:I, s:o}", "id", (json_int_t)db_int(st, 0),
						    "created_at", (json_int_t)db_int(st, 1), "erased_at",
						    erased_ms ? json_integer(erased_ms) : json_null()));
	}
	if (err == 0)
		*ret_rows = json_incref(rows);
	return err;
}
