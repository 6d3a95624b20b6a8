/* Actions and texts of a step; see flow_step.h. Masked values never reach a text: texts are cached as sound,
 * logged and shown. */
#include "flow/flow_step.h"
#include "flow/flow_text.h"
#include "flow/phrase.h"
#include "base/str.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void flow_actions_free(struct flow_actions *a)
{
	VEC_FREE(a);
}

/* A zeroed action at the end of the list, naming the node; NULL with s->err. Valid until the next one. */
struct flow_action *flow_act(struct step *s, enum flow_action_kind kind)
{
	if (!VEC_RESERVE(s->actions, s->actions->len + 1)) {
		s->err = -ENOMEM;
		return NULL;
	}
	struct flow_action *a = &s->actions->at[s->actions->len++];
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	if (s->node) {
		str_put(a->node, sizeof(a->node), s->node->name);
		str_put(a->node_type, sizeof(a->node_type), flow_node_type_names[s->node->type]);
	}
	return a;
}

void flow_act_answer(struct step *s)
{
	if (!s->run->is_answered && flow_act(s, FLOW_ANSWER))
		s->run->is_answered = true;
}

int flow_wait_in(struct step *s, enum flow_state state)
{
	s->run->state = state;
	s->run->due_ms = INT64_MAX;
	return s->err < 0 ? VERDICT_ERROR : VERDICT_WAIT;
}

int flow_listen(struct step *s)
{
	int verdict = flow_wait_in(s, FLOW_LISTENING);

	s->run->due_ms = s->now_ms + s->node->timeout_s * INT64_C(1000);
	return verdict;
}

int flow_act_hang_up(struct step *s, const char *reason, const char *label)
{
	struct flow_action *a = flow_act(s, FLOW_HANG_UP);

	if (a) {
		str_put(a->reason, sizeof(a->reason), reason);
		str_put(a->label, sizeof(a->label), label);
	}
	return flow_wait_in(s, FLOW_ENDED);
}

int flow_follow(struct step *s, enum flow_exit exit)
{
	if (s->node->exit[exit] == FLOW_NO_NODE)
		return flow_act_hang_up(s, "flow_error", "the flow has no way on from here");
	return s->node->exit[exit];
}

/* Masked values never reach a text: texts are cached as sound, logged and shown. */
const char *flow_spoken_value(const char *name, void *arg)
{
	const struct flow_variable *v = flow_run_find(arg, name);

	return v && !v->is_masked ? v->value : NULL;
}

static void add_text(struct flow_action *a, const char *text, int language, struct flow_run *run)
{
	struct flow_say *say = &a->say[a->n_say];

	if (!text)
		return;
	flow_text_fill(text, FLOW_FILL_SPOKEN, flow_language_is_rtl(language), flow_spoken_value, run,
		say->text, sizeof(say->text));
	if (str_is_blank(say->text))
		return;
	str_put(say->language, sizeof(say->language), flow_language_names[language]);
	a->n_say++;
}

static void add_item(struct flow_action *a, const struct flow_item *item, struct flow_run *run)
{
	int language = flow_run_language(run);

	assert(a->n_say < FLOW_SAY_MAX);
	if (item->prompt) {
		str_put(a->say[a->n_say].language, sizeof(a->say[0].language), flow_language_names[language]);
		a->say[a->n_say++].prompt = item->prompt;
		return;
	}
	if (item->phrase) {
		add_text(a, phrase_text(flow_language_names[language], item->phrase), language, run);
		return;
	}
	if (!item->text[language])
		language = run->flow->language;
	for (int i = 0; !item->text[language] && i < FLOW_LANGUAGES; i++)
		if (item->text[i])
			language = i;
	add_text(a, item->text[language], language, run);
}

/* Plays first (a fixed phrase where it has no items) and then items. False: there was nothing to play. */
bool flow_act_play(
	struct step *s, const struct flow_items *first, const char *phrase, const struct flow_items *items)
{
	flow_act_answer(s);
	struct flow_action *a = flow_act(s, FLOW_PLAY);
	int language = flow_run_language(s->run);

	if (!a)
		return true; /* s->err is set */
	for (int i = 0; first && i < first->n; i++)
		add_item(a, &first->at[i], s->run);
	if (phrase && a->n_say == 0)
		add_text(a, phrase_text(flow_language_names[language], phrase), language, s->run);
	for (int i = 0; items && i < items->n; i++)
		add_item(a, &items->at[i], s->run);
	a->is_barge_in = s->node->barge_in;
	if (a->n_say == 0)
		s->actions->len--;
	else
		flow_wait_in(s, FLOW_PLAYING);
	return a->n_say > 0;
}

/* What play is followed by: waiting for its end, or what would come after it. */
int flow_waiting(const struct step *s)
{
	return s->err < 0 ? VERDICT_ERROR : VERDICT_WAIT;
}
