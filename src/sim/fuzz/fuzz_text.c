/* See fuzz_text.h. Only what is not 0 is told. */
#include "sim/fuzz/fuzz_text.h"

static const char *const inputs[] = {"?", "TIME", "CONFIGURE", "AVAILABLE", "ENQUEUE", "CANCEL", "ACCEPTED",
	"FAILED", "ENDED", "WRAP_UP_EXTEND", "WRAP_UP_DONE", "ENGAGE", "ASSIGN", "OPEN", "RESET"};
static const char *const actions[] = {"?", "OFFER", "WITHDRAW", "NOT_RESPONDING", "WRAP_UP", "WRAP_UP_OVER",
	"OVERFLOW", "REFUSED", "ANNOUNCE", "RESERVE", "WARN"};
static const char *const reasons[] = {"", "DEADLINE", "CANCELLED", "RECONFIGURED", "QUEUE_FULL",
	"UNKNOWN_QUEUE", "DUPLICATE", "NOT_FREE", "AGENT_GONE", "DONE", "NO_MEMORY", "NOT_WAITING",
	"ANSWERED_ELSEWHERE", "NO_AGENTS", "CLOSED", "ESTIMATE_TOO_LONG"};
static const char *const fails[] = {"?", "DECLINED", "NO_ANSWER", "UNREACHABLE", "BUSY", "WITHDRAWN"};
static const char *const strategies[] = {"longest_idle", "least_occupied", "most_skilled", "fewest_contacts",
	"round_robin", "ring_all", "top_down", "weighted"};
static const char *const asks[] = {">=", "fixed>=", "prefer>=", "not>="};

#define WORD(list, i) ((size_t)(i) < sizeof(list) / sizeof(*(list)) ? (list)[i] : "?")

static void number(struct text *t, const char *name, int64_t value)
{
	if (value)
		text_printf(t, " %s %lld", name, (long long)value);
}

static void asked(struct text *t, const struct route_ask *at, int n)
{
	for (int i = 0; i < n && i < ROUTE_ASKS_MAX; i++) {
		text_printf(t, " ask %llu %s %d", (unsigned long long)at[i].skill, WORD(asks, at[i].kind),
			at[i].level);
		number(t, "any", at[i].any);
	}
}

void fuzz_text_input(struct text *t, const struct route_input *in, int64_t now_ms)
{
	text_printf(t, "at %lld %s", (long long)now_ms, WORD(inputs, in->kind));
	number(t, "segment", (int64_t)in->segment);
	number(t, "agent", (int64_t)in->agent);
	number(t, "queue", (int64_t)in->queue);
	if (in->kind == ROUTE_AVAILABLE || in->kind == ROUTE_OPEN)
		text_add(t, in->is_available ? " yes" : " no");
	if (in->kind == ROUTE_FAILED)
		text_printf(t, " %s", WORD(fails, in->fail));
	if (in->kind == ROUTE_ENQUEUE && in->waiting_since_ms != now_ms)
		text_printf(t, " since %lld", (long long)in->waiting_since_ms);
	number(t, "duration", in->duration_ms);
	number(t, "channel", in->channel);
	number(t, "priority", in->priority);
	number(t, "head_start", in->head_start_ms);
	number(t, "target", in->target_ms);
	number(t, "preferred", (int64_t)in->preferred_agent);
	number(t, "patience", in->preferred_patience_ms);
	number(t, "reserve", in->reserve_ms);
	asked(t, in->asks, in->n_asks);
	for (int i = 0; i < in->n_excluded && i < ROUTE_EXCLUDED_MAX; i++)
		number(t, "excluded", (int64_t)in->excluded[i]);
	text_add(t, "\n");
}

void fuzz_text_action(struct text *t, const struct route_action *a)
{
	text_printf(t, "    -> %s %s", WORD(actions, a->kind), WORD(reasons, a->reason));
	number(t, "segment", (int64_t)a->segment);
	number(t, "agent", (int64_t)a->agent);
	number(t, "queue", (int64_t)a->queue);
	number(t, "decision", (int64_t)a->decision);
	number(t, "due", a->due_ms);
	number(t, "position", a->position);
	number(t, "estimate", a->estimate_ms);
	text_add(t, "\n");
}

static void queue(struct text *t, const struct route_queue *q)
{
	text_printf(t, "    queue %llu %s ring %d", (unsigned long long)q->id, WORD(strategies, q->strategy),
		q->ring_timeout_ms);
	if (q->strategy == ROUTE_WEIGHTED)
		text_printf(
			t, " mix %d %d %d %d", q->mix.idle, q->mix.skill, q->mix.occupancy, q->mix.contacts);
	number(t, "channel", q->channel);
	number(t, "priority", q->priority);
	number(t, "by_due", q->is_by_due);
	number(t, "age", q->age_ms);
	number(t, "share", q->share_pct);
	number(t, "per_agent", q->per_agent_max);
	number(t, "keep_free", q->keep_free);
	number(t, "misses", q->misses_max);
	number(t, "wrap_up", q->wrap_up_ms);
	number(t, "target", q->target_ms);
	number(t, "warn", q->warn_ms);
	number(t, "max_wait", q->max_wait_ms);
	if (q->is_left_without_agents)
		text_printf(t, " left_without_agents %d", q->no_agents_ms);
	number(t, "left_when_closed", q->is_left_when_closed);
	number(t, "max_estimate", q->max_estimate_ms);
	number(t, "announce", q->announce_first_ms);
	number(t, "every", q->announce_every_ms);
	number(t, "handle", q->handle_estimate_ms);
	number(t, "capacity", q->capacity);
	asked(t, q->asks, q->n_asks);
	for (int i = 0; i < q->n_rings && i < ROUTE_RINGS_MAX; i++)
		text_printf(t, " ring(%d level %d relax %d)", q->rings[i].after_ms, q->rings[i].level,
			q->rings[i].relax);
	text_add(t, "\n");
}

static void agent(struct text *t, const struct route_agent *a)
{
	text_printf(t, "    agent %llu%s capacity/load/interrupts", (unsigned long long)a->id,
		a->is_persistent ? " persistent" : "");
	for (int c = 0; c <= ROUTE_TASK; c++)
		text_printf(t, " %d/%d/%x", a->capacity[c], a->load[c], a->interrupts[c]);
	text_add(t, " skills");
	for (int i = 0; i < a->n_skills; i++)
		text_printf(t, " %llu=%d", (unsigned long long)a->skills[i].skill, a->skills[i].level);
	text_add(t, " serves");
	for (int i = 0; i < a->n_serves; i++)
		text_printf(t, " %llu(%d,%d)", (unsigned long long)a->serves[i].queue, a->serves[i].level,
			a->serves[i].position);
	text_add(t, "\n");
}

void fuzz_text_config(struct text *t, const struct route_config *c)
{
	for (int i = 0; i < c->n_queues; i++)
		queue(t, &c->queues[i]);
	for (int i = 0; i < c->n_agents; i++)
		agent(t, &c->agents[i]);
}
