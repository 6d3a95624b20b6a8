/* `markaz replay --change`: a recorded period lived again with other people, skills and rules. See replay.h.
 */
#include "app/replay.h"
#include "app/when.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "sim/whatif/whatif.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Lists whatif works by; the names stay the rows'. */
struct lists {
	struct whatif_name *agents, *queues, *skills;
	struct whatif_rule *rules;
	int n_agents, n_queues, n_skills;
};

static struct whatif_name *names_of(const json_t *rows, const char *field, int *ret_n)
{
	struct whatif_name *list = alloc_array(json_array_size(rows) + 1, sizeof(*list));
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (list)
			list[i] = (struct whatif_name){jsonx_id(row, "id"), jsonx_text(row, field, "")};
	}
	*ret_n = (int)json_array_size(rows);
	return list;
}

static int make_lists(const struct replay_names *names, struct lists *l)
{
	size_t i;
	json_t *row;

	l->agents = names_of(names->user_rows, "login", &l->n_agents);
	l->queues = names_of(names->queue_rows, "name", &l->n_queues);
	l->skills = names_of(names->skill_rows, "name", &l->n_skills);
	l->rules = alloc_array((size_t)l->n_queues + 1, sizeof(*l->rules));
	if (!l->agents || !l->queues || !l->skills || !l->rules)
		return -ENOMEM;
	json_array_foreach(names->queue_rows, i, row)
	{
		l->rules[i] = (struct whatif_rule){jsonx_id(row, "id"),
			(int32_t)jsonx_int(row, "service_level_s", 18) * 1000,
			(int32_t)jsonx_int(row, "short_abandon_ms", 5000)};
	}
	return 0;
}

static void free_lists(struct lists *l)
{
	alloc_free(l->agents);
	alloc_free(l->queues);
	alloc_free(l->skills);
	alloc_free(l->rules);
}

/* --- what is said --------------------------------------------------------------------------------------- */
static const char *const columns[] = {"recorded", "unchanged", "changed", "difference"};
static const struct line {
	const char *name, *field, *unit;
	double times;
	int decimals;
} lines[] = {
	{"offered", "offered", "", 1, 0},
	{"answered", "answered", "", 1, 0},
	{"abandoned", "abandoned", "", 1, 0},
	{"overflowed out", "overflowed_out", "", 1, 0},
	{"service level", "service_level", " %", 100, 1},
	{"answered after", "asa_s", " s", 1, 1},
	{"wait, half below", "wait_p50_s", " s", 1, 1},
	{"wait, 90 % below", "wait_p90_s", " s", 1, 1},
	{"wait, 99 % below", "wait_p99_s", " s", 1, 1},
	{"occupancy", "occupancy", " %", 100, 1},
};

static void print_table(const char *title, const json_t *of)
{
	printf("\n%-20.40s", title);
	for (int c = 0; c < 4; c++)
		printf(" %12s", columns[c]);
	printf("\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		printf("  %-18s", lines[i].name);
		for (int c = 0; c < 4; c++) {
			const json_t *v = json_object_get(json_object_get(of, columns[c]), lines[i].field);
			char text[40] = "-";
			if (json_is_number(v))
				str_printf(text, sizeof(text), c == 3 ? "%+.*f%s" : "%.*f%s",
					lines[i].decimals, json_number_value(v) * lines[i].times,
					lines[i].unit);
			printf(" %12s", text);
		}
		printf("\n");
	}
}

static void print_report(const struct replay_asked *a, const json_t *report, const struct replay_names *names)
{
	char from[WHEN_TEXT_SIZE], to[WHEN_TEXT_SIZE], name[REPLAY_NAME_SIZE];
	size_t i;
	json_t *q;

	printf("%s to %s, changed by %s, seed %llu\n", when_text(a->from_ms, from), when_text(a->to_ms, to),
		a->change, (unsigned long long)a->seed);
	printf("\"unchanged\" is the same period simulated with nothing changed: how far it is from "
	       "\"recorded\" is how "
	       "far the\nmethod is off; \"difference\" is changed against unchanged.\n");
	if (!jsonx_bool(report, "is_identical", true))
		printf("This engine decides otherwise than the one that recorded: \"recorded\" is what it "
		       "would have "
		       "done.\n");
	json_array_foreach(json_object_get(report, "queues"), i, q)
		print_table(replay_queue(names, jsonx_id(q, "queue"), name), q);
	print_table("All queues", json_object_get(report, "all"));
}

