/* The route table: every address of the API, who may use it, and how it is described. Default deny: a route
 * without a stated access does not exist, and dispatch() refuses before the handler runs. Descriptors of
 * resources add their routes. */
#pragma once
#include "api/exchange.h"

#define ROUTES_MAX 200
#define BODY_JSON_MAX ((size_t)512 * 1024)
#define BODY_GREETING_MAX ((size_t)12 * 1024 * 1024) /* a minute of stereo at 48 kHz, and its header */
#define BODY_AUDIO_MAX ((size_t)20 * 1024 * 1024)

enum access {
	ACCESS_NONE = 0, /* nobody: an unfilled row */
	ACCESS_PUBLIC,	 /* no sign-in */
	ACCESS_SIGNED_IN,
	ACCESS_PERMITTED, /* signed in, and one of `permissions` */
	ACCESS_OWN,	  /* the handler decides (/metrics) */
};
typedef void route_handler(struct exchange *x);
struct route {
	enum method method;
	const char *path; /* "/api/v1/queues/{id}" */
	enum access access;
	unsigned permissions; /* any one of these */
	route_handler *handler;
	size_t body_max;		 /* 0: no body */
	const struct resource *resource; /* generic rows only */
	/* OpenAPI: */
	const char *summary, *request, *response; /* names of schemas; NULL: none */
	const char *arguments;			  /* "from_at:int queue:id" */
	int success;				  /* 200, 201, 204 */
	bool takes_key;				  /* the header Idempotency-Key means something here */
};
struct routes {
	struct route at[ROUTES_MAX];
	char paths[ROUTES_MAX][80];
	int n;
};

/* Fills the table from the static rows and the descriptors. */
void routes_fill(struct routes *t);
enum route_result { ROUTE_FOUND = 0, ROUTE_UNKNOWN = 1, ROUTE_OTHER_METHOD = 2 };
/* Looks path up; on ROUTE_FOUND *ret_route and the parameters of rq are set; on ROUTE_OTHER_METHOD
 * ret_allowed has the methods that exist. */
enum route_result routes_find(
	const struct routes *t, struct request *rq, const struct route **ret_route, unsigned *ret_allowed);
/* Worker: authenticates, checks permission and X-Markaz, runs the handler. Always answers. */
void dispatch(struct exchange *x);
