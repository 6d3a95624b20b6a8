/* An interaction begins: who calls, may they, and which flow they are led to.
 *
 * Invariant: every "no" is a SIP answer and an EVENT_CONTACT_BLOCKED; every "yes" an
 * EVENT_INTERACTION_STARTED that call_end closes. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/defence/defence.h"
#include "center/call/call_headers.h"
#include "center/dial/dial_trunk.h"
#include "center/fax/fax.h"
#include "center/call/party.h"
#include "center/record/mailbox.h"
#include "center/state.h"

#define BACKLOG_TIGHT (STORE_BACKLOG_MAX * 3 / 4)

/* --- refusing
 * -------------------------------------------------------------------------------------------------------- */

static void count_blocked(struct center *c, const struct sip_event *e, int code, const char *reason)
{
	atomic_fetch_add_explicit(&c->total_blocked, 1, memory_order_relaxed);
	emit(c, &(struct event){.type = EVENT_CONTACT_BLOCKED,
			.from = e->from_number,
			.to = e->to_number,
			.ref = e->trunk,
			.number = code,
			.reason = reason});
}

void incoming_refuse(struct center *c, const struct sip_event *e, int code, const char *reason)
{
	struct sip_command cmd = {.kind = SIP_REJECT, .leg = e->leg, .code = code};

	log_info(
		"center", 0, "call from %s to %s refused: %d %s", e->from_number, e->to_number, code, reason);
	str_put(cmd.reason, sizeof(cmd.reason), reason);
	sip_send(c->parts.sip, &cmd);
	count_blocked(c, e, code, reason);
}

static bool is_store_tight(struct center *c)
{
	struct store_health health;

	store_health(c->parts.store, &health);
	return !health.is_accepting || health.backlog > BACKLOG_TIGHT;
}

void incoming_refused(struct center *c, const struct sip_event *e)
{
	static const char *const why[] = {[SIP_REFUSED_STRANGER] = "stranger",
		[SIP_REFUSED_AUTH] = "wrong_password",
		[SIP_REFUSED_TRUNK_LIMIT] = "trunk_limit",
		[SIP_REFUSED_LIMIT] = "limit",
		[SIP_REFUSED_MEDIA] = "no_common_codec",
		[SIP_REFUSED_SDP] = "bad_sdp",
		[SIP_REFUSED_MALFORMED] = "malformed",
		[SIP_REFUSED_RATE] = "trunk_limit",
		[SIP_REFUSED_TENANT_LIMIT] = "tenant_limit",
		[SIP_REFUSED_BANNED] = "banned",
		[SIP_REFUSED_FLOOD] = "flood"};

	defence_dropped(c, e);
	if (e->refusal >= SIP_REFUSED_STRANGER && e->refusal <= SIP_REFUSED_FLOOD)
		count_blocked(c, e, e->code, why[e->refusal]);
}

/* --- beginning
 * ------------------------------------------------------------------------------------------------------- */

static void lookup_overdue(struct timer *t, int64_t now_ms)
{
	struct interaction *ix =
		(struct interaction *)((char *)t - offsetof(struct interaction, lookup_timer));

	(void)now_ms;
	ix->is_lookup_done = true;
	call_begin(ix);
}

static void flow_due(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = (struct interaction *)((char *)t - offsetof(struct interaction, flow_timer));

	(void)now_ms;
	if (ix->run)
		flow_feed(ix, &(struct flow_input){.kind = FLOW_TIME});
}

void call_flow_timer(struct interaction *ix)
{
	struct center *c = ix->center;
	int64_t due = ix->run ? flow_next_due(ix->run) : INT64_MAX;

	if (due == INT64_MAX)
		timer_cancel(&c->timers, &ix->flow_timer);
	else
		timer_set(&c->timers, &ix->flow_timer, due, flow_due);
}

void call_ask_who(struct interaction *ix, uint64_t customer)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (ask) {
		ask->interaction = ix->id;
		ask->asked_ms = center_wall(ix->center);
		ask->customer_id = customer;
		ask->wants_past = ix->center->snapshot->rules != NULL;
		str_put(ask->number, sizeof(ask->number), ix->from);
		center_loader_ask(ix->center, ask);
	}
	timer_set(
		&ix->center->timers, &ix->lookup_timer, ix->center->now_ms + LOOKUP_LIMIT_MS, lookup_overdue);
}

static struct interaction *interaction_new(
	struct center *c, const struct sip_event *e, const struct number *number)
{
	struct interaction *ix = alloc_zero(sizeof(*ix));

	if (!ix)
		return NULL;
	ix->id = id_new();
	ix->center = c;
	ix->started_mono = c->now_ms;
	ix->started_wall = center_wall(c);
	ix->trunk = e->trunk;
	ix->number_id = number->id;
	str_put(ix->from, sizeof(ix->from), e->from_number);
	str_put(ix->from_name, sizeof(ix->from_name), e->from_name);
	str_put(ix->to, sizeof(ix->to), e->to_number);
	str_put(ix->language, sizeof(ix->language), number->language);
	if (map_put(&c->interactions, ix->id, ix) < 0) {
		alloc_free(ix);
		return NULL;
	}
	struct party *customer = party_new(ix, PARTY_CUSTOMER, NULL);
	struct leg *leg = customer ? call_leg_new(ix, LEG_CUSTOMER, LEG_SIP, e->leg) : NULL;
	if (!leg) {
		parties_free(ix);
		map_remove(&c->interactions, ix->id);
		alloc_free(ix);
		return NULL;
	}
	party_call_it(customer, ix->from, ix->from_name);
	party_set_leg(customer, leg);
	dial_came_in(leg, e->trunk);
	call_headers_keep(ix, e);
	ix->customer->remote = e->sdp;
	ix->customer->takes_keys = e->takes_keys;
	ix->customer->has_sip = true;
	ix->customer->state = LEG_INVITED;
	return ix;
}

