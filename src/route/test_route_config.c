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

TEST(a_queues_new_priority_moves_all_who_wait_in_it_together)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 2, 1);
	for (uint64_t i = 1; i <= 4; i++)
		enqueue(&c, i, i % 2 ? SALES : SUPPORT);
	c.queues[1].priority = 1;
	configure(&c, 2, 1);
	CHECK(route_position(c.r, 1) == 1 && route_position(c.r, 3) == 2);
	CHECK(route_position(c.r, 2) == 1 && route_position(c.r, 4) == 2);
	available(&c, AMIN, true);
	const uint64_t order[] = {2, 4, 1, 3};
	for (uint64_t i = 0; i < 4; i++) {
		CHECK_ONLY(&c, ROUTE_OFFER, order[i], AMIN);
		serve(&c, order[i], AMIN);
	}
}

TEST(a_changed_rule_of_order_holds_for_who_waits_and_so_does_its_end)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input urgent;

	configure(&c, 1, 1);
	enqueue(&c, 1, SALES);
	urgent = newcomer(&c, 2, SALES);
	urgent.target_ms = 1000;
	c.queues[0].target_ms = 60000;
	put(&c, 10, urgent);
	CHECK_INT(route_position(c.r, 1), 1);
	c.queues[0].is_by_due = true;
	configure(&c, 1, 1);
	CHECK_INT(route_position(c.r, 2), 1);
	c.queues[0].is_by_due = false;
	configure(&c, 1, 1);
	CHECK_INT(route_position(c.r, 1), 1);
}

TEST(a_segment_keeps_its_ring_or_has_the_last_if_there_are_fewer)
{
	_cleanup_centre_ struct centre c = centre_new();

	RINGS(&c.queues[0], {0, 1, 0}, {1000, 2, 0}, {2000, 3, 0});
	c.serves[0][0].level = 3;
	c.serves[1][0].level = 2;
	configure(&c, 1, 3);
	enqueue(&c, 1, SALES);
	pass(&c, 2000);
	c.queues[0].rings[1].after_ms = 100000; /* 1 has been let further and stays there */
	c.queues[0].rings[2].after_ms = 200000;
	configure(&c, 1, 3);
	enqueue(&c, 2, SALES);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	c.queues[0].n_rings = 1;
	configure(&c, 1, 3); /* nobody at level 3 is reached any more */
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, AMIN, ROUTE_RECONFIGURED);
	available(&c, BITA, true);
	CHECK_NONE(&c);
	available(&c, CYRUS, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}

TEST(a_ring_that_comes_earlier_now_comes_at_once)
{
	_cleanup_centre_ struct centre c = centre_new();

	RINGS(&c.queues[0], {0, 1, 0}, {60000, 2, 0});
	c.serves[0][0].level = 2;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	pass(&c, 5000);
	CHECK_NONE(&c);
	c.queues[0].rings[1].after_ms = 3000;
	configure(&c, 1, 1);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}

TEST(an_agent_who_loses_queue_skill_level_or_capacity_loses_the_offer)
{
	for (int what = 0; what < 5; what++) {
		_cleanup_centre_ struct centre c = centre_new();

		ASKS(&c.queues[0], {PERSIAN, 3});
		RINGS(&c.queues[0], {0, 1, 0});
		HOLDS(&c, 0, {PERSIAN, 3});
		configure(&c, 2, 2);
		available(&c, AMIN, true);
		enqueue(&c, 1, SALES);
		CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
		if (what == 0)
			c.serves[0][0].queue = 99;
		else if (what == 1)
			c.skills[0][0].level = 2;
		else if (what == 2)
			c.serves[0][0].level = 2;
		else if (what == 3)
			c.agents[0].capacity[ROUTE_VOICE] = 0;
		else
			c.agents[0] = c.agents[1];
		if (what == 0) { /* sorted by queue */
			for (int i = 0; i < 3; i++)
				c.serves[0][i] = c.serves[0][i + 1];
			c.agents[0].n_serves = 3;
		}
		configure(&c, 2, what == 4 ? 1 : 2);
		CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 1, AMIN, ROUTE_RECONFIGURED);
		CHECK_INT(route_position(c.r, 1), 1);
	}
}

