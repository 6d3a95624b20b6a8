/* See early.h. Invariant: b->dlg is the dialog as the INVITE left it (no remote tag) until a 2xx; then it is
 * the winner's, and b->half is what further ones are made from. */
#include "sip/session/early.h"
#include "sip/leg.h"
#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>

struct early *early_find(struct branch *b, const struct sip_msg *msg)
{
	for (int i = 0; i < b->n_early; i++)
		if (sip_dialog_cmp(b->early[i].dlg, msg))
			return &b->early[i];
	return NULL;
}

static int add(struct branch *b, const struct sip_msg *msg)
{
	int err = sip_dialog_fork(&b->early[b->n_early].dlg, b->dlg, msg);

	b->n_early += !err;
	return err;
}

static struct early *find_or_add(struct branch *b, const struct sip_msg *msg)
{
	struct early *e = early_find(b, msg);

	if (e || !pl_isset(&msg->to.tag) || b->n_early == EARLY_MAX || sip_dialog_established(b->dlg) ||
		sip_leg_with_contact(msg, b->is_phone, add, b))
		return e;
	return &b->early[b->n_early - 1];
}

void early_set_sdp(struct early *e, const struct sdp *sdp)
{
	if (!e->sdp)
		e->sdp = alloc_zero(sizeof(*e->sdp));
	if (e->sdp)
		*e->sdp = *sdp;
}

/* PRACK (RFC 3262 section 4). Its answer says nothing the call depends on: a lost one is repeated by the
 * transaction, a refused one leaves the peer repeating until it gives up. */
static bool is_next(struct branch *b, struct early *e, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RSEQ);
	uint32_t rseq = hdr ? pl_u32(&hdr->val) : 0;
	int err;

	if (rseq == 0 || (e->rseq && rseq != e->rseq + 1))
		return false;
	e->rseq = rseq;
	err = sip_drequestf(NULL, b->leg->room->stack, true, "PRACK", e->dlg, 0, b->auth, NULL, NULL, NULL,
		"RAck: %u %u INVITE\r\n" NO_BODY, rseq, msg->cseq.num);
	if (err)
		log_warn("sip", b->leg->interaction, "cannot send PRACK: %s", strerror(err));
	return true;
}

bool early_received(struct branch *b, const struct sip_msg *msg)
{
	bool is_reliable = sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel");
	struct early *e = find_or_add(b, msg);
	struct sdp sdp;

	if (is_reliable && (!e || !is_next(b, e, msg)))
		return false;
	if (e && sip_leg_sdp_read(msg, &sdp) == 0)
		early_set_sdp(e, &sdp);
	return true;
}

int early_establish(struct branch *b, const struct sip_msg *msg)
{
	struct early *e = early_find(b, msg);
	struct sip_dialog *dlg = NULL;
	int err;

	if (e) {
		err = sip_dialog_update(e->dlg, msg);
		dlg = mem_ref(e->dlg);
	} else {
		err = sip_dialog_fork(&dlg, b->dlg, msg);
	}
	if (err && err != EBADMSG) {
		mem_deref(dlg);
		return err;
	}
	if (!dlg) /* no Contact, and none was told before */
		return err;
	b->half = b->dlg;
	b->half_cseq = msg->cseq.num;
	b->dlg = dlg;
	return 0;
}

static bool is_half_of(struct le *le, void *arg)
{
	const struct branch *b = le->data;
	const struct sip_msg *msg = arg;

	return b->half && b->half_cseq == msg->cseq.num && sip_dialog_cmp_half(b->half, msg);
}

static int fork_from(struct branch *lost, const struct sip_msg *msg)
{
	struct branch *winner = list_ledata(
		hash_lookup(lost->leg->room->dialogs, hash_joaat_pl(&msg->callid), is_half_of, (void *)msg));
	struct early *e = winner ? early_find(winner, msg) : NULL;

	if (e) { /* it has counted what was sent in it */
		lost->dlg = mem_ref(e->dlg);
		return sip_dialog_update(lost->dlg, msg);
	}
	return winner ? sip_dialog_fork(&lost->dlg, winner->half, msg) : ENOENT;
}

bool early_lost(struct room *room, const struct sip_msg *msg)
{
	struct branch *winner =
		list_ledata(hash_lookup(room->dialogs, hash_joaat_pl(&msg->callid), is_half_of, (void *)msg));
	struct branch *lost;

	if (!winner || sip_leg_add_branch(winner->leg, &lost) < 0)
		return false;
	lost->is_finished = true;
	lost->is_v6 = winner->is_v6;
	lost->is_phone = winner->is_phone;
	lost->invite_cseq = msg->cseq.num;
	if (sip_leg_with_contact(msg, lost->is_phone, fork_from, lost) ||
		sip_auth_alloc(&lost->auth, connect_credentials, winner->leg, false)) {
		lost->has_said_bye = true; /* nothing to say it with */
		return true;
	}
	sip_leg_index(lost);
	connect_ack(lost, msg->cseq.num);
	dialog_bye(lost, 0, "Call completed elsewhere");
	return true;
}

void early_answered(struct branch *b)
{
	for (int i = 0; i < b->n_early; i++) {
		alloc_free(b->early[i].sdp);
		b->early[i].sdp = NULL;
	}
}

void early_free(struct branch *b)
{
	for (int i = 0; i < b->n_early; i++) {
		mem_deref(b->early[i].dlg);
		alloc_free(b->early[i].sdp);
	}
	b->n_early = 0;
	b->half = mem_deref(b->half);
}
