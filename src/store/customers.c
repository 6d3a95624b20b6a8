/* Which customer has this number? One index look-up, whatever the number of customers. */
#include "store/customers.h"
#include "base/id.h"
#include "base/str.h"
#include "store/fold.h"
#include "store/rows.h"
#include "store/writer.h"

#include <errno.h>
#include <string.h>

static void key_of(const char *number, char ret_key[static FOLD_NUMBER_KEY_SIZE])
{
	fold_number_key(number, ret_key);
	if (strlen(ret_key) > CUSTOMERS_NUMBER_TAIL)
		ret_key[CUSTOMERS_NUMBER_TAIL] = '\0';
}

static void number_key(sqlite3_context *context, int n, sqlite3_value **values)
{
	char key[FOLD_NUMBER_KEY_SIZE];

	(void)n;
	key_of((const char *)sqlite3_value_text(values[0]), key);
	sqlite3_result_text(context, key, -1, SQLITE_TRANSIENT);
}

int customers_add_function(struct db *db)
{
	int code = sqlite3_create_function(db->handle, "number_key", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, number_key, NULL, NULL);

	return code == SQLITE_OK ? 0 : -ENOMEM;
}

int store_customer_of_number(struct store_reader *rd, uint64_t tenant, const char *number, json_t **ret_row)
{
	char key[FOLD_NUMBER_KEY_SIZE];
	sqlite3_stmt *st;
	int err;

	key_of(number, key);
	if (!*key)
		return STORE_NOT_FOUND;
	err = db_prepare(&rd->db,
		"SELECT customer FROM customer_number WHERE key = ?1 AND tenant = ?2 ORDER BY customer LIMIT "
		"1",
		&st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, key);
	sqlite3_bind_int64(st, 2, tenant ? (int64_t)tenant : 1);
	err = db_step(&rd->db, st);
	if (err <= 0)
		return err < 0 ? err : STORE_NOT_FOUND;
	uint64_t id = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return store_get(rd, resource_by_name("customer"), tenant, id, false, ret_row);
}
