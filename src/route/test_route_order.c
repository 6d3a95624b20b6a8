/* Whose turn it is: bands, ageing, head start, due time, share. */
#include "route/route_fixture.h"

TEST(priority_of_the_segment_adds_to_that_of_the_queue)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[1].priority = 1;
	configure(&c, 3, 1);
	enqueue(&c, 1, SUPPORT);
	put(&c, 10,
		(struct route_input){.kind = ROUTE_ENQUEUE,
			.segment = 2,
			.queue = SALES,
			.priority = 2,
			.waiting_since_ms = c.now});
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

TEST(a_higher_band_goes_first_however_long_the_others_wait)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input vip;

	configure(&c, 2, 1);
	enqueue(&c, 1, SALES);
	pass(&c, 3600000);
	vip = newcomer(&c, 2, SALES);
	vip.priority = 1;
	put(&c, 10, vip);
	CHECK_INT(route_position(c.r, 2), 1);
	CHECK_INT(route_position(c.r, 1), 2);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

TEST(first_come_first_served_and_then_the_lower_id)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	configure(&c, 2, 1);
	enqueue(&c, 5, SALES);
	in = newcomer(&c, 9, SALES);
	put(&c, 10, in);
	in.segment = 8;
	put(&c, 0, in);
	in.segment = 7;
	in.queue = SUPPORT;
	put(&c, 0, in);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, AMIN);
	const uint64_t then[] = {7, 8, 9}; /* who came in one moment, over both queues */
	for (uint64_t i = 0, last = 5; i < 3; last = then[i++]) {
		serve(&c, last, AMIN);
		CHECK_ONLY(&c, ROUTE_OFFER, then[i], AMIN);
	}
}

/* A point of priority is worth ten seconds of waiting here. */
TEST(where_priorities_age_whoever_waits_long_enough_comes_before_any_newcomer)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input vip;

	c.queues[0].age_ms = 10000;
	configure(&c, 2, 1);
	enqueue(&c, 1, SALES);
	pass(&c, 5000);
	enqueue(&c, 2, SALES);
	pass(&c, 4000);
	vip = newcomer(&c, 3, SALES);
	vip.priority = 1;
	put(&c, 10, vip); /* 1 has waited 9.0 s, 2 4.0 s */
	CHECK_INT(route_position(c.r, 3), 1);
	pass(&c, 2000);
	vip = newcomer(&c, 4, SALES);
	vip.priority = 1;
	put(&c, 10, vip); /* 1 has waited 11.0 s: a newcomer with one point is not before it any more */
	CHECK_INT(route_position(c.r, 3), 1);
	CHECK_INT(route_position(c.r, 1), 2);
	CHECK_INT(route_position(c.r, 4), 3);
	CHECK_INT(route_position(c.r, 2), 4);
}

TEST(a_queue_that_ages_stands_in_band_0)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].age_ms = 1000;
	c.queues[0].priority = 50;
	c.queues[1].priority = 1;
	configure(&c, 3, 1);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SUPPORT);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

TEST(a_head_start_counts_in_the_order_and_nowhere_else)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_input vip;

	c.queues[0].max_wait_ms = 60000;
	configure(&c, 2, 1);
	enqueue(&c, 1, SALES);
	pass(&c, 29000);
	vip = newcomer(&c, 2, SALES);
	vip.head_start_ms = 30000;
	put(&c, 10, vip);
	CHECK_INT(route_position(c.r, 2), 1);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.oldest_waiting_since_ms, 1010); /* that of 1 */
	pass(&c, 60000);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_OVERFLOW, 1, 0, ROUTE_DEADLINE)); /* at 61.01 s */
	CHECK(is_for(&c, 1, ROUTE_OVERFLOW, 2, 0, ROUTE_DEADLINE)); /* at 90.02 s: its own minute */
}

