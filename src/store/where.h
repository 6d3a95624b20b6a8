/* Where the rows of a data directory are: in its file markaz.db, or on the PostgreSQL server whose address
 * its file `database` holds (one line, 0600, because it may hold a password). The only place that decides. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define STORE_WHERE_MAX 512 /* of an address or a path */

/* Is it the address of a server (postgres://...)? */
bool store_where_is_server(const char *where);
/* What db_open wants. 0, -EUCLEAN (the file `database` holds no address; logged, with what to do),
 * -ENAMETOOLONG, -errno (the file cannot be read). */
int store_where(const char *directory, char ret_where[static STORE_WHERE_MAX]);
/* Writes the file `database` into the directory (which exists), whole or not at all, and brings it to the
 * disk. 0, -EINVAL (no address of a server), -errno. */
int store_where_set(const char *directory, const char *url);
/* Makes the directory what the configuration says: url (NULL or "": whatever the directory says) is written
 * into a directory that has no rows yet. 0, -EEXIST: the directory says something else (logged: `markaz
 * migrate --to` moves it), -EINVAL (url is no address of a server), -errno. Makes the directory when it is
 * missing. */
int store_where_agree(const char *directory, const char *url);
/* How often this process changed the place of its rows; a reader opened before the last time follows. Any
 * thread. */
unsigned store_where_moves(void);
/* The directory names another place now, and the writer is there. Any thread. */
void store_where_moved(void);
