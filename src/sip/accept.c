/* Incoming calls: who is it (address, digest), may it (limits), 100/180/183/200 and the wait for ACK, CANCEL.
 */
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/leg.h"
#include "sip/session/headers.h"
#include "sip/session/replaces.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void on_offered_timer(void *arg);

struct caller {
	struct trunk *trunk;
	struct account *account;
};

/* Whether a stranger is asked for a password: only where one could have it, so that logins cannot be fished
 * for. */
static bool is_challenge_due(struct room *room, const struct sip_msg *msg)
{
	char login[64];
	struct account *account;

	if (room->directory->trunk_logins.len)
		return true;
	identity_number(&msg->from.uri, login, sizeof(login));
	account = strmap_get(&room->directory->logins, login);
	return account && registrar_is_here(account, &msg->src);
}

/* Who calls. False when the request was answered (challenged or refused) instead. */
static bool identify(struct room *room, const struct sip_msg *msg, struct caller *ret_caller)
{
	struct login login;

	ret_caller->account = NULL;
	ret_caller->trunk = sip_directory_trunk_at(room, &msg->src);
	if (ret_caller->trunk)
		return true;
	login = registrar_login(room, msg, true);
	ret_caller->trunk = login.trunk;
	ret_caller->account = login.account;
	switch (login.result) {
	case LOGIN_ACCOUNT:
	case LOGIN_TRUNK:
		return true;
	case LOGIN_STALE:
		registrar_challenge(room, msg, true);
		return false;
	case LOGIN_WRONG:
	case LOGIN_BLOCKED:
		(void)sip_reply(room->stack, msg, 403, "Forbidden");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "wrong login or password");
		return false;
	case LOGIN_NONE:
		break;
	}
	if (is_challenge_due(room, msg)) {
		registrar_challenge(room, msg, false);
		return false;
	}
	(void)sip_reply(room->stack, msg, 403, "Forbidden");
	room_refuse(room, msg, SIP_REFUSED_STRANGER, 403, 0, "no trunk has this address");
	return false;
}

static void refuse_busy(struct room *room, const struct sip_msg *msg, enum sip_refusal why, uint64_t trunk,
	const char *reason)
{
	(void)sip_replyf(
		room->stack, msg, 503, "Service Unavailable", "Retry-After: %d\r\n" NO_BODY, RETRY_AFTER_S);
	room_refuse(room, msg, why, 503, trunk, reason);
}

static bool is_within_limits(struct room *room, const struct sip_msg *msg, struct trunk *trunk)
{
	enum sip_refusal why;
	const char *text;
	uint64_t id = trunk ? trunk->config.id : 0;

	if (room->is_stopping || room->legs.len >= (size_t)room->config.legs_max)
		refuse_busy(room, msg, SIP_REFUSED_LIMIT, id,
			room->is_stopping ? "shutting down" : "too many legs");
	else if (trunk && (why = sip_directory_limit(room, trunk, &text)))
		refuse_busy(room, msg, why, id, text);
	else
		return true;
	return false;
}

/* The offer: 0 with has_sdp set or not, or the refusal was sent. */
static int read_offer(struct room *room, const struct sip_msg *msg, uint64_t trunk, struct sip_event *event)
{
	int err = sip_leg_sdp_read(msg, &event->sdp);

	event->has_sdp = err == 0;
	if (err == 0 || err == -ENOENT)
		return 0;
	if (err == -EPROTONOSUPPORT) {
		(void)sip_replyf(room->stack, msg, 415, "Unsupported Media Type",
			"Accept: application/sdp\r\n" NO_BODY);
		room_refuse(room, msg, SIP_REFUSED_SDP, 415, trunk, "the body is no SDP");
		return err;
	}
	(void)sip_replyf(room->stack, msg, 488, "Not Acceptable Here",
		"Warning: 305 markaz \"%s\"\r\n" NO_BODY, sdp_error_text(err));
	room_refuse(room, msg, err == SDP_NO_COMMON_CODEC ? SIP_REFUSED_MEDIA : SIP_REFUSED_SDP, 488, trunk,
		sdp_error_text(err));
	return err;
}

static void on_cancel(void *arg)
{
	struct leg *leg = arg;

	accept_reject(leg, 487, "Request Terminated");
	sip_leg_end(leg, 487, "cancelled", "", true);
}

