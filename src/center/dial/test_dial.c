/* Calls that begin with us: agents dial outside and each other, telephones of the house dial, ring groups
 * ring. */
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/call/party.h"
#include "center/test_parts.h"

static void set(struct world *w, const char *text)
{
	char json[512];

	(void)str_put(json, sizeof(json), text);
	for (char *p = json; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	(void)fixture_update(&w->store, "setting", 1, json, NULL);
}

static const char *dial(struct world *w, uint64_t page, const char *to, const char *more)
{
	return world_ask(w, page, "'call.dial','to':%s%s", to, more);
}

/* The newest leg asked to call, and what was asked. */
static const struct sip_command *called(struct world *w)
{
	return world_sip_command(w, SIP_CALL);
}

#define OUTSIDE "{'kind':'number','number':'021 1234567'}"
#define IRAN "{'country_code':'98','national_prefix':'0','forbidden_prefixes':['0909']}"

TEST(an_agent_calls_a_number_and_talks)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN);
	uint64_t shown = world_make(&w, "caller_id", "{'number':'+98211099','name':'Shop'}");
	world_make(&w, "customer", "{'name':'Reza','numbers':['+98211234567']}");
	CHECK(shown && desk_open(&w, &d));
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ""), "");
	struct interaction *ix = world_agent_of(&w, d.ann)->interaction;
	CHECK(ix && ix->direction == DIRECTION_OUTBOUND);
	const json_t *offer = world_push(&w, d.ann, "offer");
	CHECK(jsonx_bool(offer, "is_auto_answer", false));
	CHECK_STR(jsonx_text(offer, "direction", ""), "outbound");
	CHECK(!called(&w)); /* the agent first */
	world_connect(&w, d.ann_page, d.ann);
	CHECK(called(&w));
	CHECK_STR(called(&w)->call.uri, "+98211234567");
	CHECK_INT(called(&w)->call.trunk, w.trunk);
	CHECK_STR(world_last(&w, EVENT_CALL_DIALLED)->reason, "manual");
	CHECK_STR(world_state(&w, d.ann), "talking");
	uint64_t leg = called(&w)->leg;
	CHECK_STR(jsonx_text(json_array_get(json_object_get(world_push(&w, d.ann, "call"), "parties"), 0),
			  "state", ""),
		"ringing");
	world_pass(&w, 4000);
	world_sip(&w, SIP_RINGING, leg, 180);
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK_INT(world_count(&w, EVENT_CALL_ANSWERED), 1);
	CHECK_INT(world_last(&w, EVENT_CALL_ANSWERED)->e.ring_ms, 4000);
	const json_t *call = world_push(&w, d.ann, "call");
	CHECK_STR(jsonx_text(json_array_get(json_object_get(call, "parties"), 0), "state", ""), "connected");
	CHECK_STR(jsonx_text(json_object_get(call, "customer"), "name", ""), "Reza");
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	world_pass(&w, 10000);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ID(ix->id)), "");
	CHECK_STR(world_state(&w, d.ann), "hold");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.resume','interaction':'%s'", ID(ix->id)), "");
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hang_up','interaction':'%s'", ID(ix->id)), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_last(&w, EVENT_PARTY_LEFT)->e.duration_ms, 10000);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 0);
	struct kpi_counts n;
	int64_t now = w.center->wall_ms();
	CHECK_INT(kpi_agent_counts(w.center->fold, d.ann, now - 3600000, now, now, &n), 0);
	CHECK(n.outbound_calls == 1 && n.outbound_answered == 1 && n.outbound_talk_ms == 10000);
}

static char clicked[80];

static void on_clicked(json_t *json, void *arg)
{
	(void)arg;
	if (!json) /* the centre ended before it knew */
		return;
	(void)str_put(
		clicked, sizeof(clicked), jsonx_text(json, "code", jsonx_text(json, "interaction", "?")));
	json_decref(json);
}

static const char *click(struct world *w, uint64_t key, uint64_t agent, const char *to)
{
	struct center_dial ask = {.key = key, .agent = agent, .body = (uint32_t)strlen(to)};

	clicked[0] = '\0';
	(void)str_put(ask.to, sizeof(ask.to), to);
	if (center_dial(w->center, &ask, on_clicked, NULL) < 0)
		return "refused";
	world_run(w);
	return clicked;
}

