/* The audio of an agent's page that is lost in mid-call (a page reloaded, a network that changed) and comes
 * back: a new leg takes the place of the old one while the caller waits in the call. */
#include "base/log.h"
#include "center/call/party.h"
#include "center/state.h"

void audio_again(struct agent *a)
{
	struct interaction *ix = a->interaction;
	struct leg *leg;

	if (!ix || a->offer.is_on || ix->stage != STAGE_TALKING || a->device != DEVICE_BROWSER || !ix->lead ||
		ix->lead->user != a->user)
		return;
	if (ix->agent_leg && ix->agent_leg->kind != LEG_BROWSER)
		return;
	call_leg_hang_up(ix->agent_leg, 0, "reconnect");
	leg = call_leg_new(ix, LEG_AGENT, LEG_BROWSER, 0);
	party_set_leg(ix->lead, leg);
	if (!leg)
		return;
	leg->user = a->user;
	call_leg_open(leg);
}

static void audio_grace_over(struct timer *t, int64_t now_ms)
{
	struct interaction *ix =
		(struct interaction *)((char *)t - offsetof(struct interaction, audio_timer));

	(void)now_ms;
	log_warn("center", ix->id, "the agent's page did not bring its audio back");
	call_agent_lost(ix);
}

void audio_lost(struct interaction *ix)
{
	struct center *c = ix->center;
	struct agent *a = ix->lead ? agent_get(c, ix->lead->user) : NULL;

	if (ix->stage != STAGE_TALKING || !a || ix->agent_leg->kind != LEG_BROWSER) {
		call_agent_lost(ix);
		return;
	}
	if (!timer_is_set(&ix->audio_timer) &&
		timer_set(&c->timers, &ix->audio_timer, c->now_ms + AUDIO_GRACE_MS, audio_grace_over) < 0) {
		call_agent_lost(ix);
		return;
	}
	call_leg_hang_up(ix->agent_leg, 0, "media_lost");
	if (a->n_clients > 0)
		audio_again(a);
}

void audio_back(struct interaction *ix)
{
	ix->agent_leg->state = LEG_UP;
	timer_cancel(&ix->center->timers, &ix->audio_timer);
	if (ix->lead->is_silent)
		call_leg_send_media(
			ix->agent_leg, &(struct media_command){.kind = MEDIA_MUTE, .flag = {.is_on = true}});
	hear_apply(ix);
	call_push(ix);
}
