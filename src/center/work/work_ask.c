/* What other systems ask of contacts without a telephone: open one, write in it, end it; each answered once
 * it is on disk. And who must wait for the disk with them.
 *
 * Invariants: nothing is acknowledged before its events are durable; a request whose key was carried out
 * before gets the first one's answer and changes nothing. Keys older than this process are the database's to
 * know (store_contact_key): whoever asks looks there first. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/routing/rules.h"
#include "center/work/work_state.h"
#include "resource/descriptors.h"

#include <errno.h>
#include <string.h>

#define BACKLOG_TIGHT (STORE_BACKLOG_MAX * 3 / 4)

/* --- asking, from any thread
 * --------------------------------------------------------------------------------------------- */

void center_work_clear(struct center_work *ask)
{
	alloc_free(TAKE_PTR(ask->text));
	json_decref(TAKE_PTR(ask->customer));
	json_decref(TAKE_PTR(ask->past));
}

void work_wish_free(struct work_wish *wish)
{
	center_work_clear(&wish->ask);
	wish->on_json(NULL, wish->arg);
	alloc_free(wish);
}

int center_work(struct center *c, struct center_work *ask, center_json_handler *on_json, void *arg)
{
	struct work_wish *wish = alloc_zero(sizeof(*wish));
	struct message m = {MESSAGE_WORK, wish};

	if (!wish)
		return -ENOMEM;
	*wish = (struct work_wish){*ask, on_json, arg};
	if (mailbox_send(c->mailbox, &m) < 0) {
		alloc_free(wish);
		return -ENOBUFS;
	}
	*ask = (struct center_work){.kind = ask->kind}; /* what it owned is the centre's */
	return 0;
}

static bool is_telephone_number(const char *s)
{
	size_t digits = 0;

	for (const char *p = s; *p; p++) {
		if (!strchr("+0123456789 -()./", *p))
			return false;
		digits += *p >= '0' && *p <= '9';
	}
	return digits >= 4;
}

int center_work_look_up(
	struct center *c, struct store_reader *reader, uint64_t customer, struct center_work *ask)
{
	struct lookup found = {.asked_ms = center_wall(c), .wants_past = atomic_load(&c->has_rules)};
	int err = 0;

	if (is_telephone_number(ask->from) && str_put(found.number, sizeof(found.number), ask->from) == 0)
		center_look_up(reader, &found);
	if (customer) {
		json_decref(TAKE_PTR(found.customer));
		err = store_get(
			reader, resource_by_name("customer"), TENANT, customer, false, &found.customer);
	}
	json_decref(found.history);
	if (err != 0) {
		json_decref(found.past);
		return err;
	}
	ask->customer = found.customer;
	ask->past = found.past;
	ask->last_agent = found.last_agent;
	return 0;
}

/* --- the disk
 * ------------------------------------------------------------------------------------------------------------
 */

bool work_is_awaiting(const struct center *c)
{
	return c->work && atomic_load(&c->work->n_awaited) > 0;
}

void work_on_commit(struct center *c)
{
	struct message m = {MESSAGE_COMMITTED, NULL};

	/* A full mailbox is no loss: whoever waits is looked at in every round. */
	if (work_is_awaiting(c))
		(void)mailbox_send(c->mailbox, &m);
}

static void give(struct center *c, struct work_awaited *a)
{
	if (a->lookup)
		center_loader_ask(c, a->lookup);
	else if (a->on_json)
		a->on_json(a->json, a->arg);
	else
		push_client(c, a->client, a->json);
}

void work_acknowledge(struct center *c)
{
	struct work_room *r = c->work;

	if (r->first_awaited == r->awaited.len)
		return;
	uint64_t durable = store_durable_seq(c->parts.store);
	while (r->first_awaited < r->awaited.len && r->awaited.at[r->first_awaited].seq <= durable) {
		give(c, &r->awaited.at[r->first_awaited++]);
		atomic_fetch_sub(&r->n_awaited, 1);
	}
	if (r->first_awaited == r->awaited.len)
		r->first_awaited = r->awaited.len = 0;
}

/* Room for one more at the end; what was given is taken out of the way first. */
static bool make_room(struct work_room *r)
{
	size_t n = r->awaited.len - r->first_awaited;

	if (r->first_awaited > 1024 && r->first_awaited > n) {
		memmove(r->awaited.at, r->awaited.at + r->first_awaited, n * sizeof(*r->awaited.at));
		r->awaited.len = n;
		r->first_awaited = 0;
	}
	return VEC_RESERVE(&r->awaited, r->awaited.len + 1);
}

static void await_seq(struct center *c, uint64_t seq, struct work_awaited a)
{
	struct work_room *r = c->work;

	a.seq = seq;
	if (!make_room(r)) { /* it happened, but that cannot be said: the same as no answer */
		json_decref(a.json);
		alloc_free(a.lookup);
		if (a.on_json)
			a.on_json(NULL, a.arg);
		return;
	}
	r->awaited.at[r->awaited.len++] = a;
	atomic_fetch_add(&r->n_awaited, 1);
}

