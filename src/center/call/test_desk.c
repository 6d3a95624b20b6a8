/* People, pages, configuration, the live view, stopping and starting again: everything around the calls. */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

#include <unistd.h>

static const char *presence(struct world *w, uint64_t user)
{
	return jsonx_text(world_push(w, user, "agent"), "presence", "");
}

static bool set_queue(struct world *w, const char *patch)
{
	return fixture_update(&w->store, "queue", w->support, patch, NULL) == 0;
}

static bool drop(struct world *w, const char *resource, uint64_t id)
{
	struct issues issues = {0};
	static const struct store_actor actor = {.tenant = 1, .user = 77};
	int result = store_delete(w->store.store, resource_by_name(resource), id, 0, &actor, &issues);

	if (result)
		test_fail(__FILE__, __LINE__, "deleting a %s: %d %s", resource, result, issues.at[0].message);
	return result == 0;
}

/* --- wrap-up
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(wrap_up_is_extended_once_and_finished)
{
	WITH_WORLD(w);
	uint64_t good = fixture_create(&w.store, "disposition", "{\"name\":\"Good\"}", NULL);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(set_queue(&w, "{\"is_disposition_required\":true}") && world_start(&w));
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
	world_connect(&w, page, ann);
	const char *ix = ID(world_ix_id(&w, leg));

	CHECK_STR(world_ask(&w, page, "'notes.save','interaction':'%s','notes':'first'", ix), "");
	CHECK_STR(world_ask(&w, page, "'wrap_up.finish','interaction':'%s'", ix), "not_in_wrap_up");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(jsonx_text(world_push(&w, ann, "wrap_up"), "notes", ""), "first");
	world_pass(&w, 9000);
	CHECK_STR(world_ask(&w, page, "'wrap_up.extend','interaction':'%s'", ix), "");
	CHECK_STR(world_ask(&w, page, "'wrap_up.extend','interaction':'%s'", ix), "cannot_extend");
	CHECK_STR(world_ask(&w, page, "'wrap_up.extend','interaction':'%s'", ID(99)), "not_in_wrap_up");
	world_pass(&w, 15000);
	CHECK_STR(world_state(&w, ann), "wrap_up");
	CHECK_STR(world_ask(&w, page, "'wrap_up.finish','interaction':'%s','notes':'second'", ix),
		"disposition_required");
	CHECK_STR(world_ask(&w, page, "'wrap_up.finish','interaction':'%s','disposition':'%s'", ix, ID(77)),
		"not_found");
	CHECK_STR(world_ask(&w, page, "'wrap_up.finish','interaction':'%s','disposition':'%s'", ix, ID(good)),
		"");
	CHECK_STR(world_state(&w, ann), "ready");
	const struct logged *l = world_last(&w, EVENT_WRAP_UP_ENDED);
	CHECK_STR(l->reason, "done");
	CHECK_STR(l->text, "second");
	CHECK_INT(l->e.ref == good, 1);
	CHECK_INT(l->e.acw_ms, 24000);
	CHECK(world_push(&w, ann, "wrap_up_over"));
}

TEST(wrap_up_ends_by_its_limit)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
	world_connect(&w, page, ann);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_page_closes(&w, page); /* and nobody looks */
	world_pass(&w, 10000);
	CHECK_STR(world_last(&w, EVENT_WRAP_UP_ENDED)->reason, "limit");
	CHECK_STR(world_state(&w, ann), "ready");
	world_pass(&w, 60000);
	CHECK_STR(world_state(&w, ann), "offline");
}

/* --- presence
 * ---------------------------------------------------------------------------------------------------------
 */