TEST(another_system_has_an_agent_call_once_for_each_key)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN);
	CHECK(desk_open(&w, &d));
	char first[80];
	(void)str_put(first, sizeof(first), click(&w, 7, d.ann, "021 1234567"));
	struct interaction *ix = world_agent_of(&w, d.ann)->interaction;
	CHECK(ix && ix->direction == DIRECTION_OUTBOUND);
	CHECK_STR(first, ID(ix->id));
	CHECK_STR(click(&w, 7, d.ann, "021 1234567"), first); /* told again, not made again */
	CHECK_STR(click(&w, 8, d.ann, "021 7654321"), "busy");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_STR(called(&w)->call.uri, "+98211234567");
	CHECK_STR(world_last(&w, EVENT_CALL_DIALLED)->reason, "click");
	CHECK_STR(click(&w, 0, d.bob, "0909 1234567"), "number_not_allowed");
	CHECK_STR(click(&w, 0, d.bob, "nobody"), "invalid_number");
	CHECK_STR(click(&w, 0, 12345, "021 1234567"), "not_an_agent");
	CHECK_STR(click(&w, 7, d.ann, "021 12345678"), "key_reused");
}

TEST(the_key_of_a_call_outlives_the_server)
{
	WITH_WORLD(w);
	struct desk d;
	struct store_key known = {0};
	set(&w, IRAN);
	CHECK(desk_open(&w, &d));
	char first[80];
	(void)str_put(first, sizeof(first), click(&w, 7, d.ann, "021 1234567"));
	world_crash(&w);
	CHECK(world_start(&w));
	CHECK_INT(store_contact_key(w.store.reader, 7, 0, &known), 0);
	CHECK_STR(ID(known.interaction), first);
}

TEST(a_call_that_never_reached_the_disk_is_made_anew)
{
	WITH_WORLD(w);
	struct desk d;
	struct store_key known;
	set(&w, IRAN);
	CHECK(desk_open(&w, &d));
	w.events_kept = 0;
	(void)click(&w, 9, d.ann, "021 1234567");
	CHECK(world_agent_of(&w, d.ann)->interaction);
	world_crash(&w);
	CHECK(world_start(&w));
	w.events_kept = -1;
	CHECK_INT(store_contact_key(w.store.reader, 9, 0, &known), STORE_NOT_FOUND);
	CHECK(!world_agent_of(&w, d.ann)->interaction);
}

TEST(a_call_on_a_queues_behalf_is_wrapped_up)
{
	WITH_DESK(w, d);
	char more[64];
	(void)str_printf(more, sizeof(more), ",'queue':'%s'", ID(w.support));
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, more), "");
	world_connect(&w, d.ann_page, d.ann);
	uint64_t leg = called(&w)->leg;
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	world_pass(&w, 5000);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_state(&w, d.ann), "wrap_up");
	CHECK(world_push(&w, d.ann, "wrap_up"));
	CHECK_INT(world_last(&w, EVENT_WRAP_UP_STARTED)->e.queue, 0); /* in no figure of the queue */
	world_pass(&w, 10000);
	CHECK_STR(world_state(&w, d.ann), "ready");
	struct kpi_counts n;
	int64_t now = w.center->wall_ms();
	CHECK_INT(kpi_queue_counts(w.center->fold, w.support, now - 3600000, now, now, &n), 0);
	CHECK(n.offered == 0 && n.acw_ms == 0 && n.talk_ms == 0);
}

TEST(what_may_not_be_dialled_is_said)
{
	WITH_WORLD(w);
	struct desk d;
	set(&w, IRAN);
	uint64_t team = world_make(&w, "team", "{'name':'Other'}");
	uint64_t theirs = world_make(&w, "caller_id", "{'number':'+98211088','teams':['%s']}", ID(team));
	CHECK(theirs && desk_open(&w, &d));
	char more[64];
	(void)str_printf(more, sizeof(more), ",'caller_id':'%s'", ID(theirs));
	CHECK_STR(
		dial(&w, d.ann_page, "{'kind':'number','number':'0909 1234567'}", ""), "number_not_allowed");
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'number','number':'bob'}", ""), "invalid_number");
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'number'}", ""), "invalid_number");
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'cow'}", ""), "invalid_target");
	CHECK_STR(dial(&w, d.ann_page, "7", ""), "invalid_target");
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'extension','id':'0000000000001'}", ""), "not_found");
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, more), "caller_id_not_allowed");
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ",'caller_id':'0000000000001'"), "caller_id_not_allowed");
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ",'queue':'0000000000001'"), "not_found");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 0);
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ""), "");
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ""), "busy");
}

