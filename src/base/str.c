/* Bounded and growing strings. */
#include "base/str.h"
#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int str_put_n(char *dst, size_t size, const char *src, size_t n)
{
	size_t len = n < size ? n : size - 1;

	if (len < n)
		while (len > 0 && ((unsigned char)src[len] & 0xc0) == 0x80)
			len--;
	if (len)
		memcpy(dst, src, len);
	dst[len] = '\0';
	return len < n ? -E2BIG : 0;
}

int str_put(char *dst, size_t size, const char *src)
{
	return str_put_n(dst, size, src ? src : "", src ? strlen(src) : 0);
}

int str_printf(char *dst, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(dst, size, format, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size ? -E2BIG : 0;
}

bool str_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_equal_nocase(const char *a, const char *b)
{
	return a == b || (a && b && strcasecmp(a, b) == 0);
}

bool str_is_blank(const char *s)
{
	return !s || s[strspn(s, " \t\r\n")] == '\0';
}

bool str_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int str_to_int(const char *s, int64_t min, int64_t max, int64_t *ret_value)
{
	char *end;

	if (!s || !*s || strchr(" \t\r\n\v\f", *s))
		return -EINVAL;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || v < min || v > max)
		return -ERANGE;
	*ret_value = v;
	return 0;
}

/* Length of the well-formed sequence at p (n bytes left), or 0. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool str_is_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	while (n > 0) {
		size_t len = utf8_length(p, n);
		if (len == 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

static bool text_reserve(struct text *t, size_t extra)
{
	size_t need = t->len + extra + 1;
	size_t size = t->size ? t->size : 128;

	if (t->failed)
		return false;
	while (size < need)
		size *= 2;
	if (size == t->size)
		return true;
	char *data = alloc_resize(t->data, size);
	if (!data) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->size = size;
	return true;
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	if (!text_reserve(t, n))
		return;
	memcpy(t->data + t->len, s, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list ap, again;

	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n >= 0 && text_reserve(t, (size_t)n)) {
		vsnprintf(t->data + t->len, (size_t)n + 1, format, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void text_free(struct text *t)
{
	alloc_free(t->data);
	*t = (struct text){0};
}
