/* What administrators set and routing is told: rings, skills, preferred agents, opening hours, policies; and
 * what people do by hand. The engine itself is tested in route/: here, that it is asked the right thing. */
#include "base/id.h"
#include "base/str.h"
#include "center/config/snapshot_routing.h"
#include "center/test_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool set_queue(struct world *w, const char *patch)
{
	return fixture_update(&w->store, "queue", w->support, patch, NULL) == 0;
}

static int64_t wall_now(struct world *w)
{
	return w->center->wall_ms();
}

/* A second queue; "2000" leads to it. */
static uint64_t second_queue(struct world *w, const char *fields)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"name\":\"second\",\"wrap_up_s\":0%s}", fields);
	uint64_t queue = fixture_create(&w->store, "queue", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"2000\",\"queue\":\"%s\"}", ID(queue));
	return fixture_create(&w->store, "number", text, NULL) ? queue : 0;
}

/* --- who is rung
 * ------------------------------------------------------------------------------------------------------ */

TEST(rings_widen_to_other_people_and_relax_skills)
{
	WITH_WORLD(w);
	char text[512], extra[128];
	uint64_t skill = fixture_create(&w.store, "skill", "{\"name\":\"persian\"}", NULL);
	uint64_t team = fixture_create(&w.store, "team", "{\"name\":\"back office\"}", NULL);
	snprintf(extra, sizeof(extra), ",\"skills\":[{\"skill\":\"%s\",\"level\":4}]", ID(skill));
	uint64_t ann = world_agent(&w, "ann", extra);
	snprintf(extra, sizeof(extra), ",\"team\":\"%s\",\"skills\":[{\"skill\":\"%s\",\"level\":9}]",
		ID(team), ID(skill));
	uint64_t bob = world_agent(&w, "bob", extra);
	snprintf(text, sizeof(text),
		"{\"agents\":[\"%s\"],\"skill_expression\":\"Persian >= "
		"7\",\"rings\":[{\"after_s\":10,\"teams\":[\"%s\"]},"
		"{\"after_s\":20,\"relax\":3}]}",
		ID(ann), ID(team));
	CHECK(set_queue(&w, text) && world_start(&w));
	world_ready(&w, ann);
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, ann), "ready"); /* 4 < 7 */
	uint64_t watcher = world_page(&w, bob, ~0u);
	CHECK_STR(world_ask(&w, watcher, "'live.subscribe'"), "");
	const json_t *queue = json_array_get(json_object_get(world_reply(&w), "queues"), 0);
	const json_t *wait = json_array_get(json_object_get(queue, "waits"), 0);
	CHECK_INT(jsonx_int(wait, "ring", -1), 0);
	world_forget(&w);
	world_pass(&w, 11000);
	bool is_said = false; /* the wall hears of the ring by itself */
	VEC_EACH(&w.said, i)
	{
		json_t *q = json_array_get(json_object_get(w.said.at[i].body, "queues"), 0);
		is_said |= jsonx_int(json_array_get(json_object_get(q, "waits"), 0), "ring", -1) == 1;
	}
	CHECK(is_said);
	CHECK_STR(world_ask(&w, watcher, "'agent.ready'"), "");
	CHECK_STR(world_state(&w, bob), "ringing");
	CHECK_STR(world_ask(&w, watcher, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_state(&w, ann), "ready");
	CHECK_STR(world_ask(&w, watcher, "'agent.break'"), "");
	world_pass(&w, 9500);
	CHECK_STR(world_state(&w, ann), "ringing"); /* 4 is enough now: 7 - 3 */
}

TEST(top_down_goes_by_the_list)
{
	WITH_WORLD(w);
	char text[256];
	uint64_t zoe = world_agent(&w, "zoe", ""), ann = world_agent(&w, "ann", ""),
		 bob = world_agent(&w, "bob", "");
	snprintf(text, sizeof(text), "{\"strategy\":\"top_down\",\"agents\":[\"%s\",\"%s\",\"%s\"]}", ID(zoe),
		ID(bob), ID(ann));
	CHECK(set_queue(&w, text) && world_start(&w));
	world_ready(&w, ann);
	world_pass(&w, 1000);
	world_ready(&w, bob);
	world_pass(&w, 1000);
	world_ready(&w, zoe);
	world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, zoe), "ringing");
	world_call(&w, "101", "1000");
	CHECK_STR(world_state(&w, bob), "ringing");
	/* everybody: by name */
	uint64_t second = second_queue(&w, ",\"strategy\":\"top_down\"");
	CHECK(second);
	world_configure(&w);
	const struct user *u = snapshot_user(w.center->snapshot, ann);
	CHECK_INT(u->n_serves, 2);
	CHECK_INT(u->serves[1].position, 1);
	CHECK_INT(u->serves[1].level, 1);
	CHECK_INT(u->serves[0].position, 3);
}

