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
/* Before the database at path is opened after a commit whose end is not known, or by a new process: brings
 * what its log holds to the disk by writing it again (disk_write_again says why), so that nothing is read
 * from it that a power cut could still take away. No log: nothing to do. Nobody may be writing to it. 0 or
 * -errno. */
int sqlite_log_again(const char *path);
/* Closing this connection leaves the log beside the file as it is, even when nobody else has it open. */
void sqlite_keep_log(struct db *db);
