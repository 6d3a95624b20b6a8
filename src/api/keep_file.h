/* Files people upload: whole or not at all. Worker threads. */
#pragma once
#include <stddef.h>

#define KEEP_PATH_MAX 512

/* Writes n bytes to path (its folder is made when absent; one level), beside it, synced and renamed. 0, or
 * -errno with what was there before still there. */
int keep_file(const char *path, const unsigned char *data, size_t n);
