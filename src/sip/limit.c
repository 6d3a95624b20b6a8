/* See limit.h. */
#include "sip/limit.h"

#define CALL 1000	/* one call */
#define RETRY_BASE_S 30 /* base-time when all flows have failed */

static void forgive(struct limit_rate *rate, int per_second, int64_t now_ms)
{
	int64_t passed_ms = now_ms - rate->at_ms;

	if (passed_ms < 0)
		passed_ms = 0;
	if (passed_ms > 1000)
		passed_ms = 1000; /* the bucket is empty then */
	rate->used_ms -= passed_ms * per_second;
	if (rate->used_ms < 0)
		rate->used_ms = 0;
	rate->at_ms = now_ms;
}

bool limit_rate_has(struct limit_rate *rate, int per_second, int64_t now_ms)
{
	if (per_second <= 0)
		return true;
	forgive(rate, per_second, now_ms);
	return rate->used_ms + CALL <= (int64_t)per_second * CALL;
}

void limit_rate_take(struct limit_rate *rate, int per_second, int64_t now_ms)
{
	if (per_second <= 0)
		return;
	forgive(rate, per_second, now_ms);
	rate->used_ms += CALL;
	if (rate->used_ms > (int64_t)per_second * CALL)
		rate->used_ms = (int64_t)per_second * CALL;
}

uint64_t limit_wait_ms(int n_failed, int base_s, uint32_t chance)
{
	uint64_t wait_s = (uint64_t)(base_s > 0 ? base_s : RETRY_BASE_S);

	for (int i = 0; i < n_failed && wait_s < LIMIT_WAIT_MAX_S; i++)
		wait_s *= 2;
	if (wait_s > LIMIT_WAIT_MAX_S)
		wait_s = LIMIT_WAIT_MAX_S;
	return wait_s * 500 + wait_s * 500 * (chance % 1001) / 1000;
}
