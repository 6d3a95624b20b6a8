/* Contacts without a telephone: opened, offered, taken, written in, handed on, ended; agents who come and go;
 * and a restart in between. */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"
#include "center/work/work_state.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the system that opens them
 * ---------------------------------------------------------------------------------------------- */

struct answer {
	json_t *json;
	int n;
};

static void on_answer(json_t *json, void *arg)
{
	struct answer *a = arg;

	json_decref(a->json);
	a->json = json;
	a->n++;
}

static void forget(struct answer *a)
{
	json_decref(a->json);
	*a = (struct answer){0};
}
#define _cleanup_answer_ __attribute__((cleanup(forget)))

static void ask(struct world *w, struct center_work *what, const char *text, struct answer *a)
{
	what->text = alloc_strdup(text);
	what->user = what->user ? what->user : 77;
	if (center_work(w->center, what, on_answer, a) < 0) {
		world_fail(__FILE__, __LINE__, "the centre does not take a request");
		center_work_clear(what);
	}
	world_run(w);
}

static struct center_work opening(uint64_t queue, int channel)
{
	struct center_work what = {.kind = CENTER_WORK_OPEN, .queue = queue, .channel = channel};

	(void)str_put(what.from, sizeof(what.from), "sara@example.org");
	(void)str_put(what.name, sizeof(what.name), "Sara");
	return what;
}

/* The id of a contact just opened; 0: it was not. */
static uint64_t open_one(struct world *w, uint64_t queue, const char *text)
{
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = opening(queue, ROUTE_CHAT);

	ask(w, &what, text, &a);
	return a.n == 1 ? jsonx_id(a.json, "id") : 0;
}

static const char *code_of(const struct answer *a)
{
	return jsonx_text(a->json, "code", "");
}

static const char *write_to(struct world *w, uint64_t id, const char *text, struct answer *a)
{
	struct center_work what = {.kind = CENTER_WORK_WRITE, .interaction = id};

	ask(w, &what, text, a);
	return code_of(a);
}

static const char *end_it(struct world *w, uint64_t id, bool is_customer)
{
	static char code[32];
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = {.kind = CENTER_WORK_END, .interaction = id, .is_customer = is_customer};

	ask(w, &what, NULL, &a);
	(void)str_put(code, sizeof(code), code_of(&a));
	return code;
}

static uint64_t chat_queue(struct world *w, const char *name, const char *fields)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"name\":\"%s\",\"channel\":\"chat\",\"ring_timeout_s\":5%s}", name,
		fields);
	return fixture_create(&w->store, "queue", text, NULL);
}

#define WITH_CHAT(w, d, chat, fields)                                                                        \
	WITH_WORLD(w);                                                                                       \
	struct desk d;                                                                                       \
	uint64_t chat = chat_queue(&w, "Chat", fields);                                                      \
	if (!chat || !desk_open(&w, &d))                                                                     \
	return

/* The newest push named `on` to one page. */
static json_t *world_push_to(struct world *w, uint64_t page, const char *on)
{
	for (size_t i = w->said.len; i-- > 0;)
		if (w->said.at[i].kind == CENTER_TO_CLIENT && w->said.at[i].to == page &&
			str_equal(jsonx_text(w->said.at[i].body, "on", NULL), on))
			return w->said.at[i].body;
	return NULL;
}

static struct work *contact(struct world *w, uint64_t id)
{
	return map_get(&w->center->work->by_id, id);
}

static const char *accept(struct world *w, uint64_t page, uint64_t id)
{
	return world_ask(w, page, "'work.accept','interaction':'%s'", ID(id));
}

/* --- one contact
 * -------------------------------------------------------------------------------------------------------- */

TEST(a_contact_is_opened_taken_written_in_and_ended)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":10");
	uint64_t id = open_one(&w, chat, "My parcel is late");
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
	CHECK_STR(accept(&w, d.ann_page, id), "");
	CHECK_STR(world_state(&w, d.ann), "talking");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 2000);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.ring_ms, 2000);
	CHECK_STR(world_ask(&w, d.ann_page, "'work.write','interaction':'%s','text':'I look'", ID(id)), "");
	CHECK_INT(world_last(&w, EVENT_MESSAGE_WRITTEN)->e.agent, d.ann);
	CHECK_INT(world_last(&w, EVENT_MESSAGE_WRITTEN)->e.number, 2);
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(write_to(&w, id, "Thank you", &a), "");
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
	CHECK(!contact(&w, id));
}

