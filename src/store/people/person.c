/* See person.h. */
#include "store/people/person.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/number.h"
#include "base/str.h"
#include "store/people/seal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

/* Kept at hand, each in the one place its id falls to: bounded, and nothing to tidy up. */
struct persons {
	struct {
		uint64_t person;
		unsigned char key[SEAL_KEY_BYTES];
	} keys[PERSON_KEYS];
	struct {
		uint64_t interaction, person;
	} of[PERSON_CONTACTS];
	struct known_mark { /* of the batch that is being written */
		char mark[SEAL_MARK_SIZE];
		bool is_known;
		uint64_t person; /* 0: nobody's yet */
	} marks[PERSON_MARKS];
	bool has_complained;
};

/* Ids are ordered by time, with little chance in their low bits. */
static size_t place(uint64_t id, size_t places)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % places;
}

static struct known_mark *mark_place(struct persons *p, const char *mark)
{
	uint64_t hash = 0;

	for (const char *c = mark; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	return &p->marks[place(hash, PERSON_MARKS)];
}

static struct persons *at_hand(struct persons **persons)
{
	if (!*persons)
		*persons = alloc_zero(sizeof(**persons));
	return *persons;
}

static void forget(struct persons *p)
{
	if (p)
		sodium_memzero(p, sizeof(*p));
}

void person_forget(struct store *s)
{
	forget(s->persons);
}

void person_reader_begin(struct store_reader *rd)
{
	if (rd->persons)
		sodium_memzero(rd->persons->keys, sizeof(rd->persons->keys));
}

/* Whether s can be read as a telephone number. */
static bool is_number(const char *s)
{
	return strspn(s, "+0123456789 -()./") == strlen(s) && strpbrk(s, "0123456789");
}

bool person_address(const char *text, char ret_address[static PERSON_ADDRESS_SIZE])
{
	static const char *const nobody[] = {"anonymous", "unknown", "unavailable", "restricted", "private"};
	char key[NUMBER_KEY_SIZE];

	if (str_is_blank(text) || strlen(text) >= PERSON_ADDRESS_SIZE - 2)
		return false;
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		if (str_equal_nocase(text, nobody[i]))
			return false;
	if (is_number(text)) {
		number_tail_key(text, key);
		return str_printf(ret_address, PERSON_ADDRESS_SIZE, "n:%s", key) == 0;
	}
	str_printf(ret_address, PERSON_ADDRESS_SIZE, "a:%s", text);
	for (char *p = ret_address; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return true;
}

/* --- salts and keys
 * -----------------------------------------------------------------------------------------------------------
 */

/* 1 with the key, 0 when the person is erased or unknown, -errno. */
static int key_of(struct db *db, struct persons *p, const unsigned char *secret, uint64_t person,
	unsigned char ret_key[static SEAL_KEY_BYTES])
{
	size_t i = place(person, PERSON_KEYS);
	struct db_statement *st;

	if (p->keys[i].person == person) {
		memcpy(ret_key, p->keys[i].key, SEAL_KEY_BYTES);
		return 1;
	}
	int err = db_prepare(db, "SELECT salt FROM person WHERE id = ?", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)person);
	err = db_step(db, st);
	if (err <= 0)
		return err;
	err = seal_key(secret, person, db_text(st, 0), p->keys[i].key);
	db_reset(st);
	p->keys[i].person = err == 0 ? person : 0;
	if (err < 0)
		return 0;
	memcpy(ret_key, p->keys[i].key, SEAL_KEY_BYTES);
	return 1;
}

int person_find(
	struct db *db, const unsigned char *secret, uint64_t tenant, const char *text, uint64_t *ret_person)
{
	char address[PERSON_ADDRESS_SIZE], mark[SEAL_MARK_SIZE];
	struct db_statement *st;

