/* See dial_trunk.h. */
#include "center/dial/dial_trunk.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/dial/number_rules.h"
#include "center/state.h"

#define DEAD_WHY "a call got no answer at all"

static bool is_in(const uint64_t *list, int n, uint64_t id)
{
	for (int i = 0; i < n; i++)
		if (list[i] == id)
			return true;
	return false;
}

bool dial_shows(const struct caller_id *n, uint64_t trunk)
{
	return n->n_trunks == 0 || is_in(n->trunks, n->n_trunks, trunk);
}

/* --- which one
 * ------------------------------------------------------------------------------------------------------------
 */

static bool dials(const struct dial_rules *rules, const struct trunk *t, const struct place *to)
{
	if (!t->is_enabled || !t->has_proxy)
		return false;
	for (int i = 0; i < t->n_prefixes; i++)
		if (dial_has_prefix(rules, to->number, t->prefixes[i]))
			return true;
	return t->n_prefixes == 0 || to->is_emergency;
}

/* How much of number the group's beginnings say, in letters; negative: it is not for this number. */
static int group_fits(const struct snapshot *s, const struct trunk_group *group, const char *number)
{
	int longest = group->prefixes.n == 0 ? 0 : -1;

	for (int i = 0; i < group->prefixes.n; i++) {
		int fits = dial_prefix_length(&s->dialling.rules, number, group->prefixes.at[i]);
		if (fits > longest)
			longest = fits;
	}
	return longest;
}

/* The group with the longest beginning that fits; NULL: every trunk by itself. */
static const struct trunk_group *group_of(const struct snapshot *s, const struct place *to)
{
	const struct trunk_group *best = NULL;
	int longest = -1;

	if (to->is_emergency)
		return NULL; /* any trunk that can */
	for (int g = 0; g < s->n_trunk_groups; g++) {
		const struct trunk_group *group = &s->trunk_groups[g];
		int fits = group_fits(s, group, to->number);
		if (fits > longest) {
			longest = fits;
			best = group;
		}
	}
	return best;
}

static int64_t cost_of(const struct dial_rules *rules, const struct trunk *t, const char *number)
{
	int64_t cost = t->cost;
	int longest = -1;

	for (int i = 0; i < t->n_rates; i++) {
		int fits = dial_prefix_length(rules, number, t->rates[i].prefix);
		if (fits > longest) {
			longest = fits;
			cost = t->rates[i].cost;
		}
	}
	return cost;
}

struct choices {
	struct trunk_choice at[SIP_TRUNKS_MAX];
	const struct trunk *trunks[SIP_TRUNKS_MAX];
	int n;
	enum trunk_strategy strategy;
};

static void offer_trunk(
	struct center *c, struct choices *list, const struct place *to, const struct trunk *t, int rank)
{
	const struct dial_rules *rules = &c->snapshot->dialling.rules;
	const struct trunk_view *v = map_get(&c->trunk_views, t->id);

	if (list->n >= SIP_TRUNKS_MAX || !dials(rules, t, to))
		return;
	list->trunks[list->n] = t;
	list->at[list->n++] = (struct trunk_choice){.id = t->id,
		.rank = rank,
		.weight = t->weight,
		.cost = cost_of(rules, t, to->number),
		.credit = v ? v->state.credit : 0,
		.is_well = !v || ((!v->is_known || v->is_up) && !trunk_state_is_back(&v->state, c->now_ms))};
}

static void collect(struct center *c, const struct place *to, struct choices *list)
{
	const struct snapshot *s = c->snapshot;
	const struct trunk_group *g = group_of(s, to);

	list->n = 0;
	list->strategy = g ? g->strategy : TRUNKS_IN_ORDER;
	for (int i = 0; g && i < g->n_trunks; i++) {
		const struct trunk *t = map_get(&s->trunk_by_id, g->trunks[i]);
		if (t)
			offer_trunk(c, list, to, t, i);
	}
	for (int i = 0; !g && i < s->n_trunks; i++)
		offer_trunk(c, list, to, &s->trunks[i], s->trunks[i].position);
}

const struct trunk *dial_best_trunk(
	struct center *c, const struct place *to, const struct dial *d, const struct caller_id *chosen)
{
	struct choices list;
	int n = 0;

