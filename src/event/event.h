/* What happened: the typed events of the log, their encoding and their names. PURE.
 *
 * Events are the truth: every history, KPI and live figure is folded from them. A type's number and the
 * meaning of its fields never change; new fields are added, readers ignore what they do not know. Inside, an
 * event is compact (short keys, absent when zero); outside it is a CloudEvents 1.0 envelope with a dotted
 * past-tense name.
 *
 * Times are UTC wall milliseconds; durations are milliseconds measured on the monotonic clock. */
#pragma once
#include "base/jsonx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_type {		  /* fields beyond the ids (all optional ones are 0/NULL when absent) */
	EVENT_SYSTEM_STARTED = 1, /* text: version, duration_ms: how long the system was down, 0: unknown */
	EVENT_SYSTEM_STOPPED = 2, /* reason */
	EVENT_CONFIG_CHANGED =
		3, /* ref: row id; name: resource; reason: created|updated|deleted|not_saved (the disk
		    * refused: nothing changed, the number was already given out); agent: who (user id);
		    * number, text: number and hash of its entry in the audit log */
	EVENT_CONTACT_BLOCKED = 4, /* a contact attempt refused before any queue. from, to, ref: trunk,
				      number: SIP code, reason */

	EVENT_INTERACTION_STARTED = 10, /* from, to, name (of the customer), ref: trunk (voice) or the key of
					   the request that opened it (others; 0: none), number: the key
					   of the request that asked for a call (0: none), reason:
					   inbound|outbound|internal, text: channel */
	EVENT_FLOW_ENTERED = 11,	/* ref: flow, number: version */
	EVENT_FLOW_STEPPED = 12,	/* name: node, text: node type, reason: "invalid"|"no_input" when the
					   caller's answer was none */
	EVENT_FLOW_CHOSE = 13,		/* name: node, text: label, reason: digits (masked when so marked) */
	EVENT_INTERACTION_TRANSFERRED =
		14, /* agent: who did it (0: the flow), reason: agent|queue|number, to, ref: target id */
	EVENT_INTERACTION_ENDED =
		15, /* duration_ms, reason: customer_hung_up|agent_hung_up|flow_ended|system_restart|...,
		       number: SIP code */
	EVENT_VOICEMAIL_LEFT = 16,    /* queue, ref: recording, duration_ms */
	EVENT_RECORDING_STARTED = 17, /* ref: recording, text: path relative to the recordings folder,
					 reason: call|voicemail; of a voicemail, as far as it is known: queue:
					 whose it is, agent: whose it is (as EVENT_VOICEMAIL_DELIVERED), name:
					 id of the queue in which it is to be worked off */
	EVENT_RECORDING_ENDED = 18,   /* ref, duration_ms, number: bytes, reason */

	EVENT_SEGMENT_QUEUED =
		20, /* segment, queue, number: priority; name: customer; ref: key of the request
		       that opened the contact (its first stay; 0: none); text: what routing was
		       told, as JSON (center/work/entry.h), for contacts that outlive a restart */
	EVENT_ANNOUNCED =
		21, /* segment, queue, number: position, duration_ms: estimated wait told (-1 unknown) */
	EVENT_OFFER_MADE = 22, /* segment, queue, agent, number: decision */
	EVENT_OFFER_ENDED =
		23,		       /* segment, queue, agent, ring_ms, reason:
					  answered|answered_elsewhere|declined|no_answer|unreachable|busy|caller_gone|withdrawn
					*/
	EVENT_SEGMENT_ANSWERED = 24,   /* segment, queue, agent, wait_ms, ring_ms */
	EVENT_SEGMENT_ABANDONED = 25,  /* segment, queue, wait_ms */
	EVENT_SEGMENT_OVERFLOWED = 26, /* segment, queue, wait_ms, reason */
	EVENT_SEGMENT_HELD = 27,       /* segment, queue, agent */
	EVENT_SEGMENT_RESUMED = 28,    /* segment, queue, agent, hold_ms: of this hold */
	EVENT_SEGMENT_ENDED =
		29, /* answered segment's talking is over: queue, agent, talk_ms (holds excluded), hold_ms,
		       number: holds, reason: customer|agent|transfer|system_restart, consults: times the
		       agent asked somebody aside, consult_ms: spoken with them aside (part of hold_ms),
		       conferences: times one of them was taken into the call, name: how a transfer was
		       made: warm (they had spoken before)|blind|taken_over */
	EVENT_WRAP_UP_STARTED = 30, /* segment, queue, agent, duration_ms: limit */
	EVENT_WRAP_UP_ENDED =
		31, /* segment, queue, agent, acw_ms, ref: disposition, text: notes, reason: done|limit|... */

	EVENT_SEGMENT_NEAR_TARGET = 33, /* segment, queue, wait_ms, duration_ms: left until the service
					   level's time is up */
	EVENT_SEGMENT_ASSIGNED = 34,	/* by hand, whether or not it is answered: segment, queue, agent: who
					   gets it, ref: who did it (user), reason: assign|pick */

	/* Calls that begin with us, or ring people outside the queues (center/dial/dial.h) */
	EVENT_CALL_DIALLED =
		35, /* a leg rings, or a trunk is asked: agent who dials (0: nobody of ours), queue: on
		       whose behalf, to: number, from: the number shown, ref: trunk, or the user or 0
		       (inside), reason: manual|click|internal|ring_group|feature */
	EVENT_CALL_ANSWERED = 36, /* the called side answered: agent (who dialled, or who answered a caller),
				     queue, ref: user who answered (0: nobody of ours), ring_ms */
	EVENT_RECORDING_PAUSED = 37,  /* nothing said is kept until it is resumed. ref: recording, agent (0:
					 flow, API), reason: agent|flow|api|digits */
	EVENT_RECORDING_RESUMED = 38, /* ref, agent, reason: agent|flow|api|digits|limit; duration_ms: of the
					 pause */
	EVENT_RECORDING_SEALED = 39,  /* the file is whole: ref: recording, text: its hash (hex), number:
					 bytes, name: wav|opus, duration_ms: said but lost to a disk full or
					 slow. Again after it was compressed (name: opus; reason: not_saved
					 as for config.changed) */

	EVENT_AGENT_STATE =
		40, /* agent enters: reason:
		     * offline|ready|break|ringing|talking|hold|wrap_up|not_responding|unreachable, ref: break
		     * reason; duration_ms: time spent in the state left, name: that state's name
		     */
	EVENT_AGENT_DEVICE =
		41, /* agent, reason: browser|phone|uri, text: contact, number: 1 reachable, 0 not, name: why
		      (of a telephone, as sip/types.h says under SIP_REGISTRATION) */
	EVENT_TRUNK_STATE = 42,	 /* ref: trunk, number: 1 up, 0 down, reason */
	EVENT_NOTE_WRITTEN = 43, /* interaction, agent, ref: disposition, text: notes */

	EVENT_FAX_ENDED = 45, /* one call as a fax is over. ref: document, number: pages received, or sent so
				 far in all calls, name: inbound|outbound, reason: ok|partial|failed, or why
				 it was not answered: busy|no_answer|..., queue: where it is delivered,
				 duration_ms: until the next try (0: none), agent: who sent it (user), from,
				 to, text: JSON {"bit_rate","is_ecm","station","result",...} */
	EVENT_CALL_DETECTED = 46, /* ref: leg, reason: human|machine|beep|busy|congestion|sit|fax_calling|
				     fax_answering|silence|ringing|unsure, number: percent sure, duration_ms:
				     after the question */
	EVENT_FORK_STARTED = 47,  /* a recorder of others gets the call. ref: leg, name: the recorder's,
				     reason:  recorder */
	EVENT_FORK_ENDED = 48,	  /* or never began: duration_ms 0. ref: leg, name, duration_ms, reason */
	EVENT_FAX_QUEUED = 49, /* a fax is to be sent: ref: document, number: pages, agent: who asked (user),
				  from: the number shown, to, name: who it is for */
	EVENT_LEG_ENDED = 44,  /* a leg that carried sound: interaction, ref: leg, agent (0: none), reason:
				  customer|agent|outside|supervisor|recorder, number: MOS x 100 (0: too little
				  was     heard), duration_ms: since its port was opened, text: JSON {"codec",
				  "packets_in", "packets_out", "lost", "lost_permille", "jitter_us", "rtt_us",
				  "remote_jitter_us", "remote_lost_permille", "rejected"} */

	EVENT_RULE_FAILED = 50, /* a business rule failed while it ran; at most once a minute for each. ref:
				   rule, name: its name, number: line, text: what is wrong (and how often
				   since it was said last) */
	EVENT_RULE_APPLIED =
		51, /* segment, queue: where it went, ref: the queue it was going to, number: rules
		       that said something, text: JSON [{"rule","name","version","note"}] */

	EVENT_MESSAGE_WRITTEN = 52,  /* in a contact without a telephone: interaction, agent (0: the customer
					wrote it), ref: key of the request (0: none), number: of the message
					within the interaction, from 1; text */
	EVENT_SEGMENT_RESTORED = 53, /* after a restart it waits (agent 0) or is with its agent as before:
					segment, queue, agent, wait_ms: waited so far */
	EVENT_PERSON_ERASED = 54,    /* ref: person; agent: who did it (user); number: interactions it was in;
					reason: request|retention|not_saved (as for
					config.changed) */

	/* Parties of a call beside the customer and the agent a queue or a flow connected. ref: the party */
	EVENT_PARTY_JOINED = 55, /* it rings, or is in at once: agent (0: nobody of ours), to: number, name,
				    reason: consulted|outside|picked_up|supervisor|... */
	EVENT_PARTY_LEFT = 56,	 /* agent, ring_ms: before it answered, duration_ms: connected, name: as what
				    it had joined, reason */
	EVENT_CALL_PARKED = 57,	 /* agent: who did it, name: slot, duration_ms: limit */
	EVENT_CALL_RETRIEVED = 58,	/* agent: who took it (0: nobody: it is over), name: slot,
					   duration_ms: parked, reason: picked_up|returned|customer|... */
	EVENT_SUPERVISION_CHANGED = 59, /* agent: whose call it is, ref: supervisor (user), reason:
					   listen|whisper|barge|take_over|ended */
	EVENT_CALL_MOVED = 60,		/* agent: whose leg, reason: browser|phone|uri */
	EVENT_VOICEMAIL_DELIVERED = 61, /* ref: recording; queue: it waits there as a contact of its own, or
					   agent: whose it is (a user, an extension or a ring group); reason:
					   queue|person (also when it was forwarded)|heard|unheard|removed;
					   number: the contact (queue), or who did it (user; 0: by telephone
					   of the extension's own) */
	EVENT_RECORDING_DELETED = 62,	/* its sound is gone. ref: recording, agent: who did it (user; 0:
					   nobody), reason: request|retention|not_saved (as for
					   config.changed) */
};

