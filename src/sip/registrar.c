/* The registrar: digest login and the contacts it leads to. An unknown login is treated exactly like a wrong
 * password; ten failures of a source in a minute close the door to it for a minute. */
#include "sip/directory.h"
#include "sip/identity.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define EXPIRES_MIN_S 60
#define EXPIRES_MAX_S 3600
#define EXPIRES_DEFAULT_S 600

static void on_expiry(void *arg)
{
	registrar_expire(arg);
}

static const char *realm(const struct room *room)
{
	return room->config.realm[0] ? room->config.realm : "markaz";
}

int registrar_count(const struct room *room, uint64_t user)
{
	int n = 0;

	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user)
		n += a->n_bindings;
	return n;
}

bool registrar_is_here(const struct account *account, const struct sa *source)
{
	int64_t now_ms = clock_mono_ms();

	for (int i = 0; i < account->n_bindings; i++)
		if (account->bindings[i].expires_ms > now_ms &&
			sa_cmp(&account->bindings[i].source, source, SA_ADDR))
			return true;
	return false;
}

static void tell_count(struct account *account)
{
	struct sip_event event = {.kind = SIP_REGISTRATION, .user = account->config.user};

	event.count = registrar_count(account->room, account->config.user);
	if (account->n_bindings) {
		const struct binding *newest = &account->bindings[account->n_bindings - 1];
		(void)str_put(event.uri, sizeof(event.uri), newest->uri);
		transport_text(&newest->source, event.source, sizeof(event.source));
	}
	room_tell(account->room, &event);
}

void registrar_expire(struct account *account)
{
	int64_t now_ms = clock_mono_ms(), next_ms = INT64_MAX;
	int n = 0, before = account->n_bindings;

	for (int i = 0; i < before; i++) {
		if (account->bindings[i].expires_ms <= now_ms)
			continue;
		if (account->bindings[i].expires_ms < next_ms)
			next_ms = account->bindings[i].expires_ms;
		if (n != i)
			account->bindings[n] = account->bindings[i];
		n++;
	}
	account->n_bindings = n;
	if (n)
		tmr_start(&account->tmr_expiry, (uint64_t)(next_ms - now_ms), on_expiry, account);
	else
		tmr_cancel(&account->tmr_expiry);
	if (n != before)
		tell_count(account);
}

void registrar_kick(struct room *room, uint64_t user)
{
	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user) {
		for (int i = 0; i < a->n_bindings; i++)
			a->bindings[i].expires_ms = 0;
		registrar_expire(a);
	}
}

void registrar_forget(struct room *room, uint64_t user, const struct sa *source)
{
	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user) {
		for (int i = 0; i < a->n_bindings; i++)
			if (sa_cmp(&a->bindings[i].source, source, SA_ALL))
				a->bindings[i].expires_ms = 0;
		registrar_expire(a);
	}
}

void registrar_challenge(struct room *room, const struct sip_msg *msg, bool is_stale)
{
	char nonce[DIGEST_NONCE_SIZE];
	uint8_t source[16];

	transport_address(&msg->src, source);
	digest_nonce(&room->key, source, clock_mono_ms() / 1000, nonce);
	(void)sip_replyf(room->stack, msg, 401, "Unauthorized",
		"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5, "
		"qop=\"auth\"%s\r\n" NO_BODY,
		realm(room), nonce, is_stale ? ", stale=true" : "");
}

/* The digest in msg meant for our realm. */
static bool find_digest(struct room *room, const struct sip_msg *msg, struct httpauth_digest_resp *ret_resp)
{
	static const enum sip_hdrid ids[] = {SIP_HDR_AUTHORIZATION, SIP_HDR_PROXY_AUTHORIZATION};

	for (int i = 0; i < 2; i++) {
		const struct sip_hdr *hdr = sip_msg_hdr(msg, ids[i]);
		if (hdr && httpauth_digest_response_decode(ret_resp, &hdr->val) == 0 &&
			pl_strcasecmp(&ret_resp->realm, realm(room)) == 0)
			return true;
	}
	return false;
}

