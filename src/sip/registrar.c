/* REGISTER: what it changes in the contacts of the account that logged in, all or nothing (RFC 3261 section
 * 10.3), telephones with several ways to us and those that come back under a new address (RFC 5626), phones
 * behind a proxy (RFC 3327). */
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/registrations.h"
#include "sip/tls.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define EXPIRES_MIN_S 60
#define EXPIRES_MAX_S 3600
#define EXPIRES_DEFAULT_S 600
#define FLOW_TIMER_S 120 /* how often a phone of RFC 5626 should show that its way to us is open */
#define FLOW_NEVER_ASKS_S                                                                                    \
	4000000		       /* libre's own ping over the connection: the phone pings, and we ask OPTIONS */
#define FIRST_QUESTION_MS 2000 /* the first OPTIONS comes within that */

struct change {		     /* a contact as it will be */
	struct binding *was; /* it is that one refreshed; NULL: new */
	struct contact at;
	bool is_told; /* by this very REGISTER */
};
struct update { /* one REGISTER being applied */
	const struct sip_msg *msg;
	struct change next[BINDINGS_MAX];
	int n, code, n_contacts;
	const char *reason;
	int64_t now_ms;
	uint32_t default_s;
	bool is_star, has_flow;
};

static bool fail(struct update *u, int code, const char *reason)
{
	u->code = code;
	u->reason = reason;
	return true;
}

/* The contact fresh takes the place of: the same device and way (RFC 5626 section 6), or the same address. */
static int find_change(const struct update *u, const struct contact *fresh)
{
	for (int i = 0; fresh->instance[0] && i < u->n; i++)
		if (str_equal(u->next[i].at.instance, fresh->instance) &&
			u->next[i].at.reg_id == fresh->reg_id)
			return i;
	for (int i = 0; i < u->n; i++)
		if (str_equal(u->next[i].at.uri, fresh->uri))
			return i;
	return -1;
}

static void remove_change(struct update *u, int i)
{
	u->n--;
	memmove(&u->next[i], &u->next[i + 1], sizeof(u->next[0]) * (size_t)(u->n - i));
}

/* Whether a list header of msg names the token. */
static bool has_token(const struct sip_msg *msg, enum sip_hdrid id, const char *token)
{
	return sip_msg_hdr_has_value(msg, id, token);
}

/* q=0.7 in thousandths (RFC 3261 section 25.1). */
static int read_q(const struct pl *value)
{
	int q = 0, scale = 100;

	if (value->l == 0 || value->l > 5 || (value->p[0] != '0' && value->p[0] != '1'))
		return Q_MAX;
	if (value->p[0] == '1')
		return Q_MAX;
	for (size_t i = 2; i < value->l && value->p[1] == '.'; i++, scale /= 10) {
		if (value->p[i] < '0' || value->p[i] > '9')
			return Q_MAX;
		q += (value->p[i] - '0') * scale;
	}
	return q;
}

/* Contact's +sip.instance="<urn:...>", without its quotes; names with + are beyond msg_param_decode. */
static void read_instance(const struct pl *params, char ret_instance[INSTANCE_MAX])
{
	static const char name[] = ";+sip.instance=\"";
	size_t n = sizeof(name) - 1;
	struct pl value = {0};

	for (size_t i = 0; i + n < params->l && !value.p; i++)
		if (strncasecmp(params->p + i, name, n) == 0)
			value = (struct pl){params->p + i + n, params->l - i - n};
	const char *end = value.p ? pl_strchr(&value, '"') : NULL;
	value.l = end ? (size_t)(end - value.p) : 0;
	if (value.l > 0 && value.l < INSTANCE_MAX)
		identity_text(&value, ret_instance, INSTANCE_MAX);
}

static void read_contact(const struct update *u, const struct sip_addr *addr, struct contact *ret_contact)
{
	const struct sip_hdr *path = sip_msg_hdr(u->msg, SIP_HDR_PATH),
			     *agent = sip_msg_hdr(u->msg, SIP_HDR_USER_AGENT);
	struct contact at = {.q = Q_MAX, .cseq = u->msg->cseq.num, .source = u->msg->src, .tp = u->msg->tp};
	struct sip_addr proxy;
	struct pl value;

	identity_text(&addr->auri, at.uri, sizeof(at.uri));
	if (path && sip_addr_decode(&proxy, &path->val) == 0)
		identity_text(&proxy.auri, at.path, sizeof(at.path));
	identity_text(&u->msg->callid, at.call_id, sizeof(at.call_id));
	if (agent)
		identity_text(&agent->val, at.user_agent, sizeof(at.user_agent));
	if (msg_param_decode(&addr->params, "q", &value) == 0)
		at.q = read_q(&value);
	read_instance(&addr->params, at.instance);
	if (at.instance[0] && msg_param_decode(&addr->params, "reg-id", &value) == 0)
		at.reg_id = pl_u32(&value);
	*ret_contact = at;
}