TEST(break_asked_for_while_talking_comes_before_the_next_call)
{
	for (int wrap_up = 0; wrap_up < 2; wrap_up++) {
		WITH_WORLD(w);
		uint64_t ann = world_agent(&w, "ann", "");
		CHECK(set_queue(&w, wrap_up ? "{\"wrap_up_s\":10}" : "{\"wrap_up_s\":0}") && world_start(&w));
		uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
		world_connect(&w, page, ann);
		world_call(&w, "200", "1000");
		CHECK_STR(world_ask(&w, page, "'agent.offline'"), "busy");
		CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
		CHECK_STR(jsonx_text(world_push(&w, ann, "agent"), "next_presence", ""), "break");
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, wrap_up ? 10000 : 0);
		CHECK_STR(world_state(&w, ann), "break");
		CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
		CHECK_STR(world_ask(&w, page, "'agent.ready'"), "");
		CHECK_STR(world_state(&w, ann), "ringing");
	}
}

TEST(break_asked_for_while_ringing_lets_it_ring)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
	CHECK_STR(
		world_ask(&w, page, "'agent.device','device':'uri','device_uri':'sip:a@b.example'"), "busy");
	CHECK_STR(world_ask(&w, page, "'agent.break'"), "");
	CHECK_STR(world_state(&w, ann), "ringing");
	CHECK_STR(world_ask(&w, page, "'call.decline','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
	CHECK_STR(world_state(&w, ann), "break");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 1);
}

TEST(ready_outlives_pages_until_the_last_is_gone)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t first = world_ready(&w, ann), second = world_page(&w, ann, ~0u);

	world_page_closes(&w, first);
	world_pass(&w, 70000);
	CHECK_STR(world_state(&w, ann), "ready");
	CHECK(world_agent_of(&w, ann)->is_available);
	world_page_closes(&w, second);
	world_page_closes(&w, second); /* told twice */
	CHECK(!world_agent_of(&w, ann)->is_available);
	world_pass(&w, 30000);
	second = world_page(&w, ann, ~0u);
	world_pass(&w, 60000);
	CHECK_STR(presence(&w, ann), "ready");
	CHECK(world_agent_of(&w, ann)->is_available);
	world_page_closes(&w, second);
	world_pass(&w, 60000);
	CHECK_STR(world_state(&w, ann), "offline");
}

TEST(page_closed_while_ringing_keeps_the_agent_ready)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bob = world_agent(&w, "bob", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann);
	world_pass(&w, 1);
	world_ready(&w, bob);
	world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, ann), "ringing");
	world_page_closes(&w, page);
	CHECK_STR(world_last(&w, EVENT_OFFER_MADE)->reason, "");
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "unreachable"), 1);
	CHECK_STR(world_state(&w, bob), "ringing");
	world_page(&w, ann, ~0u);
	CHECK_STR(presence(&w, ann), "ready");
}

TEST(phone_that_unregisters)
{
	WITH_WORLD(w);
	uint64_t dan = world_agent(&w, "dan", ",\"device\":\"phone\"");
	CHECK(world_start(&w));
	world_ready(&w, dan);
	struct sip_event e = {.kind = SIP_REGISTRATION, .user = dan, .count = 2};
	center_on_sip(&e, w.center);
	world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, dan), "ringing");
	e.count = 0;
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK_STR(world_state(&w, dan), "unreachable"); /* ready, but nothing can ring: not called ready */
	CHECK_INT(world_count_reason(&w, EVENT_OFFER_ENDED, "unreachable"), 1);
	CHECK_INT(world_count(&w, EVENT_AGENT_DEVICE), 2);
}

/* Nobody is ready with a telephone that cannot ring, whatever the reason; and all by itself they are again.
 */
