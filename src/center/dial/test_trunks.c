/* What decides over which trunk a call goes, and how a number is written there: rules, prices, shares,
 * health. */
#include "base/str.h"
#include "center/dial/number_rules.h"
#include "center/dial/trunk_pick.h"
#include "center/dial/trunk_state.h"
#include "harness/test.h"

#include <string.h>

TEST(rules_replace_the_longest_beginning)
{
	const char *const rules[] = {"+98=0", "+9821=021-", "=9", "00=+", "#31#="};
	char out[DIAL_NUMBER_MAX] = "untouched";

	CHECK(number_rules_apply(rules, 5, "+989121234567", out));
	CHECK_STR(out, "09121234567");
	CHECK(number_rules_apply(rules, 5, "+98211234", out));
	CHECK_STR(out, "021-1234");
	CHECK(number_rules_apply(rules, 5, "1234", out));
	CHECK_STR(out, "91234");
	CHECK(number_rules_apply(rules, 5, "#31#0211234", out));
	CHECK_STR(out, "0211234");
	CHECK(number_rules_apply(rules, 5, "0044123", out));
	CHECK_STR(out, "+44123");
	CHECK(number_rules_apply(rules, 5, out, out)); /* in place; one rule, once */
	CHECK_STR(out, "9+44123");
	(void)str_put(out, sizeof(out), "untouched");
	CHECK(!number_rules_apply(rules, 1, "0211234", out));
	CHECK(!number_rules_apply(rules, 0, "0211234", out));
	CHECK_STR(out, "untouched");
	char rule[80] = "=", number[60];
	memset(number, '1', sizeof(number) - 1);
	number[sizeof(number) - 1] = '\0';
	memset(rule + 1, '2', 20);
	const char *const too_long[] = {rule};
	CHECK(!number_rules_apply(too_long, 1, number, out)); /* would not fit */
}

TEST(prices_are_read)
{
	CHECK_INT(trunk_price("0.0125"), 12500);
	CHECK_INT(trunk_price("12"), 12000000);
	CHECK_INT(trunk_price("0"), 0);
	CHECK_INT(trunk_price("3.5"), 3500000);
	CHECK(trunk_price("") < 0 && trunk_price(NULL) < 0 && trunk_price("1.") < 0 && trunk_price(".5") < 0);
	CHECK(trunk_price("-1") < 0 && trunk_price("1,5") < 0 && trunk_price("1.2345678") < 0);
	CHECK(trunk_price("99999999999999999999") < 0);
}

TEST(the_order_goes_first_by_health_then_by_strategy)
{
	struct trunk_choice list[] = {{.id = 1, .rank = 0, .weight = 1, .cost = 30, .is_well = true},
		{.id = 2, .rank = 1, .weight = 3, .cost = 10, .is_well = true},
		{.id = 3, .rank = 2, .weight = 0, .cost = -1, .is_well = true}};

	CHECK_INT(trunk_pick(list, 0, TRUNKS_IN_ORDER, false), -1);
	CHECK_INT(trunk_pick(list, 3, TRUNKS_IN_ORDER, false), 0);
	CHECK_INT(trunk_pick(list, 3, TRUNKS_LEAST_COST, false), 1);
	CHECK_INT(trunk_pick(list, 3, TRUNKS_WEIGHTED, true), 1);
	list[0].is_well = false;
	CHECK_INT(trunk_pick(list, 3, TRUNKS_IN_ORDER, false), 1);
	list[1].is_well = false;
	CHECK_INT(trunk_pick(list, 3, TRUNKS_LEAST_COST, false), 2); /* well goes before cheap */
	list[2].is_well = false;
	CHECK_INT(trunk_pick(list, 3, TRUNKS_LEAST_COST, false), 1); /* none is well: as if all were */
	list[1].cost = list[0].cost = -1;
	CHECK_INT(trunk_pick(list, 3, TRUNKS_LEAST_COST, false), 0);
}

TEST(weights_are_exact_shares_without_streaks)
{
	struct trunk_choice list[] = {{.id = 1, .rank = 0, .weight = 5, .is_well = true},
		{.id = 2, .rank = 1, .weight = 1, .is_well = true},
		{.id = 3, .rank = 2, .weight = 1, .is_well = true},
		{.id = 4, .rank = 3, .weight = 0, .is_well = true}};
	char taken[8] = "";

	for (int i = 0; i < 7; i++) {
		int n = trunk_pick(list, 4, TRUNKS_WEIGHTED, false);
		taken[i] = (char)('1' + n);
		trunk_pick_taken(list, 4, n);
	}
	CHECK_STR(taken, "1121311");
	int counts[4] = {0};
	for (int i = 0; i < 700; i++) {
		int n = trunk_pick(list, 4, TRUNKS_WEIGHTED, false);
		counts[n]++;
		trunk_pick_taken(list, 4, n);
	}
	CHECK(counts[0] == 500 && counts[1] == 100 && counts[2] == 100 && counts[3] == 0);
}

