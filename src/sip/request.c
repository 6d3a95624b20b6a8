/* Every request that no transaction claims: checked, then handed to the dialog, the registrar or accept.c.
 * The checks are those libre leaves out. */
#include "sip/directory.h"
#include "sip/leg.h"
#include "sip/session/early.h"
#include "base/clock.h"
#include "base/str.h"

#include <string.h>

static bool is_method(const struct sip_msg *msg, const char *name)
{
	return pl_strcmp(&msg->met, name) == 0;
}

/* Answers with code (never an ACK) and counts a malformed request. */
static bool bad(struct room *room, const struct sip_msg *msg, int code, const char *reason)
{
	if (!is_method(msg, "ACK"))
		(void)sip_reply(room->stack, msg, (uint16_t)code, reason);
	room_refuse(room, msg, SIP_REFUSED_MALFORMED, code, 0, reason);
	return false;
}

static bool is_number(const struct pl *pl, uint32_t max)
{
	for (size_t i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;
	return pl->l > 0 && pl->l <= 9 && pl_u32(pl) <= max;
}

/* Content-Length as sent, and the body cut to it. */
static bool has_good_length(const struct sip_msg *msg)
{
	size_t left = mbuf_get_left(msg->mb);

	if (!pl_isset(&msg->clen))
		return msg->tp == SIP_TRANSP_UDP;
	if (!is_number(&msg->clen, 999999999) || pl_u32(&msg->clen) > left)
		return false;
	msg->mb->end = msg->mb->pos + pl_u32(&msg->clen);
	return true;
}

static bool is_unsupported(const struct sip_hdr *require, const struct sip_msg *msg, void *arg)
{
	static const char *const known[] = {"timer", "100rel", "replaces"};
	(void)arg;

	if (is_method(msg, "REGISTER"))
		return pl_strcasecmp(&require->val, "path") != 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (pl_strcasecmp(&require->val, known[i]) == 0)
			return false;
	return true;
}

static bool refuse_requirement(struct room *room, const struct sip_msg *msg)
{
	const struct sip_hdr *require;

	if (is_method(msg, "ACK") || is_method(msg, "CANCEL"))
		return false;
	require = sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, is_unsupported, NULL);
	if (!require)
		return false;
	(void)sip_replyf(
		room->stack, msg, 420, "Bad Extension", "Unsupported: %r\r\n" NO_BODY, &require->val);
	return true;
}

/* Two of what may be there once (RFC 4475 3.3.8, 3.3.9): nobody can know which one the peer means. */
static bool has_doubles(const struct sip_msg *msg)
{
	static const enum sip_hdrid once[] = {SIP_HDR_CALL_ID, SIP_HDR_CSEQ, SIP_HDR_FROM, SIP_HDR_TO,
		SIP_HDR_MAX_FORWARDS, SIP_HDR_CONTENT_LENGTH};

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (sip_msg_hdr_count(msg, once[i]) > 1)
			return true;
	return false;
}

static bool is_sane(struct room *room, const struct sip_msg *msg)
{
	if (interpose_has_foreign_version() || pl_strcmp(&msg->ver, "SIP/2.0") != 0)
		return bad(room, msg, 505, "Version Not Supported");
	if (has_doubles(msg))
		return bad(room, msg, 400, "Header Given Twice");
	if (pl_cmp(&msg->met, &msg->cseq.met) != 0)
		return bad(room, msg, 400, "CSeq Method Mismatch");
	if (!pl_isset(&msg->callid) || msg->callid.l >= CALL_ID_READ_MAX || !pl_isset(&msg->from.tag) ||
		!pl_isset(&msg->via.branch))
		return bad(room, msg, 400, "Missing Call-ID, From Tag Or Branch");
	if (!has_good_length(msg))
		return bad(room, msg, 400, "Bad Content-Length");
	if (pl_isset(&msg->maxfwd) && !is_number(&msg->maxfwd, 255))
		return bad(room, msg, 400, "Bad Max-Forwards");
	if (pl_isset(&msg->maxfwd) && pl_u32(&msg->maxfwd) == 0 && !is_method(msg, "OPTIONS")) {
		if (!is_method(msg, "ACK"))
			(void)sip_reply(room->stack, msg, 483, "Too Many Hops");
		return false;
	}
	if (pl_strcasecmp(&msg->uri.scheme, "sip") != 0 && pl_strcasecmp(&msg->uri.scheme, "sips") != 0 &&
		pl_strcasecmp(&msg->uri.scheme, "tel") != 0)
		return bad(room, msg, 416, "Unsupported URI Scheme");
	if (sip_msg_hdr(msg, SIP_HDR_REPLACES) && !is_method(msg, "INVITE")) /* RFC 3891 section 3 */
		return bad(room, msg, 400, "Replaces Outside INVITE");
	return !refuse_requirement(room, msg);
}

static bool is_being_restored(const struct room *room)
{
	return room->config.is_restoring && clock_mono_ms() < room->restore_until_ms;
}

bool request_received(const struct sip_msg *msg, void *arg)
{
	struct room *room = arg;

	if (!guard_is_request_wanted(room, msg) || !is_sane(room, msg))
		return true;
	if (pl_isset(&msg->to.tag)) {
		struct branch *b = sip_leg_find(room, msg);
		if (!b && messages_is_subscription(msg))
			return false; /* libre's notifier knows its dialogs */
		if (b)
			dialog_request(b, msg);
		else if (is_being_restored(room))
			return true; /* it comes again, and then the dialog is there */
		else if (!is_method(msg, "ACK"))
			(void)sip_reply(room->stack, msg, 481, "Call Does Not Exist");
	} else if (is_method(msg, "INVITE")) {
		accept_invite(room, msg);
	} else if (is_method(msg, "REGISTER")) {
		registrar_received(room, msg);
	} else if (messages_is_subscription(msg)) {
		return false; /* libre's listener brings it to messages_subscribed */
	} else if (is_method(msg, "OPTIONS")) {
		(void)sip_replyf(
			room->stack, msg, 200, "OK", ALLOW SUPPORTED "Accept: application/sdp\r\n" NO_BODY);
	} else if (is_method(msg, "CANCEL") || is_method(msg, "BYE")) {
		(void)sip_reply(room->stack, msg, 481, "Call Does Not Exist");
	} else if (!is_method(msg, "ACK")) {
		(void)sip_replyf(room->stack, msg, 405, "Method Not Allowed", ALLOW NO_BODY);
	}
	return true;
}

/* A 2xx repeated because our ACK was lost: the ACK is sent again. All other stray responses are nobody's. */
bool response_received(const struct sip_msg *msg, void *arg)
{
	struct room *room = arg;
	struct branch *b;

	if (msg->scode < 200 || msg->scode >= 300 || pl_strcmp(&msg->cseq.met, "INVITE") != 0)
		return true;
	b = sip_leg_find(room, msg);
	if (b && sip_dialog_established(b->dlg) && b->invite_cseq == msg->cseq.num)
		connect_ack(b, msg->cseq.num);
	else if (!b)
		(void)early_lost(room, msg);
	return true;
}
