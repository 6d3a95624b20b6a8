/* Inside of a fold, shared by what fills it (kpi.c) and what reads it (kpi_read.c). */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "event/histogram.h"
#include "event/kpi.h"

/* A state that lasted longer is a wall clock that was set, not work; it would fill memory with intervals. */
#define STATE_MS_MAX (INT64_C(400) * 86400000)
#define ESTIMATES_MAX 8 /* announcements of one segment that are compared with its real wait */

struct interval {
	int64_t index; /* wall ms / KPI_INTERVAL_MS */
	struct kpi_counts c;
	struct histogram waits;
};
enum state {
	STATE_OFFLINE,
	STATE_READY,
	STATE_BREAK,
	STATE_RINGING,
	STATE_TALKING,
	STATE_HOLD,
	STATE_WRAP_UP,
	STATE_NOT_RESPONDING
};
struct row { /* a queue or an agent */
	uint64_t id;
	VEC(struct interval) intervals; /* ascending */
	int64_t forgotten_waiting;	/* balance of what kpi_forget_before dropped */
	enum state state;		/* agents */
	int64_t since_ms;
	int32_t short_abandon_ms, service_level_ms; /* queues */
};
struct segment {
	uint64_t id, queue, agent, interaction;
	int64_t queued_ms;
	bool is_waiting;
	int n_estimates;
	struct {
		int64_t at_ms, estimate_ms;
	} estimates[ESTIMATES_MAX];
	struct segment *next; /* of the same interaction */
};
struct kpi_fold {
	struct map queues, agents; /* id -> struct row */
	struct map segments;	   /* id -> struct segment, from queued to ended */
	struct map interactions;   /* id -> first of its open segments */
	struct row house;	   /* what belongs to no queue: attempts */
	int64_t last_ms;	   /* of the newest event */
};

/* The interval of a moment; floors below zero too. */
int64_t kpi_floor_index(int64_t ms);
/* The first interval of r with index >= wanted. */
size_t kpi_lower_bound(const struct row *r, int64_t wanted);
/* Counts ms in a state. */
void kpi_add_time(struct kpi_counts *c, enum state state, int64_t ms);
/* What entered minus what left. */
int64_t kpi_balance(const struct kpi_counts *c);
