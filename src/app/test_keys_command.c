/* `markaz keys` from end to end, on a store no server runs on. */
#include "app/commands.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/record/sink.h"
#include "store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

int command_config(int *argc, char **argv, struct app_config *ret_config)
{
	(void)argc;
	(void)argv;
	config_defaults(ret_config);
	return str_put(ret_config->data_directory, sizeof(ret_config->data_directory), folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* An encrypted second, known to the log. */
static bool record(struct store *s, struct store_reader *rd, char ret_path[static 160])
{
	struct store_recording_key key;
	struct sink sink;
	uint8_t hash[FILE_HASH_BYTES];
	int16_t samples[8000] = {0};
	char name[64], id[ID_TEXT_SIZE];
	uint64_t recording = id_new(), seq = 0;
	size_t taken;

	if (store_recording_key_current(s, rd, 1, 0, &key) < 0)
		return false;
	struct sink_format format = {
		.channels = 1, .rate_hz = 8000, .inner = VAULT_PCM16, .key = key.key, .key_id = key.id};
	str_printf(name, sizeof(name), "2026/%s.wav.mkz", id_text(recording, id));
	str_printf(ret_path, 160, "%s/recordings/%s", folder, name);
	if (sink_open(&sink, ret_path, &format) < 0 ||
		sink_append(&sink, samples, sizeof(samples), &taken) < 0 || sink_end(&sink, hash) < 0)
		return false;
	sink_close(&sink);
	struct event e = {.type = EVENT_RECORDING_STARTED,
		.at_ms = clock_wall_ms(),
		.interaction = id_new(),
		.ref = recording,
		.text = name};
	int64_t until_ms = clock_mono_ms() + 30000;
	if (store_append(s, &e, &seq) < 0)
		return false;
	while (store_visible_seq(s) < seq && clock_mono_ms() < until_ms)
		usleep(1000);
	return store_visible_seq(s) >= seq;
}

static int keys(const char *verb, char *out, size_t size)
{
	char *argv[] = {"keys", (char *)verb, NULL}, path[100];
	int code;

	str_printf(path, sizeof(path), "%s/out.txt", folder);
	fflush(stdout);
	int kept = dup(STDOUT_FILENO), fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	code = keys_main(2, argv);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	ssize_t n = pread(fd, out, size - 1, 0);
	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return code;
}

TEST(keys_are_listed_verified_and_rotated)
{
	struct store *s = NULL;
	struct store_reader *rd = NULL;
	char one[160], two[160], said[4000];

	str_put(folder, sizeof(folder), "/tmp/markaz-keys-XXXXXX");
	CHECK(mkdtemp(folder));
	CHECK_INT(store_open(&s, folder, NULL, NULL), 0);
	CHECK_INT(store_reader_open(&rd, folder), 0);
	CHECK(record(s, rd, one) && record(s, rd, two));
	store_reader_close(rd);
	store_close(s);

	CHECK_INT(keys("list", said, sizeof(said)), 0);
	CHECK(strstr(said, "key 1") && strstr(said, "2 recordings"));
	CHECK_INT(keys("verify", said, sizeof(said)), 0);
	CHECK(strstr(said, "every key and every recording opens"));
	CHECK_INT(keys("rotate", said, sizeof(said)), 0);
	CHECK(strstr(said, "key 2 is what recordings lie under"));
	CHECK_INT(keys("list", said, sizeof(said)), 0);
	CHECK(strstr(said, "key 2") && strstr(said, "0 recordings") && strstr(said, "2 recordings"));
	/* The next one lies under the new key. */
	CHECK_INT(store_open(&s, folder, NULL, NULL), 0);
	CHECK_INT(store_reader_open(&rd, folder), 0);
	CHECK(record(s, rd, two));
	store_reader_close(rd);
	store_close(s);
	CHECK_INT(keys("list", said, sizeof(said)), 0);
	CHECK(strstr(said, "1 recordings"));

	/* A damaged one is named; so is a file that is gone. */
	int fd = open(one, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && pwrite(fd, "x", 1, 200) == 1);
	close(fd);
	CHECK_INT(unlink(two), 0);
	CHECK_INT(keys("verify", said, sizeof(said)), 1);
	CHECK(strstr(said, "damaged") && strstr(said, "not there"));
	/* Another secret.key opens none of them. */
	char secret[100];
	str_printf(secret, sizeof(secret), "%s/secret.key", folder);
	CHECK_INT(unlink(secret), 0);
	CHECK_INT(keys("verify", said, sizeof(said)), 1);
	CHECK_INT(keys("nonsense", said, sizeof(said)), 2);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
