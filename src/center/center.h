/* The centre: the one thread that changes the state of interactions, agents, queues and flows. It takes typed
 * inputs from its mailbox, calls the pure rooms (route/, flow/), appends events to the store and performs the
 * actions on sip/, media/ and speech/. Screens talk to it in requests and hear from it in outputs
 * (docs/protocol.md).
 *
 * Nothing here blocks: SQL, files and speech are made by other threads. */
#pragma once
#include "base/jsonx.h"
#include "media/media.h"
#include "sip/sip.h"
#include "speech/speech.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct center;

/* One open WebSocket is a client; the api room numbers them (never reused). */
enum center_input_kind {
	CENTER_CLIENT_OPENED =
		1,	       /* user, permissions, body: {"name":..,"login":..} (owned) -> pushes hello */
	CENTER_CLIENT_CLOSED,  /* a grace period runs before an agent without any client is set offline */
	CENTER_REQUEST,	       /* body: the request object of docs/protocol.md (owned) -> one reply */
	CENTER_CONFIG_CHANGED, /* something in the store changed: load and apply a new snapshot */
	CENTER_ALARMS,	       /* body: the alarms that are on now, an array (owned); see docs/protocol.md */
	CENTER_DRAIN,	       /* SIGTERM: no new calls; stop when the last ended or at the deadline */
};
struct center_client {
	uint64_t id, user, tenant;
	unsigned permissions; /* enum permission; MAY_VISIT: a customer on a page, user 0, whose OPENED says
				 {"number","token"} */
};
struct center_input {
	enum center_input_kind kind;
	struct center_client client;
	json_t *body;	     /* owned by the message */
	int64_t deadline_ms; /* DRAIN, monotonic */
};

enum center_output_kind {
	CENTER_TO_CLIENT = 1, /* to client `to` */
	CENTER_TO_USER,	      /* to all clients of user `to` */
	CENTER_TO_LIVE,	      /* to all clients subscribed to the live view of the tenant */
	CENTER_LIVE_JOIN,     /* from now on client `to` belongs to the live audience (its full view was just
				 sent) */
	CENTER_LIVE_LEAVE,
	CENTER_CLOSE_CLIENT, /* the client's rights ended: close it */
};
struct center_output {
	enum center_output_kind kind;
	uint64_t to, tenant;
	char *text; /* JSON, released with free() by the receiver; NULL for JOIN, LEAVE, CLOSE */
};
/* Called on the centre thread: only post. A false return means the receiver is too far behind; the output is
 * dropped and its text still belongs to the centre. */
typedef bool center_output_handler(const struct center_output *out, void *arg);

struct center_parts { /* started by app/, all outlive the centre */
	struct store *store;
	struct media *media;
	struct sip *sip;
	struct speech *speech;
	const char *data_directory; /* recordings/, prompts/ and the database live below it */
	bool is_noise_offered; /* comfort noise (RFC 3389) to telephones and trunks; told to who takes it */
	center_output_handler *on_output;
	void *on_output_arg;
	/* A recording was sealed by the event of this number, or (0) the configuration is another one. Called
	 * on the centre thread: only post. NULL: nobody asks. */
	void (*on_sealed)(uint64_t seq, void *arg);
	void *on_sealed_arg;
};

/* Made first (its handlers are given to sip_start, media_start and speech_start), started once the parts run.
 */
int center_new(struct center **ret_center);
/* Recovers from the log (open interactions end with system_restart, today's figures are folded), applies the
 * configuration, opens for calls. 0 or -errno. */
int center_start(struct center *c, const struct center_parts *parts);
/* Any thread. 0; -ENOBUFS when the mailbox is full (the body stays the caller's). */
int center_send(struct center *c, const struct center_input *input);
/* Handlers for the parts' events; arg is the centre. */
sip_event_handler center_on_sip;
media_event_handler center_on_media;
speech_handler center_on_speech;
store_commit_handler center_on_commit;
/* Waits until the centre's thread ended (after DRAIN). */
void center_join(struct center *c);
void center_free(struct center *c);

typedef void center_json_handler(json_t *json, void *arg);

/* A call that an agent shall make, asked by another system: the agent's device first, then whom it is for.
 * on_json is called on the centre thread: once its beginning is on disk {"interaction"}; at once {"code"}
 * when it was not made (docs/protocol.md, error codes; key_reused); NULL when the centre ends first. key,
 * body: as of struct center_work: the same call is named again. Copied. Any thread. 0 or -ENOBUFS. */
