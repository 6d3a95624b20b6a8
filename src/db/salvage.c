/* See salvage.h. */
#include "db/salvage.h"
#include "base/alloc.h"

#include <errno.h>
#include <string.h>

enum { INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };

/* A page taken apart. */
struct node {
	const uint8_t *data;
	uint32_t number, size; /* size: usable bytes */
	uint32_t cells;	       /* how many */
	uint32_t at;	       /* of the list of cells */
	uint32_t content;      /* cells lie from here on */
	uint8_t type;
};
struct cell {
	uint32_t child;
	bool has_key;
	int64_t key;
	uint64_t bytes; /* of the row; 0: none here */
	const uint8_t *local;
	uint32_t n_local, overflow;
};
struct range {
	int64_t low, high; /* keys above low up to high; low INT64_MIN: no limit */
};
static const struct range all_keys = {INT64_MIN, INT64_MAX};

/* --- cells
 * ----------------------------------------------------------------------------------------------------------
 */
/* Section 1.5. Bytes taken, 0: it does not end before the end. */
static size_t read_varint(const uint8_t *b, const uint8_t *end, uint64_t *ret_value)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 9 && b + i < end; i++) {
		if (i == 8) {
			*ret_value = v << 8 | b[i];
			return 9;
		}
		v = v << 7 | (b[i] & 0x7f);
		if (!(b[i] & 0x80)) {
			*ret_value = v;
			return i + 1;
		}
	}
	return 0;
}

/* How much of a row of `bytes` lies on the page itself (section 1.6). */
static uint32_t local_bytes(const struct node *n, uint64_t bytes)
{
	uint32_t u = n->size;
	uint32_t most = n->type == TABLE_LEAF ? u - 35 : (u - 12) * 64 / 255 - 23;
	uint32_t least = (u - 12) * 32 / 255 - 23;

	if (bytes <= most)
		return (uint32_t)bytes;
	uint32_t k = least + (uint32_t)((bytes - least) % (u - 4));
	return k <= most ? k : least;
}

static bool read_cell(const struct node *n, uint32_t i, struct cell *ret_cell)
{
	struct cell c = {0};
	uint32_t offset = pages_u16(n->data + n->at + 2 * i);
	uint64_t value;
	size_t used;

	if (offset < n->content || offset + 4 > n->size)
		return false;
	const uint8_t *b = n->data + offset, *end = n->data + n->size;
	if (n->type == TABLE_INNER || n->type == INDEX_INNER) {
		c.child = pages_u32(b);
		b += 4;
	}
	if (n->type != TABLE_INNER) {
		used = read_varint(b, end, &c.bytes);
		if (!used || c.bytes == 0 || c.bytes > SALVAGE_ROW_MAX)
			return false;
		b += used;
	}
	if (n->type == TABLE_INNER || n->type == TABLE_LEAF) {
		used = read_varint(b, end, &value);
		if (!used)
			return false;
		b += used;
		c.has_key = true;
		c.key = (int64_t)value;
	}
	if (c.bytes) {
		c.n_local = local_bytes(n, c.bytes);
		bool is_cut = c.n_local < c.bytes;
		if ((size_t)(end - b) < c.n_local + (is_cut ? 4u : 0u))
			return false;
		c.local = b;
		c.overflow = is_cut ? pages_u32(b + c.n_local) : 0;
	}
	*ret_cell = c;
	return true;
}

/* Takes a page apart; false when it is no whole page of a tree. Keys must rise within the range. */
static bool read_node(const struct salvage *s, const uint8_t *data, uint32_t number,
	const struct range *range, struct node *ret_node)
{
	uint32_t head = number == 1 ? 100 : 0;
	struct node n = {.data = data, .number = number, .size = s->f.usable, .type = data[head]};
	bool is_inner = n.type == TABLE_INNER || n.type == INDEX_INNER;
	int64_t before = range->low;
	struct cell c;

	if (!is_inner && n.type != TABLE_LEAF && n.type != INDEX_LEAF)
		return false;
	n.cells = pages_u16(data + head + 3);
	n.at = head + (is_inner ? 12 : 8);
	n.content = pages_u16(data + head + 5) ? pages_u16(data + head + 5) : 65536;
	if (n.at + 2 * n.cells > n.size || n.content < n.at + 2 * n.cells || n.content > n.size)
		return false;
	for (uint32_t i = 0; i < n.cells; i++) {
		if (!read_cell(&n, i, &c))
			return false;
		if (!c.has_key)
			continue;
		if (c.key > range->high || c.key < before ||
			(c.key == before && (i || range->low != INT64_MIN)))
			return false;
		before = c.key;
	}
	*ret_node = n;
	return true;
}

