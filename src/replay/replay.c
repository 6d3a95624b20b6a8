/* See replay.h. */
#include "replay/replay.h"
#include "base/alloc.h"
#include "base/str.h"
#include "route/save.h"

#include <errno.h>
#include <string.h>

#define EXPLAIN_DEFAULT 64

struct replay {
	struct replay_options options;
	struct record_reader *reader;
	struct route *route;
	struct route_actions actions;
	struct replay_result result;
	uint64_t number; /* of the last input of this run */
	bool is_counted; /* this run has had an input of the period */
	bool is_left;	 /* this run differs, or its beginning is not known */
	/* Of the engine that came to a checkpoint of its own run. */
	uint64_t run, digest_before;
	bool has_before;
	char program[RECORD_PROGRAM_SIZE];
};

int replay_new(struct replay **ret_replay, const struct replay_options *options)
{
	struct replay *p = alloc_zero(sizeof(*p));
	int err = p ? record_reader_new(&p->reader) : -ENOMEM;

	if (err < 0) {
		replay_free(p);
		return err;
	}
	p->options = *options;
	if (p->options.explain_max == 0)
		p->options.explain_max = EXPLAIN_DEFAULT;
	if (p->options.to_ms == 0)
		p->options.to_ms = INT64_MAX;
	p->is_left = true;
	*ret_replay = p;
	return 0;
}

void replay_free(struct replay *p)
{
	if (!p)
		return;
	record_reader_free(p->reader);
	route_free(p->route);
	route_actions_free(&p->actions);
	alloc_free(p);
}

const struct replay_result *replay_result(const struct replay *p)
{
	return &p->result;
}

static int begin_run(struct replay *p, const struct record *r)
{
	struct route *route;
	int err = route_new(&route, p->options.explain_max);

	if (err < 0)
		return err;
	p->has_before = p->route && !p->is_left && r->run == p->run;
	p->digest_before = p->has_before ? route_digest(p->route) : 0;
	p->run = r->run;
	route_free(p->route);
	p->route = route;
	p->number = 0;
	p->is_counted = p->is_left = false;
	str_put(p->program, sizeof(p->program), r->program);
	return 0;
}

static void keep_difference(struct replay *p, const struct record *r, int rc)
{
	struct replay_difference *d = &p->result.difference;

	p->is_left = true;
	if (p->result.runs_different++ > 0)
		return;
	*d = (struct replay_difference){.record = *r,
		.number = p->number,
		.rc = rc,
		.hash = record_hash(&p->actions),
		.n_actions = (uint32_t)p->actions.len};
	d->record.input.config = NULL; /* borrowed */
	d->record.state = NULL;
	str_put(d->record.program, sizeof(d->record.program), p->program);
	for (size_t i = 0; i < p->actions.len && i < REPLAY_ACTIONS_MAX; i++)
		d->actions[i] = p->actions.at[i];
}

static void count(struct replay *p, const struct record *r)
{
	struct replay_result *s = &p->result;

	if (!p->is_counted)
		s->runs++;
	p->is_counted = true;
	s->inputs++;
	s->actions += p->actions.len;
	for (size_t i = 0; i < p->actions.len; i++)
		s->decisions +=
			p->actions.at[i].kind == ROUTE_OFFER || p->actions.at[i].kind == ROUTE_RESERVE;
	s->first_ms = s->inputs == 1 ? r->wall_ms : s->first_ms;
	s->last_ms = r->wall_ms;
	str_put(s->program, sizeof(s->program), p->program);
}

static int step(struct replay *p, const struct record *r)
{
	p->number++;
	if (r->rc == -ENOMEM) /* nothing changed then, for want of memory: neither does it now */
		return 0;
	int rc = route_step(p->route, &r->input, r->now_ms, &p->actions);
	if (rc == -ENOMEM) {
		p->is_left = true;
		return rc;
	}
	bool is_equal = rc == r->rc && p->actions.len == r->n_actions && record_hash(&p->actions) == r->hash;
	bool is_ours = r->wall_ms >= p->options.from_ms;
	if (is_ours)
		count(p, r);
	if (!is_equal) {
		if (!is_ours && !p->is_counted)
			p->result.runs++; /* it cannot reach the period as it was */
		keep_difference(p, r, rc);
	} else if (is_ours && p->options.on_step) {
		p->options.on_step(
			&(struct replay_step){r, &p->actions, p->route, p->number}, p->options.arg);
	}
	return 0;
}

/* The engine of a checkpoint. One that cannot be taken, or is another than this engine had come to, is a
 * difference like any other. */
static int set_up(struct replay *p, const struct record *r)
{
	int rc = p->number == 1 ? route_load(p->route, r->state, r->n_state) : -EINVAL;

	if (rc == -ENOMEM) {
		p->is_left = true;
		return rc;
	}
	if (rc == 0 &&
		(route_digest(p->route) != r->digest || (p->has_before && p->digest_before != r->digest)))
		rc = -EINVAL;
	if (rc < 0) {
		p->actions.len = 0;
		if (!p->is_counted)
			p->result.runs++;
		keep_difference(p, r, rc);
	}
	return 0;
}

static int take(struct replay *p, const struct record *r)
{
	switch (r->kind) {
	case RECORD_RUN:
		return r->wall_ms >= p->options.to_ms ? 1 : begin_run(p, r);
	case RECORD_INPUT:
		if (r->wall_ms >= p->options.to_ms)
			return 1;
		return p->is_left ? 0 : step(p, r);
	case RECORD_STATE:
		return p->is_left ? 0 : set_up(p, r);
	case RECORD_CLOCK:
		break;
	}
	return 0;
}

int replay_feed(struct replay *p, const uint8_t *data, size_t n, size_t *ret_at)
{
	struct record r;
	size_t at = 0;
	int err = 0;

	while (err == 0 && (err = record_next(p->reader, data, n, &at, &r)) == 1)
		err = take(p, &r);
	if (err == -EINVAL)
		p->is_left = true;
	if (err < 0 && ret_at)
		*ret_at = at;
	return err;
}
