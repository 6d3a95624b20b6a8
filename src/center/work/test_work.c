/* Contacts without a telephone: opened, offered, taken, written in, handed on, ended; agents who come and go.
 */
#include "base/id.h"
#include "base/str.h"
#include "center/work/test_contacts.h"

#include <stdio.h>
#include <stdlib.h>

/* --- one contact
 * -------------------------------------------------------------------------------------------------------- */

TEST(a_contact_is_opened_taken_written_in_and_ended)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":10");
	uint64_t id = contact_open(&w, chat, "My parcel is late");
	CHECK(id);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_STARTED)->text, "chat");
	CHECK_STR(world_last(&w, EVENT_MESSAGE_WRITTEN)->text, "My parcel is late");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	const json_t *offer = world_push(&w, d.ann, "work_offer");
	CHECK(offer);
	CHECK_STR(jsonx_text(offer, "channel", ""), "chat");
	CHECK_STR(jsonx_text(json_object_get(offer, "customer"), "name", ""), "Sara");
	const json_t *said =
		json_array_get(json_object_get(world_push(&w, d.ann, "work_messages"), "messages"), 0);
	CHECK_STR(jsonx_text(said, "text", ""), "My parcel is late");
	CHECK_INT(jsonx_int(said, "number", 0), 1);
	world_pass(&w, 2000);
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 2000);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.ring_ms, 2000);
	CHECK_STR(world_ask(&w, d.ann_page, "'work.write','interaction':'%s','text':'I look'", ID(id)), "");
	CHECK_INT(world_last(&w, EVENT_MESSAGE_WRITTEN)->e.agent, d.ann);
	CHECK_INT(world_last(&w, EVENT_MESSAGE_WRITTEN)->e.number, 2);
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(contact_write(&w, id, "Thank you", &a), "");
	CHECK_INT(jsonx_int(a.json, "number", 0), 3);
	CHECK_STR(jsonx_text(json_object_get(world_push(&w, d.ann, "work_message"), "message"), "text", ""),
		"Thank you");
	world_pass(&w, 3000);
	CHECK_STR(world_ask(&w, d.ann_page, "'work.end','interaction':'%s'", ID(id)), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.talk_ms, 3000);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "agent_closed");
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	CHECK(world_push(&w, d.ann, "work_wrap_up"));
	world_pass(&w, 1000);
	CHECK_STR(
		world_ask(&w, d.ann_page, "'wrap_up.finish','interaction':'%s','notes':'sent again'", ID(id)),
		"");
	CHECK_INT(world_last(&w, EVENT_WRAP_UP_ENDED)->e.acw_ms, 1000);
	CHECK_STR(world_last(&w, EVENT_WRAP_UP_ENDED)->text, "sent again");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK(!contact_of(&w, id));
}

TEST(a_waiting_contact_closed_by_the_customer_is_abandoned)
{
	WITH_CHAT(w, d, chat, "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t one = contact_open(&w, chat, "one"), two = contact_open(&w, chat, NULL);
	world_pass(&w, 4000);
	CHECK_STR(contact_end(&w, one, true), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ABANDONED)->e.wait_ms, 4000);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "customer_closed");
	CHECK_STR(contact_end(&w, two, false), "");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 1);
	CHECK_STR(contact_end(&w, one, true), "not_found");
	CHECK_INT(w.center->work->by_id.len, 0);
}

TEST(an_agent_has_several_beside_a_call)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":0");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t ids[5];
	for (int i = 0; i < 5; i++)
		ids[i] = contact_open(&w, chat, "hello");
	for (int i = 0; i < 4; i++)
		CHECK_STR(contact_accept(&w, d.ann_page, ids[i]), "");
	/* four chats are all there is room for; each is 25 per cent of an agent */
	CHECK_STR(contact_accept(&w, d.ann_page, ids[4]), "not_ringing");
	CHECK_INT(work_count(world_agent_of(&w, d.ann)), 4);
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_INT(world_leg_of(&w, d.ann), 0); /* a call needs the whole agent */
	CHECK_STR(world_ask(&w, d.ann_page, "'work.end','interaction':'%s'", ID(ids[0])), "");
	CHECK(work_offer_of(contact_of(&w, ids[4]), world_agent_of(&w, d.ann)));
	world_sip(&w, SIP_ENDED, leg, 0);
	for (int i = 1; i < 5; i++)
		CHECK_STR(contact_end(&w, ids[i], true), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
}

