/* Failures other engines are known for, by name; what they cannot be here, and the rule that rules them out.
 */
#include "route/route_fixture.h"

/* app_queue: the 8th caller is served first; weight and penalty starve a queue (#1561). */
TEST(several_queues_compete_in_one_order)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[1].priority = 1;
	configure(&c, 3, 1);
	for (uint64_t i = 1; i <= 8; i++)
		enqueue(&c, i, SALES);
	enqueue(&c, 9, SUPPORT);
	CHECK_INT(route_position(c.r, 8), 8);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 9, AMIN);
	for (uint64_t i = 1; i <= 8; i++) {
		contact(&c, ROUTE_ACCEPTED, i == 1 ? 9 : i - 1, AMIN);
		contact(&c, ROUTE_ENDED, i == 1 ? 9 : i - 1, AMIN);
		CHECK_ONLY(&c, ROUTE_OFFER, i, AMIN);
	}
}

/* mod_callcenter: an agent stays "Receiving" (#1062) or "Reserved" (#2540) for ever. */
TEST(a_ring_that_is_not_answered_ends)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	pass(&c, 19989);
	CHECK_INT(c.out.len, 0);
	pass(&c, 1);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WITHDRAW, 1, AMIN) && c.out.at[0].reason == ROUTE_DEADLINE);
	CHECK(is(&c, 1, ROUTE_NOT_RESPONDING, 1, AMIN));
	CHECK_INT(route_position(c.r, 1), 1); /* its old place, before 2 */
	CHECK_INT(route_next_due(c.r), INT64_MAX);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	CHECK_INT(c.rc, -ENOENT); /* too late */
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

/* mod_callcenter: the strategy halts when the last agent is away (#1216). */
TEST(the_last_agent_going_away_stops_nothing)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	available(&c, AMIN, false);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 1, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_AGENT_GONE);
	enqueue(&c, 2, SALES);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* mod_callcenter: an agent rings for a caller already gone (#2529). */
TEST(a_caller_who_hangs_up_stops_the_ringing)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WITHDRAW, 1, AMIN) && c.out.at[0].reason == ROUTE_CANCELLED);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN));
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_INT(c.rc, -ENOENT);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	CHECK_INT(c.rc, -ENOENT);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.waiting == 0 && counts.offered == 1);
}

/* mod_callcenter: callers "Answered" hours after they hung up (#1973). */
TEST(a_connected_caller_who_is_cancelled_is_over)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 5000;
	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	enqueue(&c, 1, SALES); /* the id is free again */
	CHECK_INT(c.rc, 0);
	CHECK_INT(route_position(c.r, 1), 1);
}

/* app_queue: wrap-up ends early (#1006, #607). */
TEST(a_wrap_up_lasts_until_it_is_done_or_due)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 5000;
	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, SALES);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	CHECK_INT(c.out.at[0].due_ms, c.now + 5000);
	available(&c, AMIN, true); /* saying ready again ends nothing */
	CHECK_INT(c.out.len, 0);
	enqueue(&c, 4, CHATS); /* a wrap-up keeps its own place only */
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
	put(&c, 10,
		(struct route_input){
			.kind = ROUTE_WRAP_UP_EXTEND, .segment = 1, .agent = AMIN, .duration_ms = 10000});
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	CHECK_INT(c.out.at[0].due_ms, c.now + 10000);
	put(&c, 10,
		(struct route_input){
			.kind = ROUTE_WRAP_UP_EXTEND, .segment = 1, .agent = AMIN, .duration_ms = 1});
	CHECK_INT(c.out.at[0].due_ms, c.now + 9990); /* never earlier */
	put(&c, 10,
		(struct route_input){
			.kind = ROUTE_WRAP_UP_EXTEND, .segment = 1, .agent = AMIN, .duration_ms = 0});
	CHECK_INT(c.rc, -EINVAL);
	pass(&c, 9980);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN) && c.out.at[0].reason == ROUTE_DEADLINE);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN));
	contact(&c, ROUTE_ACCEPTED, 2, AMIN);
	contact(&c, ROUTE_ENDED, 2, AMIN);
	contact(&c, ROUTE_WRAP_UP_DONE, 0, AMIN);
	CHECK_ONLY(&c, ROUTE_WRAP_UP_OVER, 2, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_DONE);
}

/* app_queue: one agent hanging up early stops the others ringing (#1557). */
TEST(an_agent_who_fails_touches_no_other_ring)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 3);
	for (uint64_t a = AMIN; a <= CYRUS; a++)
		available(&c, a, true);
	for (uint64_t i = 1; i <= 3; i++)
		enqueue(&c, i, SALES);
	fail(&c, 2, BITA, ROUTE_NO_ANSWER);
	CHECK_ONLY(&c, ROUTE_NOT_RESPONDING, 2, BITA);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	CHECK_INT(c.rc, 0);
	contact(&c, ROUTE_ACCEPTED, 3, CYRUS);
	CHECK_INT(c.rc, 0);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}
