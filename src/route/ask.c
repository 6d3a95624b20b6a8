/* See ask.h. Lists are short (ROUTE_NEED_ASKS at most), and looked at only when a need is made. */
#include "route/ask.h"

uint32_t route_skill_place(const struct world *w, uint64_t skill)
{
	uint32_t low = 0, high = w->n_skills;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (w->skill_ids[mid] < skill)
			low = mid + 1;
		else
			high = mid;
	}
	return low < w->n_skills && w->skill_ids[low] == skill ? low : UINT32_MAX;
}

void route_asks_find(const struct world *w, const struct route_ask *asks, int n, struct asks *ret_asks)
{
	ret_asks->at = asks;
	ret_asks->n = n;
	for (int i = 0; i < n; i++)
		ret_asks->places[i] = route_skill_place(w, asks[i].skill);
}

static int level_of(const struct agent *a, uint32_t place)
{
	uint32_t low = 0, high = a->n_skills;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (a->skills[mid] / 16 < place)
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->n_skills && a->skills[low] / 16 == place ? (int)(a->skills[low] % 16) : 0;
}

static bool holds(const struct agent *a, const struct asks *asks, int i, int relax)
{
	const struct route_ask *ask = &asks->at[i];
	int level = level_of(a, asks->places[i]), asked = ask->level;

	if (ask->kind == ROUTE_NOT)
		return level < asked;
	if (ask->kind == ROUTE_REQUIRED && relax >= ROUTE_LEVEL_MAX)
		return true;
	if (ask->kind == ROUTE_REQUIRED)
		asked = asked - relax < 1 ? 1 : asked - relax;
	return level >= asked;
}

/* Whether ask i, or one of its alternatives, is held; true for alternatives already looked at. */
static bool clause_holds(const struct agent *a, const struct asks *asks, int i, int relax)
{
	uint8_t any = asks->at[i].any;

	if (!any)
		return holds(a, asks, i, relax);
	for (int k = 0; k < i; k++)
		if (asks->at[k].any == any)
			return true;
	for (int k = i; k < asks->n; k++)
		if (asks->at[k].any == any && holds(a, asks, k, relax))
			return true;
	return false;
}

bool route_asks_hold(const struct agent *a, const struct asks *asks, int relax)
{
	for (int i = 0; i < asks->n; i++)
		if (asks->at[i].kind != ROUTE_PREFERRED && !clause_holds(a, asks, i, relax))
			return false;
	return true;
}

int route_asks_unmet(const struct agent *a, const struct asks *asks)
{
	int unmet = 0;

	for (int i = 0; i < asks->n; i++)
		unmet += asks->at[i].kind == ROUTE_PREFERRED && !clause_holds(a, asks, i, 0);
	return unmet;
}

int route_asks_score(const struct agent *a, const struct asks *asks)
{
	int score = 0;

	for (int i = 0; i < asks->n; i++)
		score += asks->at[i].kind == ROUTE_NOT ? 0 : level_of(a, asks->places[i]);
	return score;
}

int route_asks_check(const struct route_ask *asks, int n)
{
	if (n < 0 || n > ROUTE_ASKS_MAX)
		return -EINVAL;
	for (int i = 0; i < n; i++) {
		if (!asks[i].skill || asks[i].level < 1 || asks[i].level > ROUTE_LEVEL_MAX ||
			asks[i].kind > ROUTE_NOT)
			return -EINVAL;
		for (int k = 0; asks[i].any && k < i; k++)
			if (asks[k].any == asks[i].any && asks[k].kind != asks[i].kind)
				return -EINVAL;
	}
	return 0;
}
