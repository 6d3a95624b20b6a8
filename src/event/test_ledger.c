/* What is open, folded at once and with saves and loads between; and the same of the figures' fold. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/str.h"
#include "event/kpi.h"
#include "event/ledger.h"
#include "event/pack.h"

#include <stdio.h>
#include <stdlib.h>

#define T0 INT64_C(1764406800000)

static int apply(struct ledger *l, const struct event *e)
{
	static uint64_t seq;
	struct event copy = *e;

	copy.seq = ++seq;
	if (!copy.at_ms)
		copy.at_ms = T0 + (int64_t)seq;
	return ledger_apply(l, &copy);
}
/* In order, until one fails. */
#define APPLY(l, ...)                                                                                        \
	apply_all(l, (const struct event[]){__VA_ARGS__},                                                    \
		sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))
static int apply_all(struct ledger *l, const struct event *events, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = apply(l, &events[i]);
	return err;
}

static struct event of(enum event_type type, uint64_t interaction, uint64_t segment)
{
	return (struct event){.type = type,
		.tenant = 1,
		.interaction = interaction,
		.segment = segment,
		.queue = segment ? 7 : 0};
}

static struct event started(uint64_t interaction, const char *channel, uint64_t ref)
{
	struct event e = of(EVENT_INTERACTION_STARTED, interaction, 0);

	e.from = "+989121112233";
	e.to = "1000";
	e.name = "\u0632\u0647\u0631\u0627";
	e.text = channel;
	e.ref = ref;
	return e;
}

static struct event by(struct event e, uint64_t agent, const char *reason)
{
	e.agent = agent;
	e.reason = reason;
	return e;
}

/* Something of everything. */
static int fill(struct ledger *l)
{
	struct event queued = of(EVENT_SEGMENT_QUEUED, 10, 100), talks = of(EVENT_SEGMENT_ANSWERED, 11, 101),
		     recording = of(EVENT_RECORDING_STARTED, 11, 0),
		     message = of(EVENT_MESSAGE_WRITTEN, 10, 0),
		     state = by(of(EVENT_AGENT_STATE, 0, 0), 52, "break");

	queued.text = "{\"priority\":3}";
	queued.name = "Ann Other";
	recording.ref = 900;
	recording.text = "2026/11/x.wav";
	message.number = 4;
	state.ref = 66;
	return APPLY(l, started(10, "chat", 77), queued, by(of(EVENT_OFFER_MADE, 10, 100), 50, NULL),
		by(of(EVENT_OFFER_MADE, 10, 100), 51, NULL),
		by(of(EVENT_OFFER_ENDED, 10, 100), 50, "declined"), message,
		of(EVENT_SEGMENT_NEAR_TARGET, 10, 100), started(11, "voice", 5),
		of(EVENT_SEGMENT_QUEUED, 11, 101), by(talks, 51, NULL), recording,
		by(of(EVENT_SEGMENT_HELD, 11, 101), 51, NULL), started(12, NULL, 5),
		by(of(EVENT_WRAP_UP_STARTED, 3, 33), 53, NULL),
		by(of(EVENT_AGENT_STATE, 0, 0), 53, "wrap_up"), state);
}

/* Saves l and loads it again: the same bytes. 0, or -errno. */
static int again(struct ledger *l)
{
	_cleanup_alloc_ uint8_t *a = NULL, *b = NULL;
	struct ledger copy;
	size_t n, m = 0;
	int err = ledger_save(l, &a, &n);

	ledger_init(&copy);
	if (err == 0)
		err = ledger_load(&copy, a, n);
	if (err == 0)
		err = ledger_save(&copy, &b, &m);
	if (err == 0 && (n != m || memcmp(a, b, n) != 0))
		err = -EPROTO;
	ledger_free(l);
	*l = copy;
	return err;
}

TEST_OOM(what_is_open_survives_saving)
{
	__attribute__((cleanup(ledger_free))) struct ledger l = {0};
	const struct ledger_contact *o;
	int err = fill(&l);

	if (err == 0)
		err = again(&l);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK((o = map_get(&l.contacts, 10)) != NULL);
	CHECK_STR(o->channel, "chat");
	CHECK_STR(o->from, "+989121112233");
	CHECK_STR(o->name, "Ann Other");
	CHECK_STR(o->entry, "{\"priority\":3}");
	CHECK_INT(o->key, 77);
	CHECK_INT(o->messages, 4);
	CHECK(o->segment == 100 && o->is_near_target);
	CHECK_INT(o->offers.len, 1);
	CHECK_INT(o->offers.at[0].agent, 51);
	CHECK(o->queued_ms > T0 && o->started_ms > T0 && o->started_ms < o->queued_ms);
	CHECK((o = map_get(&l.contacts, 11)) != NULL);
	CHECK(o->is_answered && o->agent == 51 && o->holds == 1 && o->held_ms > o->answered_ms);
	CHECK(o->key == 0 && !o->entry); /* a call's reference is its trunk */
	CHECK_STR(((struct ledger_contact *)map_get(&l.contacts, 12))->channel, "voice");
	CHECK_STR(((struct ledger_recording *)map_get(&l.recordings, 900))->path, "2026/11/x.wav");
	CHECK_INT(((struct ledger_wrap_up *)map_get(&l.wrap_ups, 33))->agent, 53);
	CHECK_STR(((struct ledger_agent *)map_get(&l.agents, 52))->state, "break");
	CHECK_INT(((struct ledger_agent *)map_get(&l.agents, 52))->break_reason, 66);
}

