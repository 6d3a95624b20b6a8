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

/* Agent i is offered a contact of the queue and finishes it. */
static void work(struct centre *c, uint64_t segment, uint64_t agent, int64_t for_ms)
{
	contact(c, ROUTE_ACCEPTED, segment, agent);
	pass(c, for_ms);
	contact(c, ROUTE_ENDED, segment, agent);
}

TEST(the_lower_level_goes_first_whatever_the_strategy_says)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.serves[0][0].level = 2;
	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* Amin is idle longer */
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN); /* without rings every level takes part from the start */
}

TEST(who_meets_more_of_what_is_preferred_goes_first)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	HOLDS(&c, 1, {PERSIAN, 5});
	HOLDS(&c, 2, {PERSIAN, 5}, {BILLING, 5});
	configure(&c, 1, 3);
	all_available(&c, 3);
	in = newcomer(&c, 1, SALES);
	ASKS(&in, {PERSIAN, 5, 0, ROUTE_PREFERRED}, {BILLING, 5, 0, ROUTE_PREFERRED});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	in.segment = 3;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN); /* wanted, not required */
}

TEST(least_occupied_counts_work_against_time_available)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_decision d;

	c.queues[0].strategy = ROUTE_LEAST_OCCUPIED;
	configure(&c, 2, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES); /* nobody has worked yet: the longest idle */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	contact(&c, ROUTE_ACCEPTED, 2, BITA);
	pass(&c, 1000);
	contact(&c, ROUTE_ENDED, 2, BITA);
	pass(&c, 5000);
	work(&c, 1, AMIN, 60000); /* much busier, and idle for a shorter time */
	pass(&c, 5000);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.candidates[0].key < 1000000 && d.candidates[1].key > 900000);
	work(&c, 3, BITA, 1000);
	put(&c, 10, (struct route_input){.kind = ROUTE_RESET}); /* a new day: nobody has worked yet */
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
}

TEST(most_skilled_is_the_highest_sum_of_the_levels_asked_for)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[0].strategy = ROUTE_MOST_SKILLED;
	HOLDS(&c, 0, {PERSIAN, 6}, {BILLING, 4});
	HOLDS(&c, 1, {PERSIAN, 7}, {BILLING, 4});
	HOLDS(&c, 2, {PERSIAN, 5}, {BILLING, 2}, {ENGLISH, 10});
	configure(&c, 1, 3);
	all_available(&c, 3);
	in = newcomer(&c, 1, SALES);
	ASKS(&in, {PERSIAN, 5}, {BILLING, 1, 0, ROUTE_PREFERRED});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* 11 against 10 and 7: what is not asked does not count */
}

TEST(fewest_contacts_counts_those_accepted_today)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_FEWEST_CONTACTS;
	configure(&c, 2, 2);
	available(&c, AMIN, true);
	for (uint64_t i = 1; i <= 2; i++) {
		enqueue(&c, i, SALES);
		serve(&c, i, AMIN);
	}
	available(&c, BITA, true);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
	fail(&c, 3, BITA, ROUTE_DECLINED); /* no contact */
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	serve(&c, 3, AMIN);
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, BITA);
	serve(&c, 4, BITA);
	put(&c, 10, (struct route_input){.kind = ROUTE_RESET});
	enqueue(&c, 5, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, AMIN); /* equal again, and idle longer */
}

TEST(round_robin_goes_round_whatever_the_idle_times)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_ROUND_ROBIN;
	configure(&c, 2, 3);
	all_available(&c, 3);
	for (uint64_t i = 1; i <= 9; i++) {
		enqueue(&c, i, SALES);
		CHECK_ONLY(&c, ROUTE_OFFER, i, AMIN + (i - 1) % 3);
		contact(&c, ROUTE_CANCEL, i, 0);
		contact(&c, ROUTE_ENGAGE, 100 + i, CYRUS); /* Cyrus has been idle shortest all the time */
		contact(&c, ROUTE_ENDED, 100 + i, CYRUS);
	}
}

TEST(round_robin_is_of_one_queue)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = c.queues[1].strategy = ROUTE_ROUND_ROBIN;
	configure(&c, 2, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	contact(&c, ROUTE_CANCEL, 1, 0);
	enqueue(&c, 2, SUPPORT);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	contact(&c, ROUTE_CANCEL, 2, 0);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
}

