/* The doctor's look at what happened: the log without a gap, its events readable, history and audit in accord
 * with it. */
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/log/archive.h"
#include "store/doctor/doctor_parts.h"
#include "store/write/mark.h"
#include "store/doctor/refold.h"
#include "store/doctor/rescue.h"

#include <errno.h>
#include <string.h>

#define PAGE_EVENTS 2000
#define PAGE_CONTACTS 500
#define DAY_MS INT64_C(86400000)
#define CLOCK_AHEAD_MS 60000

/* --- the sequence
 * -----------------------------------------------------------------------------------------------------
 */
/* The commit mark names the end of the log: a cut-off end is no gap between two events. */
static void look_at_end(struct doctor *d)
{
	const struct sequence *q = &d->sequence;
	struct mark mark;
	uint64_t lost = 0;

	if (d->is_running || mark_read(&d->rd->db, &mark) < 0 || mark.last_seq <= q->last)
		return;
	if (rescue_known_losses(&d->rd->db, q->last + 1, mark.last_seq, &lost) == 0 &&
		lost == mark.last_seq - q->last)
		return;
	doctor_say(d, DOCTOR_DAMAGE, DOCTOR_RESTORE,
		"the log ends with event %llu, but it had %llu: its end is missing",
		(unsigned long long)q->last, (unsigned long long)mark.last_seq);
}

void doctor_sequence(struct doctor *d)
{
	struct sequence *q = &d->sequence;

	doctor_step(d, "sequence", 0, 0);
	int err = sequence_read(&d->rd->db, q);
	if (err < 0) {
		doctor_unreadable(d, err, "the sequence of events");
		return;
	}
	d->has_sequence = true;
	uint64_t first = q->archived_first ? q->archived_first : q->first;
	if (q->missing)
		doctor_say(d, DOCTOR_DAMAGE, d->is_damaged ? NULL : DOCTOR_RESTORE,
			"%llu of the events %llu to %llu are missing; the first stretch is %llu to %llu",
			(unsigned long long)q->missing, (unsigned long long)first,
			(unsigned long long)q->last, (unsigned long long)q->missing_first,
			(unsigned long long)q->missing_last);
	look_at_end(d);
	if (d->said)
		return;
	if (q->last < first)
		doctor_say(d, DOCTOR_FINE, NULL, "the log is empty");
	else
		doctor_say(d, DOCTOR_FINE, NULL,
			"events %llu to %llu without a gap (%llu of them in archives)",
			(unsigned long long)first, (unsigned long long)q->last,
			(unsigned long long)q->archived_events);
	if (q->lost)
		doctor_say(d, DOCTOR_FINE, NULL, "but for %llu that an earlier rescue listed as lost",
			(unsigned long long)q->lost);
}

/* --- events
 * ---------------------------------------------------------------------------------------------------------
 */
struct event_look {
	struct doctor *d;
	uint64_t next, read, bad, bad_first, bad_last;
	uint64_t shut;	   /* whose sealed texts do not open */
	uint64_t changes;  /* config.changed events with an audit entry */
	int64_t no_fit_id; /* the first entry the audit log has otherwise; 0: none */
	uint64_t no_fit_seq;
	bool has_more;
	int err;
};

/* An entry of the audit log is in the log of events, too. */
static void compare_audit(struct event_look *l, const struct event *e)
{
	struct audit_mark mark = {.id = e->number};

	if (e->type != EVENT_CONFIG_CHANGED || e->number <= 0 || !e->text ||
		str_put(mark.hash, sizeof(mark.hash), e->text) < 0)
		return;
	l->changes++;
	int fits = audit_fits(&l->d->rd->db, &mark);
	if (fits < 0)
		l->err = fits;
	if (fits == 0 && !l->no_fit_id) {
		l->no_fit_id = mark.id;
		l->no_fit_seq = e->seq;
	}
}

/* Sealed texts that do not open are absent: the event says nothing of what its type says of people. */
static bool is_shut(const struct log_row *row, const struct event *e)
{
	unsigned texts = event_personal_texts(e->type);

	if (!e->person || e->is_erased || !memmem(row->data, row->n, "\"z\":\"", 5))
		return false;
	return !((texts & EVENT_HAS_REASON && e->reason) || (texts & EVENT_HAS_FROM && e->from) ||
		 (texts & EVENT_HAS_TO && e->to) || (texts & EVENT_HAS_NAME && e->name) ||
		 (texts & EVENT_HAS_TEXT && e->text));
}