/* Dialog and transaction for leg. 0 or an errno of libre. */
static int set_up(struct leg *leg, const struct sip_msg *msg, bool is_phone)
{
	struct branch *b;
	int err = sip_leg_add_branch(leg, &b);

	if (err < 0)
		return -err;
	b->is_phone = is_phone;
	b->is_finished = true;
	err = sip_leg_with_contact(msg, is_phone, dialog_accept, b);
	if (!err)
		err = sip_auth_alloc(&b->auth, connect_credentials, leg, false);
	if (!err)
		err = sip_strans_alloc(&leg->st, leg->room->stack, msg, on_cancel, leg);
	if (err)
		return err;
	leg->dialog = b;
	leg->request = mem_ref((void *)msg);
	sip_leg_index(b);
	prack_learn(leg, msg);
	return sip_treply(&leg->st, leg->room->stack, msg, 100, "Trying");
}

static void fill_incoming(
	const struct leg *leg, const struct sip_msg *msg, bool is_trusted, struct sip_event *event)
{
	event->kind = SIP_INCOMING;
	event->leg = leg->id;
	event->takes_keys = info_takes_keys(msg);
	event->is_tls = msg->tp == SIP_TRANSP_TLS;
	event->trunk = leg->trunk;
	event->user = leg->user;
	headers_read(msg, &event->headers);
	identity_caller(msg, is_trusted, event->from_number, event->from_name);
	identity_number(&msg->uri, event->to_number, sizeof(event->to_number));
	identity_text(&msg->ruri, event->uri, sizeof(event->uri));
	identity_text(&msg->callid, event->call_id, sizeof(event->call_id));
	transport_text(&msg->src, event->source, sizeof(event->source));
}

void accept_invite(struct room *room, const struct sip_msg *msg)
{
	struct sip_event event = {0};
	struct caller caller;
	struct leg *leg;
	int err;

	if (!identify(room, msg, &caller) || session_is_too_short(room, msg))
		return;
	if (sip_msg_hdr(msg, SIP_HDR_REPLACES)) {
		replaces_invited(room, msg,
			&(struct replacer){.trunk = caller.trunk ? caller.trunk->config.id : 0,
				.user = caller.account ? caller.account->config.user : 0,
				.is_phone = caller.account != NULL});
		return;
	}
	if (!is_within_limits(room, msg, caller.trunk) ||
		read_offer(room, msg, caller.trunk ? caller.trunk->config.id : 0, &event))
		return;
	if (sip_leg_new(&leg, room, id_new(), LEG_OFFERED) < 0) {
		refuse_busy(room, msg, SIP_REFUSED_LIMIT, 0, "out of memory");
		return;
	}
	leg->trunk = caller.trunk ? caller.trunk->config.id : 0;
	leg->user = caller.account ? caller.account->config.user : 0;
	if (caller.trunk)
		sip_directory_call_begins(room, caller.trunk);
	leg->is_ended_told = true; /* until it is announced */
	err = set_up(leg, msg, caller.account != NULL);
	if (err) {
		(void)sip_reply(room->stack, msg, err == EBADMSG ? 400 : 500,
			err == EBADMSG ? "Bad Contact" : "Server Error");
		room_refuse(room, msg, SIP_REFUSED_MALFORMED, err == EBADMSG ? 400 : 500, leg->trunk,
			"no usable Contact");
		leg->st = mem_deref(leg->st);
		sip_leg_end(leg, 500, "error", "", false);
		return;
	}
	leg->has_remote = event.has_sdp;
	leg->remote = event.sdp;
	leg->is_v6 = transport_is_v6(&msg->src);
	leg->is_offerless = !event.has_sdp;
	fill_incoming(leg, msg, caller.trunk && !caller.trunk->config.is_identity_ignored, &event);
	leg->answer_until_ms = clock_mono_ms() + OFFERED_MAX_MS;
	tmr_start(&leg->tmr, PROVISIONAL_EVERY_MS, on_offered_timer, leg);
	leg->is_ended_told = !room_tell(room, &event);
	if (leg->is_ended_told) {
		room_refuse(room, msg, SIP_REFUSED_LIMIT, 503, leg->trunk, "overload");
		sip_leg_hang_up(leg, 503, "error", "overload");
	}
}

static void contact_of(const struct leg *leg, char *ret_contact, size_t size)
{
	const struct sip_msg *msg = leg->request;

	transport_contact(leg->room, msg->tp, &msg->dst, &msg->src, ret_contact, size);
}

