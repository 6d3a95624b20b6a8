/* What is asked of an agent: alternatives, fixed and preferred asks, rings that relax and widen, exclusion.
 */
#include "route/route_fixture.h"

TEST(skills_of_queue_and_segment_are_both_asked)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = newcomer(&c, 1, SALES);

	ASKS(&in, {BILLING, 4});
	ASKS(&c.queues[0], {PERSIAN, 5});
	HOLDS(&c, 0, {PERSIAN, 5}, {BILLING, 3});
	HOLDS(&c, 1, {PERSIAN, 5});
	HOLDS(&c, 2, {PERSIAN, 5}, {BILLING, 4});
	configure(&c, 3, 3);
	available(&c, AMIN, true);
	available(&c, BITA, true);
	put(&c, 10, in);
	CHECK_INT(c.out.len, 0);
	CHECK_INT(route_position(c.r, 1), 1);
	available(&c, CYRUS, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}

TEST(of_alternatives_one_is_enough)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	HOLDS(&c, 0, {PERSIAN, 5});
	HOLDS(&c, 1, {PERSIAN, 5}, {ENGLISH, 4});
	HOLDS(&c, 2, {PERSIAN, 5}, {BILLING, 2});
	configure(&c, 1, 4);
	all_available(&c, 4);
	in = newcomer(&c, 1, SALES); /* Persian, and billing or English */
	ASKS(&in, {PERSIAN, 1}, {BILLING, 2, 1}, {ENGLISH, 4, 1});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, CYRUS);
	in.segment = 3;
	put(&c, 10, in);
	CHECK_NONE(&c);
}

TEST(alternatives_of_queue_and_segment_are_kept_apart)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	ASKS(&c.queues[0], {PERSIAN, 1, 1}, {ENGLISH, 1, 1});
	HOLDS(&c, 0, {PERSIAN, 1});
	HOLDS(&c, 1, {BILLING, 1});
	HOLDS(&c, 2, {BILLING, 1}, {ENGLISH, 1});
	configure(&c, 1, 3);
	all_available(&c, 3);
	in = newcomer(&c, 1, SALES);
	ASKS(&in, {BILLING, 1, 1});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}

TEST(what_must_not_be_held_is_refused_from_that_level_on)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	HOLDS(&c, 0, {BILLING, 3});
	HOLDS(&c, 1, {BILLING, 2});
	configure(&c, 1, 3);
	all_available(&c, 3);
	in = newcomer(&c, 1, SALES);
	ASKS(&in, {BILLING, 3, 0, ROUTE_NOT});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, CYRUS); /* does not hold it at all */
	in.segment = 3;
	put(&c, 10, in);
	CHECK_NONE(&c);
}

TEST(what_is_preferred_excludes_nobody)
{
	_cleanup_centre_ struct centre c = centre_new();

	ASKS(&c.queues[0], {PERSIAN, 10, 0, ROUTE_PREFERRED});
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(rings_relax_what_is_required_and_never_what_is_fixed)
{
	_cleanup_centre_ struct centre c = centre_new();

	ASKS(&c.queues[0], {PERSIAN, 5, 0, ROUTE_FIXED}, {BILLING, 5});
	RINGS(&c.queues[0], {0, 1, 0}, {10000, 1, 2}, {20000, 1, ROUTE_LEVEL_MAX});
	HOLDS(&c, 0, {PERSIAN, 4}, {BILLING, 10}); /* never */
	HOLDS(&c, 1, {PERSIAN, 5}, {BILLING, 3});  /* in the second ring */
	HOLDS(&c, 2, {PERSIAN, 9});		   /* in the third */
	configure(&c, 1, 3);
	all_available(&c, 3);
	enqueue(&c, 1, SALES);
	CHECK_NONE(&c);
	CHECK_INT(route_next_due(c.r), c.now + 10000);
	pass(&c, 9999);
	CHECK_NONE(&c);
	pass(&c, 1);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	contact(&c, ROUTE_ACCEPTED, 1, BITA);
	enqueue(&c, 2, SALES);
	pass(&c, 10000);
	CHECK_NONE(&c); /* Bita is busy; nobody else holds billing */
	pass(&c, 10000);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, CYRUS);
}

TEST(a_relaxed_level_never_falls_below_one)
{
	_cleanup_centre_ struct centre c = centre_new();

	ASKS(&c.queues[0], {BILLING, 2});
	RINGS(&c.queues[0], {0, 1, 9});
	HOLDS(&c, 1, {BILLING, 1});
	configure(&c, 1, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	CHECK_NONE(&c); /* Amin does not hold it at all */
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
}

TEST(rings_widen_to_further_levels_and_the_first_line_still_goes_first)
{
	_cleanup_centre_ struct centre c = centre_new();

	RINGS(&c.queues[0], {0, 1, 0}, {15000, 2, 0});
	c.serves[0][0].level = 2;
	c.serves[1][0].level = 3;
	configure(&c, 1, 3);
	available(&c, AMIN, true);
	available(&c, BITA, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	CHECK_NONE(&c);
	pass(&c, 14990);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	available(&c, CYRUS, true);
	CHECK(is(&c, c.out.len - 1, ROUTE_OFFER, 2, CYRUS));
	contact(&c, ROUTE_CANCEL, 1, 0);
	fail(&c, 2, CYRUS, ROUTE_WITHDRAWN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, CYRUS);
	contact(&c, ROUTE_CANCEL, 2, 0);
	pass(&c, 16000);
	fail(&c, 3, CYRUS, ROUTE_DECLINED); /* 3 has waited on in the second ring while it rang */
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
}

TEST(a_kept_place_comes_in_at_the_ring_of_its_waiting)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;
	struct route_decision d;

	RINGS(&c.queues[0], {0, 1, 0}, {15000, 2, 0}, {30000, 3, 0});
	c.serves[0][0].level = 2;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	pass(&c, 60000);
	in = newcomer(&c, 1, SALES);
	in.waiting_since_ms -= 20000;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.ring == 1 && d.waited_ms == 20000);
}

TEST(a_ring_reaches_from_its_very_moment_on)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	RINGS(&c.queues[0], {0, 1, 0}, {15000, 2, 0});
	c.serves[1][0].level = 2;
	configure(&c, 1, 2);
	all_available(&c, 2);
	in = newcomer(&c, 1, SALES);
	in.preferred_agent = BITA; /* whom only the second ring reaches */
	in.waiting_since_ms -= 14999;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	contact(&c, ROUTE_CANCEL, 1, 0);
	in.waiting_since_ms = c.now + 10 - 15000;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
}

TEST(an_excluded_agent_does_not_get_it)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;
	struct route_decision d;

	configure(&c, 1, 2);
	available(&c, AMIN, true);
	in = newcomer(&c, 1, SALES);
	in.excluded[0] = AMIN;
	in.n_excluded = 1;
	put(&c, 10, in);
	CHECK_NONE(&c);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN); /* nothing against the next one */
	contact(&c, ROUTE_CANCEL, 2, 0);
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.candidates[1].agent == AMIN && d.candidates[1].verdict == ROUTE_EXCLUDED);
}
