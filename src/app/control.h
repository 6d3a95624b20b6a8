/* The door for `markaz apply` and `markaz user` while the server runs: a Unix socket in the data directory
 * that only its owner can open. One JSON object a line each way:
 *   {"op":"list","resource":"queue","after":ID|null}                 -> {"result":0,"rows":[...]}
 *   {"op":"create","resource":"queue","value":{...}}                 -> {"result":0,"row":{...}} or
 * {"result":1,"issues":[...]}
 *   {"op":"update","resource":"queue","id":ID,"value":{...}}         -> the same
 *   {"op":"erase","customer":ID|null,"address":TEXT|null}           -> {"result":0,"row":{...}} or with
 * issues
 *   {"op":"exported","customer":ID|null,"contacts":N}               -> {"result":0}: for the audit log
 *   {"op":"keys.rotate"}                                            -> {"result":0,"id":N}
 *   {"op":"move.hold"}, {"op":"move.switch","to":"postgres://..."}, {"op":"move.release"}
 *                                                                    -> {"result":0,"is_moved":true}
 * (store/copy/move.h; a visitor that leaves releases)
 * Values are checked as everywhere; each change is audited. */
#pragma once
#include "center/center.h"
#include "store/store.h"

#define CONTROL_LINE_MAX (1 << 20)
#define CONTROL_PATH_MAX 100 /* sun_path is short */

struct control;
struct rows_target;

/* Listens on directory/control.sock; every change tells the centre. 0 or -errno. */
int control_start(
	struct control **ret_control, const char *directory, struct store *store, struct center *center);
void control_stop(struct control *c);

/* Where rows are listed and written: the store itself, or a running server through its control socket.
 * Results are store_result or -errno, as in store.h; rows have no secrets. */
/* Opens the store when no server runs on directory, its control socket otherwise. 0 or -errno. */
int rows_target_open(struct rows_target **ret_target, const char *directory);
void rows_target_close(struct rows_target *t);
int rows_target_list(struct rows_target *t, const struct resource *r, uint64_t after, json_t **ret_rows);
int rows_target_create(struct rows_target *t, const struct resource *r, const json_t *value, json_t **ret_row,
	struct issues *issues);
/* store_person_erase, and the audit entry of an export. */
int rows_target_erase(struct rows_target *t, const struct store_person_query *q, json_t **ret_erased,
	struct issues *issues);
int rows_target_exported(struct rows_target *t, const struct store_person_query *q, int64_t contacts);
/* A new key for recordings from now on (store_recording_key_current); its id. 0 or -errno. Audited. */
int rows_target_new_key(struct rows_target *t, uint32_t *ret_id);
int control_new_key(struct store *s, struct store_reader *rd, uint32_t *ret_id);
int rows_target_update(struct rows_target *t, const struct resource *r, uint64_t id, const json_t *value,
	json_t **ret_row, struct issues *issues);
