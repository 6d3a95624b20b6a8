/* See fuzz_input.h. */
#include "sim/fuzz/fuzz_input.h"
#include "base/alloc.h"

#include <errno.h>

enum happening { /* kinds of agenda entries: a segment, b agent */
	ARRIVAL,
	GIVES_UP,
	ANSWERS,
	PHONE_FAILS,
	HANGS_UP,
	WRAPPED_UP,
	BACK,
	BREAK
};

static int64_t later(struct fuzz_world *o, int mean_ms)
{
	int64_t ms = (int64_t)dice_exponential(&o->dice, mean_ms);

	return o->now_ms + ms / o->style.grid_ms * o->style.grid_ms;
}

static int add(struct fuzz_world *o, int mean_ms, enum happening what, uint64_t segment, uint64_t agent)
{
	return agenda_add(&o->agenda, later(o, mean_ms), what, segment, agent);
}

int fuzz_world_new(struct fuzz_world *ret_world, uint64_t seed)
{
	struct fuzz_world *o = ret_world;
	int err = 0;

	*o = (struct fuzz_world){.now_ms = 1000000};
	dice_seed(&o->dice, seed);
	fuzz_style_roll(&o->dice, &o->style);
	fuzz_centre_roll(&o->dice, &o->style, &o->centre);
	if (dice_one_in(&o->dice, 4))
		o->now_ms = 0;
	o->handle_ms = 500 + (int)dice_roll(&o->dice, 5000);
	o->arrival_ms =
		1 + o->handle_ms * 2 / (1 + (int)dice_roll(&o->dice, (uint64_t)(2 * o->style.n_agents)));
	o->patience_ms = 500 + (int)dice_roll(&o->dice, 20000);
	o->answer_ms = 1 + (int)dice_roll(&o->dice, 1500);
	o->trouble = (int)dice_roll(&o->dice, 50);
	o->chaos = (int)dice_roll(&o->dice, 30);
	o->is_late = dice_one_in(&o->dice, 6);
	o->is_leaping = dice_one_in(&o->dice, 10);
	for (int i = 0; i < o->centre.n_agents && !err; i++)
		err = agenda_add(&o->agenda, o->now_ms, BACK, 0, o->centre.agents[i].id);
	return err ? err : agenda_add(&o->agenda, o->now_ms, ARRIVAL, 0, 0);
}

void fuzz_world_free(struct fuzz_world *o)
{
	agenda_free(&o->agenda);
}

static uint64_t any_queue(struct fuzz_world *o)
{
	if (o->centre.n_queues && !dice_one_in(&o->dice, 30))
		return o->centre.queues[dice_roll(&o->dice, (uint64_t)o->centre.n_queues)].id;
	return 1 + dice_roll(&o->dice, FUZZ_QUEUES);
}

static enum route_channel channel_of(const struct fuzz_world *o, uint64_t queue)
{
	for (int i = 0; i < o->centre.n_queues; i++)
		if (o->centre.queues[i].id == queue)
			return o->centre.queues[i].channel;
	return o->style.channel[queue];
}

static uint64_t any_agent(struct fuzz_world *o)
{
	if (o->centre.n_agents && !dice_one_in(&o->dice, 20))
		return o->centre.agents[dice_roll(&o->dice, (uint64_t)o->centre.n_agents)].id;
	return 101 + dice_roll(&o->dice, FUZZ_AGENTS);
}

static void extreme_arrival(struct fuzz_world *o, struct route_input *in)
{
	struct dice *d = &o->dice;

	in->priority = dice_one_in(d, 2) ? ROUTE_PRIORITY_MAX : -ROUTE_PRIORITY_MAX;
	if (dice_one_in(d, 2))
		in->head_start_ms = ROUTE_EXTEND_MAX_MS;
	if (dice_one_in(d, 2))
		in->target_ms = INT32_MAX;
	if (dice_one_in(d, 2))
		in->preferred_patience_ms = INT32_MAX;
	if (dice_one_in(d, 2))
		in->reserve_ms = INT32_MAX;
	if (dice_one_in(d, 2))
		in->waiting_since_ms = dice_one_in(d, 2) ? INT64_MIN : o->now_ms - ROUTE_PAST_MAX_MS;
}

