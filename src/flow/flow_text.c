/* Texts with {variables}; see flow_text.h. Pure. */
#include "flow/flow_text.h"
#include "base/str.h"
#include "flow/flow_doc.h"

#include <errno.h>
#include <string.h>

#define FSI "\u2068"
#define PDI "\u2069"

bool flow_is_variable_name(const char *name, size_t n)
{
	if (n == 0 || n >= FLOW_NAME_MAX || name[0] < 'a' || name[0] > 'z')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'))
			return false;
	}
	return true;
}

/* At '{': copies the name and returns what follows '}', or NULL when it is no variable. */
static const char *read_name(const char *p, char ret_name[static FLOW_NAME_MAX])
{
	const char *end = strchr(p, '}');

	if (!end || !flow_is_variable_name(p + 1, (size_t)(end - p - 1)))
		return NULL;
	str_put_n(ret_name, FLOW_NAME_MAX, p + 1, (size_t)(end - p - 1));
	return end + 1;
}

int flow_text_check(
	const char *text, void (*on_name)(const char *name, void *arg), void *arg, char ret_error[static 128])
{
	char name[FLOW_NAME_MAX];

	for (const char *p = text; *p;) {
		if (*p != '{') {
			p++;
		} else if (p[1] == '{') {
			p += 2;
		} else {
			p = read_name(p, name);
			if (!p) {
				str_put(ret_error, 128,
					"after { comes a variable's name (a-z 0-9 _ .) and }; write {{ for a "
					"brace itself");
				return -EINVAL;
			}
			if (on_name)
				on_name(name, arg);
		}
	}
	return 0;
}

/* The letter at p (well-formed UTF-8) and its length. */
static unsigned decode(const char *p, size_t *ret_length)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < 0x80) {
		*ret_length = 1;
		return u[0];
	}
	size_t n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	unsigned letter = u[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		letter = letter << 6 | (u[i] & 0x3f);
	*ret_length = n;
	return letter;
}

static bool is_control(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       c == 0xfeff || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Letters of the right-to-left scripts (Hebrew to Arabic Extended, presentation forms, the RTL planes). */
static bool is_rtl_letter(unsigned c)
{
	if ((c >= 0x0660 && c <= 0x0669) || (c >= 0x06f0 && c <= 0x06f9))
		return false; /* digits run left to right */
	return (c >= 0x0590 && c <= 0x08ff) || (c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfeff) ||
	       (c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

static bool is_target_letter(unsigned c)
{
	return c < 0x80 && c > 0x20 &&
	       strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+._-*#", (int)c) != NULL;
}

/* Adds n bytes when they fit whole; false: full. */
static bool add(char *out, size_t size, size_t *len, const char *s, size_t n)
{
	if (*len + n >= size)
		return false;
	memcpy(out + *len, s, n);
	*len += n;
	out[*len] = '\0';
	return true;
}

/* Whether value may stand in a text of the given direction as it is. */
static bool needs_isolate(const char *value, bool is_rtl)
{
	size_t n;

	for (const char *p = value; *p; p += n) {
		unsigned c = decode(p, &n);
		if (is_rtl ? !is_rtl_letter(c) && c != ' ' && c != 0x200c : is_rtl_letter(c))
			return true;
	}
	return false;
}

static int add_value(char *out, size_t size, size_t *len, const char *value, enum flow_fill mode, bool is_rtl)
{
	bool is_isolated = mode == FLOW_FILL_SPOKEN && needs_isolate(value, is_rtl);
	size_t n, closing = is_isolated ? strlen(PDI) : 0;

	if (is_isolated && *len + strlen(FSI) + closing >= size)
		return 0;
	if (is_isolated)
		add(out, size, len, FSI, strlen(FSI));
	for (const char *p = value; *p; p += n) {
		unsigned c = decode(p, &n);
		if (mode == FLOW_FILL_TARGET && !is_target_letter(c))
			return -EINVAL;
		if (!is_control(c) && !add(out, size - closing, len, p, n))
			break;
	}
	if (is_isolated)
		add(out, size, len, PDI, strlen(PDI));
	return 0;
}

int flow_text_fill(const char *text, enum flow_fill mode, int is_rtl, flow_lookup *lookup, void *arg,
	char *ret_text, size_t size)
{
	char name[FLOW_NAME_MAX];
	size_t len = 0, n;

	ret_text[0] = '\0';
	for (const char *p = text; *p;) {
		const char *next = *p == '{' && p[1] != '{' ? read_name(p, name) : NULL;
		if (next) {
			const char *value = lookup(name, arg);
			int err = add_value(ret_text, size, &len, value ? value : "", mode, is_rtl != 0);
			if (err < 0)
				return err;
			p = next;
			continue;
		}
		decode(p, &n);
		if (!add(ret_text, size, &len, p, n))
			return 0;
		p += n + (p[0] == '{' && p[1] == '{');
	}
	return 0;
}
