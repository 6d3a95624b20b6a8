/* Invariant: response.status is 0 until a handler answered; the body and the file descriptor are owned by the
 * response. */
#include "api/exchange.h"
#include "api/problem.h"
#include "base/alloc.h"
#include "base/id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct exchange *exchange_new(struct api *api, uint64_t number)
{
	struct exchange *x = alloc_zero(sizeof(*x));

	if (!x)
		return NULL;
	x->api = api;
	x->number = number;
	x->response.fd = -1;
	return x;
}

/* Forgets what was answered before; headers stay (Retry-After, Set-Cookie are set first). */
static void drop_body(struct response *r)
{
	free(r->body);
	r->body = NULL;
	r->body_len = 0;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	if (r->source.arg)
		r->source.free(r->source.arg);
	r->source = (struct body_source){0};
	r->offset = r->length = 0;
	r->content_type = NULL;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	drop_body(&x->response);
	text_free(&x->response.headers);
	json_decref(x->who.row);
	alloc_free(x->request.body);
	alloc_free(x);
}

void reply_header(struct exchange *x, const char *name, const char *format, ...)
{
	char value[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	/* A header of ours never carries a line break into the next one. */
	for (char *p = value; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	text_printf(&x->response.headers, "%s: %s\n", name, value);
}

void reply_empty(struct exchange *x, int status)
{
	drop_body(&x->response);
	x->response.status = status;
}

void reply_bytes(struct exchange *x, int status, const char *content_type, void *body, size_t len)
{
	reply_empty(x, status);
	x->response.content_type = content_type;
	x->response.body = body;
	x->response.body_len = len;
}

void reply_json(struct exchange *x, int status, json_t *json)
{
	char *text = json ? jsonx_dump(json) : NULL;

	json_decref(json);
	if (!text) {
		reply_empty(x, 503);
		return;
	}
	reply_bytes(x, status, "application/json", text, strlen(text));
}

void reply_effect(struct exchange *x, enum effect_kind kind, uint64_t id, const char *text)
{
	struct response *r = &x->response;

	if (r->n_effects == EFFECTS_MAX)
		return;
	struct effect *e = &r->effects[r->n_effects++];
	e->kind = kind;
	e->id = id;
	str_put(e->text, sizeof(e->text), text);
}

/* Whether a Range may be honoured: without If-Range, or when If-Range names exactly what we have. */
static bool is_range_wanted(const struct request *rq, const char *etag)
{
	if (!rq->range[0] || rq->method != METHOD_GET)
		return false;
	size_t n = strlen(etag);

	return !rq->if_range[0] || (rq->if_range[0] == '"' && strncmp(rq->if_range + 1, etag, n) == 0 &&
					   strcmp(rq->if_range + 1 + n, "\"") == 0);
}

/* Status and headers of total bytes; which of them go out. False: the answer is given, without them. */
static bool reply_part(
	struct exchange *x, int64_t total, const char *etag, int64_t *ret_offset, int64_t *ret_n)
{
	int64_t first = 0, last = 0;

	reply_header(x, "ETag", "\"%s\"", etag);
	if (etag_list_has(x->request.if_none_match, etag)) {
		reply_empty(x, 304);
		return false;
	}
	reply_header(x, "Accept-Ranges", "bytes");
	enum range_result range = is_range_wanted(&x->request, etag)
					  ? range_parse(x->request.range, total, &first, &last)
					  : RANGE_WHOLE;
	if (range == RANGE_UNSATISFIABLE) {
		reply_header(x, "Content-Range", "bytes */%lld", (long long)total);
		problem(x, PROBLEM_RANGE, "The file has %lld bytes.", (long long)total);
		return false;
	}
	reply_empty(x, range == RANGE_PART ? 206 : 200);
	if (range == RANGE_PART)
		reply_header(x, "Content-Range", "bytes %lld-%lld/%lld", (long long)first, (long long)last,
			(long long)total);
	*ret_offset = first;
	*ret_n = range == RANGE_PART ? last - first + 1 : total;
	return true;
}

void reply_source(struct exchange *x, const struct body_source *source, int64_t total,
	const char *content_type, const char *etag)
{
	int64_t offset, n;

	if (!reply_part(x, total, etag, &offset, &n)) {
		source->free(source->arg);
		return;
	}
	x->response.content_type = content_type;
	x->response.source = *source;
	x->response.offset = offset;
	x->response.length = n;
}

void reply_whole(
	struct exchange *x, const struct body_source *source, int64_t total, const char *content_type)
{
	reply_empty(x, 200);
	x->response.content_type = content_type;
	x->response.source = *source;
	x->response.length = total;
}

int reply_file(struct exchange *x, const char *path, const char *content_type, const char *etag)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int64_t offset, n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENOENT;
	}
	if (!reply_part(x, st.st_size, etag, &offset, &n)) {
		close(fd);
		return 0;
	}
	x->response.content_type = content_type;
	x->response.fd = fd;
	x->response.offset = offset;
	x->response.length = n;
	return 0;
}

