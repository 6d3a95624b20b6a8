/* What the log and the centre must look like between any two messages, and when everything has ended; see
 * test_parts.h. */
#include "base/str.h"
#include "center/call/party.h"
#include "center/test_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the log
 * -------------------------------------------------------------------------------------------------------- */

int world_count(struct world *w, enum event_type type)
{
	int n = 0;

	VEC_EACH(&w->log, i)
	n += w->log.at[i].e.type == type;
	return n;
}

int world_count_reason(struct world *w, enum event_type type, const char *reason)
{
	int n = 0;

	VEC_EACH(&w->log, i)
	n += w->log.at[i].e.type == type && str_equal(w->log.at[i].reason, reason);
	return n;
}

const struct logged *world_last(struct world *w, enum event_type type)
{
	for (size_t i = w->log.len; i-- > 0;)
		if (w->log.at[i].e.type == type)
			return &w->log.at[i];
	return NULL;
}

/* What one id of the log went through. */
struct tally {
	int begun, ended, answered, left, held, offers;
	bool is_on, is_answered_offer, is_work;
	char state[16];
};
struct tallies {
	struct map parties, parked, interactions, segments, recordings, agents, wrap_ups,
		offers;	   /* offers: segment x agent */
	const char *wrong; /* the first thing that cannot be */
	size_t at;
};

static struct tally *tally(struct map *m, uint64_t id)
{
	struct tally *t = map_get(m, id);

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	if (!t || map_put(m, id, t) < 0)
		abort();
	return t;
}

static void claim(struct tallies *t, bool is_true, const char *what)
{
	if (!is_true && !t->wrong)
		t->wrong = what;
}

static void tally_segment(struct tallies *t, const struct logged *l)
{
	struct tally *s = tally(&t->segments, l->e.segment);
	struct tally *offer = tally(&t->offers, l->e.segment ^ (l->e.agent * 0x9e3779b97f4a7c15u));

	switch (l->e.type) {
	case EVENT_SEGMENT_QUEUED:
		claim(t, s->begun++ == 0, "a segment is queued twice");
		break;
	case EVENT_OFFER_MADE:
		claim(t, !offer->is_on && !s->answered && !s->left && s->begun, "an offer out of place");
		offer->is_on = true;
		s->offers++;
		break;
	case EVENT_OFFER_ENDED:
		claim(t, offer->is_on, "an offer ends that was not made");
		offer->is_on = false;
		s->offers--;
		claim(t, !s->is_answered_offer || !str_equal(l->reason, "answered"), "two agents answer");
		s->is_answered_offer |= str_equal(l->reason, "answered");
		break;
	case EVENT_SEGMENT_ANSWERED:
		claim(t, s->is_answered_offer && !s->left && s->answered++ == 0, "an answer out of place");
		break;
	case EVENT_SEGMENT_ABANDONED:
	case EVENT_SEGMENT_OVERFLOWED:
		claim(t, s->offers == 0, "a segment leaves while it is offered");
		claim(t, s->begun && !s->answered && s->left++ == 0, "a segment leaves twice");
		break;
	case EVENT_SEGMENT_HELD:
		claim(t, s->answered && !s->ended && s->held++ == 0, "a hold out of place");
		break;
	case EVENT_SEGMENT_RESUMED:
		claim(t, s->held-- == 1 && !s->ended, "a resume out of place");
		break;
	case EVENT_SEGMENT_ENDED:
		claim(t, s->answered && !s->held && s->ended++ == 0, "a talk ends twice or was none");
		claim(t, l->e.talk_ms >= 0 && l->e.hold_ms >= 0, "a duration is negative");
		break;
	default:
		break;
	}
}

static void tally_event(struct tallies *t, const struct logged *l, bool has_restored)
{
	struct tally *ix = l->e.interaction ? tally(&t->interactions, l->e.interaction) : NULL;
	struct tally *r = tally(&t->recordings, l->e.ref ? l->e.ref : 1);
	struct tally *a = l->e.agent ? tally(&t->agents, l->e.agent) : NULL;
	/* One at a time after calls; beside contacts without a telephone there may be others. */
	uint64_t wrap = ix && ix->is_work ? l->e.segment : l->e.agent;
	struct tally *w = tally(&t->wrap_ups, wrap ? wrap : 1);

	switch (l->e.type) {
	case EVENT_INTERACTION_STARTED:
		claim(t, ix->begun++ == 0, "an interaction starts twice");
		ix->is_work = !str_equal(l->text, "voice");
		break;
	case EVENT_INTERACTION_ENDED:
		claim(t, ix->begun == 1 && ix->ended++ == 0, "an interaction ends twice");
		break;
	case EVENT_RECORDING_STARTED:
		claim(t, r->begun++ == 0, "a recording starts twice");
		break;
	case EVENT_RECORDING_ENDED:
		claim(t, r->begun == 1 && r->ended++ == 0, "a recording ends twice");
		break;
	case EVENT_PARTY_JOINED:
		claim(t, ix->begun && !ix->ended && tally(&t->parties, l->e.ref)->begun++ == 0,
			"a party joins twice");
		break;
	case EVENT_PARTY_LEFT:
		claim(t,
			tally(&t->parties, l->e.ref)->begun == 1 &&
				tally(&t->parties, l->e.ref)->ended++ == 0,
			"a party leaves twice");
		claim(t, l->e.duration_ms >= 0 && l->e.ring_ms >= 0, "a party's duration is negative");
		break;
	case EVENT_CALL_PARKED:
		claim(t, tally(&t->parked, l->e.interaction)->held++ == 0, "a parked call is parked");
		break;
	case EVENT_CALL_RETRIEVED:
		claim(t, tally(&t->parked, l->e.interaction)->held-- == 1, "a call is retrieved twice");
		break;
	case EVENT_WRAP_UP_STARTED:
		claim(t, !w->is_on, "a wrap-up in a wrap-up");
		w->is_on = true;
		break;
	case EVENT_WRAP_UP_ENDED:
		claim(t, w->is_on, "a wrap-up ends that was none");
		w->is_on = false;
		break;
	case EVENT_AGENT_STATE:
		claim(t, has_restored || str_equal(l->name, a->state[0] ? a->state : "offline"),
			"an agent's states do not chain");
		claim(t, !str_equal(l->name, l->reason), "an agent's state changes to itself");
		(void)str_put(a->state, sizeof(a->state), l->reason);
		break;
	default:
		if (ix && l->e.type < EVENT_WRAP_UP_STARTED && l->e.type != EVENT_VOICEMAIL_LEFT)
			claim(t, ix->begun && !ix->ended, "something happens outside an interaction's life");
		if (l->e.segment)
			tally_segment(t, l);
		break;
	}
}

