/* What is over leaves nothing behind: after as many calls of a feature as one likes, from other people each
 * time, as many blocks of memory are held as before them. Leaks at the end are found by every test; this one
 * finds what a running centre would gather. */
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

#include <unistd.h>

#define ROUNDS_BEFORE 6 /* tables and lists have their size */
#define ROUNDS 24

struct scene {
	struct world w;
	struct desk d;
	uint64_t boss, boss_page;
	int n; /* calls so far */
	uint64_t customer, ix;
};

static bool talk(struct scene *s)
{
	char number[24];

	str_printf(number, sizeof(number), "+1555%07d", s->n++);
	s->customer = world_call(&s->w, number, "1000");
	world_connect(&s->w, s->d.ann_page, s->d.ann);
	s->ix = world_ix_id(&s->w, s->customer);
	return s->ix != 0;
}

#define ASK(verb, more, ...)                                                                                 \
	str_equal(world_ask(&s->w, s->d.ann_page, "'" verb "','interaction':'%s'" more, __VA_ARGS__), "")

static bool consulted(struct scene *s)
{
	if (!talk(s) || !ASK("call.consult", ",'to':{'kind':'agent','id':'%s'}", ID(s->ix), ID(s->d.bob)))
		return false;
	world_connect(&s->w, s->d.bob_page, s->d.bob);
	return true;
}

static bool abandoned(struct scene *s)
{
	char number[24];

	str_printf(number, sizeof(number), "+1555%07d", s->n++);
	s->customer = world_call(&s->w, number, "1000");
	return s->customer != 0;
}

static bool held(struct scene *s)
{
	return talk(s) && ASK("call.hold", "", ID(s->ix)) && ASK("call.resume", "", ID(s->ix)) &&
	       ASK("call.record", ",'act':'pause'", ID(s->ix)) &&
	       ASK("call.record", ",'act':'resume'", ID(s->ix)) &&
	       ASK("call.dtmf", ",'digits':'12#'", ID(s->ix));
}

static bool handed_on(struct scene *s)
{
	return consulted(s) && ASK("call.toggle", "", ID(s->ix)) && ASK("call.toggle", "", ID(s->ix)) &&
	       ASK("call.complete", "", ID(s->ix));
}

static bool conferred(struct scene *s)
{
	return consulted(s) && ASK("call.conference", "", ID(s->ix));
}

static bool queued_again(struct scene *s)
{
	return talk(s) &&
	       ASK("call.transfer", ",'to':{'kind':'queue','id':'%s'}", ID(s->ix), ID(s->w.support));
}

static bool parked(struct scene *s)
{
	if (!talk(s) || !ASK("call.park", "", ID(s->ix)))
		return false;
	return str_equal(world_ask(&s->w, s->d.bob_page, "'call.pick_up','slot':'71'"), "");
}

static bool supervised(struct scene *s)
{
	if (!talk(s) ||
		!str_equal(world_ask(&s->w, s->boss_page,
				   "'supervise.start','interaction':'%s','mode':'listen'", ID(s->ix)),
			"") ||
		!world_ix(&s->w, s->customer))
		return false;
	world_media_up(&s->w, s->boss_page, s->boss, "supervision_media",
		world_party_leg(&s->w, world_ix(&s->w, s->customer), s->boss));
	return str_equal(world_ask(&s->w, s->boss_page, "'supervise.mode','interaction':'%s','mode':'barge'",
				 ID(s->ix)),
		"");
}

static bool page_lost(struct scene *s)
{
	if (!talk(s))
		return false;
	world_page_closes(&s->w, s->d.ann_page);
	s->d.ann_page = world_page(&s->w, s->d.ann, MAY_HANDLE);
	return s->d.ann_page != 0;
}

static bool open_scene(struct scene *s)
{
	if (!desk_open(&s->w, &s->d))
		return false;
	s->boss = world_agent(&s->w, "boss", ",\"roles\":[\"supervisor\"]");
	world_configure(&s->w);
	s->boss_page = world_page(&s->w, s->boss, MAY_SEE_LIVE | MAY_SUPERVISE);
	return s->boss && s->boss_page &&
	       fixture_create(&s->w.store, "recorder",
		       "{\"name\":\"vault\",\"uri\":\"sip:srs@192.0.2.77\",\"percent\":100}", NULL);
}

/* The call ends, its wrap-ups pass, all are ready again. */
static bool rest(struct scene *s)
{
	world_sip(&s->w, SIP_ENDED, s->customer, 0);
	world_pass(&s->w, 60000);
	(void)world_ask(&s->w, s->d.ann_page, "'agent.ready'");
	(void)world_ask(&s->w, s->d.bob_page, "'agent.ready'");
	world_pass(&s->w, 1000);
	world_forget(&s->w);
	return str_equal(world_state(&s->w, s->d.ann), "ready") &&
	       str_equal(world_state(&s->w, s->d.bob), "ready");
}

static bool play(struct scene *s, bool (*feature)(struct scene *), int rounds)
{
	for (int i = 0; i < rounds; i++) {
		/* Whoever is free the longest gets the call: let it be ann. */
		(void)world_ask(&s->w, s->d.bob_page, "'agent.break'");
		(void)world_ask(&s->w, s->d.bob_page, "'agent.ready'");
		world_pass(&s->w, 1000);
		if (!feature(s) || !rest(s))
			return false;
	}
	return fixture_wait(&s->w.store, s->w.center->last_seq);
}

/* The store's thread frees what it has written a moment later. */
static int64_t blocks_below(int64_t most)
{
	for (int i = 0; i < 20000 && alloc_live() >= most; i++)
		usleep(1000);
	return alloc_live();
}

TEST(what_is_over_leaves_nothing_behind)
{
	static const struct {
		const char *name;
		bool (*run)(struct scene *);
	} features[] = {{"abandoned", abandoned}, {"held", held}, {"handed on", handed_on},
		{"conferred", conferred}, {"queued again", queued_again}, {"parked", parked},
		{"supervised", supervised}, {"page lost", page_lost}};

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		struct scene s = {0};
		int64_t before = 0, after = 0;
		bool is_played = false;
		if (world_open(&s.w)) {
			is_played = open_scene(&s) && play(&s, features[i].run, ROUNDS_BEFORE);
			before = alloc_live();
			is_played = is_played && play(&s, features[i].run, ROUNDS);
			after = is_played ? blocks_below(before + ROUNDS / 2) : 0;
			world_close(&s.w);
		}
		if (!is_played || after >= before + ROUNDS / 2)
			test_fail(__FILE__, __LINE__, "%s: %lld blocks before, %lld after%s",
				features[i].name, (long long)before, (long long)after,
				is_played ? "" : " (not played)");
	}
}
