/* One call from first message to last: our audio's address, INVITE, answer, BYE, and the books closed.
 *
 * Invariant: a call is in the table until sip/ and media/ have both let go of it; then it is reported and
 * freed, once. */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "caller/call.h"

#include <errno.h>

static const enum sdp_codec codecs[] = {SDP_PCMA, SDP_PCMU};

static void release_when_over(struct call *call)
{
	struct caller *c = call->caller;

	if (call->has_sip || call->has_media)
		return;
	timer_cancel(&c->timers, &call->timer_end);
	timer_cancel(&c->timers, &call->timer_digit);
	timer_cancel(&c->timers, &call->timer_limit);
	timer_cancel(&c->timers, &call->timer_answer);
	c->n_over++;
	c->n_answered += call->answered_ms != 0;
	c->n_failed += call->answered_ms == 0;
	report_ended(call);
	map_remove(&c->calls, call->leg);
	alloc_free(call);
}

static struct call *call_of_limit(struct timer *t)
{
	return (struct call *)((char *)t - offsetof(struct call, timer_limit));
}

/* sip/ or media/ never said that it is over: their mailbox to us overflowed. */
static void on_lost(struct timer *t, int64_t now_ms)
{
	struct call *call = call_of_limit(t);

	(void)now_ms;
	log_warn("caller", call->leg, "call %d was never reported as over; giving it up", call->number);
	call->has_sip = call->has_media = false;
	release_when_over(call);
}

static void on_limit(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	call_hang_up(call_of_limit(t), "limit");
}

static void close_media(struct call *call)
{
	struct media_command m = {.kind = MEDIA_LEG_CLOSE, .group = call->leg, .leg = call->leg};

	if (call->has_media && media_send(call->caller->media, &m) < 0)
		call->has_media = false;
}

/* Books the end once: who, why, when. */
static void book_end(struct call *call, bool is_by_peer, int code, const char *reason)
{
	struct caller *c = call->caller;

	if (call->ended_ms)
		return;
	call->ended_ms = c->now_ms;
	call->hung_up_us = clock_mono_ns() / 1000;
	call->is_ended_by_peer = is_by_peer;
	call->code = code;
	str_put(call->reason, sizeof(call->reason), reason);
	call->state = CALL_ENDING;
	timer_cancel(&c->timers, &call->timer_end);
	timer_cancel(&c->timers, &call->timer_digit);
	timer_cancel(&c->timers, &call->timer_answer);
	if (timer_set(&c->timers, &call->timer_limit, c->now_ms + CALLER_ENDING_MS, on_lost) < 0)
		call->has_sip = call->has_media = false;
}

void call_hang_up(struct call *call, const char *reason)
{
	struct sip_command s = {.kind = SIP_HANG_UP, .leg = call->leg};

	if (call->state == CALL_ENDING)
		return;
	book_end(call, false, 0, reason);
	str_put(s.reason, sizeof(s.reason), "normal");
	if (call->has_sip && sip_send(call->caller->sip, &s) < 0)
		call->has_sip = false;
	if (!call->has_sip)
		close_media(call);
}

static int open_media(struct call *call)
{
	struct media_command m = {.kind = MEDIA_LEG_OPEN, .group = call->leg, .leg = call->leg};
	int err = media_send(call->caller->media, &m);

	call->has_media = err == 0;
	return err;
}

static struct call *call_new(struct caller *c, uint64_t leg)
{
	struct call *call = alloc_zero(sizeof(*call));

	if (!call)
		return NULL;
	call->caller = c;
	call->leg = leg;
	call->number = c->n_started + 1;
	call->started_ms = c->now_ms;
	call->started_us = clock_mono_ns() / 1000;
	call->tone_db = call->level_db = -120;
	call->talk_ms = caller_draw(c, c->options->talk);
	call->patience_ms = caller_draw(c, c->options->patience);
	call->answer_ms = caller_draw(c, c->options->answer);
	if (map_put(&c->calls, leg, call) < 0) {
		alloc_free(call);
		return NULL;
	}
	if (timer_set(&c->timers, &call->timer_limit, c->now_ms + CALLER_LIMIT_MS, on_limit) < 0 ||
		open_media(call) < 0) {
		timer_cancel(&c->timers, &call->timer_limit);
		map_remove(&c->calls, leg);
		alloc_free(call);
		return NULL;
	}
	c->n_started++;
	return call;
}

