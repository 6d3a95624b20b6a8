/* What callers hear and leave behind: music, announcements, recordings, voicemail; and who is refused at the
 * door. */
#include "base/str.h"
#include "center/test_parts.h"

/* --- recordings, speech, music
 * ----------------------------------------------------------------------------------------- */

TEST(recording_that_ends_after_the_call)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);

	w.is_recorder_silent = true;
	CHECK_STR(world_ask(&w, d.ann_page,
			  "'call.transfer','interaction':'%s','to':{'kind':'agent','id':'%s'}",
			  ID(world_ix_id(&w, leg)), ID(d.bob)),
		"");
	world_connect(&w, d.bob_page, d.bob);
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK_INT(w.center->interactions.len, 1);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 2);
	CHECK_INT(world_count(&w, EVENT_RECORDING_ENDED), 0);
}

TEST(music_stops_when_the_agent_answers_during_a_late_announcement)
{
	WITH_WORLD(w);
	uint64_t ann = world_agent(&w, "ann", "");
	CHECK(ann && world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	w.speech = SPEECH_ASKS;
	world_pass(&w, 15500); /* the announcement is being spoken, the music still plays */
	CHECK_INT(world_count(&w, EVENT_ANNOUNCED), 1);
	CHECK_INT(w.spoken.len, 1);
	uint64_t page = world_ready(&w, ann);
	world_forget(&w);
	world_connect(&w, page, ann);
	CHECK(world_media_command(&w, MEDIA_PLAY_STOP));
	/* the speech comes now: nobody hears it */
	struct speech_result late = {.ref = w.spoken.at[0], .path = "/speech/late.wav"};
	center_on_speech(&late, w.center);
	world_run(&w);
	CHECK(!world_media_command(&w, MEDIA_PLAY));
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(an_announcement_is_spoken_over_the_music)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");
	const struct media_command *play = world_media_command(&w, MEDIA_PLAY);

	CHECK(play && play->play.is_looped && play->play.layer == MEDIA_LAYER_MUSIC);
	world_forget(&w);
	world_pass(&w, 15500);
	play = world_media_command(&w, MEDIA_PLAY);
	CHECK(play && !play->play.is_looped && play->play.layer == MEDIA_LAYER_SPEECH);
	world_finish_playing(&w, leg);
	/* The music was never touched: the engine ducks it. */
	CHECK(!world_media_command(&w, MEDIA_PLAY_STOP));
	CHECK_INT(world_media_command(&w, MEDIA_PLAY)->play.layer, MEDIA_LAYER_SPEECH);
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(announcement_that_cannot_be_spoken)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	w.speech = SPEECH_ASKS;
	world_pass(&w, 15500);
	CHECK_INT(w.spoken.len, 1);
	struct speech_result failed = {.ref = w.spoken.at[0], .error = -5};
	world_forget(&w);
	center_on_speech(&failed, w.center);
	center_on_speech(&failed, w.center);
	world_run(&w);
	CHECK(!world_media_command(&w, MEDIA_PLAY) &&
		!world_media_command(&w, MEDIA_PLAY_STOP)); /* it went on */
	w.speech = SPEECH_FULL;
	world_forget(&w);
	world_pass(&w, 46000);
	CHECK(!world_media_command(&w, MEDIA_PLAY) && !world_media_command(&w, MEDIA_PLAY_STOP));
	world_sip(&w, SIP_ENDED, leg, 0);
}

static uint64_t music_prompt(struct world *w, const char *name)
{
	_cleanup_json_ json_t *row = NULL, *audio = json_pack("{s:i}", "audio_ms", 9000);
	struct issues issues = {0};
	char text[128];

	snprintf(text, sizeof(text), "{\"name\":\"%s\",\"kind\":\"music\"}", name);
	uint64_t id = fixture_create(&w->store, "prompt", text, NULL);
	return store_update(w->store.store, resource_by_name("prompt"), id, 0, audio, NULL, &row, &issues) ==
			       0
		       ? id
		       : 0;
}

TEST(a_queue_plays_its_list_in_order_and_announces_in_turn)
{
	WITH_WORLD(w);
	uint64_t list[] = {music_prompt(&w, "b"), music_prompt(&w, "a"),
		fixture_create(&w.store, "prompt", "{\"name\":\"silent\",\"kind\":\"music\"}", NULL)};
	uint64_t said[] = {music_prompt(&w, "offer"), music_prompt(&w, "thanks")};
	char text[512];

	snprintf(text, sizeof(text),
		"{\"playlist\":[\"%s\",\"%s\",\"%s\"],\"announcements\":[\"%s\",\"%s\"],\"announce_first_s\":"
		"10,"
		"\"announce_every_s\":20,\"is_position_announced\":false,\"is_estimate_announced\":false}",
		ID(list[0]), ID(list[2]), ID(list[1]), ID(said[0]), ID(said[1]));
	CHECK_INT(fixture_update(&w.store, "queue", w.support, text, NULL), 0);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");
	const struct media_command *play = world_media_command(&w, MEDIA_PLAY);
	CHECK(play && play->play.layer == MEDIA_LAYER_MUSIC && play->play.is_looped && play->play.n == 2);
	CHECK(!play->play.is_from_start);
	CHECK(strstr(play->play.list[0].path, ID(list[0])) && strstr(play->play.list[1].path, ID(list[1])));
	for (int i = 0; i < 3; i++) {
		world_pass(&w, i == 0 ? 10500 : 20000);
		play = world_media_command(&w, MEDIA_PLAY);
		CHECK(play->play.layer == MEDIA_LAYER_SPEECH && play->play.n == 1);
		CHECK(strstr(play->play.list[0].path, ID(said[i % 2])));
		world_finish_playing(&w, leg);
	}
	CHECK(!world_media_command(&w, MEDIA_PLAY_STOP));
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(fixture_update(&w.store, "queue", w.support, "{\"is_music_shared\":false}", NULL), 0);
	world_configure(&w);
	leg = world_call(&w, "100", "1000");
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_from_start);
	world_sip(&w, SIP_ENDED, leg, 0);
	/* A prompt twice, or more than eight: refused by its name. */
	snprintf(text, sizeof(text), "{\"playlist\":[\"%s\",\"%s\"]}", ID(list[0]), ID(list[0]));
	CHECK(fixture_update(&w.store, "queue", w.support, text, NULL) != 0);
}

