/* See recall.h. */
#include "center/recover/recall.h"
#include "base/log.h"
#include "resource/resource.h"

#include <limits.h>

#define TENANT 1
#define PAGE 5000
#define RULES_PAGE 500
#define LENGTH_BYTES 8

void recall_free(struct recall *p)
{
	ledger_free(&p->ledger);
	kpi_free(p->fold);
	VEC_FREE(&p->strays);
	*p = (struct recall){0};
}

int recall_set_rules(struct recall *p, struct store_reader *rd)
{
	const struct resource *r = resource_by_name("queue");
	uint64_t after = 0;
	size_t i, n = RULES_PAGE;

	while (n == RULES_PAGE) {
		_cleanup_json_ json_t *rows = NULL;
		json_t *row;
		int err = store_list(rd, r, TENANT, after, RULES_PAGE, NULL, false, &rows);
		if (err)
			return err < 0 ? err : -EIO;
		json_array_foreach(rows, i, row)
		{
			struct kpi_queue_rule rule = {after = jsonx_id(row, "id"),
				(int32_t)jsonx_int(row, "short_abandon_ms", 5000),
				(int32_t)jsonx_int(row, "service_level_s", 18) * 1000};
			if ((err = kpi_set_rule(p->fold, &rule)) < 0)
				return err;
		}
		n = json_array_size(rows);
	}
	return 0;
}

/* --- folding
 * ---------------------------------------------------------------------------------------------------------
 */

struct following {
	struct recall *p;
	const atomic_bool *is_stopping;
	int64_t n;
	int err;
};

static bool on_event(const struct event *e, void *arg)
{
	struct following *f = arg;
	struct recall *p = f->p;

	if (f->is_stopping && atomic_load_explicit(f->is_stopping, memory_order_relaxed))
		return false;
	f->err = ledger_apply(&p->ledger, e);
	if (f->err == 0)
		f->err = kpi_apply(p->fold, e);
	if (f->err < 0)
		return false;
	p->next = e->seq + 1;
	p->has_erased |= e->type == EVENT_PERSON_ERASED;
	p->has_new_rules |= e->type == EVENT_CONFIG_CHANGED && e->name && strcmp(e->name, "queue") == 0;
	f->n++;
	return true;
}

int64_t recall_follow(struct recall *p, struct store_reader *rd, int64_t max, const atomic_bool *is_stopping)
{
	struct following f = {.p = p, .is_stopping = is_stopping};

	for (int64_t before = -1; f.n < max && f.n != before;) {
		before = f.n;
		int limit = max - f.n < PAGE ? (int)(max - f.n) : PAGE;
		int err = store_events(rd, p->next, limit, on_event, &f);
		if (f.err < 0)
			return f.err;
		if (err == -EUCLEAN && p->unreadable < RECALL_UNREADABLE_MAX) {
			p->unreadable++;
			p->next++;
			before = -1;
		} else if (err < 0) {
			return err;
		}
	}
	return f.n;
}

/* --- reading
 * ---------------------------------------------------------------------------------------------------------
 */

static uint64_t length_at(const uint8_t *data)
{
	uint64_t n = 0;

	for (int i = 0; i < LENGTH_BYTES; i++)
		n |= (uint64_t)data[i] << (8 * i);
	return n;
}

/* The bytes of recall_save, into a new ledger and a new fold. */
static int load(struct recall *p, const uint8_t *data, size_t n)
{
	uint64_t n_ledger = n >= LENGTH_BYTES ? length_at(data) : 0;

	if (n < LENGTH_BYTES || n_ledger > n - LENGTH_BYTES)
		return -EINVAL;
	data += LENGTH_BYTES;
	n -= LENGTH_BYTES;
	int err = ledger_load(&p->ledger, data, (size_t)n_ledger);
	if (err == 0)
		err = kpi_load(p->fold, data + n_ledger, n - (size_t)n_ledger);
	p->next = p->ledger.seq + 1;
	return err;
}

static int begin_anew(struct recall *p)
{
	bool has_newer = p->has_newer;

	recall_free(p);
	p->has_newer = has_newer;
	ledger_init(&p->ledger);
	return kpi_new(&p->fold);
}

/* 0: loaded; 1: of no use, and why is said; -errno. */
static int try_snapshot(struct recall *p, struct store_reader *rd, const struct store_snapshot *head)
{
	_cleanup_alloc_ uint8_t *data = NULL;
	int fits = store_snapshot_fits(rd, head);
	int err = fits < 0 ? fits : begin_anew(p);

	if (err < 0)
		return err;
	if (!fits) {
		p->has_newer = true;
		log_warn("center", 0,
			"the snapshot of event %llu is of another log (was a backup put back?): ignored",
			(unsigned long long)head->seq);
		return 1;
	}
	err = store_snapshot_read(rd, head, &data);
	if (err == 0)
		err = load(p, data, head->bytes);
	if (err == 0 && p->ledger.seq != head->seq)
		err = -EINVAL;
	if (err != -EINVAL && err != -EUCLEAN)
		return err;
	log_warn("center", 0, "the snapshot of event %llu is damaged or of another version: ignored",
		(unsigned long long)head->seq);
	return 1;
}