TEST(ordered_by_due_time_the_nearest_breach_goes_first)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input own;

	for (int i = 0; i < 2; i++)
		c.queues[i].is_by_due = true;
	c.queues[0].target_ms = 60000;
	c.queues[1].target_ms = 20000;
	configure(&c, 2, 1);
	enqueue(&c, 1, SALES); /* due 61.01 s */
	pass(&c, 30000);
	enqueue(&c, 2, SUPPORT); /* due 51.02 s */
	own = newcomer(&c, 3, SALES);
	own.target_ms = 10000; /* due 41.03 s: its own target, not the queue's */
	put(&c, 10, own);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	serve(&c, 3, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	serve(&c, 2, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* Sales has every advantage and never runs dry; n contacts later: how many Support got. */
static int contest(struct centre *c, int n, uint64_t *next)
{
	int got = 0;

	available(c, AMIN, true);
	for (int i = 0; i < 10; i++) {
		enqueue(c, ++*next, SALES);
		enqueue(c, ++*next, SUPPORT);
	}
	struct route_action last = {.segment = 1, .queue = SALES}; /* the first in was offered at once */
	for (int i = 0; i < n; i++) {
		got += last.queue == SUPPORT;
		enqueue(c, ++*next, last.queue);
		contact(c, ROUTE_ACCEPTED, last.segment, AMIN);
		contact(c, ROUTE_ENDED, last.segment, AMIN);
		if (c->out.len != 1 || c->out.at[0].kind != ROUTE_OFFER)
			return -1;
		last = c->out.at[0];
	}
	return got;
}

TEST(without_a_share_a_lower_queue_starves)
{
	_cleanup_centre_ struct centre c = centre_new();
	uint64_t next = 0;

	c.queues[0].priority = 10;
	configure(&c, 2, 1);
	CHECK_INT(contest(&c, 1000, &next), 0);
}

TEST(a_share_is_kept_over_a_thousand_contacts)
{
	_cleanup_centre_ struct centre c = centre_new();
	uint64_t next = 0;

	c.queues[0].priority = 10;
	c.queues[1].share_pct = 20;
	configure(&c, 2, 1);
	int got = contest(&c, 1000, &next);
	CHECK(got >= 195 && got <= 205);
}

TEST(shares_of_several_queues_are_all_kept)
{
	_cleanup_centre_ struct centre c = centre_new();
	uint64_t next = 0;

	c.queues[0].priority = 10;
	c.queues[0].share_pct = 60;
	c.queues[1].share_pct = 35;
	configure(&c, 2, 1);
	int got = contest(&c, 1000, &next);
	CHECK(got >= 345 && got <= 400); /* 5 % are nobody's */
}

TEST(a_share_is_a_minimum_and_no_limit)
{
	_cleanup_centre_ struct centre c = centre_new();
	uint64_t next = 0;

	c.queues[1].priority = 10;
	c.queues[1].share_pct = 5;
	configure(&c, 2, 1);
	CHECK_INT(contest(&c, 200, &next), 199); /* all but the first, which came alone */
}

TEST(a_decision_by_share_says_so)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_decision d;

	c.queues[0].priority = 10;
	c.queues[1].share_pct = 50;
	configure(&c, 2, 1);
	for (uint64_t i = 1; i <= 5; i++)
		enqueue(&c, i, i < 5 ? SALES : SUPPORT);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	serve(&c, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK_INT(d.how, ROUTE_BY_ORDER);
	CHECK_INT(route_queue_counts(c.r, SUPPORT, &counts), 0);
	CHECK_INT(counts.owed, 100);
	serve(&c, 2, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, AMIN);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK_INT(d.how, ROUTE_BY_SHARE);
	CHECK_INT(route_queue_counts(c.r, SUPPORT, &counts), 0);
	CHECK_INT(counts.owed, 50); /* 100 + 50 - 100 */
}

TEST(nothing_is_owed_while_nobody_waits_or_the_agent_could_not_take_it)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].priority = 10;
	c.queues[1].share_pct = 90;
	c.agents[1].n_serves = 1; /* Bita serves Sales only */
	configure(&c, 2, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES); /* nobody waits in Support */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	enqueue(&c, 2, SUPPORT);
	available(&c, BITA, true);
	enqueue(&c, 3, SALES); /* somebody does, but not for Bita */
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
	CHECK_INT(route_queue_counts(c.r, SUPPORT, &counts), 0);
	CHECK_INT(counts.owed, 0);
	enqueue(&c, 4, SALES);
	serve(&c, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
	CHECK_INT(route_queue_counts(c.r, SUPPORT, &counts), 0);
	CHECK_INT(counts.owed, 90);
}

TEST(what_is_owed_stays_within_four_contacts)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].share_pct = 1;
	configure(&c, 2, 1);
	available(&c, AMIN, true);
	for (uint64_t i = 1; i <= 9; i++) {
		enqueue(&c, i, SALES);
		CHECK_ONLY(&c, ROUTE_OFFER, i, AMIN);
		serve(&c, i, AMIN);
	}
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.owed, -400);
}

TEST(offers_by_hand_and_by_preference_change_no_share)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_input in;

	c.queues[0].share_pct = 50;
	configure(&c, 2, 2);
	all_available(&c, 2);
	in = newcomer(&c, 1, SALES);
	in.preferred_agent = BITA;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	in = newcomer(&c, 2, SALES);
	in.agent = AMIN;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.owed, 0);
}