TEST(a_waiting_contact_closed_by_the_customer_is_abandoned)
{
	WITH_CHAT(w, d, chat, "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t one = open_one(&w, chat, "one"), two = open_one(&w, chat, NULL);
	world_pass(&w, 4000);
	CHECK_STR(end_it(&w, one, true), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ABANDONED)->e.wait_ms, 4000);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "customer_closed");
	CHECK_STR(end_it(&w, two, false), "");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 1);
	CHECK_STR(end_it(&w, one, true), "not_found");
	CHECK_INT(w.center->work->by_id.len, 0);
}

TEST(an_agent_has_several_beside_a_call)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":0");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t ids[5];
	for (int i = 0; i < 5; i++)
		ids[i] = open_one(&w, chat, "hello");
	for (int i = 0; i < 4; i++)
		CHECK_STR(accept(&w, d.ann_page, ids[i]), "");
	/* four chats are all there is room for; each is 25 per cent of an agent */
	CHECK_STR(accept(&w, d.ann_page, ids[4]), "not_ringing");
	CHECK_INT(work_count(world_agent_of(&w, d.ann)), 4);
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_INT(world_leg_of(&w, d.ann), 0); /* a call needs the whole agent */
	CHECK_STR(world_ask(&w, d.ann_page, "'work.end','interaction':'%s'", ID(ids[0])), "");
	CHECK(work_offer_of(contact(&w, ids[4]), world_agent_of(&w, d.ann)));
	world_sip(&w, SIP_ENDED, leg, 0);
	for (int i = 1; i < 5; i++)
		CHECK_STR(end_it(&w, ids[i], true), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
}

TEST(declined_and_unanswered_offers_go_on_at_their_place)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t first = open_one(&w, chat, "first");
	CHECK_STR(world_ask(&w, d.ann_page, "'work.decline','interaction':'%s'", ID(first)), "");
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "declined");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_pass(&w, 5500);
	CHECK_STR(world_state(&w, d.bob), "not_responding");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(accept(&w, d.ann_page, first), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, 5500);
	CHECK_STR(accept(&w, d.bob_page, first), "not_ringing");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.write','interaction':'%s','text':'x'", ID(first)),
		"not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.end','interaction':'%s'", ID(first)), "not_yours");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.messages','interaction':'%s'", ID(first)), "not_yours");
}

TEST(ring_all_gives_it_to_the_first)
{
	WITH_CHAT(w, d, chat, ",\"strategy\":\"ring_all\",\"wrap_up_s\":0");
	uint64_t id = open_one(&w, chat, "who is first");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(accept(&w, d.bob_page, id), "");
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "work_offer_ended"), "reason", ""), "answered_elsewhere");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_OFFER_ENDED), 2);
}

TEST(auto_answer_takes_it_at_once)
{
	WITH_WORLD(w);
	uint64_t chat = chat_queue(&w, "Chat", ""), eva = world_agent(&w, "eva", ",\"is_auto_answer\":true");
	CHECK(chat && eva && world_start(&w));
	world_ready(&w, eva);
	uint64_t id = open_one(&w, chat, "hi");
	CHECK_STR(world_state(&w, eva), "talking");
	CHECK(contact(&w, id)->agent == eva);
	CHECK(world_push(&w, eva, "work"));
}

/* --- handing on
 * ---------------------------------------------------------------------------------------------------------
 */

TEST(transfers_to_a_queue_and_to_an_agent)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":20");
	uint64_t other = chat_queue(&w, "Second", ",\"wrap_up_s\":0");
	uint64_t mail = fixture_create(&w.store, "queue", "{\"name\":\"Mail\",\"channel\":\"email\"}", NULL);
	world_configure(&w);
	uint64_t id = open_one(&w, chat, "hello");
	world_pass(&w, 2);
	CHECK_STR(accept(&w, d.ann_page, id), "");
