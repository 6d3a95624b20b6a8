/* What screens are told: open pages, the live view of queues, agents and trunks.
 *
 * Centre thread only. */
#pragma once
#include "center/center.h"
#include "center/dial/trunk_state.h"

#define LIVE_FLUSH_MS 50
#define LIVE_WAITS_MAX 50

struct agent;
struct interaction;
struct work;
struct queue_view { /* what the live view needs to know about a queue beyond route/ */
	uint64_t id;
	bool is_dirty;
	bool is_closed;	   /* as last told to route/ */
	int n_reachable;   /* people who serve it and can be reached, whatever their presence */
	int64_t widens_ms; /* when somebody shown waiting is due for the next ring; monotonic */
	struct interaction *first_wait, *last_wait; /* waiting or ringing, in order of entry */
	struct work *first_work, *last_work;	    /* the same, in a queue of another channel */
};
struct client {
	struct center_client who;
	bool is_live;
	bool is_limited; /* as the live view was told: sees agents of some teams alone (scope.h) */
	bool is_known;	 /* known: the configuration had this user at some time */
};
struct trunk_view {
	uint64_t id;
	bool is_up, is_known, is_dirty;
	enum sip_registration registration;
	char reason[96];
	int calls;    /* interactions */
	int channels; /* legs, whatever they are for */
	struct trunk_state state;
	struct {	     /* the last a person asked for; see dial/trunk_ask.c */
		uint64_t id; /* 0: none yet */
		bool is_running, is_ok, is_call;
		int code;
		int64_t began_wall, took_ms;
		const char *outcome; /* static */
		char words[96];
	} test;
};

/* client.c */
void client_opened(struct center *c, struct center_input *in);
void alarms_changed(struct center *c, json_t *alarms); /* borrowed */
void client_closed(struct center *c, uint64_t client);
void push_client(struct center *c, uint64_t client, json_t *body); /* takes ownership */
void push_user(struct center *c, uint64_t user, json_t *body);
void live_queue_changed(struct center *c, uint64_t queue);
/* The view of a queue of the configuration, made when absent; NULL when there is no such queue, or no memory.
 */
struct queue_view *live_queue_view(struct center *c, uint64_t queue);
/* One row of waits, and all of a queue (at most LIVE_WAITS_MAX). */
json_t *live_waits_json(struct center *c, uint64_t queue);
/* The agent may be reached now, or not any more: the live view counts those of each queue. */
void live_count_reachable(struct agent *a);
/* Counts everybody anew after the configuration changed. */
void live_recount_reachable(struct center *c);
void live_agent_changed(struct agent *a);
/* Keeps each queue's list of waits: entered, and left (answered, given up, taken out; twice is fine). */
void live_wait_begins(struct interaction *ix);
void live_wait_ends(struct interaction *ix);
/* Forgets views of queues and trunks that the configuration no longer has. */
void live_reap(struct center *c);
/* A trunk's number of live calls grew or shrank. */
void live_trunk_calls(struct center *c, uint64_t trunk, int change);
/* The view of a trunk; NULL when id is 0 or memory is out. */
struct trunk_view *live_trunk_view(struct center *c, uint64_t id);
/* It changed: screens hear of it. */
void live_trunk_touch(struct center *c, struct trunk_view *t);
void live_trunk(struct center *c, const struct sip_event *e);
void live_flush(struct center *c);
json_t *live_full(struct center *c);
/* The push "live" with everybody in it and nothing else. */
json_t *live_people(struct center *c);
json_t *figures_json(struct center *c, int64_t from_ms, int64_t to_ms);
