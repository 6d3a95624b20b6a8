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
/* Packets of `from` were passed on to leg until now; what leg hears is mixed from here on: nothing is heard
 * twice or left out, at the price of what the mix needs as delay. */
void mixer_hand_over(struct leg *leg, const struct leg *from);
/* The way back, if there is one: leg heard a mix and now hears one leg as it is. What still waits of that is
 * passed on at once, which takes the delay away again. Before its voice is dropped. */
bool mixer_hand_back(struct leg *leg);
/* Whether packets of the one leg it hears are passed on to leg now. */
bool mixer_passes(const struct leg *leg);