#define TO "'work.transfer','interaction':'%s','to':{'kind':'%s','id':'%s'}"
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(mail)), "wrong_channel");
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(id)), "not_found");
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "number", ID(id)), "invalid_target");
	world_pass(&w, 1000);
	CHECK_STR(world_ask(&w, d.ann_page, TO, ID(id), "queue", ID(other)), "");
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "transfer");
	CHECK(work_wrap_at(world_agent_of(&w, d.ann), id)); /* while bob is asked */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(accept(&w, d.bob_page, id), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.queue, other);
	CHECK_STR(world_ask(&w, d.ann_page, "'wrap_up.finish','interaction':'%s'", ID(id)), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_STR(world_ask(&w, d.bob_page, TO, ID(id), "agent", ID(d.ann)), "");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(accept(&w, d.ann_page, id), "");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_TRANSFERRED), 2);
	CHECK_INT(contact(&w, id)->n_messages, 1);
}

TEST(supervisors_assign_and_agents_pick)
{
	WITH_CHAT(w, d, chat, ",\"is_pick_allowed\":true,\"agents\":[]");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = open_one(&w, chat, "x");
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
	CHECK_STR(accept(&w, page, id), "");
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
	uint64_t open = open_one(&w, chat, "one"), ringing = open_one(&w, chat, "two"),
		 waiting = open_one(&w, chat, "three");
	CHECK_STR(accept(&w, d.ann_page, open), "");
	CHECK(contact(&w, ringing)->offers && !contact(&w, waiting)->offers);
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	world_pass(&w, 5100); /* the ring's time is up, and in the same step it is the next one's turn */
	CHECK(!contact(&w, ringing)->offers && !contact(&w, waiting)->offers);
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
	uint64_t id = open_one(&w, chat, "is anybody there?");
	world_pass(&w, 20000);
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 0);
	uint64_t page = world_page(&w, d.ann, ~0u);
	world_pass(&w, 1100);
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
	CHECK_STR(accept(&w, page, id), "");
}

/* --- asked wrongly, and again
 * ------------------------------------------------------------------------------------------------ */

TEST(what_cannot_be_opened_is_said)
{
	WITH_CHAT(w, d, chat, ",\"capacity\":1");
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = opening(w.support, ROUTE_CHAT);
	CHECK(d.ann);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "wrong_channel");
	what = opening(w.support, ROUTE_VOICE);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "wrong_channel");
	what = opening(4711, ROUTE_CHAT);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "not_found");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	CHECK(open_one(&w, chat, "fits"));
	what = opening(chat, ROUTE_CHAT);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "queue_full");
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "queue_full");
	fixture_update(&w.store, "queue", chat, "{\"is_active\":false}", NULL);
	world_configure(&w);
	what = opening(chat, ROUTE_CHAT);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "queue_closed");
	w.is_store_full = true;
	what = opening(chat, ROUTE_CHAT);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "store_overloaded");
	w.is_store_full = false;
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_STR(write_to(&w, world_ix_id(&w, leg), "x", &a), "is_call");
	CHECK_STR(write_to(&w, 4711, "x", &a), "not_found");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 2);
}

TEST(messages_have_a_length_and_a_number)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	char text[WORK_TEXT_MAX + 2];
	uint64_t id = open_one(&w, chat, "x");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(d.ann);
	CHECK_STR(write_to(&w, id, text, &a), "too_long");
	text[WORK_TEXT_MAX] = '\0';
	CHECK_STR(write_to(&w, id, text, &a), "");
	CHECK_STR(write_to(&w, id, "  ", &a), "empty");
	contact(&w, id)->n_messages = WORK_MESSAGES_MAX;
	CHECK_STR(write_to(&w, id, "one more", &a), "too_many");
}