TEST(capacity_comes_from_the_profile)
{
	WITH_WORLD(w);
	char extra[128];
	uint64_t profile = fixture_create(&w.store, "capacity_profile",
		"{\"name\":\"chats\",\"voice_max\":0,\"chat_max\":7,\"chat_load\":14,\"chat_interrupts\":["
		"\"email\"]}",
		NULL);
	snprintf(extra, sizeof(extra), ",\"capacity\":\"%s\"", ID(profile));
	uint64_t ann = world_agent(&w, "ann", extra), bob = world_agent(&w, "bob", "");
	CHECK(profile && world_start(&w));
	const struct capacity *a = &snapshot_user(w.center->snapshot, ann)->capacity,
			      *b = &snapshot_user(w.center->snapshot, bob)->capacity;
	CHECK_INT(a->max[ROUTE_VOICE], 0);
	CHECK_INT(a->max[ROUTE_CHAT], 7);
	CHECK_INT(a->load[ROUTE_CHAT], 14);
	CHECK_INT(a->interrupts[ROUTE_CHAT], 1 << ROUTE_EMAIL);
	CHECK_INT(a->interrupts[ROUTE_VOICE], 1 << ROUTE_EMAIL | 1 << ROUTE_TASK);
	CHECK_INT(b->max[ROUTE_VOICE], 1);
	/* who has no profile has what a new one says */
	_cleanup_json_ json_t *fresh = json_pack("{s:s}", "name", "x");
	struct issues issues = {0};
	struct capacity usual;
	CHECK(resource_check(resource_by_name("capacity_profile"), fresh, true, &issues));
	snapshot_capacity(fresh, &usual);
	CHECK(memcmp(&usual, b, sizeof(usual)) == 0);
	/* nobody with voice capacity 0 is rung */
	world_ready(&w, ann);
	world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, ann), "ready");
}

/* A call of "+9891..." answered by the agent with this page, over and wrapped up. */
static void talk_to(struct world *w, uint64_t page, uint64_t user, const char *from)
{
	uint64_t leg = world_call(w, from, "1000");

	world_connect(w, page, user);
	world_sip(w, SIP_ENDED, leg, 0);
	world_pass(w, 11000);
	uint64_t later = fixture_append(&w->store, &(struct event){.type = EVENT_CONFIG_CHANGED});
	CHECK(later && fixture_wait(&w->store, later));
}