TEST(declined_and_unanswered_offers_go_on_at_their_place)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t first = contact_open(&w, chat, "first");
	CHECK_STR(world_ask(&w, d.ann_page, "'work.decline','interaction':'%s'", ID(first)), "");
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "declined");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_pass(&w, 5500);
	CHECK_STR(world_state(&w, d.bob), "not_responding");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(contact_accept(&w, d.ann_page, first), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 5500);
	CHECK_STR(contact_accept(&w, d.bob_page, first), "not_ringing");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.write','interaction':'%s','text':'x'", ID(first)),
		"not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.end','interaction':'%s'", ID(first)), "not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.messages','interaction':'%s'", ID(first)), "not_yours");
}

TEST(ring_all_gives_it_to_the_first)
{
	WITH_CHAT(w, d, chat, ",\"strategy\":\"ring_all\",\"wrap_up_s\":0");
	uint64_t id = contact_open(&w, chat, "who is first");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(contact_accept(&w, d.bob_page, id), "");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "work_offer_ended"), "reason", ""), "answered_elsewhere");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_OFFER_ENDED), 2);
}

TEST(auto_answer_takes_it_at_once)
{
	WITH_WORLD(w);
	uint64_t chat = contact_queue(&w, "Chat", ""),
		 eva = world_agent(&w, "eva", ",\"is_auto_answer\":true");
	CHECK(chat && eva && world_start(&w));
	world_ready(&w, eva);
	uint64_t id = contact_open(&w, chat, "hi");
	CHECK_STR(world_state(&w, eva), "talking");
	CHECK(contact_of(&w, id)->agent == eva);
	CHECK(world_push(&w, eva, "work"));
}

/* --- handing on
 * ---------------------------------------------------------------------------------------------------------
 */

TEST(transfers_to_a_queue_and_to_an_agent)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":20");
	uint64_t other = contact_queue(&w, "Second", ",\"wrap_up_s\":0");
	uint64_t mail = fixture_create(&w.store, "queue", "{\"name\":\"Mail\",\"channel\":\"email\"}", NULL);
	world_configure(&w);
	uint64_t id = contact_open(&w, chat, "hello");
	world_pass(&w, 2);
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
#define TO "'work.transfer','interaction':'%s','to':{'kind':'%s','id':'%s'}"
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(mail)), "wrong_channel");
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(id)), "not_found");
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "number", ID(id)), "invalid_target");
	world_pass(&w, 1000);
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(other)), "");
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "transfer");
	CHECK(work_wrap_at(world_agent_of(&w, d.ann), id)); /* while bob is asked */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(contact_accept(&w, d.bob_page, id), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.queue, other);
	CHECK_STR(world_ask(&w, d.ann_page, "'wrap_up.finish','interaction':'%s'", ID(id)), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_STR(world_ask(&w, d.bob_page, TO, ID(id), "agent", ID(d.ann)), "");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_TRANSFERRED), 2);
	CHECK_INT(contact_of(&w, id)->n_messages, 1);
}

TEST(supervisors_assign_and_agents_pick)
{
	WITH_CHAT(w, d, chat, ",\"is_pick_allowed\":true,\"agents\":[]");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = contact_open(&w, chat, "x");
	CHECK_STR(world_ask(&w, d.ann_page, "'queue.list'"), "");
	const json_t *queue, *found = NULL;
	size_t i;
	json_array_foreach(json_object_get(world_reply(&w), "queues"), i, queue) found =
		json_array_get(json_object_get(queue, "waits"), 0) ? queue : found;
	CHECK(found);
	CHECK_STR(world_ask(&w, d.bob_page, "'queue.assign','interaction':'%s','agent':'%s'", ID(id),
			  ID(d.ann)),
		"agent_not_free");
	CHECK_STR(world_ask(&w, d.ann_page, "'live.subscribe'"), "");
	json_array_foreach(json_object_get(world_reply(&w), "queues"), i, queue)
	{
		if (jsonx_id(queue, "id") == chat)
			CHECK_INT(jsonx_int(queue, "waiting", 0), 1);
	}
	uint64_t kim = world_agent(&w, "kim", "");
	world_configure(&w);
	d.bob_page = world_page(&w, d.bob, ~0u); /* a configuration takes rights from pages, never gives */
	CHECK_STR(
		world_ask(&w, d.bob_page, "'queue.assign','interaction':'%s','agent':'%s'", ID(id), ID(kim)),
		"agent_not_free");
	uint64_t page = world_page(&w, kim, ~0u);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK_STR(world_state(&w, kim), "ringing");
	CHECK_STR(world_ask(&w, page, "'work.decline','interaction':'%s'", ID(id)), "");
	CHECK_STR(world_ask(&w, page, "'queue.pick','interaction':'%s'", ID(id)), "");
	CHECK_STR(contact_accept(&w, page, id), "");
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ASSIGNED)->reason, "pick");
	CHECK_STR(
		world_ask(&w, d.bob_page, "'queue.assign','interaction':'%s','agent':'%s'", ID(id), ID(kim)),
		"not_waiting");
}