TEST(greeting_then_music_of_the_house)
{
	WITH_WORLD(w);
	uint64_t greeting =
		fixture_create(&w.store, "prompt", "{\"name\":\"g\",\"texts\":{\"en\":\"Welcome\"}}", NULL);
	uint64_t music = fixture_create(&w.store, "prompt", "{\"name\":\"m\",\"kind\":\"music\"}", NULL);
	_cleanup_json_ json_t *row = NULL, *settings = NULL, *audio = json_pack("{s:i}", "audio_ms", 9000);
	struct issues issues = {0};
	char text[128];

	CHECK_INT(
		store_update(w.store.store, resource_by_name("prompt"), music, 0, audio, NULL, &row, &issues),
		0);
	CHECK_INT(
		store_list(w.store.reader, resource_by_name("setting"), 1, 0, 1, NULL, false, &settings), 0);
	snprintf(text, sizeof(text), "{\"music\":\"%s\"}", ID(music));
	CHECK_INT(
		fixture_update(&w.store, "setting", jsonx_id(json_array_get(settings, 0), "id"), text, NULL),
		0);
	snprintf(text, sizeof(text), "{\"greeting\":\"%s\"}", ID(greeting));
	CHECK_INT(fixture_update(&w.store, "queue", w.support, text, NULL), 0);
	CHECK(world_start(&w));
	uint64_t leg = world_call(&w, "100", "1000");

	CHECK_STR(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, "/speech/7.wav");
	CHECK(!world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	struct media_event over = {.kind = MEDIA_PLAY_ENDED,
		.leg = leg,
		.group = world_ix_id(&w, leg),
		.ref = world_media_command(&w, MEDIA_PLAY)->ref};
	center_on_media(&over, w.center);
	world_run(&w);
	CHECK(world_media_command(&w, MEDIA_PLAY)->play.is_looped);
	CHECK(strstr(world_media_command(&w, MEDIA_PLAY)->play.list[0].path, ID(music)));
	world_forget(&w);
	center_on_media(&over, w.center); /* told twice: the music goes on */
	world_run(&w);
	CHECK(!world_media_command(&w, MEDIA_PLAY));
}

TEST(after_exit_goes_on_and_voicemail_works_there)
{
	WITH_WORLD(w);
	char text[512];
	snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"q\",\"nodes\":{"
		"\"q\":{\"type\":\"queue\",\"queue\":\"%s\",\"overflow\":\"e\",\"after\":\"m\"},"
		"\"m\":{\"type\":\"voicemail\",\"queue\":\"%s\",\"next\":\"e\"},\"e\":{\"type\":\"hang_up\"}}"
		"}}",
		ID(w.support), ID(w.support));
	uint64_t flow = fixture_create(&w.store, "flow", text, NULL);
	snprintf(text, sizeof(text), "{\"number\":\"2000\",\"flow\":\"%s\"}", ID(flow));
	CHECK(flow && fixture_create(&w.store, "number", text, NULL));
	CHECK(world_agent(&w, "carl", ALWAYS_AT_URI) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2000");

	world_sip(&w, SIP_ANSWERED, world_sip_command(&w, SIP_CALL)->leg, 200);
	w.is_recorder_silent = true; /* the call's recording is still being closed */
	world_sip(&w, SIP_ENDED, world_sip_command(&w, SIP_CALL)->leg, 0);
	CHECK(world_ix(&w, leg));
	world_finish_playing(&w, leg);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 2);
	CHECK_STR(world_last(&w, EVENT_RECORDING_STARTED)->reason, "voicemail");
	struct media_event over = {.kind = MEDIA_RECORD_ENDED,
		.group = world_ix_id(&w, leg),
		.ref = world_last(&w, EVENT_RECORDING_STARTED)->e.ref,
		.reason = 2,
		.record = {.duration_ms = 9000}};
	center_on_media(&over, w.center);
	center_on_media(&over, w.center);
	world_run(&w);
	CHECK_INT(world_count(&w, EVENT_VOICEMAIL_LEFT), 1);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "flow_ended");
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w.recording[i].ref == over.ref)
			w.recording[i].ref = 0;
}

