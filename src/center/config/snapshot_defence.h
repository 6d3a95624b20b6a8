/* The part of a snapshot that defends the house: limits for strangers, bans kept, what calls outside may
 * cost. For snapshot.c only. */
#pragma once
#include "center/config/snapshot.h"

/* 0 or -ENOMEM. A line of the settings that cannot be read (they were checked when they were saved) is left
 * out. */
int snapshot_defence_settings(struct snapshot *s, const json_t *row);
/* The blocks kept. 0 or -errno. */
int snapshot_defence_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s);