static bool on_row(const struct log_row *row, void *arg)
{
	struct event_look *l = arg;
	struct arena arena = {0};
	struct event e;
	int err = log_decode(l->d->rd, row, &arena, &e);

	if (err == -EUCLEAN) {
		l->bad_first = l->bad ? l->bad_first : row->seq;
		l->bad_last = row->seq;
		l->bad++;
	} else if (err < 0)
		l->err = err;
	else {
		l->shut += is_shut(row, &e);
		compare_audit(l, &e);
	}
	arena_free(&arena);
	l->d->last_ms = row->at_ms;
	l->next = row->seq + 1;
	l->read++;
	l->has_more = true;
	return l->err == 0;
}

static void judge_events(struct doctor *d, const struct event_look *l)
{
	if (l->bad)
		doctor_say(d, DOCTOR_DAMAGE, d->is_damaged ? NULL : DOCTOR_RESTORE,
			"%llu events cannot be read, the first is %llu, the last %llu",
			(unsigned long long)l->bad, (unsigned long long)l->bad_first,
			(unsigned long long)l->bad_last);
	if (l->shut)
		doctor_say(d, DOCTOR_DAMAGE,
			"put back the secret.key this database was used with; where it is the right one, the "
			"texts "
			"are lost (the table person is damaged, or they are)",
			"the personal texts of %llu events do not open", (unsigned long long)l->shut);
	if (l->no_fit_id)
		doctor_say(d, DOCTOR_DAMAGE,
			"somebody changed the audit log or the event log past the program: compare with a "
			"backup",
			"event %llu speaks of entry %lld of the audit log, which is not there or another one",
			(unsigned long long)l->no_fit_seq, (long long)l->no_fit_id);
	if (!d->said)
		doctor_say(d, DOCTOR_FINE, NULL, "%llu events read%s; %llu changes agree with the audit log",
			(unsigned long long)l->read, d->o->is_deep ? "" : " (the newest; --deep reads all)",
			(unsigned long long)l->changes);
}

void doctor_events(struct doctor *d)
{
	const struct sequence *q = &d->sequence;
	struct event_look l = {.d = d, .next = q->archived_first ? q->archived_first : q->first};
	int err = 0;

	if (!d->has_sequence) {
		doctor_say(d, DOCTOR_DAMAGE, NULL, "not looked at: the sequence cannot be read");
		return;
	}
	if (!d->o->is_deep && q->last >= DOCTOR_EVENTS && l.next + DOCTOR_EVENTS <= q->last)
		l.next = q->last + 1 - DOCTOR_EVENTS;
	do {
		l.has_more = false;
		err = log_rows(d->rd, l.next, PAGE_EVENTS, on_row, &l);
		doctor_step(d, "events", l.next, q->last);
	} while (err == 0 && l.err == 0 && l.has_more && l.next <= q->last);
	if (err < 0 || l.err < 0) {
		char what[64];
		str_printf(what, sizeof(what), "events from %llu on", (unsigned long long)l.next);
		doctor_unreadable(d, err < 0 ? err : l.err, what);
	}
	judge_events(d, &l);
}

void doctor_clock(struct doctor *d)
{
	char at[CLOCK_TEXT_SIZE];
	int64_t ahead = d->last_ms - clock_wall_ms();

	if (!d->last_ms)
		doctor_say(d, DOCTOR_FINE, NULL, "no event to compare the clock with");
	else if (ahead > CLOCK_AHEAD_MS)
		doctor_say(d, DOCTOR_WARNING,
			"set the clock right (NTP): it was ahead before, or is behind now",
			"the newest event is of %s, %lld s later than this machine's clock",
			clock_text(d->last_ms, at), (long long)ahead / 1000);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "the newest event is of %s, not later than the clock",
			clock_text(d->last_ms, at));
}

/* --- history
 * --------------------------------------------------------------------------------------------------------
 */
struct history_look {
	struct refold refold;
	uint64_t same, unknown, other;
};

static int look_at_contact(struct doctor *d, struct history_look *l, uint64_t id)
{
	enum refold_result result = REFOLD_SAME;
	char why[REFOLD_WHY_SIZE] = "", text[ID_TEXT_SIZE];
	int err = refold_check(&l->refold, id, &result, why);

	if (err == -EUCLEAN) {
		l->unknown++; /* the events' check names it */
		return 0;
	}
	if (err < 0)
		return err;
	l->same += result == REFOLD_SAME;
	l->unknown += result == REFOLD_UNKNOWN;
	if (result != REFOLD_LESS && result != REFOLD_DIFFERS)
		return 0;
	/* Where events are lost, history may know more than the log. */
	doctor_say(d, d->sequence.lost ? DOCTOR_WARNING : DOCTOR_DAMAGE,
		l->other++ ? NULL
		: d->sequence.lost
			? "nothing, when its events are among those that an earlier rescue listed as lost"
			: "the log is right, the history is not: with the server stopped, markaz doctor "
			  "--rescue NEW_DIRECTORY folds it anew",
		"contact %s: %s", id_text(id, text), why);
	return 0;
}