static void add_names(json_t *report, const struct replay_names *names)
{
	char name[REPLAY_NAME_SIZE];
	size_t i;
	json_t *q;

	json_array_foreach(json_object_get(report, "queues"), i, q)
	{
		jsonx_set_text(q, "name", replay_queue(names, jsonx_id(q, "queue"), name));
	}
}

/* --- the work ------------------------------------------------------------------------------------------- */
static int feed(void *whatif, const uint8_t *data, size_t n, size_t *ret_at)
{
	return whatif_feed(whatif, data, n, ret_at);
}

static int say(int err, const struct replay_read *read)
{
	if (err == -ENODATA)
		fprintf(stderr, "markaz replay: nothing was recorded in that period\n");
	else if (err == -EINVAL)
		fprintf(stderr,
			"markaz replay: the engine refuses the changed configuration: look at the rings, "
			"times and skills of the change\n");
	else if (read->err == -E2BIG)
		fprintf(stderr, "markaz replay: more than %d contacts: choose a shorter period\n",
			WHATIF_CONTACTS_MAX);
	return err == -ENODATA || err == -EINVAL || read->err == -E2BIG ? 1 : err;
}

/* 0, STORE_NOT_FOUND, 1 (said) or -errno. */
static int live_again(struct store_reader *rd, struct whatif *w, const struct replay_asked *asked,
	const struct replay_names *names)
{
	_cleanup_json_ json_t *report = NULL;
	struct replay_read read;
	int err = replay_read_log(rd, feed, w, asked, asked->from_ms - WHATIF_LEAD_MS, &read);

	if (err)
		return err;
	err = read.err == -E2BIG ? read.err : whatif_run(w, &report);
	if (err < 0)
		return say(err, &read);
	if (asked->is_json) {
		add_names(report, names);
		json_dumpf(report, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		printf("\n");
	} else {
		print_report(asked, report, names);
	}
	if (read.err)
		fprintf(stderr,
			"markaz replay: row %llu of the routing log cannot be read; what follows until the "
			"next start was left out\n",
			(unsigned long long)read.damaged_row);
	return 0;
}

int replay_whatif(struct store_reader *rd, const struct replay_asked *asked, const struct replay_names *names)
{
	json_error_t error;
	_cleanup_json_ json_t *change = json_load_file(asked->change, JSON_REJECT_DUPLICATES, &error);
	char why[WHATIF_WHY_SIZE];
	struct lists l = {0};
	struct whatif *w = NULL;

	if (!change) {
		fprintf(stderr, "markaz replay: %s: line %d: %s\n", asked->change, error.line, error.text);
		return 1;
	}
	int err = make_lists(names, &l);
	struct whatif_options o = {.from_ms = asked->from_ms,
		.to_ms = asked->to_ms,
		.seed = asked->seed,
		.agents = l.agents,
		.n_agents = l.n_agents,
		.queues = l.queues,
		.n_queues = l.n_queues,
		.skills = l.skills,
		.n_skills = l.n_skills,
		.rules = l.rules,
		.n_rules = l.n_queues};
	if (err == 0)
		err = whatif_new(&w, &o);
	if (err == 0 && (err = whatif_change(w, change, why)) == -EINVAL) {
		fprintf(stderr, "markaz replay: %s: %s\n", asked->change, why);
		err = 1;
	}
	if (err == 0)
		err = live_again(rd, w, asked, names);
	whatif_free(w);
	free_lists(&l);
	return err;
}
