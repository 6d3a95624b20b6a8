/* Asks: whether an agent's skills hold what is asked. */
#pragma once
#include "route/state.h"

/* Whether a holds all n asks, REQUIRED ones relaxed by so many levels; PREFERRED ones are not looked at. */
bool route_asks_hold(const struct agent *a, const struct route_ask *asks, int n, int relax);
/* Preferred asks a does not hold (alternatives count as one). */
int route_asks_unmet(const struct agent *a, const struct route_ask *asks, int n);
/* Sum of the levels a holds of what is asked, NOT left out. */
int route_asks_score(const struct agent *a, const struct route_ask *asks, int n);
/* 0 or -EINVAL. */
int route_asks_check(const struct route_ask *asks, int n);
