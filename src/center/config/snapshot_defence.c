/* See snapshot_defence.h. */
#include "center/config/snapshot_defence.h"
#include "base/str.h"
#include "store/rows/blocks.h"

#include <errno.h>
#include <string.h>

static void read_sip(const json_t *row, struct sip_defence *d)
{
	int packets = (int)jsonx_int(row, "flood_packets", 500);
	int requests = (int)jsonx_int(row, "flood_requests", 100);
	int network = (int)jsonx_int(row, "flood_network_times", 10);
	const json_t *allowed = json_object_get(row, "allowed_addresses"), *one;
	size_t i;

	*d = (struct sip_defence){.flood = {.address = {packets, requests},
					  .network = {packets * network, requests * network},
					  .known_times = (int)jsonx_int(row, "flood_known_times", 50)},
		.failures_max = (int)jsonx_int(row, "ban_failures", 20),
		.ban_s = (int)jsonx_int(row, "ban_minutes", 10) * 60};
	json_array_foreach(allowed, i, one)
	{
		if (d->n_allowed < SIP_ALLOWED_MAX &&
			str_put(d->allowed[d->n_allowed], 64, json_string_value(one)) >= 0)
			d->n_allowed++;
	}
}

static int read_costs(struct snapshot *s, const json_t *list)
{
	size_t n = json_array_size(list), i;
	struct toll_cost *costs = arena_alloc(&s->arena, (n ? n : 1) * sizeof(*costs));
	char prefix[DIAL_NUMBER_MAX];
	const json_t *one;

	if (!costs)
		return -ENOMEM;
	s->toll.costs = costs;
	json_array_foreach(list, i, one)
	{
		struct toll_cost *cost = &costs[s->toll.n_costs];
		const char *text = json_string_value(one);
		if (!text || toll_cost_parse(text, prefix, sizeof(prefix), &cost->milli) < 0)
			continue;
		cost->prefix = arena_strdup(&s->arena, prefix);
		if (!cost->prefix)
			return -ENOMEM;
		s->toll.n_costs++;
	}
	return 0;
}

static int read_countries(struct snapshot *s, const json_t *list)
{
	size_t n = json_array_size(list), i;
	const char **countries = arena_alloc(&s->arena, (n ? n : 1) * sizeof(*countries));
	const json_t *one;

	if (!countries)
		return -ENOMEM;
	json_array_foreach(list, i, one)
	{
		countries[s->toll.n_countries] = arena_strdup(&s->arena, json_string_value(one));
		if (!countries[s->toll.n_countries++])
			return -ENOMEM;
	}
	s->toll.countries = countries;
	return 0;
}

int snapshot_defence_settings(struct snapshot *s, const json_t *row)
{
	const char *from = jsonx_text(row, "night_from", ""), *until = jsonx_text(row, "night_until", "");

	read_sip(row, &s->sip_defence);
	s->ban_ms = s->sip_defence.ban_s * INT64_C(1000);
	s->ban_max_ms = jsonx_int(row, "ban_max_hours", 24) * 3600000;
	s->toll = (struct toll_rules){.is_abroad_restricted = jsonx_bool(row, "is_abroad_restricted", false),
		.cost_max_hour = jsonx_int(row, "cost_max_hour", 0) * 1000,
		.cost_max_day = jsonx_int(row, "cost_max_day", 0) * 1000,
		.user_cost_max_day = jsonx_int(row, "user_cost_max_day", 0) * 1000,
		.user_calls_max_hour = (int)jsonx_int(row, "user_calls_max_hour", 0),
		.night_calls_max_hour = (int)jsonx_int(row, "night_calls_max_hour", 0)};
	if (toll_time_parse(from, &s->toll.night_from) < 0 ||
		toll_time_parse(until, &s->toll.night_until) < 0)
		s->toll.night_from = s->toll.night_until = 0;
	if (read_countries(s, json_object_get(row, "allowed_countries")) < 0)
		return -ENOMEM;
	return read_costs(s, json_object_get(row, "call_costs"));
}

static bool on_block(const struct store_block *b, void *arg)
{
	struct snapshot *s = arg;

	s->blocks[s->n_blocks++] = *b;
	return s->n_blocks < BLOCKS_MAX;
}

static bool on_counted(const struct store_block *b, void *arg)
{
	(void)b;
	(*(size_t *)arg)++;
	return true;
}

int snapshot_defence_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s)
{
	size_t n = 0;
	int err = store_blocks(reader, tenant, false, 0, on_counted, &n);

	if (err < 0 || n == 0)
		return err;
	s->blocks = arena_alloc(&s->arena, BLOCKS_MAX * sizeof(*s->blocks));
	return s->blocks ? store_blocks(reader, tenant, false, 0, on_block, s) : -ENOMEM;
}