	if (!person_address(text, address))
		return 0;
	int err = db_prepare(db, "SELECT person FROM person_of WHERE mark = ?", &st);
	if (err < 0)
		return err;
	seal_mark(secret, tenant ? tenant : 1, address, mark);
	db_bind_text(st, 1, mark);
	err = db_step(db, st);
	if (err == 1) {
		*ret_person = (uint64_t)db_int(st, 0);
		db_reset(st);
	}
	return err;
}

static int insert_mark(struct store *s, uint64_t tenant, const char *address, uint64_t person)
{
	char mark[SEAL_MARK_SIZE];
	struct db_statement *st;
	int err = db_prepare(&s->db, "INSERT INTO person_of (mark, person) VALUES (?, ?)", &st);

	if (err < 0)
		return err;
	seal_mark(s->key, tenant, address, mark);
	db_bind_text(st, 1, mark);
	db_bind_int(st, 2, (int64_t)person);
	struct known_mark *known = s->persons ? mark_place(s->persons, mark) : NULL;
	if (known && known->is_known && str_equal(known->mark, mark))
		known->person = person;
	return db_run_later(&s->db, st);
}

/* A new person; text NULL or nobody's: one that nothing leads to. */
static int create(struct store *s, uint64_t tenant, const char *text, uint64_t *ret_person)
{
	char address[PERSON_ADDRESS_SIZE], salt[SEAL_SALT_SIZE];
	uint64_t person = id_new();
	struct db_statement *st;
	int err = db_prepare(
		&s->db, "INSERT INTO person (id, tenant, salt, created_ms) VALUES (?, ?, ?, ?)", &st);

	if (err < 0)
		return err;
	seal_salt_make(salt);
	db_bind_int(st, 1, (int64_t)person);
	db_bind_int(st, 2, (int64_t)tenant);
	db_bind_text(st, 3, salt);
	db_bind_int(st, 4, clock_wall_ms());
	err = db_run_later(&s->db, st);
	sodium_memzero(salt, sizeof(salt));
	if (err == 0 && person_address(text, address))
		err = insert_mark(s, tenant, address, person);
	if (err == 0)
		*ret_person = person;
	return err;
}

static int find_or_create(struct store *s, uint64_t tenant, const char *text, uint64_t *ret_person)
{
	char address[PERSON_ADDRESS_SIZE], mark[SEAL_MARK_SIZE];
	const struct known_mark *known = NULL;
	int err = 0;

	if (s->persons && person_address(text, address)) {
		seal_mark(s->key, tenant ? tenant : 1, address, mark);
		known = mark_place(s->persons, mark);
	}
	if (known && known->is_known && str_equal(known->mark, mark)) {
		*ret_person = known->person;
		err = known->person != 0;
	} else {
		err = person_find(&s->db, s->key, tenant, text, ret_person);
	}
	return err ? (err < 0 ? err : 0) : create(s, tenant, text, ret_person);
}

/* --- many at once
 * -----------------------------------------------------------------------------------------------------------
 */

static const char *other_side(const struct event *e)
{
	return e->type == EVENT_FAX_QUEUED || str_equal(e->reason, "outbound") ? e->to : e->from;
}

/* Says itself whose it is; others belong to their interaction's person. */
static bool begins_with_a_person(const struct event *e)
{
	return e->type == EVENT_INTERACTION_STARTED || e->type == EVENT_CONTACT_BLOCKED ||
	       e->type == EVENT_FAX_QUEUED;
}

/* Asks for the persons of n marks. */
static int ask_marks(struct store *s, char marks[PERSON_ASKED][SEAL_MARK_SIZE], int n)
{
	_cleanup_text_ struct text sql = {0};
	struct db_statement *st;
	int err;

	text_add(&sql, "SELECT mark, person FROM person_of WHERE mark IN (?");
	for (int i = 1; i < PERSON_ASKED; i++)
		text_add(&sql, ", ?");
	text_add(&sql, ")");
	err = sql.failed ? -ENOMEM : db_prepare(&s->db, sql.data, &st);
	if (err < 0)
		return err;
	for (int i = 0; i < PERSON_ASKED; i++)
		db_bind_text(st, i + 1, i < n ? marks[i] : NULL);
	while ((err = db_step(&s->db, st)) == 1) {
		struct known_mark *known = mark_place(s->persons, db_text(st, 0));
		if (str_equal(known->mark, db_text(st, 0)))
			known->person = (uint64_t)db_int(st, 1);
	}
	return err;
}

int person_expect(struct store *s, struct pending *const *list, size_t n)
{
	char marks[PERSON_ASKED][SEAL_MARK_SIZE], address[PERSON_ADDRESS_SIZE];
	int asked = 0, err = 0;

	if (!db_is_postgres(&s->db))
		return 0;
	if (!at_hand(&s->persons))
		return -ENOMEM;
	memset(s->persons->marks, 0, sizeof(s->persons->marks));
	for (size_t i = 0; i < n && err == 0; i++) {
		const struct event *e = &list[i]->e;
		if (!begins_with_a_person(e) || !person_address(other_side(e), address))
			continue;
		seal_mark(s->key, e->tenant ? e->tenant : 1, address, marks[asked]);
		struct known_mark *known = mark_place(s->persons, marks[asked]);
		if (known->is_known) /* asked for, or its place is taken: that one is asked for by itself */
			continue;
		memcpy(known->mark, marks[asked], sizeof(known->mark));
		known->is_known = true;
		if (++asked == PERSON_ASKED) {
			err = ask_marks(s, marks, asked);
			asked = 0;
		}
	}
	return err == 0 && asked > 0 ? ask_marks(s, marks, asked) : err;
}

/* --- whose event it is
 * -----------------------------------------------------------------------------------------------------------
 */

static void keep_at_hand(struct persons *p, uint64_t interaction, uint64_t person)
{
	size_t i = place(interaction, PERSON_CONTACTS);

	p->of[i].interaction = interaction;
	p->of[i].person = person;
}

/* The other side's address as the table has it (alloc_free; NULL: none), and the person. 1 found, 0, -errno.
 */
static int read_contact(struct store *s, uint64_t interaction, uint64_t *ret_person, char **ret_address)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"SELECT person, CASE direction WHEN 'outbound' THEN to_number ELSE from_number END FROM "
		"interaction WHERE id = ?",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	err = db_step(&s->db, st);
	if (err != 1)
		return err;
	*ret_person = (uint64_t)db_int(st, 0);
	const char *address = db_text(st, 1);
	*ret_address = address ? alloc_strdup(address) : NULL;
	if (address && !*ret_address)
		err = -ENOMEM;
	db_reset(st);
	return err;
}

