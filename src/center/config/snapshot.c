/* Builds a snapshot from rows. A row that cannot be used is said in the log and left out; the rest stands. */
#include "center/config/snapshot.h"
#include "center/routing/rules.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/config/snapshot_defence.h"
#include "center/config/snapshot_dial.h"
#include "center/config/snapshot_routing.h"
#include "flow/day.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

#define PAGE 1000

/* --- reading rows
 * ---------------------------------------------------------------------------------------------------- */

/* All rows of a resource, over as many pages as it takes. */
int snapshot_rows(struct store_reader *rd, uint64_t tenant, const char *resource, json_t **ret_rows)
{
	const struct resource *r = resource_by_name(resource);
	json_t *all = json_array();
	uint64_t after = 0;

	for (;;) {
		_cleanup_json_ json_t *page = NULL;
		int err = store_list(rd, r, tenant, after, PAGE, NULL, true, &page);
		if (err) {
			json_decref(all);
			return err < 0 ? err : -EIO;
		}
		json_array_extend(all, page);
		if (json_array_size(page) < PAGE)
			break;
		after = jsonx_id(json_array_get(page, json_array_size(page) - 1), "id");
	}
	*ret_rows = all;
	return 0;
}

const char *snapshot_text(struct snapshot *s, const json_t *row, const char *key)
{
	const char *copy = arena_strdup(&s->arena, jsonx_text(row, key, ""));

	return copy ? copy : "";
}

uint64_t *snapshot_ids(struct snapshot *s, const json_t *list, int *ret_n)
{
	size_t n = json_array_size(list), i;
	uint64_t *out = arena_alloc(&s->arena, (n + 1) * sizeof(*out));
	json_t *v;

	*ret_n = 0;
	json_array_foreach(list, i, v) if (out && json_string_value(v) &&
					   id_parse(json_string_value(v), &out[*ret_n]) == 0)(*ret_n)++;
	return out;
}

static int by_skill(const void *a, const void *b)
{
	const struct route_skill *x = a, *y = b;

	return x->skill < y->skill ? -1 : x->skill > y->skill;
}

static struct route_skill *skills(struct snapshot *s, const json_t *list, int *ret_n)
{
	size_t n = json_array_size(list), i;
	struct route_skill *out = arena_alloc(&s->arena, (n + 1) * sizeof(*out));
	json_t *v;

	*ret_n = 0;
	json_array_foreach(list, i, v)
	{
		uint64_t id = jsonx_id(v, "skill");
		if (out && id)
			out[(*ret_n)++] = (struct route_skill){id, (int)jsonx_int(v, "level", 1)};
	}
	qsort(out, (size_t)*ret_n, sizeof(*out), by_skill);
	return out;
}

/* --- one builder each
 * ------------------------------------------------------------------------------------------------ */

typedef int builder(struct snapshot *s, const json_t *row, int i);

static enum srtp_mode srtp_mode(const json_t *row)
{
	const char *mode = jsonx_text(row, "srtp", "off");

	return str_equal(mode, "required_tls") ? SRTP_REQUIRED_TLS
	       : str_equal(mode, "required")   ? SRTP_REQUIRED
	       : str_equal(mode, "optional")   ? SRTP_OPTIONAL
					       : SRTP_OFF;
}

