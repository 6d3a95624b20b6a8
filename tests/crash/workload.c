/* A centre's load on the real store, for the crash tests: one thread appends events and parts of the routing
 * log as the centre does, others create, change and delete rows, make tokens and set facts. Whatever is
 * wanted is written to the file of acknowledgements before it is asked for, and every acknowledgement before
 * anything else happens; that file survives the process, so who reads it knows what was promised.
 *
 * usage: workload --dir DIR --acks FILE [--round N] [--seed N] [--base MS] [--events N] [--rows N]
 *                 [--text BYTES] [--linger MS] [--spool MB] [--erase] [--archive]
 *        workload --dir DIR --acks FILE --recover [--linger MS] [--keeper]      opens and closes the store,
 * nothing more
 *
 * Lines of the file, JSON: {"w":"want","e":{...}} an event is about to be appended, {"w":"seq","at","seq"} it
 * has this number, {"w":"durable","seq"}, {"w":"row","k","op",...} and {"w":"done","k","result","row"},
 * {"w":"part","k"} a part of the routing log, {"w":"opened"}, {"w":"closed"}. Exit code 0; 3: the store could
 * not be opened. */
#include "contacts.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/log/archive.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROW_THREADS 2
#define OWN_ROWS_MAX 6 /* rows one thread has at a time */
#define IN_FLIGHT_MAX 400
#define VICTIMS_MAX 64
#define ARCHIVE_AFTER_MS (INT64_C(75) * 86400000)
#define USER_ATTEMPTS 50 /* while the database refuses */

struct options {
	const char *dir, *acks;
	int round, events, rows, text, linger_ms, spool_mb;
	uint64_t seed;
	int64_t base_ms;
	bool is_recovery, is_erasing, is_archiving, has_keeper;
};
static struct options options = {
	.round = 1, .seed = 1, .events = 400, .rows = 40, .text = 200, .base_ms = 1795000000000};
static int acks_fd;
static struct store *store;

/* One line, one write: kill -9 never leaves half of it, and other threads never come in between. */
static void say(json_t *j)
{
	char *line = json_dumps(j, JSON_COMPACT);
	size_t n = line ? strlen(line) : 0;

	json_decref(j);
	if (!line)
		_exit(9);
	line[n] = '\n';
	if (write(acks_fd, line, n + 1) != (ssize_t)n + 1)
		_exit(9);
	free(line);
}

static void on_commit(uint64_t last_seq, void *arg)
{
	(void)arg;
	say(json_pack("{s:s,s:I}", "w", "durable", "seq", (json_int_t)last_seq));
}

/* --- rows */

struct own_row {
	uint64_t id;
	const char *resource;
};
struct hand { /* one thread that edits */
	int number, made;
	struct contacts dice;
	struct own_row rows[OWN_ROWS_MAX];
	int n;
};

static json_t *new_value(struct hand *h, const char *resource, const char *key)
{
	json_t *value = json_pack("{s:s}", "name", key);

	if (strcmp(resource, "customer") == 0)
		json_object_set_new(value, "numbers",
			json_pack("[s,s]", key + 1,
				contacts_random(&h->dice, 2) ? "+982188880001" : "+49301234567"));
	else if (contacts_random(&h->dice, 2))
		json_object_set_new(value, "description", json_string("made by the crash test"));
	return value;
}

static int carry_out(
	const char *op, const struct resource *r, uint64_t id, const json_t *value, json_t **ret_row)
{
	static const struct store_actor actor = {
		.tenant = 1, .user = 77, .address = "127.0.0.1", .agent = "crash test"};

	if (strcmp(op, "create") == 0)
		return store_create(store, r, value, &actor, ret_row, NULL);
	if (strcmp(op, "update") == 0)
		return store_update(store, r, id, 0, value, &actor, ret_row, NULL);
	return store_delete(store, r, id, 0, &actor, NULL);
}

