/* A centre's data copied to a folder while the server runs, and put back into an empty data directory. They
 * speak to a person: what was done on standard output, what went wrong and what to do on standard error. */
#pragma once
#include <stdbool.h>

/* Copies the data directory to folder, which is made or is empty. 0, or 1 after saying why not. */
int backup_to_folder(const char *data, const char *folder, bool with_recordings);
/* Puts the backup in folder into the data directory, which is made or is empty; the rows go into a file there
 * or, with url, to the empty database at that address. 0, or 1 after saying why not; what was refused has
 * changed nothing. */
int restore_from_folder(const char *folder, const char *data, const char *url);
