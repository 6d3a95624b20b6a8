/* `markaz events` as a process of its own over a real database: all of it, parts of it, while it grows. */
#include "app/commands.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS 2500 /* more than two pages */
#define LINE_MAX_BYTES 2048

static char folder[64], config[128];

/* main.c has it; the command needs only where the database is. */
int command_config(int *argc, char **argv, struct app_config *ret_config)
{
	(void)argc;
	(void)argv;
	config_defaults(ret_config);
	return str_put(ret_config->data_directory, sizeof(ret_config->data_directory), folder);
}

static void on_commit(uint64_t last_seq, void *arg)
{
	(void)last_seq;
	(void)arg;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* Appends n events, every tenth an answer, one a second from at_ms on; closes the store. The last sequence.
 */
static uint64_t write_events(int n, int64_t at_ms)
{
	struct store *s = NULL;
	uint64_t seq = 0;

	if (store_open(&s, folder, on_commit, NULL) < 0)
		return 0;
	for (int i = 0; i < n; i++) {
		struct event e = {.at_ms = at_ms + (int64_t)i * 1000,
			.tenant = 1,
			.number = i + 1,
			.type = i % 10 ? EVENT_SEGMENT_QUEUED : EVENT_SEGMENT_ANSWERED};
		if (store_append(s, &e, &seq) < 0)
			seq = 0;
	}
	store_close(s);
	return seq;
}

static bool make_folder(void)
{
	log_level_set(LOG_ERROR);
	str_put(folder, sizeof(folder), "/tmp/test_events.XXXXXX");
	return mkdtemp(folder) != NULL;
}

static void remove_folder(void)
{
	if (str_starts_with(folder, "/tmp/test_events."))
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The command in a process of its own; *ret_out reads its lines. stderr goes to folder/stderr. */
static pid_t start(const char *const *options, FILE **ret_out)
{
	char *argv[12] = {(char *)"events"};
	int argc = 1, pipes[2];

	while (options[argc - 1]) {
		argv[argc] = (char *)options[argc - 1];
		argc++;
	}
	fflush(stdout);
	if (pipe(pipes) < 0)
		return -1;
	pid_t child = fork();
	if (child == 0) {
		str_printf(config, sizeof(config), "%s/stderr", folder);
		if (dup2(pipes[1], STDOUT_FILENO) < 0 || !freopen(config, "w", stderr))
			_exit(9);
		close(pipes[0]);
		int code = events_main(argc, argv);
		fflush(NULL);
		_exit(code);
	}
	close(pipes[1]);
	*ret_out = fdopen(pipes[0], "r");
	return child;
}

/* Runs to the end: exit code, number of lines, first and last sequence. */
struct result {
	int code, lines;
	uint64_t first, last;
	bool is_in_order;
	char said[600];
};

static uint64_t seq_of(const char *line)
{
	_cleanup_json_ json_t *e = json_loads(line, 0, NULL);

	return str_equal(jsonx_text(e, "specversion", ""), "1.0")
		       ? strtoull(jsonx_text(e, "id", "0"), NULL, 10)
		       : 0;
}

static struct result run(const char *const *options)
{
	struct result r = {.is_in_order = true};
	char line[LINE_MAX_BYTES];
	FILE *out = NULL;
	int status = 0;
	pid_t child = start(options, &out);

	while (child > 0 && fgets(line, sizeof(line), out)) {
		uint64_t seq = seq_of(line);
		r.is_in_order = r.is_in_order && seq > r.last;
		r.first = r.lines++ ? r.first : seq;
		r.last = seq;
	}
	if (out)
		fclose(out);
	waitpid(child, &status, 0);
	r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	str_printf(line, sizeof(line), "%s/stderr", folder);
	FILE *f = fopen(line, "r");
	size_t n = f ? fread(r.said, 1, sizeof(r.said) - 1, f) : 0;
	r.said[n] = '\0';
	if (f)
		fclose(f);
	return r;
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

TEST(the_whole_log_or_a_part_of_it)
{
	const int64_t start_ms = INT64_C(1795334400000); /* 2026-11-22T08:00Z */

	CHECK(make_folder());
	uint64_t end = write_events(EVENTS, start_ms), before = end - EVENTS;
	struct result all = run((const char *const[]){NULL});
	CHECK_INT(all.code, 0);
	CHECK(all.is_in_order);
	CHECK_INT(all.first, 1);
	CHECK_INT(all.last, end);
	CHECK_INT(all.lines, end);
	struct result some = RUN("--types", "segment.answered");
	CHECK_INT(some.code, 0);
	CHECK_INT(some.lines, EVENTS / 10);
	char text[32];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)end - 3);
	struct result after = RUN("--after", text);
	CHECK_INT(after.lines, 3);
	CHECK_INT(after.first, end - 2);
	struct result part = RUN("--from", "2026-11-22T08:00:10Z", "--to", "2026-11-22T08:00:20Z");
	CHECK_INT(part.code, 0);
	CHECK_INT(part.lines, 10);
	CHECK_INT(part.first, before + 11);
	struct result later = RUN("--from", "2030-01-01T00:00Z");
	CHECK_INT(later.code, 0);
	CHECK_INT(later.lines, 0);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)end + 100);
	struct result beyond = RUN("--after", text);
	CHECK_INT(beyond.code, 0);
	CHECK_INT(beyond.lines, 0);
	remove_folder();
}

