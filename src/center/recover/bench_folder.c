/* What snapshots cost those who wait for the disk: time from append to commit with 100,000 contacts open and
 * events coming in steadily, without the folder and with it, in the same run on the same disk. One JSON
 * object a line. */
#include "base/clock.h"
#include "base/str.h"
#include "center/recover/folder.h"
#include "store/log/snapshots.h"

#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPEN 100000
#define RATE 4000 /* events a second */
#define SECONDS 15
#define PACED (RATE * SECONDS)
#define ALL (OPEN * 2 + PACED * 2)

static int64_t sent_ns[ALL + 1], ack_ns[ALL + 1], took[PACED];
static atomic_uint_fast64_t acked;

static void on_commit(uint64_t last_seq, void *arg)
{
	int64_t now = clock_mono_ns();

	(void)arg;
	for (uint64_t seq = atomic_load(&acked) + 1; seq <= last_seq && seq <= ALL; seq++)
		ack_ns[seq] = now;
	atomic_store(&acked, last_seq);
}

static uint64_t append(struct store *s, const struct event *e)
{
	int64_t now = clock_mono_ns();
	uint64_t seq = 0;

	while (store_append(s, e, &seq) < 0)
		usleep(1000);
	if (seq <= ALL)
		sent_ns[seq] = now;
	return seq;
}

static void wait_for(uint64_t seq)
{
	while (atomic_load(&acked) < seq)
		usleep(500);
}

static void open_contacts(struct store *s)
{
	uint64_t seq = 0;
	char from[40];

	for (uint64_t i = 1; i <= OPEN; i++) {
		struct event e = {.type = EVENT_INTERACTION_STARTED,
			.at_ms = clock_wall_ms(),
			.tenant = 1,
			.interaction = i << 20,
			.reason = "inbound",
			.from = from,
			.name = "Visitor",
			.text = "chat"};
		str_printf(from, sizeof(from), "visitor-%llu", (unsigned long long)i);
		append(s, &e);
		e = (struct event){.type = EVENT_SEGMENT_QUEUED,
			.at_ms = e.at_ms,
			.tenant = 1,
			.interaction = i << 20,
			.segment = (i << 20) + 1,
			.queue = 7,
			.text = "{\"priority\":3,\"customer\":99}"};
		seq = append(s, &e);
	}
	wait_for(seq);
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The states of agents, as they come from a busy house; ms within which 99 of 100 are on the disk. */
static double paced(struct store *s, double *ret_max_ms)
{
	int64_t start = clock_mono_ns();
	uint64_t first = 0, seq = 0;

	for (int i = 0; i < PACED; i++) {
		int64_t due = start + (int64_t)(i / (RATE / 1000)) * 1000000, left = due - clock_mono_ns();
		if (left > 0)
			usleep((useconds_t)(left / 1000));
		seq = append(s, &(struct event){.type = EVENT_AGENT_STATE,
					.at_ms = clock_wall_ms(),
					.tenant = 1,
					.agent = 100 + (uint64_t)i % 1000,
					.reason = i % 2 ? "ready" : "talking"});
		first = first ? first : seq;
	}
	wait_for(seq);
	for (int i = 0; i < PACED; i++)
		took[i] = ack_ns[first + (uint64_t)i] - sent_ns[first + (uint64_t)i];
	qsort(took, PACED, sizeof(took[0]), ascending);
	*ret_max_ms = (double)took[PACED - 1] / 1e6;
	return (double)took[PACED / 100 * 99] / 1e6;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

/* The newest snapshot, once there is one of event `since` or later. */
static struct store_snapshot newest(const char *directory, uint64_t since)
{
	struct store_snapshot heads[SNAPSHOTS_KEPT] = {0};
	struct store_reader *rd;

	if (store_reader_open(&rd, directory) < 0)
		return heads[0];
	for (int i = 0; i < 600 && (store_snapshots(rd, heads) < 1 || heads[0].seq < since); i++)
		usleep(100000);
	store_reader_close(rd);
	return heads[0];
}

int main(int argc, char **argv)
{
	char directory[256];
	struct store *s;
	struct folder *f;
	double max[2];

	str_printf(directory, sizeof(directory), "%s/markaz-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(directory) || store_open(&s, directory, on_commit, NULL) < 0) {
		fprintf(stderr, "bench_folder: %s cannot be used\n", directory);
		return 1;
	}
	open_contacts(s);
	double without = paced(s, &max[0]);
	uint64_t since = atomic_load(&acked);
	if (folder_start(&f, s, directory) < 0)
		return 1;
	newest(directory, since);
	double with = paced(s, &max[1]);
	struct store_snapshot last = newest(directory, since + SNAPSHOT_EVENTS);
	folder_stop(f);
	store_close(s);
	printf("{\"name\":\"snapshot_ack_p99\",\"value\":%.1f,\"unit\":\"ms\",\"reference\":%.1f,\"target\":"
	       "15,"
	       "\"met\":%s,\"max\":%.1f,\"max_without\":%.1f,\"events_per_s\":%d}\n",
		with, without, with <= 15 ? "true" : "false", max[1], max[0], RATE);
	printf("{\"name\":\"snapshot_bytes_per_contact\",\"value\":%.1f,\"unit\":\"bytes\",\"contacts\":%d}"
	       "\n",
		(double)last.bytes / OPEN, OPEN);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
