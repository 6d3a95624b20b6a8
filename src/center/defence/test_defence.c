/* Bans that grow and outlast a restart, stops of calls outside, their alarms, and lifting both. */
#include "center/defence/defence.h"
#include "base/str.h"
#include "center/test_parts.h"

static void set(struct world *w, const char *text)
{
	char json[512];

	(void)str_put(json, sizeof(json), text);
	for (char *p = json; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	CHECK_INT(fixture_update(&w->store, "setting", 1, json, NULL), 0);
}

static void banned(struct world *w, const char *address)
{
	struct sip_event e = {.kind = SIP_BANNED, .count = 20};

	(void)str_put(e.source, sizeof(e.source), address);
	CHECK(center_on_sip(&e, w->center));
	world_run(w);
}

static bool take(const struct store_block *b, void *arg)
{
	*(struct store_block *)arg = *b;
	return false;
}

/* The newest block in force, as it is on disk. */
static struct store_block newest(struct world *w)
{
	struct store_block b = {0};

	(void)store_blocks(w->loader, TENANT, true, w->center->wall_ms(), take, &b);
	return b;
}

/* The alarm of this kind that the page was told of last, or NULL. */
static const json_t *alarm_of(struct world *w, uint64_t page, const char *kind)
{
	const json_t *list = json_object_get(world_push(w, page, "alarms"), "alarms"), *one;
	size_t i;

	json_array_foreach(list, i, one) if (str_equal(jsonx_text(one, "kind", ""), kind)) return one;
	return NULL;
}

static void on_done(json_t *json, void *arg)
{
	*(bool *)arg = json != NULL;
	json_decref(json);
}

static bool lift(struct world *w, struct store_block b)
{
	bool is_done = false;

	if (center_block(w->center, CENTER_BLOCK_LIFTED, &b, on_done, &is_done) == 0)
		world_run(w);
	return is_done;
}

TEST(a_ban_grows_each_time_is_an_alarm_and_outlasts_a_restart)
{
	WITH_WORLD(w);
	set(&w, "{'ban_minutes':10,'ban_max_hours':1}");
	CHECK(world_start(&w));
	uint64_t boss = world_page(&w, 900, MAY_CHANGE_CONFIG);
	banned(&w, "203.0.113.9");
	CHECK_STR(world_sip_command(&w, SIP_BAN)->ban.address, "203.0.113.9");
	CHECK_INT(world_sip_command(&w, SIP_BAN)->ban.seconds, 600);
	CHECK(alarm_of(&w, boss, "address_banned"));
	CHECK_STR(newest(&w).subject, "203.0.113.9");
	CHECK_STR(newest(&w).reason, "wrong_passwords");
	world_pass(&w, 601000);
	banned(&w, "203.0.113.9");
	CHECK_INT(world_sip_command(&w, SIP_BAN)->ban.seconds, 1200);
	for (int i = 0; i < 3; i++)
		banned(&w, "203.0.113.9");
	CHECK_INT(world_sip_command(&w, SIP_BAN)->ban.seconds, 3600); /* no longer than that */
	world_page_closes(&w, boss);
	world_crash(&w);
	world_forget(&w);
	CHECK(world_start(&w));
	CHECK(world_sip_command(&w, SIP_BAN));
	CHECK_STR(world_sip_command(&w, SIP_BAN)->ban.address, "203.0.113.9");
	CHECK(world_sip_command(&w, SIP_BAN)->ban.seconds > 3000);
	CHECK(lift(&w, newest(&w)));
	CHECK_INT(world_sip_command(&w, SIP_BAN)->ban.seconds, 0);
	banned(&w, "203.0.113.9"); /* it was forgiven: the first time again */
	CHECK_INT(world_sip_command(&w, SIP_BAN)->ban.seconds, 600);
}

TEST(a_flood_is_an_alarm_until_it_is_over)
{
	WITH_WORLD(w);
	struct sip_event e = {.kind = SIP_REFUSED,
		.refusal = SIP_REFUSED_FLOOD,
		.count = 5000,
		.source = "203.0.113.9:5060"};

	CHECK(world_start(&w));
	uint64_t boss = world_page(&w, 900, MAY_CHANGE_CONFIG);
	CHECK(center_on_sip(&e, w.center));
	world_run(&w);
	CHECK_STR(jsonx_text(alarm_of(&w, boss, "sip_flood"), "name", ""), "203.0.113.9:5060");
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "flood");
	world_pass(&w, 100000);
	CHECK(center_on_sip(&e, w.center));
	world_pass(&w, 100000);
	CHECK(alarm_of(&w, boss, "sip_flood"));
	world_pass(&w, 300000);
	CHECK(!alarm_of(&w, boss, "sip_flood"));
}

