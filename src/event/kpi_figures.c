/* Ratios and definitions over counters: what docs/kpi.md says, written once. Versioned with that page: a
 * formula here never changes; a new one gets a new name. */
#include "event/kpi.h"

#include <errno.h>
#include <string.h>

static bool ratio(double numerator, double denominator, double *ret_value)
{
	if (denominator <= 0)
		return false;
	*ret_value = numerator / denominator;
	return true;
}

bool kpi_service_level(const struct kpi_counts *c, enum kpi_service_level variant, double *ret_value)
{
	double a = (double)c->answered, a_t = (double)c->answered_in_level, b = (double)c->abandoned;
	double b_t = (double)c->abandoned_in_level, b_s = (double)c->short_abandoned,
	       f = (double)c->overflowed_out;

	switch (variant) {
	case KPI_SL_DEFAULT:
		return ratio(a_t, a + b - b_s, ret_value);
	case KPI_SL_ANSWERED:
		return ratio(a_t, a, ret_value);
	case KPI_SL_ABANDON_POSITIVE:
		return ratio(a_t + b_t, a + b, ret_value);
	case KPI_SL_STRICT:
		return ratio(a_t, a + b, ret_value);
	case KPI_SL_FLOW:
		return ratio(a_t, a + b + f, ret_value);
	case KPI_SL_EARLY_OUT:
		return ratio(a_t, a + b - b_t, ret_value);
	}
	return false;
}

/* A figure that is a quotient of sums of counters, with its definition. */
enum figure_id {
	ASA,
	AVG_TIME_IN_QUEUE,
	ABANDON_RATE,
	BLOCKED_RATE,
	AHT,
	TALK_TIME,
	OCCUPANCY,
	UTILISATION,
	TRANSFER_RATE,
	HOLD_RATE,
	CONSULT_RATE,
	EWT_ERROR,
	EWT_BIAS
};
struct figure {
	const char *name;
	enum figure_id id;
	const char *definition;
};
static const struct figure figures[] = {
	{"asa", ASA, "sum of wait of answered / answered"},
	{"avg_time_in_queue", AVG_TIME_IN_QUEUE, "sum of wait of all callers / answered"},
	{"abandon_rate", ABANDON_RATE, "(abandoned - short_abandoned) / (offered - short_abandoned)"},
	{"blocked_rate", BLOCKED_RATE, "contact attempts refused before any queue / all attempts"},
	{"aht", AHT, "(talk_ms + hold_ms + acw_ms) / answered"},
	{"talk_time", TALK_TIME, "(talk_ms + hold_ms) / answered"},
	{"occupancy", OCCUPANCY, "(ring + talk + hold + acw) / (ring + talk + hold + acw + available)"},
	{"utilisation", UTILISATION, "(ring + talk + hold + acw) / logged-in time"},
	{"transfer_rate", TRANSFER_RATE, "segments transferred / answered"},
	{"hold_rate", HOLD_RATE, "segments with at least one hold / answered"},
	{"consult_rate", CONSULT_RATE, "segments whose agent asked somebody aside / answered"},
	{"ewt_error_abs_ms", EWT_ERROR,
		"mean absolute difference between announced and real wait of answered segments"},
	{"ewt_bias_ms", EWT_BIAS,
		"mean of (real - announced) wait of answered segments: positive when customers waited longer "
		"than told"},
};

static bool figure_value(const struct kpi_counts *c, enum figure_id id, double *ret_value)
{
	double answered = (double)c->answered, worked = (double)(c->talk_ms + c->hold_ms + c->acw_ms);
	double busy = worked + (double)c->ring_ms, announced = (double)c->announced;

	switch (id) {
	case ASA:
		return ratio((double)c->wait_answered_ms, answered, ret_value);
	case AVG_TIME_IN_QUEUE:
		return ratio((double)c->wait_all_ms, answered, ret_value);
	case ABANDON_RATE:
		return ratio((double)(c->abandoned - c->short_abandoned),
			(double)(c->offered - c->short_abandoned), ret_value);
	case BLOCKED_RATE:
		return ratio((double)c->blocked, (double)c->attempts, ret_value);
	case AHT:
		return ratio(worked, answered, ret_value);
	case TALK_TIME:
		return ratio((double)(c->talk_ms + c->hold_ms), answered, ret_value);
	case OCCUPANCY: /* time of agents only: a queue has none that is available */
		return c->logged_in_ms > 0 && ratio(busy, busy + (double)c->available_ms, ret_value);
	case UTILISATION:
		return ratio(busy, (double)c->logged_in_ms, ret_value);
	case TRANSFER_RATE:
		return ratio((double)c->transferred, answered, ret_value);
	case HOLD_RATE:
		return ratio((double)c->held, answered, ret_value);
	case CONSULT_RATE:
		return ratio((double)c->consulted, answered, ret_value);
	case EWT_ERROR:
		return ratio((double)c->announced_error_abs_ms, announced, ret_value);
	case EWT_BIAS:
		return ratio((double)c->announced_error_ms, announced, ret_value);
	}
	return false;
}

