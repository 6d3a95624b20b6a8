/* HTTP and WebSocket: the only door for screens and programs. libwebsockets in a thread of its own parses;
 * handlers run on a few worker threads (they may block on SQL and on commits), one file per subject. Default
 * deny: every route names the permission it asks for. docs/protocol.md is the contract. */
#pragma once
#include "center/center.h"

#include <stdbool.h>
#include <stdint.h>

struct api;
struct api_config {
	char address[64];
	uint16_t http_port;			   /* 0 = off; plain HTTP (localhost, or behind a proxy) */
	uint16_t https_port;			   /* 0 = off */
	char certificate_path[256], key_path[256]; /* PEM: whole chain, key */
	char web_directory[256];		   /* the built screens */
	char data_directory[256];		   /* database, recordings/, prompts/ */
	char trusted_proxies[256]; /* addresses whose X-Forwarded-For and -Proto are believed, comma-separated
				    */
	int workers;		   /* 1..32 */
	int clients_max;	   /* sockets; beyond it 503 */
};
struct api_parts {
	struct center *center;
	struct store *store;
	struct speech *speech;
	struct media *media;
};

/* Made first, so that its output handler can be given to the centre. */
int api_new(struct api **ret_api);
int api_start(struct api *a, const struct api_config *config, const struct api_parts *parts);
center_output_handler api_on_output; /* arg: the api */
/* Something is durable: readers that wait for events are answered. arg: the api; also before api_start and
 * after api_stop. Any thread; does not block. */
store_commit_handler api_on_commit;
/* The port the kernel gave. */
uint16_t api_http_port(const struct api *a);
/* Clients get a close frame (1001 going away), requests under way finish, at most timeout_ms; then all
 * threads of the room are gone and the centre heard that the clients left. Store, centre and speech must live
 * until then; afterwards outputs are only collected. */
void api_stop(struct api *a, int timeout_ms);
void api_free(struct api *a);
