/* One rule of route.h a test, by name; the rules together are held against a model in test_replay.c. */
#include "harness/test.h"
#include "base/alloc.h"
#include "route/route.h"

#include <errno.h>
#include <stdlib.h>

enum { SALES = 1, SUPPORT = 2, CHATS = 3 };
enum { AMIN = 11, BITA = 12, CYRUS = 13 };
enum { PERSIAN = 71, BILLING = 72 };

/* A small centre every test starts from and changes before start(). */
struct centre {
	struct route *r;
	struct route_actions out;
	struct route_queue queues[3];
	struct route_agent agents[3];
	struct route_skill skills[3][2];
	uint64_t serves[3][3];
	struct route_config config;
	int64_t now;
	int rc;
};

static void centre_free(struct centre *c)
{
	route_free(c->r);
	route_actions_free(&c->out);
}
#define _cleanup_centre_ __attribute__((cleanup(centre_free)))

/* 0 or -ENOMEM. */
static int centre_init(struct centre *c)
{
	*c = (struct centre){.now = 1000};
	for (int i = 0; i < 3; i++) {
		c->queues[i] = (struct route_queue){.id = (uint64_t)i + 1, .ring_timeout_ms = 20000};
		c->agents[i] = (struct route_agent){.id = (uint64_t)i + AMIN, .n_queues = 3};
		c->agents[i].capacity[ROUTE_VOICE] = 1;
		c->agents[i].capacity[ROUTE_CHAT] = 2;
		for (int k = 0; k < 3; k++)
			c->serves[i][k] = (uint64_t)k + 1;
	}
	c->queues[2].channel = ROUTE_CHAT;
	return route_new(&c->r, 8);
}

static struct centre centre_new(void)
{
	struct centre c;

	if (centre_init(&c) < 0)
		abort();
	return c;
}

/* Applies one input after wait_ms; the actions are in c->out, the result in c->rc. */
static void put(struct centre *c, int64_t wait_ms, struct route_input in)
{
	c->now += wait_ms;
	c->rc = route_step(c->r, &in, c->now, &c->out);
	route_check(c->r);
}

static void configure(struct centre *c, int n_queues, int n_agents)
{
	for (int i = 0; i < 3; i++) {
		c->agents[i].queues = c->serves[i];
		c->agents[i].skills = c->skills[i];
	}
	c->config = (struct route_config){c->config.version + 1, c->queues, n_queues, c->agents, n_agents};
	put(c, 0, (struct route_input){.kind = ROUTE_CONFIGURE, .config = &c->config});
}

static void available(struct centre *c, uint64_t agent, bool is_available)
{
	put(c, 10,
		(struct route_input){.kind = ROUTE_AVAILABLE, .agent = agent, .is_available = is_available});
}

static void enqueue(struct centre *c, uint64_t segment, uint64_t queue)
{
	put(c, 10,
		(struct route_input){.kind = ROUTE_ENQUEUE,
			.segment = segment,
			.queue = queue,
			.channel = queue == CHATS ? ROUTE_CHAT : ROUTE_VOICE,
			.waiting_since_ms = c->now + 10});
}

static void contact(struct centre *c, enum route_input_kind kind, uint64_t segment, uint64_t agent)
{
	put(c, 10, (struct route_input){.kind = kind, .segment = segment, .agent = agent});
}

static void fail(struct centre *c, uint64_t segment, uint64_t agent, enum route_fail fail)
{
	put(c, 10,
		(struct route_input){.kind = ROUTE_FAILED, .segment = segment, .agent = agent, .fail = fail});
}

static void pass(struct centre *c, int64_t ms)
{
	put(c, ms, (struct route_input){.kind = ROUTE_TIME});
}

/* Whether action i of the last step is this one. */
static bool is(
	const struct centre *c, size_t i, enum route_action_kind kind, uint64_t segment, uint64_t agent)
{
	return c->rc == 0 && i < c->out.len && c->out.at[i].kind == kind && c->out.at[i].segment == segment &&
	       c->out.at[i].agent == agent;
}

#define CHECK_ONLY(c, kind, segment, agent)                                                                  \
	do {                                                                                                 \
		CHECK_INT((c)->out.len, 1);                                                                  \
		CHECK(is((c), 0, (kind), (segment), (agent)));                                               \
	} while (0)

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