TEST(an_agent_whose_phone_cannot_ring_is_not_ready)
{
	static const struct {
		int count, contacts;
		const char *why, *state, *reason;
	} told[] = {{1, 1, "registered", "ready", ""}, {0, 1, "no_answer", "unreachable", "no_answer"},
		{1, 1, "answers_again", "ready", ""}, {0, 0, "expired", "unreachable", "expired"},
		{0, 1, "restored", "unreachable", "no_answer"}, {2, 2, "registered", "ready", ""},
		{1, 2, "no_answer", "ready", ""},
		{0, 0, "connection_closed", "unreachable", "connection_closed"}};
	WITH_WORLD(w);
	uint64_t dan = world_agent(&w, "dan", ",\"device\":\"phone\"");
	CHECK(world_start(&w));
	world_ready(&w, dan);
	CHECK_STR(world_state(&w, dan), "unreachable");
	CHECK_STR(jsonx_text(world_push(&w, dan, "agent"), "device_reason", ""), "not_registered");
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct sip_event e = {.kind = SIP_REGISTRATION, .user = dan};
		e.count = told[i].count;
		e.contacts = told[i].contacts;
		(void)str_put(e.reason, sizeof(e.reason), told[i].why);
		center_on_sip(&e, w.center);
		world_run(&w);
		CHECK_STR(world_state(&w, dan), told[i].state);
		const json_t *agent = world_push(&w, dan, "agent");
		CHECK_STR(jsonx_text(agent, "presence", ""), "ready");
		CHECK_STR(jsonx_text(agent, "device_reason", ""), told[i].reason);
		CHECK_INT(jsonx_int(json_object_get(agent, "phone"), "contacts", -1), told[i].contacts);
		world_forget(&w);
		uint64_t leg = world_call(&w, "100", "1000");
		CHECK_INT(world_sip_command(&w, SIP_CALL) != NULL, told[i].count > 0);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 10);
		CHECK_STR(world_state(&w, dan), told[i].state);
	}
}

/* --- configuration in the middle of everything
 * --------------------------------------------------------------------------- */

TEST(queue_deleted_under_waiting_ringing_and_talking)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bob = world_agent(&w, "bob", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann), watcher = world_page(&w, ann, ~0u);
	CHECK_STR(world_ask(&w, watcher, "'live.subscribe'"), "");
	world_call(&w, "100", "1000");
	world_connect(&w, page, ann);
	world_ready(&w, bob);
	world_call(&w, "200", "1000");
	world_call(&w, "300", "1000");
	CHECK_STR(world_state(&w, bob), "ringing");
	CHECK(drop(&w, "number", w.number) && drop(&w, "queue", w.support));
	world_forget(&w);
	world_configure(&w);
	CHECK_STR(world_state(&w, bob), "ready");
	CHECK_STR(world_state(&w, ann), "talking");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_OVERFLOWED), 2);
	world_pass(&w, 200);
	json_t *gone = NULL;
	VEC_EACH(&w.said, i)
	if (w.said.at[i].kind == CENTER_TO_LIVE && !gone)
		gone = json_object_get(json_object_get(w.said.at[i].body, "gone"), "queues");
	CHECK_INT(json_array_size(gone), 1);
	CHECK_STR(world_ask(&w, page, "'call.hold','interaction':'%s'",
			  ID(world_agent_of(&w, ann)->interaction->id)),
		"");
	CHECK_STR(world_ask(&w, page, "'call.hang_up','interaction':'%s'",
			  ID(world_agent_of(&w, ann)->interaction->id)),
		"");
}

TEST(agent_deleted_while_talking_keeps_the_call_and_is_forgotten)
{
	static const char *const ways[] = {
		"deleted", "{\"is_active\":false}", "{\"roles\":[\"supervisor\"]}"};
	for (int way = 0; way < 3; way++) {
		WITH_WORLD(w);
		uint64_t ann = world_agent(&w, "ann", ""), sue = world_agent(&w, "sue", "");
		CHECK(world_start(&w));
		uint64_t page = world_ready(&w, ann), watcher = world_page(&w, sue, ~0u);
		CHECK_STR(world_ask(&w, watcher, "'live.subscribe'"), "");
		uint64_t leg = world_call(&w, "100", "1000");
		world_connect(&w, page, ann);
		if (way == 0)
			CHECK(drop(&w, "user", ann));
		if (way > 0)
			CHECK_INT(fixture_update(&w.store, "user", ann, ways[way], NULL), 0);
		world_configure(&w);
		CHECK_STR(world_state(&w, ann), "talking");
		CHECK_STR(world_ask(&w, page, "'agent.ready'"), "not_an_agent");
		CHECK_STR(
			world_ask(&w, page, "'call.hold','interaction':'%s'", ID(world_ix_id(&w, leg))), "");
		world_forget(&w);
		CHECK_STR(world_ask(&w, page, "'call.hang_up','interaction':'%s'", ID(world_ix_id(&w, leg))),
			"");
		CHECK(!world_agent_of(&w, ann));
		CHECK_STR(world_last(&w, EVENT_AGENT_STATE)->reason, "offline");
		world_pass(&w, 200);
		int closed = 0, gone = 0;
		VEC_EACH(&w.said, i)
		{
			closed += w.said.at[i].kind == CENTER_CLOSE_CLIENT && w.said.at[i].to == page;
			gone += json_array_size(json_object_get(
					json_object_get(w.said.at[i].body, "gone"), "agents")) == 1;
		}
		CHECK_INT(closed, way < 2);
		CHECK_INT(gone, 1);
		if (way == 2)
			CHECK_STR(world_ask(&w, page, "'agent.ready'"), "forbidden");
		world_page_closes(&w, page);
	}
}

