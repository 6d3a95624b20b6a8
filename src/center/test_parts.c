/* See test_parts.h. The doubles are the functions of sip/, media/ and speech/ that the centre calls, defined
 * here instead of linked; store_append and store_health pass through here (--wrap) on their way to the store.
 */
#include "center/test_parts.h"
#include "media/record/playback.h"
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

/* --- sip/
 * -----------------------------------------------------------------------------------------------------------
 */

static struct sdp phone_sdp(void)
{
	struct sdp s = {.has_audio = true,
		.port = 4000,
		.ptime_ms = 20,
		.n_formats = 2,
		.formats = {{SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}}};

	(void)str_put(s.address, sizeof(s.address), "192.0.2.9");
	return s;
}

static void tell_sip(struct world *w, enum sip_event_kind kind, uint64_t leg, int code, bool is_remote)
{
	struct sip_event e = {.kind = kind, .leg = leg, .code = code, .is_remote = is_remote};

	e.has_sdp = kind == SIP_ANSWERED || kind == SIP_REINVITED;
	e.sdp = phone_sdp();
	center_on_sip(&e, w->center);
}

struct siprec world_siprec;

struct siprec *siprec_new(void)
{
	return alloc_zero(sizeof(struct siprec));
}

void siprec_free(struct siprec *siprec)
{
	alloc_free(siprec);
}

int sip_send(struct sip *sip, const struct sip_command *cmd)
{
	struct world *w = (struct world *)(void *)sip;

	if (w->is_sip_full)
		return -ENOBUFS;
	if (cmd->kind == SIP_CONFIGURE) {
		sip_directory_free(cmd->directory);
		return 0;
	}
	(void)VEC_PUSH(&w->sip, *cmd);
	if ((cmd->kind == SIP_CALL || cmd->kind == SIP_REINVITE) && cmd->siprec) {
		world_siprec = *cmd->siprec;
		siprec_free(cmd->siprec);
	}
	if (w->is_sip_silent)
		return 0;
	if (cmd->kind == SIP_ANSWER)
		tell_sip(w, SIP_ANSWERED, cmd->leg, 200, false);
	else if (cmd->kind == SIP_HANG_UP || cmd->kind == SIP_REJECT)
		tell_sip(w, SIP_ENDED, cmd->leg, cmd->code, false);
	return 0;
}

struct sip_directory *sip_directory_new(int n_trunks, int n_accounts)
{
	struct sip_directory *d = alloc_zero(sizeof(*d));

	if (!d)
		return NULL;
	d->trunks = alloc_array((size_t)n_trunks + 1, sizeof(*d->trunks));
	d->accounts = alloc_array((size_t)n_accounts + 1, sizeof(*d->accounts));
	if (d->trunks && d->accounts)
		return d;
	sip_directory_free(d);
	return NULL;
}

void sip_directory_free(struct sip_directory *d)
{
	if (!d)
		return;
	alloc_free(d->trunks);
	alloc_free(d->accounts);
	alloc_free(d);
}

/* --- media/
 * ---------------------------------------------------------------------------------------------------------
 */

static void tell_media(struct world *w, struct media_event *e, enum media_event_kind kind, uint64_t leg)
{
	e->kind = kind;
	e->leg = leg;
	center_on_media(e, w->center);
}

/* layer -1: all of them */
static void play_replaced(struct world *w, uint64_t leg, uint64_t group, uint64_t next_ref, int layer)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w->playing[i].leg == leg && (layer < 0 || (int)w->playing[i].layer == layer)) {
			struct media_event e = {.group = group, .ref = w->playing[i].ref, .reason = 1};
			w->playing[i].leg = 0;
			tell_media(w, &e, MEDIA_PLAY_ENDED, leg);
		}
	for (int i = 0; next_ref && i < WORLD_RECORDINGS_MAX; i++)
		if (!w->playing[i].leg) {
			w->playing[i].leg = leg;
			w->playing[i].ref = next_ref;
			w->playing[i].group = group;
			w->playing[i].layer = (enum media_layer)layer;
			return;
		}
}

static void record_begins(struct world *w, const struct media_command *cmd)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (!w->recording[i].ref) {
			struct media_event e = {.group = cmd->group, .ref = cmd->ref};
			w->recording[i].ref = cmd->ref;
			w->recording[i].leg = cmd->leg;
			w->recording[i].group = cmd->group;
			tell_media(w, &e, MEDIA_RECORD_STARTED, cmd->leg);
			return;
		}
}

static void record_ends(struct world *w, uint64_t ref, uint64_t leg)
{
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
		if (w->recording[i].ref && (w->recording[i].ref == ref || w->recording[i].leg == leg)) {
			struct media_event e = {.group = w->recording[i].group,
				.ref = w->recording[i].ref,
				.record = {.duration_ms = w->recorded_ms, .bytes = w->recorded_ms * 16}};
			w->recording[i].ref = 0;
			tell_media(w, &e, MEDIA_RECORD_ENDED, w->recording[i].leg);
		}
}

