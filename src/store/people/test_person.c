/* People: what is sealed, how it opens again, what erasing leaves. */
#include "base/id.h"
#include "base/number.h"
#include "base/str.h"
#include "db/db.h"
#include "event/kpi.h"
#include "store/people/erase.h"
#include "store/people/person.h"
#include "store/people/seal.h"
#include "store/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER "+989123456789"
#define REVERSED "987654321" /* as number_key begins */
#define NAME "Zahra Moradi-Erasable"
#define NOTE "wants a refund for the blue samovar"
#define OTHER_NUMBER "+982188776655"
#define OTHER_NOTE "asks about opening hours in Shiraz"

static const struct store_actor actor = {.tenant = 1, .user = 77, .address = "127.0.0.1", .agent = "test"};

TEST(an_address_is_the_same_however_it_is_written)
{
	char a[PERSON_ADDRESS_SIZE], b[PERSON_ADDRESS_SIZE];

	CHECK(person_address("+98 912 345-6789", a) && person_address("09123456789", b));
	CHECK_STR(a, b);
	CHECK(person_address("Zahra@Example.ORG", a));
	CHECK_STR(a, "a:zahra@example.org");
	CHECK(person_address("101", a));
	CHECK_STR(a, "n:101");
	CHECK(!person_address("anonymous", a) && !person_address("", a) && !person_address(NULL, a));
}

TEST_OOM(a_seal_opens_at_its_own_event_only)
{
	unsigned char secret[SEAL_KEY_BYTES] = {1, 2, 3}, key[SEAL_KEY_BYTES], other[SEAL_KEY_BYTES];
	char salt[SEAL_SALT_SIZE], *clear = NULL;
	struct seal_bond bond = {.person = 5, .seq = 9, .interaction = 7, .type = 43}, wrong = bond;
	size_t n = 0;

	seal_salt_make(salt);
	CHECK_INT(seal_key(secret, 5, salt, key), 0);
	CHECK_INT(seal_key(secret, 6, salt, other), 0);
	CHECK_INT(seal_key(secret, 5, "", other), -EINVAL);
	CHECK_INT(seal_key(secret, 5, NULL, other), -EINVAL);
	_cleanup_alloc_ char *sealed = seal_text(key, &bond, NOTE, strlen(NOTE));
	if (!sealed)
		return;
	int err = seal_open(key, &bond, sealed, &clear, &n);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK_STR(clear, NOTE);
	CHECK_INT(n, strlen(NOTE));
	alloc_free(clear);
	clear = NULL;
	wrong.seq = 10;
	CHECK(seal_open(key, &wrong, sealed, &clear, &n) == -EBADMSG || alloc_has_failed());
	wrong = bond;
	wrong.person = 6;
	CHECK(seal_open(key, &wrong, sealed, &clear, &n) == -EBADMSG || alloc_has_failed());
	CHECK(seal_open(other, &bond, sealed, &clear, &n) == -EBADMSG || alloc_has_failed());
	sealed[20] = sealed[20] == 'A' ? 'B' : 'A';
	CHECK(seal_open(key, &bond, sealed, &clear, &n) == -EBADMSG || alloc_has_failed());
	CHECK(seal_open(key, &bond, "short", &clear, &n) == -EINVAL || alloc_has_failed());
	CHECK(seal_open(key, &bond, "", &clear, &n) == -EINVAL || alloc_has_failed());
	CHECK(clear == NULL);
}

/* --- a centre with calls in it
 * -----------------------------------------------------------------------------------------------------------
 */

struct days {
	struct fixture f;
	uint64_t last;
	int64_t at_ms;
};

static void emit(struct days *d, struct event e)
{
	e.at_ms = d->at_ms += 1000;
	d->last = fixture_append(&d->f, &e);
}

