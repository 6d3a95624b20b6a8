/* The centre's thread: one mailbox in, one input at a time, timers between. Also its helper, the loader
 * thread, which does what would block (SQL) and posts the result back.
 *
 * Invariant: domain state (interactions, agents, queues, flows) is touched by the centre thread only. */
#include "center/dial/dial_trunk.h"
#include "center/center.h"
#include "center/call/phones.h"
#include "center/defence/defence.h"
#include "center/defence/outgoing.h"
#include "center/fax/fax.h"
#include "center/record/mailbox.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "center/routing/routing_log.h"
#include "center/routing/rules.h"
#include "center/recover/alive.h"
#include "center/recover/folder.h"
#include "center/recover/outlive.h"
#include "center/state.h"
#include "center/work/work.h"

#include <errno.h>
#include <string.h>

#define MESSAGES_PER_ROUND 256
#define FIGURES_KEPT_MS (49 * INT64_C(3600000))
#define FORGET_EVERY_MS 3600000
#define LOADER_MAILBOX_MAX 20000
#define HISTORY_SHOWN 5
#define MESSAGES_SHOWN 100
#define LAST_AGENT_MS (7 * 24 * INT64_C(3600000)) /* who talked to the caller longer ago is not asked for */
#define WAIT_MS_MAX 1000
#define DRAIN_GRACE_MS 1000 /* for the last goodbyes after the deadline */

/* --- posting
 * ---------------------------------------------------------------------------------------------------------
 */

/* Releases a message nobody will handle. */
static void message_free(struct message *m)
{
	struct lookup *found = m->body;

	if (m->kind == MESSAGE_WORK) {
		work_wish_free(m->body);
		return;
	}

	if (m->kind == MESSAGE_DIAL) {
		const struct dial_ask *wish = m->body;
		wish->on_json(NULL, wish->arg);
	}
	if (m->kind == MESSAGE_MAIL) {
		const struct mail_wish *wish = m->body;
		wish->on_json(NULL, wish->arg);
	}
	if (m->kind == MESSAGE_TRUNK) {
		const struct trunk_wish *wish = m->body;
		wish->on_json(NULL, wish->arg);
	}
	if (m->kind == MESSAGE_BLOCK) {
		const struct block_wish *wish = m->body;
		wish->on_json(NULL, wish->arg);
	}
	if (m->kind == MESSAGE_FAX) {
		fax_wish_free(m->body);
		return;
	}
	if (m->kind == MESSAGE_SNAPSHOT) {
		snapshot_free(m->body);
		return;
	}
	if (m->kind == MESSAGE_INPUT && m->body)
		json_decref(((struct center_input *)m->body)->body);
	if (m->kind == MESSAGE_LOOKUP && found) {
		mail_lookup_free(found);
		json_decref(found->customer);
		json_decref(found->history);
		json_decref(found->past);
		json_decref(found->messages);
	}
	alloc_free(m->body);
}

void center_post(struct center *c, enum message_kind kind, void *body)
{
	struct message m = {kind, body};

	if (body && mailbox_send(c->mailbox, &m) < 0) {
		log_error("center", 0, "mailbox is full (%d): a message of kind %d is lost",
			CENTER_MAILBOX_MAX, (int)kind);
		message_free(&m);
	}
}

int center_send(struct center *c, const struct center_input *input)
{
	struct message m = {MESSAGE_INPUT, alloc_dup(input, sizeof(*input))};
	int err = m.body ? mailbox_send(c->mailbox, &m) : -ENOMEM;

	if (err < 0)
		alloc_free(m.body);
	return err < 0 ? -ENOBUFS : 0;
}

static bool post_copy(struct center *c, enum message_kind kind, const void *body, size_t size)
{
	struct message m = {kind, alloc_dup(body, size)};

	if (m.body && mailbox_send(c->mailbox, &m) == 0)
		return true;
	alloc_free(m.body);
	return false;
}

