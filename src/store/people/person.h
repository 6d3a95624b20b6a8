/* People: whose personal texts an event holds, and the keys these are sealed with.
 *
 * A person is a telephone number or another address (mail, chat) as the house knows it, or, when an address
 * was withheld, a single contact. Each has a salt in table person, from which (with secret.key) the key is
 * made that seals the texts of all events of the person's contacts. Table person_of finds a person by a keyed
 * hash of the address. Erasing takes away the salt and the hashes: the events stay, with their numbers, times
 * and figures; the texts are gone wherever they were copied to.
 *
 * Invariants: no event gets into the table with a personal text in clear (older ones are sealed once, by
 * person_seal_old); an event's sealed texts open at its own sequence number only. */
#pragma once
#include "base/arena.h"
#include "store/write/writer.h"

#define PERSON_ADDRESS_SIZE 260
#define PERSON_KEYS 1024      /* keys kept at hand on the writer's side; readers: for one call */
#define PERSON_CONTACTS 8192  /* contacts whose person is kept at hand */
#define PERSON_SEAL_ROWS 2000 /* older events looked at in one transaction */

/* What a number or address is known by: "n:" and the end of the number as base/number.h makes it, or "a:" and
 * the address in lower case. False: it says nobody (empty, "anonymous"...). */
bool person_address(const char *text, char ret_address[static PERSON_ADDRESS_SIZE]);

/* --- the writer thread, inside its transaction
 * -----------------------------------------------------------------------------------------------------------
 */
/* What to store of p: *ret_data (alloc_free) with the personal texts sealed; untouched when p->data is right
 * as it is. Makes the person when it is a new one, and sets p->e.person. Right before the event's row is
 * written, in the order of events. 0 or -errno. */
int person_seal_event(struct store *s, struct pending *p, char **ret_data);
/* After a rollback: forgets what was kept at hand. */
void person_forget(struct store *s);
#define PERSON_MARKS                                                                                         \
	2048		/* addresses of a batch whose person is known before they are asked for one by one */
#define PERSON_ASKED 64 /* in one statement */
/* The batch of n events is written next, in this order: asks a server for all of their persons at once, so
 * that nothing has to be waited for while they are sealed. Inside the transaction. 0 or -errno. */
int person_expect(struct store *s, struct pending *const *list, size_t n);
/* The person of a number or address; 1, 0 (nobody known by it), -errno. */
int person_find(
	struct db *db, const unsigned char *secret, uint64_t tenant, const char *text, uint64_t *ret_person);

/* --- reading
 * -----------------------------------------------------------------------------------------------------------
 */
/* Opens what is sealed of e in place; texts live in the arena. A person erased meanwhile: e->is_erased. A
 * seal that does not open (damaged, another secret.key) is logged once and its texts are absent: figures do
 * not depend on them. 0 or -errno. */
int person_open_event(struct store_reader *rd, struct arena *arena, struct event *e);
/* At the beginning of a call that reads events: keys of those erased since are not used again. */
void person_reader_begin(struct store_reader *rd);

/* --- events from before there were seals
 * -----------------------------------------------------------------------------------------------------------
 */
/* Up to which sequence nothing is in clear: INT64_MAX once all are sealed. -errno. */
int64_t person_sealed_up_to(struct db *db);
