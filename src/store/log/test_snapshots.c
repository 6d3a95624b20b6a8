/* Snapshots of folds: written in parts between commits, whole or none, two kept, forgotten when they must. */
#include "store/store_fixture.h"
#include "base/alloc.h"
#include "store/log/snapshots.h"
#include "store/write/writer.h"

#include <stdlib.h>

#define T0 INT64_C(1764406800000)
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};                                     \
	if (!fixture_open(&f))                                                                               \
	return

static uint64_t tell(struct fixture *f, int n)
{
	uint64_t seq = 0;

	for (int i = 0; i < n; i++)
		seq = fixture_append(
			f, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = T0 + (int64_t)seq + 1});
	return fixture_wait(f, seq) ? seq : 0;
}

static uint8_t *bytes_of(size_t n, unsigned seed)
{
	uint8_t *data = alloc_zero(n);

	for (size_t i = 0; data && i < n; i++)
		data[i] = (uint8_t)(i * 31 + seed + i / 251);
	return data;
}

static int write_one(struct fixture *f, uint64_t seq, size_t n)
{
	_cleanup_alloc_ uint8_t *data = bytes_of(n, (unsigned)seq);
	struct store_snapshot head = {seq, T0 + (int64_t)seq, n};

	return data ? store_snapshot_write(f->store, &head, data) : -ENOMEM;
}

static bool is_whole(struct fixture *f, const struct store_snapshot *head)
{
	_cleanup_alloc_ uint8_t *data = NULL, *want = bytes_of(head->bytes, (unsigned)head->seq);

	return store_snapshot_read(f->reader, head, &data) == 0 && memcmp(data, want, head->bytes) == 0;
}

/* As another program would: through a connection of its own. */
static bool damage(struct fixture *f, const char *sql)
{
	return fixture_exec(f, sql) == 0;
}

TEST(the_newest_two_are_kept_whole)
{
	WITH_STORE(f);
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	int64_t parts = 0;

	CHECK_INT(store_snapshots(f.reader, heads), 0);
	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(write_one(&f, 10, 100), 0);
	CHECK_INT(write_one(&f, 20, SNAPSHOT_PART_BYTES * 3 + 17), 0);
	CHECK_INT(write_one(&f, 30, SNAPSHOT_PART_BYTES), 0);
	CHECK_INT(write_one(&f, 30, 5), -EALREADY);
	CHECK_INT(store_snapshots(f.reader, heads), 2);
	CHECK_INT(heads[0].seq, 30);
	CHECK_INT(heads[1].seq, 20);
	CHECK(is_whole(&f, &heads[0]) && is_whole(&f, &heads[1]));
	CHECK_INT(db_read_int(&f.reader->db, &parts, "SELECT count(*) FROM snapshot_part", 0), 1);
	CHECK_INT(parts, 5);
}

TEST(one_cut_off_is_none_and_leaves_nothing)
{
	WITH_STORE(f);
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	int64_t parts = 0;

	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(write_one(&f, 10, 100), 0);
	/* what a crash before the last commit leaves */
	CHECK_INT(write_one(&f, 20, SNAPSHOT_PART_BYTES * 2), 0);
	CHECK(damage(&f, "DELETE FROM snapshot WHERE seq = 20"));
	CHECK_INT(store_snapshots(f.reader, heads), 1);
	CHECK_INT(heads[0].seq, 10);
	CHECK_INT(write_one(&f, 20, SNAPSHOT_PART_BYTES), 0);
	CHECK_INT(store_snapshots(f.reader, heads), 2);
	CHECK(is_whole(&f, &heads[0]));
	CHECK_INT(db_read_int(&f.reader->db, &parts, "SELECT count(*) FROM snapshot_part", 0), 1);
	CHECK_INT(parts, 2);
}

TEST(missing_parts_are_noticed)
{
	WITH_STORE(f);
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	uint8_t *data = NULL;

	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(write_one(&f, 10, SNAPSHOT_PART_BYTES * 2), 0);
	CHECK(damage(&f, "DELETE FROM snapshot_part WHERE part = 0"));
	CHECK_INT(store_snapshots(f.reader, heads), 1);
	CHECK_INT(store_snapshot_read(f.reader, &heads[0], &data), -EUCLEAN);
	CHECK(damage(&f, "UPDATE snapshot SET bytes = 3"));
	CHECK_INT(store_snapshots(f.reader, heads), 1);
	CHECK_INT(store_snapshot_read(f.reader, &heads[0], &data), -EUCLEAN);
	CHECK(damage(&f, "UPDATE snapshot SET bytes = 99999999999999"));
	CHECK_INT(store_snapshots(f.reader, heads), 1);
	CHECK_INT(store_snapshot_read(f.reader, &heads[0], &data), -EUCLEAN);
}