TEST(agent_disabled_while_ringing)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bob = world_agent(&w, "bob", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann);
	world_pass(&w, 1);
	world_ready(&w, bob);
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, ann), "ringing");
	CHECK_INT(fixture_update(&w.store, "user", ann, "{\"is_active\":false}", NULL), 0);
	world_configure(&w);
	CHECK(!world_agent_of(&w, ann));
	CHECK_STR(world_state(&w, bob), "ringing");
	CHECK_INT(fixture_update(&w.store, "user", ann, "{\"is_active\":true}", NULL), 0);
	world_configure(&w);
	CHECK_STR(world_state(&w, ann), "offline");
	CHECK_INT(world_agent_of(&w, ann)->n_clients, 1);
	world_page_closes(&w, page);
	world_ready(&w, ann);
	CHECK_STR(world_state(&w, ann), "ready");
	CHECK(world_ix(&w, leg));
}

TEST(inactive_queue_takes_nobody_new)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	uint64_t other = fixture_create(&w.store, "queue", "{\"name\":\"Closed\",\"is_active\":false}", NULL);
	CHECK(world_start(&w));
	uint64_t waiting = world_call(&w, "100", "1000");
	CHECK(set_queue(&w, "{\"is_active\":false}"));
	world_configure(&w);
	uint64_t late = world_call(&w, "200", "1000");
	CHECK_INT(world_ix(&w, waiting)->stage, STAGE_QUEUED);
	CHECK_INT(world_ix(&w, late)->stage, STAGE_FLOW); /* hears that nobody is there */
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "closed");
	uint64_t page = world_ready(&w, ann);
	world_connect(&w, page, ann);
	CHECK_STR(world_ask(&w, page, "'call.transfer','interaction':'%s','to':{'kind':'queue','id':'%s'}",
			  ID(world_ix_id(&w, waiting)), ID(other)),
		"queue_closed");
	CHECK_STR(world_state(&w, ann), "talking");
}

TEST(flow_that_goes_in_circles_ends)
{
	WITH_WORLD(w);
	char text[512];
	snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"q\",\"nodes\":{"
		"\"q\":{\"type\":\"queue\",\"queue\":\"%s\",\"overflow\":\"t\",\"full\":\"t\",\"closed\":"
		"\"t\"},"
		"\"t\":{\"type\":\"transfer\",\"target\":\"100\",\"on_fail\":\"q\"}}}}",
		ID(w.support));
	uint64_t flow = fixture_create(&w.store, "flow", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"2000\",\"flow\":\"%s\"}", ID(flow));
	CHECK(flow && fixture_create(&w.store, "number", text, NULL));
	CHECK(set_queue(&w, "{\"is_active\":false}"));
	CHECK_INT(fixture_update(&w.store, "trunk", w.trunk, "{\"is_enabled\":false}", NULL), 0);
	CHECK(world_start(&w));
	world_call(&w, "100", "2000");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK(world_count(&w, EVENT_SEGMENT_QUEUED) > 10);
}

