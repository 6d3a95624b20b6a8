/* Structured logs: one JSON object a line on standard error.
 *
 * {"t":"2026-11-21T08:30:00.123Z","level":"warn","room":"sip","ix":"0abc...","msg":"..."}
 * Whoever decides, logs, once. Library-like rooms (route, flow, event) never log. Secrets never reach a log.
 */
#pragma once
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Sets the threshold (default LOG_INFO) for the whole process. */
void log_level_set(enum log_level level);
/* "debug" | "info" | "warn" | "error": 0 or -EINVAL. */
int log_level_parse(const char *text, enum log_level *ret_level);
/* Writes one line. room: the folder's name. interaction: 0 when it concerns none. Any thread; never in the
 * audio path. */
void log_write(enum log_level level, const char *room, uint64_t interaction, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define log_debug(room, ix, ...) log_write(LOG_DEBUG, room, ix, __VA_ARGS__)
#define log_info(room, ix, ...) log_write(LOG_INFO, room, ix, __VA_ARGS__)
#define log_warn(room, ix, ...) log_write(LOG_WARN, room, ix, __VA_ARGS__)
#define log_error(room, ix, ...) log_write(LOG_ERROR, room, ix, __VA_ARGS__)
