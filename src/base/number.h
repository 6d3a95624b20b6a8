/* Telephone numbers as keys: their digits from the last to the first, so that the end of a number is a
 * prefix. */
#pragma once

#define NUMBER_KEY_SIZE 40
#define NUMBER_TAIL 9 /* digits that make a number the same however it is prefixed: 0912..., +98912... */

/* All digits of number (NULL reads as none), reversed, as many as fit. */
void number_key(const char *number, char ret_key[static NUMBER_KEY_SIZE]);
/* The same, at most NUMBER_TAIL of them. */
void number_tail_key(const char *number, char ret_key[static NUMBER_KEY_SIZE]);
