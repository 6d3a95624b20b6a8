/* What a leg hears, made at the tick: sounds of its layers, and the sum of the legs it hears when they cannot
 * be passed on packet by packet.
 *
 * SPEECH replaces MUSIC's place and pushes it down (ducking); either replaces the legs heard; OVER is added.
 * The sum of legs is made at the rate of the hearer's codec, and encoded once for all that hear the same in
 * the same codec. On the audio thread. */
#pragma once
#include "media/engine.h"

/* One tick of all legs of a thread. */
void mixer_tick(struct audio_thread *t);
/* Whether packets of the one leg it hears are passed on to leg now. */
bool mixer_passes(const struct leg *leg);
