/* `markaz replay`: a recorded period decided again by the engine of this program. Reads the database beside a
 * running server and changes nothing. */
#include "app/replay.h"
#include "app/commands.h"
#include "app/when.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/jsonx.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TENANT 1
#define DAY_MS INT64_C(86400000)

static const char help[] =
	"markaz replay [--config FILE] [--from T] [--to T] [--explain SEGMENT|DECISION | --change FILE] "
	"[--json]\n\n"
	"Gives the routing engine of this program what the recorded one was told, and compares every "
	"decision.\n"
	"The server may run meanwhile; nothing is changed.\n\n"
	"  --from T, --to T   the period: 2026-11-21, 2026-11-21T08:30 (in the installation's time zone),\n"
	"                     2026-11-21T08:30Z, today, yesterday, now. Without: yesterday.\n"
	"  --explain ID       shows the decisions about this segment, or the one of this number: who could "
	"have\n"
	"                     had the contact, and why it went to whom it went\n"
	"  --change FILE      what if: simulates the period's contacts with other people, skills or rules, "
	"and says\n"
	"                     how the queues would have fared. docs/replay.md says what may stand in FILE, "
	"like\n"
	"                     {\"agents\": [{\"add\": 2, \"like\": \"sara\"}], \"queues\": [{\"name\": "
	"\"Sales\",\n"
	"                     \"wrap_up_s\": 10}]}\n"
	"  --seed N           of what is drawn for --change; 1 if not given\n"
	"  --json             one JSON object instead of text\n\n"
	"Exit code 0: identical; 1: different, or it could not be read; 2: wrong usage.\n";

/* --- names
 * ---------------------------------------------------------------------------------------------------------
 */
static int load_names(struct store_reader *rd, const char *resource, json_t *rows, struct map *names)
{
	const struct resource *r = resource_by_name(resource);
	uint64_t after = 0;
	size_t n, i;

	do {
		_cleanup_json_ json_t *page = NULL;
		json_t *row;
		int err = store_list(rd, r, TENANT, after, 1000, NULL, false, &page);
		if (err < 0)
			return err;
		n = json_array_size(page);
		json_array_foreach(page, i, row)
		{
			const char *name = jsonx_text(row, "name", "");
			after = jsonx_id(row, "id");
			if (json_array_append(rows, row) < 0 || map_put(names, after, (void *)name) < 0)
				return -ENOMEM;
		}
	} while (n == 1000);
	return 0;
}

int replay_names_load(struct store_reader *rd, struct replay_names *ret_names)
{
	struct replay_names n = {
		.user_rows = json_array(), .queue_rows = json_array(), .skill_rows = json_array()};
	int err = load_names(rd, "user", n.user_rows, &n.users);

	if (err == 0)
		err = load_names(rd, "queue", n.queue_rows, &n.queues);
	if (err == 0)
		err = load_names(rd, "skill", n.skill_rows, &n.skills);
	if (err < 0)
		replay_names_free(&n);
	else
		*ret_names = n;
	return err;
}

void replay_names_free(struct replay_names *n)
{
	json_decref(n->user_rows);
	json_decref(n->queue_rows);
	json_decref(n->skill_rows);
	map_free(&n->users);
	map_free(&n->queues);
	map_free(&n->skills);
}

static const char *name_of(const struct map *names, uint64_t id, char *buffer)
{
	const char *name = map_get(names, id);

	return name ? name : id ? id_text(id, buffer) : "-";
}

const char *replay_user(const struct replay_names *n, uint64_t id, char buffer[static REPLAY_NAME_SIZE])
{
	return name_of(&n->users, id, buffer);
}

const char *replay_queue(const struct replay_names *n, uint64_t id, char buffer[static REPLAY_NAME_SIZE])
{
	return name_of(&n->queues, id, buffer);
}

/* --- reading
 * -------------------------------------------------------------------------------------------------------
 */
struct reading {
	replay_feeder *feed;
	void *arg;
	struct replay_read *read;
	const struct replay_asked *asked;
	bool is_lost; /* nothing can be read until the next start */
};

