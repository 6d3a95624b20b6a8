/* An interaction from its first packet to its end: who calls, may they, what happens when a side leaves.
 *
 * Invariant: every interaction that began (EVENT_INTERACTION_STARTED) ends in exactly one
 * EVENT_INTERACTION_ENDED, after whatever segment, offer, hold and recording of it was open got its own
 * closing event. */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"

#include <stdio.h>
#include <string.h>

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

static void refuse(struct center *c, const struct sip_event *e, int code, const char *reason)
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

static void on_refused(struct center *c, const struct sip_event *e)
{
	static const char *const why[] = {[SIP_REFUSED_STRANGER] = "stranger",
		[SIP_REFUSED_AUTH] = "wrong_password",
		[SIP_REFUSED_TRUNK_LIMIT] = "trunk_limit",
		[SIP_REFUSED_LIMIT] = "limit",
		[SIP_REFUSED_MEDIA] = "no_common_codec",
		[SIP_REFUSED_MALFORMED] = "malformed"};

	if (e->refusal >= SIP_REFUSED_STRANGER && e->refusal <= SIP_REFUSED_MALFORMED)
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

static void ask_who(struct interaction *ix)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (ask) {
		ask->interaction = ix->id;
		ask->asked_ms = center_wall(ix->center);
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
	ix->customer = call_leg_new(ix, LEG_CUSTOMER, LEG_SIP, e->leg);
	if (!ix->customer) {
		map_remove(&c->interactions, ix->id);
		alloc_free(ix);
		return NULL;
	}
	ix->customer->remote = e->sdp;
	ix->customer->has_sip = true;
	ix->customer->state = LEG_INVITED;
	return ix;
}

static void on_incoming(struct center *c, const struct sip_event *e)
{
	const struct number *number = snapshot_number(c->snapshot, e->to_number, e->trunk);
	struct interaction *ix;

	if (!e->leg || map_get(&c->legs, e->leg))
		return; /* told twice */
	if (c->is_draining)
		refuse(c, e, 503, "draining");
	else if (is_store_tight(c))
		refuse(c, e, 503, "store_overloaded");
	else if (!number)
		refuse(c, e, 404, "unknown_number");
	else if (e->has_sdp && !call_can_talk(&e->sdp))
		refuse(c, e, 488, "no_common_codec");
	else if (!(ix = interaction_new(c, e, number)))
		refuse(c, e, 503, "no_memory");
	else {
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
		ask_who(ix);
		call_leg_open(ix->customer);
	}
}

/* Keys of a caller whose telephone sends them as sound alone. */
static void listen_for_tones(struct leg *customer)
{
	if (!sdp_telephone_event(&customer->remote, 0))
		call_leg_send_media(customer,
			&(struct media_command){.kind = MEDIA_DTMF_DETECT, .flag = {.is_on = true}});
}

void call_media_opened(struct interaction *ix)
{
	ix->is_media_open = true;
	if (ix->customer->remote.has_audio)
		listen_for_tones(ix->customer);
	call_begin(ix);
}

static void set_caller_variables(struct interaction *ix)
{
	const char *name = jsonx_text(ix->customer_row, "name", NULL);
	const char *language = jsonx_text(ix->customer_row, "language", NULL);

	if (name)
		str_put(ix->from_name, sizeof(ix->from_name), name);
	if (language)
		str_put(ix->language, sizeof(ix->language),
			str_starts_with(language, "zh") ? "zh" : language);
	flow_run_set(ix->run, "caller.number", ix->from);
	flow_run_set(ix->run, "caller.name", name ? name : "");
	flow_run_set(ix->run, "called.number", ix->to);
	flow_run_set(ix->run, "language", ix->language);
	flow_run_set(ix->run, "caller.is_known", name ? "yes" : "no");
	flow_run_set(ix->run, "caller.is_vip", jsonx_bool(ix->customer_row, "is_vip", false) ? "yes" : "no");
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

	if (ix->is_started || ix->is_ending || !ix->is_media_open || !ix->is_lookup_done)
		return;
	ix->is_started = true;
	number = snapshot_number(ix->center->snapshot, ix->to, ix->trunk);
	if (number && number->flow) {
		flow_begin(ix, map_get(&ix->center->snapshot->flow_by_id, number->flow));
	} else if (number && number->queue) {
		struct flow *flow = flow_for_queue(number->queue, ix->language);
		flow_begin(ix, flow);
		flow_unref(flow);
	} else {
		call_end(ix, "unknown_number", 404); /* taken out of the configuration in this very moment */
	}
}

void call_answer(struct interaction *ix)
{
	if (ix->is_answered || !ix->customer)
		return;
	ix->is_answered = true;
	ix->customer->state = LEG_ANSWERED;
	call_leg_send_sip(ix->customer,
		&(struct sip_command){.kind = SIP_ANSWER, .code = 200, .sdp = ix->customer->local});
}

/* --- while it lasts
 * -------------------------------------------------------------------------------------------------- */

void call_set_chosen(struct interaction *ix, const char *node, const char *label, const char *digits)
{
	struct chosen *chosen;

	if (ix->n_chosen == CENTER_CHOSEN_MAX)
		return;
	chosen = &ix->chosen[ix->n_chosen++];
	str_put(chosen->node, sizeof(chosen->node), node);
	str_put(chosen->label, sizeof(chosen->label), label);
	str_put(chosen->digits, sizeof(chosen->digits), digits);
}

void call_digit(struct interaction *ix, char digit)
{
	if (ix->is_ending)
		return;
	if (ix->stage == STAGE_QUEUED && ix->exit_digit && digit == ix->exit_digit &&
		!ix->segment.is_answered) {
		struct segment *s = &ix->segment;
		int64_t wait_ms = ix->center->now_ms - s->queued_mono;
		segment_cancel(ix, "withdrawn");
		emit(ix->center, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
					 .interaction = ix->id,
					 .segment = s->id,
					 .queue = s->queue,
					 .wait_ms = wait_ms,
					 .reason = "caller_pressed"});
		s->id = 0;
		play_stop(ix);
		flow_feed_result(ix, FLOW_QUEUE_ENDED, "caller_pressed");
	} else if (ix->stage == STAGE_FLOW && ix->run) {
		flow_feed(ix, &(struct flow_input){.kind = FLOW_DIGIT, .digit = digit});
	}
}

