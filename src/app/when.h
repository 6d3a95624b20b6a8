/* Points in time as people write them on the command line. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Everything local is read in this IANA zone from now on (for the whole process: commands only, not the
 * server). */
void when_set_zone(const char *zone);
/* "2026-11-21", "2026-11-21T08:30", "2026-11-21 08:30:15.250", each local, or UTC with "Z", or with "+03:30"
 * behind it; "now", "today", "yesterday" (which begin at midnight). is_end: the word means its end: today is
 * now, yesterday the midnight after it; a date alone is the midnight after it. 0 with UTC milliseconds, or
 * -EINVAL. */
int when_parse(const char *text, int64_t now_ms, bool is_end, int64_t *ret_ms);
/* Local time, "2026-11-21 08:30:15.250". */
#define WHEN_TEXT_SIZE 32
char *when_text(int64_t ms, char ret_text[static WHEN_TEXT_SIZE]);