#define CENTER_DIAL_TO_MAX 256
struct center_dial {
	uint64_t key, agent, caller_id, queue, customer;
	uint32_t body;
	char to[CENTER_DIAL_TO_MAX]; /* as dialled: a number, an extension, a ring group, a SIP address */
};
int center_dial(struct center *c, const struct center_dial *ask, center_json_handler *on_json, void *arg);

/* What is known of a trunk now, or a test of it that begins now. on_json is called on the centre thread: the
 * state (docs/trunks.md), or {"code"}: not_found, trunk_off, invalid_number, busy (a test runs), no_memory;
 * NULL when the centre ends first. Copied. Any thread. 0 or -ENOBUFS. */
enum center_trunk_act { CENTER_TRUNK_STATE = 1, CENTER_TRUNK_OPTIONS, CENTER_TRUNK_CALL };
struct center_trunk {
	uint64_t trunk;
	enum center_trunk_act act;
	char number[SIP_NUMBER_MAX]; /* CALL: whom the test calls, as dialled */
};
int center_trunk(struct center *c, const struct center_trunk *ask, center_json_handler *on_json, void *arg);

/* A message left for somebody: who may hear it, and what is done with it. */
enum center_mail_act {
	CENTER_MAIL_BOXES =
		1,	      /* {"boxes": [whose messages the user hears], "counts": {"unheard", "heard"}} */
	CENTER_MAIL_MAY_HEAR, /* {"may"}: a message, or a fax, of owner (0: nobody's) in queue (0: none) */
	CENTER_MAIL_HEARD,    /* the rest: {} once it is on disk, or {"code"}: not_found, invalid_target */
	CENTER_MAIL_UNHEARD,
	CENTER_MAIL_REMOVE,
	CENTER_MAIL_FORWARD, /* to: a user or an extension */
};
struct center_mail {
	enum center_mail_act act;
	uint64_t user, recording, interaction, owner, queue, to;
};
/* on_json is called on the centre thread; NULL when the centre ends before it is known. Copied. Any thread. 0
 * or -ENOBUFS. */
int center_mail(struct center *c, const struct center_mail *ask, center_json_handler *on_json, void *arg);

/* Why those agents? The decisions of routing still kept among those named, as a JSON array in their order
 * (docs/protocol.md; without "rules"). Any thread; on_json is called on the centre thread with an owned
 * object, NULL when memory is out. list: n of {decision, segment} from the log (a number is given anew after
 * each start, so the segment must fit, too); copied. 0; -E2BIG above CENTER_DECISIONS_MAX; -ENOBUFS. */
#define CENTER_DECISIONS_MAX 256
struct center_decision {
	uint64_t decision, segment;
};
int center_decisions(
	struct center *c, const struct center_decision *list, int n, center_json_handler *on_json, void *arg);

/* --- contacts without a telephone, opened by another system
 * ------------------------------------------------------------------------------------------------------ */
enum center_work_kind { CENTER_WORK_OPEN = 1, CENTER_WORK_WRITE, CENTER_WORK_END };
#define CENTER_WORK_ADDRESS_MAX 254 /* bytes of from and to */
#define CENTER_WORK_NAME_MAX 127
struct center_work {
	enum center_work_kind kind;
	uint64_t user;		     /* whose token it was: counted against the rate */
	uint64_t key;		     /* hash of user and Idempotency-Key; 0: none. At most 63 bits */
	uint32_t body;		     /* hash of what the request said; 0: not known */
	uint64_t interaction, queue; /* WRITE, END: which; OPEN: where to */
	int channel;		     /* index in channel_names, not 0 (voice) */
	int priority;
	bool is_customer; /* END: the customer closed it, not the system that opened it */
	char from[CENTER_WORK_ADDRESS_MAX + 1], to[CENTER_WORK_ADDRESS_MAX + 1];
	char name[CENTER_WORK_NAME_MAX + 1];
	char *text; /* owned (alloc); NULL: none */
	/* what is known of whom it is from (center_work_look_up); owned, NULL when nothing */
	json_t *customer, *past;
	uint64_t last_agent;
};
/* Fills the last three: the customer is that row (0: whoever has the number `from`). Reads the database; API
 * workers. 0; STORE_NOT_FOUND: there is no such customer; -errno (nothing filled: it may go on without). */
