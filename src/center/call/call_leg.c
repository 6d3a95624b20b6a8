/* A leg: one peer of an interaction, known to media/ (its audio) and to sip/ (its dialog) or to a browser.
 * This file opens and closes legs and keeps track of who still knows them; what a leg's answer or end means
 * is call.c's and offer.c's. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/defence/outgoing.h"
#include "center/dial/dial.h"
#include "center/dial/dial_trunk.h"
#include "center/fax/fax.h"
#include "center/record/fork.h"
#include "center/state.h"

#include <errno.h>

#define RETRY_MS 200

struct leg *call_leg_new(struct interaction *ix, enum leg_role role, enum leg_kind kind, uint64_t id)
{
	struct leg *leg = alloc_zero(sizeof(*leg));

	if (!leg)
		return NULL;
	leg->id = id ? id : id_new();
	leg->role = role;
	leg->kind = kind;
	leg->interaction = ix;
	leg->state = LEG_OPENING;
	ix->n_legs++;
	if (map_put(&ix->center->legs, leg->id, leg) < 0) {
		ix->n_legs--;
		alloc_free(leg);
		return NULL;
	}
	return leg;
}

/* --- rooms that are too far behind
 * ----------------------------------------------------------------------------------- */

static void close_media(struct leg *leg)
{
	call_leg_send_media(leg, &(struct media_command){.kind = MEDIA_LEG_CLOSE});
}

static void retry_due(struct timer *t, int64_t now_ms)
{
	struct leg *leg = (struct leg *)((char *)t - offsetof(struct leg, retry_timer));
	bool owes_answer = leg->owes_answer && leg->state == LEG_ANSWERED && leg->has_sip;
	bool owes_hang_up = leg->owes_hang_up && leg->has_sip, owes_close = leg->owes_close && leg->has_media;

	(void)now_ms;
	leg->owes_answer = leg->owes_hang_up = leg->owes_close = false;
	if (owes_answer)
		call_leg_send_sip(
			leg, &(struct sip_command){.kind = SIP_ANSWER, .code = 200, .sdp = leg->local});
	if (owes_hang_up)
		call_leg_send_sip(leg, &(struct sip_command){.kind = SIP_HANG_UP, .code = leg->hang_up_code});
	if (owes_close)
		close_media(leg);
}

static void retry_soon(struct leg *leg)
{
	struct center *c = leg->interaction->center;

	timer_set(&c->timers, &leg->retry_timer, c->now_ms + RETRY_MS, retry_due);
}

/* A leg must never wait for an event that cannot come: what began fails by message, what ends is said again.
 */
static void media_refused(struct leg *leg, const struct media_command *cmd)
{
	struct media_event e = {.group = cmd->group, .leg = leg->id, .ref = cmd->ref, .reason = -ENOBUFS};

	log_error("center", cmd->group, "the media engine is too far behind: command %d is lost",
		(int)cmd->kind);
	switch (cmd->kind) {
	case MEDIA_LEG_OPEN:
		e.kind = MEDIA_LEG_FAILED;
		break;
	case MEDIA_RECORD:
		e.kind = MEDIA_RECORD_ENDED;
		break;
	case MEDIA_PLAY:
		e.kind = MEDIA_PLAY_ENDED;
		break;
	case MEDIA_FAX:
		e.kind = MEDIA_FAX_ENDED;
		break;
	case MEDIA_LEG_CLOSE:
		leg->owes_close = true;
		retry_soon(leg);
		return;
	default:
		return;
	}
	center_on_media(&e, leg->interaction->center);
}

static void sip_refused(struct leg *leg, const struct sip_command *cmd)
{
	struct sip_event e = {.kind = SIP_ENDED, .leg = leg->id, .code = 503};

	log_error("center", cmd->interaction, "the SIP thread is too far behind: command %d is lost",
		(int)cmd->kind);
	if (cmd->kind == SIP_CALL) {
		center_on_sip(&e, leg->interaction->center);
	} else if (cmd->kind == SIP_ANSWER || cmd->kind == SIP_HANG_UP) {
		leg->owes_answer |= cmd->kind == SIP_ANSWER;
		leg->owes_hang_up |= cmd->kind == SIP_HANG_UP;
		leg->hang_up_code = cmd->code;
		retry_soon(leg);
	}
}

