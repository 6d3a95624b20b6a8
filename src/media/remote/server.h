/* The media process's side: an engine of its own, and a Unix socket one centre at a time controls it by.
 *
 * Invariants: the engine never waits for a centre. While there is none, its legs, plays and recordings go on,
 * and what is to be told is kept for the next one (bounded; the ends of legs and recordings always). A leg
 * that no centre asks for within orphans_s, or whose group's peers are all silent, is closed. */
#pragma once
#include "media/media.h"

struct remote_server;

/* Listens on path (only its owner may open it; a socket left there by one that was killed is replaced) and
 * starts the engine. 0; -EADDRINUSE: another process serves this socket; -errno. */
int remote_server_start(
	struct remote_server **ret_server, const char *path, const struct media_config *config);
/* Ends recordings cleanly, closes everything. NULL is fine. */
void remote_server_stop(struct remote_server *s);