TEST(what_is_shown_follows_the_rules)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t of_queue = world_make(&w, "caller_id", "{'number':'+10000001'}");
	uint64_t of_user = world_make(&w, "caller_id", "{'number':'+10000002','is_withheld':true}");
	uint64_t other = world_make(&w, "trunk",
		"{'name':'Other','proxy':'sip:192.0.2.77','caller_id':'+10000004','prefixes':['+44'],"
		"'number_format':'digits','position':0}");
	uint64_t of_trunk = world_make(&w, "caller_id", "{'number':'+10000003','trunks':['%s']}", ID(other));
	CHECK(of_queue && of_user && other && of_trunk && desk_open(&w, &d));
	struct place to = {.kind = PLACE_NUMBER, .number = "+44123456789"};
	struct dial wish = {.user = d.ann};
	const struct trunk *t;
	struct shown shown;
	char patch[64];
	/* both trunks may; the second is as good as the first by position, the older goes first */
	CHECK(dial_route(w.center, &to, &wish, &t, &shown) == NULL);
	CHECK_INT(t->id, w.trunk);
	wish.caller_id = of_trunk; /* this number belongs to one trunk */
	CHECK(dial_route(w.center, &to, &wish, &t, &shown) == NULL);
	CHECK_INT(t->id, other);
	CHECK_STR(shown.number, "+10000003");
	wish.caller_id = 0;
	wish.tried[wish.n_tried++] = w.trunk; /* it failed */
	CHECK(dial_route(w.center, &to, &wish, &t, &shown) == NULL);
	CHECK_STR(shown.number, "+10000004");
	(void)str_printf(patch, sizeof(patch), "{\"caller_id\":\"%s\"}", ID(of_user));
	fixture_update(&w.store, "user", d.ann, patch, NULL);
	(void)str_printf(patch, sizeof(patch), "{\"caller_id\":\"%s\"}", ID(of_queue));
	fixture_update(&w.store, "queue", w.support, patch, NULL);
	world_configure(&w);
	CHECK(dial_route(w.center, &to, &wish, &t, &shown) == NULL);
	CHECK(str_equal(shown.number, "+10000002") && shown.is_withheld);
	wish.queue = w.support;
	CHECK(dial_route(w.center, &to, &wish, &t, &shown) == NULL);
	CHECK(str_equal(shown.number, "+10000001") && !shown.is_withheld);
	wish.tried[wish.n_tried++] = other;
	CHECK_STR(dial_route(w.center, &to, &wish, &t, &shown), "no_trunk");
}

TEST(a_trunk_that_fails_leads_to_the_next)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t second = world_make(&w, "trunk", "{'name':'Second','proxy':'sip:192.0.2.78','position':5}");
	CHECK(second && desk_open(&w, &d));
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ""), "");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_INT(called(&w)->call.trunk, w.trunk);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 503);
	CHECK_INT(called(&w)->call.trunk, second);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "busy"), 1);
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "reason", ""), "busy");
	CHECK_STR(world_state(&w, d.ann), "ready");
}

TEST(early_media_is_heard)
{
	WITH_DESK(w, d);
	CHECK_STR(dial(&w, d.ann_page, OUTSIDE, ""), "");
	world_connect(&w, d.ann_page, d.ann);
	uint64_t leg = called(&w)->leg, ours = world_leg_of(&w, d.ann);
	const struct media_command *play = world_media_command(&w, MEDIA_PLAY);
	CHECK(play && play->leg == ours);
	CHECK_STR(play->play.list[0].path, "tone:ringback:eu");
	struct sip_event e = {.kind = SIP_RINGING, .leg = leg, .code = 183, .has_sdp = true};
	e.sdp = (struct sdp){.has_audio = true, .port = 4000, .n_formats = 1, .formats = {{SDP_PCMA, 8}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.9");
	center_on_sip(&e, w.center);
	world_run(&w);
	const struct media_command *hear = world_media_command(&w, MEDIA_HEAR);
	CHECK(hear && hear->leg == ours && hear->other == leg && hear->hear.is_on);
	CHECK(!world_media_command(&w, MEDIA_BRIDGE));
	CHECK(world_media_command(&w, MEDIA_PLAY_STOP));
	world_sip(&w, SIP_ENDED, leg, 404);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "failed"), 1);
}

