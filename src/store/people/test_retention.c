/* What goes when its time is over, and what does not. */
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/people/retention.h"
#include "store/store_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NOTE "a note that grows old"

static const struct store_actor actor = {.tenant = 1, .user = 77, .address = "127.0.0.1", .agent = "test"};

struct centre {
	struct fixture f;
	uint64_t last;
	struct map held;
};

static void emit(struct centre *c, struct event e)
{
	c->last = fixture_append(&c->f, &e);
}

static uint64_t call_in(struct centre *c, int64_t at_ms, const char *number, bool is_ended, uint64_t queue)
{
	uint64_t ix = id_new(), segment = id_new(), recording = id_new();
	char path[80];

	snprintf(path, sizeof(path), "%llu.wav", (unsigned long long)recording);
	emit(c, (struct event){.type = EVENT_INTERACTION_STARTED,
			.at_ms = at_ms,
			.interaction = ix,
			.from = number,
			.name = "Omid Old",
			.reason = "inbound",
			.text = "voice"});
	emit(c, (struct event){.type = EVENT_SEGMENT_QUEUED,
			.at_ms = at_ms,
			.interaction = ix,
			.segment = segment,
			.queue = queue,
			.name = "Omid Old"});
	emit(c, (struct event){.type = EVENT_RECORDING_STARTED,
			.at_ms = at_ms,
			.interaction = ix,
			.ref = recording,
			.text = path});
	emit(c, (struct event){.type = EVENT_NOTE_WRITTEN,
			.at_ms = at_ms,
			.interaction = ix,
			.agent = 9,
			.text = NOTE});
	emit(c, (struct event){
			.type = EVENT_CONTACT_BLOCKED, .at_ms = at_ms, .from = number, .reason = "closed"});
	if (is_ended)
		emit(c, (struct event){.type = EVENT_INTERACTION_ENDED,
				.at_ms = at_ms + 1000,
				.interaction = ix,
				.duration_ms = 1000,
				.reason = "customer_hung_up"});
	return ix;
}

static uint64_t call(struct centre *c, int64_t at_ms, const char *number, bool is_ended)
{
	return call_in(c, at_ms, number, is_ended, 5);
}

static bool begin(struct centre *c)
{
	*c = (struct centre){0};
	return fixture_open(&c->f);
}

static void end(struct centre *c)
{
	map_free(&c->held);
	fixture_remove(&c->f);
}

static int64_t number(struct centre *c, const char *sql)
{
	return fixture_int(&c->f, sql);
}

/* All steps of a kind for what is older than ten days; how many were removed, or -1. */
static int64_t remove_old(struct centre *c, enum retention_kind kind)
{
	struct retention_step step = {
		.kind = kind, .tenant = 1, .before_ms = clock_wall_ms() - 10 * DAY_MS, .held = &c->held};
	int64_t n = 0;
	int err;

	do {
		err = retention_step(c->f.store, c->f.reader, &step);
		n += step.removed;
	} while (err == 1);
	while (err == 0 && kind == RETENTION_PEOPLE &&
		(err = retention_step_blocked(c->f.store, c->f.reader, step.before_ms)) == 1)
		err = 0;
	return err < 0 ? -1 : n;
}

struct heard {
	int names, notes, froms, erased, gone;
	uint64_t seq;
};

static bool hear(const struct event *e, void *arg)
{
	struct heard *h = arg;

	h->seq += e->seq == h->seq + 1;
	h->names += str_equal(e->name, "Omid Old");
	h->notes += str_equal(e->text, NOTE);
	h->froms += e->from != NULL;
	h->erased += e->is_erased;
	h->gone += e->type == EVENT_PERSON_ERASED;
	return true;
}

static struct heard listen(struct centre *c)
{
	struct heard h = {0};

	store_events(c->f.reader, 1, 100000, hear, &h);
	return h;
}

