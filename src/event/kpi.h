/* KPIs folded from events, exactly as docs/kpi.md defines them. PURE. The same code serves the live view,
 * reports, alerts and the API: a figure for the same period is equal to the digit wherever it is shown.
 *
 * A fold holds counters per (15-minute interval, queue) and per (interval, agent). Larger periods and groups
 * are sums of counters; percentiles come from mergeable log-scale histograms (relative error <= 1 %). A
 * counter belongs to the interval in which its event happened; agent state time is cut at interval edges. */
#pragma once
#include "event/event.h"

#include <stdbool.h>
#include <stdint.h>

#define KPI_INTERVAL_MS INT64_C(900000) /* 15 minutes */

struct kpi_fold;

struct kpi_queue_rule { /* what a queue's figures depend on; by id */
	uint64_t queue;
	int32_t short_abandon_ms, service_level_ms;
};

/* An empty fold, or -ENOMEM. */
int kpi_new(struct kpi_fold **ret_fold);
void kpi_free(struct kpi_fold *f);
/* Rules apply to events folded after this call (defaults: 5,000 and 20,000 ms). 0 or -ENOMEM. */
int kpi_set_rule(struct kpi_fold *f, const struct kpi_queue_rule *rule);
/* Folds one event; events come in seq order. 0 or -ENOMEM. Unknown types are ignored. */
int kpi_apply(struct kpi_fold *f, const struct event *e);

struct kpi_counts { /* of a period and group; times in ms */
	int64_t offered, answered, answered_in_level, abandoned, abandoned_in_level, short_abandoned,
		overflowed_out;
	int64_t waiting_at_start, waiting_now; /* at the period's edges */
	int64_t wait_answered_ms, wait_all_ms, wait_max_ms, ring_ms, talk_ms, hold_ms, acw_ms;
	int64_t handled, held, transferred, offers, offers_missed, blocked, attempts;
	int64_t logged_in_ms, available_ms, break_ms, not_responding_ms;
	int64_t announced, announced_error_abs_ms,
		announced_error_ms; /* estimate against the real wait of answered segments */
	int64_t outbound_calls, outbound_answered, outbound_talk_ms; /* of agents alone, never of a queue */
	int64_t consults, consulted, consult_ms, conferenced, transferred_warm;
};
/* queue 0 / agent 0: all of them. from/to are cut to whole intervals (to: rounded up; now_ms limits open
 * times). */
int kpi_queue_counts(const struct kpi_fold *f, uint64_t queue, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts);
int kpi_agent_counts(const struct kpi_fold *f, uint64_t agent, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts);
/* The whole house: the counters of all queues, and the time of all agents, so that occupancy has its
 * denominator. */
int kpi_house_counts(const struct kpi_fold *f, int64_t from_ms, int64_t to_ms, int64_t now_ms,
	struct kpi_counts *ret_counts);
/* Wait of answered segments below which `share` (0..1) of them lie, ms; -1 when there are none. */
int64_t kpi_wait_percentile(
	const struct kpi_fold *f, uint64_t queue, int64_t from_ms, int64_t to_ms, double share);

/* Ratios. A ratio without a denominator is absent: the functions return false and leave *ret_value. */
enum kpi_service_level {
	KPI_SL_DEFAULT,
	KPI_SL_ANSWERED,
	KPI_SL_ABANDON_POSITIVE,
	KPI_SL_STRICT,
	KPI_SL_FLOW,
	KPI_SL_EARLY_OUT
};
bool kpi_service_level(const struct kpi_counts *c, enum kpi_service_level variant, double *ret_value);
/* Every definition of docs/kpi.md as JSON with the API's names; absent ratios are null. All six service
 * levels by id. */
json_t *kpi_to_json(const struct kpi_counts *c);
/* The text of a definition for "how is this counted?": English formula by API name, or NULL. */
const char *kpi_definition(const char *name);
/* Forget intervals before wall time (memory bound of the live fold). */
void kpi_forget_before(struct kpi_fold *f, int64_t wall_ms);

/* The fold as bytes: all that is needed to go on from here (intervals, histograms, open segments, agents'
 * states, rules), versioned, with a checksum; owned by the caller (alloc_free). The same fold gives the same
 * bytes. 0 or -ENOMEM. */
int kpi_save(const struct kpi_fold *f, uint8_t **ret_data, size_t *ret_n);
/* The inverse, into a new, empty fold. 0; -EINVAL (damaged or of another version: fold the log instead);
 * -ENOMEM. On failure the fold is good for nothing but kpi_free. Fuzzed. */
int kpi_load(struct kpi_fold *f, const uint8_t *data, size_t n);
