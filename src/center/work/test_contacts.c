/* See test_contacts.h. */
#include "center/work/test_contacts.h"
#include "base/str.h"

#include <stdio.h>

void answer_take(json_t *json, void *arg)
{
	struct answer *a = arg;

	json_decref(a->json);
	a->json = json;
	a->n++;
}

void answer_forget(struct answer *a)
{
	json_decref(a->json);
	*a = (struct answer){0};
}

void contact_ask(struct world *w, struct center_work *what, const char *text, struct answer *a)
{
	what->text = alloc_strdup(text);
	what->user = what->user ? what->user : 77;
	if (center_work(w->center, what, answer_take, a) < 0) {
		world_fail(__FILE__, __LINE__, "the centre does not take a request");
		center_work_clear(what);
	}
	world_run(w);
}

struct center_work contact_opening(uint64_t queue, int channel)
{
	struct center_work what = {.kind = CENTER_WORK_OPEN, .queue = queue, .channel = channel};

	(void)str_put(what.from, sizeof(what.from), "sara@example.org");
	(void)str_put(what.name, sizeof(what.name), "Sara");
	return what;
}

uint64_t contact_open(struct world *w, uint64_t queue, const char *text)
{
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = contact_opening(queue, ROUTE_CHAT);

	contact_ask(w, &what, text, &a);
	return a.n == 1 ? jsonx_id(a.json, "id") : 0;
}

const char *answer_code(const struct answer *a)
{
	return jsonx_text(a->json, "code", "");
}

const char *contact_write(struct world *w, uint64_t id, const char *text, struct answer *a)
{
	struct center_work what = {.kind = CENTER_WORK_WRITE, .interaction = id};

	contact_ask(w, &what, text, a);
	return answer_code(a);
}

const char *contact_end(struct world *w, uint64_t id, bool is_customer)
{
	static char code[32];
	_cleanup_answer_ struct answer a = {0};
	struct center_work what = {.kind = CENTER_WORK_END, .interaction = id, .is_customer = is_customer};

	contact_ask(w, &what, NULL, &a);
	(void)str_put(code, sizeof(code), answer_code(&a));
	return code;
}

uint64_t contact_queue(struct world *w, const char *name, const char *fields)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"name\":\"%s\",\"channel\":\"chat\",\"ring_timeout_s\":5%s}", name,
		fields);
	return fixture_create(&w->store, "queue", text, NULL);
}

json_t *contact_push_to(struct world *w, uint64_t page, const char *on)
{
	for (size_t i = w->said.len; i-- > 0;)
		if (w->said.at[i].kind == CENTER_TO_CLIENT && w->said.at[i].to == page &&
			str_equal(jsonx_text(w->said.at[i].body, "on", NULL), on))
			return w->said.at[i].body;
	return NULL;
}

struct work *contact_of(struct world *w, uint64_t id)
{
	return map_get(&w->center->work->by_id, id);
}

const char *contact_accept(struct world *w, uint64_t page, uint64_t id)
{
	return world_ask(w, page, "'work.accept','interaction':'%s'", ID(id));
}
