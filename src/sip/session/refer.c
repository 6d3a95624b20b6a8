/* See refer.h. Invariants: one REFER each way is open in a leg at most; one of the peer's is closed by
 * exactly one final NOTIFY; one of ours by exactly one final SIP_TRANSFERRED while the leg lives. */
#include "sip/session/refer.h"
#include "sip/identity.h"
#include "sip/leg.h"
#include "sip/session/replaces.h"
#include "base/str.h"

#include <string.h>

/* --- asked by the peer */

static void notify(struct leg *leg, const char *state, int code, const char *text)
{
	char body[96];

	if (!leg->refer.is_told)
		return;
	(void)str_printf(body, sizeof(body), "SIP/2.0 %d %s\r\n", code, text);
	(void)sip_drequestf(NULL, leg->room->stack, true, "NOTIFY", leg->dialog->dlg, 0, leg->dialog->auth,
		NULL, NULL, NULL,
		"Contact: %s\r\nEvent: refer\r\nSubscription-State: %s\r\nContent-Type: "
		"message/sipfrag;version=2.0\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		leg->refer.contact, state, strlen(body), body);
}

void refer_done(struct leg *leg, int code, const char *text)
{
	if (!leg->refer.is_open)
		return;
	leg->refer.is_open = false;
	tmr_cancel(&leg->refer.tmr);
	notify(leg, "terminated;reason=noresource", code, text);
}

static void on_timeout(void *arg)
{
	refer_done(arg, 408, "Request Timeout");
}

struct wanted {
	int code; /* of the refusal; 0: none */
	const char *text;
};

/* The other call of a transfer with consultation: it must be with the same peer as the one the REFER came in.
 */
static struct wanted read_other(struct leg *leg, const struct pl *value, struct sip_event *event)
{
	struct replaces r;
	struct branch *b;

	if (!replaces_parse(value, true, &r))
		return (struct wanted){400, "Bad Replaces"};
	b = replaces_find(leg->room, &r);
	if (!b) { /* seen from the other end, as some write it */
		struct pl to = r.to_tag;
		r.to_tag = r.from_tag;
		r.from_tag = to;
		b = replaces_find(leg->room, &r);
	}
	if (!b)
		return (struct wanted){501, "Only Dialogs With This Server"};
	if (b->leg->user != leg->user || b->leg->trunk != leg->trunk || (!leg->user && !leg->trunk))
		return (struct wanted){403, "Not Your Call"};
	if (b->leg == leg || b->leg->state == LEG_OVER)
		return (struct wanted){481, "Call Does Not Exist"};
	event->other = b->leg->id;
	return (struct wanted){0};
}

static struct wanted read_target(struct leg *leg, const struct sip_msg *msg, struct sip_event *event)
{
	const struct sip_hdr *refer_to = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	static const struct pl name = {"Replaces", 8};
	struct pl replaces, method;
	struct sip_addr addr;

	if (!refer_to || sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) != 1 ||
		sip_addr_decode(&addr, &refer_to->val) != 0)
		return (struct wanted){400, "Bad Refer-To"};
	if (leg->state != LEG_UP || leg->refer.is_open || leg->refer.is_asked)
		return (struct wanted){491, "Request Pending"};
	if (msg_param_decode(&addr.uri.params, "method", &method) == 0 &&
		pl_strcasecmp(&method, "INVITE") != 0)
		return (struct wanted){501, "Only Calls"};
	identity_text(&addr.auri, event->uri, sizeof(event->uri));
	event->uri[strcspn(event->uri, "?")] = '\0';
	identity_number(&addr.uri, event->to_number, sizeof(event->to_number));
	if (!pl_isset(&addr.uri.headers))
		return (struct wanted){0};
	if (uri_header_get(&addr.uri.headers, &name, &replaces) != 0)
		return (struct wanted){501, "Only Replaces"};
	return read_other(leg, &replaces, event);
}

