/* Recordings handed out to the person they are of: as sound anybody can play, whatever they lie in. Must not
 * know which recordings there are of whom. */
#pragma once
struct store_reader;

/* Writes the recording that lies at from into the folder: decrypted, as Ogg/Opus where it is kept so, else as
 * WAV; under its own name without ".mkz", which must be new there. What does not open, or has holes, is named
 * on standard error; holes are silent in what is written. 0; 1: not, or not wholly written; -errno: the
 * folder takes nothing. Blocks. */
int person_audio_write(struct store_reader *rd, const char *from, const char *folder);
