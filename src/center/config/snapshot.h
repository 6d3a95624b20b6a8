/* The configuration as the centre uses it: one immutable snapshot, built from the store's rows by the loader
 * thread and swapped in whole. All texts and lists live in its arena. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "center/defence/toll.h"
#include "center/dial/dial_rules.h"
#include "center/dial/trunk_pick.h"
#include "center/dial/trunk_state.h"
#include "flow/flow.h"
#include "flow/hours.h"
#include "route/route.h"
#include "sip/sip.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum device { DEVICE_BROWSER, DEVICE_PHONE, DEVICE_URI };

struct capacity { /* how many contacts of which channels, as routing takes it */
	int max[ROUTE_CHANNELS], load[ROUTE_CHANNELS];
	uint8_t interrupts[ROUTE_CHANNELS];
};
enum srtp_mode { SRTP_OFF, SRTP_OPTIONAL, SRTP_REQUIRED, SRTP_REQUIRED_TLS };
struct user {
	uint64_t id, team;
	const char *login, *name, *language, *device_uri, *sip_login, *sip_ha1, *sip_ha256, *extension;
	enum device device;
	enum srtp_mode srtp; /* with the telephone */
	bool is_agent, is_active, is_always_ready, is_auto_answer;
	uint64_t caller_id; /* shown on calls outside; 0: the trunk's */
	struct route_skill *skills;
	int n_skills;
	struct route_serves *serves; /* queues, sorted */
	int n_serves;
	struct capacity capacity;
	unsigned permissions;
	bool is_limited; /* supervises the own team and these alone */
	uint64_t *teams; /* those beside the own one */
	int n_teams;
};
enum { PREFER_LAST_AGENT = 1, PREFER_ACCOUNT_OWNER = 2 };
struct ring { /* who helps from the ring after the first on */
	uint64_t *teams, *agents;
	int n_teams, n_agents;
};
/* Which calls are recorded. */
enum record_rule { RECORD_NEVER, RECORD_ALWAYS, RECORD_SHARE, RECORD_ON_DEMAND };
struct record_settings {
	bool is_encrypted, is_masked;
	enum record_rule outbound, internal;
	int64_t beep_ms, pause_max_ms, key_days; /* beep, pause: 0 for never */
	int32_t disk_reserve_mb;
	bool has_key; /* the key new recordings lie under */
	struct store_recording_key key;
};
struct queue {
	uint64_t id, hours;
	const char *name;
	struct route_queue rule;
	int32_t wrap_up_extend_ms, service_level_ms, short_abandon_ms;
	int service_level_target_pct;
	bool is_disposition_required, is_position_announced, is_estimate_announced, is_active;
	enum record_rule recording;
	int recording_pct;	   /* RECORD_SHARE */
	uint64_t recording_notice; /* prompt; 0: none */
	bool is_pick_allowed;
	unsigned preferred; /* set of PREFER_ */
	int32_t preferred_patience_ms;
	uint64_t *dispositions, *teams, *agents, *playlist, *announcements; /* the last two: prompts */
	int n_dispositions, n_teams, n_agents, n_playlist, n_announcements;
	bool is_music_shared;			/* all who wait hear the same place of it */
	struct ring rings[ROUTE_RINGS_MAX - 1]; /* beside rule.rings[1..] */
	uint64_t music, greeting, caller_id;
	bool is_auto_answer;
};
struct number {
	uint64_t id, flow, queue, trunk, fax_queue, extension, group;
	const char *number, *name, *language;
	bool is_web, has_video; /* customers may call it from a page; and show pictures */
};
struct hours_row {
	uint64_t id;
	struct hours *hours; /* NULL: unreadable, reads as closed */
};
struct prompt {
	uint64_t id;
	bool has_audio;
	const char *texts[4]; /* fa, ar, zh, en; NULL when absent */
};
struct profile { /* capacity profile */
	uint64_t id;
	struct capacity capacity;
};
struct named { /* skills, teams, dispositions, break reasons */
	uint64_t id;
	const char *name;
};
struct recorder_row { /* of others: see record/fork.h */
	uint64_t id;
	const char *name, *uri;
	uint64_t *queues; /* none: all */
	int n_queues, percent;
	bool is_enabled;
};
struct text_list {
	const char **at;
	int n;
};
struct trunk_rate {
	const char *prefix;
	int64_t cost; /* as trunk.cost */
};
enum caller_id_policy { SHOW_ANY, SHOW_ALLOWED, SHOW_OWN };
struct trunk {
	uint64_t id;
	const char *name;
	bool is_enabled, has_proxy, has_t38, is_tls;
	enum srtp_mode srtp;
	const char *caller_id; /* shown when nothing else is */
	const char **prefixes; /* of the numbers it dials; none: all */
	int n_prefixes, position;
	enum dial_format format;
	/* snapshot_trunks.c */
	int calls_max, weight;
	int64_t cost; /* of a minute, in millionths; negative: not known */
	struct trunk_rate *rates;
	int n_rates;
	struct trunk_bounds bounds;
	struct text_list out_called, out_caller, in_called, in_caller; /* rules: number_rules.h */
	bool is_in_e164, is_identity_asserted, is_diversion_sent;
	enum caller_id_policy policy;
	struct text_list shown_allowed;
};
struct trunk_group {
	uint64_t id;
	const char *name;
	struct text_list prefixes; /* none: all numbers no other group names */
	uint64_t *trunks;
	int n_trunks;
	enum trunk_strategy strategy;
};
struct extension {
	uint64_t id, user, greeting; /* user 0: a telephone of its own */
	const char *number, *name, *forward_to, *sip_login, *sip_ha1, *sip_ha256;
	int32_t ring_ms, voicemail_max_ms;
	bool has_voicemail, may_dial_out, is_active;
};
enum group_strategy { GROUP_RING_ALL, GROUP_IN_ORDER, GROUP_ROUND_ROBIN };
enum group_then { GROUP_HANG_UP, GROUP_VOICEMAIL, GROUP_EXTENSION, GROUP_QUEUE };
struct ring_group {
	uint64_t id, then_extension, then_queue, voicemail_user, greeting;
	const char *number, *name;
	uint64_t *users, *extensions;
	const char **numbers;
	int n_users, n_extensions, n_numbers;
	enum group_strategy strategy;
	enum group_then then;
	int32_t ring_ms;
	bool is_active;
};
struct caller_id {
	uint64_t id;
	const char *number, *name;
	bool is_withheld;
	uint64_t *trunks, *teams; /* none: all */
	int n_trunks, n_teams;
};
struct dialling { /* of the settings */
	struct dial_rules rules;
	uint64_t voicemail_queue;
	const char *ready, *on_break, *listen, *pick_up, *voicemail, *greeting; /* feature codes; "": none */
};

