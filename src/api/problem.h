/* Errors as RFC 9457 problem details, always with what to do about it. */
#pragma once
#include "api/exchange.h"

enum problem {
	PROBLEM_INVALID,	   /* 422 */
	PROBLEM_MALFORMED,	   /* 400: not HTTP as we take it */
	PROBLEM_UNAUTHENTICATED,   /* 401 */
	PROBLEM_FORBIDDEN,	   /* 403 */
	PROBLEM_NOT_FOUND,	   /* 404 */
	PROBLEM_DECISION_NOT_KEPT, /* 404 */
	PROBLEM_METHOD,		   /* 405 */
	PROBLEM_TIMEOUT,	   /* 408 */
	PROBLEM_CONFLICT,	   /* 409 */
	PROBLEM_IN_USE,		   /* 409 */
	PROBLEM_HELD,		   /* 409 */
	PROBLEM_QUEUE_CLOSED,	   /* 409 */
	PROBLEM_IS_OVER,	   /* 409 */
	PROBLEM_KEY_REUSED,	   /* 409 */
	PROBLEM_LOG_GONE,	   /* 410 */
	PROBLEM_LENGTH,		   /* 411 */
	PROBLEM_TOO_LARGE,	   /* 413 */
	PROBLEM_TOO_LONG,	   /* 414 */
	PROBLEM_RANGE,		   /* 416 */
	PROBLEM_RATE_LIMITED,	   /* 429 */
	PROBLEM_INTERNAL,	   /* 500 */
	PROBLEM_UNAVAILABLE,	   /* 503 */
	PROBLEM_QUEUE_FULL,	   /* 503 */
	PROBLEM_STORAGE_FULL,	   /* 507 */
	PROBLEMS
};
int problem_status(enum problem p);
const char *problem_code(enum problem p);
const char *problem_title(enum problem p);
/* Answers the exchange; detail says what to do. Any thread that owns the exchange. */
void problem(struct exchange *x, enum problem p, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* 422 with a list of what is wrong where. */
void problem_issues(struct exchange *x, const struct issues *issues);
/* Answers for a store_result or -errno that is not success. */
void problem_store(struct exchange *x, int result, const struct issues *issues);
