/* What tests of contacts without a telephone share, on the bed of test_parts.h: the system that opens
 * contacts and writes for customers, and the pages that take them. */
#pragma once
#include "center/test_parts.h"
#include "center/work/work_state.h"

/* What the centre answered last, and how often. */
struct answer {
	json_t *json;
	int n;
};
void answer_take(json_t *json, void *arg); /* as the centre calls it back; arg: the answer */
void answer_forget(struct answer *a);
#define _cleanup_answer_ __attribute__((cleanup(answer_forget)))
/* The code in it; "" when it was granted. Borrowed. */
const char *answer_code(const struct answer *a);

/* Asks the centre, as user 77 when nobody is named, and lets it work. */
void contact_ask(struct world *w, struct center_work *what, const char *text, struct answer *a);
/* What Sara asks for who opens one. */
struct center_work contact_opening(uint64_t queue, int channel);
/* The id of a contact just opened; 0: it was not. */
uint64_t contact_open(struct world *w, uint64_t queue, const char *text);
/* Both give the answer's code: of contact_write borrowed from a, of contact_end until the next call. */
const char *contact_write(struct world *w, uint64_t id, const char *text, struct answer *a);
const char *contact_end(struct world *w, uint64_t id, bool is_customer);
/* A queue of chats with further fields (JSON, from a comma on; or ""). Its id, or 0. */
uint64_t contact_queue(struct world *w, const char *name, const char *fields);
#define WITH_CHAT(w, d, chat, fields)                                                                        \
	WITH_WORLD(w);                                                                                       \
	struct desk d;                                                                                       \
	uint64_t chat = contact_queue(&w, "Chat", fields);                                                   \
	if (!chat || !desk_open(&w, &d))                                                                     \
	return

/* The newest push named `on` to one page, or NULL. */
json_t *contact_push_to(struct world *w, uint64_t page, const char *on);
struct work *contact_of(struct world *w, uint64_t id);
/* The page takes it: "" or the code of the refusal. */
const char *contact_accept(struct world *w, uint64_t page, uint64_t id);
