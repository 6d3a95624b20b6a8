/* What an engine holds, as inputs that would bring another one of the same configuration about there: for
 * those who begin at a checkpoint and did not see what came before. Closed queues are closed, available
 * agents are available, waiting and ringing segments enter (at their old place), contacts at agents are
 * engaged. Not told: wrap-ups, rests, declines, who rings where, counts and estimates. */
#pragma once
#include "route/route.h"

typedef void route_outline_handler(const struct route_input *input, void *arg);
/* Calls on_input for each, in an order that follows from the state alone. input is borrowed for the call. */
void route_outline(const struct route *r, route_outline_handler *on_input, void *arg);
