/* What a trunk does by itself: OPTIONS to know whether its proxy is there, and registration outwards. */
#include "sip/directory.h"
#include "sip/identity.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PROBE_SILENT_MS 6000 /* an OPTIONS without answer for so long counts as missed */
#define MISSED_MAX 2	     /* missed in a row: down */
#define RETRY_MS 5000	     /* after a miss the next question comes soon */
#define REGISTER_EXPIRES_S 300

static void probe_due(void *arg);

int sip_trunk_uri(const struct trunk *trunk, const char *number, char *ret_uri, size_t size)
{
	static const char *const names[] = {"udp", "tcp", "tls"};
	char user[SIP_NUMBER_MAX * 3 + 1], transport[24] = "";
	struct pl pl, found;
	struct uri uri;

	pl_set_str(&pl, trunk->config.proxy);
	if (!identity_is_uri(trunk->config.proxy) || uri_decode(&uri, &pl) != 0)
		return -EINVAL;
	identity_user(number, user, sizeof(user));
	if (msg_param_decode(&uri.params, "transport", &found) != 0)
		(void)str_printf(
			transport, sizeof(transport), ";transport=%s", names[trunk->config.transport]);
	if (pl_strcasecmp(&uri.host, "localhost") == 0)
		pl_set_str(&uri.host, "127.0.0.1");
	uri.user.p = user[0] ? user : NULL;
	uri.user.l = strlen(user);
	uri.password = uri.headers = (struct pl){0};
	return re_snprintf(ret_uri, size, "%H%s", uri_encode, &uri, transport) < 0 ? -EINVAL : 0;
}

static void set_state(struct trunk *trunk, bool is_up, const char *reason)
{
	struct sip_event event = {.kind = SIP_TRUNK_STATE, .trunk = trunk->config.id, .is_up = is_up};

	if (trunk->has_state && trunk->is_up == is_up)
		return;
	trunk->has_state = true;
	trunk->is_up = is_up;
	(void)str_put(event.reason, sizeof(event.reason), reason);
	log_info("sip", 0, "trunk %s is %s: %s", trunk->config.name, is_up ? "up" : "down", reason);
	room_tell(trunk->room, &event);
}

static void probe_again(struct trunk *trunk, uint64_t wait_ms)
{
	tmr_start(&trunk->tmr_qualify, wait_ms, probe_due, trunk);
}

static void missed(struct trunk *trunk, const char *why)
{
	tmr_cancel(&trunk->tmr_silent);
	if (++trunk->n_missed >= MISSED_MAX || !trunk->has_state)
		set_state(trunk, false, why);
	probe_again(trunk, trunk->is_up ? RETRY_MS : (uint64_t)trunk->config.qualify_interval_s * 1000);
}

/* Any answer but 408, 502, 503, 504 says that somebody is there and able. */
static void on_probe_response(int err, const struct sip_msg *msg, void *arg)
{
	struct trunk *trunk = arg;
	char why[64];

	if (!err && msg && msg->scode < 200)
		return;
	if (err || !msg) {
		missed(trunk, err ? strerror(err) : "no answer");
		return;
	}
	(void)str_printf(why, sizeof(why), "OPTIONS answered with %u", msg->scode);
	if (msg->scode == 408 || (msg->scode >= 502 && msg->scode <= 504)) {
		missed(trunk, why);
		return;
	}
	tmr_cancel(&trunk->tmr_silent);
	trunk->n_missed = 0;
	set_state(trunk, true, why);
	probe_again(trunk, (uint64_t)trunk->config.qualify_interval_s * 1000);
}

static void on_probe_silent(void *arg)
{
	struct trunk *trunk = arg;

	trunk->probe = mem_deref(trunk->probe);
	missed(trunk, "no answer to OPTIONS");
}

static int on_probe_send(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct trunk *trunk = arg;
	char contact[128];

	transport_contact(trunk->room, tp, src, dst, contact, sizeof(contact));
	return mbuf_printf(mb, "Contact: %s\r\n", contact);
}

static void probe_due(void *arg)
{
	struct trunk *trunk = arg;
	char uri[SIP_URI_MAX * 2];
	int err;

	if (sip_trunk_uri(trunk, "", uri, sizeof(uri)) < 0) {
		set_state(trunk, false, "the proxy is no SIP URI");
		return;
	}
	tmr_start(&trunk->tmr_silent, PROBE_SILENT_MS, on_probe_silent, trunk);
	err = sip_requestf(&trunk->probe, trunk->room->stack, true, "OPTIONS", uri, NULL, NULL, on_probe_send,
		on_probe_response, trunk,
		"To: <%s>\r\nFrom: <%s>;tag=%08x\r\nCall-ID: %08x%08x\r\nCSeq: 1 OPTIONS\r\n" NO_BODY, uri,
		uri, randombytes_random(), randombytes_random(), randombytes_random());
	if (err)
		missed(trunk, strerror(err));
}

static int on_credentials(char **user, char **password, const char *realm, void *arg)
{
	const struct trunk *trunk = arg;

	(void)realm;
	return str_dup(user, trunk->config.login) || str_dup(password, trunk->config.password) ? ENOMEM : 0;
}

static void on_registered(int err, const struct sip_msg *msg, void *arg)
{
	struct trunk *trunk = arg;
	char why[64];

	if (!err && msg && msg->scode < 200)
		return;
	if (err || !msg)
		(void)str_printf(why, sizeof(why), "registration: %s", err ? strerror(err) : "no answer");
	else
		(void)str_printf(why, sizeof(why), "registration answered with %u", msg->scode);
	set_state(trunk, !err && msg && msg->scode < 300, why);
}

static void register_outwards(struct trunk *trunk)
{
	char aor[SIP_URI_MAX * 2], registrar[SIP_URI_MAX * 2], login[SIP_NUMBER_MAX * 3 + 1];
	int err;

	identity_user(trunk->config.login, login, sizeof(login));
	if (!login[0] || sip_trunk_uri(trunk, trunk->config.login, aor, sizeof(aor)) < 0 ||
		sip_trunk_uri(trunk, "", registrar, sizeof(registrar)) < 0) {
		set_state(trunk, false, "registration needs a login and a proxy");
		return;
	}
	err = sipreg_register(&trunk->registration, trunk->room->stack, registrar, aor, NULL, aor,
		REGISTER_EXPIRES_S, login, NULL, 0, 0, on_credentials, trunk, false, on_registered, trunk,
		NULL, NULL);
	if (err)
		set_state(trunk, false, strerror(err));
}

void sip_trunk_start(struct trunk *trunk)
{
	const struct sip_trunk *c = &trunk->config;

	if (!c->is_enabled || !c->proxy[0])
		return;
	if (c->is_registered_outwards && !trunk->registration)
		register_outwards(trunk);
	if (c->qualify_interval_s > 0 && !trunk->probe && !tmr_isrunning(&trunk->tmr_qualify))
		probe_again(trunk, 10 + randombytes_uniform(500)); /* not all trunks in one packet burst */
}

void sip_trunk_stop(struct trunk *trunk)
{
	tmr_cancel(&trunk->tmr_qualify);
	tmr_cancel(&trunk->tmr_silent);
	trunk->probe = mem_deref(trunk->probe);
	trunk->registration = mem_deref(trunk->registration);
}
