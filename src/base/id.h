/* Identifiers: 63-bit, time-ordered, printed as 13 characters of Crockford base32 (lower case).
 *
 * Layout: 41 bits of milliseconds since 2024-01-01T00:00:00Z, 22 bits of a counter that starts at random
 * within each millisecond. One process never makes the same id twice, not even when the wall clock steps
 * back. 0 is "no id". */
#pragma once
#include <stdint.h>

#define ID_TEXT_SIZE 14

struct id_gen {
	uint64_t last;
};

/* The next id at wall_ms; random is any 32 random bits (pure: the caller brings clock and chance). */
uint64_t id_next(struct id_gen *gen, int64_t wall_ms, uint32_t random);
/* The process-wide generator on the real clock. Any thread. */
uint64_t id_new(void);
/* Milliseconds since 1970 at which id was made. */
int64_t id_wall_ms(uint64_t id);
/* Writes id as text and returns ret_text. */
char *id_text(uint64_t id, char ret_text[static ID_TEXT_SIZE]);
/* Reads 13 characters; 0 or -EINVAL (wrong length, foreign letter, overflow, zero). */
int id_parse(const char *text, uint64_t *ret_id);
