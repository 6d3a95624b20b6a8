/* A failed history made shorter: parts are left out, ever smaller ones, as long as the same invariant fails
 * (delta debugging; Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). */
#include "sim/fuzz/fuzz_parts.h"

#define ROUNDS_MAX 12
#define TIMES_MAX 200 /* deadlines kept between two inputs */

/* The deadlines before the input, each in time, unless the run is one that oversleeps. */
static int be_in_time(struct fuzz *f, const struct fuzz_input *input)
{
	int64_t due;
	int err = 0;

	for (int i = 0; i < TIMES_MAX && !err && !f->report->has_failed && !f->options->is_late &&
			(due = route_next_due(f->route)) < input->now_ms && due >= f->last_ms;
		i++) {
		struct fuzz_input time = {.in = {.kind = ROUTE_TIME}, .now_ms = due};
		err = fuzz_take(f, &time);
	}
	return err;
}

/* Whether the list fails by this invariant; *ret_report of that run, its step a place in the list. All of it
 * is told in *trace (NULL: quietly). */
static int fails(const fuzz_inputs *inputs, const struct fuzz_options *options, const char *invariant,
	struct text *trace, struct fuzz_report *ret_report, bool *ret_does)
{
	struct fuzz_options quiet = *options;
	struct fuzz f = {0};
	bool is_replay = !strcmp(invariant, "replay_is_equal");

	quiet.trace = trace;
	int err = fuzz_begin(&f, &quiet, ret_report);
	for (size_t i = 0; i < inputs->len && !err && !ret_report->has_failed; i++) {
		err = be_in_time(&f, &inputs->at[i]);
		if (!err && !ret_report->has_failed)
			err = fuzz_take(&f, &inputs->at[i]);
		if (is_replay && !err && !ret_report->has_failed)
			err = fuzz_crash(&f, false);
		if (is_replay && !err && !ret_report->has_failed)
			err = fuzz_crash(&f, true);
		ret_report->step = (int)i;
	}
	fuzz_end(&f);
	*ret_does = ret_report->has_failed && !strcmp(ret_report->invariant, invariant);
	return err;
}

/* Leaves out n inputs from `from` on, if it fails without them too. */
static int leave_out(fuzz_inputs *inputs, size_t from, size_t n, const struct fuzz_options *options,
	struct fuzz_report *report, bool *ret_is_out)
{
	struct fuzz_report shorter;
	fuzz_inputs rest = {0};
	int err = 0;

	for (size_t i = 0; i < inputs->len && !err; i++)
		if (i < from || i >= from + n)
			err = VEC_PUSH(&rest, inputs->at[i]);
	if (!err)
		err = fails(&rest, options, report->invariant, NULL, &shorter, ret_is_out);
	if (err || !*ret_is_out) {
		VEC_FREE(&rest);
		return err;
	}
	for (size_t i = from; i < from + n; i++)
		alloc_free(inputs->at[i].centre);
	VEC_FREE(inputs);
	*inputs = rest;
	*report = shorter;
	while (inputs->len > (size_t)report->step + 1)
		alloc_free(inputs->at[--inputs->len].centre);
	return 0;
}

/* Takes the agent or queue with this id out of every configuration, if it fails without it too. */
static int without(
	fuzz_inputs *inputs, uint64_t id, const struct fuzz_options *options, struct fuzz_report *report)
{
	struct fuzz_report shorter;
	bool is_out = false;
	VEC(struct fuzz_centre) kept = {0};
	int err = 0;

	for (size_t i = 0; i < inputs->len && !err; i++) {
		if (!inputs->at[i].centre)
			continue;
		err = VEC_PUSH(&kept, *inputs->at[i].centre);
		fuzz_centre_without(inputs->at[i].centre, id);
	}
	if (!err)
		err = fails(inputs, options, report->invariant, NULL, &shorter, &is_out);
	if (is_out)
		*report = shorter;
	for (size_t i = 0, k = 0; i < inputs->len && !is_out; i++)
		if (inputs->at[i].centre && k < kept.len) {
			*inputs->at[i].centre = kept.at[k++];
			fuzz_centre_seal(inputs->at[i].centre);
		}
	VEC_FREE(&kept);
	return err;
}

static int fewer(fuzz_inputs *inputs, const struct fuzz_options *options, struct fuzz_report *report)
{
	int err = 0;

	for (uint64_t id = 1; id <= FUZZ_QUEUES && !err; id++)
		err = without(inputs, id, options, report);
	for (uint64_t id = 101; id <= 100 + FUZZ_AGENTS && !err; id++)
		err = without(inputs, id, options, report);
	return err;
}

int fuzz_shrink(fuzz_inputs *inputs, const struct fuzz_options *options, struct fuzz_report *report)
{
	struct fuzz_report again;
	bool is_out;
	int err = 0;

	while (inputs->len > (size_t)report->step + 1)
		alloc_free(inputs->at[--inputs->len].centre);
	for (int round = 0; round < ROUNDS_MAX && !err; round++) {
		err = fewer(inputs, options, report);
		size_t before = inputs->len;
		for (size_t n = inputs->len / 2; n > 0 && !err; n /= 2)
			for (size_t from = 0; from + n <= inputs->len && !err;) {
				is_out = false;
				err = leave_out(inputs, from, n, options, report, &is_out);
				from += is_out ? 0 : n;
			}
		if (inputs->len == before)
			break;
	}
	if (!err) {
		struct text told = {0};
		err = fails(inputs, options, report->invariant, &told, &again, &is_out);
		report->history = told;
	}
	return err;
}