/* --- the live view
 * -------------------------------------------------------------------------------------------------------- */

TEST(live_view_full_then_changes_in_time)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t watcher = world_page(&w, ann, ~0u);
	CHECK_STR(world_ask(&w, watcher, "'live.subscribe'"), "");
	json_t *full = world_reply(&w);
	CHECK_INT(json_array_size(json_object_get(full, "queues")), 1);
	CHECK_INT(json_array_size(json_object_get(full, "agents")), 1);
	CHECK_INT(json_array_size(json_object_get(full, "trunks")), 1);
	world_pass(&w, 5000);
	world_forget(&w);
	world_pass(&w, 3000); /* nothing happens, nothing is said */
	CHECK_INT(w.said.len, 0);
	for (int i = 0; i < 60; i++)
		world_call(&w, "100", "1000");
	world_pass(&w, 60);
	json_t *queue = NULL;
	VEC_EACH(&w.said, i)
	if (w.said.at[i].kind == CENTER_TO_LIVE)
		queue = json_array_get(json_object_get(w.said.at[i].body, "queues"), 0);
	CHECK(queue);
	CHECK_INT(jsonx_int(queue, "waiting", 0), 60);
	CHECK_INT(json_array_size(json_object_get(queue, "waits")), 50);
	CHECK_INT(jsonx_int(json_array_get(json_object_get(queue, "waits"), 3), "position", 0), 4);
	world_forget(&w);
	world_pass(&w, 200);
	world_call(&w, "100", "1000");
	world_pass(&w, 60);
	CHECK(w.said.len > 0 && w.said.at[w.said.len - 1].kind == CENTER_TO_LIVE);
	CHECK_STR(world_ask(&w, watcher, "'live.unsubscribe'"), "");
	CHECK_INT(w.center->n_live, 0);
}

static void keep_json(json_t *json, void *arg)
{
	*(json_t **)arg = json;
}

TEST(figures_are_those_of_the_log)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	_cleanup_json_ json_t *figures = NULL;
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
	world_connect(&w, page, ann);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(center_figures(w.center, 1, 0, 0, keep_json, &figures), 0);
	world_run(&w);
	CHECK_INT(jsonx_int(json_object_get(figures, "all"), "offered", -1), 1);
	CHECK_INT(jsonx_int(json_object_get(figures, "all"), "answered", -1), 1);
	CHECK_INT(json_array_size(json_object_get(figures, "queues")), 1);
	CHECK_INT(json_array_size(json_object_get(figures, "agents")), 1);
}

/* --- requests nobody should send
 * ------------------------------------------------------------------------------------------ */

static const char *const verbs[] = {"agent.ready", "agent.break", "agent.offline", "agent.device",
	"agent.set", "call.answer", "call.media", "call.decline", "call.hold", "call.resume", "call.mute",
	"call.dtmf", "call.hang_up", "call.transfer", "wrap_up.extend", "wrap_up.finish", "notes.save",
	"directory.list", "live.subscribe", "live.unsubscribe", "ping", "queue.list", "queue.pick",
	"queue.assign", "", "no.such.thing"};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* Every verb with every field missing, of every type, and of every size. */
