/* The centre's sign of life: a file whose time says until when the process was there. Contacts cut off by a
 * crash lasted until then, not until somebody started it again. Nothing is written into it, and nothing waits
 * for the disk. */
#pragma once
#include <stdint.h>

struct center;
/* Gives the sign now, and again every few seconds. The centre's thread. */
void alive_start(struct center *c);
/* Wall time of the last sign in that data directory, ms; 0: none was ever given. */
int64_t alive_last(const char *data_directory);
