/* See alarms.h. */
#include "store/write/alarms.h"

const char *store_alarm_name(enum store_alarm alarm)
{
	static const char *const names[STORE_ALARMS] = {[STORE_ALARM_NOT_WRITING] = "store_not_writing",
		[STORE_ALARM_SPOOL_FILLING] = "spool_filling",
		[STORE_ALARM_SPOOL_FULL] = "spool_full",
		[STORE_ALARM_NO_SPOOL] = "no_spool",
		[STORE_ALARM_DISK_LOW] = "disk_low",
		[STORE_ALARM_CHECKPOINT] = "checkpoint_failing",
		[STORE_ALARM_SLOW] = "slow_store"};

	return names[alarm];
}

static bool is_filling(const struct store_health *h, bool is_raised)
{
	return h->spool_bytes * 100 >
	       h->spool_bytes_max * (is_raised ? ALARM_FILLING_OVER_PCT : ALARM_FILLING_PCT);
}

static bool is_disk_low(const struct disk_room *disk, bool is_raised)
{
	uint64_t limit = disk->bytes / 100 * ALARM_DISK_LOW_PCT;

	if (limit > ALARM_DISK_LOW_BYTES)
		limit = ALARM_DISK_LOW_BYTES;
	return disk->free_bytes < (is_raised ? limit / 100 * ALARM_DISK_OVER_PCT : limit);
}

bool alarms_step(struct alarms *a, const struct store_health *h, const struct disk_room *disk, int64_t now_ms)
{
	bool is_wrong[STORE_ALARMS] = {[STORE_ALARM_NOT_WRITING] = h->error != 0,
		[STORE_ALARM_SPOOL_FILLING] = is_filling(h, a->since_ms[STORE_ALARM_SPOOL_FILLING] != 0),
		[STORE_ALARM_SPOOL_FULL] = h->state == STORE_STUCK,
		[STORE_ALARM_NO_SPOOL] = h->spool_bytes_max == 0 && h->spool_error != 0,
		[STORE_ALARM_DISK_LOW] = is_disk_low(disk, a->since_ms[STORE_ALARM_DISK_LOW] != 0),
		[STORE_ALARM_CHECKPOINT] = h->checkpoint_error != 0,
		[STORE_ALARM_SLOW] = h->is_slow};
	bool has_changed = false;

	for (int i = 0; i < STORE_ALARMS; i++) {
		if (is_wrong[i] == (a->since_ms[i] != 0))
			continue;
		a->since_ms[i] = is_wrong[i] ? now_ms : 0;
		has_changed = true;
	}
	return has_changed;
}