TEST(the_same_request_again_changes_nothing)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0}, b = {0}, c = {0};
	struct center_work what = opening(chat, ROUTE_CHAT);
	CHECK(d.ann);
	what.key = 4242;
	what.body = 1;
	ask(&w, &what, "x", &a);
	what = opening(chat, ROUTE_CHAT);
	what.key = 4242;
	what.body = 1;
	ask(&w, &what, "x", &b);
	CHECK(jsonx_id(a.json, "id") && json_equal(a.json, b.json));
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
	what = opening(chat, ROUTE_CHAT);
	what.key = 4242;
	what.body = 2;
	ask(&w, &what, "y", &c);
	CHECK_STR(code_of(&c), "key_reused");
	struct store_key known = {0};
	CHECK_INT(store_contact_key(w.store.reader, 4242, 0, &known), 0);
	CHECK_INT(known.interaction, jsonx_id(a.json, "id"));
	CHECK_INT(known.seq, jsonx_int(a.json, "seq", 0));
	what = (struct center_work){.kind = CENTER_WORK_WRITE, .interaction = known.interaction, .key = 4243};
	ask(&w, &what, "z", &a);
	CHECK_INT(store_contact_key(w.store.reader, 4243, 0, &known), 0);
	CHECK_INT(known.number, 2);
	CHECK_INT(store_contact_key(w.store.reader, 4243, w.center->wall_ms() + 1, &known), STORE_NOT_FOUND);
	what = (struct center_work){.kind = CENTER_WORK_WRITE, .interaction = known.interaction, .key = 4243};
	ask(&w, &what, "z", &a);
	CHECK_INT(world_count(&w, EVENT_MESSAGE_WRITTEN), 2);
}

TEST(nobody_asks_too_often)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	CHECK(d.ann);
	for (int i = 0; i < WORK_RATE_MAX; i++) {
		struct center_work what = {.kind = CENTER_WORK_WRITE, .interaction = 4711};
		ask(&w, &what, "x", &a);
	}
	CHECK_STR(code_of(&a), "not_found");
	struct center_work what = opening(chat, ROUTE_CHAT);
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "rate_limited");
	what = opening(chat, ROUTE_CHAT);
	what.user = 78;
	ask(&w, &what, "x", &a);
	CHECK_STR(code_of(&a), "");
	world_pass(&w, 1000);
	CHECK(open_one(&w, chat, "x"));
}

/* --- agents come and go
 * -------------------------------------------------------------------------------------------------- */

TEST(contacts_of_who_is_away_go_back_to_their_place)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":30");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = open_one(&w, chat, "hello");
	int64_t since = contact(&w, id)->since_mono;
	world_pass(&w, 1000);
	CHECK_STR(accept(&w, d.ann_page, id), "");
	world_page_closes(&w, d.ann_page);
	world_pass(&w, 100000);
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t page = world_page(&w, d.ann, ~0u); /* reloaded: it is still there */
	CHECK_INT(json_array_size(json_object_get(world_push_to(&w, page, "hello"), "works")), 1);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	world_pass(&w, WORK_GRACE_MS + 1000);
	CHECK_INT(contact(&w, id)->agent, d.ann);
	world_page_closes(&w, page);
	world_pass(&w, WORK_GRACE_MS - 1000);
	CHECK_INT(contact(&w, id)->agent, d.ann);
	world_pass(&w, 2000);
	CHECK(work_is_waiting(contact(&w, id)));
	CHECK_INT(contact(&w, id)->since_mono, since);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "agent_lost");
	CHECK_STR(world_state(&w, d.ann), "offline");
	CHECK(!world_agent_of(&w, d.ann)->work_wraps);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.ready'"), "");
	CHECK_STR(accept(&w, d.bob_page, id), "");
}

TEST(who_is_deactivated_leaves_nothing_stuck)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t one = open_one(&w, chat, "one");
	world_pass(&w, 2);
	CHECK_STR(accept(&w, d.ann_page, one), "");
	uint64_t two = open_one(&w, chat, "two"); /* rings at bob */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	fixture_update(&w.store, "user", d.ann, "{\"is_active\":false}", NULL);
	world_configure(&w);
	CHECK(contact(&w, one)->agent == 0);
	CHECK_STR(accept(&w, d.bob_page, two), "");
	CHECK_STR(accept(&w, d.bob_page, one), "");
	world_pass(&w, 60000);
	CHECK(!world_agent_of(&w, d.ann));
}

TEST(a_break_waits_for_the_last_contact)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":0");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t id = open_one(&w, chat, "one");
	CHECK_STR(accept(&w, d.ann_page, id), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t two = open_one(&w, chat, "two");
	CHECK(!contact(&w, two)->offers);
	CHECK_STR(end_it(&w, id, true), "");
	CHECK_STR(world_state(&w, d.ann), "break");
}