TEST(skills_of_queue_and_segment_are_both_asked)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = {
		.kind = ROUTE_ENQUEUE, .segment = 1, .queue = SALES, .n_skills = 1, .skills = {{BILLING, 4}}};

	c.queues[0].skills[0] = (struct route_skill){PERSIAN, 5};
	c.queues[0].n_skills = 1;
	c.skills[0][0] = c.skills[1][0] = c.skills[2][0] = (struct route_skill){PERSIAN, 5};
	c.skills[0][1] = (struct route_skill){BILLING, 3};
	c.skills[2][1] = (struct route_skill){BILLING, 4};
	c.agents[0].n_skills = c.agents[2].n_skills = 2;
	c.agents[1].n_skills = 1;
	configure(&c, 3, 3);
	available(&c, AMIN, true);
	available(&c, BITA, true);
	put(&c, 10, in);
	CHECK_INT(c.out.len, 0);
	CHECK_INT(route_position(c.r, 1), 1);
	available(&c, CYRUS, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}

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
	enqueue(&c, 4, CHATS); /* nor does another channel break in */
	CHECK_INT(c.out.len, 0);
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
	CHECK_INT(c.out.len, 3);
	CHECK(is(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN) && c.out.at[0].reason == ROUTE_DEADLINE);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN) && is(&c, 2, ROUTE_OFFER, 4, AMIN));
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

TEST(capacity_counts_per_channel)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, CHATS);
	enqueue(&c, 2, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	enqueue(&c, 3, CHATS);
	CHECK_INT(c.out.len, 0);
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
}

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

	c.agents[0].n_queues = 0;
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

TEST(a_direct_call_occupies_and_stops_an_offer)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = {.kind = ROUTE_ENGAGE, .segment = 900, .agent = AMIN};

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 1, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_NOT_FREE);
	put(&c, 10, in);
	CHECK_INT(c.out.at[0].reason, ROUTE_DUPLICATE);
	in.segment = 901; /* a consultation beside it */
	put(&c, 10, in);
	contact(&c, ROUTE_ENDED, 900, AMIN);
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_ENDED, 901, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

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
	c.agents[0].n_queues = 0;
	configure(&c, 1, 1);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 2, BITA);
	CHECK_INT(route_position(c.r, 2), 1);
	c.agents[0].n_queues = 3;
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
	c.queues[0].strategy = (enum route_strategy)7;
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
	c.serves[0][0] = 3;
	configure(&c, 3, 3);
	CHECK_INT(c.rc, -EINVAL);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	put(&c, 0, (struct route_input){.kind = (enum route_input_kind)99});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 0, (struct route_input){.kind = ROUTE_ENQUEUE, .segment = 2, .queue = SALES, .n_skills = 99});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 0, (struct route_input){.kind = ROUTE_ENQUEUE, .segment = 2, .queue = CHATS});
	CHECK_INT(c.rc, -EINVAL); /* a voice segment in a chat queue */
}

TEST(a_decision_tells_why)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_decision d;

	c.queues[0].skills[0] = (struct route_skill){PERSIAN, 1};
	c.queues[0].n_skills = 1;
	c.skills[0][0] = c.skills[1][0] = (struct route_skill){PERSIAN, 5};
	c.agents[0].n_skills = c.agents[1].n_skills = 1;
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
	c.agents[0].n_queues = c.agents[1].n_queues = c.agents[2].n_queues = 0;
	configure(&c, 3, 3);
	CHECK_INT(c.out.len, 3);
	c.agents[0].n_queues = c.agents[1].n_queues = c.agents[2].n_queues = 3;
	configure(&c, 3, 3);
	CHECK_INT(c.out.len, 3);
	CHECK(is(&c, 0, ROUTE_OFFER, 6, AMIN) && is(&c, 1, ROUTE_OFFER, 1, BITA) &&
		is(&c, 2, ROUTE_OFFER, 2, CYRUS));
}

/* A short working day; whatever allocation fails, the state stays sound and no segment is lost silently. */
static int day(struct centre *c, int *ret_refused)
{
	struct route_input in = {.kind = ROUTE_ENQUEUE,
		.segment = 50,
		.queue = SALES,
		.n_skills = 1,
		.skills = {{PERSIAN, 1}}};

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
