/* `markaz doctor --rescue`: a new data directory out of a damaged one. */
#pragma once
#include <stdbool.h>

/* Brings everything that can be read of the data directory into target, which is made or is empty: rows
 * (store/doctor/rescue.h), key, archives, spool, prompts, recordings (linked where they can be, else copied).
 * Says what is missing, and writes it to target/rescue.json. The data directory stays as it is. 0; 1:
 * something is missing; 2 after saying why it cannot be done. */
int doctor_rescue(const char *data, const char *target, bool is_json);