static void arrival(struct fuzz_world *o, struct route_input *in)
{
	struct dice *d = &o->dice;

	in->kind = ROUTE_ENQUEUE;
	in->segment = dice_one_in(d, 25) ? 1 + dice_roll(d, o->last_segment + 1) : ++o->last_segment;
	in->queue = any_queue(o);
	in->channel = channel_of(o, in->queue);
	in->waiting_since_ms = o->now_ms;
	if (dice_one_in(d, 8))
		in->waiting_since_ms += 500 - fuzz_span(d, &o->style, 8000);
	if (o->style.has_order && dice_one_in(d, 3))
		in->priority = (int)dice_roll(d, 5) - 2;
	if (o->style.has_order && dice_one_in(d, 4))
		in->head_start_ms = fuzz_span(d, &o->style, 4000);
	if (o->style.has_order && dice_one_in(d, 4))
		in->target_ms = fuzz_span(d, &o->style, 6000);
	if (o->style.has_skills && dice_one_in(d, 3))
		in->n_asks = fuzz_asks_roll(d, in->asks, 3);
	if (dice_one_in(d, 8))
		in->agent = any_agent(o);
	if (dice_one_in(d, 6)) {
		in->preferred_agent = any_agent(o);
		in->preferred_patience_ms = dice_one_in(d, 3) ? 0 : fuzz_span(d, &o->style, 4000);
	}
	if (o->style.is_extreme && dice_one_in(d, 3))
		extreme_arrival(o, in);
	for (int k = dice_one_in(d, 8) ? 1 + (int)dice_roll(d, ROUTE_EXCLUDED_MAX) : 0; k > 0; k--)
		in->excluded[in->n_excluded++] = any_agent(o);
	if (dice_one_in(d, 8))
		in->reserve_ms = o->style.grid_ms + fuzz_span(d, &o->style, 3000);
}

static void spoil(struct fuzz_world *o, struct route_input *in)
{
	struct dice *d = &o->dice;

	arrival(o, in);
	switch (dice_roll(d, 8)) {
	case 0:
		in->n_asks = ROUTE_ASKS_MAX + 1;
		break;
	case 1:
		in->n_asks = 1;
		in->asks[0] = (struct route_ask){.skill = 11, .level = dice_one_in(d, 2) ? 0 : 11};
		break;
	case 2:
		in->priority = ROUTE_PRIORITY_MAX + 1;
		break;
	case 3:
		in->head_start_ms = -1;
		break;
	case 4:
		in->channel = (in->channel + 1) % ROUTE_CHANNELS;
		break;
	case 5:
		in->kind = (enum route_input_kind)99;
		break;
	case 6:
		in->n_asks = 2;
		in->asks[0] = (struct route_ask){11, 1, 1, ROUTE_REQUIRED};
		in->asks[1] = (struct route_ask){12, 1, 1, ROUTE_NOT};
		break;
	default:
		in->segment = 0;
	}
}

static void about(struct fuzz_world *o, const struct watch *w, enum watch_state state, struct route_input *in)
{
	struct watch_pick pick;
	size_t n = watch_count(w, state);

	if (!n || !watch_pick(w, state, dice_roll(&o->dice, n), &pick)) {
		in->segment = 1 + dice_roll(&o->dice, o->last_segment + 1);
		in->agent = any_agent(o);
		return;
	}
	in->segment = pick.segment;
	in->agent = pick.agent;
}

static void any_contact(struct fuzz_world *o, const struct watch *w, struct route_input *in)
{
	struct dice *d = &o->dice;

	switch (dice_roll(d, 8)) {
	case 0:
		in->kind = ROUTE_ACCEPTED;
		about(o, w, WATCH_RINGING, in);
		break;
	case 1:
		in->kind = ROUTE_FAILED;
		about(o, w, WATCH_RINGING, in);
		in->fail = (enum route_fail)(1 + dice_roll(d, 5));
		break;
	case 2:
		in->kind = ROUTE_ENDED;
		about(o, w, WATCH_CONNECTED, in);
		break;
	case 3:
		in->kind = ROUTE_CANCEL;
		about(o, w, (enum watch_state)(WATCH_WAITING + dice_roll(d, 4)), in);
		in->agent = 0;
		break;
	case 4:
	case 5:
		in->kind = ROUTE_ASSIGN;
		about(o, w, dice_one_in(d, 5) ? WATCH_CONNECTED : WATCH_WAITING, in);
		in->agent = any_agent(o);
		return;
	default:
		in->kind = dice_one_in(d, 2) ? ROUTE_WRAP_UP_DONE : ROUTE_WRAP_UP_EXTEND;
		about(o, w, WATCH_WRAP_UP, in);
		in->duration_ms = fuzz_span(d, &o->style, 3000);
		if (dice_one_in(d, 2))
			in->segment = 0;
	}
	if (dice_one_in(d, 10)) /* the wrong one */
		in->agent = any_agent(o);
}