/* A whole answered call with a choice, a recording, a wrap-up with notes and a note; its id. */
static uint64_t call(struct days *d, const char *number, const char *name, const char *note)
{
	uint64_t ix = id_new(), segment = id_new(), recording = id_new();
	char path[80];

	snprintf(path, sizeof(path), "2026/11/%llu.wav", (unsigned long long)recording);
	emit(d, (struct event){.type = EVENT_INTERACTION_STARTED,
			.interaction = ix,
			.from = number,
			.to = "+982100000",
			.name = name,
			.reason = "inbound",
			.text = "voice"});
	emit(d, (struct event){.type = EVENT_FLOW_CHOSE,
			.interaction = ix,
			.name = "account",
			.text = "",
			.reason = number ? "4711991" : "1"});
	emit(d, (struct event){.type = EVENT_SEGMENT_QUEUED,
			.interaction = ix,
			.segment = segment,
			.queue = 5,
			.name = name});
	emit(d, (struct event){.type = EVENT_SEGMENT_ANSWERED,
			.interaction = ix,
			.segment = segment,
			.queue = 5,
			.agent = 9,
			.wait_ms = 4000,
			.ring_ms = 900});
	emit(d, (struct event){
			.type = EVENT_RECORDING_STARTED, .interaction = ix, .ref = recording, .text = path});
	emit(d, (struct event){.type = EVENT_RECORDING_ENDED,
			.interaction = ix,
			.ref = recording,
			.duration_ms = 9000,
			.number = 16000});
	emit(d, (struct event){.type = EVENT_SEGMENT_ENDED,
			.interaction = ix,
			.segment = segment,
			.queue = 5,
			.agent = 9,
			.talk_ms = 9000,
			.reason = "customer"});
	emit(d, (struct event){.type = EVENT_INTERACTION_ENDED,
			.interaction = ix,
			.duration_ms = 15000,
			.reason = "customer_hung_up"});
	emit(d, (struct event){.type = EVENT_WRAP_UP_STARTED,
			.interaction = ix,
			.segment = segment,
			.queue = 5,
			.agent = 9});
	emit(d, (struct event){.type = EVENT_WRAP_UP_ENDED,
			.interaction = ix,
			.segment = segment,
			.queue = 5,
			.agent = 9,
			.acw_ms = 1000,
			.text = note,
			.reason = "done"});
	emit(d, (struct event){.type = EVENT_NOTE_WRITTEN, .interaction = ix, .agent = 9, .text = note});
	emit(d, (struct event){.type = EVENT_CONTACT_BLOCKED,
			.from = number,
			.to = "+982100000",
			.reason = "closed"});
	return ix;
}

static bool open_days(struct days *d)
{
	*d = (struct days){.at_ms = INT64_C(1764000000000)};
	return fixture_open(&d->f);
}

static int64_t number(struct days *d, const char *sql)
{
	return fixture_int(&d->f, sql);
}

/* --- looking for bytes
 * -----------------------------------------------------------------------------------------------------------
 */

static const char *const wanted[] = {"9123456789", REVERSED, NAME, "Moradi", NOTE, "samovar", "4711991"};
#define WANTED (sizeof(wanted) / sizeof(wanted[0]))
static int found[WANTED];
static char found_in[512];

static int look_into(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)ftw;
	if (flag != FTW_F || st->st_size == 0)
		return 0;
	char *bytes = malloc((size_t)st->st_size);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd >= 0 && bytes ? read(fd, bytes, (size_t)st->st_size) : -1;
	for (size_t i = 0; i < WANTED && n > 0; i++)
		if (memmem(bytes, (size_t)n, wanted[i], strlen(wanted[i]))) {
			found[i]++;
			str_put(found_in, sizeof(found_in), path);
		}
	close(fd);
	free(bytes);
	return 0;
}

/* How many of the wanted texts are anywhere below the data directory. */
static int look(struct days *d)
{
	int n = 0;

	memset(found, 0, sizeof(found));
	nftw(d->f.directory, look_into, 16, FTW_PHYS);
	for (size_t i = 0; i < WANTED; i++)
		n += found[i] > 0;
	return n;
}

/* --- what events say
 * -----------------------------------------------------------------------------------------------------------
 */

struct heard {
	uint64_t seq, gaps, n, erased, persons_erased;
	int names, notes, digits, other_notes;
	struct kpi_fold *kpi;
};

static bool hear(const struct event *e, void *arg)
{
	struct heard *h = arg;

	h->gaps += e->seq != h->seq + 1;
	h->seq = e->seq;
	h->n++;
	h->erased += e->is_erased;
	h->names += str_equal(e->name, NAME);
	h->notes += str_equal(e->text, NOTE);
	h->other_notes += str_equal(e->text, OTHER_NOTE);
	h->digits += str_equal(e->reason, "4711991");
	h->persons_erased += e->type == EVENT_PERSON_ERASED;
	if (h->kpi)
		kpi_apply(h->kpi, e);
	return true;
}

