/* What a queue does with those who wait: limits, refusals, overflow, misses, reservations, warnings,
 * announcements. */
#include "route/route_fixture.h"

TEST(a_wait_limit_overflows_but_lets_a_ring_finish)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].max_wait_ms = 30000;
	configure(&c, 3, 1);
	enqueue(&c, 1, SALES);
	pass(&c, 15000);
	enqueue(&c, 2, SALES);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	pass(&c, 15000);
	CHECK_INT(c.out.len, 0); /* ringing on */
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_OVERFLOW, 1, 0) && c.out.at[0].reason == ROUTE_DEADLINE);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN));
	available(&c, AMIN, false);
	pass(&c, 15000);
	CHECK_ONLY(&c, ROUTE_OVERFLOW, 2, 0);
	CHECK_INT(c.out.at[0].queue, SALES);
}

TEST(an_offer_that_fails_in_the_moment_of_the_limit_is_too_late)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].max_wait_ms = 10000;
	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	pass(&c, 9990);
	fail(&c, 1, AMIN, ROUTE_DECLINED); /* Bita is free, and not asked any more */
	CHECK_ONLY_FOR(&c, ROUTE_OVERFLOW, 1, 0, ROUTE_DEADLINE);
	enqueue(&c, 2, SALES);
	pass(&c, 9980);
	fail(&c, 2, AMIN, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA); /* ten milliseconds earlier */
}

TEST(a_full_queue_refuses_but_never_a_kept_place)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input kept = {.kind = ROUTE_ENQUEUE, .segment = 4, .queue = SALES};

	c.queues[0].capacity = 2;
	configure(&c, 3, 1);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_REFUSED, 3, 0);
	CHECK_INT(c.out.at[0].reason, ROUTE_QUEUE_FULL);
	kept.waiting_since_ms = c.now - 500;
	put(&c, 10, kept);
	CHECK_INT(c.out.len, 0);
	CHECK_INT(route_position(c.r, 4), 1);
	enqueue(&c, 2, SALES);
	CHECK_INT(c.out.at[0].reason, ROUTE_DUPLICATE);
	enqueue(&c, 5, 99);
	CHECK_INT(c.out.at[0].reason, ROUTE_UNKNOWN_QUEUE);
}

TEST(announcements_come_on_plan_and_not_during_ringing)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].announce_first_ms = 5000;
	c.queues[0].announce_every_ms = 30000;
	c.queues[0].handle_estimate_ms = 60000;
	configure(&c, 3, 1);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	pass(&c, 4990);
	CHECK_ONLY(&c, ROUTE_ANNOUNCE, 1, 0);
	CHECK(c.out.at[0].position == 1 && c.out.at[0].estimate_ms == -1);
	available(&c, AMIN, true);
	CHECK(is(&c, 0, ROUTE_OFFER, 1, AMIN) && is(&c, 1, ROUTE_ANNOUNCE, 2, 0));
	CHECK(c.out.at[1].position == 1 && c.out.at[1].estimate_ms == 60000);
	pass(&c, 31000);
	CHECK(is(&c, 0, ROUTE_WITHDRAW, 1, AMIN) && is(&c, 1, ROUTE_NOT_RESPONDING, 1, AMIN));
	CHECK(is(&c, 2, ROUTE_ANNOUNCE, 1, 0) && is(&c, 3, ROUTE_ANNOUNCE, 2, 0));
	CHECK(c.out.at[2].position == 1 && c.out.at[3].position == 2);
}

TEST(the_estimate_learns_the_rate_of_the_queue)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	for (uint64_t i = 1; i <= 12; i++)
		enqueue(&c, i, SALES);
	CHECK_INT(route_estimate(c.r, 4, c.now), -1);
	available(&c, AMIN, true);
	for (uint64_t i = 1; i <= 8; i++) {
		contact(&c, ROUTE_ACCEPTED, i, AMIN);
		pass(&c, 9980);
		contact(&c, ROUTE_ENDED, i, AMIN); /* one every 10 s */
	}
	CHECK_INT(route_position(c.r, 12), 3);
	CHECK_INT(route_estimate(c.r, 12, c.now), 30000);
	CHECK_INT(route_queue_estimate(c.r, SALES, c.now), 40000);
	CHECK_INT(route_estimate(c.r, 12, c.now + 70010), 30000); /* eight intervals after the last answer */
	CHECK_INT(route_estimate(c.r, 12, c.now + 70011), 3 * 9990);
	CHECK_INT(route_estimate(c.r, 12, c.now + 100000),
		3 * 9990); /* stale rate: handling time over agents */
	available(&c, AMIN, false);
	CHECK_INT(route_estimate(c.r, 12, c.now), -1);
}

