/* A centre that comes back: from a snapshot and the log behind it, from the log alone, and from both when
 * they are damaged. What it comes back to is the same. */
#include "base/alloc.h"
#include "base/str.h"
#include "center/folder.h"
#include "center/recall.h"
#include "center/test_parts.h"
#include "db/db.h"
#include "event/pack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR INT64_C(3600000)

static void folder_freep(struct folder **f)
{
	folder_free(*f);
}

/* A folder that looks at the log of w, which has been written so far. */
#define WITH_FOLDER(f, w)                                                                                    \
	__attribute__((cleanup(folder_freep))) struct folder *f = NULL;                                      \
	CHECK_INT(folder_new(&f, (w)->store.store, (w)->store.directory), 0)

/* Requests are carried out behind the events accepted before them. */
static bool is_written(struct world *w)
{
	return store_fact_set(w->store.store, "test", "written") == 0;
}

static bool change(struct world *w, const char *sql)
{
	struct db db;
	char path[300];

	str_printf(path, sizeof(path), "%s/markaz.db", w->store.directory);
	if (db_open(&db, path, DB_WRITE) < 0)
		return false;
	bool is_done = db_exec(&db, sql) == 0;
	db_close(&db);
	return is_done;
}

static int snapshots(struct world *w, struct store_snapshot *ret_heads)
{
	return store_snapshots(w->store.reader, ret_heads);
}

/* What a start would find, as bytes of the ledger and of the figures. */
static int recall_bytes(struct world *w, int64_t now, uint8_t **ret_ledger, size_t *ret_n)
{
	struct recall p = {0};
	int err = recall_read(&p, w->store.reader, now);

	if (err == 0)
		err = ledger_save(&p.ledger, ret_ledger, ret_n);
	recall_free(&p);
	return err;
}

static void check_same_past(struct world *w, const char *what_is_changed)
{
	_cleanup_alloc_ uint8_t *a = NULL, *b = NULL;
	size_t n = 0, m = 0;
	int64_t now = center_wall(w->center);

	CHECK_INT(recall_bytes(w, now, &a, &n), 0);
	CHECK(change(w, what_is_changed));
	CHECK_INT(recall_bytes(w, now, &b, &m), 0);
	CHECK(n == m && memcmp(a, b, n) == 0);
}

/* Calls in every stage: one talks, one waits. */
static bool open_calls(struct world *w, uint64_t *ret_page)
{
	uint64_t ann = world_agent(w, "ann", "");

	if (!world_start(w))
		return false;
	w->has_restored = true;
	*ret_page = world_ready(w, ann);
	world_call(w, "100", "1000");
	world_connect(w, *ret_page, ann);
	world_call(w, "200", "1000");
	return is_written(w);
}

TEST(a_start_from_a_snapshot_is_a_start_from_the_log)
{
	WITH_WORLD(w);
	uint64_t page;
	struct store_snapshot heads[SNAPSHOTS_KEPT];

	CHECK(open_calls(&w, &page));
	{
		WITH_FOLDER(f, &w);
		folder_turn(f, 1000, center_wall(w.center));
		CHECK_INT(folder_saved(f), 0); /* too early */
		folder_turn(f, 1000 + SNAPSHOT_MS, center_wall(w.center));
		CHECK(folder_saved(f) > 0);
	}
	CHECK_INT(snapshots(&w, heads), 1);
	world_call(&w, "300", "1000"); /* behind it */
	CHECK(is_written(&w));
	check_same_past(&w, "DELETE FROM snapshot; DELETE FROM snapshot_part");
	CHECK_INT(snapshots(&w, heads), 0);
}

static json_t *figures;
static void keep_figures(json_t *json, void *arg)
{
	(void)arg;
	figures = json;
}

