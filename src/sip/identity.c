/* See identity.h. Everything read here is hostile. */
#include "sip/identity.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void identity_text(const struct pl *pl, char *ret_text, size_t size)
{
	bool is_utf8 = pl->p && str_is_utf8(pl->p, pl->l);
	size_t n = 0, cut;

	for (size_t i = 0; pl->p && i < pl->l && n + 1 < size; i++) {
		unsigned char c = (unsigned char)pl->p[i];
		if (c >= 0x20 && c != 0x7f)
			ret_text[n++] = c < 0x80 || is_utf8 ? (char)c : '?';
	}
	ret_text[n] = '\0';
	for (cut = 0; cut < 3 && n > 0 && is_utf8 && !str_is_utf8(ret_text, n); cut++)
		ret_text[--n] = '\0';
}

/* %41 becomes A; in place. A bad escape stays as it is, and none may make a control byte. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *p = text; *p; p++) {
		if (p[0] == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
			int c = ch_hex(p[1]) << 4 | ch_hex(p[2]);
			p += 2;
			*out++ = c >= 0x20 && c != 0x7f ? (char)c : '?';
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	if (!str_is_utf8(text, strlen(text)))
		for (char *q = text; *q; q++)
			if ((unsigned char)*q >= 0x80)
				*q = '?';
}

void identity_number(const struct uri *uri, char *ret_number, size_t size)
{
	bool is_tel = pl_strcasecmp(&uri->scheme, "tel") == 0 && !pl_isset(&uri->user);
	struct pl user = is_tel ? uri->host : uri->user;
	const char *parameters = pl_isset(&user) ? pl_strchr(&user, ';') : NULL;

	if (parameters)
		user.l = (size_t)(parameters - user.p);
	identity_text(&user, ret_number, size);
	unescape(ret_number);
}

void identity_caller(const struct sip_msg *msg, bool is_trusted, char *ret_number, char *ret_name)
{
	const struct sip_hdr *asserted = is_trusted ? sip_msg_hdr(msg, SIP_HDR_P_ASSERTED_IDENTITY) : NULL;
	struct pl name = msg->from.dname;
	struct uri uri = msg->from.uri;
	struct sip_addr addr;
	char *out = ret_name;

	if (asserted && sip_addr_decode(&addr, &asserted->val) == 0) {
		uri = addr.uri;
		if (pl_isset(&addr.dname))
			name = addr.dname;
	}
	identity_number(&uri, ret_number, SIP_NUMBER_MAX);
	if (name.l >= 2 && name.p[0] == '"' && name.p[name.l - 1] == '"') {
		name.p++;
		name.l -= 2;
	}
	identity_text(&name, ret_name, SIP_NAME_MAX);
	for (const char *p = ret_name; *p; p++) {
		if (p[0] == '\\' && p[1])
			p++;
		*out++ = *p;
	}
	*out = '\0';
}

bool identity_is_uri(const char *text)
{
	struct pl pl;
	struct uri uri;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f || strchr("<>\"\\^`{|}", *p))
			return false;
	pl_set_str(&pl, text);
	return uri_decode(&uri, &pl) == 0 && pl_strcasecmp(&uri.scheme, "sip") == 0 && pl_isset(&uri.host);
}

void identity_user(const char *number, char *ret_user, size_t size)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)number; *p && n + 4 <= size; p++)
		if (isalnum(*p) || strchr("-_.!~*'()&=+$,", *p))
			ret_user[n++] = (char)*p;
		else if (*p > 0x20 && *p != 0x7f)
			n += (size_t)snprintf(ret_user + n, size - n, "%%%02X", *p);
	ret_user[n] = '\0';
}

void identity_quote(const char *name, char *ret_text, size_t size)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)name; *p && n + 3 <= size; p++) {
		if (*p == '"' || *p == '\\')
			ret_text[n++] = '\\';
		if (*p >= 0x20 && *p != 0x7f)
			ret_text[n++] = (char)*p;
	}
	ret_text[n] = '\0';
}
