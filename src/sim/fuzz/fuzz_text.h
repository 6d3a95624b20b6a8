/* Inputs, configurations and actions of the routing engine in words, for whoever reads a failed run. */
#pragma once
#include "base/str.h"
#include "route/route.h"

/* One line, newline included. t->failed: no memory. */
void fuzz_text_input(struct text *t, const struct route_input *in, int64_t now_ms);
void fuzz_text_action(struct text *t, const struct route_action *a);
/* All of it, a line for each queue and agent. */
void fuzz_text_config(struct text *t, const struct route_config *c);
