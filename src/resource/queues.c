/* Where contacts wait, and by which rules. What stands here is what routing is told: its own limits are wider
 * than these, so that every row that passes is a configuration it takes. Whether the skills, teams and people
 * named exist is for the store to say. */
#include "base/id.h"
#include "base/str.h"
#include "resource/descriptors.h"
#include "resource/expression.h"

#include <ctype.h>

#define RINGS_MAX 4 /* after the first */
#define RING_AGENTS_MAX 500
#define RING_TEAMS_MAX 100

const char *const channel_names[] = {"voice", "chat", "email", "message", "task", NULL};
static const char *const strategies[] = {"longest_idle", "least_occupied", "most_skilled", "fewest_contacts",
	"round_robin", "ring_all", "top_down", "weighted", NULL};
static const char *const orders[] = {"waiting", "due", NULL};
static const char *const preferences[] = {"none", "last_agent", "account_owner", "both", NULL};
static const char *const recordings[] = {"never", "always", "percentage", "on_demand", NULL};

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .is_unique = true, .min = 1, .max = 100,
		.doc = "What people call the queue."},
	{"channel", FIELD_CHOICE, .fallback = "\"voice\"", .choices = channel_names,
		.doc = "Kind of contact that waits here; those that are no calls are opened through the "
		       "API."},
	{"strategy", FIELD_CHOICE, .fallback = "\"longest_idle\"", .choices = strategies,
		.doc = "Which of the fitting free agents is rung."},
	{"weight_idle", FIELD_INT, .fallback = "1", .max = 1000,
		.doc = "For weighted: what each second idle counts for an agent."},
	{"weight_skill", FIELD_INT, .fallback = "60", .max = 1000,
		.doc = "For weighted: what each level held of the skills asked counts for an agent."},
	{"weight_occupancy", FIELD_INT, .fallback = "1", .max = 1000,
		.doc = "For weighted: what each per cent of today's occupancy counts against an agent."},
	{"weight_contacts", FIELD_INT, .fallback = "10", .max = 1000,
		.doc = "For weighted: what each contact taken today counts against an agent."},
	{"order", FIELD_CHOICE, .fallback = "\"waiting\"", .choices = orders,
		.doc = "Who is next: the longest wait, or the nearest breach of the service level (due)."},
	{"priority", FIELD_INT, .fallback = "0", .max = 100,
		.doc = "Higher goes first where queues compete for an agent."},
	{"age_s", FIELD_INT, .fallback = "0", .max = 86400,
		.doc = "Seconds of waiting that a point of priority is worth; 0: priority always wins."},
	{"share_pct", FIELD_INT, .fallback = "0", .max = 100,
		.doc = "Least per cent of its agents' contacts the queue gets while somebody waits; 0 for "
		       "none."},
	{"skills", FIELD_SKILLS, .ref = "skill", .max = 16,
		.doc = "Skills an agent must have, each with the least proficiency."},
	{"skill_expression", FIELD_TEXT, .max = 500,
		.doc = "More skills as text, like: persian >= 5 and (sales or support >= 3) prefer vip >= "
		       "7."},
	{"teams", FIELD_REFS, .ref = "team", .max = 100,
		.doc = "Teams that serve the queue; no teams and no agents means everybody."},
	{"agents", FIELD_REFS, .ref = "user", .max = 5000,
		.doc = "People who serve the queue beside the teams, the first first for top_down."},
	{"rings", FIELD_JSON, .fallback = "[]",
		.doc = "Who else helps as waiting grows: [{\"after_s\": 60, \"relax\": 2, \"teams\": [ids], "
		       "\"agents\": [ids]}, ...]."},
	{"per_agent_max", FIELD_INT, .fallback = "0", .max = 100,
		.doc = "Most contacts of this queue one agent has at once; 0: as many as capacity allows."},
	{"keep_free", FIELD_INT, .fallback = "0", .max = 1000,
		.doc = "Fitting agents kept free for other queues: for work that can wait."},
	{"ring_timeout_s", FIELD_INT, .fallback = "20", .min = 5, .max = 120,
		.doc = "Seconds an agent rings before the next is tried."},
	{"misses_max", FIELD_INT, .fallback = "1", .max = 100,
		.doc = "Missed offers in a row that make an agent not responding; 0 for never."},
	{"wrap_up_s", FIELD_INT, .fallback = "30", .max = 3600,
		.doc = "Seconds of after-contact work; 0 for none."},
	{"wrap_up_extend_s", FIELD_INT, .fallback = "60", .max = 3600,
		.doc = "Seconds an agent may add to the after-contact work."},
	{"is_disposition_required", FIELD_BOOL, .fallback = "false",
		.doc = "Whether wrap-up asks for a disposition."},
	{"dispositions", FIELD_REFS, .ref = "disposition", .max = 200,
		.doc = "Dispositions offered; none means all."},
	{"service_level_s", FIELD_INT, .fallback = "18", .min = 1, .max = 86400,
		.doc = "An answer within this many seconds is in the service level; a new queue's default is "
		       "its channel's."},
	{"service_level_target_pct", FIELD_INT, .fallback = "80", .min = 1, .max = 100,
		.doc = "Per cent of contacts that shall be answered in the service level; a new queue's "
		       "default is its channel's."},
	{"warn_s", FIELD_INT, .fallback = "5", .max = 86400,
		.doc = "Seconds before the service level's time at which a wait is marked as near it; 0 for "
		       "never."},
	{"short_abandon_ms", FIELD_INT, .fallback = "5000", .max = 60000,
		.doc = "Abandoned before this many milliseconds counts as short abandoned."},
	{"capacity", FIELD_INT, .fallback = "0", .max = 100000,
		.doc = "Most contacts that wait; 0 for no limit."},
	{"max_wait_s", FIELD_INT, .fallback = "0", .max = 86400,
		.doc = "Seconds after which a contact leaves the queue by rule; 0 for never."},
	{"max_estimate_s", FIELD_INT, .fallback = "0", .max = 86400,
		.doc = "Longest estimated wait at which a new contact is taken; 0 for any."},
	{"is_left_without_agents", FIELD_BOOL, .fallback = "false",
		.doc = "Whether contacts leave, and new ones are refused, while nobody who could take them "
		       "is "
		       "ready."},
	{"no_agents_s", FIELD_INT, .fallback = "60", .max = 86400,
		.doc = "Seconds without anybody ready before contacts leave for that reason."},
	{"hours", FIELD_REF, .ref = "hours", .doc = "When the queue takes new contacts; none means always."},
	{"is_left_when_closed", FIELD_BOOL, .fallback = "false",
		.doc = "Whether those who wait leave when the queue closes."},
	{"preferred", FIELD_CHOICE, .fallback = "\"none\"", .choices = preferences,
		.doc = "Who is asked first: the agent the customer talked to last (7 days), the account's "
		       "owner, or whoever of both is ready."},
	{"preferred_patience_s", FIELD_INT, .fallback = "15", .max = 3600,
		.doc = "Seconds a contact waits for the preferred agent alone; 0: only if free at once."},
	{"is_pick_allowed", FIELD_BOOL, .fallback = "false",
		.doc = "Whether agents of the queue see who waits and may take one themselves."},
	{"announce_first_s", FIELD_INT, .fallback = "15", .max = 3600,
		.doc = "Seconds until the first announcement; 0 for never."},
	{"announce_every_s", FIELD_INT, .fallback = "45", .max = 3600,
		.doc = "Seconds between announcements; 0 for only one."},
	{"is_position_announced", FIELD_BOOL, .fallback = "true",
		.doc = "Whether the caller hears the position in the queue."},
	{"is_estimate_announced", FIELD_BOOL, .fallback = "true",
		.doc = "Whether the caller hears the estimated wait."},
	{"music", FIELD_REF, .ref = "prompt", .doc = "Music for those who wait; none means the house music."},
	{"playlist", FIELD_REFS, .ref = "prompt", .max = 8,
		.doc = "Prompts with audio played in this order, round and round, to those who wait; none "
		       "means "
		       "music."},
	{"is_music_shared", FIELD_BOOL, .fallback = "true",
		.doc = "Whether all who wait hear the same place of the music, like a station; else each "
		       "hears it "
		       "from its beginning."},
	{"announcements", FIELD_REFS, .ref = "prompt", .max = 8,
		.doc = "Prompts spoken over the music in turn, one with each announcement."},
	{"recording", FIELD_CHOICE, .fallback = "\"always\"", .choices = recordings,
		.doc = "Which calls are recorded: none, all, a share of them (recording_pct), or those an "
		       "agent, the flow or another system asks for."},
	{"recording_pct", FIELD_INT, .fallback = "10", .max = 100,
		.doc = "Per cent of the calls that are recorded, with recording percentage."},
	{"recording_notice", FIELD_REF, .ref = "prompt",
		.doc = "Played to the caller when the recording begins; none: nothing is said."},
	{"recording_days", FIELD_INT, .fallback = "0", .max = 36500,
		.doc = "Days after which recordings of this queue's calls are removed; 0: as the settings "
		       "say."},
	{"greeting", FIELD_REF, .ref = "prompt", .doc = "Played to the caller on entering the queue."},
	{"handle_estimate_s", FIELD_INT, .fallback = "180", .min = 1, .max = 86400,
		.doc = "Handle time assumed for estimates until real ones exist."},
	{"caller_id", FIELD_REF, .ref = "caller_id",
		.doc = "Number shown on calls made on the queue's behalf; none: the agent's, or the "
		       "trunk's."},
	{"is_auto_answer", FIELD_BOOL, .fallback = "false",
		.doc = "Whether calls connect at once, after a beep to the agent, instead of ringing."},
	{"is_active", FIELD_BOOL, .fallback = "true", .doc = "Whether the queue takes new contacts."},
};