static int build_user(struct snapshot *s, const json_t *row, int i)
{
	struct user *u = &s->users[i];
	const json_t *roles = json_object_get(row, "roles");
	const char *device = jsonx_text(row, "device", "browser");
	size_t k;
	json_t *role;

	*u = (struct user){.id = jsonx_id(row, "id"),
		.team = jsonx_id(row, "team"),
		.login = snapshot_text(s, row, "login"),
		.name = snapshot_text(s, row, "name"),
		.language = snapshot_text(s, row, "language"),
		.device_uri = snapshot_text(s, row, "device_uri"),
		.sip_login = snapshot_text(s, row, "sip_login"),
		.sip_ha1 = snapshot_text(s, row, "sip_ha1"),
		.sip_ha256 = snapshot_text(s, row, "sip_ha256"),
		.extension = snapshot_text(s, row, "extension"),
		.is_active = jsonx_bool(row, "is_active", true),
		.is_always_ready = jsonx_bool(row, "is_always_ready", false),
		.caller_id = jsonx_id(row, "caller_id"),
		.is_auto_answer = jsonx_bool(row, "is_auto_answer", false),
		.srtp = srtp_mode(row)};
	u->device = str_equal(device, "phone") ? DEVICE_PHONE
		    : str_equal(device, "uri") ? DEVICE_URI
					       : DEVICE_BROWSER;
	json_array_foreach(roles, k, role)
	{
		u->is_agent |= str_equal(json_string_value(role), "agent");
	}
	/* A list that could not be read, or held, leaves the own team. */
	u->is_limited = !str_equal(jsonx_text(row, "supervises", "all"), "all");
	u->teams = snapshot_ids(s, json_object_get(row, "supervised_teams"), &u->n_teams);
	u->permissions = user_permissions(row);
	u->skills = skills(s, json_object_get(row, "skills"), &u->n_skills);
	const struct profile *profile = map_get(&s->profile_by_id, jsonx_id(row, "capacity"));
	if (profile)
		u->capacity = profile->capacity;
	else
		snapshot_capacity(NULL, &u->capacity);
	if (u->extension[0] && u->is_active && strmap_put(&s->user_by_extension, u->extension, u) < 0)
		return -ENOMEM;
	return map_put(&s->user_by_id, u->id, u);
}

static enum record_rule record_rule_of(const char *text)
{
	static const char *const names[] = {"never", "always", "percentage", "on_demand"};

	for (int i = 0; i < 4; i++)
		if (str_equal(text, names[i]))
			return (enum record_rule)i;
	return RECORD_NEVER;
}

static int build_queue(struct snapshot *s, const json_t *row, int i)
{
	struct queue *q = &s->queues[i];
	const char *preferred = jsonx_text(row, "preferred", "none");
	bool is_both = str_equal(preferred, "both");
	size_t k;
	json_t *ring;

	*q = (struct queue){.id = jsonx_id(row, "id"),
		.hours = jsonx_id(row, "hours"),
		.name = snapshot_text(s, row, "name"),
		.wrap_up_extend_ms = (int32_t)jsonx_int(row, "wrap_up_extend_s", 60) * 1000,
		.service_level_ms = (int32_t)jsonx_int(row, "service_level_s", 18) * 1000,
		.service_level_target_pct = (int)jsonx_int(row, "service_level_target_pct", 80),
		.short_abandon_ms = (int32_t)jsonx_int(row, "short_abandon_ms", 5000),
		.is_disposition_required = jsonx_bool(row, "is_disposition_required", false),
		.is_position_announced = jsonx_bool(row, "is_position_announced", true),
		.is_estimate_announced = jsonx_bool(row, "is_estimate_announced", true),
		.is_active = jsonx_bool(row, "is_active", true),
		.is_pick_allowed = jsonx_bool(row, "is_pick_allowed", false),
		.recording = record_rule_of(jsonx_text(row, "recording", "always")),
		.recording_pct = (int)jsonx_int(row, "recording_pct", 10),
		.recording_notice = jsonx_id(row, "recording_notice"),
		.preferred_patience_ms = (int32_t)jsonx_int(row, "preferred_patience_s", 15) * 1000,
		.music = jsonx_id(row, "music"),
		.is_music_shared = jsonx_bool(row, "is_music_shared", true),
		.greeting = jsonx_id(row, "greeting"),
		.caller_id = jsonx_id(row, "caller_id"),
		.is_auto_answer = jsonx_bool(row, "is_auto_answer", false)};
	q->preferred = (is_both || str_equal(preferred, "last_agent") ? PREFER_LAST_AGENT : 0u) |
		       (is_both || str_equal(preferred, "account_owner") ? PREFER_ACCOUNT_OWNER : 0u);
	snapshot_rule(s, row, q);
	q->dispositions = snapshot_ids(s, json_object_get(row, "dispositions"), &q->n_dispositions);
	q->playlist = snapshot_ids(s, json_object_get(row, "playlist"), &q->n_playlist);
	q->announcements = snapshot_ids(s, json_object_get(row, "announcements"), &q->n_announcements);
	q->teams = snapshot_ids(s, json_object_get(row, "teams"), &q->n_teams);
	q->agents = snapshot_ids(s, json_object_get(row, "agents"), &q->n_agents);
	json_array_foreach(json_object_get(row, "rings"), k, ring)
	{
		if (k >= ROUTE_RINGS_MAX - 1)
			break;
		q->rings[k].teams = snapshot_ids(s, json_object_get(ring, "teams"), &q->rings[k].n_teams);
		q->rings[k].agents = snapshot_ids(s, json_object_get(ring, "agents"), &q->rings[k].n_agents);
	}
	return map_put(&s->queue_by_id, q->id, q);
}

