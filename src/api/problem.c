/* One table: what a problem is called everywhere. */
#include "api/problem.h"
#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_MAX 400

static const struct {
	int status;
	const char *code, *title;
} table[PROBLEMS] = {
	[PROBLEM_INVALID] = {422, "invalid", "The request is not valid"},
	[PROBLEM_MALFORMED] = {400, "malformed", "The request could not be read"},
	[PROBLEM_UNAUTHENTICATED] = {401, "unauthenticated", "Sign in first"},
	[PROBLEM_FORBIDDEN] = {403, "forbidden", "This is not allowed"},
	[PROBLEM_NOT_FOUND] = {404, "not_found", "There is nothing here"},
	[PROBLEM_DECISION_NOT_KEPT] = {404, "decision_not_kept", "The reasons are not kept any more"},
	[PROBLEM_METHOD] = {405, "method_not_allowed", "This method does not work here"},
	[PROBLEM_TIMEOUT] = {408, "timeout", "The request took too long"},
	[PROBLEM_CONFLICT] = {409, "conflict", "Somebody else changed this, or it exists already"},
	[PROBLEM_IN_USE] = {409, "in_use", "This is still in use"},
	[PROBLEM_HELD] = {409, "held", "A legal hold keeps this"},
	[PROBLEM_QUEUE_CLOSED] = {409, "queue_closed", "The queue is closed"},
	[PROBLEM_IS_OVER] = {409, "is_over", "This contact has ended"},
	[PROBLEM_KEY_REUSED] = {409, "key_reused", "The key was used before"},
	[PROBLEM_LOG_GONE] = {410, "log_gone", "This part of the log is not kept any more"},
	[PROBLEM_LENGTH] = {411, "length_required", "The length of the body is missing"},
	[PROBLEM_TOO_LARGE] = {413, "too_large", "The body is too large"},
	[PROBLEM_TOO_LONG] = {414, "uri_too_long", "The address is too long"},
	[PROBLEM_RANGE] = {416, "range_not_satisfiable", "There is nothing in that range"},
	[PROBLEM_RATE_LIMITED] = {429, "rate_limited", "Too many requests"},
	[PROBLEM_INTERNAL] = {500, "internal", "Something went wrong here"},
	[PROBLEM_UNAVAILABLE] = {503, "unavailable", "The server cannot do this now"},
	[PROBLEM_QUEUE_FULL] = {503, "queue_full", "The queue is full"},
	[PROBLEM_STORAGE_FULL] = {507, "storage_full", "The disk is full"},
};

int problem_status(enum problem p)
{
	return table[p].status;
}

const char *problem_code(enum problem p)
{
	return table[p].code;
}

const char *problem_title(enum problem p)
{
	return table[p].title;
}

static json_t *errors_json(const struct issues *issues)
{
	json_t *list = json_array();

	for (int i = 0; i < issues->n; i++) {
		const struct issue *e = &issues->at[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "pointer", e->pointer, "code",
						    e->code, "message", e->message));
	}
	return list;
}

static void answer(struct exchange *x, enum problem p, const char *detail, const struct issues *issues)
{
	char type[96], number[24];

	snprintf(type, sizeof(type), "https://markaz.dev/problems/%s", table[p].code);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)x->number);
	json_t *body = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:o}", "type", type, "title", table[p].title,
		"status", table[p].status, "detail", detail, "code", table[p].code, "request", number,
		"errors", issues ? errors_json(issues) : json_array());
	reply_json(x, table[p].status, body);
	x->response.content_type = "application/problem+json";
	if (p == PROBLEM_UNAUTHENTICATED && x->request.is_bearer)
		reply_header(x, "WWW-Authenticate", "Bearer");
	if (p == PROBLEM_UNAVAILABLE || p == PROBLEM_QUEUE_FULL)
		reply_header(x, "Retry-After", "5");
}

void problem(struct exchange *x, enum problem p, const char *format, ...)
{
	char detail[DETAIL_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(detail, sizeof(detail), format, ap);
	va_end(ap);
	if (!str_is_utf8(detail, strlen(detail)))
		str_put(detail, sizeof(detail), table[p].title);
	answer(x, p, detail, NULL);
}

void problem_issues(struct exchange *x, const struct issues *issues)
{
	answer(x, PROBLEM_INVALID,
		issues->n ? issues->at[0].message : "Correct the marked fields and try again.", issues);
}

void problem_store(struct exchange *x, int result, const struct issues *issues)
{
	const char *said = issues && issues->n ? issues->at[0].message : NULL;

	if (result == STORE_INVALID && issues && issues->n && strcmp(issues->at[0].code, "not_unique") == 0)
		result = STORE_CONFLICT;
	switch (result) {
	case STORE_INVALID:
		answer(x, PROBLEM_INVALID, said ? said : "Correct the marked fields and try again.", issues);
		break;
	case STORE_NOT_FOUND:
		problem(x, PROBLEM_NOT_FOUND, "There is no such entry (any more). Reload the list.");
		break;
	case STORE_CONFLICT:
		answer(x, PROBLEM_CONFLICT,
			said ? said : "Load the present version, repeat your change and save again.", issues);
		break;
	case STORE_IN_USE:
		answer(x, PROBLEM_IN_USE, said ? said : "Remove the references to it first.", issues);
		break;
	case -ENOSPC:
		problem(x, PROBLEM_STORAGE_FULL,
			"The server's disk is full: nothing was saved. Free space, then try again.");
		break;
	case -EROFS:
	case -EDQUOT:
	case -EIO:
	case -ENOTCONN:
	case -EAGAIN:
	case -ESHUTDOWN:
	case -ESTALE:
	case -EUCLEAN:
		problem(x, PROBLEM_UNAVAILABLE,
			"The database takes no changes at the moment: nothing was saved. Try again in a "
			"minute.");
		break;
	case -EINPROGRESS:
		problem(x, PROBLEM_UNAVAILABLE,
			"The database went away while this was saved. Look whether it is there before you "
			"try "
			"again.");
		break;
	case -ENOBUFS:
	case -ENOMEM:
	case -EBUSY:
	case -ETIMEDOUT:
		problem(x, PROBLEM_UNAVAILABLE,
			"The server is overloaded: nothing was saved. Try again in a few seconds.");
		break;
	default:
		log_error("api", 0, "request %llu: the store said %d (%s)", (unsigned long long)x->number,
			result, result < 0 ? strerror(-result) : "unknown result");
		problem(x, PROBLEM_INTERNAL, "The server's log says more under request %llu.",
			(unsigned long long)x->number);
	}
}
