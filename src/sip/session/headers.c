/* See headers.h. */
#include "sip/session/headers.h"
#include "sip/identity.h"
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* One of several values joined by commas: the first, or the last. Commas inside <> or quotes join nothing. */
static struct pl piece(const struct pl *value, bool is_last)
{
	struct pl found = *value;
	bool is_quoted = false;
	int depth = 0;

	for (size_t i = 0; i < value->l; i++) {
		char c = value->p[i];
		if (c == '"' && (i == 0 || value->p[i - 1] != '\\'))
			is_quoted = !is_quoted;
		else if (!is_quoted && (c == '<' || c == '>'))
			depth += c == '<' ? 1 : -1;
		if (c != ',' || is_quoted || depth > 0)
			continue;
		if (!is_last)
			return (struct pl){value->p, i};
		found = (struct pl){value->p + i + 1, value->l - i - 1};
	}
	while (found.l && (*found.p == ' ' || *found.p == '\t')) {
		found.p++;
		found.l--;
	}
	return found;
}

/* The number first called. Diversion (RFC 5806): the newest comes first, so it is the last one. History-Info
 * (RFC 7044): index 1 comes first. */
static void read_forwarding(const struct sip_msg *msg, struct sip_headers *h)
{
	const struct sip_hdr *diversion = sip_msg_xhdr_apply(msg, false, "Diversion", NULL, NULL);
	const struct sip_hdr *history = sip_msg_hdr(msg, SIP_HDR_HISTORY_INFO);
	const struct sip_hdr *hdr = diversion ? diversion : history;
	struct sip_addr addr;
	struct pl value, reason;

	if (!hdr)
		return;
	value = piece(&hdr->val, diversion != NULL);
	if (sip_addr_decode(&addr, &value) != 0)
		return;
	identity_number(&addr.uri, h->diverted_from, sizeof(h->diverted_from));
	if (diversion && msg_param_decode(&addr.params, "reason", &reason) == 0)
		identity_text(&reason, h->diversion_reason, sizeof(h->diversion_reason));
	/* Only one entry: the call was not forwarded, it was merely noted (RFC 7044 section 7.1). */
	if (!diversion && sip_msg_hdr_count(msg, SIP_HDR_HISTORY_INFO) < 2 && value.l == hdr->val.l)
		h->diverted_from[0] = '\0';
}

static bool is_private(const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_PRIVACY);
	static const char *const kinds[] = {"id", "user", "header", "full"};

	for (size_t i = 0; hdr && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *p = hdr->val.p, *end = p + hdr->val.l;
		size_t n = strlen(kinds[i]);
		for (; p + n <= end; p++) /* RFC 3323: separated by semicolons */
			if (strncasecmp(p, kinds[i], n) == 0 && (p == hdr->val.p || !isalnum(p[-1])) &&
				(p + n == end || !isalnum((unsigned char)p[n])))
				return true;
	}
	return false;
}

/* "X-Customer-Id" becomes x_customer_id. False: a name that cannot stand in a flow. */
static bool name_of(const struct pl *header, char ret_name[static SIP_ATTRIBUTE_NAME_MAX])
{
	if (header->l < 3 || header->l >= SIP_ATTRIBUTE_NAME_MAX || strncasecmp(header->p, "X-", 2) != 0)
		return false;
	for (size_t i = 0; i < header->l; i++) {
		unsigned char c = (unsigned char)header->p[i];
		if (!isalnum(c) && c != '-' && c != '_')
			return false;
		ret_name[i] = c == '-' ? '_' : (char)tolower(c);
	}
	ret_name[header->l] = '\0';
	return true;
}

static void read_attributes(const struct sip_msg *msg, struct sip_headers *h)
{
	char name[SIP_ATTRIBUTE_NAME_MAX];

	for (struct le *le = msg->hdrl.head; le && h->n_attributes < SIP_ATTRIBUTES_MAX; le = le->next) {
		const struct sip_hdr *hdr = le->data;
		bool is_known = !name_of(&hdr->name, name);
		for (int i = 0; i < h->n_attributes && !is_known; i++)
			is_known = str_equal(h->attributes[i].name, name); /* the first counts */
		if (is_known)
			continue;
		struct sip_attribute *a = &h->attributes[h->n_attributes++];
		(void)str_put(a->name, sizeof(a->name), name);
		identity_text(&hdr->val, a->value, sizeof(a->value));
	}
}

static void read_text(const struct sip_hdr *hdr, char *ret_text, size_t size)
{
	if (hdr)
		identity_text(&hdr->val, ret_text, size);
}

void headers_read(const struct sip_msg *msg, struct sip_headers *ret_headers)
{
	memset(ret_headers, 0, sizeof(*ret_headers));
	read_forwarding(msg, ret_headers);
	read_attributes(msg, ret_headers);
	read_text(sip_msg_xhdr(msg, "User-to-User"), ret_headers->uui, sizeof(ret_headers->uui));
	read_text(sip_msg_hdr(msg, SIP_HDR_REASON), ret_headers->reason, sizeof(ret_headers->reason));
	read_text(sip_msg_hdr(msg, SIP_HDR_REFERRED_BY), ret_headers->referred_by,
		sizeof(ret_headers->referred_by));
	ret_headers->is_private = is_private(msg);
}

/* Whether text may stand as a header's value: what came cleaned, once more, because it goes out again. */
static bool is_value(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			return false;
	return text[0] != '\0';
}

void headers_write(const struct sip_command *call, const char *host, char ret_lines[static HEADERS_OUT_MAX])
{
	char user[SIP_NUMBER_MAX * 3 + 1], diversion[SIP_NUMBER_MAX * 3 + 160] = "",
									  uui[SIP_UUI_MAX + 20] = "";

	ret_lines[0] = '\0';
	if (call->call.diverted_from[0]) {
		identity_user(call->call.diverted_from, user, sizeof(user));
		(void)str_printf(diversion, sizeof(diversion),
			"Diversion: <sip:%s@%s>;reason=unconditional;counter=1\r\n", user, host);
	}
	if (is_value(call->call.uui))
		(void)str_printf(uui, sizeof(uui), "User-to-User: %s\r\n", call->call.uui);
	(void)str_printf(ret_lines, HEADERS_OUT_MAX, "%s%s", diversion, uui);
}
