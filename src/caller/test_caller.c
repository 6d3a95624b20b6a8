/* The caller program: its command line, its people, and callers calling agents over real SIP and RTP on
 * loopback. */
#include "harness/test.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "caller/caller.h"
#include "caller/people.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ARGS_MAX 24

/* Parses a line of words as the shell would hand them over. */
static int parse(const char *line, struct caller_options *ret_options, char ret_error[static 200])
{
	char words[512], *argv[ARGS_MAX], *rest = NULL;
	int argc = 0;

	str_put(words, sizeof(words), line);
	for (char *w = strtok_r(words, " ", &rest); w && argc < ARGS_MAX; w = strtok_r(NULL, " ", &rest))
		argv[argc++] = w;
	ret_error[0] = 0;
	return caller_options_parse(argc, argv, ret_options, ret_error);
}

TEST(options_are_read)
{
	struct caller_options o;
	char error[200];

	CHECK_INT(parse("callers --to sip:support@127.0.0.1:5060 --count 20 --rate 2.5 --talk-s 30-120 "
			"--patience-s 20 "
			"--digits L,,1|2 --dtmf info --audio tone:440 --from people --json",
			  &o, error),
		0);
	CHECK_STR(o.to, "sip:support@127.0.0.1:5060");
	CHECK_INT(o.count, 20);
	CHECK_INT((int)(o.rate * 10), 25);
	CHECK_INT(o.talk.min_ms, 30000);
	CHECK_INT(o.talk.max_ms, 120000);
	CHECK_INT(o.patience.min_ms, 20000);
	CHECK_INT(o.patience.max_ms, 20000);
	CHECK_INT(o.dtmf, CALLER_DTMF_INFO);
	CHECK(o.is_json);
	CHECK_INT(parse("callers --agents 5 --listen [::1]:5070 --rtp-ports 30000-30100", &o, error), 0);
	CHECK_STR(o.listen.address, "::1");
	CHECK_INT(o.listen.port, 5070);
	CHECK_INT(o.rtp_port_max, 30100);
}

TEST(wrong_options_say_what_to_write)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{"callers", "--to"},
		{"callers --to 5060", "sip:support@"},
		{"callers --to", "needs a value"},
		{"callers --agents 2 --to sip:a@b", "either"},
		{"callers --to sip:a@b --count -1", "whole number"},
		{"callers --to sip:a@b --rate 0", "calls a second"},
		{"callers --to sip:a@b --rate nan", "calls a second"},
		{"callers --to sip:a@b --talk-s 9-3", "seconds"},
		{"callers --to sip:a@b --talk-s 1e9", "seconds"},
		{"callers --to sip:a@b --digits x", "0-9"},
		{"callers --to sip:a@b --audio tone:9", "3800"},
		{"callers --to sip:a@b --from bob", "people"},
		{"callers --to sip:a@b --listen 5070", "127.0.0.1:5070"},
		{"callers --to sip:a@b --listen []:1", "127.0.0.1:5070"},
		{"callers --to sip:a@b --rtp-ports 9-8", "40000-49999"},
		{"callers --to sip:a@b --nonsense", "unknown option"},
	};
	struct caller_options o;
	char error[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT(parse(cases[i].line, &o, error), -EINVAL);
		if (!strstr(error, cases[i].says))
			test_fail(__FILE__, __LINE__, "'%s' says '%s'", cases[i].line, error);
	}
}

TEST(people_have_something_to_say)
{
	for (int i = 0; i < n_people; i++) {
		CHECK(str_is_utf8(people[i].name, strlen(people[i].name)));
		CHECK(people[i].number[0] == '+');
		for (int s = 0; s < PEOPLE_SENTENCES; s++)
			CHECK(people_sentence(people[i].language, s)[0] != 0);
	}
	CHECK_INT(people_language_digit("fa"), '1');
	CHECK_INT(people_language_digit("en"), '4');
}

/* --- two programs on loopback
 * ----------------------------------------------------------------------------------------- */

struct side { /* one caller_run on a thread of its own, its lines in memory */
	struct caller_options options;
	pthread_t thread;
	char *lines;
	size_t size;
	int result;
};

static void *side_main(void *arg)
{
	struct side *s = arg;

	s->result = caller_run(&s->options);
	return NULL;
}

static bool side_start(struct side *s, const char *line)
{
	char error[200];

	if (parse(line, &s->options, error) < 0)
		return false;
	s->options.stop_fd = eventfd(0, EFD_CLOEXEC);
	s->options.output = open_memstream(&s->lines, &s->size);
	return s->options.output && pthread_create(&s->thread, NULL, side_main, s) == 0;
}

