/* Asks: whether an agent's skills hold what is asked. */
#pragma once
#include "route/state.h"

struct asks { /* with the places of their skills in the world's list, UINT32_MAX: nobody holds it */
	const struct route_ask *at;
	uint32_t places[ROUTE_NEED_ASKS];
	int n;
};
/* asks: borrowed. */
void route_asks_find(const struct world *w, const struct route_ask *asks, int n, struct asks *ret_asks);
/* The place of a skill in the world's list, or UINT32_MAX. */
uint32_t route_skill_place(const struct world *w, uint64_t skill);
/* Whether a holds all asks, REQUIRED ones relaxed by so many levels; PREFERRED ones are not looked at. */
bool route_asks_hold(const struct agent *a, const struct asks *asks, int relax);
/* Preferred asks a does not hold (alternatives count as one). */
int route_asks_unmet(const struct agent *a, const struct asks *asks);
/* Sum of the levels a holds of what is asked, NOT left out. */
int route_asks_score(const struct agent *a, const struct asks *asks);
/* 0 or -EINVAL. */
int route_asks_check(const struct route_ask *asks, int n);
