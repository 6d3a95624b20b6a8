/* See hearing.h. */
#include "center/call/hearing.h"

enum circle { CIRCLE_NONE, CIRCLE_FRONT, CIRCLE_BACK };

static int lead_of(const struct hearing_state *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->at[i].role == HEARING_LEAD)
			return i;
	return -1;
}

static enum circle circle_of_talk(enum talk talk)
{
	return talk == TALK_FRONT ? CIRCLE_FRONT : talk == TALK_BACK ? CIRCLE_BACK : CIRCLE_NONE;
}

static enum circle circle_of(const struct hearing_state *s, const struct hearing_party *p)
{
	if (p->role == HEARING_MEMBER)
		return p->is_back ? CIRCLE_BACK : CIRCLE_FRONT;
	return lead_of(s) < 0 ? CIRCLE_NONE : circle_of_talk(s->talk);
}

static bool are_together(
	const struct hearing_state *s, const struct hearing_party *a, const struct hearing_party *b)
{
	enum circle circle = circle_of(s, a);

	return circle != CIRCLE_NONE && circle == circle_of(s, b);
}

static bool supervisor_hears(
	const struct hearing_state *s, const struct hearing_party *a, const struct hearing_party *b)
{
	if (lead_of(s) < 0)
		return false;
	if (b->role == HEARING_SUPERVISOR)
		return b->mode == HEARING_BARGE;
	return b->role == HEARING_LEAD || are_together(s, a, b);
}

static bool supervisor_is_heard(
	const struct hearing_state *s, const struct hearing_party *a, const struct hearing_party *b)
{
	if (a->role == HEARING_LEAD)
		return b->mode != HEARING_LISTEN;
	return b->mode == HEARING_BARGE && are_together(s, a, b);
}

static bool hears(const struct hearing_state *s, const struct hearing_party *a, const struct hearing_party *b)
{
	if (a == b || !a->is_up || b->is_muted)
		return false;
	if (!b->is_up)
		return b->is_ringing && b->is_early && b->role == HEARING_MEMBER && a->role == HEARING_LEAD &&
		       are_together(s, a, b);
	if (a->role == HEARING_SUPERVISOR)
		return supervisor_hears(s, a, b);
	if (b->role == HEARING_SUPERVISOR)
		return supervisor_is_heard(s, a, b);
	return are_together(s, a, b);
}

int hearing_of(const struct hearing_state *s, struct hear *ret_pairs, int max)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		for (int k = 0; k < s->n && n < max; k++)
			if (hears(s, &s->at[i], &s->at[k]))
				ret_pairs[n++] = (struct hear){s->at[i].leg, s->at[k].leg};
	return n;
}

/* Of the lead's circle nobody is there yet, and somebody rings who does not let their line speak for itself.
 */
static bool is_waited_for(const struct hearing_state *s)
{
	bool is_ringing = false;

	for (int i = 0; i < s->n; i++) {
		const struct hearing_party *p = &s->at[i];
		if (p->role != HEARING_MEMBER || circle_of(s, p) != circle_of_talk(s->talk))
			continue;
		if (p->is_up || p->is_early)
			return false;
		is_ringing |= p->is_ringing;
	}
	return is_ringing;
}

enum hearing_sound hearing_sound_of(const struct hearing_state *s, int i)
{
	const struct hearing_party *p = &s->at[i];
	int lead = lead_of(s);

	if (!p->is_up || lead < 0 || p->role == HEARING_SUPERVISOR)
		return SOUND_NONE;
	if (i == lead)
		return is_waited_for(s) ? SOUND_RINGBACK : SOUND_NONE;
	if (are_together(s, p, &s->at[lead]))
		return SOUND_NONE; /* also while the lead's page reloads: it is back in a moment */
	for (int k = 0; k < s->n; k++)
		if (k != i && s->at[k].is_up && s->at[k].role == HEARING_MEMBER &&
			are_together(s, p, &s->at[k]))
			return SOUND_NONE;
	return SOUND_MUSIC;
}
