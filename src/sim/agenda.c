/* The heap. Invariant: an entry is never before the one at (i - 1) / WAYS. Four ways: half the levels of a
 * binary one, and the children compared lie side by side in memory. */
#include "sim/agenda.h"
#include "base/vec.h"

#define WAYS 4

static bool is_before(const struct agenda_entry *x, const struct agenda_entry *y)
{
	return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->order < y->order;
}

int agenda_add(struct agenda *g, int64_t at_ms, int kind, uint64_t a, uint64_t b)
{
	struct agenda_entry entry = {at_ms, g->n_added, a, b, kind};
	size_t i = g->len;

	if (i == AGENDA_MAX)
		return -ENOSPC;
	if (!VEC_RESERVE(g, i + 1))
		return -ENOMEM;
	g->n_added++;
	g->len++;
	for (; i > 0 && is_before(&entry, &g->at[(i - 1) / WAYS]); i = (i - 1) / WAYS)
		g->at[i] = g->at[(i - 1) / WAYS];
	g->at[i] = entry;
	return 0;
}

int64_t agenda_due(const struct agenda *g)
{
	return g->len ? g->at[0].at_ms : INT64_MAX;
}

bool agenda_take(struct agenda *g, struct agenda_entry *ret_entry)
{
	if (g->len == 0)
		return false;
	*ret_entry = g->at[0];
	struct agenda_entry entry = g->at[--g->len];
	size_t i = 0;

	for (size_t first; (first = WAYS * i + 1) < g->len;) {
		size_t least = first, end = first + WAYS < g->len ? first + WAYS : g->len;
		for (size_t child = first + 1; child < end; child++)
			if (is_before(&g->at[child], &g->at[least]))
				least = child;
		if (!is_before(&g->at[least], &entry))
			break;
		g->at[i] = g->at[least];
		i = least;
	}
	if (g->len)
		g->at[i] = entry;
	return true;
}

void agenda_clear(struct agenda *g)
{
	g->len = 0;
}

void agenda_free(struct agenda *g)
{
	VEC_FREE(g);
}
