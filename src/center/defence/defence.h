/* The house's defence as the centre sees it: who is banned and for how long (sip/guard.h drops them), whose
 * calls outside are stopped (outgoing.h says when), the alarms about both, and all of it kept over restarts.
 *
 * Invariants: at most one block in force for a subject; each that is in force here was handed to the loader
 * to be written, and a ban to sip/ too. A ban grows: each time the same address earns one within
 * BLOCKS_KEPT_MS it lasts twice as long, up to the setting.
 *
 * Centre thread only, but defence_write. */
#pragma once
#include "center/state.h"
#include "store/rows/blocks.h"

#define DEFENCE_HOUSE "house" /* the subject of a stop of everybody's calls */

struct block_wish {
	enum center_block_act act;
	struct store_block block;
	center_json_handler *on_json;
	void *arg;
};

/* A configuration is in force: the first brings the blocks that were kept. */
void defence_configured(struct center *c);
/* SIP_BANNED. */
void defence_banned(struct center *c, const struct sip_event *e);
/* SIP_REFUSED: what was dropped as a flood. */
void defence_dropped(struct center *c, const struct sip_event *e);
/* An administrator blocked or lifted by hand; it is on disk. */
void defence_wished(struct center *c, const struct block_wish *wish);
/* Stops the subject's calls outside until somebody lifts it; nothing when they are stopped already. count: of
 * what was too much. */
void defence_stop_calls(struct center *c, const char *subject, const char *reason, int64_t count);
/* Whether the calls outside of the user (0: nobody of ours), or of everybody, are stopped. */
bool defence_is_stopped(const struct center *c, uint64_t user);
/* What is on now, each as docs/protocol.md has it, appended. */
void defence_alarms(const struct center *c, json_t *list);
void defence_free(struct center *c);
/* Loader thread: writes what was handed over. */
void defence_write(struct center *c, const struct store_block *block);
