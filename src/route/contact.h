/* The life of a segment and of an agent's contacts, one function a change. None of them settles: route_step
 * does, after. The actions they append need room made before (route_room); at most route_agent_room(a) for an
 * agent. */
#pragma once
#include "route/state.h"

/* A segment of nobody, or NULL when memory is out; its deadline will find room. */
struct segment *route_segment_new(struct route *r);
/* Memory for n more of them, so that route_segment_new cannot fail so often. 0 or -ENOMEM. */
int route_segments_reserve(struct route *r, size_t n);
/* Gives it back; it is in no tree, list or map. */
void route_segment_free(struct route *r, struct segment *s);

/* Actions one change of a can lead to at most. */
size_t route_agent_room(const struct agent *a);
/* a's contact with this segment in that state, or NULL. O(contacts of the agent). */
struct segment *route_contact_find(
	const struct route *r, const struct agent *a, uint64_t segment, enum segment_state state);
void route_contact_append(struct route *r, struct agent *a, struct segment *s);

/* a is idle from now on, and as occupied as it has been until now. */
void route_set_idle(struct route *r, struct agent *a);
/* Counts and times of a begin again. */
void route_new_day(struct route *r, struct agent *a);

/* The offer of s (or of one ring of a segment) ended without a connection. When it was the only one the
 * segment waits again at its place (or overflows, when its limit passed). */
void route_release(struct route *r, struct segment *s);
/* The same with ROUTE_WITHDRAW for reason. */
void route_withdraw(struct route *r, struct segment *s, enum route_reason reason);
/* s rang until its deadline, at one or several agents. */
void route_ring_out(struct route *r, struct segment *s);
/* The agent reserved for s was held too long: s leaves. */
void route_reservation_over(struct route *r, struct segment *s);
/* The offer of s was missed: the agent is not responding, or, when it may miss more or is persistent, is not
 * asked for s again for a while. */
void route_missed(struct route *r, struct segment *s);
/* s is not offered to its agent again for ROUTE_RETRY_MS; too many of these and the agent rests. */
void route_note_declined(struct route *r, struct segment *s);
/* a is offered nothing for ROUTE_RETRY_MS. */
void route_rest(struct route *r, struct agent *a);
/* What a's rest and remembered declines last until due_ms ends. */
void route_agent_time(struct route *r, struct agent *a, int64_t due_ms);
/* The next moment a rest or a remembered decline of a ends. */
void route_set_agent_due(struct route *r, struct agent *a);
void route_set_available(struct route *r, struct agent *a, bool is_available);
/* s, which waits for a preferred agent, waits for anybody from now on. */
void route_drop_preference(struct route *r, struct segment *s);

/* s, or one ring of it, was answered; the others stop. */
void route_connect(struct route *r, struct segment *ring);
/* Handling of a connected s ended: wrap-up, or the contact is over. */
void route_end(struct route *r, struct segment *s);
/* The contact (connected or in wrap-up) is over and forgotten; ROUTE_WRAP_UP_OVER for reason if it was in
 * wrap-up. */
void route_contact_over(struct route *r, struct segment *s, enum route_reason reason);
/* A waiting s leaves: by rule, or because its customer did. Forgotten. */
void route_overflow(struct route *r, struct segment *s, enum route_reason reason);
void route_cancel(struct route *r, struct segment *s);
