/* See doctor.h. The order of the checks, and how they speak. */
#include "store/doctor/doctor.h"
#include "base/str.h"
#include "store/doctor/doctor_parts.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(struct doctor *d);
	bool needs_database;
} checks[] = {
	{"directory", doctor_directory, false},
	{"key", doctor_key, false},
	{"database", doctor_database, false},
	{"pages", doctor_pages, false},
	{"key", doctor_key_fits, true},
	{"sequence", doctor_sequence, true},
	{"events", doctor_events, true},
	{"clock", doctor_clock, true},
	{"history", doctor_history, true},
	{"audit", doctor_audit, true},
	{"archives", doctor_archives, true},
	{"spool", doctor_spool, false},
	{"snapshots", doctor_snapshots, true},
	{"recordings", doctor_recordings, true},
	{"disk", doctor_disk, false},
};

static void give(struct doctor *d, enum doctor_level level, const char *what, const char *todo)
{
	struct doctor_finding f = {level, d->check, what, todo};

	d->o->on_finding(&f, d->o->arg);
}

void doctor_say(struct doctor *d, enum doctor_level level, const char *todo, const char *format, ...)
{
	char text[DOCTOR_TEXT_MAX];
	va_list ap;

	if (level > d->worst)
		d->worst = level;
	if (level != DOCTOR_FINE && ++d->said > DOCTOR_FINDINGS_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	give(d, level, text, todo);
}

void doctor_step(struct doctor *d, const char *what, uint64_t done, uint64_t all)
{
	if (d->o->on_step)
		d->o->on_step(what, done, all, d->o->arg);
}

void doctor_unreadable(struct doctor *d, int err, const char *what)
{
	if (err == -EUCLEAN)
		doctor_say(d, DOCTOR_DAMAGE, d->is_damaged ? NULL : DOCTOR_RESTORE,
			"%s cannot be read to the end: a damaged part of the database is in the way", what);
	else
		doctor_say(d, DOCTOR_DAMAGE,
			err == -ENOTCONN
				? "see that the database server runs and can be reached, and look again"
				: NULL,
			"%s cannot be read: %s", what, strerror(-err));
}

static void run_check(struct doctor *d, size_t i)
{
	char text[64];

	d->check = checks[i].name;
	d->said = 0;
	checks[i].run(d);
	if (d->said <= DOCTOR_FINDINGS_MAX)
		return;
	str_printf(text, sizeof(text), "and %d more of this kind", d->said - DOCTOR_FINDINGS_MAX);
	give(d, d->worst, text, NULL);
}

/* What could not be looked at, in one sentence. */
static void name_skipped(struct doctor *d, const struct text *names)
{
	d->check = "database";
	d->said = 0;
	if (names->len)
		doctor_say(d, DOCTOR_DAMAGE, NULL,
			"not looked at, because the database cannot be opened: %.300s", names->data);
}

enum doctor_level doctor_run(const char *directory, const struct doctor_options *options)
{
	struct doctor d = {.directory = directory, .o = options};

	_cleanup_text_ struct text skipped = {0};
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (d.is_nowhere)
			break;
		if (checks[i].needs_database && !d.rd)
			text_printf(&skipped, "%s%s", skipped.len ? ", " : "", checks[i].name);
		else
			run_check(&d, i);
	}
	name_skipped(&d, &skipped);
	store_reader_close(d.rd);
	sodium_memzero(d.key, sizeof(d.key));
	return d.worst;
}
