/* Calls to the outside for transfers: nobody of ours is in the call any more, or a flow sent it there. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/call_headers.h"
#include "center/call/party.h"
#include "center/state.h"

static bool is_anybody_outside(const struct interaction *ix)
{
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->role != PARTY_CUSTOMER && p->role != PARTY_SUPERVISOR)
			return true;
	return false;
}

static void connected(struct party *p)
{
	struct interaction *ix = p->interaction;

	play_stop(ix);
	ix->is_outside_up = true;
	ix->transfer_queue = 0;
	hear_apply(ix);
}

static void failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	bool is_busy = str_equal(reason, "busy"), is_no_answer = str_equal(reason, "no_answer");

	ix->outside = NULL;
	party_leave(p, reason);
	if (ix->is_ending)
		return;
	play_stop(ix);
	if (ix->transfer_queue) {
		/* The agent let go, the number did not answer: back to the queue it came from, at the place
		 * earned. */
		uint64_t queue = ix->transfer_queue;
		ix->transfer_queue = 0;
		call_enqueue_again(ix, queue, ix->first_queued_mono);
		return;
	}
	flow_feed_result(ix, FLOW_TRANSFER_ENDED, is_busy ? "busy" : is_no_answer ? "no_answer" : "failed");
}

static void ended(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	bool is_lost = str_equal(reason, "media_lost");

	if (ix->outside == p->leg)
		ix->outside = NULL;
	party_leave(p, reason);
	if (ix->is_ending || is_anybody_outside(ix))
		return;
	ix->is_outside_up = false;
	call_end(ix, is_lost ? "media_lost" : "outside_hung_up", 0);
}

static const struct party_kind outside_kind = {"outside", NULL, connected, failed, ended};

void play_ringback(struct interaction *ix)
{
	struct media_command tone = {
		.kind = MEDIA_PLAY, .ref = ix->center->next_ref++, .play = {.n = 1, .is_looped = true}};

	play_stop(ix);
	str_put(tone.play.list[0].path, MEDIA_PATH_MAX, "tone:ringback:eu");
	ix->play.is_sounding = true;
	call_leg_send_media(ix->customer, &tone);
}

void outside_call(struct interaction *ix, const char *target, int timeout_s)
{
	struct party *p = party_new(ix, PARTY_OUTSIDE, &outside_kind);
	struct leg *leg = p ? call_leg_new(ix, LEG_OUTSIDE, LEG_SIP, 0) : NULL;
	struct sip_command *cmd = leg ? alloc_zero(sizeof(*cmd)) : NULL;

	ix->stage = STAGE_OUTSIDE;
	if (!p) {
		flow_feed_result(ix, FLOW_TRANSFER_ENDED, "failed");
		return;
	}
	party_call_it(p, target, NULL);
	ix->outside = leg;
	if (leg) {
		leg->call = cmd;
		party_set_leg(p, leg);
	}
	const char *why = cmd ? call_target(ix->center, target, cmd) : "no_memory";
	if (why) {
		log_warn("center", ix->id, "a transfer outside fails: %s", why);
		party_gone(p, "unreachable");
		return;
	}
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = timeout_s > 0 ? timeout_s : OUTSIDE_RING_S;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	call_headers_pass(ix, cmd);
	party_say_joined(p);
	call_answer(ix);
	play_ringback(ix);
	call_leg_open(leg);
}

void outside_take(struct party *p)
{
	struct interaction *ix = p->interaction;

	for (struct party *other = ix->parties; other; other = other->next)
		if (other->role != PARTY_CUSTOMER && other->role != PARTY_SUPERVISOR)
			other->kind = &outside_kind;
	p->is_back = false;
	ix->stage = STAGE_OUTSIDE;
	ix->outside = p->leg;
	if (p->state == PARTY_CONNECTED)
		connected(p);
	else
		play_ringback(ix);
}
