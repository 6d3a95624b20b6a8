/* Calls sent to a recorder of others: when a session begins, what it is told, what its legs hear, and that a
 * recorder that is down hurts nobody. */
#include "base/str.h"
#include "center/record/fork_metadata.h"
#include "center/test_parts.h"

#include <errno.h>

#include <stdio.h>

#define RECORDER_URI "sip:srs@192.0.2.77:5070"

static void add_recorder(struct world *w)
{
	struct issues issues = {0};

	(void)fixture_create(
		&w->store, "recorder", "{\"name\":\"vault\",\"uri\":\"" RECORDER_URI "\"}", &issues);
}

/* The newest SIP_CALL to the recorder; NULL. */
static struct sip_command *session_call(struct world *w)
{
	for (size_t i = w->sip.len; i-- > 0;)
		if (w->sip.at[i].kind == SIP_CALL && str_equal(w->sip.at[i].call.uri, RECORDER_URI))
			return &w->sip.at[i];
	return NULL;
}

static int count_calls(struct world *w)
{
	int n = 0;

	for (size_t i = 0; i < w->sip.len; i++)
		n += w->sip.at[i].kind == SIP_CALL && str_equal(w->sip.at[i].call.uri, RECORDER_URI);
	return n;
}

/* What the engine was told so far: whether leg hears other. */
static bool is_hearing(struct world *w, uint64_t leg, uint64_t other)
{
	bool hears = false;

	for (size_t i = 0; i < w->media.len; i++) {
		const struct media_command *c = &w->media.at[i];
		if (c->kind == MEDIA_HEAR && c->leg == leg && c->other == other)
			hears = c->hear.is_on;
		else if (c->kind == MEDIA_UNBRIDGE && (c->leg == leg || c->leg == other))
			hears = false;
		else if (c->kind == MEDIA_BRIDGE && ((c->leg == leg) || (c->other == leg)))
			hears = c->leg == other || c->other == other;
	}
	return hears;
}