	collect(c, to, &list);
	for (int i = 0; i < list.n; i++) {
		uint64_t id = list.at[i].id;
		if ((d && is_in(d->tried, d->n_tried, id)) ||
			(chosen && !to->is_emergency && !dial_shows(chosen, id)))
			continue;
		list.at[n] = list.at[i];
		list.trunks[n++] = list.trunks[i];
	}
	int best = trunk_pick(list.at, n, list.strategy, d && d->n_tried > 0);
	return best < 0 ? NULL : list.trunks[best];
}

/* The weighted round goes on by one call. */
static void say_taken(struct center *c, const struct place *to, uint64_t trunk)
{
	struct choices list;

	collect(c, to, &list);
	for (int i = 0; list.strategy == TRUNKS_WEIGHTED && i < list.n; i++)
		if (list.at[i].id == trunk) {
			trunk_pick_taken(list.at, list.n, i);
			break;
		}
	for (int i = 0; list.strategy == TRUNKS_WEIGHTED && i < list.n; i++) {
		struct trunk_view *v = live_trunk_view(c, list.at[i].id);
		if (v)
			v->state.credit = list.at[i].credit;
	}
}

/* --- how it is written there
 * ---------------------------------------------------------------------------------------------- */

static bool may_show(const struct dial_rules *rules, const struct trunk *t, const char *number)
{
	if (t->policy == SHOW_ANY || str_equal(number, t->caller_id))
		return true;
	for (int i = 0; t->policy == SHOW_ALLOWED && i < t->shown_allowed.n; i++)
		if (dial_has_prefix(rules, number, t->shown_allowed.at[i]))
			return true;
	return false;
}

static void show_number(const struct snapshot *s, const struct trunk *t, struct sip_command *cmd)
{
	char *from = cmd->call.from_number;

	if (!from[0] || !may_show(&s->dialling.rules, t, from)) {
		(void)str_put(from, SIP_NUMBER_MAX, t->caller_id);
		if (t->policy != SHOW_ANY)
			cmd->call.from_name[0] = '\0';
	}
	if (cmd->call.is_emergency)
		cmd->call.is_withheld = false; /* they must be able to call back */
	if (t->is_identity_asserted || cmd->call.is_withheld)
		(void)str_put(cmd->call.asserted, sizeof(cmd->call.asserted),
			t->is_identity_asserted && t->caller_id[0] ? t->caller_id : from);
	(void)number_rules_apply(t->out_caller.at, t->out_caller.n, from, from);
	(void)number_rules_apply(t->out_caller.at, t->out_caller.n, cmd->call.asserted, cmd->call.asserted);
}

/* The command as the trunk wants it. */
static void drop_forwarding(const struct trunk *t, struct sip_command *cmd)
{
	if (t->is_diversion_sent)
		return;
	cmd->call.diverted_from[0] = '\0';
	cmd->call.uui[0] = '\0';
}

static void dress(const struct snapshot *s, const struct trunk *t, struct sip_command *cmd)
{
	cmd->call.trunk = t->id;
	if (cmd->call.is_emergency) {
		(void)str_put(cmd->call.uri, sizeof(cmd->call.uri), cmd->call.number);
	} else {
		dial_write(&s->dialling.rules, cmd->call.number, t->format, cmd->call.uri);
		(void)number_rules_apply(t->out_called.at, t->out_called.n, cmd->call.uri, cmd->call.uri);
	}
	show_number(s, t, cmd);
	drop_forwarding(t, cmd);
}

void dial_normalise(struct center *c, struct sip_event *e)
{
	const struct trunk *t = map_get(&c->snapshot->trunk_by_id, e->trunk);

	if (!t)
		return;
	(void)number_rules_apply(t->in_called.at, t->in_called.n, e->to_number, e->to_number);
	(void)number_rules_apply(t->in_caller.at, t->in_caller.n, e->from_number, e->from_number);
	if (t->is_in_e164)
		dial_canonical(&c->snapshot->dialling.rules, e->from_number, e->from_number);
}

/* --- one call over one trunk
 * ---------------------------------------------------------------------------------------------- */

static void enter(struct leg *leg, uint64_t trunk)
{
	struct center *c = leg->interaction->center;
	struct trunk_view *v = live_trunk_view(c, trunk);

	leg->trunk = trunk;
	leg->is_on_trunk = v != NULL;
	if (!v)
		return;
	v->channels++;
	trunk_state_begun(&v->state, center_wall(c));
	live_trunk_touch(c, v);
}