void refer_received(struct leg *leg, const struct sip_msg *msg)
{
	bool is_quiet = sip_msg_xhdr_has_value(msg, "Refer-Sub", "false");
	const struct sip_hdr *by = sip_msg_hdr(msg, SIP_HDR_REFERRED_BY);
	struct sip_event event;
	struct wanted refused;

	sip_leg_event(leg, SIP_REFERRED, &event);
	refused = read_target(leg, msg, &event);
	if (refused.code) {
		(void)sip_treply(NULL, leg->room->stack, msg, (uint16_t)refused.code, refused.text);
		return;
	}
	if (by)
		identity_text(&by->val, event.text, sizeof(event.text));
	transport_contact(
		leg->room, msg->tp, &msg->dst, &msg->src, leg->refer.contact, sizeof(leg->refer.contact));
	(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 202, "Accepted",
		"Contact: %s\r\n%s" NO_BODY, leg->refer.contact, is_quiet ? "Refer-Sub: false\r\n" : "");
	leg->refer.is_open = true;
	leg->refer.is_told = !is_quiet;
	tmr_start(&leg->refer.tmr, REFER_MAX_MS, on_timeout, leg);
	notify(leg, "active;expires=60", 100, "Trying");
	sip_leg_tell(leg, &event);
}

/* --- asked by us */

static void tell(struct leg *leg, int code, const char *text)
{
	struct sip_event event;

	if (!leg->refer.is_asked)
		return;
	leg->refer.is_asked = code < 200;
	if (code >= 200)
		tmr_cancel(&leg->refer.tmr);
	sip_leg_event(leg, SIP_TRANSFERRED, &event);
	event.code = code;
	(void)str_put(event.text, sizeof(event.text), text);
	sip_leg_tell(leg, &event);
}

static void on_silence(void *arg)
{
	tell(arg, 408, "the peer does not say how the transfer went");
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = ((struct branch *)arg)->leg;
	char text[64] = "no answer from the peer";

	if ((msg && msg->scode < 200) || leg->state != LEG_UP)
		return;
	if (msg)
		identity_text(&msg->reason, text, sizeof(text));
	if (err || !msg || msg->scode >= 300)
		tell(leg, msg ? msg->scode : 408, text);
}

void refer_start(struct leg *leg, const struct sip_command *command)
{
	char by[SIP_NUMBER_MAX * 3 + 1];
	int err;

	if (leg->state != LEG_UP || leg->refer.is_asked || leg->refer.is_open ||
		!identity_is_uri(command->refer.uri)) {
		leg->refer.is_asked = true;
		tell(leg, leg->state == LEG_UP ? 400 : 481, "the peer cannot be asked now, or not for that");
		return;
	}
	identity_user(command->refer.by, by, sizeof(by));
	leg->refer.is_asked = true;
	err = sip_drequestf(&leg->refer.request, leg->room->stack, true, "REFER", leg->dialog->dlg, 0,
		leg->dialog->auth, connect_on_send, on_response, leg->dialog,
		"Refer-To: <%s>\r\nReferred-By: <sip:%s@%s>\r\n" NO_BODY, command->refer.uri,
		by[0] ? by : "anonymous", leg->room->config.realm[0] ? leg->room->config.realm : "localhost");
	if (err)
		tell(leg, 503, strerror(err));
	else
		tmr_start(&leg->refer.tmr, REFER_MAX_MS, on_silence, leg);
}

/* "SIP/2.0 180 Ringing" at the front of the body (RFC 3515 section 2.4.5); 0: no such thing. */
static int fragment_code(const struct sip_msg *msg, char *ret_text, size_t size)
{
	struct pl code, text;

	if (pl_strcasecmp(&msg->ctyp.type, "message") != 0 ||
		pl_strcasecmp(&msg->ctyp.subtype, "sipfrag") != 0 ||
		re_regex((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb), "SIP/2.0 [0-9]3 [^\r\n]*",
			&code, &text) != 0)
		return 0;
	identity_text(&text, ret_text, size);
	return (int)pl_u32(&code);
}

void refer_notified(struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *event = sip_msg_hdr(msg, SIP_HDR_EVENT);
	const struct sip_hdr *state = sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE);
	bool is_last = state && state->val.l >= 10 && strncasecmp(state->val.p, "terminated", 10) == 0;
	char text[64] = "";
	int code;

	if (!event || event->val.l < 5 || strncasecmp(event->val.p, "refer", 5) != 0 ||
		!leg->refer.is_asked) {
		(void)sip_treply(NULL, leg->room->stack, msg, 481, "No Such Subscription");
		return;
	}
	(void)sip_treply(NULL, leg->room->stack, msg, 200, "OK");
	code = fragment_code(msg, text, sizeof(text));
	if (is_last && code < 200) {
		code = 408;
		(void)str_put(text, sizeof(text), "the peer no longer says how the transfer goes");
	}
	if (code > 100)
		tell(leg, code, text);
}

void refer_stop(struct leg *leg)
{
	tmr_cancel(&leg->refer.tmr);
}
