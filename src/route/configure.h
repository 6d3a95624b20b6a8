/* Replacing the configuration while contacts run. */
#pragma once
#include "route/state.h"

/* ROUTE_CONFIGURE: 0, or -EINVAL or -ENOMEM and nothing changed. Leaves everybody dirty: route_settle
 * follows. */
int route_configure(struct route *r, const struct route_config *c);
