/* Who hears whom: a table of every situation that has a name, and every state there is against rules said in
 * another way. */
#include "center/call/hearing.h"
#include "harness/test.h"

#include <ctype.h>
#include <stdio.h>

enum { C = 1, A, X, Y, S, T }; /* customer, lead, asked aside, in the conference, two supervisors */

static bool hears(const struct hear *list, int n, uint64_t leg, uint64_t other)
{
	for (int i = 0; i < n; i++)
		if (list[i].leg == leg && list[i].other == other)
			return true;
	return false;
}

/* "A:CX S:A" from the pairs. */
static const char *written(const struct hearing_state *s)
{
	static const char names[] = "?CAXYST";
	static char text[128];
	struct hear list[HEARING_MAX];
	int n = hearing_of(s, list, HEARING_MAX);
	char *p = text;

	for (uint64_t a = C; a <= T; a++) {
		bool is_any = false;
		for (uint64_t b = C; b <= T; b++) {
			if (!hears(list, n, a, b))
				continue;
			if (!is_any) {
				if (p != text)
					*p++ = ' ';
				*p++ = names[a];
				*p++ = ':';
			}
			is_any = true;
			*p++ = names[b];
		}
	}
	*p = '\0';
	return text;
}

static const struct situation {
	const char *name;
	enum talk talk;
	/* who is there: upper case up, lower case ringing; after each "*": muted. X stands behind unless
	 * is_merged; S and T with their modes */
	const char *who;
	enum hearing_mode s, t;
	bool is_merged;
	const char *hears, *music, *ringback;
} table[] = {
	{"a queue's caller", TALK_FRONT, "C", 0, 0, false, "", "", ""},
	{"two talk", TALK_FRONT, "CA", 0, 0, false, "C:A A:C", "", ""},
	{"hold", TALK_NOBODY, "CA", 0, 0, false, "", "C", ""},
	{"the page reloads", TALK_FRONT, "Ca", 0, 0, false, "", "", ""},
	{"the page reloads on hold", TALK_NOBODY, "Ca", 0, 0, false, "", "C", ""},
	{"consult rings", TALK_BACK, "CAx", 0, 0, false, "", "C", "A"},
	{"back to the customer while it rings", TALK_FRONT, "CAx", 0, 0, false, "C:A A:C", "", ""},
	{"consult", TALK_BACK, "CAX", 0, 0, false, "A:X X:A", "C", ""},
	{"toggled", TALK_FRONT, "CAX", 0, 0, false, "C:A A:C", "X", ""},
	{"both on hold", TALK_NOBODY, "CAX", 0, 0, false, "", "CX", ""},
	{"three-way", TALK_FRONT, "CAX", 0, 0, true, "C:AX A:CX X:CA", "", ""},
	{"three-way on hold: the others go on", TALK_NOBODY, "CAX", 0, 0, true, "C:X X:C", "", ""},
	{"one more is asked", TALK_BACK, "CAXY", 0, 0, false, "C:Y A:X X:A Y:C", "", ""},
	{"four", TALK_FRONT, "CAXY", 0, 0, true, "C:AXY A:CXY X:CAY Y:CAX", "", ""},
	{"a party muted", TALK_FRONT, "CAX*", 0, 0, true, "C:A A:C X:CA", "", ""},
	{"warm transfer done", TALK_FRONT, "CX", 0, 0, true, "C:X X:C", "", ""},
	{"a number outside rings", TALK_FRONT, "Cx", 0, 0, true, "", "", ""},
	{"listen", TALK_FRONT, "CAS", HEARING_LISTEN, 0, false, "C:A A:C S:CA", "", ""},
	{"whisper", TALK_FRONT, "CAS", HEARING_WHISPER, 0, false, "C:A A:CS S:CA", "", ""},
	{"barge", TALK_FRONT, "CAS", HEARING_BARGE, 0, false, "C:AS A:CS S:CA", "", ""},
	{"listen on hold", TALK_NOBODY, "CAS", HEARING_LISTEN, 0, false, "S:A", "C", ""},
	{"whisper on hold", TALK_NOBODY, "CAS", HEARING_WHISPER, 0, false, "A:S S:A", "C", ""},
	{"barge on hold", TALK_NOBODY, "CAS", HEARING_BARGE, 0, false, "A:S S:A", "C", ""},
	{"listen to a consult", TALK_BACK, "CAXS", HEARING_LISTEN, 0, false, "A:X X:A S:AX", "C", ""},
	{"whisper in a consult", TALK_BACK, "CAXS", HEARING_WHISPER, 0, false, "A:XS X:A S:AX", "C", ""},
	{"barge into a consult", TALK_BACK, "CAXS", HEARING_BARGE, 0, false, "A:XS X:AS S:AX", "C", ""},
	{"listen in a conference", TALK_FRONT, "CAXS", HEARING_LISTEN, 0, true, "C:AX A:CX X:CA S:CAX", "",
		""},
	{"whisper in a conference", TALK_FRONT, "CAXS", HEARING_WHISPER, 0, true, "C:AX A:CXS X:CA S:CAX", "",
		""},
	{"two listen", TALK_FRONT, "CAST", HEARING_LISTEN, HEARING_LISTEN, false, "C:A A:C S:CA T:CA", "",
		""},
	{"one listens, one whispers", TALK_FRONT, "CAST", HEARING_LISTEN, HEARING_WHISPER, false,
		"C:A A:CT S:CA T:CA", "", ""},
	{"one listens, one barges", TALK_FRONT, "CAST", HEARING_LISTEN, HEARING_BARGE, false,
		"C:AT A:CT S:CAT T:CA", "", ""},
	{"nobody has the call", TALK_FRONT, "CXS", HEARING_BARGE, 0, true, "C:X X:C", "", ""},
	{"the supervisor's line rings", TALK_FRONT, "CAs", HEARING_BARGE, 0, false, "C:A A:C", "", ""},
};