static void engage(struct fuzz_world *o, const struct watch *w, struct route_input *in)
{
	in->kind = ROUTE_ENGAGE;
	about(o, w, WATCH_CONNECTED, in);
	in->agent = any_agent(o);
	if (!dice_one_in(&o->dice, 4))
		in->segment = 100000 + ++o->last_segment;
	in->queue = dice_one_in(&o->dice, 2) ? any_queue(o) : 0;
	in->channel = channel_of(o, in->queue);
}

static int configure(struct fuzz_world *o, struct fuzz_input *ret_input)
{
	struct fuzz_centre *c = alloc_zero(sizeof(*c));

	if (!c)
		return -ENOMEM;
	ret_input->in = (struct route_input){.kind = ROUTE_CONFIGURE};
	*c = o->centre;
	if (dice_one_in(&o->dice, 10)) {
		fuzz_centre_break(&o->dice, c);
	} else {
		fuzz_centre_change(&o->dice, &o->style, c);
		o->centre = *c;
		fuzz_centre_seal(&o->centre);
	}
	fuzz_centre_seal(c);
	ret_input->centre = c;
	return 0;
}

static int out_of_nowhere(struct fuzz_world *o, const struct watch *w, struct fuzz_input *ret_input)
{
	struct dice *d = &o->dice;
	struct route_input *in = &ret_input->in;

	switch (dice_roll(d, 14)) {
	case 0:
	case 1:
		return configure(o, ret_input);
	case 2:
		spoil(o, in);
		break;
	case 3:
		engage(o, w, in);
		break;
	case 4:
		in->kind = ROUTE_OPEN;
		in->queue = any_queue(o);
		in->is_available = !dice_one_in(d, 3);
		break;
	case 5:
		if (dice_one_in(d, 3))
			in->kind = ROUTE_RESET;
		break;
	case 6:
	case 7:
		in->kind = ROUTE_AVAILABLE;
		in->agent = any_agent(o);
		in->is_available = !dice_one_in(d, 3);
		break;
	case 8:
		arrival(o, in);
		break;
	default:
		any_contact(o, w, in);
	}
	return 0;
}

static void fill(struct fuzz_world *o, const struct agenda_entry *e, struct route_input *in)
{
	in->segment = e->a;
	in->agent = e->b;
	switch ((enum happening)e->kind) {
	case ARRIVAL:
		arrival(o, in);
		break;
	case GIVES_UP:
		in->kind = ROUTE_CANCEL;
		break;
	case ANSWERS:
		in->kind = ROUTE_ACCEPTED;
		break;
	case PHONE_FAILS:
		in->kind = ROUTE_FAILED;
		in->fail = (enum route_fail)(1 + dice_roll(&o->dice, 5));
		break;
	case HANGS_UP:
		in->kind = ROUTE_ENDED;
		break;
	case WRAPPED_UP:
		in->kind = ROUTE_WRAP_UP_DONE;
		if (!dice_one_in(&o->dice, 3))
			break;
		in->kind = ROUTE_WRAP_UP_EXTEND;
		in->duration_ms = 1 + fuzz_span(&o->dice, &o->style, 2000);
		break;
	case BACK:
	case BREAK:
		in->kind = ROUTE_AVAILABLE;
		in->is_available = e->kind == BACK;
	}
}

int fuzz_world_next(
	struct fuzz_world *o, int64_t due_ms, const struct watch *watch, struct fuzz_input *ret_input)
{
	static const int64_t leaps[] = {3600000, INT32_MAX, INT64_C(40) * 86400000};
	struct agenda_entry e;
	int64_t at_ms = agenda_due(&o->agenda);
	int err = 0;

