/* Calls over trunks: groups, failover, what is written and shown there, limits, emergencies, the state and
 * the test a person asks for. */
#include "base/str.h"
#include "center/dial/dial_trunk.h"
#include "center/call/party.h"
#include "center/test_parts.h"

static uint64_t make(struct world *w, const char *resource, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static uint64_t make(struct world *w, const char *resource, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return fixture_create(&w->store, resource, text, NULL);
}

static void change(struct world *w, const char *resource, uint64_t id, const char *text)
{
	char json[512];

	(void)str_put(json, sizeof(json), text);
	for (char *p = json; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	(void)fixture_update(&w->store, resource, id, json, NULL);
}

static const struct sip_command *called(struct world *w)
{
	return world_sip_command(w, SIP_CALL);
}

static int n_calls(struct world *w)
{
	int n = 0;

	VEC_EACH(&w->sip, i)
	n += w->sip.at[i].kind == SIP_CALL;
	return n;
}

#define IRAN "{'country_code':'98','national_prefix':'0','allowed_countries':['+44']}"

/* Ann calls the number: the last trunk asked, or 0. */
static uint64_t dials(struct world *w, struct desk *d, const char *number)
{
	if (!str_equal(world_ask(w, d->ann_page, "'call.dial','to':{'kind':'number','number':'%s'}", number),
		    ""))
		return 0;
	world_connect(w, d->ann_page, d->ann);
	return called(w)->call.trunk;
}

static void hangs_up(struct world *w, struct desk *d)
{
	struct interaction *ix = world_agent_of(w, d->ann)->interaction;

	if (ix)
		world_ask(w, d->ann_page, "'call.hang_up','interaction':'%s'", ID(ix->id));
	for (size_t i = 0; i < w->sip.len; i++) { /* the other side confirms */
		if (w->sip.at[i].kind == SIP_CALL && map_get(&w->center->legs, w->sip.at[i].leg))
			world_sip(w, SIP_ENDED, w->sip.at[i].leg, 487);
	}
}

static struct trunk_view *view(struct world *w, uint64_t trunk)
{
	return live_trunk_view(w->center, trunk);
}

static void ends(struct world *w, int code, bool is_remote, enum sip_refusal refusal)
{
	struct sip_event e = {.kind = SIP_ENDED,
		.leg = called(w)->leg,
		.code = code,
		.is_remote = is_remote,
		.refusal = refusal};

	center_on_sip(&e, w->center);
	world_run(w);
}

TEST(the_group_with_the_longest_prefix_dials)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "setting", 1, IRAN);
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2'}");
	uint64_t c = make(&w, "trunk", "{'name':'C','proxy':'sip:192.0.2.3'}");
	make(&w, "trunk_group", "{'name':'All','trunks':['%s']}", ID(w.trunk));
	make(&w, "trunk_group", "{'name':'Iran','prefixes':['0098'],'trunks':['%s']}", ID(b));
	make(&w, "trunk_group", "{'name':'Mobiles','prefixes':['+989','+97150'],'trunks':['%s','%s']}", ID(c),
		ID(b));
	CHECK(desk_open(&w, &d));
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "0211234567"), b);
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "09121234567"), c);
	ends(&w, 503, true, 0);
	CHECK_INT(called(&w)->call.trunk, b); /* in the group's order */
	ends(&w, 500, true, 0);
	CHECK_INT(n_calls(&w), 4); /* and no other */
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "failed"), 1);
}

TEST(a_leg_goes_on_over_the_next_trunk_with_the_same_audio)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5}");
	CHECK(b && desk_open(&w, &d));
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	uint64_t leg = called(&w)->leg;
	int port = called(&w)->sdp.port;
	CHECK_INT(view(&w, w.trunk)->channels, 1);
	world_sip(&w, SIP_RINGING, leg, 180);
	ends(&w, 503, true, 0); /* it rang, but nothing was heard: the trunk's fault still */
	CHECK(called(&w)->leg == leg && called(&w)->sdp.port == port);
	CHECK_INT(called(&w)->call.trunk, b);
	CHECK_INT(world_count(&w, EVENT_CALL_DIALLED), 2);
	CHECK_INT(view(&w, w.trunk)->channels, 0);
	CHECK_INT(view(&w, b)->channels, 1);
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK_STR(world_state(&w, d.ann), "talking");
	world_pass(&w, 5000);
	world_sip(&w, SIP_ENDED, leg, 0);
	struct trunk_figures f;
	trunk_state_sum(&view(&w, b)->state, w.center->wall_ms(), 1, &f);
	CHECK(f.attempts == 1 && f.answered == 1 && f.talk_ms == 5000);
	trunk_state_sum(&view(&w, w.trunk)->state, w.center->wall_ms(), 1, &f);
	CHECK(f.attempts == 1 && f.failed == 1);
	CHECK_INT(view(&w, w.trunk)->state.failure_code, 503);
}

