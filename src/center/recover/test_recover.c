/* A centre that comes back: from a snapshot and the log behind it, from the log alone, and from both when
 * they are damaged. What it comes back to is the same. */
#include "base/alloc.h"
#include "base/str.h"
#include "center/recover/folder.h"
#include "center/recover/recall.h"
#include "center/test_parts.h"
#include "center/work/work_state.h"
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
	return fixture_exec(&w->store, sql) == 0;
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
		/* in parentheses: one text, not two */
		("UPDATE snapshot_part SET data = substr(data, 1, 9) "
		 "WHERE seq = (SELECT max(seq) FROM snapshot)"),
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

/* --- contacts that go on, whenever the crash comes
 * ----------------------------------------------------------------------------------------------------- */

#define DAY_AGENTS 3
struct day {
	struct world w;
	uint64_t seed, chance, chat, agents[DAY_AGENTS], pages[DAY_AGENTS];
	struct folder *folder;
};

static uint64_t dice(struct day *d, uint64_t n)
{
	d->chance = d->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (d->chance >> 33) % n;
}

static void day_close(struct day *d)
{
	folder_free(d->folder);
	world_close(&d->w);
}

static void day_fail(struct day *d, const char *what)
{
	world_fail(__FILE__, __LINE__, "%s (seed %llu)", what, (unsigned long long)d->seed);
}

/* What the durable log says of one contact. */
struct told {
	uint64_t id, segment, agent;
	int64_t queued_ms;
	bool is_open, is_chat;
};

static struct told *told_of(struct map *m, uint64_t id)
{
	struct told *t = map_get(m, id);

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t || map_put(m, id, t) < 0)
			abort();
		t->id = id;
	}
	return t;
}

/* Told by plain rules over the events that were written, not by the ledger. */
static void tell(struct day *d, struct map *m)
{
	VEC_EACH(&d->w.log, i)
	{
		const struct logged *l = &d->w.log.at[i];
		struct told *t = l->e.interaction ? told_of(m, l->e.interaction) : NULL;
		if (!t)
			continue;
		if (l->e.type == EVENT_INTERACTION_STARTED) {
			t->is_open = true;
			t->is_chat = str_equal(l->text, "chat");
		} else if (l->e.type == EVENT_INTERACTION_ENDED) {
			t->is_open = false;
		} else if (l->e.type == EVENT_SEGMENT_QUEUED) {
			t->segment = l->e.segment;
			t->queued_ms = l->e.at_ms;
			t->agent = 0;
		} else if (l->e.segment == t->segment && l->e.type == EVENT_SEGMENT_ANSWERED) {
			t->agent = l->e.agent;
		} else if (l->e.segment == t->segment &&
			   (l->e.type == EVENT_SEGMENT_ENDED || l->e.type == EVENT_SEGMENT_ABANDONED ||
				   l->e.type == EVENT_SEGMENT_OVERFLOWED)) {
			t->segment = t->agent = 0;
		}
	}
}

static void told_free(struct map *m)
{
	void *p;

	for (size_t i = 0; (p = map_next(m, &i));)
		free(p);
	map_free(m);
}

static void check_one(struct day *d, const struct told *t)
{
	struct center *c = d->w.center;
	const struct work *x = map_get(&c->work->by_id, t->id);

	if (!t->is_open || !t->is_chat || !t->segment) {
		if (x)
			day_fail(d, "a contact is back that was over");
		return;
	}
	if (!x || x->segment != t->segment) {
		day_fail(d, "a contact is gone, or in another place");
		return;
	}
	if (x->agent != t->agent || x->stage != (t->agent ? WORK_OPEN : WORK_WAITING))
		day_fail(d, "a contact is with somebody else");
	/* Places kept through a hand-over began earlier than this stay in the queue. */
	if (center_wall(c) - (c->now_ms - x->since_mono) > t->queued_ms)
		day_fail(d, "a contact lost waiting time");
	if (!t->agent && route_position(c->route, x->segment) == 0 && !x->offers)
		day_fail(d, "a contact waits unknown to routing");
}

/* Who counts as waiting longer is before the others. */
static void check_order(struct day *d)
{
	struct center *c = d->w.center;
	const struct work *x, *y;

	for (size_t i = 0; (x = map_next(&c->work->by_id, &i));)
		for (size_t k = 0; (y = map_next(&c->work->by_id, &k));) {
			int a = route_position(c->route, x->segment),
			    b = route_position(c->route, y->segment);
			if (a && b && x->since_mono < y->since_mono && a > b)
				day_fail(d, "contacts changed places");
		}
}

