/* See snapshot_dial.h. */
#include "center/config/snapshot_dial.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>

const char **snapshot_texts(struct snapshot *s, const json_t *list, int *ret_n)
{
	size_t n = json_array_size(list), i;
	const char **out = arena_alloc(&s->arena, (n + 1) * sizeof(*out));
	json_t *v;

	*ret_n = 0;
	json_array_foreach(list, i, v)
	{
		const char *copy = json_is_string(v) ? arena_strdup(&s->arena, json_string_value(v)) : NULL;
		if (out && copy)
			out[(*ret_n)++] = copy;
	}
	return out;
}

static int build_extension(struct snapshot *s, const json_t *row, int i)
{
	struct extension *e = &s->extensions[i];

	*e = (struct extension){.id = jsonx_id(row, "id"),
		.user = jsonx_id(row, "user"),
		.greeting = jsonx_id(row, "greeting"),
		.number = snapshot_text(s, row, "number"),
		.name = snapshot_text(s, row, "name"),
		.forward_to = snapshot_text(s, row, "forward_to"),
		.sip_login = snapshot_text(s, row, "sip_login"),
		.sip_ha1 = snapshot_text(s, row, "sip_ha1"),
		.sip_ha256 = snapshot_text(s, row, "sip_ha256"),
		.ring_ms = (int32_t)jsonx_int(row, "ring_timeout_s", 25) * 1000,
		.voicemail_max_ms = (int32_t)jsonx_int(row, "voicemail_max_s", 120) * 1000,
		.has_voicemail = jsonx_bool(row, "has_voicemail", false),
		.may_dial_out = jsonx_bool(row, "may_dial_out", false),
		.is_active = jsonx_bool(row, "is_active", true)};
	if (e->is_active && strmap_put(&s->extension_by_number, e->number, e) < 0)
		return -ENOMEM;
	return map_put(&s->extension_by_id, e->id, e);
}

static int build_group(struct snapshot *s, const json_t *row, int i)
{
	struct ring_group *g = &s->groups[i];
	const char *strategy = jsonx_text(row, "strategy", ""), *then = jsonx_text(row, "then", "");

	*g = (struct ring_group){.id = jsonx_id(row, "id"),
		.number = snapshot_text(s, row, "number"),
		.name = snapshot_text(s, row, "name"),
		.then_extension = jsonx_id(row, "then_extension"),
		.then_queue = jsonx_id(row, "then_queue"),
		.voicemail_user = jsonx_id(row, "voicemail_user"),
		.greeting = jsonx_id(row, "greeting"),
		.ring_ms = (int32_t)jsonx_int(row, "ring_timeout_s", 20) * 1000,
		.is_active = jsonx_bool(row, "is_active", true)};
	g->strategy = str_equal(strategy, "in_order")	   ? GROUP_IN_ORDER
		      : str_equal(strategy, "round_robin") ? GROUP_ROUND_ROBIN
							   : GROUP_RING_ALL;
	g->then = str_equal(then, "voicemail")	 ? GROUP_VOICEMAIL
		  : str_equal(then, "extension") ? GROUP_EXTENSION
		  : str_equal(then, "queue")	 ? GROUP_QUEUE
						 : GROUP_HANG_UP;
	g->users = snapshot_ids(s, json_object_get(row, "users"), &g->n_users);
	g->extensions = snapshot_ids(s, json_object_get(row, "extensions"), &g->n_extensions);
	g->numbers = snapshot_texts(s, json_object_get(row, "numbers"), &g->n_numbers);
	if (strmap_get(&s->extension_by_number, g->number))
		log_error("center", 0,
			"ring group %s has the number of an extension, which is called instead", g->number);
	if (g->is_active && strmap_put(&s->group_by_number, g->number, g) < 0)
		return -ENOMEM;
	return map_put(&s->group_by_id, g->id, g);
}

static int build_caller_id(struct snapshot *s, const json_t *row, int i)
{
	struct caller_id *n = &s->caller_ids[i];

	*n = (struct caller_id){.id = jsonx_id(row, "id"),
		.number = snapshot_text(s, row, "number"),
		.name = snapshot_text(s, row, "name"),
		.is_withheld = jsonx_bool(row, "is_withheld", false)};
	n->trunks = snapshot_ids(s, json_object_get(row, "trunks"), &n->n_trunks);
	n->teams = snapshot_ids(s, json_object_get(row, "teams"), &n->n_teams);
	return map_put(&s->caller_id_by_id, n->id, n);
}

typedef int builder(struct snapshot *s, const json_t *row, int i);

static int build_all(struct snapshot *s, const json_t *rows, builder *build)
{
	int err = 0;

	for (size_t i = 0; i < json_array_size(rows) && err == 0; i++)
		err = build(s, json_array_get(rows, i), (int)i);
	return err;
}

