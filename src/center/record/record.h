/* Recordings of calls, and messages people left: begun, paused, ended, delivered.
 *
 * Centre thread only. */
#pragma once
#include "center/center.h"
#include "event/ledger.h"

#define VOICEMAIL_SHORT_MS 1500 /* below it nothing was said */

struct flow_action;
struct interaction;
struct record_wish;
struct recording {
	uint64_t id;
	bool is_running, is_stopping, is_voicemail;
	bool is_paused; /* nothing that is said now may be kept by anybody */
	int64_t started_mono, paused_mono;
	const char *paused_by; /* agent, flow, api or digits; static */
	uint64_t queue, owner; /* of a voicemail: whose it is: a queue's, or a person's, extension's or ring
				  group's */
	uint64_t
		deliver_to; /* a queue of channel message in which it is worked off; 0: as the settings say */
};
/* A message somebody left, and whom for. All texts and rows are borrowed; NULL: not known. */
struct voicemail {
	uint64_t interaction, recording;
	uint64_t queue, owner, deliver_to; /* as in struct recording */
	int64_t duration_ms;
	const char *from, *name, *to;
	const json_t *customer, *past;
	uint64_t last_agent;
};
/* One that a crash cut off: made whole again, and not yet given to whom it is for (recover.c). */
struct cut_voicemail {
	struct voicemail mail; /* its texts are those below */
	bool is_left, is_delivered;
	char path[LEDGER_TEXT_MAX], from[LEDGER_TEXT_MAX], name[LEDGER_TEXT_MAX], to[LEDGER_TEXT_MAX];
};

/* record.c */
/* The conversation begins: recorded when the queue's rule, or that of its direction, says so. */
void record_begin(struct interaction *ix);
/* Whatever the rule says. False: it could not be begun (said in the log), or runs already. */
bool record_start(struct interaction *ix);
void record_voicemail(struct interaction *ix, const struct flow_action *a);
void record_stop(struct interaction *ix);
void record_on_media(struct center *c, const struct media_event *e);
/* The disk does not take recordings, or does again. */
void record_on_alarm(struct center *c, const struct media_event *e);

/* record_ask.c: what agents, flows and other systems may do with a recording */
enum record_rule record_rule(const struct interaction *ix);
/* act: start, stop, pause or resume; agent: whose wish it is (0: nobody of the house); by: "agent", "flow",
 * "api" or "digits" (static). NULL, or the error's code for the reply. */
const char *record_act(struct interaction *ix, const char *act, uint64_t agent, const char *by);
/* It has begun: the notice, and the beeps. */
void record_tell(struct interaction *ix);
/* It is over: what was to happen to it is off. */
void record_forget(struct interaction *ix);
void record_wished(struct center *c, const struct record_wish *w);
json_t *record_json(const struct interaction *ix); /* as CALL says it */

/* voicemail.c: a message was left; EVENT_VOICEMAIL_LEFT and where it goes */
void voicemail_left(struct interaction *ix, uint64_t recording, int64_t duration_ms);
/* Where it goes alone: EVENT_VOICEMAIL_DELIVERED, once, also when its contact was opened before a crash. */
void voicemail_deliver(struct center *c, const struct voicemail *v);