TEST(top_down_begins_at_the_top_every_time)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_TOP_DOWN;
	for (int i = 0; i < 3; i++)
		c.serves[i][0].position = (uint16_t)(3 - i); /* Cyrus, Bita, Amin */
	configure(&c, 1, 3);
	all_available(&c, 3);
	for (uint64_t i = 1; i <= 3; i++) {
		enqueue(&c, i, SALES);
		CHECK_ONLY(&c, ROUTE_OFFER, i, CYRUS);
		serve(&c, i, CYRUS);
	}
	enqueue(&c, 4, SALES);
	enqueue(&c, 5, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, BITA);
}

TEST(weighted_adds_what_the_mix_says)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[0].strategy = ROUTE_WEIGHTED;
	c.queues[0].mix = (struct route_mix){.idle = 1, .skill = 3};
	HOLDS(&c, 0, {PERSIAN, 2});
	HOLDS(&c, 1, {PERSIAN, 4});
	configure(&c, 1, 2);
	available(&c, AMIN, true);
	pass(&c, 5000);
	available(&c, BITA, true); /* 5 s shorter idle against 2 levels more, at 3 a level */
	in = newcomer(&c, 1, SALES);
	ASKS(&in, {PERSIAN, 1});
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	contact(&c, ROUTE_CANCEL, 1, 0);
	c.queues[0].mix.skill = 2;
	configure(&c, 1, 2);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN); /* 5 s against 4 */
	contact(&c, ROUTE_CANCEL, 2, 0);
	c.queues[0].mix = (struct route_mix){.contacts = 1};
	configure(&c, 1, 2);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	serve(&c, 3, AMIN);
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, BITA);
}

TEST(ring_all_rings_everybody_and_one_gets_it)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 3);
	all_available(&c, 3);
	enqueue(&c, 1, SALES);
	CHECK_INT(c.out.len, 3);
	for (uint64_t i = 0; i < 3; i++)
		CHECK(is(&c, i, ROUTE_OFFER, 1, AMIN + i) && c.out.at[i].decision == c.out.at[0].decision);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.offered == 1 && counts.waiting == 0 && counts.agents_free == 0);
	contact(&c, ROUTE_ACCEPTED, 1, BITA);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 1, AMIN, ROUTE_ANSWERED_ELSEWHERE));
	CHECK(is_for(&c, 1, ROUTE_WITHDRAW, 1, CYRUS, ROUTE_ANSWERED_ELSEWHERE));
	contact(&c, ROUTE_ACCEPTED, 1, CYRUS); /* a moment too late */
	CHECK_INT(c.rc, -ENOENT);
	enqueue(&c, 2, SALES);
	CHECK_INT(c.out.len, 2); /* the others are free again at once */
	CHECK(is(&c, 0, ROUTE_OFFER, 2, AMIN) && is(&c, 1, ROUTE_OFFER, 2, CYRUS));
}

TEST(one_who_declines_a_ring_all_does_not_stop_the_others)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 3);
	all_available(&c, 3);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA); /* Bita is free for the next caller meanwhile */
	CHECK_INT(route_position(c.r, 1), 0); /* still ringing */
	available(&c, AMIN, false);
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, AMIN, ROUTE_AGENT_GONE);
	CHECK_INT(route_position(c.r, 1), 0);
	fail(&c, 1, CYRUS, ROUTE_DECLINED);
	CHECK_NONE(&c);
	CHECK_INT(route_position(c.r, 1), 1); /* nobody rings any more: back at its place */
}

TEST(a_ring_all_nobody_answers_ends_for_all_at_once)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	pass(&c, 20000);
	CHECK_INT(c.out.len, 4);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 1, AMIN, ROUTE_DEADLINE));
	CHECK(is(&c, 1, ROUTE_NOT_RESPONDING, 1, AMIN));
	CHECK(is_for(&c, 2, ROUTE_WITHDRAW, 1, BITA, ROUTE_DEADLINE));
	CHECK(is(&c, 3, ROUTE_NOT_RESPONDING, 1, BITA));
	CHECK_INT(route_position(c.r, 1), 1);
}

