/* Logins by digest: challenges, checks, and what keeps a login from being used twice. An unknown login is
 * treated exactly like a wrong password; ten failures of a source in a minute close the door to it for a
 * minute. */
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/tls.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ASKERS 1024		   /* a power of two */
#define UNANSWERED_MAX 2	   /* challenges left unanswered: the phone gave up at the sight of SHA-256 */
#define UNANSWERED_LIFE_MS 3600000 /* then it may be tried again */

/* Who was challenged lately and did not come back. Clients that know MD5 only should pass over what they do
 * not know (RFC 8760 section 2.4); some give up instead. */
struct askers {
	struct {
		uint64_t who;
		int n;
		int64_t until_ms;
	} at[ASKERS];
};

static const char *realm(const struct room *room)
{
	return room->config.realm[0] ? room->config.realm : "markaz";
}

/* Source, name and program of the sender, hashed under a key of ours. */
static uint64_t asker_of(const struct room *room, const struct sip_msg *msg)
{
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	unsigned char in[16 + 64 + 64] = {0}, out[crypto_shorthash_BYTES];
	uint64_t who;

	transport_address(&msg->src, in);
	if (pl_isset(&msg->from.uri.user))
		memcpy(in + 16, msg->from.uri.user.p, MIN(msg->from.uri.user.l, (size_t)64));
	if (agent)
		memcpy(in + 80, agent->val.p, MIN(agent->val.l, (size_t)64));
	crypto_shorthash(out, in, sizeof(in), room->key.at);
	memcpy(&who, out, sizeof(who));
	return who;
}

/* Programs built on a libre that fails when an algorithm is not MD5 (ours is), and SIPp, which ends there. */
static bool is_known_to_give_up(const struct sip_msg *msg)
{
	static const char *const programs[] = {"baresip v0.", "baresip v1.", "Markaz", "SIPp"};
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	bool is_known = false;

	for (size_t i = 0; agent && i < sizeof(programs) / sizeof(programs[0]); i++)
		is_known |= agent->val.l >= strlen(programs[i]) &&
			    memcmp(agent->val.p, programs[i], strlen(programs[i])) == 0;
	return is_known;
}

static bool takes_sha256(struct room *room, const struct sip_msg *msg)
{
	int64_t now_ms = clock_mono_ms();
	uint64_t who = asker_of(room, msg);

	if (!room->directory->has_sha256 || is_known_to_give_up(msg))
		return false;
	if (!room->askers)
		room->askers = alloc_zero(sizeof(*room->askers));
	if (!room->askers)
		return true;
	size_t i = who & (ASKERS - 1);
	if (room->askers->at[i].who != who || room->askers->at[i].until_ms < now_ms)
		room->askers->at[i].n = 0;
	if (room->askers->at[i].n >= UNANSWERED_MAX)
		return false;
	room->askers->at[i].who = who;
	room->askers->at[i].n++;
	room->askers->at[i].until_ms = now_ms + UNANSWERED_LIFE_MS;
	return true;
}

static void came_back(struct room *room, const struct sip_msg *msg)
{
	uint64_t who = asker_of(room, msg);
	size_t i = who & (ASKERS - 1);

	if (room->askers && room->askers->at[i].who == who && room->askers->at[i].n < UNANSWERED_MAX)
		room->askers->at[i].n = 0;
}

void registrar_challenge(struct room *room, const struct sip_msg *msg, bool is_stale)
{
	char nonce[DIGEST_NONCE_SIZE], strong[320] = "";
	const char *stale = is_stale ? ", stale=true" : "";
	uint8_t source[16];

	transport_address(&msg->src, source);
	if (takes_sha256(room, msg)) {
		digest_nonce(&room->key, source, clock_mono_ms() / 1000, nonce);
		(void)str_printf(strong, sizeof(strong),
			"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=SHA-256, "
			"qop=\"auth\"%s\r\n",
			realm(room), nonce, stale);
	}
	digest_nonce(&room->key, source, clock_mono_ms() / 1000, nonce);
	(void)sip_replyf(room->stack, msg, 401, "Unauthorized",
		"%sWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5, "
		"qop=\"auth\"%s\r\n" NO_BODY,
		strong, realm(room), nonce, stale);
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
static struct login who(
	struct room *room, const struct pl *username, bool has_trunks, struct digest_ha1 *ret_ha1)
{
	struct login login = {.result = LOGIN_WRONG};
	struct digest_ha1 unused;
	char name[64];

	digest_decoy(&room->key, username, ret_ha1);
	identity_text(username, name, sizeof(name));
	login.account = strmap_get(&room->directory->logins, name);
	login.trunk = has_trunks && !login.account ? strmap_get(&room->directory->trunk_logins, name) : NULL;
	if (login.account) {
		login.result = LOGIN_ACCOUNT;
		(void)str_put(ret_ha1->md5, sizeof(ret_ha1->md5), login.account->config.ha1_md5);
		(void)str_put(ret_ha1->sha256, sizeof(ret_ha1->sha256), login.account->config.ha1_sha256);
	} else if (login.trunk) {
		login.result = LOGIN_TRUNK;
		digest_ha1(login.trunk->config.login, realm(room), login.trunk->config.password, ret_ha1);
	}
	if (!login.trunk) /* nobody can tell by the time it takes whose name it was */
		digest_ha1(name, realm(room), name, &unused);
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
	struct digest_ha1 ha1;

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
	login = who(room, &resp.username, has_trunks, &ha1);
	if (login.account && room->config.needs_phone_certificate && !sip_tls_is_certified(room, msg, ""))
		login = (struct login){.result = LOGIN_WRONG};
	if (!digest_is_right(&resp, &msg->met, &ha1) || login.result == LOGIN_WRONG) {
		sip_throttle_login_failed(room->throttle, &from, now_ms);
		guard_login_failed(room, &msg->src);
		return (struct login){.result = LOGIN_WRONG};
	}
	sip_throttle_login_succeeded(room->throttle, &from, now_ms);
	came_back(room, msg);
	if (login.account && !digest_is_first_use(&login.account->counts, &resp))
		return (struct login){.result = LOGIN_STALE};
	return login;
}