/* The next one was decided before routing heard that nothing rings any more: taken back, once. */
TEST(a_break_asked_for_while_one_rings_takes_no_other_instead)
{
	WITH_CHAT(w, d, chat, ",\"per_agent_max\":2,\"wrap_up_s\":0,\"misses_max\":0");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t open = contact_open(&w, chat, "one"), ringing = contact_open(&w, chat, "two"),
		 waiting = contact_open(&w, chat, "three");
	CHECK_STR(contact_accept(&w, d.ann_page, open), "");
	CHECK(contact_of(&w, ringing)->offers && !contact_of(&w, waiting)->offers);
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	world_pass(&w, 5100); /* the ring's time is up, and in the same step it is the next one's turn */
	CHECK(!contact_of(&w, ringing)->offers && !contact_of(&w, waiting)->offers);
	CHECK(world_count(&w, EVENT_OFFER_MADE) <= 3);
	CHECK_STR(world_ask(&w, d.ann_page, "'work.end','interaction':'%s'", ID(open)), "");
	CHECK_STR(world_state(&w, d.ann), "break");
}

TEST(who_sits_at_a_telephone_is_asked_only_while_a_page_is_open)
{
	WITH_CHAT(w, d, chat, "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.offline'"), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.device','device':'uri','device_uri':'sip:ann@127.0.0.1'"),
		"");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.ready'"), "");
	world_page_closes(&w, d.ann_page);
	world_pass(&w, 1100);
	uint64_t id = contact_open(&w, chat, "is anybody there?");
	world_pass(&w, 20000);
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 0);
	uint64_t page = world_page(&w, d.ann, ~0u);
	world_pass(&w, 1100);
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
	CHECK_STR(contact_accept(&w, page, id), "");
}

/* --- asked wrongly, and again
 * ------------------------------------------------------------------------------------------------ */

TEST(what_cannot_be_opened_is_said)
{
	WITH_CHAT(w, d, chat, ",\"capacity\":1");
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = contact_opening(w.support, ROUTE_CHAT);
	CHECK(d.ann);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "wrong_channel");
	what = contact_opening(w.support, ROUTE_VOICE);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "wrong_channel");
	what = contact_opening(4711, ROUTE_CHAT);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "not_found");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	CHECK(contact_open(&w, chat, "fits"));
	what = contact_opening(chat, ROUTE_CHAT);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "queue_full");
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "queue_full");
	fixture_update(&w.store, "queue", chat, "{\"is_active\":false}", NULL);
	world_configure(&w);
	what = contact_opening(chat, ROUTE_CHAT);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "queue_closed");
	w.is_store_full = true;
	what = contact_opening(chat, ROUTE_CHAT);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "store_overloaded");
	w.is_store_full = false;
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_STR(contact_write(&w, world_ix_id(&w, leg), "x", &a), "is_call");
	CHECK_STR(contact_write(&w, 4711, "x", &a), "not_found");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 2);
}

TEST(messages_have_a_length_and_a_number)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	char text[WORK_TEXT_MAX + 2];
	uint64_t id = contact_open(&w, chat, "x");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(d.ann);
	CHECK_STR(contact_write(&w, id, text, &a), "too_long");
	text[WORK_TEXT_MAX] = '\0';
	CHECK_STR(contact_write(&w, id, text, &a), "");
	CHECK_STR(contact_write(&w, id, "  ", &a), "empty");
	contact_of(&w, id)->n_messages = WORK_MESSAGES_MAX;
	CHECK_STR(contact_write(&w, id, "one more", &a), "too_many");
}

