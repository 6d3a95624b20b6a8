/* Words of a line of SDP, without copying. Shared by the files of this folder. Every span lies inside the
 * text being read. */
#pragma once
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t n;
};

static inline bool span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.at, text, s.n) == 0;
}

/* The next word; empty at the end. */
static inline struct span next_word(struct span *rest)
{
	while (rest->n > 0 && *rest->at == ' ')
		rest->at++, rest->n--;
	struct span word = {rest->at, 0};
	while (word.n < rest->n && rest->at[word.n] != ' ')
		word.n++;
	rest->at += word.n;
	rest->n -= word.n;
	return word;
}

/* What stands before the separator; the rest is what follows it. */
static inline struct span cut(struct span *rest, char separator)
{
	const char *at = rest->n ? memchr(rest->at, separator, rest->n) : NULL;
	struct span head = {rest->at, at ? (size_t)(at - rest->at) : rest->n};
	size_t taken = at ? head.n + 1 : head.n;

	rest->at += taken;
	rest->n -= taken;
	return head;
}

static inline bool to_number(struct span s, uint64_t max, uint64_t *ret_value)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
			__builtin_add_overflow(v, (uint64_t)(s.at[i] - '0'), &v))
			return false;
	}
	if (v > max)
		return false;
	*ret_value = v;
	return true;
}

static inline bool copy(char *dst, size_t size, struct span s)
{
	return str_put_n(dst, size, s.at, s.n) == 0;
}

struct sdp;
struct sdp_t38;
struct sdp_mline;
/* sdp_t38.c: an attribute of an image line into t38. False: none of its attributes. */
bool sdp_t38_attribute(struct sdp_t38 *t38, struct span name, struct span value);
bool sdp_t38_correction(struct sdp_t38 *t38, struct span name, struct span value);
/* sdp_t38.c: the section just read is the fax line, when it is the first usable one. False: it is none. */
bool sdp_t38_take(
	struct sdp_t38 *t38, const struct sdp_mline *line, const char *address, uint16_t port, int index);
/* sdp_t38.c: our m-line and its attributes. */
#define SDP_T38_TEXT_MAX 320
void sdp_t38_text(const struct sdp *local, char ret_text[static SDP_T38_TEXT_MAX]);
struct sdp_crypto;
struct sdp_format;
/* sdp_format.c: the value of a=rtpmap behind the payload type ("opus/48000/2"). Codec SDP_CODEC_NONE when it
 * is none of ours. */
struct sdp_format sdp_format_read(uint8_t payload_type, struct span coding);
/* sdp_format.c: what a payload type means without a=rtpmap (RFC 3551). */
struct sdp_format sdp_format_static(uint8_t payload_type);
/* sdp_crypto.c: the value of a=crypto. False when it is malformed or asks for what we do not do (MKI, session
 * parameters, another suite): such a line is as if it were not there. */
bool sdp_crypto_read(struct span value, struct sdp_crypto *ret_crypto);
/* sdp_crypto.c: the same the other way round, without the line's end. */
#define SDP_CRYPTO_TEXT_MAX 128
void sdp_crypto_text(const struct sdp_crypto *crypto, char ret_text[static SDP_CRYPTO_TEXT_MAX]);
