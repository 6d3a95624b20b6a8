/* Contacts without a telephone over a restart, and how little memory each takes. */
#include "base/id.h"
#include "base/str.h"
#include "center/work/test_contacts.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

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
		ids[i] = contact_open(&w, chat, "hello");
		since[i] = contact_of(&w, ids[i])->since_mono;
		world_pass(&w, 1000);
	}
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(contact_write(&w, ids[1], "are you there?", &a), "");
	CHECK(start_again(&w, 5000));
	CHECK_INT(w.center->work->by_id.len, 3);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_RESTORED), 3);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	for (int i = 0; i < 3; i++) {
		const struct work *x = contact_of(&w, ids[i]);
		CHECK(x && work_is_waiting((struct work *)x));
		CHECK_INT(x->since_mono, since[i]);
		CHECK_INT(route_position(w.center->route, x->segment), i + 1);
		CHECK_STR(work_name(x), "Sara");
		CHECK_INT(x->n_messages, 1 + (i == 1));
	}
	uint64_t page = world_page(&w, d.ann, ~0u);
	CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
	CHECK_STR(contact_accept(&w, page, ids[0]), "");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_ANSWERED)->e.wait_ms, world_now() - since[0]);
	CHECK_STR(contact_accept(&w, page, ids[1]), "");
	CHECK_STR(contact_write(&w, ids[1], "yes", &a), "");
	CHECK_INT(jsonx_int(a.json, "number", 0), 3);
}

TEST(contacts_with_an_agent_stay_with_the_agent_over_a_crash)
{
	WITH_CHAT(w, d, chat, ",\"wrap_up_s\":10");
	uint64_t other = contact_open(&w, chat, "one"), rings;
	world_pass(&w, 2);
	CHECK_STR(contact_accept(&w, d.ann_page, other), "");
	rings = contact_open(&w, chat, "two"); /* at bob, when it happens */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_pass(&w, 3000);
	CHECK(start_again(&w, 4000));
	CHECK_STR(world_last(&w, EVENT_OFFER_ENDED)->reason, "system_restart");
	CHECK_INT(contact_of(&w, other)->agent, d.ann);
	CHECK(work_is_waiting(contact_of(&w, rings)));
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t page = world_page(&w, d.ann, ~0u);
	CHECK_INT(json_array_size(json_object_get(contact_push_to(&w, page, "hello"), "works")), 1);
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
	uint64_t id = contact_open(&w, chat, "one");
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
	int64_t since = contact_of(&w, id)->since_mono;
	CHECK(start_again(&w, 1000));
	world_pass(&w, WORK_GRACE_MS - 1000);
	CHECK_INT(contact_of(&w, id)->agent, d.ann);
	world_pass(&w, 2000);
	CHECK(work_is_waiting(contact_of(&w, id)));
	CHECK_INT(contact_of(&w, id)->since_mono, since);
	CHECK_STR(world_state(&w, d.ann), "offline");
}

TEST(queues_and_people_who_went_meanwhile)
{
	WITH_CHAT(w, d, chat, "");
	uint64_t second = contact_queue(&w, "Second", "");
	world_configure(&w);
	uint64_t with_ann = contact_open(&w, chat, "one");
	world_pass(&w, 2);
	CHECK_STR(contact_accept(&w, d.ann_page, with_ann), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	uint64_t waits = contact_open(&w, second, "two");
	fixture_update(&w.store, "user", d.ann, "{\"is_active\":false}", NULL);
	fixture_update(&w.store, "queue", second, "{\"channel\":\"email\"}", NULL);
	CHECK(start_again(&w, 1000));
	CHECK(work_is_waiting(contact_of(&w, with_ann))); /* at its place, for somebody else */
	CHECK(!contact_of(&w, waits));
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "closed");
}

TEST(a_great_many_are_said_little_by_little)
{
	WITH_CHAT(w, d, chat, "");
	_cleanup_answer_ struct answer a = {0};
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	for (int i = 0; i < WORK_RESTORED_SLICE + 100; i++) {
		struct center_work what = contact_opening(chat, ROUTE_CHAT);
		CHECK_INT(center_work(w.center, &what, answer_take, &a), 0);
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
	uint64_t other = contact_queue(&w, "Second", "");
	world_configure(&w);
	uint64_t id = contact_open(&w, chat, "hello");
	CHECK_STR(contact_accept(&w, d.ann_page, id), "");
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
	uint64_t chat = contact_queue(&w, "Chat", ",\"agents\":[]"), ann = world_agent(&w, "ann", "");
	uint64_t skill = fixture_create(&w.store, "skill", "{\"name\":\"persian\"}", NULL);
	CHECK(chat && ann && skill);
	CHECK(fixture_create(&w.store, "business_rule",
		      "{\"name\":\"r\",\"text\":\"need('persian', 5)\\npriority(7)\"}", NULL) ||
		true);
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann);
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	uint64_t id = contact_open(&w, chat, "x");
	char *was = alloc_strdup(contact_of(&w, id)->entry);
	CHECK(start_again(&w, 1000));
	CHECK_STR(contact_of(&w, id)->entry, was);
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
		struct center_work what = contact_opening(chat, ROUTE_CHAT);
		what.user = (uint64_t)100 + (uint64_t)i / 1000; /* nobody too often */
		CHECK_INT(center_work(w.center, &what, answer_take, &a), 0);
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