/* --- rows
 * -----------------------------------------------------------------------------------------------------------
 */
/* The whole row of a cell. 0, -ENODATA (its rest is not to be had), -ENOMEM. */
static int gather_row(struct salvage *s, const struct cell *c, uint8_t *page, const uint8_t **ret_row)
{
	size_t have = c->n_local;
	uint32_t next = c->overflow;

	if (c->bytes == c->n_local) {
		*ret_row = c->local;
		return 0;
	}
	if (s->row_room < c->bytes) {
		uint8_t *grown = alloc_resize(s->row, c->bytes);
		if (!grown)
			return -ENOMEM;
		s->row = grown;
		s->row_room = c->bytes;
	}
	memcpy(s->row, c->local, have);
	/* It ends: each page brings at least one byte. */
	while (have < c->bytes) {
		size_t n = c->bytes - have < s->f.usable - 4 ? c->bytes - have : s->f.usable - 4;
		if (pages_read(s->pages, next, page) < 0)
			return -ENODATA;
		next = pages_u32(page);
		memcpy(s->row + have, page + 4, n);
		have += n;
		if ((next == 0) != (have == c->bytes))
			return -ENODATA;
	}
	*ret_row = s->row;
	return 0;
}

static int64_t read_signed(const uint8_t *b, size_t n)
{
	uint64_t v = b[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | b[i];
	return (int64_t)v;
}

/* A value of a serial type (section 2.1). Its bytes, or SIZE_MAX: there is no such type, or it does not fit.
 */
static size_t read_value(uint64_t type, const uint8_t *b, size_t room, struct salvage_value *ret_value)
{
	static const uint8_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
	size_t n = type < 10 ? sizes[type] : (size_t)((type - 12) / 2);

	if (type == 10 || type == 11 || n > room)
		return SIZE_MAX;
	*ret_value = (struct salvage_value){.kind = SALVAGE_NULL};
	if (type >= 12)
		*ret_value = (struct salvage_value){
			.kind = type & 1 ? SALVAGE_TEXT : SALVAGE_BLOB, .data = b, .n = n};
	else if (type == 7)
		ret_value->kind = SALVAGE_REAL;
	else if (type > 0)
		*ret_value = (struct salvage_value){.kind = SALVAGE_INT,
			.number = type == 8   ? 0
				  : type == 9 ? 1
					      : read_signed(b, n)};
	return n;
}

/* Takes a row's bytes apart. The number of columns, or -EINVAL. */
static int read_record(const uint8_t *row, size_t n, struct salvage_value *ret_values)
{
	uint64_t head = 0, type;
	size_t at = read_varint(row, row + n, &head), content = (size_t)head;
	int columns = 0;

	if (!at || head < at || head > n)
		return -EINVAL;
	while (at < head) {
		size_t used = read_varint(row + at, row + head, &type);
		if (!used || columns == SALVAGE_COLUMNS_MAX)
			return -EINVAL;
		at += used;
		size_t size = read_value(type, row + content, n - content, &ret_values[columns]);
		if (size == SIZE_MAX)
			return -EINVAL;
		content += size;
		columns++;
	}
	return content == n ? columns : -EINVAL;
}

static int lose(struct salvage *s, uint32_t root, uint32_t page, const struct range *range, const char *why)
{
	struct salvage_loss loss = {root, page, range->low, range->high, false, why};

	return VEC_PUSH(&s->losses, loss);
}

static int lose_row(struct salvage *s, uint32_t root, const struct node *n, const struct cell *c)
{
	struct salvage_loss loss = {root, n->number, c->has_key ? c->key - 1 : INT64_MIN,
		c->has_key ? c->key : INT64_MAX, true, "the rest of a row lies on a damaged page"};

	return VEC_PUSH(&s->losses, loss);
}

/* Gives the row of a cell. root 0: what cannot be given is nobody's loss. spare: a page of memory. */
static int give_row(struct salvage *s, uint32_t root, const struct node *n, const struct cell *c,
	uint8_t *spare, salvage_handler *on_row, void *arg)
{
	struct salvage_value values[SALVAGE_COLUMNS_MAX];
	const uint8_t *bytes;
	int err = gather_row(s, c, spare, &bytes);

	if (err == -ENOMEM)
		return err;
	int columns = err == 0 ? read_record(bytes, c->bytes, values) : -EINVAL;
	if (columns < 0)
		return root ? lose_row(s, root, n, c) : 0;
	struct salvage_row row = {.page = n->number,
		.is_split = c->n_local < c->bytes,
		.has_key = c->has_key,
		.key = c->key,
		.n = columns,
		.values = values};
	return on_row(&row, arg);
}

/* --- trees
 * ----------------------------------------------------------------------------------------------------------
 */
struct walk {
	struct salvage *s;
	uint32_t root;
	salvage_judge *is_ours;
	salvage_handler *on_row;
	void *arg;
	uint8_t *spare;			      /* a page */
	uint8_t *at_depth[SALVAGE_DEPTH_MAX]; /* a page each, made when first needed */
};

static bool is_set(const uint8_t *bits, uint32_t page)
{
	return bits[page / 8] >> (page % 8) & 1;
}

static void set(uint8_t *bits, uint32_t page)
{
	bits[page / 8] |= (uint8_t)(1u << (page % 8));
}

/* Children of an inner page are pages that nobody else has. */
static bool has_fresh_children(const struct salvage *s, const struct node *n)
{
	struct cell c;

	for (uint32_t i = 0; i <= n->cells; i++) {
		uint32_t child =
			i < n->cells ? (read_cell(n, i, &c) ? c.child : 0) : pages_u32(n->data + n->at - 4);
		if (child < 2 || child > PAGES_COUNT_MAX ||
			(child <= s->f.count && (is_set(s->seen, child) || is_set(s->walked, child))))
			return false;
	}
	return true;
}

/* Whether the page is what a tree of this kind may have here. NULL, or why not. */
static const char *check(struct walk *w, uint32_t page, int depth, bool is_index, const struct range *range,
	struct node *ret_node)
{
	struct salvage *s = w->s;

	if (page == 0 || page > s->f.count)
		return "lies behind the end of the file";
	if (is_set(s->seen, page) || is_set(s->walked, page))
		return "belongs to something else";
	int err = pages_read(s->pages, page, w->at_depth[depth]);
	if (err < 0)
		return "cannot be read from the disk";
	if (!read_node(s, w->at_depth[depth], page, range, ret_node))
		return "is damaged";
	if (depth > 0 && is_index != (ret_node->type == INDEX_INNER || ret_node->type == INDEX_LEAF))
		return "is one of another table";
	bool is_inner = ret_node->type == INDEX_INNER || ret_node->type == TABLE_INNER;
	/* Balancing leaves no leaf below a root without cells: this is the root of an empty table. */
	if (depth > 0 && !is_inner && ret_node->cells == 0)
		return "is one of another table";
	if (is_inner && (depth + 1 == SALVAGE_DEPTH_MAX || !has_fresh_children(s, ret_node)))
		return "points to wrong pages";
	return NULL;
}

/* *ret_is_ours becomes true when the page or one below it is the tree's. */
static int walk(struct walk *w, uint32_t page, int depth, bool is_index, const struct range *range,
	bool *ret_is_ours);

struct question {
	salvage_judge *is_ours;
	void *arg;
	bool has_one;
};

static int on_question(const struct salvage_row *row, void *arg)
{
	struct question *q = arg;

	q->has_one = q->has_one || q->is_ours(row, q->arg);
	return 0;
}

/* Whether a leaf holds a row of the tree. An empty one is anybody's. */
static int judge_leaf(struct walk *w, const struct node *n, bool *ret_is_ours)
{
	struct question q = {w->is_ours, w->arg, n->cells == 0};
	struct cell c;
	int err = 0;

	for (uint32_t i = 0; i < n->cells && err == 0 && !q.has_one; i++)
		if (read_cell(n, i, &c))
			err = give_row(w->s, 0, n, &c, w->spare, on_question, &q);
	*ret_is_ours = q.has_one;
	return err;
}

static int walk_cells(
	struct walk *w, const struct node *n, int depth, const struct range *range, bool *ret_is_ours)
{
	bool is_index = n->type == INDEX_INNER || n->type == INDEX_LEAF;
	struct range part = {range->low, range->high};
	struct cell c;
	int err = 0;

	for (uint32_t i = 0; i < n->cells && err == 0; i++) {
		if (!read_cell(n, i, &c))
			return -EINVAL; /* it was there a moment ago */
		part.high = c.has_key ? c.key : INT64_MAX;
		if (c.child)
			err = walk(w, c.child, depth + 1, is_index, &part, ret_is_ours);
		if (c.has_key)
			part.low = c.key;
		if (err == 0 && c.bytes)
			err = give_row(w->s, w->root, n, &c, w->spare, w->on_row, w->arg);
	}
	part.high = range->high;
	if (err == 0 && (n->type == TABLE_INNER || n->type == INDEX_INNER))
		err = walk(w, pages_u32(n->data + n->at - 4), depth + 1, is_index,
			is_index ? &all_keys : &part, ret_is_ours);
	return err;
}

static int walk(
	struct walk *w, uint32_t page, int depth, bool is_index, const struct range *range, bool *ret_is_ours)
{
	bool is_ours = !w->is_ours;
	struct node n;

	if (!w->at_depth[depth] && !(w->at_depth[depth] = alloc_zero(w->s->f.page_size)))
		return -ENOMEM;
	const char *why = check(w, page, depth, is_index, range, &n);
	if (why)
		return lose(w->s, w->root, page, range, why);
	set(w->s->walked, page);
	bool is_leaf = n.type == TABLE_LEAF || n.type == INDEX_LEAF;
	int err = is_leaf && !is_ours ? judge_leaf(w, &n, &is_ours) : 0;
	if (err == 0 && is_leaf && !is_ours)
		return lose(w->s, w->root, page, range, "holds rows of another table");
	if (err == 0)
		err = walk_cells(w, &n, depth, range, &is_ours);
	if (is_ours) {
		set(w->s->seen, page);
		*ret_is_ours = true;
	}
	return err;
}

int salvage_tree(struct salvage *s, uint32_t root, salvage_judge *is_ours, salvage_handler *on_row, void *arg)
{
	struct walk w = {.s = s, .root = root, .is_ours = is_ours, .on_row = on_row, .arg = arg};
	bool is_any = false;

	memset(s->walked, 0, (size_t)s->f.count / 8 + 1);
	w.spare = alloc_zero(s->f.page_size);
	int err = w.spare ? walk(&w, root, 0, false, &all_keys, &is_any) : -ENOMEM;
	for (int i = 0; i < SALVAGE_DEPTH_MAX; i++)
		alloc_free(w.at_depth[i]);
	alloc_free(w.spare);
	return err;
}

/* --- opening, single pages
 * -------------------------------------------------------------------------------------------
 */
/* Section 1.5: trunk pages, each with leaves. What does not look right ends the list. */
static void mark_free(struct salvage *s, uint8_t *page)
{
	uint32_t trunk = pages_read(s->pages, 1, page) == 0 && s->f.is_header_good ? pages_u32(page + 32) : 0;

	while (trunk >= 2 && trunk <= s->f.count && !is_set(s->free, trunk)) {
		if (pages_read(s->pages, trunk, page) < 0)
			return;
		uint32_t n = pages_u32(page + 4);
		if (n > s->f.usable / 4 - 2)
			return;
		set(s->free, trunk);
		for (uint32_t i = 0; i < n; i++) {
			uint32_t leaf = pages_u32(page + 8 + 4 * i);
			if (leaf >= 2 && leaf <= s->f.count)
				set(s->free, leaf);
		}
		trunk = pages_u32(page);
	}
}

int salvage_open(struct salvage *ret_salvage, struct pages *pages)
{
	struct salvage s = {.pages = pages};

	pages_figures(pages, &s.f);
	s.seen = alloc_zero((size_t)s.f.count / 8 + 1);
	s.free = alloc_zero((size_t)s.f.count / 8 + 1);
	s.walked = alloc_zero((size_t)s.f.count / 8 + 1);
	uint8_t *page = alloc_zero(s.f.page_size);
	if (!s.seen || !s.free || !s.walked || !page) {
		alloc_free(page);
		salvage_close(&s);
		return -ENOMEM;
	}
	mark_free(&s, page);
	alloc_free(page);
	*ret_salvage = s;
	return 0;
}

void salvage_close(struct salvage *s)
{
	pages_close(s->pages);
	alloc_free(s->seen);
	alloc_free(s->free);
	alloc_free(s->walked);
	alloc_free(s->row);
	VEC_FREE(&s->losses);
	*s = (struct salvage){0};
}

/* Whether page holds a leaf with rows, read into ret_data. */
static bool read_leaf(const struct salvage *s, uint32_t page, uint8_t *ret_data)
{
	static const struct range all = {INT64_MIN, INT64_MAX};
	struct node n;

	return page > 1 && pages_read(s->pages, page, ret_data) == 0 &&
	       read_node(s, ret_data, page, &all, &n) && n.type == TABLE_LEAF && n.cells > 0;
}

int salvage_find_copies(struct salvage *s, const uint32_t *roots, int n)
{
	static const struct range all = {INT64_MIN, INT64_MAX};
	size_t size = s->f.page_size;
	_cleanup_alloc_ uint8_t *leaves = alloc_array((size_t)n + 1, size);
	_cleanup_alloc_ uint32_t *of = alloc_array((size_t)n + 1, sizeof(*of));
	int n_leaves = 0, err = leaves && of ? 0 : -ENOMEM;

	for (int i = 0; i < n && err == 0; i++)
		if (read_leaf(s, roots[i], leaves + (size_t)n_leaves * size))
			of[n_leaves++] = roots[i];
	uint8_t *page = leaves ? leaves + (size_t)n * size : NULL;
	for (uint32_t at = 2; at <= s->f.count && n_leaves > 0 && err == 0; at++) {
		if (!salvage_is_left(s, at) || pages_read(s->pages, at, page) < 0)
			continue;
		for (int i = 0; i < n_leaves && err == 0; i++)
			if (of[i] && memcmp(leaves + (size_t)i * size, page, size) == 0) {
				err = lose(s, of[i], of[i], &all, "is a copy of another page");
				of[i] = 0; /* once */
			}
	}
	return err;
}

bool salvage_is_left(const struct salvage *s, uint32_t page)
{
	return page >= 2 && page <= s->f.count && !is_set(s->seen, page) && !is_set(s->free, page);
}

/* The rows of a leaf whose content is in data. */
static int give_leaf(struct salvage *s, const uint8_t *data, uint32_t number, bool *ret_is_leaf,
	salvage_handler *on_row, void *arg)
{
	struct cell c;
	struct node n;
	int err = 0;

	*ret_is_leaf =
		number >= 2 && read_node(s, data, number, &all_keys, &n) && n.type == TABLE_LEAF && n.cells;
	uint8_t *spare = *ret_is_leaf ? alloc_zero(s->f.page_size) : NULL;
	if (*ret_is_leaf && !spare)
		return -ENOMEM;
	for (uint32_t i = 0; *ret_is_leaf && i < n.cells && err == 0; i++)
		if (read_cell(&n, i, &c))
			err = give_row(s, 0, &n, &c, spare, on_row, arg);
	alloc_free(spare);
	return err;
}

int salvage_page(struct salvage *s, uint32_t page, bool take, salvage_handler *on_row, void *arg)
{
	uint8_t *data = alloc_zero(s->f.page_size);
	bool is_leaf = false;
	int err = data ? 0 : -ENOMEM;

	if (err == 0 && pages_read(s->pages, page, data) == 0)
		err = give_leaf(s, data, page, &is_leaf, on_row, arg);
	if (is_leaf && take && page <= s->f.count)
		set(s->seen, page);
	alloc_free(data);
	return err;
}

int salvage_earlier(struct salvage *s, salvage_handler *on_row, void *arg)
{
	uint8_t *data = alloc_zero(s->f.page_size);
	uint32_t number;
	bool is_leaf;
	int err = data ? 0 : -ENOMEM;

	for (uint32_t i = s->f.frames; i-- > 0 && err == 0;)
		if (pages_read_frame(s->pages, i, &number, data) == 0)
			err = give_leaf(s, data, number, &is_leaf, on_row, arg);
	for (uint32_t i = 0; i < s->f.frames && err == 0; i++)
		if (pages_read_frame(s->pages, i, &number, data) == 0 &&
			pages_read_file(s->pages, number, data) == 0)
			err = give_leaf(s, data, number, &is_leaf, on_row, arg);
	alloc_free(data);
	return err;
}
