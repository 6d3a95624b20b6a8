/* The thread that makes Opus files of finished recordings (docs/recordings.md), one at a time and behind
 * everybody else's work: setting recording_format.
 *
 * Invariant: at every moment one whole file is what the log vouches for, whatever stops the process: the new
 * one is on the disk before the log names it, the old one is removed after that. */
#pragma once
#include <stdint.h>

#define COMPRESSOR_NICE 19
#define COMPRESSOR_RETRY_MS 60000   /* after a disk or database that refused */
#define COMPRESSOR_FAILED_MAX 10000 /* recordings it could not read, passed over until the next start */

struct compressor;
struct store;

/* Goes on where it was cut off, and takes what waits. 0 or -errno. */
int compressor_start(struct compressor **ret_compressor, struct store *store, const char *directory);
/* Something may have become due with the event of this number (0: with the configuration). Any thread; never
 * blocks. NULL is fine. */
void compressor_wake(struct compressor *c, uint64_t seq);
/* A file that is being made is thrown away. NULL is fine. */
void compressor_stop(struct compressor *c);
