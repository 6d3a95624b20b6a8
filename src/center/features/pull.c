/* See pull.h. */
#include "center/features/pull.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"

static void ring_over(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	pull_failed((struct party *)((char *)t - offsetof(struct party, timer)));
}

static struct sip_command *call_to(struct party *p, const char *device)
{
	struct center *c = p->interaction->center;
	const struct user *u = snapshot_user(c->snapshot, p->user);
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));
	bool is_phone = str_equal(device, "phone");

	if (!cmd)
		return NULL;
	cmd->kind = SIP_CALL;
	cmd->call.to = SIP_TO_USER;
	cmd->call.user = p->user;
	cmd->call.timeout_s = PARTY_RING_MS / 1000;
	cmd->call.is_auto_answer = true;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), p->interaction->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), p->interaction->from_name);
	if (is_phone || (u && u->device_uri && !call_target(c, u->device_uri, cmd)))
		return cmd;
	alloc_free(cmd);
	return NULL;
}

static bool has_page(const struct party *p)
{
	const struct agent *a = map_get(&p->interaction->center->agents, p->user);

	return a && a->n_clients > 0;
}

const char *pull_start(struct party *p, const char *device)
{
	struct interaction *ix = p->interaction;
	struct center *c = ix->center;
	bool is_browser = str_equal(device, "browser");
	enum leg_role role = p->role == PARTY_SUPERVISOR ? LEG_SUPERVISOR : LEG_AGENT;
	struct sip_command *cmd = NULL;
	struct leg *leg;

	if (!is_browser && !str_equal(device, "phone") && !str_equal(device, "uri"))
		return "invalid_device";
	if (p->state != PARTY_CONNECTED)
		return "not_connected";
	if (p->next_leg)
		return "busy";
	if (is_browser ? !has_page(p) : !(cmd = call_to(p, device)))
		return "no_other_device";
	leg = call_leg_new(ix, role, is_browser ? LEG_BROWSER : LEG_SIP, 0);
	if (!leg || timer_set(&c->timers, &p->timer, c->now_ms + PARTY_RING_MS, ring_over) < 0) {
		alloc_free(cmd);
		if (leg)
			call_leg_gone(leg);
		return "no_memory";
	}
	leg->user = p->user;
	leg->call = cmd;
	leg->party = p;
	p->next_leg = leg;
	call_leg_open(leg);
	return NULL;
}

void pull_connected(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct leg *old = p->leg, *leg = p->next_leg;

	timer_cancel(&ix->center->timers, &p->timer);
	p->next_leg = NULL;
	party_set_leg(p, leg);
	leg->state = LEG_UP;
	emit(ix->center, &(struct event){.type = EVENT_CALL_MOVED,
				 .interaction = ix->id,
				 .agent = p->user,
				 .ref = p->id,
				 .reason = leg->kind == LEG_BROWSER ? "browser" : "phone"});
	audio_back(p);
	call_leg_hang_up(old, 0, "moved");
}

void pull_failed(struct party *p)
{
	struct leg *leg = p->next_leg;

	timer_cancel(&p->interaction->center->timers, &p->timer);
	p->next_leg = NULL;
	if (leg)
		leg->party = NULL;
	call_leg_hang_up(leg, 0, "not_moved");
	log_info("center", p->interaction->id, "the call could not be moved to another device");
	call_push(p->interaction);
}
