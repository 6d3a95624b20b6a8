/* Whether a registered phone is there: OPTIONS to each contact, over the way its REGISTER came. Two misses
 * in a row and no call is sent there, until it answers again. The questions also keep what NAT remembers of
 * the phone alive. A phone answers OPTIONS whatever it thinks of it (RFC 3261 section 11.2): any answer of
 * its own will do. */
#include "sip/contact.h"
#include "sip/directory.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>

#define SILENT_MS 5000		   /* or half the interval; UDP has sent four times by then */
#define MISSED_MAX 2		   /* missed in a row: unreachable */
#define RETRY_MS 2000		   /* after a miss the next question comes soon */
#define UNREACHABLE_EVERY_MS 15000 /* back within that */
#define NAT_EVERY_MS 25000	   /* NAT forgets UDP after 30 s (RFC 4787 says 120, many do not) */

static void probe_due(void *arg);

uint64_t qualify_spread(uint64_t max_ms)
{
	return max_ms ? randombytes_uniform((uint32_t)max_ms) : 0;
}

/* ms, or a part of the configured interval where that is shorter. */
static uint64_t at_most(const struct binding *b, uint64_t ms, uint64_t part)
{
	return MIN(ms, (uint64_t)b->account->room->config.qualify_interval_s * 1000 / part);
}

static uint64_t interval_ms(const struct binding *b)
{
	uint64_t ms = (uint64_t)b->account->room->config.qualify_interval_s * 1000;

	if (b->is_unreachable && ms > UNREACHABLE_EVERY_MS)
		ms = UNREACHABLE_EVERY_MS;
	if (b->at.tp == SIP_TRANSP_UDP && ms > NAT_EVERY_MS && contact_is_behind_nat(b))
		ms = NAT_EVERY_MS;
	return ms - qualify_spread(ms / 10);
}

static void missed(struct binding *b, bool is_certain)
{
	tmr_cancel(&b->tmr_silent);
	b->n_missed = is_certain ? MISSED_MAX : b->n_missed + 1;
	if (b->n_missed < MISSED_MAX) {
		tmr_start(&b->tmr_qualify, at_most(b, RETRY_MS, 5), probe_due, b);
		return;
	}
	bool was_reachable = !b->is_unreachable;
	b->is_unreachable = true;
	tmr_start(&b->tmr_qualify, interval_ms(b), probe_due, b);
	if (was_reachable)
		contact_tell(b->account, "no_answer");
}

/* What a proxy between us says of a phone it cannot reach is no answer of the phone. */
static bool is_of_the_phone(const struct binding *b, int code)
{
	if (code == 408 || (code >= 502 && code <= 504))
		return false;
	return !b->at.path[0] || (code != 404 && code != 410 && code != 430 && code != 480);
}

static void on_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct binding *b = arg;

	if (!err && msg && msg->scode < 200)
		return;
	if (err || !msg || !is_of_the_phone(b, msg->scode)) {
		missed(b, err && err != ETIMEDOUT);
		return;
	}
	tmr_cancel(&b->tmr_silent);
	b->rtt_us = (clock_mono_ns() - b->asked_ns) / 1000;
	b->n_missed = 0;
	bool was_unreachable = b->is_unreachable, is_first = !b->has_answered;
	b->is_unreachable = false;
	b->has_answered = true;
	tmr_start(&b->tmr_qualify, interval_ms(b), probe_due, b);
	if (was_unreachable || is_first)
		contact_tell(b->account, was_unreachable ? "answers_again" : "answers");
}

static void on_silence(void *arg)
{
	struct binding *b = arg;

	b->probe = mem_deref(b->probe);
	missed(b, false);
}

static int on_send(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct binding *b = arg;
	char contact[128];

	transport_contact(b->account->room, tp, src, dst, contact, sizeof(contact));
	return mbuf_printf(mb, "Contact: %s\r\n", contact);
}

static void probe_due(void *arg)
{
	struct binding *b = arg;
	struct room *room = b->account->room;
	const char *host = room->config.realm[0] ? room->config.realm : "localhost";
	char target[SIP_URI_MAX + 64], route[SIP_URI_MAX + 16] = "";
	struct uri proxy;
	struct pl pl;
	int err = -contact_target(b, target, sizeof(target));

	b->probe = mem_deref(b->probe);
	pl_set_str(&pl, b->at.path);
	if (b->at.path[0]) {
		(void)str_printf(route, sizeof(route), "Route: <%s>\r\n", b->at.path);
		err = err ? err : uri_decode(&proxy, &pl);
	}
	b->asked_ns = clock_mono_ns();
	tmr_start(&b->tmr_silent, at_most(b, SILENT_MS, 2), on_silence, b);
	if (!err)
		err = sip_requestf(&b->probe, room->stack, true, "OPTIONS", target,
			b->at.path[0] ? &proxy : NULL, NULL, on_send, on_answer, b,
			"%sTo: <%s>\r\nFrom: <sip:%s>;tag=%08x\r\nCall-ID: %08x%08x\r\nCSeq: 1 OPTIONS\r\n"
			"Accept: application/sdp\r\n" NO_BODY,
			route, target, host, randombytes_random(), randombytes_random(),
			randombytes_random());
	if (err)
		missed(b, true);
}

void qualify_start(struct binding *b, uint64_t wait_ms)
{
	if (b->account->room->config.qualify_interval_s <= 0)
		return;
	if (b->probe && !b->is_unreachable)
		return; /* asked right now */
	tmr_start(&b->tmr_qualify, at_most(b, wait_ms, 2), probe_due, b);
}

void qualify_stop(struct binding *b)
{
	tmr_cancel(&b->tmr_qualify);
	tmr_cancel(&b->tmr_silent);
	b->probe = mem_deref(b->probe);
}
