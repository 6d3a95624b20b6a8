/* Requests inside a dialog: BYE, OPTIONS (theirs and our ping); the rest is handed to its file. */
#include "sip/identity.h"
#include "sip/interpose.h"
#include "sip/leg.h"
#include "sip/session/update.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CSEQ_MAX 0x3fff

/* The beginning */

int dialog_new(struct branch *b, const char *target, const char *name, const char *from, const char **routes)
{
	interpose_next_cseq((uint16_t)(1 + randombytes_uniform(FIRST_CSEQ_MAX)));
	int err = sip_dialog_alloc(&b->dlg, target, target, name, from, routes, routes[0] ? 1 : 0);
	interpose_next_cseq(0);
	return err;
}

int dialog_accept(struct branch *b, const struct sip_msg *msg)
{
	interpose_next_cseq((uint16_t)(1 + randombytes_uniform(FIRST_CSEQ_MAX)));
	int err = sip_dialog_accept(&b->dlg, msg);
	interpose_next_cseq(0);
	return err;
}

/* BYE of ours */

static void on_bye_response(int err, const struct sip_msg *msg, void *arg);

static void send_bye(struct branch *b, int code, const char *text)
{
	char reason[160] = "", quoted[128];

	if (code >= 300 || (text && text[0])) {
		identity_quote(text ? text : "", quoted, sizeof(quoted));
		(void)re_snprintf(reason, sizeof(reason), "Reason: SIP;cause=%d;text=\"%s\"\r\n",
			code ? code : 200, quoted);
	}
	if (sip_drequestf(&b->bye, b->leg->room->stack, true, "BYE", b->dlg, 0, b->auth, NULL,
		    on_bye_response, b, "%s" NO_BODY, reason))
		sip_leg_look(b->leg);
}

static void on_bye_response(int err, const struct sip_msg *msg, void *arg)
{
	struct branch *b = arg;

	if (!err && msg && msg->scode < 200)
		return;
	if (!err && msg && (msg->scode == 401 || msg->scode == 407) &&
		!sip_request_loops(&b->loops, msg->scode) && sip_auth_authenticate(b->auth, msg) == 0) {
		send_bye(b, 0, NULL);
		return;
	}
	sip_leg_look(b->leg);
}

void dialog_bye(struct branch *branch, int code, const char *text)
{
	if (branch->has_said_bye)
		return;
	branch->has_said_bye = true;
	sip_loopstate_reset(&branch->loops);
	send_bye(branch, code, text);
}

/* BYE of theirs */

static void bye_received(struct branch *b, const struct sip_msg *msg)
{
	const struct sip_hdr *reason = sip_msg_hdr(msg, SIP_HDR_REASON);
	struct leg *leg = b->leg;
	char text[64] = "";

	(void)sip_treply(NULL, leg->room->stack, msg, 200, "OK");
	b->has_said_bye = true;
	if (reason)
		identity_text(&reason->val, text, sizeof(text));
	if (leg->state == LEG_OFFERED)
		accept_reject(leg, 487, "Request Terminated");
	if (leg->state == LEG_CALLING && !b->is_finished)
		return; /* an early dialog of a fork gave up; its INVITE will fail by itself */
	accept_forget_unacked(leg);
	if (leg->dialog == b)
		sip_leg_end(leg, leg->state == LEG_OFFERED ? 487 : 0,
			leg->state == LEG_OFFERED ? "cancelled" : "normal", text, true);
	sip_leg_look(leg);
}

/* Ping: any answer but 408 and 481 says that the peer still has the call. */

static void on_ping_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = ((struct branch *)arg)->leg;

	if (leg->state != LEG_UP || (msg && msg->scode < 200))
		return;
	if (arg != leg->dialog) { /* replaced meanwhile */
		sip_leg_up(leg);
		return;
	}
	if (err || !msg || msg->scode == 408 || msg->scode == 481) {
		log_info("sip", leg->interaction, "the peer no longer answers inside the call, ending it");
		sip_leg_hang_up(leg, msg ? msg->scode : 408, "unreachable", "the peer is gone");
		return;
	}
	sip_leg_up(leg);
}

void dialog_ping(struct leg *leg)
{
	if (sip_drequestf(&leg->ping, leg->room->stack, true, "OPTIONS", leg->dialog->dlg, 0,
		    leg->dialog->auth, NULL, on_ping_response, leg->dialog, NO_BODY))
		sip_leg_up(leg);
}

static bool is_method(const struct sip_msg *msg, const char *name)
{
	return pl_strcmp(&msg->met, name) == 0;
}

void dialog_request(struct branch *branch, const struct sip_msg *msg)
{
	struct early *early = early_find(branch, msg);
	struct leg *leg = branch->leg;

	if (is_method(msg, "ACK")) {
		accept_acked(leg, msg);
		return;
	}
	if (sip_msg_hdr(msg, SIP_HDR_REPLACES)) { /* RFC 3891 section 3 */
		(void)sip_treply(NULL, leg->room->stack, msg, 400, "Replaces Inside A Call");
		return;
	}
	if (!sip_dialog_rseq_valid(early ? early->dlg : branch->dlg, msg)) {
		(void)sip_treply(NULL, leg->room->stack, msg, 500, "CSeq Out of Order");
		return;
	}
	if (is_method(msg, "BYE"))
		bye_received(branch, msg);
	else if (leg->state == LEG_OVER)
		(void)sip_treply(NULL, leg->room->stack, msg, 481, "Call Does Not Exist");
	else if (is_method(msg, "INVITE"))
		modify_received(leg, msg);
	else if (is_method(msg, "UPDATE"))
		update_received(branch, msg);
	else if (is_method(msg, "PRACK"))
		prack_received(leg, msg);
	else if (is_method(msg, "INFO"))
		info_received(leg, msg);
	else if (is_method(msg, "REFER"))
		refer_received(leg, msg);
	else if (is_method(msg, "NOTIFY"))
		refer_notified(leg, msg);
	else if (is_method(msg, "OPTIONS"))
		(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 200, "OK",
			ALLOW SUPPORTED "Accept: application/sdp\r\n" NO_BODY);
	else
		(void)sip_treplyf(
			NULL, NULL, leg->room->stack, msg, false, 405, "Method Not Allowed", ALLOW NO_BODY);
}