TEST(what_the_called_side_decides_is_no_reason_for_another_trunk)
{
	WITH_WORLD(w);
	struct desk d;
	static const int codes[] = {486, 603, 404, 480, 487};
	CHECK(make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5}") && desk_open(&w, &d));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
		ends(&w, codes[i], true, 0);
		CHECK_INT(n_calls(&w), (int)i + 1);
	}
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk); /* early media was heard */
	struct sip_event e = {.kind = SIP_RINGING, .leg = called(&w)->leg, .code = 183, .has_sdp = true};
	e.sdp = (struct sdp){.has_audio = true, .port = 4000, .n_formats = 1, .formats = {{SDP_PCMA, 8}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.9");
	center_on_sip(&e, w.center);
	world_run(&w);
	ends(&w, 503, true, 0);
	CHECK_INT(n_calls(&w), 6);
}

TEST(a_transfer_outside_fails_over_too)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5}");
	CHECK(b && desk_open(&w, &d));
	world_call(&w, "100", "1000");
	world_connect(&w, d.ann_page, d.ann);
	struct interaction *ix = world_agent_of(&w, d.ann)->interaction;
	CHECK_STR(world_ask(&w, d.ann_page,
			  "'call.transfer','interaction':'%s','to':{'kind':'number','number':'+44123'}",
			  ID(ix->id)),
		"");
	CHECK_INT(called(&w)->call.trunk, w.trunk);
	ends(&w, 408, false, 0); /* silent */
	CHECK_INT(called(&w)->call.trunk, b);
	CHECK_STR(called(&w)->call.from_number, "100"); /* the caller's, passed on */
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK(ix->is_outside_up);
	/* the next call does not wait for the silent one */
	CHECK(trunk_state_is_back(&view(&w, w.trunk)->state, w.center->now_ms));
	CHECK_INT(dials(&w, &d, "+44123456789"), b);
	hangs_up(&w, &d);
	world_pass(&w, TRUNK_DEAD_MS);
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	hangs_up(&w, &d);
}

TEST(weights_and_prices_choose)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "trunk", w.trunk, "{'weight':3,'cost_per_minute':'0.03','rates':['+44=0.01']}");
	uint64_t b = make(&w, "trunk",
		"{'name':'B','proxy':'sip:192.0.2.2','weight':1,'cost_per_minute':'0.02','rates':['+4477=0."
		"005']}");
	uint64_t g = make(&w, "trunk_group", "{'name':'All','strategy':'least_cost','trunks':['%s','%s']}",
		ID(w.trunk), ID(b));
	CHECK(g && desk_open(&w, &d));
	CHECK_INT(dials(&w, &d, "+1555123456"), b);
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "+447712345"), b);
	hangs_up(&w, &d);
	change(&w, "trunk_group", g, "{'strategy':'weighted'}");
	world_configure(&w);
	int first = 0;
	for (int i = 0; i < 8; i++) {
		first += dials(&w, &d, "+44123456789") == w.trunk;
		hangs_up(&w, &d);
	}
	CHECK_INT(first, 6);
}

TEST(a_trunk_that_does_badly_steps_back)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "trunk", w.trunk, "{'asr_min_pct':50,'step_back_s':60}");
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5}");
	CHECK(b && desk_open(&w, &d));
	for (int i = 0; i < TRUNK_SAMPLE_MIN; i++) {
		CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
		ends(&w, 486, true, 0);
	}
	CHECK_INT(dials(&w, &d, "+44123456789"), b);
	hangs_up(&w, &d);
	_cleanup_json_ json_t *j = trunk_json(w.center, view(&w, w.trunk));
	CHECK_STR(jsonx_text(j, "stepped_back_reason", ""), "ASR 0 % is below 50 %");
	world_pass(&w, 60000);
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	hangs_up(&w, &d);
	/* one that is known to be down goes last, but is asked when nothing else is left */
	struct sip_event down = {.kind = SIP_TRUNK_STATE, .trunk = w.trunk};
	center_on_sip(&down, w.center);
	world_run(&w);
	CHECK_INT(dials(&w, &d, "+44123456789"), b);
	ends(&w, 503, true, 0);
	CHECK_INT(called(&w)->call.trunk, w.trunk);
	hangs_up(&w, &d);
}