TEST(colleagues_call_each_other)
{
	WITH_DESK(w, d);
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	char to[64];
	(void)str_printf(to, sizeof(to), "{'kind':'agent','id':'%s'}", ID(d.bob));
	CHECK_STR(dial(&w, d.ann_page, to, ""), "");
	world_connect(&w, d.ann_page, d.ann);
	const json_t *offer = world_push(&w, d.bob, "offer");
	CHECK_STR(jsonx_text(offer, "kind", ""), "internal");
	CHECK_INT(jsonx_id(json_object_get(offer, "from_agent"), "id"), d.ann);
	CHECK(!jsonx_bool(offer, "is_auto_answer", true));
	world_connect(&w, d.bob_page, d.bob);
	CHECK_INT(world_count(&w, EVENT_CALL_ANSWERED), 1);
	CHECK_STR(world_state(&w, d.bob), "talking");
	const json_t *party = json_array_get(json_object_get(world_push(&w, d.ann, "call"), "parties"), 0);
	CHECK_STR(jsonx_text(party, "role", ""), "agent");
	CHECK_INT(jsonx_id(party, "user"), d.bob);
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	/* neither is offered a caller meanwhile */
	uint64_t caller = world_call(&w, "100", "1000");
	CHECK_INT(world_count(&w, EVENT_OFFER_MADE), 0);
	struct interaction *ix = world_agent_of(&w, d.bob)->interaction;
	CHECK_STR(world_ask(&w, d.bob_page, "'call.hang_up','interaction':'%s'", ID(ix->id)), "");
	CHECK_STR(world_state(&w, d.bob), "break");
	CHECK_STR(world_state(&w, d.ann), "ringing"); /* the caller who waited */
	(void)caller;
}

TEST(a_colleague_who_does_not_answer)
{
	WITH_DESK(w, d);
	char to[64];
	(void)str_printf(to, sizeof(to), "{'kind':'agent','id':'%s'}", ID(d.bob));
	CHECK_STR(dial(&w, d.ann_page, to, ""), "");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_STR(world_state(&w, d.bob), "ringing");
	world_pass(&w, PARTY_RING_MS + 1000);
	CHECK_STR(world_state(&w, d.bob), "ready");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "no_answer"), 1);
	CHECK_STR(dial(&w, d.ann_page, to, ""), "");
	world_connect(&w, d.ann_page, d.ann);
	struct interaction *ix = world_agent_of(&w, d.bob)->interaction;
	CHECK_STR(world_ask(&w, d.bob_page, "'call.decline','interaction':'%s'", ID(ix->id)), "");
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "rejected"), 1);
}

/* --- telephones of the house
 * ------------------------------------------------------------------------------------------------------- */

static uint64_t phone_calls(struct world *w, uint64_t user, const char *number)
{
	struct sip_event e = {.kind = SIP_INCOMING, .leg = w->next_leg++, .user = user, .has_sdp = true};

	e.sdp = (struct sdp){.has_audio = true,
		.port = 4000,
		.ptime_ms = 20,
		.n_formats = 2,
		.formats = {{SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.9");
	(void)str_put(e.from_number, sizeof(e.from_number), "phone");
	(void)str_put(e.to_number, sizeof(e.to_number), number);
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

TEST(an_agents_telephone_dials_like_the_screen)
{
	WITH_DESK(w, d);
	uint64_t leg = phone_calls(&w, d.ann, "0211234567");
	CHECK(world_sip_command(&w, SIP_ANSWER) && world_sip_command(&w, SIP_ANSWER)->leg == leg);
	CHECK(called(&w));
	CHECK_STR(world_state(&w, d.ann), "talking");
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "call"), "direction", ""), "outbound");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "agent_hung_up"), 1);
	/* busy at the other end: the telephone hears it, then the call ends */
	leg = phone_calls(&w, d.ann, "0211234567");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_STR(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, "tone:busy:eu");
	CHECK_STR(world_state(&w, d.ann), "talking");
	world_pass(&w, DIAL_TONE_MS + 1);
	CHECK_STR(world_state(&w, d.ann), "ready");
}

