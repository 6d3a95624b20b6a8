/* Reading the routing log; see record.h.
 *
 * Invariants: every byte is looked at only after its place was checked; what is allocated is at most some
 * forty times the bytes there are. Must not trust a single number it reads. */
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"
#include "replay/record_form.h"

#include <assert.h>

struct agent_lists { /* where an agent's lists begin in the reader's */
	size_t skills, serves;
};
struct record_reader {
	struct record_ids ids;
	int64_t now_ms, offset_ms; /* wall = now + offset */
	uint64_t run;
	bool has_run;
	/* The last configuration read. */
	struct route_config config;
	VEC(struct route_queue) queues;
	VEC(struct route_agent) agents;
	VEC(struct agent_lists) lists;
	VEC(struct route_skill) skills;
	VEC(struct route_serves) serves;
};

/* Bytes not read yet. At the end numbers read as 0: a field that an older writer did not know. */
struct in {
	const uint8_t *p, *end;
	int err; /* the first failure; reads as 0 from then on */
};

int record_reader_new(struct record_reader **ret_reader)
{
	struct record_reader *rd = alloc_zero(sizeof(*rd));

	if (!rd)
		return -ENOMEM;
	*ret_reader = rd;
	return 0;
}

void record_reader_free(struct record_reader *rd)
{
	if (!rd)
		return;
	VEC_FREE(&rd->queues);
	VEC_FREE(&rd->agents);
	VEC_FREE(&rd->lists);
	VEC_FREE(&rd->skills);
	VEC_FREE(&rd->serves);
	alloc_free(rd);
}

static int fail(struct in *in, int err)
{
	if (in->err == 0)
		in->err = err;
	return in->err;
}

