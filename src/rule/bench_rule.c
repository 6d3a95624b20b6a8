/* What business rules cost a contact: one JSON object a line.
 *
 *   bench_rule [seconds]
 *
 * Twenty rules as a house would have them (VIPs, hours, languages, complaints, last agent), run over the
 * samples; the reference is the same with the set compiled anew for every contact. */
#include "base/str.h"
#include "rule/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RULES 20
#define SAMPLES 48

static const char *const texts[] = {
	"if customer and customer.is_vip then priority(10) head_start(60) note 'VIP' end",
	"if history.since_last_s < 3 * days then prefer_agent('last_agent', 20) note 'last agent' end",
	"if history.contacts_7_days >= 3 and contact.chosen.menu == 'Complaint' then exclude 'last_agent' "
	"end",
	"if starts_with(caller.number, '+886') or (customer and customer.language == 'zh') then\n"
	"  always('chinese', 3) note 'Chinese speaker'\nend",
	"local value = tonumber(contact.variables.order_value) or 0\n"
	"if value > 10000 then priority(5) target(15) note('order of ' .. value) end",
	"if time.hour >= 20 or time.hour < 7 then queue 'night' elseif one_of(time.weekday, 'friday', "
	"'saturday') then\n"
	"  prefer('weekend')\nend",
	"if history.abandoned_today > 0 then head_start(30 * history.abandoned_today) end",
};

static uint64_t find(enum rule_name_kind kind, const char *name, void *arg)
{
	(void)arg;
	return (uint64_t)kind * 256 + (uint64_t)name[0];
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct rule_set *compiled(void)
{
	static const struct rule_names names = {find, NULL};
	struct rule rules[RULES];
	struct rule_issues issues;
	struct rule_set *set = NULL;

	for (int i = 0; i < RULES; i++)
		rules[i] = (struct rule){
			(uint64_t)i + 1, "bench", texts[i % (int)(sizeof(texts) / sizeof(texts[0]))], 1};
	if (rule_set_new(rules, RULES, &names, &set, &issues) < 0 || issues.n) {
		fprintf(stderr, "bench_rule: the rules do not compile\n");
		exit(1);
	}
	return set;
}

/* Nanoseconds of one contact; is_fresh: with the set made for it. */
static double contact_ns(json_t *const facts[SAMPLES], double seconds, bool is_fresh)
{
	static struct rule_result result;
	struct rule_set *set = compiled();
	uint64_t began = cpu_ns(), n = 0, limit = (uint64_t)(seconds * 1e9);

	for (; n % SAMPLES || cpu_ns() - began < limit; n++) {
		if (is_fresh) {
			rule_set_free(set);
			set = compiled();
		}
		rule_set_run(set, facts[n % SAMPLES], &result);
		if (result.n_failures) {
			fprintf(stderr, "bench_rule: %s\n", result.failures[0].message);
			exit(1);
		}
	}
	uint64_t took = cpu_ns() - began;
	rule_set_free(set);
	return (double)took / (double)n;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	json_t *facts[SAMPLES];

	for (int k = 0; k < SAMPLES; k++)
		facts[k] = rule_sample(k);
	double kept = contact_ns(facts, seconds, false), fresh = contact_ns(facts, seconds / 2, true);
	printf("{\"name\":\"rules.contact\",\"value\":%.1f,\"unit\":\"us of CPU, %d "
	       "rules\",\"reference\":%.1f,\"target\":100,"
	       "\"met\":%s}\n",
		kept / 1e3, RULES, fresh / 1e3, kept < 100e3 ? "true" : "false");
	printf("{\"name\":\"rules.per_second\",\"value\":%.0f,\"unit\":\"rules/s on one "
	       "core\",\"reference\":%.0f,\"target\":"
	       "200000,\"met\":%s}\n",
		RULES * 1e9 / kept, RULES * 1e9 / fresh, RULES * 1e9 / kept > 200000 ? "true" : "false");
	for (int k = 0; k < SAMPLES; k++)
		json_decref(facts[k]);
	return 0;
}