TEST(what_is_over_leaves_nothing)
{
	__attribute__((cleanup(ledger_free))) struct ledger l = {0}, empty = {0};
	_cleanup_alloc_ uint8_t *a = NULL, *b = NULL;
	struct event recording = of(EVENT_RECORDING_ENDED, 11, 0);
	size_t n, m;

	recording.ref = 900;
	CHECK_INT(fill(&l), 0);
	CHECK_INT(APPLY(&l, of(EVENT_SEGMENT_ABANDONED, 10, 100)), 0);
	CHECK_INT(((struct ledger_contact *)map_get(&l.contacts, 10))->segment, 0);
	CHECK_INT(((struct ledger_contact *)map_get(&l.contacts, 10))->offers.len, 0);
	CHECK_INT(APPLY(&l, of(EVENT_SEGMENT_ENDED, 11, 101), recording, of(EVENT_INTERACTION_ENDED, 10, 0),
			  of(EVENT_INTERACTION_ENDED, 11, 0), of(EVENT_INTERACTION_ENDED, 12, 0),
			  by(of(EVENT_WRAP_UP_ENDED, 3, 33), 53, "done"),
			  by(of(EVENT_AGENT_STATE, 0, 0), 52, "offline"),
			  by(of(EVENT_AGENT_STATE, 0, 0), 53, "offline")),
		0);
	empty.seq = l.seq;
	empty.last_ms = l.last_ms;
	CHECK_INT(ledger_save(&l, &a, &n), 0);
	CHECK_INT(ledger_save(&empty, &b, &m), 0);
	CHECK(n == m && memcmp(a, b, n) == 0);
}

TEST(a_new_segment_forgets_the_one_before)
{
	__attribute__((cleanup(ledger_free))) struct ledger l = {0};
	const struct ledger_contact *o;

	CHECK_INT(fill(&l), 0);
	CHECK_INT(APPLY(&l, of(EVENT_SEGMENT_QUEUED, 11, 200)), 0);
	CHECK((o = map_get(&l.contacts, 11)) != NULL);
	CHECK(o->segment == 200 && !o->is_answered && !o->agent && !o->holds && !o->held_ms);
	/* what is said of the old one, or of contacts nobody knows, is no news */
	CHECK_INT(APPLY(&l, of(EVENT_SEGMENT_ENDED, 11, 101), of(EVENT_SEGMENT_QUEUED, 9999, 5),
			  of(EVENT_INTERACTION_ENDED, 9999, 0), of(EVENT_RECORDING_STARTED, 11, 0),
			  of(EVENT_WRAP_UP_STARTED, 11, 0)),
		0);
	CHECK_INT(((struct ledger_contact *)map_get(&l.contacts, 11))->segment, 200);
	CHECK_INT(l.contacts.len, 3);
}

TEST(long_texts_are_cut_and_offers_bounded)
{
	__attribute__((cleanup(ledger_free))) struct ledger l = {0};
	char text[EVENT_TEXT_MAX + 100];
	struct event e = started(10, "email", 1), queued = of(EVENT_SEGMENT_QUEUED, 10, 100);

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	e.name = e.from = queued.text = text;
	CHECK_INT(APPLY(&l, e, queued), 0);
	for (uint64_t i = 0; i < LEDGER_OFFERS_MAX + 10; i++)
		CHECK_INT(APPLY(&l, by(of(EVENT_OFFER_MADE, 10, 100), 1000 + i, NULL)), 0);
	CHECK_INT(again(&l), 0);
	CHECK_INT(strlen(((struct ledger_contact *)map_get(&l.contacts, 10))->from), LEDGER_TEXT_MAX - 1);
	CHECK_INT(strlen(((struct ledger_contact *)map_get(&l.contacts, 10))->entry), EVENT_TEXT_MAX);
	CHECK_INT(((struct ledger_contact *)map_get(&l.contacts, 10))->offers.len, LEDGER_OFFERS_MAX);
}