TEST(figures_and_closings_after_a_crash_are_those_of_the_log)
{
	WITH_WORLD(w);
	uint64_t page;
	_cleanup_json_ json_t *before = NULL, *after = NULL;

	CHECK(open_calls(&w, &page));
	{
		WITH_FOLDER(f, &w);
		folder_turn(f, 0, center_wall(w.center));
		folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
		CHECK(folder_saved(f) > 0);
	}
	world_call(&w, "300", "1000");
	CHECK_INT(center_figures(w.center, 1, 0, 0, keep_figures, NULL), 0);
	world_run(&w);
	before = TAKE_PTR(figures);
	world_crash(&w);
	/* the log without what the snapshot knows: only it can tell now */
	CHECK(change(&w, "DELETE FROM event WHERE seq < (SELECT max(seq) FROM snapshot)"));
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 3);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_ENDED, "system_restart"), 1);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_OVERFLOWED, "system_restart"), 2);
	CHECK_INT(center_figures(w.center, 1, 0, 0, keep_figures, NULL), 0);
	world_run(&w);
	after = TAKE_PTR(figures);
	json_t *all = json_object_get(before, "all"), *later = json_object_get(after, "all");
	CHECK_INT(jsonx_int(all, "offered", 0), 3);
	CHECK_INT(jsonx_int(later, "offered", 0), 3);
	CHECK_INT(jsonx_int(later, "answered", 0), jsonx_int(all, "answered", 0));
	CHECK_INT(jsonx_int(later, "overflowed_out", 0), 2);
}

TEST(damaged_snapshots_and_those_of_another_log_are_ignored)
{
	static const char *const ways[] = {
		"UPDATE snapshot_part SET data = zeroblob(length(data)) WHERE seq = (SELECT max(seq) FROM "
		"snapshot)",
		"DELETE FROM snapshot_part WHERE seq = (SELECT max(seq) FROM snapshot)",
		"UPDATE snapshot SET event_ms = event_ms + 1",
		"UPDATE snapshot SET bytes = bytes - 1",
		"UPDATE snapshot SET bytes = 4",
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		WITH_WORLD(w);
		uint64_t page;
		CHECK(open_calls(&w, &page));
		WITH_FOLDER(f, &w);
		folder_turn(f, 0, center_wall(w.center));
		folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
		world_call(&w, "300", "1000");
		CHECK(is_written(&w));
		folder_turn(f, 2 * SNAPSHOT_MS, center_wall(w.center));
		folder_turn(f, 4 * SNAPSHOT_MS, center_wall(w.center));
		struct store_snapshot heads[SNAPSHOTS_KEPT];
		CHECK_INT(snapshots(&w, heads), 2);
		check_same_past(&w, ways[i]);
	}
}

/* A backup was put back: snapshots of events that this log will have otherwise. */
TEST(snapshots_newer_than_the_log_are_removed)
{
	WITH_WORLD(w);
	uint64_t page;
	struct store_snapshot heads[SNAPSHOTS_KEPT];

	CHECK(open_calls(&w, &page));
	{
		WITH_FOLDER(f, &w);
		folder_turn(f, 0, center_wall(w.center));
		folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
	}
	CHECK_INT(snapshots(&w, heads), 1);
	CHECK(change(&w, "UPDATE snapshot_part SET seq = seq + 1000; UPDATE snapshot SET seq = seq + 1000"));
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK_INT(snapshots(&w, heads), 0);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 2);
}

/* What is open from before the window is found by its own events. */
TEST(without_a_snapshot_an_old_contact_is_still_found)
{
	WITH_WORLD(w);
	uint64_t page;

	CHECK(open_calls(&w, &page));
	world_crash(&w);
	world_away(40 * 24 * HOUR);
	w.is_lossy = true; /* the figures of these days know nothing of its beginning */
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 2);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_ENDED, "system_restart"), 1);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_OVERFLOWED, "system_restart"), 1);
}

/* The log begins later than 1, and knows nothing of a contact the history still calls open. */
TEST(a_contact_the_log_has_forgotten_is_ended)
{
	WITH_WORLD(w);
	uint64_t page;

	CHECK(open_calls(&w, &page));
	world_crash(&w);
	w.is_lossy = true;
	CHECK(change(&w, "DELETE FROM event WHERE seq < (SELECT max(seq) FROM event)"));
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 2);
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 2);
}

