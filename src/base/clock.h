/* Time. Two clocks: wall (UTC, may be stepped; for records) and monotonic (for every deadline and duration).
 * Pure rooms never include this header: time arrives as a parameter. */
#pragma once
#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);
/* Monotonic milliseconds / nanoseconds since an arbitrary start. */
int64_t clock_mono_ms(void);
int64_t clock_mono_ns(void);
/* Writes wall_ms as RFC 3339 UTC with milliseconds, "2026-11-21T08:30:00.123Z". */
#define CLOCK_TEXT_SIZE 32
char *clock_text(int64_t wall_ms, char ret_text[static CLOCK_TEXT_SIZE]);