TEST(each_kind_goes_by_itself_and_figures_stay)
{
	int64_t old = clock_wall_ms() - 20 * DAY_MS;
	struct centre c;

	CHECK(begin(&c));
	call(&c, old, "+989121110000", true);
	call(&c, clock_wall_ms(), "+989122220000", true);
	CHECK(fixture_wait(&c.f, c.last));
	uint64_t events = c.last;

	CHECK_INT(remove_old(&c, RETENTION_VOICEMAILS), 0);
	CHECK_INT(remove_old(&c, RETENTION_RECORDINGS), 1);
	CHECK_INT(remove_old(&c, RETENTION_RECORDINGS), 0);
	CHECK_INT(number(&c, "SELECT count(*) FROM recording WHERE path IS NULL"), 1);
	CHECK_INT(number(&c, "SELECT count(*) FROM file_removal"), 1);
	int64_t left = -1;
	CHECK_INT(removal_run(c.f.store, 1000, &left), 0);
	CHECK_INT(left, 0);

	CHECK_INT(remove_old(&c, RETENTION_TEXTS), 1);
	CHECK_INT(remove_old(&c, RETENTION_TEXTS), 0);
	struct heard h = listen(&c);
	CHECK_INT(h.notes, 1);
	CHECK_INT(h.names, 4);
	CHECK_INT(number(&c, "SELECT count(*) FROM note WHERE text IS NULL"), 1);

	CHECK_INT(remove_old(&c, RETENTION_PEOPLE), 1);
	CHECK_INT(remove_old(&c, RETENTION_PEOPLE), 0);
	h = listen(&c);
	CHECK_INT(h.names, 2);
	CHECK_INT(h.froms, 2);	      /* the newer call, and the newer one refused */
	CHECK_INT(h.gone, 1);	      /* the last contact of somebody who is no customer */
	CHECK_INT(h.seq, events + 2); /* recording.deleted, and person.erased */
	CHECK_INT(h.erased, 4);
	CHECK_INT(
		number(&c,
			"SELECT count(*) FROM interaction WHERE from_number IS NULL AND duration_ms = 1000"),
		1);
	CHECK_INT(number(&c, "SELECT count(*) FROM person WHERE salt IS NULL"), 1);
	end(&c);
}

static uint64_t recording_of(struct centre *c, uint64_t interaction)
{
	char sql[120];

	snprintf(sql, sizeof(sql), "SELECT id FROM recording WHERE interaction = %llu",
		(unsigned long long)interaction);
	return (uint64_t)number(c, sql);
}

TEST(a_held_recording_outlives_its_time_and_every_deletion_says_who)
{
	int64_t old = clock_wall_ms() - 20 * DAY_MS;
	struct issues issues = {0};
	struct centre c;

	CHECK(begin(&c));
	uint64_t interaction = call(&c, old, "+989121110000", true);
	CHECK(fixture_wait(&c.f, c.last));
	uint64_t held = recording_of(&c, interaction);
	CHECK(held);
	CHECK_INT(store_recording_keep(c.f.store, held, true, &actor), 0);
	CHECK_INT(remove_old(&c, RETENTION_RECORDINGS), 0);
	CHECK_INT(store_recording_delete(c.f.store, held, &actor, &issues), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "held");
	CHECK_INT(number(&c, "SELECT count(*) FROM recording WHERE path IS NOT NULL"), 1);
	CHECK_INT(store_recording_keep(c.f.store, held, false, &actor), 0);
	CHECK_INT(remove_old(&c, RETENTION_RECORDINGS), 1);
	CHECK_INT(number(&c, "SELECT count(*) FROM recording WHERE deleted_reason = 'retention' AND "
			     "deleted_by IS NULL AND deleted_ms > 0 AND path IS NULL"),
		1);
	CHECK_INT(store_recording_delete(c.f.store, held, &actor, &issues), STORE_NOT_FOUND);

	call(&c, old, "+989122220000", true);
	CHECK(fixture_wait(&c.f, c.last));
	uint64_t other = (uint64_t)number(&c, "SELECT id FROM recording WHERE path IS NOT NULL");
	/* Under way until it has a length. */
	CHECK_INT(store_recording_delete(c.f.store, other, &actor, &issues), STORE_IN_USE);
	emit(&c, (struct event){.type = EVENT_RECORDING_ENDED, .at_ms = old, .ref = other, .duration_ms = 5});
	CHECK(fixture_wait(&c.f, c.last));
	CHECK_INT(store_recording_delete(c.f.store, other, &actor, &issues), 0);
	CHECK_INT(number(&c, "SELECT deleted_by FROM recording WHERE deleted_reason = 'request'"), 77);
	CHECK_INT(number(&c, "SELECT count(*) FROM event WHERE type = 62"), 2);
	CHECK_INT(number(&c, "SELECT count(*) FROM audit WHERE resource = 'recording' AND action = "
			     "'deleted' AND \"user\" = 77"),
		1);
	CHECK_INT(number(&c, "SELECT count(*) FROM file_removal"), 0);
	CHECK_INT(store_recording_keep(c.f.store, other, true, &actor), STORE_NOT_FOUND);
	end(&c);
}

