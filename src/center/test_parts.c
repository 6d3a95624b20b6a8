/* See test_parts.h; the doubles are in test_doubles.c. */
#include "center/test_parts.h"
#include "center/test_doubles.h"
#include "base/id.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/work/work_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MAX 100000

static int64_t mono_ms = 1000000, wall_ms = 1795000000000LL;

static int64_t test_mono_ns(void)
{
	return mono_ms * 1000000;
}

static int64_t test_wall_ms(void)
{
	return wall_ms;
}

int64_t world_now(void)
{
	return mono_ms;
}

static bool has_failed;

void world_fail(const char *file, int line, const char *what, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	if (!has_failed)
		test_fail(file, line, "%s", text);
	has_failed = true;
}

bool world_has_failed(void)
{
	return has_failed;
}

/* --- what the centre says
 * ----------------------------------------------------------------------------------------------- */

static bool on_output(const struct center_output *out, void *arg)
{
	struct world *w = arg;
	struct said said = {.kind = out->kind, .to = out->to};

	if (out->text) {
		said.body = json_loads(out->text, 0, NULL);
		if (!said.body)
			world_fail(__FILE__, __LINE__, "an output is no JSON: %.200s", out->text);
		free(out->text);
	} else if (out->kind <= CENTER_TO_LIVE) {
		world_fail(__FILE__, __LINE__, "an output of kind %d without a text", (int)out->kind);
	}
	if (VEC_PUSH(&w->said, said) < 0)
		json_decref(said.body);
	return true;
}

json_t *world_push(struct world *w, uint64_t user, const char *on)
{
	for (size_t i = w->said.len; i-- > 0;) {
		struct said *s = &w->said.at[i];
		if (s->kind <= CENTER_TO_USER && s->to == user &&
			str_equal(jsonx_text(s->body, "on", NULL), on))
			return s->body;
	}
	return NULL;
}

json_t *world_reply(struct world *w)
{
	for (size_t i = w->said.len; i-- > 0;)
		if (w->said.at[i].kind == CENTER_TO_CLIENT && json_object_get(w->said.at[i].body, "re"))
			return w->said.at[i].body;
	return NULL;
}

void world_forget(struct world *w)
{
	VEC_EACH(&w->said, i)
	json_decref(w->said.at[i].body);
	w->said.len = w->sip.len = w->media.len = 0;
}

/* --- life
 * -----------------------------------------------------------------------------------------------------------
 */

bool world_open(struct world *w)
{
	has_failed = false;
	*w = (struct world){
		.next_leg = 100, .next_client = 1, .recorded_ms = 4000, .memory_left = -1, .events_kept = -1};
	if (!fixture_open(&w->store))
		return false;
	w->trunk = fixture_create(&w->store, "trunk",
		"{\"name\":\"t\",\"proxy\":\"sip:192.0.2.4\",\"is_accepted_by_address\":true,\"addresses\":["
		"\"192.0.2.4\"]}",
		NULL);
	w->support = fixture_create(&w->store, "queue",
		"{\"name\":\"Support\",\"ring_timeout_s\":5,\"wrap_up_s\":10,\"wrap_up_extend_s\":20}", NULL);
	char id[ID_TEXT_SIZE], text[128];
	snprintf(text, sizeof(text), "{\"number\":\"1000\",\"queue\":\"%s\"}", id_text(w->support, id));
	w->number = fixture_create(&w->store, "number", text, NULL);
	return w->trunk && w->support && w->number;
}

bool world_start(struct world *w)
{
	struct center_parts parts = {.store = w->store.store,
		.media = (struct media *)(void *)w,
		.sip = (struct sip *)(void *)w,
		.speech = (struct speech *)(void *)w,
		.data_directory = w->store.directory,
		.on_output = on_output,
		.on_output_arg = w};
	int err = center_new(&w->center);

	double_store_tells(w);
	if (err == 0) {
		w->center->mono_ns = test_mono_ns;
		w->center->wall_ms = test_wall_ms;
		err = center_prepare(w->center, &parts);
	}
	if (err == 0)
		err = store_reader_open(&w->loader, w->store.directory);
	if (err < 0)
		world_fail(__FILE__, __LINE__, "the centre does not start: error %d", err);
	world_run(w);
	return err == 0;
}

static void flush(struct world *w)
{
	uint64_t last = 0;

	VEC_EACH(&w->log, i)
	last++;
	fixture_wait(&w->store, last ? store_durable_seq(w->store.store) : 0);
}

void world_away(int64_t ms)
{
	mono_ms += ms;
	wall_ms += ms;
}

