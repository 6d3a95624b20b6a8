/* A question to the centre that a worker waits for. */
#pragma once
#include "base/jsonx.h"

struct asked;

/* A question about to be asked, or NULL when memory is out. It has two owners: the worker and the centre. */
struct asked *asked_new(void);
/* Given to the centre as handler, with the asked as its argument: passes on the answer and gives up the
 * centre's share. Centre thread. */
void asked_on_json(json_t *json, void *asked);
/* err: what asking the centre said. Waits for the answer (at most five seconds) when that was 0, and gives up
 * the worker's share. 0 and *ret_json (the caller's); err; -ETIMEDOUT; -ENOMEM. */
int asked_wait(struct asked *a, int err, json_t **ret_json);
