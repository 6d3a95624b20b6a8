/* MEDIA_DETECT: the detector of answering machines on a leg. Everything runs on the leg's audio thread;
 * memory is taken and given back when commands are carried out only. */
#pragma once
#include "media/engine.h"

/* Begins anew; reports DETECTED (UNSURE at once when memory is out). */
void listen_begin(struct leg *leg, const struct media_command *c);
/* Each tick: time without packets (silence suppression, loss) is silence for the detector. */
void listen_tick(struct leg *leg, int64_t now_ns);
/* The leg ends. */
void listen_leave(struct leg *leg);