void world_crash(struct world *w)
{
	flush(w);
	store_reader_close(w->loader);
	w->loader = NULL;
	center_free(w->center);
	w->center = NULL;
	w->spoken.len = 0;
	if (!w->is_outliving) {
		memset(w->recording, 0, sizeof(w->recording));
		memset(w->playing, 0, sizeof(w->playing));
		w->hears.len = 0;
	}
	fixture_shut(&w->store);
	if (!fixture_reopen(&w->store))
		abort();
}

void world_catch_up(struct world *w)
{
	struct leg *leg;

	for (size_t i = 0; (leg = map_next(&w->center->legs, &i));) {
		struct media_event e = {.group = leg->interaction->id};
		if (leg->state != LEG_CLOSING)
			continue;
		if (leg->has_sip)
			double_sip_says(w, SIP_ENDED, leg->id, 0, false);
		if (leg->has_media)
			double_media_says(w, &e, MEDIA_LEG_CLOSED, leg->id);
	}
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++) {
		leg = map_get(&w->center->legs, w->recording[i].leg);
		const struct interaction *ix = leg ? leg->interaction : NULL;
		if (w->recording[i].ref &&
			(!ix || ix->recording.id != w->recording[i].ref || ix->recording.is_stopping))
			double_record_ends(w, w->recording[i].ref, 0);
	}
	world_run(w);
}

static void end_everything(struct world *w)
{
	struct interaction *ix;
	VEC(uint64_t) legs = {0};

	w->is_sip_silent = w->is_media_silent = w->is_recorder_silent = w->is_loader_silent = false;
	w->is_sip_full = w->is_media_full = w->is_store_full = false;
	w->memory_left = -1;
	for (size_t i = 0; (ix = map_next(&w->center->interactions, &i));)
		if (ix->customer)
			(void)VEC_PUSH(&legs, ix->customer->id);
	VEC_EACH(&legs, i)
	double_sip_says(w, SIP_ENDED, legs.at[i], 0, true);
	VEC_FREE(&legs);
	struct work *work;
	for (size_t i = 0; (work = map_next(&w->center->work->by_id, &i)); i = 0)
		work_end(work, "system_closed");
	world_run(w);
	for (int round = 0; round < 3; round++)
		world_catch_up(w);
	world_pass(w, 200000); /* wrap-ups, grace periods */
}

void world_close(struct world *w)
{
	if (w->center && w->loader) {
		end_everything(w);
		if (!w->is_lossy)
			world_check_log(w, true);
	}
	if (w->loader)
		store_reader_close(w->loader);
	center_free(w->center);
	double_store_tells(NULL);
	world_forget(w);
	VEC_FREE(&w->sip);
	VEC_FREE(&w->media);
	VEC_FREE(&w->said);
	VEC_FREE(&w->log);
	VEC_FREE(&w->spoken);
	VEC_FREE(&w->hears);
	double_media_forgets(w);
	fixture_remove(&w->store);
}

void world_run(struct world *w)
{
	struct center *c = w->center;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct lookup *ask;
		bool is_asked = false;
		if (work_is_awaiting(c)) /* somebody hears only what is on disk */
			fixture_wait(&w->store, c->work->awaited.at[c->work->awaited.len - 1].seq);
		alloc_fail_at(w->memory_left);
		center_turn(c);
		alloc_fail_at(-1);
		while (!w->is_loader_silent && mailbox_take(c->loader_mailbox, &ask)) {
			is_asked = true;
			if (ask->is_config)
				flush(w);
			center_loader_answer(c, w->loader, ask);
		}
		if (!is_asked && mailbox_length(c->mailbox) == 0 && !work_is_awaiting(c)) {
			if (!w->is_lossy)
				world_check_alive(w);
			return;
		}
	}
	world_fail(__FILE__, __LINE__, "the centre runs in circles");
}

void world_pass(struct world *w, int64_t ms)
{
	int64_t end = mono_ms + ms;

	world_run(w);
	for (int round = 0; mono_ms < end; round++) {
		int64_t due = center_next_due(w->center);
		int64_t step = due <= mono_ms ? 1 : (due < end ? due : end) - mono_ms;
		mono_ms += step;
		wall_ms += step;
		world_run(w);
		if (round == ROUNDS_MAX) {
			world_fail(__FILE__, __LINE__, "time does not pass");
			return;
		}
	}
}

/* --- people
 * ---------------------------------------------------------------------------------------------------------
 */

uint64_t world_agent(struct world *w, const char *login, const char *extra)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"login\":\"%s\",\"name\":\"%s\",\"roles\":[\"agent\"]%s}", login,
		login, extra);
	return fixture_create(&w->store, "user", text, NULL);
}

