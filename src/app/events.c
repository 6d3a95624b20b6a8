/* `markaz events`: the event log as JSON lines, one CloudEvent a line. Reads the database beside a running
 * server and changes nothing.
 *
 * Invariants: lines are in order of the sequence and none is missing between two of them but what the options
 * leave out; a hole in the log ends the command with an error, never in silence. A page is read at a time, so
 * that memory does not grow and the server's checkpoints do not wait for us. */
#include "app/commands.h"
#include "app/queue_log.h"
#include "app/when.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TENANT 1
#define PAGE_EVENTS 1000
#define BEFORE_MS (INT64_C(24) * 3600 * 1000) /* --queue-log: calls that began so long before are known */
#define FOLLOW_MS 500			      /* between two looks at the database */

static const char help[] =
	"markaz events [--config FILE] [--after N] [--from T] [--to T] [--types a,b] [--follow] > FILE\n\n"
	"Writes the event log as JSON lines, one CloudEvent a line, oldest first. The server may run "
	"meanwhile.\n\n"
	"  --after N          only what follows sequence N\n"
	"  --from T, --to T   only this period: 2026-11-21, 2026-11-21T08:30 (in the installation's time "
	"zone),\n"
	"                     2026-11-21T08:30Z, today, yesterday, now\n"
	"  --types LIST       only these, like segment.answered,segment.abandoned; docs/events.md names all\n"
	"  --queue-log        as Asterisk's queue_log instead of CloudEvents (docs/events.md)\n"
	"  --follow           goes on with what happens, until it is ended (Ctrl-C)\n\n"
	"Exit code 0: done; 1: the log could not be read or written; 2: wrong usage.\n";

struct asked {
	const char *after_text, *from, *to, *type_list;
	bool is_follow, is_queue_log;
	uint64_t types;
	int64_t from_ms, to_ms; /* 0: no such limit */
};
struct reading {
	const struct asked *asked;
	uint64_t next; /* the sequence that must come */
	uint64_t end;  /* stop before it; 0: no end */
	uint64_t hole; /* came instead of next; 0: none */
	uint64_t n;    /* of this page */
	struct queue_log queue_log;
	uint64_t print_from; /* what lies before is told to queue_log only */
	int err;
};

static int usage(const char *why)
{
	if (why)
		fprintf(stderr, "markaz events: %s\n\n", why);
	fprintf(stderr, "%s", help);
	return 2;
}

/* NULL, or what is wrong. */
static const char *read_options(int argc, char **argv, struct asked *a)
{
	const char **texts[] = {&a->after_text, &a->from, &a->to, &a->type_list};
	static const char *const names[] = {"--after", "--from", "--to", "--types"};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		if (str_equal(argv[i], "--follow")) {
			a->is_follow = true;
			continue;
		}
		if (str_equal(argv[i], "--queue-log")) {
			a->is_queue_log = true;
			continue;
		}
		while (k < 4 && !str_equal(argv[i], names[k]))
			k++;
		if (k == 4)
			return "there is no such option";
		if (++i == argc)
			return "an option lacks its value";
		*texts[k] = argv[i];
	}
	if (a->is_follow && a->to)
		return "--follow has no end: it does not go with --to";
	if (a->is_queue_log && a->type_list)
		return "--queue-log knows which events it needs: it does not go with --types";
	if (a->after_text && a->from)
		return "say where to begin once: --after or --from";
	return NULL;
}

static const char *read_values(struct asked *a, uint64_t *ret_after)
{
	static char why[160];
	char unknown[64];
	int64_t now_ms = clock_wall_ms(), after = 0;

	if (a->after_text && str_to_int(a->after_text, 0, INT64_MAX - 1, &after) < 0)
		return "--after wants the number of an event";
	if (event_types_parse(a->type_list, &a->types, unknown, sizeof(unknown)) < 0) {
		str_printf(why, sizeof(why), "there is no event type \"%s\"; docs/events.md names them all",
			unknown);
		return why;
	}
	if ((a->from && when_parse(a->from, now_ms, false, &a->from_ms) < 0) ||
		(a->to && when_parse(a->to, now_ms, true, &a->to_ms) < 0))
		return "write a time like 2026-11-21, 2026-11-21T08:30, 2026-11-21T08:30Z, today or "
		       "yesterday";
	if (a->from && a->to && a->to_ms <= a->from_ms)
		return "--to must be later than --from";
	*ret_after = (uint64_t)after;
	return NULL;
}

static bool print_queue_log(struct reading *r, const struct event *e)
{
	struct text lines = {0};

	r->err = queue_log_event(&r->queue_log, e, &lines);
	errno = 0;
	if (r->err == 0 && lines.len && e->seq >= r->print_from &&
		fwrite(lines.data, 1, lines.len, stdout) != lines.len)
		r->err = errno ? -errno : -EIO;
	text_free(&lines);
	return r->err == 0;
}

static bool on_event(const struct event *e, void *arg)
{
	struct reading *r = arg;

	if (r->end && e->seq >= r->end)
		return false;
	if (r->next && e->seq != r->next) {
		r->hole = e->seq;
		return false;
	}
	r->next = e->seq + 1;
	r->n++;
	if (r->asked->is_queue_log)
		return print_queue_log(r, e);
	if (!event_is_chosen(r->asked->types, e->type))
		return true;
	_cleanup_json_ json_t *line = event_to_cloudevent(e);
	errno = 0;
	if (!line)
		r->err = -ENOMEM;
	else if (json_dumpf(line, stdout, JSON_COMPACT) < 0 || putchar('\n') == EOF)
		r->err = errno ? -errno : -EIO;
	return r->err == 0;
}

