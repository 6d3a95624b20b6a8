/* Copies of the database while it is written to, and whether such a copy is whole.
 *
 * A copy is one moment of the source: everything up to its last event, nothing after it. Only the database;
 * keys and audio files are the caller's. */
#pragma once
#include <stdint.h>

#define BACKUP_WHY_SIZE 400

struct backup_figures {
	uint64_t last_seq, events, recordings;
	int schema;
	int64_t bytes; /* of the file */
};

/* Copies the rows of the directory, in its file or on its PostgreSQL server, to the file at target, which
 * must not exist, checks the copy (backup_check) and brings it to the disk. The server may run meanwhile and
 * is not held up; its log grows until the copy is made. On failure target is removed. 0, -EUCLEAN (the copy
 * is not whole), -errno, with a sentence in ret_why. Blocks for as long as the disk needs. */
int backup_make(const char *directory, const char *target, struct backup_figures *ret_figures,
	char ret_why[static BACKUP_WHY_SIZE]);
/* Copies the rows of the file draft, which may get a newer schema by this, to an empty database on a server
 * and compares both. 0, -EEXIST (it is not empty), -EUCLEAN, -errno, with a sentence in ret_why. */
int backup_put_on_server(const char *draft, const char *url, char ret_why[static BACKUP_WHY_SIZE]);
/* Whether the file at path is a whole database of Markaz that this version can open: its pages, its schema,
 * and a sequence of events without a gap. 0, -EUCLEAN, -errno, with a sentence in ret_why. */
int backup_check(const char *path, struct backup_figures *ret_figures, char ret_why[static BACKUP_WHY_SIZE]);
/* The recordings the database at path speaks of: path below recordings/, bytes (-1: not known). 0 or -errno;
 * on_recording's negative result ends it and is passed up. */
typedef int backup_recording_handler(const char *recording, int64_t bytes, void *arg);
int backup_recordings(const char *path, backup_recording_handler *on_recording, void *arg);
