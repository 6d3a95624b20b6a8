/* What a new configuration may and may not change for those who wait, ring or talk. */
#include "route/route_fixture.h"

TEST(a_new_config_keeps_places_and_ends_only_what_it_must)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[1].wrap_up_ms = 1000;
	configure(&c, 2, 3);
	for (uint64_t a = AMIN; a <= CYRUS; a++)
		available(&c, a, true);
	enqueue(&c, 1, SUPPORT);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, SALES);
	enqueue(&c, 3, SUPPORT);
	for (uint64_t i = 4; i <= 6; i++)
		enqueue(&c, i, SALES);
	enqueue(&c, 7, SUPPORT);
	c.agents[0] = c.agents[1]; /* Amin goes (talking), Cyrus too (ringing); Support goes */
	configure(&c, 1, 1);
	CHECK_INT(c.out.len, 3);
	CHECK(is(&c, 0, ROUTE_WITHDRAW, 3, CYRUS) && c.out.at[0].reason == ROUTE_RECONFIGURED);
	CHECK(is(&c, 1, ROUTE_OVERFLOW, 3, 0) && c.out.at[1].reason == ROUTE_RECONFIGURED);
	CHECK(is(&c, 2, ROUTE_OVERFLOW, 7, 0));
	CHECK_INT(route_position(c.r, 4), 1);
	CHECK_INT(route_position(c.r, 6), 3);
	available(&c, AMIN, true);
	CHECK_INT(c.rc, -ENOENT);
	contact(&c, ROUTE_ENDED, 1, AMIN); /* kept until now, no wrap-up for somebody gone */
	CHECK_INT(c.rc, 0);
	CHECK_INT(c.out.len, 0);
	c.queues[0].priority = 5;
	c.agents[0].n_serves = 0;
	configure(&c, 1, 1);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 2, BITA);
	CHECK_INT(route_position(c.r, 2), 1);
	c.agents[0].n_serves = 3;
	configure(&c, 1, 1);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
}

TEST(a_bad_config_changes_nothing)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 3);
	available(&c, AMIN, true);
	c.queues[0].ring_timeout_ms = 0;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	c.queues[0].ring_timeout_ms = 1;
	c.queues[0].strategy = ROUTE_STRATEGIES;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	c.queues[0].strategy = ROUTE_LONGEST_IDLE;
	c.queues[1].id = 1;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	c.queues[1].id = 2;
	c.agents[1].id = AMIN;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	c.agents[1].id = BITA;
	c.serves[0][0].queue = 3;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	put(&c, 0, (struct route_input){.kind = (enum route_input_kind)99});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 0, (struct route_input){.kind = ROUTE_ENQUEUE, .segment = 2, .queue = SALES, .n_asks = 99});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 0, (struct route_input){.kind = ROUTE_ENQUEUE, .segment = 2, .queue = CHATS});
	CHECK_INT(c.rc, -EINVAL); /* a voice segment in a chat queue */
}

TEST(many_changes_in_one_step_follow_the_one_rule)
{
	_cleanup_centre_ struct centre c = centre_new();

	for (int i = 0; i < 3; i++)
		c.queues[i].wrap_up_ms = 1000;
	c.queues[1].priority = 1;
	configure(&c, 3, 3);
	for (uint64_t a = AMIN; a <= CYRUS; a++)
		available(&c, a, true);
	for (uint64_t i = 1; i <= 6; i++)
		enqueue(&c, i, i < 6 ? SALES : SUPPORT);
	c.agents[0].n_serves = c.agents[1].n_serves = c.agents[2].n_serves = 0;
	configure(&c, 3, 3);
	CHECK_INT(c.out.len, 3);
	c.agents[0].n_serves = c.agents[1].n_serves = c.agents[2].n_serves = 3;
	configure(&c, 3, 3);
	CHECK_INT(c.out.len, 3);
	CHECK(is(&c, 0, ROUTE_OFFER, 6, AMIN) && is(&c, 1, ROUTE_OFFER, 1, BITA) &&
		is(&c, 2, ROUTE_OFFER, 2, CYRUS));
}
