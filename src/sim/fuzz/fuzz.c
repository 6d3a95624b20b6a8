/* See fuzz.h. */
#include "sim/fuzz/fuzz_parts.h"
#include "sim/fuzz/fuzz_text.h"

#include <stdio.h>

#define CRASH_EVERY 90	/* inputs between two crashes, on average */
#define TWIN_INPUTS 40	/* inputs both engines are fed after one */
#define DRAIN_MAX 20000 /* inputs of a drain */

void fuzz_fail(struct fuzz *f, const char *invariant, const char *what)
{
	struct fuzz_report *report = f->report;

	if (report->has_failed)
		return;
	report->has_failed = true;
	report->step = (int)report->n_inputs - 1;
	snprintf(report->invariant, sizeof(report->invariant), "%s", invariant);
	snprintf(report->what, sizeof(report->what), "%s", what);
}

static void judge(struct fuzz *f, const struct watch_fault *fault)
{
	if (fault)
		fuzz_fail(f, fault->invariant, fault->what);
}

int fuzz_begin(struct fuzz *f, const struct fuzz_options *options, struct fuzz_report *report)
{
	int err;

	*f = (struct fuzz){.options = options, .report = report, .last_ms = INT64_MIN};
	*report = (struct fuzz_report){0};
	err = route_new(&f->route, 8);
	if (!err)
		err = watch_new(&f->watch);
	if (!err)
		err = record_writer_new(&f->writer);
	return err ? err : record_run(f->writer, 1, "sim", 0, 0, &f->log);
}

void fuzz_end(struct fuzz *f)
{
	route_free(f->route);
	route_free(f->twin);
	watch_free(f->watch);
	route_actions_free(&f->out);
	route_actions_free(&f->twin_out);
	record_writer_free(f->writer);
	record_bytes_free(&f->log);
}

static void tell(struct fuzz *f, const struct fuzz_input *input, int rc)
{
	struct text *t = f->options->trace;

	if (!t)
		return;
	fuzz_text_input(t, &input->in, input->now_ms);
	if (input->centre)
		fuzz_text_config(t, &input->centre->config);
	if (rc)
		text_printf(t, "    -> answered %d\n", rc);
	for (size_t i = 0; i < f->out.len; i++)
		fuzz_text_action(t, &f->out.at[i]);
}

int fuzz_take(struct fuzz *f, const struct fuzz_input *input)
{
	int64_t at_ms = input->now_ms > f->last_ms ? input->now_ms : f->last_ms;
	struct watch_seen seen = {.in = &input->in,
		.now_ms = input->now_ms,
		.estimate_ms = route_queue_estimate(f->route, input->in.queue, at_ms)};

	if (f->options->step)
		*f->options->step = (int)f->report->n_inputs;
	f->report->n_inputs++;
	seen.rc = route_step(f->route, &input->in, input->now_ms, &f->out);
	if (f->options->falsify)
		f->options->falsify(&f->out);
	if (seen.rc == -ENOMEM)
		return -ENOMEM;
	if (seen.rc == 0)
		f->last_ms = at_ms;
	int err = record_input(f->writer, &input->in, input->now_ms, seen.rc, &f->out, &f->log);
	if (err)
		return err;
	tell(f, input, seen.rc);
	seen.at = f->out.at;
	seen.n = f->out.len;
	f->report->n_actions += seen.n;
	judge(f, watch_step(f->watch, &seen));
	if (f->report->has_failed)
		return 0;
	judge(f, watch_look(f->watch, f->route));
	if (f->options->is_checked)
		route_check(f->route);
	if (f->twin)
		fuzz_step_twin(f, input, seen.rc);
	return 0;
}

/* The next input, kept in *inputs, taken; the world sees what came of it. */
static int go(struct fuzz *f, struct fuzz_world *world, fuzz_inputs *inputs, struct fuzz_input input)
{
	if (VEC_PUSH(inputs, input) < 0) {
		alloc_free(input.centre);
		return -ENOMEM;
	}
	int err = fuzz_take(f, &input);
	return err ? err : fuzz_world_see(world, &input.in, f->report->has_failed ? -1 : 0, &f->out);
}