static struct heard listen(struct days *d)
{
	struct heard h = {0};

	if (store_events(d->f.reader, 1, 100000, hear, &h) != 0)
		h.gaps = 999;
	return h;
}

TEST(texts_are_sealed_in_the_table_and_open_for_readers)
{
	struct days d;

	CHECK(open_days(&d));
	uint64_t ix = call(&d, NUMBER, NAME, NOTE);
	call(&d, "anonymous", NULL, OTHER_NOTE);
	CHECK(fixture_wait(&d.f, d.last));
	CHECK_INT(number(&d,
			  "SELECT count(*) FROM event WHERE data LIKE '%samovar%' OR data LIKE '%Moradi%' OR "
			  "data LIKE '%912345%' OR data LIKE '%4711991%' OR data LIKE '%Shiraz%'"),
		0);
	emit(&d, (struct event){.type = EVENT_FLOW_CHOSE,
			 .interaction = ix,
			 .name = "menu",
			 .text = "Sales",
			 .reason = "1"});
	CHECK(fixture_wait(&d.f, d.last));
	CHECK_INT(number(&d, "SELECT count(*) FROM event WHERE type = 13 AND data LIKE '%\"y\":\"1\"%'"), 1);
	CHECK_INT(number(&d, "SELECT count(*) FROM person"), 3); /* a withheld number: one for each contact */
	CHECK_INT(number(&d, "SELECT count(*) FROM person_of"), 1);
	struct heard h = listen(&d);
	CHECK_INT(h.gaps, 0);
	CHECK_INT(h.names, 2);
	CHECK_INT(h.notes, 2);
	CHECK_INT(h.digits, 2);
	CHECK_INT(h.other_notes, 2);
	CHECK_INT(h.erased, 0);
	_cleanup_json_ json_t *whole = NULL;
	CHECK_INT(store_interaction(d.f.reader, 1, ix, &whole), 0);
	char *text = jsonx_dump(whole);
	CHECK(text && strstr(text, NOTE) && strstr(text, NAME));
	free(text);
	/* The same after a restart, by the same person for a further call. */
	fixture_shut(&d.f);
	CHECK(fixture_reopen(&d.f));
	call(&d, "0912 345 6789", NAME, NOTE);
	CHECK(fixture_wait(&d.f, d.last));
	CHECK_INT(number(&d, "SELECT count(*) FROM person"), 3);
	CHECK_INT(number(&d, "SELECT count(DISTINCT person) FROM interaction"), 2);
	h = listen(&d);
	CHECK_INT(h.notes, 4);
	fixture_remove(&d.f);
}

TEST(without_the_key_file_texts_are_absent_and_figures_are_there)
{
	struct days d;
	char path[300], aside[320];

	CHECK(open_days(&d));
	call(&d, NUMBER, NAME, NOTE);
	CHECK(fixture_wait(&d.f, d.last));
	fixture_shut(&d.f);
	snprintf(path, sizeof(path), "%s/secret.key", d.f.directory);
	snprintf(aside, sizeof(aside), "%s.aside", path);
	CHECK_INT(rename(path, aside), 0);
	CHECK(fixture_reopen(&d.f));
	struct heard h = listen(&d);
	CHECK_INT(h.gaps, 0);
	CHECK_INT(h.notes, 0);
	CHECK_INT(h.erased, 0);
	fixture_remove(&d.f);
}

/* All figures of the house, as the API gives them; "" on failure. The caller frees. */
static char *figures_of(struct days *d)
{
	struct heard h = {0};
	struct kpi_counts counts = {0};
	char *text = NULL;

	if (kpi_new(&h.kpi) < 0 || store_events(d->f.reader, 1, 100000, hear, &h) != 0)
		return NULL;
	if (kpi_house_counts(h.kpi, d->at_ms - 86400000, d->at_ms + 86400000, d->at_ms, &counts) == 0) {
		_cleanup_json_ json_t *json = kpi_to_json(&counts);
		text = jsonx_dump(json);
	}
	kpi_free(h.kpi);
	return text;
}