TEST(one_of_another_log_does_not_fit)
{
	WITH_STORE(f);

	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(store_snapshot_fits(f.reader, &(struct store_snapshot){.seq = 20, .event_ms = T0 + 20}), 1);
	CHECK_INT(store_snapshot_fits(f.reader, &(struct store_snapshot){.seq = 20, .event_ms = T0}), 0);
	CHECK_INT(store_snapshot_fits(f.reader, &(struct store_snapshot){.seq = 41, .event_ms = T0 + 41}), 0);
	CHECK(damage(&f, "DELETE FROM event WHERE seq <= 20"));
	CHECK_INT(store_snapshot_fits(f.reader, &(struct store_snapshot){.seq = 20, .event_ms = T0 + 20}), 1);
	CHECK_INT(store_snapshot_fits(f.reader, &(struct store_snapshot){.seq = 19, .event_ms = T0 + 19}), 0);
}

TEST(what_is_newer_than_the_log_is_forgotten)
{
	WITH_STORE(f);
	struct store_snapshot heads[SNAPSHOTS_KEPT];

	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(write_one(&f, 10, 100), 0);
	CHECK_INT(write_one(&f, 90, 100), 0);
	CHECK_INT(store_snapshots_forget_after(f.store, 40), 0);
	CHECK_INT(store_snapshots(f.reader, heads), 1);
	CHECK_INT(heads[0].seq, 10);
}

static int run_forget(struct store *s, struct store_request *rq)
{
	(void)rq;
	return snapshots_forget(&s->db);
}

TEST(an_erasure_forgets_all_of_them)
{
	WITH_STORE(f);
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	struct store_request rq = {.run = run_forget};
	int64_t parts = 1;

	CHECK_INT(tell(&f, 40), 40);
	CHECK_INT(write_one(&f, 10, 100), 0);
	CHECK_INT(writer_ask(f.store, &rq), 0);
	CHECK_INT(store_snapshots(f.reader, heads), 0);
	CHECK_INT(db_read_int(&f.reader->db, &parts, "SELECT count(*) FROM snapshot_part", 0), 1);
	CHECK_INT(parts, 0);
	CHECK_INT(write_one(&f, 10, 100), 0);
}

static bool count(const struct event *e, void *arg)
{
	int *n = arg;

	(*n)++;
	return e->type != EVENT_INTERACTION_ENDED;
}

TEST(open_contacts_and_their_events)
{
	WITH_STORE(f);
	_cleanup_alloc_ struct store_open_contact *list = NULL;
	uint64_t seq = 0;
	size_t n = 0;
	int seen = 0;

	for (uint64_t i = 1; i <= 6; i++) {
		struct event e = {.type = EVENT_INTERACTION_STARTED,
			.interaction = i * 10,
			.at_ms = T0 + (int64_t)i,
			.tenant = 1};
		CHECK(fixture_append(&f, &e));
		e.type = EVENT_FLOW_ENTERED;
		CHECK((seq = fixture_append(&f, &e)) > 0);
		e.type = EVENT_INTERACTION_ENDED;
		if (i % 2)
			CHECK((seq = fixture_append(&f, &e)) > 0);
	}
	CHECK(fixture_wait(&f, seq));
	CHECK_INT(store_open_contacts(f.reader, &list, &n), 0);
	CHECK_INT(n, 3);
	CHECK(list[0].id == 20 && list[1].id == 40 && list[2].id == 60);
	CHECK_INT(list[1].started_ms, T0 + 4);
	CHECK_INT(store_events_of(f.reader, &list[1], UINT64_MAX, count, &seen), 0);
	CHECK_INT(seen, 2);
	seen = 0;
	CHECK_INT(store_events_of(f.reader, &list[1], 10, count, &seen), 0);
	CHECK_INT(seen, 1);
}
