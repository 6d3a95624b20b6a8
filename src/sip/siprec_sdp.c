/* sdp.h knows one audio line; a recording session has two. They are written and read one at a time, each with
 * the session part before it, and joined or cut here. */
#include "sip/siprec_sdp.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static bool put(char *text, size_t size, size_t *len, const char *part, size_t n)
{
	if (*len + n >= size)
		return false;
	memcpy(text + *len, part, n);
	*len += n;
	text[*len] = '\0';
	return true;
}

int siprec_sdp_write(const struct sdp *const local[SIPREC_STREAMS],
	const struct sdp *const remote[SIPREC_STREAMS], char labels[SIPREC_STREAMS][16], char *ret_text,
	size_t size)
{
	char text[SDP_TEXT_MAX], part[SDP_TEXT_MAX], label[40];
	size_t len = 0;
	bool fits = true;

	for (int i = 0; i < SIPREC_STREAMS; i++) {
		struct sdp one = *local[i];
		one.session_id = local[0]->session_id;
		one.session_version = local[0]->session_version;
		int err = sdp_write(&one, remote ? remote[i] : NULL, part, sizeof(part));
		const char *from = i == 0 ? part : strstr(part, "\r\nm=");
		if (err < 0 || !from)
			return -E2BIG;
		from += i == 0 ? 0 : 2;
		fits &= put(text, sizeof(text), &len, from, strlen(from));
		(void)str_printf(label, sizeof(label), "a=label:%s\r\n", labels[i]);
		fits &= put(text, sizeof(text), &len, label, strlen(label));
	}
	if (!fits || len >= size)
		return -E2BIG;
	memcpy(ret_text, text, len + 1);
	return 0;
}

/* Where the line after p begins; end when there is none. */
static const char *next_line(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline ? newline + 1 : end;
}

static bool is_media(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == 'm' && p[1] == '=';
}

static bool is_audio(const char *p, const char *end)
{
	return end - p >= 8 && memcmp(p, "m=audio ", 8) == 0;
}

/* From p, the end of the section that p begins. */
static const char *section_end(const char *p, const char *end)
{
	do
		p = next_line(p, end);
	while (p < end && !is_media(p, end));
	return p;
}

int siprec_sdp_read(const char *text, size_t n, int index, struct sdp *ret_sdp)
{
	char one[SDP_TEXT_MAX];
	const char *end = text + n, *p = text;
	size_t len = 0;

	if (n >= sizeof(one))
		return SDP_TOO_LONG;
	while (p < end && !is_media(p, end))
		p = next_line(p, end);
	size_t n_session = (size_t)(p - text);
	for (; p < end; p = section_end(p, end))
		if (is_audio(p, end) && index-- == 0)
			break;
	if (p >= end)
		return SDP_NO_AUDIO;
	(void)put(one, sizeof(one), &len, text, n_session);
	(void)put(one, sizeof(one), &len, p, (size_t)(section_end(p, end) - p));
	return sdp_parse(one, len, ret_sdp);
}
