/* See names.h. Names are kept folded; a person is found by login first. */
#include "rule/names.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define NAME_BYTES 512
#define PERSON_NAMES 3 /* behind the kinds: people by name */
#define SHARED ((void *)UINTPTR_MAX)

struct rule_book {
	struct strmap ids[PERSON_NAMES + 1]; /* folded name -> id as a pointer, or SHARED */
};

int rule_book_new(struct rule_book **ret_book)
{
	struct rule_book *book = alloc_zero(sizeof(*book));

	if (!book)
		return -ENOMEM;
	*ret_book = book;
	return 0;
}

void rule_book_free(struct rule_book *book)
{
	for (int i = 0; book && i <= PERSON_NAMES; i++)
		strmap_free(&book->ids[i]);
	alloc_free(book);
}

static const char *folded(const char *name, char ret_name[static NAME_BYTES])
{
	str_put(ret_name, NAME_BYTES, name);
	for (char *p = ret_name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return ret_name;
}

static int add(struct strmap *ids, const char *name, uint64_t id)
{
	char key[NAME_BYTES];

	if (str_is_blank(name) || !id)
		return 0;
	folded(name, key);
	return strmap_put(ids, key, strmap_get(ids, key) ? SHARED : (void *)(uintptr_t)id);
}

int rule_book_add(struct rule_book *book, enum rule_name_kind kind, const json_t *row)
{
	uint64_t id = jsonx_id(row, "id");
	int err;

	if (kind != RULE_AGENT)
		return add(&book->ids[kind], jsonx_text(row, "name", NULL), id);
	err = add(&book->ids[RULE_AGENT], jsonx_text(row, "login", NULL), id);
	return err ? err : add(&book->ids[PERSON_NAMES], jsonx_text(row, "name", NULL), id);
}

int rule_book_add_all(struct rule_book *book, enum rule_name_kind kind, const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		int err = rule_book_add(book, kind, row);
		if (err < 0)
			return err;
	}
	return 0;
}

static uint64_t find(enum rule_name_kind kind, const char *name, void *arg)
{
	struct rule_book *book = arg;
	char key[NAME_BYTES];
	void *id = strmap_get(&book->ids[kind], folded(name, key));

	if (!id && kind == RULE_AGENT)
		id = strmap_get(&book->ids[PERSON_NAMES], key);
	return id == SHARED ? 0 : (uint64_t)(uintptr_t)id;
}

struct rule_names rule_book_names(struct rule_book *book)
{
	return (struct rule_names){find, book};
}