/* Who the digest's user name is; the ha1 to check is a decoy for a stranger. */
static struct login who(struct room *room, const struct pl *username, bool has_trunks, char ret_ha1[33])
{
	struct login login = {.result = LOGIN_WRONG};
	char name[64], unused[33];

	digest_decoy(&room->key, username, ret_ha1);
	identity_text(username, name, sizeof(name));
	login.account = strmap_get(&room->directory->logins, name);
	login.trunk = has_trunks && !login.account ? strmap_get(&room->directory->trunk_logins, name) : NULL;
	if (login.account) {
		login.result = LOGIN_ACCOUNT;
		(void)str_put(ret_ha1, 33, login.account->config.ha1_md5);
	} else if (login.trunk) {
		login.result = LOGIN_TRUNK;
		digest_ha1(login.trunk->config.login, realm(room), login.trunk->config.password, ret_ha1);
	}
	if (!login.trunk) /* nobody can tell by the time it takes whose name it was */
		digest_ha1(name, realm(room), name, unused);
	return login;
}

struct login registrar_login(struct room *room, const struct sip_msg *msg, bool has_trunks)
{
	struct throttle_address from = transport_source(&msg->src);
	struct httpauth_digest_resp resp;
	int64_t now_ms = clock_mono_ms();
	struct login login;
	uint8_t source[16];
	bool is_fresh;
	char ha1[33];

	if (!find_digest(room, msg, &resp))
		return (struct login){.result = LOGIN_NONE};
	transport_address(&msg->src, source);
	is_fresh = digest_nonce_check(&room->key, source, now_ms / 1000, resp.nonce.p, resp.nonce.l) ==
		   DIGEST_NONCE_GOOD;
	if (sip_throttle_login_is_blocked(room->throttle, &from, now_ms)) {
		if (is_fresh)
			guard_login_failed(room, &msg->src);
		return (struct login){.result = LOGIN_BLOCKED};
	}
	if (!is_fresh)
		return (struct login){.result = LOGIN_STALE};
	login = who(room, &resp.username, has_trunks, ha1);
	if (!digest_is_right(&resp, &msg->met, ha1) || login.result == LOGIN_WRONG) {
		sip_throttle_login_failed(room->throttle, &from, now_ms);
		guard_login_failed(room, &msg->src);
		return (struct login){.result = LOGIN_WRONG};
	}
	sip_throttle_login_succeeded(room->throttle, &from, now_ms);
	return login;
}

/* Contacts */

struct update { /* one REGISTER being applied; contacts are changed in a copy, so that it is all or nothing */
	const struct sip_msg *msg;
	struct binding bindings[BINDINGS_MAX];
	int n, code, n_contacts;
	const char *reason;
	int64_t now_ms;
	uint32_t default_s;
	bool is_star;
};

static bool fail(struct update *u, int code, const char *reason)
{
	u->code = code;
	u->reason = reason;
	return true;
}

static int find_binding(const struct update *u, const struct pl *uri)
{
	for (int i = 0; i < u->n; i++)
		if (pl_strcmp(uri, u->bindings[i].uri) == 0)
			return i;
	return -1;
}

static void remove_binding(struct update *u, int i)
{
	memmove(&u->bindings[i], &u->bindings[i + 1], sizeof(u->bindings[0]) * (size_t)(u->n - i - 1));
	u->n--;
}

