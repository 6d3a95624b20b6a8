/* What a waiting caller is told, as text to be spoken: position, estimated wait, thanks for waiting; in fa,
 * ar, zh, en, with the language's own plural forms and spoken numbers. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* "You are number 3 in line. The estimated wait is about 2 minutes." Position 1 is "next". estimate_ms < 0:
 * unknown, left out. Estimates are rounded up to whole minutes, above 30 minutes said as "more than half an
 * hour". Unknown languages read as English. The set of texts is small by design so that speech is cached. 0
 * or -E2BIG. */
int phrase_queue_status(const char *language, int position, int64_t estimate_ms, char *ret_text, size_t size);
/* Fixed sentences by key: "please_wait", "leave_message", "goodbye", "closed", "busy_agents", "transferring",
 * "sorry_error", "invalid_choice", "no_input". NULL for an unknown key. */
const char *phrase_text(const char *language, const char *key);
