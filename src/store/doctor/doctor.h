/* Looks at a data directory and says in plain words what is fine, what is wrong, and what to do. A server may
 * run on it; nothing in it is changed. Works over both databases.
 *
 * Must not know: how it is printed (app/doctor.c), how to bring rows away from a damaged file (rescue.h). */
#pragma once
#include "store/rows/audit.h"

#include <stdbool.h>
#include <stdint.h>

#define DOCTOR_TEXT_MAX 600
#define DOCTOR_FINDINGS_MAX 10	   /* of one check; then their number */
#define DOCTOR_EVENTS 10000	   /* newest events that are read, unless is_deep */
#define DOCTOR_CONTACTS 500	   /* newest contacts of a day that are folded anew, unless is_deep */
#define DOCTOR_RECORDINGS 2000	   /* newest recordings that are looked for, unless is_deep */
#define DOCTOR_PAGES_AT_ONCE 65536 /* larger databases are read through with is_deep only */

enum doctor_level { DOCTOR_FINE = 0, DOCTOR_WARNING = 1, DOCTOR_DAMAGE = 2 };
struct doctor_finding {
	enum doctor_level level;
	const char *check; /* "directory", "key", "database", "pages", ... */
	const char *what;  /* a sentence */
	const char *todo;  /* a sentence, or NULL */
};
struct doctor_options {
	bool is_deep;			      /* reads everything */
	const struct audit_mark *audit_known; /* an entry somebody wrote down; NULL: none */
	void (*on_finding)(const struct doctor_finding *finding, void *arg);
	void (*on_step)(
		const char *what, uint64_t done, uint64_t all, void *arg); /* may be NULL; all 0: unknown */
	void *arg;
};

/* Every check, in order; each gives at least one finding. Whatever is wrong is a finding. The worst of them.
 */
enum doctor_level doctor_run(const char *directory, const struct doctor_options *options);
