/* The simulator itself: it repeats exactly, finds what is wrong with answers that were falsified, by the
 * right name, and makes failed histories short. What it finds in altered engines is tests/mutations. */
#include "harness/test.h"
#include "sim/fuzz/fuzz.h"

#include <errno.h>

#define SEEDS 60 /* in which a falsified answer must be found out */

static struct fuzz_report run(struct fuzz_options options)
{
	struct fuzz_report report;

	if (!options.steps)
		options.steps = 200;
	int err = fuzz_run(&options, &report);
	if (err)
		test_fail(__FILE__, __LINE__, "fuzz_run: %d", err);
	return report;
}

TEST(a_seed_is_a_run_and_always_the_same)
{
	struct text first = {0}, second = {0};
	struct fuzz_report a = run((struct fuzz_options){.seed = 7, .is_checked = true, .trace = &first});
	struct fuzz_report b = run((struct fuzz_options){.seed = 7, .is_checked = true, .trace = &second});

	CHECK(!a.has_failed && !b.has_failed);
	CHECK(a.n_inputs >= 200 && a.n_inputs == b.n_inputs && a.n_actions == b.n_actions);
	CHECK_STR(first.data, second.data);
	text_free(&first);
	text_free(&second);
}

TEST(two_seeds_are_two_runs)
{
	struct text first = {0}, second = {0};

	run((struct fuzz_options){.seed = 1, .trace = &first});
	run((struct fuzz_options){.seed = 2, .trace = &second});
	CHECK(strcmp(first.data, second.data) != 0);
	text_free(&first);
	text_free(&second);
}

TEST_OOM(a_run_without_memory_ends_and_leaks_nothing)
{
	struct fuzz_options options = {.seed = 3, .steps = 12};
	struct fuzz_report report = {0};

	(void)fuzz_run(
		&options, &report); /* -ENOMEM, or an ENQUEUE refused for want of memory, which is a fault */
	text_free(&report.history);
}

/* --- answers falsified ------------------------------------------------------------------------------------
 */

static struct route_action *first_of(struct route_actions *a, enum route_action_kind kind)
{
	for (size_t i = 0; i < a->len; i++)
		if (a->at[i].kind == kind)
			return &a->at[i];
	return NULL;
}

static void leave_out(struct route_actions *a, enum route_action_kind kind)
{
	struct route_action *gone = first_of(a, kind);

	if (!gone)
		return;
	size_t i = (size_t)(gone - a->at);
	memmove(gone, gone + 1, (a->len - i - 1) * sizeof(*gone));
	a->len--;
}

static void without_offer(struct route_actions *a)
{
	leave_out(a, ROUTE_OFFER);
}

static void without_withdrawal(struct route_actions *a)
{
	leave_out(a, ROUTE_WITHDRAW);
}

static void without_end_of_wrap_up(struct route_actions *a)
{
	leave_out(a, ROUTE_WRAP_UP_OVER);
}

static void without_announcement(struct route_actions *a)
{
	leave_out(a, ROUTE_ANNOUNCE);
}

static void without_warning(struct route_actions *a)
{
	leave_out(a, ROUTE_WARN);
}

static void without_refusal(struct route_actions *a)
{
	leave_out(a, ROUTE_REFUSED);
}

static void to_a_stranger(struct route_actions *a)
{
	struct route_action *offer = first_of(a, ROUTE_OFFER);

	if (offer)
		offer->agent = 999;
}

static void of_a_ghost(struct route_actions *a)
{
	struct route_action *offer = first_of(a, ROUTE_OFFER);

	if (offer)
		offer->segment = 999999;
}

static void twice(struct route_actions *a)
{
	struct route_action *offer = first_of(a, ROUTE_OFFER);

	if (!offer || a->len == a->room)
		return;
	a->at[a->len] = *offer;
	a->at[a->len++].agent++;
}

static void too_late(struct route_actions *a)
{
	struct route_action *offer = first_of(a, ROUTE_OFFER);

	if (offer)
		offer->due_ms++;
}

static void for_another_reason(struct route_actions *a)
{
	struct route_action *refused = first_of(a, ROUTE_REFUSED);

	if (refused)
		refused->reason = ROUTE_NO_MEMORY;
}

static void at_another_place(struct route_actions *a)
{
	struct route_action *said = first_of(a, ROUTE_ANNOUNCE);

	if (said)
		said->position++;
}

/* Whether some seed finds it out, under this name or the other (NULL: none). */
static bool is_found(void (*falsify)(struct route_actions *), const char *name, const char *other)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct fuzz_report report = run((struct fuzz_options){.seed = seed, .falsify = falsify});
		bool is_named = report.has_failed && (!strcmp(report.invariant, name) ||
							     (other && !strcmp(report.invariant, other)));
		text_free(&report.history);
		if (report.has_failed && !is_named)
			test_fail(__FILE__, __LINE__, "seed %d: %s, wanted %s", (int)seed, report.invariant,
				name);
		if (report.has_failed)
			return is_named;
	}
	return false;
}

TEST(an_offer_kept_back_is_found)
{
	CHECK(is_found(without_offer, "nobody_waits_while_someone_may_take_it", "nobody_starves"));
}

TEST(an_offer_to_the_wrong_agent_is_found)
{
	CHECK(is_found(to_a_stranger, "order_respected", "nobody_starves"));
}

TEST(an_offer_of_nobody_is_found)
{
	CHECK(is_found(of_a_ghost, "never_offered_when_gone", NULL));
}

TEST(an_offer_to_one_agent_more_is_found)
{
	CHECK(is_found(twice, "offered_to_one_at_most", "order_respected"));
}

TEST(an_offer_with_another_deadline_is_found)
{
	CHECK(is_found(too_late, "order_respected", "offered_to_one_at_most"));
}

TEST(a_ring_and_a_wrap_up_without_end_are_found)
{
	CHECK(is_found(without_withdrawal, "everything_ends", "offered_to_one_at_most"));
	CHECK(is_found(without_end_of_wrap_up, "everything_ends", NULL));
}

TEST(what_is_not_said_or_said_wrongly_is_found)
{
	CHECK(is_found(without_announcement, "said_in_time", NULL));
	CHECK(is_found(without_warning, "said_in_time", NULL));
	CHECK(is_found(at_another_place, "said_in_time", NULL));
}

TEST(a_wrong_refusal_is_found)
{
	CHECK(is_found(without_refusal, "refusals_are_right", NULL));
	CHECK(is_found(for_another_reason, "refusals_are_right", NULL));
}

TEST(a_failed_history_is_made_short)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct fuzz_options options = {
			.seed = seed, .falsify = without_end_of_wrap_up, .is_shrunk = true};
		struct fuzz_report report = run(options);
		if (!report.has_failed)
			continue;
		CHECK_STR(report.invariant, "everything_ends");
		/* a configuration, an agent who comes, a contact that comes, is accepted and ends */
		CHECK(report.step < 8);
		CHECK(report.history.data && strstr(report.history.data, "CONFIGURE"));
		text_free(&report.history);
		return;
	}
	CHECK(false);
}
