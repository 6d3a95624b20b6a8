/* Playing sounds to a leg at the tick. On the leg's audio thread. */
#pragma once
#include "media/engine.h"

/* Stops what plays in the layer and asks the loader for the playlist. */
void player_start(struct leg *leg, const struct media_command *c);
/* Takes the loaded sounds, or gives them back when the play is over already. */
void player_loaded(struct audio_thread *t, struct note *note);
/* Ends the play of a layer, if any, with PLAY_ENDED reason. */
void player_stop(struct leg *leg, enum media_layer layer, int reason);
void player_stop_all(struct leg *leg, int reason);
/* Whether something is to be heard in the layer. */
static inline bool player_is_heard(const struct leg *leg, enum media_layer layer)
{
	return leg->players[layer].is_on && !leg->players[layer].is_loading;
}
/* The next tick of a layer that is heard, as bytes of a law (CODEC_NARROW_FRAME), filled up with silence.
 * False: the list is over. */
bool player_law(struct player *p, int law, uint8_t *ret_bytes);
/* The same as samples, 20 ms at rate_hz. */
bool player_samples(struct player *p, int rate_hz, int16_t *ret_samples);
/* Goes on by a tick unheard. */
void player_skip(struct player *p);