TEST(wrong_fields_are_answered)
{
	static const char *const values[] = {"null", "true", "-1", "1e300", "[]", "{}", "''", "'x'",
		"'0000000000000'", "'zzzzzzzzzzzzz'", "{'kind':'agent'}", "{'kind':'number','number':7}",
		"{'kind':[]}", "{'kind':'queue','id':'x'}"};
	static const char *const fields[] = {"interaction", "to", "sdp", "digits", "on", "device",
		"device_uri", "reason", "agent", "presence", "disposition", "notes", "search"};
	char long_text[5001];
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "100", "1000");
	const char *ix = ID(world_ix_id(&w, leg));

	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	for (int round = 0; round < 3; round++) { /* ringing, talking, wrap-up */
		for (size_t v = 0; v < N_VERBS; v++) {
			bool ends = str_equal(verbs[v], "call.decline") ||
				    str_equal(verbs[v], "call.hang_up") ||
				    str_equal(verbs[v], "wrap_up.finish");
			CHECK(world_ask(&w, page, "'%s'", verbs[v]));
			for (size_t f = ends ? 1 : 0; !ends && f < sizeof(fields) / sizeof(fields[0]); f++)
				for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
					CHECK(world_ask(&w, page, "'%s','%s':%s,'%s':%s%s%s", verbs[v],
						fields[f], values[k], f ? "interaction" : "x", f ? "'" : "1",
						f ? ix : "", f ? "'" : ""));
			CHECK(world_ask(&w, page, "'%s','interaction':'%s','notes':'%s'",
				ends ? "ping" : verbs[v], ix, long_text));
			CHECK(world_ask(&w, page,
				"'%s','interaction':'%s','to':{'kind':'number','number':'%s'}",
				ends ? "ping" : verbs[v], ix, long_text));
		}
		world_ask(&w, page, "'agent.device','device':'browser'");
		world_ask(&w, page, "'agent.ready'");
		if (round == 0 && str_equal(world_state(&w, ann), "ringing"))
			world_connect(&w, page, ann);
		else
			world_sip(&w, SIP_ENDED, leg, 0);
		world_forget(&w);
	}
}

TEST(what_is_not_yours_is_refused)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bob = world_agent(&w, "bob", ",\"device\":\"phone\"");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann), other = world_page(&w, bob, ~0u),
		 leg = world_call(&w, "1", "1000");
	world_connect(&w, page, ann);
	const char *ix = ID(world_ix_id(&w, leg));

	for (size_t v = 5; v < 14; v++)
		CHECK_STR(world_ask(&w, other, "'%s','interaction':'%s'", verbs[v], ix), "not_yours");
	CHECK_STR(world_ask(&w, other, "'notes.save','interaction':'%s','notes':'x'", ix), "not_found");
	CHECK_STR(world_ask(&w, other, "'wrap_up.finish','interaction':'%s'", ix), "not_in_wrap_up");
	CHECK(!world_ask(&w, 4711, "'ping'"));
	uint64_t nobody = world_page(&w, 4712, 0);
	CHECK_STR(world_ask(&w, nobody, "'agent.ready'"), "forbidden");
	CHECK_STR(world_ask(&w, nobody, "'live.subscribe'"), "forbidden");
	CHECK_STR(world_ask(&w, nobody, "'agent.set','agent':'%s','presence':'ready'", ID(ann)), "forbidden");
	CHECK_STR(world_ask(&w, other, "'agent.set','agent':'%s','presence':'offline'", ID(ann)), "busy");
	CHECK_STR(world_ask(&w, other, "'agent.set','agent':'%s','presence':'asleep'", ID(ann)),
		"invalid_presence");
	CHECK_STR(world_ask(&w, other, "'directory.list','search':'AN'"), "");
	CHECK_INT(json_array_size(json_object_get(world_reply(&w), "agents")), 1);
	CHECK_STR(world_ask(&w, other, "'call.answer','interaction':'%s'", ID(1)), "not_yours");
	CHECK_STR(world_ask(&w, other, "'agent.device','device':'uri','device_uri':'sip:a b@c'"),
		"invalid_device");
	CHECK_STR(world_ask(&w, other, "'agent.device','device':'uri','device_uri':'+98912'"), "");
}

/* --- stopping and starting
 * ------------------------------------------------------------------------------------------------ */

TEST(drain_refuses_new_calls_and_ends_old_ones_at_the_deadline)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(world_start(&w));
	uint64_t page = world_ready(&w, ann);
	uint64_t leg = world_call(&w, "100", "1000");
	world_connect(&w, page, ann);
	struct center_input in = {.kind = CENTER_DRAIN, .deadline_ms = world_now() + 5000};
	center_send(w.center, &in);
	world_run(&w);
	world_call(&w, "200", "1000");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 503);
	CHECK_STR(world_state(&w, ann), "talking");
	CHECK(!center_is_over(w.center));
	world_pass(&w, 4999);
	CHECK(!center_is_over(w.center));
	CHECK(world_ix(&w, leg));
	world_pass(&w, 1);
	CHECK(!center_is_over(w.center)); /* what it hung up has not said goodbye yet */
	world_run(&w);
	CHECK(center_is_over(w.center));
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "system_stopped");
	w.center->is_draining = false; /* so that world_close can turn it */
}