/* The recordings of contact ix that are still there. */
static int64_t kept_of(struct centre *c, uint64_t ix)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		"SELECT count(*) FROM recording WHERE path IS NOT NULL AND interaction = %llu",
		(unsigned long long)ix);
	return number(c, sql);
}

static void round_of_recordings(struct centre *c, int days)
{
	int64_t now_ms = clock_wall_ms();
	struct retention_step step = {.kind = RETENTION_RECORDINGS,
		.tenant = 1,
		.before_ms = days ? now_ms - days * DAY_MS : 0,
		.now_ms = now_ms,
		.held = &c->held};
	int err;

	while ((err = retention_step(c->f.store, c->f.reader, &step)) == 1)
		;
	CHECK_INT(err, 0);
}

TEST(a_queues_days_go_before_those_of_the_settings)
{
	static const int days[] = {0, 3, 30}, ages[] = {5, 20, 40};
	/* By the queue's days, then by age: what is left where the settings say 10 days, and where they say
	 * for ever. */
	static const int64_t left[2][3][3] = {
		{{1, 1, 1}, {0, 0, 0}, {1, 1, 0}}, {{1, 0, 0}, {0, 0, 0}, {1, 1, 0}}};
	uint64_t ix[3][3];
	struct centre c;

	CHECK(begin(&c));
	for (int q = 0; q < 3; q++) {
		char json[96];
		snprintf(json, sizeof(json), "{\"name\":\"q%d\",\"recording_days\":%d}", q, days[q]);
		uint64_t queue = fixture_create(&c.f, "queue", json, NULL);
		CHECK(queue != 0);
		for (int k = 0; k < 3; k++)
			ix[q][k] = call_in(&c, clock_wall_ms() - ages[k] * DAY_MS, "+98912", true, queue);
	}
	CHECK(fixture_wait(&c.f, c.last));
	for (int round = 0; round < 2; round++) {
		round_of_recordings(&c, round == 0 ? 0 : 10);
		for (int i = 0; i < 9; i++)
			CHECK_INT(kept_of(&c, ix[i / 3][i % 3]), left[round][i / 3][i % 3]);
	}
	end(&c);
}

TEST(open_contacts_and_holds_are_left_alone_and_found_again_later)
{
	int64_t old = clock_wall_ms() - 20 * DAY_MS;
	struct centre c;

	CHECK(begin(&c));
	uint64_t open = call(&c, old, "+989121110000", false);
	uint64_t kept = call(&c, old + 1, "+989122220000", true);
	call(&c, old + 2, "+989123330000", true);
	CHECK(fixture_wait(&c.f, c.last));
	CHECK_INT(store_interaction_keep(c.f.store, kept, true, &actor), 0);
	int64_t person = number(&c, "SELECT person FROM interaction WHERE from_number = '+989123330000'");
	CHECK_INT(map_put(&c.held, (uint64_t)person, &c), 0);
	for (int kind = 0; kind < RETENTION_KINDS; kind++)
		CHECK_INT(remove_old(&c, (enum retention_kind)kind), 0);
	CHECK_INT(listen(&c).notes, 3);
	CHECK_INT(retention_is_held(&c.f.reader->db, old - 5, old + 5), 1);
	CHECK_INT(retention_is_held(&c.f.reader->db, old + 5000, old + 9000), 0);
	/* The call ends, the holds end. */
	emit(&c, (struct event){
			 .type = EVENT_INTERACTION_ENDED, .at_ms = clock_wall_ms(), .interaction = open});
	CHECK(fixture_wait(&c.f, c.last));
	CHECK_INT(remove_old(&c, RETENTION_TEXTS), 1);
	CHECK_INT(store_interaction_keep(c.f.store, kept, false, &actor), 0);
	map_remove(&c.held, (uint64_t)person);
	CHECK_INT(remove_old(&c, RETENTION_TEXTS), 2);
	CHECK_INT(remove_old(&c, RETENTION_PEOPLE), 3);
	struct heard h = listen(&c);
	CHECK_INT(h.notes + h.names + h.froms, 0);
	end(&c);
}