/* 1: so much came since that the log alone is read faster; 0; -errno. */
static int is_far_behind(struct store_reader *rd, const struct store_snapshot *head, int64_t now_ms)
{
	uint64_t last = 0;
	int err = store_last_seq(rd, &last);

	if (err < 0 || last < head->seq || last - head->seq <= RECALL_BEHIND_MAX)
		return err;
	uint64_t from = store_seq_at(rd, now_ms - RECALL_WITHOUT_MS);
	return from == 0 || from > head->seq;
}

/* 0: one was loaded; 1: none is of use; -errno. */
static int read_snapshot(struct recall *p, struct store_reader *rd, int64_t now_ms)
{
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	int n = store_snapshots(rd, heads), rc = n < 0 ? n : 1;

	for (int i = 0; i < n && rc == 1; i++) {
		rc = is_far_behind(rd, &heads[i], now_ms);
		if (rc == 0 && (rc = try_snapshot(p, rd, &heads[i])) == 0)
			p->snapshot = heads[i];
	}
	return rc;
}

/* What is open and began before the window: its own events, up to the window. */
static int read_older(struct recall *p, struct store_reader *rd, const struct store_open_contact *list,
	size_t n, int64_t from_ms)
{
	struct following f = {.p = p};
	uint64_t from = p->next;

	for (size_t i = 0; i < n; i++) {
		if (list[i].started_ms >= from_ms)
			continue;
		int err = store_events_of(rd, &list[i], from, on_event, &f);
		if (err < 0 || f.err < 0)
			return err < 0 ? err : f.err;
	}
	p->next = from;
	return 0;
}

static int find_strays(struct recall *p, const struct store_open_contact *list, size_t n)
{
	for (size_t i = 0; i < n && p->strays.len < RECALL_STRAYS_MAX; i++)
		if (!map_get(&p->ledger.contacts, list[i].id) && VEC_PUSH(&p->strays, list[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int read_log(struct recall *p, struct store_reader *rd, int64_t now_ms)
{
	_cleanup_alloc_ struct store_open_contact *list = NULL;
	int64_t from_ms = now_ms - RECALL_WITHOUT_MS;
	size_t n = 0;
	int err = begin_anew(p);

	if (err == 0)
		err = recall_set_rules(p, rd);
	if (err == 0)
		err = store_open_contacts(rd, &list, &n);
	if (err < 0)
		return err;
	p->next = store_seq_at(rd, from_ms);
	if (!p->next && (err = store_last_seq(rd, &p->next)) == 0)
		p->next++;
	if (err == 0)
		err = read_older(p, rd, list, n, from_ms);
	if (err < 0)
		return err;
	int64_t read = recall_follow(p, rd, INT64_MAX, NULL);
	p->followed = read < 0 ? 0 : (uint64_t)read;
	return read < 0 ? (int)read : find_strays(p, list, n);
}

int recall_read(struct recall *p, struct store_reader *rd, int64_t now_ms)
{
	*p = (struct recall){0};
	int rc = read_snapshot(p, rd, now_ms);

	if (rc == 1) {
		rc = read_log(p, rd, now_ms);
	} else if (rc == 0) {
		rc = recall_set_rules(p, rd);
		int64_t n = rc == 0 ? recall_follow(p, rd, INT64_MAX, NULL) : rc;
		rc = n < 0 ? (int)n : 0;
		p->followed = n < 0 ? 0 : (uint64_t)n;
	}
	if (rc == 0 && p->unreadable)
		log_error("center", 0, "%llu events of the log cannot be read: figures may miss them",
			(unsigned long long)p->unreadable);
	return rc;
}

/* --- saving
 * ----------------------------------------------------------------------------------------------------------
 */

int recall_save(const struct recall *p, struct store_snapshot *ret_head, uint8_t **ret_data)
{
	_cleanup_alloc_ uint8_t *ledger = NULL, *figures = NULL;
	size_t n_ledger = 0, n_figures = 0;

	if (!p->ledger.seq || p->next != p->ledger.seq + 1)
		return -EAGAIN;
	int err = ledger_save(&p->ledger, &ledger, &n_ledger);
	if (err == 0)
		err = kpi_save(p->fold, &figures, &n_figures);
	if (err < 0)
		return err;
	uint8_t *data = alloc_zero(LENGTH_BYTES + n_ledger + n_figures);
	if (!data)
		return -ENOMEM;
	for (int i = 0; i < LENGTH_BYTES; i++)
		data[i] = (uint8_t)(n_ledger >> (8 * i));
	memcpy(data + LENGTH_BYTES, ledger, n_ledger);
	memcpy(data + LENGTH_BYTES + n_ledger, figures, n_figures);
	*ret_head = (struct store_snapshot){.seq = p->ledger.seq,
		.event_ms = p->ledger.last_ms,
		.bytes = LENGTH_BYTES + n_ledger + n_figures};
	*ret_data = data;
	return 0;
}
