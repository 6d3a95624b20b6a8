/* Business rules through the whole centre: who comes first, who gets the call, what is written down, and what
 * happens when a rule fails. */
#include "base/id.h"
#include "base/str.h"
#include "center/routing/rules.h"
#include "center/test_parts.h"
#include "flow/day.h"

#include <stdio.h>

/* A row of business_rule; its id, or 0. Texts with ' for ". */
static uint64_t add_rule(struct world *w, const char *name, int position, const char *text)
{
	_cleanup_json_ json_t *row =
		json_pack("{s:s, s:i, s:s}", "name", name, "position", position, "text", text);
	char *json = jsonx_dump(row);
	uint64_t id = fixture_create(&w->store, "business_rule", json, NULL);

	free(json);
	return id;
}

/* What was written so far is on disk, for the look-ups of later callers. */
static bool settle(struct world *w)
{
	uint64_t seq = fixture_append(&w->store, &(struct event){.type = EVENT_CONFIG_CHANGED});

	return seq && fixture_wait(&w->store, seq);
}

/* A whole call from `from`, taken by ann. */
static void talk_with_ann(struct world *w, struct desk *d, const char *from)
{
	uint64_t leg = world_call(w, from, "1000");

	world_connect(w, d->ann_page, d->ann);
	world_pass(w, 20000);
	world_sip(w, SIP_ENDED, leg, 0);
	world_pass(w, 60000); /* wrap-up is over: bob has been idle for longer */
	world_forget(w);
}

TEST(a_vip_comes_before_who_waits)
{
	WITH_WORLD(w);
	CHECK(fixture_create(&w.store, "customer",
		"{\"name\":\"Mina\",\"numbers\":[\"+989120000001\"],\"value\":80}", NULL));
	uint64_t rule = add_rule(&w, "Big customers", 1,
		"if customer and customer.value >= 50 then\n  priority(20) note('worth ' .. "
		"customer.value)\nend");
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(rule && ann && world_start(&w));
	uint64_t plain = world_call(&w, "100", "1000");
	world_pass(&w, 30000);
	uint64_t vip = world_call(&w, "+989120000001", "1000");
	CHECK_INT(world_count(&w, EVENT_RULE_APPLIED), 1);
	const struct logged *applied = world_last(&w, EVENT_RULE_APPLIED);
	CHECK_INT(applied->e.interaction, world_ix_id(&w, vip));
	CHECK_INT(applied->e.number, 1);
	CHECK(strstr(applied->text, "\"name\":\"Big customers\"") &&
		strstr(applied->text, "\"note\":\"worth 80\""));
	CHECK_INT(world_last(&w, EVENT_SEGMENT_QUEUED)->e.number, 20);
	world_ready(&w, ann);
	CHECK_INT(world_last(&w, EVENT_OFFER_MADE)->e.interaction, world_ix_id(&w, vip));
	CHECK(world_ix(&w, plain));
}

TEST(the_last_agent_gets_the_call)
{
	WITH_DESK(w, d);
	CHECK(add_rule(&w, "Same person again", 1,
		"if history.since_last_s < 3 * days then prefer_agent('last_agent', 30) end"));
	world_configure(&w);
	talk_with_ann(&w, &d, "200");
	CHECK(settle(&w));
	world_call(&w, "201", "1000"); /* somebody else: bob is idle longest */
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_call(&w, "200", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing");
}

TEST(who_was_last_can_be_excluded)
{
	WITH_DESK(w, d);
	talk_with_ann(&w, &d, "200");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break','reason':null"), "");
	CHECK(add_rule(&w, "Again", 1,
		"if history.contacts_7_days >= 1 and history.last_result == 'answered' then exclude "
		"'last_agent' end"));
	world_configure(&w);
	CHECK(settle(&w));
	world_call(&w, "200", "1000"); /* only ann is there, and must not get it */
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.ready'"), "");
	CHECK_STR(world_state(&w, d.bob), "ringing");
}

TEST(a_rule_moves_the_contact)
{
	WITH_WORLD(w);
	uint64_t night = fixture_create(&w.store, "queue", "{\"name\":\"Night\"}", NULL);
	CHECK(night &&
		add_rule(&w, "Night", 1, "if queue.name ~= 'Night' then queue 'Night' target(33) end"));
	CHECK(world_start(&w));
	world_call(&w, "100", "1000");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_QUEUED)->e.queue, night);
	CHECK_INT(world_last(&w, EVENT_RULE_APPLIED)->e.ref, w.support);
	CHECK_INT(world_last(&w, EVENT_RULE_APPLIED)->e.queue, night);
}

