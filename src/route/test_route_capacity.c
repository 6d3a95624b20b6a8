/* How much one agent takes at once: capacity by channel and queue, load, interrupts, wrap-up, engaged
 * contacts. */
#include "route/route_fixture.h"

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

/* One voice or four chats plus e-mails: a call weighs 100, a chat 25, an e-mail 10; a call may interrupt
 * e-mails. */
static struct centre blended(int n_agents)
{
	struct centre c = centre_new();

	for (int i = 0; i < n_agents; i++) {
		struct route_agent *a = &c.agents[i];
		a->capacity[ROUTE_CHAT] = 4;
		a->load[ROUTE_VOICE] = 100;
		a->load[ROUTE_CHAT] = 25;
		a->load[ROUTE_EMAIL] = 10;
		a->interrupts[ROUTE_VOICE] = 1 << ROUTE_EMAIL;
		a->interrupts[ROUTE_CHAT] = 1 << ROUTE_EMAIL;
	}
	configure(&c, 4, n_agents);
	all_available(&c, n_agents);
	return c;
}

TEST(one_call_or_four_chats)
{
	_cleanup_centre_ struct centre c = blended(1);

	for (uint64_t i = 1; i <= 4; i++) {
		enqueue(&c, i, CHATS);
		CHECK_ONLY(&c, ROUTE_OFFER, i, AMIN);
		contact(&c, ROUTE_ACCEPTED, i, AMIN);
	}
	enqueue(&c, 5, CHATS);
	enqueue(&c, 6, SALES);
	CHECK_NONE(&c);
	for (uint64_t i = 1; i <= 3; i++)
		contact(&c, ROUTE_ENDED, i, AMIN);
	contact(&c, ROUTE_CANCEL, 5, 0); /* the fifth had taken the first one's place */
	CHECK_INT(route_position(c.r, 6), 1);
	contact(&c, ROUTE_ENDED, 4, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 6, AMIN); /* not before the last chat is over */
}

TEST(a_call_interrupts_email_but_no_chat)
{
	_cleanup_centre_ struct centre c = blended(2);

	enqueue(&c, 1, MAILS);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, BITA);
	contact(&c, ROUTE_ACCEPTED, 2, BITA);
	enqueue(&c, 3, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
	contact(&c, ROUTE_ACCEPTED, 3, AMIN);
	enqueue(&c, 4, SALES);
	CHECK_NONE(&c);
	enqueue(&c, 5, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, BITA); /* beside the other chat, not beside the call */
}

TEST(nothing_but_its_own_kind_comes_beside_a_call)
{
	_cleanup_centre_ struct centre c = blended(1);

	enqueue(&c, 1, SALES);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, MAILS);
	CHECK_NONE(&c); /* 10 beside 100 */
	enqueue(&c, 3, CHATS);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 0, ROUTE_OFFER, 2, AMIN) && is(&c, 1, ROUTE_OFFER, 3, AMIN));
}

TEST(emails_fill_what_chats_leave)
{
	_cleanup_centre_ struct centre c = blended(1);

	for (uint64_t i = 1; i <= 3; i++) {
		enqueue(&c, i, CHATS);
		contact(&c, ROUTE_ACCEPTED, i, AMIN);
	}
	for (uint64_t i = 4; i <= 6; i++)
		enqueue(&c, i, MAILS);
	CHECK_NONE(&c); /* 75 + 10 + 10 + 10 > 100 */
	CHECK_INT(route_position(c.r, 6), 1);
	enqueue(&c, 7, CHATS); /* a fourth chat may interrupt e-mails */
	CHECK_ONLY(&c, ROUTE_OFFER, 7, AMIN);
}

TEST(a_wrap_up_keeps_its_place_and_its_load_and_no_more)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[0].wrap_up_ms = c.queues[2].wrap_up_ms = 60000;
	c.agents[0].load[ROUTE_CHAT] = 50;
	c.agents[0].load[ROUTE_VOICE] = 60;
	configure(&c, 4, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, CHATS);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN);
	enqueue(&c, 2, SALES);
	CHECK_NONE(&c); /* 60 beside 50 */
	enqueue(&c, 3, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN); /* the second of two */
	enqueue(&c, 4, CHATS);
	CHECK_NONE(&c);
	enqueue(&c, 5, MAILS);
	CHECK_ONLY(&c, ROUTE_OFFER, 5, AMIN); /* weighs nothing here */
	contact(&c, ROUTE_WRAP_UP_DONE, 1, AMIN);
	CHECK_INT(c.out.len, 2);
	CHECK(is_for(&c, 0, ROUTE_WRAP_UP_OVER, 1, AMIN, ROUTE_DONE) && is(&c, 1, ROUTE_OFFER, 4, AMIN));
}