void incoming_call(struct center *c, const struct sip_event *e)
{
	const struct number *number = snapshot_number(c->snapshot, e->to_number, e->trunk);
	struct interaction *ix;
	const char *why;

	if (!e->leg || map_get(&c->legs, e->leg))
		return; /* told twice */
	if (!number && phone_dials(c, e))
		return;
	if (!number)
		incoming_refuse(c, e, 404, "unknown_number");
	else if (e->has_sdp && !call_can_talk(&e->sdp))
		incoming_refuse(c, e, 488, "no_common_codec");
	else if (call_secrecy_missing(c, e))
		incoming_refuse(c, e, 488, call_secrecy_missing(c, e));
	else if (!(ix = incoming_begin(c, e, number, &why)))
		incoming_refuse(c, e, 503, why);
	else
		call_leg_open(ix->customer);
}

struct interaction *incoming_begin(
	struct center *c, const struct sip_event *e, const struct number *number, const char **ret_why)
{
	const char *why = c->is_draining ? "draining" : is_store_tight(c) ? "store_overloaded" : NULL;
	struct interaction *ix = why ? NULL : interaction_new(c, e, number);

	if (!ix) {
		*ret_why = why ? why : "no_memory";
		return NULL;
	}
	atomic_fetch_add_explicit(&c->total_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
	emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
			.interaction = ix->id,
			.from = ix->from,
			.to = ix->to,
			.name = ix->from_name,
			.ref = e->trunk,
			.reason = "inbound",
			.text = "voice"});
	live_trunk_calls(c, e->trunk, 1);
	call_ask_who(ix, 0);
	return ix;
}

void call_media_opened(struct interaction *ix)
{
	ix->is_media_open = true;
	call_begin(ix);
}

static void set_caller_variables(struct interaction *ix)
{
	const char *name = jsonx_text(ix->customer_row, "name", NULL);
	const char *language = jsonx_text(ix->customer_row, "language", NULL);

	if (name)
		str_put(ix->from_name, sizeof(ix->from_name), name);
	party_call_it(party_customer(ix), NULL, name);
	if (language)
		str_put(ix->language, sizeof(ix->language),
			str_starts_with(language, "zh") ? "zh" : language);
	flow_run_set(ix->run, "caller.number", ix->from);
	flow_run_set(ix->run, "caller.name", name ? name : "");
	flow_run_set(ix->run, "called.number", ix->to);
	flow_run_set(ix->run, "language", ix->language);
	flow_run_set(ix->run, "caller.is_known", name ? "yes" : "no");
	flow_run_set(ix->run, "caller.is_vip", jsonx_bool(ix->customer_row, "is_vip", false) ? "yes" : "no");
	call_headers_tell(ix);
}

void flow_begin(struct interaction *ix, struct flow *flow)
{
	flow_run_free(TAKE_PTR(ix->run));
	ix->run_epoch++;
	ix->stage = STAGE_FLOW;
	if (!flow || flow_run_new(flow, &ix->run) < 0) {
		log_error("center", ix->id, "no flow can be started for %s", ix->to);
		call_end(ix, "flow_error", 500);
		return;
	}
	set_caller_variables(ix);
	emit(ix->center, &(struct event){.type = EVENT_FLOW_ENTERED,
				 .interaction = ix->id,
				 .ref = flow_id(flow),
				 .number = flow_version(flow)});
	flow_feed(ix, &(struct flow_input){.kind = FLOW_START});
}

void call_begin(struct interaction *ix)
{
	const struct number *number;

	if (ix->dial && ix->is_lookup_done)
		dial_looked_up(ix);
	if (ix->is_started || ix->is_ending || !ix->is_media_open || !ix->is_lookup_done)
		return;
	ix->is_started = true;
	if (ix->dial) { /* a telephone of the house */
		if (str_equal(ix->dial->how, "voicemail") || str_equal(ix->dial->how, "greeting"))
			mailbox_call_begin(ix);
		else if (ix->dial->to.kind == PLACE_NONE)
			phone_feature_begin(ix);
		else
			ring_caller(ix);
		return;
	}
	number = snapshot_number(ix->center->snapshot, ix->to, ix->trunk);
	if (number && (number->flow || number->queue))
		fax_listen(ix, number);
	if (number && number->flow) {
		flow_begin(ix, map_get(&ix->center->snapshot->flow_by_id, number->flow));
	} else if (number && number->queue) {
		struct flow *flow = flow_for_queue(number->queue, ix->language);
		flow_begin(ix, flow);
		flow_unref(flow);
	} else if (number && number->fax_queue) {
		ix->stage = STAGE_FLOW;
		fax_receive(ix, number->fax_queue);
	} else if (number && (number->extension || number->group)) {
		ring_for_caller(ix,
			(struct place){.kind = number->extension ? PLACE_EXTENSION : PLACE_GROUP,
				.id = number->extension ? number->extension : number->group},
			false);
	} else {
		call_end(ix, "unknown_number", 404); /* taken out of the configuration in this very moment */
	}
}

void call_answer(struct interaction *ix)
{
	if (ix->is_answered || !ix->customer)
		return;
	ix->is_answered = true;
	party_customer(ix)->state = PARTY_CONNECTED;
	party_customer(ix)->connected_mono = ix->center->now_ms;
	if (ix->customer->kind == LEG_BROWSER)
		return; /* a page has had its answer since the beginning */
	ix->customer->state = LEG_ANSWERED;
	call_leg_send_sip(ix->customer,
		&(struct sip_command){.kind = SIP_ANSWER, .code = 200, .sdp = ix->customer->local});
}
