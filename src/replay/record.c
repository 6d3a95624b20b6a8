/* Writing the routing log; see record.h.
 *
 * Invariant: a record is given all the room it can need before its first byte is written, so the writer's
 * state never runs ahead of the bytes. */
#include "replay/record.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"
#include "replay/record_form.h"

#include <assert.h>

#define VARINT_MAX 10
#define INPUT_MAX 1536 /* bytes of an input without its configuration */
#define QUEUE_MAX 768
#define AGENT_MAX 256
_Static_assert(
	INPUT_MAX > ROUTE_ASKS_MAX * (2 * VARINT_MAX + 3) + ROUTE_EXCLUDED_MAX * 2 * VARINT_MAX + 512, "");
_Static_assert(QUEUE_MAX > ROUTE_ASKS_MAX * 23 + ROUTE_RINGS_MAX * 7 + 30 * 5 + 2 * VARINT_MAX + 80, "");

#define FIELD(of, member, how)                                                                               \
	{                                                                                                    \
		offsetof(struct of, member), how                                                             \
	}
const struct record_field record_queue_fields[] = {
	FIELD(route_queue, id, RECORD_ID),
	FIELD(route_queue, channel, RECORD_INT),
	FIELD(route_queue, strategy, RECORD_INT),
	FIELD(route_queue, mix.idle, RECORD_INT),
	FIELD(route_queue, mix.skill, RECORD_INT),
	FIELD(route_queue, mix.occupancy, RECORD_INT),
	FIELD(route_queue, mix.contacts, RECORD_INT),
	FIELD(route_queue, priority, RECORD_INT),
	FIELD(route_queue, is_by_due, RECORD_BOOL),
	FIELD(route_queue, age_ms, RECORD_INT),
	FIELD(route_queue, share_pct, RECORD_INT),
	FIELD(route_queue, per_agent_max, RECORD_INT),
	FIELD(route_queue, keep_free, RECORD_INT),
	FIELD(route_queue, ring_timeout_ms, RECORD_INT),
	FIELD(route_queue, misses_max, RECORD_INT),
	FIELD(route_queue, wrap_up_ms, RECORD_INT),
	FIELD(route_queue, target_ms, RECORD_INT),
	FIELD(route_queue, warn_ms, RECORD_INT),
	FIELD(route_queue, max_wait_ms, RECORD_INT),
	FIELD(route_queue, is_left_without_agents, RECORD_BOOL),
	FIELD(route_queue, no_agents_ms, RECORD_INT),
	FIELD(route_queue, is_left_when_closed, RECORD_BOOL),
	FIELD(route_queue, max_estimate_ms, RECORD_INT),
	FIELD(route_queue, announce_first_ms, RECORD_INT),
	FIELD(route_queue, announce_every_ms, RECORD_INT),
	FIELD(route_queue, handle_estimate_ms, RECORD_INT),
	FIELD(route_queue, capacity, RECORD_INT),
};
const size_t record_n_queue_fields = sizeof(record_queue_fields) / sizeof(record_queue_fields[0]);

const struct record_field record_input_fields[] = {
	FIELD(route_input, channel, RECORD_INT),
	FIELD(route_input, fail, RECORD_INT),
	FIELD(route_input, duration_ms, RECORD_INT),
	FIELD(route_input, priority, RECORD_INT),
	FIELD(route_input, head_start_ms, RECORD_INT),
	FIELD(route_input, target_ms, RECORD_INT),
	FIELD(route_input, preferred_agent, RECORD_ID),
	FIELD(route_input, preferred_patience_ms, RECORD_INT),
	FIELD(route_input, reserve_ms, RECORD_INT),
};
const size_t record_n_input_fields = sizeof(record_input_fields) / sizeof(record_input_fields[0]);

/* Whoever adds a member here adds it to the lists above, at their ends. */
_Static_assert(sizeof(struct route_queue) == 416 && sizeof(struct route_agent) == 112 &&
		       sizeof(struct route_input) == 400 && sizeof(struct route_action) == 64,
	"a member came to route.h: write it here, read it in record_read.c, then put the new size");

struct record_writer {
	struct record_ids ids;
	int64_t now_ms;
};

int record_writer_new(struct record_writer **ret_writer)
{
	struct record_writer *w = alloc_zero(sizeof(*w));

	if (!w)
		return -ENOMEM;
	*ret_writer = w;
	return 0;
}

