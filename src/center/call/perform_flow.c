/* Performs what a flow decides: plays, queues, records, transfers, hangs up; and feeds it what came of it. */
#include "base/log.h"
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/fax/fax.h"
#include "center/state.h"

#include <errno.h>

static bool is_open_now(uint64_t hours, void *arg)
{
	struct interaction *ix = arg;
	const struct hours_row *row = map_get(&ix->center->snapshot->hours_by_id, hours);

	return row && row->hours && hours_is_open(row->hours, center_wall(ix->center));
}

static void enter_queue(struct interaction *ix, const struct flow_action *a)
{
	ix->exit_digit = a->exit_digit;
	str_put(ix->language, sizeof(ix->language), flow_run_get(ix->run, "language"));
	segment_begin(ix, a->queue, a, ix->center->now_ms, 0);
}

static void go_to_flow(struct interaction *ix, uint64_t id)
{
	struct flow *next = map_get(&ix->center->snapshot->flow_by_id, id);
	struct flow_run *run;

	if (!next || flow_run_new(next, &run) < 0) {
		log_error("center", ix->id, "the flow that this one goes to does not exist any more");
		call_end(ix, "flow_error", 0);
		return;
	}
	flow_run_inherit(run, ix->run);
	flow_run_free(ix->run);
	ix->run = run;
	ix->run_epoch++;
	emit(ix->center, &(struct event){.type = EVENT_FLOW_ENTERED,
				 .interaction = ix->id,
				 .ref = id,
				 .number = flow_version(next)});
	flow_feed(ix, &(struct flow_input){.kind = FLOW_START});
}

/* A flow goes on whether or not its wish can be met. */
static void record_by_flow(struct interaction *ix, const char *wish)
{
	bool is_hide = str_equal(wish, "hide"), is_show = str_equal(wish, "show");
	const char *act = is_hide ? "pause" : is_show ? "resume" : wish;

	if (!is_hide && !is_show)
		call_answer(ix);
	const char *error = record_act(ix, act, 0, is_hide || is_show ? "digits" : "flow");
	if (error && !is_hide && !is_show)
		log_warn("center", ix->id, "the flow's wish to %s recording was refused: %s", act, error);
}

static void perform(struct interaction *ix, const struct flow_action *a)
{
	struct center *c = ix->center;

	switch (a->kind) {
	case FLOW_ENTER:
		emit(c, &(struct event){.type = EVENT_FLOW_STEPPED,
				.interaction = ix->id,
				.name = a->node,
				.text = a->node_type});
		break;
	case FLOW_CHOSE:
		emit(c, &(struct event){.type = EVENT_FLOW_CHOSE,
				.interaction = ix->id,
				.name = a->node,
				.text = a->label,
				.reason = a->digits});
		call_set_chosen(ix, a->node, a->label, a->digits);
		break;
	case FLOW_ANSWER:
		call_answer(ix);
		break;
	case FLOW_PLAY:
		call_answer(ix);
		play_says(ix, a);
		break;
	case FLOW_STOP:
		play_stop(ix);
		break;
	case FLOW_QUEUE:
		call_answer(ix);
		enter_queue(ix, a);
		break;
	case FLOW_RECORD:
		call_answer(ix);
		record_voicemail(ix, a);
		break;
	case FLOW_RECORD_CALL:
		record_by_flow(ix, a->reason);
		break;
	case FLOW_TRANSFER:
		emit(c, &(struct event){.type = EVENT_INTERACTION_TRANSFERRED,
				.interaction = ix->id,
				.reason = "number",
				.to = a->target});
		outside_call(ix, a->target, a->timeout_s);
		break;
	case FLOW_RING:
		ring_for_caller(ix,
			(struct place){.kind = a->extension ? PLACE_EXTENSION : PLACE_GROUP,
				.id = a->extension ? a->extension : a->ring_group},
			true);
		break;
	case FLOW_HANG_UP:
		call_end(ix, a->reason[0] ? a->reason : "flow_ended", ix->is_answered ? 0 : 480);
		break;
	case FLOW_MISSED:
		emit(c, &(struct event){.type = EVENT_FLOW_STEPPED,
				.interaction = ix->id,
				.name = a->node,
				.text = a->node_type,
				.reason = a->reason});
		break;
	case FLOW_FAX:
		fax_receive(ix, a->queue);
		break;
	case FLOW_GOTO:
		go_to_flow(ix, a->flow);
		break;
	}
}

/* What the run waited for and nobody will say again; keys and ends of old plays may come at any time. */
static bool is_awaited(enum flow_input_kind kind)
{
	return kind == FLOW_START || kind == FLOW_QUEUE_ENDED || kind == FLOW_RECORD_ENDED ||
	       kind == FLOW_FAX_ENDED || kind == FLOW_TRANSFER_ENDED || kind == FLOW_AGENT_ENDED;
}

void flow_feed(struct interaction *ix, const struct flow_input *input)
{
	struct flow_env env = {is_open_now, ix};
	struct flow_actions actions = {0}; /* of this step: performing may step again */
	unsigned epoch = ix->run_epoch;
	int err = flow_step(ix->run, input, &env, ix->center->now_ms, &actions);

	bool is_stuck = err == -ENOMEM || (err == -EINVAL && is_awaited(input->kind));

	if (is_stuck)
		log_error("center", ix->id, "the flow cannot go on: error %d", err);
	for (size_t i = 0; err == 0 && i < actions.len && !ix->is_ending && ix->run_epoch == epoch; i++)
		perform(ix, &actions.at[i]);
	flow_actions_free(&actions);
	if (!ix->is_ending)
		call_flow_timer(ix);
	if (is_stuck)
		call_end(ix, "flow_error", 500);
}

void flow_feed_result(struct interaction *ix, enum flow_input_kind kind, const char *result)
{
	struct flow_input input = {.kind = kind};

	str_put(input.result, sizeof(input.result), result);
	ix->exit_digit = 0;
	if ((kind != FLOW_RECORD_ENDED && kind != FLOW_FAX_ENDED) || ix->stage != STAGE_ENDED)
		ix->stage = STAGE_FLOW;
	if (ix->run)
		flow_feed(ix, &input);
	else
		call_end(ix, "flow_ended", 0);
}