static int ask(
	const char *key, const char *op, const char *resource, uint64_t id, json_t *value, uint64_t *ret_id)
{
	struct issues issues = {0};
	json_t *row = NULL;
	const struct resource *r = resource_by_name(resource);

	if (value && !resource_check(r, value, strcmp(op, "create") == 0, &issues))
		_exit(8);
	say(json_pack("{s:s,s:s,s:s,s:s,s:I,s:O?}", "w", "row", "k", key, "op", op, "resource", resource,
		"id", (json_int_t)id, "value", value));
	int result = carry_out(op, r, id, value, &row);
	if (result == 0 && row)
		*ret_id = jsonx_id(row, "id");
	say(json_pack("{s:s,s:s,s:i,s:I}", "w", "done", "k", key, "result", result, "id",
		(json_int_t)(result == 0 && row ? *ret_id : id)));
	json_decref(row);
	json_decref(value);
	return result;
}

static void edit_once(struct hand *h)
{
	static const char *const kinds[] = {"team", "skill", "disposition", "customer"};
	char key[40];
	uint64_t id = 0, dice = contacts_random(&h->dice, 10);

	str_printf(key, sizeof(key), "%d%02d%05d", h->number, options.round % 100, ++h->made);
	if (h->n == 0 || (dice < 4 && h->n < OWN_ROWS_MAX)) {
		const char *resource = kinds[contacts_random(&h->dice, 4)];
		if (ask(key, "create", resource, 0, new_value(h, resource, key), &id) == 0)
			h->rows[h->n++] = (struct own_row){id, resource};
		return;
	}
	int i = (int)contacts_random(&h->dice, (uint64_t)h->n);
	struct own_row *row = &h->rows[i];
	if (dice < 8) {
		json_t *value = contacts_random(&h->dice, 3) || strcmp(row->resource, "customer") != 0
					? json_pack("{s:s}", "name", key)
					: json_pack("{s:[s]}", "numbers", key + 1);
		ask(key, "update", row->resource, row->id, value, &id);
	} else if (ask(key, "delete", row->resource, row->id, NULL, &id) == 0) {
		*row = h->rows[--h->n];
	}
}

static void *edit(void *arg)
{
	struct hand *h = arg;

	for (int i = 0; i < options.rows; i++) {
		edit_once(h);
		if (contacts_random(&h->dice, 3) == 0)
			usleep((useconds_t)contacts_random(&h->dice, 4000));
	}
	return NULL;
}

/* --- tokens and facts */

static void token_once(struct contacts *dice, int i, uint64_t user, uint64_t *last)
{
	char key[40], token[64];
	uint64_t id = 0;

	str_printf(key, sizeof(key), "t%02d%05d", options.round % 100, i);
	if (*last && contacts_random(dice, 3) == 0) {
		say(json_pack("{s:s,s:s,s:s,s:I}", "w", "token", "k", key, "op", "delete", "id",
			(json_int_t)*last));
		int result = store_token_delete(store, *last);
		say(json_pack("{s:s,s:s,s:i,s:I}", "w", "done", "k", key, "result", result, "id",
			(json_int_t)*last));
		*last = 0;
	} else if (contacts_random(dice, 2)) {
		say(json_pack("{s:s,s:s,s:s}", "w", "token", "k", key, "op", "create"));
		int result = store_token_create(store, user, "token", key, 0, token, &id);
		say(json_pack(
			"{s:s,s:s,s:i,s:I}", "w", "done", "k", key, "result", result, "id", (json_int_t)id));
		*last = result == 0 ? id : *last;
	} else {
		say(json_pack("{s:s,s:s,s:s}", "w", "fact", "k", key, "value", key));
		int result = store_fact_set(store, "crash test", key);
		say(json_pack("{s:s,s:s,s:i}", "w", "done", "k", key, "result", result));
	}
}

static void *access_and_facts(void *arg)
{
	struct contacts *dice = arg;
	uint64_t user = 0, last = 0;
	char key[40];

	for (int i = 0; user == 0 && i < USER_ATTEMPTS; i++) {
		str_printf(
			key, sizeof(key), "u%02d-%d-%d", options.round % 100, (int)(options.seed % 1000), i);
		ask(key, "create", "user", 0,
			json_pack("{s:s,s:s,s:[s]}", "login", key, "name", "Crash", "roles", "agent"), &user);
	}
	for (int i = 0; user && i < options.rows; i++) {
		token_once(dice, i, user, &last);
		if (contacts_random(dice, 3) == 0)
			usleep((useconds_t)contacts_random(dice, 4000));
	}
	return NULL;
}

