/* The tables as a table: which statements an event of a type means. Parameters are bound by name from the
 * event's fields.
 *
 * Invariant: no statement here can fail for what an event says (ON CONFLICT DO NOTHING, no CHECK, no NULL
 * where none may be, no sum that runs over), so a strange event can never block the log behind it. What
 * counts as what follows docs/kpi.md. */
#include "store/log/fold.h"
#include "base/number.h"
#include "base/str.h"
#include "store/store.h"

#include <string.h>

#define FOLD_INT_MAX INT64_C(1000000000000000) /* 31,000 years in ms */

struct rule {
	enum event_type type;
	const char *sql;
	bool is_for_keys; /* only when a request with a key led to the event */
};
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define CONTACT_KEY_SQL                                                                                      \
	"INSERT INTO contact_key (\"key\", interaction, seq, number, at_ms) "                                \
	"SELECT :request, :interaction, :seq, :message, :at WHERE :interaction IS NOT NULL "                 \
	"ON CONFLICT (\"key\") DO UPDATE SET interaction = :interaction, seq = :seq, number = :message, "    \
	"at_ms = :at"

static const struct rule rules[] = {
	{EVENT_INTERACTION_STARTED,
		"INSERT INTO interaction (id, tenant, channel, direction, from_number, to_number, name, "
		"trunk, number_key, started_ms, person) SELECT :interaction, :tenant, :text, :reason, :from, "
		":to, :name, :trunk, :key, :at, :person WHERE :interaction IS NOT NULL ON CONFLICT (id) DO "
		"NOTHING"},
	/* A key is of the last day only: the next one takes those before it away. */
	{EVENT_INTERACTION_STARTED, "DELETE FROM contact_key WHERE at_ms < :day_ago", true},
	{EVENT_INTERACTION_STARTED, CONTACT_KEY_SQL, true},
	{EVENT_SEGMENT_QUEUED, "DELETE FROM contact_key WHERE at_ms < :day_ago", true},
	{EVENT_SEGMENT_QUEUED, CONTACT_KEY_SQL, true},
	{EVENT_MESSAGE_WRITTEN, CONTACT_KEY_SQL, true},
	{EVENT_MESSAGE_WRITTEN, "INSERT INTO message (seq, tenant, interaction, number, at_ms, agent, text) "
				"SELECT :seq, :tenant, :interaction, :number, :at, :agent, :text WHERE "
				":interaction IS NOT NULL ON CONFLICT (seq) DO NOTHING"},
	{EVENT_FLOW_CHOSE, "UPDATE interaction SET chosen = json_append(chosen, coalesce(:text, :reason), "
			   "32) WHERE id = :interaction"},
	{EVENT_INTERACTION_ENDED,
		"UPDATE interaction SET ended_ms = :at, reason = :reason, sip_code = nullif(:number, 0), "
		"duration_ms = coalesce(nullif(:duration, 0), greatest(0, :at - started_ms)), result = "
		"coalesce(result, CASE WHEN direction IN ('outbound', 'internal') THEN CASE "
		"WHEN :reason IN ('busy', 'rejected', 'failed') THEN :reason "
		"WHEN :reason IN ('no_answer', 'agent_hung_up', 'agent_no_answer', 'customer_hung_up') THEN "
		"'no_answer' WHEN :reason = 'feature_done' THEN 'ended_in_flow' ELSE 'failed' END WHEN "
		"EXISTS (SELECT 1 FROM segment WHERE interaction = :interaction AND ended_ms IS NULL AND "
		"result = 'waiting') "
		"THEN 'abandoned' ELSE 'ended_in_flow' END) WHERE id = :interaction AND ended_ms IS NULL"},
	{EVENT_CALL_DIALLED,
		"UPDATE interaction SET agent = coalesce(:agent, agent), queue = coalesce(:queue, queue) "
		"WHERE id = :interaction"},
	{EVENT_CALL_ANSWERED,
		"UPDATE interaction SET result = 'answered', agent = coalesce(:agent, agent) WHERE id "
		"= :interaction"},
	/* Heard once is heard; who gets it from a colleague has not heard it. */
	{EVENT_VOICEMAIL_DELIVERED,
		"UPDATE recording SET owner = coalesce(:agent, owner), work_queue = coalesce(:queue, "
		"work_queue), "
		"heard_ms = CASE :reason WHEN 'heard' THEN coalesce(heard_ms, :at) WHEN 'unheard' THEN NULL "
		"WHEN 'person' THEN NULL ELSE heard_ms END, "
		"removed_ms = CASE :reason WHEN 'removed' THEN :at ELSE removed_ms END WHERE id = :ref"},
	/* What was still open ends with its interaction: after a crash nobody else says so. */
	{EVENT_INTERACTION_ENDED,
		"UPDATE segment SET ended_ms = :at, reason = coalesce(reason, :reason), "
		"wait_ms = CASE result WHEN 'waiting' THEN greatest(0, :at - queued_ms) ELSE wait_ms END, "
		"result = CASE result WHEN 'waiting' THEN 'abandoned' ELSE result END "
		"WHERE interaction = :interaction AND ended_ms IS NULL"},
	{EVENT_VOICEMAIL_LEFT,
		"INSERT INTO recording (id, tenant, interaction, kind, started_ms, duration_ms, queue) "
		"SELECT :ref, :tenant, :interaction, 'voicemail', :at, :duration, :queue WHERE :ref IS NOT "
		"NULL AND :interaction IS NOT NULL "
		"ON CONFLICT (id) DO UPDATE SET kind = 'voicemail', duration_ms = :duration, queue = :queue"},
	{EVENT_VOICEMAIL_LEFT, "UPDATE interaction SET recordings = greatest(recordings, 1), "
			       "result = CASE result WHEN 'answered' THEN result ELSE 'voicemail' END WHERE "
			       "id = :interaction"},
	{EVENT_RECORDING_STARTED, "INSERT INTO recording (id, tenant, interaction, path, started_ms) "
				  "SELECT :ref, :tenant, :interaction, :text, :at WHERE :ref IS NOT NULL AND "
				  ":interaction IS NOT "
				  "NULL ON CONFLICT (id) DO NOTHING"},
	{EVENT_RECORDING_STARTED,
		"UPDATE interaction SET recordings = recordings + 1 WHERE id = :interaction"},
	{EVENT_RECORDING_ENDED, "UPDATE recording SET duration_ms = :duration, bytes = :number, reason = "
				":reason WHERE id = :ref"},
	/* Compressed: the file of before goes. Its number is no recording's, and not taken again. */
	{EVENT_RECORDING_SEALED,
		"INSERT INTO file_removal (id, path, created_ms, is_replaced) SELECT :seq, path, :at, 1 FROM "
		"recording WHERE id = :ref AND :name = 'opus' AND format = 'wav' AND path IS NOT NULL AND "
		"coalesce(:reason, '') <> 'not_saved' ON CONFLICT DO NOTHING"},
	{EVENT_RECORDING_SEALED,
		"UPDATE recording SET hash = :text, bytes = :number, lost_ms = coalesce(lost_ms, :duration), "
		"path = CASE :name WHEN 'opus' THEN replace(path, '.wav', '.opus') ELSE path END, "
		"format = :name WHERE id = :ref AND coalesce(:reason, '') <> 'not_saved'"},
	{EVENT_RECORDING_DELETED,
		"INSERT INTO file_removal (id, path, created_ms) SELECT id, path, :at FROM recording WHERE "
		"id = :ref AND path IS NOT NULL AND coalesce(:reason, '') <> 'not_saved' ON CONFLICT DO "
		"NOTHING"},
	{EVENT_RECORDING_DELETED,
		"UPDATE recording SET path = NULL, deleted_ms = :at, deleted_by = :agent, deleted_reason = "
		":reason WHERE id = :ref AND deleted_ms IS NULL AND coalesce(:reason, '') <> 'not_saved'"},
	{EVENT_RECORDING_DELETED,
		"UPDATE interaction SET recordings = (SELECT count(*) FROM recording WHERE interaction = "
		":interaction AND path IS NOT NULL) WHERE id = :interaction AND coalesce(:reason, '') <> "
		"'not_saved'"},
	{EVENT_SEGMENT_QUEUED, "INSERT INTO segment (id, tenant, interaction, "
			       "interaction_started_ms, queue, queued_ms) "
			       "SELECT :segment, :tenant, :interaction, coalesce((SELECT started_ms FROM "
			       "interaction WHERE id = :interaction), "
			       ":at), :queue, :at WHERE :interaction IS NOT NULL AND :segment IS NOT NULL ON "
			       "CONFLICT (id) DO NOTHING"},
	{EVENT_SEGMENT_QUEUED, "UPDATE interaction SET queue = :queue, name = coalesce(:name, name) WHERE id "
			       "= :interaction"},
	{EVENT_SEGMENT_ANSWERED, "UPDATE segment SET result = 'answered', agent = :agent, answered_ms = :at, "
				 "wait_ms = :wait, ring_ms = :ring "
				 "WHERE id = :segment"},
	{EVENT_SEGMENT_ANSWERED, "UPDATE interaction SET result = 'answered', agent = :agent, wait_ms = "
				 "wait_ms + :wait WHERE id = :interaction"},
	{EVENT_SEGMENT_ABANDONED, "UPDATE segment SET result = 'abandoned', ended_ms = :at, wait_ms = :wait, "
				  "reason = :reason WHERE id = :segment"},
	{EVENT_SEGMENT_ABANDONED, "UPDATE interaction SET wait_ms = wait_ms + :wait, result = CASE WHEN "
				  "result IS NULL OR result = 'overflowed' "
				  "THEN 'abandoned' ELSE result END WHERE id = :interaction"},
	{EVENT_SEGMENT_OVERFLOWED, "UPDATE segment SET result = 'overflowed', ended_ms = :at, wait_ms = "
				   ":wait, reason = :reason WHERE id = :segment"},
	{EVENT_SEGMENT_OVERFLOWED, "UPDATE interaction SET wait_ms = wait_ms + :wait, result = "
				   "coalesce(result, 'overflowed') WHERE id = :interaction"},
	{EVENT_SEGMENT_ENDED, "UPDATE segment SET ended_ms = :at, talk_ms = :talk, hold_ms = :hold, holds = "
			      ":number, reason = :reason "
			      "WHERE id = :segment"},
	{EVENT_SEGMENT_ENDED, "UPDATE interaction SET talk_ms = talk_ms + :talk, hold_ms = hold_ms + :hold "
			      "WHERE id = :interaction"},
	{EVENT_WRAP_UP_ENDED,
		"UPDATE segment SET acw_ms = acw_ms + :acw, disposition = coalesce(:ref, disposition), "
		"notes = coalesce(:text, notes) WHERE id = :segment"},
	{EVENT_WRAP_UP_ENDED, "UPDATE interaction SET acw_ms = acw_ms + :acw, disposition = coalesce(:ref, "
			      "disposition) WHERE id = :interaction"},
	{EVENT_FAX_QUEUED,
		"INSERT INTO document (id, tenant, direction, state, \"user\", from_number, to_number, name, "
		"pages, created_ms, path) SELECT :ref, :tenant, 'outbound', 'queued', :agent, :from, :to, "
		":name, :number, :at, :document WHERE :ref IS NOT NULL ON CONFLICT (id) DO NOTHING"},
	{EVENT_FAX_ENDED, "INSERT INTO document (id, tenant, direction, state, interaction, queue, "
			  "from_number, to_number, "
			  "pages, pages_done, tries, reason, details, created_ms, ended_ms, path) SELECT "
			  ":ref, :tenant, "
			  "'inbound', CASE :reason WHEN 'ok' THEN 'received' WHEN 'partial' THEN 'partial' "
			  "ELSE 'failed' "
			  "END, :interaction, :queue, :from, :to, :number, :number, 1, :reason, :text, :at, "
			  ":at, CASE WHEN "
			  ":number > 0 THEN :document END WHERE :ref IS NOT NULL AND :name = 'inbound' ON "
			  "CONFLICT (id) DO "
			  "NOTHING"},
	{EVENT_FAX_ENDED,
		"UPDATE document SET state = CASE WHEN :reason = 'ok' THEN 'sent' WHEN :duration > 0 THEN "
		"'queued' ELSE 'failed' END, interaction = :interaction, pages_done = :number, tries = tries "
		"+ "
		"1, reason = :reason, details = :text, ended_ms = CASE WHEN :duration > 0 THEN NULL ELSE :at "
		"END, "
		"next_try_ms = CASE WHEN :duration > 0 THEN :at + :duration END WHERE id = :ref AND "
		"direction = "
		"'outbound' AND :name = 'outbound'"},
	{EVENT_FAX_ENDED,
		"UPDATE interaction SET result = CASE result WHEN 'answered' THEN result ELSE 'fax' "
		"END WHERE id = :interaction AND :number > 0"},
	{EVENT_NOTE_WRITTEN,
		"INSERT INTO note (seq, tenant, interaction, at_ms, agent, disposition, text) "
		"SELECT :seq, :tenant, :interaction, :at, :agent, :ref, :text WHERE :interaction IS NOT "
		"NULL ON CONFLICT (seq) DO NOTHING"},
	{EVENT_NOTE_WRITTEN,
		"UPDATE interaction SET disposition = coalesce(:ref, disposition) WHERE id = :interaction"},
};
_Static_assert(FOLD_CHOSEN_MAX == 32, "the statement above says so too");