void work_await(struct center *c, json_t *json, center_json_handler *on_json, void *arg, uint64_t client)
{
	await_seq(c, c->last_seq, (struct work_awaited){0, json, on_json, arg, client, NULL});
}

void work_await_lookup(struct center *c, struct lookup *lookup)
{
	await_seq(c, c->last_seq, (struct work_awaited){.lookup = lookup});
}

void work_reply_later(struct center *c, uint64_t client, json_t *reply)
{
	work_await(c, reply, NULL, NULL, client);
}

/* --- how often, and whether before
 * --------------------------------------------------------------------------------------------- */

static bool is_too_often(struct center *c, uint64_t user)
{
	struct work_room *r = c->work;
	int64_t second = c->now_ms / 1000;
	size_t at = 0;

	while (at < r->rates.len && r->rates.at[at].user != user)
		at++;
	if (at == r->rates.len) {
		/* In place of somebody who asked nothing this second; a crowd beyond that is not counted. */
		for (at = 0; at < r->rates.len && r->rates.at[at].second == second; at++)
			;
		if (at == r->rates.len &&
			(at == WORK_RATES_MAX || VEC_PUSH(&r->rates, ((struct work_rate){0})) < 0))
			return false;
		r->rates.at[at] = (struct work_rate){user, second, 0};
	}
	struct work_rate *rate = &r->rates.at[at];
	if (rate->second != second)
		*rate = (struct work_rate){user, second, 0};
	return ++rate->n > WORK_RATE_MAX;
}

/* --- opening
 * -------------------------------------------------------------------------------------------------------- */

/* Why nothing new is taken now; NULL: it is. */
static const char *refusal(struct center *c)
{
	struct store_health health;

	if (c->is_draining)
		return "draining";
	store_health(c->parts.store, &health);
	if (!health.is_accepting || health.backlog > BACKLOG_TIGHT ||
		c->work->awaited.len - c->work->first_awaited >= WORK_AWAITED_MAX)
		return "store_overloaded";
	return NULL;
}

static const char *queue_refusal(struct center *c, const struct center_work *ask)
{
	const struct queue *q = snapshot_queue(c->snapshot, ask->queue);
	struct route_queue_counts counts = {0};

	if (!q)
		return "not_found";
	if ((int)q->rule.channel != ask->channel || ask->channel == ROUTE_VOICE)
		return "wrong_channel";
	if (!queue_is_open(c, q))
		return "queue_closed";
	route_queue_counts(c->route, q->id, &counts);
	if (q->rule.capacity && counts.waiting >= q->rule.capacity && counts.agents_free == 0)
		return "queue_full";
	return c->work->by_id.len >= WORK_MAX ? "too_many" : NULL;
}

/* What rules and enqueue.c look at when a contact enters, as they know it from calls. */
static struct interaction *probe_of(struct center *c, const struct work *w, const struct center_work *ask)
{
	struct work_room *r = c->work;
	struct interaction *p = r->probe ? r->probe : (r->probe = alloc_zero(sizeof(*p)));
	const char *language = jsonx_text(ask->customer, "language", c->snapshot->default_language);

	if (!p)
		return NULL;
	*p = (struct interaction){.id = w->id,
		.center = c,
		.channel = (enum route_channel)w->channel,
		.customer_row = ask->customer,
		.past = ask->past,
		.last_agent = ask->last_agent,
		.started_mono = c->now_ms};
	str_put(p->from, sizeof(p->from), work_from(w));
	str_put(p->from_name, sizeof(p->from_name), work_name(w));
	str_put(p->to, sizeof(p->to), work_to(w));
	str_put(p->language, sizeof(p->language), language);
	return p;
}

uint64_t work_enter(struct work *w, const struct center_work *ask, struct entry *e)
{
	struct center *c = w->center;
	struct interaction *p = probe_of(c, w, ask);
	uint64_t wanted = w->queue;

	e->customer = jsonx_id(ask->customer, "id");
	e->is_vip = jsonx_bool(ask->customer, "is_vip", false);
	e->in.priority = ask->priority;

	if (p) {
		uint64_t queue = rules_run(p, wanted, true);
		const struct queue *q = snapshot_queue(c->snapshot, queue);
		if (q && (int)q->rule.channel == w->channel) /* rules know all queues; a chat is no call */
			w->queue = queue;
		enqueue_fill(p, snapshot_queue(c->snapshot, w->queue), NULL, &e->in);
		rules_fill(p, &e->in);
	}
	bool is_in = work_line_up(w, e, w->queue, NULL);
	uint64_t seq = c->work->queued_seq;
	if (!is_in)
		return seq;
	if (p) {
		p->segment = (struct segment){.id = w->segment, .queue = w->queue};
		rules_log(p, wanted);
	}
	work_tell_routing(w, e, 0);
	return seq;
}