static bool on_row(const struct store_log_row *row, void *arg)
{
	struct reading *r = arg;
	size_t at = 0;

	if (row->is_start && row->at_ms >= r->asked->to_ms)
		return false;
	if (r->is_lost && !row->is_start)
		return true;
	r->read->rows++;
	r->read->bytes += row->n;
	int err = r->feed(r->arg, row->data, row->n, &at);
	r->is_lost = err == -EINVAL || err == -ENOTSUP;
	if (err < 0 && r->read->err == 0) {
		r->read->err = err;
		r->read->damaged_row = row->id;
		r->read->damaged_at = at;
	}
	return err == 0 || r->is_lost;
}

int replay_read_log(struct store_reader *rd, replay_feeder *feed, void *arg, const struct replay_asked *asked,
	int64_t begin_ms, struct replay_read *ret_read)
{
	struct reading r = {.feed = feed, .arg = arg, .read = ret_read, .asked = asked};
	uint64_t id;

	*ret_read = (struct replay_read){0};
	int err = store_route_log_start(rd, begin_ms, &id);
	return err ? err : store_route_log(rd, id, on_row, &r);
}

static int feed(void *replay, const uint8_t *data, size_t n, size_t *ret_at)
{
	return replay_feed(replay, data, n, ret_at);
}

/* --- the command
 * --------------------------------------------------------------------------------------------------- */
struct explaining {
	const struct replay_asked *asked;
	const struct replay_names *names;
	json_t *list;
	uint64_t n, last;
};

static void explain(const struct replay_step *step, void *arg)
{
	struct explaining *e = arg;
	struct route_decision d;

	for (size_t i = 0; i < step->actions->len; i++) {
		const struct route_action *a = &step->actions->at[i];
		if ((a->kind != ROUTE_OFFER && a->kind != ROUTE_RESERVE) ||
			(e->asked->segment && a->segment != e->asked->segment) ||
			(e->asked->decision && a->decision != e->asked->decision) || a->decision == e->last ||
			route_explain(step->route, a->decision, &d) < 0)
			continue;
		e->last = a->decision; /* ring all: one decision, several offers */
		e->n++;
		if (e->asked->is_json)
			json_array_append_new(e->list, replay_decision_json(&d, step->record->wall_ms));
		else
			replay_decision_print(&d, step->record->wall_ms, e->names);
	}
}

static int explain_log(
	struct store_reader *rd, const struct replay_asked *asked, const struct replay_names *names)
{
	struct explaining e = {.asked = asked, .names = names, .list = json_array()};
	struct replay *p = NULL;
	struct replay_read read;
	struct replay_options o = {
		.from_ms = asked->from_ms, .to_ms = asked->to_ms, .on_step = explain, .arg = &e};
	int err = replay_new(&p, &o);

	if (err == 0)
		err = replay_read_log(rd, feed, p, asked, asked->from_ms, &read);
	if (err == 0 && asked->is_json) {
		_cleanup_json_ json_t *all = json_pack("{s:o}", "decisions", json_incref(e.list));
		json_dumpf(all, stdout, JSON_INDENT(1));
		printf("\n");
	}
	if (err == 0 && e.n == 0)
		fprintf(stderr, "markaz replay: the routing log has no such decision in that period\n");
	else if (err == 0 && replay_result(p)->runs_different)
		fprintf(stderr,
			"markaz replay: this engine decides otherwise than the recorded one somewhere in the "
			"period: run without --explain to see where\n");
	json_decref(e.list);
	replay_free(p);
	return err < 0 || err == STORE_NOT_FOUND ? err : e.n ? 0 : 1;
}

static int compare_log(
	struct store_reader *rd, const struct replay_asked *asked, const struct replay_names *names)
{
	struct replay *p = NULL;
	struct replay_read read;
	struct replay_options o = {.from_ms = asked->from_ms, .to_ms = asked->to_ms};
	int64_t start = clock_mono_ns();
	int err = replay_new(&p, &o);

	if (err == 0)
		err = replay_read_log(rd, feed, p, asked, asked->from_ms, &read);
	if (err == 0) {
		const struct replay_result *s = replay_result(p);
		replay_print(asked, s, &read, names, (double)(clock_mono_ns() - start) / 1e9);
		err = s->runs_different || read.err ? 1 : 0;
	}
	replay_free(p);
	return err;
}

static int usage(const char *why)
{
	if (why)
		fprintf(stderr, "markaz replay: %s\n\n", why);
	fprintf(stderr, "%s", help);
	return 2;
}

