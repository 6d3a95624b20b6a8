/* See old_decisions.h. */
#include "center/routing/old_decisions.h"
#include "replay/replay.h"

#include <errno.h>

#define SLACK_MS 60000		     /* contacts begin a little before routing hears of them */
#define LONGEST_MS INT64_C(86400000) /* offers later than so much after are not looked for */

struct search {
	const struct center_decision *list;
	int n, n_found;
	json_t *found;
	struct replay *replay;
	int64_t to_ms;
	size_t bytes;
	int err;
	bool is_lost;
};

static bool is_asked(const struct search *s, const struct route_action *a)
{
	for (int i = 0; i < s->n; i++)
		if (s->list[i].decision == a->decision && s->list[i].segment == a->segment)
			return true;
	return false;
}

static void on_step(const struct replay_step *step, void *arg)
{
	struct search *s = arg;
	struct route_decision d;
	uint64_t last = 0;

	for (size_t i = 0; i < step->actions->len; i++) {
		const struct route_action *a = &step->actions->at[i];
		if (a->decision == last || (a->kind != ROUTE_OFFER && a->kind != ROUTE_RESERVE) ||
			!is_asked(s, a) || route_explain(step->route, a->decision, &d) < 0)
			continue;
		last = a->decision;
		s->n_found++;
		if (json_array_append_new(s->found, decision_json(&d, step->record->wall_ms)) < 0)
			s->err = -ENOMEM;
	}
}

static bool on_row(const struct store_log_row *row, void *arg)
{
	struct search *s = arg;

	if (s->bytes > OLD_DECISIONS_BYTES_MAX || row->at_ms >= s->to_ms)
		return false;
	if (s->is_lost && !row->is_start)
		return true;
	s->bytes += row->n;
	int err = replay_feed(s->replay, row->data, row->n, NULL);
	s->is_lost = err == -EINVAL || err == -ENOTSUP; /* until the next start */
	if (err < 0 && !s->is_lost)
		s->err = err;
	return s->err == 0 && (err == 0 || s->is_lost) && s->n_found < s->n;
}

static int search_log(struct store_reader *rd, struct search *s, int64_t from_ms)
{
	struct replay_options o = {.from_ms = from_ms, .to_ms = s->to_ms, .on_step = on_step, .arg = s};
	uint64_t id;
	int err = store_route_log_start(rd, from_ms, &id);

	if (err)
		return err < 0 ? err : 0; /* no log: nothing is found */
	err = replay_new(&s->replay, &o);
	if (err == 0)
		err = store_route_log(rd, id, on_row, s);
	replay_free(s->replay);
	return err < 0 ? err : s->err;
}

int old_decisions(struct store_reader *rd, int64_t at_ms, const struct center_decision *list, int n,
	json_t **ret_decisions)
{
	struct search s = {.list = list, .n = n, .found = json_array(), .to_ms = at_ms + LONGEST_MS};

	if (!s.found)
		return -ENOMEM;
	int err = n > 0 ? search_log(rd, &s, at_ms - SLACK_MS) : 0;
	if (err < 0) {
		json_decref(s.found);
		return err;
	}
	*ret_decisions = s.found;
	return 0;
}
