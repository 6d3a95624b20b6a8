/* Making a world out of a config: checked, copied, indexed; not yet in use. */
#pragma once
#include "route/state.h"

/* 0 or -EINVAL. */
int route_config_check(const struct route_config *c);
/* The world of c, with the agents of old who are gone but still have contacts, and every need of old that
 * segments of a surviving queue still ask. Sets the successors in old; old is otherwise untouched. 0 or
 * -ENOMEM. c was checked. */
int route_world_new(const struct route_config *c, struct world *old, struct world *ret_world);
void route_world_free(struct world *w);
