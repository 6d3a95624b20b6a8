/* Which calls are recorded, what may be done with a recording, and what the log vouches for. */
#include "base/file_hash.h"
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

#include <errno.h>

static bool set_row(struct world *w, const char *resource, uint64_t id, const char *json)
{
	bool is_set = fixture_update(&w->store, resource, id, json, NULL) == STORE_OK;

	if (w->center)
		world_configure(w);
	return is_set;
}

static int count_commands(struct world *w, enum media_command_kind kind)
{
	int n = 0;

	VEC_EACH(&w->media, i)
	n += w->media.at[i].kind == kind;
	return n;
}

static const char *state_of(struct world *w, uint64_t user)
{
	json_t *call = world_push(w, user, "call");

	return jsonx_text(json_object_get(call, "recording"), "state", "none");
}

/* From here on every call is ann's. */
static void alone(struct world *w, struct desk *d)
{
	world_ask(w, d->bob_page, "'agent.offline'");
}

static const char *ask(struct world *w, struct desk *d, uint64_t leg, const char *act)
{
	return world_ask(
		w, d->ann_page, "'call.record','interaction':'%s','act':'%s'", ID(world_ix_id(w, leg)), act);
}

TEST(a_recording_is_paused_and_goes_on)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(state_of(&w, d.ann), "on");
	CHECK_STR(ask(&w, &d, leg, "pause"), "");
	CHECK(world_media_command(&w, MEDIA_RECORD_PAUSE)->flag.is_on);
	CHECK_INT(
		world_media_command(&w, MEDIA_RECORD_PAUSE)->ref, world_media_command(&w, MEDIA_RECORD)->ref);
	CHECK_STR(world_last(&w, EVENT_RECORDING_PAUSED)->reason, "agent");
	CHECK_INT(world_last(&w, EVENT_RECORDING_PAUSED)->e.agent, d.ann);
	CHECK_STR(state_of(&w, d.ann), "paused");
	CHECK_STR(ask(&w, &d, leg, "pause"), ""); /* twice is once */
	CHECK_INT(world_count(&w, EVENT_RECORDING_PAUSED), 1);
	world_pass(&w, 7000);
	CHECK_STR(ask(&w, &d, leg, "resume"), "");
	CHECK(!world_media_command(&w, MEDIA_RECORD_PAUSE)->flag.is_on);
	CHECK_INT(world_last(&w, EVENT_RECORDING_RESUMED)->e.duration_ms, 7000);
	CHECK_STR(state_of(&w, d.ann), "on");
	CHECK_STR(ask(&w, &d, leg, "resume"), "");
	CHECK_INT(world_count(&w, EVENT_RECORDING_RESUMED), 1);
	/* Forgotten, it goes on by itself. */
	CHECK_STR(ask(&w, &d, leg, "pause"), "");
	world_pass(&w, 299000);
	CHECK_INT(world_count(&w, EVENT_RECORDING_RESUMED), 1);
	world_pass(&w, 1100);
	CHECK_STR(world_last(&w, EVENT_RECORDING_RESUMED)->reason, "limit");
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(a_pause_ends_with_the_call)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(ask(&w, &d, leg, "pause"), "");
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, 400000);
	CHECK_INT(world_count(&w, EVENT_RECORDING_RESUMED), 0);
}