static int erase(struct days *d, const char *address, uint64_t customer, struct issues *issues, json_t **ret)
{
	struct store_person_query q = {.tenant = 1, .address = address, .customer = customer};

	return store_person_erase(d->f.store, &q, &actor, ret, issues);
}

static bool make_recording(struct days *d, uint64_t ix)
{
	_cleanup_json_ json_t *whole = NULL;
	char path[400], folder[400];

	if (store_interaction(d->f.reader, 1, ix, &whole) != 0)
		return false;
	const char *name = jsonx_text(json_array_get(json_object_get(whole, "recordings"), 0), "path", "");
	static const char *const folders[] = {"recordings", "recordings/2026", "recordings/2026/11"};
	for (int i = 0; i < 3; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", d->f.directory, folders[i]);
		mkdir(folder, 0700);
	}
	snprintf(path, sizeof(path), "%s/recordings/%s", d->f.directory, name);
	FILE *f = fopen(path, "w");
	return f && fprintf(f, "RIFF the voice of " NAME) > 0 && fclose(f) == 0;
}

static void erase_everything(struct days *d)
{
	struct issues issues = {0};
	_cleanup_json_ json_t *erased = NULL;
	char text[300];

	snprintf(text, sizeof(text),
		"{\"name\":\"" NAME "\",\"numbers\":[\"" NUMBER
		"\"],\"email\":\"z.Moradi@example.org\",\"notes\":\"" NOTE "\"}");
	uint64_t customer = fixture_create(&d->f, "customer", text, NULL);
	CHECK(customer);
	CHECK_INT(fixture_update(&d->f, "customer", customer, "{\"notes\":\"really " NOTE "\"}", NULL), 0);
	uint64_t ix = call(d, NUMBER, NAME, NOTE);
	call(d, OTHER_NUMBER, "Somebody Else", OTHER_NOTE);
	call(d, "0912 345 67 89", NAME, NOTE);
	CHECK(fixture_wait(&d->f, d->last));
	CHECK(make_recording(d, ix));
	/* A server's files are its own; what of them is not used any more goes with its next VACUUM. */
	CHECK_INT(look(d),
		fixture_is_postgres() ? 2 : WANTED - 1); /* digits are nowhere in clear, not even before */
	struct heard before = listen(d);
	CHECK_INT(before.notes, 4);
	char *kpis = figures_of(d);
	CHECK(kpis && strstr(kpis, "answered"));
	int64_t figures = number(
		d, "SELECT sum(wait_ms * 3 + talk_ms * 5 + acw_ms * 7 + duration_ms) FROM interaction");

	CHECK_INT(erase(d, "9123456789", 0, &issues, &erased), 0);
	CHECK_INT(jsonx_int(erased, "contacts", 0), 2);
	CHECK_INT(jsonx_int(erased, "recordings", 0), 2);
	CHECK_INT(jsonx_int(erased, "files_left", -1), 0);
	int left = look(d);
	if (left)
		test_fail(__FILE__, __LINE__, "%d texts are still there, one in %s", left, found_in);
	struct heard after = listen(d);
	CHECK_INT(after.gaps, 0);
	CHECK_INT(after.notes, 0);
	CHECK_INT(after.names, 0);
	CHECK_INT(before.digits, 3);
	CHECK_INT(after.digits, 1);
	CHECK_INT(after.other_notes, 2);
	CHECK_INT(after.persons_erased, 1);
	CHECK_INT(after.erased, 12);
	CHECK(after.n == before.n + 2); /* person.erased, config.changed */
	CHECK_INT(
		number(d,
			"SELECT sum(wait_ms * 3 + talk_ms * 5 + acw_ms * 7 + duration_ms) FROM interaction"),
		figures);
	char *kpis_after = figures_of(d);
	CHECK_STR(kpis_after, kpis);
	free(kpis);
	free(kpis_after);
	CHECK_INT(number(d, "SELECT count(*) FROM customer"), 0);
	CHECK_INT(number(d, "SELECT count(*) FROM customer_number"), 0);
	CHECK_INT(number(d, "SELECT count(*) FROM file_removal"), 0);
	/* Once more: there is nobody any more; a new call is a new person's. */
	json_t *again = NULL;
	CHECK_INT(erase(d, NUMBER, 0, &issues, &again), STORE_NOT_FOUND);
	call(d, NUMBER, NAME, NOTE);
	CHECK(fixture_wait(&d->f, d->last));
	CHECK_INT(listen(d).notes, 2);
}

