/* Outgoing calls: INVITE to a URI, through a trunk, or to every phone a user has registered. The first 200
 * wins, the others are cancelled; a 200 that crosses a CANCEL gets its ACK and a BYE. */
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/leg.h"
#include "sip/session/headers.h"
#include "sip/srv.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define TIMEOUT_S_MAX 600
#define TIMEOUT_S_DEFAULT 60
#define EMERGENCY_LEGS 16 /* beyond legs_max, for calls nobody may refuse */

static void on_response(int err, const struct sip_msg *msg, void *arg);

int connect_on_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct branch *b = arg;
	char contact[128];

	transport_contact(b->leg->room, tp, src, dst, contact, sizeof(contact));
	return mbuf_printf(mb, "Contact: %s%s\r\n", contact, b->leg->siprec ? ";+sip.src" : "");
}

int connect_credentials(char **user, char **password, const char *realm, void *arg)
{
	const struct leg *leg = arg;
	const struct trunk *trunk = sip_directory_trunk(leg->room, leg->trunk);

	(void)realm;
	if (!trunk || !trunk->config.login[0])
		return EACCES;
	return str_dup(user, trunk->config.login) || str_dup(password, trunk->config.password) ? ENOMEM : 0;
}

static int invite(struct branch *b)
{
	const struct leg *leg = b->leg;
	const char *offer = b->is_v6 && leg->offer_v6 ? leg->offer_v6 : leg->offer;
	char type[96], timer[SESSION_LINES_MAX];

	siprec_content_type(leg, type, sizeof(type));
	session_ask(leg, timer);
	return sip_drequestf(&b->invite, leg->room->stack, true, "INVITE", b->dlg, 0, b->auth,
		connect_on_send, on_response, b,
		"%s%s" ALLOW SUPPORTED "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", leg->headers,
		timer, type, strlen(offer), offer);
}

void connect_ack(struct branch *branch, uint32_t cseq)
{
	int err = sip_drequestf(NULL, branch->leg->room->stack, false, "ACK", branch->dlg, cseq, branch->auth,
		NULL, NULL, NULL, NO_BODY);

	if (err)
		log_warn("sip", branch->leg->interaction, "cannot send ACK: %s", strerror(err));
}

void connect_cancel(struct leg *leg, const struct branch *except)
{
	for (int i = 0; i < leg->n_branches; i++) {
		struct branch *b = leg->branches[i];
		if (b == except || b->is_finished)
			continue;
		b->is_finished = true;
		if (b->invite)
			sip_request_cancel(b->invite);
	}
}

/* Which failure of a forked call is told: refusals by a person before absences before errors. */
static int rank(int code)
{
	return code >= 600 ? 5 : code == 486 ? 4 : code == 480 || code == 408 ? 3 : code >= 400 ? 2 : 1;
}

static void branch_failed(struct branch *b, int code, const char *text)
{
	struct leg *leg = b->leg;
	bool is_last = true;

	b->is_finished = true;
	if (rank(code) > rank(leg->best_code) || !leg->best_code) {
		leg->best_code = code;
		(void)str_put(leg->best_text, sizeof(leg->best_text), text);
	}
	for (int i = 0; i < leg->n_branches; i++)
		is_last &= leg->branches[i]->is_finished;
	if (code >= 600)
		connect_cancel(leg, b);
	if (leg->targets && is_last && (code == 408 || code == 503) && srv_leg_next(leg)) {
		leg->best_code = 0;
		connect_await(leg);
		return;
	}
	if (leg->state == LEG_CALLING && (is_last || code >= 600))
		sip_leg_end(leg, leg->best_code, leg->best_code == 408 ? "unreachable" : NULL, leg->best_text,
			true);
	sip_leg_look(leg);
}