/* One parameter by its name. */
struct parameter {
	const char *name;
	enum { AS_ID, AS_INT, AS_TEXT } as;
	size_t offset;
};
static const struct parameter parameters[] = {
	{":interaction", AS_ID, offsetof(struct event, interaction)},
	{":at", AS_INT, offsetof(struct event, at_ms)},
	{":segment", AS_ID, offsetof(struct event, segment)},
	{":queue", AS_ID, offsetof(struct event, queue)},
	{":agent", AS_ID, offsetof(struct event, agent)},
	{":person", AS_ID, offsetof(struct event, person)},
	{":ref", AS_ID, offsetof(struct event, ref)},
	{":wait", AS_INT, offsetof(struct event, wait_ms)},
	{":ring", AS_INT, offsetof(struct event, ring_ms)},
	{":talk", AS_INT, offsetof(struct event, talk_ms)},
	{":hold", AS_INT, offsetof(struct event, hold_ms)},
	{":acw", AS_INT, offsetof(struct event, acw_ms)},
	{":duration", AS_INT, offsetof(struct event, duration_ms)},
	{":number", AS_INT, offsetof(struct event, number)},
	{":seq", AS_INT, offsetof(struct event, seq)},
	{":reason", AS_TEXT, offsetof(struct event, reason)},
	{":from", AS_TEXT, offsetof(struct event, from)},
	{":to", AS_TEXT, offsetof(struct event, to)},
	{":name", AS_TEXT, offsetof(struct event, name)},
	{":text", AS_TEXT, offsetof(struct event, text)},
};

