/* Texts with {variables}: checked when the document is read, filled when they are spoken. "{{" stands for
 * "{".
 *
 * A value is never trusted: control characters and bidirectional controls are dropped from it, and where its
 * direction differs from the text's it is wrapped in U+2068 and U+2069 so that it cannot turn its neighbours
 * around. It is not looked at for variables again. */
#pragma once
#include <stddef.h>

/* Calls on_name for each variable of text. 0, or -EINVAL with a sentence saying what to do. */
int flow_text_check(const char *text, void (*on_name)(const char *name, void *arg), void *arg,
	char ret_error[static 128]);

enum flow_fill {
	FLOW_FILL_SPOKEN, /* isolates added */
	FLOW_FILL_VALUE,  /* cleaned only */
	FLOW_FILL_TARGET, /* values may hold letters, digits and + . _ - * # only */
};
/* Gives the value of name, or NULL (read as ""). */
typedef const char *flow_lookup(const char *name, void *arg);
/* Fills text into ret_text; what does not fit is cut between letters. 0, or -EINVAL (FLOW_FILL_TARGET: a
 * value is not safe in an address). is_rtl: the direction of the text itself. */
int flow_text_fill(const char *text, enum flow_fill mode, int is_rtl, flow_lookup *lookup, void *arg,
	char *ret_text, size_t size);
