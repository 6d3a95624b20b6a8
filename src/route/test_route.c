/* One rule of route.h a test, by name; the rules together are held against a model in test_replay.c. */
#include "route/route_fixture.h"
#include "base/alloc.h"

TEST(who_answers_in_the_moment_of_the_deadline_has_answered)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	put(&c, 20001, (struct route_input){.kind = ROUTE_ACCEPTED, .segment = 1, .agent = AMIN});
	CHECK_INT(c.rc, 0);
	CHECK_INT(c.out.len, 0);
}

TEST(a_persistent_agent_who_misses_stays_available)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.agents[0].is_persistent = true;
	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	pass(&c, 20000);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 1, AMIN);
	pass(&c, ROUTE_RETRY_MS);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	fail(&c, 1, AMIN, ROUTE_UNREACHABLE);
	CHECK_INT(c.out.len, 0);
	enqueue(&c, 2, SALES);
	CHECK_INT(c.out.len, 0); /* a dead line is left alone for a while */
	pass(&c, ROUTE_RETRY_MS);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(who_declines_gets_the_next_one_and_this_one_later)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	CHECK_INT(route_position(c.r, 1), 1);
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_CANCEL, 2, 0);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 2, AMIN);
	pass(&c, ROUTE_RETRY_MS - 30);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN); /* 5 s after Amin's own decline */
}

TEST(an_id_that_comes_back_brings_no_decline_along)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	contact(&c, ROUTE_CANCEL, 1, 0);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(who_declines_everything_rests)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	for (uint64_t i = 1; i <= 8; i++)
		enqueue(&c, i, SALES);
	for (uint64_t i = 1; i <= 5; i++)
		fail(&c, i, AMIN, ROUTE_DECLINED);
	CHECK_INT(c.out.len, 0);
	pass(&c, ROUTE_RETRY_MS - 10);
	CHECK_INT(c.out.len, 0);
	pass(&c, 10);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(a_busy_phone_is_left_alone_for_a_while)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, SALES);
	fail(&c, 1, AMIN, ROUTE_BUSY);
	CHECK_INT(c.out.len, 0);
	pass(&c, ROUTE_RETRY_MS);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* A short working day; whatever allocation fails, the state stays sound and no segment is lost silently. */
static int day(struct centre *c, int *ret_refused)
{
	struct route_input in = {
		.kind = ROUTE_ENQUEUE, .segment = 50, .queue = SALES, .n_asks = 1, .asks = {{PERSIAN, 1}}};

	*ret_refused = 0;
	configure(c, 3, 3);
	if (c->rc < 0)
		return c->rc;
	available(c, AMIN, true);
	for (uint64_t i = 1; i <= 4; i++) {
		enqueue(c, i, SALES);
		if (c->rc == 0 && c->out.len && c->out.at[0].kind == ROUTE_REFUSED)
			++*ret_refused;
		if (c->rc < 0)
			return c->rc;
	}
	put(c, 10, in);
	if (c->rc < 0)
		return c->rc;
	put(c, 10, (struct route_input){.kind = ROUTE_ENGAGE, .segment = 60, .agent = BITA});
	available(c, BITA, true);
	available(c, CYRUS, true);
	configure(c, 3, 2);
	int rc = c->rc;
	pass(c, 30000);
	return rc;
}

TEST_OOM(a_day_without_memory_leaves_a_sound_state)
{
	_cleanup_centre_ struct centre c;
	int refused, rc = centre_init(&c);

	if (rc < 0)
		return;
	rc = day(&c, &refused);
	CHECK(rc == 0 || rc == -ENOMEM);
	CHECK(alloc_has_failed() || (rc == 0 && !refused));
}