TEST(threads_start_drain_and_join)
{
	WITH_WORLD(w);
	struct center_parts parts = {0};
	struct center_totals totals;
	CHECK(world_start(&w)); /* only for the rows and the doubles */
	world_crash(&w);
	parts = (struct center_parts){.store = w.store.store,
		.media = (struct media *)(void *)&w,
		.sip = (struct sip *)(void *)&w,
		.speech = (struct speech *)(void *)&w,
		.data_directory = w.store.directory,
		.on_output = NULL};
	CHECK_INT(center_new(&w.center), 0);
	CHECK_INT(center_start(w.center, &parts), 0);
	center_totals(w.center, &totals);
	CHECK(totals.is_ready);
	struct center_input in = {.kind = CENTER_DRAIN, .deadline_ms = 0};
	CHECK_INT(center_send(w.center, &in), 0);
	center_join(w.center);
	center_totals(w.center, &totals);
	CHECK(!totals.is_ready);
}

TEST(restart_closes_what_was_open_exactly_once)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bob = world_agent(&w, "bob", ""),
		 cat = world_agent(&w, "cat", ""), dan = world_agent(&w, "dan", "");
	CHECK(set_queue(&w, "{\"wrap_up_s\":60,\"ring_timeout_s\":60}") && world_start(&w));
	w.has_restored = true;
	uint64_t pages[4] = {world_ready(&w, ann), 0}, users[4] = {ann, bob, cat, dan};
	world_call(&w, "1", "1000");
	world_connect(&w, pages[0], ann); /* talks */
	pages[1] = world_ready(&w, bob);
	world_call(&w, "2", "1000");
	world_connect(&w, pages[1], bob);
	CHECK_STR(world_ask(&w, pages[1], "'call.hold','interaction':'%s'",
			  ID(world_agent_of(&w, bob)->interaction->id)),
		"");
	pages[2] = world_ready(&w, cat);
	uint64_t done = world_call(&w, "3", "1000");
	world_connect(&w, pages[2], cat);
	world_sip(&w, SIP_ENDED, done, 0); /* in wrap-up */
	pages[3] = world_ready(&w, dan);
	world_call(&w, "4", "1000"); /* rings */
	world_call(&w, "5", "1000"); /* waits */
	world_pass(&w, 2000);
	for (int i = 0; i < 4; i++)
		CHECK(world_agent_of(&w, users[i]));
	world_crash(&w);
	CHECK(world_start(&w));
	world_check_log(&w, true);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "system_restart"), 4);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_ENDED, "system_restart"), 2);
	CHECK_INT(world_count_reason(&w, EVENT_SEGMENT_OVERFLOWED, "system_restart"), 2);
	CHECK_INT(world_count_reason(&w, EVENT_WRAP_UP_ENDED, "system_restart"), 1);
	CHECK_STR(world_state(&w, ann), "ready");
	size_t events = w.log.len;
	world_crash(&w);
	CHECK(world_start(&w));
	/* nothing is closed twice: only the new start is told */
	VEC_EACH(&w.log, i)
	if (i >= events)
		CHECK_INT(w.log.at[i].e.type, EVENT_SYSTEM_STARTED);
	world_pass(&w, 60000); /* nobody came back */
	CHECK_STR(world_state(&w, ann), "offline");
}

