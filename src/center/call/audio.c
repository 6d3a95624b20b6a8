/* The audio of an agent's page that is lost in mid-call (a page reloaded, a network that changed) and comes
 * back: a new leg takes the place of the old one while the others wait in the call. */
#include "base/log.h"
#include "center/call/party.h"
#include "center/features/pull.h"
#include "center/state.h"

void audio_again(struct agent *a)
{
	struct interaction *ix = a->interaction;
	struct party *p = ix && !a->offer.is_on ? party_of_user(ix, a->user) : NULL;
	struct leg *leg;

	if (!p || p->state != PARTY_CONNECTED || p->device != LEG_BROWSER)
		return;
	if (p->next_leg && p->next_leg->kind == LEG_BROWSER)
		pull_failed(p); /* the page it was for is gone */
	call_leg_hang_up(p->leg, 0, "reconnect");
	leg = call_leg_new(ix, LEG_AGENT, LEG_BROWSER, 0);
	party_set_leg(p, leg);
	if (!leg)
		return;
	leg->user = a->user;
	call_leg_open(leg);
}

static void has_left(struct party *p)
{
	if (p == p->interaction->lead)
		call_agent_lost(p->interaction);
	else
		party_gone(p, "media_lost");
}

static void audio_grace_over(struct timer *t, int64_t now_ms)
{
	struct party *p = (struct party *)((char *)t - offsetof(struct party, timer));

	(void)now_ms;
	log_warn("center", p->interaction->id, "the agent's page did not bring its audio back");
	has_left(p);
}

void audio_lost(struct party *p)
{
	struct center *c = p->interaction->center;
	struct agent *a = map_get(&c->agents, p->user);

	if (!a || p->device != LEG_BROWSER) {
		has_left(p);
		return;
	}
	if (!timer_is_set(&p->timer) &&
		timer_set(&c->timers, &p->timer, c->now_ms + AUDIO_GRACE_MS, audio_grace_over) < 0) {
		has_left(p);
		return;
	}
	call_leg_hang_up(p->leg, 0, "media_lost");
	if (a->n_clients > 0)
		audio_again(a);
}

void audio_back(struct party *p)
{
	struct interaction *ix = p->interaction;

	p->leg->state = LEG_UP;
	if (!p->next_leg)
		timer_cancel(&ix->center->timers, &p->timer);
	if (p->is_silent)
		call_leg_send_media(
			p->leg, &(struct media_command){.kind = MEDIA_MUTE, .flag = {.is_on = true}});
	hear_apply(ix);
	call_push(ix);
}
