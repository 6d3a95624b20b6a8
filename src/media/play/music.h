/* Music for waiting, composed and rendered by ourselves: free of rights by birth, gentle on a telephone's
 * band. */
#pragma once

#define MUSIC_STYLES 3

/* Writes about a minute of music that loops without a seam, as an 8 kHz 16-bit mono WAV. style: 0 calm
 * morning (plucked strings over a soft pad), 1 slow waltz (bells), 2 evening (minor pentatonic); others are
 * taken modulo. The same style gives the same bytes. The file appears whole or not at all. 0, -ENOMEM or
 * -errno. Takes about a second of CPU: not for an audio thread. */
int media_music_write(const char *path, int style);
