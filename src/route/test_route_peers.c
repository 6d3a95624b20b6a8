/* Failures other engines are known for, by name; what they cannot be here, and the rule that rules them out.
 */
#include "route/route_fixture.h"

/* mod_callcenter #2511: with 13 callers waiting the 8th was connected first. */
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

/* app_queue #1557 between callers: each ring is its own. */
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

/* mod_callcenter #1641: the dispatcher thread had gone, and free agents stood beside waiting callers until a
 * restart. Here there is no dispatcher: whatever the input, it leaves nobody waiting whom somebody may take
 * (route_check, after every put), however long nothing happened before. */
TEST(after_a_month_of_silence_the_next_caller_is_offered_at_once)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 4, 2);
	all_available(&c, 2);
	CHECK_INT(route_next_due(c.r), INT64_MAX); /* nothing polls */
	c.now += INT64_C(30) * 24 * 3600 * 1000;
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* mod_callcenter #1062: member "Trying", agent "Receiving", for ever. An offer without a deadline cannot be
 * made: the caller is back, and the agent is what it answers to next. */
TEST(whatever_rings_has_a_deadline_and_ends)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_input held;

	c.queues[1].strategy = ROUTE_RING_ALL;
	configure(&c, 4, 5);
	all_available(&c, 5);
	enqueue(&c, 1, SALES);
	enqueue(&c, 2, CHATS);
	held = newcomer(&c, 3, MAILS);
	held.reserve_ms = 5000;
	put(&c, 10, held);
	enqueue(&c, 4, SUPPORT);
	while (route_next_due(c.r) != INT64_MAX) {
		CHECK(route_next_due(c.r) > c.now && route_next_due(c.r) <= c.now + 20000);
		c.now = route_next_due(c.r);
		pass(&c, 0);
	}
	for (uint64_t q = 1; q <= 4; q++) {
		CHECK_INT(route_queue_counts(c.r, q, &counts), 0);
		CHECK_INT(counts.offered, 0);
	}
	all_available(&c, 5); /* and everybody can go on */
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.agents_available == 5 && counts.waiting == 0);
}

/* mod_callcenter #2540: with ring-all and many agents, those whose leg began just when another answered
 * stayed "Reserved". */
TEST(whoever_lost_a_ring_all_is_free_in_the_same_moment)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 5);
	all_available(&c, 4);
	enqueue(&c, 1, SALES);
	CHECK_INT(c.out.len, 4);
	put(&c, 0, (struct route_input){.kind = ROUTE_AVAILABLE, .agent = ESFAND, .is_available = true});
	put(&c, 0, (struct route_input){.kind = ROUTE_ACCEPTED, .segment = 1, .agent = BITA});
	CHECK_INT(c.out.len, 3);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.agents_free, 4);
	put(&c, 0, newcomer(&c, 2, SALES));
	CHECK_INT(c.out.len, 4);
}

/* mod_callcenter #1216: with top-down, an agent who was not usable and last in the list halted everything. */
TEST(top_down_passes_over_whoever_cannot)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_TOP_DOWN;
	for (int i = 0; i < 4; i++)
		c.serves[i][0].position = (uint16_t)i;
	c.agents[3].n_serves = 0;
	configure(&c, 2, 4);
	contact(&c, ROUTE_ENGAGE, 900, AMIN); /* first and busy; the last is away */
	all_available(&c, 3);
	available(&c, CYRUS, false);
	enqueue(&c, 1, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	fail(&c, 1, BITA, ROUTE_DECLINED);
	CHECK_NONE(&c);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	contact(&c, ROUTE_ENDED, 900, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* mod_callcenter #2529, the other half: the caller leaves before the agent's phone could be rung. */
TEST(a_caller_who_left_is_never_offered)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK_NONE(&c);
	available(&c, AMIN, true);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ASSIGN, 1, AMIN);
	CHECK_INT(c.rc, -ENOENT);
}

/* mod_callcenter #2511 again, with the reason such a thing may happen and then has to be told: the ones
 * before ask for what this agent does not have. */
