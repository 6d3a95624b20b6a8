/* Fax machines in calls: receiving, the change to T.38, and what came of it. See fax.h. */
#include "center/fax/fax.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/work/work.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LISTEN_MS 60000 /* a fax calls from the beginning */

struct fax { /* from MEDIA_FAX to its FAX_ENDED */
	uint64_t document;
	struct interaction *interaction;
	uint64_t queue;
	bool is_sender, is_t38;
	struct media_fax settings;
};

/* The whole path, its folders made. */
static int make_path(struct center *c, uint64_t document, char *ret_path, size_t size)
{
	char relative[STORE_DOCUMENT_PATH_MAX];

	store_document_path(document, relative);
	if (str_printf(ret_path, size, "%s/%s", c->parts.data_directory, relative) < 0)
		return -ENAMETOOLONG;
	/* mkdir on an existing folder is the usual, cheap case. */
	for (char *p = ret_path + strlen(c->parts.data_directory) + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(ret_path, 0750);
			*p = '/';
		}
	return 0;
}

static bool is_g711(enum sdp_codec codec)
{
	return codec == SDP_PCMU || codec == SDP_PCMA;
}

/* Modems go through G.711 alone. False: it is not among them, nothing changed. */
static bool keep_g711(struct sdp *sdp)
{
	struct sdp kept = *sdp;
	bool has_voice = false;

	kept.n_formats = 0;
	for (int i = 0; i < sdp->n_formats; i++) {
		struct sdp_format f = sdp->formats[i];
		has_voice |= is_g711(f.codec);
		if (is_g711(f.codec) || (f.codec == SDP_TELEPHONE_EVENT && f.clock_hz != 48000))
			kept.formats[kept.n_formats++] = f;
	}
	if (has_voice)
		*sdp = kept;
	return has_voice;
}

void fax_narrow(struct leg *leg)
{
	(void)keep_g711(&leg->local);
	if (leg->remote.has_audio && keep_g711(&leg->remote))
		call_leg_set_remote(leg);
}

static bool may_t38(const struct interaction *ix)
{
	const struct trunk *trunk = map_get(&ix->center->snapshot->trunk_by_id, ix->trunk);

	/* UDPTL is in the clear: a call that is ciphered stays sound. */
	return trunk && trunk->has_t38 && ix->customer->remote.security == SDP_CLEAR;
}

/* The machine on the customer's leg. False: it cannot be started (said in the log). */
static bool start(struct interaction *ix, struct fax *f)
{
	struct center *c = ix->center;
	struct media_command cmd = {.kind = MEDIA_FAX, .ref = f->document};

	f->interaction = ix;
	if (!ix->customer || ix->fax ||
		make_path(c, f->document, f->settings.path, sizeof(f->settings.path)) < 0 ||
		map_put(&c->faxes, f->document, f) < 0) {
		log_error("center", ix->id,
			"a fax cannot be started: no memory, no call, or the data folder's name is too long");
		alloc_free(f);
		return false;
	}
	f->settings.is_sender = f->is_sender;
	str_put(f->settings.station, sizeof(f->settings.station), c->snapshot->fax_station);
	if (f->is_sender)
		str_put(f->settings.header, sizeof(f->settings.header), c->snapshot->fax_header);
	ix->fax = f;
	ix->n_recordings++; /* kept until the machine said its end */
	cmd.fax = f->settings;
	struct leg *leg = ix->customer;
	if (!is_g711(call_leg_codec(leg)) && keep_g711(&leg->local)) {
		/* Answered in another voice: sound first, T.38 if the other side asks for it. */
		leg->local.is_t38_ready = may_t38(ix);
		call_leg_send_sip(leg, &(struct sip_command){.kind = SIP_REINVITE, .sdp = leg->local});
	} else if (may_t38(ix)) {
		leg->local.is_t38_ready = true;
		leg->local.is_t38_wanted = !f->is_sender;
		/* Who receives asks for T.38 (T.38 annex D.2.2.4); a refusal leaves the call as it is. */
		call_leg_send_sip(leg, &(struct sip_command){.kind = f->is_sender ? SIP_LOCAL : SIP_REINVITE,
					       .sdp = leg->local});
		leg->local.is_t38_wanted = false;
	}
	call_leg_send_media(ix->customer, &cmd);
	return true;
}

void fax_receive(struct interaction *ix, uint64_t queue)
{
	struct fax *f = alloc_zero(sizeof(*f));

	if (!ix->is_answered && ix->customer)
		fax_narrow(ix->customer);
	call_answer(ix);
	play_stop(ix);
	if (f)
		*f = (struct fax){.document = id_new(), .queue = queue};
	if (!f || !start(ix, f))
		flow_feed_result(ix, FLOW_FAX_ENDED, "failed");
}

void fax_send(struct interaction *ix, uint64_t document, int first_page)
{
	struct fax *f = alloc_zero(sizeof(*f));

	if (f)
		*f = (struct fax){.document = document,
			.is_sender = true,
			.settings = {.first_page = (uint16_t)first_page}};
	if (!f || !start(ix, f)) {
		fax_attempt_over(ix->center, document, NULL, "failed");
		call_end(ix, "fax_failed", 0);
	}
}