static int build_number(struct snapshot *s, const json_t *row, int i)
{
	struct number *n = &s->numbers[i];
	const char *digits;

	*n = (struct number){.id = jsonx_id(row, "id"),
		.flow = jsonx_id(row, "flow"),
		.queue = jsonx_id(row, "queue"),
		.extension = jsonx_id(row, "extension"),
		.group = jsonx_id(row, "ring_group"),
		.trunk = jsonx_id(row, "trunk"),
		.fax_queue = jsonx_id(row, "fax_queue"),
		.number = snapshot_text(s, row, "number"),
		.name = snapshot_text(s, row, "name"),
		.language = snapshot_text(s, row, "language"),
		.is_web = jsonx_bool(row, "is_web", false),
		.has_video = jsonx_bool(row, "has_video", false)};
	if (!jsonx_bool(row, "is_active", true))
		return 0;
	digits = n->number[0] == '+' ? n->number + 1 : n->number;
	return strmap_put(&s->number_by_text, digits, n);
}

static int build_flow(struct snapshot *s, const json_t *row, int i)
{
	struct flow_issues issues = {0};
	uint64_t id = jsonx_id(row, "id");
	int err = flow_parse(json_object_get(row, "document"), id,
		(int)jsonx_int(row, "published_version", 1), &s->flows[i], &issues);

	if (err == -EINVAL)
		for (size_t k = 0; k < issues.len; k++)
			if (!issues.at[k].is_warning)
				log_error("center", 0, "flow %s is left out: node %s: %s",
					jsonx_text(row, "name", ""), issues.at[k].node, issues.at[k].message);
	flow_issues_free(&issues);
	if (err == -ENOMEM)
		return err;
	return err ? 0 : map_put(&s->flow_by_id, id, s->flows[i]);
}

static int build_hours(struct snapshot *s, const json_t *row, int i)
{
	struct hours_row *h = &s->hours[i];
	char error[256];

	h->id = jsonx_id(row, "id");
	if (hours_parse(row, &h->hours, error) < 0)
		log_error("center", 0, "opening hours %s read as closed: %s", jsonx_text(row, "name", ""),
			error);
	return map_put(&s->hours_by_id, h->id, h);
}

static int build_prompt(struct snapshot *s, const json_t *row, int i)
{
	static const char *const languages[] = {"fa", "ar", "zh", "en"};
	struct prompt *p = &s->prompts[i];
	const json_t *texts = json_object_get(row, "texts");

	p->id = jsonx_id(row, "id");
	p->has_audio = jsonx_int(row, "audio_ms", 0) > 0;
	for (int k = 0; k < 4; k++)
		if (!str_is_blank(jsonx_text(texts, languages[k], NULL)))
			p->texts[k] = snapshot_text(s, texts, languages[k]);
	return map_put(&s->prompt_by_id, p->id, p);
}

static int build_disposition(struct snapshot *s, const json_t *row, int i)
{
	s->dispositions[i] = (struct named){jsonx_id(row, "id"), snapshot_text(s, row, "name")};
	return map_put(&s->disposition_by_id, s->dispositions[i].id, &s->dispositions[i]);
}

static int build_break(struct snapshot *s, const json_t *row, int i)
{
	s->break_reasons[i] = (struct named){jsonx_id(row, "id"), snapshot_text(s, row, "name")};
	return map_put(&s->break_by_id, s->break_reasons[i].id, &s->break_reasons[i]);
}

static int build_skill(struct snapshot *s, const json_t *row, int i)
{
	s->skills[i] = (struct named){jsonx_id(row, "id"), snapshot_text(s, row, "name")};
	return 0;
}

static int build_profile(struct snapshot *s, const json_t *row, int i)
{
	s->profiles[i].id = jsonx_id(row, "id");
	snapshot_capacity(row, &s->profiles[i].capacity);
	return map_put(&s->profile_by_id, s->profiles[i].id, &s->profiles[i]);
}

