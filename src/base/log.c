/* One line a call, written with one write(2) so that threads do not mix. Bad UTF-8 and control bytes from
 * peers are escaped: a log line is always valid JSON. */
#include "base/log.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
static const char *const names[] = {"debug", "info", "warn", "error"};
static atomic_int threshold = LOG_INFO;

void log_level_set(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
	for (int i = 0; i < 4; i++)
		if (str_equal(text, names[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

static size_t escape(char *dst, size_t size, const char *src)
{
	bool is_utf8 = str_is_utf8(src, strlen(src));
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)src; *p && n + 7 < size; p++) {
		if (*p == '"' || *p == '\\')
			n += (size_t)snprintf(dst + n, size - n, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f || (*p >= 0x80 && !is_utf8))
			n += (size_t)snprintf(dst + n, size - n, "\\u%04x", *p);
		else
			dst[n++] = (char)*p;
	}
	dst[n] = '\0';
	return n;
}

void log_write(enum log_level level, const char *room, uint64_t interaction, const char *format, ...)
{
	char message[LINE_MAX_BYTES / 4], line[LINE_MAX_BYTES], when[CLOCK_TEXT_SIZE], ix[ID_TEXT_SIZE];
	va_list ap;
	int n;

	if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed))
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	n = snprintf(line, sizeof(line), "{\"t\":\"%s\",\"level\":\"%s\",\"room\":\"%s\"",
		clock_text(clock_wall_ms(), when), names[level], room);
	if (interaction)
		n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"ix\":\"%s\"", id_text(interaction, ix));
	n += snprintf(line + n, sizeof(line) - (size_t)n, ",\"msg\":\"");
	n += (int)escape(line + n, sizeof(line) - (size_t)n - 4, message);
	n += snprintf(line + n, sizeof(line) - (size_t)n, "\"}\n");
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}
