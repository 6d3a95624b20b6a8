/* Any bytes as a flow document, then the rest as what a caller does: nothing may crash, hang or loop, and a
 * run that was saved must load. Input: a JSON text, a NUL, then one byte for each step. */
#include "base/jsonx.h"
#include "base/str.h"
#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_open(uint64_t hours, void *arg)
{
	(void)arg;
	return hours & 1;
}

static struct flow_input input_of(uint8_t byte)
{
	static const enum flow_input_kind kinds[] = {FLOW_PLAY_ENDED, FLOW_TIME, FLOW_QUEUE_ENDED,
		FLOW_RECORD_ENDED, FLOW_TRANSFER_ENDED, FLOW_AGENT_ENDED, FLOW_PLAY_ENDED, FLOW_START};
	static const char *const results[] = {"overflow", "no_agents", "full", "closed", "caller_pressed",
		"recorded", "too_short", "failed", "busy", "no_answer", "", "?"};
	struct flow_input input = {.kind = kinds[byte & 7]};

	if (byte & 0x80) {
		input.kind = FLOW_DIGIT;
		input.digit = "0123456789*#ABCDx"[byte % 17];
	}
	str_put(input.result, sizeof(input.result), results[byte / 8 % 12]);
	return input;
}

/* Goes on with the run as saved and loaded. */
static struct flow_run *reload(struct flow *f, struct flow_run *run, int64_t now)
{
	_cleanup_json_ json_t *saved = flow_run_save(run, now);
	struct flow_run *other = NULL;

	flow_run_free(run);
	if (flow_run_load(f, saved, now, &other) < 0)
		abort();
	return other;
}

static void walk(struct flow *f, const uint8_t *steps, size_t n)
{
	struct flow_env env = {is_open, NULL};
	struct flow_input start = {.kind = FLOW_START};
	struct flow_actions did = {0};
	struct flow_run *run;
	int64_t now = 0;

	if (flow_run_new(f, &run) < 0)
		return;
	flow_run_set(run, "caller.name", "\xe2\x80\xae{pin}");
	flow_step(run, &start, &env, now, &did);
	for (size_t i = 0; i < n && i < STEPS; i++) {
		struct flow_input input = input_of(steps[i]);
		now += steps[i] * 40;
		flow_step(run, &input, &env, now, &did);
		if (steps[i] % 5 == 0)
			run = reload(f, run, now);
	}
	flow_actions_free(&did);
	flow_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	size_t length = end ? (size_t)(end - data) : size;
	_cleanup_json_ json_t *doc = json_loadb((const char *)data, length, 0, NULL);
	struct flow_issues issues = {0};
	struct flow *f = NULL;

	if (doc && flow_parse(doc, 1, 1, &f, &issues) == 0) {
		walk(f, end ? end + 1 : data, end ? size - length - 1 : size);
		flow_unref(f);
	}
	flow_issues_free(&issues);
	return 0;
}
