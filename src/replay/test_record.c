/* The routing log's codec: what is written is read, whatever it was; torn and hostile bytes are refused. */
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"
#include "harness/test.h"
#include "replay/record.h"

#include <errno.h>

#define LISTS_MAX 40

static uint64_t state;
/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t chance(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int32_t any_int(void)
{
	return chance() % 3 ? (int32_t)(chance() % 1000) - 100 : (int32_t)chance();
}

/* Ids as they come: new ones near each other, old ones again, none, noise. */
static uint64_t any_id(void)
{
	static uint64_t recent[64];
	uint64_t i = chance() % 64;

	switch (chance() % 8) {
	case 0:
		return 0;
	case 1:
		return recent[i] = chance();
	case 2:
		return recent[i] = (UINT64_C(1) << 60) + chance() % 1000000;
	default:
		return recent[i];
	}
}

static int any_asks(struct route_ask *asks)
{
	for (int i = 0; i < ROUTE_ASKS_MAX; i++)
		asks[i] =
			(struct route_ask){any_id(), (uint8_t)chance(), (uint8_t)chance(), (uint8_t)chance()};
	return chance() % 20 ? (int)(chance() % (ROUTE_ASKS_MAX + 1)) : any_int();
}

static struct route_queue any_queue(void)
{
	struct route_queue q = {.id = any_id(),
		.channel = (enum route_channel)(chance() % 5),
		.strategy = (enum route_strategy)(chance() % ROUTE_STRATEGIES),
		.mix = {any_int(), any_int(), any_int(), any_int()},
		.priority = any_int(),
		.is_by_due = chance() % 2,
		.age_ms = any_int(),
		.share_pct = any_int(),
		.n_rings = (int)(chance() % (ROUTE_RINGS_MAX + 1)),
		.per_agent_max = any_int(),
		.keep_free = any_int(),
		.ring_timeout_ms = any_int(),
		.misses_max = any_int(),
		.wrap_up_ms = any_int(),
		.target_ms = any_int(),
		.warn_ms = any_int(),
		.max_wait_ms = any_int(),
		.is_left_without_agents = chance() % 2,
		.no_agents_ms = any_int(),
		.is_left_when_closed = chance() % 2,
		.max_estimate_ms = any_int(),
		.announce_first_ms = any_int(),
		.announce_every_ms = any_int(),
		.handle_estimate_ms = any_int(),
		.capacity = any_int()};

	q.n_asks = any_asks(q.asks);
	for (int i = 0; i < ROUTE_RINGS_MAX; i++)
		q.rings[i] = (struct route_ring){any_int(), (uint8_t)chance(), (uint8_t)chance()};
	return q;
}

struct lists {
	struct route_queue queues[LISTS_MAX];
	struct route_agent agents[LISTS_MAX];
	struct route_skill skills[LISTS_MAX];
	struct route_serves serves[LISTS_MAX];
	struct route_config config;
};

static const struct route_config *any_config(struct lists *l)
{
	for (int i = 0; i < LISTS_MAX; i++) {
		struct route_agent *a = &l->agents[i];
		l->queues[i] = any_queue();
		l->skills[i] = (struct route_skill){any_id(), any_int()};
		l->serves[i] = (struct route_serves){any_id(), (uint8_t)chance(), (uint16_t)chance()};
		*a = i && chance() % 2 ? l->agents[i - 1] : (struct route_agent){.capacity = {any_int()}};
		a->id = any_id();
		a->load[chance() % ROUTE_CHANNELS] = any_int();
		a->interrupts[chance() % ROUTE_CHANNELS] = (uint8_t)chance();
		a->skills = l->skills;
		a->n_skills = (int)(chance() % LISTS_MAX);
		a->serves = l->serves;
		a->n_serves = (int)(chance() % LISTS_MAX);
		a->is_persistent = chance() % 2;
	}
	l->config = (struct route_config){.version = chance(),
		.queues = l->queues,
		.n_queues = (int)(chance() % LISTS_MAX),
		.agents = l->agents,
		.n_agents = (int)(chance() % LISTS_MAX)};
	return &l->config;
}

static struct route_input any_input(struct lists *l, int64_t now_ms)
{
	struct route_input in = {.kind = (enum route_input_kind)(chance() % 16),
		.segment = any_id(),
		.agent = any_id(),
		.queue = any_id(),
		.is_available = chance() % 2};

	if (chance() % 2)
		return in;
	in.fail = (enum route_fail)any_int();
	in.duration_ms = any_int();
	in.channel = (enum route_channel)(chance() % 7);
	in.priority = any_int();
	in.head_start_ms = any_int();
	in.target_ms = any_int();
	in.waiting_since_ms = chance() % 2 ? now_ms - any_int() : (int64_t)chance();
	if (chance() % 2)
		in.n_asks = any_asks(in.asks);
	for (int i = 0; i < ROUTE_EXCLUDED_MAX; i++)
		in.excluded[i] = any_id();
	in.n_excluded = chance() % 20 ? (int)(chance() % (ROUTE_EXCLUDED_MAX + 1)) : any_int();
	in.preferred_agent = any_id();
	in.preferred_patience_ms = any_int();
	in.reserve_ms = any_int();
	if (chance() % 8 == 0)
		in.config = any_config(l);
	return in;
}

static struct route_actions any_actions(struct route_action *at, size_t max)
{
	struct route_actions list = {.at = at, .len = chance() % (max + 1)};

	for (size_t i = 0; i < list.len; i++)
		at[i] = (struct route_action){.kind = (enum route_action_kind)(1 + chance() % 10),
			.segment = any_id(),
			.agent = any_id(),
			.due_ms = (int64_t)chance()};
	return list;
}

static bool are_asks_equal(const struct route_ask *a, int n, const struct route_ask *b, int m)
{
	for (int i = 0; i < n && i < ROUTE_ASKS_MAX; i++)
		if (a[i].skill != b[i].skill || a[i].level != b[i].level || a[i].any != b[i].any ||
			a[i].kind != b[i].kind)
			return false;
	return n == m;
}

/* Members compared one by one through what they are not: lists. */
static bool are_queues_equal(struct route_queue a, struct route_queue b)
{
	bool is_equal = are_asks_equal(a.asks, a.n_asks, b.asks, b.n_asks) && a.n_rings == b.n_rings;

	for (int i = 0; i < a.n_rings; i++)
		if (a.rings[i].after_ms != b.rings[i].after_ms || a.rings[i].level != b.rings[i].level ||
			a.rings[i].relax != b.rings[i].relax)
			return false;
	memset(a.asks, 0, sizeof(a.asks));
	memset(b.asks, 0, sizeof(b.asks));
	memset(a.rings, 0, sizeof(a.rings));
	memset(b.rings, 0, sizeof(b.rings));
	return is_equal && a.id == b.id && a.channel == b.channel && a.strategy == b.strategy &&
	       memcmp(&a.mix, &b.mix, sizeof(a.mix)) == 0 && a.priority == b.priority &&
	       a.is_by_due == b.is_by_due && a.age_ms == b.age_ms && a.share_pct == b.share_pct &&
	       a.per_agent_max == b.per_agent_max && a.keep_free == b.keep_free &&
	       a.ring_timeout_ms == b.ring_timeout_ms && a.misses_max == b.misses_max &&
	       a.wrap_up_ms == b.wrap_up_ms && a.target_ms == b.target_ms && a.warn_ms == b.warn_ms &&
	       a.max_wait_ms == b.max_wait_ms && a.is_left_without_agents == b.is_left_without_agents &&
	       a.no_agents_ms == b.no_agents_ms && a.is_left_when_closed == b.is_left_when_closed &&
	       a.max_estimate_ms == b.max_estimate_ms && a.announce_first_ms == b.announce_first_ms &&
	       a.announce_every_ms == b.announce_every_ms && a.handle_estimate_ms == b.handle_estimate_ms &&
	       a.capacity == b.capacity;
}

static bool are_agents_equal(const struct route_agent *a, const struct route_agent *b)
{
	if (a->id != b->id || a->is_persistent != b->is_persistent || a->n_skills != b->n_skills ||
		a->n_serves != b->n_serves || memcmp(a->capacity, b->capacity, sizeof(a->capacity)) != 0 ||
		memcmp(a->load, b->load, sizeof(a->load)) != 0 ||
		memcmp(a->interrupts, b->interrupts, sizeof(a->interrupts)) != 0)
		return false;
	for (int i = 0; i < a->n_skills; i++)
		if (a->skills[i].skill != b->skills[i].skill || a->skills[i].level != b->skills[i].level)
			return false;
	for (int i = 0; i < a->n_serves; i++)
		if (a->serves[i].queue != b->serves[i].queue || a->serves[i].level != b->serves[i].level ||
			a->serves[i].position != b->serves[i].position)
			return false;
	return true;
}

static bool are_configs_equal(const struct route_config *a, const struct route_config *b)
{
	if (!a || !b)
		return a == b;
	if (a->version != b->version || a->n_queues != b->n_queues || a->n_agents != b->n_agents)
		return false;
	for (int i = 0; i < a->n_queues; i++)
		if (!are_queues_equal(a->queues[i], b->queues[i]))
			return false;
	for (int i = 0; i < a->n_agents; i++)
		if (!are_agents_equal(&a->agents[i], &b->agents[i]))
			return false;
	return true;
}

static bool are_inputs_equal(const struct route_input *a, const struct route_input *b)
{
	for (int i = 0; i < a->n_excluded && i < ROUTE_EXCLUDED_MAX; i++)
		if (a->excluded[i] != b->excluded[i])
			return false;
	return a->kind == b->kind && a->segment == b->segment && a->agent == b->agent &&
	       a->queue == b->queue && a->is_available == b->is_available && a->fail == b->fail &&
	       a->duration_ms == b->duration_ms && a->channel == b->channel && a->priority == b->priority &&
	       a->head_start_ms == b->head_start_ms && a->target_ms == b->target_ms &&
	       a->waiting_since_ms == b->waiting_since_ms && a->n_excluded == b->n_excluded &&
	       a->preferred_agent == b->preferred_agent &&
	       a->preferred_patience_ms == b->preferred_patience_ms && a->reserve_ms == b->reserve_ms &&
	       are_asks_equal(a->asks, a->n_asks, b->asks, b->n_asks) &&
	       are_configs_equal(a->config, b->config);
}

/* One random input written and read; false when they differ. */
static bool goes_round(struct record_writer *w, struct record_reader *rd, struct lists *l, int64_t now_ms,
	struct record_bytes *bytes)
{
	struct route_action at[5];
	struct route_actions actions = any_actions(at, chance() % 2 ? 5 : 0);
	struct route_input in = any_input(l, now_ms);
	struct record r;
	int rc = chance() % 4 ? 0 : any_int();
	size_t pos = bytes->len;

	if (record_input(w, &in, now_ms, rc, &actions, bytes) < 0)
		return false;
	if (record_next(rd, bytes->at, bytes->len, &pos, &r) != 1 || pos != bytes->len)
		return false;
	return r.kind == RECORD_INPUT && r.now_ms == now_ms && r.wall_ms == now_ms + 1000000 && r.rc == rc &&
	       r.n_actions == actions.len && r.hash == record_hash(&actions) &&
	       are_inputs_equal(&r.input, &in);
}

TEST(record_goes_round)
{
	static struct lists lists;
	struct record_writer *w = NULL;
	struct record_reader *rd = NULL;
	struct record_bytes bytes = {0};
	struct record r;
	size_t at = 0;
	int64_t now_ms = 5000;
	bool is_equal = true;

	state = 1;
	CHECK_INT(record_writer_new(&w), 0);
	CHECK_INT(record_reader_new(&rd), 0);
	CHECK_INT(record_run(w, 77, "0.1.0", now_ms, now_ms + 1000000, &bytes), 0);
	CHECK_INT(record_next(rd, bytes.at, bytes.len, &at, &r), 1);
	CHECK_INT(r.kind, RECORD_RUN);
	CHECK_INT(r.run, 77);
	CHECK_INT(r.wall_ms, 1005000);
	CHECK_STR(r.program, "0.1.0");
	for (int i = 0; i < 3000 && is_equal; i++) {
		now_ms += (int64_t)(chance() % 100) - 1;
		is_equal = goes_round(w, rd, &lists, now_ms, &bytes);
		if (bytes.len > 100000)
			bytes.len = 0;
	}
	record_writer_free(w);
	record_reader_free(rd);
	record_bytes_free(&bytes);
	CHECK(is_equal);
}

TEST(record_is_small)
{
	struct record_writer *w = NULL;
	struct record_bytes bytes = {0};
	struct route_actions none = {0};
	struct route_action offer = {.kind = ROUTE_OFFER, .segment = 1};
	struct route_actions one = {.at = &offer, .len = 1};
	const uint64_t agent = UINT64_C(0x123456789abcdef), queue = agent + 5;

	CHECK_INT(record_writer_new(&w), 0);
	CHECK_INT(record_run(w, 77, "0.1.0", 0, 0, &bytes), 0);
	for (uint64_t i = 0; i < 1000; i++) { /* calls of two minutes each second, ids as id.h makes them */
		struct route_input in = {.kind = ROUTE_ENQUEUE,
			.segment = agent + (i * 1000 << 22) + chance() % (1 << 22),
			.queue = queue,
			.waiting_since_ms = (int64_t)i * 1000};
		record_input(w, &in, (int64_t)i * 1000, 0, &one, &bytes);
		in = (struct route_input){.kind = ROUTE_ACCEPTED, .segment = in.segment, .agent = agent};
		record_input(w, &in, (int64_t)i * 1000 + 300, 0, &none, &bytes);
		in = (struct route_input){
			.kind = ROUTE_ENDED, .segment = in.segment, .agent = agent, .queue = queue};
		record_input(w, &in, (int64_t)i * 1000 + 900, 0, &one, &bytes);
	}
	size_t len = bytes.len;
	record_writer_free(w);
	record_bytes_free(&bytes);
	CHECK(len < 3000 * 18);
}

static int write_some(struct record_writer *w, struct record_bytes *out)
{
	static struct lists lists;
	struct route_actions none = {0};
	struct route_input in = {.kind = ROUTE_CONFIGURE};

	state = 3;
	in.config = any_config(&lists);
	int err = record_run(w, 1, "1", 1000, 2000, out);
	if (err == 0)
		err = record_state(w, "engine", 6, 12, out);
	if (err == 0)
		err = record_input(w, &in, 1001, 0, &none, out);
	if (err == 0)
		err = record_clock(w, 1002, 5002, out);
	in = (struct route_input){.kind = ROUTE_ENQUEUE, .segment = 9, .queue = 3};
	if (err == 0)
		err = record_input(w, &in, 1003, -EINVAL, &none, out);
	return err;
}

TEST_OOM(record_without_memory)
{
	struct record_writer *w = NULL;
	struct record_reader *rd = NULL;
	struct record_bytes bytes = {0};
	struct record r = {0};
	size_t at = 0, n = 0;
	int err = record_writer_new(&w);

	if (err == 0)
		err = write_some(w, &bytes);
	if (err == 0)
		err = record_reader_new(&rd);
	int rc = 0;
	while (err == 0 && (rc = record_next(rd, bytes.at, bytes.len, &at, &r)) == 1) {
		n++;
		if (r.kind == RECORD_STATE && (r.n_state != 6 || r.digest != 12))
			n = 100;
	}
	record_writer_free(w);
	record_reader_free(rd);
	record_bytes_free(&bytes);
	if (err == -ENOMEM || rc == -ENOMEM)
		return;
	CHECK_INT(rc, 0);
	CHECK_INT(n, 5);
	CHECK_INT(r.rc, -EINVAL);
	CHECK_INT(r.wall_ms, 5003);
}

static int read_all(const uint8_t *data, size_t n, size_t *ret_at, size_t *ret_records)
{
	struct record_reader *rd = NULL;
	struct record r;
	int err = record_reader_new(&rd);

	*ret_at = *ret_records = 0;
	while (err == 0 && (err = record_next(rd, data, n, ret_at, &r)) == 1) {
		++*ret_records;
		err = 0;
		if (*ret_at == n)
			break;
	}
	record_reader_free(rd);
	return err;
}

TEST(record_torn_anywhere)
{
	struct record_writer *w = NULL;
	struct record_bytes bytes = {0};
	size_t at, records, wrong = 0, whole = 0;

	CHECK_INT(record_writer_new(&w), 0);
	CHECK_INT(write_some(w, &bytes), 0);
	for (size_t n = 1; n <= bytes.len; n++) {
		uint8_t *exact = alloc_dup(bytes.at, n); /* a sanitizer sees a read past the end */
		int err = read_all(exact, n, &at, &records);
		whole += err == 0;
		wrong += (err != 0 && err != -EINVAL) || at > n;
		alloc_free(exact);
	}
	record_writer_free(w);
	record_bytes_free(&bytes);
	CHECK_INT(wrong, 0);
	CHECK_INT(whole, 5); /* whole records only */
}

TEST(record_from_the_future)
{
	/* An unknown kind is skipped; bytes behind the known fields are, too; a newer form is refused. */
	static const uint8_t run[] = {9, 1, 1, 5, 0, 0, 1, 'x', 42, 42};
	static const uint8_t unknown[] = {3, 99, 1, 2};
	static const uint8_t input[] = {6, 3, 2, 2, 0, 7, 7};
	static const uint8_t newer[] = {7, 1, 2, 5, 0, 0, 1, 'x'};
	uint8_t all[64];
	size_t n = 0, at, records;

	memcpy(all, run, sizeof(run));
	n += sizeof(run);
	memcpy(all + n, unknown, sizeof(unknown));
	n += sizeof(unknown);
	memcpy(all + n, input, sizeof(input));
	n += sizeof(input);
	CHECK_INT(read_all(all, n, &at, &records), 0);
	CHECK_INT(records, 2);
	CHECK_INT(read_all(newer, sizeof(newer), &at, &records), -ENOTSUP);
	CHECK_INT(read_all(input, sizeof(input), &at, &records), -EINVAL); /* no run before it */
}

TEST(record_hash_sees_every_field)
{
	struct route_action a = {.kind = ROUTE_OFFER}, b;
	struct route_actions list = {.at = &b, .len = 1};
	uint32_t seen[10];
	size_t n = 0;

	b = a, seen[n++] = record_hash(&list);
	b = a, b.reason = ROUTE_DONE, seen[n++] = record_hash(&list);
	b = a, b.segment = 1, seen[n++] = record_hash(&list);
	b = a, b.agent = 1, seen[n++] = record_hash(&list);
	b = a, b.queue = 1, seen[n++] = record_hash(&list);
	b = a, b.decision = 1, seen[n++] = record_hash(&list);
	b = a, b.due_ms = 1, seen[n++] = record_hash(&list);
	b = a, b.position = 1, seen[n++] = record_hash(&list);
	b = a, b.estimate_ms = 1, seen[n++] = record_hash(&list);
	list.len = 0, seen[n++] = record_hash(&list);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			CHECK(seen[i] != seen[k]);
	CHECK_INT(record_hash(&list), 0);
}