static void tell_ringing(struct branch *b, const struct sip_msg *msg)
{
	struct leg *leg = b->leg;
	struct sip_event event;
	bool has_sdp;

	sip_leg_event(leg, SIP_RINGING, &event);
	has_sdp = (leg->n_branches == 1 || leg->targets) && sip_leg_sdp_read(msg, &event.sdp) == 0;
	if (leg->has_rung && !has_sdp)
		return;
	leg->has_rung = true;
	event.code = msg->scode;
	event.has_sdp = has_sdp;
	sip_leg_tell(leg, &event);
}

/* 2xx: the dialog is there whatever we think of it; it is acknowledged first and then kept or ended. */
static void answered(struct branch *b, const struct sip_msg *msg)
{
	struct leg *leg = b->leg;
	bool is_late = b->is_finished || leg->state != LEG_CALLING;
	const struct early *early = early_find(b, msg);
	struct sip_event event;
	int err = sip_leg_with_contact(msg, b->is_phone, early_establish, b);

	b->is_finished = true;
	if (err) {
		log_warn("sip", leg->interaction, "a 200 without a usable Contact: %s", strerror(err));
		if (!is_late)
			sip_leg_end(leg, 502, "error", "200 without a usable Contact", true);
		sip_leg_look(leg);
		return;
	}
	b->invite_cseq = msg->cseq.num;
	connect_ack(b, msg->cseq.num);
	if (is_late) {
		dialog_bye(b, 0, "Call completed elsewhere");
		return;
	}
	leg->dialog = b;
	leg->is_v6 = b->is_v6;
	session_agreed(leg, msg);
	connect_cancel(leg, b);
	sip_leg_event(leg, SIP_ANSWERED, &event);
	err = sip_leg_sdp_read(msg, &event.sdp);
	if (err == -ENOENT && early && early->sdp) { /* the answer came reliably before (RFC 3262) */
		event.sdp = *early->sdp;
		err = 0;
	}
	early_answered(b);
	if (err) {
		log_warn("sip", leg->interaction, "the answer's SDP is unusable: %s",
			err > 0 ? sdp_error_text(err) : "missing");
		dialog_bye(b, 488, "SDP unusable");
		sip_leg_end(leg, 488, "error", "SDP unusable", false);
		return;
	}
	leg->remote = event.sdp;
	leg->has_remote = event.has_sdp = true;
	event.takes_keys = info_takes_keys(msg);
	siprec_read_second(leg, msg, &event);
	sip_leg_up(leg);
	sip_leg_tell(leg, &event);
}

/* A challenge or a redirection: the INVITE goes out again. Whether it did. */
static bool is_sent_again(struct branch *b, const struct sip_msg *msg)
{
	int err = EACCES;

	if (b->is_finished || b->leg->state != LEG_CALLING || sip_request_loops(&b->loops, msg->scode))
		return false;
	if (msg->scode == 401 || msg->scode == 407) {
		err = sip_auth_authenticate(b->auth, msg);
	} else if (msg->scode == 422) {
		err = session_may_ask_again(b->leg, msg) ? 0 : EPROTO;
	} else if (msg->scode >= 300 && msg->scode < 400 && msg->scode != 380 &&
		   b->redirects++ < REDIRECTS_MAX) {
		sip_auth_reset(b->auth);
		b->is_phone = false;
		err = sip_dialog_update(b->dlg, msg);
	}
	return !err && !invite(b);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct branch *b = arg;
	char text[64];

	if (err || !msg) {
		if (err && err != ETIMEDOUT && err != ECONNABORTED && sa_isset(&b->contact_source, SA_ALL))
			registrar_forget(b->leg->room, b->leg->user, &b->contact_source);
		if (!b->is_finished && err != ECONNABORTED)
			log_info("sip", b->leg->interaction, "INVITE failed: %s", strerror(err));
		branch_failed(b, err == ETIMEDOUT ? 408 : 503,
			err == ETIMEDOUT ? "no answer from the peer" : strerror(err));
		return;
	}
	b->is_heard = true;
	identity_text(&msg->reason, text, sizeof(text));
	if (msg->scode < 200) {
		if (msg->scode > 100 && b->leg->state == LEG_CALLING && !b->is_finished &&
			early_received(b, msg))
			tell_ringing(b, msg);
	} else if (msg->scode < 300) {
		answered(b, msg);
	} else if (!is_sent_again(b, msg)) {
		branch_failed(b, msg->scode < 400 ? 480 : msg->scode, text);
	}
}