TEST(a_telephone_alone_gets_no_text)
{
	WITH_WORLD(w);
	uint64_t chat = chat_queue(&w, "Chat", "");
	uint64_t carl = world_agent(&w, "carl", ALWAYS_AT_URI),
		 dora = world_agent(&w, "dora", ",\"device\":\"phone\"");
	CHECK(chat && carl && dora && world_start(&w));
	struct sip_event registered = {.kind = SIP_REGISTRATION, .user = dora, .count = 1};
	center_on_sip(&registered, w.center);
	uint64_t page = world_ready(&w, dora);
	world_page_closes(&w, page);
	uint64_t id = open_one(&w, chat, "anybody?");
	CHECK(work_is_waiting(contact(&w, id)) && !contact(&w, id)->offers);
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
	CHECK(open_one(&w, chat, "x"));
	world_pass(&w, 19000);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_NEAR_TARGET), 1);
	world_pass(&w, 2000);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "overflow");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "overflow");
	uint64_t id = open_one(&w, chat, "y");
	CHECK_INT(fixture_update(&w.store, "queue", chat, "{\"channel\":\"email\"}", NULL), 0);
	world_configure(&w);
	CHECK(!contact(&w, id));
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "closed");
}

TEST(vip_and_exclusions_count_as_for_calls)
{
	WITH_WORLD(w);
	char text[256];
	uint64_t chat = chat_queue(&w, "Chat", ""), ann = world_agent(&w, "ann", "");
	snprintf(text, sizeof(text),
		"{\"name\":\"Vera\",\"is_vip\":true,\"numbers\":[\"+989121234567\"],\"excluded_agents\":[\"%"
		"s\"]}",
		ID(ann));
	uint64_t vera = fixture_create(&w.store, "customer", text, NULL);
	CHECK(chat && ann && vera && world_start(&w));
	uint64_t page = world_ready(&w, ann);
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	uint64_t usual = open_one(&w, chat, "usual");
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = opening(chat, ROUTE_CHAT);
	CHECK_INT(center_work_look_up(w.center, w.store.reader, vera, &what), 0);
	ask(&w, &what, "vip", &a);
	const struct work *vip = contact(&w, jsonx_id(a.json, "id"));
	CHECK(vip && vip->is_vip && vip->customer == vera && vip->priority > contact(&w, usual)->priority);
	CHECK_STR(work_name(vip), "Vera");
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK(!vip->offers && contact(&w, usual)->offers); /* ann must not get her */
	what = opening(chat, ROUTE_CHAT);
	(void)str_put(what.from, sizeof(what.from), "09121234567");
	CHECK_INT(center_work_look_up(w.center, w.store.reader, 0, &what), 0);
	CHECK_INT(jsonx_id(what.customer, "id"), vera);
	center_work_clear(&what);
	CHECK_INT(center_work_look_up(w.center, w.store.reader, 4711, &what), STORE_NOT_FOUND);
}

/* --- a restart
 * ------------------------------------------------------------------------------------------------------------
 */

static bool start_again(struct world *w, int64_t away_ms)
{
	world_crash(w);
	world_away(away_ms);
	w->has_restored = true;
	return world_start(w);
}

TEST(waiting_contacts_keep_place_and_clock_over_a_crash)
{
	WITH_CHAT(w, d, chat, ",\"is_pick_allowed\":true");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t ids[3];
	int64_t since[3];
	for (int i = 0; i < 3; i++) {
		ids[i] = open_one(&w, chat, "hello");
		since[i] = contact(&w, ids[i])->since_mono;
		world_pass(&w, 1000);
	}
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(write_to(&w, ids[1], "are you there?", &a), "");
	CHECK(start_again(&w, 5000));
	CHECK_INT(w.center->work->by_id.len, 3);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESTORED), 3);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	for (int i = 0; i < 3; i++) {
		const struct work *x = contact(&w, ids[i]);
		CHECK(x && work_is_waiting((struct work *)x));
		CHECK_INT(x->since_mono, since[i]);
		CHECK_INT(route_position(w.center->route, x->segment), i + 1);
		CHECK_STR(work_name(x), "Sara");
		CHECK_INT(x->n_messages, 1 + (i == 1));
	}
	uint64_t page = world_page(&w, d.ann, ~0u);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK_STR(accept(&w, page, ids[0]), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, world_now() - since[0]);
	CHECK_STR(accept(&w, page, ids[1]), "");
	CHECK_STR(write_to(&w, ids[1], "yes", &a), "");
	CHECK_INT(jsonx_int(a.json, "number", 0), 3);
}

