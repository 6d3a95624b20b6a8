/* Numbers for Prometheus (text format 0.0.4; histograms, no label per contact, agent or queue) and the two
 * probes. */
#include "api/auth.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

static void add(struct text *t, const char *name, const char *type, const char *help, uint64_t value)
{
	text_printf(t, "# HELP markaz_%s %s\n# TYPE markaz_%s %s\nmarkaz_%s %llu\n", name, help, name, type,
		name, (unsigned long long)value);
}

static uint64_t get(const atomic_uint_fast64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void add_http(struct text *t, const struct api_counters *n)
{
	uint64_t sum = 0;

	text_add(t, "# HELP markaz_http_responses_total Answers by class of status.\n# TYPE "
		    "markaz_http_responses_total counter\n");
	for (int i = 1; i <= 5; i++)
		text_printf(t, "markaz_http_responses_total{class=\"%dxx\"} %llu\n", i,
			(unsigned long long)get(&n->by_status[i]));
	text_add(t, "# HELP markaz_http_seconds Time from a request's head to its last byte.\n# TYPE "
		    "markaz_http_seconds histogram\n");
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += get(&n->latency[i]);
		text_printf(t, "markaz_http_seconds_bucket{le=\"%g\"} %llu\n", (double)histogram_us[i] / 1e6,
			(unsigned long long)sum);
	}
	sum += get(&n->latency[HISTOGRAM_BUCKETS]);
	text_printf(t,
		"markaz_http_seconds_bucket{le=\"+Inf\"} %llu\nmarkaz_http_seconds_sum "
		"%g\nmarkaz_http_seconds_count %llu\n",
		(unsigned long long)sum, (double)get(&n->latency_sum_us) / 1e6, (unsigned long long)sum);
	add(t, "http_bytes_out_total", "counter", "Bytes of bodies sent.", get(&n->bytes_out));
	add(t, "http_connections_refused_total", "counter", "Connections refused over the limits.",
		get(&n->refused));
	add(t, "http_sockets", "gauge", "Open connections.", get(&n->sockets));
	add(t, "http_waiting", "gauge", "Requests waiting for a worker.", get(&n->waiting));
	add(t, "login_failures_total", "counter", "Sign-ins refused.", get(&n->login_failures));
	add(t, "ws_clients", "gauge", "Open WebSocket clients.", get(&n->clients));
	add(t, "ws_messages_in_total", "counter", "WebSocket requests received.", get(&n->ws_in));
	add(t, "ws_messages_out_total", "counter", "WebSocket messages sent.", get(&n->ws_out));
	add(t, "ws_clients_dropped_total", "counter", "Clients closed because they did not read.",
		get(&n->ws_dropped));
}

static void add_mos(struct text *t, const struct center_totals *n)
{
	uint64_t sum = 0;

	text_add(t, "# HELP markaz_leg_mos What legs of calls sounded like when they ended (E-model, 1 to "
		    "4.5).\n# TYPE "
		    "markaz_leg_mos histogram\n");
	for (int i = 0; i < CENTER_MOS_BUCKETS; i++) {
		sum += n->mos[i];
		text_printf(t, "markaz_leg_mos_bucket{le=\"%g\"} %llu\n", n->mos_le_x100[i] / 100.0,
			(unsigned long long)sum);
	}
	sum += n->mos[CENTER_MOS_BUCKETS];
	text_printf(t,
		"markaz_leg_mos_bucket{le=\"+Inf\"} %llu\nmarkaz_leg_mos_sum %g\nmarkaz_leg_mos_count %llu\n",
		(unsigned long long)sum, (double)n->mos_sum_x100 / 100, (unsigned long long)sum);
}

