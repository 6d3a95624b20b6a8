/* The thread that takes away what is to go: files of recordings already forgotten, what is older than the
 * settings say; and seals events from before there were seals. Everything in steps, with a pause after each,
 * so that it never takes more than a small part of the disk; whatever is cut off goes on at the next start.
 * What was removed, and how much of it, stands in the audit log. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "store/log/archive.h"
#include "store/log/log.h"
#include "store/people/retention.h"

#include <errno.h>
#include <string.h>

#define FIRST_MS 2000
#define EVERY_MS 60000
#define STEP_PAUSE_MS 100
#define SEAL_PAUSE_MS 20
#define TENANTS_MAX 1000
#define HELD_CUSTOMERS_MAX 10000
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct keeper {
	struct store *store;
	struct store_reader *reader;
	struct mailbox *mailbox; /* anything in it: stop */
	pthread_t thread;
	struct map held;
	struct retention_days days[TENANTS_MAX];
	int n_days;
};

/* Sleeps. False: the end. */
static bool pause_ms(struct keeper *k, int ms)
{
	char wake;

	mailbox_wait(k->mailbox, ms);
	return !mailbox_take(k->mailbox, &wake);
}

static const char *const kind_names[RETENTION_KINDS] = {"recordings", "voicemails", "texts", "people"};

static void note(struct keeper *k, uint64_t tenant, const char *what, int64_t n, int64_t before_ms)
{
	struct store_actor nobody = {.tenant = tenant, .agent = "retention"};
	_cleanup_json_ json_t *details = json_pack(
		"{s:s,s:I,s:I}", "what", what, "removed", (json_int_t)n, "before", (json_int_t)before_ms);

	if (removal_note_old_pages(k->store) < 0 ||
		store_note_audit(k->store, &nobody, "removed", "retention", 0, details) < 0)
		log_warn("store", 0, "retention: %lld %s removed; the audit log could not be told",
			(long long)n, what);
}

/* --- customers under a hold
 * -----------------------------------------------------------------------------------------------------------
 */

static int hold_customer(struct keeper *k, uint64_t tenant, uint64_t customer)
{
	struct store_person_query q = {.tenant = tenant, .customer = customer};
	struct who w;
	int err = who_collect(&k->reader->db, k->reader->key, &q, &w);

	for (size_t i = 0; i < w.persons.len && err == 0; i++)
		err = k->held.len >= RETENTION_HELD_MAX ? -ENOBUFS : map_put(&k->held, w.persons.at[i], k);
	who_free(&w);
	return err > 0 ? 0 : err; /* deleted meanwhile */
}

struct customer {
	uint64_t tenant, id;
};

static int read_held(struct keeper *k)
{
	VEC(struct customer) customers = {0};
	struct db_statement *st;
	int err = db_prepare(&k->reader->db, "SELECT tenant, id FROM \"customer\" WHERE is_kept <> 0", &st);

	map_free(&k->held);
	k->held = (struct map){0};
	if (err < 0)
		return err;
	while ((err = db_step(&k->reader->db, st)) == 1) {
		struct customer c = {(uint64_t)db_int(st, 0), (uint64_t)db_int(st, 1)};
		int bad = customers.len >= HELD_CUSTOMERS_MAX ? -ENOBUFS : VEC_PUSH(&customers, c);
		if (bad < 0) {
			db_reset(st);
			err = bad;
			break;
		}
	}
	for (size_t i = 0; i < customers.len && err == 0; i++)
		err = hold_customer(k, customers.at[i].tenant, customers.at[i].id);
	VEC_FREE(&customers);
	if (err == -ENOBUFS)
		log_error("store", 0,
			"retention: more than %d customers are under a legal hold: nothing is removed by age",
			HELD_CUSTOMERS_MAX);
	return err;
}

/* --- a round
 * -----------------------------------------------------------------------------------------------------------
 */

/* 0 done, 1 the end was asked for, -errno. */
static int remove_kind(
	struct keeper *k, const struct retention_days *d, enum retention_kind kind, int64_t now_ms)
{
	struct retention_step step = {.kind = kind,
		.tenant = d->tenant,
		.before_ms = d->days[kind] ? now_ms - d->days[kind] * DAY_MS : 0,
		.now_ms = now_ms,
		.held = &k->held};
	int64_t removed = 0;
	int err = 1;