/* The talking ended with the process, not when somebody started it again. */
TEST(what_a_crash_cut_off_lasted_until_the_crash)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	const struct logged *e;
	CHECK(world_start(&w));
	w.has_restored = true;
	uint64_t page = world_ready(&w, ann);
	world_call(&w, "1", "1000");
	world_connect(&w, page, ann);
	world_pass(&w, 600000); /* ten minutes without any event */
	world_crash(&w);
	world_away(3 * 3600000);
	CHECK(world_start(&w));
	CHECK((e = world_last(&w, EVENT_SEGMENT_ENDED)) != NULL);
	CHECK_STR(e->reason, "system_restart");
	CHECK(e->e.talk_ms >= 590000 && e->e.talk_ms <= 600000);
	CHECK((e = world_last(&w, EVENT_INTERACTION_ENDED)) != NULL);
	CHECK(e->e.duration_ms >= 590000 && e->e.duration_ms <= 605000);
}

/* Nor does what is written into the stopped centre ("markaz apply") make it look alive. */
TEST(time_the_system_was_down_is_nobodys)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", ""), bea = world_agent(&w, "bea", "");
	_cleanup_json_ json_t *figures = NULL;
	const struct logged *e;
	struct kpi_counts n;
	CHECK(world_start(&w));
	w.has_restored = true;
	int64_t from = center_wall(w.center);
	uint64_t page = world_ready(&w, ann);
	uint64_t leg = world_call(&w, "1", "1000");
	world_connect(&w, page, ann);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_state(&w, ann), "wrap_up");
	world_ready(&w, bea);
	world_pass(&w, 6000); /* longer than between two signs of life */
	struct event written = {.type = EVENT_CONFIG_CHANGED,
		.at_ms = center_wall(w.center) + 3 * 3600000,
		.name = "user",
		.reason = "updated"};
	world_crash(&w);
	world_away(3 * 3600000);
	CHECK(fixture_append(&w.store, &written) > 0);
	world_away(60000);
	CHECK(world_start(&w));
	CHECK((e = world_last(&w, EVENT_SYSTEM_STARTED)) != NULL);
	CHECK(e->e.duration_ms >= 3 * 3600000 + 60000 && e->e.duration_ms <= 3 * 3600000 + 70000);
	CHECK((e = world_last(&w, EVENT_WRAP_UP_ENDED)) != NULL);
	CHECK_STR(e->reason, "system_restart");
	CHECK(e->e.acw_ms >= 2000 && e->e.acw_ms <= 15000);
	CHECK((e = world_last(&w, EVENT_AGENT_STATE)) != NULL);
	CHECK(e->e.agent == ann && e->e.duration_ms >= 2000 && e->e.duration_ms <= 15000);
	world_pass(&w, 5000);
	kpi_agent_counts(w.center->fold, bea, from, center_wall(w.center) + 1, center_wall(w.center), &n);
	CHECK(n.available_ms >= 7000 && n.available_ms <= 20000);
}

TEST(restart_mends_the_file_that_was_being_written)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	char path[MEDIA_PATH_MAX];
	CHECK(world_start(&w));
	w.has_restored = true;
	uint64_t page = world_ready(&w, ann);
	world_call(&w, "1", "1000");
	world_connect(&w, page, ann);
	(void)str_put(path, sizeof(path), world_media_command(&w, MEDIA_RECORD)->record.path);
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK_STR(world_repaired, path);
	CHECK_INT(world_last(&w, EVENT_RECORDING_ENDED)->e.duration_ms, 4000);
}

TEST(restart_after_hours_keeps_figures_and_rules)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	_cleanup_json_ json_t *before = NULL, *after = NULL;
	CHECK(set_queue(&w, "{\"service_level_s\":3,\"wrap_up_s\":0}") && world_start(&w));
	w.has_restored = true;
	uint64_t page = world_ready(&w, ann), leg = world_call(&w, "1", "1000");
	world_pass(&w, 4000); /* too late for 3 s, in time for the default */
	world_connect(&w, page, ann);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_ask(&w, page, "'agent.offline'"), "");
	CHECK_INT(center_figures(w.center, 1, 0, 0, keep_json, &before), 0);
	world_run(&w);
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK_INT(center_figures(w.center, 1, 0, 0, keep_json, &after), 0);
	world_run(&w);
	CHECK(json_equal(json_object_get(before, "queues"), json_object_get(after, "queues")));
}
