/* Inside of erlang.c: the sums of Erlang A. */
#pragma once
#include "pacing/erlang.h"

struct erlang_a {
	double none;	      /* probability of not waiting */
	double wait;	      /* of waiting */
	double queue;	      /* mean number waiting */
	double served;	      /* waited and were answered */
	double served_wait_s; /* their waits, summed: a mean over all who come */
	double served_late;   /* waited longer than t and were answered */
	double late;	      /* waited longer than t, whatever came then */
};
/* The sums for a finite patience; t_s: the time `late` asks about. 0 or -ERANGE. */
int erlang_a_sum(const struct erlang *e, double t_s, struct erlang_a *ret_sums);