/* The person of a contact that began before: from the table; one without a person yet, or whose person is
 * erased, gets one. */
static int person_of_contact(struct store *s, const struct event *e, uint64_t tenant, uint64_t *ret_person)
{
	unsigned char key[SEAL_KEY_BYTES];
	_cleanup_alloc_ char *address = NULL;
	uint64_t person = 0;
	int found = read_contact(s, e->interaction, &person, &address);

	if (found < 0)
		return found;
	if (person) {
		int has_key = key_of(&s->db, s->persons, s->key, person, key);
		sodium_memzero(key, sizeof(key));
		if (has_key) {
			*ret_person = person;
			return has_key < 0 ? has_key : 0;
		}
	}
	int err = find_or_create(s, tenant, address, &person);
	if (err == 0 && found)
		err = db_run_ints(&s->db, "UPDATE interaction SET person = ? WHERE id = ?", 2,
			(int64_t)person, (int64_t)e->interaction);
	*ret_person = person;
	return err;
}

static int person_of_event(struct store *s, const struct event *e, uint64_t *ret_person)
{
	struct persons *p = at_hand(&s->persons);
	size_t i = place(e->interaction, PERSON_CONTACTS);
	uint64_t tenant = e->tenant ? e->tenant : 1;
	int err;

	if (!p)
		return -ENOMEM;
	if (begins_with_a_person(e)) {
		err = find_or_create(s, tenant, other_side(e), ret_person);
	} else if (p->of[i].interaction == e->interaction) {
		*ret_person = p->of[i].person;
		return 0;
	} else {
		err = person_of_contact(s, e, tenant, ret_person);
	}
	if (err == 0 && e->interaction)
		keep_at_hand(p, e->interaction, *ret_person);
	return err;
}

