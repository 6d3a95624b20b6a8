/* queue_log: the lines of a day, the file over rotation and emptying, and exactly once over kill -9. */
#include "app/queue_log.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "harness/test.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT 1700000000000
#define QUEUE 501
#define AGENT 601

static char folder[64], path[128];

static int remove_one(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(name);
}

static bool make_folder(void)
{
	log_level_set(LOG_ERROR + 1);
	str_put(folder, sizeof(folder), "/tmp/test_queue_log.XXXXXX");
	bool is_made = mkdtemp(folder) != NULL;
	str_printf(path, sizeof(path), "%s/queue_log", folder);
	return is_made;
}

static void remove_folder(void)
{
	if (str_starts_with(folder, "/tmp/test_queue_log."))
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Everything in the file; free(). */
static char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = f ? calloc(1, 4000000) : NULL;

	if (text)
		text[fread(text, 1, 3999999, f)] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* --- lines
 * -------------------------------------------------------------------------------------------------------------
 */
static struct queue_log_names names;

static int load_names(void)
{
	char queue[ID_TEXT_SIZE], agent[ID_TEXT_SIZE];

	names.queues = json_pack("[{s:s, s:s, s:s, s:[], s:[]}, {s:s, s:s, s:s, s:[s], s:[]}]", "id",
		id_text(QUEUE, queue), "name", "sales|\nnorth", "channel", "voice", "agents", "teams", "id",
		"0000000000111", "name", "others", "channel", "voice", "agents", "0000000000222", "teams");
	names.users = json_pack("[{s:s, s:s}]", "id", id_text(AGENT, agent), "login", "sara");
	if (!names.queues || !names.users)
		return -ENOMEM;
	int err = map_put(&names.by_id, QUEUE, json_array_get(names.queues, 0));
	return err < 0 ? err : map_put(&names.by_id, AGENT, json_array_get(names.users, 0));
}

struct told {
	struct queue_log q;
	struct text out;
	uint64_t seq;
	int err;
};

static void tell(struct told *t, struct event e)
{
	e.seq = ++t->seq;
	e.at_ms = AT + (int64_t)t->seq * 1000;
	if (t->err == 0)
		t->err = queue_log_event(&t->q, &e, &t->out);
}

static void start_call(struct told *t, uint64_t id, const char *from)
{
	tell(t, (struct event){.type = EVENT_INTERACTION_STARTED,
			.interaction = id,
			.from = from,
			.text = "voice",
			.reason = "inbound"});
	tell(t, (struct event){.type = EVENT_SEGMENT_QUEUED,
			.interaction = id,
			.segment = id + 1000,
			.queue = QUEUE});
}

static void tell_day(struct told *t)
{
	tell(t, (struct event){.type = EVENT_SYSTEM_STARTED});
	tell(t, (struct event){
			.type = EVENT_AGENT_STATE, .agent = AGENT, .name = "offline", .reason = "ready"});
	start_call(t, 31, "+98|21\n5");
	start_call(t, 32, "100");
	start_call(t, 33, "101");
	tell(t, (struct event){.type = EVENT_OFFER_ENDED,
			.interaction = 31,
			.queue = QUEUE,
			.agent = AGENT,
			.ring_ms = 15000,
			.reason = "no_answer"});
	tell(t, (struct event){
			.type = EVENT_SEGMENT_ABANDONED, .interaction = 32, .queue = QUEUE, .wait_ms = 7600});
	tell(t, (struct event){.type = EVENT_SEGMENT_OVERFLOWED,
			.interaction = 33,
			.queue = QUEUE,
			.wait_ms = 9000,
			.reason = "caller_pressed"});
	tell(t, (struct event){.type = EVENT_SEGMENT_ANSWERED,
			.interaction = 31,
			.segment = 1031,
			.queue = QUEUE,
			.agent = AGENT,
			.wait_ms = 20400,
			.ring_ms = 3000});
	tell(t, (struct event){.type = EVENT_SEGMENT_ENDED,
			.interaction = 31,
			.queue = QUEUE,
			.agent = AGENT,
			.talk_ms = 60000,
			.hold_ms = 5000,
			.reason = "agent_hung_up"});
	tell(t, (struct event){.type = EVENT_INTERACTION_ENDED, .interaction = 31});
	tell(t, (struct event){
			.type = EVENT_AGENT_STATE, .agent = AGENT, .name = "ready", .reason = "break"});
	tell(t, (struct event){
			.type = EVENT_AGENT_STATE, .agent = AGENT, .name = "break", .reason = "offline"});
	/* A chat has no line, nor has what is not saved. */
	tell(t, (struct event){.type = EVENT_INTERACTION_STARTED, .interaction = 40, .text = "chat"});
	tell(t, (struct event){.type = EVENT_SEGMENT_QUEUED, .interaction = 40, .queue = QUEUE});
	tell(t, (struct event){.type = EVENT_CONFIG_CHANGED, .name = "queue", .reason = "not_saved"});
	tell(t, (struct event){.type = EVENT_CONFIG_CHANGED, .name = "queue", .reason = "updated"});
}

TEST_OOM(a_day_has_the_lines_that_asterisk_writes)
{
	struct told t = {.q = {.names = &names}};

	if (load_names() == 0)
		tell_day(&t);
	else
		t.err = -ENOMEM;
	if (t.err == 0)
		CHECK_STR(t.out.data,
			"1700000001|NONE|NONE|NONE|QUEUESTART|\n"
			"1700000002|NONE|sales__north|Agent/sara|ADDMEMBER|\n"
			"1700000004|000000000000z|sales__north|NONE|ENTERQUEUE||+98_21_5|1\n"
			"1700000006|0000000000010|sales__north|NONE|ENTERQUEUE||100|2\n"
			"1700000008|0000000000011|sales__north|NONE|ENTERQUEUE||101|3\n"
			"1700000009|000000000000z|sales__north|Agent/sara|RINGNOANSWER|15000\n"
			"1700000010|0000000000010|sales__north|NONE|ABANDON|2|2|8\n"
			"1700000011|0000000000011|sales__north|NONE|EXITWITHKEY||2|3|9\n"
			"1700000012|000000000000z|sales__north|Agent/sara|CONNECT|20|0000000000107|3\n"
			"1700000013|000000000000z|sales__north|Agent/sara|COMPLETEAGENT|20|65|1\n"
			"1700000015|NONE|NONE|Agent/sara|PAUSEALL|break\n"
			"1700000015|NONE|sales__north|Agent/sara|PAUSE|break\n"
			"1700000016|NONE|NONE|Agent/sara|UNPAUSEALL|\n"
			"1700000016|NONE|sales__north|Agent/sara|UNPAUSE|\n"
			"1700000016|NONE|sales__north|Agent/sara|REMOVEMEMBER|\n"
			"1700000020|NONE|NONE|NONE|CONFIGRELOAD|\n");
	/* 32 and 33 are open. */
	if (t.err == 0)
		CHECK_INT(queue_log_from(&t.q, t.seq + 1), 5);
	text_free(&t.out);
	queue_log_free(&t.q);
	queue_log_names_free(&names);
}

TEST(a_transfer_names_its_target_and_no_name_is_an_id)
{
	struct told t = {0};

	start_call(&t, 31, NULL);
	tell(&t, (struct event){
			 .type = EVENT_SEGMENT_ANSWERED, .interaction = 31, .queue = QUEUE, .agent = AGENT});
	tell(&t, (struct event){.type = EVENT_INTERACTION_TRANSFERRED,
			 .interaction = 31,
			 .reason = "number",
			 .to = "555|1"});
	tell(&t, (struct event){.type = EVENT_SEGMENT_ENDED,
			 .interaction = 31,
			 .queue = QUEUE,
			 .agent = AGENT,
			 .talk_ms = 1000,
			 .reason = "transfer"});
	CHECK_INT(t.err, 0);
	CHECK(strstr(t.out.data, "|BLINDTRANSFER|555_1|default|0|1|1\n"));
	CHECK(strstr(t.out.data, "|00000000000fn|Agent/00000000000js|"));
	text_free(&t.out);
	queue_log_free(&t.q);
}

/* --- the file
 * -------------------------------------------------------------------------------------------------------------
 */
TEST(a_renamed_or_emptied_file_goes_on_in_a_new_one)
{
	struct queue_log_file f;
	char old[160];
	bool is_new = false;

	CHECK(make_folder());
	CHECK_INT(queue_log_file_open(&f, path, folder, &is_new), 0);
	CHECK(is_new);
	CHECK_INT(queue_log_file_add(&f, "one\n", 4, 1, 1), 0);
	str_printf(old, sizeof(old), "%s.1", path);
	CHECK_INT(rename(path, old), 0);
	CHECK_INT(queue_log_file_add(&f, "two\n", 4, 2, 2), 0);
	char *first = read_file(old), *second = read_file(path);
	CHECK_STR(first, "one\n");
	CHECK_STR(second, "two\n");
	free(first);
	free(second);
	CHECK_INT(truncate(path, 0), 0);
	CHECK_INT(queue_log_file_add(&f, "three\n", 6, 3, 3), 0);
	queue_log_file_close(&f);
	/* What was written and not promised is cut off, also when it was renamed meanwhile. */
	FILE *tail = fopen(path, "a");
	fprintf(tail, "four, not pro");
	fclose(tail);
	CHECK_INT(queue_log_file_open(&f, path, folder, &is_new), 0);
	CHECK(!is_new && f.seq == 3 && f.from == 3);
	queue_log_file_close(&f);
	first = read_file(path);
	CHECK_STR(first, "three\n");
	free(first);
	tail = fopen(path, "a");
	fprintf(tail, "four, not pro");
	fclose(tail);
	CHECK_INT(rename(path, old), 0);
	CHECK_INT(queue_log_file_open(&f, path, folder, &is_new), 0);
	queue_log_file_close(&f);
	first = read_file(old);
	CHECK_STR(first, "three\n");
	free(first);
	remove_folder();
}

/* --- kill -9
 * ------------------------------------------------------------------------------------------------------------
 */
#define LIVES 6

static struct queue_log_follower *follower;

static void on_commit(uint64_t last_seq, void *arg)
{
	(void)last_seq;
	(void)arg;
	queue_log_wake(follower);
}

/* A server in small: calls come and are answered until it is killed. */
static void live(int life)
{
	struct store *s = NULL;
	uint64_t seq = 0;

	if (store_open(&s, folder, on_commit, NULL) < 0 || queue_log_start(&follower, folder, path, s) < 0)
		_exit(1);
	for (int i = 0; i < 100000; i++) {
		uint64_t id = (uint64_t)life * 100000 + (uint64_t)i + 1;
		char from[24];
		str_printf(from, sizeof(from), "%d", life * 100000 + i);
		struct event list[] = {{.type = EVENT_INTERACTION_STARTED,
					       .from = from,
					       .text = "voice",
					       .reason = "inbound"},
			{.type = EVENT_SEGMENT_QUEUED, .queue = QUEUE, .segment = id},
			{.type = EVENT_SEGMENT_ABANDONED, .queue = QUEUE, .segment = id},
			{.type = EVENT_INTERACTION_ENDED}};
		for (size_t k = 0; k < 4; k++) {
			list[k].at_ms = AT;
			list[k].tenant = 1;
			list[k].interaction = id;
			store_append(s, &list[k], &seq);
		}
		usleep(500);
	}
	_exit(0);
}

/* The lines the log should have given. */
struct expected {
	struct queue_log q;
	struct text out;
};

static bool expect(const struct event *e, void *arg)
{
	struct expected *x = arg;

	return queue_log_event(&x->q, e, &x->out) == 0;
}

/* Waits until the file has so many bytes more. */
static bool grows(int64_t bytes)
{
	struct stat st;
	int64_t before = stat(path, &st) == 0 ? st.st_size : 0;

	for (int i = 0; i < 30000; i++) {
		if (stat(path, &st) == 0 && st.st_size >= before + bytes)
			return true;
		usleep(1000);
	}
	return false;
}

TEST(over_kill_9_each_line_is_there_once)
{
	struct store *s = NULL;
	struct store_reader *rd = NULL;
	struct expected x = {0};

	CHECK(make_folder());
	for (int life = 0; life < LIVES; life++) {
		fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			live(life);
		bool has_grown = grows(8000);
		usleep((useconds_t)life * 57000);
		kill(child, SIGKILL);
		CHECK(waitpid(child, NULL, 0) == child);
		CHECK(has_grown);
	}
	CHECK_INT(store_open(&s, folder, on_commit, NULL), 0);
	CHECK_INT(queue_log_start(&follower, folder, path, s), 0);
	queue_log_stop(TAKE_PTR(follower));
	store_close(s);
	CHECK_INT(store_reader_open(&rd, folder), 0);
	struct queue_log_names real = {0};
	CHECK_INT(queue_log_names_load(&real, rd, 1), 0);
	x.q.names = &real;
	CHECK_INT(store_events(rd, 1, 100000, expect, &x), 0);
	store_reader_close(rd);
	char *got = read_file(path);
	printf("# %zu bytes of lines over %d lives\n", x.out.len, LIVES);
	CHECK(x.out.len > 20000);
	size_t same = 0;
	while (got && got[same] && got[same] == x.out.data[same])
		same++;
	printf("# %zu bytes in the file, the same up to %zu\n", got ? strlen(got) : 0, same);
	if (got && (got[same] || same < x.out.len))
		printf("# file: %.120s\n# log: %.120s\n", got + (same > 60 ? same - 60 : 0),
			x.out.data + (same > 60 ? same - 60 : 0));
	CHECK(got && strlen(got) == x.out.len && strcmp(got, x.out.data) == 0);
	free(got);
	text_free(&x.out);
	queue_log_free(&x.q);
	queue_log_names_free(&real);
	remove_folder();
}
