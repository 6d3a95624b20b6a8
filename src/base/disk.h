/* What it takes for a file to be there after a power cut. */
#pragma once
#include <stdint.h>

/* Brings the file or the folder at path to the disk. A new file's name, a rename and a new folder are safe
 * only when the folder that holds them was brought there, too. 0 or -errno. */
int disk_sync(const char *path);
/* Writes the first n bytes of the file again, as they are, and brings them to the disk. For what a sync that
 * failed may have left in the system's memory only: the system need not try those bytes again, so that no
 * later sync says anything of them, until they are written anew. Nobody else may write them meanwhile; a
 * crash in the middle changes nothing that was on the disk. 0 or -errno. */
int disk_write_again(const char *path, uint64_t n);