TEST(wrong_usage_is_said)
{
	CHECK(make_folder());
	CHECK_INT(RUN("--sideways").code, 2);
	CHECK_INT(RUN("--after").code, 2);
	struct result none = RUN("--after", "1");
	CHECK_INT(none.code, 1);
	CHECK(strstr(none.said, "cannot be read"));
	CHECK(write_events(1, 1000) > 0);
	CHECK_INT(RUN("--after", "x").code, 2);
	CHECK_INT(RUN("--from", "soon").code, 2);
	CHECK_INT(RUN("--from", "today", "--after", "4").code, 2);
	CHECK_INT(RUN("--follow", "--to", "now").code, 2);
	struct result type = RUN("--types", "segment.lost");
	CHECK_INT(type.code, 2);
	CHECK(strstr(type.said, "no event type \"segment.lost\""));
	remove_folder();
}

static bool next_line(FILE *f, char *line)
{
	struct pollfd p = {.fd = fileno(f), .events = POLLIN};

	return poll(&p, 1, 10000) == 1 && fgets(line, LINE_MAX_BYTES, f);
}

static void follow(const char *const *options, uint64_t first, uint64_t wanted)
{
	char line[LINE_MAX_BYTES];
	FILE *out = NULL;
	pid_t child = start(options, &out);
	CHECK(child > 0);
	setvbuf(out, NULL, _IONBF, 0); /* poll must see what is left */
	uint64_t seq = first;
	bool is_good = true;
	/* What is there already, then what comes, written one after the other by a store of our own. */
	while (is_good && seq < wanted) {
		is_good = next_line(out, line) && seq_of(line) == seq + 1;
		seq += is_good;
	}
	for (int i = 0; is_good && i < 3; i++) {
		uint64_t end = write_events(5, clock_wall_ms());
		while (is_good && seq < end) {
			is_good = next_line(out, line) && seq_of(line) == seq + 1;
			seq += is_good;
		}
	}
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	fclose(out);
	CHECK(is_good);
}

TEST(follow_goes_on_with_what_happens)
{
	char text[32];

	CHECK(make_folder());
	uint64_t end = write_events(5, clock_wall_ms());
	snprintf(text, sizeof(text), "%llu", (unsigned long long)end - 2);
	follow((const char *const[]){"--follow", "--after", text, NULL}, end - 2, end);
	remove_folder();
}

/* The first n lines that the command writes with these options. */
static int first_lines(const char *const *options, char lines[][80], int n)
{
	char line[LINE_MAX_BYTES];
	FILE *out = NULL;
	int got = 0;
	pid_t child = start(options, &out);

	while (child > 0 && fgets(line, sizeof(line), out))
		if (got < n)
			str_put_n(lines[got++], 80, line, strcspn(line, "\n"));
	if (out)
		fclose(out);
	waitpid(child, NULL, 0);
	return got;
}

TEST(as_queue_log_a_part_knows_the_calls_before_it)
{
	const int64_t at = INT64_C(1795334400000); /* 2026-11-22T08:00Z */
	struct store *s = NULL;
	char lines[8][80];
	uint64_t seq;

	CHECK(make_folder());
	CHECK_INT(store_open(&s, folder, on_commit, NULL), 0);
	const struct event call[] = {
		{.type = EVENT_INTERACTION_STARTED, .from = "5551", .text = "voice", .reason = "inbound"},
		{.type = EVENT_SEGMENT_QUEUED, .queue = 9, .segment = 8},
		{.type = EVENT_SEGMENT_ABANDONED, .queue = 9, .segment = 8, .wait_ms = 3600000},
		{.type = EVENT_INTERACTION_ENDED}};
	for (int i = 0; i < 4; i++) {
		struct event e = call[i];
		e.interaction = 7;
		e.tenant = 1;
		e.at_ms = at + (i < 2 ? 0 : 3600000);
		CHECK_INT(store_append(s, &e, &seq), 0);
	}
	store_close(s);
	CHECK_INT(first_lines((const char *const[]){"--queue-log", NULL}, lines, 8), 2);
	CHECK_STR(lines[0], "1795334400|0000000000007|0000000000009|NONE|ENTERQUEUE||5551|1");
	CHECK_STR(lines[1], "1795338000|0000000000007|0000000000009|NONE|ABANDON|1|1|3600");
	CHECK_INT(first_lines((const char *const[]){"--queue-log", "--from", "2026-11-22T08:30Z", NULL},
			  lines, 8),
		1);
	CHECK_STR(lines[0], "1795338000|0000000000007|0000000000009|NONE|ABANDON|1|1|3600");
	CHECK_INT(RUN("--queue-log", "--types", "segment.answered").code, 2);
	remove_folder();
}