static void put_binding(struct update *u, const struct sip_addr *addr, uint32_t expires_s)
{
	const struct sip_hdr *path = sip_msg_hdr(u->msg, SIP_HDR_PATH);
	struct binding *b = &u->bindings[u->n++];
	struct sip_addr proxy;

	memset(b, 0, sizeof(*b));
	identity_text(&addr->auri, b->uri, sizeof(b->uri));
	if (path && sip_addr_decode(&proxy, &path->val) == 0)
		identity_text(&proxy.auri, b->path, sizeof(b->path));
	identity_text(&u->msg->callid, b->call_id, sizeof(b->call_id));
	b->cseq = u->msg->cseq.num;
	b->source = u->msg->src;
	b->tp = u->msg->tp;
	b->expires_ms = u->now_ms + (int64_t)expires_s * 1000;
}

static bool on_contact(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct update *u = arg;
	struct sip_addr addr;
	uint32_t expires_s = u->default_s;
	struct pl value;
	char call_id[CALL_ID_MAX];
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
	i = find_binding(u, &addr.auri);
	identity_text(&msg->callid, call_id, sizeof(call_id));
	if (i >= 0 && str_equal(u->bindings[i].call_id, call_id) && msg->cseq.num <= u->bindings[i].cseq)
		return fail(u, 500, "CSeq Out of Order");
	if (i >= 0)
		remove_binding(u, i);
	if (expires_s && u->n == BINDINGS_MAX)
		remove_binding(u, 0); /* the one refreshed longest ago */
	if (expires_s)
		put_binding(u, &addr, expires_s);
	return false;
}

static void answer(struct room *room, const struct account *account, const struct update *u)
{
	struct mbuf *mb = mbuf_alloc(1024);

	if (!mb)
		return;
	for (int i = 0; i < account->n_bindings; i++) {
		const struct binding *b = &account->bindings[i];
		(void)mbuf_printf(mb, "Contact: <%s>;expires=%d\r\n", b->uri,
			(int)((b->expires_ms - u->now_ms) / 1000));
	}
	if (sip_msg_hdr(u->msg, SIP_HDR_PATH))
		(void)mbuf_printf(mb, "Path: %r\r\n", &sip_msg_hdr(u->msg, SIP_HDR_PATH)->val);
	(void)sip_treplyf(NULL, NULL, room->stack, u->msg, false, 200, "OK", "%b" NO_BODY, mb->buf, mb->end);
	mem_deref(mb);
}

static void apply(struct room *room, struct account *account, const struct sip_msg *msg)
{
	struct update u = {.msg = msg, .default_s = EXPIRES_DEFAULT_S};
	int before;

	registrar_expire(account);
	before = account->n_bindings;
	u.now_ms = clock_mono_ms();
	u.n = account->n_bindings;
	memcpy(u.bindings, account->bindings, sizeof(u.bindings));
	if (pl_isset(&msg->expires))
		u.default_s = pl_u32(&msg->expires);
	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, on_contact, &u);
	if (!u.code && u.is_star && (u.n_contacts != 1 || !pl_isset(&msg->expires) || u.default_s != 0))
		fail(&u, 400, "Bad Contact");
	if (u.code) {
		char more[32] = "";
		if (u.code == 423)
			(void)snprintf(more, sizeof(more), "Min-Expires: %d\r\n", EXPIRES_MIN_S);
		(void)sip_treplyf(
			NULL, NULL, room->stack, msg, false, (uint16_t)u.code, u.reason, "%s" NO_BODY, more);
		return;
	}
	account->n_bindings = u.is_star ? 0 : u.n;
	memcpy(account->bindings, u.bindings, sizeof(u.bindings));
	registrar_expire(account);
	if (account->n_bindings != before)
		tell_count(account);
	answer(room, account, &u);
}

void registrar_received(struct room *room, const struct sip_msg *msg)
{
	struct login login = registrar_login(room, msg, false);
	char aor[64];

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
	identity_number(&msg->to.uri, aor, sizeof(aor));
	if (!str_equal(aor, login.account->config.login)) {
		(void)sip_reply(room->stack, msg, 403, "Not Your Address");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "a login may register its own address only");
		return;
	}
	apply(room, login.account, msg);
}