/* Every flipped bit and every cut is noticed. */
TEST(damage_is_refused)
{
	struct ledger l = {0};
	_cleanup_alloc_ uint8_t *a = NULL;
	size_t n;

	CHECK_INT(fill(&l), 0);
	CHECK_INT(ledger_save(&l, &a, &n), 0);
	ledger_free(&l);
	for (size_t i = 0; i < n; i++) {
		a[i] ^= (uint8_t)(1 << i % 8);
		CHECK_INT(ledger_load(&l, a, n), -EINVAL);
		ledger_free(&l);
		a[i] ^= (uint8_t)(1 << i % 8);
		CHECK_INT(ledger_load(&l, a, i), -EINVAL);
		ledger_free(&l);
	}
	CHECK_INT(ledger_load(&l, a, n), 0);
	ledger_free(&l);
}

TEST(another_version_is_refused)
{
	struct ledger l = {0};
	struct kpi_fold *f;
	struct pack p = {0};
	uint8_t *a;
	size_t n;

	pack_begin(&p, "MKLG", 99);
	CHECK_INT(pack_end(&p, &a, &n), 0);
	CHECK_INT(ledger_load(&l, a, n), -EINVAL);
	CHECK_INT(kpi_new(&f), 0);
	CHECK_INT(kpi_load(f, a, n), -EINVAL);
	kpi_free(f);
	alloc_free(a);
}

/* --- random histories
 * ------------------------------------------------------------------------------------------------ */

static uint64_t dice(uint64_t *state, uint64_t n)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % n;
}

/* An event of a small, not very orderly centre. */
static struct event random_event(uint64_t *state, uint64_t seq)
{
	static const enum event_type types[] = {EVENT_INTERACTION_STARTED, EVENT_INTERACTION_STARTED,
		EVENT_SEGMENT_QUEUED, EVENT_SEGMENT_QUEUED, EVENT_OFFER_MADE, EVENT_OFFER_MADE,
		EVENT_OFFER_ENDED, EVENT_SEGMENT_ANSWERED, EVENT_SEGMENT_ANSWERED, EVENT_SEGMENT_ABANDONED,
		EVENT_SEGMENT_OVERFLOWED, EVENT_SEGMENT_HELD, EVENT_SEGMENT_RESUMED, EVENT_SEGMENT_ENDED,
		EVENT_WRAP_UP_STARTED, EVENT_WRAP_UP_ENDED, EVENT_AGENT_STATE, EVENT_AGENT_STATE,
		EVENT_INTERACTION_ENDED, EVENT_ANNOUNCED, EVENT_MESSAGE_WRITTEN, EVENT_SYSTEM_STARTED,
		EVENT_CONTACT_BLOCKED, EVENT_RECORDING_STARTED, EVENT_RECORDING_ENDED, EVENT_SEGMENT_RESTORED,
		EVENT_SEGMENT_NEAR_TARGET};
	static const char *const states[] = {
		"offline", "ready", "break", "ringing", "talking", "hold", "wrap_up"};
	static const char *const channels[] = {"voice", "chat", "email"};
	enum event_type type = types[dice(state, sizeof(types) / sizeof(types[0]))];
	uint64_t contact = 1 + dice(state, 40);

	return (struct event){.seq = seq,
		.at_ms = T0 + (int64_t)(seq * 7000),
		.type = type,
		.tenant = 1,
		.interaction = contact,
		.segment = contact * 10 + dice(state, 2),
		.queue = 1 + dice(state, 4),
		.agent = 100 + dice(state, 6),
		.ref = dice(state, 30),
		.wait_ms = (int64_t)dice(state, 200000),
		.ring_ms = (int64_t)dice(state, 9000),
		.talk_ms = (int64_t)dice(state, 300000),
		.hold_ms = (int64_t)dice(state, 3000),
		.acw_ms = (int64_t)dice(state, 30000),
		.duration_ms = (int64_t)dice(state, 60000) - 1,
		.number = (int64_t)dice(state, 5),
		.reason = type == EVENT_AGENT_STATE ? states[dice(state, 7)]
			  : dice(state, 2)	    ? "no_answer"
						    : NULL,
		.from = dice(state, 2) ? "+98211" : NULL,
		.name = dice(state, 3) ? "who" : NULL,
		.text = type == EVENT_INTERACTION_STARTED ? channels[dice(state, 3)] : "{}"};
}