int snapshot_dial_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s)
{
	_cleanup_json_ json_t *extensions = NULL, *groups = NULL, *caller_ids = NULL;
	int err = snapshot_rows(reader, tenant, "extension", &extensions);

	if (err == 0)
		err = snapshot_rows(reader, tenant, "ring_group", &groups);
	if (err == 0)
		err = snapshot_rows(reader, tenant, "caller_id", &caller_ids);
	if (err == 0)
		err = snapshot_trunks_load(reader, tenant, s);
	if (err < 0)
		return err;
	s->n_extensions = (int)json_array_size(extensions);
	s->n_groups = (int)json_array_size(groups);
	s->n_caller_ids = (int)json_array_size(caller_ids);
	s->extensions = arena_alloc(&s->arena, ((size_t)s->n_extensions + 1) * sizeof(*s->extensions));
	s->groups = arena_alloc(&s->arena, ((size_t)s->n_groups + 1) * sizeof(*s->groups));
	s->caller_ids = arena_alloc(&s->arena, ((size_t)s->n_caller_ids + 1) * sizeof(*s->caller_ids));
	if (!s->extensions || !s->groups || !s->caller_ids)
		return -ENOMEM;
	err = build_all(s, extensions, build_extension);
	if (err == 0)
		err = build_all(s, groups, build_group);
	return err < 0 ? err : build_all(s, caller_ids, build_caller_id);
}

void snapshot_dial_settings(struct snapshot *s, const json_t *row)
{
	struct dialling *d = &s->dialling;

	*d = (struct dialling){.rules = {.country = snapshot_text(s, row, "country_code"),
				       .national = snapshot_text(s, row, "national_prefix"),
				       .international = snapshot_text(s, row, "international_prefix")},
		.voicemail_queue = jsonx_id(row, "voicemail_queue"),
		.ready = snapshot_text(s, row, "feature_ready"),
		.on_break = snapshot_text(s, row, "feature_break"),
		.listen = snapshot_text(s, row, "feature_listen"),
		.pick_up = snapshot_text(s, row, "feature_pick_up"),
		.voicemail = snapshot_text(s, row, "feature_voicemail"),
		.greeting = snapshot_text(s, row, "feature_greeting")};
	s->outside_calls_max = (int)jsonx_int(row, "outside_calls_max", 0);
	s->outside_calls_per_second = (int)jsonx_int(row, "outside_calls_per_second", 0);
	d->rules.forbidden =
		snapshot_texts(s, json_object_get(row, "forbidden_prefixes"), &d->rules.n_forbidden);
	d->rules.emergency =
		snapshot_texts(s, json_object_get(row, "emergency_numbers"), &d->rules.n_emergency);
}

void snapshot_dial_trunk(struct snapshot *s, const json_t *row, struct trunk *t)
{
	t->caller_id = snapshot_text(s, row, "caller_id");
	t->prefixes = snapshot_texts(s, json_object_get(row, "prefixes"), &t->n_prefixes);
	t->position = (int)jsonx_int(row, "position", 0);
	t->format = dial_format_named(jsonx_text(row, "number_format", "e164"));
}

static bool is_login_taken(const struct snapshot *s, int n, const char *login)
{
	for (int i = 0; i < n; i++)
		if (str_equal(s->directory->accounts[i].login, login))
			return true;
	return false;
}

int snapshot_dial_accounts(struct snapshot *s, int n)
{
	int added = 0;

	for (int i = 0; i < s->n_extensions; i++) {
		const struct extension *e = &s->extensions[i];
		struct sip_account *a = &s->directory->accounts[n + added];
		if (!e->is_active || !e->sip_login[0] || !e->sip_ha1[0])
			continue;
		if (is_login_taken(s, n, e->sip_login)) {
			log_error("center", 0,
				"extension %s registers with the user name of a person's telephone: give it "
				"another "
				"one",
				e->number);
			continue;
		}
		a->user = e->id;
		str_put(a->login, sizeof(a->login), e->sip_login);
		str_put(a->ha1_md5, sizeof(a->ha1_md5), e->sip_ha1);
		str_put(a->ha1_sha256, sizeof(a->ha1_sha256), e->sip_ha256);
		added++;
	}
	return added;
}

void snapshot_dial_free(struct snapshot *s)
{
	map_free(&s->extension_by_id);
	map_free(&s->group_by_id);
	map_free(&s->caller_id_by_id);
	strmap_free(&s->extension_by_number);
	strmap_free(&s->group_by_number);
}

const struct extension *snapshot_extension(const struct snapshot *s, uint64_t id)
{
	return id ? map_get(&s->extension_by_id, id) : NULL;
}

const struct ring_group *snapshot_group(const struct snapshot *s, uint64_t id)
{
	return id ? map_get(&s->group_by_id, id) : NULL;
}

const struct caller_id *snapshot_caller_id(const struct snapshot *s, uint64_t id)
{
	return id ? map_get(&s->caller_id_by_id, id) : NULL;
}
