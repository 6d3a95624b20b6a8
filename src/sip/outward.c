/* Our registration at a trunk's registrar. libre sends and refreshes it; when it fails, this file decides
 * when the next try is: waiting longer each time, and by chance, so that a thousand centres whose provider
 * was away do not come back in one moment (RFC 5626 section 4.5).
 *
 * Invariant: either libre's registration is there, or tmr_register runs, or it is not wanted. */
#include "sip/directory.h"
#include "sip/identity.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define EXPIRES_S 300
#define EXPIRES_MAX_S 86400

static void register_now(void *arg);

static void set_state(struct trunk *trunk, enum sip_registration state, const char *why)
{
	trunk->state = state;
	sip_trunk_tell(trunk, why);
}

static int on_credentials(char **user, char **password, const char *realm, void *arg)
{
	const struct trunk *trunk = arg;

	(void)realm;
	return str_dup(user, trunk->config.login) || str_dup(password, trunk->config.password) ? ENOMEM : 0;
}

static uint32_t seconds_in(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *h = msg ? sip_msg_hdr(msg, id) : NULL;

	return h ? pl_u32(&h->val) : 0;
}

/* What a person can do about an answer. */
static const char *advice(int code)
{
	switch (code) {
	case 401:
	case 407:
		return "wrong login or password";
	case 403:
		return "the other side forbids it: check login, password and our address there";
	case 404:
		return "the other side does not know the login";
	case 423:
		return "the other side wants longer registrations";
	case 408:
	case 503:
	case 504:
		return "the other side has no time";
	default:
		return "refused";
	}
}

static bool is_hopeless(int code)
{
	return code == 401 || code == 407 || code == 403 || code == 404;
}

/* The wait before the next try. Asking with a refused password every few seconds gets one banned. */
static uint64_t wait_after(const struct trunk *trunk, const struct sip_msg *msg)
{
	int code = msg ? msg->scode : 0;
	int n = trunk->n_register_failed, base_s = trunk->config.register_retry_s;
	uint64_t wait_ms = limit_wait_ms(is_hopeless(code) ? n + 3 : n, base_s, randombytes_random());
	uint64_t asked_ms = (uint64_t)seconds_in(msg, SIP_HDR_RETRY_AFTER) * 1000;

	if (asked_ms > LIMIT_WAIT_MAX_S * 1000)
		asked_ms = LIMIT_WAIT_MAX_S * 1000;
	return wait_ms > asked_ms ? wait_ms : asked_ms;
}

/* 423: what the registrar wants at least is asked for at once, once. */
static bool is_longer_asked(struct trunk *trunk, const struct sip_msg *msg)
{
	uint32_t wanted_s = msg && msg->scode == 423 ? seconds_in(msg, SIP_HDR_MIN_EXPIRES) : 0;
	int had_s = trunk->register_expires_s	       ? trunk->register_expires_s
		    : trunk->config.register_expires_s ? trunk->config.register_expires_s
						       : EXPIRES_S;

	if (wanted_s <= (uint32_t)had_s || wanted_s > EXPIRES_MAX_S)
		return false;
	trunk->register_expires_s = (int)wanted_s;
	return true;
}

/* Not in libre's callback, where it is still in use. It would try again by its own clock. */
static void let_go(void *arg)
{
	struct trunk *trunk = arg;

	trunk->registration = mem_deref(trunk->registration);
	tmr_start(&trunk->tmr_register, trunk->register_wait_ms, register_now, trunk);
}

static void failed(struct trunk *trunk, int err, const struct sip_msg *msg)
{
	uint64_t wait_ms = 0;
	char why[96];

	if (!is_longer_asked(trunk, msg)) {
		wait_ms = wait_after(trunk, msg);
		trunk->n_register_failed++;
		if (msg)
			(void)str_printf(why, sizeof(why), "registration answered with %u: %s", msg->scode,
				advice(msg->scode));
		else
			(void)str_printf(
				why, sizeof(why), "registration: %s", err ? strerror(err) : "no answer");
		log_warn("sip", 0, "trunk %s: %s; next try in %llu s", trunk->config.name, why,
			(unsigned long long)(wait_ms / 1000));
		set_state(trunk, SIP_REGISTRATION_FAILED, why);
	}
	trunk->register_wait_ms = wait_ms;
	tmr_start(&trunk->tmr_register, 0, let_go, trunk);
}

static void on_registered(int err, const struct sip_msg *msg, void *arg)
{
	struct trunk *trunk = arg;

	if (!err && msg && msg->scode < 200)
		return;
	if (err || !msg || msg->scode >= 300) {
		failed(trunk, err, err ? NULL : msg);
		return;
	}
	trunk->n_register_failed = 0;
	set_state(trunk, SIP_REGISTRATION_UP, "registered");
}

static void register_now(void *arg)
{
	char aor[SIP_URI_MAX * 2], registrar[SIP_URI_MAX * 2], login[SIP_NUMBER_MAX * 3 + 1];
	struct trunk *trunk = arg;
	const struct sip_trunk *c = &trunk->config;
	int expires_s = trunk->register_expires_s ? trunk->register_expires_s : c->register_expires_s, err;

	trunk->registration = mem_deref(trunk->registration);
	identity_user(c->login, login, sizeof(login));
	if (!login[0] || sip_trunk_uri(trunk, c->login, aor, sizeof(aor)) < 0 ||
		sip_trunk_uri(trunk, "", registrar, sizeof(registrar)) < 0) {
		set_state(trunk, SIP_REGISTRATION_FAILED, "registration needs a login and a proxy");
		return;
	}
	err = sipreg_register(&trunk->registration, trunk->room->stack, registrar, aor, NULL, aor,
		(uint32_t)(expires_s > 0 ? expires_s : EXPIRES_S), login, NULL, 0, 0, on_credentials, trunk,
		false, on_registered, trunk, NULL, NULL);
	if (err)
		failed(trunk, err, NULL);
}

void outward_start(struct trunk *trunk)
{
	if (trunk->registration || tmr_isrunning(&trunk->tmr_register))
		return;
	trunk->state = SIP_REGISTRATION_TRYING;
	register_now(trunk);
}

void outward_stop(struct trunk *trunk)
{
	tmr_cancel(&trunk->tmr_register);
	trunk->registration = mem_deref(trunk->registration);
	trunk->state = SIP_REGISTRATION_NONE;
}
