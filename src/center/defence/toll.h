/* What calls outside may cost the house when a telephone or a password fell into wrong hands: the countries
 * that may be called, prices, meters of what was called and spent, and when it is too much. PURE: time comes
 * as a parameter. Money is in thousandths of whatever unit the prices are in. */
#pragma once
#include "center/dial/dial_rules.h"

#include <stdint.h>

#define TOLL_MINUTES 60

struct toll_cost { /* of a minute to numbers that begin so */
	const char *prefix;
	int64_t milli;
};
struct toll_rules { /* 0: no limit */
	bool is_abroad_restricted;
	const char *const *countries; /* prefixes, beside the house's own */
	int n_countries;
	const struct toll_cost *costs;
	int n_costs;
	int64_t cost_max_hour, cost_max_day, user_cost_max_day; /* thousandths */
	int user_calls_max_hour;
	int night_from, night_until; /* minutes of the day; equal: no night */
	int night_calls_max_hour;    /* of a user; 0: none at all */
};
struct toll_meter {	/* of a user, or of the house; all zero to begin with */
	int64_t minute; /* since 1970: of the last bucket */
	int calls[TOLL_MINUTES];
	int64_t cost[TOLL_MINUTES];
	int64_t day_ms; /* wall: when the day began that cost_day is of */
	int64_t cost_day;
};
struct toll_now {
	int64_t wall_ms, day_ms; /* day: its last midnight at the house's place */
};
enum toll_verdict {
	TOLL_FINE = 0,
	TOLL_COUNTRY,	      /* refused, nothing more */
	TOLL_NIGHT,	      /* likewise */
	TOLL_STOP_CALLS_HOUR, /* too much: what follows is stopped, too */
	TOLL_STOP_CALLS_NIGHT,
	TOLL_STOP_COST_USER,
	TOLL_STOP_COST_HOUR, /* of the house */
	TOLL_STOP_COST_DAY,
};

/* Reads "+44=0.05" (a minute to +44 costs 0.05). 0 or -EINVAL. ret_prefix: bytes of the prefix, cut off at
 * the
 * "=". */
int toll_cost_parse(const char *text, char *ret_prefix, size_t size, int64_t *ret_milli);
/* Reads "22:30". 0 or -EINVAL. */
int toll_time_parse(const char *text, int *ret_minutes);
bool toll_is_country_allowed(
	const struct toll_rules *rules, const struct dial_rules *dialling, const char *number);
/* The price of a minute by the longest prefix; 0 when none fits. */
int64_t toll_price(const struct toll_rules *rules, const struct dial_rules *dialling, const char *number);
void toll_count_call(struct toll_meter *m, const struct toll_now *now);
void toll_count_cost(struct toll_meter *m, const struct toll_now *now, int64_t milli);
int toll_calls_hour(struct toll_meter *m, const struct toll_now *now);
int64_t toll_cost_hour(struct toll_meter *m, const struct toll_now *now);
int64_t toll_cost_day(struct toll_meter *m, const struct toll_now *now);
bool toll_is_night(const struct toll_rules *rules, const struct toll_now *now);

struct toll_running { /* what calls cost that are not over yet, thousandths */
	int64_t user, house;
};
/* One more call to the number. user: NULL when it is nobody's of ours. *ret_count: what was too much. */
enum toll_verdict toll_judge(const struct toll_rules *rules, struct toll_meter *user,
	struct toll_meter *house, const struct toll_running *running, const struct toll_now *now,
	int64_t *ret_count);