static void on_timeout(void *arg)
{
	struct leg *leg = arg;
	bool is_heard = false;
	int64_t left_ms = leg->answer_until_ms - clock_mono_ms();

	for (int i = 0; i < leg->n_branches; i++)
		is_heard |= leg->branches[i]->is_heard;
	if (leg->targets)
		is_heard = srv_leg_is_heard(leg);
	if (leg->targets && !is_heard && left_ms > 0 && srv_leg_next(leg))
		connect_await(leg);
	else if (is_heard && left_ms > 0)
		tmr_start(&leg->tmr, (uint64_t)left_ms, on_timeout, leg);
	else
		sip_leg_hang_up(leg, 408, is_heard ? "no_answer" : "unreachable",
			is_heard ? "not answered in time" : "peer is silent");
}

void connect_await(struct leg *leg)
{
	int64_t left_ms = leg->answer_until_ms - clock_mono_ms();

	tmr_start(&leg->tmr, (uint64_t)MAX(MIN(left_ms, leg->silent_ms), 0), on_timeout, leg);
}

/* From: number and name as asked; the host is the trunk's own for a trunk, else ours. */
static int make_from(const struct leg *leg, const struct sip_command *c, const struct trunk *trunk,
	char *ret_name, size_t name_size, char *ret_uri, size_t uri_size)
{
	const char *number = c->call.from_number[0]		   ? c->call.from_number
			     : trunk && trunk->config.caller_id[0] ? trunk->config.caller_id
								   : "anonymous";
	char user[SIP_NUMBER_MAX * 3 + 1], host[SIP_URI_MAX] = "";
	struct uri uri;
	struct pl pl;

	if (c->call.is_withheld) { /* RFC 3323 section 4.1.1.3 */
		str_put(ret_name, name_size, "\"Anonymous\"");
		return str_put(ret_uri, uri_size, "sip:anonymous@anonymous.invalid");
	}
	identity_quote(c->call.from_name, ret_name, name_size);
	identity_user(number, user, sizeof(user));
	if (trunk) {
		pl_set_str(&pl, trunk->config.proxy);
		if (uri_decode(&uri, &pl) == 0)
			(void)re_snprintf(host, sizeof(host), uri.af == AF_INET6 ? "[%r]" : "%r", &uri.host);
	}
	if (!host[0])
		(void)str_put(host, sizeof(host),
			leg->room->config.realm[0] ? leg->room->config.realm : "localhost");
	return str_printf(ret_uri, uri_size, "sip:%s@%s", user, host);
}

/* A name says nothing before it is looked up: those behind one are taken to speak IPv4. */
static bool is_v6_target(const char *target)
{
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, target);
	return uri_decode(&uri, &pl) == 0 && uri.af == AF_INET6;
}

/* One branch to target, by way of route if there is one. phone: the registration it stands for, or NULL. */
static int add_target(struct leg *leg, const struct sip_command *c, const struct trunk *trunk,
	const char *target, const struct binding *phone, const char *route)
{
	char name[SIP_NAME_MAX * 2], from[SIP_URI_MAX * 2];
	const char *routes[1] = {phone && phone->at.path[0] ? phone->at.path : route};
	struct branch *b;
	int err;

	if (make_from(leg, c, trunk, name, sizeof(name), from, sizeof(from)) < 0)
		return -E2BIG;
	err = sip_leg_add_branch(leg, &b);
	if (err < 0)
		return err;
	b->is_v6 = phone ? transport_is_v6(&phone->at.source) : is_v6_target(target);
	if (phone) {
		b->contact_source = phone->at.source;
		b->is_phone = !phone->at.path[0];
	}
	err = dialog_new(b, target, name[0] ? name : NULL, from, routes);
	if (!err)
		err = sip_auth_alloc(&b->auth, connect_credentials, leg, false);
	if (!err) {
		sip_leg_index(b);
		err = invite(b);
	}
	if (err) {
		log_info("sip", leg->interaction, "cannot call %s: %s", target, strerror(err));
		b->is_finished = true;
	}
	return -err;
}