static int build_trunk(struct snapshot *s, const json_t *row, int i)
{
	struct sip_trunk *t = &s->directory->trunks[i];
	const char *transport = jsonx_text(row, "transport", "udp");
	const json_t *addresses = json_object_get(row, "addresses");
	size_t k;
	json_t *v;

	*t = (struct sip_trunk){.id = jsonx_id(row, "id"),
		.transport = str_equal(transport, "tcp")   ? SIP_TCP
			     : str_equal(transport, "tls") ? SIP_TLS
							   : SIP_UDP,
		.is_accepted_by_address = jsonx_bool(row, "is_accepted_by_address", false),
		.is_accepted_by_digest = jsonx_bool(row, "is_accepted_by_digest", false),
		.is_registered_outwards = jsonx_bool(row, "is_registered_outwards", false),
		.calls_max = (int)jsonx_int(row, "calls_max", 0),
		.qualify_interval_s = (int)jsonx_int(row, "qualify_interval_s", 60),
		.is_enabled = jsonx_bool(row, "is_enabled", true)};
	str_put(t->name, sizeof(t->name), jsonx_text(row, "name", ""));
	str_put(t->proxy, sizeof(t->proxy), jsonx_text(row, "proxy", ""));
	str_put(t->login, sizeof(t->login), jsonx_text(row, "login", ""));
	str_put(t->password, sizeof(t->password), jsonx_text(row, "password", ""));
	str_put(t->caller_id, sizeof(t->caller_id), jsonx_text(row, "caller_id", ""));
	json_array_foreach(addresses, k, v) if (t->n_addresses < SIP_ADDRESSES_MAX && json_string_value(v))
		str_put(t->addresses[t->n_addresses++], sizeof(t->addresses[0]), json_string_value(v));
	s->trunks[i] = (struct trunk){.id = t->id,
		.name = snapshot_text(s, row, "name"),
		.is_enabled = t->is_enabled,
		.has_proxy = t->proxy[0] != '\0',
		.has_t38 = jsonx_bool(row, "has_t38", true),
		.is_tls = t->transport == SIP_TLS,
		.srtp = srtp_mode(row)};
	snapshot_dial_trunk(s, row, &s->trunks[i]);
	snapshot_trunk(s, row, &s->trunks[i], t);
	return map_put(&s->trunk_by_id, t->id, &s->trunks[i]);
}

static int build_recorder(struct snapshot *s, const json_t *row, int i)
{
	struct recorder_row *r = &s->recorders[i];

	*r = (struct recorder_row){.id = jsonx_id(row, "id"),
		.name = snapshot_text(s, row, "name"),
		.uri = snapshot_text(s, row, "uri"),
		.percent = (int)jsonx_int(row, "percent", 100),
		.is_enabled = jsonx_bool(row, "is_enabled", true)};
	r->queues = snapshot_ids(s, json_object_get(row, "queues"), &r->n_queues);
	return 0;
}

/* --- putting it together
 * --------------------------------------------------------------------------------------------- */

static int build_all(struct snapshot *s, const json_t *rows, builder *build)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		int err = build(s, row, (int)i);
		if (err < 0)
			return err;
	}
	return 0;
}

static void fill_accounts(struct snapshot *s)
{
	int n = 0;

	for (int i = 0; i < s->n_users; i++) {
		const struct user *u = &s->users[i];
		struct sip_account *a = &s->directory->accounts[n];
		if (!u->is_active || !u->sip_login[0] || !u->sip_ha1[0])
			continue;
		a->user = u->id;
		str_put(a->login, sizeof(a->login), u->sip_login);
		str_put(a->ha1_md5, sizeof(a->ha1_md5), u->sip_ha1);
		str_put(a->ha1_sha256, sizeof(a->ha1_sha256), u->sip_ha256);
		a->needs_tls = u->srtp == SRTP_REQUIRED_TLS;
		n++;
	}
	s->directory->n_accounts = n + snapshot_dial_accounts(s, n);
}

/* In order of dependence. */
enum {
	SKILLS,
	PROFILES,
	USERS,
	QUEUES,
	NUMBERS,
	FLOWS,
	HOURS,
	PROMPTS,
	DISPOSITIONS,
	BREAKS,
	TRUNKS,
	RECORDERS,
	KINDS
};