TEST(the_last_agent_is_asked_first)
{
	WITH_DESK(w, d);
	char text[256];
	CHECK(set_queue(&w, "{\"preferred\":\"last_agent\",\"preferred_patience_s\":15}"));
	uint64_t customer = fixture_create(&w.store, "customer",
		"{\"name\":\"Maryam\",\"numbers\":[\"+989121234567\",\"+982155501001\"]}", NULL);
	CHECK(customer);
	world_configure(&w);
	talk_to(&w, d.ann_page, d.ann, "+989121234567");
	/* Bob is idle for longer now; from another number of hers, she gets Ann all the same. */
	uint64_t leg = world_call(&w, "+982155501001", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ready");
	world_sip(&w, SIP_ENDED, leg, 0);
	/* Ann talks: she is waited for, for a while. */
	uint64_t other = world_call(&w, "555", "1000");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(world_ask(&w, d.bob_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, other))),
		"");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	world_connect(&w, d.ann_page, d.ann);
	leg = world_call(&w, "+989121234567", "1000");
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_INT((int64_t)world_ix(&w, leg)->segment.preferred, (int64_t)d.ann);
	world_pass(&w, 14000);
	CHECK_STR(world_state(&w, d.bob), "ready");
	world_pass(&w, 1000);
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_sip(&w, SIP_ENDED, leg, 0);
	world_sip(&w, SIP_ENDED, other, 0);
	world_pass(&w, 11000);
	/* Who must not get her does not. */
	snprintf(text, sizeof(text), "{\"excluded_agents\":[\"%s\"]}", ID(d.ann));
	CHECK_INT(fixture_update(&w.store, "customer", customer, text, NULL), 0);
	leg = world_call(&w, "+989121234567", "1000");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(
		world_ask(&w, d.bob_page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
}

TEST(the_accounts_owner_is_asked_when_the_last_agent_is_away)
{
	WITH_DESK(w, d);
	char text[256];
	CHECK(set_queue(&w, "{\"preferred\":\"both\"}"));
	snprintf(text, sizeof(text),
		"{\"name\":\"Maryam\",\"numbers\":[\"+989121234567\"],\"account_owner\":\"%s\"}", ID(d.bob));
	CHECK(fixture_create(&w.store, "customer", text, NULL));
	world_configure(&w);
	uint64_t leg = world_call(&w, "+989121234567", "1000");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	leg = world_call(&w, "+989121234567", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing"); /* nobody waits for somebody on a break */
	CHECK_INT((int64_t)world_ix(&w, leg)->segment.preferred, 0);
}

TEST(business_value_is_a_head_start)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(fixture_create(&w.store, "customer",
		"{\"name\":\"Big\",\"numbers\":[\"+989121234567\"],\"value\":60}", NULL));
	CHECK(world_start(&w));
	uint64_t first = world_call(&w, "100", "1000");
	world_pass(&w, 59000);
	uint64_t big = world_call(&w, "+989121234567", "1000"); /* 60 points: a minute */
	CHECK_INT(route_position(w.center->route, world_ix(&w, big)->segment.id), 1);
	CHECK_INT(route_position(w.center->route, world_ix(&w, first)->segment.id), 2);
	world_ready(&w, ann);
	CHECK(world_agent_of(&w, ann)->interaction == world_ix(&w, big));
}

/* --- who leaves, and where to
 * ----------------------------------------------------------------------------------------- */

/* "3000": a flow whose exits of the queue are told apart by the reason the call ends with. */
static bool flow_with_exits(struct world *w)
{
	static const char *const exits[] = {"overflow", "no_agents", "full", "too_long", "closed"};
	char text[2048];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"q\",\"nodes\":{"
		"\"q\":{\"type\":"
		"\"queue\",\"queue\":\"%s\"",
		ID(w->support));
	for (int i = 0; i < 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"%s\":\"%s\"", exits[i], exits[i]);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "}");
	for (int i = 0; i < 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			",\"%s\":{\"type\":\"hang_up\",\"reason\":\"%s\"}", exits[i], exits[i]);
	snprintf(text + n, sizeof(text) - n, "}}}");
	uint64_t flow = fixture_create(&w->store, "flow", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"3000\",\"flow\":\"%s\"}", ID(flow));
	return flow && fixture_create(&w->store, "number", text, NULL);
}

static const char *end_reason(struct world *w)
{
	const struct logged *l = world_last(w, EVENT_INTERACTION_ENDED);

	return l ? l->reason : "(none)";
}

TEST(nobody_there_is_an_exit)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(flow_with_exits(&w));
	CHECK(set_queue(&w, "{\"is_left_without_agents\":true,\"no_agents_s\":30}") && world_start(&w));
	uint64_t page = world_ready(&w, ann);
	uint64_t talk = world_call(&w, "100", "3000");
	world_connect(&w, page, ann);
	uint64_t leg = world_call(&w, "101", "3000"); /* Ann is ready, though busy */
	world_pass(&w, 40000);
	CHECK(world_ix(&w, leg));
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	world_sip(&w, SIP_ENDED, talk, 0); /* the break begins after the wrap-up */
	world_pass(&w, 10000);
	CHECK(world_ix(&w, leg));
	world_pass(&w, 30000);
	CHECK(!world_ix(&w, leg));
	CHECK_STR(end_reason(&w), "no_agents");
	world_call(&w, "102", "3000"); /* and who comes now is told at once */
	CHECK_STR(end_reason(&w), "no_agents");
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_OVERFLOWED, "no_agents"), 2);
}