void call_enqueue_again(struct interaction *ix, uint64_t queue, int64_t waiting_since_ms)
{
	/* The run still stands at the queue node it came through: its exits go on being right for the new
	 * stay. */
	ix->exit_digit = 0;
	segment_begin(ix, queue, NULL, waiting_since_ms, 0);
}

void call_agent_left(struct interaction *ix, const char *reason)
{
	segment_end_talk(ix, reason);
	if (ix->run && !ix->is_ending) {
		ix->stage = STAGE_FLOW;
		flow_feed_result(ix, FLOW_AGENT_ENDED, "ended");
	} else if (!ix->is_ending) {
		call_end(ix, "agent_hung_up", 0);
	}
}

void call_agent_lost(struct interaction *ix)
{
	uint64_t queue = ix->segment.queue;

	call_leg_hang_up(ix->agent_leg, 0, "media_lost");
	if (ix->stage != STAGE_TALKING)
		return;
	segment_end_talk(ix, "agent_lost");
	call_enqueue_again(ix, queue, ix->first_queued_mono);
}

void call_leg_lost(struct leg *leg)
{
	struct agent *ringing = offer_of(leg);

	if (ringing)
		offer_failed(ringing, ROUTE_UNREACHABLE);
	else if (leg == leg->interaction->agent_leg)
		call_agent_lost(leg->interaction);
}

/* --- ending
 * ----------------------------------------------------------------------------------------------------------
 */

void call_end(struct interaction *ix, const char *reason, int sip_code)
{
	struct center *c = ix->center;

	if (ix->is_ending)
		return;
	ix->is_ending = true;
	timer_cancel(&c->timers, &ix->flow_timer);
	timer_cancel(&c->timers, &ix->lookup_timer);
	timer_cancel(&c->timers, &ix->audio_timer);
	str_put(ix->end_reason, sizeof(ix->end_reason), reason);
	ix->n_legs++; /* held while the last leg may go inside this call */
	if (ix->segment.id && ix->segment.is_answered)
		segment_end_talk(ix, str_starts_with(reason, "customer") ? "customer" : reason);
	else if (ix->segment.id)
		segment_leave(ix, reason);
	play_forget(ix);
	record_stop(ix);
	call_leg_hang_up(ix->outside, 0, reason);
	call_leg_hang_up(ix->agent_leg, 0, reason);
	emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
			.interaction = ix->id,
			.duration_ms = c->now_ms - ix->started_mono,
			.reason = reason,
			.number = sip_code});
	atomic_fetch_sub_explicit(&c->count_active, 1, memory_order_relaxed);
	live_trunk_calls(c, ix->trunk, -1);
	ix->stage = STAGE_ENDED;
	call_leg_hang_up(ix->customer, ix->is_answered ? 0 : sip_code, reason);
	ix->n_legs--;
	call_forget_if_over(ix);
}