TEST(the_same_request_again_changes_nothing)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0}, b = {0}, c = {0};
	struct center_work what = contact_opening(chat, ROUTE_CHAT);
	CHECK(d.ann);
	what.key = 4242;
	what.body = 1;
	contact_ask(&w, &what, "x", &a);
	what = contact_opening(chat, ROUTE_CHAT);
	what.key = 4242;
	what.body = 1;
	contact_ask(&w, &what, "x", &b);
	CHECK(jsonx_id(a.json, "id") && json_equal(a.json, b.json));
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
	what = contact_opening(chat, ROUTE_CHAT);
	what.key = 4242;
	what.body = 2;
	contact_ask(&w, &what, "y", &c);
	CHECK_STR(answer_code(&c), "key_reused");
	struct store_key known = {0};
	CHECK_INT(store_contact_key(w.store.reader, 4242, 0, &known), 0);
	CHECK_INT(known.interaction, jsonx_id(a.json, "id"));
	CHECK_INT(known.seq, jsonx_int(a.json, "seq", 0));
	what = (struct center_work){.kind = CENTER_WORK_WRITE, .interaction = known.interaction, .key = 4243};
	contact_ask(&w, &what, "z", &a);
	CHECK_INT(store_contact_key(w.store.reader, 4243, 0, &known), 0);
	CHECK_INT(known.number, 2);
	CHECK_INT(store_contact_key(w.store.reader, 4243, w.center->wall_ms() + 1, &known), STORE_NOT_FOUND);
	what = (struct center_work){.kind = CENTER_WORK_WRITE, .interaction = known.interaction, .key = 4243};
	contact_ask(&w, &what, "z", &a);
	CHECK_INT(world_count(&w, EVENT_MESSAGE_WRITTEN), 2);
}

TEST(nobody_asks_too_often)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	CHECK(d.ann);
	for (int i = 0; i < WORK_RATE_MAX; i++) {
		struct center_work what = {.kind = CENTER_WORK_WRITE, .interaction = 4711};
		contact_ask(&w, &what, "x", &a);
	}
	CHECK_STR(answer_code(&a), "not_found");
	struct center_work what = contact_opening(chat, ROUTE_CHAT);
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "rate_limited");
	what = contact_opening(chat, ROUTE_CHAT);
	what.user = 78;
	contact_ask(&w, &what, "x", &a);
	CHECK_STR(answer_code(&a), "");
	world_pass(&w, 1000);
	CHECK(contact_open(&w, chat, "x"));
}

/* --- agents come and go
 * -------------------------------------------------------------------------------------------------- */

TEST(contacts_of_who_is_away_go_back_to_their_place)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":30");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = contact_open(&w, chat, "hello");
	int64_t since = contact_of(&w, id)->since_mono;
	world_pass(&w, 1000);
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
	world_page_closes(&w, d.ann_page);
	world_pass(&w, 100000);
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t page = world_page(&w, d.ann, ~0u); /* reloaded: it is still there */
	CHECK_INT(json_array_size(json_object_get(contact_push_to(&w, page, "hello"), "works")), 1);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	world_pass(&w, WORK_GRACE_MS + 1000);
	CHECK_INT(contact_of(&w, id)->agent, d.ann);
	world_page_closes(&w, page);
	world_pass(&w, WORK_GRACE_MS - 1000);
	CHECK_INT(contact_of(&w, id)->agent, d.ann);
	world_pass(&w, 2000);
	CHECK(work_is_waiting(contact_of(&w, id)));
	CHECK_INT(contact_of(&w, id)->since_mono, since);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "agent_lost");
	CHECK_STR(world_state(&w, d.ann), "offline");
	CHECK(!world_agent_of(&w, d.ann)->work_wraps);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.ready'"), "");
	CHECK_STR(contact_accept(&w, d.bob_page, id), "");
}

