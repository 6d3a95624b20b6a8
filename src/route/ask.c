/* See ask.h. Lists are short (ROUTE_NEED_ASKS at most), and looked at only when a need is made. */
#include "route/ask.h"

static int level_of(const struct agent *a, uint64_t skill)
{
	uint32_t low = 0, high = a->n_skills;

	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (a->skills[mid].skill < skill)
			low = mid + 1;
		else
			high = mid;
	}
	return low < a->n_skills && a->skills[low].skill == skill ? a->skills[low].level : 0;
}

static bool holds(const struct agent *a, const struct route_ask *ask, int relax)
{
	int level = level_of(a, ask->skill), asked = ask->level;

	if (ask->kind == ROUTE_NOT)
		return level < asked;
	if (ask->kind == ROUTE_REQUIRED && relax >= ROUTE_LEVEL_MAX)
		return true;
	if (ask->kind == ROUTE_REQUIRED)
		asked = asked - relax < 1 ? 1 : asked - relax;
	return level >= asked;
}

/* Whether ask i, or one of its alternatives, is held; true for alternatives already looked at. */
static bool clause_holds(const struct agent *a, const struct route_ask *asks, int n, int i, int relax)
{
	if (!asks[i].any)
		return holds(a, &asks[i], relax);
	for (int k = 0; k < i; k++)
		if (asks[k].any == asks[i].any)
			return true;
	for (int k = i; k < n; k++)
		if (asks[k].any == asks[i].any && holds(a, &asks[k], relax))
			return true;
	return false;
}

bool route_asks_hold(const struct agent *a, const struct route_ask *asks, int n, int relax)
{
	for (int i = 0; i < n; i++)
		if (asks[i].kind != ROUTE_PREFERRED && !clause_holds(a, asks, n, i, relax))
			return false;
	return true;
}

int route_asks_unmet(const struct agent *a, const struct route_ask *asks, int n)
{
	int unmet = 0;

	for (int i = 0; i < n; i++)
		unmet += asks[i].kind == ROUTE_PREFERRED && !clause_holds(a, asks, n, i, 0);
	return unmet;
}

int route_asks_score(const struct agent *a, const struct route_ask *asks, int n)
{
	int score = 0;

	for (int i = 0; i < n; i++)
		score += asks[i].kind == ROUTE_NOT ? 0 : level_of(a, asks[i].skill);
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