void call_forget_if_over(struct interaction *ix)
{
	if (ix->is_ending && ix->n_legs == 0 && ix->n_recordings == 0)
		call_free(ix);
}

static void leg_drop(struct center *c, struct leg *leg)
{
	map_remove(&c->legs, leg->id);
	timer_cancel(&c->timers, &leg->retry_timer);
	alloc_free(leg->call);
	alloc_free(leg->offer_sdp);
	alloc_free(leg);
}

void call_free(struct interaction *ix)
{
	struct center *c = ix->center;
	struct leg *leg;

	for (size_t i = 0; ix->n_legs > 0 && (leg = map_next(&c->legs, &i));)
		if (leg->interaction == ix) {
			leg_drop(c, leg);
			i = 0;
		}
	timer_cancel(&c->timers, &ix->flow_timer);
	timer_cancel(&c->timers, &ix->lookup_timer);
	timer_cancel(&c->timers, &ix->audio_timer);
	live_wait_ends(ix);
	map_remove(&c->interactions, ix->id);
	flow_run_free(ix->run);
	json_decref(ix->customer_row);
	json_decref(ix->history);
	json_decref(ix->past);
	alloc_free(ix->notes);
	alloc_free(ix);
}

/* --- what sip/ says
 * -------------------------------------------------------------------------------------------------- */

static void leg_unusable(struct leg *leg)
{
	struct interaction *ix = leg->interaction;
	bool is_outside = leg == ix->outside;

	if (leg->role == LEG_AGENT) {
		call_leg_lost(leg);
		return;
	}
	call_leg_hang_up(leg, 0, "no_common_codec");
	if (is_outside)
		outside_on_ended(ix, NULL);
}

/* The caller's INVITE had no SDP: the ACK brings the answer to our offer (RFC 3261 section 13.2.1). */
static void customer_answered(struct leg *leg, const struct sip_event *e)
{
	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		call_end(leg->interaction, "no_common_codec", 0);
		return;
	}
	leg->remote = e->sdp;
	call_leg_set_remote(leg);
	listen_for_tones(leg);
}

static void on_answered(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;

	if (leg->state == LEG_CLOSING)
		return;
	if (leg->role == LEG_CUSTOMER) {
		leg->state = LEG_UP;
		if (!leg->remote.has_audio)
			customer_answered(leg, e);
		return;
	}
	if (leg->state == LEG_UP)
		return; /* told twice */
	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		log_warn("center", ix->id, "the called side answered without a codec we speak");
		leg_unusable(leg);
		return;
	}
	leg->remote = e->sdp;
	leg->state = LEG_ANSWERED;
	call_leg_set_remote(leg);
	if (leg->role == LEG_AGENT)
		offer_connected(leg);
	else if (leg == ix->outside)
		outside_on_answered(ix);
}

static enum route_fail failure_of(const struct sip_event *e)
{
	switch (e->code) {
	case 486:
	case 600:
		return ROUTE_BUSY;
	case 603:
	case 403:
		return ROUTE_DECLINED;
	case 408:
	case 487:
		return ROUTE_NO_ANSWER;
	default:
		return ROUTE_UNREACHABLE;
	}
}

static void on_ended(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;
	bool was_closing = leg->state == LEG_CLOSING, is_agent = leg == ix->agent_leg,
	     is_outside = leg == ix->outside;
	bool was_up = leg->state == LEG_ANSWERED || leg->state == LEG_UP;
	struct agent *ringing = offer_of(leg);

	leg->has_sip = false;
	ix->n_legs++; /* keeps the interaction while its consequences run */
	leg->state = LEG_CLOSING;
	if (leg->has_media && !was_closing)
		call_leg_send_media(leg, &(struct media_command){.kind = MEDIA_LEG_CLOSE});
	if (leg->role == LEG_CUSTOMER && !was_closing)
		call_end(ix, e->is_remote ? "customer_hung_up" : "customer_lost", e->code);
	else if (is_agent && !was_closing && was_up && ix->stage == STAGE_TALKING)
		call_agent_left(ix, "agent");
	else if (ringing && !was_closing)
		offer_failed(ringing, failure_of(e));
	else if (is_outside && !was_closing)
		outside_on_ended(ix, e);
	call_leg_gone(leg);
	ix->n_legs--;
	call_forget_if_over(ix);
}