static void choose_person(struct call *call)
{
	struct caller *c = call->caller;

	if (str_equal(c->options->from, "people")) {
		call->person = &people[caller_draw_index(c, (uint32_t)n_people)];
		str_put(call->from, sizeof(call->from), call->person->number);
		return;
	}
	str_put(call->from, sizeof(call->from), c->options->from);
	for (char *p = call->from; *p; p++)
		if (*p == '#')
			*p = (char)('0' + caller_draw_index(c, 10));
}

/* One of the alternatives of --digits. */
static void choose_digits(struct call *call)
{
	const char *p = call->caller->options->digits;
	uint32_t n = 1;

	for (const char *q = p; *q; q++)
		n += *q == '|';
	for (uint32_t skip = caller_draw_index(call->caller, n); skip; skip--)
		p = strchr(p, '|') + 1;
	str_put_n(call->digits, sizeof(call->digits), p, strcspn(p, "|"));
}

int call_place(struct caller *c)
{
	struct call *call = call_new(c, id_new());

	if (!call)
		return -ENOBUFS;
	choose_person(call);
	choose_digits(call);
	const char *user = c->options->to + strlen("sip:");
	str_put_n(call->to, sizeof(call->to), user, strcspn(user, "@;"));
	report_started(call);
	return 0;
}

static void on_impatient(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	call_hang_up((struct call *)((char *)t - offsetof(struct call, timer_end)), "impatient");
}

static void send_invite(struct call *call)
{
	struct caller *c = call->caller;
	struct sip_command s = {.kind = SIP_CALL, .leg = call->leg, .sdp = call->local};

	s.call.to = SIP_TO_URI;
	s.call.timeout_s = CALLER_TRY_S;
	str_put(s.call.uri, sizeof(s.call.uri), c->options->to);
	str_put(s.call.from_number, sizeof(s.call.from_number), call->from);
	str_put(s.call.from_name, sizeof(s.call.from_name), call->person ? call->person->name : "");
	call->state = CALL_CALLING;
	call->started_ms = c->now_ms;
	if (sip_send(c->sip, &s) < 0) {
		call_hang_up(call, "signalling_overloaded");
		return;
	}
	call->has_sip = true;
	if (call->patience_ms &&
		timer_set(&c->timers, &call->timer_end, c->now_ms + call->patience_ms, on_impatient) < 0)
		call_hang_up(call, "memory");
}

static void set_remote(struct call *call)
{
	struct sdp_format format = sdp_choose(&call->remote, codecs, 2);
	struct media_command m = {.kind = MEDIA_LEG_REMOTE, .group = call->leg, .leg = call->leg};
	bool is_inband = call->caller->options->dtmf != CALLER_DTMF_RFC4733;

	if (format.codec == SDP_CODEC_NONE) {
		call_hang_up(call, "no_common_codec");
		return;
	}
	str_put(m.remote.address, sizeof(m.remote.address), call->remote.address);
	m.remote.port = call->remote.port;
	m.remote.codec = format.codec;
	m.remote.payload_type = format.payload_type;
	m.remote.telephone_event = is_inband ? 0 : sdp_telephone_event(&call->remote, 8000);
	m.remote.ptime_ms = 20;
	m.remote.direction = SDP_SENDRECV;
	if (media_send(call->caller->media, &m) < 0)
		call_hang_up(call, "audio_overloaded");
}

static void come_up(struct call *call)
{
	if (call->answered_ms || call->state == CALL_ENDING)
		return;
	call->state = CALL_UP;
	call->answered_ms = call->caller->now_ms;
	report_answered(call);
	set_remote(call);
	if (call->state == CALL_UP)
		talk_begin(call);
}

static void reject(struct caller *c, uint64_t leg, int code, const char *reason)
{
	struct sip_command s = {.kind = SIP_REJECT, .leg = leg, .code = code};

	str_put(s.reason, sizeof(s.reason), reason);
	if (sip_send(c->sip, &s) < 0)
		log_warn("caller", leg, "signalling is overloaded: a call could not be turned away");
}

/* "a12" with N >= 12 agents is 12; 0 otherwise. */
static int agent_number(const struct caller *c, const char *user)
{
	int64_t n;

	return user[0] == 'a' && str_to_int(user + 1, 1, c->options->agents, &n) == 0 ? (int)n : 0;
}

static bool is_agent_busy(const struct caller *c, const char *user)
{
	const struct call *call;

	for (size_t i = 0; (call = map_next(&c->calls, &i));)
		if (str_equal(call->to, user) && call->state != CALL_ENDING)
			return true;
	return false;
}