uint64_t world_make(struct world *w, const char *resource, const char *format, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	return fixture_create(&w->store, resource, text, NULL);
}

void world_configure(struct world *w)
{
	struct center_input in = {.kind = CENTER_CONFIG_CHANGED};

	center_send(w->center, &in);
	world_run(w);
}

uint64_t world_page(struct world *w, uint64_t user, unsigned permissions)
{
	struct center_input in = {.kind = CENTER_CLIENT_OPENED,
		.client = {w->next_client++, user, 1, permissions},
		.body = json_pack("{s:s}", "name", "somebody")};

	center_send(w->center, &in);
	world_run(w);
	return in.client.id;
}

void world_page_closes(struct world *w, uint64_t client)
{
	struct center_input in = {.kind = CENTER_CLIENT_CLOSED, .client = {.id = client}};

	center_send(w->center, &in);
	world_run(w);
}

static uint64_t user_of(struct world *w, uint64_t client)
{
	const struct client *c = map_get(&w->center->clients, client);

	return c ? c->who.user : 0;
}

const char *world_ask(struct world *w, uint64_t client, const char *format, ...)
{
	char text[8192] = "{'id':7,'do':";
	size_t n = strlen(text);
	struct center_input in = {.kind = CENTER_REQUEST, .client = {client, user_of(w, client), 1, 0}};
	size_t before = w->said.len;
	json_error_t error;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - n - 1, format, ap);
	va_end(ap);
	strcat(text, "}");
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	in.body = json_loads(text, 0, &error);
	if (!in.body)
		world_fail(__FILE__, __LINE__, "%s: %s", error.text, text);
	center_send(w->center, &in);
	world_run(w);
	for (size_t i = w->said.len; i-- > before;) {
		const json_t *j = w->said.at[i].body;
		if (w->said.at[i].kind != CENTER_TO_CLIENT || w->said.at[i].to != client ||
			jsonx_int(j, "re", 0) != 7)
			continue;
		return jsonx_bool(j, "ok", false) ? "" : jsonx_text(json_object_get(j, "error"), "code", "?");
	}
	return NULL;
}

uint64_t world_ready(struct world *w, uint64_t user)
{
	uint64_t client = world_page(w, user, ~0u);
	const char *code = world_ask(w, client, "'agent.ready'");

	if (!str_equal(code, ""))
		world_fail(__FILE__, __LINE__, "agent.ready: %s", code ? code : "no reply");
	return client;
}

/* --- calls
 * ----------------------------------------------------------------------------------------------------------
 */

