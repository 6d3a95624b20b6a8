/* A PostgreSQL server for a test program: its own, in a temporary directory, as an unprivileged user, on a
 * Unix socket and a free port of the loopback. One a program, started at the first call, stopped when the
 * program ends (however it ends). Databases are cheap: one a test.
 *
 * When there is no PostgreSQL program the test fails and says which package to install. Main thread only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define PG_FIXTURE_URL_MAX 256

/* A new and empty database; its address (over the Unix socket) in ret_url. False after a reported failure. */
bool pg_fixture_database(char ret_url[static PG_FIXTURE_URL_MAX]);
/* The address of a database over TCP instead, with the same name. */
void pg_fixture_tcp(const char *url, char ret_url[static PG_FIXTURE_URL_MAX]);
/* Stops the server: SIGINT (fast), SIGQUIT (at once, as after a crash), SIGTERM (when all have left). Waits
 * for its end. */
void pg_fixture_stop(int signal);
/* Starts it again after pg_fixture_stop, with the same data and port. False after a reported failure. */
bool pg_fixture_start(void);
/* All its processes stand still (SIGSTOP), or go on (SIGCONT). */
void pg_fixture_freeze(bool is_frozen);
/* Runs SQL on the server's own database "postgres", as its administrator. False after a reported failure. */
bool pg_fixture_sql(const char *sql);
/* Where the server keeps its data and socket. */
const char *pg_fixture_directory(void);
