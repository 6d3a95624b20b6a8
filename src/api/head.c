/* A request's head as libwebsockets parsed it, copied into our own plain struct (the library gives its copy
 * to the next). */
#include "api/auth.h"
#include "api/problem.h"
#include "api/server.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Copies a header into dst: "" when absent. False when it does not fit or holds a NUL. */
static bool copy(struct lws *wsi, enum lws_token_indexes token, char *dst, size_t size)
{
	int n = lws_hdr_total_length(wsi, token);

	dst[0] = '\0';
	if (n <= 0)
		return true;
	return (size_t)n < size && lws_hdr_copy(wsi, dst, (int)size, token) == n && strlen(dst) == (size_t)n;
}

/* As copy, but a header that does not fit counts as absent. */
static void copy_or_drop(struct lws *wsi, enum lws_token_indexes token, char *dst, size_t size)
{
	if (!copy(wsi, token, dst, size))
		dst[0] = '\0';
}

static bool copy_own(struct lws *wsi, const char *name, char *dst, size_t size)
{
	int len = (int)strlen(name), n = lws_hdr_custom_length(wsi, name, len);

	dst[0] = '\0';
	return n > 0 && (size_t)n < size && lws_hdr_custom_copy(wsi, dst, (int)size, name, len) >= 0;
}

static bool read_method_and_path(struct lws *wsi, struct request *rq)
{
	char *uri;
	int n;

	switch (lws_http_get_uri_and_method(wsi, &uri, &n)) {
	case LWSHUMETH_HEAD:
		rq->is_head = true;
		__attribute__((fallthrough));
	case LWSHUMETH_GET:
		rq->method = METHOD_GET;
		break;
	case LWSHUMETH_POST:
		rq->method = METHOD_POST;
		break;
	case LWSHUMETH_PUT:
		rq->method = METHOD_PUT;
		break;
	case LWSHUMETH_PATCH:
		rq->method = METHOD_PATCH;
		break;
	case LWSHUMETH_DELETE:
		rq->method = METHOD_DELETE;
		break;
	default:
		return false;
	}
	return n > 0 && (size_t)n < sizeof(rq->path) &&
	       str_put_n(rq->path, sizeof(rq->path), uri, (size_t)n) == 0 && str_is_utf8(rq->path, (size_t)n);
}

