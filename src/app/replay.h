/* Inside of `markaz replay`: what its files share. */
#pragma once
#include "base/map.h"
#include "replay/replay.h"
#include "store/store.h"

#include <jansson.h>

/* Names of rows by id, for people. */
struct replay_names {
	struct map users, queues, skills; /* id -> name, owned */
	json_t *user_rows, *queue_rows, *skill_rows;
};
/* 0 or -errno. */
int replay_names_load(struct store_reader *rd, struct replay_names *ret_names);
void replay_names_free(struct replay_names *n);
/* The name, or the id as text in buffer. */
#define REPLAY_NAME_SIZE 16
const char *replay_user(const struct replay_names *n, uint64_t id, char buffer[static REPLAY_NAME_SIZE]);
const char *replay_queue(const struct replay_names *n, uint64_t id, char buffer[static REPLAY_NAME_SIZE]);

struct replay_asked { /* the command line */
	int64_t from_ms, to_ms;
	const char *change;
	uint64_t segment, decision; /* to be explained; 0: neither */
	bool is_json;
	uint64_t seed;
};

/* What a period of the log gave. */
struct replay_read {
	uint64_t rows, bytes;
	uint64_t damaged_row; /* the first that cannot be read; 0: none */
	size_t damaged_at;
	int err; /* why it cannot: -EINVAL, -ENOTSUP; or what ended the reading: -ENOMEM... */
};
/* Takes n bytes of whole records: 0 more is wanted, 1 enough, -EINVAL or -ENOTSUP until the next start,
 * -errno. */
typedef int replay_feeder(void *arg, const uint8_t *data, size_t n, size_t *ret_at);
/* Feeds what the log has from before begin_ms up to asked->to_ms. 0 (*ret_read says what was met),
 * STORE_NOT_FOUND: no log, or -errno. */
int replay_read_log(struct store_reader *rd, replay_feeder *feed, void *arg, const struct replay_asked *asked,
	int64_t begin_ms, struct replay_read *ret_read);

/* With asked->change: 0, STORE_NOT_FOUND, 1 (said why) or -errno. */
int replay_whatif(
	struct store_reader *rd, const struct replay_asked *asked, const struct replay_names *names);
void replay_print(const struct replay_asked *a, const struct replay_result *s, const struct replay_read *read,
	const struct replay_names *names, double seconds);
/* A decision as docs/protocol.md has it; the caller owns it. NULL: out of memory. */
json_t *replay_decision_json(const struct route_decision *d, int64_t wall_ms);
void replay_decision_print(const struct route_decision *d, int64_t wall_ms, const struct replay_names *names);
