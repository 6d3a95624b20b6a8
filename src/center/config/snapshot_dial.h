/* The part of a snapshot that calls of ours need: extensions, ring groups, caller ids, number rules. For
 * snapshot.c only. */
#pragma once
#include "center/config/snapshot.h"

/* Reads the rows of the three resources, before users are built. 0 or -errno. */
int snapshot_dial_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s);
void snapshot_dial_settings(struct snapshot *s, const json_t *row);
void snapshot_dial_trunk(struct snapshot *s, const json_t *row, struct trunk *t);
/* Adds the telephones of extensions behind the first n accounts; how many. */
int snapshot_dial_accounts(struct snapshot *s, int n);
void snapshot_dial_free(struct snapshot *s);
/* A list of texts in the snapshot's arena. */
const char **snapshot_texts(struct snapshot *s, const json_t *list, int *ret_n);

/* snapshot_trunks.c: groups, limits, prices and rules of trunks. 0 or -errno. */
int snapshot_trunks_load(struct store_reader *reader, uint64_t tenant, struct snapshot *s);
void snapshot_trunk(struct snapshot *s, const json_t *row, struct trunk *t, struct sip_trunk *sip);

/* snapshot.c: all rows of a resource; ids and a text of a row, in the snapshot's arena. */
int snapshot_rows(struct store_reader *rd, uint64_t tenant, const char *resource, json_t **ret_rows);
uint64_t *snapshot_ids(struct snapshot *s, const json_t *list, int *ret_n);
const char *snapshot_text(struct snapshot *s, const json_t *row, const char *key);
