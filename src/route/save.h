/* A whole engine as bytes and back: for checkpoints of the routing log, so that a replay need not begin at
 * the start of the server. The configuration goes beside it: an engine is set up by giving it the
 * configuration route_config_of named, then the bytes. After that both engines answer every input alike, and
 * route_digest is equal. */
#pragma once
#include "route/route.h"

struct route_copy { /* a configuration with its own memory */
	struct route_config config;
	struct route_agent *agents;
	struct route_queue *queues;
	struct route_skill *skills;
	struct route_serves *serves;
};
/* The configuration in force, together with agents who are gone from it but still have contacts (they serve
 * nothing). 0 or -ENOMEM. Release with route_copy_free. */
int route_config_of(const struct route *r, struct route_copy *ret_copy);
void route_copy_free(struct route_copy *copy);

struct route_bytes {
	uint8_t *at;
	size_t len, room;
};
/* Everything but the configuration. 0 or -ENOMEM. Release with route_bytes_free. */
int route_save(const struct route *r, struct route_bytes *ret_bytes);
void route_bytes_free(struct route_bytes *bytes);
/* Into a new engine that has been given the configuration and nothing else. 0; -EINVAL: not of this form, or
 * not of this configuration; -ENOMEM. After an error the engine can only be freed. */
int route_load(struct route *r, const uint8_t *bytes, size_t n);
