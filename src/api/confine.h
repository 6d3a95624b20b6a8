/* Programs that read what strangers sent, behind walls: own process group, no network (seccomp), little
 * memory, time and disk, nothing of our environment or open files. */
#pragma once
#include <stddef.h>

struct confine_limits {
	int timeout_ms;	     /* on the wall; half of it on the processor */
	size_t memory_bytes; /* address space */
	size_t file_bytes;   /* the largest file it may write */
};

/* Runs argv (NULL at the end, found on PATH) in folder, where it may write. Blocks. 0; -ENOENT: the program
 * is not installed; -ETIMEDOUT; -EFBIG: it wrote too much; -EBADMSG: it refused or died; -errno. */
int confine_run(const char *const argv[], const char *folder, const struct confine_limits *limits);
