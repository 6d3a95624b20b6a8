/* Contacts of the past, for the files of this room that show one. */
#pragma once
#include "api/exchange.h"

/* The contact {id} of the path with everything (store_interaction), if this person may see it: all with
 * see_history, else only those they took part in. A new reference; NULL: answered. Worker. */
json_t *history_contact(struct exchange *x);
#define RECORDING_PATH_MAX 1024
/* The file of a recording's row, never one outside the recordings' folder. False: the row names none. */
bool recording_file(const struct exchange *x, const json_t *row, char ret_path[static RECORDING_PATH_MAX]);