static bool on_contact(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct update *u = arg;
	struct sip_addr addr;
	uint32_t expires_s = u->default_s;
	struct binding *was = NULL;
	struct contact fresh;
	struct pl value;
	int i;

	u->n_contacts++;
	if (pl_strcmp(&hdr->val, "*") == 0) {
		u->is_star = true;
		return false;
	}
	if (sip_addr_decode(&addr, &hdr->val) != 0 || pl_strcasecmp(&addr.uri.scheme, "sip") != 0 ||
		addr.auri.l >= SIP_URI_MAX)
		return fail(u, 400, "Bad Contact");
	if (msg_param_decode(&addr.params, "expires", &value) == 0)
		expires_s = pl_u32(&value);
	if (expires_s && expires_s < EXPIRES_MIN_S)
		return fail(u, 423, "Interval Too Brief");
	expires_s = MIN(expires_s, (uint32_t)EXPIRES_MAX_S);
	read_contact(u, &addr, &fresh);
	fresh.expires_ms = u->now_ms + (int64_t)expires_s * 1000;
	i = find_change(u, &fresh);
	if (i >= 0 && str_equal(u->next[i].at.call_id, fresh.call_id) && msg->cseq.num <= u->next[i].at.cseq)
		return fail(u, 500, "CSeq Out of Order");
	if (i >= 0) {
		was = u->next[i].was;
		remove_change(u, i);
	}
	if (expires_s && u->n == BINDINGS_MAX)
		remove_change(u, 0); /* the one refreshed longest ago */
	if (expires_s)
		u->next[u->n++] = (struct change){was, fresh, true};
	u->has_flow |= expires_s && fresh.reg_id && has_token(msg, SIP_HDR_SUPPORTED, "outbound");
	return false;
}

static void answer(struct room *room, const struct account *account, const struct update *u)
{
	struct mbuf *mb = mbuf_alloc(1024);

	if (!mb)
		return;
	for (int i = 0; i < account->n_bindings; i++) {
		const struct contact *at = &account->bindings[i]->at;
		(void)mbuf_printf(
			mb, "Contact: <%s>;expires=%d", at->uri, (int)((at->expires_ms - u->now_ms) / 1000));
		if (at->q < Q_MAX)
			(void)mbuf_printf(mb, ";q=0.%03d", at->q);
		if (at->instance[0])
			(void)mbuf_printf(mb, ";+sip.instance=\"%s\"", at->instance);
		if (at->reg_id)
			(void)mbuf_printf(mb, ";reg-id=%u", at->reg_id);
		(void)mbuf_printf(mb, "\r\n");
	}
	if (sip_msg_hdr(u->msg, SIP_HDR_PATH))
		(void)mbuf_printf(mb, "Path: %r\r\n", &sip_msg_hdr(u->msg, SIP_HDR_PATH)->val);
	if (u->has_flow)
		(void)mbuf_printf(mb, "Require: outbound\r\nFlow-Timer: %d\r\n", FLOW_TIMER_S);
	(void)sip_treplyf(NULL, NULL, room->stack, u->msg, false, 200, "OK", "%b" NO_BODY, mb->buf, mb->end);
	mem_deref(mb);
}

static void on_connection_closed(int err, void *arg)
{
	(void)err;
	contact_connection_closed(arg);
}

/* What a contact that registered just now needs: to be asked, and its connection to be watched. */
static void watch(struct room *room, struct binding *b, const struct sip_msg *msg, bool is_elsewhere)
{
	if (is_elsewhere || !b->flow) {
		b->flow = mem_deref(b->flow);
		if (msg->tp != SIP_TRANSP_UDP && !b->at.path[0])
			(void)sip_keepalive_start(
				&b->flow, room->stack, msg, FLOW_NEVER_ASKS_S, on_connection_closed, b);
	}
	if (is_elsewhere) {
		qualify_stop(b);
		b->is_unreachable = b->has_answered = false;
		b->n_missed = 0;
		b->rtt_us = 0;
		qualify_start(b, qualify_spread(FIRST_QUESTION_MS));
	} else if (b->is_unreachable) {
		qualify_start(b, 0);
	}
}