static void count(const struct centre *c, uint64_t queue, struct route_queue_counts *ret_counts)
{
	if (route_queue_counts(c->r, queue, ret_counts) < 0)
		abort();
}

TEST(a_closed_queue_refuses_newcomers_and_keeps_who_is_there)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_input kept;

	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	open_queue(&c, SALES, false);
	CHECK_NONE(&c);
	count(&c, SALES, &counts);
	CHECK(!counts.is_open && counts.waiting == 1);
	available(&c, BITA, true);
	CHECK_INT(c.rc, -ENOENT);
	enqueue(&c, 2, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, 0, ROUTE_CLOSED);
	kept = newcomer(&c, 3, SALES);
	kept.waiting_since_ms -= 1000;
	put(&c, 10, kept); /* a place that is being kept is never refused */
	CHECK_NONE(&c);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	open_queue(&c, SALES, true);
	enqueue(&c, 4, SALES);
	CHECK_NONE(&c);
	open_queue(&c, SUPPORT, false);
	CHECK_INT(c.rc, -ENOENT); /* not in the configuration */
}

TEST(a_queue_may_be_left_when_it_closes)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input vip;

	c.queues[0].is_left_when_closed = true;
	configure(&c, 2, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	vip = newcomer(&c, 3, SALES);
	vip.priority = 1;
	put(&c, 10, vip);
	enqueue(&c, 4, SUPPORT);
	open_queue(&c, SALES, false);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_OVERFLOW, 3, 0, ROUTE_CLOSED)); /* in their order */
	CHECK(is_for(&c, 1, ROUTE_OVERFLOW, 2, 0, ROUTE_CLOSED));
	fail(&c, 1, AMIN, ROUTE_BUSY); /* it rang on, and leaves now */
	CHECK_ONLY_FOR(&c, ROUTE_OVERFLOW, 1, 0, ROUTE_CLOSED);
}

TEST(whoever_waits_leaves_when_nobody_has_been_there_for_a_while)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input kept;

	c.queues[0].is_left_without_agents = true;
	c.queues[0].no_agents_ms = 30000;
	configure(&c, 2, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	available(&c, BITA, false);
	enqueue(&c, 2, SALES);
	enqueue(&c, 3, SALES);
	pass(&c, 60000);
	CHECK_NONE(&c); /* Amin is busy, but there */
	available(&c, AMIN, false);
	CHECK_INT(route_next_due(c.r), c.now + 30000);
	pass(&c, 29990);
	available(&c, BITA, true); /* in the last moment */
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	available(&c, BITA, false);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 2, BITA);
	enqueue(&c, 4, SALES);
	CHECK_NONE(&c);
	pass(&c, 29990);
	CHECK_INT(c.out.len, 3);
	for (uint64_t i = 0; i < 3; i++)
		CHECK(is_for(&c, i, ROUTE_OVERFLOW, 2 + i, 0, ROUTE_NO_AGENTS));
	enqueue(&c, 5, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 5, 0, ROUTE_NO_AGENTS);
	kept = newcomer(&c, 6, SALES);
	kept.waiting_since_ms -= 5000;
	put(&c, 10, kept); /* is not refused, and finds nobody there */
	CHECK_ONLY_FOR(&c, ROUTE_OVERFLOW, 6, 0, ROUTE_NO_AGENTS);
}

TEST(an_agent_no_ring_reaches_is_nobody)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].is_left_without_agents = true;
	RINGS(&c.queues[0], {0, 1, 0}, {5000, 2, 0});
	c.serves[0][0].level = 3;
	c.serves[1][0].level = 2;
	configure(&c, 1, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 1, 0, ROUTE_NO_AGENTS);
	available(&c, BITA, true); /* in the last ring */
	enqueue(&c, 2, SALES);
	CHECK_NONE(&c);
	pass(&c, 5000);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
}

TEST(who_would_wait_too_long_is_refused)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input vip;

	c.queues[0].handle_estimate_ms = 60000;
	c.queues[0].max_estimate_ms = 120000;
	configure(&c, 1, 1);
	enqueue(&c, 1, SALES); /* nobody there: unknown, so taken */
	CHECK_NONE(&c);
	available(&c, AMIN, true);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, SALES);
	enqueue(&c, 3, SALES);
	CHECK_NONE(&c);
	CHECK_INT(route_estimate(c.r, 3, c.now), 120000);
	CHECK_INT(route_queue_estimate(c.r, SALES, c.now), 180000);
	enqueue(&c, 4, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 4, 0, ROUTE_ESTIMATE_TOO_LONG);
	vip = newcomer(&c, 5, SALES);
	vip.priority = 1;
	put(&c, 10, vip); /* would be the next, and wait one minute only */
	CHECK_NONE(&c);
}

