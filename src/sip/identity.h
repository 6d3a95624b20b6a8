/* Who calls whom, read from a request; and numbers and names made safe to be written into one. Pure. */
#pragma once
#include "sip/lib.h"
#include "sip/types.h"

/* The user part of uri (or the number of a tel: URI), unescaped, without parameters and control characters.
 */
void identity_number(const struct uri *uri, char *ret_number, size_t size);
/* From: number and display name; P-Asserted-Identity (RFC 3325) instead when is_trusted and it is there. */
void identity_caller(const struct sip_msg *msg, bool is_trusted, char *ret_number, char *ret_name);
/* Whether text may stand as the URI of a request: a sip: URI without spaces, angle brackets, quotes or
 * control bytes. */
bool identity_is_uri(const char *text);
/* number escaped for the user part of a URI (RFC 3261 section 25.1). */
void identity_user(const char *number, char *ret_user, size_t size);
/* name with quotes and backslashes escaped and control bytes dropped, to stand between double quotes. */
void identity_quote(const char *name, char *ret_text, size_t size);
/* A copy of pl without control bytes; bytes that are no UTF-8 become '?'. Cut to fit. */
void identity_text(const struct pl *pl, char *ret_text, size_t size);
