/* One rule of route.h a test, by name; the rules together are held against a model in test_model.c. */
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

TEST(a_place_may_have_been_kept_for_ages)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[0].is_by_due = true;
	c.queues[0].age_ms = ROUTE_EXTEND_MAX_MS;
	c.queues[0].priority = ROUTE_PRIORITY_MAX;
	RINGS(&c.queues[0], {0, 1, 0}, {INT32_MAX, 2, 0});
	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	in = newcomer(&c, 2, SALES);
	in.waiting_since_ms = INT64_MIN;
	in.head_start_ms = ROUTE_EXTEND_MAX_MS;
	put(&c, 10, in);
	CHECK_INT(c.rc, 0);
	CHECK_INT(route_position(c.r, 2), 1);
	in.segment = 3;
	in.waiting_since_ms = INT64_MAX; /* later reads as now */
	in.head_start_ms = 0;
	put(&c, 10, in);
	CHECK_INT(route_position(c.r, 3), 3);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}

/* Sales rings everybody and widens, Support has its share and keeps one free, Chats asks for skills. */
static void set_up(struct centre *c)
{
	c->queues[0].strategy = ROUTE_RING_ALL;
	RINGS(&c->queues[0], {0, 1, 0}, {5000, 2, 3});
	ASKS(&c->queues[0], {PERSIAN, 4});
	c->queues[1].strategy = ROUTE_ROUND_ROBIN;
	c->queues[1].share_pct = 30;
	c->queues[1].keep_free = 1;
	c->queues[1].wrap_up_ms = 3000;
	ASKS(&c->queues[2], {BILLING, 1, 1, ROUTE_PREFERRED}, {ENGLISH, 1, 1, ROUTE_PREFERRED});
	HOLDS(c, 0, {PERSIAN, 5}, {BILLING, 3});
	HOLDS(c, 1, {PERSIAN, 1}, {ENGLISH, 2});
	HOLDS(c, 2, {PERSIAN, 9});
	c->serves[2][0].level = 2;
}

/* n newcomers over all queues, some asking for more, some for somebody; 0 or the first error. */
static int arrive(struct centre *c, uint64_t from, uint64_t n, int *refused)
{
	for (uint64_t i = from; i < from + n; i++) {
		struct route_input in = newcomer(c, i, 1 + i % 4);
		if (i % 3 == 0)
			ASKS(&in, {PERSIAN, (uint8_t)(1 + i % 5)}, {ENGLISH, 2, 0, ROUTE_NOT});
		in.preferred_agent = i % 5 == 0 ? AMIN : 0;
		in.preferred_patience_ms = 4000;
		in.excluded[0] = BITA;
		in.n_excluded = i % 4 == 0;
		in.reserve_ms = i % 7 == 0 ? 2000 : 0;
		put(c, 10, in);
		*refused += c->rc == 0 && c->out.len && c->out.at[0].kind == ROUTE_REFUSED;
		if (c->rc < 0)
			return c->rc;
	}
	return 0;
}

/* A short working day; whatever allocation fails, the state stays sound and no segment is lost silently. */
static int day(struct centre *c, int *ret_refused)
{
	*ret_refused = 0;
	set_up(c);
	configure(c, 4, 3);
	if (c->rc < 0)
		return c->rc;
	available(c, AMIN, true);
	int rc = arrive(c, 1, 6, ret_refused);
	if (rc < 0)
		return rc;
	put(c, 10, (struct route_input){.kind = ROUTE_ENGAGE, .segment = 60, .agent = BITA});
	available(c, BITA, true);
	available(c, CYRUS, true);
	rc = arrive(c, 7, 6, ret_refused);
	if (rc < 0)
		return rc;
	pass(c, 6000);
	configure(c, 3, 2);
	rc = c->rc;
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