static struct hearing_state state_of(const struct situation *t)
{
	static const char names[] = "?CAXYST";
	struct hearing_state s = {.talk = t->talk};

	for (const char *p = t->who; *p; p++) {
		if (*p == '*') {
			s.at[s.n - 1].is_muted = true;
			continue;
		}
		char upper = (char)toupper(*p);
		struct hearing_party *q = &s.at[s.n++];
		q->leg = (uint64_t)(strchr(names, upper) - names);
		q->is_up = upper == *p;
		q->is_ringing = !q->is_up;
		q->is_back = q->leg == X && !t->is_merged;
		q->role = q->leg == A ? HEARING_LEAD : q->leg >= S ? HEARING_SUPERVISOR : HEARING_MEMBER;
		q->mode = q->leg == S ? t->s : t->t;
	}
	return s;
}

static const char *sounding(const struct hearing_state *s, enum hearing_sound sound)
{
	static char text[8];
	int n = 0;

	for (int i = 0; i < s->n; i++)
		if (hearing_sound_of(s, i) == sound)
			text[n++] = "?CAXYST"[s->at[i].leg];
	text[n] = '\0';
	return text;
}

TEST(every_situation_with_a_name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct hearing_state s = state_of(&table[i]);
		const char *got = written(&s);
		if (strcmp(got, table[i].hears) != 0)
			test_fail(__FILE__, __LINE__, "%s: \"%s\", wanted \"%s\"", table[i].name, got,
				table[i].hears);
		CHECK_STR(sounding(&s, SOUND_MUSIC), table[i].music);
		CHECK_STR(sounding(&s, SOUND_RINGBACK), table[i].ringback);
	}
}

/* Six parties, each of them there or not, up or not, muted or not, in every place: what may never be. */
static void check_never(const struct hearing_state *s)
{
	struct hear list[HEARING_MAX];
	int n = hearing_of(s, list, HEARING_MAX);
	const struct hearing_party *by[T + 1] = {0};

	for (int i = 0; i < s->n; i++)
		by[s->at[i].leg] = &s->at[i];
	for (int i = 0; i < n; i++) {
		const struct hearing_party *a = by[list[i].leg], *b = by[list[i].other];
		CHECK(a != b && a->is_up && b->is_up && !b->is_muted);
		if (b->role == HEARING_SUPERVISOR && b->mode == HEARING_LISTEN)
			CHECK(false); /* nobody hears who listens */
		if (b->role == HEARING_SUPERVISOR && b->mode == HEARING_WHISPER)
			CHECK(a->role == HEARING_LEAD);
		if (a->role == HEARING_MEMBER && b->role == HEARING_MEMBER)
			CHECK(a->is_back == b->is_back);
		if (a->role == HEARING_MEMBER && b->role != HEARING_MEMBER)
			CHECK(a->is_back == (s->talk == TALK_BACK) && s->talk != TALK_NOBODY);
		/* but for supervisors and the muted, hearing is mutual */
		if (a->role != HEARING_SUPERVISOR && b->role != HEARING_SUPERVISOR && !a->is_muted)
			CHECK(hears(list, n, b->leg, a->leg));
	}
	/* silence is played over, a conversation never */
	for (int i = 0; i < s->n; i++) {
		bool hears_any = false;
		for (int k = 0; k < n; k++)
			hears_any |= list[k].leg == s->at[i].leg && by[list[k].other]->role == HEARING_MEMBER;
		if (hearing_sound_of(s, i) == SOUND_MUSIC)
			CHECK(!hears_any && s->at[i].is_up && s->at[i].role == HEARING_MEMBER);
	}
}

TEST(what_may_never_be_in_any_state)
{
	/* bits: per party 2 of {absent, down, up, up and muted}; then places and modes */
	for (unsigned who = 0; who < 1u << 12; who++)
		for (unsigned how = 0; how < 3 * 3 * 3 * 4; how++) {
			struct hearing_state s = {.talk = how % 3};
			for (unsigned leg = C; leg <= T; leg++) {
				unsigned state = who >> (2 * (leg - 1)) & 3;
				if (state == 0)
					continue;
				s.at[s.n++] = (struct hearing_party){.leg = leg,
					.role = leg == A   ? HEARING_LEAD
						: leg >= S ? HEARING_SUPERVISOR
							   : HEARING_MEMBER,
					.mode = leg == S ? how / 3 % 3 : how / 9 % 3,
					.is_up = state > 1,
					.is_ringing = state == 1,
					.is_muted = state == 3,
					.is_back = (leg == X && how / 27 & 1) || (leg == Y && how / 27 & 2)};
			}
			check_never(&s);
		}
}

TEST(a_full_conference)
{
	struct hearing_state s = {.n = HEARING_PARTIES_MAX};
	struct hear list[HEARING_MAX];

	for (int i = 0; i < s.n; i++)
		s.at[i] = (struct hearing_party){.leg = (uint64_t)i + 1, .is_up = true};
	s.at[1].role = HEARING_LEAD;
	CHECK_INT(hearing_of(&s, list, HEARING_MAX), HEARING_MAX);
	CHECK_INT(hearing_of(&s, list, 5), 5);
}
