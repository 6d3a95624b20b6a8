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
	CHECK_INT(route_estimate(c.r, 12, c.now + 100000),
		3 * 9990); /* stale rate: handling time over agents */
	available(&c, AMIN, false);
	CHECK_INT(route_estimate(c.r, 12, c.now), -1);
}