bool fax_reinvited(struct leg *leg, const struct sdp *remote)
{
	struct interaction *ix = leg->interaction;
	struct fax *f = leg == ix->customer ? ix->fax : NULL;
	struct media_command cmd = {.kind = MEDIA_FAX};

	if (!f || !remote->t38.is_there)
		return false;
	/* The voice agreed before stays what it was; only where to send changes. */
	str_put(leg->remote.address, sizeof(leg->remote.address), remote->t38.address);
	leg->remote.port = remote->t38.port;
	leg->remote.direction = SDP_SENDRECV;
	call_leg_set_remote(leg);
	if (f->is_t38)
		return true;
	f->is_t38 = f->settings.is_t38 = true;
	f->settings.t38_max_datagram = remote->t38.datagram_max;
	f->settings.is_t38_redundancy = remote->t38.is_redundancy;
	cmd.ref = f->document;
	cmd.fax = f->settings;
	call_leg_send_media(leg, &cmd);
	return true;
}

/* --- a tone that only faxes make
 * ------------------------------------------------------------------------------------- */

void fax_listen(struct interaction *ix, const struct number *number)
{
	if (number->fax_queue)
		call_detect(ix->customer, LISTEN_MS, true);
}

static void leave_queue(struct interaction *ix)
{
	struct segment *s = &ix->segment;
	int64_t wait_ms = ix->center->now_ms - s->queued_mono;

	segment_cancel(ix, "withdrawn");
	emit(ix->center, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
				 .interaction = ix->id,
				 .segment = s->id,
				 .queue = s->queue,
				 .wait_ms = wait_ms,
				 .reason = "fax"});
	s->id = 0;
}

void fax_heard_calling(struct interaction *ix)
{
	const struct number *number = snapshot_number(ix->center->snapshot, ix->to, ix->trunk);
	bool is_waiting = ix->stage == STAGE_QUEUED && !ix->segment.is_answered;

	if (ix->is_ending || ix->fax || !number || !number->fax_queue ||
		(ix->stage != STAGE_FLOW && !is_waiting))
		return;
	if (is_waiting)
		leave_queue(ix);
	log_info("center", ix->id, "a fax is calling: it is received");
	flow_run_free(TAKE_PTR(ix->run));
	ix->run_epoch++;
	timer_cancel(&ix->center->timers, &ix->flow_timer);
	ix->stage = STAGE_FLOW;
	fax_receive(ix, number->fax_queue);
}

/* --- what came of it
 * --------------------------------------------------------------------------------------------------- */

static void say_received(struct fax *f, const struct media_event *e, const char *reason)
{
	struct interaction *ix = f->interaction;
	_cleanup_json_ json_t *j = json_pack("{s:s,s:i,s:b,s:b,s:s,s:s}", "direction", "inbound", "bit_rate",
		(int)e->fax.bit_rate, "is_ecm", e->fax.is_ecm, "is_t38", f->is_t38, "station", e->fax.station,
		"result", e->fax.result);
	char *text = j ? jsonx_dump(j) : NULL;

	emit(ix->center, &(struct event){.type = EVENT_FAX_ENDED,
				 .interaction = ix->id,
				 .queue = f->queue,
				 .ref = f->document,
				 .number = e->fax.pages,
				 .reason = reason,
				 .from = ix->from,
				 .to = ix->to,
				 .name = "inbound",
				 .text = text});
	free(text);
}

/* As a contact into its queue; the document stays whatever becomes of that. */
static void deliver(struct fax *f, int pages)
{
	struct interaction *ix = f->interaction;
	uint64_t contact;
	const char *why = work_deliver(ix->center,
		&(struct work_delivery){.kind = WORK_FAX,
			.attached = f->document,
			.amount = pages,
			.queue = f->queue,
			.from = ix->from,
			.name = ix->from_name,
			.to = ix->to,
			.customer = ix->customer_row,
			.past = ix->past,
			.last_agent = ix->last_agent},
		&contact);

	if (why)
		log_error("center", ix->id,
			"a fax came and goes to no queue (%s): choose a queue of messages for it", why);
}

static void received(struct fax *f, const struct media_event *e)
{
	struct interaction *ix = f->interaction;
	bool has_pages = e->fax.pages > 0;
	const char *reason = e->reason == 0 && has_pages ? "ok" : has_pages ? "partial" : "failed";

	if (!has_pages)
		log_info("center", ix->id, "no fax came: %s", e->fax.result);
	say_received(f, e, reason);
	if (has_pages && f->queue)
		deliver(f, e->fax.pages);
	if (!ix->is_ending)
		flow_feed_result(ix, FLOW_FAX_ENDED, has_pages ? "received" : "failed");
}

static void sent(struct fax *f, const struct media_event *e)
{
	struct interaction *ix = f->interaction;
	const char *reason = e->reason == 0 ? "ok" : "failed";

	fax_attempt_over(ix->center, f->document, e, reason);
	if (!ix->is_ending)
		call_end(ix, e->reason == 0 ? "fax_sent" : "fax_failed", 0);
}

void fax_on_ended(struct center *c, const struct media_event *e)
{
	struct fax *f = map_remove(&c->faxes, e->ref);

	if (!f)
		return;
	struct interaction *ix = f->interaction;
	ix->fax = NULL;
	if (f->is_sender)
		sent(f, e);
	else
		received(f, e);
	alloc_free(f);
	ix->n_recordings--;
	call_forget_if_over(ix);
}