void call_take(struct caller *c, const struct sip_event *e)
{
	bool has_codec = e->has_sdp && sdp_choose(&e->sdp, codecs, 2).codec != SDP_CODEC_NONE;

	if (c->is_stopping || !agent_number(c, e->to_number) || !has_codec) {
		reject(c, e->leg, c->is_stopping ? 503 : has_codec ? 404 : 488, "not here");
		return;
	}
	if (is_agent_busy(c, e->to_number)) {
		reject(c, e->leg, 486, "busy");
		return;
	}
	struct call *call = call_new(c, e->leg);
	if (!call) {
		reject(c, e->leg, 503, "overloaded");
		return;
	}
	call->is_incoming = call->has_sip = true;
	call->remote = e->sdp;
	str_put(call->from, sizeof(call->from), e->from_number);
	str_put(call->to, sizeof(call->to), e->to_number);
	report_started(call);
}

static void answer(struct call *call)
{
	struct sip_command s = {.kind = SIP_ANSWER, .leg = call->leg, .sdp = call->local};

	if (sip_send(call->caller->sip, &s) < 0)
		call_hang_up(call, "signalling_overloaded");
}

static void on_answer_due(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	answer((struct call *)((char *)t - offsetof(struct call, timer_answer)));
}

static void ring(struct call *call)
{
	struct sip_command s = {.kind = SIP_RING, .leg = call->leg};
	struct caller *c = call->caller;

	call->state = CALL_CALLING;
	if (!call->answer_ms) {
		answer(call);
		return;
	}
	if (sip_send(c->sip, &s) < 0 ||
		timer_set(&c->timers, &call->timer_answer, c->now_ms + call->answer_ms, on_answer_due) < 0)
		call_hang_up(call, "signalling_overloaded");
}

static void fill_local(struct call *call, const struct media_event *e)
{
	struct sdp *sdp = &call->local;

	*sdp = (struct sdp){
		.has_audio = true, .port = e->opened.port, .ptime_ms = 20, .ssrc = e->opened.ssrc};
	str_put(sdp->address, sizeof(sdp->address), e->opened.address);
	sdp->session_id = call->leg;
	sdp->session_version = 1;
	if (call->is_incoming) {
		uint8_t event = sdp_telephone_event(&call->remote, 8000);
		sdp->formats[sdp->n_formats++] = sdp_choose(&call->remote, codecs, 2);
		if (event)
			sdp->formats[sdp->n_formats++] = (struct sdp_format){SDP_TELEPHONE_EVENT, event};
		return;
	}
	sdp->formats[sdp->n_formats++] = (struct sdp_format){SDP_PCMA, 8};
	sdp->formats[sdp->n_formats++] = (struct sdp_format){SDP_PCMU, 0};
	if (call->caller->options->dtmf == CALLER_DTMF_RFC4733)
		sdp->formats[sdp->n_formats++] = (struct sdp_format){SDP_TELEPHONE_EVENT, 101};
}

void call_on_sip(struct call *call, const struct sip_event *e)
{
	if (e->has_sdp && (e->kind == SIP_ANSWERED || e->kind == SIP_REINVITED))
		call->remote = e->sdp;
	switch (e->kind) {
	case SIP_ANSWERED:
		come_up(call);
		break;
	case SIP_REINVITED:
		if (call->state == CALL_UP && e->has_sdp)
			set_remote(call);
		break;
	case SIP_ENDED:
		book_end(call, e->is_remote, e->code, e->reason);
		call->has_sip = false;
		close_media(call);
		release_when_over(call);
		break;
	default:
		break;
	}
}

void call_on_media(struct call *call, const struct media_event *e)
{
	switch (e->kind) {
	case MEDIA_LEG_OPENED:
		if (call->state != CALL_OPENING)
			break;
		fill_local(call, e);
		if (call->is_incoming)
			ring(call);
		else
			send_invite(call);
		break;
	case MEDIA_LEG_FAILED:
		call->has_media = false;
		log_warn("caller", call->leg, "no audio for call %d (%d): widen --rtp-ports", call->number,
			e->reason);
		call_hang_up(call, "no_audio");
		break;
	case MEDIA_TONE:
		talk_heard(call, e->tone.tone_db, e->tone.level_db);
		break;
	case MEDIA_LEG_CLOSED:
		call->stats = e->stats;
		call->has_media = false;
		break;
	default:
		break;
	}
	release_when_over(call);
}