TEST(an_event_that_cannot_be_read_keeps_nobody_out)
{
	WITH_WORLD(w);
	uint64_t page;

	CHECK(open_calls(&w, &page));
	world_crash(&w);
	CHECK(change(&w, "UPDATE event SET data = '{torn' WHERE seq IN (2, 3)"));
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 2);
}

TEST(an_erasure_is_followed_by_a_new_snapshot)
{
	WITH_WORLD(w);
	uint64_t page;
	struct store_snapshot heads[SNAPSHOTS_KEPT];

	CHECK(open_calls(&w, &page));
	WITH_FOLDER(f, &w);
	folder_turn(f, 0, center_wall(w.center));
	folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
	CHECK(change(&w, "DELETE FROM snapshot; DELETE FROM snapshot_part"));
	emit(w.center, &(struct event){.type = EVENT_PERSON_ERASED, .ref = 5, .reason = "request"});
	CHECK(is_written(&w));
	folder_turn(f, SNAPSHOT_MS + FOLDER_MS, center_wall(w.center));
	CHECK_INT(snapshots(&w, heads), 1);
	CHECK_INT(heads[0].seq, folder_saved(f));
}

/* Service levels are judged by the rules of the time, as the live view does. */
TEST(changed_rules_are_followed)
{
	WITH_WORLD(w);
	uint64_t page;

	CHECK(open_calls(&w, &page));
	WITH_FOLDER(f, &w);
	folder_turn(f, 0, center_wall(w.center));
	CHECK_INT(fixture_update(&w.store, "queue", w.support, "{\"service_level_s\":7}", NULL), 0);
	folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
	folder_turn(f, 3 * SNAPSHOT_MS, center_wall(w.center));
	struct recall p = {0};
	CHECK_INT(recall_read(&p, w.store.reader, center_wall(w.center)), 0);
	uint64_t id = 7001;
	struct kpi_counts before, after;
	int64_t now = center_wall(w.center);
	struct event in = {.type = EVENT_SEGMENT_QUEUED,
			     .interaction = id,
			     .segment = id,
			     .queue = w.support,
			     .at_ms = now},
		     out = {.type = EVENT_SEGMENT_ANSWERED,
			     .interaction = id,
			     .segment = id,
			     .queue = w.support,
			     .agent = 9,
			     .at_ms = now,
			     .wait_ms = 8000};
	kpi_queue_counts(p.fold, w.support, now, now + 1, now, &before);
	CHECK_INT(kpi_apply(p.fold, &in), 0);
	CHECK_INT(kpi_apply(p.fold, &out), 0);
	kpi_queue_counts(p.fold, w.support, now, now + 1, now, &after);
	CHECK_INT(after.answered - before.answered, 1);
	CHECK_INT(after.answered_in_level - before.answered_in_level, 0);
	recall_free(&p);
}

/* Memory that runs out while a start reads, or the folder follows: an error, no leak, and it works again. */
TEST(memory_running_out_is_no_harm)
{
	WITH_WORLD(w);
	uint64_t page;

	CHECK(open_calls(&w, &page));
	WITH_FOLDER(f, &w);
	folder_turn(f, 0, center_wall(w.center));
	folder_turn(f, SNAPSHOT_MS, center_wall(w.center));
	world_call(&w, "300", "1000");
	CHECK(is_written(&w));
	int failures = 0;
	for (int64_t n = 0; n < 3000; n += 1 + n / 40) {
		struct recall p = {0};
		alloc_fail_at(n);
		int err = recall_read(&p, w.store.reader, center_wall(w.center));
		bool has_failed = alloc_has_failed();
		alloc_fail_at(-1);
		recall_free(&p);
		CHECK(err == 0 || (err == -ENOMEM && has_failed));
		failures += err != 0;
		if (!has_failed)
			break;
	}
	CHECK(failures > 5);
}