/* --- what no field can say alone
 * ------------------------------------------------------------------------------------------ */

/* For counting only: every name is a skill, and different ones are different. */
static uint64_t anything(const char *name, void *arg)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	(void)arg;
	for (; *name; name++)
		hash = (hash ^ (uint64_t)tolower((unsigned char)*name)) * 1099511628211u;
	return hash | 1;
}

static void check_expression(const json_t *value, struct issues *issues)
{
	const char *text = jsonx_text(value, "skill_expression", NULL);
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	int n_skills = (int)json_array_size(json_object_get(value, "skills"));
	int n = ask_parse(text, anything, NULL, asks, &error);

	if (n < 0)
		issue_add(issues, "/skill_expression", "bad_form", "Column %d: %s", error.column,
			error.message);
	else if (n + n_skills > ASKS_MAX)
		issue_add(issues, "/skill_expression", "too_many",
			"Together with the list of skills at most %d are asked, not %d: simplify", ASKS_MAX,
			n + n_skills);
}

struct ring_place {
	int index;
	struct issues *issues;
};

static void ring_issue(const struct ring_place *p, const char *key, const char *code, const char *message)
{
	char pointer[96];

	str_printf(pointer, sizeof(pointer), "/rings/%d%s%s", p->index, *key ? "/" : "", key);
	issue_add(p->issues, pointer, code, "%s", message);
}