TEST(only_what_the_rule_allows_is_begun_and_ended_by_hand)
{
	WITH_DESK(w, d);
	alone(&w, &d);
	uint64_t leg = desk_talk(&w, &d);

	CHECK_STR(ask(&w, &d, leg, "stop"), "recording_not_allowed"); /* always recorded */
	CHECK_STR(ask(&w, &d, leg, "start"), "recording_not_allowed");
	CHECK_STR(ask(&w, &d, leg, "erase"), "invalid_act");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK(set_row(&w, "queue", w.support, "{\"recording\":\"on_demand\",\"wrap_up_s\":0}"));
	world_pass(&w, 20000);
	leg = desk_talk(&w, &d);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	CHECK_STR(state_of(&w, d.ann), "off");
	CHECK(jsonx_bool(json_object_get(world_push(&w, d.ann, "call"), "recording"), "is_allowed", false));
	CHECK_STR(ask(&w, &d, leg, "pause"), "recording_not_allowed");
	CHECK_STR(ask(&w, &d, leg, "start"), "");
	CHECK_STR(state_of(&w, d.ann), "on");
	CHECK_STR(ask(&w, &d, leg, "stop"), "");
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 2);
	CHECK_STR(state_of(&w, d.ann), "off");
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(a_share_of_the_calls_is_recorded)
{
	WITH_DESK(w, d);
	int calls = 60;

	alone(&w, &d);
	CHECK(set_row(&w, "queue", w.support,
		"{\"recording\":\"percentage\",\"recording_pct\":50,\"wrap_up_s\":0}"));
	for (int i = 0; i < calls; i++) {
		uint64_t leg = desk_talk(&w, &d);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 1000);
	}
	int n = world_count(&w, EVENT_RECORDING_STARTED);
	CHECK(n > 10 && n < 50);
	CHECK(set_row(&w, "queue", w.support, "{\"recording_pct\":0}"));
	world_sip(&w, SIP_ENDED, desk_talk(&w, &d), 0);
	world_pass(&w, 1000);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), n);
	CHECK(set_row(&w, "queue", w.support, "{\"recording_pct\":100}"));
	world_sip(&w, SIP_ENDED, desk_talk(&w, &d), 0);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), n + 1);
}