static void add_center(struct text *t, const struct center *center)
{
	struct center_totals n = {0};

	center_totals(center, &n);
	add(t, "ready", "gauge", "1 while calls can be taken.", n.is_ready);
	add_mos(t, &n);
	add(t, "calls_active", "gauge", "Calls under way.", n.calls_active);
	add(t, "contacts_open", "gauge", "Contacts without a telephone: waiting or with an agent.",
		n.works_open);
	add(t, "calls_total", "counter", "Calls since the start.", n.calls_total);
	add(t, "calls_blocked_total", "counter", "Contact attempts refused before any queue.", n.blocked);
	add(t, "waiting", "gauge", "Customers waiting in queues.", n.waiting);
	add(t, "agents_available", "gauge", "Agents free for a contact.", n.agents_available);
	add(t, "center_inputs_total", "counter", "Inputs the centre handled.", n.inputs);
	add(t, "center_input_us_max", "gauge", "Longest handling of one input, microseconds.",
		n.input_us_max);
	add(t, "center_mailbox", "gauge", "Inputs waiting for the centre.", n.mailbox_length);
}

static void add_commits(struct text *t, const struct store_health *h)
{
	uint64_t sum = 0;

	text_add(t, "# HELP markaz_store_commit_seconds Time of a transaction of the writer.\n# TYPE "
		    "markaz_store_commit_seconds histogram\n");
	for (int i = 0; i <= STORE_HISTOGRAM; i++) {
		sum += h->commit_us[i];
		if (i < STORE_HISTOGRAM)
			text_printf(t, "markaz_store_commit_seconds_bucket{le=\"%g\"} %llu\n",
				(double)store_commit_us[i] / 1e6, (unsigned long long)sum);
	}
	text_printf(t,
		"markaz_store_commit_seconds_bucket{le=\"+Inf\"} %llu\nmarkaz_store_commit_seconds_sum %g\n"
		"markaz_store_commit_seconds_count %llu\n",
		(unsigned long long)sum, (double)h->commit_us_sum / 1e6, (unsigned long long)sum);
}

static void add_alarms(struct text *t, const struct store *store)
{
	struct store_alarm_view list[STORE_ALARMS];
	int n = store_alarms(store, list);

	text_add(t, "# HELP markaz_alarm 1 while it lasts.\n# TYPE markaz_alarm gauge\n");
	for (int i = 0; i < STORE_ALARMS; i++) {
		int is_on = 0;
		for (int k = 0; k < n; k++)
			is_on |= (int)list[k].alarm == i;
		text_printf(
			t, "markaz_alarm{kind=\"%s\"} %d\n", store_alarm_name((enum store_alarm)i), is_on);
	}
}

static void add_store(struct text *t, const struct store *store)
{
	struct store_health h = {0};

	store_health(store, &h);
	add(t, "store_writing", "gauge", "0 while the database refuses.", h.is_writing);
	add(t, "store_accepting", "gauge", "0 while nothing can be made durable: new contacts are refused.",
		h.is_accepting);
	text_add(t, "# HELP markaz_store_state 1 for the state it is in.\n# TYPE markaz_store_state gauge\n");
	for (int i = STORE_WRITING; i <= STORE_STUCK; i++)
		text_printf(t, "markaz_store_state{state=\"%s\"} %d\n", store_state_name((enum store_state)i),
			(int)h.state == i);
	add(t, "store_slow", "gauge", "1 while commits take longer than a second.", h.is_slow);
	add(t, "store_backlog", "gauge", "Events accepted and not yet on disk.", h.backlog);
	add(t, "store_spool_bytes", "gauge", "Of the spool, in use.", h.spool_bytes);
	add(t, "store_spool_bytes_max", "gauge", "Of the spool, in all; 0: there is none.",
		h.spool_bytes_max);
	add(t, "store_spool_events", "gauge", "Events safe in the spool, not yet in the database.",
		h.spool_events);
	add(t, "store_last_error", "gauge", "errno of the last failed transaction, 0: there was none.",
		(uint64_t)-h.last_error);
	add(t, "store_checkpoint_error", "gauge", "errno of the last checkpoint, 0 when it was fine.",
		(uint64_t)-h.checkpoint_error);
	add(t, "store_disk_bytes_free", "gauge", "On the disk of the data directory.", h.disk_free_bytes);
	add(t, "store_events_total", "counter", "Events written.", h.events);
	add(t, "store_commits_total", "counter", "Commits.", h.commits);
	add(t, "store_commit_us_max", "gauge", "Longest commit, microseconds.", h.commit_us_max);
	add_commits(t, &h);
	add_alarms(t, store);
}