int connect_add(struct leg *leg, const struct sip_command *c, const struct trunk *trunk, const char *target,
	const char *route)
{
	return add_target(leg, c, trunk, target, NULL, route);
}

void connect_give_up(struct branch *b)
{
	b->is_finished = true;
	if (b->invite)
		sip_request_cancel(b->invite);
}

/* One branch per contact that can be reached. */
static int add_phones(struct leg *leg, const struct sip_command *c)
{
	struct binding *phones[BINDINGS_MAX];
	int err = -ENOENT, n = 0, count;

	for (struct account *a = sip_directory_user(leg->room, c->call.user); a; a = a->next_of_user)
		registrar_expire(a);
	count = contact_to_ring(leg->room, c->call.user, phones);
	for (int i = 0; i < count; i++) {
		char target[SIP_URI_MAX + 64];
		if (contact_target(phones[i], target, sizeof(target)) < 0)
			continue;
		err = add_target(leg, c, NULL, target, phones[i], NULL);
		n += err == 0;
	}
	return n ? 0 : err;
}

/* 0, or the status code and text the leg ends with. Sets how long the peer may say nothing. */
static int dial(struct leg *leg, const struct sip_command *c, const char **ret_text)
{
	struct trunk *trunk =
		c->call.to == SIP_TO_TRUNK ? sip_directory_trunk(leg->room, c->call.trunk) : NULL;
	char target[SIP_URI_MAX * 2];
	int err;

	*ret_text = "cannot be reached";
	leg->silent_ms = SILENT_MS;
	if (c->call.to == SIP_TO_USER) {
		err = add_phones(leg, c);
		*ret_text = err == -ENOENT ? "no phone registered" : *ret_text;
		return err ? 480 : 0;
	}
	if (c->call.to == SIP_TO_URI) {
		*ret_text = "not a sip: address";
		if (!identity_is_uri(c->call.uri))
			return 484;
		*ret_text = "cannot be reached";
		return add_target(leg, c, NULL, c->call.uri, NULL, NULL) ? 503 : 0;
	}
	if (!trunk || !trunk->config.is_enabled) {
		*ret_text = "no such trunk, or it is switched off";
		return 503;
	}
	if (sip_trunk_uri(trunk, c->call.uri, target, sizeof(target)) < 0) {
		*ret_text = "the trunk has no usable proxy address";
		return 503;
	}
	leg->limited = sip_directory_limit(leg->room, trunk, ret_text);
	if (leg->limited && !c->call.is_emergency)
		return 503;
	leg->limited = 0;
	leg->trunk = trunk->config.id;
	sip_directory_call_begins(leg->room, trunk);
	*ret_text = "cannot be reached";
	if (trunk->config.first_answer_ms > 0)
		leg->silent_ms = trunk->config.first_answer_ms;
	if (srv_is_due(target))
		return srv_leg_begin(leg, c, target) ? 503 : 0;
	return add_target(leg, c, trunk, target, NULL, NULL) ? 503 : 0;
}

/* Ends a call that could not even be started: the promise of one SIP_ENDED holds for it too. */
static void refuse(struct room *room, const struct sip_command *c, int code, const char *text)
{
	struct sip_event event = {.kind = SIP_ENDED, .leg = c->leg, .code = code};

	(void)str_put(event.reason, sizeof(event.reason), sip_leg_cause(code));
	(void)str_put(event.text, sizeof(event.text), text);
	log_info("sip", c->interaction, "call refused: %s", text);
	room_tell(room, &event);
}

