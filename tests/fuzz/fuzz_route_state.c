/* A checkpoint's bytes, altered: loading, asking what came of it and freeing never crash; bytes that say the
 * same state give an engine that is whole (route_check) and goes on. A state that says something else is told
 * by its digest, which is how replays know it. The input is a list of edits of three bytes each: place (two),
 * what is xored there; nothing: the bytes as they were. */
#include "route/save.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUEUES 3
#define AGENTS 6

static struct route_queue queues[QUEUES];
static struct route_agent agents[AGENTS];
static const struct route_skill skills[] = {{71, 3}, {72, 6}};
static const struct route_serves serves[] = {{1, 1, 0}, {2, 1, 3}, {3, 2, 1}};
static struct route_config config = {
	.version = 9, .queues = queues, .n_queues = QUEUES, .agents = agents, .n_agents = AGENTS};

static void set_config(void)
{
	for (int i = 0; i < QUEUES; i++)
		queues[i] = (struct route_queue){.id = (uint64_t)i + 1,
			.ring_timeout_ms = 15000,
			.misses_max = 2,
			.wrap_up_ms = 8000,
			.share_pct = 20 * i,
			.strategy = i == 1   ? ROUTE_RING_ALL
				    : i == 2 ? ROUTE_ROUND_ROBIN
					     : ROUTE_LEAST_OCCUPIED,
			.announce_first_ms = 5000,
			.announce_every_ms = 9000,
			.max_wait_ms = 90000};
	queues[2].rings[1] = (struct route_ring){20000, 3, 2};
	queues[2].rings[0].level = 1;
	queues[2].n_rings = 2;
	for (int i = 0; i < AGENTS; i++) {
		agents[i] = (struct route_agent){.id = (uint64_t)i + 11,
			.skills = skills,
			.n_skills = i % 3,
			.serves = serves,
			.n_serves = 3};
		agents[i].capacity[ROUTE_VOICE] = 1 + i % 2;
		agents[i].load[ROUTE_VOICE] = 50;
	}
}

static struct route *engine(void)
{
	struct route *r = NULL;
	struct route_actions out = {0};

	set_config();
	if (route_new(&r, 4) < 0 ||
		route_step(r, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &config}, 1000, &out) <
			0)
		abort();
	route_actions_free(&out);
	return r;
}

/* Something of everything: waiting, ringing, connected, in wrap-up, declined, patient, reserved. */
static void live(struct route *r)
{
	struct route_actions out = {0};
	int64_t now = 1000;

	for (uint64_t i = 0; i < 5; i++)
		route_step(r,
			&(struct route_input){.kind = ROUTE_AVAILABLE, .agent = 11 + i, .is_available = true},
			now += 10, &out);
	for (uint64_t i = 0; i < 14; i++) {
		struct route_input in = {.kind = ROUTE_ENQUEUE,
			.segment = 100 + i,
			.queue = 1 + i % 3,
			.waiting_since_ms = now,
			.priority = (int)(i % 4),
			.reserve_ms = i == 6 ? 30000 : 0,
			.preferred_agent = i % 5 == 0 ? 14 : 0,
			.preferred_patience_ms = 20000};
		if (i % 4 == 1) {
			in.asks[in.n_asks++] = (struct route_ask){.skill = 71, .level = 2};
			in.excluded[in.n_excluded++] = 12;
		}
		route_step(r, &in, now += 300, &out);
		for (size_t k = 0; k < out.len && i % 2; k++) {
			const struct route_action a = out.at[k];
			struct route_input next = {.kind = i % 3 ? ROUTE_ACCEPTED : ROUTE_FAILED,
				.segment = a.segment,
				.agent = a.agent,
				.fail = ROUTE_DECLINED};
			struct route_actions more = {0};
			if (a.kind == ROUTE_OFFER)
				route_step(r, &next, now += 40, &more);
			if (a.kind == ROUTE_OFFER && i % 3 == 1) {
				next.kind = ROUTE_ENDED;
				route_step(r, &next, now += 40, &more);
			}
			route_actions_free(&more);
		}
	}
	route_actions_free(&out);
}

/* Goes on for a while, checked after every step. */
static void go_on(struct route *r)
{
	struct route_actions out = {0};

	route_check(r);
	for (int i = 0; i < 6 && route_next_due(r) < INT64_MAX; i++) {
		route_step(r, &(struct route_input){.kind = ROUTE_TIME}, route_next_due(r), &out);
		route_check(r);
	}
	route_actions_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route_bytes saved;
	static uint64_t digest;
	struct route *r = engine();

	if (!saved.at) {
		live(r);
		if (route_save(r, &saved) < 0)
			abort();
		digest = route_digest(r);
		route_free(r);
		r = engine();
	}
	uint8_t *bytes = malloc(saved.len);
	if (!bytes)
		abort();
	memcpy(bytes, saved.at, saved.len);
	for (size_t i = 0; i + 3 <= size && i < 60; i += 3)
		bytes[((size_t)data[i] << 8 | data[i + 1]) % saved.len] ^= data[i + 2];
	size_t n = size % 3 == 1 ? data[size - 1] * saved.len / 256 : saved.len;
	int rc = route_load(r, bytes, n);
	if (size == 0 && (rc != 0 || route_digest(r) != digest))
		abort();
	if (rc == 0 && route_digest(r) == digest)
		go_on(r);
	route_free(r);
	free(bytes);
	return 0;
}
