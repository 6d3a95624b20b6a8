/* Bounded strings. Buffers always end in NUL; a cut is reported, never silent. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies src (NULL reads as "") into dst of size bytes. 0, or -E2BIG when it was cut (never inside a UTF-8
 * letter). */
int str_put(char *dst, size_t size, const char *src);
/* As str_put for n bytes of src that need not end in NUL. */
int str_put_n(char *dst, size_t size, const char *src, size_t n);
/* printf into dst; 0 or -E2BIG. */
int str_printf(char *dst, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool str_equal(const char *a, const char *b);	     /* NULL equals NULL only */
bool str_equal_nocase(const char *a, const char *b); /* ASCII letters */
bool str_is_blank(const char *s);		     /* NULL, empty or white space only */
bool str_starts_with(const char *s, const char *prefix);
/* Whole text as a decimal integer within [min, max]: 0, or -EINVAL / -ERANGE. */
int str_to_int(const char *s, int64_t min, int64_t max, int64_t *ret_value);
/* Whether n bytes are well-formed UTF-8 without NUL (Unicode 15, table 3-7). */
bool str_is_utf8(const char *s, size_t n);

/* A growing text. Zero-initialise; release with text_free. Once memory ran out, failed stays set and adds do
 * nothing. */
struct text {
	char *data; /* NUL-terminated, or NULL while empty */
	size_t len, size;
	bool failed;
};
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);
#define _cleanup_text_ __attribute__((cleanup(text_free)))