/* A restart; with a chance it is itself cut off, after so many events. The log is then what was written. */
static bool come_back(struct day *d)
{
	struct map before = {0};
	struct told *t;

	folder_free(TAKE_PTR(d->folder));
	world_crash(&d->w);
	d->w.events_kept = -1;
	world_away((int64_t)dice(d, 4000));
	while (dice(d, 3) == 0) {
		d->w.events_kept = (int64_t)dice(d, 12);
		if (!world_start(&d->w))
			return false;
		world_crash(&d->w);
		d->w.events_kept = -1;
	}
	tell(d, &before);
	bool is_started = world_start(&d->w);
	if (is_started) {
		for (size_t i = 0; (t = map_next(&before, &i));)
			check_one(d, t);
		check_order(d);
		is_started = folder_new(&d->folder, d->w.store.store, d->w.store.directory) == 0;
	}
	told_free(&before);
	memset(d->pages, 0, sizeof(d->pages));
	return is_started;
}

static void drop_answer(json_t *json, void *arg)
{
	(void)arg;
	json_decref(json);
}

static void ask_for(struct day *d, enum center_work_kind kind, uint64_t id)
{
	struct center_work what = {.kind = kind,
		.user = 77,
		.channel = ROUTE_CHAT,
		.queue = d->chat,
		.interaction = id,
		.is_customer = true};

	what.text = kind == CENTER_WORK_END ? NULL : alloc_strdup("hello");
	(void)str_put(what.from, sizeof(what.from), "sara@example.org");
	if (center_work(d->w.center, &what, drop_answer, NULL) < 0)
		center_work_clear(&what);
	world_run(&d->w);
}

static uint64_t any_contact(struct day *d)
{
	const struct map *m = &d->w.center->work->by_id;
	size_t n = m->len ? dice(d, m->len) : 0;
	struct work *x;

	for (size_t i = 0; (x = map_next(m, &i));)
		if (n-- == 0)
			return x->id;
	return 0;
}

static void one_step(struct day *d)
{
	size_t i = dice(d, DAY_AGENTS);
	uint64_t id = any_contact(d);

	switch (dice(d, 10)) {
	case 0:
	case 1:
	case 2:
		ask_for(d, CENTER_WORK_OPEN, 0);
		break;
	case 3:
		ask_for(d, CENTER_WORK_WRITE, id);
		break;
	case 4:
		if (dice(d, 3) == 0)
			ask_for(d, CENTER_WORK_END, id);
		break;
	case 5:
		if (!d->pages[i])
			d->pages[i] = world_ready(&d->w, d->agents[i]);
		break;
	case 6:
	case 7:
		if (d->pages[i] && id)
			world_ask(&d->w, d->pages[i], "'work.accept','interaction':'%s'", ID(id));
		break;
	case 8:
		if (d->pages[i] && id)
			world_ask(&d->w, d->pages[i], "'work.end','interaction':'%s'", ID(id));
		break;
	default:
		world_pass(&d->w, (int64_t)dice(d, 9000));
		break;
	}
	if (dice(d, 6) == 0 && is_written(&d->w)) {
		folder_turn(d->folder, d->w.center->now_ms, center_wall(d->w.center));
		folder_turn(d->folder, d->w.center->now_ms + (int64_t)dice(d, 2 * SNAPSHOT_MS),
			center_wall(d->w.center));
	}
}

/* The last events of a life may be lost with it: nobody was told of them. */
static void last_steps(struct day *d)
{
	d->w.events_kept = (int64_t)dice(d, 15);
	for (int i = 0; i < 4 && d->w.events_kept; i++)
		one_step(d);
}

static bool day_open(struct day *d, uint64_t seed)
{
	static const char *const names[DAY_AGENTS] = {"ann", "bob", "cat"};

	*d = (struct day){.seed = seed, .chance = seed * UINT64_C(0x9e3779b97f4a7c15)};
	if (!world_open(&d->w))
		return false;
	d->chat = fixture_create(&d->w.store, "queue",
		"{\"name\":\"Chat\",\"channel\":\"chat\",\"ring_timeout_s\":5,\"wrap_up_s\":10}", NULL);
	for (int i = 0; i < DAY_AGENTS; i++)
		d->agents[i] = world_agent(&d->w, names[i], "");
	d->w.has_restored = true;
	return d->chat && world_start(&d->w) &&
	       folder_new(&d->folder, d->w.store.store, d->w.store.directory) == 0;
}

TEST(contacts_are_where_the_log_says_whenever_the_crash_comes)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		__attribute__((cleanup(day_close))) struct day d;
		CHECK(day_open(&d, seed));
		for (int life = 0; life < 4; life++) {
			for (int i = 0; i < 40; i++)
				one_step(&d);
			last_steps(&d);
			CHECK(come_back(&d));
			CHECK(!world_has_failed());
		}
		for (uint64_t id; (id = any_contact(&d));)
			ask_for(&d, CENTER_WORK_END, id);
	}
}