TEST(whoever_is_served_out_of_turn_was_the_first_this_agent_could_take)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_decision d;

	HOLDS(&c, 1, {PERSIAN, 5});
	configure(&c, 1, 2);
	for (uint64_t i = 1; i <= 13; i++) {
		struct route_input in = newcomer(&c, i, SALES);
		if (i < 8)
			ASKS(&in, {PERSIAN, 5});
		put(&c, 10, in);
	}
	CHECK_INT(route_position(c.r, 8), 8);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 8, AMIN);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.candidates[1].agent == BITA && d.candidates[1].verdict == ROUTE_NOT_AVAILABLE);
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
}

/* mod_callcenter #1148: an agent who answers during an announcement hears nothing until it ends. An
 * announcement is an event here, not a state a caller is in: it holds up no offer and no answer. */
TEST(an_announcement_holds_nothing_up)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].announce_every_ms = 1000;
	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	pass(&c, 1000);
	CHECK_ONLY(&c, ROUTE_ANNOUNCE, 1, 0);
	put(&c, 0, (struct route_input){.kind = ROUTE_AVAILABLE, .agent = AMIN, .is_available = true});
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	pass(&c, 5000);
	CHECK_NONE(&c); /* none while it rings */
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	CHECK_NONE(&c);
	CHECK_INT(route_next_due(c.r), INT64_MAX); /* none after it */
}

/* mod_callcenter #1674: several nodes on one database never agreed. There is one writer here; whoever is fed
 * what it was fed, in that order, is in the same state, decision by decision. */
TEST(a_second_engine_fed_the_same_is_the_same)
{
	_cleanup_centre_ struct centre a = centre_new(), b = centre_new();
	struct centre *both[] = {&a, &b};

	for (int i = 0; i < 2; i++) {
		struct centre *c = both[i];
		c->queues[0].strategy = ROUTE_LEAST_OCCUPIED;
		c->queues[1].strategy = ROUTE_ROUND_ROBIN;
		configure(c, 4, 5);
		all_available(c, 5);
		for (uint64_t k = 1; k <= 40; k++) {
			enqueue(c, k, 1 + k % 4);
			if (c->out.len && c->out.at[0].kind == ROUTE_OFFER && k % 3)
				contact(c, ROUTE_ACCEPTED, c->out.at[0].segment, c->out.at[0].agent);
			if (k % 5 == 0)
				contact(c, ROUTE_ENDED, k - 2, AMIN + k % 5);
			pass(c, (int64_t)k * 700);
		}
	}
	CHECK_INT(a.now, b.now);
	CHECK(route_digest(a.r) == route_digest(b.r));
	CHECK_INT(route_next_due(a.r), route_next_due(b.r));
}

/* mod_callcenter #2458: at 20 calls a second and 200 at once agents are called late or not at all, on any
 * number of cores. Late cannot happen here: whoever frees an agent gets the offer in the same answer. */
TEST(a_rush_of_two_hundred_is_offered_without_a_gap)
{
	_cleanup_centre_ struct centre c = centre_new();
	uint64_t next = 0, offered = 0;

	configure(&c, 1, 5);
	all_available(&c, 5);
	for (int i = 0; i < 200; i++) { /* 20 a second */
		put(&c, 50, newcomer(&c, ++next, SALES));
		offered += c.out.len;
	}
	CHECK_INT(offered, 5);
	for (uint64_t i = 1; i <= 195; i++) {
		uint64_t agent = AMIN + (i - 1) % 5;
		contact(&c, ROUTE_ACCEPTED, i, agent);
		CHECK_INT(c.rc, 0);
		contact(&c, ROUTE_ENDED, i, agent);
		CHECK_ONLY(&c, ROUTE_OFFER, i + 5, agent);
	}
}

/* app_queue #1561: queue A (weight 66) has a caller this agent may only take after 30 s, by its penalty;
 * until then the agent gets nobody from queue B (weight 65) either. */
TEST(a_caller_one_may_not_take_yet_blocks_nobody)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].priority = 66;
	c.queues[1].priority = 65;
	RINGS(&c.queues[0], {0, 5, 0}, {30000, 6, 0});
	for (int k = 0; k < 2; k++)
		c.serves[0][k].level = 6;
	configure(&c, 2, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	CHECK_NONE(&c);
	enqueue(&c, 2, SUPPORT);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	contact(&c, ROUTE_ACCEPTED, 2, AMIN);
	enqueue(&c, 3, SUPPORT);
	pass(&c, 30000);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ENDED, 2, AMIN); /* now 1 may be taken, and goes first */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* app_queue #1006: an agent in six queues, wrap-up 30 s in all; now and then the next call came at once. */
