/* Trunks as calls need them: see snapshot_dial.h. */
#include "center/config/snapshot_dial.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static struct text_list list_of(struct snapshot *s, const json_t *row, const char *key)
{
	struct text_list list = {0};

	list.at = snapshot_texts(s, json_object_get(row, key), &list.n);
	return list;
}

/* "+98912=0.025" */
static void read_rates(struct snapshot *s, const json_t *row, struct trunk *t)
{
	struct text_list texts = list_of(s, row, "rates");

	t->rates = arena_alloc(&s->arena, ((size_t)texts.n + 1) * sizeof(*t->rates));
	for (int i = 0; t->rates && i < texts.n; i++) {
		const char *sign = strchr(texts.at[i], '=');
		char prefix[DIAL_NUMBER_MAX];
		if (!sign || str_put_n(prefix, sizeof(prefix), texts.at[i], (size_t)(sign - texts.at[i])) < 0)
			continue;
		struct trunk_rate rate = {arena_strdup(&s->arena, prefix), trunk_price(sign + 1)};
		if (rate.prefix && rate.cost >= 0)
			t->rates[t->n_rates++] = rate;
	}
}

static enum caller_id_policy policy_of(const char *name)
{
	return str_equal(name, "own") ? SHOW_OWN : str_equal(name, "allowed") ? SHOW_ALLOWED : SHOW_ANY;
}

void snapshot_trunk(struct snapshot *s, const json_t *row, struct trunk *t, struct sip_trunk *sip)
{
	t->calls_max = (int)jsonx_int(row, "calls_max", 0);
	t->weight = (int)jsonx_int(row, "weight", 100);
	t->cost = trunk_price(jsonx_text(row, "cost_per_minute", NULL));
	read_rates(s, row, t);
	t->bounds = (struct trunk_bounds){.asr_min_pct = (int)jsonx_int(row, "asr_min_pct", 0),
		.mos_min_x100 = (int)jsonx_int(row, "mos_min_tenths", 0) * 10,
		.back_ms = jsonx_int(row, "step_back_s", 300) * 1000};
	t->out_called = list_of(s, row, "out_called_rules");
	t->out_caller = list_of(s, row, "out_caller_rules");
	t->in_called = list_of(s, row, "in_called_rules");
	t->in_caller = list_of(s, row, "in_caller_rules");
	t->is_in_e164 = str_equal(jsonx_text(row, "in_number_format", ""), "e164");
	t->policy = policy_of(jsonx_text(row, "caller_id_policy", ""));
	t->shown_allowed = list_of(s, row, "caller_ids_allowed");
	t->is_identity_asserted = jsonx_bool(row, "is_identity_asserted", false);
	t->is_diversion_sent = jsonx_bool(row, "is_diversion_sent", false);
	sip->is_identity_ignored = !jsonx_bool(row, "is_identity_believed", true);
	sip->calls_per_second = (int)jsonx_int(row, "calls_per_second", 0);
	sip->first_answer_ms = (int)jsonx_int(row, "first_answer_ms", 2000);
	sip->register_expires_s = (int)jsonx_int(row, "register_expires_s", 300);
	sip->register_retry_s = (int)jsonx_int(row, "register_retry_s", 30);
}

int snapshot_trunks_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s)
{
	_cleanup_json_ json_t *rows = NULL;
	int err = snapshot_rows(reader, tenant, "trunk_group", &rows);
	const json_t *row;
	size_t i;

	if (err < 0)
		return err;
	s->trunk_groups = arena_alloc(&s->arena, (json_array_size(rows) + 1) * sizeof(*s->trunk_groups));
	if (!s->trunk_groups)
		return -ENOMEM;
	json_array_foreach(rows, i, row)
	{
		struct trunk_group *g = &s->trunk_groups[s->n_trunk_groups];
		if (!jsonx_bool(row, "is_enabled", true))
			continue;
		*g = (struct trunk_group){.id = jsonx_id(row, "id"),
			.name = snapshot_text(s, row, "name"),
			.prefixes = list_of(s, row, "prefixes"),
			.strategy = trunk_strategy_named(jsonx_text(row, "strategy", ""))};
		g->trunks = snapshot_ids(s, json_object_get(row, "trunks"), &g->n_trunks);
		s->n_trunk_groups++;
	}
	return 0;
}