TEST(a_config_that_changes_nothing_changes_nothing)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 5000;
	RINGS(&c.queues[0], {0, 1, 0}, {30000, 2, 0});
	configure(&c, 4, 3);
	all_available(&c, 3);
	for (uint64_t i = 1; i <= 9; i++)
		enqueue(&c, i, 1 + i % 4);
	contact(&c, ROUTE_ACCEPTED, 4, AMIN);
	contact(&c, ROUTE_ENDED, 4, AMIN);
	int64_t due = route_next_due(c.r);
	uint64_t version = c.config.version;
	c.config.version--;
	configure(&c, 4, 3);
	CHECK_NONE(&c);
	CHECK_INT(c.config.version, version);
	CHECK_INT(route_next_due(c.r), due);
}

TEST(deadlines_that_run_are_not_moved_by_new_settings)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 60000;
	configure(&c, 2, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	enqueue(&c, 2, SALES); /* rings at Bita until 20 s from now */
	int64_t ring = c.now + 20000;
	c.queues[0].wrap_up_ms = c.queues[0].ring_timeout_ms = 1000;
	configure(&c, 2, 2);
	CHECK_NONE(&c);
	CHECK_INT(route_next_due(c.r), ring);
	pass(&c, 20000);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 2, BITA, ROUTE_DEADLINE));
	pass(&c, 39990);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN, ROUTE_DEADLINE) && is(&c, 1, ROUTE_OFFER, 2, AMIN));
	CHECK_INT(c.out.at[1].due_ms, c.now + 1000); /* new ones go by the new settings */
}

TEST(a_wrap_up_ends_only_when_its_agent_is_gone)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = 60000;
	configure(&c, 2, 2);
	all_available(&c, 2);
	for (uint64_t i = 1; i <= 2; i++) {
		enqueue(&c, i, SALES);
		contact(&c, ROUTE_ACCEPTED, i, AMIN + i - 1);
		contact(&c, ROUTE_ENDED, i, AMIN + i - 1);
		CHECK_ONLY(&c, ROUTE_WRAP_UP, i, AMIN + i - 1);
	}
	c.queues[0] = c.queues[1]; /* the queue goes: the wrap-ups stay */
	configure(&c, 1, 2);
	CHECK_NONE(&c);
	configure(&c, 1, 1); /* Bita goes */
	CHECK_ONLY_FOR(&c, ROUTE_WRAP_UP_OVER, 2, BITA, ROUTE_RECONFIGURED);
	pass(&c, 60000);
	CHECK_ONLY_FOR(&c, ROUTE_WRAP_UP_OVER, 1, AMIN, ROUTE_DEADLINE);
}

TEST(who_waits_for_an_agent_who_goes_waits_for_anybody)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	configure(&c, 1, 2);
	all_available(&c, 2);
	enqueue(&c, 1, SALES); /* Amin is ringing */
	in = newcomer(&c, 2, SALES);
	in.preferred_agent = AMIN;
	in.preferred_patience_ms = 600000;
	put(&c, 10, in);
	CHECK_NONE(&c);
	c.agents[0].n_serves = 0;
	configure(&c, 1, 2);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 1, AMIN, ROUTE_RECONFIGURED));
	CHECK(is(&c, 1, ROUTE_OFFER, 1, BITA));
	contact(&c, ROUTE_CANCEL, 1, 0);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, BITA));
}

TEST(what_is_owed_is_kept_and_a_new_queue_is_open)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].share_pct = 10;
	configure(&c, 1, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	open_queue(&c, SALES, false);
	configure(&c, 2, 1);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.owed == -90 && !counts.is_open && counts.offered == 1);
	CHECK_INT(route_queue_counts(c.r, SUPPORT, &counts), 0);
	CHECK(counts.owed == 0 && counts.is_open);
	c.queues[0].share_pct = 0;
	configure(&c, 2, 1);
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.owed, 0);
}

