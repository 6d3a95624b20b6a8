/* See timer.h. Invariants: the timer runs only in a call that is up, and only while interval_s is not 0; any
 * answer of the peer to a refresh, a refusal too, is a sign of life: only silence, 408 and 481 end the call.
 */
#include "sip/session/timer.h"
#include "sip/leg.h"
#include "sip/session/update.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <string.h>

#define EXPIRY_MARGIN_S 32 /* section 10: BYE min(32, a third) before the end */
#define PUT_OFF_MS 4000

static int min_s(const struct room *room)
{
	return room->config.session_min_s > 0 ? room->config.session_min_s : SESSION_MIN_S;
}

/* delta-seconds at the front of a header's value; -1 when it is no number or absurd. */
static int seconds_of(const struct pl *value)
{
	struct pl number = {0};
	int64_t s;
	char text[16];

	if (re_regex(value->p, value->l, "[0-9]+", &number) || number.p != value->p ||
		str_put_n(text, sizeof(text), number.p, number.l) < 0 ||
		str_to_int(text, 0, INT32_MAX, &s) < 0)
		return -1;
	return (int)MIN(s, SESSION_MAX_S);
}

static int header_s(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);

	return hdr ? seconds_of(&hdr->val) : -1;
}

enum refresher { REFRESHER_OPEN, REFRESHER_UAC, REFRESHER_UAS };

static enum refresher refresher_of(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct pl value = {0};

	if (!hdr || msg_param_decode(&hdr->val, "refresher", &value) != 0)
		return REFRESHER_OPEN;
	return pl_strcasecmp(&value, "uac") == 0   ? REFRESHER_UAC
	       : pl_strcasecmp(&value, "uas") == 0 ? REFRESHER_UAS
						   : REFRESHER_OPEN;
}

static bool has_timer(const struct sip_msg *msg)
{
	return sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer") ||
	       sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer");
}

void session_learn(struct leg *leg, const struct sip_msg *msg)
{
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		leg->session.takes_update = sip_msg_hdr_has_value(msg, SIP_HDR_ALLOW, "UPDATE");
}

bool session_is_too_short(struct room *room, const struct sip_msg *msg)
{
	int asked_s = header_s(msg, SIP_HDR_SESSION_EXPIRES);

	if (asked_s < 0 || asked_s >= min_s(room) || !has_timer(msg))
		return false; /* one who does not know timers would not know 422 either */
	(void)sip_replyf(
		room->stack, msg, 422, "Session Interval Too Small", "Min-SE: %d\r\n" NO_BODY, min_s(room));
	return true;
}

static int wanted_s(const struct leg *leg)
{
	int ours_s = leg->room->config.session_expires_s > 0 ? leg->room->config.session_expires_s
							     : SESSION_EXPIRES_S;

	return leg->session.interval_s ? MAX(leg->session.interval_s, leg->session.min_s)
				       : MAX(MAX(ours_s, min_s(leg->room)), leg->session.min_s);
}

void session_ask(const struct leg *leg, char ret_lines[static SESSION_LINES_MAX])
{
	const struct session *s = &leg->session;

	ret_lines[0] = '\0';
	if (leg->state == LEG_CALLING || s->interval_s)
		(void)str_printf(ret_lines, SESSION_LINES_MAX, "Session-Expires: %d%s\r\nMin-SE: %d\r\n",
			wanted_s(leg),
			leg->state == LEG_CALLING ? ""
			: s->is_ours		  ? ";refresher=uac"
						  : ";refresher=uas",
			MAX(min_s(leg->room), s->min_s));
}

static void on_due(void *arg);

static void arm(struct leg *leg)
{
	struct session *s = &leg->session;
	int64_t ms = (int64_t)s->interval_s * 1000;

	tmr_cancel(&s->tmr);
	if (s->interval_s)
		tmr_start(&s->tmr, (uint64_t)(s->is_ours ? ms / 2 : ms - MIN(EXPIRY_MARGIN_S * 1000, ms / 3)),
			on_due, leg);
}

void session_go_on(struct leg *leg)
{
	arm(leg);
}

void session_put_off(struct leg *leg)
{
	struct session *s = &leg->session;
	uint64_t ms = MIN((uint64_t)s->interval_s * 500, (uint64_t)PUT_OFF_MS << MIN(s->tries, 8));

	s->tries++;
	if (s->interval_s && leg->state == LEG_UP)
		tmr_start(&s->tmr, ms, on_due, leg);
}

static void refresh(struct leg *leg)
{
	if (leg->modify || leg->is_modify_wanted || leg->update || leg->unacked.mb)
		session_put_off(leg); /* what is under way refreshes by itself, or is over soon */
	else if (leg->session.takes_update)
		update_refresh(leg);
	else
		modify_refresh(leg);
}

static void on_due(void *arg)
{
	struct leg *leg = arg;

	if (leg->state == LEG_ACCEPTED) { /* the wait for the ACK has its own end */
		arm(leg);
		return;
	}
	if (leg->state != LEG_UP)
		return;
	if (leg->session.is_ours) {
		refresh(leg);
		return;
	}
	log_info("sip", leg->interaction, "the peer has not refreshed the session in time, ending the call");
	sip_leg_hang_up(leg, 408, "unreachable", "session timer expired");
}

static void agree(struct leg *leg, int interval_s, bool is_ours)
{
	leg->session.interval_s = MIN(interval_s, SESSION_MAX_S);
	leg->session.is_ours = is_ours;
	leg->session.tries = 0;
	arm(leg);
}

void session_answer(struct leg *leg, const struct sip_msg *msg, char ret_lines[static SESSION_LINES_MAX])
{
	int asked_s = header_s(msg, SIP_HDR_SESSION_EXPIRES);
	bool peer_has_timer = has_timer(msg);
	enum refresher who = refresher_of(msg);

	ret_lines[0] = '\0';
	session_learn(leg, msg);
	leg->session.min_s = MAX(leg->session.min_s, header_s(msg, SIP_HDR_MIN_SE));
	if (asked_s < min_s(leg->room)) { /* nobody asked, or a proxy did with what we do not take */
		agree(leg, 0, false);
		return;
	}
	if (who == REFRESHER_OPEN || !peer_has_timer)
		who = peer_has_timer ? REFRESHER_UAC : REFRESHER_UAS;
	agree(leg, asked_s, who == REFRESHER_UAS);
	(void)str_printf(ret_lines, SESSION_LINES_MAX, "%sSession-Expires: %d;refresher=%s\r\n",
		who == REFRESHER_UAC ? "Require: timer\r\n" : "", asked_s,
		who == REFRESHER_UAC ? "uac" : "uas");
}

void session_agreed(struct leg *leg, const struct sip_msg *msg)
{
	int told_s = header_s(msg, SIP_HDR_SESSION_EXPIRES);

	session_learn(leg, msg);
	/* Less than the Min-SE we sent is no answer to it, and would keep us busy. */
	agree(leg, told_s <= 0 ? 0 : MAX(told_s, min_s(leg->room)), refresher_of(msg) != REFRESHER_UAS);
}

bool session_may_ask_again(struct leg *leg, const struct sip_msg *msg)
{
	int told_s = header_s(msg, SIP_HDR_MIN_SE);

	if (told_s <= wanted_s(leg) || told_s >= SESSION_MAX_S)
		return false;
	leg->session.min_s = told_s;
	return true;
}
