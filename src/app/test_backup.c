/* `markaz backup` and `markaz restore` from end to end, on a store that runs. */
#include "app/backup.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/copy/copy.h"
#include "store/pg_fixture.h"
#include "store/store.h"
#include "store/where.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS 3000

struct place {
	char root[64], data[96], copy[96], again[96];
	struct store *store;
};

static bool put(const char *folder, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	str_printf(path, sizeof(path), "%s/%s", folder, name);
	if (!(f = fopen(path, "w")))
		return false;
	fputs(text, f);
	return fclose(f) == 0;
}

static bool has(const char *folder, const char *name, const char *text)
{
	char path[300], found[64] = "";
	FILE *f;

	str_printf(path, sizeof(path), "%s/%s", folder, name);
	if (!(f = fopen(path, "r")))
		return false;
	size_t n = fread(found, 1, sizeof(found) - 1, f);
	fclose(f);
	found[n] = '\0';
	return str_equal(found, text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void leave(struct place *p)
{
	store_close(p->store);
	nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool enter(struct place *p)
{
	char folder[160];

	*p = (struct place){.root = "/tmp/markaz-backup-XXXXXX"};
	if (!mkdtemp(p->root))
		return false;
	str_printf(p->data, sizeof(p->data), "%s/data", p->root);
	str_printf(p->copy, sizeof(p->copy), "%s/copy", p->root);
	str_printf(p->again, sizeof(p->again), "%s/again", p->root);
	bool is_ok = store_open(&p->store, p->data, NULL, NULL) == 0;
	str_printf(folder, sizeof(folder), "%s/prompts", p->data);
	is_ok = is_ok && mkdir(folder, 0700) == 0 && put(folder, "7.wav", "hello");
	str_printf(folder, sizeof(folder), "%s/greetings", p->data);
	is_ok = is_ok && mkdir(folder, 0700) == 0 && put(folder, "8.wav", "leave word");
	str_printf(folder, sizeof(folder), "%s/documents", p->data);
	is_ok = is_ok && mkdir(folder, 0700) == 0 && put(folder, "9.tif", "a fax");
	str_printf(folder, sizeof(folder), "%s/recordings", p->data);
	is_ok = is_ok && mkdir(folder, 0700) == 0;
	str_printf(folder, sizeof(folder), "%s/recordings/2026", p->data);
	return is_ok && mkdir(folder, 0700) == 0 && put(folder, "a.wav", "a call");
}

static uint64_t write_events(struct store *s)
{
	uint64_t seq = 0;

	for (int i = 0; i < EVENTS; i++)
		if (store_append(s, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = 1000 + i}, &seq) <
			0)
			return 0;
	while (store_durable_seq(s) < seq)
		usleep(1000);
	return seq;
}

static bool is_next(const struct event *e, void *arg)
{
	uint64_t *n = arg;

	*n += e->seq == *n + 1;
	return true;
}

TEST(a_backup_of_a_running_server_comes_back_elsewhere)
{
	__attribute__((cleanup(leave))) struct place p;
	struct store_reader *rd;
	struct store *s;
	struct stat st;
	char path[300];
	uint64_t n = 0, more;

	CHECK(enter(&p));
	uint64_t last = write_events(p.store);
	CHECK(last >= EVENTS);
	CHECK_INT(backup_to_folder(p.data, p.copy, true), 0);
	CHECK_INT(store_append(p.store, &(struct event){.type = EVENT_SYSTEM_STOPPED}, &more),
		0); /* too late */
	str_printf(path, sizeof(path), "%s/secret.key", p.copy);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(restore_from_folder(p.copy, p.again, NULL), 0);
	CHECK(has(p.again, "prompts/7.wav", "hello"));
	CHECK(has(p.again, "greetings/8.wav", "leave word"));
	CHECK(has(p.again, "documents/9.tif", "a fax"));
	CHECK(has(p.again, "recordings/2026/a.wav", "a call"));
	CHECK_INT(store_open(&s, p.again, NULL, NULL), 0);
	CHECK_INT(store_durable_seq(s), last);
	CHECK_INT(store_reader_open(&rd, p.again), 0);
	CHECK_INT(store_events(rd, 1, EVENTS * 2, is_next, &n), 0);
	CHECK_INT(n, last);
	store_reader_close(rd);
	store_close(s);
}

TEST(recordings_stay_unless_asked_for)
{
	__attribute__((cleanup(leave))) struct place p;

	CHECK(enter(&p));
	CHECK_INT(backup_to_folder(p.data, p.copy, false), 0);
	CHECK(has(p.copy, "prompts/7.wav", "hello"));
	CHECK(has(p.copy, "greetings/8.wav", "leave word"));
	CHECK(has(p.copy, "documents/9.tif", "a fax"));
	CHECK(!has(p.copy, "recordings/2026/a.wav", "a call"));
	CHECK(has(p.copy, "recordings.txt", ""));
	CHECK_INT(backup_to_folder(p.data, p.copy, false), 1); /* never over another */
}

TEST(restore_refuses_what_would_harm)
{
	__attribute__((cleanup(leave))) struct place p;
	char path[300];

	CHECK(enter(&p));
	CHECK(write_events(p.store) > 0);
	CHECK_INT(backup_to_folder(p.data, p.copy, false), 0);
	CHECK_INT(restore_from_folder(p.copy, p.data, NULL), 1); /* a server runs there */
	store_close(p.store);
	p.store = NULL;
	CHECK_INT(restore_from_folder(p.copy, p.data, NULL), 1); /* it is not empty */
	CHECK(has(p.data, "prompts/7.wav", "hello"));
	CHECK_INT(restore_from_folder(p.root, p.again, NULL), 1); /* no backup */
	str_printf(path, sizeof(path), "%s/backup.json", p.copy);
	CHECK(put(p.copy, "backup.json", "{\"format\":1,\"last_seq\":1}"));
	CHECK_INT(restore_from_folder(p.copy, p.again, NULL), 1); /* of another backup */
	CHECK(put(p.copy, "backup.json", "{\"format\":9}"));
	CHECK_INT(restore_from_folder(p.copy, p.again, NULL), 1);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(restore_from_folder(p.copy, p.again, NULL), 1); /* cut off */
	CHECK(access(p.again, F_OK) < 0);
}

/* A backup is the same whatever the rows lie on, and comes back on either. */
TEST(backups_go_between_databases)
{
	__attribute__((cleanup(leave))) struct place p;
	char url[PG_FIXTURE_URL_MAX], other[PG_FIXTURE_URL_MAX], path[300], second[140], why[COPY_WHY_SIZE],
		from[512];
	struct copy_totals totals[3] = {0};
	struct store_reader *rd;
	struct store *s;
	uint64_t n = 0, seq;

	CHECK(pg_fixture_database(url) && pg_fixture_database(other));
	CHECK(enter(&p));
	uint64_t last = write_events(p.store);
	CHECK_INT(backup_to_folder(p.data, p.copy, true), 0);
	/* Into a server: a store runs on it, and is backed up while it writes. */
	CHECK_INT(restore_from_folder(p.copy, p.again, url), 0);
	CHECK_INT(store_where(p.again, from), 0);
	CHECK_STR(from, url);
	str_printf(path, sizeof(path), "%s/markaz.db.restoring", p.again);
	CHECK(access(path, F_OK) < 0);
	CHECK_INT(store_open(&s, p.again, NULL, NULL), 0);
	CHECK(write_events(s) == last + EVENTS);
	str_printf(second, sizeof(second), "%s/second", p.root);
	CHECK_INT(backup_to_folder(p.again, second, true), 0);
	CHECK_INT(store_append(s, &(struct event){.type = EVENT_SYSTEM_STOPPED, .at_ms = 1}, &seq), 0);
	store_close(s);
	str_printf(path, sizeof(path), "%s/markaz.db-wal", second);
	CHECK(access(path, F_OK) < 0);
	/* The second backup into a file, and into another server: the same rows everywhere. */
	str_printf(path, sizeof(path), "%s/third", p.root);
	CHECK_INT(restore_from_folder(second, path, NULL), 0);
	CHECK_INT(store_reader_open(&rd, path), 0);
	CHECK_INT(store_events(rd, 1, 100000, is_next, &n), 0);
	store_reader_close(rd);
	CHECK_INT(n, last + EVENTS);
	str_printf(path, sizeof(path), "%s/fourth", p.root);
	CHECK_INT(restore_from_folder(second, path, other), 0);
	str_printf(from, sizeof(from), "%s/markaz.db", second);
	str_printf(path, sizeof(path), "%s/a.db", p.root);
	CHECK_INT(copy_snapshot(from, path, NULL, NULL, &totals[0], why), 0);
	str_printf(path, sizeof(path), "%s/b.db", p.root);
	CHECK_INT(copy_snapshot(other, path, NULL, NULL, &totals[1], why), 0);
	str_printf(from, sizeof(from), "%s/third/markaz.db", p.root);
	str_printf(path, sizeof(path), "%s/c.db", p.root);
	CHECK_INT(copy_snapshot(from, path, NULL, NULL, &totals[2], why), 0);
	CHECK(totals[0].rows > last + EVENTS);
	for (int i = 1; i < 3; i++)
		CHECK(memcmp(totals[0].sum, totals[i].sum, sizeof(totals[0].sum)) == 0);
	/* Not into one that holds something; nothing is left behind. */
	str_printf(path, sizeof(path), "%s/fifth", p.root);
	CHECK_INT(restore_from_folder(second, path, other), 1);
	CHECK(!has(path, "database", other));
}