/* Of a contact that begins: before there were channels all were calls. */
static bool is_call(const struct event *e)
{
	return !e->text || str_equal(e->text, "voice");
}

/* The key of the request that led to it; 0: none. An opening counts once the contact is in its queue: what is
 * cut off before is opened again. A call counts from its beginning. */
static uint64_t key_of(const struct event *e)
{
	if (e->type == EVENT_INTERACTION_STARTED)
		return is_call(e) && e->number > 0 ? (uint64_t)e->number : 0;
	return e->type == EVENT_MESSAGE_WRITTEN || e->type == EVENT_SEGMENT_QUEUED ? e->ref : 0;
}

/* Digits in an e-mail address are no telephone number. */
static bool is_number(const char *s)
{
	return s && s[strspn(s, "+0123456789 -()./*#")] == '\0';
}

static void bind_special(struct db_statement *st, int index, const char *name, const struct event *e)
{
	char key[NUMBER_KEY_SIZE];

	if (strcmp(name, ":tenant") == 0) {
		db_bind_int(st, index, e->tenant ? (int64_t)e->tenant : 1);
	} else if (strcmp(name, ":key") == 0) {
		const char *other = str_equal(e->reason, "outbound") ? e->to : e->from;
		number_key(is_call(e) || is_number(other) ? other : NULL, key);
		db_bind_text(st, index, *key ? key : NULL);
	} else if (strcmp(name, ":trunk") == 0) {
		db_bind_id(st, index, is_call(e) ? e->ref : 0);
	} else if (strcmp(name, ":request") == 0) {
		db_bind_id(st, index, key_of(e));
	} else if (strcmp(name, ":message") == 0) {
		db_bind_int(st, index, e->type == EVENT_MESSAGE_WRITTEN ? e->number : 0);
	} else if (strcmp(name, ":document") == 0) {
		char path[STORE_DOCUMENT_PATH_MAX];
		store_document_path(e->ref, path);
		db_bind_text(st, index, path);
	} else if (strcmp(name, ":day_ago") == 0) {
		db_bind_int(st, index, e->at_ms - DAY_MS);
	}
}

