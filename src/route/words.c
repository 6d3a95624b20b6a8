/* See words.h. */
#include "route/words.h"

#include <stddef.h>

static const char *const inputs[] = {NULL, "time", "configure", "available", "enqueue", "cancel", "accepted",
	"failed", "ended", "wrap_up_extend", "wrap_up_done", "engage", "assign", "open", "reset"};
static const char *const actions[] = {NULL, "offer", "withdraw", "not_responding", "wrap_up", "wrap_up_over",
	"overflow", "refused", "announce", "reserve", "warn"};
static const char *const reasons[] = {"", "deadline", "cancelled", "reconfigured", "queue_full",
	"unknown_queue", "duplicate", "not_free", "agent_gone", "done", "no_memory", "not_waiting",
	"answered_elsewhere", "no_agents", "closed", "estimate_too_long"};
static const char *const verdicts[] = {NULL, "chosen", "outranked", "lacks_skill", "not_available",
	"at_capacity", "in_wrap_up", "resting", "excluded", "not_reached"};
static const char *const hows[] = {NULL, "order", "preference", "hand", "share"};
static const char *const strategies[] = {"longest_idle", "least_occupied", "most_skilled", "fewest_contacts",
	"round_robin", "ring_all", "top_down", "weighted"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(COUNT(reasons) == ROUTE_REASONS && COUNT(verdicts) == ROUTE_VERDICTS &&
		       COUNT(strategies) == ROUTE_STRATEGIES,
	"each has its word");

static const char *word(const char *const *list, size_t n, unsigned i)
{
	return i < n && list[i] ? list[i] : "unknown";
}

const char *route_input_word(enum route_input_kind kind)
{
	return word(inputs, COUNT(inputs), (unsigned)kind);
}

const char *route_action_word(enum route_action_kind kind)
{
	return word(actions, COUNT(actions), (unsigned)kind);
}

const char *route_reason_word(enum route_reason reason)
{
	return word(reasons, COUNT(reasons), (unsigned)reason);
}

const char *route_verdict_word(enum route_verdict verdict)
{
	return word(verdicts, COUNT(verdicts), (unsigned)verdict);
}

const char *route_how_word(enum route_how how)
{
	return word(hows, COUNT(hows), (unsigned)how);
}

const char *route_strategy_word(enum route_strategy strategy)
{
	return word(strategies, COUNT(strategies), (unsigned)strategy);
}