TEST(numbers_are_written_as_the_trunk_wants_them)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "setting", 1, IRAN);
	change(&w, "trunk", w.trunk,
		"{'number_format':'national','out_called_rules':['0=9'],'caller_id':'+9821777','is_identity_"
		"asserted':true,"
		"'out_caller_rules':['+98=0'],'caller_id_policy':'allowed','caller_ids_allowed':['+98218']}");
	uint64_t good = make(&w, "caller_id", "{'number':'+98218001','name':'Shop'}");
	uint64_t bad = make(&w, "caller_id", "{'number':'+98219001','name':'Other'}");
	CHECK(good && bad && desk_open(&w, &d));
	CHECK_INT(dials(&w, &d, "0211234567"), w.trunk);
	CHECK_STR(called(&w)->call.uri, "9211234567");
	CHECK_STR(called(&w)->call.from_number, "021777");
	CHECK_STR(called(&w)->call.asserted, "021777");
	hangs_up(&w, &d);
	char patch[64];
	(void)str_printf(patch, sizeof(patch), "{'caller_id':'%s'}", ID(good));
	change(&w, "user", d.ann, patch);
	world_configure(&w);
	dials(&w, &d, "0211234567");
	CHECK_STR(called(&w)->call.from_number, "0218001");
	CHECK_STR(called(&w)->call.from_name, "Shop");
	hangs_up(&w, &d);
	(void)str_printf(patch, sizeof(patch), "{'caller_id':'%s'}", ID(bad));
	change(&w, "user", d.ann, patch);
	world_configure(&w);
	dials(&w, &d, "0211234567");
	CHECK_STR(called(&w)->call.from_number, "021777");
	CHECK_STR(called(&w)->call.from_name, "");
	hangs_up(&w, &d);
}

TEST(numbers_of_callers_are_made_ours)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "setting", 1, IRAN);
	change(&w, "trunk", w.trunk,
		"{'in_called_rules':['98211000=1000'],'in_caller_rules':['9='],'in_number_format':'e164'}");
	CHECK(desk_open(&w, &d));
	world_call(&w, "909121234567", "982110001000");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 0); /* 10001000 is nobody's */
	world_call(&w, "909121234567", "98211000");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
	CHECK_STR(jsonx_text(json_object_get(world_push(&w, d.ann, "offer"), "customer"), "number", ""),
		"+989121234567");
	CHECK_INT(view(&w, w.trunk)->channels, 1);
}

TEST(an_emergency_call_is_held_back_by_nothing)
{
	WITH_WORLD(w);
	struct desk d;
	change(&w, "setting", 1,
		"{'country_code':'98','national_prefix':'0','emergency_numbers':['112','0115'],'forbidden_"
		"prefixes':['011',"
		"'112']}");
	change(&w, "trunk", w.trunk,
		"{'prefixes':['+44'],'out_called_rules':['1=9','=8'],'caller_id':'+9821777','is_enabled':"
		"true}");
	uint64_t hidden = make(&w, "caller_id", "{'number':'+98218001','is_withheld':true}");
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5,'prefixes':['+1']}");
	make(&w, "trunk_group", "{'name':'Short','prefixes':['112'],'trunks':['%s']}", ID(b));
	CHECK(hidden && b && desk_open(&w, &d));
	char patch[64];
	(void)str_printf(patch, sizeof(patch), "{'caller_id':'%s'}", ID(hidden));
	change(&w, "user", d.ann, patch);
	world_configure(&w);
	w.is_store_full = true; /* no other call would be taken now */
	CHECK_INT(dials(&w, &d, "112"), w.trunk);
	w.is_store_full = false;
	CHECK_STR(called(&w)->call.uri, "112");
	CHECK(called(&w)->call.is_emergency && !called(&w)->call.is_withheld);
	CHECK_STR(called(&w)->call.from_number, "+98218001");
	ends(&w, 503, true, 0);
	CHECK_INT(called(&w)->call.trunk, b); /* any trunk that can */
	CHECK_STR(called(&w)->call.uri, "112");
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "0115"), w.trunk);
	CHECK_STR(called(&w)->call.uri, "0115");
	hangs_up(&w, &d);
	CHECK_INT(dials(&w, &d, "0112345678"), 0);
}

