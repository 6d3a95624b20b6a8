/* What only a database in a file has: for checkpoints and copies of the file. */
#pragma once
#include "db/db.h"

#include <sqlite3.h>

sqlite3 *sqlite_handle(const struct db *db);
/* 0 or negative errno of an SQLite result code; system_errno when the code is an I/O error. */
int sqlite_errno(int code, int system_errno);
/* Copies the open database to the file at target as one moment of it, beside a writer that goes on. target is
 * empty or absent; it is not brought to the disk (fsync) and worthless after a failure. 0 or -errno. */
int sqlite_copy(struct db *from, const char *target);
/* Closing this connection leaves the log beside the file as it is, even when nobody else has it open. */
void sqlite_keep_log(struct db *db);