TEST(a_queue_may_limit_its_contacts_at_one_agent)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[2].per_agent_max = 1;
	c.queues[3] = c.queues[2]; /* two chat queues */
	c.queues[3].id = MAILS;
	c.queues[3].per_agent_max = 0;
	c.queues[2].wrap_up_ms = 10000;
	configure(&c, 4, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, CHATS);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, CHATS);
	CHECK_NONE(&c);
	contact(&c, ROUTE_ASSIGN, 2, AMIN); /* by hand it does not matter */
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	fail(&c, 2, AMIN, ROUTE_WITHDRAWN);
	struct route_input other = newcomer(&c, 3, MAILS);
	other.channel = ROUTE_CHAT;
	put(&c, 10, other);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN); /* capacity itself is two */
	contact(&c, ROUTE_CANCEL, 3, 0);
	pass(&c, ROUTE_RETRY_MS);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 1, AMIN); /* a wrap-up counts */
	pass(&c, 10000);
	CHECK_INT(c.out.len, 2);
	CHECK(is(&c, 1, ROUTE_OFFER, 2, AMIN));
}

TEST(by_hand_needs_room_on_the_channel_all_the_same)
{
	_cleanup_centre_ struct centre c = blended(1);

	enqueue(&c, 1, CHATS);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	enqueue(&c, 2, SALES);
	contact(&c, ROUTE_ASSIGN, 2, AMIN);
	CHECK_ONLY_FOR(&c, ROUTE_REFUSED, 2, AMIN, ROUTE_NOT_FREE); /* load */
}

TEST(an_engaged_contact_takes_back_the_newest_offers_that_no_longer_fit)
{
	_cleanup_centre_ struct centre c = blended(1);
	struct route_input call = {
		.kind = ROUTE_ENGAGE, .segment = 900, .agent = AMIN, .channel = ROUTE_CHAT};

	for (uint64_t i = 1; i <= 4; i++)
		enqueue(&c, i, CHATS);
	put(&c, 10, call); /* a fifth chat: one too many */
	CHECK_ONLY_FOR(&c, ROUTE_WITHDRAW, 4, AMIN, ROUTE_NOT_FREE);
	call.segment = 901;
	call.channel = ROUTE_VOICE;
	put(&c, 10, call); /* a call beside chats: none of the offered ones fits */
	CHECK_INT(c.out.len, 3);
	for (uint64_t i = 0; i < 3; i++)
		CHECK(is_for(&c, i, ROUTE_WITHDRAW, 3 - i, AMIN, ROUTE_NOT_FREE));
	CHECK_INT(route_position(c.r, 1), 1);
	contact(&c, ROUTE_ENDED, 901, AMIN);
	CHECK_INT(c.out.len, 3); /* the chat engaged before is still there */
	CHECK(is(&c, 0, ROUTE_OFFER, 1, AMIN) && is(&c, 2, ROUTE_OFFER, 3, AMIN));
}

TEST(an_engaged_contact_of_a_queue_is_counted_and_wrapped_up_there)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;

	c.queues[0].wrap_up_ms = 5000;
	configure(&c, 2, 1);
	put(&c, 10, /* restored after a restart */
		(struct route_input){.kind = ROUTE_ENGAGE, .segment = 7, .agent = AMIN, .queue = SALES});
	CHECK_INT(route_queue_counts(c.r, SALES, &counts), 0);
	CHECK_INT(counts.connected, 1);
	contact(&c, ROUTE_ENDED, 7, AMIN);
	CHECK_ONLY(&c, ROUTE_WRAP_UP, 7, AMIN);
	CHECK_INT(c.out.at[0].due_ms, c.now + 5000);
}

TEST(who_has_no_capacity_on_a_channel_does_not_serve_its_queues)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_queue_counts counts;
	struct route_input in;

	c.agents[0].capacity[ROUTE_CHAT] = 0;
	configure(&c, 3, 2);
	all_available(&c, 2);
	CHECK_INT(route_queue_counts(c.r, CHATS, &counts), 0);
	CHECK(counts.agents_available == 1 && counts.agents_free == 1);
	in = newcomer(&c, 1, CHATS);
	in.preferred_agent = AMIN;
	in.preferred_patience_ms = 60000;
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, BITA);
}