/* The library decodes and splits the arguments. */
static int read_query(struct lws *wsi, struct query *q)
{
	char argument[QUERY_BYTES_MAX];
	int n;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) <= 0)
		return 0;
	for (int i = 0;
		(n = lws_hdr_copy_fragment(wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
		i++) {
		int err = n == 0 ? 0 : query_add(q, argument, (size_t)n);
		if (err < 0)
			return err;
	}
	return 0;
}

static void read_token(struct lws *wsi, struct request *rq)
{
	char text[1024];

	copy_or_drop(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, text, sizeof(text));
	if (strncasecmp(text, "Bearer ", 7) == 0 && str_put(rq->token, sizeof(rq->token), text + 7) == 0) {
		rq->is_bearer = true;
		return;
	}
	rq->token[0] = '\0';
	copy_or_drop(wsi, WSI_TOKEN_HTTP_COOKIE, text, sizeof(text));
	if (cookie_get(text, SESSION_COOKIE, rq->token, sizeof(rq->token)) < 0)
		rq->token[0] = '\0';
}

/* Who stands behind a proxy we trust. */
static void read_address(struct connection *c, struct request *rq)
{
	const char *trusted = c->api->config.trusted_proxies;
	char text[512];

	copy_or_drop(c->wsi, WSI_TOKEN_HOST, rq->host, sizeof(rq->host));
	str_put(rq->peer, sizeof(rq->peer), c->peer);
	str_put(rq->address, sizeof(rq->address), c->peer);
	rq->is_secure = lws_is_ssl(c->wsi);
	rq->is_forwarded = lws_hdr_total_length(c->wsi, WSI_TOKEN_X_FORWARDED_FOR) > 0;
	if (!address_listed(trusted, c->peer))
		return;
	copy_or_drop(c->wsi, WSI_TOKEN_X_FORWARDED_FOR, text, sizeof(text));
	forwarded_for(text, trusted, rq->address, sizeof(rq->address));
	if (copy_own(c->wsi, "x-forwarded-proto:", text, sizeof(text)))
		rq->is_secure = strcmp(text, "https") == 0;
	if (copy_own(c->wsi, "x-forwarded-host:", text, sizeof(text)))
		str_put(rq->host, sizeof(rq->host), text);
}

#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
static void check_name(const char *name, int n, void *arg)
{
	bool *is_ok = arg;

	for (int i = 0; i + 1 < n; i++)
		if (!isalnum((unsigned char)name[i]) && !memchr("!#$%&'*+-.^_`|~", name[i], 15))
			*is_ok = false;
	if (n < 2 || name[n - 1] != ':')
		*is_ok = false;
}

/* Whether each header's name is a token (RFC 9110 5.6.2): a proxy in front may take "Content-Length :" or a
 * line without a colon for something else than the library does, and then the two disagree where a request
 * ends. The library knows its own names by their exact spelling; all others are looked at. */
static bool has_good_names(struct lws *wsi)
{
	bool is_ok = true;

	return lws_hdr_custom_name_foreach(wsi, check_name, &is_ok) == 0 && is_ok;
}
#else
/* As above; this version cannot list the names, so those that say where a request ends are asked for in the
 * spellings a proxy might let through. */
static bool has_good_names(struct lws *wsi)
{
	static const char *const names[] = {"content-length", "transfer-encoding"};
	static const char *const before[] = {"", " ", "\t"}, *const after[] = {":", " :", "\t:", "  :"};
	char name[32];

	for (int i = 0; i < 2 * 3 * 4; i++) {
		str_printf(name, sizeof(name), "%s%s%s", before[i / 4 % 3], names[i / 12], after[i % 4]);
		if (lws_hdr_custom_length(wsi, name, (int)strlen(name)) >= 0)
			return false;
	}
	return true;
}
#endif

bool http_read_head(struct connection *c, struct exchange *x)
{
	struct request *rq = &x->request;
	struct lws *wsi = c->wsi;
	char text[256];

	read_address(c, rq);
	if (!read_method_and_path(wsi, rq)) {
		problem(x, PROBLEM_TOO_LONG,
			"Use GET, HEAD, POST, PUT, PATCH or DELETE, and an address of at most %d bytes.",
			REQUEST_PATH_MAX - 1);
		return false;
	}
	if (!has_good_names(wsi)) {
		problem(x, PROBLEM_MALFORMED,
			"A header's name holds a space or another letter no name may have, or a line has no "
			"colon.");
		return false;
	}
	int err = read_query(wsi, &rq->query);
	if (err < 0) {
		problem(x, PROBLEM_MALFORMED, "%s",
			err == -E2BIG ? "The address has too many or too long arguments."
				      : "The address holds a zero byte or letters that are no UTF-8.");
		return false;
	}
	read_token(wsi, rq);
	copy_or_drop(wsi, WSI_TOKEN_HTTP_USER_AGENT, rq->agent, sizeof(rq->agent));
	if (!str_is_utf8(rq->agent, strlen(rq->agent)))
		rq->agent[0] = '\0';
	/* An origin that does not fit must not read as none. */
	if (!copy(wsi, WSI_TOKEN_ORIGIN, rq->origin, sizeof(rq->origin)))
		str_put(rq->origin, sizeof(rq->origin), "null");
	copy_or_drop(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, rq->if_none_match, sizeof(rq->if_none_match));
	copy_or_drop(wsi, WSI_TOKEN_HTTP_IF_RANGE, rq->if_range, sizeof(rq->if_range));
	copy_or_drop(wsi, WSI_TOKEN_HTTP_RANGE, rq->range, sizeof(rq->range));
	if (!copy(wsi, WSI_TOKEN_HTTP_IF_MATCH, rq->if_match, sizeof(rq->if_match)))
		str_put(rq->if_match, sizeof(rq->if_match), "?");
	copy_or_drop(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, text, sizeof(text));
	rq->takes_gzip = accepts_gzip(text);
	if (lws_hdr_custom_length(wsi, "idempotency-key:", 16) > 0 &&
		!copy_own(wsi, "idempotency-key:", rq->idempotency_key, sizeof(rq->idempotency_key)))
		str_put(rq->idempotency_key, sizeof(rq->idempotency_key), "\n");
	rq->has_own_header = copy_own(wsi, "x-markaz:", text, sizeof(text));
	return true;
}
