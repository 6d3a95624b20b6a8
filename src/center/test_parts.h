/* A whole centre in one thread, for tests: the real route, flow, event and store rooms (SQLite in a temporary
 * directory) and doubles of sip/, media/ and speech/. The doubles record each command and answer as the real
 * rooms promise to, at once; a test may silence them and say something else. Time stands still unless the
 * test moves it, so nothing here depends on the machine's speed. */
#pragma once
#include "base/id.h"
#include "center/state.h"
#include "store/store_fixture.h"

#define WORLD_RECORDINGS_MAX 64

struct said { /* an output of the centre */
	enum center_output_kind kind;
	uint64_t to;
	json_t *body; /* NULL for JOIN, LEAVE, CLOSE */
};
struct logged { /* an event, with its own copies of the texts checked */
	struct event e;
	char reason[64], name[128], text[256], to[64];
};
struct outlived { /* a leg in a media process that outlives the centre */
	uint64_t leg, group, recording;
	bool is_webrtc, is_claimed;
	char *note; /* the centre's; owned */
	size_t n;
};
enum speech_mood { SPEECH_CACHED, SPEECH_ASKS, SPEECH_FULL };

struct world {
	struct fixture store;
	struct center *center;
	struct store_reader *loader;
	VEC(struct sip_command) sip;
	VEC(struct media_command) media;
	VEC(struct said) said;
	VEC(struct logged) log;
	VEC(struct hear) hears; /* as the media double was told */
	VEC(uint64_t) spoken;	/* refs asked of speech/ and not answered */
	struct {
		uint64_t ref, leg, group;
	} recording[WORLD_RECORDINGS_MAX];
	struct {
		uint64_t leg, ref, group;
		enum media_layer layer;
	} playing[WORLD_RECORDINGS_MAX];
	/* There is a media process: what it was told outlives world_crash. The legs it has */
	bool is_outliving;
	VEC(struct outlived) outlived;
	/* what the doubles do not do by themselves */
	bool is_sip_silent, is_media_silent, is_recorder_silent, is_loader_silent, is_store_full;
	bool is_sip_full, is_media_full;
	enum speech_mood speech;
	int64_t recorded_ms; /* length of every recording made */
	uint64_t next_leg, next_client;
	uint64_t support, trunk; /* the usual queue: rings 5 s, wrap-up 10 s (extendable by 20), recorded */
	uint64_t number;	 /* "1000" leads to it */
	bool is_lossy; /* events of the doubles may be lost: only that nothing crashes or leaks is checked */
	int64_t memory_left; /* allocations each round of the centre may make before memory is out; negative:
				any */
	bool has_restored;   /* agents do not begin as offline */
	/* Events that still reach the disk; what comes after them is accepted and lost in the next
	 * crash, of which it is too late to tell anybody. Negative: all of them do. */
	int64_t events_kept;
};