/* Up to PAGE_CONTACTS ids behind `after`. Their number, or -errno. */
static int next_contacts(struct doctor *d, const char *sql, uint64_t after, int limit, uint64_t *ret_ids)
{
	struct db_statement *st;
	int n = 0, err = db_prepare(&d->rd->db, sql, &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)after);
	db_bind_int(st, 2, limit);
	while ((err = db_step(&d->rd->db, st)) == 1)
		ret_ids[n++] = (uint64_t)db_int(st, 0);
	return err < 0 ? err : n;
}

static int look_at_all(struct doctor *d, struct history_look *l, const char *sql)
{
	uint64_t ids[PAGE_CONTACTS], after = 0;
	int n, err = 0;

	while (err == 0 && (n = next_contacts(d, sql, after, PAGE_CONTACTS, ids)) > 0) {
		for (int i = 0; i < n && err == 0; i++)
			err = look_at_contact(d, l, ids[i]);
		after = ids[n - 1];
		doctor_step(d, "history", l->same + l->unknown + l->other, 0);
	}
	return err < 0 ? err : n < 0 ? n : 0;
}

static int look_at_some(struct doctor *d, struct history_look *l)
{
	uint64_t ids[DOCTOR_CONTACTS];
	int64_t since = d->last_ms - DAY_MS;
	int n = next_contacts(d,
		"SELECT id FROM interaction WHERE started_ms >= ? ORDER BY started_ms DESC, id DESC LIMIT ?",
		since > 0 ? (uint64_t)since : 0, DOCTOR_CONTACTS, ids);
	int err = n < 0 ? n : 0;

	for (int i = 0; i < n && err == 0; i++)
		err = look_at_contact(d, l, ids[i]);
	return err;
}

void doctor_history(struct doctor *d)
{
	struct history_look l = {0};
	int err = refold_open(&l.refold, d->rd);

	if (err == 0 && !d->o->is_deep)
		err = look_at_some(d, &l);
	/* Those in the tables, and those that only the log knows. */
	if (err == 0 && d->o->is_deep)
		err = look_at_all(d, &l, "SELECT id FROM interaction WHERE id > ? ORDER BY id LIMIT ?");
	if (err == 0 && d->o->is_deep)
		err = look_at_all(d, &l,
			"SELECT DISTINCT e.interaction FROM event AS e WHERE e.interaction <> 0 AND "
			"e.interaction > ? "
			"AND NOT EXISTS (SELECT 1 FROM interaction AS i WHERE i.id = e.interaction) ORDER BY "
			"e.interaction LIMIT ?");
	refold_close(&l.refold);
	if (err < 0)
		doctor_unreadable(d, err, "history");
	if (l.other)
		doctor_say(d, d->sequence.lost ? DOCTOR_WARNING : DOCTOR_DAMAGE, NULL,
			"%llu contacts are not what the log says", (unsigned long long)l.other);
	else if (err == 0)
		doctor_say(d, DOCTOR_FINE, NULL, "%llu contacts folded anew from the log are the same%s",
			(unsigned long long)l.same,
			d->o->is_deep ? "" : " (the last day's; --deep folds all)");
}

/* --- the audit log
 * ------------------------------------------------------------------------------------------------------
 */
static void compare_known(struct doctor *d)
{
	const struct audit_mark *known = d->o->audit_known;
	int fits = known ? audit_fits(&d->rd->db, known) : 1;

	if (fits < 0)
		doctor_unreadable(d, fits, "the audit log");
	else if (!fits)
		doctor_say(d, DOCTOR_DAMAGE, "compare the audit log with a backup of that time",
			"entry %lld is not the one that was written down: the chain was computed anew",
			(long long)known->id);
	else if (known)
		doctor_say(d, DOCTOR_FINE, NULL, "entry %lld is the one that was written down",
			(long long)known->id);
}

void doctor_audit(struct doctor *d)
{
	struct audit_verdict v;

	doctor_step(d, "audit", 0, 0);
	int err = audit_verify(&d->rd->db, &v);
	if (err < 0) {
		doctor_unreadable(d, err, "the audit log");
		return;
	}
	if (v.broken_id)
		doctor_say(d, DOCTOR_DAMAGE,
			"somebody changed it past the program, or rows were lost: compare with a backup; "
			"markaz "
			"export shows what is in force now",
			"the audit log's chain breaks at entry %lld: %s", (long long)v.broken_id, v.why);
	else if (v.head.id)
		doctor_say(d, DOCTOR_FINE, NULL,
			"%lld entries in one chain (%lld blanked); its head is %lld %.16s...",
			(long long)v.rows, (long long)v.blanked, (long long)v.head.id, v.head.hash);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "the audit log is empty");
	compare_known(d);
}