/* --- sealing
 * -----------------------------------------------------------------------------------------------------------
 */

static struct seal_bond bond_of(const struct event *e)
{
	return (struct seal_bond){
		.person = e->person, .seq = e->seq, .interaction = e->interaction, .type = (uint32_t)e->type};
}

/* The data of e (person set) with the personal texts sealed. */
static int seal(struct store *s, const struct event *e, unsigned texts, char **ret_data)
{
	unsigned char key[SEAL_KEY_BYTES];
	struct event rest, personal;
	struct seal_bond bond = bond_of(e);
	int err = key_of(&s->db, s->persons, s->key, e->person, key);

	if (err <= 0)
		return err < 0 ? err : -EUCLEAN;
	event_split(e, texts, &rest, &personal);
	_cleanup_alloc_ char *clear = event_encode(&personal);
	_cleanup_alloc_ char *sealed = clear ? seal_text(key, &bond, clear, strlen(clear)) : NULL;
	sodium_memzero(key, sizeof(key));
	rest.sealed = sealed;
	char *data = sealed ? event_encode(&rest) : NULL;
	if (!data)
		return -ENOMEM;
	*ret_data = data;
	return 0;
}

int person_seal_event(struct store *s, struct pending *p, char **ret_data)
{
	struct event rest, personal;
	unsigned texts = event_split(&p->e, event_personal_texts(p->e.type), &rest, &personal);

	/* A digit that stands for a menu's entry says no more than the entry does. */
	if (p->e.type == EVENT_FLOW_CHOSE && !str_is_blank(p->e.text))
		texts = 0;

	if (texts == 0 && p->e.type != EVENT_INTERACTION_STARTED)
		return 0;
	int err = person_of_event(s, &p->e, &p->e.person);
	return err < 0 || texts == 0 ? err : seal(s, &p->e, texts, ret_data);
}

/* --- opening
 * -----------------------------------------------------------------------------------------------------------
 */

static void complain(struct persons *p, const struct event *e)
{
	if (p->has_complained)
		return;
	p->has_complained = true;
	log_error("store", e->interaction,
		"the personal texts of event %llu (and perhaps others) do not open: they are damaged, or "
		"secret.key is "
		"not the one they were sealed with. Put the secret.key of this data directory back",
		(unsigned long long)e->seq);
}

static int open_texts(struct persons *p, const unsigned char *key, struct arena *arena, struct event *e)
{
	struct seal_bond bond = bond_of(e);
	struct event personal = {0};
	_cleanup_alloc_ char *clear = NULL;
	size_t n = 0;
	int err = seal_open(key, &bond, e->sealed, &clear, &n);

	if (err == 0)
		err = event_decode(clear, n, arena, &personal);
	if (err == -EBADMSG || err == -EINVAL) {
		complain(p, e);
		return 0;
	}
	if (err == 0)
		event_join(e, &personal);
	return err;
}

int person_open_event(struct store_reader *rd, struct arena *arena, struct event *e)
{
	unsigned char key[SEAL_KEY_BYTES];

	if (!e->person)
		return 0;
	if (!e->sealed) {
		e->is_erased = true;
		return 0;
	}
	struct persons *p = at_hand(&rd->persons);
	int err = p ? key_of(&rd->db, p, rd->key, e->person, key) : -ENOMEM;
	if (err == 0)
		e->is_erased = true;
	if (err == 1)
		err = open_texts(p, key, arena, e);
	sodium_memzero(key, sizeof(key));
	e->sealed = NULL;
	return err;
}