void dial_trunk_left(struct leg *leg)
{
	struct center *c = leg->interaction->center;
	struct trunk_view *v = leg->is_on_trunk ? map_get(&c->trunk_views, leg->trunk) : NULL;

	leg->is_on_trunk = false;
	if (!v)
		return;
	if (!leg->way && leg->came_in_mono)
		trunk_state_now(&v->state, center_wall(c))->incoming_talk_ms += c->now_ms - leg->came_in_mono;
	v->channels--;
	live_trunk_touch(c, v);
}

void dial_came_in(struct leg *leg, uint64_t trunk)
{
	struct center *c = leg->interaction->center;

	if (!trunk)
		return;
	enter(leg, trunk);
	leg->came_in_mono = c->now_ms;
	if (leg->is_on_trunk)
		trunk_state_now(&live_trunk_view(c, trunk)->state, center_wall(c))->incoming++;
}

void dial_send(struct leg *leg)
{
	struct center *c = leg->interaction->center;
	const struct trunk *t = map_get(&c->snapshot->trunk_by_id, leg->call->call.trunk);
	struct sip_command *cmd = alloc_dup(leg->call, sizeof(*cmd));
	struct place to = {.kind = PLACE_NUMBER, .is_emergency = leg->call->call.is_emergency};

	if (!leg->way)
		leg->way = alloc_zero(sizeof(*leg->way)); /* without it there is no second try */
	if (!cmd) {
		call_leg_send_sip(leg, leg->call); /* as it is: better than no call */
		return;
	}
	(void)str_put(to.number, sizeof(to.number), leg->call->call.number);
	if (t)
		dress(c->snapshot, t, cmd);
	if (leg->way && leg->way->n_tried == 0)
		say_taken(c, &to, cmd->call.trunk);
	if (leg->way)
		leg->way->tried[leg->way->n_tried++] = cmd->call.trunk;
	enter(leg, cmd->call.trunk);
	if (leg->is_on_trunk)
		trunk_state_now(&live_trunk_view(c, cmd->call.trunk)->state, center_wall(c))->attempts++;
	call_leg_send_sip(leg, cmd);
	alloc_free(cmd);
}

void dial_rang(struct leg *leg, const struct sip_event *e)
{
	if (!leg->way)
		return;
	leg->way->has_rung = true;
	leg->way->has_media |= e->has_sdp;
}

void dial_was_answered(struct leg *leg)
{
	struct center *c = leg->interaction->center;
	struct trunk_view *v = leg->is_on_trunk && leg->way ? live_trunk_view(c, leg->trunk) : NULL;

	if (!v || leg->way->is_answered)
		return;
	leg->way->is_answered = true;
	leg->way->answered_mono = c->now_ms;
	trunk_state_outcome(&v->state, TRUNK_ANSWERED, center_wall(c));
	live_trunk_touch(c, v);
}

static void judge(struct center *c, struct trunk_view *v)
{
	const struct trunk *t = map_get(&c->snapshot->trunk_by_id, v->id);

	if (t && trunk_state_judge(&v->state, &t->bounds, c->now_ms))
		log_warn("center", 0, "trunk %s steps back for %lld s: %s", t->name,
			(long long)t->bounds.back_ms / 1000, v->state.back_why);
}

void dial_sounded(const struct leg *leg, int mos_x100)
{
	struct center *c = leg->interaction->center;
	struct trunk_view *v = leg->trunk ? map_get(&c->trunk_views, leg->trunk) : NULL;

	if (!v)
		return;
	trunk_state_mos(&v->state, mos_x100, center_wall(c));
	judge(c, v);
	live_trunk_touch(c, v);
}

/* The figures of a call out that ended, or never came to be. */
static void count(struct leg *leg, const struct sip_event *e)
{
	struct center *c = leg->interaction->center;
	struct trunk_view *v = leg->is_on_trunk ? live_trunk_view(c, leg->trunk) : NULL;

	if (!v)
		return;
	struct trunk_figures *f = trunk_state_now(&v->state, center_wall(c));
	if (leg->way->is_answered) {
		f->talk_ms += c->now_ms - leg->way->answered_mono;
		return;
	}
	if (e->refusal) { /* it never left the house */
		f->attempts -= f->attempts > 0;
		f->blocked++;
		return;
	}
	bool is_ours = leg->state == LEG_CLOSING; /* whoever called gave up */
	enum trunk_outcome outcome =
		is_ours ? TRUNK_NO_ANSWER : trunk_outcome_of(e->code, leg->way->has_rung);
	trunk_state_outcome(&v->state, outcome, center_wall(c));
	if (outcome == TRUNK_FAILED) {
		v->state.failure_code = e->code;
		v->state.failed_wall = center_wall(c);
		(void)str_put(v->state.failure, sizeof(v->state.failure), e->text[0] ? e->text : e->reason);
		if (!e->is_remote || e->code == 408)
			trunk_state_step_back(&v->state, c->now_ms + TRUNK_DEAD_MS, DEAD_WHY);
	}
	judge(c, v);
}

