/* The nodes that listen: menu and collect, with their tries, hints and deadlines. */
#include "flow/flow_step.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* No valid answer: once more with a hint, or out. reason: "invalid" or "no_input". */
static int missed(struct step *s, const char *reason, const char *digits)
{
	bool is_invalid = str_equal(reason, "invalid");
	struct flow_action *a = flow_act(s, FLOW_MISSED);

	if (a) {
		str_put(a->reason, sizeof(a->reason), reason);
		str_put(a->digits, sizeof(a->digits), s->node->is_masked && *digits ? "***" : digits);
	}
	s->run->typed[0] = s->run->digits[0] = '\0';
	s->run->due_ms = INT64_MAX;
	if (++s->run->tries >= s->node->tries)
		return flow_follow(s, FLOW_EXIT_FAIL);
	return flow_act_play(s, is_invalid ? &s->node->invalid_say : &s->node->no_input_say,
		       is_invalid ? "invalid_choice" : "no_input", &s->node->say)
		       ? flow_waiting(s)
		       : flow_listen(s);
}

static void chose(struct step *s, const char *digits, const char *label)
{
	struct flow_action *a = flow_act(s, FLOW_CHOSE);

	if (!a)
		return;
	str_put(a->digits, sizeof(a->digits), s->node->is_masked ? "***" : digits);
	str_put(a->label, sizeof(a->label), label);
}

static int menu_digit(struct step *s, char digit)
{
	for (int i = 0; i < s->node->n_options; i++)
		if (s->node->options[i].digit == digit) {
			chose(s, (char[]){digit, '\0'}, s->node->options[i].label);
			return s->node->options[i].next;
		}
	return missed(s, "invalid", (char[]){digit, '\0'});
}

int flow_menu_enter(struct step *s)
{
	char digit = s->node->barge_in ? s->run->typed[0] : '\0';

	s->run->typed[0] = '\0';
	if (digit)
		return menu_digit(s, digit);
	return flow_act_play(s, NULL, NULL, &s->node->say) ? flow_waiting(s) : flow_listen(s);
}

int flow_menu_input(struct step *s, const struct flow_input *input)
{
	switch (input->kind) {
	case FLOW_PLAY_ENDED:
		return flow_listen(s);
	case FLOW_TIME:
		return missed(s, "no_input", "");
	case FLOW_DIGIT:
		if (s->run->state == FLOW_PLAYING && !s->node->barge_in)
			return flow_waiting(s);
		if (s->run->state == FLOW_PLAYING)
			flow_act(s, FLOW_STOP);
		s->run->state = FLOW_LISTENING;
		return menu_digit(s, input->digit);
	default:
		return VERDICT_UNFIT;
	}
}

static int collected(struct step *s)
{
	char digits[FLOW_DIGITS_MAX + 1];
	int err;

	memcpy(digits, s->run->digits, sizeof(digits));
	if (strlen(digits) < (size_t)s->node->min)
		return missed(s, digits[0] ? "invalid" : "no_input", digits);
	memset(s->run->digits, 0, sizeof(s->run->digits));
	chose(s, digits, "");
	err = flow_run_put(s->run, s->node->variable, digits, s->node->is_masked);
	memset(digits, 0, sizeof(digits));
	if (err == -ENOMEM)
		s->err = err;
	if (err < 0)
		return err == -ENOMEM ? VERDICT_ERROR : VERDICT_LOST;
	return flow_follow(s, FLOW_EXIT_NEXT);
}

/* One digit of an entry: the terminator ends it, * starts it over, letters and a foreign # are not heard. */
static int collect_digit(struct step *s, char digit)
{
	size_t n = strlen(s->run->digits);

	if (s->node->digit && digit == s->node->digit)
		return collected(s);
	if (digit == '*') {
		s->run->digits[0] = '\0';
	} else if (digit >= '0' && digit <= '9') {
		s->run->digits[n] = digit;
		s->run->digits[n + 1] = '\0';
		if (n + 1 >= (size_t)s->node->max)
			return collected(s);
	}
	return flow_listen(s);
}

int flow_collect_enter(struct step *s)
{
	char digit = s->node->barge_in ? s->run->typed[0] : '\0';

	s->run->typed[0] = '\0';
	if (digit)
		return collect_digit(s, digit);
	return flow_act_play(s, NULL, NULL, &s->node->say) ? flow_waiting(s) : flow_listen(s);
}

int flow_collect_input(struct step *s, const struct flow_input *input)
{
	switch (input->kind) {
	case FLOW_PLAY_ENDED:
		return flow_listen(s);
	case FLOW_TIME:
		return collected(s);
	case FLOW_DIGIT:
		if (s->run->state == FLOW_PLAYING && !s->node->barge_in)
			return flow_waiting(s);
		if (s->run->state == FLOW_PLAYING)
			flow_act(s, FLOW_STOP);
		s->run->state = FLOW_LISTENING;
		return collect_digit(s, input->digit);
	default:
		return VERDICT_UNFIT;
	}
}
