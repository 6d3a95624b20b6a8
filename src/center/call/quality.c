/* What a call sounds like: the media engine's figures told to screens while it lasts and to the log when a
 * leg ends.
 *
 * Invariant: each leg that carried a packet has exactly one leg.ended, whatever became of its interaction. */
#include "base/str.h"
#include "center/dial/dial_trunk.h"
#include "center/state.h"

#include <stdlib.h>

#define MOS_STEP 10 /* hundredths: less is not worth a message */

static const char *const roles[] = {[LEG_CUSTOMER] = "customer",
	[LEG_AGENT] = "agent",
	[LEG_OUTSIDE] = "outside",
	[LEG_SUPERVISOR] = "supervisor",
	[LEG_FORK] = "recorder"};

const int quality_mos_x100[CENTER_MOS_BUCKETS] = {250, 310, 360, 400, 420, 435};

void quality_begin(struct leg *leg)
{
	if (leg->role == LEG_CUSTOMER)
		call_leg_send_media(
			leg, &(struct media_command){.kind = MEDIA_QUALITY_REPORT, .flag = {.is_on = true}});
}

void quality_told(struct leg *leg, const struct media_stats *stats)
{
	struct interaction *ix = leg->interaction;
	bool is_first = stats->mos_x100 && !leg->mos_x100;

	if (!stats->mos_x100 || (!is_first && abs(stats->mos_x100 - leg->mos_x100) < MOS_STEP))
		return;
	leg->mos_x100 = stats->mos_x100;
	if (leg != ix->customer)
		return;
	call_push(ix);
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->user && p->role == PARTY_AGENT)
			live_agent_changed(agent_get(ix->center, p->user));
}

json_t *quality_mos_json(const struct interaction *ix)
{
	const struct leg *leg = ix ? ix->customer : NULL;

	return leg && leg->mos_x100 ? json_real(leg->mos_x100 / 100.0) : json_null();
}

static char *figures(const struct media_stats *s)
{
	uint64_t expected = s->packets_in + s->lost;
	_cleanup_json_ json_t *j = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:i,s:I}", "codec",
		sdp_codec_name(s->codec), "packets_in", (json_int_t)s->packets_in, "packets_out",
		(json_int_t)s->packets_out, "lost", (json_int_t)s->lost, "lost_permille",
		(json_int_t)(expected ? s->lost * 1000 / expected : 0), "jitter_us", (json_int_t)s->jitter_us,
		"rtt_us", (json_int_t)s->rtt_us, "remote_jitter_us", (json_int_t)s->remote_jitter_us,
		"remote_lost_permille", s->remote_lost_permille, "rejected", (json_int_t)s->rejected);

	return j ? json_dumps(j, JSON_COMPACT) : NULL;
}

void quality_ended(struct leg *leg, const struct media_stats *stats)
{
	struct center *c = leg->interaction->center;

	if (stats->packets_in == 0 && stats->packets_out == 0)
		return;
	char *text = figures(stats);
	emit(c, &(struct event){.type = EVENT_LEG_ENDED,
			.interaction = leg->interaction->id,
			.ref = leg->id,
			.agent = leg->user,
			.reason = roles[leg->role],
			.number = stats->mos_x100,
			.duration_ms = c->now_ms - leg->opened_mono,
			.text = text});
	free(text);
	if (!stats->mos_x100)
		return;
	dial_sounded(leg, stats->mos_x100);
	size_t i = 0;
	while (i < CENTER_MOS_BUCKETS && stats->mos_x100 > quality_mos_x100[i])
		i++;
	atomic_fetch_add_explicit(&c->mos[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->mos_sum_x100, stats->mos_x100, memory_order_relaxed);
}