static void check_ring_ids(const struct ring_place *p, json_t *ring, const char *key, size_t max)
{
	json_t *list = json_object_get(ring, key), *v;
	uint64_t id;
	size_t i, k;

	if (!list || json_is_null(list)) {
		if (json_object_set_new(ring, key, json_array()) < 0)
			ring_issue(p, key, "no_memory", "The server is short of memory: try again later");
		return;
	}
	if (!json_is_array(list) || json_array_size(list) > max) {
		ring_issue(p, key, "wrong_type", "Must be a list of ids, not too long");
		return;
	}
	json_array_foreach(list, i, v)
	{
		bool is_id = json_is_string(v) && id_parse(json_string_value(v), &id) == 0;
		for (k = 0; is_id && k < i; k++)
			if (json_equal(v, json_array_get(list, k)))
				is_id = false;
		if (!is_id) {
			ring_issue(p, key, "wrong_type",
				"Must be ids of rows (13 letters and digits), none twice");
			return;
		}
	}
}

/* A whole number of the ring, the fallback put in where there is none; -1 after an issue. */
static int64_t ring_number(const struct ring_place *p, json_t *ring, const char *key, int64_t max)
{
	json_t *v = json_object_get(ring, key);

	if (!v && str_equal(key, "relax")) {
		if (json_object_set_new(ring, key, json_integer(0)) < 0)
			ring_issue(p, key, "no_memory", "The server is short of memory: try again later");
		return 0;
	}
	if (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= max)
		return json_integer_value(v);
	ring_issue(p, key, "out_of_range",
		str_equal(key, "relax") ? "Say how many levels the skills are relaxed: 0 to 10"
					: "Say from how many seconds of waiting on: 1 to 86400");
	return -1;
}