/* --- the next one
 * ------------------------------------------------------------------------------------------------------------
 */

static void count_blocked(const struct leg *leg, const struct sip_event *e)
{
	struct center *c = leg->interaction->center;
	const struct sip_command *call = leg->call;

	if (!e->refusal)
		return;
	atomic_fetch_add_explicit(&c->total_blocked, 1, memory_order_relaxed);
	emit(c, &(struct event){.type = EVENT_CONTACT_BLOCKED,
			.from = call->call.from_number[0] ? call->call.from_number : NULL,
			.to = call->call.number,
			.ref = leg->trunk,
			.number = e->code,
			.reason = e->refusal == SIP_REFUSED_TENANT_LIMIT ? "tenant_limit" : "trunk_limit"});
}

/* The next trunk of leg's call, and what is shown there. NULL: none is left. */
static const struct trunk *next_trunk(struct leg *leg, struct shown *ret_shown)
{
	struct interaction *ix = leg->interaction;
	struct dial *d = alloc_zero(sizeof(*d));
	struct place to = {.kind = PLACE_NUMBER, .is_emergency = leg->call->call.is_emergency};
	const struct trunk *t = NULL;

	if (!d)
		return NULL;
	if (ix->dial && leg->way->is_by_rules)
		*d = *ix->dial;
	d->n_tried = leg->way->n_tried;
	for (int i = 0; i < d->n_tried; i++)
		d->tried[i] = leg->way->tried[i];
	(void)str_put(to.number, sizeof(to.number), leg->call->call.number);
	if (dial_route(ix->center, &to, d, &t, ret_shown))
		t = NULL;
	alloc_free(d);
	return t;
}

static void say_dialled(struct leg *leg, uint64_t trunk)
{
	struct interaction *ix = leg->interaction;
	const struct sip_command *call = leg->call;

	if (!ix->dial || !leg->way->is_by_rules)
		return;
	if (leg->party && leg->party->role == PARTY_CUSTOMER) {
		live_trunk_calls(ix->center, ix->trunk, -1);
		ix->trunk = trunk;
		live_trunk_calls(ix->center, trunk, 1);
	}
	emit(ix->center, &(struct event){.type = EVENT_CALL_DIALLED,
				 .interaction = ix->id,
				 .queue = ix->dial->queue,
				 .agent = ix->dial->agent,
				 .to = call->call.number,
				 .from = call->call.from_number[0] ? call->call.from_number : NULL,
				 .ref = trunk,
				 .reason = ix->dial->how});
}

bool dial_again(struct leg *leg, const struct sip_event *e)
{
	struct dial_way *w = leg->way;
	struct interaction *ix = leg->interaction;
	struct shown shown;

	if (!w)
		return false;
	count(leg, e);
	dial_trunk_left(leg);
	if (leg->state != LEG_INVITED || !leg->call || w->is_alone || w->n_tried >= DIAL_TRUNKS_MAX ||
		!trunk_fails_over(e->code, w->has_rung, w->has_media)) {
		if (leg->call && leg->state == LEG_INVITED)
			count_blocked(leg, e);
		return false;
	}
	uint64_t failed = leg->trunk;
	const struct trunk *t = next_trunk(leg, &shown);
	if (!t) {
		count_blocked(leg, e);
		return false;
	}
	log_warn("center", ix->id, "a trunk does not take the call (%d %s): the next one, %s, is tried",
		e->code, e->text, t->name);
	w->has_rung = false;
	leg->call->call.trunk = t->id;
	if (w->is_by_rules) {
		leg->call->call.is_withheld = shown.is_withheld;
		str_put(leg->call->call.from_number, SIP_NUMBER_MAX, shown.number);
		str_put(leg->call->call.from_name, SIP_NAME_MAX, shown.name);
	}
	call_leg_offer_again(leg, failed);
	say_dialled(leg, t->id);
	dial_send(leg);
	return true;
}
