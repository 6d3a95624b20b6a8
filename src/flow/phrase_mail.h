/* What people hear who listen to their messages by telephone, in fa, ar, zh, en. Pure. */
#pragma once
#include <stddef.h>

struct phrase_mail {
	int number;	  /* of the message, from 1 */
	const char *from; /* a telephone number, or "" */
	int days_ago, hour, minute;
};
/* "You have 2 new messages and 1 old message." 0 or -E2BIG. */
int phrase_mail_counts(const char *language, int unheard, int heard, char *ret_text, size_t size);
/* "Message 2. From 0 2 1 1 2 3. Today at 14:05." 0 or -E2BIG. */
int phrase_mail_introduction(
	const char *language, const struct phrase_mail *what, char *ret_text, size_t size);
/* "keys", "none", "no_more", "removed", "record_greeting", "greeting_keys", "greeting_kept"; NULL: unknown.
 */
const char *phrase_mail_text(const char *language, const char *key);
