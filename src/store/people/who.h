/* Whom a question about a person is about: from a customer or an address to all customers, addresses and
 * persons (person.h) that are the same human being. */
#pragma once
#include "base/vec.h"
#include "store/people/person.h"

#define WHO_ADDRESSES_MAX 200

struct who {
	uint64_t tenant;
	VEC(json_t *) customers; /* their rows */
	VEC(char *) addresses;	 /* numbers and mail addresses as they are written */
	VEC(uint64_t) persons;	 /* none twice */
	uint64_t shared_with; /* a customer who has one of these numbers and is not one of `customers`; 0 */
	bool is_ambiguous;    /* asked by an address that several customers have */
};
/* Fills ret_who (who_free, whatever the result). 0, STORE_NOT_FOUND (no such customer; an address that is
 * none), -errno. Nobody known by an address is no error: then there are no customers and no persons. */
int who_collect(
	struct db *db, const unsigned char *secret, const struct store_person_query *q, struct who *ret_who);
/* The same for whoever was on the other side of a contact. 1; 0: the contact has no address (any more), and
 * ret_who is empty; -errno (ret_who need not be freed). */
int who_of_contact(struct db *db, const unsigned char *secret, uint64_t tenant, uint64_t interaction,
	struct who *ret_who);
/* Whether one of its customers is under a legal hold. */
bool who_is_kept(const struct who *w);
void who_free(struct who *w);
/* The sum over the persons of the first column of sql, whose parameter is the person. 0 or -errno. */
int who_sum(struct db *db, const struct who *w, const char *sql, int64_t *ret_sum);
