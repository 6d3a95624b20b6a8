/* Contacts kept on disk, so that telephones can be called at once after a restart and need not know of it.
 * One file of lines that is appended to and written anew when it has grown to several times what it says;
 * what it says of an account last is true. A crash loses at most the last second: then a contact is there
 * with the time left it had before. Only a file that was written whole takes another's place. */
#pragma once
#include "sip/contact.h"

/* What account's contacts are now is on disk within a second. */
void registrations_changed(struct account *account);
/* Gives the accounts in force the contacts they had when the file was written, as far as their time is not
 * over and their password is still the same. Once in the life of the room; does nothing after. */
void registrations_restore(struct room *room);
/* Writes everything and closes. */
void registrations_close(struct room *room);

/* For tests and fuzzing: reads one line that says a contact, in place; wall_ms: now. 0 or -EINVAL. */
int registrations_parse(char *line, int64_t wall_ms, struct contact *ret_at, bool *ret_is_reachable);