static void add_media(struct text *t, struct media *media)
{
	struct media_totals n = {0};

	if (!media)
		return;
	media_totals(media, &n);
	add(t, "media_legs", "gauge", "Open media legs.", n.legs_open);
	add(t, "media_packets_in_total", "counter", "RTP packets received.", n.packets_in);
	add(t, "media_packets_out_total", "counter", "RTP packets sent.", n.packets_out);
	add(t, "media_late_ticks_total", "counter", "Audio ticks that began late.", n.late_ticks);
	add(t, "media_sounds", "gauge", "Prompts, music and speech kept decoded.", n.sounds);
	add(t, "media_sound_bytes", "gauge", "Memory they take.", n.sound_bytes);
	add(t, "media_recorder_dropped_frames_total", "counter", "Frames a full recorder dropped.",
		n.recorder_dropped_frames);
	add(t, "media_stun_rejected_total", "counter", "STUN packets refused.", n.stun_rejected);
	add(t, "media_srtp_rejected_total", "counter", "SRTP packets that failed authentication.",
		n.srtp_rejected);
}

/* This machine itself needs no token; behind a proxy on it, everybody would look like it. */
static bool is_local(const struct request *rq)
{
	return address_is_loopback(rq->peer) && address_is_loopback(rq->address) && !rq->is_forwarded;
}

void metrics_get(struct exchange *x)
{
	struct text t = {0};
	struct api *a = x->api;

	if (!is_local(&x->request)) {
		int result = x->request.token[0] ? auth_find(&a->auth, x->reader, x->request.token, &x->who)
						 : STORE_NOT_FOUND;
		if (result != 0) {
			problem(x, PROBLEM_UNAUTHENTICATED,
				"Send a token of a user who may see the live view.");
			return;
		}
		if (!(x->who.permissions & x->route->permissions)) {
			problem(x, PROBLEM_FORBIDDEN,
				"Only who may see the live view may see these numbers.");
			return;
		}
	}
	add_http(&t, &a->counters);
	add(&t, "event_readers_waiting", "gauge", "Programs that wait for events (long poll).",
		(uint64_t)atomic_load(&a->n_parked));
	add_center(&t, a->parts.center);
	add_store(&t, a->parts.store);
	add_media(&t, a->parts.media);
	char *copy = t.failed ? NULL : strdup(t.data);
	size_t len = t.len;
	text_free(&t);
	if (copy)
		reply_bytes(x, 200, TEXT_TYPE, copy, len);
	else
		problem(x, PROBLEM_UNAVAILABLE, "The server is short of memory.");
}

void health_get(struct exchange *x)
{
	reply_json(x, 200, json_pack("{s:s, s:s}", "status", "ok", "version", MARKAZ_VERSION));
}

static json_t *alarms_json(const struct store *store)
{
	struct store_alarm_view list[STORE_ALARMS];
	int n = store_alarms(store, list);
	json_t *names = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(names, json_string(store_alarm_name(list[i].alarm)));
	return names;
}

void ready_get(struct exchange *x)
{
	struct store_health h = {0};
	struct center_totals n = {0};
	const struct store *store = x->api->parts.store;

	store_health(store, &h);
	center_totals(x->api->parts.center, &n);
	/* With its events in the spool the centre takes calls like any other: degraded, not down. */
	bool is_ready = n.is_ready && h.is_accepting && !atomic_load(&x->api->is_stopping);
	bool is_degraded = is_ready && (!h.is_writing || h.is_slow || h.checkpoint_error != 0);
	reply_json(x, is_ready ? 200 : 503,
		json_pack("{s:b, s:b, s:b, s:b, s:s, s:I, s:I, s:o}", "is_ready", is_ready, "is_degraded",
			is_degraded, "is_center_ready", n.is_ready, "is_store_writing", h.is_writing,
			"store_state", store_state_name(h.state), "spool_pct",
			(json_int_t)(h.spool_bytes_max ? h.spool_bytes * 100 / h.spool_bytes_max : 0),
			"room_s", (json_int_t)h.room_s, "alarms", alarms_json(store)));
}