TEST(a_recording_lies_under_the_key_of_its_time)
{
	WITH_DESK(w, d);
	struct store_recording_key key;

	alone(&w, &d);
	CHECK(set_row(&w, "setting", 1, "{\"is_recording_encrypted\":true,\"recording_key_days\":30}"));
	uint64_t leg = desk_talk(&w, &d);
	const struct media_command *m = world_media_command(&w, MEDIA_RECORD);
	CHECK(m->record.is_encrypted && m->record.is_digits_masked && m->record.disk_reserve_mb == 200);
	CHECK(strstr(m->record.path, ".wav.mkz"));
	CHECK_INT(store_recording_key(w.loader, m->record.key_id, &key), 0);
	CHECK(memcmp(key.key, m->record.key, sizeof(key.key)) == 0);
	CHECK_INT(store_recording_key(w.loader, 99, &key), -ENOKEY);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK(strstr(world_last(&w, EVENT_RECORDING_STARTED)->text, ".wav.mkz"));
	/* An erased key is never given out again; the next call has another one. */
	struct store_actor actor = {.tenant = 1};
	CHECK_INT(store_recording_key_erase(w.store.store, 1, &actor), 0);
	CHECK_INT(store_recording_key_erase(w.store.store, 1, &actor), STORE_NOT_FOUND);
	CHECK_INT(store_recording_key(w.loader, 1, &key), -ENOKEY);
	world_configure(&w);
	world_pass(&w, 20000);
	leg = desk_talk(&w, &d);
	CHECK_INT(world_media_command(&w, MEDIA_RECORD)->record.key_id, 2);
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(the_log_vouches_for_the_file)
{
	WITH_DESK(w, d);
	char hash[FILE_HASH_TEXT_SIZE];
	uint64_t leg = desk_talk(&w, &d);

	w.is_recorder_silent = true;
	world_sip(&w, SIP_ENDED, leg, 0);
	struct media_event over = {.kind = MEDIA_RECORD_ENDED,
		.group = w.recording[0].group,
		.leg = leg,
		.ref = world_last(&w, EVENT_RECORDING_STARTED)->e.ref,
		.record = {.duration_ms = 9000, .bytes = 288044, .lost_ms = 120, .hash = {0xab, 0xcd}}};
	w.recording[0].ref = 0;
	center_on_media(&over, w.center);
	world_run(&w);
	file_hash_text(over.record.hash, hash);
	const struct logged *sealed = world_last(&w, EVENT_RECORDING_SEALED);
	CHECK_STR(sealed->text, hash);
	CHECK_STR(sealed->name, "wav");
	CHECK_INT(sealed->e.number, 288044);
	CHECK_INT(sealed->e.duration_ms, 120);
}

TEST(a_disk_that_refuses_is_told_to_those_who_can_help)
{
	WITH_DESK(w, d);
	uint64_t page = world_page(&w, d.ann, MAY_SEE_LIVE | MAY_HANDLE);
	struct media_event alarm = {.kind = MEDIA_RECORD_ALARM, .reason = -ENOSPC};

	CHECK(page);
	center_on_media(&alarm, w.center);
	world_run(&w);
	json_t *list = NULL;
	VEC_EACH(&w.said, i)
	if (str_equal(jsonx_text(w.said.at[i].body, "on", NULL), "alarms"))
		list = json_object_get(w.said.at[i].body, "alarms");
	CHECK_INT(json_array_size(list), 1);
	CHECK_STR(jsonx_text(json_array_get(list, 0), "kind", ""), "recording");
	CHECK_STR(jsonx_text(json_array_get(list, 0), "reason", ""), "disk_full");
	alarm.reason = 0;
	center_on_media(&alarm, w.center);
	world_run(&w);
	CHECK(!w.center->record_alarm);
}

TEST(those_who_are_recorded_hear_a_beep)
{
	WITH_DESK(w, d);

	CHECK(set_row(&w, "setting", 1, "{\"recording_beep_s\":15}"));
	uint64_t leg = desk_talk(&w, &d);
	world_forget(&w);
	world_pass(&w, 15100);
	CHECK_INT(count_commands(&w, MEDIA_PLAY), 2); /* customer and agent */
	CHECK_INT(world_media_command(&w, MEDIA_PLAY)->play.layer, MEDIA_LAYER_OVER);
	CHECK_STR(ask(&w, &d, leg, "pause"), "");
	world_forget(&w);
	world_pass(&w, 15000);
	CHECK_INT(count_commands(&w, MEDIA_PLAY), 0);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_forget(&w);
	world_pass(&w, 60000);
	CHECK_INT(count_commands(&w, MEDIA_PLAY), 0);
}

static char told[32];

static void on_told(json_t *json, void *arg)
{
	(void)arg;
	str_put(told, sizeof(told), jsonx_text(json, "code", jsonx_text(json, "state", "none")));
	json_decref(json);
}

static const char *wish(struct world *w, uint64_t interaction, const char *act)
{
	str_put(told, sizeof(told), "silent");
	if (center_record(w->center, interaction, act, on_told, NULL) < 0)
		return "refused";
	world_run(w);
	return told;
}

TEST(another_system_begins_pauses_and_ends_a_recording)
{
	WITH_DESK(w, d);
	alone(&w, &d);
	CHECK(set_row(&w, "queue", w.support, "{\"recording\":\"never\"}"));
	uint64_t leg = desk_talk(&w, &d), ix = world_ix_id(&w, leg);

	CHECK_STR(wish(&w, ix, "pause"), "recording_not_allowed");
	CHECK_STR(wish(&w, ix, "start"), "on"); /* whatever the queue's rule */
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	CHECK_STR(wish(&w, ix, "start"), "on");
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	CHECK_STR(wish(&w, ix, "pause"), "paused");
	CHECK_STR(world_last(&w, EVENT_RECORDING_PAUSED)->reason, "api");
	CHECK_STR(state_of(&w, d.ann), "paused");
	CHECK_STR(wish(&w, ix, "resume"), "on");
	CHECK_STR(world_last(&w, EVENT_RECORDING_RESUMED)->reason, "api");
	CHECK_STR(wish(&w, ix, "erase"), "invalid_act");
	CHECK_STR(wish(&w, ix, "stop"), "off");
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 1);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_STR(wish(&w, ix, "start"), "not_found");
	CHECK_STR(wish(&w, 12345, "start"), "not_found");
}

TEST(the_caller_hears_the_notice_when_the_recording_begins)
{
	WITH_DESK(w, d);
	char patch[100], path[300], id[ID_TEXT_SIZE];
	struct issues issues = {0};
	_cleanup_json_ json_t *audio = json_pack("{s:i}", "audio_ms", 2000), *row = NULL;
	uint64_t notice = fixture_create(&w.store, "prompt",
		"{\"name\":\"notice\",\"texts\":{\"en\":\"This call is recorded\"}}", NULL);
	struct store_actor actor = {.tenant = 1};

	alone(&w, &d);
	CHECK(notice);
	CHECK_INT(store_update(
			  w.store.store, resource_by_name("prompt"), notice, 0, audio, &actor, &row, &issues),
		0);
	str_printf(patch, sizeof(patch), "{\"recording\":\"always\",\"recording_notice\":\"%s\"}",
		id_text(notice, id));
	CHECK(set_row(&w, "queue", w.support, patch));
	uint64_t leg = desk_talk(&w, &d);
	str_printf(path, sizeof(path), "prompts/%s.wav", id);
	const struct media_command *m = world_media_command(&w, MEDIA_PLAY);
	CHECK(m && strstr(m->play.list[0].path, path));
	CHECK_INT(m->play.layer, MEDIA_LAYER_OVER);
	CHECK_INT(m->leg, leg); /* the customer's */
	world_sip(&w, SIP_ENDED, leg, 0);
}