TEST(a_queue_whose_channel_changed_is_gone_and_a_new_one_has_its_id)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].wrap_up_ms = 5000;
	c.queues[0].share_pct = 10;
	configure(&c, 2, 2);
	all_available(&c, 2);
	for (uint64_t i = 1; i <= 3; i++)
		enqueue(&c, i, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	c.queues[0].channel = ROUTE_CHAT;
	configure(&c, 2, 2);
	CHECK_INT(c.out.len, 3);
	CHECK(is_for(&c, 0, ROUTE_WITHDRAW, 2, BITA, ROUTE_RECONFIGURED));
	CHECK(is_for(&c, 1, ROUTE_OVERFLOW, 2, 0, ROUTE_RECONFIGURED));
	CHECK(is_for(&c, 2, ROUTE_OVERFLOW, 3, 0, ROUTE_RECONFIGURED));
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK(counts.owed == 0 && counts.connected == 0 && counts.agents_free == 2);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_NONE(&c); /* it was of the queue that is gone: no wrap-up */
	struct route_input chat = newcomer(&c, 4, SALES);
	put(&c, 10, chat);
	CHECK_INT(c.rc, -EINVAL);
	chat.channel = ROUTE_CHAT;
	put(&c, 10, chat);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, BITA);
}

/* Each of these is refused whole, and nothing has changed. */
#define REFUSED_CONFIG(setting, bad)                                                                         \
	do {                                                                                                 \
		__typeof__(setting) _was = (setting);                                                        \
		uint64_t _before = route_digest(c.r);                                                        \
		(setting) = (bad);                                                                           \
		configure(&c, 2, 2);                                                                         \
		CHECK_INT(c.rc, -EINVAL);                                                                    \
		CHECK(route_digest(c.r) == _before);                                                         \
		(setting) = _was;                                                                            \
	} while (0)

TEST(a_config_that_makes_no_sense_is_refused_whole)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue *q = &c.queues[0];
	struct route_agent *a = &c.agents[0];

	ASKS(q, {PERSIAN, 5, 1}, {BILLING, 5, 1});
	RINGS(q, {0, 1, 0}, {1000, 2, 1});
	HOLDS(&c, 0, {PERSIAN, 5}, {BILLING, 5});
	configure(&c, 2, 2);
	CHECK_INT(c.rc, 0);
	enqueue(&c, 1, SALES);
	REFUSED_CONFIG(q->id, 0);
	REFUSED_CONFIG(q->channel, (enum route_channel)ROUTE_CHANNELS);
	REFUSED_CONFIG(q->priority, ROUTE_PRIORITY_MAX + 1);
	REFUSED_CONFIG(q->mix.skill, 1001);
	REFUSED_CONFIG(q->age_ms, -1);
	REFUSED_CONFIG(q->share_pct, 101);
	REFUSED_CONFIG(q->asks[0].level, 11);
	REFUSED_CONFIG(q->asks[0].level, 0);
	REFUSED_CONFIG(q->asks[0].kind, ROUTE_NOT + 1);
	REFUSED_CONFIG(q->asks[0].kind, ROUTE_PREFERRED); /* alternatives are of one kind */
	REFUSED_CONFIG(q->n_asks, ROUTE_ASKS_MAX + 1);
	REFUSED_CONFIG(q->rings[0].after_ms, 1);
	REFUSED_CONFIG(q->rings[1].after_ms, 0); /* ascending */
	REFUSED_CONFIG(q->rings[1].level, 11);
	REFUSED_CONFIG(q->rings[0].relax, 2); /* a later ring reaches as far as the one before */
	REFUSED_CONFIG(q->n_rings, ROUTE_RINGS_MAX + 1);
	REFUSED_CONFIG(q->per_agent_max, -1);
	REFUSED_CONFIG(q->keep_free, -1);
	REFUSED_CONFIG(q->misses_max, -1);
	REFUSED_CONFIG(q->wrap_up_ms, -1);
	REFUSED_CONFIG(q->target_ms, -1);
	REFUSED_CONFIG(q->max_wait_ms, -1);
	REFUSED_CONFIG(q->no_agents_ms, -1);
	REFUSED_CONFIG(q->max_estimate_ms, -1);
	REFUSED_CONFIG(q->capacity, -1);
	REFUSED_CONFIG(a->id, 0);
	REFUSED_CONFIG(a->capacity[ROUTE_CHAT], ROUTE_CAPACITY_MAX + 1);
	REFUSED_CONFIG(a->load[ROUTE_CHAT], ROUTE_LOAD_MAX + 1);
	REFUSED_CONFIG(c.skills[0][0].level, 11);
	REFUSED_CONFIG(c.skills[0][0].skill, BILLING); /* sorted, each once */
	REFUSED_CONFIG(c.serves[0][0].level, 0);
	REFUSED_CONFIG(c.serves[0][1].queue, SALES);
}