bool argument_int(
	struct exchange *x, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *ret_value)
{
	const char *text = query_get(&x->request.query, name);

	if (str_is_blank(text)) {
		*ret_value = fallback;
		return true;
	}
	if (str_to_int(text, min, max, ret_value) == 0)
		return true;
	problem(x, PROBLEM_INVALID, "%s must be a whole number from %lld to %lld.", name, (long long)min,
		(long long)max);
	return false;
}

bool argument_id(struct exchange *x, const char *name, uint64_t *ret_id)
{
	const char *text = query_get(&x->request.query, name);

	if (str_is_blank(text)) {
		*ret_id = 0;
		return true;
	}
	if (id_parse(text, ret_id) == 0)
		return true;
	problem(x, PROBLEM_INVALID, "%s must be an id of 13 characters.", name);
	return false;
}

bool argument_page(struct exchange *x, int *ret_limit, uint64_t *ret_cursor)
{
	int64_t limit;

	if (!argument_int(x, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit) ||
		!argument_id(x, "cursor", ret_cursor))
		return false;
	*ret_limit = (int)limit;
	return true;
}

bool parameter_id(struct exchange *x, int index, uint64_t *ret_id)
{
	if (id_parse(x->request.parameter[index], ret_id) == 0)
		return true;
	problem(x, PROBLEM_NOT_FOUND, "The address does not hold an id of 13 characters.");
	return false;
}

json_t *body_object(struct exchange *x)
{
	json_error_t error;
	json_t *value = NULL;

	if (x->request.body_len > 0)
		value = json_loadb(
			(const char *)x->request.body, x->request.body_len, JSON_REJECT_DUPLICATES, &error);
	else
		str_put(error.text, sizeof(error.text), "the body is empty");
	if (json_is_object(value))
		return value;
	if (value)
		str_put(error.text, sizeof(error.text), "it is no object");
	json_decref(value);
	problem(x, PROBLEM_INVALID, "Send a JSON object: %s.", error.text);
	return NULL;
}

void reply_page(struct exchange *x, json_t *rows, int limit)
{
	size_t n = json_array_size(rows);
	const json_t *last = n > 0 ? json_object_get(json_array_get(rows, n - 1), "id") : NULL;
	bool is_full = n >= (size_t)limit && json_is_string(last);

	reply_json(x, 200,
		json_pack("{s:o, s:o}", "items", rows, "next_cursor",
			is_full ? json_string(json_string_value(last)) : json_null()));
}

struct store_actor actor_of(const struct exchange *x)
{
	struct store_actor actor = {.tenant = x->who.tenant, .user = x->who.user};

	str_put(actor.address, sizeof(actor.address), x->request.address);
	str_put(actor.agent, sizeof(actor.agent), x->request.agent);
	return actor;
}
