/* Why this agent: the last decisions with those who were considered. */
#pragma once
#include "route/state.h"

/* s is about to be offered to a: keeps who else there was. The number of the decision. */
uint64_t route_explain_record(
	struct route *r, const struct segment *s, const struct agent *a, enum route_how how);
