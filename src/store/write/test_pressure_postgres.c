/* The store while its PostgreSQL server is away, frozen, crashed, full of connections or read-only, and when
 * an answer is lost on the way: what was told to be durable arrives, once, in order; what was said of rows is
 * true. */
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/pg_fixture.h"
#include "store/write/pressure_fixture.h"
#include "store/where.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALL_CONNECTIONS 400

__attribute__((constructor)) static void on_a_server(void)
{
	setenv("MARKAZ_TEST_STORE", "postgres", 1);
}

static uint64_t make_team(struct fixture *f, const char *name)
{
	char value[100];

	snprintf(value, sizeof(value), "{\"name\":\"%s\"}", name);
	return fixture_create(f, "team", value, &(struct issues){0});
}

TEST(a_server_that_stops_for_a_while)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;
	uint64_t first = append_some(&f, 1, 100), last = first;

	CHECK(wait_visible(&f, first) && make_team(&f, "before"));
	pg_fixture_stop(SIGINT);
	for (int i = 0; i < 20; i++) {
		int64_t start = clock_mono_ms();
		last = append_some(&f, 1, 50);
		CHECK(fixture_wait(&f, last)); /* in the spool */
		CHECK(clock_mono_ms() - start < 3000);
	}
	store_health(f.store, &h);
	CHECK(h.state == STORE_SPOOLING && h.error < 0 && h.is_accepting);
	CHECK(!make_team(&f, "never"));
	CHECK(pg_fixture_start());
	CHECK(wait_visible(&f, last) && wait_state(&f, STORE_WRITING));
	CHECK(log_is_whole(&f, last));
	CHECK(make_team(&f, "after"));
	CHECK_INT(read_int(&f, "SELECT count(*) FROM team"), 2);
}

struct writer {
	struct fixture *f;
	atomic_bool is_over;
	int made;
};

static void *make_teams(void *arg)
{
	struct writer *w = arg;
	char name[40];

	for (int n = 0; !atomic_load(&w->is_over); n++) {
		snprintf(name, sizeof(name), "team %d", n);
		if (make_team(w->f, name))
			w->made++;
		else
			usleep(20000);
	}
	return NULL;
}

TEST(a_server_that_crashes_under_load)
{
	WITH_PRESSURE(f, 1);
	struct writer w = {.f = &f};
	pthread_t thread;
	uint64_t last = 0;

	CHECK_INT(pthread_create(&thread, NULL, make_teams, &w), 0);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 20; i++) {
			last = append_some(&f, 1, 20);
			usleep(5000);
		}
		pg_fixture_stop(SIGQUIT);
		last = append_some(&f, 1, 200);
		bool is_safe = fixture_wait(&f, last);
		if (!pg_fixture_start() || !is_safe || !wait_visible(&f, last))
			break;
	}
	atomic_store(&w.is_over, true);
	pthread_join(thread, NULL);
	CHECK(wait_visible(&f, last) && wait_state(&f, STORE_WRITING));
	CHECK(w.made > 0 && log_is_whole(&f, last));
	/* A row is there exactly when it was said so, and each has its event. */
	CHECK_INT(read_int(&f, "SELECT count(*) FROM team"), w.made);
	CHECK_INT(read_int(&f, "SELECT count(*) FROM event WHERE type = 3 AND data NOT LIKE '%not_saved%'"),
		w.made);
}

TEST(a_server_that_hangs_stops_nobody)
{
	WITH_PRESSURE(f, 1);
	uint64_t last = append_some(&f, 1, 100);

	CHECK(wait_visible(&f, last));
	/* Shortly: the commit waits for it. */
	pg_fixture_freeze(true);
	int64_t start = clock_mono_ms();
	last = append_some(&f, 1, 100);
	CHECK(clock_mono_ms() - start < 1000);
	usleep(1500000);
	pg_fixture_freeze(false);
	CHECK(wait_visible(&f, last));
	/* For long: the commit is given up, and from then on the spool takes all at once. */
	pg_fixture_freeze(true);
	last = append_some(&f, 1, 100);
	CHECK(fixture_wait(&f, last));
	int64_t worst = 0;
	for (int i = 0; i < 30; i++) {
		start = clock_mono_ms();
		last = append_some(&f, 1, 10);
		CHECK(fixture_wait(&f, last));
		worst = clock_mono_ms() - start > worst ? clock_mono_ms() - start : worst;
		usleep(100000);
	}
	if (worst >= 1000)
		test_fail(__FILE__, __LINE__, "an acknowledgement took %lld ms", (long long)worst);
	pg_fixture_freeze(false);
	CHECK(wait_visible(&f, last) && wait_state(&f, STORE_WRITING));
	CHECK(log_is_whole(&f, last));
}

TEST(all_connections_taken)
{
	WITH_PRESSURE(f, 1);
	static struct db others[ALL_CONNECTIONS];
	int n = 0, err = 0;

	CHECK(wait_visible(&f, append_some(&f, 1, 10)));
	while (n < ALL_CONNECTIONS && (err = fixture_db(&f, &others[n], DB_READ)) == 0)
		n++;
	uint64_t last = append_some(&f, 1, 100);
	bool is_written = wait_visible(&f, last) && make_team(&f, "meanwhile");
	while (n > 0)
		db_close(&others[--n]);
	CHECK(err < 0 && is_written);
	CHECK(log_is_whole(&f, last));
}