static void on_reinvited(struct leg *leg, const struct sip_event *e)
{
	if (leg->state == LEG_CLOSING || !e->has_sdp || !call_can_talk(&e->sdp))
		return;
	leg->remote = e->sdp;
	call_leg_set_remote(leg);
}

static void on_registration(struct center *c, const struct sip_event *e)
{
	struct agent *a = agent_get(c, e->user);

	if (!a)
		return;
	if ((a->n_contacts > 0) != (e->count > 0))
		emit(c, &(struct event){.type = EVENT_AGENT_DEVICE,
				.agent = a->user,
				.reason = "phone",
				.text = e->uri,
				.number = e->count > 0});
	a->n_contacts = e->count;
	agent_refresh(a);
}

/* Whom a phone means by what it dialled: a colleague's extension, a number of ours that leads to a queue, or
 * an address as it is. */
static json_t *refer_target(struct center *c, const char *uri)
{
	const char *at = strchr(uri, ':');
	char user[SIP_NUMBER_MAX];
	size_t n = at ? strcspn(at + 1, "@;?>") : 0;

	if (n > 0 && str_put_n(user, sizeof(user), at + 1, n) == 0) {
		const struct user *colleague = strmap_get(&c->snapshot->user_by_extension, user);
		const struct number *number = snapshot_number(c->snapshot, user, 0);
		if (colleague)
			return json_pack("{s:s,s:o}", "kind", "agent", "id", json_id(colleague->id));
		if (number && number->queue)
			return json_pack("{s:s,s:o}", "kind", "queue", "id", json_id(number->queue));
	}
	return json_pack("{s:s,s:s}", "kind", "number", "number", uri);
}

/* A phone transfers the call it is in: the same as the agent's blind transfer on the screen. */
static void on_referred(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;
	_cleanup_json_ json_t *to = refer_target(ix->center, e->uri);
	const char *code = to && leg == ix->agent_leg ? talk_transfer(ix, to) : NULL;

	if (code)
		log_warn("center", ix->id, "a phone's transfer to %s is not possible: %s", e->uri, code);
}

/* Texts of strangers go into JSON and onto screens: bytes that are no UTF-8 and control characters become
 * "?", so that no later writer has to ask. Marks of direction stay; screens isolate names. */
static void sanitize(char *s)
{
	while (*s) {
		unsigned char lead = (unsigned char)*s;
		size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (lead < 0x20 || lead == 0x7f || strnlen(s, n) < n || !str_is_utf8(s, n)) {
			*s++ = '?';
			continue;
		}
		s += n;
	}
}

void signal_on_sip(struct center *c, struct sip_event *e)
{
	sanitize(e->from_number);
	sanitize(e->from_name);
	sanitize(e->to_number);
	sanitize(e->uri);
	sanitize(e->reason);
	sanitize(e->text);
	sanitize(e->source);

	struct leg *leg = e->leg ? map_get(&c->legs, e->leg) : NULL;

	switch (e->kind) {
	case SIP_INCOMING:
		on_incoming(c, e);
		return;
	case SIP_REFUSED:
		on_refused(c, e);
		return;
	case SIP_REGISTRATION:
		on_registration(c, e);
		return;
	case SIP_TRUNK_STATE:
		live_trunk(c, e);
		return;
	default:
		break;
	}
	if (!leg)
		return; /* it ended a moment ago */
	if (e->kind == SIP_ANSWERED)
		on_answered(leg, e);
	else if (e->kind == SIP_ENDED)
		on_ended(leg, e);
	else if (e->kind == SIP_REINVITED)
		on_reinvited(leg, e);
	else if (e->kind == SIP_DTMF && leg->role == LEG_CUSTOMER)
		call_digit(leg->interaction, e->digit);
	else if (e->kind == SIP_REFERRED)
		on_referred(leg, e);
}
