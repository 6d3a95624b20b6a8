/* The engine's words as people and programs read them: API, command line, logs of the simulator. "unknown"
 * for numbers that are none of ours. PURE. */
#pragma once
#include "route/route.h"

const char *route_input_word(enum route_input_kind kind);      /* "enqueue" */
const char *route_action_word(enum route_action_kind kind);    /* "offer" */
const char *route_reason_word(enum route_reason reason);       /* "deadline"; "" for none */
const char *route_verdict_word(enum route_verdict verdict);    /* "outranked" */
const char *route_how_word(enum route_how how);		       /* "order" */
const char *route_strategy_word(enum route_strategy strategy); /* "longest_idle" */
