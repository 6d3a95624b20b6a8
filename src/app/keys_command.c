/* `markaz keys list|verify|rotate`: the keys recordings lie under (docs/recordings.md). The server may run.
 */
#include "app/commands.h"
#include "app/control.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/map.h"
#include "base/str.h"
#include "media/record/playback.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TENANT 1
#define PATH_SIZE 700

static const char help[] =
	"markaz keys list   --config FILE\n"
	"markaz keys verify [--deep] --config FILE\n"
	"markaz keys rotate --config FILE\n\n"
	"Recordings are encrypted under keys that lie in the database, wrapped under secret.key of the data "
	"directory.\n"
	"list says which keys there are and how many recordings lie under each. verify opens every key and "
	"the beginning\n"
	"of every encrypted recording (--deep: all of it) and names what does not open. rotate makes a new "
	"key for all\n"
	"recordings from now on. Without secret.key no recording plays: keep a copy of it elsewhere.\n";

struct tally {
	uint32_t id;
	int64_t recordings, bytes, broken;
};
struct look {
	const char *directory;
	struct store_reader *rd;
	struct map keys; /* key id -> tally */
	int64_t plain, unreadable;
	bool is_verify, is_deep;
};

static int usage(void)
{
	fprintf(stderr, "%s", help);
	return 2;
}

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct look *l = arg;
	struct store_recording_key key;
	int err = store_recording_key(l->rd, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	sodium_memzero(&key, sizeof(key));
	return err;
}

/* 1: it is one of ours, *ret_head says under which key; 0: not encrypted; -errno. */
static int read_head(const char *path, struct vault_head *ret_head)
{
	uint8_t head[VAULT_HEAD_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, head, sizeof(head));
	close(fd);
	if (n < 0)
		return -EIO;
	return vault_head_read(head, (size_t)n, ret_head) == 0;
}

static const char *why(int err)
{
	switch (err) {
	case -ENOKEY:
		return "its key was erased, or is not in this database";
	case -EBADMSG:
		return "it is damaged, or its key does not open it";
	case -ENOENT:
		return "the file is not there";
	default:
		return strerror(-err);
	}
}

static int open_it(struct look *l, const char *path)
{
	int16_t samples[256 * VAULT_CHANNELS_MAX];
	struct playback *p = NULL;
	struct playback_info info;
	int err = playback_open(&p, path, give_key, l);

	if (err == 0 && l->is_deep)
		err = playback_verify(p);
	if (err == 0 && playback_samples(p, 0, samples, 256) < 0)
		err = -EBADMSG;
	if (err == 0) {
		playback_look(p, &info);
		err = info.damaged_chunks > 0 ? -EBADMSG : 0;
	}
	playback_free(p);
	return err;
}

static int count(struct look *l, uint32_t id, int64_t bytes, bool is_broken)
{
	struct tally *t = map_get(&l->keys, id);

	if (!t) {
		t = alloc_zero(sizeof(*t));
		int err = t ? map_put(&l->keys, id, t) : -ENOMEM;
		if (err < 0) {
			alloc_free(t);
			return err;
		}
		t->id = id;
	}
	t->recordings++;
	t->bytes += bytes;
	t->broken += is_broken;
	return 0;
}

static int on_recording(const char *relative, int64_t bytes, void *arg)
{
	struct look *l = arg;
	struct vault_head head;
	char path[PATH_SIZE];
	int err = str_printf(path, sizeof(path), "%s/recordings/%s", l->directory, relative);

	if (err == 0)
		err = read_head(path, &head);
	if (err < 0) {
		l->unreadable++;
		printf("recordings/%s: %s\n", relative, why(err));
		return 0;
	}
	if (err == 0) {
		l->plain++;
		return 0;
	}
	err = l->is_verify ? open_it(l, path) : 0;
	if (err < 0)
		printf("recordings/%s: key %u: %s\n", relative, head.key_id, why(err));
	return count(l, head.key_id, bytes, err < 0);
}

static void print_day(const char *label, int64_t at_ms)
{
	char text[32] = "";
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	if (at_ms && gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	printf("  %s %-10s", label, at_ms ? text : "-");
}

/* One line a key; how many of them do not open. */
static int print_keys(struct look *l, const json_t *rows)
{
	int closed = 0;
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		struct store_recording_key key;
		uint32_t id = (uint32_t)jsonx_int(row, "id", 0);
		const struct tally *t = map_get(&l->keys, id);
		int64_t erased_ms = jsonx_int(row, "erased_at", 0);
		int err = erased_ms ? 0 : store_recording_key(l->rd, id, &key);
		sodium_memzero(&key, sizeof(key));
		printf("key %-5u", id);
		print_day("from", jsonx_int(row, "created_at", 0));
		print_day("erased", erased_ms);
		printf("  %lld recordings, %lld bytes%s\n", (long long)(t ? t->recordings : 0),
			(long long)(t ? t->bytes : 0),
			err < 0 ? "  does not open: secret.key is another one, or the row was changed" : "");
		closed += err < 0;
	}
	return closed;
}

static int64_t broken_of(const struct look *l)
{
	struct tally *t;
	int64_t n = l->unreadable;

	for (size_t i = 0; (t = map_next(&l->keys, &i));)
		n += t->broken;
	return n;
}

static int look(struct look *l)
{
	_cleanup_json_ json_t *rows = NULL;
	struct tally *t;
	int closed = 0, err = store_recording_keys(l->rd, TENANT, &rows);

	if (err == 0)
		err = store_recordings_each(l->rd, TENANT, on_recording, l);
	if (err == 0) {
		closed = print_keys(l, rows);
		if (l->plain)
			printf("not encrypted: %lld recordings\n", (long long)l->plain);
	}
	int64_t broken = broken_of(l);
	for (size_t i = 0; (t = map_next(&l->keys, &i));)
		alloc_free(t);
	map_free(&l->keys);
	if (err < 0) {
		fprintf(stderr, "markaz keys: the database cannot be read: %s\n", strerror(-err));
		return 1;
	}
	if (l->is_verify && broken == 0 && closed == 0)
		printf("every key and every recording opens\n");
	return closed > 0 || (l->is_verify && broken > 0);
}

static int rotate(const char *directory)
{
	struct rows_target *target = NULL;
	uint32_t id = 0;
	int err = rows_target_open(&target, directory);

	if (err == 0)
		err = rows_target_new_key(target, &id);
	rows_target_close(target);
	if (err != 0) {
		fprintf(stderr, "markaz keys: no new key was made: %s\n",
			err < 0 ? strerror(-err) : "the store refused");
		return 1;
	}
	printf("key %u is what recordings lie under from now on\n", id);
	return 0;
}

int keys_main(int argc, char **argv)
{
	struct app_config config;
	struct look l = {0};

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	const char *verb = argc > 1 ? argv[1] : "";
	l.is_verify = str_equal(verb, "verify");
	l.is_deep = l.is_verify && argc == 3 && str_equal(argv[2], "--deep");
	if (argc != (l.is_deep ? 3 : 2))
		return usage();
	if (str_equal(verb, "rotate"))
		return rotate(config.data_directory);
	if (!l.is_verify && !str_equal(verb, "list"))
		return usage();
	l.directory = config.data_directory;
	int err = store_reader_open(&l.rd, config.data_directory);
	if (err < 0) {
		fprintf(stderr, "markaz keys: the database of %s cannot be opened: %s\n",
			config.data_directory, strerror(-err));
		return 1;
	}
	int code = look(&l);
	store_reader_close(l.rd);
	return code;
}
