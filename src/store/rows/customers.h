/* Which customer has this number? customer_number holds each customer's numbers by their key, so that a call
 * finds its customer with one look-up, whatever the number of customers. */
#pragma once
#include "base/jsonx.h"
#include "db/db.h"

#include <stdint.h>

/* Within the transaction that changes the customer's row: its numbers are now those of row (NULL: it is
 * gone). 0 or -errno. */
int customers_keep(struct db *db, uint64_t tenant, uint64_t id, const json_t *row);
