/* Keys by INFO, both ways (application/dtmf-relay: "Signal=5\r\nDuration=160"; application/dtmf: "5").
 *
 * Invariant: at most one INFO of ours is on its way; it carries keys.digits[0]. */
#include "sip/leg.h"
#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define DTMF_MS_DEFAULT 160
#define DTMF_MS_MAX 10000
#define BODY_MAX 256

static char digit_of(const char *text)
{
	int64_t event;
	char letter = (char)toupper((unsigned char)text[0]);

	if (text[0] && !text[1])
		return strchr("0123456789*#ABCD", letter) ? letter : '\0';
	if (str_to_int(text, 10, 16, &event) < 0)
		return '\0';
	return "*#ABCD\0"[event - 10];
}

/* The value after name= in body, without spaces; "" when absent. */
static void value_of(const char *body, const char *name, char *ret_value, size_t size)
{
	size_t n = strlen(name), len;

	ret_value[0] = '\0';
	for (const char *p = body; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (strncasecmp(p, name, n) != 0)
			continue;
		p += n;
		p += strspn(p, " \t");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " \t");
		len = strcspn(p, " \t\r\n");
		(void)str_put_n(ret_value, size, p, len);
		return;
	}
}

void info_received(struct leg *leg, const struct sip_msg *msg)
{
	bool is_relay = msg_ctype_cmp(&msg->ctyp, "application", "dtmf-relay");
	char body[BODY_MAX], value[16], duration[16] = "";
	int64_t duration_ms = DTMF_MS_DEFAULT;
	struct sip_event event;

	if (mbuf_get_left(msg->mb) == 0) {
		(void)sip_treply(NULL, leg->room->stack, msg, 200, "OK");
		return;
	}
	if (!is_relay && !msg_ctype_cmp(&msg->ctyp, "application", "dtmf")) {
		(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 415, "Unsupported Media Type",
			"Accept: application/dtmf-relay, application/dtmf\r\n" NO_BODY);
		return;
	}
	(void)str_put_n(body, sizeof(body), (const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb));
	if (is_relay) {
		value_of(body, "Signal", value, sizeof(value));
		value_of(body, "Duration", duration, sizeof(duration));
		(void)str_to_int(duration, 1, DTMF_MS_MAX, &duration_ms);
	} else {
		(void)str_put_n(value, sizeof(value), body, strcspn(body, " \t\r\n"));
	}
	sip_leg_event(leg, SIP_DTMF, &event);
	event.digit = digit_of(value);
	event.duration_ms = (uint16_t)duration_ms;
	if (!event.digit) {
		(void)sip_treply(NULL, leg->room->stack, msg, 400, "Bad Signal");
		return;
	}
	(void)sip_treply(NULL, leg->room->stack, msg, 200, "OK");
	if (leg->state != LEG_OVER)
		sip_leg_tell(leg, &event);
}

bool info_takes_keys(const struct sip_msg *msg)
{
	return sip_msg_hdr_has_value(msg, SIP_HDR_ACCEPT, "application/dtmf-relay");
}

static void send_next(struct leg *leg);

static void forget_first(struct leg *leg)
{
	struct info_keys *keys = &leg->keys;

	keys->n--;
	memmove(keys->digits, keys->digits + 1, (size_t)keys->n);
	memmove(keys->durations_ms, keys->durations_ms + 1, (size_t)keys->n * sizeof(keys->durations_ms[0]));
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = ((struct branch *)arg)->leg;
	struct info_keys *keys = &leg->keys;
	struct sip_event event;

	if ((msg && msg->scode < 200) || keys->n == 0)
		return;
	sip_leg_event(leg, SIP_DTMF_REFUSED, &event);
	event.digit = keys->digits[0];
	event.duration_ms = keys->durations_ms[0];
	event.code = msg ? msg->scode : 408;
	bool is_taken = !err && msg && msg->scode < 300;
	forget_first(leg);
	if (leg->state != LEG_UP || (!is_taken && !sip_leg_tell(leg, &event)))
		return;
	send_next(leg);
}

/* One at a time, so that keys arrive in their order. */
static void send_next(struct leg *leg)
{
	struct info_keys *keys = &leg->keys;
	char body[64];

	if (keys->n == 0 || leg->state != LEG_UP)
		return;
	(void)str_printf(
		body, sizeof(body), "Signal=%c\r\nDuration=%d\r\n", keys->digits[0], keys->durations_ms[0]);
	if (sip_drequestf(&keys->request, leg->room->stack, true, "INFO", leg->dialog->dlg, 0,
		    leg->dialog->auth, NULL, on_response, leg->dialog,
		    "Content-Type: application/dtmf-relay\r\nContent-Length: %zu\r\n\r\n%s", strlen(body),
		    body))
		keys->n = 0;
}

void info_send_key(struct leg *leg, char digit, int duration_ms)
{
	struct info_keys *keys = &leg->keys;

	if (leg->state != LEG_UP || !digit || !strchr("0123456789*#ABCD", digit) || keys->n == INFO_KEYS_MAX)
		return;
	keys->digits[keys->n] = digit;
	keys->durations_ms[keys->n++] = (uint16_t)(duration_ms > 0 ? duration_ms : DTMF_MS_DEFAULT);
	if (keys->n == 1)
		send_next(leg);
}