static void press(struct world *w, uint64_t leg, char digit)
{
	struct media_event key = {
		.kind = MEDIA_DTMF, .leg = leg, .group = world_ix_id(w, leg), .dtmf = {.digit = digit}};

	center_on_media(&key, w->center);
	world_run(w);
}

/* Number 3000 leads to a flow that begins a recording, asks for a secret number, does what `then` says and
 * goes to the queue. */
static bool flow_of(struct world *w, const char *then)
{
	uint64_t flow = world_make(w, "flow",
		"{'name':'Rec','document':{'format':1,'language':'en','start':'on','nodes':{"
		"'on':{'type':'record','act':'start','next':'pin'},"
		"'pin':{'type':'collect','say':[{'text':'Code'}],'variable':'pin','min':1,'max':1,"
		"'is_masked':true,'next':'%s','on_fail':'bye'},"
		"'off':{'type':'record','act':'stop','next':'q'},"
		"'q':{'type':'queue','queue':'%s','overflow':'bye'},'bye':{'type':'hang_up'}}}}",
		then, ID(w->support));

	return flow && world_make(w, "number", "{'number':'3000','flow':'%s'}", ID(flow));
}

/* What a flow began, the queue's rule does not end: one recording from the flow to the goodbye, without the
 * secret. */
TEST(a_flow_begins_the_recording_of_a_call_whose_queue_records_nothing)
{
	WITH_WORLD(w);
	struct desk d;
	CHECK(flow_of(&w, "q") && set_row(&w, "queue", w.support, "{\"recording\":\"never\"}"));
	CHECK(desk_open(&w, &d));
	alone(&w, &d);
	uint64_t leg = world_call(&w, "100", "3000");

	CHECK(world_sip_command(&w, SIP_ANSWER)); /* nothing is recorded of a call that rings */
	const struct media_command *m = world_media_command(&w, MEDIA_RECORD);
	CHECK(m && m->leg == leg && m->record.is_stereo);
	CHECK_STR(world_last(&w, EVENT_RECORDING_STARTED)->reason, "call");
	CHECK_STR(world_last(&w, EVENT_RECORDING_PAUSED)->reason, "digits");
	world_pass(&w, 2000);
	press(&w, leg, '4');
	CHECK_STR(world_last(&w, EVENT_RECORDING_RESUMED)->reason, "digits");
	world_connect(&w, d.ann_page, d.ann);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_TALKING);
	CHECK_STR(state_of(&w, d.ann), "on");
	CHECK_STR(ask(&w, &d, leg, "stop"), "recording_not_allowed"); /* the agent may not end it */
	CHECK_STR(ask(&w, &d, leg, "pause"), "");
	CHECK_STR(ask(&w, &d, leg, "resume"), "");
	w.recorded_ms = 9000;
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 1);
	CHECK_INT(world_last(&w, EVENT_RECORDING_ENDED)->e.duration_ms, 9000);
}

TEST(a_flow_ends_the_recording_it_began)
{
	WITH_WORLD(w);
	struct desk d;
	CHECK(flow_of(&w, "off") && set_row(&w, "queue", w.support, "{\"recording\":\"never\"}"));
	CHECK(desk_open(&w, &d));
	alone(&w, &d);
	uint64_t leg = world_call(&w, "100", "3000");

	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
	press(&w, leg, '4');
	CHECK(world_media_command(&w, MEDIA_RECORD_STOP));
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 1);
	world_connect(&w, d.ann_page, d.ann);
	CHECK_STR(state_of(&w, d.ann), "off");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 1);
}