struct event {
	uint64_t seq; /* gap-free, given when appended; 0 before */
	int64_t at_ms;
	enum event_type type;
	uint64_t tenant, interaction, segment, queue, agent, ref;
	int64_t wait_ms, ring_ms, talk_ms, hold_ms, acw_ms, duration_ms, number;
	int64_t consults, consult_ms, conferences;
	const char *reason, *from, *to, *name, *text; /* borrowed; decode: owned by the decoding arena */

	/* Of the store's making (store/people/person.h); 0 and NULL when an event is appended. */
	uint64_t person;    /* whose personal texts these are; 0: nobody's, or not sealed yet */
	const char *sealed; /* stored only: the personal texts, encrypted, base64 */
	bool is_erased;	    /* its personal texts are gone: the person was erased, or their time was over */
};

/* Texts of a type that say something of a customer: a set of these bits. */
enum event_texts {
	EVENT_HAS_REASON = 1 << 0,
	EVENT_HAS_FROM = 1 << 1,
	EVENT_HAS_TO = 1 << 2,
	EVENT_HAS_NAME = 1 << 3,
	EVENT_HAS_TEXT = 1 << 4,
};
/* Which texts of an event of this type are personal (docs/people.md). */
unsigned event_personal_texts(enum event_type type);
/* Splits e: the texts of the set go to ret_personal (everything else in it is 0), the rest to ret_rest. Texts
 * stay borrowed. Returns the set of those that are there. */