/* --- people who want to be forgotten, and months that are over */

static struct {
	pthread_mutex_t lock;
	char numbers[VICTIMS_MAX][24];
	int n;
	atomic_bool is_over;
} victims = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void offer_victim(const char *number)
{
	pthread_mutex_lock(&victims.lock);
	if (victims.n < VICTIMS_MAX)
		str_put(victims.numbers[victims.n++], sizeof(victims.numbers[0]), number);
	pthread_mutex_unlock(&victims.lock);
}

static bool take_victim(char ret_number[static 24])
{
	pthread_mutex_lock(&victims.lock);
	bool is_there = victims.n > 0;
	if (is_there)
		memcpy(ret_number, victims.numbers[--victims.n], sizeof(victims.numbers[0]));
	pthread_mutex_unlock(&victims.lock);
	return is_there;
}

static void *erase_people(void *arg)
{
	static const struct store_actor actor = {.tenant = 1, .user = 77, .agent = "crash test"};
	char number[24], key[40];

	(void)arg;
	for (int i = 0; !atomic_load(&victims.is_over); usleep(3000)) {
		if (!take_victim(number))
			continue;
		str_printf(key, sizeof(key), "e%02d%05d", options.round % 100, ++i);
		say(json_pack("{s:s,s:s,s:s}", "w", "erase", "k", key, "number", number));
		struct issues issues = {0};
		struct store_person_query q = {.tenant = 1, .address = number};
		json_t *erased = NULL;
		int result = store_person_erase(store, &q, &actor, &erased, &issues);
		json_decref(erased);
		say(json_pack("{s:s,s:s,s:i}", "w", "done", "k", key, "result", result));
		if (result == STORE_IN_USE) /* its end is not in the database yet */
			offer_victim(number);
	}
	return NULL;
}

static void *archive_months(void *arg)
{
	struct store_reader *rd = NULL;

	(void)arg;
	if (store_reader_open(&rd, options.dir) < 0)
		return NULL;
	for (; !atomic_load(&victims.is_over); usleep(20000))
		archive_step(store, rd, 1, options.base_ms + ARCHIVE_AFTER_MS, &victims.is_over);
	store_reader_close(rd);
	return NULL;
}

/* --- events */

static void append_part(struct contacts *c, int *parts)
{
	static uint64_t run;
	char data[64];
	bool is_start = *parts == 0 || contacts_random(c, 30) == 0;

	if (run == 0)
		run = (uint64_t)options.round;
	str_printf(data, sizeof(data), "<%d %d>", options.round, ++*parts);
	say(json_pack("{s:s,s:i,s:i}", "w", "part", "k", *parts, "round", options.round));
	while (store_route_log_append(store, run, c->base_ms, is_start, 1, data, strlen(data)) == -ENOBUFS)
		usleep(500);
}

static void append_events(struct contacts *c)
{
	int parts = 0;

	for (int i = 0; i < options.events; i++) {
		struct event e;
		uint64_t seq = 0;
		contacts_next(c, &e);
		say(json_pack("{s:s,s:o}", "w", "want", "e", contacts_said(&e)));
		while (store_append(store, &e, &seq) < 0)
			usleep(500);
		say(json_pack(
			"{s:s,s:I,s:I}", "w", "seq", "at", (json_int_t)e.at_ms, "seq", (json_int_t)seq));
		if (options.is_erasing && *c->ended && contacts_random(c, 2))
			offer_victim(c->ended);
		if (i % 3 == 0)
			append_part(c, &parts);
		if (contacts_random(c, 6) == 0)
			usleep((useconds_t)contacts_random(c, 6000));
		while (seq > store_durable_seq(store) + IN_FLIGHT_MAX)
			usleep(200);
	}
}

static int recover(void)
{
	int err = store_open(&store, options.dir, on_commit, NULL);

	say(json_pack("{s:s,s:i,s:I}", "w", "opened", "result", err, "seq",
		(json_int_t)(err == 0 ? store_durable_seq(store) : 0)));
	if (err < 0)
		return 3;
	struct keeper *keeper = NULL;
	if (options.has_keeper && keeper_start(&keeper, store) < 0)
		return 4;
	usleep((useconds_t)options.linger_ms * 1000);
	keeper_stop(keeper);
	store_close(store);
	say(json_pack("{s:s}", "w", "closed"));
	return 0;
}