/* One for each family the peers may speak; one for all where we have one address alone. */
static int write_offers(struct leg *leg)
{
	char sdp[SDP_TEXT_MAX];

	if (sip_leg_sdp_text(leg, NULL, sdp, sizeof(sdp)) < 0 || !(leg->offer = siprec_body(leg, sdp)))
		return -E2BIG;
	if (!leg->local.address_v6[0])
		return 0;
	leg->is_v6 = true;
	int err = sip_leg_sdp_text(leg, NULL, sdp, sizeof(sdp));
	leg->is_v6 = false;
	return err < 0 || !(leg->offer_v6 = siprec_body(leg, sdp)) ? -E2BIG : 0;
}

static void add_forwarding(struct leg *leg, const struct sip_command *c)
{
	const char *realm = leg->room->config.realm[0] ? leg->room->config.realm : "localhost";
	size_t n = strlen(leg->headers);
	char lines[HEADERS_OUT_MAX];

	headers_write(c, realm, lines);
	(void)str_put(leg->headers + n, sizeof(leg->headers) - n, lines);
}

/* Who calls, as the trunk alone shall know it (RFC 3325). */
static void add_identity(struct leg *leg, const struct sip_command *c)
{
	const char *asserted = c->call.asserted[0] ? c->call.asserted : c->call.from_number;
	const char *realm = leg->room->config.realm[0] ? leg->room->config.realm : "localhost";
	char number[SIP_NUMBER_MAX * 3 + 1];
	size_t n = strlen(leg->headers);

	if (!c->call.is_withheld && !c->call.asserted[0])
		return;
	identity_user(asserted, number, sizeof(number));
	(void)str_printf(leg->headers + n, sizeof(leg->headers) - n, "P-Asserted-Identity: <sip:%s@%s>\r\n%s",
		number, realm, c->call.is_withheld ? "Privacy: id\r\n" : "");
}

void connect_start(struct room *room, const struct sip_command *command)
{
	int timeout_s = command->call.timeout_s > 0 ? command->call.timeout_s : TIMEOUT_S_DEFAULT, code;
	const char *text;
	struct leg *leg;

	if (room->is_stopping ||
		(room->legs.len >=
			(size_t)room->config.legs_max + (command->call.is_emergency ? EMERGENCY_LEGS : 0))) {
		siprec_free(command->siprec);
		refuse(room, command, 503, room->is_stopping ? "shutting down" : "too many legs");
		return;
	}
	if (command->leg == 0 || sip_leg_new(&leg, room, command->leg, LEG_CALLING) < 0) {
		siprec_free(command->siprec);
		refuse(room, command, 500, "leg exists already, or out of memory");
		return;
	}
	leg->is_outgoing = true;
	leg->interaction = command->interaction;
	leg->user = command->call.to == SIP_TO_USER ? command->call.user : 0;
	leg->local = command->sdp;
	leg->has_local = true;
	leg->siprec = command->siprec;
	if (leg->siprec)
		(void)str_put(leg->headers, sizeof(leg->headers), "Require: siprec\r\n");
	else if (command->call.is_auto_answer)
		(void)str_put(leg->headers, sizeof(leg->headers),
			"Call-Info: <sip:127.0.0.1>;answer-after=0\r\nAlert-Info: "
			"<http://127.0.0.1>;info=alert-autoanswer\r\n");
	add_identity(leg, command);
	add_forwarding(leg, command);
	if (write_offers(leg) < 0) {
		sip_leg_end(leg, 500, "error", "SDP cannot be written", false);
		return;
	}
	leg->answer_until_ms = clock_mono_ms() + (int64_t)MIN(timeout_s, TIMEOUT_S_MAX) * 1000;
	code = dial(leg, command, &text);
	if (code) {
		log_info("sip", leg->interaction, "call ended: %s", text);
		sip_leg_end(leg, code, code == 480 ? "unreachable" : NULL, text, false);
		return;
	}
	if (leg->state == LEG_CALLING)
		connect_await(leg);
}
