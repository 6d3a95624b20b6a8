/* Customers by number. */
#pragma once
#include "store/db.h"

#define CUSTOMERS_NUMBER_TAIL                                                                                \
	9 /* two numbers this long are the same when their last digits are: prefixes vary by trunk */

/* Teaches a connection the SQL function number_key(text): digits reversed, cut to the tail; '' for a text
 * without digits. */
int customers_add_function(struct db *db);