TEST(after_erasing_no_byte_says_who_it_was)
{
	struct days d;

	CHECK(open_days(&d));
	erase_everything(&d);
	fixture_remove(&d.f);
}

TEST(what_forbids_erasing_is_said)
{
	struct days d;
	struct issues issues = {0};
	_cleanup_json_ json_t *erased = NULL;

	CHECK(open_days(&d));
	CHECK_INT(erase(&d, NUMBER, 0, &issues, &erased), STORE_NOT_FOUND);
	uint64_t a = fixture_create(&d.f, "customer", "{\"name\":\"A\",\"numbers\":[\"" NUMBER "\"]}", NULL);
	uint64_t b = fixture_create(
		&d.f, "customer", "{\"name\":\"B\",\"numbers\":[\"" NUMBER "\",\"" OTHER_NUMBER "\"]}", NULL);
	CHECK(a && b);
	CHECK_INT(erase(&d, NUMBER, 0, &issues, &erased), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "ambiguous");
	issues.n = 0;
	CHECK_INT(erase(&d, NULL, a, &issues, &erased), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "shared");
	issues.n = 0;
	CHECK_INT(fixture_update(
			  &d.f, "customer", b, "{\"numbers\":[\"" OTHER_NUMBER "\"],\"is_kept\":true}", NULL),
		0);
	CHECK_INT(erase(&d, OTHER_NUMBER, 0, &issues, &erased), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "kept");
	issues.n = 0;
	uint64_t ix = id_new();
	emit(&d, (struct event){.type = EVENT_INTERACTION_STARTED,
			 .interaction = ix,
			 .from = NUMBER,
			 .reason = "inbound",
			 .text = "voice"});
	CHECK(fixture_wait(&d.f, d.last));
	CHECK_INT(erase(&d, NULL, a, &issues, &erased), STORE_IN_USE);
	CHECK_STR(issues.at[0].code, "in_progress");
	issues.n = 0;
	emit(&d, (struct event){.type = EVENT_INTERACTION_ENDED, .interaction = ix, .reason = "flow_ended"});
	CHECK(fixture_wait(&d.f, d.last));
	CHECK_INT(store_interaction_keep(d.f.store, ix, true, &actor), 0);
	CHECK_INT(erase(&d, NULL, a, &issues, &erased), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "kept");
	CHECK_INT(store_interaction_keep(d.f.store, ix, false, &actor), 0);
	CHECK_INT(store_interaction_keep(d.f.store, 12345, false, &actor), STORE_NOT_FOUND);
	CHECK_INT(erase(&d, NULL, a, &issues, &erased), 0);
	fixture_remove(&d.f);
}

