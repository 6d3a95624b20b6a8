/* Who may hear what, and what a recording is given as: the sound of messages and calls over HTTP. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/record/wav.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define V1 "/api/v1"
#define RATE_HZ 8000
#define LONG_S 3000 /* takes far longer to make Opus of than to hang up */
#define WAIT_TURNS 3000
#define TURN_US 10000

static struct bench bench;
static struct answer answer;
static char admin[320], agent[320];
static uint64_t appended;

#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 0, NULL, false));                                                  \
		memset(&fake, 0, sizeof(fake));                                                              \
		CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&                                      \
			sign_in(&bench, "agent", agent, sizeof(agent)));                                     \
		run_##ident();                                                                               \
		answer_free(&answer);                                                                        \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

static int ask(const char *who, const char *method, const char *path, const char *body)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, body, &answer) ? answer.status : -1;
}

/* GET of a part of a recording. */
static int get(const char *who, const char *what, uint64_t id, const char *part)
{
	char path[160], text[ID_TEXT_SIZE];

	snprintf(path, sizeof(path), V1 "/%s/%s%s", what, id_text(id, text), part);
	return ask(who, "GET", path, NULL);
}

static void append(struct event e)
{
	e.tenant = 1;
	e.at_ms = 1700000000000;
	CHECK_INT(store_append(bench.store, &e, &appended), 0);
}

static bool is_appended(void)
{
	for (int i = 0; i < WAIT_TURNS && store_visible_seq(bench.store) < appended; i++)
		usleep(TURN_US);
	return store_visible_seq(bench.store) >= appended;
}

/* Noise, so that it is not made Opus of in no time; longer ones, which nobody reads, are a hole. */
static bool put_wav(const char *name, int channels, int seconds)
{
	char path[160];
	uint8_t head[WAV_HEADER_BYTES];
	static int16_t samples[RATE_HZ];
	uint32_t chance = 1;

	snprintf(path, sizeof(path), "%s/recordings", bench.folder);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/recordings/%s", bench.folder, name);
	FILE *f = fopen(path, "we");
	if (!f)
		return false;
	wav_header(head, channels, RATE_HZ, (uint64_t)seconds * (uint64_t)channels * RATE_HZ * 2);
	for (int i = 0; i < RATE_HZ; i++)
		samples[i] = (int16_t)((chance = chance * 1664525 + 1013904223) >> 18);
	bool is_good = fwrite(head, 1, sizeof(head), f) == sizeof(head);
	if (seconds > LONG_S)
		is_good = is_good && fflush(f) == 0 &&
			  ftruncate(fileno(f),
				  (off_t)sizeof(head) + (off_t)seconds * channels * RATE_HZ * 2) == 0;
	for (int i = 0; i < seconds * channels && is_good && seconds <= LONG_S; i++)
		is_good = fwrite(samples, sizeof(*samples), RATE_HZ, f) == RATE_HZ;
	return fclose(f) == 0 && is_good;
}

/* A recording of this file; agent: whose call it was; owner: whose message it is. */
static uint64_t recorded(const char *name, uint64_t of_agent, uint64_t owner)
{
	uint64_t interaction = id_new(), recording = id_new();

	append((struct event){.type = EVENT_INTERACTION_STARTED,
		.interaction = interaction,
		.from = "0211234567",
		.reason = "inbound",
		.text = "voice"});
	if (of_agent)
		append((struct event){
			.type = EVENT_CALL_ANSWERED, .interaction = interaction, .agent = of_agent});
	append((struct event){.type = EVENT_RECORDING_STARTED,
		.interaction = interaction,
		.agent = owner ? owner : of_agent,
		.ref = recording,
		.text = name,
		.reason = owner ? "voicemail" : "call"});
	append((struct event){.type = EVENT_RECORDING_ENDED,
		.interaction = interaction,
		.ref = recording,
		.duration_ms = 2000,
		.reason = "stopped"});
	if (owner) {
		append((struct event){.type = EVENT_VOICEMAIL_LEFT,
			.interaction = interaction,
			.ref = recording,
			.duration_ms = 2000});
		append((struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = interaction,
			.ref = recording,
			.agent = owner,
			.reason = "person"});
	}
	return is_appended() ? recording : 0;
}

/* --- rights --- */

BENCH_TEST(ones_own_message_is_drawn_for_whoever_may_hear_it)
{
	char nobody[320];

	CHECK(put_wav("m.wav", 1, 2));
	CHECK_INT(ask(admin, "POST", V1 "/users",
			  "{\"login\":\"plain\",\"name\":\"Plain\",\"password\":\"" PASSWORD
			  "\",\"roles\":[\"connector\"]}"),
		201);
	uint64_t me = jsonx_id(answer.json, "id"), mine = recorded("m.wav", 0, me);
	CHECK(mine && sign_in(&bench, "plain", nobody, sizeof(nobody)));
	CHECK_INT(get(nobody, "recordings", mine, "/waveform"), 403); /* the list of all is not theirs */
	CHECK_INT(get(nobody, "voicemails", mine, "/waveform"), 404); /* the centre says no */
	CHECK(fake.last_mail.act == CENTER_MAIL_MAY_HEAR && fake.last_mail.user == me);
	fake.may_hear = true;
	CHECK_INT(get(nobody, "voicemails", mine, "/audio"), 200);
	CHECK_INT(get(nobody, "voicemails", mine, "/waveform"), 200);
	CHECK_INT(jsonx_int(answer.json, "duration_ms", 0), 2000);
	CHECK_INT(json_array_size(json_array_get(json_object_get(answer.json, "peaks"), 0)), 1000);
	/* A call is no message. */
	uint64_t call = recorded("m.wav", me, 0);
	CHECK_INT(get(nobody, "voicemails", call, "/waveform"), 404);
	append((struct event){
		.type = EVENT_VOICEMAIL_DELIVERED, .ref = mine, .agent = me, .reason = "removed"});
	CHECK(is_appended());
	CHECK_INT(get(nobody, "voicemails", mine, "/waveform"), 404);
	CHECK_INT(get(admin, "voicemails", mine, "/waveform"), 200);
}

