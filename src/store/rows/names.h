/* What rows say by name or inside a document: references the descriptor cannot see. Writer thread, inside the
 * savepoint of the change. */
#pragma once
#include "store/write/writer.h"

/* Adds what is wrong with the whole row: teams and people of a queue's rings, skills of its expression; a
 * number that leads to a queue not for calls. 0 or -errno. */
int names_check(struct store *s, struct store_request *rq, const json_t *row);
/* After a skill was renamed or deleted: STORE_IN_USE with an issue when a queue's expression still says the
 * old name; 0, -errno. */
int names_check_skills(struct store *s, struct store_request *rq);
