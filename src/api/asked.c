/* See asked.h. Invariant: whoever comes last frees it, so an answer that comes too late harms nobody. */
#include "api/asked.h"
#include "base/alloc.h"
#include "loop/mailbox.h"

#include <errno.h>
#include <stdatomic.h>

#define ANSWER_TIMEOUT_MS 5000

struct asked { /* shared by the worker and the centre's thread; the last one frees it */
	atomic_int refs;
	struct mailbox *box; /* json_t * */
};

struct asked *asked_new(void)
{
	struct asked *a = alloc_zero(sizeof(*a));

	if (a && mailbox_new(&a->box, sizeof(json_t *), 1) < 0) {
		alloc_free(a);
		return NULL;
	}
	if (a)
		atomic_store(&a->refs, 2);
	return a;
}

static void unref(struct asked *a)
{
	json_t *late;

	if (atomic_fetch_sub(&a->refs, 1) > 1)
		return;
	while (mailbox_take(a->box, &late))
		json_decref(late);
	mailbox_free(a->box);
	alloc_free(a);
}

void asked_on_json(json_t *json, void *asked)
{
	struct asked *a = asked;

	if (mailbox_send(a->box, &json) < 0)
		json_decref(json);
	unref(a);
}

int asked_wait(struct asked *a, int err, json_t **ret_json)
{
	json_t *json = NULL;

	if (err < 0) {
		unref(a); /* the centre's share: it will not call */
	} else {
		mailbox_wait(a->box, ANSWER_TIMEOUT_MS);
		err = mailbox_take(a->box, &json) ? 0 : -ETIMEDOUT;
		if (err == 0 && !json)
			err = -ENOMEM;
	}
	unref(a);
	if (err == 0)
		*ret_json = json;
	return err;
}