static const char *open_one(struct center *c, struct center_work *ask, json_t **ret_json)
{
	const char *why = queue_refusal(c, ask), *known = jsonx_text(ask->customer, "name", NULL);
	char name[CENTER_WORK_NAME_MAX + 1];

	if (why)
		return why;
	str_put(name, sizeof(name), known ? known : ask->name);
	struct work *w = work_new(c, id_new(), ask->from, name, ask->to);
	if (!w)
		return "no_memory";
	uint64_t id = w->id;
	w->channel = (uint8_t)ask->channel;
	w->queue = ask->queue;
	c->work->opened++;
	work_emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
			     .interaction = id,
			     .from = ask->from,
			     .to = *ask->to ? ask->to : NULL,
			     .name = *name ? name : NULL,
			     .ref = ask->key,
			     .reason = "inbound",
			     .text = channel_names[ask->channel]});
	w->key = ask->key;
	if (ask->text)
		(void)work_write(w, 0, 0, ask->text);
	struct entry e = {.since_ms = center_wall(c)};
	uint64_t seq = work_enter(w, ask, &e);
	keys_put(&c->keys, c->now_ms, &(struct request_key){ask->key, id, seq, ask->body});
	*ret_json = json_pack("{s:o,s:I}", "id", json_id(id), "seq", (json_int_t)seq);
	return *ret_json ? NULL : "no_memory";
}

/* --- the others
 * ----------------------------------------------------------------------------------------------------- */

static const char *find(struct center *c, const struct center_work *ask, struct work **ret_work)
{
	struct work *w = work_get(c, ask->interaction);

	if (!w)
		return map_get(&c->interactions, ask->interaction) ? "is_call" : "not_found";
	*ret_work = w;
	return NULL;
}

static const char *write_one(struct center *c, const struct center_work *ask, json_t **ret_json)
{
	struct work *w = NULL;
	const char *why = find(c, ask, &w);

	if (!why)
		why = work_write(w, 0, ask->key, ask->text);
	if (why)
		return why;
	keys_put(&c->keys, c->now_ms, &(struct request_key){ask->key, w->id, c->work->last_seq, ask->body});
	*ret_json = json_pack("{s:o,s:I,s:i}", "id", json_id(w->id), "seq", (json_int_t)c->work->last_seq,
		"number", w->n_messages);
	return *ret_json ? NULL : "no_memory";
}

static const char *end_one(struct center *c, const struct center_work *ask, json_t **ret_json)
{
	struct work *w = NULL;
	const char *why = find(c, ask, &w);

	if (why)
		return why;
	work_end(w, ask->is_customer ? "customer_closed" : "system_closed");
	*ret_json =
		json_pack("{s:o,s:I}", "id", json_id(ask->interaction), "seq", (json_int_t)c->work->last_seq);
	return *ret_json ? NULL : "no_memory";
}

/* The answer the same request got before; false: it was not made before. */
static bool answer_again(struct center *c, struct work_wish *wish)
{
	const struct center_work *ask = &wish->ask;
	const struct request_key *key = keys_find(&c->keys, ask->key);
	json_t *json;

	if (!key)
		return false;
	if (keys_is_other(key, ask->body))
		json = json_pack("{s:s}", "code", "key_reused");
	else
		json = json_pack("{s:o,s:I}", "id", json_id(key->interaction), "seq", (json_int_t)key->seq);
	/* It may still be on its way to the disk. All before it is awaited, too: the order stays. */
	work_await(c, json, wish->on_json, wish->arg, 0);
	return true;
}

static void count_blocked(struct center *c, const struct center_work *ask, const char *why)
{
	static const char *const reasons[] = {
		"queue_closed", "queue_full", "too_many", "draining", "store_overloaded", "rate_limited"};

	if (ask->kind != CENTER_WORK_OPEN)
		return;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_equal(reasons[i], why)) {
			atomic_fetch_add_explicit(&c->total_blocked, 1, memory_order_relaxed);
			/* A flood is counted, not written down: the log is for what was let in. */
			if (!str_equal(why, "rate_limited") && !str_equal(why, "store_overloaded"))
				emit(c, &(struct event){.type = EVENT_CONTACT_BLOCKED,
						.from = ask->from,
						.to = *ask->to ? ask->to : NULL,
						.queue = ask->queue,
						.reason = why});
		}
}

void work_wish_handle(struct center *c, struct work_wish *wish)
{
	struct center_work *ask = &wish->ask;
	json_t *json = NULL;
	const char *why = NULL;

	if (is_too_often(c, ask->user))
		why = "rate_limited";
	else if (answer_again(c, wish)) {
		center_work_clear(ask);
		alloc_free(wish);
		return;
	}
	if (!why && (ask->kind != CENTER_WORK_END))
		why = refusal(c);
	if (!why)
		why = ask->kind == CENTER_WORK_OPEN    ? open_one(c, ask, &json)
		      : ask->kind == CENTER_WORK_WRITE ? write_one(c, ask, &json)
						       : end_one(c, ask, &json);
	if (why) {
		count_blocked(c, ask, why);
		wish->on_json(json_pack("{s:s}", "code", why), wish->arg);
	} else {
		work_await(c, json, wish->on_json, wish->arg, 0);
	}
	center_work_clear(ask);
	alloc_free(wish);
}