static void answer_media(struct world *w, const struct media_command *cmd)
{
	struct media_event e = {.group = cmd->group};

	switch (cmd->kind) {
	case MEDIA_LEG_OPEN:
		(void)str_put(e.opened.address, sizeof(e.opened.address), "192.0.2.1");
		(void)str_put(e.opened.ufrag, sizeof(e.opened.ufrag), "ufra");
		(void)str_put(e.opened.password, sizeof(e.opened.password), "passwordpasswordpassword");
		(void)str_put(e.opened.fingerprint, sizeof(e.opened.fingerprint), "sha-256 AB:CD");
		e.opened.port = 20000;
		tell_media(w, &e, MEDIA_LEG_OPENED, cmd->leg);
		break;
	case MEDIA_LEG_CLOSE:
		play_replaced(w, cmd->leg, cmd->group, 0, -1);
		if (!w->is_recorder_silent)
			record_ends(w, 0, cmd->leg);
		tell_media(w, &e, MEDIA_LEG_CLOSED, cmd->leg);
		break;
	case MEDIA_PLAY:
		play_replaced(w, cmd->leg, cmd->group, cmd->ref, (int)cmd->play.layer);
		break;
	case MEDIA_PLAY_STOP:
		play_replaced(w, cmd->leg, cmd->group, 0, (int)cmd->play.layer);
		break;
	default:
		break;
	}
}

static void hears_nobody(struct world *w, uint64_t leg)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg || w->hears.at[i].other == leg)
			VEC_REMOVE(&w->hears, i);
}

bool world_hears(const struct world *w, uint64_t leg, uint64_t other)
{
	VEC_EACH(&w->hears, i)
	if (w->hears.at[i].leg == leg && w->hears.at[i].other == other)
		return true;
	return false;
}

static void hear(struct world *w, uint64_t leg, uint64_t other, bool is_on)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg && w->hears.at[i].other == other)
			VEC_REMOVE(&w->hears, i);
	if (is_on)
		(void)VEC_PUSH(&w->hears, (struct hear){leg, other});
}

/* Whom leg hears and leg part; who hears leg without being heard stays. */
static void parts(struct world *w, uint64_t leg)
{
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].other == leg && world_hears(w, leg, w->hears.at[i].leg))
			VEC_REMOVE(&w->hears, i);
	for (size_t i = w->hears.len; i-- > 0;)
		if (w->hears.at[i].leg == leg)
			VEC_REMOVE(&w->hears, i);
}

/* As media.h promises it. */
static void follow_hearing(struct world *w, const struct media_command *cmd)
{
	if (cmd->kind == MEDIA_HEAR) {
		hear(w, cmd->leg, cmd->other, cmd->hear.is_on);
	} else if (cmd->kind == MEDIA_BRIDGE) {
		parts(w, cmd->leg);
		parts(w, cmd->other);
		hear(w, cmd->leg, cmd->other, true);
		hear(w, cmd->other, cmd->leg, true);
	} else if (cmd->kind == MEDIA_UNBRIDGE || cmd->kind == MEDIA_LEG_CLOSE) {
		hears_nobody(w, cmd->leg);
	}
}

const char *world_plays(const struct world *w, uint64_t leg)
{
	for (size_t i = w->media.len; i-- > 0;) {
		const struct media_command *cmd = &w->media.at[i];
		if (cmd->leg == leg && cmd->kind == MEDIA_PLAY)
			return cmd->play.list[0].path;
		if (cmd->leg == leg && (cmd->kind == MEDIA_PLAY_STOP || cmd->kind == MEDIA_LEG_CLOSE))
			return "";
	}
	return "";
}

int media_send(struct media *media, const struct media_command *cmd)
{
	struct world *w = (struct world *)(void *)media;

	if (w->is_media_full)
		return -ENOBUFS;
	(void)VEC_PUSH(&w->media, *cmd);
	follow_hearing(w, cmd);
	if (cmd->kind == MEDIA_RECORD)
		record_begins(w, cmd);
	else if (cmd->kind == MEDIA_RECORD_STOP && !w->is_recorder_silent)
		record_ends(w, cmd->ref, 0);
	else if (!w->is_media_silent)
		answer_media(w, cmd);
	return 0;
}

char world_repaired[MEDIA_PATH_MAX];

bool media_speaks(enum sdp_codec codec)
{
	return codec != SDP_CODEC_NONE;
}

