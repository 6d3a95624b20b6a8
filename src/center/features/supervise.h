/* Supervisors in a call: they listen (nobody hears them), whisper (the agent alone hears them), barge in
 * (everybody does), or take the call over. Each step is an event and an audit entry. Supervision follows the
 * call to whichever agent has it, and ends when nobody has it any more. Centre thread. */
#pragma once
#include "center/request.h"

#define SUPERVISORS_MAX 4 /* of one call */

extern const struct verb supervise_verbs[];
/* A supervisor's telephone (the user of e) dialled the listening code with an extension: the leg of e listens
 * to that agent's call. NULL, or an error's code (then the leg is still the caller's to refuse). */
const char *supervise_by_phone(struct center *c, const char *extension, const struct sip_event *e);
/* A leg to a supervisor's page has its port. */
void supervise_push_sdp(struct leg *leg, const char *sdp);
/* Who has the call has changed, or the configuration: those who may not supervise it (any more) leave. c: all
 * calls. */
void supervise_check(struct interaction *ix);
void supervise_look(struct center *c);
/* The supervisor's page was reloaded: audio anew. */
void supervise_again(struct center *c, uint64_t user);

/* What the agent is told of: {"id","name","mode"}, or null. */
json_t *supervise_notice_json(const struct interaction *ix);
/* For the live view: who supervises, whatever the agent knows; null. */
json_t *supervised_by_json(const struct interaction *ix);
/* All that user supervises, as the push "supervision" has it. */
json_t *supervisions_json(struct center *c, uint64_t user);