	*ret_input = (struct fuzz_input){.in = {.kind = ROUTE_TIME}};
	/* One leap a step: from 49 days on the engine is 5 s less exact. */
	if (o->is_leaping && dice_one_in(&o->dice, 60)) {
		o->now_ms += leaps[dice_roll(&o->dice, 3)];
		ret_input->now_ms = o->now_ms;
		return 0;
	}
	if ((int)dice_roll(&o->dice, 100) < o->chaos) {
		err = out_of_nowhere(o, watch, ret_input);
	} else if (due_ms < at_ms && !(o->is_late && dice_one_in(&o->dice, 2))) {
		o->now_ms = due_ms > o->now_ms ? due_ms : o->now_ms;
		/* A moment late, or something else comes first, at that moment. */
		if (dice_one_in(&o->dice, 8))
			o->now_ms += o->is_late ? fuzz_span(&o->dice, &o->style, 3000) : 0;
		else if (dice_one_in(&o->dice, 8))
			err = out_of_nowhere(o, watch, ret_input);
	} else if (agenda_take(&o->agenda, &e)) {
		o->now_ms = e.at_ms > o->now_ms ? e.at_ms : o->now_ms;
		fill(o, &e, &ret_input->in);
		if (e.kind == ARRIVAL)
			err = add(o, o->arrival_ms, ARRIVAL, 0, 0);
	}
	ret_input->now_ms = o->now_ms;
	if (dice_one_in(&o->dice, 200))
		ret_input->now_ms -= 5; /* earlier than before reads as before */
	ret_input->in.config = ret_input->centre ? &ret_input->centre->config : NULL;
	return err;
}

/* How an agent, or the phone, takes an offer. */
static int rings(struct fuzz_world *o, const struct route_action *a)
{
	struct dice *d = &o->dice;
	int err = 0;

	if ((int)dice_roll(d, 100) >= o->trouble)
		return add(o, o->answer_ms, ANSWERS, a->segment, a->agent);
	switch (dice_roll(d, 5)) {
	case 0: /* answers at the very deadline, or after it */
		return agenda_add(&o->agenda,
			a->due_ms + (dice_one_in(d, 2) ? 0 : 1 + fuzz_span(d, &o->style, 500)), ANSWERS,
			a->segment, a->agent);
	case 1: /* answers twice */
		err = add(o, o->answer_ms, ANSWERS, a->segment, a->agent);
		return err ? err : add(o, o->answer_ms, ANSWERS, a->segment, a->agent);
	case 2: /* nobody there */
		return 0;
	default:
		return add(o, o->answer_ms, PHONE_FAILS, a->segment, a->agent);
	}
}

static int see(struct fuzz_world *o, const struct route_action *a)
{
	if (a->kind == ROUTE_OFFER || a->kind == ROUTE_RESERVE)
		return rings(o, a);
	if (a->kind == ROUTE_NOT_RESPONDING)
		return add(o, 4000, BACK, 0, a->agent);
	if (a->kind == ROUTE_WRAP_UP && dice_one_in(&o->dice, 2))
		return add(o, 1000, WRAPPED_UP, a->segment, a->agent);
	return 0;
}

int fuzz_world_see(
	struct fuzz_world *o, const struct route_input *in, int rc, const struct route_actions *actions)
{
	int err = 0;

	for (size_t i = 0; i < actions->len && !err; i++)
		err = see(o, &actions->at[i]);
	if (rc < 0 || err)
		return err;
	switch (in->kind) {
	case ROUTE_ENQUEUE:
		return dice_one_in(&o->dice, 10) ? 0 : add(o, o->patience_ms, GIVES_UP, in->segment, 0);
	case ROUTE_ENGAGE:
	case ROUTE_ACCEPTED:
		return add(o, o->handle_ms, HANGS_UP, in->segment, in->agent);
	case ROUTE_AVAILABLE:
		if (in->is_available)
			return add(o, 20000, BREAK, 0, in->agent);
		return add(o, 3000, BACK, 0, in->agent);
	default:
		return 0;
	}
}
