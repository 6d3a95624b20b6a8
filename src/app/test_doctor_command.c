/* `markaz doctor` from end to end: words, JSON, exit codes, and a rescue into a new directory. */
#include "app/commands.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTACTS 400

static char root[64], data[96], target[96];

/* main.c has it; the command needs only where the data are. */
int command_config(int *argc, char **argv, struct app_config *ret_config)
{
	int n = 0;

	for (int i = 0; i < *argc; i++)
		if (str_equal(argv[i], "--config"))
			i++;
		else
			argv[n++] = argv[i];
	*argc = n;
	argv[n] = NULL;
	config_defaults(ret_config);
	return str_put(ret_config->data_directory, sizeof(ret_config->data_directory), data);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static bool put(const char *name, const char *text, mode_t mode)
{
	char path[300];

	str_printf(path, sizeof(path), "%s/%s", data, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	bool is_ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return is_ok;
}

static bool append(struct store *s, int n)
{
	uint64_t seq, interaction = UINT64_C(0x600000000000000) + (uint64_t)n;
	struct event list[] = {{.type = EVENT_INTERACTION_STARTED,
				       .from = "+989121234567",
				       .reason = "inbound",
				       .text = "voice"},
		{.type = EVENT_NOTE_WRITTEN,
			.text = "she asked for a larger size and for a call back after nine"},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 64000, .reason = "customer_hung_up"}};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		list[i].tenant = 1;
		list[i].interaction = interaction;
		list[i].at_ms = clock_wall_ms();
		if (store_append(s, &list[i], &seq) < 0)
			return false;
	}
	return true;
}

static bool enter(void)
{
	static const struct store_actor actor = {.tenant = 1, .user = 7};
	_cleanup_json_ json_t *team = json_pack("{s:s}", "name", "north"), *row = NULL;
	struct issues issues = {0};
	struct store *s = NULL;
	char folder[128];

	log_level_set(LOG_ERROR);
	umask(0027);
	str_put(root, sizeof(root), "/tmp/markaz-doctor-XXXXXX");
	if (!mkdtemp(root))
		return false;
	str_printf(data, sizeof(data), "%s/data", root);
	str_printf(target, sizeof(target), "%s/new", root);
	if (store_open(&s, data, NULL, NULL) < 0)
		return false;
	bool is_ok = store_create(s, resource_by_name("team"), team, &actor, &row, &issues) == 0;
	for (int n = 0; n < CONTACTS && is_ok; n++)
		is_ok = append(s, n);
	store_close(s);
	str_printf(folder, sizeof(folder), "%s/prompts", data);
	is_ok = is_ok && mkdir(folder, 0750) == 0 && put("prompts/7.wav", "hello", 0640);
	str_printf(folder, sizeof(folder), "%s/greetings", data);
	is_ok = is_ok && mkdir(folder, 0750) == 0 && put("greetings/8.wav", "leave word", 0640);
	str_printf(folder, sizeof(folder), "%s/recordings", data);
	return is_ok && mkdir(folder, 0750) == 0 && put("recordings/a.wav", "a call", 0640);
}

