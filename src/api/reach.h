/* What somebody may know who supervises some teams alone (MAY_SEE_TEAMS; docs/calls.md): the contacts an
 * agent of these teams had, and their recordings. The teams are those of now. Worker threads. */
#pragma once
#include "api/exchange.h"

#define REACH_TEXT_MAX 2600 /* ids between commas */

bool reach_is_limited(const struct exchange *x);
/* Their teams as store_history_query has them; ",": none. */
void reach_teams(const struct exchange *x, char ret_teams[static REACH_TEXT_MAX]);
/* Whether this agent is theirs; always true of who is not limited, and of themselves. */
bool reach_has_agent(struct exchange *x, uint64_t agent);
/* Whether an agent of theirs had the contact (as store_interaction gives it). */
bool reach_has_contact(struct exchange *x, const json_t *interaction);
/* Leaves those rows of list whose member `key` is an agent of theirs. */
void reach_filter(struct exchange *x, json_t *list, const char *key);
/* May they change something of contact id, under way or past? False: answered with 404, and written down. */
bool reach_lets_change(struct exchange *x, uint64_t id, const char *what);
