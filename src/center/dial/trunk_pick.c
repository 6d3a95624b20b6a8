/* See trunk_pick.h. */
#include "center/dial/trunk_pick.h"
#include "base/str.h"

#define PRICE_MAX 1000000
#define MILLION 1000000

static bool is_cheaper(const struct trunk_choice *a, const struct trunk_choice *b)
{
	if ((a->cost < 0) != (b->cost < 0))
		return b->cost < 0;
	return a->cost < b->cost;
}

/* Whether a goes before b; neither: they are equal. */
static bool is_before(const struct trunk_choice *a, const struct trunk_choice *b,
	enum trunk_strategy strategy, bool is_again)
{
	if (a->is_well != b->is_well)
		return a->is_well;
	if (strategy == TRUNKS_LEAST_COST && a->cost != b->cost && (a->cost >= 0 || b->cost >= 0))
		return is_cheaper(a, b);
	if (strategy == TRUNKS_WEIGHTED && (a->weight > 0) != (b->weight > 0))
		return a->weight > 0;
	if (strategy == TRUNKS_WEIGHTED && is_again && a->weight != b->weight)
		return a->weight > b->weight;
	if (strategy == TRUNKS_WEIGHTED && !is_again && a->credit + a->weight != b->credit + b->weight)
		return a->credit + a->weight > b->credit + b->weight;
	return a->rank < b->rank;
}

int trunk_pick(const struct trunk_choice *list, int n, enum trunk_strategy strategy, bool is_again)
{
	int best = -1;

	for (int i = 0; i < n; i++)
		if (best < 0 || is_before(&list[i], &list[best], strategy, is_again))
			best = i;
	return best;
}

void trunk_pick_taken(struct trunk_choice *list, int n, int taken)
{
	int64_t all = 0;

	for (int i = 0; i < n; i++) {
		if (list[i].is_well != list[taken].is_well)
			continue; /* who stepped back saves nothing up */
		list[i].credit += list[i].weight;
		all += list[i].weight;
	}
	list[taken].credit -= all;
}

int64_t trunk_price(const char *text)
{
	int64_t whole = 0, part = 0, unit = MILLION;
	const char *p = text;

	if (!text || *p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		whole = whole * 10 + (*p - '0');
		if (whole > PRICE_MAX)
			return -1;
	}
	if (*p == '.' && !(p[1] >= '0' && p[1] <= '9'))
		return -1;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			if (unit == 0)
				return -1;
			part += unit * (*p - '0');
		}
	return *p ? -1 : whole * MILLION + part;
}

enum trunk_strategy trunk_strategy_named(const char *name)
{
	return str_equal(name, "weighted")     ? TRUNKS_WEIGHTED
	       : str_equal(name, "least_cost") ? TRUNKS_LEAST_COST
					       : TRUNKS_IN_ORDER;
}