TEST(contacts_with_an_agent_stay_with_the_agent_over_a_crash)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":10");
	uint64_t other = open_one(&w, chat, "one"), rings;
	world_pass(&w, 2);
	CHECK_STR(accept(&w, d.ann_page, other), "");
	rings = open_one(&w, chat, "two"); /* at bob, when it happens */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_pass(&w, 3000);
	CHECK(start_again(&w, 4000));
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "system_restart");
	CHECK_INT(contact(&w, other)->agent, d.ann);
	CHECK(work_is_waiting(contact(&w, rings)));
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t page = world_page(&w, d.ann, ~0u);
	CHECK_INT(json_array_size(json_object_get(world_push_to(&w, page, "hello"), "works")), 1);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK_STR(world_ask(&w, page, "'work.write','interaction':'%s','text':'back'", ID(other)), "");
	CHECK_INT(world_last(&w, EVENT_MESSAGE_WRITTEN)->e.number, 2);
	CHECK_STR(world_ask(&w, page, "'work.end','interaction':'%s'", ID(other)), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ENDED)->e.talk_ms, 7000);
	CHECK_STR(world_state(&w, d.ann), "ringing"); /* the other one */
	CHECK(work_wrap_at(world_agent_of(&w, d.ann), other));
}

TEST(who_does_not_come_back_loses_them_to_the_queue)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t id = open_one(&w, chat, "one");
	CHECK_STR(accept(&w, d.ann_page, id), "");
	int64_t since = contact(&w, id)->since_mono;
	CHECK(start_again(&w, 1000));
	world_pass(&w, WORK_GRACE_MS - 1000);
	CHECK_INT(contact(&w, id)->agent, d.ann);
	world_pass(&w, 2000);
	CHECK(work_is_waiting(contact(&w, id)));
	CHECK_INT(contact(&w, id)->since_mono, since);
	CHECK_STR(world_state(&w, d.ann), "offline");
}

TEST(queues_and_people_who_went_meanwhile)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t second = chat_queue(&w, "Second", "");
	world_configure(&w);
	uint64_t with_ann = open_one(&w, chat, "one");
	world_pass(&w, 2);
	CHECK_STR(accept(&w, d.ann_page, with_ann), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	uint64_t waits = open_one(&w, second, "two");
	fixture_update(&w.store, "user", d.ann, "{\"is_active\":false}", NULL);
	fixture_update(&w.store, "queue", second, "{\"channel\":\"email\"}", NULL);
	CHECK(start_again(&w, 1000));
	CHECK(work_is_waiting(contact(&w, with_ann))); /* at its place, for somebody else */
	CHECK(!contact(&w, waits));
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "closed");
}

TEST(a_great_many_are_said_little_by_little)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	for (int i = 0; i < WORK_RESTORED_SLICE + 100; i++) {
		struct center_work what = opening(chat, ROUTE_CHAT);
		CHECK_INT(center_work(w.center, &what, on_answer, &a), 0);
	}
	world_run(&w);
	uint64_t first = 0;
	const struct work *x;
	for (size_t i = 0; (x = map_next(&w.center->work->by_id, &i));)
		first = !first || x->segment < first ? x->segment : first;
	CHECK(start_again(&w, 1000));
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESTORED), WORK_RESTORED_SLICE);
	CHECK_INT(route_position(w.center->route, first), 1); /* all wait already */
	struct route_queue_counts counts;
	CHECK_INT(route_queue_counts(w.center->route, chat, &counts), 0);
	CHECK_INT(counts.waiting, WORK_RESTORED_SLICE + 100);
	world_pass(&w, 100);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESTORED), WORK_RESTORED_SLICE + 100);
	CHECK_INT(w.center->work->restored.room, 0);
}