static void leave(void)
{
	if (str_starts_with(root, "/tmp/markaz-doctor-"))
		nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct result {
	int code;
	char out[60000], said[4000];
};
static struct result result;

static void take(const char *name, char *to, size_t size)
{
	char path[128];

	str_printf(path, sizeof(path), "%s/%s", root, name);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(to, 1, size - 1, f) : 0;
	to[n] = '\0';
	if (f)
		fclose(f);
}

/* The command in a process of its own. */
static int run(const char *const *options)
{
	char *argv[12] = {(char *)"doctor"}, out[128], said[128];
	int argc = 1, status = 0;

	while (options[argc - 1]) {
		argv[argc] = (char *)options[argc - 1];
		argc++;
	}
	str_printf(out, sizeof(out), "%s/out", root);
	str_printf(said, sizeof(said), "%s/said", root);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (!freopen(out, "w", stdout) || !freopen(said, "w", stderr))
			_exit(99);
		int code = doctor_main(argc, argv);
		fflush(NULL);
		_exit(code);
	}
	waitpid(child, &status, 0);
	result = (struct result){.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1};
	take("out", result.out, sizeof(result.out));
	take("said", result.said, sizeof(result.said));
	return result.code;
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

/* The disk of this machine may be full or slow: that is a warning. */
static bool is_sound(int code)
{
	if ((code == 0 || code == 1) && !strstr(result.out, "DAMAGE"))
		return true;
	printf("# exit code %d: %s%s\n", code, result.out, result.said);
	return false;
}

TEST(a_sound_centre_in_words_and_json)
{
	CHECK(enter());
	CHECK(is_sound(RUN("--config", "x")));
	CHECK(strstr(result.out, "without a gap"));
	CHECK(is_sound(RUN("--deep", data)));
	CHECK(strstr(result.out, "400 contacts folded anew"));
	CHECK(is_sound(RUN("--json", data)));
	_cleanup_json_ json_t *doc = json_loads(result.out, 0, NULL);
	CHECK(json_array_size(json_object_get(doc, "findings")) > 10);
	CHECK(!str_equal(jsonx_text(doc, "level", "damage"), "damage"));
	leave();
}

TEST(wrong_usage_is_said)
{
	CHECK(enter());
	CHECK_INT(RUN("--sideways"), 2);
	CHECK_INT(RUN("--rescue"), 2);
	CHECK_INT(RUN("--audit-known", "17"), 2);
	CHECK_INT(RUN("--config", "x", data), 2);
	CHECK_INT(RUN("--rescue", target, "--deep"), 2);
	CHECK_INT(RUN("/tmp/markaz-nowhere"), 2);
	CHECK(strstr(result.out, "cannot be opened"));
	CHECK_INT(RUN("--help"), 0);
	leave();
}

TEST(the_head_of_the_audit_log_is_kept_elsewhere)
{
	char head[128];

	CHECK(enter());
	CHECK_INT(RUN("--audit-head", data), 0);
	CHECK(strlen(result.out) == 2 + 64 + 1 && str_starts_with(result.out, "1:"));
	str_put_n(head, sizeof(head), result.out, strlen(result.out) - 1);
	CHECK(is_sound(RUN("--audit-known", head, data)));
	CHECK(strstr(result.out, "entry 1 is the one that was written down"));
	head[10] = head[10] == '0' ? '1' : '0';
	CHECK_INT(RUN("--audit-known", head, data), 2);
	CHECK(strstr(result.out, "entry 1 is not the one"));
	leave();
}

/* Zeroes over the pages from the middle of the file on. */
static bool damage(int pages)
{
	static char zeroes[4096];
	char path[128];

	str_printf(path, sizeof(path), "%s/markaz.db", data);
	int fd = open(path, O_RDWR);
	off_t from = fd < 0 ? 0 : lseek(fd, 0, SEEK_END) / 4096 / 2;
	bool is_ok = from > 0;
	for (int i = 0; i < pages && is_ok; i++)
		is_ok = pwrite(fd, zeroes, sizeof(zeroes), (from + i) * 4096) == 4096;
	close(fd);
	return is_ok;
}

static bool is_there(const char *name, off_t bytes)
{
	char path[160];
	struct stat st;

	str_printf(path, sizeof(path), "%s/%s", target, name);
	return stat(path, &st) == 0 && st.st_size == bytes;
}

TEST(a_damaged_centre_is_rescued)
{
	char path[160];

	CHECK(enter());
	CHECK(damage(30));
	CHECK_INT(RUN(data), 2);
	CHECK(strstr(result.out, "DAMAGE   pages"));
	CHECK(strstr(result.out, "markaz doctor --rescue"));
	CHECK_INT(RUN("--rescue", target, data), 1);
	CHECK(strstr(result.out, "rescued to"));
	CHECK(is_there("greetings/8.wav", 10));
	CHECK(is_there("prompts/7.wav", 5) && is_there("recordings/a.wav", 6) && is_there("secret.key", 32));
	str_printf(path, sizeof(path), "%s/rescue.json", target);
	_cleanup_json_ json_t *doc = json_load_file(path, 0, NULL);
	CHECK(json_array_size(json_object_get(doc, "damaged_pages")) > 0);
	CHECK(jsonx_int(doc, "events", 0) > 0);
	CHECK_INT(jsonx_int(doc, "known_seq", 0), CONTACTS * 3 + 1);
	/* The damaged one stays, the new one is sound, a second time is refused. */
	CHECK_INT(RUN(data), 2);
	CHECK(is_sound(RUN("--deep", target)));
	CHECK_INT(RUN("--rescue", target, data), 2);
	CHECK(strstr(result.said, "is not empty"));
	leave();
}

TEST(what_is_not_rescued)
{
	struct store *s = NULL;
	char inside[128], path[128];

	CHECK(enter());
	CHECK_INT(store_open(&s, data, NULL, NULL), 0);
	int code = RUN("--rescue", target, data);
	store_close(s);
	CHECK_INT(code, 2);
	CHECK(strstr(result.said, "a server runs on it"));
	str_printf(inside, sizeof(inside), "%s/new", data);
	CHECK_INT(RUN("--rescue", inside, data), 2);
	CHECK(strstr(result.said, "inside of the damaged directory"));
	CHECK_INT(RUN("--rescue", target, "/tmp/markaz-nowhere"), 2);
	CHECK(put("database", "postgres://nobody@127.0.0.1:1/x\n", 0600));
	CHECK_INT(RUN("--rescue", target, data), 2);
	CHECK(strstr(result.said, "PostgreSQL"));
	str_printf(path, sizeof(path), "%s/database", data);
	unlink(path);
	/* A sound one can be rescued, too: nothing is missing. */
	CHECK_INT(RUN("--rescue", target, data), 0);
	CHECK(is_sound(RUN("--deep", target)));
	leave();
}