TEST(a_customer_keeps_the_key_when_old_contacts_go)
{
	int64_t old = clock_wall_ms() - 20 * DAY_MS;
	struct centre c;

	CHECK(begin(&c));
	CHECK(fixture_create(&c.f, "customer", "{\"name\":\"Omid\",\"numbers\":[\"+989121110000\"]}", NULL));
	call(&c, old, "09121110000", true);
	CHECK(fixture_wait(&c.f, c.last));
	CHECK_INT(remove_old(&c, RETENTION_PEOPLE), 1);
	CHECK_INT(number(&c, "SELECT count(*) FROM person WHERE salt IS NULL"), 0);
	CHECK_INT(listen(&c).notes, 1); /* texts have a time of their own */
	CHECK_INT(listen(&c).gone, 0);
	end(&c);
}

TEST(archives_wait_for_what_is_to_be_taken_out)
{
	struct centre c;

	CHECK(begin(&c));
	int64_t now = clock_wall_ms();
	CHECK(retention_archive_limit(&c.f.reader->db, now) == INT64_MAX);
	CHECK_INT(fixture_update(&c.f, "setting", 1, "{\"keep_texts_days\":10}", NULL), 0);
	CHECK_INT(retention_archive_limit(&c.f.reader->db, now), 0);
	CHECK_INT(remove_old(&c, RETENTION_TEXTS), 0);
	int64_t limit = retention_archive_limit(&c.f.reader->db, now);
	CHECK(limit > now - 10 * DAY_MS - 60000 && limit < now - 10 * DAY_MS + 60000);
	end(&c);
}

TEST(the_audit_log_forgets_by_age)
{
	struct centre c;
	int64_t n = -1;

	CHECK(begin(&c));
	CHECK(fixture_create(&c.f, "team", "{\"name\":\"one\"}", NULL));
	CHECK(fixture_create(&c.f, "team", "{\"name\":\"two\"}", NULL));
	CHECK_INT(retention_forget_audit(c.f.store, clock_wall_ms() - DAY_MS, &n), 0);
	CHECK_INT(n, 0);
	CHECK_INT(retention_forget_audit(c.f.store, clock_wall_ms() + DAY_MS, &n), 0);
	CHECK_INT(n, 2);
	CHECK_INT(number(&c, "SELECT count(*) FROM audit"), 0);
	end(&c);
}

static bool becomes(struct centre *c, const char *sql, int64_t wanted)
{
	for (int i = 0; i < 3000; i++) {
		if (number(c, sql) == wanted)
			return true;
		usleep(10000);
	}
	return false;
}

TEST(the_keeper_removes_what_is_due_and_says_so)
{
	int64_t old = clock_wall_ms() - 20 * DAY_MS;
	struct keeper *k = NULL;
	struct centre c;

	CHECK(begin(&c));
	CHECK(fixture_create(&c.f, "customer",
		"{\"name\":\"Kept\",\"numbers\":[\"+989127770000\"],\"is_kept\":true}", NULL));
	call(&c, old, "+989121110000", true);
	call(&c, old, "09127770000", true);
	call(&c, clock_wall_ms(), "+989122220000", true);
	CHECK(fixture_wait(&c.f, c.last));
	CHECK_INT(
		fixture_update(&c.f, "setting", 1,
			"{\"keep_recordings_days\":10,\"keep_texts_days\":10,\"keep_people_days\":10}", NULL),
		0);
	CHECK_INT(keeper_start(&k, c.f.store), 0);
	CHECK(becomes(&c, "SELECT count(*) FROM interaction WHERE is_erased <> 0 AND is_stripped <> 0", 1));
	CHECK(becomes(&c, "SELECT count(*) FROM audit WHERE action = 'removed'", 3));
	CHECK(becomes(&c, "SELECT count(*) FROM fact WHERE key = 'erased_pages'", 0));
	CHECK_INT(number(&c, "SELECT count(*) FROM recording WHERE path IS NULL"), 1);
	CHECK_INT(number(&c, "SELECT count(*) FROM file_removal"), 0);
	CHECK_INT(listen(&c).notes, 2);
	keeper_stop(k);
	end(&c);
}

TEST(the_keeper_stops_when_asked)
{
	struct keeper *k = NULL;
	struct centre c;

	CHECK(begin(&c));
	CHECK_INT(keeper_start(&k, c.f.store), 0);
	keeper_stop(k);
	keeper_stop(NULL);
	end(&c);
}
