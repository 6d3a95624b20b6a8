/* Events into the tables people read: interaction, segment, recording, note. */
#pragma once
#include "event/event.h"
#include "store/db.h"

#define FOLD_CHOSEN_MAX 32	/* choices kept with an interaction */
#define FOLD_NUMBER_KEY_SIZE 40 /* digits of a number, reversed */

/* Carries e into the tables; part of the transaction that appends e. Events that fit nothing change nothing.
 * 0 or -errno. */
int fold_event(struct db *db, const struct event *e);
/* The digits of number, last first: "+98 21 1" gives "11289". ASCII only, cut to the buffer. Empty for a text
 * without digits. */
void fold_number_key(const char *number, char ret_key[static FOLD_NUMBER_KEY_SIZE]);
