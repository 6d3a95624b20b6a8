/* Rows out of a damaged SQLite file: trees walked from their root, page by page, around what is damaged.
 *
 * Nothing on a page is believed before it was checked: a page counts as a whole or not at all, when its cells
 * lie where cells may lie, are in order, and within the keys its parent gives it. What is inside of a row is
 * the caller's to judge: a file has no checksums.
 *
 * A page that no walk reached is left over; salvage_page reads it alone.
 *
 * Source: https://www.sqlite.org/fileformat2.html, sections 1.5 to 2.1.
 *
 * Must not know: what the tables mean. */
#pragma once
#include "base/vec.h"
#include "db/pages.h"

#define SALVAGE_COLUMNS_MAX 200
#define SALVAGE_ROW_MAX (64 << 20) /* bytes of one row */
#define SALVAGE_DEPTH_MAX 20

enum salvage_kind { SALVAGE_NULL, SALVAGE_INT, SALVAGE_REAL, SALVAGE_TEXT, SALVAGE_BLOB };
struct salvage_value {
	enum salvage_kind kind;
	int64_t number;	     /* INT */
	const uint8_t *data; /* TEXT, BLOB; borrowed for the call */
	size_t n;
};
struct salvage_row {
	uint32_t page;
	bool is_split; /* a part of it lies on other pages */
	bool has_key;  /* a table's; rows of indexes have none */
	int64_t key;
	int n;
	const struct salvage_value *values;
};
/* A negative result ends the walk and is passed up. */
typedef int salvage_handler(const struct salvage_row *row, void *arg);

/* Whether a row can be one of the tree at hand. */
typedef bool salvage_judge(const struct salvage_row *row, void *arg);

/* A page that could not be read: rows with keys above low up to high are missing, as far as there were any.
 */
struct salvage_loss {
	uint32_t root, page;
	int64_t low, high; /* of a table; of an index: all */
	bool is_row;	   /* the page is whole, but for this one row (its rest lies on a damaged page) */
	const char *why;   /* constant */
};
struct salvage {
	struct pages *pages;
	struct pages_figures f;
	uint8_t *seen, *free; /* a bit a page: some walk's; said to be free */
	uint8_t *walked;      /* reached by the walk at hand */
	uint8_t *row;	      /* where a row is put together */
	size_t row_room;
	VEC(struct salvage_loss) losses;
};

/* Takes the pages over (also on failure). What is on the list of free pages is not left over. 0 or -errno. */
int salvage_open(struct salvage *ret_salvage, struct pages *pages);
void salvage_close(struct salvage *s);
/* Every row of the tree, in order. What is missing is added to losses. A page without a single row that
 * is_ours (NULL: all are) is another tree's, put in the wrong place: it is a loss here, and stays left over.
 * 0, -ENOMEM, the handler's. */
int salvage_tree(
	struct salvage *s, uint32_t root, salvage_judge *is_ours, salvage_handler *on_row, void *arg);
/* Whether no walk reached the page, and it is not free. */
bool salvage_is_left(const struct salvage *s, uint32_t page);
/* A root that is a leaf and lies once more among what no walk reached is a copy, put in the place of the real
 * root: all of its tree may be missing, which is added to losses. After the walks of all trees. n roots. 0,
 * -ENOMEM. */
int salvage_find_copies(struct salvage *s, const uint32_t *roots, int n);
/* The rows of a page that is a whole leaf of a table; nothing otherwise. take: no longer left over. 0, the
 * handler's, -ENOMEM. */
int salvage_page(struct salvage *s, uint32_t page, bool take, salvage_handler *on_row, void *arg);
/* As salvage_page for earlier contents of pages: every frame of the log, newest first, and every page of the
 * file that the log covers. */
int salvage_earlier(struct salvage *s, salvage_handler *on_row, void *arg);