int center_work_look_up(
	struct center *c, struct store_reader *reader, uint64_t customer, struct center_work *ask);
/* Frees what ask owns. */
void center_work_clear(struct center_work *ask);
/* Carries out what is asked. on_json is called on the centre thread: once it is on disk {"id", "seq"} (OPEN;
 * an earlier request with the same key: its answer), {"id", "seq", "number"} (WRITE), {"id", "seq"} (END); at
 * once
 * {"code"} when it was not done: not_found, queue_closed, queue_full, wrong_channel, is_over, is_call,
 * too_many, too_long, key_reused, rate_limited, draining, store_overloaded, no_memory; NULL when the centre
 * ends before it is known. Any thread. 0 (what ask owns is the centre's now); -ENOBUFS, -ENOMEM (it stays the
 * caller's). */
int center_work(struct center *c, struct center_work *ask, center_json_handler *on_json, void *arg);

/* --- blocks: addresses banned, calls outside stopped
 * ------------------------------------------------------------------------------------------------------ */
enum center_block_act { CENTER_BLOCK_PUT = 1, CENTER_BLOCK_LIFTED };
struct store_block;
/* A block that an administrator wrote or lifted (store_block_save, store_block_lift; it is on disk) is put in
 * force. {} once it is; NULL when the centre ends first or memory is out. Copied. As center_figures. 0 or
 * -ENOBUFS. */
int center_block(struct center *c, enum center_block_act act, const struct store_block *block,
	center_json_handler *on_json, void *arg);

/* --- faxes to be sent
 * ------------------------------------------------------------------------------------------------------------
 */
struct center_fax {
	uint64_t document, user; /* its pages lie at store_document_path; who asked */
	uint64_t interaction;	 /* of the last try; 0 when asked */
	int pages;
	char to[SIP_NUMBER_MAX], from[SIP_NUMBER_MAX], name[SIP_NAME_MAX]; /* from: the number shown, "": the
									      trunk's */
};
/* Dials and sends it, again after a failure (settings fax_tries, fax_retry_s). The caller has put the TIFF
 * and the file documents/outbox/<id>.json {"id","to","from","name","pages","user"} on disk before: from it
 * the centre goes on after a restart; it removes that file at the end. on_json on the centre thread: {"id"}
 * once it is on disk;
 * {"code"}: draining, too_many, no_trunk, no_memory; NULL when the centre ends first. Any thread. 0,
 * -ENOBUFS, -ENOMEM. */
int center_fax(struct center *c, const struct center_fax *ask, center_json_handler *on_json, void *arg);
/* Takes back one that waits: {"id"}, or {"code"}: not_found (it is over, or never was), is_sending. */
int center_fax_cancel(struct center *c, uint64_t document, center_json_handler *on_json, void *arg);

/* Numbers for /metrics and /readyz; any thread. */
#define CENTER_MOS_BUCKETS 6
struct center_totals {
	bool is_ready; /* recovered, configured, listening */
	uint64_t calls_active, calls_total, waiting, agents_available, blocked, inputs, input_us_max,
		mailbox_length, works_open, mos[CENTER_MOS_BUCKETS + 1],
		mos_sum_x100;		     /* works: contacts without a telephone */
	int mos_le_x100[CENTER_MOS_BUCKETS]; /* upper bounds of mos; its last counts what is above */
};
void center_totals(const struct center *c, struct center_totals *ret_totals);
/* Today's figures by the same fold that feeds the live view: JSON of
 * {"from":..,"to":..,"queues":[..],"agents":[..],"all":{..}} between wall times. Any thread (copies under a
 * short lock of the fold's owner: the request travels through the mailbox and on_json is called on the centre
 * thread with an owned object). */
int center_figures(struct center *c, uint64_t tenant, int64_t from_ms, int64_t to_ms,
	center_json_handler *on_json, void *arg);
/* What another system wants of a call's recording: start, stop, pause or resume. {"state", ...} as CALL says
 * it, or {"code"}: not_found, invalid_act, not_connected, recording_not_allowed. As center_figures. 0 or
 * -ENOBUFS. */
int center_record(
	struct center *c, uint64_t interaction, const char *act, center_json_handler *on_json, void *arg);
/* Business rules that failed since they were saved (or the start): [{"rule", "name", "version", "line",
 * "message", "at", "times"}], at the last time. As center_figures. 0 or -ENOBUFS. */
int center_rule_failures(struct center *c, center_json_handler *on_json, void *arg);