TEST(refusals_have_an_order)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].is_left_without_agents = true;
	c.queues[0].capacity = 1;
	c.queues[0].handle_estimate_ms = 60000;
	c.queues[0].max_estimate_ms = 1;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	contact(&c, ROUTE_ENGAGE, 900, AMIN);
	struct route_input kept = newcomer(&c, 1, SALES);
	kept.waiting_since_ms -= 1;
	put(&c, 10, kept);
	CHECK_NONE(&c);
	enqueue(&c, 2, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, 0, ROUTE_QUEUE_FULL);
	c.queues[0].capacity = 0;
	configure(&c, 1, 1);
	enqueue(&c, 2, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, 0, ROUTE_ESTIMATE_TOO_LONG);
	available(&c, AMIN, false);
	enqueue(&c, 2, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, 0, ROUTE_NO_AGENTS);
	open_queue(&c, SALES, false);
	enqueue(&c, 2, SALES);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, 0, ROUTE_CLOSED);
}

TEST(who_finds_a_free_agent_is_not_refused_for_room_or_wait)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input chat;

	c.queues[2].capacity = 1;
	c.queues[2].max_estimate_ms = 1;
	c.queues[2].handle_estimate_ms = 60000;
	ASKS(&c.queues[2], {PERSIAN, 1, 0, ROUTE_PREFERRED});
	configure(&c, 3, 1);
	available(&c, AMIN, true);
	chat = newcomer(&c, 1, CHATS);
	ASKS(&chat, {BILLING, 1});
	chat.waiting_since_ms -= 1;
	put(&c, 10, chat); /* waits for somebody with billing */
	CHECK_NONE(&c);
	enqueue(&c, 2, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	enqueue(&c, 3, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	enqueue(&c, 4, CHATS);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 4, 0, ROUTE_QUEUE_FULL);
}

TEST(as_many_misses_in_a_row_as_the_queue_says_make_not_responding)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].misses_max = 3;
	configure(&c, 2, 1);
	available(&c, AMIN, true);
	for (uint64_t i = 1; i <= 6; i++)
		enqueue(&c, i, SALES);
	fail(&c, 1, AMIN, ROUTE_NO_ANSWER);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN); /* still there; not for 1 just now */
	fail(&c, 2, AMIN, ROUTE_UNREACHABLE);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	contact(&c, ROUTE_ACCEPTED, 3, AMIN); /* counts from the start again */
	contact(&c, ROUTE_ENDED, 3, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
	fail(&c, 4, AMIN, ROUTE_NO_ANSWER);
	fail(&c, 5, AMIN, ROUTE_NO_ANSWER);
	CHECK_ONLY(&c, ROUTE_OFFER, 6, AMIN);
	pass(&c, 20000); /* meanwhile the ones before could have come back, but Amin is busy ringing */
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 6, AMIN, ROUTE_DEADLINE));
	CHECK(is(&c, 1, ROUTE_NOT_RESPONDING, 6, AMIN));
	CHECK_INT(c.out.len, 2);
	CHECK_INT(route_position(c.r, 1), 1);
}

TEST(with_no_limit_of_misses_nobody_becomes_not_responding)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].misses_max = 0;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	for (int i = 0; i < 10; i++) {
		pass(&c, 20000);
		CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, AMIN, ROUTE_DEADLINE);
		pass(&c, ROUTE_RETRY_MS);
		CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	}
}

TEST(a_reservation_holds_an_agent_and_rings_nobody)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;
	struct route_queue_counts counts;

	configure(&c, 2, 1);
	in = newcomer(&c, 1, SUPPORT);
	in.reserve_ms = 8000;
	put(&c, 10, in);
	CHECK_NONE(&c);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_RESERVE, 1, AMIN);
	CHECK_INT(c.out.at[0].due_ms, c.now + 8000);
	enqueue(&c, 2, SALES);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN); /* the customer has answered */
	CHECK_NONE(&c);
	count(&c, SUPPORT, &counts);
	CHECK_INT(counts.connected, 1);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

