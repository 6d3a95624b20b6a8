/* See customers.h. */
#include "store/rows/customers.h"
#include "base/id.h"
#include "base/number.h"
#include "store/rows/rows.h"
#include "store/write/writer.h"

int store_customer_of_number(struct store_reader *rd, uint64_t tenant, const char *number, json_t **ret_row)
{
	char key[NUMBER_KEY_SIZE];
	struct db_statement *st;
	int err;

	number_tail_key(number, key);
	if (!*key)
		return STORE_NOT_FOUND;
	err = db_prepare(&rd->db,
		"SELECT customer FROM customer_number WHERE key = ?1 AND tenant = ?2 ORDER BY customer LIMIT "
		"1",
		&st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, key);
	db_bind_int(st, 2, tenant ? (int64_t)tenant : 1);
	err = db_step(&rd->db, st);
	if (err <= 0)
		return err < 0 ? err : STORE_NOT_FOUND;
	uint64_t id = (uint64_t)db_int(st, 0);
	db_reset(st);
	return store_get(rd, resource_by_name("customer"), tenant, id, false, ret_row);
}

static int keep_one(struct db *db, uint64_t tenant, uint64_t id, const char *number)
{
	char key[NUMBER_KEY_SIZE];
	struct db_statement *st;

	number_tail_key(number, key);
	if (!*key)
		return 0;
	int err = db_prepare(db,
		"INSERT INTO customer_number (key, tenant, customer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		&st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, key);
	db_bind_int(st, 2, (int64_t)tenant);
	db_bind_int(st, 3, (int64_t)id);
	return db_run(db, st);
}

int customers_keep(struct db *db, uint64_t tenant, uint64_t id, const json_t *row)
{
	size_t i;
	json_t *number;
	int err = db_run_ints(db, "DELETE FROM customer_number WHERE customer = ?", 1, (int64_t)id);

	json_array_foreach(json_object_get(row, "numbers"), i, number)
	{
		if (err == 0 && json_is_string(number))
			err = keep_one(db, tenant, id, json_string_value(number));
	}
	return err;
}
