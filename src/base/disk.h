/* What it takes for a file to be there after a power cut. */
#pragma once

/* Brings the file or the folder at path to the disk. A new file's name, a rename and a new folder are safe
 * only when the folder that holds them was brought there, too. 0 or -errno. */
int disk_sync(const char *path);
