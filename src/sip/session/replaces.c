/* See replaces.h. Who may: a trunk the dialogs of that trunk, a telephone those of its own user. Everything
 * else is 403, so that nobody takes over a call by knowing its tags. */
#include "sip/session/replaces.h"
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/leg.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* %41 becomes A, in place; a bad escape, or one that makes a control byte, is refused. */
static bool unescape(char *text)
{
	char *out = text;

	for (const char *p = text; *p; p++) {
		int c = (unsigned char)*p;
		if (c == '%') {
			struct pl hex = {p + 1, 2};
			if (strlen(p) < 3 || strspn(p + 1, "0123456789abcdefABCDEF") < 2)
				return false;
			c = (int)pl_x32(&hex);
			p += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return false;
		*out++ = (char)c;
	}
	*out = '\0';
	return true;
}

bool replaces_parse(const struct pl *value, bool is_escaped, struct replaces *ret_replaces)
{
	struct replaces r = {.is_early_only = false}, *out = ret_replaces;
	struct pl all;
	const char *end;

	if (str_put_n(r.text, sizeof(r.text), value->p, value->l) < 0)
		return false;
	*out = r;
	if (is_escaped && !unescape(out->text))
		return false;
	pl_set_str(&all, out->text);
	end = pl_strchr(&all, ';');
	if (!end || end == all.p)
		return false;
	out->call_id = (struct pl){all.p, (size_t)(end - all.p)};
	while (out->call_id.l && out->call_id.p[out->call_id.l - 1] == ' ')
		out->call_id.l--;
	out->is_early_only = re_regex(all.p, all.l, ";[ \t]*early-only", NULL) == 0;
	return out->call_id.l && msg_param_decode(&all, "to-tag", &out->to_tag) == 0 &&
	       msg_param_decode(&all, "from-tag", &out->from_tag) == 0;
}

/* to-tag is the tag of whoever is asked, that is ours (RFC 3891 section 3). */
static bool is_meant(struct le *le, void *arg)
{
	struct branch *b = le->data;

	return sip_dialog_established(b->dlg) ? sip_dialog_cmp(b->dlg, arg) : early_find(b, arg) != NULL;
}

struct branch *replaces_find(struct room *room, const struct replaces *replaces)
{
	struct sip_msg msg = {.req = true, .callid = replaces->call_id};

	msg.to.tag = replaces->to_tag;
	msg.from.tag = replaces->from_tag;
	return list_ledata(hash_lookup(room->dialogs, hash_joaat_pl(&msg.callid), is_meant, &msg));
}

static bool is_of(const struct leg *leg, const struct replacer *who)
{
	return who->trunk ? leg->trunk == who->trunk : who->user && leg->user == who->user && !leg->trunk;
}

/* The refusal of RFC 3891 section 3, or 0. */
static int refusal(const struct branch *b, const struct replaces *r, const struct replacer *who)
{
	const struct leg *leg = b ? b->leg : NULL;
	bool is_confirmed = leg && (leg->state == LEG_UP || leg->state == LEG_ACCEPTED);

	if (!leg)
		return 481;
	if (!is_of(leg, who))
		return 403;
	if (leg->state == LEG_OVER)
		return 603;
	if (leg->state == LEG_OFFERED || (is_confirmed && leg->dialog != b))
		return 481;
	if (is_confirmed && r->is_early_only)
		return 486;
	/* A change that is under way belongs to the old dialog. */
	return leg->modify || leg->update || leg->state == LEG_ACCEPTED || leg->siprec ? 491 : 0;
}

static const char *phrase(int code)
{
	switch (code) {
	case 403:
		return "Forbidden";
	case 481:
		return "Call Does Not Exist";
	case 486:
		return "Busy Here";
	case 491:
		return "Request Pending";
	default:
		return "Decline";
	}
}

/* The new dialog, answered; NULL: refused. */
static struct branch *answer(
	struct leg *leg, const struct sip_msg *msg, bool is_phone, const struct sdp *offer)
{
	char sdp[SDP_TEXT_MAX], contact[128], timer[SESSION_LINES_MAX];
	struct sip_strans *st = NULL;
	struct mbuf *mb = NULL;
	struct branch *b = NULL;
	int err = sip_leg_sdp_text(leg, offer, sdp, sizeof(sdp)) < 0 || sip_leg_add_branch(leg, &b) < 0;

	if (!err) {
		b->is_phone = is_phone;
		b->is_finished = true;
		err = sip_leg_with_contact(msg, is_phone, dialog_accept, b);
	}
	if (!err)
		err = sip_auth_alloc(&b->auth, connect_credentials, leg, false);
	if (err) {
		if (b)
			b->has_said_bye = true; /* nothing to say it with */
		(void)sip_reply(leg->room->stack, msg, err == EBADMSG ? 400 : 500,
			err == EBADMSG ? "Bad Contact" : "Server Error");
		return NULL;
	}
	sip_leg_index(b);
	transport_contact(leg->room, msg->tp, &msg->dst, &msg->src, contact, sizeof(contact));
	session_answer(leg, msg, timer);
	if (sip_treplyf(&st, &mb, leg->room->stack, msg, true, 200, "OK",
		    "Contact: %s\r\n" ALLOW SUPPORTED
		    "%sContent-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
		    contact, timer, strlen(sdp), sdp))
		return NULL;
	b->is_unconfirmed = true;
	accept_await_ack(leg, mb, msg, offer == NULL);
	return b;
}

/* offer NULL: the answer to ours comes with the ACK. */
static void take_place(struct leg *leg, const struct sip_msg *msg, bool is_phone, struct sip_event *event)
{
	bool was_calling = leg->state == LEG_CALLING;
	const struct trunk *trunk = sip_directory_trunk(leg->room, leg->trunk);
	struct branch *old = leg->dialog, *b;

	if (event->has_sdp) {
		leg->remote = event->sdp;
		leg->has_remote = true;
	}
	b = answer(leg, msg, is_phone, event->has_sdp ? &leg->remote : NULL);
	if (!b)
		return;
	leg->dialog = b;
	log_info("sip", leg->interaction, "another dialog takes the place of the leg's (Replaces)");
	if (was_calling) {
		connect_cancel(leg, b);
		sip_leg_up(leg);
	} else {
		dialog_bye(old, 0, "Replaced");
	}
	event->kind = was_calling ? SIP_ANSWERED : SIP_REINVITED;
	event->takes_keys = info_takes_keys(msg);
	identity_caller(
		msg, trunk && !trunk->config.is_identity_ignored, event->from_number, event->from_name);
	identity_text(&msg->callid, event->call_id, sizeof(event->call_id));
	sip_leg_tell(leg, event);
}

void replaces_invited(struct room *room, const struct sip_msg *msg, const struct replacer *who)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_REPLACES);
	struct sip_event event;
	struct replaces r;
	struct branch *b;
	int err, code;

	if (sip_msg_hdr_count(msg, SIP_HDR_REPLACES) != 1 || !replaces_parse(&hdr->val, false, &r)) {
		(void)sip_reply(room->stack, msg, 400, "Bad Replaces");
		return;
	}
	b = replaces_find(room, &r);
	code = refusal(b, &r, who);
	if (code) {
		(void)sip_reply(room->stack, msg, (uint16_t)code, phrase(code));
		return;
	}
	sip_leg_event(b->leg, SIP_REINVITED, &event);
	err = sip_leg_sdp_read(msg, &event.sdp);
	event.has_sdp = err == 0;
	if (err && err != -ENOENT) {
		(void)sip_reply(room->stack, msg, 488, "Not Acceptable Here");
		return;
	}
	if (event.has_sdp && !sdp_can_answer(&b->leg->local, &event.sdp)) {
		(void)sip_reply(room->stack, msg, 488, "Not Acceptable Here");
		return;
	}
	if (b->leg->state == LEG_CALLING && !event.has_sdp) { /* we would offer what was offered already */
		(void)sip_reply(room->stack, msg, 488, "Not Acceptable Here");
		return;
	}
	take_place(b->leg, msg, who->is_phone, &event);
}