static void answer(struct world *w, uint64_t leg, uint16_t second_port)
{
	struct sip_event e = {.kind = SIP_ANSWERED, .leg = leg, .has_sdp = true};

	e.sdp = (struct sdp){.has_audio = true,
		.port = 31000,
		.ptime_ms = 20,
		.direction = SDP_RECVONLY,
		.n_formats = 1,
		.formats = {{SDP_PCMA, 8}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.77");
	(void)str_put(e.second.address, sizeof(e.second.address), "192.0.2.77");
	e.second.port = second_port;
	e.second.format = (struct sdp_format){SDP_PCMA, 8, 8000};
	e.second.direction = SDP_RECVONLY;
	center_on_sip(&e, w->center);
	world_run(w);
}

/* The legs of the call: the two of the fork are the last two ports that were opened before the call to the
 * recorder. */
static uint64_t second_leg(struct world *w, uint64_t first)
{
	uint64_t found = 0;

	for (size_t i = 0; i < w->media.len; i++)
		if (w->media.at[i].kind == MEDIA_LEG_OPEN) {
			if (found == first)
				return w->media.at[i].leg;
			found = w->media.at[i].leg;
		}
	return 0;
}

TEST(an_answered_call_is_sent_with_both_sides_apart)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t caller = desk_talk(&w, &d), agent = world_leg_of(&w, d.ann);
	struct sip_command *call = session_call(&w);
	CHECK(call && call->call.to == SIP_TO_URI);
	CHECK_INT(call->sdp.direction, SDP_SENDONLY);
	CHECK_INT(world_siprec.second.direction, SDP_SENDONLY);
	CHECK_STR(world_siprec.labels[0], "1");
	CHECK_STR(world_siprec.labels[1], "2");
	CHECK(strstr(world_siprec.metadata, "aor=\"tel:100\""));
	CHECK(strstr(world_siprec.metadata, "aor=\"sip:ann@markaz.invalid\""));
	CHECK_INT(world_count(&w, EVENT_FORK_STARTED), 0);
	uint64_t first = call->leg, second = second_leg(&w, first);
	answer(&w, first, 31002);
	CHECK_INT(world_count(&w, EVENT_FORK_STARTED), 1);
	CHECK_STR(world_last(&w, EVENT_FORK_STARTED)->name, "vault");
	CHECK(is_hearing(&w, first, caller) && !is_hearing(&w, first, agent));
	CHECK(is_hearing(&w, second, agent) && !is_hearing(&w, second, caller));
	/* the call's own parties hear each other as before, and never a recorder */
	CHECK(is_hearing(&w, caller, agent) && is_hearing(&w, agent, caller));
	CHECK(!is_hearing(&w, caller, first) && !is_hearing(&w, agent, second));
	world_sip(&w, SIP_ENDED, caller, 0);
	CHECK_INT(world_count(&w, EVENT_FORK_ENDED), 1);
}

TEST(hold_and_pause_reach_the_recorder_at_once)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t caller = desk_talk(&w, &d), agent = world_leg_of(&w, d.ann);
	struct interaction *ix = world_ix(&w, caller);
	CHECK(session_call(&w));
	uint64_t first = session_call(&w)->leg, second = second_leg(&w, first);
	answer(&w, first, 31002);
	CHECK_STR(world_ask(&w, d.ann_page, "'call.hold','interaction':'%s'", ID(ix->id)), "");
	struct sip_command *change = world_sip_command(&w, SIP_REINVITE);
	CHECK(change && change->leg == first);
	CHECK_INT(change->sdp.direction, SDP_SENDONLY);
	CHECK_INT(world_siprec.second.direction, SDP_INACTIVE);
	CHECK(is_hearing(&w, first, caller) && !is_hearing(&w, second, agent));
	CHECK_STR(world_ask(&w, d.ann_page, "'call.resume','interaction':'%s'", ID(ix->id)), "");
	CHECK_INT(world_siprec.second.direction, SDP_SENDONLY);
	CHECK(is_hearing(&w, second, agent));
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.record','interaction':'%s','act':'pause'", ID(ix->id)), "");
	CHECK(!is_hearing(&w, first, caller) && !is_hearing(&w, second, agent));
	CHECK(is_hearing(&w, caller, agent) && is_hearing(&w, agent, caller));
	CHECK_INT(world_sip_command(&w, SIP_REINVITE)->sdp.direction, SDP_INACTIVE);
	CHECK_INT(world_siprec.second.direction, SDP_INACTIVE);
	CHECK_STR(
		world_ask(&w, d.ann_page, "'call.record','interaction':'%s','act':'resume'", ID(ix->id)), "");
	CHECK(is_hearing(&w, first, caller) && is_hearing(&w, second, agent));
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST(a_recorder_that_is_down_is_tried_again_and_hurts_nobody)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t caller = desk_talk(&w, &d), agent = world_leg_of(&w, d.ann);
	for (int i = 0; i < 4; i++) {
		CHECK_INT(count_calls(&w), i + 1);
		world_sip(&w, SIP_ENDED, session_call(&w)->leg, 503);
		CHECK(is_hearing(&w, caller, agent) && is_hearing(&w, agent, caller));
		world_pass(&w, 500);
		CHECK_INT(count_calls(&w), i + 1); /* not at once */
		world_pass(&w, 8000);
	}
	CHECK_INT(world_count(&w, EVENT_FORK_ENDED), 1); /* told once, not with every try */
	answer(&w, session_call(&w)->leg, 31002);
	CHECK_INT(world_count(&w, EVENT_FORK_STARTED), 1);
	world_sip(&w, SIP_ENDED, session_call(&w)->leg, 0); /* it goes down in mid-call */
	CHECK_INT(world_count(&w, EVENT_FORK_ENDED), 2);
	world_pass(&w, 2000);
	CHECK_INT(count_calls(&w), 6);
	CHECK(world_ix(&w, caller));
	world_sip(&w, SIP_ENDED, caller, 0);
	world_pass(&w, 60000);
	CHECK_INT(count_calls(&w), 6);
}

/* The names of the recorders in the newest push of alarms to page, joined by a blank; NULL: none was made. */
static const char *down(struct world *w, uint64_t page)
{
	static char names[200];
	json_t *push = world_push(w, page, "alarms"), *alarm;
	size_t i;

	if (!push)
		return NULL;
	names[0] = '\0';
	json_array_foreach(json_object_get(push, "alarms"), i, alarm)(void)
		str_printf(names + strlen(names), sizeof(names) - strlen(names), "%s%s:%s", i ? " " : "",
			jsonx_text(alarm, "kind", ""), jsonx_text(alarm, "name", ""));
	return names;
}

