/* See update.h. An UPDATE that crosses a change of ours gets 491 (RFC 3311 section 5.2); one that comes
 * before the offer in the INVITE was answered gets 500 with Retry-After. */
#include "sip/session/update.h"
#include "sip/leg.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define RETRY_AFTER_MAX_S 10

/* Whether an offer may come now; answered otherwise. */
static bool is_offer_due(struct leg *leg, const struct sip_msg *msg, const struct early *early)
{
	bool is_ours_open = leg->modify || (leg->unacked.mb && leg->unacked.is_offer) ||
			    (leg->state == LEG_CALLING && !early->sdp) ||
			    (leg->reliable.mb && leg->reliable.has_sdp);
	bool is_theirs_open = leg->state == LEG_OFFERED && !leg->is_agreed;

	if (is_ours_open)
		(void)sip_treply(NULL, leg->room->stack, msg, 491, "Request Pending");
	else if (is_theirs_open)
		(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 500, "Server Error",
			"Retry-After: %u\r\n" NO_BODY, randombytes_uniform(RETRY_AFTER_MAX_S));
	return !is_ours_open && !is_theirs_open;
}

static void answer(struct leg *leg, const struct sip_msg *msg, const char *sdp)
{
	char contact[128], timer[SESSION_LINES_MAX];

	transport_contact(leg->room, msg->tp, &msg->dst, &msg->src, contact, sizeof(contact));
	session_answer(leg, msg, timer);
	(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, true, 200, "OK",
		"Contact: %s\r\n" ALLOW SUPPORTED "%s%sContent-Length: %zu\r\n\r\n%s", contact, timer,
		sdp[0] ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
}

static int update_target(struct branch *b, const struct sip_msg *msg)
{
	return sip_dialog_update(b->dlg, msg);
}

void update_received(struct branch *branch, const struct sip_msg *msg)
{
	struct early *early = early_find(branch, msg);
	struct leg *leg = branch->leg;
	char sdp[SDP_TEXT_MAX] = "";
	struct sip_event event;
	int err;

	if (leg->state == LEG_CALLING && !early) {
		(void)sip_treply(NULL, leg->room->stack, msg, 481, "Call Does Not Exist");
		return;
	}
	if (session_is_too_short(leg->room, msg))
		return;
	sip_leg_event(leg, leg->state == LEG_CALLING ? SIP_RINGING : SIP_REINVITED, &event);
	err = sip_leg_sdp_read(msg, &event.sdp);
	if (err != -ENOENT && !is_offer_due(leg, msg, early))
		return;
	if (err != -ENOENT && !modify_take_offer(leg, msg, err, &event))
		return;
	if (event.has_sdp && leg->state == LEG_CALLING)
		early_set_sdp(early, &event.sdp);
	if (event.has_sdp && sip_leg_sdp_text(leg, &leg->remote, sdp, sizeof(sdp)) < 0) {
		(void)sip_treply(NULL, leg->room->stack, msg, 500, "Server Error");
		return;
	}
	if (leg->dialog)
		(void)sip_leg_with_contact(msg, branch->is_phone, update_target, branch);
	answer(leg, msg, sdp);
	event.code = leg->state == LEG_CALLING ? 183 : 0;
	if (event.has_sdp)
		sip_leg_tell(leg, &event);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = ((struct branch *)arg)->leg;
	int code = msg ? msg->scode : err == ETIMEDOUT ? 408 : 503;

	if (code < 200 || leg->state != LEG_UP)
		return;
	if (code < 300) {
		(void)sip_leg_with_contact(msg, leg->dialog->is_phone, update_target, leg->dialog);
		session_agreed(leg, msg);
	} else if (code == 481) {
		sip_leg_hang_up(leg, code, "unreachable", "the peer no longer knows the call");
	} else if (code == 405 || code == 501 || (!msg && code == 408)) {
		leg->session.takes_update = false;
		modify_refresh(leg);
	} else if (((code == 401 || code == 407) && leg->session.tries++ < MODIFY_TRIES_MAX &&
			   sip_auth_authenticate(leg->dialog->auth, msg) == 0) ||
		   (code == 422 && session_may_ask_again(leg, msg))) {
		update_refresh(leg);
	} else {
		log_info("sip", leg->interaction, "the refresh was refused with %d, the call goes on", code);
		session_put_off(leg);
	}
}

void update_refresh(struct leg *leg)
{
	char timer[SESSION_LINES_MAX];

	session_ask(leg, timer);
	if (sip_drequestf(&leg->update, leg->room->stack, true, "UPDATE", leg->dialog->dlg, 0,
		    leg->dialog->auth, connect_on_send, on_response, leg->dialog,
		    ALLOW SUPPORTED "%s" NO_BODY, timer))
		session_put_off(leg);
}
