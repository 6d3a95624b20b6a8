/* Tests only: a small centre to state one rule at a time with. Every agent serves every queue at level 1 and
 * can take one call, two chats and five e-mails, which weigh nothing, until a test says otherwise before
 * configure(). Each input comes 10 ms after the one before; route_check() runs after each. */
#pragma once
#include "harness/test.h"
#include "route/route.h"

#include <errno.h>
#include <stdlib.h>

enum { SALES = 1, SUPPORT = 2, CHATS = 3, MAILS = 4 };
enum { AMIN = 11, BITA = 12, CYRUS = 13, DARYA = 14, ESFAND = 15 };
enum { PERSIAN = 71, BILLING = 72, ENGLISH = 73 };
enum { FIXTURE_QUEUES = 4, FIXTURE_AGENTS = 5, FIXTURE_SKILLS = 3 };

struct centre {
	struct route *r;
	struct route_actions out; /* of the last input */
	struct route_queue queues[FIXTURE_QUEUES];
	struct route_agent agents[FIXTURE_AGENTS];
	struct route_skill skills[FIXTURE_AGENTS][FIXTURE_SKILLS];
	struct route_serves serves[FIXTURE_AGENTS][FIXTURE_QUEUES];
	struct route_config config;
	int64_t now;
	int rc;
};

static inline void centre_free(struct centre *c)
{
	route_free(c->r);
	route_actions_free(&c->out);
}
#define _cleanup_centre_ __attribute__((cleanup(centre_free)))

/* 0 or -ENOMEM. */
static inline int centre_init(struct centre *c)
{
	*c = (struct centre){.now = 1000};
	for (int i = 0; i < FIXTURE_QUEUES; i++)
		c->queues[i] = (struct route_queue){
			.id = (uint64_t)i + 1, .ring_timeout_ms = 20000, .misses_max = 1};
	c->queues[2].channel = ROUTE_CHAT;
	c->queues[3].channel = ROUTE_EMAIL;
	for (int i = 0; i < FIXTURE_AGENTS; i++) {
		c->agents[i] = (struct route_agent){.id = (uint64_t)i + AMIN, .n_serves = FIXTURE_QUEUES};
		c->agents[i].capacity[ROUTE_VOICE] = 1;
		c->agents[i].capacity[ROUTE_CHAT] = 2;
		c->agents[i].capacity[ROUTE_EMAIL] = 5;
		for (int k = 0; k < FIXTURE_QUEUES; k++)
			c->serves[i][k] = (struct route_serves){(uint64_t)k + 1, .level = 1};
	}
	return route_new(&c->r, 8);
}

static inline struct centre centre_new(void)
{
	struct centre c;

	if (centre_init(&c) < 0)
		abort();
	return c;
}

/* Applies one input after wait_ms; the actions are in c->out, the result in c->rc. */
static inline void put(struct centre *c, int64_t wait_ms, struct route_input in)
{
	c->now += wait_ms;
	c->rc = route_step(c->r, &in, c->now, &c->out);
	route_check(c->r);
}

/* The first so many queues and agents. */
static inline void configure(struct centre *c, int n_queues, int n_agents)
{
	for (int i = 0; i < FIXTURE_AGENTS; i++) {
		c->agents[i].serves = c->serves[i];
		c->agents[i].skills = c->skills[i];
	}
	c->config = (struct route_config){c->config.version + 1, c->queues, n_queues, c->agents, n_agents};
	put(c, 0, (struct route_input){.kind = ROUTE_CONFIGURE, .config = &c->config});
}

static inline void available(struct centre *c, uint64_t agent, bool is_available)
{
	put(c, 10,
		(struct route_input){.kind = ROUTE_AVAILABLE, .agent = agent, .is_available = is_available});
}

/* The first n agents become available, one after the other. */
static inline void all_available(struct centre *c, int n)
{
	for (int i = 0; i < n; i++)
		available(c, c->agents[i].id, true);
}