/* Sums of such numbers stay far from the end of 64 bits, at which PostgreSQL would refuse the statement. */
static int64_t bounded(int64_t v)
{
	return v > FOLD_INT_MAX ? FOLD_INT_MAX : v < -FOLD_INT_MAX ? -FOLD_INT_MAX : v;
}

static void bind(struct db_statement *st, int index, const struct event *e)
{
	const char *name = db_parameter(st, index);

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		const struct parameter *p = &parameters[i];
		const void *field = (const char *)e + p->offset;
		if (strcmp(p->name, name) != 0)
			continue;
		if (p->as == AS_TEXT)
			db_bind_text(st, index, *(const char *const *)field);
		else if (p->as == AS_ID)
			db_bind_id(st, index, *(const uint64_t *)field);
		else
			db_bind_int(st, index, bounded(*(const int64_t *)field));
		return;
	}
	bind_special(st, index, name, e);
}

int fold_event(struct db *db, const struct event *e)
{
	struct db_statement *st;
	int err = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && err == 0; i++) {
		if (rules[i].type != e->type || (rules[i].is_for_keys && !key_of(e)))
			continue;
		err = db_prepare(db, rules[i].sql, &st);
		for (int k = 1; err == 0 && k <= db_parameters(st); k++)
			bind(st, k, e);
		if (err == 0)
			err = db_run_later(db, st);
	}
	return err;
}
