/* See blocks.h. */
#include "store/rows/blocks.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/rows/audit.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdlib.h>

#define COLUMNS "id, kind, subject, reason, \"count\", times, since_ms, until_ms"

static void read_row(struct db_statement *st, struct store_block *ret_block)
{
	*ret_block = (struct store_block){.id = (uint64_t)db_int(st, 0),
		.count = db_int(st, 4),
		.times = db_int(st, 5),
		.since_ms = db_int(st, 6),
		.until_ms = db_int(st, 7)};
	str_put(ret_block->kind, sizeof(ret_block->kind), db_text(st, 1));
	str_put(ret_block->subject, sizeof(ret_block->subject), db_text(st, 2));
	str_put(ret_block->reason, sizeof(ret_block->reason), db_text(st, 3));
}

json_t *store_block_json(const struct store_block *b)
{
	json_t *row = json_object();
	int err = jsonx_set_id(row, "id", b->id);

	if (err == 0)
		err = jsonx_set_text(row, "kind", b->kind);
	if (err == 0)
		err = jsonx_set_text(row, "subject", b->subject);
	if (err == 0)
		err = jsonx_set_text(row, "reason", b->reason);
	if (err == 0)
		err = jsonx_set_int(row, "count", b->count);
	if (err == 0)
		err = jsonx_set_int(row, "times", b->times);
	if (err == 0)
		err = rows_set_time(row, "since", b->since_ms);
	if (err == 0)
		err = rows_set_time(row, "until", b->until_ms);
	if (err == 0)
		return row;
	json_decref(row);
	return NULL;
}

static int note(struct store *s, struct store_request *rq, const struct store_block *b, const char *action)
{
	_cleanup_json_ json_t *row = store_block_json(b);
	char *text = row ? jsonx_dump(row) : NULL;

	if (!text)
		return -ENOMEM;
	int err = audit_write_by(&s->db, rq->actor,
		&(struct audit_entry){.tenant = rq->tenant,
			.resource = "block",
			.row = b->id,
			.action = action,
			.after = text},
		NULL);
	free(text);
	return err;
}

static int run_save(struct store *s, struct store_request *rq)
{
	const struct store_block *b = rq->arg;
	struct db_statement *st;
	int err = db_run_ints(&s->db, "DELETE FROM block WHERE until_ms <> 0 AND until_ms < ?", 1,
		clock_wall_ms() - BLOCKS_KEPT_MS);

	if (err == 0)
		err = db_run_ints(&s->db, "DELETE FROM block WHERE id = ?", 1, (int64_t)b->id);
	if (err == 0)
		err = db_prepare(&s->db,
			"INSERT INTO block (" COLUMNS ", tenant) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)b->id);
	db_bind_text(st, 2, b->kind);
	db_bind_text(st, 3, b->subject);
	db_bind_text(st, 4, b->reason);
	db_bind_int(st, 5, b->count);
	db_bind_int(st, 6, b->times);
	db_bind_int(st, 7, b->since_ms);
	db_bind_int(st, 8, b->until_ms);
	db_bind_int(st, 9, (int64_t)rq->tenant);
	err = db_run(&s->db, st);
	return err < 0 ? err : note(s, rq, b, "created");
}

int store_block_save(struct store *s, const struct store_block *b, const struct store_actor *actor)
{
	struct store_request rq = {
		.run = run_save, .arg = b, .actor = actor, .tenant = actor->tenant ? actor->tenant : 1};

	return writer_ask(s, &rq);
}

struct lift { /* what run_lift works on */
	struct store_block block;
	int64_t now_ms;
};

static int run_lift(struct store *s, struct store_request *rq)
{
	struct lift *lift = (struct lift *)rq->arg;
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"SELECT " COLUMNS
		" FROM block WHERE id = ? AND tenant = ? AND (until_ms = 0 OR until_ms > ?)",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)rq->id);
	db_bind_int(st, 2, (int64_t)rq->tenant);
	db_bind_int(st, 3, lift->now_ms);
	err = db_step(&s->db, st);
	if (err != 1)
		return err < 0 ? err : STORE_NOT_FOUND;
	read_row(st, &lift->block);
	db_reset(st);
	err = db_run_ints(&s->db, "UPDATE block SET until_ms = ?, times = 0 WHERE id = ?", 2, lift->now_ms,
		(int64_t)rq->id);
	return err < 0 ? err : note(s, rq, &lift->block, "lifted");
}

int store_block_lift(
	struct store *s, uint64_t id, const struct store_actor *actor, struct store_block *ret_block)
{
	struct lift lift = {.now_ms = clock_wall_ms()};
	struct store_request rq = {.run = run_lift,
		.id = id,
		.arg = &lift,
		.actor = actor,
		.tenant = actor->tenant ? actor->tenant : 1};
	int err = writer_ask(s, &rq);

	if (err == 0)
		*ret_block = lift.block;
	return err;
}

int store_blocks(struct store_reader *rd, uint64_t tenant, bool is_active, int64_t now_ms,
	store_block_handler *on_block, void *arg)
{
	struct db_statement *st;
	struct store_block b;
	int err = store_reader_follow(rd);

	if (err == 0)
		err = db_prepare(&rd->db,
			"SELECT " COLUMNS
			" FROM block WHERE tenant = ?1 AND (?2 = 0 OR until_ms = 0 OR until_ms > ?3) "
			"ORDER BY since_ms DESC, id DESC LIMIT ?4",
			&st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, tenant ? (int64_t)tenant : 1);
	db_bind_int(st, 2, is_active);
	db_bind_int(st, 3, now_ms);
	db_bind_int(st, 4, BLOCKS_MAX);
	while ((err = db_step(&rd->db, st)) == 1) {
		read_row(st, &b);
		if (!on_block(&b, arg)) {
			db_reset(st);
			return 0;
		}
	}
	return err;
}