void record_writer_free(struct record_writer *w)
{
	alloc_free(w);
}

void record_bytes_free(struct record_bytes *b)
{
	VEC_FREE(b);
}

/* One round of mixing (the finaliser of MurmurHash3, A. Appleby, public domain). */
static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ (h >> 33);
}

uint32_t record_hash(const struct route_actions *actions)
{
	uint64_t h = actions->len;

	for (size_t i = 0; i < actions->len; i++) {
		const struct route_action *a = &actions->at[i];
		h = mix(h, (uint64_t)a->kind << 32 | (uint64_t)a->reason);
		h = mix(h, a->segment);
		h = mix(h, a->agent);
		h = mix(h, a->queue);
		h = mix(h, a->decision);
		h = mix(h, (uint64_t)a->due_ms);
		h = mix(h, (uint64_t)(uint32_t)a->position);
		h = mix(h, (uint64_t)a->estimate_ms);
	}
	return (uint32_t)(h ^ (h >> 32));
}

static uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static uint8_t *put(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

static uint8_t *put_signed(uint8_t *p, int64_t v)
{
	return put(p, zigzag(v));
}

static uint8_t *put_difference(uint8_t *p, int64_t to, int64_t from)
{
	return put(p, zigzag((int64_t)((uint64_t)to - (uint64_t)from)));
}

static uint8_t *put_id(struct record_writer *w, uint8_t *p, uint64_t id)
{
	size_t place = record_ids_place(id);

	if (id == 0)
		return put(p, 0);
	if (w->ids.seen[place] == id)
		return put(p, 2 + place);
	p = put(p, 1);
	p = put_difference(p, (int64_t)id, (int64_t)w->ids.last);
	w->ids.seen[place] = w->ids.last = id;
	return p;
}

static uint8_t *put_field(struct record_writer *w, uint8_t *p, const void *of, const struct record_field *f)
{
	const char *member = (const char *)of + f->offset;
	uint64_t u64;
	int32_t i32;

	switch ((enum record_type)f->type) {
	case RECORD_ID:
		memcpy(&u64, member, sizeof(u64));
		return put_id(w, p, u64);
	case RECORD_U64:
		memcpy(&u64, member, sizeof(u64));
		return put(p, u64);
	case RECORD_INT:
		memcpy(&i32, member, sizeof(i32));
		return put_signed(p, i32);
	case RECORD_BYTE:
	case RECORD_BOOL:
		return put(p, (uint8_t)*member);
	}
	assert(!"a type of field nobody writes");
	return p;
}

static bool is_zero(const void *of, const struct record_field *f)
{
	static const uint8_t zero[8];

	return memcmp((const char *)of + f->offset, zero, f->type == RECORD_ID ? 8 : 4) == 0;
}

/* A count is written as it is, so that a malformed input stays malformed; entries are those there can be. */
static int entries(int n, int max)
{
	return n < 0 ? 0 : n > max ? max : n;
}

static uint8_t *put_asks(struct record_writer *w, uint8_t *p, const struct route_ask *asks, int n)
{
	p = put_signed(p, n);
	for (int i = 0; i < entries(n, ROUTE_ASKS_MAX); i++) {
		p = put_id(w, p, asks[i].skill);
		p = put(p, asks[i].level);
		p = put(p, asks[i].any);
		p = put(p, asks[i].kind);
	}
	return p;
}

/* Puts the length of what was written from `from` on in front of it; one byte was left free for it. */
static uint8_t *close_part(uint8_t *from, uint8_t *p)
{
	uint8_t head[VARINT_MAX];
	size_t n = (size_t)(p - from) - 1, n_head = (size_t)(put(head, n) - head);

	if (n_head > 1)
		memmove(from + n_head, from + 1, n);
	memcpy(from, head, n_head);
	return from + n_head + n;
}

static uint8_t *put_queue(struct record_writer *w, uint8_t *from, const struct route_queue *q)
{
	uint8_t *p = from + 1;

	for (size_t i = 0; i < record_n_queue_fields; i++)
		p = put_field(w, p, q, &record_queue_fields[i]);
	p = put_asks(w, p, q->asks, q->n_asks);
	p = put_signed(p, q->n_rings);
	for (int i = 0; i < entries(q->n_rings, ROUTE_RINGS_MAX); i++) {
		p = put_signed(p, q->rings[i].after_ms);
		p = put(p, q->rings[i].level);
		p = put(p, q->rings[i].relax);
	}
	return close_part(from, p);
}

static bool is_like(const struct route_agent *a, const struct route_agent *b)
{
	return memcmp(a->capacity, b->capacity, sizeof(a->capacity)) == 0 &&
	       memcmp(a->load, b->load, sizeof(a->load)) == 0 &&
	       memcmp(a->interrupts, b->interrupts, sizeof(a->interrupts)) == 0;
}

static uint8_t *put_agent(
	struct record_writer *w, uint8_t *from, const struct route_agent *a, const struct route_agent *before)
{
	bool as_before = before && is_like(a, before);
	uint8_t *p = from + 1;

	p = put_id(w, p, a->id);
	p = put(p,
		(a->is_persistent ? RECORD_AGENT_PERSISTENT : 0) | (as_before ? RECORD_AGENT_AS_BEFORE : 0));
	for (int i = 0; i < ROUTE_CHANNELS && !as_before; i++) {
		p = put_signed(p, a->capacity[i]);
		p = put_signed(p, a->load[i]);
		p = put(p, a->interrupts[i]);
	}
	p = put_signed(p, a->n_skills);
	for (int i = 0; i < a->n_skills; i++) {
		p = put_id(w, p, a->skills[i].skill);
		p = put_signed(p, a->skills[i].level);
	}
	p = put_signed(p, a->n_serves);
	for (int i = 0; i < a->n_serves; i++) {
		p = put_id(w, p, a->serves[i].queue);
		p = put(p, a->serves[i].level);
		p = put(p, a->serves[i].position);
	}
	return close_part(from, p);
}

static uint8_t *put_config(struct record_writer *w, uint8_t *p, const struct route_config *c)
{
	p = put(p, c->version);
	p = put_signed(p, c->n_queues);
	for (int i = 0; i < c->n_queues; i++)
		p = put_queue(w, p, &c->queues[i]);
	p = put_signed(p, c->n_agents);
	for (int i = 0; i < c->n_agents; i++)
		p = put_agent(w, p, &c->agents[i], i ? &c->agents[i - 1] : NULL);
	return p;
}

static size_t config_max(const struct route_config *c)
{
	size_t n = 64;

	if (!c)
		return 0;
	n += (size_t)entries(c->n_queues, INT32_MAX) * QUEUE_MAX;
	for (int i = 0; i < c->n_agents; i++)
		n += AGENT_MAX + (size_t)entries(c->agents[i].n_skills, INT32_MAX) * 26 +
		     (size_t)entries(c->agents[i].n_serves, INT32_MAX) * 26;
	return n;
}

/* Room for one record of at most max bytes: where it begins. */
static int open_record(struct record_bytes *out, size_t max, uint8_t **ret_from)
{
	if (max > RECORD_BYTES_MAX)
		return -E2BIG;
	if (!VEC_RESERVE(out, out->len + max + 2 * VARINT_MAX))
		return -ENOMEM;
	*ret_from = out->at + out->len;
	return 0;
}

static void close_record(struct record_bytes *out, uint8_t *from, uint8_t *p)
{
	out->len = (size_t)(close_part(from, p) - out->at);
	assert(out->len <= out->room);
}

int record_run(struct record_writer *w, uint64_t run, const char *program, int64_t now_ms, int64_t wall_ms,
	struct record_bytes *out)
{
	size_t n = strnlen(program, RECORD_PROGRAM_SIZE - 1);
	uint8_t *from;
	int err = open_record(out, 5 * VARINT_MAX + RECORD_PROGRAM_SIZE, &from);

	if (err < 0)
		return err;
	*w = (struct record_writer){.now_ms = now_ms};
	uint8_t *p = put(from + 1, RECORD_RUN);
	p = put(p, RECORD_VERSION);
	p = put(p, run);
	p = put_signed(p, now_ms);
	p = put_signed(p, wall_ms);
	p = put(p, n);
	memcpy(p, program, n);
	close_record(out, from, p + n);
	return 0;
}

int record_clock(struct record_writer *w, int64_t now_ms, int64_t wall_ms, struct record_bytes *out)
{
	uint8_t *from;
	int err = open_record(out, 4 * VARINT_MAX, &from);

	if (err < 0)
		return err;
	uint8_t *p = put(from + 1, RECORD_CLOCK);
	p = put_difference(p, now_ms, w->now_ms);
	p = put_signed(p, wall_ms);
	w->now_ms = now_ms;
	close_record(out, from, p);
	return 0;
}

static uint32_t mask_of(const struct route_input *in, int rc, const struct route_actions *actions)
{
	uint32_t mask = (in->segment ? 1U << RECORD_HAS_SEGMENT : 0) |
			(in->agent ? 1U << RECORD_HAS_AGENT : 0) | (in->queue ? 1U << RECORD_HAS_QUEUE : 0) |
			(in->is_available ? 1U << RECORD_IS_AVAILABLE : 0) | (rc ? 1U << RECORD_HAS_RC : 0) |
			(actions->len ? 1U << RECORD_HAS_ACTIONS : 0) |
			(in->waiting_since_ms ? 1U << RECORD_HAS_SINCE : 0) |
			(in->n_asks ? 1U << RECORD_HAS_ASKS : 0) |
			(in->n_excluded ? 1U << RECORD_HAS_EXCLUDED : 0) |
			(in->config ? 1U << RECORD_HAS_CONFIG : 0);

	for (size_t i = 0; i < record_n_input_fields; i++)
		if (!is_zero(in, &record_input_fields[i]))
			mask |= 1U << (RECORD_FIRST_FIELD + i);
	return mask;
}

static uint8_t *put_actions(uint8_t *p, const struct route_actions *actions)
{
	uint32_t hash = record_hash(actions);

	p = put(p, actions->len);
	for (int i = 0; i < 4; i++)
		*p++ = (uint8_t)(hash >> (8 * i));
	return p;
}

/* What most inputs do not have. */
static uint8_t *put_rest(struct record_writer *w, uint8_t *p, const struct route_input *in, uint32_t mask)
{
	for (size_t i = 0; i < record_n_input_fields; i++)
		if (mask & 1U << (RECORD_FIRST_FIELD + i))
			p = put_field(w, p, in, &record_input_fields[i]);
	if (mask & 1U << RECORD_HAS_ASKS)
		p = put_asks(w, p, in->asks, in->n_asks);
	if (mask & 1U << RECORD_HAS_EXCLUDED) {
		p = put_signed(p, in->n_excluded);
		for (int i = 0; i < entries(in->n_excluded, ROUTE_EXCLUDED_MAX); i++)
			p = put_id(w, p, in->excluded[i]);
	}
	if (mask & 1U << RECORD_HAS_CONFIG)
		p = put_config(w, p, in->config);
	return p;
}

int record_input(struct record_writer *w, const struct route_input *input, int64_t now_ms, int rc,
	const struct route_actions *actions, struct record_bytes *out)
{
	uint32_t mask = mask_of(input, rc, actions);
	uint8_t *from;
	int err = open_record(out, INPUT_MAX + config_max(input->config), &from);

	if (err < 0)
		return err;
	uint8_t *p = put(from + 1, RECORD_INPUT);
	p = put_difference(p, now_ms, w->now_ms);
	w->now_ms = now_ms;
	p = put_signed(p, (int32_t)input->kind);
	p = put(p, mask);
	if (input->segment)
		p = put_id(w, p, input->segment);
	if (input->agent)
		p = put_id(w, p, input->agent);
	if (input->queue)
		p = put_id(w, p, input->queue);
	if (rc)
		p = put_signed(p, rc);
	if (actions->len)
		p = put_actions(p, actions);
	if (input->waiting_since_ms)
		p = put_difference(p, now_ms, input->waiting_since_ms);
	if (mask >> RECORD_HAS_ASKS)
		p = put_rest(w, p, input, mask);
	close_record(out, from, p);
	return 0;
}

int record_state(
	struct record_writer *w, const void *state, size_t n_state, uint64_t digest, struct record_bytes *out)
{
	uint8_t *from;

	(void)w;
	if (n_state > RECORD_BYTES_MAX - 64)
		return -E2BIG;
	int err = open_record(out, n_state + 64, &from);
	if (err < 0)
		return err;
	uint8_t *p = put(from + 1, RECORD_STATE);
	p = put(p, digest);
	p = put(p, n_state);
	memcpy(p, state, n_state);
	close_record(out, from, p + n_state);
	return 0;
}