TEST(a_wrap_up_holds_for_every_queue_of_the_channel)
{
	_cleanup_centre_ struct centre c = centre_new();

	for (int i = 0; i < 4; i++) {
		c.queues[i].channel = ROUTE_VOICE;
		c.queues[i].wrap_up_ms = 30000;
	}
	configure(&c, 4, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	int64_t due = c.out.at[0].due_ms;
	for (uint64_t q = 1; q <= 4; q++) {
		struct route_input in = newcomer(&c, 10 + q, q);
		in.channel = ROUTE_VOICE;
		put(&c, 10, in);
		CHECK_NONE(&c);
	}
	available(&c, AMIN, false);
	available(&c, AMIN, true);
	CHECK_NONE(&c);
	configure(&c, 4, 1);
	CHECK_NONE(&c);
	pass(&c, due - c.now - 1);
	CHECK_NONE(&c);
	pass(&c, 1);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN) && is(&c, 1, ROUTE_OFFER, 11, AMIN));
}

/* app_queue #607: after an attended transfer into another queue the time of the last call was reset in both,
 * and no wrap-up held. */
TEST(a_transfer_into_another_queue_leaves_both_wrap_ups_alone)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 10000;
	c.queues[1].wrap_up_ms = 50000;
	configure(&c, 2, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	available(&c, BITA, true);
	enqueue(&c, 2, SUPPORT); /* Amin asks Support */
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	contact(&c, ROUTE_ACCEPTED, 2, BITA);
	contact(&c, ROUTE_ENDED, 1, AMIN); /* and hands over */
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	CHECK_INT(c.out.at[0].due_ms, c.now + 10000);
	enqueue(&c, 3, SALES);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ENDED, 2, BITA);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 2, BITA);
	CHECK_INT(c.out.at[0].due_ms, c.now + 50000);
	pass(&c, 9980);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN) && is(&c, 1, ROUTE_OFFER, 3, AMIN));
}

/* app_queue #668: deadlocks between the locks of queues, members and channels. There are no locks: an input
 * about what is not so (any more) is answered at once and changes nothing. */
TEST(inputs_in_the_wrong_order_are_answered_and_change_nothing)
{
	_cleanup_centre_ struct centre c = centre_new();
	const enum route_input_kind kinds[] = {ROUTE_CANCEL, ROUTE_ACCEPTED, ROUTE_FAILED, ROUTE_ENDED,
		ROUTE_WRAP_UP_EXTEND, ROUTE_WRAP_UP_DONE, ROUTE_ASSIGN};

	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	uint64_t before = route_digest(c.r);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		put(&c, 10,
			(struct route_input){.kind = kinds[i],
				.segment = 2,
				.agent = AMIN,
				.fail = ROUTE_BUSY,
				.duration_ms = 1000});
		CHECK_INT(c.rc, -ENOENT);
		CHECK(route_digest(c.r) == before);
	}
	contact(&c, ROUTE_ENDED, 1, BITA); /* not Bita's */
	CHECK_INT(c.rc, -ENOENT);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN); /* twice */
	CHECK_INT(c.rc, -ENOENT);
	available(&c, 99, true);
	CHECK_INT(c.rc, -ENOENT);
	CHECK(route_digest(c.r) == before);
}

/* app_queue #1214: asking for a queue's state walks over all members under its lock (75,000 of them). Counts
 * are kept, not counted; with many agents they are right at every moment. */