TEST(a_long_estimate_and_a_full_queue_are_exits)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(flow_with_exits(&w));
	CHECK(set_queue(&w, "{\"max_estimate_s\":300,\"handle_estimate_s\":200,\"capacity\":2}") &&
		world_start(&w));
	uint64_t page = world_ready(&w, ann);
	world_call(&w, "100", "3000");
	world_connect(&w, page, ann);
	world_call(&w, "101", "3000");
	CHECK_INT(w.center->interactions.len, 2);
	world_call(&w, "102", "3000"); /* two times 200 s */
	CHECK_STR(end_reason(&w), "too_long");
	CHECK(set_queue(&w, "{\"max_estimate_s\":0}"));
	world_configure(&w);
	world_call(&w, "103", "3000");
	world_call(&w, "104", "3000");
	CHECK_STR(end_reason(&w), "full");
}

TEST(a_queue_for_other_contacts_takes_no_callers)
{
	WITH_WORLD(w);
	world_agent(&w, "ann", "");
	CHECK(flow_with_exits(&w));
	CHECK(set_queue(&w, "{\"channel\":\"email\"}") && world_start(&w));
	world_call(&w, "100", "3000");
	CHECK_STR(end_reason(&w), "overflow"); /* nobody is left waiting where nobody answers */
	CHECK(set_queue(&w, "{\"channel\":\"voice\"}"));
	world_configure(&w);
	uint64_t leg = world_call(&w, "101", "3000");
	CHECK(world_ix(&w, leg));
	CHECK(set_queue(&w, "{\"channel\":\"email\"}"));
	world_configure(&w);
	CHECK(!world_ix(&w, leg));
}

/* Opening hours of the day of wall_ms from 00:00 to `minutes` after it began, as a row's spans. */
static uint64_t hours_until(struct world *w, int64_t wall_ms)
{
	char text[256];
	int minute = (int)(wall_ms / 60000 % 1440);

	snprintf(text, sizeof(text),
		"{\"name\":\"h\",\"time_zone\":\"UTC\",\"spans\":[{\"days\":[\"mon\",\"tue\",\"wed\",\"thu\","
		"\"fri\",\"sat\","
		"\"sun\"],\"from\":\"00:00\",\"to\":\"%02d:%02d\"}]}",
		minute / 60, minute % 60);
	return fixture_create(&w->store, "hours", text, NULL);
}

TEST(the_queue_closes_at_the_minute)
{
	WITH_WORLD(w);
	char text[256];
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(flow_with_exits(&w) && world_start(&w));
	int64_t closes = (wall_now(&w) / 60000 + 2) * 60000;
	uint64_t hours = hours_until(&w, closes);
	snprintf(text, sizeof(text), "{\"hours\":\"%s\"}", ID(hours));
	CHECK(hours && set_queue(&w, text));
	world_configure(&w);
	uint64_t waits = world_call(&w, "100", "3000");
	world_pass(&w, closes - wall_now(&w) - 1);
	CHECK(world_ix(&w, waits));
	world_call(&w, "101", "3000");
	CHECK_INT(w.center->interactions.len, 2);
	world_pass(&w, 2);
	world_call(&w, "102", "3000");
	CHECK_STR(end_reason(&w), "closed");
	CHECK_INT(w.center->interactions.len, 2); /* who waits is served still */
	uint64_t page = world_ready(&w, ann);
	CHECK(world_agent_of(&w, ann)->interaction == world_ix(&w, waits));
	CHECK_STR(world_ask(&w, page, "'live.subscribe'"), "");
	const json_t *live = json_array_get(json_object_get(world_reply(&w), "queues"), 0);
	CHECK(json_is_false(json_object_get(live, "is_open")));
	CHECK_INT(jsonx_int(live, "agents_reachable", -1), 1);
	/* opened by hand again */
	CHECK(set_queue(&w, "{\"hours\":null}"));
	world_configure(&w);
	uint64_t leg = world_call(&w, "103", "3000");
	CHECK(world_ix(&w, leg));
}

TEST(a_queue_that_closes_lets_go_where_it_says_so)
{
	WITH_WORLD(w);
	CHECK(flow_with_exits(&w));
	CHECK(set_queue(&w, "{\"is_left_when_closed\":true}") && world_start(&w));
	uint64_t leg = world_call(&w, "100", "3000");
	CHECK(world_ix(&w, leg));
	CHECK(set_queue(&w, "{\"is_active\":false}"));
	world_configure(&w);
	CHECK(!world_ix(&w, leg));
	CHECK_STR(end_reason(&w), "closed");
}

