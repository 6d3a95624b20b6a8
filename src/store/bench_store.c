/* How fast events become durable: through store_append with group commit, beside what the same disk does
 * bare: an fsync after each small write, and an INSERT loop in transactions of the same size without anything
 * of ours. One JSON object a line. */
#include "base/clock.h"
#include "base/str.h"
#include "store/db.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 200000
#define PACED 40000 /* events of the latency run, at RATE a second */
#define RATE 20000
#define FSYNCS 300
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

static double fsyncs_per_second(const char *directory)
{
	char path[300], block[4096] = {0};

	str_printf(path, sizeof(path), "%s/fsync", directory);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	int64_t start = clock_mono_ns();
	for (int i = 0; i < FSYNCS; i++)
		if (write(fd, block, sizeof(block)) < 0 || fdatasync(fd) < 0)
			break;
	int64_t took = clock_mono_ns() - start;
	close(fd);
	return FSYNCS * 1e9 / (double)took;
}

static double inserts_per_second(const char *directory)
{
	char path[300];
	struct db db;
	sqlite3_stmt *st;

	str_printf(path, sizeof(path), "%s/bare.db", directory);
	if (db_open(&db, path, true) < 0 ||
		db_exec(&db, "CREATE TABLE t (seq INTEGER PRIMARY KEY, data TEXT)") < 0 ||
		db_prepare(&db, "INSERT INTO t (data) VALUES (?)", &st) < 0)
		return -1;
	int64_t start = clock_mono_ns();
	for (int i = 0; i < EVENTS; i++) {
		if (i % INSERT_BATCH == 0)
			db_exec(&db, i ? "COMMIT; BEGIN" : "BEGIN");
		db_prepare(&db, "INSERT INTO t (data) VALUES (?)", &st);
		sqlite3_bind_text(st, 1,
			"{\"t\":1,\"i\":1000,\"s\":5000000,\"q\":7,\"a\":100,\"w\":1234,\"k\":56789,\"y\":"
			"\"ready\"}",
			-1, SQLITE_STATIC);
		db_run(&db, st);
	}
	db_exec(&db, "COMMIT");
	int64_t took = clock_mono_ns() - start;
	db_close(&db);
	return EVENTS * 1e9 / (double)took;
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

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* RATE events a second, in steps of a millisecond as they come from a busy centre: the 99th percentile of
 * append to commit, ms. */
static double paced_p99(struct store *s, uint64_t first)
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
	size_t p99 = (size_t)PACED / 100 * 99;

	return (double)took[p99] / 1e6;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	char directory[256];
	struct store *s;

	str_printf(directory, sizeof(directory), "%s/markaz-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(directory) || store_open(&s, directory, on_commit, NULL) < 0) {
		fprintf(stderr, "bench_store: %s: %s\n", directory, strerror(errno));
		return 1;
	}
	double fsyncs = fsyncs_per_second(directory), bare = inserts_per_second(directory);
	int64_t start = clock_mono_ns();
	for (uint64_t i = 0; i < EVENTS; i++)
		append(s, i);
	wait_for(s, EVENTS);
	double rate = EVENTS * 1e9 / (double)(clock_mono_ns() - start);
	double p99 = paced_p99(s, EVENTS);
	store_close(s);
	line("store_events_durable", rate, "events/s", bare, 20000, rate >= 20000);
	line("store_ack_p99_at_20000_per_s", p99, "ms", 1000 / fsyncs, 15, p99 <= 15);
	line("disk_fsync", fsyncs, "fsync/s", fsyncs, 0, true);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