TEST(who_is_to_blame)
{
	CHECK(trunk_fails_over(503, false, false) && trunk_fails_over(500, true, false));
	CHECK(trunk_fails_over(408, false, false) && !trunk_fails_over(408, true, false));
	CHECK(!trunk_fails_over(503, true, true)); /* somebody heard the other line already */
	CHECK(!trunk_fails_over(486, false, false) && !trunk_fails_over(603, false, false));
	CHECK(!trunk_fails_over(404, false, false) && !trunk_fails_over(480, true, false));
	CHECK_INT(trunk_outcome_of(200, true), TRUNK_ANSWERED);
	CHECK_INT(trunk_outcome_of(486, true), TRUNK_BUSY);
	CHECK_INT(trunk_outcome_of(487, true), TRUNK_NO_ANSWER);
	CHECK_INT(trunk_outcome_of(408, true), TRUNK_NO_ANSWER);
	CHECK_INT(trunk_outcome_of(408, false), TRUNK_FAILED);
	CHECK_INT(trunk_outcome_of(404, false), TRUNK_REJECTED);
	CHECK_INT(trunk_outcome_of(502, false), TRUNK_FAILED);
}

static struct trunk_state state;

TEST(a_trunk_steps_back_when_it_does_badly)
{
	struct trunk_bounds bounds = {.asr_min_pct = 40, .mos_min_x100 = 350, .back_ms = 60000};

	memset(&state, 0, sizeof(state));
	for (int i = 0; i < TRUNK_SAMPLE_MIN - 1; i++)
		trunk_state_outcome(&state, TRUNK_FAILED, 1000);
	CHECK(!trunk_state_judge(&state, &bounds, 1000)); /* too few to say */
	trunk_state_outcome(&state, TRUNK_ANSWERED, 1000);
	CHECK(trunk_state_judge(&state, &bounds, 1000));
	CHECK(trunk_state_is_back(&state, 1000) && trunk_state_is_back(&state, 60999));
	CHECK(!trunk_state_is_back(&state, 61000));
	CHECK_STR(state.back_why, "ASR 10 % is below 40 %");
	CHECK(!trunk_state_judge(&state, &bounds, 61000)); /* a new sample */
	for (int i = 0; i < TRUNK_MOS_MIN; i++)
		trunk_state_mos(&state, 310, 1000);
	CHECK(trunk_state_judge(&state, &bounds, 70000));
	CHECK_STR(state.back_why, "MOS 3.10 is below 3.50");
	bounds = (struct trunk_bounds){.back_ms = 60000};
	for (int i = 0; i < 100; i++)
		trunk_state_outcome(&state, TRUNK_FAILED, 1000);
	CHECK(!trunk_state_judge(&state, &bounds, 200000)); /* no bounds */
}

TEST(figures_of_a_day)
{
	struct trunk_figures sum;
	int64_t at = (int64_t)TRUNK_INTERVAL_MS * 1000;

	memset(&state, 0, sizeof(state));
	for (int i = 0; i < 10; i++) {
		trunk_state_now(&state, at)->attempts++;
		trunk_state_outcome(&state, i < 4 ? TRUNK_ANSWERED : i < 8 ? TRUNK_BUSY : TRUNK_FAILED, at);
	}
	trunk_state_now(&state, at)->talk_ms = 40000;
	trunk_state_sum(&state, at, 4, &sum);
	CHECK_INT(trunk_asr_pct(&sum), 40);
	CHECK_INT(trunk_ner_pct(&sum), 80);
	CHECK_INT(trunk_acd_ms(&sum), 10000);
	trunk_state_sum(&state, at + 3 * TRUNK_INTERVAL_MS, 4, &sum);
	CHECK_INT(sum.attempts, 10);
	trunk_state_sum(&state, at + 4 * TRUNK_INTERVAL_MS, 4, &sum);
	CHECK_INT(sum.attempts, 0);
	CHECK(trunk_asr_pct(&sum) == -1 && trunk_ner_pct(&sum) == -1 && trunk_acd_ms(&sum) == -1);
	trunk_state_now(&state, at + (int64_t)TRUNK_INTERVALS * TRUNK_INTERVAL_MS)->attempts++;
	trunk_state_sum(&state, at + (int64_t)TRUNK_INTERVALS * TRUNK_INTERVAL_MS, TRUNK_INTERVALS, &sum);
	CHECK_INT(sum.attempts, 1); /* yesterday's quarter made room */
	trunk_state_begun(&state, 5000);
	trunk_state_begun(&state, 5999);
	CHECK_INT(trunk_state_rate(&state, 5999), 0);
	CHECK_INT(trunk_state_rate(&state, 6000), 2);
	trunk_state_begun(&state, 6100);
	CHECK_INT(trunk_state_rate(&state, 6200), 2);
	CHECK_INT(trunk_state_rate(&state, 9000), 0);
}
