/* Inside of the rescue: what rescue.c and rescue_archives.c share. */
#pragma once
#include "store/doctor/rescue.h"

/* Every event that can be read of the file at path (an archive), into a new file at temp with a table
 * `event`. 0; -EUCLEAN (not a page can be read); -errno. */
int rescue_events(const char *path, const char *temp);
/* Removes a database and what lies beside it. */
void rescue_remove(const char *path);
/* Writes the report's gaps into the fact. In the caller's transaction. 0 or -errno. */
int rescue_keep_gaps(struct db *db, const struct rescue_report *report);
/* Whole archives of the directory that the database does not name (any more) get their row. In the caller's
 * transaction. 0 or -errno. */
int rescue_list_archives(struct db *db, const char *directory);
