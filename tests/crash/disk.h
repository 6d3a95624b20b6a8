/* What a disk may not have yet: every change of a file since its last fsync, and every change of a name since
 * the last fsync of its folder. At a power cut a random part of it is taken back, down to single sectors.
 *
 * The model: writes to a file since its last sync arrive in any order, or not at all, sector by sector (512
 * bytes); names change in order, so a later rename is on the disk only with all before it; a file's sync says
 * nothing about its name. That is what POSIX promises, and less than any one file system does.
 *
 * Invariants: nothing here opens a file that SQLite has open (closing it would drop the process's locks)
 * before the cut itself; not thread safe, the caller holds one lock around all of it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Random numbers from one seed (splitmix64); below n. */
void disk_seed(uint64_t seed);
uint64_t disk_random(uint64_t n);

/* side: an existing folder on the same file system, where replaced and unlinked files are kept. */
void disk_begin(const char *side);
/* Before a write of n bytes at `at` through fd: keeps what is there. NULL when it cannot be read. */
struct disk_change *disk_before_write(int fd, const char *path, off_t at, size_t n);
/* After it: done bytes of data were taken (0 or less: it never happened). */
void disk_after_write(struct disk_change *c, const void *data, ssize_t done);
/* Before the file's size becomes `size`. */
void disk_resized(int fd, const char *path, off_t size);
void disk_synced(int fd);
/* A sync that failed: the kernel takes what was not written for clean, so that a later sync says yes and does
 * not bring it to the disk either. */
void disk_sync_failed(int fd);
void disk_folder_synced(const char *folder);
void disk_created(const char *path);
/* Before a rename and an unlink. */
void disk_renamed(const char *from, const char *to);
void disk_unlinked(const char *path);
/* The power is gone: takes back a random part. *ret_kept, *ret_lost: changes. */
void disk_cut(size_t *ret_kept, size_t *ret_lost);
