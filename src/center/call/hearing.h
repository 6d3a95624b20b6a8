/* Who hears whom in a call: one pure function of the state of its parties, so that hold, consult, conference,
 * supervision and all they can be mixed to are decided in one place and tested as a table. hear.c tells the
 * media engine the difference; nobody else does.
 *
 * The parties of a call stand in two circles: in front (the customer, and whoever was taken into the
 * conversation) and behind (who is being asked aside, in a consult call). The agent who has the call, its
 * lead, speaks with one of the circles or with nobody. Inside a circle everybody hears everybody. Supervisors
 * stand beside the lead and go where the lead goes.
 *
 * Must not know: legs' states, events, the media engine. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define HEARING_PARTIES_MAX 32
#define HEARING_MAX (HEARING_PARTIES_MAX * (HEARING_PARTIES_MAX - 1))

enum hearing_role { HEARING_MEMBER, HEARING_LEAD, HEARING_SUPERVISOR };
/* Of a supervisor: hears the lead and whom the lead hears; is heard by the lead alone; is one of the circle.
 */
enum hearing_mode { HEARING_LISTEN, HEARING_WHISPER, HEARING_BARGE };
enum talk { TALK_FRONT, TALK_BACK, TALK_NOBODY }; /* with whom the lead speaks */
enum hearing_sound { SOUND_NONE, SOUND_MUSIC, SOUND_RINGBACK };

struct hearing_party {
	uint64_t leg; /* unique */
	enum hearing_role role;
	enum hearing_mode mode; /* supervisors */
	bool is_up;		/* its sound goes both ways; until then it rings, or its page is reloading */
	bool is_ringing;
	bool is_early; /* rings, and what its line says is to be heard by the lead */
	bool is_back;  /* members: stands behind */
	bool is_muted; /* nobody hears it */
};
struct hearing_state {
	struct hearing_party at[HEARING_PARTIES_MAX];
	int n;
	enum talk talk;
};
struct hear {
	uint64_t leg, other; /* leg hears other */
};

/* Fills in every pair of legs of which the first hears the second, in order of the parties; returns how many
 * (never above HEARING_MAX). At most one party is the lead. */
int hearing_of(const struct hearing_state *s, struct hear *ret_pairs, int max);
/* What is played to party i because it hears nobody: music to a circle of one whom the lead has left,
 * ringback to the lead who waits for the one asked. In a call without a lead nothing: flows, queues and
 * transfers play what they like. */
enum hearing_sound hearing_sound_of(const struct hearing_state *s, int i);