/* --- refused at the door
 * ----------------------------------------------------------------------------------------------- */

TEST(calls_that_are_refused)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	world_call(&w, "100", "9999");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 404);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "unknown_number");
	struct sip_event strange = {.kind = SIP_INCOMING, .leg = 99, .trunk = w.trunk, .has_sdp = true};
	(void)str_put(strange.to_number, sizeof(strange.to_number), "1000");
	strange.sdp.has_audio = true;
	center_on_sip(&strange, w.center);
	world_run(&w);
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 488);
	w.is_store_full = true;
	world_call(&w, "100", "1000");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 503);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "store_overloaded");
	w.is_store_full = false;
	CHECK(world_ix(&w, world_call(&w, "100", "1000")));
	CHECK_INT(world_count(&w, EVENT_INTERACTION_STARTED), 1);
}

TEST(hostile_names_reach_nobody_as_they_came)
{
	static const char *const names[] = {"\xff\xfe\xc0\x80", "\xe2\x82", "a\x01\x1b[31m\r\nVia: x",
		"\xed\xa0\x80 surrogate", "\xf0\x9f\x98\x80 \xe2\x80\xae rtl", "\"><script>", "\xc3"};
	WITH_DESK(w, d);

	world_ask(&w, d.ann_page, "'live.subscribe'");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sip_event e = {
			.kind = SIP_INCOMING, .leg = w.next_leg++, .trunk = w.trunk, .has_sdp = true};
		memset(e.from_name, 'x', sizeof(e.from_name) - 1);
		memcpy(e.from_name, names[i], strlen(names[i]));
		memcpy(e.from_name + sizeof(e.from_name) - 3, "\xe2\x82", 3); /* cut inside a letter */
		(void)str_put(e.from_number, sizeof(e.from_number), "\xf0\x28\x8c\x28");
		(void)str_put(e.to_number, sizeof(e.to_number), "1000");
		e.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}};
		center_on_sip(&e, w.center);
		world_pass(&w, 1100);
		struct interaction *ix = world_ix(&w, e.leg);
		CHECK(ix && str_is_utf8(ix->from_name, strlen(ix->from_name)));
		CHECK_STR(ix->from, "?(?(");
		CHECK(world_push(&w, d.ann, "offer"));
		world_sip(&w, SIP_ENDED, e.leg, 0);
	}
}

TEST(caller_who_is_looked_up_late_is_served)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	w.is_loader_silent = true;
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_NEW);
	world_pass(&w, 500);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	w.is_loader_silent = false;
	world_run(&w);
	uint64_t gone = 0;
	w.is_loader_silent = true;
	gone = world_call(&w, "100", "1000");
	world_sip(&w, SIP_ENDED, gone, 0);
	w.is_loader_silent = false;
	world_run(&w);
	CHECK(world_ix(&w, leg));
}
