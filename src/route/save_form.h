/* What save.c writes and load.c reads. Only they include it. */
#pragma once
#include "route/order.h"
#include "route/save.h"
#include "route/state.h"

#define SAVED_VERSION 1
enum saved_segment {
	SAVED_MAPPED = 1,
	SAVED_ASSIGNED = 2,
	SAVED_DECLINED = 4,
	SAVED_EXCLUDING = 8,
	SAVED_WARNED = 16,
	SAVED_RING = 32 /* another agent the segment before it rings at */
};
enum saved_agent { SAVED_AVAILABLE = 1, SAVED_GONE = 2, SAVED_RESTING = 4 };
