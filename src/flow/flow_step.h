/* Inside the flow room: one step under way, and what the node types do. All of it runs on the owner's thread,
 * inside flow_step. Enter and input functions give the index of the next node or a verdict. */
#pragma once
#include "flow/flow_state.h"

enum {
	VERDICT_WAIT = -10,  /* the run waits for the outside, or has ended */
	VERDICT_UNFIT = -11, /* the input does not fit the state */
	VERDICT_ERROR = -12, /* step->err says */
	VERDICT_LOST = -13,  /* a variable could not be set: the flow is wrong */
};

struct step {
	struct flow_run *run; /* a copy; the real run takes it over when all went well */
	const struct flow_node *node;
	const struct flow_env *env;
	int64_t now_ms;
	struct flow_actions *actions;
	int err; /* -ENOMEM once memory ran out */
};

/* A zeroed action at the end of the list, naming the node; NULL with s->err. Valid until the next one. */
struct flow_action *flow_act(struct step *s, enum flow_action_kind kind);
/* FLOW_ANSWER, once in a run. */
void flow_act_answer(struct step *s);
/* Ends the run. */
int flow_act_hang_up(struct step *s, const char *reason, const char *label);
/* Plays first (the phrase where it has no items) and then items; each may be NULL. False: there was nothing
 * to play. */
bool flow_act_play(
	struct step *s, const struct flow_items *first, const char *phrase, const struct flow_items *items);
/* The state from now on, without a deadline; the verdict to return. */
int flow_wait_in(struct step *s, enum flow_state state);
/* Waits for a digit, timeout_s of the node long. */
int flow_listen(struct step *s);
/* The verdict when the state stays as it is. */
int flow_waiting(const struct step *s);
/* The node behind an exit; a flow without that exit hangs up. */
int flow_follow(struct step *s, enum flow_exit exit);
/* Whether a digit may end what plays now. */
bool flow_is_bargeable(const struct step *s);
/* flow_lookup over a run's variables, masked ones left out. */
const char *flow_spoken_value(const char *name, void *run);
/* Fills and sets one variable; an unknown language changes nothing. 0, -E2BIG, -ENOMEM. */
int flow_assign(struct step *s, const struct flow_assignment *a);

int flow_say_enter(struct step *s);
int flow_hang_up_enter(struct step *s);
int flow_hours_enter(struct step *s);
int flow_set_enter(struct step *s);
int flow_branch_enter(struct step *s);
int flow_goto_enter(struct step *s);
int flow_record_enter(struct step *s);
int flow_menu_enter(struct step *s);
int flow_collect_enter(struct step *s);
int flow_queue_enter(struct step *s);
int flow_voicemail_enter(struct step *s);
int flow_fax_enter(struct step *s);
int flow_transfer_enter(struct step *s);
int flow_ring_enter(struct step *s);
int flow_say_input(struct step *s, const struct flow_input *input);
int flow_hang_up_input(struct step *s, const struct flow_input *input);
int flow_menu_input(struct step *s, const struct flow_input *input);
int flow_collect_input(struct step *s, const struct flow_input *input);
int flow_queue_input(struct step *s, const struct flow_input *input);
int flow_voicemail_input(struct step *s, const struct flow_input *input);
int flow_fax_input(struct step *s, const struct flow_input *input);
int flow_transfer_input(struct step *s, const struct flow_input *input);