TEST(an_extension_rings_and_is_answered)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t door = world_make(&w, "extension",
		"{'number':'201','name':'Door','sip_login':'door','sip_password':'longenough'}");
	uint64_t boss = world_make(&w, "user",
		"{'login':'boss','name':'Boss','roles':['supervisor'],'sip_login':'boss',"
		"'sip_password':'longenough','extension':'300'}");
	CHECK(door && boss && desk_open(&w, &d));
	/* agent to extension */
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'number','number':'201'}", ""), "");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_INT(called(&w)->call.user, door);
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	const json_t *party = json_array_get(json_object_get(world_push(&w, d.ann, "call"), "parties"), 0);
	CHECK_STR(jsonx_text(party, "role", ""), "extension");
	CHECK_STR(jsonx_text(party, "name", ""), "Door");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 0);
	CHECK_STR(world_state(&w, d.ann), "ready");
	/* extension to a person without the role agent */
	uint64_t leg = phone_calls(&w, door, "300");
	CHECK_INT(called(&w)->call.user, boss);
	CHECK(world_sip_command(&w, SIP_RING));
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK_INT(world_sip_command(&w, SIP_ANSWER)->leg, leg);
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	world_sip(&w, SIP_ENDED, leg, 0);
	/* and to an agent, who has the call then */
	leg = phone_calls(&w, door, "201");
	CHECK(leg);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 2);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 480);
}

TEST(extensions_may_not_call_outside_unless_allowed)
{
	WITH_WORLD(w);
	uint64_t door = world_make(&w, "extension",
		"{'number':'201','name':'Door','sip_login':'door','sip_password':'longenough'}");
	uint64_t shop = world_make(&w, "extension",
		"{'number':'202','name':'Shop','sip_login':'shop','sip_password':'longenough','may_dial_out':"
		"true}");
	CHECK(door && shop && world_start(&w));
	phone_calls(&w, door, "0211234567");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 403);
	phone_calls(&w, door, "112");
	CHECK_STR(called(&w)->call.uri, "112");
	uint64_t leg = phone_calls(&w, shop, "0211234567");
	CHECK_STR(called(&w)->call.uri, "0211234567");
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	world_sip(&w, SIP_ENDED, leg, 0);
	phone_calls(&w, door, "*99");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 404);
	CHECK_INT(world_count(&w, EVENT_CONTACT_BLOCKED), 2);
}

TEST(feature_codes_set_presence_and_pick_up)
{
	WITH_WORLD(w);
	uint64_t team = world_make(&w, "team", "{'name':'One'}");
	char more[64];
	struct desk d;
	CHECK(desk_open(&w, &d));
	(void)str_printf(more, sizeof(more), "{\"team\":\"%s\"}", ID(team));
	fixture_update(&w.store, "user", d.ann, more, NULL);
	fixture_update(&w.store, "user", d.bob, more, NULL);
	world_configure(&w);
	phone_calls(&w, d.bob, "*2");
	CHECK_STR(world_state(&w, d.bob), "break");
	CHECK_STR(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, "tone:beep");
	world_pass(&w, 3000);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "feature_done"), 1);
	phone_calls(&w, d.bob, "*1");
	CHECK_STR(world_state(&w, d.bob), "ready");
	world_call(&w, "100", "1000");
	CHECK_STR(world_state(&w, d.ann), "ringing");
	phone_calls(&w, d.bob, "*8");
	CHECK_STR(world_state(&w, d.bob), "ringing");
	CHECK_STR(world_state(&w, d.ann), "ready");
	phone_calls(&w, d.ann, "*8");
	world_pass(&w, 3000);
}

/* --- ring groups, forwards, voicemail
 * ------------------------------------------------------------------------------------------------- */

static uint64_t extension(struct world *w, const char *number, const char *more)
{
	return world_make(w, "extension",
		"{'number':'%s','name':'Ext','sip_login':'ext%s','sip_password':'longenough'%s}", number,
		number, more);
}

/* A caller from outside for a number that leads to a ring group. */
static uint64_t group_of(struct world *w, const char *strategy, const char *more)
{
	uint64_t a = extension(w, "201", ""), b = extension(w, "202", "");
	uint64_t g = world_make(w, "ring_group",
		"{'number':'600','name':'All','extensions':['%s','%s'],'strategy':'%s',"
		"'ring_timeout_s':10%s}",
		ID(a), ID(b), strategy, more);

	return g && world_make(w, "number", "{'number':'2000','ring_group':'%s'}", ID(g)) ? g : 0;
}