/* --- near the service level's time
 * -------------------------------------------------------------------------------------- */

TEST(a_wait_near_its_target_is_said_and_shown)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(set_queue(&w, "{\"service_level_s\":20,\"warn_s\":5,\"priority\":3}") && world_start(&w));
	uint64_t watcher = world_page(&w, ann, ~0u);
	CHECK_STR(world_ask(&w, watcher, "'live.subscribe'"), "");
	uint64_t leg = world_call(&w, "100", "1000");
	world_pass(&w, 14900);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_NEAR_TARGET), 0);
	world_forget(&w);
	world_pass(&w, 200);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_NEAR_TARGET), 1);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_NEAR_TARGET)->e.wait_ms, 15000);
	CHECK_INT(world_last(&w, EVENT_SEGMENT_NEAR_TARGET)->e.duration_ms, 5000);
	const json_t *wait = NULL;
	VEC_EACH(&w.said, i)
	if (w.said.at[i].kind == CENTER_TO_LIVE) {
		json_t *q = json_array_get(json_object_get(w.said.at[i].body, "queues"), 0);
		wait = q ? json_array_get(json_object_get(q, "waits"), 0) : wait;
	}
	CHECK(json_is_true(json_object_get(wait, "is_near_target")));
	CHECK_INT(jsonx_int(wait, "target_at", 0) - jsonx_int(wait, "since", 0), 20000);
	CHECK_INT(jsonx_int(wait, "priority", 0), 3);
	CHECK(json_is_null(json_object_get(wait, "preferred")));
	world_sip(&w, SIP_ENDED, leg, 0);
}

/* --- by hand
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(a_supervisor_gives_a_waiting_caller_to_somebody)
{
	WITH_DESK(w, d);
	uint64_t second = second_queue(&w, "");
	char text[128];
	snprintf(text, sizeof(text), "{\"agents\":[\"%s\"]}", ID(d.ann)); /* Bob does not serve it */
	CHECK(second && fixture_update(&w.store, "queue", second, text, NULL) == 0);
	uint64_t eve = fixture_create(
		&w.store, "user", "{\"login\":\"eve\",\"name\":\"Eve\",\"roles\":[\"supervisor\"]}", NULL);
	world_configure(&w);
	uint64_t page = world_page(&w, eve, ~0u);
	desk_talk(&w, &d);
	uint64_t leg = world_call(&w, "200", "2000");
	const char *ix = ID(world_ix_id(&w, leg));
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(d.ann)),
		"agent_not_free");
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(77)),
		"not_found");
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ID(77), ID(d.bob)),
		"not_waiting");
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(d.bob)), "");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_ASSIGNED, "assign"), 1);
	CHECK_INT((int64_t)world_last(&w, EVENT_SEGMENT_ASSIGNED)->e.agent, (int64_t)d.bob);
	CHECK_INT((int64_t)world_last(&w, EVENT_SEGMENT_ASSIGNED)->e.ref, (int64_t)eve);
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(d.bob)),
		"not_waiting");
	world_connect(&w, d.bob_page, d.bob);
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(d.ann)),
		"not_waiting");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 0); /* a refusal costs the caller nothing */
	CHECK_STR(world_ask(&w, d.ann_page, "'queue.assign','interaction':'%s','agent':'%s'", ix, ID(d.ann)),
		"forbidden");
}