void call_leg_send_media(struct leg *leg, struct media_command *cmd)
{
	if (!leg) /* the side it is meant for is not there (yet) */
		return;
	cmd->leg = leg->id;
	cmd->group = leg->interaction->id;
	if (media_send(leg->interaction->center->parts.media, cmd) < 0)
		media_refused(leg, cmd);
}

void call_leg_send_sip(struct leg *leg, struct sip_command *cmd)
{
	cmd->leg = leg->id;
	cmd->interaction = leg->interaction->id;
	if (sip_send(leg->interaction->center->parts.sip, cmd) < 0)
		sip_refused(leg, cmd);
}

bool call_leg_try_sip(struct leg *leg, struct sip_command *cmd)
{
	cmd->leg = leg->id;
	cmd->interaction = leg->interaction->id;
	return sip_send(leg->interaction->center->parts.sip, cmd) == 0;
}

void call_leg_open(struct leg *leg)
{
	bool is_browser = leg->kind == LEG_BROWSER;

	/* Whoever talks with a customer who may show pictures, may see them and show some. */
	const struct leg *customer = leg->interaction->customer;
	leg->has_video |= is_browser && leg->role != LEG_CUSTOMER && customer && customer->has_video;
	leg->has_media = true;
	leg->opened_mono = leg->interaction->center->now_ms;
	call_leg_send_media(leg, &(struct media_command){.kind = MEDIA_LEG_OPEN,
					 .open = {.is_webrtc = is_browser,
						 .is_offerer = is_browser && leg->role != LEG_CUSTOMER,
						 .has_video = leg->has_video}});
}

void call_leg_hang_up(struct leg *leg, int code, const char *reason)
{
	struct sip_command cmd = {.kind = SIP_HANG_UP, .code = code};

	if (!leg || leg->state == LEG_CLOSING)
		return;
	leg->state = LEG_CLOSING;
	hear_forget_leg(leg->interaction, leg->id);
	str_put(cmd.reason, sizeof(cmd.reason), reason);
	if (leg->has_sip)
		call_leg_send_sip(leg, &cmd);
	if (leg->has_media)
		close_media(leg);
	call_leg_gone(leg);
}

void call_leg_gone(struct leg *leg)
{
	struct interaction *ix = leg->interaction;
	struct agent *ringing = offer_of(leg);

	if (leg->has_media || leg->has_sip)
		return;
	if (ringing)
		ringing->offer.leg = NULL;
	if (leg->party && leg->party->leg == leg)
		leg->party->leg = NULL;
	else if (leg->party && leg->party->next_leg == leg)
		leg->party->next_leg = NULL;
	else if (leg->party && leg->party->other_line == leg)
		leg->party->other_line = NULL;
	fork_forget_leg(leg);
	map_remove(&ix->center->legs, leg->id);
	timer_cancel(&ix->center->timers, &leg->retry_timer);
	if (ix->customer == leg)
		ix->customer = NULL;
	if (ix->agent_leg == leg)
		ix->agent_leg = NULL;
	if (ix->outside == leg)
		ix->outside = NULL;
	alloc_free(leg->call);
	alloc_free(leg->way);
	alloc_free(leg->offer_sdp);
	alloc_free(leg);
	ix->n_legs--;
	call_forget_if_over(ix);
}

/* --- what the media engine says
 * -------------------------------------------------------------------------------------- */

static void on_opened(struct leg *leg, const struct media_event *e)
{
	struct interaction *ix = leg->interaction;

	if (leg->state == LEG_CLOSING || leg->local.has_audio)
		return;
	call_leg_local_sdp(leg, e);
	if (leg->role == LEG_CUSTOMER) {
		if (leg->remote.has_audio)
			call_leg_set_remote(leg);
		visitor_answer(ix);
		if (!ix->is_ending)
			call_media_opened(ix);
	} else if (leg->is_incoming) {
		call_leg_set_remote(leg);
		leg->state = LEG_ANSWERED;
		call_leg_send_sip(
			leg, &(struct sip_command){.kind = SIP_ANSWER, .code = 200, .sdp = leg->local});
	} else if (leg->kind == LEG_BROWSER) {
		offer_to_browser(leg);
	} else if (leg->call) {
		if (ix->fax_document)
			fax_narrow(leg);
		leg->call->sdp = leg->local;
		leg->state = LEG_INVITED;
		leg->has_sip = true;
		if (leg->call->call.to == SIP_TO_TRUNK) {
			outgoing_begun(leg->interaction->center, leg->id,
				leg->interaction->dial ? leg->interaction->dial->user : 0,
				leg->call->call.number);
			dial_send(leg);
			return;
		}
		call_leg_send_sip(leg, leg->call);
		alloc_free(TAKE_PTR(leg->call));
	}
}