TEST(who_is_deactivated_leaves_nothing_stuck)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t one = contact_open(&w, chat, "one");
	world_pass(&w, 2);
	CHECK_STR(contact_accept(&w, d.ann_page, one), "");
	uint64_t two = contact_open(&w, chat, "two"); /* rings at bob */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	fixture_update(&w.store, "user", d.ann, "{\"is_active\":false}", NULL);
	world_configure(&w);
	CHECK(contact_of(&w, one)->agent == 0);
	CHECK_STR(contact_accept(&w, d.bob_page, two), "");
	CHECK_STR(contact_accept(&w, d.bob_page, one), "");
	world_pass(&w, 60000);
	CHECK(!world_agent_of(&w, d.ann));
}

TEST(a_break_waits_for_the_last_contact)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":0");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = contact_open(&w, chat, "one");
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t two = contact_open(&w, chat, "two");
	CHECK(!contact_of(&w, two)->offers);
	CHECK_STR(contact_end(&w, id, true), "");
	CHECK_STR(world_state(&w, d.ann), "break");
}

TEST(a_telephone_alone_gets_no_text)
{
	WITH_WORLD(w);
	uint64_t chat = contact_queue(&w, "Chat", "");
	uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI),
		 dora = world_agent(&w, "dora", ",\"device\":\"phone\"");
	CHECK(chat && carl && dora && world_start(&w));
	struct sip_event registered = {.kind = SIP_REGISTRATION, .user = dora, .count = 1};
	center_on_sip(&registered, w.center);
	uint64_t page = world_ready(&w, dora);
	world_page_closes(&w, page);
	uint64_t id = contact_open(&w, chat, "anybody?");
	CHECK(work_is_waiting(contact_of(&w, id)) && !contact_of(&w, id)->offers);
	CHECK_STR(world_state(&w, carl), "ready");
	CHECK_STR(world_state(&w, dora), "ready"); /* and it is no fault of hers */
	world_page(&w, dora, ~0u);
	world_pass(&w, 2000);
	CHECK_STR(world_state(&w, dora), "ringing");
}

/* --- what its queue says
 * ------------------------------------------------------------------------------------------------- */

TEST(rules_of_the_queue_end_what_nobody_takes)
{
	WITH_CHAT(w, d, chat, ",\"max_wait_s\":20,\"warn_s\":5,\"service_level_s\":10");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	CHECK(contact_open(&w, chat, "x"));
	world_pass(&w, 19000);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_NEAR_TARGET), 1);
	world_pass(&w, 2000);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "overflow");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "overflow");
	uint64_t id = contact_open(&w, chat, "y");
	CHECK_INT(fixture_update(&w.store, "queue", chat, "{\"channel\":\"email\"}", NULL), 0);
	world_configure(&w);
	CHECK(!contact_of(&w, id));
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "closed");
}

TEST(vip_and_exclusions_count_as_for_calls)
{
	WITH_WORLD(w);
	char text[256];
	uint64_t chat = contact_queue(&w, "Chat", ""), ann = world_agent(&w, "ann", "");
	snprintf(text, sizeof(text),
		"{\"name\":\"Vera\",\"is_vip\":true,\"numbers\":[\"+989121234567\"],\"excluded_agents\":[\"%"
		"s\"]}",
		ID(ann));
	uint64_t vera = fixture_create(&w.store, "customer", text, NULL);
	CHECK(chat && ann && vera && world_start(&w));
	uint64_t page = world_ready(&w, ann);
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	uint64_t usual = contact_open(&w, chat, "usual");
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = contact_opening(chat, ROUTE_CHAT);
	CHECK_INT(center_work_look_up(w.center, w.store.reader, vera, &what), 0);
	contact_ask(&w, &what, "vip", &a);
	const struct work *vip = contact_of(&w, jsonx_id(a.json, "id"));
	CHECK(vip && vip->is_vip && vip->customer == vera && vip->priority > contact_of(&w, usual)->priority);
	CHECK_STR(work_name(vip), "Vera");
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK(!vip->offers && contact_of(&w, usual)->offers); /* ann must not get her */
	what = contact_opening(chat, ROUTE_CHAT);
	(void)str_put(what.from, sizeof(what.from), "09121234567");
	CHECK_INT(center_work_look_up(w.center, w.store.reader, 0, &what), 0);
	CHECK_INT(jsonx_id(what.customer, "id"), vera);
	center_work_clear(&what);
	CHECK_INT(center_work_look_up(w.center, w.store.reader, 4711, &what), STORE_NOT_FOUND);
}