TEST(an_agent_picks_a_waiting_caller_where_that_is_allowed)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	/* nobody holds it, so everybody waits */
	uint64_t skill = fixture_create(&w.store, "skill", "{\"name\":\"rare\"}", NULL);
	CHECK(skill && set_queue(&w, "{\"skill_expression\":\"rare\"}") && world_start(&w));
	uint64_t page = world_ready(&w, ann), first = world_call(&w, "100", "1000"),
		 second = world_call(&w, "200", "1000");
	char ix[ID_TEXT_SIZE];
	id_text(world_ix_id(&w, second), ix);
	CHECK_STR(world_ask(&w, page, "'queue.list'"), "");
	CHECK_INT(json_array_size(json_object_get(world_reply(&w), "queues")), 0);
	CHECK_STR(world_ask(&w, page, "'queue.pick','interaction':'%s'", ix), "pick_not_allowed");
	CHECK(set_queue(&w, "{\"is_pick_allowed\":true}"));
	world_configure(&w);
	CHECK_STR(world_ask(&w, page, "'queue.list'"), "");
	const json_t *queue = json_array_get(json_object_get(world_reply(&w), "queues"), 0);
	CHECK_INT(json_array_size(json_object_get(queue, "waits")), 2);
	CHECK_INT(jsonx_int(json_array_get(json_object_get(queue, "waits"), 1), "position", 0), 2);
	CHECK_STR(world_ask(&w, page, "'queue.pick','interaction':'%s'", ix), "");
	CHECK_STR(world_state(&w, ann), "ringing");
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_ASSIGNED, "pick"), 1);
	CHECK_STR(world_ask(&w, page, "'queue.pick','interaction':'%s'", ID(world_ix_id(&w, first))),
		"agent_not_free");
	world_connect(&w, page, ann);
	CHECK(world_agent_of(&w, ann)->interaction == world_ix(&w, second));
	CHECK_STR(world_ask(&w, page, "'queue.pick','interaction':'%s'", ID(1234)), "not_waiting");
}

/* --- why, the day's end, and what is not built yet
 * -------------------------------------------------------------------- */

static void keep_json(json_t *json, void *arg)
{
	*(json_t **)arg = json;
}

TEST(a_decision_can_be_asked_for)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000"), segment = world_ix(&w, leg)->segment.id;
	uint64_t decision = (uint64_t)world_last(&w, EVENT_OFFER_MADE)->e.number;
	const struct center_decision list[] = {
		{decision, segment}, {decision, segment + 1}, {decision + 9, segment}};
	_cleanup_json_ json_t *all = NULL;

	CHECK_INT(center_decisions(w.center, list, 3, keep_json, &all), 0);
	world_run(&w);
	CHECK_INT(json_array_size(all), 1);
	const json_t *one = json_array_get(all, 0), *candidates = json_object_get(one, "candidates");
	CHECK_STR(jsonx_text(one, "how", ""), "order");
	CHECK_STR(jsonx_text(one, "strategy", ""), "longest_idle");
	CHECK_INT((int64_t)jsonx_id(one, "agent"), (int64_t)d.ann);
	CHECK_INT(jsonx_int(one, "at", 0), wall_now(&w));
	CHECK_INT(json_array_size(candidates), 2);
	int chosen = 0, outranked = 0;
	for (size_t i = 0; i < 2; i++) {
		const char *verdict = jsonx_text(json_array_get(candidates, i), "verdict", "");
		chosen += str_equal(verdict, "chosen");
		outranked += str_equal(verdict, "outranked");
	}
	CHECK(chosen == 1 && outranked == 1);
	CHECK_INT(center_decisions(w.center, list, CENTER_DECISIONS_MAX + 1, keep_json, &all), -E2BIG);
}

static void take_call(struct world *w, uint64_t page, uint64_t user)
{
	uint64_t leg = world_call(w, "100", "1000");

	world_connect(w, page, user);
	world_pass(w, 1000);
	world_sip(w, SIP_ENDED, leg, 0);
}

TEST(a_new_day_begins_at_midnight_of_the_installation)
{
	WITH_DESK(w, d);
	int64_t day = 24 * 3600 * 1000LL;
	CHECK(set_queue(&w, "{\"strategy\":\"fewest_contacts\",\"wrap_up_s\":0}"));
	world_configure(&w);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	take_call(&w, d.ann_page, d.ann);
	take_call(&w, d.ann_page, d.ann);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.ready'"), "");
	take_call(&w, d.bob_page, d.bob);
	/* Ann has two and Bob one, so he is next; but Ann is idle for longer, and tomorrow both begin anew.
	 */
	uint64_t leg = world_call(&w, "200", "1000");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, day - wall_now(&w) % day + 1);
	world_call(&w, "300", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing");
}

TEST(nobody_is_held_by_a_reservation_nobody_asked_for)
{
	WITH_DESK(w, d);
	route_feed(w.center, &(struct route_input){.kind = ROUTE_ENQUEUE,
				     .segment = 4711,
				     .queue = w.support,
				     .channel = ROUTE_VOICE,
				     .waiting_since_ms = world_now(),
				     .reserve_ms = 60000});
	world_call(&w, "100", "1000");
	world_call(&w, "200", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	CHECK_STR(world_state(&w, d.bob), "ringing");
}