/* Why a leg has no audio, as history says it. Before it opened something of ours was missing, later the peer
 * asked for what cannot be. */
static const char *failure(const struct leg *leg, int reason)
{
	if (!leg->local.has_audio)
		return reason == -EMFILE ? "no_ports" : "no_media";
	if (reason == -EPROTO || reason == -ETIMEDOUT || reason == -ECONNRESET)
		return "no_encryption";
	return reason == -EINVAL ? "bad_sdp" : "no_media";
}

static void on_failed(struct leg *leg, int reason)
{
	struct interaction *ix = leg->interaction;
	const char *why = failure(leg, reason);

	if (str_equal(why, "no_ports"))
		log_error("center", ix->id, "all of rtp_ports are taken: the call gets no audio. Widen them");
	else
		log_error("center", ix->id, "no audio for a leg: %s, error %d", why, reason);
	/* What was opened is still there, with its port: it has to be closed like any other. */
	leg->has_media = leg->local.has_audio;
	if (leg->state == LEG_CLOSING) {
		call_leg_gone(leg);
	} else if (leg->role == LEG_CUSTOMER) {
		call_end(ix, why, leg->local.has_audio ? 488 : 503);
	} else if (leg->role == LEG_AGENT || leg->party) {
		call_leg_lost(leg);
	}
}

/* -ECONNRESET: the browser itself ended it, as a page does that is closed. */
static void on_lost(struct leg *leg, int reason)
{
	struct interaction *ix = leg->interaction;

	if (leg->state == LEG_CLOSING)
		return;
	log_warn("center", ix->id, "no audio from a leg any more");
	if (leg->role == LEG_CUSTOMER)
		call_end(ix, reason == -ECONNRESET ? "customer_hung_up" : "media_lost", 0);
	else if (leg->party && leg == leg->party->leg && leg->party->role == PARTY_AGENT &&
		 leg->party->state == PARTY_CONNECTED)
		audio_lost(leg->party);
	else if (leg->role == LEG_AGENT || leg->party)
		call_leg_lost(leg);
}

void call_leg_on_media(struct center *c, const struct media_event *e)
{
	struct leg *leg = map_get(&c->legs, e->leg);

	if (e->kind == MEDIA_PLAY_ENDED) {
		play_on_ended(c, e->ref, e->reason);
		return;
	}
	if (e->kind == MEDIA_RECORD_STARTED || e->kind == MEDIA_RECORD_ENDED) {
		record_on_media(c, e);
		return;
	}
	if (e->kind == MEDIA_FAX_ENDED) {
		fax_on_ended(c, e);
		return;
	}
	if (e->kind == MEDIA_RECORD_ALARM) {
		record_on_alarm(c, e);
		return;
	}
	if (!leg)
		return;
	if (leg->role == LEG_FORK && e->kind != MEDIA_LEG_CLOSED) {
		fork_on_media(leg, e);
		return;
	}
	switch (e->kind) {
	case MEDIA_LEG_OPENED:
		on_opened(leg, e);
		break;
	case MEDIA_LEG_FAILED:
		on_failed(leg, e->reason);
		break;
	case MEDIA_LEG_READY:
		quality_begin(leg);
		if (leg->role == LEG_CUSTOMER)
			leg->state = leg->kind == LEG_BROWSER ? LEG_UP : leg->state;
		else if (leg->kind == LEG_BROWSER && leg->state == LEG_ANSWERED)
			offer_connected(leg);
		break;
	case MEDIA_LEG_LOST:
		on_lost(leg, e->reason);
		break;
	case MEDIA_QUALITY:
		quality_told(leg, &e->stats);
		break;
	case MEDIA_LEG_CLOSED:
		leg->has_media = false;
		quality_ended(leg, &e->stats);
		call_leg_gone(leg);
		break;
	case MEDIA_DETECTED:
		detect_on_media(leg, e);
		if (e->detected.what == MEDIA_FAX_CALLING && leg->role == LEG_CUSTOMER)
			fax_heard_calling(leg->interaction);
		break;
	case MEDIA_DTMF:
	case MEDIA_DTMF_OUT:
		keys_on_media(leg, e);
		break;
	default:
		break;
	}
}
