/* The note is a struct of this very program: another size is another version and is not read. The dialog is
 * made by libre itself out of an INVITE we write: as if the peer had called us with what it is known by. */
#include "sip/session/keep.h"
#include "sip/directory.h"
#include "sip/interpose.h"
#include "sip/leg.h"
#include "sip/sip_note.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "media/media.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define CSEQ_JUMP 64	/* requests that may have gone since the note */
#define CSEQ_MAX 0xffff /* libre begins with 16 bits */
#define ASK_MS 50	/* whether the peer is still there: soon, not all at once */
#define ASK_SPREAD_MS 500

static bool add_route(const struct sip_hdr *route, const struct sip_msg *msg, void *arg)
{
	char *text = arg;
	size_t n = strlen(text);
	(void)msg;

	(void)re_snprintf(text + n, KEEP_ORIGIN_MAX - n, "Record-Route: %r\r\n", &route->val);
	return false;
}

static uint64_t own_tag(const struct sip_msg *msg)
{
	char tag[32];

	if (msg->req)
		return msg->tag;
	(void)pl_strcpy(&msg->from.tag, tag, sizeof(tag));
	return strtoull(tag, NULL, 16);
}

/* From, To, Call-ID and routes as the peer would write them, had it called. */
static void learn_origin(struct branch *b, const struct sip_msg *msg)
{
	const struct sip_taddr *peer = msg->req ? &msg->from : &msg->to,
			       *ours = msg->req ? &msg->to : &msg->from;
	char text[KEEP_ORIGIN_MAX] = "";

	(void)re_snprintf(text, sizeof(text), "From: %r\r\nTo: <%r>\r\nCall-ID: %r\r\n", &peer->val,
		&ours->auri, &msg->callid);
	sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE, add_route, text);
	alloc_free(b->origin);
	b->origin = strlen(text) < sizeof(text) - 1 ? alloc_strdup(text) : NULL;
	b->own_tag = own_tag(msg);
	b->peer_cseq = msg->req ? msg->cseq.num : 0;
}

void keep_learn(struct branch *b, const struct sip_msg *msg, bool is_new)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);

	if (is_new || !b->origin)
		learn_origin(b, msg);
	if (contact && contact->val.l < sizeof(b->target))
		(void)pl_strcpy(&contact->val, b->target, sizeof(b->target));
}

static bool is_kept(const struct leg *leg)
{
	return leg->room->config.media && leg->state == LEG_UP && leg->dialog && leg->dialog->origin &&
	       leg->dialog->dlg && sip_dialog_established(leg->dialog->dlg) && !leg->siprec;
}

void keep_leg(struct leg *leg)
{
	const struct branch *b = leg->dialog;
	struct sip_note *n;
	int err = -ENOMEM;

	if (!is_kept(leg))
		return;
	n = alloc_zero(sizeof(*n));
	if (n) {
		*n = (struct sip_note){.bytes = sizeof(*n),
			.leg = leg->id,
			.interaction = leg->interaction,
			.trunk = leg->trunk,
			.user = leg->user,
			.own_tag = b->own_tag,
			.cseq = sip_dialog_lseq(b->dlg),
			.peer_cseq = b->peer_cseq,
			.is_outgoing = leg->is_outgoing,
			.is_phone = b->is_phone,
			.is_v6 = leg->is_v6,
			.has_local = leg->has_local,
			.has_remote = leg->has_remote,
			.takes_update = leg->session.takes_update,
			.is_refresher = leg->session.is_ours,
			.session_s = leg->session.interval_s,
			.session_min_s = leg->session.min_s,
			.local = leg->local,
			.remote = leg->remote};
		str_put(n->origin, sizeof(n->origin), b->origin);
		str_put(n->target, sizeof(n->target), b->target);
		err = media_keep(leg->room->config.media, leg->id, MEDIA_NOTE_SIP, n, sizeof(*n));
	}
	if (err < 0)
		log_warn("sip", leg->interaction,
			"the dialog could not be noted (error %d): it would not outlive this process", err);
	alloc_free(n);
}

/* --- again
 * -------------------------------------------------------------------------------------------------------------
 */