/* An empty installation with one trunk, the queue and the number; not started yet. False: reported. */
bool world_open(struct world *w);
bool world_start(struct world *w);
/* Hangs up on everybody, lets every clock run out, checks the log and that nothing is left, frees all. */
void world_close(struct world *w);
/* As kill -9: the centre is gone without a word; world_start starts the next one. */
void world_crash(struct world *w);
/* The clocks go on while no centre runs. */
void world_away(int64_t ms);
/* Handles everything that waits; then also lets ms pass, each deadline at its own moment. */
void world_run(struct world *w);
void world_pass(struct world *w, int64_t ms);
/* A user with role agent; extra: further fields of the row, beginning with a comma, or "". */
uint64_t world_agent(struct world *w, const char *login, const char *extra);
/* A row from a text with ' for "; its id, or 0: refused. */
uint64_t world_make(struct world *w, const char *resource, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void world_configure(struct world *w); /* CENTER_CONFIG_CHANGED and its consequences */

/* A browser page of user opens; its client id. */
uint64_t world_page(struct world *w, uint64_t user, unsigned permissions);
void world_page_closes(struct world *w, uint64_t client);
/* Sends {"id":7, ...}: the error code of the reply, "" when ok, NULL when none came. Texts with ' for ". */
const char *world_ask(struct world *w, uint64_t client, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* An agent with a page, ready. */
uint64_t world_ready(struct world *w, uint64_t user);
/* The newest push named `on` to user since the last world_forget; NULL. Borrowed. */
json_t *world_push(struct world *w, uint64_t user, const char *on);
json_t *world_reply(struct world *w); /* the newest reply */
void world_forget(struct world *w);   /* what was said and commanded so far (not the log) */

/* A call comes in: its leg. */
uint64_t world_call(struct world *w, const char *from, const char *to);
void world_sip(struct world *w, enum sip_event_kind kind, uint64_t leg, int code);
void world_media(struct world *w, enum media_event_kind kind, uint64_t leg);
/* The page answers the newest offer of user with SDP; the reply's code. DTLS comes up by MEDIA_LEG_READY. */
const char *world_answer(struct world *w, uint64_t client, uint64_t user);
/* The same and the audio path. */
void world_connect(struct world *w, uint64_t client, uint64_t user);
/* What silent doubles owe by now: ends of legs hung up and of recordings stopped. */
void world_catch_up(struct world *w);
/* The interaction of a leg, NULL when gone. */
struct interaction *world_ix(struct world *w, uint64_t leg);
uint64_t world_ix_id(struct world *w, uint64_t leg);
struct agent *world_agent_of(struct world *w, uint64_t user);
/* The leg that rings at the agent or is in the call with them; 0: none. */
uint64_t world_leg_of(struct world *w, uint64_t user);
/* The newest command of a kind, or NULL; and how many. */
struct sip_command *world_sip_command(struct world *w, enum sip_command_kind kind);
struct media_command *world_media_command(struct world *w, enum media_command_kind kind);
/* Whether leg hears other by now. */
bool world_hears(const struct world *w, uint64_t leg, uint64_t other);
/* What leg hears is played: the first of the list, "" when nothing is. */
const char *world_plays(const struct world *w, uint64_t leg);
/* The page of user answers what was pushed named `on` ("media", "supervision_media"), and it is up. */
void world_media_up(struct world *w, uint64_t client, uint64_t user, const char *on, uint64_t leg);
/* The leg of a person in a call; 0: none. */
uint64_t world_party_leg(struct world *w, const struct interaction *ix, uint64_t user);
int world_count(struct world *w, enum event_type type);
int world_count_reason(struct world *w, enum event_type type, const char *reason);
const struct logged *world_last(struct world *w, enum event_type type);
int64_t world_now(void);
/* Asserts what is always true of the log (see test_parts.c); everything_ended: nothing may be open. */
void world_check_log(struct world *w, bool has_everything_ended);
void world_check_alive(struct world *w);
/* Whether one of these checks failed since world_open; only the first is reported. */
bool world_has_failed(void);
extern struct siprec world_siprec;	    /* of the newest SIP_CALL or SIP_REINVITE that had one */
extern char world_repaired[MEDIA_PATH_MAX]; /* the file made whole last */
/* test_world_replay.c: the routing log so far fed to p. false: reported, or it cannot be read. */
struct replay;
bool world_replay(struct world *w, struct replay *p);
size_t world_log_bytes(struct world *w, uint64_t *ret_rows);
/* It decides again what was decided. */
void world_check_replay(struct world *w);
/* What the store's end of the routing log does in tests, for all worlds. */
extern struct world_log {
	bool is_refusing;
	uint64_t parts, starts, bytes;
} world_log;
void world_fail(const char *file, int line, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* The row of a static contact: at work from the start, at a SIP address. */
#define ALWAYS_AT_URI ",\"device\":\"uri\",\"device_uri\":\"sip:carl@192.0.2.50\",\"is_always_ready\":true"
const char *world_state(struct world *w, uint64_t user);
void world_finish_playing(struct world *w, uint64_t leg);

/* Two browser agents, ready; ann has been idle the longer. */
struct desk {
	uint64_t ann, bob, ann_page, bob_page;
};
bool desk_open(struct world *w, struct desk *d);
/* A caller ("100") talking with ann: the caller's leg. */
uint64_t desk_talk(struct world *w, struct desk *d);

#define WITH_WORLD(w)                                                                                        \
	__attribute__((cleanup(world_close))) struct world w;                                                \
	if (!world_open(&w))                                                                                 \
	return
#define WITH_DESK(w, d)                                                                                      \
	WITH_WORLD(w);                                                                                       \
	struct desk d;                                                                                       \
	if (!desk_open(&w, &d))                                                                              \
	return
#define ID(id) id_text((id), (char[ID_TEXT_SIZE]){0})