static void side_join(struct side *s, bool is_stop)
{
	uint64_t one = 1;

	if (is_stop && write(s->options.stop_fd, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(s->thread, NULL);
	fclose(s->options.output);
	close(s->options.stop_fd);
}

static uint16_t free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	close(fd);
	return ntohs(a.sin_port);
}

/* How many lines of text are the named event, and the last of them. */
static int find(const char *text, const char *event, json_t **ret_last)
{
	int n = 0;

	while (text && *text) {
		size_t len = strcspn(text, "\n");
		json_t *line = json_loadb(text, len, 0, NULL);
		if (line && str_equal(jsonx_text(line, "event", ""), event)) {
			n++;
			json_decref(*ret_last);
			*ret_last = json_incref(line);
		}
		json_decref(line);
		text += len + (text[len] == '\n');
	}
	return n;
}

static double number(const json_t *line, const char *key)
{
	return json_number_value(json_object_get(line, key));
}

/* Sockets of the side that answers exist a moment after its start. */
static bool wait_ready(struct side *s)
{
	for (int i = 0; i < 500; i++) {
		fflush(s->options.output);
		if (s->size)
			return true;
		usleep(10000);
	}
	return false;
}

TEST(callers_reach_agents_and_both_hear_the_others_tone)
{
	struct side agents = {0}, callers = {0};
	_cleanup_json_ json_t *ended = NULL;
	_cleanup_json_ json_t *heard = NULL;
	char line[300];
	uint16_t port = free_port();

	str_printf(line, sizeof(line),
		"agents --agents 3 --listen 127.0.0.1:%u --audio tone:1000 --hear 440 --talk-s 0 --json "
		"--rtp-ports 41000-41999",
		port);
	CHECK(side_start(&agents, line));
	CHECK(wait_ready(&agents));
	str_printf(line, sizeof(line),
		"callers --to sip:a2@127.0.0.1:%u --count 1 --talk-s 1.5 --audio tone:440 --hear 1000 --json "
		"--patience-s 20 --rtp-ports 42000-42999",
		port);
	CHECK(side_start(&callers, line));
	side_join(&callers, false);
	side_join(&agents, true);
	CHECK_INT(callers.result, 0);
	CHECK_INT(find(callers.lines, "call_ended", &ended), 1);
	CHECK(jsonx_bool(ended, "answered", false));
	CHECK_STR(jsonx_text(ended, "ended_by", NULL), "us");
	CHECK_STR(jsonx_text(ended, "reason", NULL), "goodbye");
	CHECK(number(ended, "tone_db") > -1);
	CHECK(number(ended, "packets_in") > 50);
	CHECK_INT(find(agents.lines, "call_ended", &ended), 1);
	CHECK_STR(jsonx_text(ended, "ended_by", NULL), "peer");
	CHECK(number(ended, "tone_db") > -1);
	CHECK_INT(find(agents.lines, "person_heard", &heard), 1);
	CHECK(number(heard, "tone_db") <= number(ended, "tone_db"));
	free(agents.lines);
	free(callers.lines);
}

TEST(a_caller_turned_away_is_told_why)
{
	struct side agents = {0}, callers = {0};
	_cleanup_json_ json_t *ended = NULL;
	char line[300];
	uint16_t port = free_port();

	str_printf(line, sizeof(line),
		"agents --agents 1 --listen 127.0.0.1:%u --json --rtp-ports 41000-41999", port);
	CHECK(side_start(&agents, line));
	CHECK(wait_ready(&agents));
	str_printf(line, sizeof(line),
		"callers --to sip:a7@127.0.0.1:%u --count 1 --json --rtp-ports 42000-42999", port);
	CHECK(side_start(&callers, line));
	side_join(&callers, false);
	side_join(&agents, true);
	CHECK_INT(callers.result, 1);
	CHECK_INT(find(callers.lines, "call_ended", &ended), 1);
	CHECK_INT(jsonx_int(ended, "code", 0), 404);
	CHECK(!jsonx_bool(ended, "answered", true));
	free(agents.lines);
	free(callers.lines);
}

TEST(an_impatient_caller_hangs_up_while_it_rings)
{
	struct side agents = {0}, callers = {0};
	_cleanup_json_ json_t *ended = NULL;
	char line[300];
	uint16_t port = free_port();

	str_printf(line, sizeof(line),
		"agents --agents 1 --listen 127.0.0.1:%u --answer-s 60 --json --rtp-ports 41000-41999", port);
	CHECK(side_start(&agents, line));
	CHECK(wait_ready(&agents));
	str_printf(line, sizeof(line),
		"callers --to sip:a1@127.0.0.1:%u --count 1 --patience-s 0.5 --json --rtp-ports 42000-42999",
		port);
	CHECK(side_start(&callers, line));
	side_join(&callers, false);
	side_join(&agents, true);
	CHECK_INT(find(callers.lines, "call_ended", &ended), 1);
	CHECK_STR(jsonx_text(ended, "reason", NULL), "impatient");
	CHECK_INT(find(agents.lines, "call_ended", &ended), 1);
	CHECK(!jsonx_bool(ended, "answered", true));
	CHECK_STR(jsonx_text(ended, "ended_by", NULL), "peer");
	free(agents.lines);
	free(callers.lines);
}

TEST(being_stopped_ends_every_call)
{
	struct side agents = {0}, callers = {0};
	_cleanup_json_ json_t *summary = NULL;
	_cleanup_json_ json_t *ended = NULL;
	char line[300];
	uint16_t port = free_port();

	str_printf(line, sizeof(line),
		"agents --agents 20 --listen 127.0.0.1:%u --talk-s 0 --json --rtp-ports 41000-41999", port);
	CHECK(side_start(&agents, line));
	CHECK(wait_ready(&agents));
	str_printf(line, sizeof(line),
		"callers --to sip:a1@127.0.0.1:%u --count 0 --rate 20 --at-once 5 --talk-s 0 --json "
		"--rtp-ports 42000-42999 --seed 7",
		port);
	CHECK(side_start(&callers, line));
	usleep(500000);
	side_join(&callers, true);
	side_join(&agents, true);
	CHECK_INT(find(callers.lines, "summary", &summary), 1);
	CHECK(number(summary, "calls") >= 5);
	CHECK_INT(find(callers.lines, "call_ended", &ended), (int)number(summary, "calls"));
	CHECK_INT(find(callers.lines, "call_started", &ended), (int)number(summary, "calls"));
	free(agents.lines);
	free(callers.lines);
}
