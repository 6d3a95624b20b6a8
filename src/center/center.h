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
	CENTER_DRAIN,	       /* SIGTERM: no new calls; stop when the last ended or at the deadline */
};
struct center_client {
	uint64_t id, user, tenant;
	unsigned permissions; /* enum permission */
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
	center_output_handler *on_output;
	void *on_output_arg;
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

/* Why those agents? The decisions of routing still kept among those named, as a JSON array in their order
 * (docs/protocol.md; without "rules"). Any thread; on_json is called on the centre thread with an owned
 * object, NULL when memory is out. list: n of {decision, segment} from the log (a number is given anew after
 * each start, so the segment must fit, too); copied. 0; -E2BIG above CENTER_DECISIONS_MAX; -ENOBUFS. */
#define CENTER_DECISIONS_MAX 256
struct center_decision {
	uint64_t decision, segment;
};
typedef void center_json_handler(json_t *json, void *arg);
int center_decisions(
	struct center *c, const struct center_decision *list, int n, center_json_handler *on_json, void *arg);

/* Numbers for /metrics and /readyz; any thread. */
struct center_totals {
	bool is_ready; /* recovered, configured, listening */
	uint64_t calls_active, calls_total, waiting, agents_available, blocked, inputs, input_us_max,
		mailbox_length;
};
void center_totals(const struct center *c, struct center_totals *ret_totals);
/* Today's figures by the same fold that feeds the live view: JSON of
 * {"from":..,"to":..,"queues":[..],"agents":[..],"all":{..}} between wall times. Any thread (copies under a
 * short lock of the fold's owner: the request travels through the mailbox and on_json is called on the centre
 * thread with an owned object). */
int center_figures(struct center *c, uint64_t tenant, int64_t from_ms, int64_t to_ms,
	center_json_handler *on_json, void *arg);
/* Business rules that failed since they were saved (or the start): [{"rule", "name", "version", "line",
 * "message", "at", "times"}], at the last time. As center_figures. 0 or -ENOBUFS. */
int center_rule_failures(struct center *c, center_json_handler *on_json, void *arg);
