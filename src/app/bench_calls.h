/* Whole calls through a whole centre: a server of its own and `markaz callers` on both sides, all processes
 * of this program on loopback. */
#pragma once
#include <stdbool.h>

struct calls_result {
	bool is_done;
	char why_not[160];
	int answered, failed;
	double cpu_s_per_1000; /* of the server: to set up, queue, connect and end 1000 calls */
};
/* count calls at `rate` a second, silent and short. folder: an existing one for everything it writes. */
void calls_measure(const char *folder, int count, int rate, struct calls_result *ret_result);
