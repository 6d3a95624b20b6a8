/* See prack.h. Invariants: at most one reliable response is on its way; the next provisional one, and a 200
 * after one with SDP, wait for its PRACK; without one the call is refused with 504. */
#include "sip/session/prack.h"
#include "sip/leg.h"
#include "base/clock.h"
#include "base/str.h"

#include <sodium.h>
#include <string.h>

#define RSEQ_FIRST_MAX 1000000

void prack_learn(struct leg *leg, const struct sip_msg *msg)
{
	leg->reliable.is_required = sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel");
	leg->reliable.is_supported =
		leg->reliable.is_required || sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "100rel");
}

bool prack_is_due(const struct leg *leg, bool has_sdp)
{
	return leg->reliable.is_required || (leg->reliable.is_supported && has_sdp);
}

void prack_lines(struct leg *leg, char *ret_lines, size_t size)
{
	struct reliable *r = &leg->reliable;

	r->rseq = r->rseq ? r->rseq + 1 : 1 + randombytes_uniform(RSEQ_FIRST_MAX);
	(void)str_printf(ret_lines, size, "Require: 100rel\r\nRSeq: %u\r\n", r->rseq);
}

static void on_repeat(void *arg)
{
	struct leg *leg = arg;
	struct reliable *r = &leg->reliable;
	struct pl pl;
	struct sa to;

	if (clock_mono_ms() - r->since_ms >= T64_MS) {
		prack_stop(leg);
		accept_reject(leg, 504, "No PRACK");
		sip_leg_end(leg, 504, "unreachable", "no PRACK", false);
		return;
	}
	sip_reply_addr(&to, leg->request, msg_param_exists(&leg->request->via.params, "rport", &pl) == 0);
	(void)sip_send(leg->room->stack, leg->request->sock, leg->request->tp, &to, r->mb);
	r->interval_ms *= 2; /* section 3: without the ceiling of T2 */
	tmr_start(&r->tmr, r->interval_ms, on_repeat, leg);
}

void prack_await(struct leg *leg, struct mbuf *mb, bool has_sdp)
{
	struct reliable *r = &leg->reliable;

	mem_deref(r->mb);
	r->mb = mb;
	r->has_sdp = has_sdp;
	r->is_offer = has_sdp && leg->is_offerless;
	r->since_ms = clock_mono_ms();
	r->interval_ms = SIP_T1;
	tmr_start(&r->tmr, SIP_T1, on_repeat, leg);
}

void prack_stop(struct leg *leg)
{
	struct reliable *r = &leg->reliable;

	tmr_cancel(&r->tmr);
	r->mb = mem_deref(r->mb);
	r->is_next = r->is_answer_due = false;
}

/* RAck: response-num CSeq-num Method. */
static bool is_acknowledged(const struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RACK);
	struct pl rseq, cseq, method;

	return leg->reliable.mb && hdr &&
	       re_regex(hdr->val.p, hdr->val.l, "[0-9]+[ \t]+[0-9]+[ \t]+[^ \t\r\n]+", &rseq, NULL, &cseq,
		       NULL, &method) == 0 &&
	       rseq.l <= 10 && cseq.l <= 10 && pl_u32(&rseq) == leg->reliable.rseq &&
	       pl_u32(&cseq) == leg->request->cseq.num && pl_strcmp(&method, "INVITE") == 0;
}

/* The body of a PRACK: the answer to our offer, or, once all was agreed, an offer (section 5). False:
 * refused.
 */
static bool take_body(struct leg *leg, const struct sip_msg *msg, char ret_sdp[static SDP_TEXT_MAX])
{
	bool is_answer = leg->reliable.is_offer;
	struct sip_event event;
	int err;

	ret_sdp[0] = '\0';
	sip_leg_event(leg, SIP_REINVITED, &event);
	err = sip_leg_sdp_read(msg, &event.sdp);
	if (err == -ENOENT) {
		leg->is_agreed |= leg->reliable.has_sdp && !is_answer;
		return true;
	}
	if (!modify_take_offer(leg, msg, err, &event))
		return false;
	if (!is_answer && sip_leg_sdp_text(leg, &leg->remote, ret_sdp, SDP_TEXT_MAX) < 0)
		return true;
	leg->is_agreed = true;
	leg->is_offerless = false;
	return sip_leg_tell(leg, &event);
}

void prack_received(struct leg *leg, const struct sip_msg *msg)
{
	struct reliable *r = &leg->reliable;
	char sdp[SDP_TEXT_MAX];

	if (leg->state != LEG_OFFERED || !is_acknowledged(leg, msg)) {
		(void)sip_treply(NULL, leg->room->stack, msg, 481, "No Such Response");
		return;
	}
	tmr_cancel(&r->tmr);
	r->mb = mem_deref(r->mb);
	if (take_body(leg, msg, sdp))
		(void)sip_treplyf(NULL, NULL, leg->room->stack, msg, false, 200, "OK",
			"%sContent-Length: %zu\r\n\r\n%s", sdp[0] ? "Content-Type: application/sdp\r\n" : "",
			strlen(sdp), sdp);
	if (leg->state != LEG_OFFERED)
		return;
	if (r->is_answer_due)
		accept_go_on(leg, true, false);
	else if (r->is_next)
		accept_go_on(leg, false, r->is_next_with_sdp);
}
