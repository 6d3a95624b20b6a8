/* Events into the tables people read: interaction, segment, recording, note. */
#pragma once
#include "event/event.h"
#include "db/db.h"

#define FOLD_CHOSEN_MAX 32 /* choices kept with an interaction */

/* Carries e into the tables; part of the transaction that appends e. Events that fit nothing change nothing.
 * 0 or -errno. */
int fold_event(struct db *db, const struct event *e);