TEST(a_newcomer_that_makes_no_sense_is_an_error)
{
	_cleanup_centre_ struct centre c = centre_new();
	const struct route_input good = {
		.kind = ROUTE_ENQUEUE, .segment = 1, .queue = SALES, .n_asks = 1, .asks = {{PERSIAN, 1}}};
	struct route_input bad[] = {good, good, good, good, good, good, good, good, good};

	configure(&c, 1, 1);
	bad[0].segment = 0;
	bad[1].channel = (enum route_channel)ROUTE_CHANNELS;
	bad[2].priority = -ROUTE_PRIORITY_MAX - 1;
	bad[3].head_start_ms = ROUTE_EXTEND_MAX_MS + 1;
	bad[4].target_ms = -1;
	bad[5].asks[0].level = 0;
	bad[6].n_excluded = ROUTE_EXCLUDED_MAX + 1;
	bad[7].preferred_patience_ms = -1;
	bad[8].reserve_ms = -1;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(&c, 10, bad[i]);
		CHECK_INT(c.rc, -EINVAL);
		CHECK_INT(c.out.len, 0);
	}
	put(&c, 10, good);
	CHECK_NONE(&c);
}

TEST(limits_themselves_are_allowed)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in;

	c.queues[0].priority = -ROUTE_PRIORITY_MAX;
	c.queues[0].age_ms = ROUTE_EXTEND_MAX_MS;
	c.queues[0].wrap_up_ms = 1000;
	c.agents[0].capacity[ROUTE_CHAT] = ROUTE_CAPACITY_MAX;
	c.agents[0].load[ROUTE_VOICE] = ROUTE_LOAD_MAX;
	configure(&c, 1, 1);
	CHECK_INT(c.rc, 0);
	in = newcomer(&c, 1, SALES);
	in.priority = -ROUTE_PRIORITY_MAX;
	in.head_start_ms = ROUTE_EXTEND_MAX_MS;
	in.n_excluded = ROUTE_EXCLUDED_MAX;
	in.n_asks = ROUTE_ASKS_MAX;
	for (int i = 0; i < ROUTE_ASKS_MAX; i++)
		in.asks[i] = (struct route_ask){PERSIAN, ROUTE_LEVEL_MAX, 1, ROUTE_PREFERRED};
	put(&c, 10, in);
	CHECK_NONE(&c);
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	put(&c, 10,
		(struct route_input){
			.kind = ROUTE_WRAP_UP_EXTEND, .agent = AMIN, .duration_ms = ROUTE_EXTEND_MAX_MS});
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	put(&c, 10,
		(struct route_input){
			.kind = ROUTE_WRAP_UP_EXTEND, .agent = AMIN, .duration_ms = ROUTE_EXTEND_MAX_MS + 1});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 10,
		(struct route_input){.kind = ROUTE_ENGAGE,
			.segment = 9,
			.agent = AMIN,
			.channel = (enum route_channel)ROUTE_CHANNELS});
	CHECK_INT(c.rc, -EINVAL);
	put(&c, 10,
		(struct route_input){.kind = ROUTE_ENGAGE,
			.segment = 9,
			.agent = AMIN,
			.channel = (enum route_channel)(ROUTE_CHANNELS - 1)});
	CHECK_INT(c.rc, 0);
}