static bool read_id(const char *text, struct replay_asked *a)
{
	int64_t number;

	if (id_parse(text, &a->segment) == 0)
		return true;
	if (str_to_int(text, 1, INT64_MAX, &number) < 0)
		return false;
	a->decision = (uint64_t)number;
	return true;
}

struct words {
	const char *from, *to, *explain, *change, *seed;
};

/* The options; NULL, or what is wrong with them. */
static const char *read_options(int argc, char **argv, struct replay_asked *a, struct words *w)
{
	const char **texts[] = {&w->from, &w->to, &w->explain, &w->change, &w->seed};
	static const char *const names[] = {"--from", "--to", "--explain", "--change", "--seed"};
	int64_t seed = 1;

	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		if (str_equal(argv[i], "--json")) {
			a->is_json = true;
			continue;
		}
		while (k < 5 && !str_equal(argv[i], names[k]))
			k++;
		if (k == 5)
			return "there is no such option";
		if (++i == argc)
			return "an option lacks its value";
		*texts[k] = argv[i];
	}
	if (w->explain && !read_id(w->explain, a))
		return "--explain wants a segment's id (13 letters) or a decision's number";
	if (w->explain && w->change)
		return "--explain and --change do not go together";
	if (w->seed && str_to_int(w->seed, 0, INT64_MAX, &seed) < 0)
		return "--seed wants a whole number";
	a->change = w->change;
	a->seed = (uint64_t)seed;
	return NULL;
}

/* A segment's id says when it was made: nobody needs to say the day. */
static const char *read_period(struct replay_asked *a, const struct words *w)
{
	int64_t now_ms = clock_wall_ms();
	const char *from = w->from ? w->from : "yesterday";
	const char *to = w->to ? w->to : w->from && !str_equal(w->from, "yesterday") ? "now" : "yesterday";

	if (when_parse(from, now_ms, false, &a->from_ms) < 0 || when_parse(to, now_ms, true, &a->to_ms) < 0)
		return "write a time like 2026-11-21, 2026-11-21T08:30, 2026-11-21T08:30Z, today or "
		       "yesterday";
	if (a->segment && !w->from)
		a->from_ms = id_wall_ms(a->segment) - 60000;
	if (a->segment && !w->to)
		a->to_ms = a->from_ms + DAY_MS;
	return a->to_ms <= a->from_ms ? "--to must be later than --from" : NULL;
}

static void set_zone(struct store_reader *rd)
{
	_cleanup_json_ json_t *rows = NULL;

	if (store_list(rd, resource_by_name("setting"), TENANT, 0, 1, NULL, false, &rows) == 0)
		when_set_zone(jsonx_text(json_array_get(rows, 0), "time_zone", "UTC"));
}

static int run(struct store_reader *rd, struct replay_asked *asked, const struct words *words)
{
	struct replay_names names;

	set_zone(rd);
	const char *wrong = read_period(asked, words);
	if (wrong)
		return usage(wrong);
	int err = replay_names_load(rd, &names);
	if (err < 0) {
		fprintf(stderr, "markaz replay: the database cannot be read: %s\n", strerror(-err));
		return 1;
	}
	if (asked->change)
		err = replay_whatif(rd, asked, &names);
	else if (asked->segment || asked->decision)
		err = explain_log(rd, asked, &names);
	else
		err = compare_log(rd, asked, &names);
	replay_names_free(&names);
	if (err == STORE_NOT_FOUND)
		fprintf(stderr,
			"markaz replay: the routing log is empty: the server writes it from its first "
			"start on\n");
	else if (err < 0)
		fprintf(stderr, "markaz replay: the routing log cannot be read: %s\n", strerror(-err));
	return err ? 1 : 0;
}

int replay_main(int argc, char **argv)
{
	struct replay_asked asked = {.seed = 1};
	struct store_reader *rd = NULL;
	struct app_config config;
	struct words words = {0};

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 2;
	const char *wrong = read_options(argc, argv, &asked, &words);
	if (wrong)
		return usage(wrong);
	int err = store_reader_open(&rd, config.data_directory);
	if (err < 0) {
		fprintf(stderr, "markaz replay: the database in %s cannot be opened: %s\n",
			config.data_directory, strerror(-err));
		return 1;
	}
	int code = run(rd, &asked, &words);
	store_reader_close(rd);
	return code;
}
