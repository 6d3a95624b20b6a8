/* What is counted while a scenario runs: contacts by queue and batch, the agents' time by group and batch. A
 * batch is an equal part of the measured window; intervals come from how the batches differ (interval.h).
 *
 * A contact belongs to the batch in which it arrived; agents' time is cut at the batches' edges. Nothing
 * before or after the window counts. Pure. */
#pragma once
#include "event/histogram.h"
#include "sim/scenario.h"

#define TALLY_BATCHES_MAX 100
#define TALLY_BATCHES_MIN 20
#define SIM_RUNS_MAX 1000
#define TALLY_COLUMNS 8

struct tally_contacts { /* of one queue in one batch; the words of docs/kpi.md */
	int64_t offered, answered, answered_in_time, abandoned, abandoned_in_time, short_abandoned,
		overflowed_out;
	int64_t refused;    /* not offered: the queue took nobody */
	int64_t unfinished; /* still waiting when the simulation gave up */
	int64_t wait_ms;    /* of those answered */
	int64_t handle_ms;  /* of those answered: with the contact, and wrap-up */
};
struct tally_time { /* of one group in one batch */
	int64_t busy_ms, idle_ms;
};
struct tally {
	int64_t from_ms, batch_ms; /* the window: batch 0 begins at from_ms */
	int n_batches, n_runs;	   /* batches of one run */
	size_t n_queues, n_groups;
	struct tally_contacts *contacts; /* [queue][run * n_batches + batch] */
	struct tally_time *time;	 /* [group][the same] */
	uint64_t *waits;		 /* [queue][HISTOGRAM_BUCKETS]: of those answered */
	struct histogram scratch;	 /* for the bucket of a wait */
	double *columns;		 /* [TALLY_COLUMNS][all batches]: room for figures.c to work in */
	uint64_t inputs;		 /* the engine was given, all runs */
	int64_t simulated_ms;		 /* all runs */
};

/* Room for n_runs runs of s; 0 or -ENOMEM. Release with tally_free. */
int tally_new(struct tally *ret_tally, const struct scenario *s, int n_runs);
void tally_free(struct tally *t);
/* The number of all batches. */
static inline int tally_batches(const struct tally *t)
{
	return t->n_batches * t->n_runs;
}
/* Batch of the run's time at_ms, or -1 outside the window. */
int tally_batch(const struct tally *t, int64_t at_ms);
/* The counters for a contact of queue (place) in a batch of a run. */
static inline struct tally_contacts *tally_contacts(struct tally *t, size_t queue, int run, int batch)
{
	return &t->contacts[queue * (size_t)tally_batches(t) + (size_t)(run * t->n_batches + batch)];
}
/* One of group (place) was busy, or idle, for [from_ms, to_ms) of run. */
void tally_spend(struct tally *t, size_t group, int run, int64_t from_ms, int64_t to_ms, bool is_busy);
/* A contact of queue was answered after wait_ms. */
void tally_wait(struct tally *t, size_t queue, int64_t wait_ms);