TEST(facts_are_what_the_centre_knows)
{
	WITH_WORLD(w);
	CHECK(fixture_update(&w.store, "setting", 1, "{\"time_zone\":\"Asia/Tehran\"}", NULL) == 0);
	CHECK(add_rule(&w, "Facts", 1,
		"assert(caller.number == '100' and contact.called == '1000', 'numbers')\n"
		"assert(contact.channel == 'voice' and customer == nil, 'contact')\n"
		"assert(queue.waiting == 0 and queue.estimate_s == -1, 'queue')\n"
		"assert(history.contacts_7_days == 0 and history.since_last_s == math.huge, 'history')\n"
		"note(time.weekday .. ' ' .. time.date .. ' ' .. time.hour .. ':' .. time.minute)"));
	CHECK(world_start(&w));
	world_call(&w, "100", "1000");
	if (world_count(&w, EVENT_RULE_FAILED))
		test_fail(__FILE__, __LINE__, "%s", world_last(&w, EVENT_RULE_FAILED)->text);
	CHECK_INT(world_count(&w, EVENT_RULE_APPLIED), 1);
	struct day_time t;
	char note[80];
	static const char *const days[] = {
		"", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	day_time("Asia/Tehran", center_wall(w.center), &t);
	snprintf(note, sizeof(note), "\"note\":\"%s %04d-%02d-%02d %d:%d\"", days[t.weekday], t.year, t.month,
		t.day, t.hour, t.minute);
	CHECK(strstr(world_last(&w, EVENT_RULE_APPLIED)->text, note));
}

TEST(a_rule_that_fails_harms_nobody_and_is_said_once_a_minute)
{
	WITH_WORLD(w);
	uint64_t rule = add_rule(&w, "Broken", 1, "priority(5)\nqueue 'gone'");
	CHECK(rule && add_rule(&w, "Good", 2, "priority(1)") && world_start(&w));
	for (int i = 0; i < 10; i++)
		world_call(&w, "100", "1000");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_QUEUED)->e.number, 1);
	CHECK_INT(world_count(&w, EVENT_RULE_APPLIED), 10);
	CHECK_INT(world_count(&w, EVENT_RULE_FAILED), 1);
	const struct logged *failed = world_last(&w, EVENT_RULE_FAILED);
	CHECK_INT(failed->e.ref, rule);
	CHECK_INT(failed->e.number, 2);
	CHECK_STR(failed->name, "Broken");
	CHECK_STR(failed->text, "there is no queue called \"gone\"");
	world_pass(&w, 61000);
	world_call(&w, "100", "1000");
	CHECK_INT(world_count(&w, EVENT_RULE_FAILED), 2);
	CHECK_STR(world_last(&w, EVENT_RULE_FAILED)->text,
		"there is no queue called \"gone\" (10 times since it was said last)");
}

static void keep_json(json_t *json, void *arg)
{
	json_decref(*(json_t **)arg);
	*(json_t **)arg = json;
}

TEST(failures_are_remembered_until_the_rule_is_changed)
{
	WITH_WORLD(w);
	uint64_t rule = add_rule(&w, "Broken", 1, "queue 'gone'");
	_cleanup_json_ json_t *list = NULL;

	CHECK(rule && world_start(&w));
	world_call(&w, "100", "1000");
	world_call(&w, "100", "1000");
	world_configure(&w);
	CHECK_INT(center_rule_failures(w.center, keep_json, &list), 0);
	world_run(&w);
	CHECK_INT(json_array_size(list), 1);
	CHECK_INT(jsonx_int(json_array_get(list, 0), "times", 0), 2);
	CHECK_INT(jsonx_id(json_array_get(list, 0), "rule"), rule);
	CHECK_INT(fixture_update(&w.store, "business_rule", rule, "{\"text\":\"priority(1)\"}", NULL), 0);
	world_configure(&w);
	CHECK_INT(center_rule_failures(w.center, keep_json, &list), 0);
	world_run(&w);
	CHECK_INT(json_array_size(list), 0);
}

TEST(rules_that_are_no_lua_or_not_active_are_left_out)
{
	WITH_WORLD(w);
	CHECK(add_rule(&w, "Not Lua", 1, "if then") && add_rule(&w, "Good", 2, "priority(1)"));
	CHECK(fixture_create(&w.store, "business_rule",
		"{\"name\":\"Off\",\"is_active\":false,\"text\":\"priority(7)\"}", NULL));
	CHECK(world_start(&w));
	world_call(&w, "100", "1000");
	CHECK_INT(world_last(&w, EVENT_SEGMENT_QUEUED)->e.number, 1);
	CHECK_INT(world_count(&w, EVENT_RULE_FAILED), 0);
}

TEST(skills_of_rules_are_asked)
{
	WITH_WORLD(w);
	uint64_t skill = fixture_create(&w.store, "skill", "{\"name\":\"Chinese\"}", NULL);
	char extra[120];
	snprintf(extra, sizeof(extra), ",\"skills\":[{\"skill\":\"%s\",\"level\":4}]", ID(skill));
	uint64_t ann = world_agent(&w, "ann", ""), mei = world_agent(&w, "mei", extra);
	CHECK(skill && ann && mei);
	CHECK(add_rule(&w, "Language", 1,
		"if starts_with(caller.number, '+886') then skills 'always chinese >= 3' end"));
	CHECK(world_start(&w));
	world_ready(&w, ann);
	world_pass(&w, 1000);
	world_ready(&w, mei);
	world_call(&w, "+886221234567", "1000");
	CHECK_STR(world_state(&w, mei), "ringing");
	CHECK_STR(world_state(&w, ann), "ready");
}

/* Memory runs out at the n-th allocation of a call's way into the queue: nothing crashes, nothing is lost. */
TEST(rules_without_memory)
{
	for (int64_t n = 0; n < 120; n += 7) {
		WITH_WORLD(w);
		uint64_t night = fixture_create(&w.store, "queue", "{\"name\":\"Night\"}", NULL);
		CHECK(night &&
			add_rule(&w, "Everything", 1,
				"queue 'Night' priority(3) note(caller.number .. history.contacts_7_days)"));
		CHECK(world_start(&w));
		w.is_lossy = true;
		w.memory_left = n;
		world_call(&w, "100", "1000");
		w.memory_left = -1;
		world_configure(&w);
	}
}