bool center_on_sip(const struct sip_event *e, void *arg)
{
	return post_copy(arg, MESSAGE_SIP, e, sizeof(*e));
}

void center_on_media(const struct media_event *e, void *arg)
{
	if (!post_copy(arg, MESSAGE_MEDIA, e, sizeof(*e)))
		log_error("center", e->group, "mailbox is full: a media event is lost");
}

void center_on_speech(const struct speech_result *r, void *arg)
{
	if (!post_copy(arg, MESSAGE_SPEECH, r, sizeof(*r)))
		log_error("center", 0, "mailbox is full: a speech result is lost");
}

void center_on_commit(uint64_t last_seq, void *arg)
{
	(void)last_seq; /* durability is the store's word: it is asked for it */
	if (arg)
		work_on_commit(arg);
}

int center_figures(struct center *c, uint64_t tenant, int64_t from_ms, int64_t to_ms,
	center_json_handler *on_json, void *arg)
{
	struct figures_wish wish = {tenant, from_ms, to_ms, on_json, arg};

	return post_copy(c, MESSAGE_FIGURES, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_dial(struct center *c, const struct center_dial *ask, center_json_handler *on_json, void *arg)
{
	struct dial_ask wish = {.ask = *ask, .on_json = on_json, .arg = arg};

	return post_copy(c, MESSAGE_DIAL, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_trunk(struct center *c, const struct center_trunk *ask, center_json_handler *on_json, void *arg)
{
	struct trunk_wish wish = {*ask, on_json, arg};

	return post_copy(c, MESSAGE_TRUNK, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_mail(struct center *c, const struct center_mail *ask, center_json_handler *on_json, void *arg)
{
	struct mail_wish wish = {*ask, on_json, arg};

	return post_copy(c, MESSAGE_MAIL, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_record(
	struct center *c, uint64_t interaction, const char *act, center_json_handler *on_json, void *arg)
{
	struct record_wish wish = {.interaction = interaction, .on_json = on_json, .arg = arg};

	str_put(wish.act, sizeof(wish.act), act);
	return post_copy(c, MESSAGE_RECORD, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_rule_failures(struct center *c, center_json_handler *on_json, void *arg)
{
	struct failures_wish wish = {on_json, arg};

	return post_copy(c, MESSAGE_FAILURES, &wish, sizeof(wish)) ? 0 : -ENOBUFS;
}

int center_decisions(
	struct center *c, const struct center_decision *list, int n, center_json_handler *on_json, void *arg)
{
	if (n < 0 || n > CENTER_DECISIONS_MAX)
		return -E2BIG;
	_cleanup_alloc_ struct decisions_wish *wish = alloc_zero(sizeof(*wish));
	if (!wish)
		return -ENOBUFS;
	wish->n = n;
	wish->on_json = on_json;
	wish->arg = arg;
	memcpy(wish->list, list, (size_t)n * sizeof(*list));
	struct message m = {MESSAGE_DECISIONS, wish};
	if (mailbox_send(c->mailbox, &m) < 0)
		return -ENOBUFS;
	(void)TAKE_PTR(wish);
	return 0;
}

/* --- the loader thread
 * ----------------------------------------------------------------------------------------------- */

void center_loader_ask(struct center *c, struct lookup *ask)
{
	if (ask && mailbox_send(c->loader_mailbox, &ask) < 0) {
		log_warn("center", ask->interaction,
			"too many look-ups waiting: this caller is not looked up");
		alloc_free(ask);
	}
}

/* The newest of these contacts that an agent answered; *latest_ms: when the newest known so far began. */
static void keep_latest(struct lookup *ask, const json_t *rows, int64_t *latest_ms)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		int64_t started = jsonx_int(row, "started_at", 0);
		uint64_t agent = jsonx_id(row, "agent");
		if (!agent || started <= *latest_ms || jsonx_id(row, "id") == ask->interaction ||
			!str_equal(jsonx_text(row, "result", NULL), "answered"))
			continue;
		ask->last_agent = agent;
		*latest_ms = started;
	}
}

/* Who talked to this caller last, from whichever of the customer's numbers. */
static void find_last_agent(struct store_reader *reader, struct lookup *ask)
{
	int64_t latest = ask->asked_ms - LAST_AGENT_MS;
	size_t i;
	json_t *number;

	keep_latest(ask, ask->history, &latest);
	json_array_foreach(json_object_get(ask->customer, "numbers"), i, number)
	{
		_cleanup_json_ json_t *rows = NULL;
		if (str_equal(json_string_value(number), ask->number))
			continue;
		if (store_history_of_number(
			    reader, TENANT, json_string_value(number), HISTORY_SHOWN + 1, &rows) == 0)
			keep_latest(ask, rows, &latest);
	}
}

/* The customer whose list of numbers holds `number`: a label search would miss it, so the rows are asked by
 * number. */
void center_look_up(struct store_reader *reader, struct lookup *ask)
{
	size_t i;
	json_t *row;

	/* One more than shown: this very contact may be on disk already, and is no earlier one. */
	store_history_of_number(reader, TENANT, ask->number, HISTORY_SHOWN + 1, &ask->history);
	json_array_foreach(ask->history, i, row) if (jsonx_id(row, "id") == ask->interaction)
	{
		json_array_remove(ask->history, i);
		break;
	}
	if (ask->customer_id)
		store_get(reader, resource_by_name("customer"), TENANT, ask->customer_id, false,
			&ask->customer);
	if (!ask->customer)
		store_customer_of_number(reader, TENANT, ask->number, &ask->customer);
	find_last_agent(reader, ask);
	if (ask->wants_past)
		ask->past = rules_past(reader, TENANT, ask->number, ask->interaction, ask->asked_ms);
	if (json_array_size(ask->history) > HISTORY_SHOWN)
		json_array_remove(ask->history, HISTORY_SHOWN);
}

/* What was written in a contact, and who it is, for the page of an agent. */
static void read_messages(struct store_reader *reader, struct lookup *ask)
{
	store_messages(reader, TENANT, ask->interaction, ask->before, MESSAGES_SHOWN, &ask->messages);
	if (!ask->before) {
		center_look_up(reader, ask);
		json_decref(TAKE_PTR(ask->past));
	}
}

/* Supervision is audited, as listening to recordings is; it waits for the disk, so not on the centre's
 * thread. */
static void write_audit(struct center *c, const struct lookup *ask)
{
	struct store_actor actor = {.tenant = TENANT, .user = ask->auditor};
	_cleanup_json_ json_t *details =
		json_pack("{s:s,s:o}", "mode", ask->number, "agent", json_id(ask->last_agent));
	int err = store_note_audit(c->parts.store, &actor,
		ask->is_refused ? "supervision_refused" : "supervised", "interaction", ask->interaction,
		details);

	if (err < 0)
		log_error("center", ask->interaction,
			"an entry of the audit log could not be written: error %d", err);
}

void center_loader_answer(struct center *c, struct store_reader *reader, struct lookup *ask)
{
	struct snapshot *snapshot = NULL;

	if (ask->block) {
		defence_write(c, ask->block);
		alloc_free(ask->block);
		alloc_free(ask);
		return;
	}
	if (ask->auditor) {
		write_audit(c, ask);
		alloc_free(ask);
		return;
	}

	if (!ask->is_config) {
		if (ask->mail.kind)
			mail_look_up(reader, c->parts.data_directory, ask);
		else if (ask->reader)
			read_messages(reader, ask);
		else
			center_look_up(reader, ask);
		center_post(c, MESSAGE_LOOKUP, ask);
		return;
	}
	alloc_free(ask);
	if (snapshot_load(reader, TENANT, &snapshot) == 0) {
		snapshot_load_key(snapshot, c->parts.store, reader, center_wall(c));
		center_post(c, MESSAGE_SNAPSHOT, snapshot);
	} else
		log_error("center", 0, "the changed configuration could not be read; the old one stays");
}

static void *loader_run(void *arg)
{
	struct center *c = arg;
	struct store_reader *reader = NULL;
	struct lookup *ask;

	pthread_setname_np(pthread_self(), "loader");

	if (store_reader_open(&reader, c->parts.data_directory) < 0)
		log_error("center", 0, "the loader cannot read the database in %s", c->parts.data_directory);
	while (!atomic_load(&c->is_stopping)) {
		mailbox_wait(c->loader_mailbox, 500);
		if (reader)
			store_reader_follow(reader); /* what it fails with, the reads say too */
		while (reader && mailbox_take(c->loader_mailbox, &ask))
			center_loader_answer(c, reader, ask);
	}
	while (mailbox_take(c->loader_mailbox, &ask))
		alloc_free(ask);
	if (reader)
		store_reader_close(reader);
	return NULL;
}

/* --- handling
 * -------------------------------------------------------------------------------------------------------- */

static void config_changed(struct center *c)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (ask)
		ask->is_config = true;
	center_loader_ask(c, ask);
}

static void drain_begin(struct center *c, int64_t deadline_ms)
{
	c->is_draining = true;
	c->drain_deadline_ms = deadline_ms;
	log_info("center", 0, "draining: %zu contacts still live, no new ones", c->interactions.len);
}

static void on_input(struct center *c, struct center_input *in)
{
	if (in->client.permissions == MAY_VISIT) {
		visitor_input(c, in);
		json_decref(in->body);
		return;
	}
	switch (in->kind) {
	case CENTER_CLIENT_OPENED:
		client_opened(c, in);
		break;
	case CENTER_CLIENT_CLOSED:
		client_closed(c, in->client.id);
		break;
	case CENTER_REQUEST:
		request_handle(c, in);
		break;
	case CENTER_CONFIG_CHANGED:
		config_changed(c);
		break;
	case CENTER_ALARMS:
		alarms_changed(c, in->body);
		break;
	case CENTER_DRAIN:
		drain_begin(c, in->deadline_ms);
		break;
	}
	json_decref(in->body);
}

static void on_lookup(struct center *c, struct lookup *found)
{
	struct interaction *ix = map_get(&c->interactions, found->interaction);

	if (found->mail.kind) {
		mail_found(c, found);
		return;
	}
	if (found->reader)
		work_messages_push(c, found);
	if (ix && !ix->is_lookup_done) {
		ix->customer_row = TAKE_PTR(found->customer);
		ix->history = TAKE_PTR(found->history);
		ix->past = TAKE_PTR(found->past);
		ix->last_agent = found->last_agent;
		ix->is_lookup_done = true;
		timer_cancel(&c->timers, &ix->lookup_timer);
		call_begin(ix);
	}
	json_decref(found->customer);
	json_decref(found->history);
	json_decref(found->past);
}

static void handle(struct center *c, struct message *m)
{
	int64_t started_ns = c->mono_ns();

	c->now_ms = started_ns / 1000000;
	switch (m->kind) {
	case MESSAGE_INPUT:
		on_input(c, m->body);
		break;
	case MESSAGE_SIP:
		signal_on_sip(c, m->body);
		break;
	case MESSAGE_MEDIA:
		call_leg_on_media(c, m->body);
		break;
	case MESSAGE_SPEECH:
		play_on_speech(c, m->body);
		break;
	case MESSAGE_SNAPSHOT:
		config_apply(c, m->body);
		m->body = NULL; /* now the centre's */
		break;
	case MESSAGE_LOOKUP:
		on_lookup(c, m->body);
		break;
	case MESSAGE_FIGURES: {
		const struct figures_wish *w = m->body;
		w->on_json(figures_json(c, w->from_ms, w->to_ms), w->arg);
		break;
	}
	case MESSAGE_DECISIONS: {
		const struct decisions_wish *w = m->body;
		w->on_json(decisions_json(c, w), w->arg);
		break;
	}
	case MESSAGE_WORK:
		work_wish_handle(c, m->body);
		m->body = NULL;
		break;
	case MESSAGE_FAX:
		fax_wish_handle(c, m->body);
		m->body = NULL;
		break;
	case MESSAGE_BLOCK:
		defence_wished(c, m->body);
		break;
	case MESSAGE_COMMITTED: /* see center_turn */
		break;
	case MESSAGE_DIAL:
		dial_wished(c, m->body);
		break;
	case MESSAGE_TRUNK:
		trunk_wished(c, m->body);
		break;
	case MESSAGE_MAIL:
		mail_wished(c, m->body);
		break;
	case MESSAGE_RECORD:
		record_wished(c, m->body);
		break;
	case MESSAGE_FAILURES: {
		const struct failures_wish *w = m->body;
		w->on_json(rules_failures(c->snapshot->rules), w->arg);
		break;
	}
	}
	alloc_free(m->body);
	uint64_t us = (uint64_t)(c->mono_ns() - started_ns) / 1000;
	if (us > atomic_load_explicit(&c->input_us_max, memory_order_relaxed))
		atomic_store_explicit(&c->input_us_max, us, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->total_inputs, 1, memory_order_relaxed);
}

int64_t center_next_due(const struct center *c)
{
	int64_t due = timers_next(&c->timers), route = route_next_due(c->route);

	if (route < due)
		due = route;
	if (routing_log_due(c->routing_log) < due)
		due = routing_log_due(c->routing_log);
	if (c->n_live && c->live_due_ms < due)
		due = c->live_due_ms;
	if (c->is_draining) {
		int64_t end = c->drain_deadline_ms + (c->now_ms < c->drain_deadline_ms ? 0 : DRAIN_GRACE_MS);
		due = end < due ? end : due;
	}
	return due;
}

/* Today and yesterday stay in memory (any time zone's day is within them); older figures are folded from the
 * log when asked. */
static void forget_old(struct timer *t, int64_t now_ms)
{
	struct center *c = (struct center *)((char *)t - offsetof(struct center, forget_timer));

	kpi_forget_before(c->fold, center_wall(c) - FIGURES_KEPT_MS);
	timer_set(&c->timers, t, now_ms + FORGET_EVERY_MS, forget_old);
}

static void run_clocks(struct center *c)
{
	c->now_ms = c->mono_ns() / 1000000;
	timers_run(&c->timers, c->now_ms);
	if (route_next_due(c->route) <= c->now_ms)
		route_feed(c, &(struct route_input){.kind = ROUTE_TIME});
	if (c->has_leavers)
		agents_reap(c);
	if (c->n_live && c->live_due_ms <= c->now_ms)
		live_flush(c);
	if (routing_log_due(c->routing_log) <= c->now_ms)
		routing_log_run(c->routing_log, c->route, c->now_ms, center_wall(c));
}

void center_turn(struct center *c)
{
	struct message m;

	for (int n = 0; n < MESSAGES_PER_ROUND && mailbox_take(c->mailbox, &m); n++)
		handle(c, &m);
	run_clocks(c);
	outlive_flush(c);
	work_acknowledge(c);
}

bool center_is_over(struct center *c)
{
	size_t i = 0;
	struct interaction *ix;

	if (!c->is_draining)
		return false;
	if (c->interactions.len == 0 && !work_is_awaiting(c))
		return true;
	if (c->now_ms < c->drain_deadline_ms)
		return false;
	/* The deadline: what still lives is ended in order, each with its own events. */
	while ((ix = map_next(&c->interactions, &i)))
		if (!ix->is_ending) {
			call_end(ix, "system_stopped", 503);
			i = 0;
		}
	if (c->now_ms < c->drain_deadline_ms + DRAIN_GRACE_MS)
		return false;
	return true;
}

static void *center_run(void *arg)
{
	struct center *c = arg;

	pthread_setname_np(pthread_self(), "center");
	while (!center_is_over(c)) {
		int64_t wait = center_next_due(c) - c->mono_ns() / 1000000;
		mailbox_wait(c->mailbox, wait < 0 ? 0 : wait > WAIT_MS_MAX ? WAIT_MS_MAX : (int)wait);
		center_turn(c);
	}
	emit(c, &(struct event){.type = EVENT_SYSTEM_STOPPED, .reason = "drained"});
	routing_log_flush(c->routing_log, c->now_ms);
	return NULL;
}

/* --- life
 * ------------------------------------------------------------------------------------------------------------
 */

int center_new(struct center **ret_center)
{
	struct center *c = alloc_zero(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	err = mailbox_new(&c->mailbox, sizeof(struct message), CENTER_MAILBOX_MAX);
	if (err == 0)
		err = mailbox_new(&c->loader_mailbox, sizeof(struct lookup *), LOADER_MAILBOX_MAX);
	if (err == 0)
		err = route_new(&c->route, 10000);
	if (err == 0)
		err = kpi_new(&c->fold);
	if (err == 0)
		err = work_room_new(c);
	if (err < 0) {
		center_free(c);
		return err;
	}
	c->next_ref = 1;
	c->mono_ns = clock_mono_ns;
	c->wall_ms = clock_wall_ms;
	*ret_center = c;
	return 0;
}

int center_prepare(struct center *c, const struct center_parts *parts)
{
	struct store_reader *reader;
	struct snapshot *snapshot;
	int err;

	c->parts = *parts;
	c->now_ms = c->mono_ns() / 1000000;
	if (snprintf(c->music_path, sizeof(c->music_path), "%s/prompts/house-music.wav",
		    parts->data_directory) >= (int)sizeof(c->music_path))
		return -ENAMETOOLONG;
	err = routing_log_new(&c->routing_log, parts->store, c->now_ms, center_wall(c));
	if (err == 0)
		err = store_reader_open(&reader, parts->data_directory);
	if (err < 0)
		return err;
	err = snapshot_load(reader, TENANT, &snapshot);
	if (err == 0)
		snapshot_load_key(snapshot, parts->store, reader, center_wall(c));
	store_reader_close(reader);
	if (err < 0)
		return err;
	config_apply_rules(c, snapshot);
	err = recover(c);
	if (err < 0) {
		snapshot_free(snapshot);
		return err;
	}
	config_apply(c, snapshot);
	recover_voicemails(c);
	fax_restore(c);
	timer_set(&c->timers, &c->forget_timer, c->now_ms + FORGET_EVERY_MS, forget_old);
	opening_start(c);
	alive_start(c);
	mailboxes_read(c);
	return 0;
}

int center_start(struct center *c, const struct center_parts *parts)
{
	int err = center_prepare(c, parts);

	if (err < 0)
		return err;
	if ((err = -pthread_create(&c->loader, NULL, loader_run, c)) < 0)
		return err;
	c->has_loader = true;
	if ((err = -pthread_create(&c->thread, NULL, center_run, c)) < 0)
		return err;
	c->has_thread = true;
	atomic_store(&c->is_ready, true);
	if ((err = folder_start(&c->folder, parts->store, parts->data_directory)) < 0)
		log_warn("center", 0, "no snapshots are made (error %d): the next start takes longer", err);
	return 0;
}

void center_join(struct center *c)
{
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	c->has_thread = false;
	atomic_store(&c->is_ready, false);
	atomic_store(&c->is_stopping, true);
	if (c->has_loader)
		pthread_join(c->loader, NULL);
	c->has_loader = false;
	folder_stop(TAKE_PTR(c->folder));
}

/* What a drain that ran out of time, or a start that failed, leaves behind. */
static void free_domain(struct center *c)
{
	struct message m;
	struct lookup *ask;
	struct interaction *ix;
	void *p;

	while (c->mailbox && mailbox_take(c->mailbox, &m))
		message_free(&m);
	while (c->loader_mailbox && mailbox_take(c->loader_mailbox, &ask))
		alloc_free(ask);
	for (size_t i = 0; (ix = map_next(&c->interactions, &i)); i = 0)
		call_free(ix);
	for (size_t i = 0; (p = map_next(&c->agents, &i));)
		agent_free(p);
	for (size_t i = 0; (p = map_next(&c->clients, &i));)
		alloc_free(p);
	for (size_t i = 0; (p = map_next(&c->queue_views, &i));)
		alloc_free(p);
	for (size_t i = 0; (p = map_next(&c->trunk_views, &i));)
		alloc_free(p);
	for (size_t i = 0; (p = map_next(&c->restored, &i));)
		alloc_free(p);
}

void center_free(struct center *c)
{
	if (!c)
		return;
	free_domain(c);
	visitors_free(c);
	fax_free_all(c);
	work_room_free(c);
	keys_free(&c->keys);
	mailboxes_free(c);
	recover_voicemails_free(c);
	outlive_free(c);
	VEC_FREE(&c->changed_calls);
	json_decref(c->alarms);
	json_decref(c->record_alarm);
	json_decref(c->fork_alarms);
	defence_free(c);
	outgoing_free(c);
	snapshot_free(c->snapshot);
	route_free(c->route);
	routing_log_free(c->routing_log);
	route_actions_free(&c->route_actions);
	VEC_FREE(&c->pending);
	VEC_FREE(&c->parked);
	VEC_FREE(&c->supervisors);
	VEC_FREE(&c->ring_turns);
	phones_free(c);
	VEC_FREE(&c->gone_agents);
	VEC_FREE(&c->gone_queues);
	VEC_FREE(&c->gone_trunks);
	kpi_free(c->fold);
	timers_free(&c->timers);
	mailbox_free(c->mailbox);
	mailbox_free(c->loader_mailbox);
	map_free(&c->interactions);
	map_free(&c->legs);
	map_free(&c->agents);
	map_free(&c->clients);
	map_free(&c->queue_views);
	map_free(&c->trunk_views);
	map_free(&c->plays);
	map_free(&c->speeches);
	map_free(&c->segments);
	map_free(&c->recordings);
	map_free(&c->restored);
	alloc_free(c);
}

int64_t center_wall(const struct center *c)
{
	return c->wall_ms();
}

void center_totals(const struct center *c, struct center_totals *ret_totals)
{
	*ret_totals = (struct center_totals){
		.is_ready = atomic_load(&c->is_ready),
		.calls_active = atomic_load_explicit(&c->count_active, memory_order_relaxed),
		.calls_total = atomic_load_explicit(&c->total_calls, memory_order_relaxed),
		.waiting = atomic_load_explicit(&c->count_waiting, memory_order_relaxed),
		.agents_available = atomic_load_explicit(&c->count_available, memory_order_relaxed),
		.blocked = atomic_load_explicit(&c->total_blocked, memory_order_relaxed),
		.inputs = atomic_load_explicit(&c->total_inputs, memory_order_relaxed),
		.input_us_max = atomic_load_explicit(&c->input_us_max, memory_order_relaxed),
		.mailbox_length = mailbox_length(c->mailbox),
		.works_open = atomic_load_explicit(&c->count_works, memory_order_relaxed),
		.mos_sum_x100 = atomic_load_explicit(&c->mos_sum_x100, memory_order_relaxed),
	};
	for (int i = 0; i < CENTER_MOS_BUCKETS; i++)
		ret_totals->mos_le_x100[i] = quality_mos_x100[i];
	for (int i = 0; i <= CENTER_MOS_BUCKETS; i++)
		ret_totals->mos[i] = atomic_load_explicit(&c->mos[i], memory_order_relaxed);
}
