/* Playing sounds to a leg at the tick. On the leg's audio thread. */
#pragma once
#include "media/engine.h"

/* Stops what plays and asks the loader for the playlist. */
void player_start(struct leg *leg, const struct media_command *c);
/* Takes the loaded sounds, or gives them back when the play is over already. */
void player_loaded(struct audio_thread *t, struct note *note);
/* Ends the play, if any, with PLAY_ENDED reason. */
void player_stop(struct leg *leg, int reason);
/* One tick: sends what is due. */
void player_tick(struct leg *leg, int64_t now_ns);
