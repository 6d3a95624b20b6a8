/* See who.h. */
#include "store/people/who.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/number.h"
#include "base/str.h"
#include "store/rows/rows.h"

#include <errno.h>
#include <string.h>

static int add_address(struct who *w, const char *address)
{
	if (str_is_blank(address) || w->addresses.len == WHO_ADDRESSES_MAX)
		return 0;
	VEC_EACH(&w->addresses, i)
	if (str_equal(w->addresses.at[i], address))
		return 0;
	char *copy = alloc_strdup(address);
	int err = copy ? VEC_PUSH(&w->addresses, copy) : -ENOMEM;
	if (err < 0)
		alloc_free(copy);
	return err;
}

static bool has_customer(const struct who *w, uint64_t id)
{
	VEC_EACH(&w->customers, i)
	if (jsonx_id(w->customers.at[i], "id") == id)
		return true;
	return false;
}

static int add_customer(struct db *db, struct who *w, uint64_t id)
{
	json_t *row = NULL, *number;
	size_t i;

	if (has_customer(w, id))
		return 0;
	int err = rows_read(db, resource_by_name("customer"), w->tenant, id, false, NULL, &row);
	if (err)
		return err;
	err = VEC_PUSH(&w->customers, row);
	if (err < 0) {
		json_decref(row);
		return err;
	}
	json_array_foreach(json_object_get(row, "numbers"), i, number)
	{
		if (err == 0 && json_is_string(number))
			err = add_address(w, json_string_value(number));
	}
	return err ? err : add_address(w, jsonx_text(row, "email", NULL));
}

typedef VEC(uint64_t) ids;

static int read_ids(struct db *db, struct db_statement *st, ids *ret_ids)
{
	int err;

	while ((err = db_step(db, st)) == 1) {
		int bad = VEC_PUSH(ret_ids, (uint64_t)db_int(st, 0));
		if (bad < 0) {
			db_reset(st);
			return bad;
		}
	}
	return err;
}

/* The customers who have this address. */
static int customers_of(struct db *db, uint64_t tenant, const char *text, ids *ret_ids)
{
	char address[PERSON_ADDRESS_SIZE];
	struct db_statement *st;
	bool is_number;

	if (!person_address(text, address))
		return 0;
	is_number = address[0] == 'n';
	int err = db_prepare(db,
		is_number ? "SELECT customer FROM customer_number WHERE key = ?1 AND tenant = ?2 ORDER BY "
			    "customer"
			  : "SELECT id FROM \"customer\" WHERE lower(email) = ?1 AND tenant = ?2 AND email "
			    "IS NOT "
			    "NULL ORDER BY id",
		&st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, address + 2);
	db_bind_int(st, 2, (int64_t)tenant);
	return read_ids(db, st, ret_ids);
}

static int add_person(struct who *w, uint64_t person)
{
	VEC_EACH(&w->persons, i)
	if (w->persons.at[i] == person)
		return 0;
	return VEC_PUSH(&w->persons, person);
}

/* The persons of the addresses, and whether somebody else has one of them. */
static int look_up(struct db *db, const unsigned char *secret, struct who *w)
{
	int err = 0;

	for (size_t i = 0; i < w->addresses.len && err == 0; i++) {
		ids others = {0};
		uint64_t person = 0;
		err = person_find(db, secret, w->tenant, w->addresses.at[i], &person);
		if (err == 1)
			err = add_person(w, person);
		if (err == 0)
			err = customers_of(db, w->tenant, w->addresses.at[i], &others);
		for (size_t k = 0; k < others.len && !w->shared_with; k++)
			if (!has_customer(w, others.at[k]))
				w->shared_with = others.at[k];
		VEC_FREE(&others);
	}
	return err;
}

int who_collect(
	struct db *db, const unsigned char *secret, const struct store_person_query *q, struct who *ret_who)
{
	char address[PERSON_ADDRESS_SIZE];
	ids customers = {0};
	int err = 0;

	*ret_who = (struct who){.tenant = q->tenant ? q->tenant : 1};
	if (q->customer) {
		err = add_customer(db, ret_who, q->customer);
	} else if (!person_address(q->address, address)) {
		err = STORE_NOT_FOUND;
	} else {
		err = add_address(ret_who, q->address);
		if (err == 0)
			err = customers_of(db, ret_who->tenant, q->address, &customers);
	}
	ret_who->is_ambiguous = customers.len > 1;
	VEC_EACH(&customers, i)
	if (err == 0)
		err = add_customer(db, ret_who, customers.at[i]);
	VEC_FREE(&customers);
	return err ? err : look_up(db, secret, ret_who);
}

void who_free(struct who *w)
{
	VEC_EACH(&w->customers, i)
	json_decref(w->customers.at[i]);
	VEC_EACH(&w->addresses, i)
	alloc_free(w->addresses.at[i]);
	VEC_FREE(&w->customers);
	VEC_FREE(&w->addresses);
	VEC_FREE(&w->persons);
}

int who_sum(struct db *db, const struct who *w, const char *sql, int64_t *ret_sum)
{
	int64_t sum = 0, n;
	int err = 0;

	for (size_t i = 0; i < w->persons.len && err >= 0; i++) {
		n = 0;
		err = db_read_int(db, &n, sql, 1, (int64_t)w->persons.at[i]);
		sum += n;
	}
	if (err < 0)
		return err;
	*ret_sum = sum;
	return 0;
}

bool who_is_kept(const struct who *w)
{
	VEC_EACH(&w->customers, i)
	if (jsonx_bool(w->customers.at[i], "is_kept", false))
		return true;
	return false;
}

int who_of_contact(struct db *db, const unsigned char *secret, uint64_t tenant, uint64_t interaction,
	struct who *ret_who)
{
	struct store_person_query q = {.tenant = tenant};
	_cleanup_alloc_ char *address = NULL;
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT CASE direction WHEN 'outbound' THEN to_number ELSE from_number END FROM interaction "
		"WHERE id = ?",
		&st);

	*ret_who = (struct who){0};
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	err = db_step(db, st);
	if (err == 1) {
		const char *text = db_text(st, 0);
		address = text ? alloc_strdup(text) : NULL;
		err = text && !address ? -ENOMEM : 0;
		db_reset(st);
	}
	if (err < 0 || !address)
		return err;
	q.address = address;
	err = who_collect(db, secret, &q, ret_who);
	if (err >= 0 && err != STORE_NOT_FOUND)
		return 1;
	who_free(ret_who);
	*ret_who = (struct who){0};
	return err < 0 ? err : 0;
}
