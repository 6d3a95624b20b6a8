/* Which agent gets it: strategies, levels, preferred skills, preferred agents, ring all, by hand; and why. */
#include "route/route_fixture.h"

TEST(the_longest_idle_agent_gets_it)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 3);
	available(&c, BITA, true);
	available(&c, AMIN, true);
	available(&c, CYRUS, true);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	CHECK_INT(c.out.at[0].due_ms, c.now + 20000);
	CHECK_INT(route_next_due(c.r), c.now + 20000);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, BITA);
	contact(&c, ROUTE_ENDED, 1, BITA);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, CYRUS);
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, BITA);
}

TEST(a_preferred_agent_is_waited_for_with_patience)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = {.kind = ROUTE_ENQUEUE,
		.segment = 2,
		.queue = SALES,
		.preferred_agent = AMIN,
		.preferred_patience_ms = 8000};

	configure(&c, 3, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	available(&c, BITA, true);
	in.waiting_since_ms = c.now;
	put(&c, 10, in);
	CHECK_INT(c.out.len, 0); /* Bita is free, and not asked */
	in.segment = 3;
	put(&c, 10, in);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN));
	pass(&c, 7990);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
	in.segment = 4;
	put(&c, 10, in);
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_CANCEL, 3, 0);
	CHECK_INT(c.out.len, 1);
	available(&c, AMIN, false); /* no use in waiting any longer */
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WITHDRAW, 2, AMIN));
	CHECK(is(&c, 1, ROUTE_OFFER, 2, BITA));
	CHECK_INT(route_position(c.r, 4), 1);
}

TEST(assigning_by_hand_needs_a_free_agent)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.agents[0].n_serves = 0;
	configure(&c, 3, 2);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	contact(&c, ROUTE_ASSIGN, 2, AMIN);
	CHECK_ONLY(&c, ROUTE_REFUSED, 2, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_NOT_FREE);
	available(&c, AMIN, true);
	contact(&c, ROUTE_ASSIGN, 2, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	contact(&c, ROUTE_ASSIGN, 2, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_NOT_WAITING);
	contact(&c, ROUTE_ASSIGN, 1, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_NOT_FREE);
	configure(&c, 3, 2); /* the hand is respected */
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_ASSIGN, 77, AMIN);
	CHECK_INT(c.rc, -ENOENT);
}

TEST(a_decision_tells_why)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_decision d;

	ASKS(&c.queues[0], {PERSIAN, 1});
	HOLDS(&c, 0, {PERSIAN, 5});
	HOLDS(&c, 1, {PERSIAN, 5});
	configure(&c, 3, 3);
	for (uint64_t a = AMIN; a <= CYRUS; a++)
		available(&c, a, true);
	enqueue(&c, 1, SALES);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.segment == 1 && d.agent == AMIN && d.queue == SALES && d.config_version == 1);
	CHECK(d.how == ROUTE_BY_ORDER && d.n_candidates == 3 && d.n_considered == 3);
	CHECK(d.candidates[0].agent == AMIN && d.candidates[0].verdict == ROUTE_CHOSEN);
	CHECK_INT(d.candidates[0].idle_ms, 30);
	CHECK(d.candidates[1].agent == BITA && d.candidates[1].verdict == ROUTE_OUTRANKED);
	CHECK(d.candidates[2].agent == CYRUS && d.candidates[2].verdict == ROUTE_LACKS_SKILL);
	uint64_t first = d.number;
	for (uint64_t i = 2; i < 12; i++) {
		enqueue(&c, i, SALES);
		contact(&c, ROUTE_CANCEL, i, 0);
	}
	CHECK_INT(route_explain(c.r, first, &d), -ENOENT);
	CHECK_INT(route_explain(c.r, 999, &d), -ENOENT);
	CHECK_INT(route_explain(c.r, 0, &d), -ENOENT);
}
