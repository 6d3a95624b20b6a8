/* How fast events become durable: through store_append with group commit, beside what the same disk does
 * bare: an fsync after each small write, and an INSERT loop in transactions of the same size without anything
 * of ours. One JSON object a line. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/where.h"
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS 200000
#define PACED 120000 /* events of a latency run, at RATE a second */
#define RATE 20000
#define FSYNCS 500
#define WRITER_CHECKPOINT_PAGES 1000 /* SQLite's own way: by the writer, in the middle of its work */
#define INSERT_BATCH 1000

static int64_t sent_ns[EVENTS + PACED + 1], ack_ns[EVENTS + PACED + 1];
static atomic_uint_fast64_t acked;

static void on_commit(uint64_t last_seq, void *arg)
{
	int64_t now = clock_mono_ns();

	(void)arg;
	for (uint64_t seq = atomic_load(&acked) + 1; seq <= last_seq; seq++)
		ack_ns[seq] = now;
	atomic_store(&acked, last_seq);
}

static void line(
	const char *name, double value, const char *unit, double reference, double target, bool is_met)
{
	printf("{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"reference\":%.1f,\"target\":%.1f,\"met\":%"
	       "s}\n",
		name, value, unit, reference, target, is_met ? "true" : "false");
}

/* The events of a call, over and over: ten to an interaction. */
static struct event make(uint64_t n)
{
	static const enum event_type types[] = {EVENT_INTERACTION_STARTED, EVENT_FLOW_ENTERED,
		EVENT_FLOW_STEPPED, EVENT_SEGMENT_QUEUED, EVENT_OFFER_MADE, EVENT_OFFER_ENDED,
		EVENT_SEGMENT_ANSWERED, EVENT_AGENT_STATE, EVENT_SEGMENT_ENDED, EVENT_INTERACTION_ENDED};

	return (struct event){.type = types[n % 10],
		.at_ms = clock_wall_ms(),
		.tenant = 1,
		.interaction = 1000 + n / 10,
		.segment = 5000000 + n / 10,
		.queue = 7 + n % 5,
		.agent = 100 + n % 50,
		.wait_ms = 1234,
		.talk_ms = 56789,
		.reason = "ready",
		.from = "+982112345678",
		.to = "+982187654321",
		.name = "menu",
		.text = "voice"};
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What the disk does bare: 4 KB and fdatasync, over and over. */
static double fsyncs_per_second(const char *directory, double *ret_p99_ms)
{
	static int64_t took[FSYNCS];
	char path[300], block[4096] = {0};
	int64_t all = 0;

	str_printf(path, sizeof(path), "%s/fsync", directory);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < FSYNCS; i++) {
		int64_t start = clock_mono_ns();
		if (write(fd, block, sizeof(block)) < 0 || fdatasync(fd) < 0)
			break;
		all += took[i] = clock_mono_ns() - start;
	}
	close(fd);
	qsort(took, FSYNCS, sizeof(took[0]), ascending);
	*ret_p99_ms = (double)took[FSYNCS / 100 * 99] / 1e6;
	return FSYNCS * 1e9 / (double)all;
}

/* A loop of INSERTs of one row, in transactions of INSERT_BATCH, without anything of ours. */
static double inserts_per_second(const char *directory, const char *url)
{
	char path[300];
	struct db db;
	struct db_statement *st;

	str_printf(path, sizeof(path), "%s/bare.db", directory);
	if (db_open(&db, url ? url : path, DB_WRITE) < 0 ||
		db_exec(&db, "CREATE TABLE bare (seq BIGINT PRIMARY KEY, data TEXT)") < 0) {
		fprintf(stderr, "bench_store: %s: %s\n", db.where, db.message);
		return -1;
	}
	int64_t start = clock_mono_ns();
	int err = 0;
	for (int i = 0; i < EVENTS && err == 0; i++) {
		if (i % INSERT_BATCH == 0)
			err = i && (err = db_commit(&db)) < 0 ? err : db_begin(&db);
		if (err == 0)
			err = db_prepare(&db, "INSERT INTO bare (seq, data) VALUES (?, ?)", &st);
		if (err < 0)
			break;
		db_bind_int(st, 1, i);
		db_bind_text(st, 2,
			"{\"t\":1,\"i\":1000,\"s\":5000000,\"q\":7,\"a\":100,\"w\":1234,\"k\":56789,\"y\":"
			"\"ready\"}");
		err = db_run_later(&db, st);
	}
	if (err == 0)
		err = db_commit(&db);
	int64_t took = clock_mono_ns() - start;
	db_exec(&db, "DROP TABLE bare");
	db_close(&db);
	return err < 0 ? -1 : EVENTS * 1e9 / (double)took;
}

static int append(struct store *s, uint64_t n)
{
	struct event e = make(n);
	uint64_t seq = 0;
	int64_t now = clock_mono_ns();
	int err;

	while ((err = store_append(s, &e, &seq)) == -ENOBUFS)
		usleep(1000);
	if (err == 0)
		sent_ns[seq] = now;
	return err;
}

static void wait_for(const struct store *s, uint64_t seq)
{
	while (store_durable_seq(s) < seq)
		usleep(200);
}

struct latency {
	double p99_ms, max_ms;
};

/* RATE events a second, in steps of a millisecond as they come from a busy centre: from append to commit. */
static struct latency paced(struct store *s, uint64_t first)
{
	static int64_t took[PACED];
	int64_t start = clock_mono_ns();

