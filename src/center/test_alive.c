/* What holds in the centre between any two messages; see test_parts.h. */
#include "base/str.h"
#include "center/call/party.h"
#include "center/test_parts.h"

#define CLAIM(is_true, what)                                                                                 \
	do {                                                                                                 \
		if (!(is_true))                                                                              \
			world_fail(__FILE__, __LINE__, "%s", what);                                          \
	} while (0)

static bool rings_at(const struct agent *a)
{
	if (a->offer.party)
		return a->offer.party->interaction == a->interaction && a->offer.party->user == a->user;
	for (const struct agent *r = a->interaction ? a->interaction->ringing : NULL; r; r = r->offer.next)
		if (r == a)
			return true;
	return false;
}

static int parties_holding(const struct center *c, uint64_t user)
{
	const struct interaction *ix;
	int n = 0;

	for (size_t i = 0; (ix = map_next(&c->interactions, &i));)
		for (const struct party *p = ix->parties; p; p = p->next)
			n += p->holds_agent && p->user == user;
	return n;
}

static void check_agent(const struct center *c, const struct agent *a)
{
	CLAIM(!a->offer.is_on || rings_at(a), "an agent rings for a caller who does not know");
	CLAIM(a->n_aside == parties_holding(c, a->user), "an agent is held by another number of parties");
	if (!a->interaction)
		return;
	CLAIM(map_get(&c->interactions, a->interaction->id) == a->interaction,
		"an agent holds an interaction that is gone");
	CLAIM(a->offer.is_on || party_of_user(a->interaction, a->user),
		"an agent holds an interaction which is not with them");
}

static void check_party(const struct center *c, const struct party *p)
{
	const struct interaction *ix = p->interaction;
	const struct agent *a = p->user ? map_get(&c->agents, p->user) : NULL;

	CLAIM(!p->leg || (p->leg->party == p && p->leg->interaction == ix), "a party's leg is another's");
	CLAIM(!p->next_leg || p->next_leg->party == p, "the leg a call is pulled to is another's");
	CLAIM(p != ix->lead || p->role == PARTY_AGENT, "the lead is no agent");
	CLAIM(p != ix->lead || p->state == PARTY_CONNECTED, "the lead is not connected");
	CLAIM(p != ix->lead || ix->agent_leg == p->leg, "the lead's leg is another");
	if (p->role == PARTY_AGENT && p->state == PARTY_CONNECTED)
		CLAIM(a && a->interaction == ix && !a->offer.is_on, "a party is an agent who does not know");
	if (p->role == PARTY_SUPERVISOR) {
		bool is_listed = false;
		VEC_EACH(&c->supervisors, i)
		is_listed |= c->supervisors.at[i] == p;
		CLAIM(is_listed && ix->lead, "a supervisor is not listed, or supervises nobody");
	}
}

/* The engine was told what the state of the call says. */
static void check_hearing(const struct world *w, const struct interaction *ix)
{
	struct hear want[HEARING_MAX];
	int n = hear_wanted(ix, want, HEARING_MAX);

	if (timer_is_set(&ix->hear_timer))
		return; /* it is about to be told */
	for (int i = 0; i < n; i++)
		CLAIM(world_hears(w, want[i].leg, want[i].other), "somebody does not hear whom they should");
	for (const struct party *p = ix->parties; p; p = p->next)
		for (const struct party *q = ix->parties; q; q = q->next) {
			bool is_wanted = false;
			if (!p->leg || !q->leg || !world_hears(w, p->leg->id, q->leg->id))
				continue;
			for (int i = 0; i < n; i++)
				is_wanted |= want[i].leg == p->leg->id && want[i].other == q->leg->id;
			CLAIM(is_wanted, "somebody hears whom they should not");
		}
}

static void check_interaction(const struct world *w, const struct interaction *ix)
{
	const struct center *c = w->center;
	const struct agent *a = map_get(&c->agents, ix->segment.agent);
	int n = 0;
	bool is_parked = false;

	if (ix->segment.id && ix->segment.is_answered && a)
		CLAIM(a->interaction == ix, "an interaction is with an agent who does not know");
	CLAIM(!ix->segment.id || !ix->segment.is_answered || !ix->ringing,
		"it still rings at somebody after the answer");
	for (a = ix->ringing; a; a = a->offer.next)
		CLAIM(a->offer.is_on && a->interaction == ix, "a caller rings at an agent who does not know");
	if (ix->is_ending)
		return;
	CLAIM((ix->stage == STAGE_TALKING) == (ix->lead != NULL),
		"talking to nobody, or a lead without talk");
	CLAIM(ix->stage != STAGE_TALKING || !ix->segment.is_in_route || ix->segment.is_answered ||
			!ix->segment.id,
		"talking while waiting");
	VEC_EACH(&c->parked, i)
	is_parked |= c->parked.at[i] == ix;
	CLAIM(is_parked == (ix->park.slot != 0) && is_parked == (ix->stage == STAGE_PARKED),
		"a call is half parked");
	CLAIM(ix->parties && ix->parties->role == PARTY_CUSTOMER, "the customer is not the first party");
	for (const struct party *p = ix->parties; p; p = p->next, n++)
		check_party(c, p);
	CLAIM(n == ix->n_parties && n <= HEARING_PARTIES_MAX, "parties are counted wrongly");
	check_hearing(w, ix);
}

static void check_leg(const struct leg *leg)
{
	bool is_a_persons = leg->role == LEG_CUSTOMER || leg->role == LEG_AGENT || leg->role == LEG_OUTSIDE ||
			    leg->role == LEG_SUPERVISOR;

	if (is_a_persons && leg->state == LEG_UP && !leg->interaction->is_ending)
		CLAIM(leg->party && (leg->party->leg == leg || leg->party->next_leg == leg ||
					    leg->party->other_line == leg),
			"a leg that is up belongs to no party");
}

void world_check_alive(struct world *w)
{
	const struct center *c = w->center;
	const struct agent *a;
	const struct interaction *ix;
	const struct leg *leg;

	route_check(c->route);
	for (size_t i = 0; (a = map_next(&c->agents, &i));)
		check_agent(c, a);
	for (size_t i = 0; (ix = map_next(&c->interactions, &i));)
		check_interaction(w, ix);
	for (size_t i = 0; (leg = map_next(&c->legs, &i));)
		check_leg(leg);
}
