/* Small helpers over jansson: reading with defaults, writing with less noise. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

static inline void jsonx_decref(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
#define _cleanup_json_ __attribute__((cleanup(jsonx_decref)))

/* The text under key, or fallback when it is absent or not a text. Borrowed from obj. */
const char *jsonx_text(const json_t *obj, const char *key, const char *fallback);
int64_t jsonx_int(const json_t *obj, const char *key, int64_t fallback);
bool jsonx_bool(const json_t *obj, const char *key, bool fallback);
/* An id printed as text under key; 0 when absent or malformed. */
uint64_t jsonx_id(const json_t *obj, const char *key);
/* Sets key to the printed id, or to null for 0. 0 or -ENOMEM. */
int jsonx_set_id(json_t *obj, const char *key, uint64_t id);
int jsonx_set_text(json_t *obj, const char *key, const char *value);
int jsonx_set_int(json_t *obj, const char *key, int64_t value);
int jsonx_set_bool(json_t *obj, const char *key, bool value);
/* Compact text, released with free(); NULL when memory is out. */
char *jsonx_dump(const json_t *j);