TEST(a_caller_who_leaves_stops_every_phone_of_a_ring_all)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 3);
	all_available(&c, 3);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_INT(c.out.len, 3);
	for (uint64_t i = 0; i < 3; i++)
		CHECK(is_for(&c, i, ROUTE_WITHDRAW, 1, AMIN + i, ROUTE_CANCELLED));
}

TEST(ring_all_by_hand_rings_one)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 3);
	all_available(&c, 3);
	in = newcomer(&c, 1, SALES);
	in.agent = CYRUS;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}

TEST(ring_all_rings_64_at_most)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_agent agents[ROUTE_RING_ALL_MAX + 6];
	struct route_config config = {1, c.queues, 1, agents, ROUTE_RING_ALL_MAX + 6};

	c.queues[0].strategy = ROUTE_RING_ALL;
	for (int i = 0; i < config.n_agents; i++) {
		agents[i] = c.agents[0];
		agents[i].id = 1000 + (uint64_t)i;
		agents[i].serves = c.serves[0];
		agents[i].skills = c.skills[0];
	}
	put(&c, 0, (struct route_input){.kind = ROUTE_CONFIGURE, .config = &config});
	for (int i = 0; i < config.n_agents; i++)
		available(&c, agents[i].id, true);
	enqueue(&c, 1, SALES);
	CHECK_INT(c.out.len, ROUTE_RING_ALL_MAX);
	CHECK(is(&c, ROUTE_RING_ALL_MAX - 1, ROUTE_OFFER, 1, 1000 + ROUTE_RING_ALL_MAX - 1));
}

TEST(a_preferred_agent_who_is_away_excluded_or_unfit_is_not_waited_for)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.agents[2].n_serves = 0;
	configure(&c, 1, 4);
	available(&c, BITA, true);
	in = newcomer(&c, 1, SALES);
	in.preferred_agent = AMIN;
	in.preferred_patience_ms = 60000;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* away */
	contact(&c, ROUTE_CANCEL, 1, 0);
	available(&c, AMIN, true);
	available(&c, CYRUS, true);
	in.excluded[0] = AMIN;
	in.n_excluded = 1;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* excluded */
	contact(&c, ROUTE_CANCEL, 1, 0);
	in.preferred_agent = CYRUS;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* does not serve the queue */
}

TEST(without_patience_a_preferred_agent_gets_it_only_if_free_at_once)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;
	struct route_decision d;

	configure(&c, 1, 2);
	all_available(&c, 2);
	in = newcomer(&c, 1, SALES);
	in.preferred_agent = BITA;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA); /* though Amin is idle longer */
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK_INT(d.how, ROUTE_BY_PREFERENCE);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK_INT(d.how, ROUTE_BY_ORDER);
}

TEST(patience_for_an_agent_ends_with_the_first_offer)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	configure(&c, 1, 2);
	all_available(&c, 2);
	in = newcomer(&c, 1, SALES);
	in.preferred_agent = BITA;
	in.preferred_patience_ms = 60000;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(by_hand_neither_queue_nor_skill_nor_level_nor_exclusion_matters)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;
	struct route_decision d;

	ASKS(&c.queues[0], {PERSIAN, 5});
	RINGS(&c.queues[0], {0, 1, 0}, {60000, 2, 0});
	c.serves[1][0].level = 2;
	c.agents[0].n_serves = 0;
	configure(&c, 1, 2);
	all_available(&c, 2);
	in = newcomer(&c, 1, SALES);
	in.excluded[0] = BITA;
	in.n_excluded = 1;
	put(&c, 10, in);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ASSIGN, 1, BITA); /* level, skill, excluded */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK_INT(d.how, ROUTE_BY_HAND);
	fail(&c, 1, BITA, ROUTE_BUSY);
	contact(&c, ROUTE_ASSIGN, 1, BITA); /* resting */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	contact(&c, ROUTE_ASSIGN, 1, BITA); /* declined */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	contact(&c, ROUTE_ASSIGN, 1, AMIN); /* serves nothing */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	CHECK_INT(c.rc, 0);
}

TEST(an_offer_that_fails_does_not_change_how_long_one_has_been_idle)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	contact(&c, ROUTE_CANCEL, 1, 0);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}