struct counter {
	const char *name;
	size_t offset;
	const char *definition;
};
#define COUNTER(member, definition)                                                                          \
	{                                                                                                    \
#member, offsetof(struct kpi_counts, member), definition                                     \
	}
static const struct counter counters[] = {
	COUNTER(offered, "segments that entered the queue"),
	COUNTER(answered, "segments connected to an agent"),
	COUNTER(answered_in_level, "answered with wait <= T, the queue's service level time"),
	COUNTER(abandoned, "segments the customer ended while waiting or while an agent was ringing"),
	COUNTER(abandoned_in_level, "abandoned with wait <= T"),
	COUNTER(short_abandoned, "abandoned with wait < the queue's short_abandon_ms"),
	COUNTER(overflowed_out, "left the queue for another queue, voicemail, call-back or flow by rule"),
	COUNTER(waiting_at_start, "segments waiting when the period began"),
	COUNTER(waiting_now, "segments waiting at the end of the period, or now"),
	COUNTER(wait_answered_ms, "sum of wait of answered segments"),
	COUNTER(wait_all_ms, "sum of wait of all segments that left the queue"),
	COUNTER(wait_max_ms, "longest wait of a segment that left the queue"),
	COUNTER(ring_ms, "time agents were ringing"),
	COUNTER(talk_ms, "time connected and not on hold"),
	COUNTER(hold_ms, "time on hold"),
	COUNTER(acw_ms, "after-contact work"),
	COUNTER(handled, "answered segments whose talking is over"),
	COUNTER(held, "segments with at least one hold"),
	COUNTER(transferred, "segments that ended by transfer"),
	COUNTER(transferred_warm, "segments that ended by transfer to somebody spoken with before"),
	COUNTER(consults, "times an agent asked somebody aside"),
	COUNTER(consulted, "segments whose agent asked somebody aside"),
	COUNTER(consult_ms, "time agents spoke with those they asked aside; part of hold_ms"),
	COUNTER(conferenced, "segments in which somebody asked was taken into the call"),
	COUNTER(offers, "times an agent was rung"),
	COUNTER(offers_missed, "offers declined, not answered, unreachable or busy"),
	COUNTER(blocked, "contact attempts refused before any queue"),
	COUNTER(attempts, "inbound contact attempts"),
	COUNTER(outbound_calls, "calls the agent made to numbers outside"),
	COUNTER(outbound_answered, "calls the agent made outside that were answered"),
	COUNTER(outbound_talk_ms,
		"time from the answer of calls the agent made outside to their end, holds included"),
	COUNTER(logged_in_ms, "time in any state but offline"),
	COUNTER(available_ms, "time ready for a contact"),
	COUNTER(break_ms, "time on break"),
	COUNTER(not_responding_ms,
		"time not responding after a missed offer, or ready with a telephone that cannot ring"),
	COUNTER(announced, "announced estimates whose segment was answered"),
};
struct level {
	const char *name;
	enum kpi_service_level variant;
	const char *definition;
};
static const struct level levels[] = {
	{"sl_default", KPI_SL_DEFAULT, "A_T / (A + B - B_s)"},
	{"sl_answered", KPI_SL_ANSWERED, "A_T / A"},
	{"sl_abandon_positive", KPI_SL_ABANDON_POSITIVE, "(A_T + B_T) / (A + B)"},
	{"sl_strict", KPI_SL_STRICT, "A_T / (A + B)"},
	{"sl_flow", KPI_SL_FLOW, "A_T / (A + B + F)"},
	{"sl_early_out", KPI_SL_EARLY_OUT, "A_T / (A + B - B_T)"},
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int set_number(json_t *obj, const char *name, bool is_there, double value)
{
	return json_object_set_new(obj, name, is_there ? json_real(value) : json_null()) < 0 ? -ENOMEM : 0;
}

json_t *kpi_to_json(const struct kpi_counts *c)
{
	_cleanup_json_ json_t *obj = json_object(), *service = json_object();
	int err = obj && service ? 0 : -ENOMEM;
	double value = 0;

	for (size_t i = 0; i < COUNT(counters) && err == 0; i++) {
		int64_t n;
		memcpy(&n, (const char *)c + counters[i].offset, sizeof(n));
		err = jsonx_set_int(obj, counters[i].name, n);
	}
	for (size_t i = 0; i < COUNT(figures) && err == 0; i++) {
		bool is_there = figure_value(c, figures[i].id, &value);
		err = set_number(obj, figures[i].name, is_there, value);
	}
	for (size_t i = 0; i < COUNT(levels) && err == 0; i++) {
		bool is_there = kpi_service_level(c, levels[i].variant, &value);
		err = set_number(service, levels[i].name, is_there, value);
	}
	if (err == 0 && json_object_set(obj, "service_levels", service) < 0)
		err = -ENOMEM;
	return err == 0 ? json_incref(obj) : NULL;
}

const char *kpi_definition(const char *name)
{
	for (size_t i = 0; name && i < COUNT(counters); i++)
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].definition;
	for (size_t i = 0; name && i < COUNT(figures); i++)
		if (strcmp(figures[i].name, name) == 0)
			return figures[i].definition;
	for (size_t i = 0; name && i < COUNT(levels); i++)
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].definition;
	return NULL;
}