/* What the version before seals left: the same events in clear. */
TEST(events_from_before_are_sealed_and_then_erased)
{
	struct days d;
	struct issues issues = {0};
	_cleanup_json_ json_t *erased = NULL;
	struct db db;

	CHECK(open_days(&d));
	call(&d, NUMBER, NAME, NOTE);
	CHECK(fixture_wait(&d.f, d.last));
	struct heard before = listen(&d);
	fixture_shut(&d.f);
	CHECK_INT(fixture_exec(&d.f,
			  "DELETE FROM person; DELETE FROM person_of; UPDATE interaction SET person = NULL;"
			  "UPDATE event SET data = '{\"i\":' || interaction || "
			  "',\"y\":\"inbound\",\"f\":\"" NUMBER "\",\"m\":\"" NAME
			  "\",\"x\":\"voice\"}' WHERE type = 10;"
			  "UPDATE event SET data = '{\"i\":' || interaction || ',\"x\":\"" NOTE
			  "\"}' WHERE type IN (31, 43);"
			  "UPDATE event SET data = '{\"f\":\"" NUMBER "\"}' WHERE type = 4;"
			  "UPDATE event SET data = '{\"i\":' || interaction || ',\"y\":\"4711991\"}' WHERE "
			  "type = 13;"
			  "UPDATE event SET data = '{\"i\":' || interaction || ',\"m\":\"" NAME
			  "\"}' WHERE type = 20;"
			  "INSERT INTO fact (key, value) SELECT 'people_plain_seq', CAST(max(seq) AS TEXT) "
			  "FROM "
			  "event"),
		0);
	CHECK_INT(fixture_db(&d.f, &db, DB_READ), 0);
	CHECK_INT(person_sealed_up_to(&db), 0);
	db_close(&db);
	CHECK(fixture_reopen(&d.f));
	CHECK_INT(listen(&d).notes, before.notes);
	CHECK(number(&d, "SELECT count(*) FROM event WHERE data LIKE '%samovar%'") > 0);
	_cleanup_json_ json_t *known = NULL;
	CHECK_INT(store_person_find(d.f.reader, &(struct store_person_query){.address = NUMBER}, &known), 0);
	CHECK(!jsonx_bool(known, "is_complete", true));
	CHECK_INT(erase(&d, NUMBER, 0, &issues, &erased), 0);
	CHECK_INT(number(&d, "SELECT count(*) FROM event WHERE data LIKE '%samovar%'"), 0);
	struct heard after = listen(&d);
	CHECK_INT(after.gaps, 0);
	CHECK_INT(after.notes, 0);
	CHECK_INT(look(&d), 0);
	fixture_remove(&d.f);
}

/* --- cut off anywhere
 * -----------------------------------------------------------------------------------------------------------
 */

static void erase_in_child(struct days *d, int ready)
{
	struct issues issues = {0};
	json_t *erased = NULL;

	if (!fixture_reopen(&d->f) || write(ready, "r", 1) != 1)
		_exit(1);
	erase(d, NUMBER, 0, &issues, &erased);
	_exit(0);
}

/* Kills an erasure `us` after its begin. */
static bool cut_off(struct days *d, unsigned us)
{
	int pipes[2];
	char r;

	if (pipe(pipes) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0)
		erase_in_child(d, pipes[1]);
	bool is_ready = pid > 0 && read(pipes[0], &r, 1) == 1;
	usleep(us);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(pipes[0]);
	close(pipes[1]);
	return is_ready;
}

TEST(an_erasure_that_is_killed_happened_wholly_or_not_at_all)
{
	int happened = 0;

	if (fixture_is_postgres()) /* its server keeps a connection of the killed one for a moment */
		return;
	for (unsigned i = 0; i < 12; i++) {
		struct days d;
		struct issues issues = {0};
		json_t *erased = NULL;
		CHECK(open_days(&d));
		CHECK(fixture_create(
			&d.f, "customer", "{\"name\":\"" NAME "\",\"numbers\":[\"" NUMBER "\"]}", NULL));
		uint64_t ix = call(&d, NUMBER, NAME, NOTE);
		CHECK(fixture_wait(&d.f, d.last));
		CHECK(make_recording(&d, ix));
		fixture_shut(&d.f);
		CHECK(cut_off(&d, i * i * 150));
		CHECK(fixture_reopen(&d.f));
		struct heard h = listen(&d);
		bool is_gone = h.persons_erased == 1;
		CHECK_INT(h.gaps, 0);
		CHECK_INT(h.notes, is_gone ? 0 : 2);
		CHECK_INT(number(&d, "SELECT count(*) FROM customer"), !is_gone);
		CHECK_INT(number(&d, "SELECT count(*) FROM note WHERE text IS NOT NULL"), !is_gone);
		happened += is_gone;
		/* What the keeper does at the next start; or the erasure, asked for again. */
		int64_t left = -1;
		if (!is_gone)
			CHECK_INT(erase(&d, NUMBER, 0, &issues, &erased), 0);
		json_decref(erased);
		CHECK_INT(removal_run(d.f.store, 1000, &left), 0);
		CHECK_INT(left, 0);
		CHECK_INT(removal_empty_log(d.f.store), 0);
		CHECK_INT(removal_are_old_pages(&d.f.reader->db), 0);
		CHECK_INT(look(&d), 0);
		fixture_remove(&d.f);
	}
	printf("# %d of 12 happened before they were killed\n", happened);
}
