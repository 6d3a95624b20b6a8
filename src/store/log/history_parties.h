/* Who was in a call, read from its history: the customer, the agents its queues connected, and whoever was
 * asked into it. Knows JSON only. */
#pragma once
#include "base/jsonx.h"

/* Adds "parties" to a whole interaction (its row, "segments" and "events" are there): [{id, role, user, name,
 * number, joined_at, left_at, reason}], the customer first, then as they joined. Contacts without a telephone
 * have an empty list. 0 or -ENOMEM. */
int history_add_parties(json_t *whole);
