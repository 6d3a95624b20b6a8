/* What the api tests share: the real server over the real store in a folder of its own, a double of the
 * centre, and small HTTP and WebSocket clients on plain sockets (so that they can also misbehave). */
#pragma once
#include "api/api.h"
#include "base/jsonx.h"
#include "center/center.h"

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD "correct horse battery"

struct bench { /* one at a time */
	char folder[64], web[96];
	struct store *store;
	struct api *api;
	uint16_t port;
	uint64_t admin, supervisor, agent; /* users of these logins, PASSWORD */
};
/* Starts all; clients_max 0: 200. False when it failed (said on standard output). */
bool bench_start(struct bench *b, int clients_max, const char *trusted_proxies, bool is_secure);
/* Starts all again over b->folder, which another process left behind as it was. */
bool bench_reopen(struct bench *b, int clients_max);
/* Stops all and leaves the folder. */
void bench_close(struct bench *b);
void bench_stop(struct bench *b);

/* What the double of the centre saw. */
struct fake_center {
	int faxes;
	struct center_fax last_fax;
	struct center_dial last_dial;
	struct center_trunk last_trunk;
	const char *trunk_code; /* refuses what is asked of a trunk */
	struct center_mail last_mail;
	bool may_hear;	       /* what the centre says of every message */
	const char *mail_code; /* what it says to whoever does something with one; NULL: done */
	int opened, closed, requests, config_changes, works;
	struct center_work last_work; /* the last asked, without what it owned */
	char last_text[64];
};
extern struct fake_center fake;
/* Polls until *n is at least want, at most 5 s. */
bool fake_reaches(const int *n, int want);
/* From now on it refuses everything, or no longer. */
void fake_set_full(bool is_full);

struct answer {
	int status;
	char *head, *body; /* free() by answer_free; body NUL-terminated */
	size_t body_len;
	json_t *json; /* when the body is JSON */
};
void answer_free(struct answer *a);
/* A TCP connection to the bench, or -1. */
int tcp_open(const struct bench *b);
bool tcp_send(int fd, const void *data, size_t n);
/* Reads one response. False when the peer closed or 10 s passed. */
bool http_read(int fd, bool is_head, struct answer *ret_answer);
/* One request on a connection of its own. extra: header lines each ended by \r\n, or NULL. body: NULL: none.
 */
bool http_ask(const struct bench *b, const char *method, const char *path, const char *extra,
	const char *body, struct answer *ret_answer);
/* The value of a response header in ret_value; false when absent. */
bool answer_header(const struct answer *a, const char *name, char *ret_value, size_t size);

/* Signs in and writes "Cookie: ...\r\nX-Markaz: 1\r\n". */
bool sign_in(const struct bench *b, const char *login, char *ret_headers, size_t size);
/* Upgrades; the connection or -1, *ret_status is HTTP's. */
int ws_open(const struct bench *b, const char *extra, int *ret_status);
int ws_open_at(const struct bench *b, const char *path, const char *extra, int *ret_status);
bool ws_send(int fd, int opcode, const void *data, size_t n, bool is_final);
bool ws_say(int fd, const char *text);
/* The next frame's payload (NUL-terminated, free()) and opcode; pings are answered. NULL: closed or 10 s
 * passed. */
char *ws_read(int fd, int *ret_opcode, size_t *ret_len);
/* Reads text frames until one holds part; the JSON (decref) or NULL. */
json_t *ws_await(int fd, const char *part);
/* The code of the close frame that follows, or -1. */
int ws_close_code(int fd);
