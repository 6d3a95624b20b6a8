/* See toll.h. Invariant of a meter: its 60 buckets are the minutes up to `minute`, each at its number modulo
 * 60; whatever is older was emptied by advance(). */
#include "center/defence/toll.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define MINUTE_MS 60000
#define MINUTES_OF_DAY 1440
#define UNITS_MAX 1000000

int toll_cost_parse(const char *text, char *ret_prefix, size_t size, int64_t *ret_milli)
{
	const char *equals = strchr(text, '='), *dot = equals ? strchr(equals, '.') : NULL;
	char units[16], prefix[DIAL_NUMBER_MAX];
	int64_t whole, part = 0, scale = 1000;

	if (!equals || equals == text || str_put_n(prefix, sizeof(prefix), text, (size_t)(equals - text)) < 0)
		return -EINVAL;
	const char *digits = prefix + (*prefix == '+');
	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return -EINVAL;
	if (str_put_n(units, sizeof(units), equals + 1,
		    dot ? (size_t)(dot - equals - 1) : strlen(equals + 1)) < 0 ||
		str_to_int(units, 0, UNITS_MAX, &whole) < 0)
		return -EINVAL;
	for (const char *p = dot ? dot + 1 : ""; *p; p++) {
		if (*p < '0' || *p > '9' || scale == 1)
			return -EINVAL;
		scale /= 10;
		part += (*p - '0') * scale;
	}
	if ((dot && !dot[1]) || str_put(ret_prefix, size, prefix) < 0)
		return -EINVAL;
	*ret_milli = whole * 1000 + part;
	return 0;
}

int toll_time_parse(const char *text, int *ret_minutes)
{
	int64_t hours, minutes;
	char part[3];

	if (strlen(text) != 5 || text[2] != ':')
		return -EINVAL;
	(void)str_put_n(part, sizeof(part), text, 2);
	if (str_to_int(part, 0, 24, &hours) < 0 || str_to_int(text + 3, 0, 59, &minutes) < 0 ||
		hours * 60 + minutes > MINUTES_OF_DAY)
		return -EINVAL;
	*ret_minutes = (int)(hours * 60 + minutes) % MINUTES_OF_DAY;
	return 0;
}

bool toll_is_country_allowed(
	const struct toll_rules *rules, const struct dial_rules *dialling, const char *number)
{
	if (!rules->is_abroad_restricted || str_is_blank(dialling->country) || *number != '+')
		return true;
	if (str_starts_with(number + 1, dialling->country))
		return true;
	for (int i = 0; i < rules->n_countries; i++)
		if (dial_has_prefix(dialling, number, rules->countries[i]))
			return true;
	return false;
}

int64_t toll_price(const struct toll_rules *rules, const struct dial_rules *dialling, const char *number)
{
	const struct toll_cost *best = NULL;

	for (int i = 0; i < rules->n_costs; i++) {
		const struct toll_cost *cost = &rules->costs[i];
		if (dial_has_prefix(dialling, number, cost->prefix) &&
			(!best || strlen(cost->prefix) > strlen(best->prefix)))
			best = cost;
	}
	return best ? best->milli : 0;
}

static void advance(struct toll_meter *m, const struct toll_now *now)
{
	int64_t minute = now->wall_ms / MINUTE_MS;

	if (minute - m->minute >= TOLL_MINUTES || minute < m->minute) {
		memset(m->calls, 0, sizeof(m->calls));
		memset(m->cost, 0, sizeof(m->cost));
		m->minute = minute;
	}
	while (m->minute < minute) {
		m->minute++;
		m->calls[m->minute % TOLL_MINUTES] = 0;
		m->cost[m->minute % TOLL_MINUTES] = 0;
	}
	if (m->day_ms != now->day_ms) {
		m->day_ms = now->day_ms;
		m->cost_day = 0;
	}
}

void toll_count_call(struct toll_meter *m, const struct toll_now *now)
{
	advance(m, now);
	m->calls[m->minute % TOLL_MINUTES]++;
}

void toll_count_cost(struct toll_meter *m, const struct toll_now *now, int64_t milli)
{
	advance(m, now);
	m->cost[m->minute % TOLL_MINUTES] += milli;
	m->cost_day += milli;
}

int toll_calls_hour(struct toll_meter *m, const struct toll_now *now)
{
	int n = 0;

	advance(m, now);
	for (int i = 0; i < TOLL_MINUTES; i++)
		n += m->calls[i];
	return n;
}

int64_t toll_cost_hour(struct toll_meter *m, const struct toll_now *now)
{
	int64_t milli = 0;

	advance(m, now);
	for (int i = 0; i < TOLL_MINUTES; i++)
		milli += m->cost[i];
	return milli;
}

int64_t toll_cost_day(struct toll_meter *m, const struct toll_now *now)
{
	advance(m, now);
	return m->cost_day;
}

bool toll_is_night(const struct toll_rules *rules, const struct toll_now *now)
{
	int minute = (int)((now->wall_ms - now->day_ms) / MINUTE_MS);

	if (rules->night_from == rules->night_until)
		return false;
	if (rules->night_from < rules->night_until)
		return minute >= rules->night_from && minute < rules->night_until;
	return minute >= rules->night_from || minute < rules->night_until;
}

static bool is_above(int64_t value, int64_t max, int64_t *ret_count)
{
	if (max == 0 || value < max)
		return false;
	*ret_count = value;
	return true;
}

enum toll_verdict toll_judge(const struct toll_rules *rules, struct toll_meter *user,
	struct toll_meter *house, const struct toll_running *running, const struct toll_now *now,
	int64_t *ret_count)
{
	bool is_night = toll_is_night(rules, now);

	*ret_count = 0;
	if (is_night && rules->night_calls_max_hour == 0)
		return TOLL_NIGHT;
	if (is_above(toll_cost_hour(house, now) + running->house, rules->cost_max_hour, ret_count))
		return TOLL_STOP_COST_HOUR;
	if (is_above(toll_cost_day(house, now) + running->house, rules->cost_max_day, ret_count))
		return TOLL_STOP_COST_DAY;
	if (!user)
		return TOLL_FINE;
	if (is_night && is_above(toll_calls_hour(user, now), rules->night_calls_max_hour, ret_count))
		return TOLL_STOP_CALLS_NIGHT;
	if (is_above(toll_calls_hour(user, now), rules->user_calls_max_hour, ret_count))
		return TOLL_STOP_CALLS_HOUR;
	if (is_above(toll_cost_day(user, now) + running->user, rules->user_cost_max_day, ret_count))
		return TOLL_STOP_COST_USER;
	return TOLL_FINE;
}