BENCH_TEST(agents_hear_their_own_calls_where_the_house_allows_it)
{
	static const char *const parts[] = {"", "/audio", "/waveform"};

	CHECK(put_wav("c.wav", 2, 2));
	uint64_t own = recorded("c.wav", bench.agent, 0), others = recorded("c.wav", bench.admin, 0);
	CHECK(own && others);
	for (int is_on = 0; is_on < 3; is_on++) { /* off, on, off again */
		CHECK_INT(ask(admin, "PATCH", V1 "/settings/0000000000001",
				  is_on == 1 ? "{\"agents_hear_own\":true}" : "{\"agents_hear_own\":false}"),
			200);
		for (int i = 0; i < 3; i++) {
			CHECK_INT(get(agent, "recordings", own, parts[i]), is_on == 1 ? 200 : 404);
			CHECK_INT(get(agent, "recordings", others, parts[i]), 404);
			CHECK_INT(get(admin, "recordings", own, parts[i]), 200);
		}
	}
}

/* --- Opus on request --- */

static bool is_being_made(int place)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/listening/%d.opus", bench.folder, place);
	return access(path, F_OK) == 0;
}

static bool comes(int place, bool is_there)
{
	for (int i = 0; i < WAIT_TURNS && is_being_made(place) != is_there; i++)
		usleep(TURN_US);
	return is_being_made(place) == is_there;
}

BENCH_TEST(a_wav_is_given_as_opus_to_who_asks)
{
	char range[400], value[80];

	CHECK(put_wav("a.wav", 2, 2));
	uint64_t id = recorded("a.wav", 0, 0);
	CHECK(id != 0);
	CHECK_INT(get(admin, "recordings", id, "/audio?format=opus"), 200);
	CHECK(answer_header(&answer, "Content-Type", value, sizeof(value)));
	CHECK_STR(value, "audio/ogg; codecs=opus");
	CHECK(answer.body_len > 2000 && answer.body_len < 20000 && memcmp(answer.body, "OggS", 4) == 0);
	CHECK(memcmp(answer.body + 28, "OpusHead", 8) == 0 && answer.body[28 + 9] == 2);
	CHECK(!is_being_made(0));
	/* Made for one answer: pieces are not promised, and not given. */
	CHECK(!answer_header(&answer, "Accept-Ranges", value, sizeof(value)));
	size_t whole = answer.body_len;
	snprintf(range, sizeof(range), "%sRange: bytes=0-3\r\n", admin);
	CHECK_INT(get(range, "recordings", id, "/audio?format=opus"), 200);
	CHECK_INT(answer.body_len, whole);
	CHECK_INT(get(range, "recordings", id, "/audio?format=wav"), 206);
	CHECK_INT(get(admin, "recordings", id, "/audio?format=opus&channel=0"), 422);
	CHECK_INT(get(admin, "recordings", id, "/audio?format=ogg"), 422);
	/* What is kept stays as it is. */
	CHECK_INT(get(admin, "recordings", id, ""), 200);
	CHECK_STR(jsonx_text(answer.json, "path", ""), "a.wav");
	CHECK(put_wav("long.wav", 2, 3601));
	CHECK_INT(get(admin, "recordings", recorded("long.wav", 0, 0), "/audio?format=opus"), 422);
}

static int begin(uint64_t id)
{
	char head[600], text[ID_TEXT_SIZE];
	int fd = tcp_open(&bench);

	snprintf(head, sizeof(head),
		"GET " V1 "/recordings/%s/audio?format=opus HTTP/1.1\r\nHost: x\r\n%s\r\n", id_text(id, text),
		admin);
	return tcp_send(fd, head, strlen(head)) ? fd : -1;
}

BENCH_TEST(opus_is_made_for_few_at_once_and_not_for_who_went_away)
{
	char value[16];

	CHECK(put_wav("long.wav", 1, LONG_S) && put_wav("short.wav", 1, 1));
	uint64_t id = recorded("long.wav", 0, 0), small = recorded("short.wav", 0, 0);
	int first = begin(id);
	CHECK(first >= 0 && comes(0, true)); /* of two workers one stays free for others */
	CHECK_INT(get(admin, "recordings", small, "/audio?format=opus"), 503);
	CHECK(answer_header(&answer, "Retry-After", value, sizeof(value)));
	CHECK_INT(get(admin, "recordings", small, "/audio"), 200); /* nobody else is held up */
	/* Who hung up (and only listens here to see what became of it) is not worked for any more. */
	CHECK(shutdown(first, SHUT_WR) == 0);
	answer_free(&answer);
	CHECK(http_read(first, false, &answer));
	CHECK_INT(answer.status, 503);
	close(first);
	CHECK(!is_being_made(0));
	CHECK_INT(get(admin, "recordings", small, "/audio?format=opus"), 200);
}
