/* re-INVITE, both ways (RFC 3261 section 14). What is refused leaves the call as it was; 491 is tried again
 * after the time the RFC gives; a peer that says the dialog is gone (481, 408) ends the leg. */
#include "sip/leg.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static void send_modify(struct leg *leg);

static void answer_with(struct leg *leg, const struct sip_msg *msg, const struct sdp *remote)
{
	char sdp[SDP_TEXT_MAX], contact[128], timer[SESSION_LINES_MAX];
	struct sip_strans *st = NULL;
	struct mbuf *mb = NULL;

	if (sip_leg_sdp_text(leg, remote, sdp, sizeof(sdp)) < 0) {
		(void)sip_treply(NULL, leg->room->stack, msg, 500, "Server Error");
		return;
	}
	transport_contact(leg->room, msg->tp, &msg->dst, &msg->src, contact, sizeof(contact));
	session_answer(leg, msg, timer);
	if (sip_treplyf(&st, &mb, leg->room->stack, msg, true, 200, "OK",
		    "Contact: %s\r\n" ALLOW SUPPORTED
		    "%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		    contact, timer, strlen(sdp), sdp) == 0)
		accept_await_ack(leg, mb, msg, remote == NULL);
}

static int update_target(struct branch *b, const struct sip_msg *msg)
{
	return sip_dialog_update(b->dlg, msg);
}

bool modify_take_offer(struct leg *leg, const struct sip_msg *msg, int err, struct sip_event *event)
{
	if (err == 0 && leg->has_local && !sdp_can_answer(&leg->local, &event->sdp))
		err = SDP_NO_COMMON_CODEC;
	if (err) {
		(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 488, "Not Acceptable Here",
			"Warning: 305 markaz \"%s\"\r\n" NO_BODY,
			err > 0 ? sdp_error_text(err) : "the body is no SDP");
		return false;
	}
	leg->remote = event->sdp;
	leg->has_remote = event->has_sdp = true;
	/* What was agreed is what later offers of ours say again. */
	leg->local.is_t38_wanted = sdp_is_t38_agreed(&leg->local, &leg->remote);
	siprec_read_second(leg, msg, event);
	return true;
}

/* A change of ours that waits for its next try after 491 is no reason to refuse the peer's: whose turn it is,
 * the two waits have decided (RFC 3261 section 14.1). */
void modify_received(struct leg *leg, const struct sip_msg *msg)
{
	struct sip_event event;
	int err;

	if (leg->state != LEG_UP || leg->modify) {
		if (leg->state == LEG_UP)
			(void)sip_treply(NULL, leg->room->stack, msg, 491, "Request Pending");
		else
			(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 500, "Server Error",
				"Retry-After: 2\r\n" NO_BODY);
		return;
	}
	sip_leg_event(leg, SIP_REINVITED, &event);
	if (session_is_too_short(leg->room, msg))
		return;
	err = sip_leg_sdp_read(msg, &event.sdp);
	if (err != -ENOENT && !modify_take_offer(leg, msg, err, &event))
		return;
	(void)sip_leg_with_contact(msg, leg->dialog->is_phone, update_target, leg->dialog);
	if (err == -ENOENT) {
		answer_with(leg, msg, NULL);
		return;
	}
	answer_with(leg, msg, &leg->remote);
	sip_leg_tell(leg, &event);
}

static void on_modify_due(void *arg)
{
	send_modify(arg);
}

/* 2.1 to 4 s for the side that made the Call-ID, up to 2 s for the other (RFC 3261 section 14.1). */
static void try_again(struct leg *leg)
{
	uint64_t wait_ms =
		leg->is_outgoing ? 2100 + randombytes_uniform(1900) : 10 + randombytes_uniform(1990);

	leg->is_modify_wanted = true;
	tmr_start(&leg->tmr_modify, wait_ms, on_modify_due, leg);
}

static void accepted(struct leg *leg, const struct sip_msg *msg)
{
	struct sip_event event;

	connect_ack(leg->dialog, msg->cseq.num);
	leg->dialog->invite_cseq = msg->cseq.num;
	if (leg->state != LEG_UP)
		return;
	(void)sip_leg_with_contact(msg, leg->dialog->is_phone, update_target, leg->dialog);
	leg->modify_tries = 0;
	leg->session.is_refresh_due = false;
	session_agreed(leg, msg);
	sip_leg_event(leg, SIP_REINVITED, &event);
	if (sip_leg_sdp_read(msg, &event.sdp) == 0) {
		leg->remote = event.sdp;
		leg->has_remote = event.has_sdp = true;
		siprec_read_second(leg, msg, &event);
		sip_leg_tell(leg, &event);
	}
}

static void on_modify_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = ((struct branch *)arg)->leg;
	int code = msg ? msg->scode : err == ETIMEDOUT ? 408 : 503;

	if (code < 200)
		return;
	if (code < 300) {
		accepted(leg, msg);
	} else if (leg->state != LEG_UP) {
		return;
	} else if (code == 481 || code == 408) {
		sip_leg_hang_up(leg, code, "unreachable", "the peer no longer knows the call");
		return;
	} else if (code == 422 && leg->modify_tries++ < MODIFY_TRIES_MAX && session_may_ask_again(leg, msg)) {
		send_modify(leg);
		return;
	} else if ((code == 401 || code == 407) && leg->modify_tries++ < MODIFY_TRIES_MAX &&
		   sip_auth_authenticate(leg->dialog->auth, msg) == 0) {
		send_modify(leg);
		return;
	} else if ((code == 491 || code == 500) && leg->modify_tries++ < MODIFY_TRIES_MAX) {
		try_again(leg);
		return;
	} else {
		log_info("sip", leg->interaction, "re-INVITE refused with %d, the call goes on as it was",
			code);
		leg->local.is_t38_wanted = leg->remote.t38.is_there && !leg->remote.has_audio;
		leg->session.is_refresh_due = false;
		if (leg->session.is_ours)
			session_put_off(leg);
	}
	if (leg->is_modify_wanted && leg->state == LEG_UP)
		tmr_start(&leg->tmr_modify, 1, on_modify_due, leg);
}

static void send_modify(struct leg *leg)
{
	char sdp[SDP_TEXT_MAX], type[96], timer[SESSION_LINES_MAX];
	int err;

	if (leg->state == LEG_OVER || leg->modify)
		return;
	if (leg->unacked.mb || leg->state != LEG_UP) {
		tmr_start(&leg->tmr_modify, SIP_T1, on_modify_due, leg);
		return;
	}
	leg->is_modify_wanted = false;
	if (leg->session.is_refresh_due)
		leg->local.session_version--; /* nothing changed: the same version once more */
	if (sip_leg_sdp_text(leg, NULL, sdp, sizeof(sdp)) < 0)
		return;
	_cleanup_alloc_ char *body = siprec_body(leg, sdp);
	siprec_content_type(leg, type, sizeof(type));
	session_ask(leg, timer);
	err = body ? sip_drequestf(&leg->modify, leg->room->stack, true, "INVITE", leg->dialog->dlg, 0,
			     leg->dialog->auth, connect_on_send, on_modify_response, leg->dialog,
			     ALLOW SUPPORTED "%s%sContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", timer,
			     leg->siprec ? "Require: siprec\r\n" : "", type, strlen(body), body)
		   : ENOMEM;
	if (err)
		log_info("sip", leg->interaction, "re-INVITE cannot be sent: %s", strerror(err));
}

void modify_refresh(struct leg *leg)
{
	leg->session.is_refresh_due = true;
	leg->modify_tries = 0;
	send_modify(leg);
}

void modify_local(struct leg *leg, const struct sdp *sdp)
{
	uint64_t id = leg->local.session_id, version = leg->local.session_version;

	leg->local = *sdp;
	if (!leg->local.session_id) {
		leg->local.session_id = id;
		leg->local.session_version = version;
	}
}

void modify_start(struct leg *leg, const struct sdp *sdp, struct siprec *siprec)
{
	if ((leg->state != LEG_UP && leg->state != LEG_ACCEPTED) || !siprec != !leg->siprec) {
		siprec_free(siprec);
		return;
	}
	modify_local(leg, sdp);
	siprec_free(leg->siprec);
	leg->siprec = siprec;
	leg->modify_tries = 0;
	leg->session.is_refresh_due = false;
	leg->is_modify_wanted = true;
	if (!leg->modify)
		tmr_start(&leg->tmr_modify, leg->state == LEG_UP ? 0 : SIP_T1, on_modify_due, leg);
}