/* The log may end between any two events of one step: what was acknowledged goes on, from one place. */
TEST(a_transfer_cut_in_two_leaves_the_contact_in_one_queue)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":0");
	uint64_t other = chat_queue(&w, "Second", "");
	world_configure(&w);
	uint64_t id = open_one(&w, chat, "hello");
	CHECK_STR(accept(&w, d.ann_page, id), "");
	size_t before = w.log.len;
	CHECK_STR(world_ask(&w, d.ann_page,
			  "'work.transfer','interaction':'%s','to':{'kind':'queue','id':'%s'}", ID(id),
			  ID(other)),
		"");
	size_t queued = 0, ended = 0;
	for (size_t i = before; i < w.log.len; i++) {
		queued = w.log.at[i].e.type == EVENT_SEGMENT_QUEUED ? i : queued;
		ended = w.log.at[i].e.type == EVENT_SEGMENT_ENDED ? i : ended;
	}
	CHECK(queued && ended && queued < ended);
}

TEST(what_routing_was_told_is_told_again)
{
	WITH_WORLD(w);
	uint64_t chat = chat_queue(&w, "Chat", ",\"agents\":[]"), ann = world_agent(&w, "ann", "");
	uint64_t skill = fixture_create(&w.store, "skill", "{\"name\":\"persian\"}", NULL);
	CHECK(chat && ann && skill);
	CHECK(fixture_create(&w.store, "business_rule",
		      "{\"name\":\"r\",\"text\":\"need('persian', 5)\\npriority(7)\"}", NULL) ||
		true);
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann);
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	uint64_t id = open_one(&w, chat, "x");
	char *was = alloc_strdup(contact(&w, id)->entry);
	CHECK(start_again(&w, 1000));
	CHECK_STR(contact(&w, id)->entry, was);
	alloc_free(was);
}

/* --- size
 * -------------------------------------------------------------------------------------------------------------
 */

#define MANY 10000

static size_t used(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* The engine's share: so many waiting in an engine of its own. */
static size_t engine_of_many(void)
{
	struct route *r;
	struct route_actions actions = {0};
	struct route_queue q = {.id = 7, .channel = ROUTE_CHAT, .ring_timeout_ms = 5000};
	struct route_config config = {.version = 1, .queues = &q, .n_queues = 1};
	struct route_input in = {.kind = ROUTE_CONFIGURE, .config = &config};

	if (route_new(&r, 0) < 0)
		return 0;
	(void)route_step(r, &in, 0, &actions);
	size_t before = used();
	for (uint64_t i = 1; i <= MANY; i++) {
		in = (struct route_input){
			.kind = ROUTE_ENQUEUE, .segment = i, .queue = 7, .channel = ROUTE_CHAT};
		(void)route_step(r, &in, (int64_t)i, &actions);
	}
	size_t bytes = used() - before;
	route_free(r);
	route_actions_free(&actions);
	return bytes;
}

static size_t block(void *p)
{
	return malloc_usable_size(p) + sizeof(size_t);
}

/* The centre's: the contacts, what routing was told, and the two maps. */
static size_t contacts_of_many(struct center *c)
{
	const struct work_room *r = c->work;
	size_t bytes = (r->by_id.size + r->by_segment.size) * sizeof(struct map_slot);
	struct work *w;

	for (size_t i = 0; (w = map_next(&r->by_id, &i));)
		bytes += block(w) + block(w->entry);
	return bytes;
}

TEST(a_waiting_contact_is_small)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	for (int i = 0; i < MANY; i++) {
		struct center_work what = opening(chat, ROUTE_CHAT);
		what.user = (uint64_t)(100 + i / 1000); /* nobody too often */
		CHECK_INT(center_work(w.center, &what, on_answer, &a), 0);
	}
	world_run(&w);
	CHECK_INT(a.n, MANY);
	CHECK_INT(w.center->work->by_id.len, MANY);
	w.is_lossy = true; /* they are not ended one by one */
	size_t engine = engine_of_many(), contacts = contacts_of_many(w.center);
	if (engine == 0)
		return; /* another allocator counts for itself */
	printf("# %zu bytes each, and %zu in the engine\n", contacts / MANY, engine / MANY);
	CHECK((contacts + engine) / MANY <= 600);
}