/* A server that comes back as a standby, as after a failover, and is promoted later. */
TEST(a_server_that_became_read_only)
{
	WITH_PRESSURE(f, 1);
	char path[300];
	uint64_t first = append_some(&f, 1, 10), last = first;

	CHECK(wait_visible(&f, first));
	pg_fixture_stop(SIGINT);
	snprintf(path, sizeof(path), "%s/data/standby.signal", pg_fixture_directory());
	FILE *file = fopen(path, "w");
	CHECK(file && fclose(file) == 0 && pg_fixture_start());
	for (int i = 0; i < 6; i++) { /* through some attempts */
		last = append_some(&f, 1, 10);
		CHECK(fixture_wait(&f, last));
		usleep(300000);
	}
	CHECK_INT(store_visible_seq(f.store), first);
	CHECK(!make_team(&f, "never"));
	CHECK_INT(read_int(&f, "SELECT count(*) FROM event"), (int64_t)first); /* readers read */
	CHECK(pg_fixture_sql("SELECT pg_promote()"));
	CHECK(wait_visible(&f, last) && wait_state(&f, STORE_WRITING));
	CHECK(log_is_whole(&f, last));
}

/* --- an answer that is lost
 * ----------------------------------------------------------------------------------------------------------
 */

/* Between the store and the server; once armed, the next COMMIT reaches the server, its answer reaches
 * nobody, and the line is cut. */
struct wire {
	int listener, port, server_port;
	pthread_t thread;
	atomic_bool is_over, is_armed;
	atomic_int cuts;
};
struct line {
	struct wire *wire;
	int client, server;
	bool is_cut; /* at the next answer */
};

static int dial(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool pass(struct line *l, bool is_answer)
{
	char data[16384];
	int from = is_answer ? l->server : l->client, to = is_answer ? l->client : l->server;
	ssize_t n = recv(from, data, sizeof(data), 0);

	if (n <= 0)
		return false;
	if (is_answer && l->is_cut) {
		atomic_fetch_add(&l->wire->cuts, 1);
		return false;
	}
	if (!is_answer && memmem(data, (size_t)n, "COMMIT", 6) && atomic_exchange(&l->wire->is_armed, false))
		l->is_cut = true;
	return send(to, data, (size_t)n, MSG_NOSIGNAL) == n;
}

static void *carry(void *arg)
{
	struct line *l = arg;
	struct pollfd fds[2] = {{.fd = l->client, .events = POLLIN}, {.fd = l->server, .events = POLLIN}};
	bool is_good = l->server >= 0;

	while (is_good && !atomic_load(&l->wire->is_over)) {
		if (poll(fds, 2, 50) <= 0)
			continue;
		if (fds[0].revents)
			is_good = pass(l, false);
		if (is_good && fds[1].revents)
			is_good = pass(l, true);
	}
	if (l->server >= 0)
		close(l->server);
	close(l->client);
	free(l);
	return NULL;
}

static void *serve(void *arg)
{
	struct wire *w = arg;
	struct pollfd fd = {.fd = w->listener, .events = POLLIN};
	pthread_t thread;

	while (!atomic_load(&w->is_over)) {
		if (poll(&fd, 1, 50) <= 0)
			continue;
		struct line *l = malloc(sizeof(*l));
		*l = (struct line){w, accept(w->listener, NULL, NULL), dial(w->server_port), false};
		if (pthread_create(&thread, NULL, carry, l) == 0)
			pthread_detach(thread);
	}
	return NULL;
}

static bool wire_open(struct wire *w, int server_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	*w = (struct wire){
		.server_port = server_port, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (bind(w->listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(w->listener, 16) < 0 ||
		getsockname(w->listener, (struct sockaddr *)&at, &len) < 0)
		return false;
	w->port = ntohs(at.sin_port);
	return pthread_create(&w->thread, NULL, serve, w) == 0;
}

static void wire_close(struct wire *w)
{
	atomic_store(&w->is_over, true);
	pthread_join(w->thread, NULL);
	usleep(200000); /* those that carry see it within 50 ms */
	close(w->listener);
}

/* postgres://user@host:PORT/name with another port. */
static bool through(const struct fixture *f, struct wire *w)
{
	char where[STORE_WHERE_MAX], tcp[PG_FIXTURE_URL_MAX], url[STORE_WHERE_MAX];

	if (store_where(f->directory, where) < 0)
		return false;
	pg_fixture_tcp(where, tcp);
	char *host = strchr(tcp, '@'), *colon = host ? strchr(host, ':') : NULL;
	char *rest = colon ? strchr(colon, '/') : NULL;
	if (!rest || !wire_open(w, (int)strtol(colon + 1, NULL, 10)))
		return false;
	snprintf(url, sizeof(url), "%.*s:%d%s", (int)(colon - tcp), tcp, w->port, rest);
	return store_where_set(f->directory, url) == 0;
}

TEST(a_lost_answer_to_a_commit_that_happened_is_found_out)
{
	WITH_PRESSURE(f, 1);
	struct wire w;
	char name[40], sql[100];

	fixture_shut(&f);
	CHECK(through(&f, &w));
	CHECK(fixture_reopen(&f));
	for (int round = 1; round <= 5; round++) {
		snprintf(name, sizeof(name), "lost %d", round);
		atomic_store(&w.is_armed, true);
		CHECK(make_team(&f, name)); /* nobody heard that it happened, and still it is said so */
		CHECK_INT(atomic_load(&w.cuts), round);
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM team WHERE name = '%s'", name);
		CHECK_INT(read_int(&f, sql), 1);
		atomic_store(&w.is_armed, true); /* events alone: neither lost nor doubled */
		CHECK(wait_visible(&f, append_some(&f, 1, 10)));
		for (int i = 0; i < 5000 && atomic_load(&w.is_armed); i++)
			usleep(1000);
		CHECK(wait_state(&f, STORE_WRITING));
		atomic_store(&w.cuts, round);
	}
	uint64_t last = append_some(&f, 1, 10);
	CHECK(wait_visible(&f, last) && log_is_whole(&f, last));
	fixture_shut(&f);
	wire_close(&w);
}