TEST(a_reservation_that_runs_out_is_no_fault_of_the_agent)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	configure(&c, 2, 1);
	available(&c, AMIN, true);
	in = newcomer(&c, 1, SUPPORT);
	in.reserve_ms = 8000;
	put(&c, 10, in);
	pass(&c, 8000);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 1, AMIN, ROUTE_DEADLINE));
	CHECK(is_for(&c, 1, ROUTE_OVERFLOW, 1, 0, ROUTE_DEADLINE));
	in.segment = 2;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_RESERVE, 2, AMIN);
	fail(&c, 2, AMIN, ROUTE_NO_ANSWER); /* the customer did not answer: read as withdrawn */
	CHECK_NONE(&c);
	CHECK_INT(route_position(c.r, 2), 1);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
}

TEST(a_call_back_keeps_its_place)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input back;

	c.queues[0].capacity = 3;
	configure(&c, 1, 1);
	for (uint64_t i = 1; i <= 3; i++)
		enqueue(&c, i, SALES);
	int64_t since = c.now - 10;	 /* that of 2 */
	contact(&c, ROUTE_CANCEL, 2, 0); /* hangs up and wishes to be called back */
	enqueue(&c, 4, SALES);
	back = newcomer(&c, 5, SALES);
	back.reserve_ms = 30000;
	back.waiting_since_ms = since;
	put(&c, 10, back); /* the queue is full: not for a place that is kept */
	CHECK_NONE(&c);
	CHECK_INT(route_position(c.r, 1), 1);
	CHECK_INT(route_position(c.r, 5), 2);
	CHECK_INT(route_position(c.r, 3), 3);
	available(&c, AMIN, true);
	serve(&c, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_RESERVE, 5, AMIN);
}

TEST(work_that_can_wait_leaves_some_agents_free)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[1].keep_free = 1;
	configure(&c, 2, 2);
	available(&c, AMIN, true);
	in = newcomer(&c, 1, SUPPORT);
	in.reserve_ms = 60000;
	put(&c, 10, in);
	CHECK_NONE(&c); /* the only free one is kept for callers */
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_RESERVE, 1, AMIN);
	in.segment = 2;
	put(&c, 10, in);
	CHECK_NONE(&c);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, BITA);
	serve(&c, 3, BITA);
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_INT(c.out.len, 2); /* two are free again */
	CHECK(is(&c, 1, ROUTE_RESERVE, 2, AMIN));
}

TEST(ring_all_of_a_queue_that_keeps_some_free_keeps_them_free)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[1].keep_free = 1;
	c.queues[1].strategy = ROUTE_RING_ALL;
	configure(&c, 2, 4);
	all_available(&c, 4);
	enqueue(&c, 1, SUPPORT);
	CHECK_INT(c.out.len, 3);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, DARYA);
}

TEST(who_comes_near_the_target_is_warned_about_once)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input own;

	c.queues[0].target_ms = 20000;
	c.queues[0].warn_ms = 5000;
	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	own = newcomer(&c, 2, SALES);
	own.target_ms = 60000;
	put(&c, 10, own);
	pass(&c, 14980);
	CHECK_NONE(&c);
	pass(&c, 10);
	CHECK_ONLY(&c, ROUTE_WARN, 1, 0);
	CHECK_INT(c.out.at[0].due_ms, 1010 + 20000);
	pass(&c, 30000);
	CHECK_NONE(&c);
	pass(&c, 10010);
	CHECK_ONLY(&c, ROUTE_WARN, 2, 0);
	CHECK_INT(c.out.at[0].due_ms, 1020 + 60000);
	pass(&c, 3600000);
	CHECK_NONE(&c);
}

TEST(a_warning_that_fell_due_during_ringing_is_said_if_the_offer_fails)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].target_ms = 10000;
	c.queues[0].warn_ms = 5000;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	pass(&c, 8000);
	CHECK_NONE(&c);
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_WARN, 1, 0);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	contact(&c, ROUTE_ACCEPTED, 2, AMIN);
	pass(&c, 60000);
	CHECK_NONE(&c); /* answered in time: nothing to warn about */
}

TEST(announcements_may_come_once_or_at_equal_times)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].announce_first_ms = 5000;
	c.queues[1].announce_every_ms = 10000;
	configure(&c, 2, 1);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SUPPORT);
	pass(&c, 4990);
	CHECK_ONLY(&c, ROUTE_ANNOUNCE, 1, 0);
	pass(&c, 5010);
	CHECK_ONLY(&c, ROUTE_ANNOUNCE, 2, 0);
	pass(&c, 35000); /* three of them were slept through: said once, the next in time */
	CHECK_ONLY(&c, ROUTE_ANNOUNCE, 2, 0);
	CHECK_INT(route_next_due(c.r), 1020 + 50000);
}