static int say_unreadable(const struct reading *r, int err)
{
	if (err == -EUCLEAN && r->next)
		fprintf(stderr,
			"markaz events: event %llu is damaged; what lies before it was written. Restore the "
			"database from a backup, or go on behind it with --after %llu\n",
			(unsigned long long)r->next, (unsigned long long)r->next);
	else if (r->err < 0)
		fprintf(stderr, "markaz events: the output cannot be written: %s\n", strerror(-r->err));
	else
		fprintf(stderr, "markaz events: the database cannot be read: %s\n", strerror(-err));
	return 1;
}

static int say_hole(const struct reading *r)
{
	fprintf(stderr,
		"markaz events: events %llu to %llu are not in the log (any more): go on with --after %llu\n",
		(unsigned long long)r->next, (unsigned long long)r->hole - 1,
		(unsigned long long)r->hole - 1);
	return 1;
}

static int copy(struct store_reader *rd, struct reading *r)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_MS * 1000000L};

	for (;;) {
		r->n = 0;
		int err = store_events(rd, r->next, PAGE_EVENTS, on_event, r);
		if (fflush(stdout) == EOF && r->err == 0)
			r->err = -errno;
		if (err < 0 || r->err < 0)
			return say_unreadable(r, err);
		if (r->hole)
			return say_hole(r);
		if (r->n == PAGE_EVENTS)
			continue;
		if (!r->asked->is_follow)
			return 0;
		nanosleep(&pause, NULL);
	}
}

static void set_zone(struct store_reader *rd)
{
	_cleanup_json_ json_t *rows = NULL;

	if (store_list(rd, resource_by_name("setting"), TENANT, 0, 1, NULL, false, &rows) == 0)
		when_set_zone(jsonx_text(json_array_get(rows, 0), "time_zone", "UTC"));
}

struct found {
	uint64_t seq;
	int64_t at_ms;
};

static bool note(const struct event *e, void *arg)
{
	*(struct found *)arg = (struct found){e->seq, e->at_ms};
	return false;
}

/* The first event at or behind seq; false: there is none (or it cannot be read). */
static bool find(struct store_reader *rd, uint64_t seq, struct found *f)
{
	*f = (struct found){0};
	return store_events(rd, seq, 1, note, f) == 0 && f->seq > 0;
}

/* The last event of the log, by halving; all zero: there is none. */
static struct found find_last(struct store_reader *rd)
{
	uint64_t low = 0, high = (uint64_t)INT64_MAX; /* an event lies at or behind low, none behind high */
	struct found last = {0}, f;

	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;
		if (find(rd, middle, &f)) {
			last = f;
			low = f.seq;
		} else
			high = middle - 1;
	}
	return last;
}

/* Where the period begins. 0; 1: nothing happened since; -errno. */
static int begin(struct store_reader *rd, const struct asked *a, uint64_t *ret_seq)
{
	uint64_t seq = store_seq_at(rd, a->from_ms);

	if (!seq) {
		struct found last = find_last(rd);
		if (last.at_ms >= a->from_ms)
			return -ENODATA;
		if (!a->is_follow)
			return 1;
		seq = last.seq + 1;
	}
	*ret_seq = seq;
	return 0;
}

/* As copy, but begins earlier, so that it knows the calls that were open then. */
static int copy_queue_log(struct store_reader *rd, struct reading *r)
{
	struct queue_log_names names = {0};
	struct found first;
	int err = queue_log_names_load(&names, rd, TENANT);

	if (err < 0)
		return say_unreadable(r, err);
	r->queue_log.names = &names;
	r->print_from = r->next;
	if (r->next && find(rd, r->next, &first)) {
		uint64_t earlier = store_seq_at(rd, first.at_ms - BEFORE_MS);
		r->next = earlier && earlier < r->next ? earlier : r->next;
	}
	int code = copy(rd, r);
	queue_log_free(&r->queue_log);
	queue_log_names_free(&names);
	return code;
}

static int run(struct store_reader *rd, struct asked *a)
{
	struct reading r = {.asked = a};
	uint64_t after;

	set_zone(rd);
	const char *wrong = read_values(a, &after);
	if (wrong)
		return usage(wrong);
	if (a->after_text)
		r.next = after + 1;
	if (a->to)
		r.end = store_seq_at(rd, a->to_ms);
	int err = a->from ? begin(rd, a, &r.next) : 0;
	if (err < 0) {
		fprintf(stderr,
			"markaz events: that time is not found, because the beginning of the log is not kept "
			"any more: say where to begin with --after\n");
		return 1;
	}
	if (err > 0)
		return 0;
	return a->is_queue_log ? copy_queue_log(rd, &r) : copy(rd, &r);
}

int events_main(int argc, char **argv)
{
	static struct app_config config;
	struct store_reader *rd = NULL;
	struct asked asked = {0};

	for (int i = 1; i < argc; i++)
		if (str_equal(argv[i], "--help")) {
			printf("%s", help);
			return 0;
		}
	if (command_config(&argc, argv, &config) < 0)
		return 2;
	const char *wrong = read_options(argc, argv, &asked);
	if (wrong)
		return usage(wrong);
	int err = store_reader_open(&rd, config.data_directory);
	if (err < 0) {
		fprintf(stderr, "markaz events: the database in %s cannot be read: %s\n",
			config.data_directory, strerror(-err));
		return 1;
	}
	int code = run(rd, &asked);
	store_reader_close(rd);
	return code;
}