unsigned event_split(
	const struct event *e, unsigned texts, struct event *ret_rest, struct event *ret_personal);
/* Puts the texts of personal back into e. */
void event_join(struct event *e, const struct event *personal);

struct arena;
/* "interaction.started", "segment.answered", "agent.state_changed"...; NULL for an unknown type. */
const char *event_name(enum event_type type);
/* The type of this name ("segment.answered"; "markaz.segment.answered", as CloudEvents say it, too), n bytes.
 * 0, -ENOENT. */
int event_type_of_name(const char *name, size_t n, enum event_type *ret_type);
/* A choice of types, one bit each; a test holds every type below EVENT_TYPES_MAX. */
#define EVENT_TYPES_MAX 64
#define EVENT_TYPES_ALL UINT64_MAX
static inline bool event_is_chosen(uint64_t types, enum event_type type)
{
	return types == EVENT_TYPES_ALL || ((unsigned)type < EVENT_TYPES_MAX && types >> type & 1);
}
/* Reads "segment.answered,segment.ended" (spaces may follow a comma). NULL or blank: all. 0; -ENOENT: an
 * unknown one, which goes to ret_unknown (cut to its size). */
int event_types_parse(const char *list, uint64_t *ret_types, char *ret_unknown, size_t unknown_size);
/* Compact JSON text of everything but seq, at_ms and type. Released with alloc_free; NULL when memory is out.
 */
char *event_encode(const struct event *e);
/* The inverse: fills all but seq, at_ms and type; texts live in the arena. 0, -EINVAL, -ENOMEM. */
int event_decode(const char *data, size_t n, struct arena *arena, struct event *ret_event);
#define EVENT_TEXT_MAX 4000   /* bytes of one text; longer ones are cut between letters when encoded */
#define EVENT_DATA_MAX 131072 /* bytes event_decode looks at */
/* The event's own fields with readable names (ids as printed, zero and absent ones left out; "erased": true
 * when its personal texts are gone): the "data" below. NULL when memory is out. The caller owns it. */
json_t *event_data_to_json(const struct event *e);
/* CloudEvents 1.0 JSON: id = seq, source = "/markaz", type = "markaz.<name>", subject = the interaction (if
 * any), time, sequence = seq as 19 digits (so that texts sort as numbers do; CloudEvents extension
 * "sequence"), data with readable field names. NULL when memory is out. The caller owns it. */
json_t *event_to_cloudevent(const struct event *e);
