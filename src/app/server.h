/* One running Markaz: starts every part in order, waits for a signal, drains, stops in the opposite order. */
#pragma once
#include "app/config.h"

struct server;

/* Everything running and open for calls, or -errno with a sentence on standard error. first_password: where
 * the administrator's first password goes when this start made one (at least 32 bytes; "" otherwise). */
int server_start(
	struct server **ret_server, const struct app_config *config, char ret_first_password[static 32]);
/* Blocks until SIGTERM or SIGINT (a second one ends at once), then drains. */
void server_wait(struct server *s);
/* Drains for at most drain_s seconds, stops everything, frees. */
void server_stop(struct server *s, int drain_s);
/* For the demo: the port screens are served on. */
struct api *server_api(struct server *s);
/* Thousands of calls need thousands of sockets: as many as the system lets us have. Says so when they are too
 * few. */
void server_raise_file_limit(int legs_max);
