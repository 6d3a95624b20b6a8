/* How many calls may begin in a second: a bucket that fills with time; calls may come in a burst of one
 * second's worth, never more. And how long to wait after a failure. Pure: clock and chance are parameters. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define LIMIT_WAIT_MAX_S 1800 /* max-time */

struct limit_rate { /* all zero: nothing has begun yet */
	int64_t at_ms;
	int64_t used_ms; /* what is taken, in thousandths of a call */
};

/* Whether one more may begin; per_second 0: always. */
bool limit_rate_has(struct limit_rate *rate, int per_second, int64_t now_ms);
/* It begins, whether it may or not: what is over the limit counts for one second at most. */
void limit_rate_take(struct limit_rate *rate, int per_second, int64_t now_ms);

/* How long to wait after so many failures in a row: base * 2^n, at most 30 minutes (RFC 5626 section 4.5);
 * base_s 0: 30; half of it by chance. */
uint64_t limit_wait_ms(int n_failed, int base_s, uint32_t chance);
