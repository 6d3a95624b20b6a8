/* Time-ordered identifiers; see id.h for the layout. */
#include "base/id.h"
#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#define EPOCH_MS INT64_C(1704067200000)
#define COUNTER_BITS 22
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

uint64_t id_next(struct id_gen *gen, int64_t wall_ms, uint32_t random)
{
	uint64_t ms = wall_ms > EPOCH_MS ? (uint64_t)(wall_ms - EPOCH_MS) : 0;
	/* Start low in the counter's range so that a busy millisecond has room to count up. */
	uint64_t id = ms << COUNTER_BITS | (random & ((1u << (COUNTER_BITS - 2)) - 1));

	if (id <= gen->last)
		id = gen->last + 1;
	gen->last = id;
	return id;
}

uint64_t id_new(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct id_gen gen;
	uint32_t random = 0;
	uint64_t id;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = 1;
	pthread_mutex_lock(&mutex);
	id = id_next(&gen, clock_wall_ms(), random);
	pthread_mutex_unlock(&mutex);
	return id;
}

int64_t id_wall_ms(uint64_t id)
{
	return (int64_t)(id >> COUNTER_BITS) + EPOCH_MS;
}

char *id_text(uint64_t id, char ret_text[static ID_TEXT_SIZE])
{
	for (int i = ID_TEXT_SIZE - 2; i >= 0; i--, id >>= 5)
		ret_text[i] = digits[id & 31];
	ret_text[ID_TEXT_SIZE - 1] = '\0';
	return ret_text;
}

int id_parse(const char *text, uint64_t *ret_id)
{
	uint64_t id = 0;

	if (!text || strlen(text) != ID_TEXT_SIZE - 1 || text[0] > '7')
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		const char *d = strchr(digits, *p);
		if (!d)
			return -EINVAL;
		id = id << 5 | (uint64_t)(d - digits);
	}
	if (id == 0)
		return -EINVAL;
	*ret_id = id;
	return 0;
}