static const char *click(struct world *w, uint64_t page, const char *number)
{
	return world_ask(w, page, "'call.dial','to':{'kind':'number','number':'%s'}", number);
}

static void finish(struct world *w, uint64_t page, uint64_t user)
{
	struct interaction *ix = world_agent_of(w, user)->interaction;

	CHECK(ix != NULL);
	if (ix)
		CHECK_STR(world_ask(w, page, "'call.hang_up','interaction':'%s'", ID(ix->id)), "");
}

#define IRAN "{'country_code':'98','national_prefix':'0','emergency_numbers':['110']"

TEST(only_allowed_countries_are_called)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN ",'is_abroad_restricted':true,'allowed_countries':['+971']}");
	CHECK(desk_open(&w, &d));
	CHECK_STR(click(&w, d.ann_page, "00882 133 00001"), "country_not_allowed");
	CHECK(!defence_is_stopped(w.center, d.ann));
	CHECK_STR(click(&w, d.ann_page, "00971 4 123456"), "");
	world_connect(&w, d.ann_page, d.ann);
	finish(&w, d.ann_page, d.ann);
	CHECK_STR(click(&w, d.ann_page, "021 1234567"), "");
}

TEST(too_many_calls_stop_a_person_until_it_is_lifted_but_never_emergency_calls)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN ",'user_calls_max_hour':3}");
	CHECK(desk_open(&w, &d));
	uint64_t boss = world_page(&w, 900, MAY_CHANGE_CONFIG);
	for (int i = 0; i < 3; i++) {
		CHECK_STR(click(&w, d.ann_page, "021 1234567"), "");
		world_connect(&w, d.ann_page, d.ann);
		finish(&w, d.ann_page, d.ann);
	}
	CHECK_STR(click(&w, d.ann_page, "021 1234567"), "calls_stopped");
	CHECK(defence_is_stopped(w.center, d.ann) && !defence_is_stopped(w.center, d.bob));
	CHECK(alarm_of(&w, boss, "calls_stopped"));
	CHECK_STR(newest(&w).subject, ID(d.ann));
	CHECK_STR(newest(&w).reason, "calls_hour");
	CHECK_STR(click(&w, d.bob_page, "021 1234567"), "");
	world_connect(&w, d.bob_page, d.bob);
	finish(&w, d.bob_page, d.bob);
	CHECK_STR(click(&w, d.ann_page, "110"), ""); /* always */
	world_connect(&w, d.ann_page, d.ann);
	CHECK(world_sip_command(&w, SIP_CALL));
	CHECK_STR(world_sip_command(&w, SIP_CALL)->call.uri, "110");
	finish(&w, d.ann_page, d.ann);
	world_pass(&w, 3700000); /* time alone does not lift it */
	CHECK_STR(click(&w, d.ann_page, "021 1234567"), "calls_stopped");
	world_page_closes(&w, boss);
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK(defence_is_stopped(w.center, d.ann)); /* nor does a restart */
	CHECK(lift(&w, newest(&w)));
	CHECK(!defence_is_stopped(w.center, d.ann));
	uint64_t page = world_ready(&w, d.ann);
	CHECK_STR(click(&w, page, "021 1234567"), "");
}

TEST(cost_of_calls_under_way_counts_and_stops_the_house)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN ",'call_costs':['+98=2'],'cost_max_hour':20}");
	CHECK(desk_open(&w, &d));
	CHECK_STR(click(&w, d.ann_page, "021 1234567"), "");
	world_connect(&w, d.ann_page, d.ann);
	world_sip(&w, SIP_ANSWERED, world_sip_command(&w, SIP_CALL)->leg, 200);
	world_pass(&w, 8 * 60000);
	CHECK_STR(click(&w, d.bob_page, "021 7654321"), ""); /* 16 so far */
	world_connect(&w, d.bob_page, d.bob);
	finish(&w, d.bob_page, d.bob);
	world_pass(&w, 3 * 60000);
	CHECK_STR(click(&w, d.bob_page, "021 7654321"), "calls_stopped");
	CHECK_STR(newest(&w).subject, DEFENCE_HOUSE);
	CHECK_STR(newest(&w).reason, "cost_hour");
	CHECK_INT(newest(&w).count, 22);
	finish(&w, d.ann_page, d.ann); /* the call under way went on until its end */
}
