/* A leg's life and end; see leg.h for the invariants. */
#include "sip/leg.h"
#include "sip/srv.h"
#include "sip/directory.h"
#include "sip/identity.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define UNTOLD_RETRY_MS 20
#define LOOK_MS 50 /* the dying are looked at in batches, not one wake-up each */

static void leg_die(void *arg);

int sip_leg_new(struct leg **ret_leg, struct room *room, uint64_t id, enum leg_state state)
{
	struct leg *leg;

	if (map_get(&room->legs, id))
		return -EEXIST;
	leg = alloc_zero(sizeof(*leg));
	if (!leg)
		return -ENOMEM;
	if (map_put(&room->legs, id, leg) < 0) {
		alloc_free(leg);
		return -ENOMEM;
	}
	leg->room = room;
	leg->id = id;
	leg->state = state;
	list_append(&room->all_legs, &leg->le, leg);
	*ret_leg = leg;
	return 0;
}

int sip_leg_add_branch(struct leg *leg, struct branch **ret_branch)
{
	struct branch *b;

	if (leg->n_branches == BRANCHES_MAX)
		return -ENOSPC;
	b = alloc_zero(sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->leg = leg;
	leg->branches[leg->n_branches++] = b;
	*ret_branch = b;
	return 0;
}

void sip_leg_index(struct branch *branch)
{
	hash_append(branch->leg->room->dialogs, hash_joaat_str(sip_dialog_callid(branch->dlg)), &branch->he,
		branch);
}

static bool is_dialog_of(struct le *le, void *arg)
{
	const struct branch *b = le->data;

	return sip_dialog_established(b->dlg) ? sip_dialog_cmp(b->dlg, arg)
					      : sip_dialog_cmp_half(b->dlg, arg);
}

struct branch *sip_leg_find(struct room *room, const struct sip_msg *msg)
{
	return list_ledata(
		hash_lookup(room->dialogs, hash_joaat_pl(&msg->callid), is_dialog_of, (void *)msg));
}

static void branch_free(struct branch *b)
{
	hash_unlink(&b->he);
	early_free(b);
	mem_deref(b->invite);
	mem_deref(b->bye);
	mem_deref(b->auth);
	mem_deref(b->dlg);
	alloc_free(b->origin);
	alloc_free(b);
}

static void leg_free(struct leg *leg)
{
	tmr_cancel(&leg->tmr);
	tmr_cancel(&leg->tmr_modify);
	refer_stop(leg);
	tmr_cancel(&leg->session.tmr);
	prack_stop(leg);
	accept_forget_unacked(leg);
	mem_deref(leg->modify);
	mem_deref(leg->update);
	mem_deref(leg->refer.request);
	mem_deref(leg->ping);
	mem_deref(leg->keys.request);
	mem_deref(leg->st);
	mem_deref(leg->request);
	for (int i = 0; i < leg->n_branches; i++)
		branch_free(leg->branches[i]);
	list_unlink(&leg->le);
	srv_leg_free(leg);
	alloc_free(leg->offer);
	alloc_free(leg->offer_v6);
	siprec_free(leg->siprec);
	alloc_free(leg);
}

void sip_leg_event(const struct leg *leg, enum sip_event_kind kind, struct sip_event *ret_event)
{
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->kind = kind;
	ret_event->leg = leg->id;
	ret_event->trunk = leg->trunk;
	ret_event->user = leg->user;
}

bool sip_leg_tell(struct leg *leg, const struct sip_event *event)
{
	if (event->kind == SIP_REINVITED)
		keep_leg(leg);
	if (room_tell(leg->room, event))
		return true;
	sip_leg_hang_up(leg, 503, "error", "overload");
	return false;
}

static bool tell_ended(struct leg *leg)
{
	struct sip_event event;

	sip_leg_event(leg, SIP_ENDED, &event);
	event.code = leg->ended_code;
	event.is_remote = leg->is_ended_remote;
	event.refusal = leg->limited;
	(void)str_put(event.reason, sizeof(event.reason), leg->ended_cause);
	(void)str_put(event.text, sizeof(event.text), leg->ended_text);
	leg->is_ended_told = room_tell(leg->room, &event);
	return leg->is_ended_told;
}

const char *sip_leg_cause(int code)
{
	switch (code) {
	case 0:
	case 200:
		return "normal";
	case 486:
	case 600:
		return "busy";
	case 408:
	case 480:
		return "no_answer";
	case 403:
	case 603:
	case 607:
	case 608:
		return "declined";
	case 404:
	case 410:
	case 484:
	case 502:
	case 503:
	case 504:
	case 604:
		return "unreachable";
	case 487:
		return "cancelled";
	default:
		return "error";
	}
}

void sip_leg_end(struct leg *leg, int code, const char *cause, const char *text, bool is_remote)
{
	if (leg->state == LEG_OVER)
		return;
	leg->state = LEG_OVER;
	map_remove(&leg->room->legs, leg->id);
	sip_directory_call_ended(leg->room, leg->trunk);
	leg->ended_code = code;
	leg->is_ended_remote = is_remote;
	(void)str_put(leg->ended_cause, sizeof(leg->ended_cause), cause ? cause : sip_leg_cause(code));
	(void)str_put(leg->ended_text, sizeof(leg->ended_text), text);
	if (!leg->is_ended_told)
		tell_ended(leg);
	tmr_cancel(&leg->tmr_modify);
	refer_stop(leg);
	tmr_cancel(&leg->session.tmr);
	prack_stop(leg);
	leg->over_until_ms = clock_mono_ms() + T64_MS + 8000;
	tmr_start(&leg->tmr, LOOK_MS, leg_die, leg);
}

static bool is_busy(const struct leg *leg)
{
	for (int i = 0; i < leg->n_branches; i++)
		if (leg->branches[i]->invite || leg->branches[i]->bye)
			return true;
	return leg->unacked.mb || leg->st;
}

static void leg_die(void *arg)
{
	struct leg *leg = arg;
	int64_t left_ms = leg->over_until_ms - clock_mono_ms();

	if (!leg->is_ended_told && !tell_ended(leg))
		tmr_start(&leg->tmr, UNTOLD_RETRY_MS, leg_die, leg);
	else if (is_busy(leg) && left_ms > 0)
		tmr_start(&leg->tmr, (uint64_t)left_ms, leg_die, leg);
	else
		leg_free(leg);
}

void sip_leg_look(struct leg *leg)
{
	if (leg->state == LEG_OVER)
		tmr_start(&leg->tmr, LOOK_MS, leg_die, leg);
}

void sip_leg_hang_up(struct leg *leg, int code, const char *cause, const char *text)
{
	switch (leg->state) {
	case LEG_CALLING:
		connect_cancel(leg, NULL);
		sip_leg_end(leg, code, cause ? cause : "cancelled", text, false);
		break;
	case LEG_OFFERED:
		accept_reject(leg, code >= 300 ? code : 480, NULL);
		sip_leg_end(leg, code, cause, text, false);
		break;
	case LEG_ACCEPTED: /* BYE may not overtake the ACK (RFC 3261 section 15): accept_acked sends it */
		sip_leg_end(leg, code, cause ? cause : "normal", text, false);
		break;
	case LEG_UP:
		refer_done(leg, 200, "OK");
		if (leg->dialog->is_unconfirmed && leg->unacked.mb) { /* as LEG_ACCEPTED */
			sip_leg_end(leg, code, cause ? cause : "normal", text, false);
			break;
		}
		accept_forget_unacked(leg);
		dialog_bye(leg->dialog, code, text);
		sip_leg_end(leg, code, cause ? cause : "normal", text, false);
		break;
	case LEG_OVER:
		break;
	}
}

void sip_leg_free_all(struct room *room)
{
	while (room->all_legs.head)
		leg_free(room->all_legs.head->data);
}

int sip_leg_sdp_text(struct leg *leg, const struct sdp *remote, char *ret_text, size_t size)
{
	if (!leg->local.session_id)
		leg->local.session_id = leg->id;
	leg->local.session_version++;
	leg->local.is_v6_wanted = leg->has_remote && leg->remote.address[0]
					  ? strchr(leg->remote.address, ':') != NULL
					  : leg->is_v6;
	return leg->siprec ? siprec_sdp_text(leg, remote, ret_text, size)
			   : sdp_write(&leg->local, remote, ret_text, size);
}

int sip_leg_sdp_read(const struct sip_msg *msg, struct sdp *ret_sdp)
{
	size_t n = mbuf_get_left(msg->mb);

	if (n == 0)
		return -ENOENT;
	if (pl_strcasecmp(&msg->ctyp.type, "application") != 0 ||
		pl_strcasecmp(&msg->ctyp.subtype, "sdp") != 0)
		return -EPROTONOSUPPORT;
	return sdp_parse((const char *)mbuf_buf(msg->mb), n, ret_sdp);
}

static int create_and_learn(
	struct branch *b, const struct sip_msg *msg, int (*create)(struct branch *, const struct sip_msg *))
{
	bool is_new = !b->dlg || !sip_dialog_established(b->dlg);
	int err = create(b, msg);

	if (!err)
		keep_learn(b, msg, is_new);
	return err;
}

int sip_leg_with_contact(const struct sip_msg *msg, bool is_phone,
	int (*create)(struct branch *, const struct sip_msg *), struct branch *branch)
{
	struct sip_hdr *contact = (struct sip_hdr *)sip_msg_hdr(msg, SIP_HDR_CONTACT);
	char text[SIP_URI_MAX + 64];
	struct sip_addr addr;
	struct pl saved;
	int err;

	if (!is_phone || !contact || sip_addr_decode(&addr, &contact->val) != 0 ||
		sip_msg_hdr(msg, SIP_HDR_RECORD_ROUTE) ||
		re_snprintf(text, sizeof(text), "<sip:%r%s%J%s>", &addr.uri.user,
			pl_isset(&addr.uri.user) ? "@" : "", &msg->src, sip_transp_param(msg->tp)) < 0)
		return create_and_learn(branch, msg, create);
	saved = contact->val;
	pl_set_str(&contact->val, text);
	err = create_and_learn(branch, msg, create);
	contact->val = saved;
	return err;
}

static void ping_due(void *arg)
{
	dialog_ping(arg);
}

void sip_leg_up(struct leg *leg)
{
	leg->state = LEG_UP;
	keep_leg(leg);
	tmr_start(&leg->tmr, PING_EVERY_MS - randombytes_uniform(PING_EVERY_MS / 10), ping_due, leg);
}