enum notice { NOTICE_NEVER, NOTICE_WHISPER, NOTICE_ALWAYS }; /* when agents hear of supervisors */

struct store_block;
struct snapshot {
	struct arena arena;
	uint64_t version;
	struct user *users;
	struct queue *queues;
	struct number *numbers;
	struct flow **flows;
	struct hours_row *hours;
	struct prompt *prompts;
	struct named *dispositions, *break_reasons, *skills;
	struct profile *profiles;
	struct trunk *trunks;
	struct recorder_row *recorders;
	int n_users, n_queues, n_numbers, n_flows, n_hours, n_prompts, n_dispositions, n_break_reasons,
		n_trunks, n_skills, n_profiles, n_recorders;
	struct map user_by_id, queue_by_id, flow_by_id, hours_by_id, prompt_by_id, disposition_by_id,
		break_by_id, trunk_by_id, profile_by_id;
	struct strmap number_by_text;
	struct rules *rules;						     /* business rules; NULL: none */
	struct sip_directory *directory;				     /* handed to sip/ when applied */
	const char *time_zone, *default_language, *fax_station, *fax_header; /* "": none */
	int fax_tries;
	int64_t fax_retry_ms;
	int64_t vip_head_start_ms, value_head_start_ms; /* the latter per point */
	uint64_t music;					/* prompt: the house music; 0: the built-in one */
	struct strmap user_by_extension;
	int park_first, park_last; /* slots */
	int64_t park_return_ms;
	bool is_conference_kept, is_supervision_beeped;
	enum notice supervision_notice;
	struct record_settings record;
	/* snapshot_dial.c */
	struct extension *extensions;
	struct ring_group *groups;
	struct caller_id *caller_ids;
	int n_extensions, n_groups, n_caller_ids;
	struct map extension_by_id, group_by_id, caller_id_by_id;
	struct strmap extension_by_number, group_by_number;
	struct dialling dialling;
	struct trunk_group *trunk_groups; /* those in use */
	int n_trunk_groups;
	int outside_calls_max, outside_calls_per_second;
	/* snapshot_defence.c */
	struct store_block *blocks; /* kept ones, the newest first */
	int n_blocks;
	int64_t ban_ms, ban_max_ms; /* the first time; at most */
	struct toll_rules toll;
	struct sip_defence sip_defence; /* goes with the directory */
};

/* Reads everything of the tenant. 0, -errno. A row that cannot be used (a flow with errors) is logged and
 * left out. */
int snapshot_load(struct store_reader *reader, uint64_t tenant, struct snapshot **ret_snapshot);
void snapshot_free(struct snapshot *s);
/* Fetches the key new recordings lie under, or has one made; nothing when they are not encrypted. Loader
 * thread; blocks. */
void snapshot_load_key(struct snapshot *s, struct store *store, struct store_reader *reader, int64_t now_ms);

const struct user *snapshot_user(const struct snapshot *s, uint64_t id);
/* NULL: gone. */
const struct recorder_row *snapshot_recorder(const struct snapshot *s, uint64_t id);
const struct queue *snapshot_queue(const struct snapshot *s, uint64_t id);
/* The number dialled, as it came or without a leading "+" or "00"; NULL when unknown. trunk 0: from a phone.
 */
const struct number *snapshot_number(const struct snapshot *s, const char *number, uint64_t trunk);
const struct extension *snapshot_extension(const struct snapshot *s, uint64_t id);
const struct ring_group *snapshot_group(const struct snapshot *s, uint64_t id);
const struct caller_id *snapshot_caller_id(const struct snapshot *s, uint64_t id);
/* Index of a language in prompt.texts: "fa","ar","zh..."; anything else English. */
int snapshot_language(const char *language);
/* Wall time of the last midnight in the installation's time zone. */
int64_t snapshot_day_start(const struct snapshot *s, int64_t wall_ms);
