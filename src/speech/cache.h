/* The cache of spoken texts: one folder of WAV files, named by hash. A file appears whole (rename) or not at
 * all. Touching a file when it is asked for keeps it; the longest untouched ones go first when the folder is
 * full. */
#pragma once
#include "speech/speech.h"

#include <stddef.h>

#define CACHE_NAME_SIZE 33 /* hash as text */

/* Makes the folder when it is missing. 0 or -errno. */
int cache_open(const char *directory);
/* The hash of what makes a sound what it is. */
void cache_name(const char *const *parts, size_t n, char ret_name[static CACHE_NAME_SIZE]);
/* 0 and the path when the file is there (touched), -ENOENT, -ENAMETOOLONG. Any thread. */
int cache_find(const char *directory, const char *name, char ret_path[static SPEECH_PATH_MAX]);
/* Writes n samples as a WAV file. 0, -ENOSPC, -errno. */
int cache_store(const char *directory, const char *name, const int16_t *samples, size_t n);
/* Deletes the longest untouched files until at most bytes_max remain; the one called keep stays. What is left
 * is told in *ret_bytes. 0, -ENOMEM, -errno. One thread at a time. */
int cache_trim(const char *directory, int64_t bytes_max, const char *keep, int64_t *ret_bytes);
