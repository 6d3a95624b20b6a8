/* Which of several trunks a call goes out over. PURE: no clock, no chance.
 *
 * Those that work go before those that stepped back or do not answer; among equals the strategy decides.
 * Weighted is the smooth round of nginx: exact shares, no streaks, nothing random. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum trunk_strategy {
	TRUNKS_IN_ORDER,   /* as listed */
	TRUNKS_WEIGHTED,   /* calls in the proportion of the weights; what fails goes on by weight */
	TRUNKS_LEAST_COST, /* the cheapest for this number; whose price is not known goes last */
};
struct trunk_choice {
	uint64_t id;
	int rank;	/* as listed: lower goes first */
	int weight;	/* 0: only when all others failed */
	int64_t cost;	/* a minute to this number, in millionths; negative: not known */
	int64_t credit; /* of the weighted round */
	bool is_well;
};

/* Index of the best, or -1 when n is 0. is_again: one was tried already, so credits say nothing. */
int trunk_pick(const struct trunk_choice *list, int n, enum trunk_strategy strategy, bool is_again);
/* The credits of the round once list[taken] got a call. */
void trunk_pick_taken(struct trunk_choice *list, int n, int taken);
/* "0.0125" in millionths; negative when it is no price (at most six decimals, at most 1,000,000). */
int64_t trunk_price(const char *text);
/* "in_order", "weighted", "least_cost"; anything else is TRUNKS_IN_ORDER. */
enum trunk_strategy trunk_strategy_named(const char *name);