static struct sip_msg *invite_of(const struct sip_note *n)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct sip_msg *msg = NULL;

	if (mb && mbuf_printf(mb,
			  "INVITE sip:kept@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
			  "127.0.0.1;branch=z9hG4bKkept\r\n"
			  "%sCSeq: %u INVITE\r\nContact: %s\r\nMax-Forwards: 70\r\n" NO_BODY,
			  n->origin, n->peer_cseq, n->target) == 0) {
		mb->pos = 0;
		if (sip_msg_decode(&msg, mb) != 0)
			msg = NULL;
	}
	mem_deref(mb);
	if (msg)
		msg->tag = n->own_tag;
	return msg;
}

static int make_dialog(struct branch *b, const struct sip_note *n)
{
	struct sip_msg *msg = invite_of(n);
	uint32_t next = n->cseq + CSEQ_JUMP < CSEQ_MAX ? n->cseq + CSEQ_JUMP : CSEQ_MAX;
	int err = msg ? 0 : EBADMSG;

	if (!err && n->cseq >= CSEQ_MAX)
		err = ERANGE;
	if (!err) {
		interpose_next_cseq((uint16_t)next);
		err = sip_dialog_accept(&b->dlg, msg);
		interpose_next_cseq(0);
	}
	if (!err && sip_dialog_lseq(b->dlg) <= n->cseq)
		err = ERANGE;
	if (!err)
		err = sip_auth_alloc(&b->auth, connect_credentials, b->leg, false);
	if (!err && !(b->origin = alloc_strdup(n->origin)))
		err = ENOMEM;
	mem_deref(msg);
	return err;
}

static void on_ask(void *arg)
{
	struct leg *leg = arg;

	sip_leg_up(leg); /* in any case the next ping is due in time */
	dialog_ping(leg);
}

static void fill(struct leg *leg, const struct sip_note *n)
{
	struct trunk *trunk = n->trunk ? sip_directory_trunk(leg->room, n->trunk) : NULL;

	leg->interaction = n->interaction;
	leg->trunk = n->trunk;
	leg->user = n->user;
	leg->is_outgoing = n->is_outgoing;
	leg->is_v6 = n->is_v6;
	leg->has_local = n->has_local;
	leg->has_remote = n->has_remote;
	leg->local = n->local;
	leg->remote = n->remote;
	leg->session.takes_update = n->takes_update;
	leg->session.is_ours = n->is_refresher;
	leg->session.interval_s = n->session_s;
	leg->session.min_s = n->session_min_s;
	if (trunk)
		sip_directory_call_begins(leg->room, trunk);
}

static int restore(struct room *room, const struct sip_note *n)
{
	struct branch *b = NULL;
	struct leg *leg;
	int err = sip_leg_new(&leg, room, n->leg, LEG_UP);

	if (err < 0)
		return err;
	fill(leg, n);
	err = sip_leg_add_branch(leg, &b);
	if (err == 0) {
		b->is_finished = b->is_heard = true;
		b->is_phone = n->is_phone;
		b->is_v6 = n->is_v6;
		b->own_tag = n->own_tag;
		b->peer_cseq = n->peer_cseq;
		str_put(b->target, sizeof(b->target), n->target);
		err = -make_dialog(b, n);
	}
	if (err < 0) {
		sip_leg_end(leg, 500, "error", "the dialog could not be made again", false);
		return 0; /* told */
	}
	sip_leg_index(b);
	leg->dialog = b;
	session_go_on(leg);
	keep_leg(leg);
	tmr_start(&leg->tmr, ASK_MS + randombytes_uniform(ASK_SPREAD_MS), on_ask, leg);
	return 0;
}

void keep_restore(struct room *room, uint64_t leg, const void *note, size_t n)
{
	struct sip_event ended = {.kind = SIP_ENDED, .leg = leg, .code = 500};
	struct sip_note *read = alloc_zero(sizeof(*read));
	int err = read ? sip_note_read(note, n, read) : -ENOMEM;

	if (err == 0)
		err = read->leg == leg ? restore(room, read) : -EINVAL;
	if (err < 0) {
		str_put(ended.reason, sizeof(ended.reason), "error");
		room_tell(room, &ended);
	}
	alloc_free(read);
}