static int n_calls(struct world *w)
{
	int n = 0;

	VEC_EACH(&w->sip, i)
	n += w->sip.at[i].kind == SIP_CALL;
	return n;
}

TEST(a_ring_group_rings_all_and_the_first_gets_it)
{
	WITH_WORLD(w);
	CHECK(group_of(&w, "ring_all", "") && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	CHECK_INT(n_calls(&w), 2);
	CHECK(world_sip_command(&w, SIP_RING));
	CHECK_INT(world_count_reason(&w, EVENT_CALL_DIALLED, "ring_group"), 2);
	uint64_t second = called(&w)->leg;
	world_sip(&w, SIP_ANSWERED, second, 200);
	CHECK_INT(world_count_reason(&w, EVENT_PARTY_LEFT, "answered_elsewhere"), 1);
	CHECK_INT(world_sip_command(&w, SIP_ANSWER)->leg, caller);
	CHECK(world_media_command(&w, MEDIA_BRIDGE));
	world_sip(&w, SIP_ENDED, second, 0);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "outside_hung_up"), 1);
}

TEST(a_ring_group_in_order_goes_on_and_then_hangs_up)
{
	WITH_WORLD(w);
	CHECK(group_of(&w, "in_order", "") && world_start(&w));
	world_call(&w, "100", "2000");
	CHECK_INT(n_calls(&w), 1);
	world_pass(&w, 10001);
	CHECK_INT(n_calls(&w), 2);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "no_answer"), 1);
}

TEST(a_ring_group_ends_in_a_queue)
{
	WITH_WORLD(w);
	struct desk d;
	char more[80];
	(void)str_printf(more, sizeof(more), ",'then':'queue','then_queue':'%s'", ID(w.support));
	CHECK(group_of(&w, "ring_all", more) && desk_open(&w, &d));
	world_call(&w, "100", "2000");
	world_pass(&w, 10001);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
	CHECK_STR(world_state(&w, d.ann), "ringing");
}

TEST(round_robin_begins_with_the_next)
{
	WITH_WORLD(w);
	CHECK(group_of(&w, "round_robin", "") && world_start(&w));
	uint64_t first, second;
	world_call(&w, "100", "2000");
	first = called(&w)->call.user;
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	world_call(&w, "101", "2000");
	second = called(&w)->call.user;
	CHECK(first != second);
}

TEST(an_extension_forwards_but_not_in_a_circle)
{
	WITH_WORLD(w);
	CHECK(extension(&w, "201", ",'forward_to':'202'") && extension(&w, "202", ",'forward_to':'201'"));
	uint64_t door = extension(&w, "203", "");
	CHECK(door && world_start(&w));
	phone_calls(&w, door, "201");
	for (int i = 0; i < DIAL_DEPTH_MAX; i++)
		world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK_INT(n_calls(&w), DIAL_DEPTH_MAX);
}

TEST(voicemail_takes_a_message_for_an_extension)
{
	WITH_WORLD(w);
	struct desk d;
	uint64_t e = extension(&w, "201", ",'has_voicemail':true");
	CHECK(e && world_make(&w, "number", "{'number':'2000','extension':'%s'}", ID(e)) &&
		desk_open(&w, &d));
	uint64_t caller = world_call(&w, "100", "2000");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 480);
	CHECK_INT(world_sip_command(&w, SIP_ANSWER)->leg, caller);
	world_finish_playing(&w, caller);
	CHECK_INT(world_count_reason(&w, EVENT_RECORDING_STARTED, "voicemail"), 1);
	w.recorded_ms = 5000;
	world_sip(&w, SIP_ENDED, caller, 0);
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 1);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.agent, e);
	/* an agent who dials it leaves one just so */
	CHECK_STR(dial(&w, d.ann_page, "{'kind':'number','number':'201'}", ""), "");
	world_connect(&w, d.ann_page, d.ann);
	uint64_t ann_leg = world_leg_of(&w, d.ann);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 480);
	world_finish_playing(&w, ann_leg);
	CHECK_INT(world_count_reason(&w, EVENT_RECORDING_STARTED, "voicemail"), 2);
	struct interaction *ix = world_agent_of(&w, d.ann)->interaction;
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hang_up','interaction':'%s'", ID(ix->id)), "");
	CHECK_STR(world_state(&w, d.ann), "ready");
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 2);
}
