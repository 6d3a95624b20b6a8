/* What routing is told of a caller who enters a queue: skills the flow asks, head start, who must not get the
 * caller, who should. Reads the caller's look-up; decides nothing itself. */
#include "base/id.h"
#include "center/state.h"

#define VIP_PRIORITY 10

static void add_asks(const struct flow_action *a, struct route_input *in)
{
	for (int i = 0; i < a->n_skills && in->n_asks < ROUTE_ASKS_MAX; i++)
		in->asks[in->n_asks++] = (struct route_ask){.skill = a->skills[i].skill,
			.level = (uint8_t)a->skills[i].level,
			.kind = ROUTE_REQUIRED};
}

static void add_excluded(const json_t *customer, struct route_input *in)
{
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(customer, "excluded_agents"), i, v)
	{
		uint64_t id;
		if (in->n_excluded < ROUTE_EXCLUDED_MAX && json_string_value(v) &&
			id_parse(json_string_value(v), &id) == 0)
			in->excluded[in->n_excluded++] = id;
	}
}

/* Business value and priority customers count as having waited already. */
static int32_t head_start(const struct snapshot *s, const json_t *customer)
{
	int64_t ms = jsonx_int(customer, "value", 0) * s->value_head_start_ms;

	if (jsonx_bool(customer, "is_vip", false))
		ms += s->vip_head_start_ms;
	return ms < 0 ? 0 : ms > ROUTE_EXTEND_MAX_MS ? ROUTE_EXTEND_MAX_MS : (int32_t)ms;
}

/* Of those the queue prefers, the first who is ready; waiting for anybody else would be for nothing. */
static uint64_t preferred(const struct interaction *ix, const struct queue *q)
{
	const uint64_t wanted[] = {q->preferred & PREFER_LAST_AGENT ? ix->last_agent : 0,
		q->preferred & PREFER_ACCOUNT_OWNER ? jsonx_id(ix->customer_row, "account_owner") : 0};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct agent *a = wanted[i] ? map_get(&ix->center->agents, wanted[i]) : NULL;
		if (a && a->is_available)
			return wanted[i];
	}
	return 0;
}

void enqueue_fill(const struct interaction *ix, const struct queue *q, const struct flow_action *a,
	struct route_input *in)
{
	if (a) {
		in->priority = a->priority;
		add_asks(a, in);
	}
	if (jsonx_bool(ix->customer_row, "is_vip", false))
		in->priority += VIP_PRIORITY;
	in->head_start_ms = head_start(ix->center->snapshot, ix->customer_row);
	add_excluded(ix->customer_row, in);
	if (q)
		in->preferred_agent = preferred(ix, q);
	if (in->preferred_agent)
		in->preferred_patience_ms = q->preferred_patience_ms;
}

void enqueue_remember(struct interaction *ix, const struct queue *q, const struct route_input *in)
{
	struct segment *s = &ix->segment;
	int64_t now = ix->center->now_ms;
	int32_t target = in->target_ms ? in->target_ms : q ? q->rule.target_ms : 0;

	s->priority = in->priority + (q ? q->rule.priority : 0);
	s->waiting_since_mono = in->waiting_since_ms < now ? in->waiting_since_ms : now;
	s->target_mono = target ? s->waiting_since_mono + target : 0;
	s->preferred = in->preferred_agent;
	s->patient_until_mono = now + in->preferred_patience_ms;
}