static void all_ended(struct tallies *t)
{
	struct tally *x;

	for (size_t i = 0; (x = map_next(&t->interactions, &i));)
		claim(t, x->begun == x->ended, "an interaction never ends");
	for (size_t i = 0; (x = map_next(&t->segments, &i));) {
		claim(t, x->answered + x->left == 1, "a segment has no single result");
		claim(t, x->answered == x->ended && x->offers == 0, "a talk or an offer never ends");
	}
	for (size_t i = 0; (x = map_next(&t->recordings, &i));)
		claim(t, x->begun == x->ended, "a recording never ends");
	for (size_t i = 0; (x = map_next(&t->wrap_ups, &i));)
		claim(t, !x->is_on, "a wrap-up never ends");
	for (size_t i = 0; (x = map_next(&t->parties, &i));)
		claim(t, x->begun == x->ended, "a party never leaves");
	for (size_t i = 0; (x = map_next(&t->parked, &i));)
		claim(t, !x->held, "a call is parked for ever");
}

static void tallies_free(struct map *m)
{
	void *p;

	for (size_t i = 0; (p = map_next(m, &i));)
		free(p);
	map_free(m);
}

static void check_kpis(struct world *w)
{
	struct kpi_counts n = {0};
	int64_t now = w->center->wall_ms();

	kpi_queue_counts(w->center->fold, 0, now - 26 * 3600 * 1000LL, now, now, &n);
	if (n.offered != n.answered + n.abandoned + n.overflowed_out)
		world_fail(__FILE__, __LINE__,
			"offered %lld is not answered %lld + abandoned %lld + overflowed %lld",
			(long long)n.offered, (long long)n.answered, (long long)n.abandoned,
			(long long)n.overflowed_out);
	if (n.offered != world_count(w, EVENT_SEGMENT_QUEUED))
		world_fail(__FILE__, __LINE__, "offered %lld, queued %d", (long long)n.offered,
			world_count(w, EVENT_SEGMENT_QUEUED));
}

static void check_empty(struct world *w)
{
	const struct center *c = w->center;
	const struct {
		const char *name;
		size_t len;
	} maps[] = {{"interactions", c->interactions.len}, {"legs", c->legs.len}, {"plays", c->plays.len},
		{"speeches", c->speeches.len}, {"segments", c->segments.len},
		{"recordings", c->recordings.len}, {"pending", c->pending.len},
		{"parked calls", c->parked.len}, {"supervisors", c->supervisors.len}};
	struct center_totals totals;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (maps[i].len)
			world_fail(__FILE__, __LINE__, "%zu %s are left", maps[i].len, maps[i].name);
	center_totals(c, &totals);
	if (totals.calls_active)
		world_fail(__FILE__, __LINE__, "%lld calls active", (long long)totals.calls_active);
}

void world_check_log(struct world *w, bool has_everything_ended)
{
	struct tallies t = {0};

	VEC_EACH(&w->log, i)
	{
		tally_event(&t, &w->log.at[i], w->has_restored);
		if (t.wrong && !t.at)
			t.at = i + 1;
	}
	if (has_everything_ended)
		all_ended(&t);
	if (t.wrong) {
		world_fail(__FILE__, __LINE__, "event %zu of %zu: %s", t.at, w->log.len, t.wrong);
		for (size_t i = t.at > 25 ? t.at - 25 : 0; t.at && i < t.at; i++) {
			const struct logged *l = &w->log.at[i];
			printf("#   %-24s ix %llx seg %llx agent %llx reason %s name %s\n",
				event_name(l->e.type), (unsigned long long)l->e.interaction & 0xffffffff,
				(unsigned long long)l->e.segment & 0xffffffff,
				(unsigned long long)l->e.agent & 0xffffff, l->reason, l->name);
		}
	}
	tallies_free(&t.interactions);
	tallies_free(&t.parties);
	tallies_free(&t.parked);
	tallies_free(&t.segments);
	tallies_free(&t.recordings);
	tallies_free(&t.agents);
	tallies_free(&t.wrap_ups);
	tallies_free(&t.offers);
	if (has_everything_ended) {
		check_kpis(w);
		check_empty(w);
	}
}