static int live(struct fuzz *f, struct fuzz_world *world, fuzz_inputs *inputs)
{
	struct dice crashes = dice_split(&world->dice, 1);
	struct fuzz_input input = {.in = {.kind = ROUTE_CONFIGURE}, .now_ms = world->now_ms};
	int err = 0;

	input.centre = alloc_dup(&world->centre, sizeof(world->centre));
	if (!input.centre)
		return -ENOMEM;
	fuzz_centre_seal(input.centre);
	input.in.config = &input.centre->config;
	err = go(f, world, inputs, input);
	for (int i = 1; i < f->options->steps && !err && !f->report->has_failed; i++) {
		err = fuzz_world_next(world, route_next_due(f->route), f->watch, &input);
		if (!err)
			err = go(f, world, inputs, input);
		if (!err && !f->report->has_failed && dice_one_in(&crashes, CRASH_EVERY))
			err = fuzz_crash(f, dice_one_in(&crashes, 2));
	}
	return err;
}

static struct fuzz_input at_next(const struct fuzz *f, int64_t now_ms)
{
	int64_t due = route_next_due(f->route);

	return (struct fuzz_input){.in = {.kind = ROUTE_TIME}, .now_ms = due > now_ms ? due : now_ms};
}

/* What is left in that state goes. */
static int clear(struct fuzz *f, struct fuzz_world *world, fuzz_inputs *inputs, enum watch_state state)
{
	struct watch_pick pick;
	int err = 0;

	for (int i = 0;
		i < DRAIN_MAX && !err && !f->report->has_failed && watch_pick(f->watch, state, 0, &pick);
		i++) {
		struct fuzz_input input = {
			.in = {.kind = ROUTE_CANCEL, .segment = pick.segment}, .now_ms = f->last_ms};
		if (state == WATCH_CONNECTED) {
			input.in.kind = ROUTE_ENDED;
			input.in.agent = pick.agent;
		}
		err = go(f, world, inputs, input);
	}
	return err;
}

/* A minute and a hundred deadlines pass; then everybody goes, and every deadline left comes. */
static int drain(struct fuzz *f, struct fuzz_world *world, fuzz_inputs *inputs)
{
	static const enum watch_state states[] = {
		WATCH_CONNECTED, WATCH_WAITING, WATCH_RINGING, WATCH_CONNECTED};
	int64_t end_ms = f->last_ms + 60000;
	int err = 0;

	for (int i = 0; i < 100 && !err && !f->report->has_failed && route_next_due(f->route) < end_ms; i++)
		err = go(f, world, inputs, at_next(f, f->last_ms));
	for (int i = 0; i < 4 && !err; i++)
		err = clear(f, world, inputs, states[i]);
	for (int i = 0;
		i < DRAIN_MAX && !err && !f->report->has_failed && route_next_due(f->route) != INT64_MAX; i++)
		err = go(f, world, inputs, at_next(f, f->last_ms));
	if (!err && !f->report->has_failed)
		judge(f, watch_end(f->watch, f->route));
	if (!err && !f->report->has_failed)
		err = fuzz_crash(f, false);
	return err;
}

static void tell_history(const fuzz_inputs *inputs, struct fuzz_report *report)
{
	size_t from = inputs->len < FUZZ_SHOWN ? 0 : inputs->len - FUZZ_SHOWN;

	for (size_t i = from; i < inputs->len; i++)
		fuzz_text_input(&report->history, &inputs->at[i].in, inputs->at[i].now_ms);
}

static int shrink(
	fuzz_inputs *inputs, const struct fuzz_options *options, bool is_late, struct fuzz_report *report)
{
	struct fuzz_options how = *options;

	how.is_late = is_late;
	return fuzz_shrink(inputs, &how, report);
}

int fuzz_run(const struct fuzz_options *options, struct fuzz_report *ret_report)
{
	struct fuzz_world world = {0};
	fuzz_inputs inputs = {0};
	struct fuzz f = {0};
	int err = fuzz_begin(&f, options, ret_report);

	if (!err)
		err = fuzz_world_new(&world, options->seed);
	if (!err)
		err = live(&f, &world, &inputs);
	if (!err && !ret_report->has_failed)
		err = drain(&f, &world, &inputs);
	fuzz_end(&f);
	if (!err && ret_report->has_failed && options->is_shrunk)
		err = shrink(&inputs, options, world.is_late, ret_report);
	else if (!err && ret_report->has_failed)
		tell_history(&inputs, ret_report);
	VEC_EACH(&inputs, i)
	alloc_free(inputs.at[i].centre);
	VEC_FREE(&inputs);
	fuzz_world_free(&world);
	return err;
}