	if (!d->days[kind] && kind != RETENTION_RECORDINGS) /* of these, queues have days of their own */
		return 0;
	while (err == 1) {
		err = retention_step(k->store, k->reader, &step);
		removed += step.removed;
		if (err == 1 && !pause_ms(k, STEP_PAUSE_MS))
			return 1;
	}
	while (err == 0 && kind == RETENTION_PEOPLE && d->tenant == 1 &&
		(err = retention_step_blocked(k->store, k->reader, step.before_ms)) == 1) {
		if (!pause_ms(k, STEP_PAUSE_MS))
			return 1;
		err = 0;
	}
	if (removed > 0)
		note(k, d->tenant, kind_names[kind], removed, step.before_ms);
	return err < 0 ? err : 0;
}

/* What all tenants share goes when nobody wants it any more: the longest of their times. 0: for ever. */
static int64_t longest(const struct keeper *k, bool is_audit)
{
	int64_t days = 0;

	for (int i = 0; i < k->n_days; i++) {
		int64_t one = is_audit ? k->days[i].audit : k->days[i].events;
		if (!one)
			return 0;
		days = one > days ? one : days;
	}
	return days;
}

static int remove_archives(struct keeper *k, int64_t now_ms)
{
	int64_t before_ms = now_ms - longest(k, false) * DAY_MS, n = 0;
	struct archive a;
	int err = longest(k, false) ? 1 : 0;

	while (err == 1) {
		err = archive_find(&k->reader->db, 0, &a);
		if (err != 1 || a.last_ms >= before_ms)
			break;
		err = retention_is_held(&k->reader->db, a.first_ms, a.last_ms);
		if (err != 0)
			break;
		err = archive_drop_oldest(k->store, k->reader, &a);
		n += err == 1 ? (int64_t)a.events : 0;
	}
	if (n > 0)
		note(k, 1, "archived events", n, before_ms);
	return err < 0 ? err : 0;
}

static int remove_audit(struct keeper *k, int64_t now_ms)
{
	int64_t before_ms = now_ms - longest(k, true) * DAY_MS, n = 0;
	int err = longest(k, true) ? retention_forget_audit(k->store, before_ms, &n) : 0;

	if (err == 0 && n > 0)
		note(k, 1, "audit entries", n, before_ms);
	return err;
}

/* 0 done, 1 the end, -errno. */
static int round_of(struct keeper *k)
{
	int64_t now_ms = clock_wall_ms(), left = 0;
	int err;

	while ((err = person_seal_old(k->store)) == 1)
		if (!pause_ms(k, SEAL_PAUSE_MS))
			return 1;
	if (err == 0)
		err = k->n_days = retention_read_days(&k->reader->db, k->days, TENANTS_MAX);
	if (err >= 0)
		err = read_held(k);
	for (int i = 0; i < k->n_days && err == 0; i++)
		for (int kind = 0; kind < RETENTION_KINDS && err == 0; kind++)
			err = remove_kind(k, &k->days[i], (enum retention_kind)kind, now_ms);
	if (err == 0)
		err = remove_archives(k, now_ms);
	if (err == 0)
		err = remove_audit(k, now_ms);
	if (err == 0)
		err = removal_run(k->store, INT32_MAX, &left);
	if (err == 0 && removal_are_old_pages(&k->reader->db) == 1)
		(void)removal_empty_log(k->store); /* else in the next round */
	return err;
}

static void *keeper_main(void *arg)
{
	struct keeper *k = arg;
	int last = 0, err;

	pthread_setname_np(pthread_self(), "keeper");
	for (int ms = FIRST_MS; pause_ms(k, ms); ms = EVERY_MS) {
		err = store_reader_follow(k->reader);
		if (err == 0)
			err = round_of(k);
		if (err == 1)
			break;
		if (err < 0 && err != last)
			log_warn("store", 0, "removing what is due has to wait: %s", strerror(-err));
		last = err;
	}
	return NULL;
}

static void release(struct keeper *k)
{
	map_free(&k->held);
	store_reader_close(k->reader);
	mailbox_free(k->mailbox);
	alloc_free(k);
}

int keeper_start(struct keeper **ret_keeper, struct store *s)
{
	struct keeper *k = alloc_zero(sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->store = s;
	int err = store_reader_open(&k->reader, s->directory);
	if (err == 0)
		err = mailbox_new(&k->mailbox, sizeof(char), 1);
	if (err == 0)
		err = -pthread_create(&k->thread, NULL, keeper_main, k);
	if (err < 0) {
		release(k);
		return err;
	}
	*ret_keeper = k;
	return 0;
}

void keeper_stop(struct keeper *k)
{
	if (!k)
		return;
	mailbox_send(k->mailbox, &(char){1});
	pthread_join(k->thread, NULL);
	release(k);
}