/* Saves f and puts what is loaded in its place. */
static int fold_again(struct kpi_fold **f)
{
	_cleanup_alloc_ uint8_t *a = NULL;
	struct kpi_fold *copy;
	size_t n;
	int err = kpi_save(*f, &a, &n);

	if (err == 0)
		err = kpi_new(&copy);
	if (err < 0)
		return err;
	err = kpi_load(copy, a, n);
	kpi_free(*f);
	*f = copy;
	return err;
}

struct both {
	struct ledger ledger;
	struct kpi_fold *fold;
};

static int both_apply(struct both *b, uint64_t *state, uint64_t seq)
{
	struct event e = random_event(state, seq);
	int err = ledger_apply(&b->ledger, &e);

	if (err == 0)
		err = kpi_apply(b->fold, &e);
	if (err == 0 && seq % 97 == 0)
		err = kpi_set_rule(b->fold, &(struct kpi_queue_rule){1 + seq % 4, (int32_t)seq, 20000});
	if (seq % 500 == 0)
		kpi_forget_before(b->fold, e.at_ms - 3600000);
	return err;
}

static void check_equal(const struct both *a, const struct both *b, uint64_t seed)
{
	_cleanup_alloc_ uint8_t *la = NULL, *lb = NULL, *ka = NULL, *kb = NULL;
	size_t nla = 0, nlb = 1, nka = 0, nkb = 1;

	CHECK_INT(ledger_save(&a->ledger, &la, &nla), 0);
	CHECK_INT(ledger_save(&b->ledger, &lb, &nlb), 0);
	CHECK_INT(kpi_save(a->fold, &ka, &nka), 0);
	CHECK_INT(kpi_save(b->fold, &kb, &nkb), 0);
	if (nla != nlb || memcmp(la, lb, nla) != 0)
		test_fail(__FILE__, __LINE__, "the ledgers of seed %llu differ", (unsigned long long)seed);
	if (nka != nkb || memcmp(ka, kb, nka) != 0)
		test_fail(__FILE__, __LINE__, "the figures of seed %llu differ", (unsigned long long)seed);
}

TEST(a_history_folded_at_once_or_in_parts_is_the_same)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct both whole = {0}, parts = {0};
		uint64_t history_a = seed, history_b = seed, chance = seed * 77;
		int err = 0;
		CHECK_INT(kpi_new(&whole.fold), 0);
		CHECK_INT(kpi_new(&parts.fold), 0);
		for (uint64_t seq = 1; seq <= 1500 && err == 0; seq++) {
			err = both_apply(&whole, &history_a, seq);
			if (err == 0)
				err = both_apply(&parts, &history_b, seq);
			if (err == 0 && dice(&chance, 60) == 0)
				err = again(&parts.ledger);
			if (err == 0 && dice(&chance, 60) == 0)
				err = fold_again(&parts.fold);
		}
		CHECK_INT(err, 0);
		check_equal(&whole, &parts, seed);
		ledger_free(&whole.ledger);
		ledger_free(&parts.ledger);
		kpi_free(whole.fold);
		kpi_free(parts.fold);
	}
}

TEST_OOM(figures_survive_saving)
{
	struct both b = {0};
	uint64_t state = 5;
	struct kpi_counts before, after;
	int err = kpi_new(&b.fold);

	if (err < 0)
		return;
	for (uint64_t seq = 1; seq <= 120 && err == 0; seq++)
		err = both_apply(&b, &state, seq);
	kpi_house_counts(b.fold, T0, T0 + 3600000, T0 + 1000000, &before);
	if (err == 0)
		err = fold_again(&b.fold);
	kpi_house_counts(b.fold, T0, T0 + 3600000, T0 + 1000000, &after);
	if (err == 0 && memcmp(&before, &after, sizeof(before)) != 0)
		test_fail(__FILE__, __LINE__, "the figures are others");
	if (err != -ENOMEM)
		CHECK_INT(err, 0);
	ledger_free(&b.ledger);
	kpi_free(b.fold);
}

TEST(damaged_figures_are_refused)
{
	struct both b = {0};
	_cleanup_alloc_ uint8_t *a = NULL;
	uint64_t state = 9;
	size_t n;

	CHECK_INT(kpi_new(&b.fold), 0);
	for (uint64_t seq = 1; seq <= 300; seq++)
		CHECK_INT(both_apply(&b, &state, seq), 0);
	CHECK_INT(kpi_save(b.fold, &a, &n), 0);
	for (size_t i = 0; i < n; i++) {
		struct kpi_fold *f;
		CHECK_INT(kpi_new(&f), 0);
		a[i] ^= (uint8_t)(1 << i % 8);
		CHECK_INT(kpi_load(f, a, n), -EINVAL);
		a[i] ^= (uint8_t)(1 << i % 8);
		kpi_free(f);
	}
	ledger_free(&b.ledger);
	kpi_free(b.fold);
}