TEST(what_a_limit_held_back_is_counted)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t b = make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.2','position':5}");
	CHECK(b && desk_open(&w, &d));
	CHECK_INT(dials(&w, &d, "+44123456789"), w.trunk);
	ends(&w, 503, false, SIP_REFUSED_TRUNK_LIMIT);
	CHECK_INT(called(&w)->call.trunk, b);
	CHECK_INT(world_count(&w, EVENT_CONTACT_BLOCKED), 0); /* it goes over the other one */
	ends(&w, 503, false, SIP_REFUSED_TENANT_LIMIT);
	CHECK_INT(world_count_reason(&w, EVENT_CONTACT_BLOCKED, "tenant_limit"), 1);
	struct trunk_figures f;
	trunk_state_sum(&view(&w, b)->state, w.center->wall_ms(), 1, &f);
	CHECK(f.attempts == 0 && f.blocked == 1 && f.failed == 0);
	CHECK(!trunk_state_is_back(&view(&w, b)->state, w.center->now_ms));
}

static char told[2048];

static void on_told(json_t *json, void *arg)
{
	(void)arg;
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	(void)str_put(told, sizeof(told), text ? text : "nothing");
	free(text);
	json_decref(json);
}

static const char *ask(struct world *w, uint64_t trunk, enum center_trunk_act act, const char *number)
{
	struct center_trunk a = {.trunk = trunk, .act = act};

	told[0] = '\0';
	(void)str_put(a.number, sizeof(a.number), number);
	(void)center_trunk(w->center, &a, on_told, NULL);
	world_run(w);
	return told;
}

TEST(a_person_tests_a_trunk_by_options_and_by_a_call)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t off = make(&w, "trunk", "{'name':'Off','proxy':'sip:192.0.2.2','is_enabled':false}");
	CHECK(off && desk_open(&w, &d));
	CHECK_STR(ask(&w, 99, CENTER_TRUNK_STATE, ""), "{\"code\":\"not_found\"}");
	CHECK_STR(ask(&w, off, CENTER_TRUNK_OPTIONS, ""), "{\"code\":\"trunk_off\"}");
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_STATE, ""), "\"test\":null"));
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_OPTIONS, ""), "\"is_running\":true"));
	CHECK_STR(ask(&w, w.trunk, CENTER_TRUNK_OPTIONS, ""), "{\"code\":\"busy\"}");
	const struct sip_command *cmd = world_sip_command(&w, SIP_TRUNK_TEST);
	CHECK(cmd && cmd->trunk == w.trunk);
	struct sip_event e = {.kind = SIP_TRUNK_TESTED, .leg = cmd->leg, .trunk = w.trunk, .code = 200};
	(void)str_put(e.reason, sizeof(e.reason), "answered with 200");
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_STATE, ""), "\"outcome\":\"answered\""));
	/* a call, which no other trunk takes over */
	CHECK(make(&w, "trunk", "{'name':'B','proxy':'sip:192.0.2.3','position':5}"));
	world_configure(&w);
	CHECK_STR(ask(&w, w.trunk, CENTER_TRUNK_CALL, "112"), "{\"code\":\"invalid_number\"}");
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_CALL, "+44123"), "\"is_running\":true"));
	CHECK_STR(called(&w)->call.uri, "+44123");
	ends(&w, 503, true, 0);
	CHECK_INT(n_calls(&w), 1);
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_STATE, ""), "\"outcome\":\"failed\""));
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_CALL, "+44123"), "\"is_running\":true"));
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK(strstr(ask(&w, w.trunk, CENTER_TRUNK_STATE, ""), "\"is_ok\":true"));
	world_pass(&w, 3000);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "test_done"), 1);
	CHECK_INT(view(&w, w.trunk)->channels, 0);
}