static uint64_t get_slow(struct in *in)
{
	uint64_t v = 0;

	if (in->err < 0 || in->p == in->end)
		return 0;
	for (int shift = 0; in->p < in->end; shift += 7) {
		uint8_t b = *in->p;
		if (shift == 63 && b > 1) /* more than 64 bits */
			break;
		in->p++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	fail(in, -EINVAL);
	return 0;
}

static inline uint64_t get(struct in *in)
{
	if (in->p < in->end && *in->p < 0x80 && in->err == 0)
		return *in->p++;
	return get_slow(in);
}

static uint64_t get_max(struct in *in, uint64_t max)
{
	uint64_t v = get(in);

	if (v <= max)
		return v;
	fail(in, -EINVAL);
	return 0;
}

static int64_t get_signed(struct in *in)
{
	uint64_t v = get(in);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static int32_t get_int(struct in *in)
{
	int64_t v = get_signed(in);

	if (v >= INT32_MIN && v <= INT32_MAX)
		return (int32_t)v;
	fail(in, -EINVAL);
	return 0;
}

static int64_t get_difference(struct in *in, int64_t from)
{
	return (int64_t)((uint64_t)from + (uint64_t)get_signed(in));
}

static uint64_t get_id(struct record_reader *rd, struct in *in)
{
	uint64_t code = get_max(in, 1 + RECORD_IDS);

	if (code == 0)
		return 0;
	if (code > 1) {
		if (rd->ids.seen[code - 2] == 0)
			fail(in, -EINVAL);
		return rd->ids.seen[code - 2];
	}
	uint64_t id = (uint64_t)get_difference(in, (int64_t)rd->ids.last);
	if (in->err == 0 && id)
		rd->ids.seen[record_ids_place(id)] = rd->ids.last = id;
	return id;
}

static void get_field(struct record_reader *rd, struct in *in, void *of, const struct record_field *f)
{
	char *member = (char *)of + f->offset;
	uint64_t u64;
	int32_t i32;

	switch ((enum record_type)f->type) {
	case RECORD_ID:
		u64 = get_id(rd, in);
		memcpy(member, &u64, sizeof(u64));
		return;
	case RECORD_U64:
		u64 = get(in);
		memcpy(member, &u64, sizeof(u64));
		return;
	case RECORD_INT:
		i32 = get_int(in);
		memcpy(member, &i32, sizeof(i32));
		return;
	case RECORD_BYTE:
		*member = (char)get_max(in, UINT8_MAX);
		return;
	case RECORD_BOOL:
		*member = (char)get_max(in, 1);
		return;
	}
	assert(!"a type of field nobody reads");
}

/* The entries a list has: its count as it was, or what there can be of it. */
static int entries(int n, int max)
{
	return n < 0 ? 0 : n > max ? max : n;
}

static int get_asks(struct record_reader *rd, struct in *in, struct route_ask *asks)
{
	int n = get_int(in);

	for (int i = 0; i < entries(n, ROUTE_ASKS_MAX); i++) {
		asks[i].skill = get_id(rd, in);
		asks[i].level = (uint8_t)get_max(in, UINT8_MAX);
		asks[i].any = (uint8_t)get_max(in, UINT8_MAX);
		asks[i].kind = (uint8_t)get_max(in, UINT8_MAX);
	}
	return n;
}

/* A part with its length in front: *in moves behind it. */
static struct in get_part(struct in *in, size_t min)
{
	uint64_t n = get(in);

	if (in->err < 0 || n < min || n > (uint64_t)(in->end - in->p)) {
		fail(in, -EINVAL);
		return (struct in){.err = in->err};
	}
	struct in part = {.p = in->p, .end = in->p + n};
	in->p += n;
	return part;
}

static int get_queue(struct record_reader *rd, struct in *in)
{
	struct in part = get_part(in, RECORD_QUEUE_MIN);
	struct route_queue q = {0};

	for (size_t i = 0; i < record_n_queue_fields; i++)
		get_field(rd, &part, &q, &record_queue_fields[i]);
	q.n_asks = get_asks(rd, &part, q.asks);
	q.n_rings = get_int(&part);
	for (int i = 0; i < entries(q.n_rings, ROUTE_RINGS_MAX); i++) {
		q.rings[i].after_ms = get_int(&part);
		q.rings[i].level = (uint8_t)get_max(&part, UINT8_MAX);
		q.rings[i].relax = (uint8_t)get_max(&part, UINT8_MAX);
	}
	if (part.err < 0) {
		in->p = part.p ? part.p : in->p;
		return fail(in, part.err);
	}
	return VEC_PUSH(&rd->queues, q) < 0 ? fail(in, -ENOMEM) : 0;
}

/* A list's count, which is at most one an existing byte; its sign as it was. */
static int get_count(struct in *in)
{
	int n = get_int(in);

	if (n > in->end - in->p)
		return fail(in, -EINVAL), 0;
	return n;
}

static void get_lists(struct record_reader *rd, struct in *in, struct route_agent *a)
{
	a->n_skills = get_count(in);
	for (int i = 0; i < a->n_skills && in->err == 0; i++) {
		struct route_skill s = {.skill = get_id(rd, in)};
		s.level = get_int(in);
		if (VEC_PUSH(&rd->skills, s) < 0)
			fail(in, -ENOMEM);
	}
	a->n_serves = get_count(in);
	for (int i = 0; i < a->n_serves && in->err == 0; i++) {
		struct route_serves s = {.queue = get_id(rd, in)};
		s.level = (uint8_t)get_max(in, UINT8_MAX);
		s.position = (uint16_t)get_max(in, UINT16_MAX);
		if (VEC_PUSH(&rd->serves, s) < 0)
			fail(in, -ENOMEM);
	}
}

static int get_agent(struct record_reader *rd, struct in *in)
{
	struct in part = get_part(in, RECORD_AGENT_MIN);
	struct agent_lists lists = {rd->skills.len, rd->serves.len};
	struct route_agent a = {0};

	uint64_t id = get_id(rd, &part), bits = get(&part);
	if (bits & RECORD_AGENT_AS_BEFORE) {
		if (rd->agents.len)
			a = rd->agents.at[rd->agents.len - 1];
		else
			fail(&part, -EINVAL);
	}
	a.id = id;
	a.is_persistent = bits & RECORD_AGENT_PERSISTENT;
	for (int i = 0; i < ROUTE_CHANNELS && !(bits & RECORD_AGENT_AS_BEFORE); i++) {
		a.capacity[i] = get_int(&part);
		a.load[i] = get_int(&part);
		a.interrupts[i] = (uint8_t)get_max(&part, UINT8_MAX);
	}
	get_lists(rd, &part, &a);
	if (part.err == 0 && (VEC_PUSH(&rd->agents, a) < 0 || VEC_PUSH(&rd->lists, lists) < 0))
		fail(&part, -ENOMEM);
	if (part.err == 0)
		return 0;
	in->p = part.p ? part.p : in->p;
	return fail(in, part.err);
}

static const struct route_config *get_config(struct record_reader *rd, struct in *in)
{
	struct route_config *c = &rd->config;

	rd->queues.len = rd->agents.len = rd->lists.len = rd->skills.len = rd->serves.len = 0;
	*c = (struct route_config){.version = get(in)};
	c->n_queues = get_count(in);
	for (int i = 0; i < c->n_queues && in->err == 0; i++)
		get_queue(rd, in);
	c->n_agents = get_count(in);
	for (int i = 0; i < c->n_agents && in->err == 0; i++)
		get_agent(rd, in);
	if (in->err < 0)
		return NULL;
	for (size_t i = 0; i < rd->agents.len; i++) { /* the lists have stopped moving */
		struct route_agent *a = &rd->agents.at[i];
		a->skills = a->n_skills > 0 ? rd->skills.at + rd->lists.at[i].skills : NULL;
		a->serves = a->n_serves > 0 ? rd->serves.at + rd->lists.at[i].serves : NULL;
	}
	c->queues = rd->queues.at;
	c->agents = rd->agents.at;
	return c;
}

static void get_actions(struct in *in, struct record *r)
{
	r->n_actions = (uint32_t)get_max(in, UINT32_MAX);
	for (int i = 0; i < 4; i++) {
		if (in->err < 0 || in->p == in->end) {
			fail(in, -EINVAL);
			return;
		}
		r->hash |= (uint32_t)*in->p++ << (8 * i);
	}
}

static void get_rest(struct record_reader *rd, struct in *in, struct route_input *i, uint64_t mask)
{
	for (size_t f = 0; f < record_n_input_fields; f++)
		if (mask & UINT64_C(1) << (RECORD_FIRST_FIELD + f))
			get_field(rd, in, i, &record_input_fields[f]);
	if (mask & 1U << RECORD_HAS_ASKS)
		i->n_asks = get_asks(rd, in, i->asks);
	if (mask & 1U << RECORD_HAS_EXCLUDED) {
		i->n_excluded = get_int(in);
		for (int k = 0; k < entries(i->n_excluded, ROUTE_EXCLUDED_MAX); k++)
			i->excluded[k] = get_id(rd, in);
	}
	if (mask & 1U << RECORD_HAS_CONFIG)
		i->config = get_config(rd, in);
}

static void read_input(struct record_reader *rd, struct in *in, struct record *r)
{
	struct route_input *i = &r->input;

	rd->now_ms = get_difference(in, rd->now_ms);
	i->kind = (enum route_input_kind)get_int(in);
	uint64_t mask = get(in);
	if (mask & 1U << RECORD_HAS_SEGMENT)
		i->segment = get_id(rd, in);
	if (mask & 1U << RECORD_HAS_AGENT)
		i->agent = get_id(rd, in);
	if (mask & 1U << RECORD_HAS_QUEUE)
		i->queue = get_id(rd, in);
	i->is_available = mask & 1U << RECORD_IS_AVAILABLE;
	if (mask & 1U << RECORD_HAS_RC)
		r->rc = get_int(in);
	if (mask & 1U << RECORD_HAS_ACTIONS)
		get_actions(in, r);
	if (mask & 1U << RECORD_HAS_SINCE)
		i->waiting_since_ms = (int64_t)((uint64_t)rd->now_ms - (uint64_t)get_signed(in));
	if (mask >> RECORD_HAS_ASKS)
		get_rest(rd, in, i, mask);
}

static void set_clock(struct record_reader *rd, int64_t wall_ms)
{
	rd->offset_ms = (int64_t)((uint64_t)wall_ms - (uint64_t)rd->now_ms);
}

static void read_run(struct record_reader *rd, struct in *in, struct record *r)
{
	if (get(in) > RECORD_VERSION) {
		fail(in, -ENOTSUP);
		return;
	}
	rd->ids = (struct record_ids){0};
	rd->has_run = true;
	rd->run = get(in);
	rd->now_ms = get_signed(in);
	set_clock(rd, get_signed(in));
	uint64_t n = get_max(in, RECORD_PROGRAM_SIZE - 1);
	if (in->err == 0 && n > (uint64_t)(in->end - in->p))
		fail(in, -EINVAL);
	if (in->err == 0)
		str_put_n(r->program, sizeof(r->program), (const char *)in->p, n);
}

static void read_state(struct in *in, struct record *r)
{
	r->digest = get(in);
	uint64_t n = get(in);
	if (in->err == 0 && n > (uint64_t)(in->end - in->p))
		fail(in, -EINVAL);
	if (in->err < 0)
		return;
	r->state = in->p;
	r->n_state = n;
}

/* What is inside a record; true when it is of a kind we know. */
static bool read_body(struct record_reader *rd, struct in *in, struct record *r)
{
	uint64_t kind = get(in);

	if (kind > RECORD_STATE)
		return false;
	r->kind = (enum record_kind)kind;
	if (kind != RECORD_RUN && !rd->has_run) {
		fail(in, -EINVAL);
		return true;
	}
	switch (r->kind) {
	case RECORD_RUN:
		read_run(rd, in, r);
		break;
	case RECORD_CLOCK:
		rd->now_ms = get_difference(in, rd->now_ms);
		set_clock(rd, get_signed(in));
		break;
	case RECORD_INPUT:
		read_input(rd, in, r);
		break;
	case RECORD_STATE:
		read_state(in, r);
		break;
	default:
		fail(in, -EINVAL);
	}
	r->run = rd->run;
	r->now_ms = rd->now_ms;
	r->wall_ms = (int64_t)((uint64_t)rd->now_ms + (uint64_t)rd->offset_ms);
	return true;
}

int record_next(
	struct record_reader *rd, const uint8_t *data, size_t n, size_t *at, struct record *ret_record)
{
	size_t from = *at;

	while (from < n) {
		struct in all = {.p = data + from, .end = data + n};
		struct in body = get_part(&all, 1);
		struct record r = {0};
		bool is_known = body.err == 0 && read_body(rd, &body, &r);
		if (body.err < 0) {
			*at = (size_t)((body.p ? body.p : all.p) - data);
			rd->has_run = false;
			return body.err;
		}
		from = *at = (size_t)(body.end - data);
		if (!is_known)
			continue;
		*ret_record = r;
		return 1;
	}
	return 0;
}
