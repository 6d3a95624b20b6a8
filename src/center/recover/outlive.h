/* Calls that outlive the centre: with a media process their legs go on when the centre dies (media/media.h),
 * and the next start goes on with the calls.
 *
 * What a start needs beside the log is kept as a note with the customer's leg, written whenever something of
 * the call was told to the log. Restored are calls whose customer's leg lives and who talk with an agent
 * whose leg lives, or wait in a queue; whoever else was in the call (consulted, supervising, ringing) is let
 * go. All others are closed with system_restart as without a media process.
 *
 * Centre thread only. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct center;
struct interaction;
struct ledger;

/* Something of this call was said: its note is written at the end of this turn. */
void outlive_changed(struct center *c, uint64_t interaction);
void outlive_flush(struct center *c);
/* In recover, before anything is closed: makes the calls that go on again, says so to the media process,
 * which closes the rest. -ENOMEM or 0. */
int outlive_claim(struct center *c, const struct ledger *l);
/* Once the configuration is in force: agents, queues, dialogs and sounds of those calls. */
void outlive_enter(struct center *c);
/* Nothing is restored any more: what was prepared is freed. */
void outlive_free(struct center *c);
