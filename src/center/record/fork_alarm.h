/* Alarms about recorders of others (fork.h): one that refuses a call, or says nothing, is an alarm until it
 * takes one again, or is switched off or removed.
 *
 * Invariant: at most one alarm a recorder, and none for a recorder nobody sends calls to.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

/* The recorder did not take a call; only the first time in a row makes an alarm. Without memory there is none
 * (the log and fork.ended tell it all the same). */
void fork_alarm_raise(struct center *c, uint64_t recorder);
/* It took one. */
void fork_alarm_clear(struct center *c, uint64_t recorder);
/* A new configuration is in force: recorders may be gone, off, or have another name. */
void fork_alarm_configured(struct center *c);