/* Made in the background; a disk that refuses may refuse this, too. */
static void wait_for_spool(void)
{
	struct store_health h = {0};

	store_spool_keep(store, options.spool_mb);
	for (int i = 0; i < 200 && h.spool_bytes_max == 0 && h.spool_error == 0; i++) {
		usleep(2000);
		store_health(store, &h);
	}
}

static int work(void)
{
	struct hand hands[ROW_THREADS] = {0};
	pthread_t threads[ROW_THREADS + 1], eraser, archiver;
	struct contacts centre, dice;
	int err = store_open(&store, options.dir, on_commit, NULL);

	say(json_pack("{s:s,s:i,s:I}", "w", "opened", "result", err, "seq",
		(json_int_t)(err == 0 ? store_durable_seq(store) : 0)));
	if (err < 0)
		return 3;
	if (options.spool_mb)
		wait_for_spool();
	for (int i = 0; i < ROW_THREADS; i++) {
		hands[i].number = i + 1;
		contacts_begin(&hands[i].dice, options.seed * 7 + (uint64_t)i, 0, 0, 0);
		pthread_create(&threads[i], NULL, edit, &hands[i]);
	}
	contacts_begin(&dice, options.seed * 13, 0, 0, 0);
	pthread_create(&threads[ROW_THREADS], NULL, access_and_facts, &dice);
	if (options.is_erasing)
		pthread_create(&eraser, NULL, erase_people, NULL);
	if (options.is_archiving)
		pthread_create(&archiver, NULL, archive_months, NULL);
	contacts_begin(&centre, options.seed, options.round, options.base_ms, options.text);
	append_events(&centre);
	for (int i = 0; i <= ROW_THREADS; i++)
		pthread_join(threads[i], NULL);
	usleep((useconds_t)options.linger_ms * 1000);
	atomic_store(&victims.is_over, true);
	if (options.is_erasing)
		pthread_join(eraser, NULL);
	if (options.is_archiving)
		pthread_join(archiver, NULL);
	struct store_health h;
	store_health(store, &h);
	store_close(store);
	/* A disk that refuses may refuse the last of them, too. */
	say(json_pack("{s:s,s:b}", "w", "closed", "is_whole", h.is_writing && !getenv("CUT_FAIL")));
	return 0;
}

static bool parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(name, "--recover") == 0) {
			options.is_recovery = true;
			continue;
		}
		if (strcmp(name, "--keeper") == 0) {
			options.has_keeper = true;
			continue;
		}
		if (strcmp(name, "--erase") == 0 || strcmp(name, "--archive") == 0) {
			*(name[2] == 'e' ? &options.is_erasing : &options.is_archiving) = true;
			continue;
		}
		if (!value)
			return false;
		i++;
		if (strcmp(name, "--dir") == 0)
			options.dir = value;
		else if (strcmp(name, "--acks") == 0)
			options.acks = value;
		else if (strcmp(name, "--round") == 0)
			options.round = atoi(value);
		else if (strcmp(name, "--seed") == 0)
			options.seed = strtoull(value, NULL, 10);
		else if (strcmp(name, "--base") == 0)
			options.base_ms = strtoll(value, NULL, 10);
		else if (strcmp(name, "--events") == 0)
			options.events = atoi(value);
		else if (strcmp(name, "--rows") == 0)
			options.rows = atoi(value);
		else if (strcmp(name, "--text") == 0)
			options.text = atoi(value);
		else if (strcmp(name, "--spool") == 0)
			options.spool_mb = atoi(value);
		else if (strcmp(name, "--linger") == 0)
			options.linger_ms = atoi(value);
		else
			return false;
	}
	return options.dir && options.acks;
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: workload --dir DIR --acks FILE [--recover] [--round N] [--seed N] "
				"[--base MS] "
				"[--events N] [--rows N] [--text BYTES] [--linger MS] [--spool MB] [--erase] "
				"[--archive]\n");
		return 2;
	}
	acks_fd = open(options.acks, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (acks_fd < 0) {
		perror(options.acks);
		return 2;
	}
	return options.is_recovery ? recover() : work();
}