int media_recording_repair(const char *path, int64_t *ret_duration_ms)
{
	(void)str_put(world_repaired, sizeof(world_repaired), path);
	*ret_duration_ms = 4000;
	return 0;
}

/* Every recording that is opened again sounds the same. */
struct playback {
	int unused;
};
static struct playback the_playback;

int playback_open(struct playback **ret_playback, const char *path, playback_key_handler *on_key, void *arg)
{
	(void)path;
	(void)on_key;
	(void)arg;
	*ret_playback = &the_playback;
	return 0;
}

void playback_free(struct playback *p)
{
	(void)p;
}

ssize_t playback_wav(struct playback *p, int channel, int64_t offset, void *buffer, size_t n)
{
	(void)p;
	(void)channel;
	if (offset > 0 || n < 4)
		return 0;
	memcpy(buffer, "RIFF", 4);
	return 4;
}

/* --- speech/
 * -------------------------------------------------------------------------------------------------------- */

int speech_cached(
	struct speech *s, const char *text, const char *language, char ret_path[static SPEECH_PATH_MAX])
{
	struct world *w = (struct world *)(void *)s;

	(void)language;
	if (w->speech != SPEECH_CACHED)
		return -ENOENT;
	snprintf(ret_path, SPEECH_PATH_MAX, "/speech/%zu.wav", strlen(text));
	return 0;
}

int speech_request(struct speech *s, const char *text, const char *language, uint64_t ref)
{
	struct world *w = (struct world *)(void *)s;

	(void)text, (void)language;
	if (w->speech == SPEECH_FULL)
		return -ENOBUFS;
	return VEC_PUSH(&w->spoken, ref);
}

/* --- store/ on its way
 * ---------------------------------------------------------------------------------------------- */

static struct world *logging;

int __real_store_append(struct store *s, const struct event *e, uint64_t *ret_seq);
int __wrap_store_append(struct store *s, const struct event *e, uint64_t *ret_seq);
void __real_store_health(const struct store *s, struct store_health *ret_health);
void __wrap_store_health(const struct store *s, struct store_health *ret_health);

int __wrap_store_append(struct store *s, const struct event *e, uint64_t *ret_seq)
{
	struct logged l = {.e = *e};

	(void)str_put(l.reason, sizeof(l.reason), e->reason);
	(void)str_put(l.name, sizeof(l.name), e->name);
	(void)str_put(l.text, sizeof(l.text), e->text);
	(void)str_put(l.to, sizeof(l.to), e->to);
	if (logging && logging->events_kept == 0) {
		*ret_seq = 0;
		return 0;
	}
	if (logging && logging->events_kept > 0)
		logging->events_kept--;
	if (logging)
		(void)VEC_PUSH(&logging->log, l);
	return __real_store_append(s, e, ret_seq);
}

void __wrap_store_health(const struct store *s, struct store_health *ret_health)
{
	__real_store_health(s, ret_health);
	if (logging && logging->is_store_full)
		ret_health->backlog = STORE_BACKLOG_MAX;
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

	logging = w;
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
	memset(w->recording, 0, sizeof(w->recording));
	memset(w->playing, 0, sizeof(w->playing));
	w->spoken.len = w->hears.len = 0;
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
			tell_sip(w, SIP_ENDED, leg->id, 0, false);
		if (leg->has_media)
			tell_media(w, &e, MEDIA_LEG_CLOSED, leg->id);
	}
	for (int i = 0; i < WORLD_RECORDINGS_MAX; i++) {
		leg = map_get(&w->center->legs, w->recording[i].leg);
		const struct interaction *ix = leg ? leg->interaction : NULL;
		if (w->recording[i].ref &&
			(!ix || ix->recording.id != w->recording[i].ref || ix->recording.is_stopping))
			record_ends(w, w->recording[i].ref, 0);
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
	tell_sip(w, SIP_ENDED, legs.at[i], 0, true);
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
	logging = NULL;
	world_forget(w);
	VEC_FREE(&w->sip);
	VEC_FREE(&w->media);
	VEC_FREE(&w->said);
	VEC_FREE(&w->log);
	VEC_FREE(&w->spoken);
	VEC_FREE(&w->hears);
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
		.sdp = phone_sdp()};

	(void)str_put(e.from_number, sizeof(e.from_number), from);
	(void)str_put(e.to_number, sizeof(e.to_number), to);
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

void world_sip(struct world *w, enum sip_event_kind kind, uint64_t leg, int code)
{
	tell_sip(w, kind, leg, code, true);
	world_run(w);
}

void world_media(struct world *w, enum media_event_kind kind, uint64_t leg)
{
	const struct leg *l = map_get(&w->center->legs, leg);
	struct media_event e = {.group = l ? l->interaction->id : 0};

	tell_media(w, &e, kind, leg);
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
	struct sdp s = phone_sdp();

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