static void send_provisional(struct leg *leg, const char *sdp)
{
	bool is_reliable = prack_is_due(leg, sdp[0] != '\0');
	char contact[128], lines[64] = "";
	struct mbuf *mb = NULL;
	int err;

	if (is_reliable && leg->reliable.mb) { /* one after the other (RFC 3262 section 3) */
		leg->reliable.is_next = true;
		leg->reliable.is_next_with_sdp = leg->reliable.is_next_with_sdp || sdp[0];
		return;
	}
	if (is_reliable && leg->is_offerless && !sdp[0] && !leg->reliable.rseq)
		return; /* the first would have to carry an offer; there is none yet (section 5) */
	if (is_reliable)
		prack_lines(leg, lines, sizeof(lines));
	contact_of(leg, contact, sizeof(contact));
	err = sip_treplyf(&leg->st, &mb, leg->room->stack, leg->request, true, (uint16_t)leg->provisional,
		leg->provisional == 180 ? "Ringing" : "Session Progress",
		"Contact: %s\r\n" ALLOW SUPPORTED "%s%sContent-Length: %zu\r\n\r\n%s", contact, lines,
		sdp[0] ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
	if (err) /* the transaction is gone with it */
		sip_leg_end(leg, 500, "error", strerror(err), false);
	else if (is_reliable)
		prack_await(leg, mem_ref(mb), sdp[0] != '\0');
	mem_deref(mb);
}

static void on_offered_timer(void *arg)
{
	struct leg *leg = arg;

	if (clock_mono_ms() >= leg->answer_until_ms) {
		sip_leg_hang_up(leg, 480, "no_answer", "nobody answered");
		return;
	}
	tmr_start(&leg->tmr, PROVISIONAL_EVERY_MS, on_offered_timer, leg);
	if (leg->provisional)
		send_provisional(leg, "");
}

void accept_ring(struct leg *leg, int code, const struct sip_command *command)
{
	char sdp[SDP_TEXT_MAX] = "";

	if (leg->state != LEG_OFFERED)
		return;
	if (code == 183) {
		leg->local = command->sdp;
		leg->has_local = true;
		if (sip_leg_sdp_text(leg, leg->has_remote ? &leg->remote : NULL, sdp, sizeof(sdp)) < 0)
			return;
	}
	leg->provisional = code;
	send_provisional(leg, sdp);
}

/* Once all was agreed by a reliable response and its PRACK, the 200 has nothing to add to it. */
static void send_answer(struct leg *leg)
{
	char sdp[SDP_TEXT_MAX] = "", contact[128], timer[SESSION_LINES_MAX];
	struct mbuf *mb = NULL;
	int err;

	if (!leg->is_agreed &&
		sip_leg_sdp_text(leg, leg->has_remote ? &leg->remote : NULL, sdp, sizeof(sdp)) < 0) {
		sip_leg_hang_up(leg, 500, "error", "SDP cannot be written");
		return;
	}
	contact_of(leg, contact, sizeof(contact));
	session_answer(leg, leg->request, timer);
	err = sip_treplyf(&leg->st, &mb, leg->room->stack, leg->request, true, 200, "OK",
		"Contact: %s\r\n" ALLOW SUPPORTED "%s%sContent-Length: %zu\r\n\r\n%s", contact, timer,
		sdp[0] ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
	if (err) {
		sip_leg_end(leg, 500, "error", strerror(err), false);
		return;
	}
	prack_stop(leg);
	leg->state = LEG_ACCEPTED;
	tmr_cancel(&leg->tmr);
	accept_await_ack(leg, mb, leg->request, leg->is_offerless);
}

void accept_answer(struct leg *leg, const struct sip_command *command)
{
	if (leg->state != LEG_OFFERED)
		return;
	if (leg->is_agreed)
		modify_local(leg, &command->sdp);
	else
		leg->local = command->sdp;
	leg->has_local = true;
	if (leg->reliable.mb && leg->reliable.has_sdp)
		leg->reliable.is_answer_due = true;
	else
		send_answer(leg);
}

void accept_go_on(struct leg *leg, bool is_final, bool has_sdp)
{
	char sdp[SDP_TEXT_MAX] = "";

	leg->reliable.is_next = leg->reliable.is_next_with_sdp = false;
	if (is_final)
		send_answer(leg);
	else if (!has_sdp ||
		 sip_leg_sdp_text(leg, leg->has_remote ? &leg->remote : NULL, sdp, sizeof(sdp)) == 0)
		send_provisional(leg, leg->is_agreed ? "" : sdp);
}

static const char *phrase(int code)
{
	switch (code) {
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 408:
		return "Request Timeout";
	case 480:
		return "Temporarily Unavailable";
	case 486:
		return "Busy Here";
	case 488:
		return "Not Acceptable Here";
	case 500:
		return "Server Error";
	case 503:
		return "Service Unavailable";
	case 600:
		return "Busy Everywhere";
	case 603:
		return "Decline";
	default:
		return "Refused";
	}
}

void accept_reject(struct leg *leg, int code, const char *reason)
{
	char text[64] = "", more[128] = "";
	struct pl pl;

	if (!leg->st)
		return;
	prack_stop(leg);
	if (reason) {
		pl_set_str(&pl, reason);
		identity_text(&pl, text, sizeof(text));
	}
	if (code == 503)
		(void)snprintf(more, sizeof(more), "Retry-After: %d\r\n", RETRY_AFTER_S);
	else if (code == 488 && text[0])
		(void)snprintf(more, sizeof(more), "Warning: 399 markaz \"%s\"\r\n", text);
	(void)sip_treplyf(&leg->st, NULL, leg->room->stack, leg->request, false, (uint16_t)code,
		text[0] ? text : phrase(code), "%s" NO_BODY, more);
	leg->st = NULL;
}

/* 2xx of ours is repeated until the ACK, over TCP too (RFC 3261 13.3.1.4); without one the call ends with
 * BYE. */
static void on_unacked(void *arg)
{
	struct leg *leg = arg;
	struct sa to;

	if (clock_mono_ms() - leg->unacked.since_ms >= T64_MS) {
		accept_forget_unacked(leg);
		dialog_bye(leg->dialog, 408, "no ACK");
		sip_leg_end(leg, 408, "unreachable", "no ACK", false);
		sip_leg_look(leg);
		return;
	}
	sip_reply_addr(&to, leg->unacked.msg,
		msg_param_exists(&leg->unacked.msg->via.params, "rport", &(struct pl){0}) == 0);
	(void)sip_send(leg->room->stack, leg->unacked.msg->sock, leg->unacked.msg->tp, &to, leg->unacked.mb);
	leg->unacked.interval_ms = MIN(leg->unacked.interval_ms * 2, (uint32_t)SIP_T2);
	tmr_start(&leg->unacked.tmr, leg->unacked.interval_ms, on_unacked, leg);
}

void accept_forget_unacked(struct leg *leg)
{
	tmr_cancel(&leg->unacked.tmr);
	leg->unacked.mb = mem_deref(leg->unacked.mb);
	leg->unacked.msg = mem_deref(leg->unacked.msg);
}

void accept_await_ack(struct leg *leg, struct mbuf *mb, const struct sip_msg *msg, bool is_offer)
{
	accept_forget_unacked(leg);
	leg->unacked.mb = mb;
	leg->unacked.msg = mem_ref((void *)msg);
	leg->unacked.is_offer = is_offer;
	leg->unacked.since_ms = clock_mono_ms();
	leg->unacked.interval_ms = SIP_T1;
	tmr_start(&leg->unacked.tmr, SIP_T1, on_unacked, leg);
}

void accept_acked(struct leg *leg, const struct sip_msg *msg)
{
	bool was_offer = leg->unacked.is_offer, is_first = leg->state == LEG_ACCEPTED;
	struct sip_event event;

	if (!leg->unacked.mb || msg->cseq.num != leg->unacked.msg->cseq.num)
		return;
	accept_forget_unacked(leg);
	if (leg->state == LEG_OVER) {
		if ((!leg->is_outgoing || leg->dialog->is_unconfirmed) && !leg->dialog->has_said_bye)
			dialog_bye(leg->dialog, leg->ended_code, leg->ended_text);
		sip_leg_look(leg);
		return;
	}
	leg->dialog->is_unconfirmed = false;
	sip_leg_event(leg, is_first ? SIP_ANSWERED : SIP_REINVITED, &event);
	event.has_sdp = was_offer && sip_leg_sdp_read(msg, &event.sdp) == 0;
	if (event.has_sdp) {
		leg->remote = event.sdp;
		leg->has_remote = true;
	}
	if (is_first)
		sip_leg_up(leg);
	if (is_first || event.has_sdp)
		sip_leg_tell(leg, &event);
}