TEST(counts_of_a_large_queue_are_right_at_every_moment)
{
	enum { MANY = 2000 };
	_cleanup_centre_ struct centre c = centre_new();
	struct route_agent *agents = calloc(MANY, sizeof(*agents));
	struct route_config config = {1, c.queues, 1, agents, MANY};
	struct route_queue_counts counts = {0};
	bool is_right = true;

	if (!agents)
		abort();
	for (int i = 0; i < MANY; i++) {
		agents[i] = c.agents[0];
		agents[i].id = 1000 + (uint64_t)i;
		agents[i].serves = c.serves[0];
		agents[i].skills = c.skills[0];
	}
	put(&c, 0, (struct route_input){.kind = ROUTE_CONFIGURE, .config = &config});
	for (int i = 0; i < MANY; i++) { /* without the check of everything after each */
		struct route_input in = {
			.kind = ROUTE_AVAILABLE, .agent = agents[i].id, .is_available = true};
		c.rc = route_step(c.r, &in, ++c.now, &c.out);
		is_right &= route_queue_counts(c.r, SALES, &counts) == 0 && counts.agents_free == i + 1;
	}
	for (uint64_t i = 1; i <= MANY / 2; i++) {
		struct route_input in = newcomer(&c, i, SALES);
		c.rc = route_step(c.r, &in, ++c.now, &c.out);
		is_right &= route_queue_counts(c.r, SALES, &counts) == 0 && counts.offered == (int)i &&
			    counts.agents_free == MANY - (int)i && counts.agents_available == MANY;
	}
	free(agents);
	CHECK(is_right);
	route_check(c.r);
}

/* app_queue PR #1737 (#1736): under load one call was counted twice, and "fewest calls" went by it. A second
 * report of the same is refused. */
TEST(a_contact_counts_once_however_often_it_is_reported)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_decision d;

	c.queues[0].strategy = ROUTE_FEWEST_CONTACTS;
	configure(&c, 1, 2);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	for (int i = 0; i < 3; i++)
		contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	for (int i = 0; i < 3; i++)
		contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_INT(c.rc, -ENOENT);
	available(&c, BITA, true);
	enqueue(&c, 2, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	CHECK_INT(route_explain(c.r, c.out.at[0].decision, &d), 0);
	CHECK(d.candidates[0].key == 0 && d.candidates[1].agent == AMIN && d.candidates[1].key == 1);
}

/* app_queue #1557: with ring-all, one who answers and hangs up before the callers are joined stopped all
 * others, and everybody was rung again from the start. Until the leg has really connected nothing is told to
 * the engine; then it fails, and only that one stops. */
TEST(one_who_hangs_up_before_being_joined_stops_only_that_ring)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].strategy = ROUTE_RING_ALL;
	configure(&c, 1, 3);
	all_available(&c, 3);
	enqueue(&c, 1, SALES);
	fail(&c, 1, AMIN, ROUTE_DECLINED);
	CHECK_NONE(&c); /* no WITHDRAW for the others, no second round */
	contact(&c, ROUTE_ACCEPTED, 1, CYRUS);
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, BITA, ROUTE_ANSWERED_ELSEWHERE);
}

/* FusionPBX #2831: the agent is "Available" with its phone unregistered, and call after call goes there. */
TEST(an_agent_whose_phone_is_gone_is_not_available_after_one_try)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	fail(&c, 1, AMIN, ROUTE_UNREACHABLE);
	CHECK_ONLY(&c, ROUTE_NOT_RESPONDING, 1, AMIN);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.agents_available == 0 && counts.agents_free == 0);
	enqueue(&c, 2, SALES);
	CHECK_NONE(&c);
	available(&c, AMIN, true); /* registered again */
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

/* VICIdial: state is polled, so that a deactivated agent still gets calls for up to a minute. */
TEST(a_deactivated_agent_gets_nothing_from_that_moment_on)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 1, 2);
	available(&c, BITA, true);
	enqueue(&c, 1, SALES);
	put(&c, 0, (struct route_input){.kind = ROUTE_AVAILABLE, .agent = BITA});
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, BITA, ROUTE_AGENT_GONE);
	put(&c, 0, newcomer(&c, 2, SALES));
	CHECK_NONE(&c);
	available(&c, BITA, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
	configure(&c, 1, 1); /* deleted */
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, BITA, ROUTE_RECONFIGURED);
	contact(&c, ROUTE_ACCEPTED, 1, BITA);
	CHECK_INT(c.rc, -ENOENT);
	contact(&c, ROUTE_ASSIGN, 1, BITA);
	CHECK_INT(c.rc, -ENOENT);
	enqueue(&c, 3, SALES);
	CHECK_NONE(&c);
}