TEST(a_recorder_that_is_down_is_an_alarm_until_it_answers)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t boss = world_page(&w, 900, MAY_SEE_LIVE);
	uint64_t caller = desk_talk(&w, &d);
	CHECK(!down(&w, boss)); /* being called is no failure */
	world_sip(&w, SIP_ENDED, session_call(&w)->leg, 503);
	CHECK_STR(down(&w, boss), "recorder:vault");
	uint64_t keeper = world_page(&w, 901, MAY_CHANGE_CONFIG); /* who comes later hears of it, too */
	CHECK_STR(down(&w, keeper), "recorder:vault");
	world_forget(&w);
	world_pass(&w, 2000);
	world_sip(&w, SIP_ENDED, session_call(&w)->leg, 408);
	CHECK(!down(&w, boss)); /* told once */
	world_pass(&w, 8000);
	uint64_t session = session_call(&w)->leg;
	answer(&w, session, 31002);
	CHECK_STR(down(&w, boss), "");
	world_forget(&w);
	world_sip(&w, SIP_ENDED, session, 0); /* it is tried again, and that tells */
	world_sip(&w, SIP_ENDED, caller, 0);
	CHECK(!down(&w, boss));
}

TEST(an_alarm_about_a_recorder_ends_with_the_recorder)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t id = w.center->snapshot->recorders[0].id;
	uint64_t boss = world_page(&w, 900, MAY_SEE_LIVE);
	uint64_t caller = desk_talk(&w, &d);
	world_sip(&w, SIP_ENDED, session_call(&w)->leg, 503);
	CHECK_STR(down(&w, boss), "recorder:vault");
	fixture_update(&w.store, "recorder", id, "{\"name\":\"cellar\"}", NULL);
	world_configure(&w);
	CHECK_STR(down(&w, boss), "recorder:cellar");
	fixture_update(&w.store, "recorder", id, "{\"is_enabled\":false}", NULL);
	world_configure(&w);
	CHECK_STR(down(&w, boss), "");
	world_pass(&w, 2000); /* the retry finds it off: not its fault */
	CHECK_STR(down(&w, boss), "");
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST(one_line_refused_sends_the_customer_alone)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t caller = desk_talk(&w, &d), agent = world_leg_of(&w, d.ann);
	uint64_t first = session_call(&w)->leg, second = second_leg(&w, first);
	answer(&w, first, 0);
	CHECK(is_hearing(&w, first, caller) && !is_hearing(&w, second, agent));
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST(rooms_that_are_too_far_behind_are_no_end_of_the_call)
{
	WITH_WORLD(w);
	struct desk d;
	add_recorder(&w);
	CHECK(desk_open(&w, &d));
	uint64_t caller = desk_talk(&w, &d);
	uint64_t first = session_call(&w)->leg;
	answer(&w, first, 31002);
	struct interaction *ix = world_ix(&w, caller);
	w.is_sip_full = true;
	ix->recording.is_paused = true;
	hear_apply(ix);
	world_run(&w);
	w.is_sip_full = false;
	world_forget(&w);
	world_pass(&w, 2000);
	CHECK(world_sip_command(&w, SIP_REINVITE));
	CHECK_INT(world_sip_command(&w, SIP_REINVITE)->sdp.direction, SDP_INACTIVE);
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST_OOM(metadata_is_whole_and_escapes_strangers)
{
	struct fork_metadata m = {.interaction = 77, .fork = 99, .started_ms = 1795000000000, .n_people = 2};
	static char xml[SIPREC_METADATA_MAX];
	char id[FORK_ID_SIZE], again[FORK_ID_SIZE];

	m.people[0] = (struct fork_person){.id = 1, .is_customer = true, .from_ms = 1795000000000};
	(void)str_put(m.people[0].aor, sizeof(m.people[0].aor), "tel:+98211234");
	(void)str_put(m.people[0].name, sizeof(m.people[0].name), "<b>&\"evil\"\x01 علی");
	m.people[1] = (struct fork_person){.id = 2, .from_ms = 1795000000000, .until_ms = 1795000009000};
	(void)str_put(m.people[1].aor, sizeof(m.people[1].aor), "sip:ann@markaz.invalid");
	if (fork_metadata_xml(&m, xml, sizeof(xml)) == -ENOMEM)
		return;
	CHECK(strstr(xml, "<name>&lt;b&gt;&amp;&quot;evil&quot;? علی</name>"));
	CHECK(strstr(xml, "<datamode>complete</datamode>"));
	CHECK(strstr(xml, "<label>1</label>") && strstr(xml, "<label>2</label>"));
	CHECK(strstr(xml, "<disassociate-time>"));
	/* who left says nothing any more */
	char *says = strstr(xml, "<participantstreamassoc");
	CHECK(says && !strstr(says + 1, "<participantstreamassoc"));
	fork_metadata_id(1, 2, id);
	fork_metadata_id(1, 2, again);
	CHECK_STR(id, again);
	CHECK_INT(strlen(id), 24);
	fork_metadata_id(1, 3, again);
	CHECK(!str_equal(id, again));
	int err = fork_metadata_xml(&m, xml, 100);
	CHECK(err == -E2BIG || err == -ENOMEM);
}
