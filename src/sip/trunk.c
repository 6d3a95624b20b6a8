/* What a trunk does by itself: OPTIONS to know whether its proxy is there. What is known of it is told: up is
 * who answers, and where we register, has us registered. */
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

void sip_trunk_tell(struct trunk *trunk, const char *why)
{
	bool is_registered = !trunk->config.is_registered_outwards || trunk->state == SIP_REGISTRATION_UP;
	bool is_up = is_registered && (!trunk->has_probed || trunk->is_answering);
	struct sip_event event = {.kind = SIP_TRUNK_STATE,
		.trunk = trunk->config.id,
		.is_up = is_up,
		.registration = trunk->state};

	if (trunk->has_state && trunk->is_up == is_up && trunk->state_told == trunk->state &&
		str_equal(trunk->why, why))
		return;
	if (!trunk->has_state || trunk->is_up != is_up)
		log_info("sip", 0, "trunk %s is %s: %s", trunk->config.name, is_up ? "up" : "down", why);
	trunk->has_state = true;
	trunk->is_up = is_up;
	trunk->state_told = trunk->state;
	(void)str_put(trunk->why, sizeof(trunk->why), why);
	(void)str_put(event.reason, sizeof(event.reason), why);
	room_tell(trunk->room, &event);
}

static void set_answering(struct trunk *trunk, bool is_answering, const char *why)
{
	bool is_news = !trunk->has_probed || trunk->is_answering != is_answering;

	trunk->has_probed = true;
	trunk->is_answering = is_answering;
	if (is_news)
		sip_trunk_tell(trunk, why);
}

static void probe_again(struct trunk *trunk, uint64_t wait_ms)
{
	tmr_start(&trunk->tmr_qualify, wait_ms, probe_due, trunk);
}

static void missed(struct trunk *trunk, const char *why)
{
	tmr_cancel(&trunk->tmr_silent);
	if (++trunk->n_missed >= MISSED_MAX || !trunk->has_probed)
		set_answering(trunk, false, why);
	probe_again(
		trunk, trunk->is_answering ? RETRY_MS : (uint64_t)trunk->config.qualify_interval_s * 1000);
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
	set_answering(trunk, true, why);
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
		set_answering(trunk, false, "the proxy is no SIP URI");
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

void sip_trunk_start(struct trunk *trunk)
{
	const struct sip_trunk *c = &trunk->config;

	if (!c->is_enabled || !c->proxy[0])
		return;
	if (c->is_registered_outwards)
		outward_start(trunk);
	if (c->qualify_interval_s > 0 && !trunk->probe && !tmr_isrunning(&trunk->tmr_qualify))
		probe_again(trunk, 10 + randombytes_uniform(500)); /* not all trunks in one packet burst */
}

void sip_trunk_stop(struct trunk *trunk)
{
	tmr_cancel(&trunk->tmr_qualify);
	tmr_cancel(&trunk->tmr_silent);
	trunk->probe = mem_deref(trunk->probe);
	outward_stop(trunk);
}