#define ROOM(member, kind)                                                                                   \
	((s->member = arena_alloc(&s->arena, (json_array_size(rows[kind]) + 1) * sizeof(*s->member))) !=     \
			NULL &&                                                                              \
		((s->n_##member = (int)json_array_size(rows[kind])), true))

static int build(struct snapshot *s, json_t *const rows[KINDS])
{
	static builder *const builders[KINDS] = {build_skill, build_profile, build_user, build_queue,
		build_number, build_flow, build_hours, build_prompt, build_disposition, build_break,
		build_trunk, build_recorder};
	int err = 0;

	if (!ROOM(users, USERS) || !ROOM(queues, QUEUES) || !ROOM(numbers, NUMBERS) || !ROOM(flows, FLOWS) ||
		!ROOM(hours, HOURS) || !ROOM(prompts, PROMPTS) || !ROOM(dispositions, DISPOSITIONS) ||
		!ROOM(break_reasons, BREAKS) || !ROOM(trunks, TRUNKS) || !ROOM(skills, SKILLS) ||
		!ROOM(recorders, RECORDERS) || !ROOM(profiles, PROFILES))
		return -ENOMEM;
	s->directory = sip_directory_new(s->n_trunks, s->n_users + s->n_extensions);
	if (!s->directory)
		return -ENOMEM;
	s->directory->calls_max = s->outside_calls_max;
	s->directory->calls_per_second = s->outside_calls_per_second;
	s->directory->defence = s->sip_defence;
	for (int k = 0; k < KINDS && err == 0; k++)
		err = build_all(s, rows[k], builders[k]);
	if (err == 0)
		err = snapshot_serves(s);
	if (err == 0)
		fill_accounts(s);
	return err;
}

static void read_call_settings(const json_t *row, struct snapshot *s)
{
	const char *notice = jsonx_text(row, "supervision_notice", "whisper");

	s->park_first = (int)jsonx_int(row, "park_first", 71);
	s->park_last = (int)jsonx_int(row, "park_last", 79);
	s->park_return_ms = jsonx_int(row, "park_return_s", 120) * 1000;
	s->is_conference_kept = jsonx_bool(row, "is_conference_kept", true);
	s->is_supervision_beeped = jsonx_bool(row, "is_supervision_beeped", false);
	s->supervision_notice = str_equal(notice, "never")    ? NOTICE_NEVER
				: str_equal(notice, "always") ? NOTICE_ALWAYS
							      : NOTICE_WHISPER;
}

static void read_record_settings(const json_t *row, struct record_settings *r)
{
	*r = (struct record_settings){.is_encrypted = jsonx_bool(row, "is_recording_encrypted", false),
		.is_masked = jsonx_bool(row, "is_recording_masked", true),
		.outbound = record_rule_of(jsonx_text(row, "record_outbound", "always")),
		.internal = record_rule_of(jsonx_text(row, "record_internal", "never")),
		.beep_ms = jsonx_int(row, "recording_beep_s", 0) * 1000,
		.pause_max_ms = jsonx_int(row, "recording_pause_max_s", 300) * 1000,
		.key_days = jsonx_int(row, "recording_key_days", 30),
		.disk_reserve_mb = (int32_t)jsonx_int(row, "recording_disk_reserve_mb", 200)};
}

void snapshot_load_key(struct snapshot *s, struct store *store, struct store_reader *reader, int64_t now_ms)
{
	struct record_settings *r = &s->record;

	if (!r->is_encrypted)
		return;
	int err = store_recording_key_current(store, reader, 1, now_ms - r->key_days * DAY_MS, &r->key);
	if (err < 0)
		log_error("center", 0, "no key for recordings: %s. Nothing is recorded until there is one",
			strerror(-err));
	r->has_key = err == 0;
}

static int read_settings(struct store_reader *reader, uint64_t tenant, struct snapshot *s)
{
	_cleanup_json_ json_t *rows = NULL;
	int err = snapshot_rows(reader, tenant, "setting", &rows);

	if (err < 0)
		return err;
	s->time_zone = snapshot_text(s, json_array_get(rows, 0), "time_zone");
	s->default_language = snapshot_text(s, json_array_get(rows, 0), "default_language");
	s->fax_station = snapshot_text(s, json_array_get(rows, 0), "fax_station");
	s->fax_header = snapshot_text(s, json_array_get(rows, 0), "fax_header");
	s->fax_tries = (int)jsonx_int(json_array_get(rows, 0), "fax_tries", 3);
	s->fax_retry_ms = jsonx_int(json_array_get(rows, 0), "fax_retry_s", 120) * 1000;
	s->music = jsonx_id(json_array_get(rows, 0), "music");
	read_call_settings(json_array_get(rows, 0), s);
	read_record_settings(json_array_get(rows, 0), &s->record);
	s->vip_head_start_ms = jsonx_int(json_array_get(rows, 0), "vip_head_start_s", 0) * 1000;
	s->value_head_start_ms = jsonx_int(json_array_get(rows, 0), "value_head_start_s", 1) * 1000;
	snapshot_dial_settings(s, json_array_get(rows, 0));
	if (snapshot_defence_settings(s, json_array_get(rows, 0)) < 0)
		return -ENOMEM;
	return 0;
}

int snapshot_load(struct store_reader *reader, uint64_t tenant, struct snapshot **ret_snapshot)
{
	static const char *const names[KINDS] = {"skill", "capacity_profile", "user", "queue", "number",
		"flow", "hours", "prompt", "disposition", "break_reason", "trunk", "recorder"};
	struct snapshot *s = alloc_zero(sizeof(*s));
	json_t *rows[KINDS] = {0};
	int err = s ? read_settings(reader, tenant, s) : -ENOMEM;

	for (int k = 0; k < KINDS && err == 0; k++)
		err = snapshot_rows(reader, tenant, names[k], &rows[k]);
	if (err == 0)
		err = snapshot_dial_load(reader, tenant, s);
	if (err == 0)
		err = build(s, rows);
	if (err == 0)
		err = snapshot_defence_load(reader, tenant, s);
	if (err == 0)
		err = rules_load(reader, tenant, &s->rules);
	for (int k = 0; k < KINDS; k++)
		json_decref(rows[k]);
	if (err < 0) {
		snapshot_free(s);
		return err;
	}
	*ret_snapshot = s;
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_flows; i++)
		flow_unref(s->flows[i]);
	for (int i = 0; i < s->n_hours; i++)
		hours_free(s->hours[i].hours);
	rules_free(s->rules);
	sip_directory_free(s->directory);
	map_free(&s->user_by_id);
	map_free(&s->queue_by_id);
	map_free(&s->flow_by_id);
	map_free(&s->hours_by_id);
	map_free(&s->prompt_by_id);
	map_free(&s->disposition_by_id);
	map_free(&s->break_by_id);
	map_free(&s->trunk_by_id);
	map_free(&s->profile_by_id);
	strmap_free(&s->number_by_text);
	strmap_free(&s->user_by_extension);
	sodium_memzero(&s->record.key, sizeof(s->record.key));
	snapshot_dial_free(s);
	arena_free(&s->arena);
	alloc_free(s);
}

/* --- asking
 * ----------------------------------------------------------------------------------------------------------
 */

const struct user *snapshot_user(const struct snapshot *s, uint64_t id)
{
	return s ? map_get(&s->user_by_id, id) : NULL;
}

const struct queue *snapshot_queue(const struct snapshot *s, uint64_t id)
{
	return s ? map_get(&s->queue_by_id, id) : NULL;
}

const struct recorder_row *snapshot_recorder(const struct snapshot *s, uint64_t id)
{
	for (int i = 0; i < s->n_recorders; i++)
		if (s->recorders[i].id == id)
			return &s->recorders[i];
	return NULL;
}

const struct number *snapshot_number(const struct snapshot *s, const char *number, uint64_t trunk)
{
	const struct number *n;

	if (number[0] == '+')
		number++;
	else if (str_starts_with(number, "00"))
		number += 2;
	n = strmap_get(&s->number_by_text, number);
	return n && (!n->trunk || !trunk || n->trunk == trunk) ? n : NULL;
}

int snapshot_language(const char *language)
{
	if (str_starts_with(language, "fa"))
		return 0;
	if (str_starts_with(language, "ar"))
		return 1;
	return str_starts_with(language, "zh") ? 2 : 3;
}

int64_t snapshot_day_start(const struct snapshot *s, int64_t wall_ms)
{
	return day_start(s->time_zone, wall_ms);
}