static void check_ring_keys(const struct ring_place *p, const json_t *ring)
{
	static const char *const known[] = {"after_s", "relax", "teams", "agents"};
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)ring, key, v)
	{
		bool is_known = false;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |= str_equal(known[i], key);
		if (!is_known)
			ring_issue(
				p, "", "unknown_field", "A ring has after_s, relax, teams and agents only");
	}
}

static void check_rings(json_t *rings, struct issues *issues)
{
	int64_t after = 0, relaxed = 0;
	size_t i;
	json_t *ring;

	if (!rings || json_is_null(rings))
		return;
	if (!json_is_array(rings) || json_array_size(rings) > RINGS_MAX) {
		issue_add(issues, "/rings", "too_many", "Must be a list of at most %d rings", RINGS_MAX);
		return;
	}
	json_array_foreach(rings, i, ring)
	{
		struct ring_place p = {(int)i, issues};
		if (!json_is_object(ring)) {
			ring_issue(&p, "", "wrong_type",
				"Must be an object like {\"after_s\": 60, \"relax\": 2}");
			continue;
		}
		check_ring_keys(&p, ring);
		check_ring_ids(&p, ring, "teams", RING_TEAMS_MAX);
		check_ring_ids(&p, ring, "agents", RING_AGENTS_MAX);
		int64_t at = ring_number(&p, ring, "after_s", 86400),
			relax = ring_number(&p, ring, "relax", 10);
		if (at >= 0 && at <= after)
			ring_issue(&p, "after_s", "out_of_range", "Must be later than the ring before");
		if (relax >= 0 && relax < relaxed)
			ring_issue(&p, "relax", "out_of_range", "Must not be less than in the ring before");
		after = at > after ? at : after;
		relaxed = relax > relaxed ? relax : relaxed;
	}
}

static void check(json_t *value, struct issues *issues)
{
	check_expression(value, issues);
	check_rings(json_object_get(value, "rings"), issues);
}

/* The service levels of the field, by channel (docs/kpi.md, presets); those without one take their nearest.
 */
static const struct {
	const char *channel;
	int s, pct;
} presets[] = {{"voice", 18, 80}, {"chat", 10, 90}, {"message", 10, 90}, {"email", 86400, 100},
	{"task", 86400, 100}};

static void preset(json_t *value)
{
	const char *channel = jsonx_text(value, "channel", "voice");

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		if (!str_equal(presets[i].channel, channel))
			continue;
		if (!json_object_get(value, "service_level_s"))
			(void)jsonx_set_int(value, "service_level_s", presets[i].s);
		if (!json_object_get(value, "service_level_target_pct"))
			(void)jsonx_set_int(value, "service_level_target_pct", presets[i].pct);
	}
}
const struct resource resource_queue = {.name = "queue",
	.path = "queues",
	.doc = "Where contacts wait for an agent, and by which rules.",
	FIELDS(fields),
	.read = MAY_NOTHING,
	.write = MAY_CHANGE_CONFIG,
	.check = check,
	.preset = preset,
	.label_field = "name"};
