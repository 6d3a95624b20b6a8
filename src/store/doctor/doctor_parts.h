/* Inside of the doctor: what its parts share. */
#pragma once
#include "store/doctor/doctor.h"
#include "store/log/log.h"
#include "store/log/sequence.h"
#include "store/where.h"

struct doctor {
	const char *directory, *check;
	const struct doctor_options *o;
	enum doctor_level worst;
	int said; /* findings of this check that are not fine */
	char where[STORE_WHERE_MAX];
	bool is_server, is_running; /* rows on a PostgreSQL server; a centre runs on the directory */
	bool is_nowhere;	    /* there is no such directory */
	bool is_damaged;	    /* pages cannot be read */
	bool has_key;
	unsigned char key[SECRET_KEY_BYTES];
	struct store_reader *rd; /* NULL: cannot be opened */
	struct sequence sequence;
	bool has_sequence;
	int64_t last_ms; /* of the newest event */
};

/* A finding of the check at hand. todo may be NULL. */
void doctor_say(struct doctor *d, enum doctor_level level, const char *todo, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void doctor_step(struct doctor *d, const char *what, uint64_t done, uint64_t all);
/* The database did not give what was asked for. */
void doctor_unreadable(struct doctor *d, int err, const char *what);

/* doctor_files.c: need no database */
void doctor_directory(struct doctor *d);
void doctor_key(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_spool(struct doctor *d);
/* doctor_database.c */
void doctor_database(struct doctor *d);
void doctor_pages(struct doctor *d);
void doctor_key_fits(struct doctor *d);
/* doctor_log.c: need the database */
void doctor_sequence(struct doctor *d);
void doctor_events(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_history(struct doctor *d);
void doctor_audit(struct doctor *d);
/* doctor_rest.c */
void doctor_archives(struct doctor *d);
void doctor_snapshots(struct doctor *d);
void doctor_recordings(struct doctor *d);

#define DOCTOR_RESTORE                                                                                       \
	"stop the server, then: markaz doctor --rescue NEW_DIRECTORY brings everything that can be read "    \
	"into a "                                                                                            \
	"new directory and lists what is missing; or restore the newest backup"