	for (int i = 0; i < PACED; i++) {
		int64_t due = start + (int64_t)(i / (RATE / 1000)) * 1000000, left = due - clock_mono_ns();
		if (left > 0)
			usleep((useconds_t)(left / 1000));
		append(s, first + (uint64_t)i);
	}
	wait_for(s, first + PACED);
	while (atomic_load(&acked) < first + PACED)
		usleep(200);
	for (int i = 0; i < PACED; i++)
		took[i] = ack_ns[first + 1 + (uint64_t)i] - sent_ns[first + 1 + (uint64_t)i];
	qsort(took, PACED, sizeof(took[0]), ascending);
	return (struct latency){(double)took[PACED / 100 * 99] / 1e6, (double)took[PACED - 1] / 1e6};
}

/* The same load, but with SQLite's own way: the writer checkpoints in the middle of its work. */
static struct latency paced_without_thread(const char *directory)
{
	struct latency l = {0};
	char path[300], pragma[64];
	struct store *s;

	str_printf(path, sizeof(path), "%s/writer", directory);
	atomic_store(&acked, 0);
	if (store_open(&s, path, on_commit, NULL) < 0)
		return l;
	checkpointer_stop(TAKE_PTR(s->checkpointer)); /* the writer thread sleeps until the first append */
	str_printf(pragma, sizeof(pragma), "PRAGMA wal_autocheckpoint=%d", WRITER_CHECKPOINT_PAGES);
	db_exec(&s->db, pragma);
	for (uint64_t i = 0; i < EVENTS; i++)
		append(s, i);
	wait_for(s, EVENTS);
	l = paced(s, EVENTS);
	store_close(s);
	return l;
}

static double file_bytes(const char *directory, const char *name)
{
	char path[300];
	struct stat st;

	str_printf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &st) < 0 ? 0 : (double)st.st_size;
}

/* The text of the events alone, of what the database holds. */
static double event_bytes(const char *directory)
{
	char where[STORE_WHERE_MAX];
	struct db db;
	int64_t bytes = 0;

	if (store_where(directory, where) == 0 && db_open(&db, where, DB_READ) == 0) {
		db_read_int(&db, &bytes, "SELECT sum(length(data)) FROM event", 0);
		db_close(&db);
	}
	return (double)bytes;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

struct result {
	double fsyncs, fsync_p99, bare, rate;
	struct latency paced;
};

static int run(struct store **ret_store, const char *directory, const char *url, struct result *ret_result)
{
	struct result r = {0};
	struct store *s;
	int err = url ? store_where_set(directory, url) : 0;

	r.fsyncs = fsyncs_per_second(directory, &r.fsync_p99);
	r.bare = inserts_per_second(directory, url);
	if (err == 0)
		err = store_open(&s, directory, on_commit, NULL);
	if (err < 0)
		return err;
	int64_t start = clock_mono_ns();
	for (uint64_t i = 0; i < EVENTS; i++)
		append(s, i);
	wait_for(s, EVENTS);
	r.rate = EVENTS * 1e9 / (double)(clock_mono_ns() - start);
	r.paced = paced(s, EVENTS);
	*ret_result = r;
	*ret_store = s;
	return 0;
}

/* What only a file has. */
static void file_lines(struct store *s, const char *directory, const struct result *r)
{
	struct checkpoint_figures f;

	checkpointer_figures(s->checkpointer, &f);
	double wal = file_bytes(directory, "markaz.db-wal") / 1e6,
	       wal_max = CHECKPOINT_LOG_PAGES_MAX * 4096 / 1e6;
	store_close(s);
	double n = EVENTS + PACED;
	double grown = file_bytes(directory, "markaz.db") / n, text = event_bytes(directory) / n;
	struct latency old = paced_without_thread(directory);
	line("store_ack_max_at_20000_per_s", r->paced.max_ms, "ms", old.max_ms, 0, true);
	line("store_ack_p99_checkpoints_by_writer", old.p99_ms, "ms", r->fsync_p99, 0, true);
	line("store_checkpoint_stall_max", (double)f.stall_us_max / 1000, "ms", r->fsync_p99, 0, true);
	line("store_wal_file", wal, "MB", CHECKPOINT_KEPT_BYTES / 1e6, wal_max, wal <= wal_max);
	line("store_bytes_per_event", grown, "bytes", text, 0, true);
	fprintf(stderr, "bench_store: %d checkpoints, the log begun anew %d times\n", (int)f.moves,
		(int)f.restarts);
}

/* bench_store [DIRECTORY [postgres://... of an empty database]] */
int main(int argc, char **argv)
{
	const char *url = argc > 2 ? argv[2] : NULL;
	char directory[256], name[64];
	struct result r = {0};
	struct store *s = NULL;

	str_printf(directory, sizeof(directory), "%s/markaz-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
	int err = mkdtemp(directory) ? run(&s, directory, url, &r) : -errno;
	if (err < 0) {
		fprintf(stderr, "bench_store: %s: %s\n", directory, strerror(-err));
		return 1;
	}
	str_printf(name, sizeof(name), "store%s_events_durable", url ? "_postgres" : "");
	line(name, r.rate, "events/s", r.bare, 20000, r.rate >= 20000);
	str_printf(name, sizeof(name), "store%s_ack_p99_at_20000_per_s", url ? "_postgres" : "");
	line(name, r.paced.p99_ms, "ms", r.fsync_p99, 15, r.paced.p99_ms <= 15);
	line("disk_fsync", r.fsyncs, "fsync/s", r.fsyncs, 0, true);
	line("disk_fsync_p99", r.fsync_p99, "ms", r.fsync_p99, 0, true);
	if (url) {
		store_close(s);
		line("store_postgres_ack_max_at_20000_per_s", r.paced.max_ms, "ms", r.fsync_p99, 0, true);
	} else {
		file_lines(s, directory, &r);
	}
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
