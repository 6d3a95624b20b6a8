/* The last step of moving a centre's rows to another database: the moment at which the directory says the new
 * place, with or without a running server. What copies them is copy.h.
 *
 * Invariant: at every moment exactly one database is the truth, the one store_where names; a crash leaves the
 * old or the new one, whole. */
#pragma once
#include "store/store.h"

#define MOVE_FILE "markaz.db.moving" /* a new file database is made under this name in the directory */
#define MOVE_HOLD_S 90		     /* a held writer may switch for so long; then it must be released */

/* Holds the writer of a running server: events go to the spool, rows are refused. One at a time; the control
 * thread. 0, -EALREADY, -ENOSPC (there is no spool), -ETIMEDOUT, -errno. */
int store_move_hold(struct store *s);
/* Makes `to` (a server's address, or MOVE_FILE for the file of that name) the place of the rows, lets the
 * writer go on there, and readers follow. 0; -ENOENT: it is not held; -ETIMEDOUT: held for too long (both:
 * nothing changed, the old place stays; release); -errno of writing (the same), or of opening the new place,
 * which then is the truth and is tried again as after any loss. *ret_is_moved says which. */
int store_move_switch(struct store *s, const char *to, bool *ret_is_moved);
/* The writer goes on with the old place. 0, -errno. */
int store_move_release(struct store *s);

/* Without a server: makes `to` the place, as store_move_switch. 0 or -errno (nothing changed). */
int move_switch(const char *directory, const char *to);
/* Before a server opens the directory's rows: what a copying that was killed left in them is taken away. A
 * database that cannot be reached or opened is for store_open to judge. 0 or -errno. */
int move_forget(const char *directory);
/* Once the rows are on a server: what is in the old file's log goes into it, and it gets the name
 * markaz.db.moved-DATE. *ret_name: the new name, "" when there is no old file. 0 or -errno. */
int move_tidy(const char *directory, char *ret_name, size_t size);