uint64_t world_call(struct world *w, const char *from, const char *to)
{
	struct sip_event e = {.kind = SIP_INCOMING,
		.leg = w->next_leg++,
		.trunk = w->trunk,
		.has_sdp = true,
		.sdp = double_phone_sdp()};

	(void)str_put(e.from_number, sizeof(e.from_number), from);
	(void)str_put(e.to_number, sizeof(e.to_number), to);
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

void world_sip(struct world *w, enum sip_event_kind kind, uint64_t leg, int code)
{
	double_sip_says(w, kind, leg, code, true);
	world_run(w);
}

void world_media(struct world *w, enum media_event_kind kind, uint64_t leg)
{
	const struct leg *l = map_get(&w->center->legs, leg);
	struct media_event e = {.group = l ? l->interaction->id : 0};

	double_media_says(w, &e, kind, leg);
	world_run(w);
}

struct interaction *world_ix(struct world *w, uint64_t leg)
{
	const struct leg *l = map_get(&w->center->legs, leg);

	return l ? l->interaction : NULL;
}

uint64_t world_ix_id(struct world *w, uint64_t leg)
{
	const struct interaction *ix = world_ix(w, leg);

	return ix ? ix->id : 0;
}

struct agent *world_agent_of(struct world *w, uint64_t user)
{
	return map_get(&w->center->agents, user);
}

uint64_t world_leg_of(struct world *w, uint64_t user)
{
	const struct agent *a = world_agent_of(w, user);

	if (a && a->interaction && !a->offer.is_on)
		return world_party_leg(w, a->interaction, user);
	return a && a->offer.is_on && a->offer.leg ? a->offer.leg->id : 0;
}

static const char *browser_sdp(char *text, size_t size)
{
	struct sdp s = double_phone_sdp();

	s.is_webrtc = s.has_rtcp_mux = s.has_bundle = true;
	s.security = SDP_DTLS;
	s.setup = SDP_ACTIVE;
	(void)str_put(s.ufrag, sizeof(s.ufrag), "abcd");
	(void)str_put(s.password, sizeof(s.password), "passwordpasswordpassword");
	(void)str_put(s.fingerprint, sizeof(s.fingerprint),
		"sha-256 "
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"
		"EE:FF");
	(void)str_put(s.mid, sizeof(s.mid), "0");
	return sdp_write(&s, NULL, text, size) == 0 ? text : NULL;
}

const char *world_answer(struct world *w, uint64_t client, uint64_t user)
{
	const struct agent *a = world_agent_of(w, user);
	char sdp[SDP_TEXT_MAX], id[ID_TEXT_SIZE];
	struct center_input in = {.kind = CENTER_REQUEST, .client = {client, user, 1, 0}};

	in.body = json_pack("{s:i,s:s,s:s,s:s}", "id", 9, "do", "call.answer", "interaction",
		id_text(a && a->interaction ? a->interaction->id : 1, id), "sdp",
		browser_sdp(sdp, sizeof(sdp)));
	center_send(w->center, &in);
	world_run(w);
	const json_t *reply = world_reply(w);
	return jsonx_bool(reply, "ok", false) ? "" : jsonx_text(json_object_get(reply, "error"), "code", "?");
}

void world_connect(struct world *w, uint64_t client, uint64_t user)
{
	const char *code = world_answer(w, client, user);
	uint64_t leg = world_leg_of(w, user);

	if (!str_equal(code, "") || !leg) {
		world_fail(__FILE__, __LINE__, "call.answer: %s", code);
		return;
	}
	world_media(w, MEDIA_LEG_READY, leg);
}

void world_media_up(struct world *w, uint64_t client, uint64_t user, const char *on, uint64_t leg)
{
	const json_t *push = world_push(w, user, on);
	char sdp[SDP_TEXT_MAX];
	struct center_input in = {.kind = CENTER_REQUEST, .client = {client, user, 1, 0}};

	if (!push || !jsonx_text(push, "sdp", NULL)) {
		world_fail(__FILE__, __LINE__, "no push %s with an sdp", on);
		return;
	}
	in.body = json_pack("{s:i,s:s,s:s,s:s}", "id", 9, "do",
		str_equal(on, "media") ? "call.media" : "supervise.media", "interaction",
		jsonx_text(push, "interaction", ""), "sdp", browser_sdp(sdp, sizeof(sdp)));
	center_send(w->center, &in);
	world_run(w);
	if (!jsonx_bool(world_reply(w), "ok", false))
		world_fail(__FILE__, __LINE__, "%s: %s", on,
			jsonx_text(json_object_get(world_reply(w), "error"), "code", "?"));
	world_media(w, MEDIA_LEG_READY, leg);
}

uint64_t world_party_leg(struct world *w, const struct interaction *ix, uint64_t user)
{
	const struct party *p = ix ? party_of_user(ix, user) : NULL;

	(void)w;
	return p && p->leg ? p->leg->id : 0;
}

struct sip_command *world_sip_command(struct world *w, enum sip_command_kind kind)
{
	for (size_t i = w->sip.len; i-- > 0;)
		if (w->sip.at[i].kind == kind)
			return &w->sip.at[i];
	return NULL;
}

struct media_command *world_media_command(struct world *w, enum media_command_kind kind)
{
	for (size_t i = w->media.len; i-- > 0;)
		if (w->media.at[i].kind == kind)
			return &w->media.at[i];
	return NULL;
}

const char *world_state(struct world *w, uint64_t user)
{
	const struct agent *a = world_agent_of(w, user);

	return a ? a->state : "(none)";
}

void world_finish_playing(struct world *w, uint64_t leg)
{
	struct interaction *ix = world_ix(w, leg);
	struct media_event over = {
		.kind = MEDIA_PLAY_ENDED, .leg = leg, .group = ix ? ix->id : 0, .ref = ix ? ix->play.ref : 0};

	center_on_media(&over, w->center);
	world_run(w);
}

bool desk_open(struct world *w, struct desk *d)
{
	*d = (struct desk){.ann = world_agent(w, "ann", ""), .bob = world_agent(w, "bob", "")};
	if (!world_start(w))
		return false;
	d->ann_page = world_ready(w, d->ann);
	world_pass(w, 1);
	d->bob_page = world_ready(w, d->bob);
	return d->ann && d->bob;
}

uint64_t desk_talk(struct world *w, struct desk *d)
{
	uint64_t leg = world_call(w, "100", "1000");

	world_connect(w, d->ann_page, d->ann);
	return leg;
}