/* A newcomer to fill in and put; it comes in 10 ms from now. */
static inline struct route_input newcomer(const struct centre *c, uint64_t segment, uint64_t queue)
{
	return (struct route_input){.kind = ROUTE_ENQUEUE,
		.segment = segment,
		.queue = queue,
		.channel = queue == CHATS   ? ROUTE_CHAT
			   : queue == MAILS ? ROUTE_EMAIL
					    : ROUTE_VOICE,
		.waiting_since_ms = c->now + 10};
}

static inline void enqueue(struct centre *c, uint64_t segment, uint64_t queue)
{
	put(c, 10, newcomer(c, segment, queue));
}

static inline void contact(struct centre *c, enum route_input_kind kind, uint64_t segment, uint64_t agent)
{
	put(c, 10, (struct route_input){.kind = kind, .segment = segment, .agent = agent});
}

static inline void fail(struct centre *c, uint64_t segment, uint64_t agent, enum route_fail fail)
{
	put(c, 10,
		(struct route_input){.kind = ROUTE_FAILED, .segment = segment, .agent = agent, .fail = fail});
}

static inline void pass(struct centre *c, int64_t ms)
{
	put(c, ms, (struct route_input){.kind = ROUTE_TIME});
}

static inline void open_queue(struct centre *c, uint64_t queue, bool is_open)
{
	put(c, 10, (struct route_input){.kind = ROUTE_OPEN, .queue = queue, .is_available = is_open});
}

/* A whole contact: accepted, and over 10 ms later. */
static inline void serve(struct centre *c, uint64_t segment, uint64_t agent)
{
	contact(c, ROUTE_ACCEPTED, segment, agent);
	if (c->rc == 0)
		contact(c, ROUTE_ENDED, segment, agent);
}

/* Agent i holds n skills, sorted: (struct route_skill){...}, ... */
#define HOLDS(c, i, ...)                                                                                     \
	do {                                                                                                 \
		const struct route_skill _held[] = {__VA_ARGS__};                                            \
		memcpy((c)->skills[i], _held, sizeof(_held));                                                \
		(c)->agents[i].n_skills = sizeof(_held) / sizeof(_held[0]);                                  \
	} while (0)
/* A queue or newcomer (anything with asks) asks for these. */
#define ASKS(who, ...)                                                                                       \
	do {                                                                                                 \
		const struct route_ask _asked[] = {__VA_ARGS__};                                             \
		memcpy((who)->asks, _asked, sizeof(_asked));                                                 \
		(who)->n_asks = sizeof(_asked) / sizeof(_asked[0]);                                          \
	} while (0)
#define RINGS(queue, ...)                                                                                    \
	do {                                                                                                 \
		const struct route_ring _rings[] = {__VA_ARGS__};                                            \
		memcpy((queue)->rings, _rings, sizeof(_rings));                                              \
		(queue)->n_rings = sizeof(_rings) / sizeof(_rings[0]);                                       \
	} while (0)

/* Whether action i of the last step is this one. */
static inline bool is(
	const struct centre *c, size_t i, enum route_action_kind kind, uint64_t segment, uint64_t agent)
{
	return c->rc == 0 && i < c->out.len && c->out.at[i].kind == kind && c->out.at[i].segment == segment &&
	       c->out.at[i].agent == agent;
}

static inline bool is_for(const struct centre *c, size_t i, enum route_action_kind kind, uint64_t segment,
	uint64_t agent, enum route_reason reason)
{
	return is(c, i, kind, segment, agent) && c->out.at[i].reason == reason;
}

#define CHECK_NONE(c)                                                                                        \
	do {                                                                                                 \
		CHECK_INT((c)->rc, 0);                                                                       \
		CHECK_INT((c)->out.len, 0);                                                                  \
	} while (0)
#define CHECK_ONLY(c, kind, segment, agent)                                                                  \
	do {                                                                                                 \
		CHECK_INT((c)->rc, 0);                                                                       \
		CHECK_INT((c)->out.len, 1);                                                                  \
		CHECK(is((c), 0, (kind), (segment), (agent)));                                               \
	} while (0)
#define CHECK_ONLY_FOR(c, kind, segment, agent, why)                                                         \
	do {                                                                                                 \
		CHECK_ONLY((c), (kind), (segment), (agent));                                                 \
		CHECK_INT((c)->out.at[0].reason, (why));                                                     \
	} while (0)