/* Puts next in the place of the account's contacts; those that are not in it are gone. */
static void replace(struct account *account, struct binding *const *next, int n)
{
	for (int i = 0; i < account->n_bindings; i++) {
		bool is_kept = false;
		for (int k = 0; k < n; k++)
			is_kept |= next[k] == account->bindings[i];
		if (!is_kept)
			contact_free(account->bindings[i]);
	}
	for (int i = 0; i < n; i++)
		account->bindings[i] = next[i];
	account->n_bindings = n;
}

/* Makes the account's contacts what u says. False when memory is out: nothing changed. */
static bool commit(struct account *account, const struct update *u)
{
	struct binding *next[BINDINGS_MAX];
	int n = u->is_star ? 0 : u->n, made = 0;

	for (; made < n; made++) {
		next[made] = u->next[made].was ? u->next[made].was : contact_new(account, &u->next[made].at);
		if (!next[made])
			break;
	}
	if (made < n) {
		while (made-- > 0)
			if (!u->next[made].was)
				contact_free(next[made]);
		return false;
	}
	replace(account, next, n);
	for (int i = 0; i < n; i++) {
		const struct contact *at = &u->next[i].at;
		bool is_elsewhere = !u->next[i].was || !sa_cmp(&next[i]->at.source, &at->source, SA_ALL) ||
				    next[i]->at.tp != at->tp || !str_equal(next[i]->at.path, at->path) ||
				    !str_equal(next[i]->at.uri, at->uri);
		next[i]->at = *at;
		if (u->next[i].is_told)
			watch(account->room, next[i], u->msg, is_elsewhere);
	}
	return true;
}

static void refuse(struct room *room, const struct update *u)
{
	char more[32] = "";

	if (u->code == 423)
		(void)snprintf(more, sizeof(more), "Min-Expires: %d\r\n", EXPIRES_MIN_S);
	(void)sip_treplyf(
		NULL, NULL, room->stack, u->msg, false, (uint16_t)u->code, u->reason, "%s" NO_BODY, more);
}

static void apply(struct room *room, struct account *account, const struct sip_msg *msg)
{
	struct update u = {.msg = msg, .default_s = EXPIRES_DEFAULT_S};

	registrar_expire(account);
	u.now_ms = clock_mono_ms();
	for (int i = 0; i < account->n_bindings; i++)
		u.next[u.n++] = (struct change){account->bindings[i], account->bindings[i]->at, false};
	if (pl_isset(&msg->expires))
		u.default_s = pl_u32(&msg->expires);
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, on_contact, &u);
	if (!u.code && u.is_star && (u.n_contacts != 1 || !pl_isset(&msg->expires) || u.default_s != 0))
		fail(&u, 400, "Bad Contact");
	int before = account->n_bindings, reachable = registrar_count(room, account->config.user);
	if (!u.code && !commit(account, &u))
		fail(&u, 500, "Out Of Memory");
	if (u.code) {
		refuse(room, &u);
		return;
	}
	registrar_expire(account);
	if (u.n_contacts)
		registrations_changed(account);
	if (account->n_bindings != before || registrar_count(room, account->config.user) != reachable)
		contact_tell(account, account->n_bindings < before ? "unregistered" : "registered");
	answer(room, account, &u);
}

void registrar_received(struct room *room, const struct sip_msg *msg)
{
	struct login login;
	char aor[64];

	if (room->config.needs_phone_certificate && !sip_tls_is_certified(room, msg, "")) {
		(void)sip_reply(room->stack, msg, 403, "Client Certificate Required");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "telephones need TLS and a certificate");
		return;
	}
	login = registrar_login(room, msg, false);

	switch (login.result) {
	case LOGIN_NONE:
	case LOGIN_STALE:
		registrar_challenge(room, msg, login.result == LOGIN_STALE);
		return;
	case LOGIN_ACCOUNT:
		break;
	default:
		(void)sip_reply(room->stack, msg, 403, "Forbidden");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0,
			login.result == LOGIN_BLOCKED ? "too many failed logins, blocked for a minute"
						      : "wrong login or password");
		return;
	}
	if (login.account->config.needs_tls && msg->tp != SIP_TRANSP_TLS) {
		(void)sip_reply(room->stack, msg, 403, "TLS Required");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "this telephone must register over TLS");
		return;
	}
	identity_number(&msg->to.uri, aor, sizeof(aor));
	if (!str_equal(aor, login.account->config.login)) {
		(void)sip_reply(room->stack, msg, 403, "Not Your Address");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "a login may register its own address only");
		return;
	}
	apply(room, login.account, msg);
}
