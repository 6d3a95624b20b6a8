/* Copies of files and folders that are on the disk when the call returns. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

/* Makes the folder (mode 0700), or finds it empty. 0, -ENOTEMPTY, -errno. */
int files_make_empty(const char *folder);
/* Copies one file to a name that must not exist, with this mode. On failure nothing is left. 0 or -errno. */
int files_copy(const char *from, const char *to, mode_t mode);
/* Copies a folder's regular files and folders (no links). A folder that is missing is empty, and so is a file
 * that vanishes meanwhile. *ret_files grows by the files copied. 0, -ENAMETOOLONG, -errno. */
int files_copy_tree(const char *from, const char *to, uint64_t *ret_files);
/* Brings the names in a folder to the disk. 0 or -errno. */
int files_sync_folder(const char *folder);
