/* Supervisors: whom they hear, who hears them, who is told, and how it ends. */
#include "base/id.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/features/supervise.h"
#include "center/test_parts.h"

/* A desk, and a supervisor without the agent's role. */
struct scene {
	struct desk d;
	uint64_t boss, page, customer, ix, ann, leg;
};

static bool scene_open(struct world *w, struct scene *s, const char *mode)
{
	*s = (struct scene){.boss = fixture_create(&w->store, "user",
				    "{\"login\":\"boss\",\"name\":\"Boss\",\"roles\":[\"supervisor\"],"
				    "\"extension\":\"9\"}",
				    NULL)};
	if (!s->boss || !desk_open(w, &s->d))
		return false;
	s->page = world_page(w, s->boss, MAY_SEE_LIVE | MAY_SUPERVISE);
	s->customer = desk_talk(w, &s->d);
	s->ix = world_ix_id(w, s->customer);
	s->ann = world_leg_of(w, s->d.ann);
	if (!mode)
		return true;
	if (!str_equal(world_ask(w, s->page, "'supervise.start','interaction':'%s','mode':'%s'", ID(s->ix),
			       mode),
		    ""))
		return false;
	s->leg = world_party_leg(w, world_ix(w, s->customer), s->boss);
	world_media_up(w, s->page, s->boss, "supervision_media", s->leg);
	return true;
}

#define WITH_SCENE(w, s, mode)                                                                               \
	WITH_WORLD(w);                                                                                       \
	struct scene s;                                                                                      \
	CHECK(scene_open(&w, &s, mode))

#define MODE(mode) world_ask(&w, s.page, "'supervise.mode','interaction':'%s','mode':'" mode "'", ID(s.ix))

static bool notice(struct world *w, uint64_t user)
{
	return json_is_object(json_object_get(world_push(w, user, "call"), "supervisor"));
}

/* The audit entries of supervision. */
static size_t audited(struct world *w)
{
	_cleanup_json_ json_t *rows = NULL;
	size_t i, n = 0;
	json_t *row;

	if (store_audit(w->loader, TENANT, 0, 100, &rows) < 0)
		return 0;
	json_array_foreach(rows, i, row) n += str_equal(jsonx_text(row, "action", ""), "supervised");
	return n;
}

TEST(listen_whisper_barge)
{
	WITH_SCENE(w, s, "listen");
	CHECK(world_hears(&w, s.leg, s.customer) && world_hears(&w, s.leg, s.ann));
	CHECK(!world_hears(&w, s.customer, s.leg) && !world_hears(&w, s.ann, s.leg));
	CHECK(world_hears(&w, s.customer, s.ann) && world_hears(&w, s.ann, s.customer));
	CHECK(!notice(&w, s.d.ann));
	const json_t *push = world_push(&w, s.boss, "supervision");
	CHECK_STR(jsonx_text(push, "state", ""), "on");
	CHECK_STR(jsonx_text(json_object_get(push, "agent"), "name", ""), "ann");
	CHECK_STR(MODE("whisper"), "");
	CHECK(world_hears(&w, s.ann, s.leg) && !world_hears(&w, s.customer, s.leg));
	CHECK(notice(&w, s.d.ann));
	CHECK_STR(MODE("barge"), "");
	CHECK(world_hears(&w, s.ann, s.leg) && world_hears(&w, s.customer, s.leg));
	CHECK_STR(MODE("listen"), "");
	CHECK(!world_hears(&w, s.ann, s.leg) && !world_hears(&w, s.customer, s.leg));
	CHECK_STR(MODE("sing"), "invalid_mode");
	CHECK_STR(world_ask(&w, s.page, "'supervise.stop','interaction':'%s'", ID(s.ix)), "");
	CHECK_STR(jsonx_text(world_push(&w, s.boss, "supervision"), "state", ""), "ended");
	CHECK(world_hears(&w, s.customer, s.ann));
	CHECK_STR(MODE("listen"), "not_supervising");
	CHECK_INT(world_count(&w, EVENT_SUPERVISION_CHANGED), 5);
	CHECK_INT(world_count_reason(&w, EVENT_SUPERVISION_CHANGED, "ended"), 1);
	CHECK_INT(world_last(&w, EVENT_SUPERVISION_CHANGED)->e.ref == s.boss, 1);
	CHECK_INT(world_last(&w, EVENT_SUPERVISION_CHANGED)->e.agent == s.d.ann, 1);
	CHECK_INT(audited(&w), 5);
	CHECK_STR(world_state(&w, s.d.ann), "talking");
}

TEST(whom_the_settings_tell)
{
	static const struct {
		const char *setting;
		bool listen, whisper;
	} table[] = {{"never", false, false}, {"whisper", false, true}, {"always", true, true}};

	for (int i = 0; i < 3; i++) {
		WITH_SCENE(w, s, NULL);
		char patch[96];

		(void)str_printf(patch, sizeof(patch),
			"{\"supervision_notice\":\"%s\",\"is_supervision_beeped\":true}", table[i].setting);
		CHECK_INT(fixture_update(&w.store, "setting", 1, patch, NULL), 0);
		world_configure(&w);
		CHECK_STR(world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'listen'",
				  ID(s.ix)),
			"");
		CHECK(!notice(&w, s.d.ann)); /* not before it is on */
		s.leg = world_party_leg(&w, world_ix(&w, s.customer), s.boss);
		world_media_up(&w, s.page, s.boss, "supervision_media", s.leg);
		CHECK_INT(notice(&w, s.d.ann), table[i].listen);
		CHECK_INT(str_equal(world_plays(&w, s.ann), "tone:beep"), table[i].listen);
		CHECK_STR(MODE("whisper"), "");
		CHECK_INT(notice(&w, s.d.ann), table[i].whisper);
		CHECK_INT(str_equal(world_plays(&w, s.ann), "tone:beep"), table[i].whisper);
		CHECK_STR(MODE("barge"), "");
		CHECK(notice(&w, s.d.ann));
	}
}

TEST(who_may_and_what_can_be_supervised)
{
	WITH_SCENE(w, s, NULL);
	uint64_t stranger = world_page(&w, s.d.bob, MAY_HANDLE | MAY_SEE_LIVE);

	CHECK_STR(world_ask(&w, stranger, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)),
		"forbidden");
	CHECK_STR(world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'x'", ID(s.ix)),
		"invalid_mode");
	CHECK_STR(world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'listen'", ID(5)),
		"not_supervisable");
	world_call(&w, "200", "1000"); /* rings at bob: nobody has it */
	CHECK_STR(world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'listen'",
			  ID(world_agent_of(&w, s.d.bob)->interaction->id)),
		"not_supervisable");
	CHECK_STR(world_ask(&w, s.page, "'supervise.take_over','interaction':'%s'", ID(s.ix)),
		"not_supervising");
	CHECK_STR(
		world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)), "");
	CHECK_STR(world_ask(&w, s.page, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)),
		"already_supervised");
	CHECK_STR(
		world_ask(&w, s.page, "'supervise.take_over','interaction':'%s'", ID(s.ix)), "not_connected");
	/* the agent may not supervise the call they are in */
	CHECK_STR(
		world_ask(&w, s.d.ann_page, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)),
		"not_supervisable");
	/* an agent who is busy finishes first; one who is free is offered nothing meanwhile */
	CHECK_STR(
		world_ask(&w, s.d.bob_page, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)),
		"busy");
	CHECK_INT(world_count(&w, EVENT_SUPERVISION_CHANGED), 0); /* none was ever on */
}

TEST(at_most_four_at_once)
{
	WITH_SCENE(w, s, NULL);

	for (int i = 0; i < 5; i++) {
		char row[128];
		(void)str_printf(row, sizeof(row),
			"{\"login\":\"boss%d\",\"name\":\"S\",\"roles\":[\"supervisor\"]}", i);
		uint64_t user = fixture_create(&w.store, "user", row, NULL);
		world_configure(&w);
		uint64_t page = world_page(&w, user, MAY_SUPERVISE);
		CHECK_STR(
			world_ask(&w, page, "'supervise.start','interaction':'%s','mode':'barge'", ID(s.ix)),
			i < SUPERVISORS_MAX ? "" : "not_supervisable");
		if (i == SUPERVISORS_MAX)
			break;
		world_media_up(&w, page, user, "supervision_media",
			world_party_leg(&w, world_ix(&w, s.customer), user));
	}
	CHECK_INT(world_ix(&w, s.customer)->n_parties, 6);
}

TEST(take_over)
{
	WITH_SCENE(w, s, "listen");
	CHECK_STR(world_ask(&w, s.page, "'supervise.take_over','interaction':'%s'", ID(s.ix)), "");
	CHECK_STR(world_state(&w, s.d.ann), "wrap_up");
	CHECK_STR(world_last(&w, EVENT_SEGMENT_ENDED)->reason, "transfer");
	CHECK_STR(jsonx_text(world_push(&w, s.boss, "supervision"), "reason", ""), "taken_over");
	CHECK_STR(jsonx_text(world_push(&w, s.boss, "call"), "state", ""), "connected");
	CHECK(world_hears(
		&w, s.customer, s.leg)); /* no gap: until the page's call is up the old leg serves */
	uint64_t leg = world_ix(&w, s.customer)->lead->next_leg->id;
	world_media_up(&w, s.page, s.boss, "media", leg);
	CHECK(world_hears(&w, s.customer, leg) && world_hears(&w, leg, s.customer));
	CHECK_STR(world_ask(&w, s.page, "'call.hold','interaction':'%s'", ID(s.ix)), "");
	CHECK_STR(world_state(&w, s.boss), "hold");
	CHECK_STR(world_ask(&w, s.page, "'call.resume','interaction':'%s'", ID(s.ix)), "");
	CHECK_INT(world_count_reason(&w, EVENT_SUPERVISION_CHANGED, "take_over"), 1);
	CHECK_STR(world_ask(&w, s.page, "'call.hang_up','interaction':'%s'", ID(s.ix)), "");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	world_run(&w);
	CHECK(!world_agent_of(&w, s.boss)); /* takes no contacts: forgotten */
}

TEST(it_follows_the_call)
{
	WITH_SCENE(w, s, "whisper");
	CHECK_STR(world_ask(&w, s.d.ann_page,
			  "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}", ID(s.ix),
			  ID(s.d.bob)),
		"");
	world_connect(&w, s.d.bob_page, s.d.bob);
	uint64_t bob = world_leg_of(&w, s.d.bob);
	CHECK(world_hears(&w, s.leg, bob) && !world_hears(&w, s.leg, s.customer) &&
		!world_hears(&w, bob, s.leg));
	CHECK_STR(world_ask(&w, s.d.ann_page, "'call.complete','interaction':'%s'", ID(s.ix)), "");
	CHECK(world_hears(&w, bob, s.leg) && world_hears(&w, s.leg, s.customer) &&
		!world_hears(&w, s.customer, s.leg));
	/* to a queue: nobody has it */
	CHECK_STR(world_ask(&w, s.d.bob_page,
			  "'call.transfer','interaction':'%s','to':{'kind':'queue','id':'%s'}", ID(s.ix),
			  ID(w.support)),
		"");
	CHECK_STR(jsonx_text(world_push(&w, s.boss, "supervision"), "reason", ""), "transfer");
	CHECK_INT(w.center->supervisors.len, 0);
}

TEST(ends_of_a_supervision)
{
	enum { BY_CUSTOMER, BY_AGENT, BY_PAGE, ENDS };
	for (int who = 0; who < ENDS; who++) {
		WITH_SCENE(w, s, "barge");
		if (who == BY_CUSTOMER)
			world_sip(&w, SIP_ENDED, s.customer, 0);
		else if (who == BY_AGENT)
			CHECK_STR(world_ask(&w, s.d.ann_page, "'call.hang_up','interaction':'%s'", ID(s.ix)),
				"");
		else
			world_media(&w, MEDIA_LEG_LOST, s.leg);
		CHECK_STR(jsonx_text(world_push(&w, s.boss, "supervision"), "state", ""), "ended");
		CHECK_INT(world_count_reason(&w, EVENT_SUPERVISION_CHANGED, "ended"), 1);
		CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), who != BY_PAGE);
		if (who == BY_PAGE)
			CHECK(world_hears(&w, s.customer, s.ann));
	}
}

TEST(the_page_is_reloaded)
{
	WITH_SCENE(w, s, "listen");
	world_page_closes(&w, s.page);
	s.page = world_page(&w, s.boss, MAY_SUPERVISE);
	uint64_t leg = world_party_leg(&w, world_ix(&w, s.customer), s.boss);
	CHECK(leg && leg != s.leg);
	world_media_up(&w, s.page, s.boss, "supervision_media", leg);
	CHECK(world_hears(&w, leg, s.customer) && !world_hears(&w, s.customer, leg));
	CHECK_INT(world_count_reason(&w, EVENT_PARTY_JOINED, "supervisor"), 1);
}

TEST(by_telephone)
{
	WITH_SCENE(w, s, NULL);
	struct sip_event e = {.kind = SIP_INCOMING,
		.leg = 4000,
		.user = s.boss,
		.has_sdp = true,
		.sdp = {.has_audio = true, .port = 9, .n_formats = 1, .formats = {{SDP_PCMU, 0}}}};

	CHECK_INT(fixture_update(&w.store, "user", s.d.ann, "{\"extension\":\"31\"}", NULL), 0);
	world_configure(&w);
	CHECK_STR(supervise_by_phone(w.center, "99", &e), "not_supervisable");
	e.user = s.d.bob;
	CHECK_STR(supervise_by_phone(w.center, "31", &e), "forbidden");
	e.user = s.boss;
	CHECK(supervise_by_phone(w.center, "31", &e) == NULL);
	world_run(&w);
	CHECK(world_hears(&w, 4000, s.customer) && world_hears(&w, 4000, s.ann));
	CHECK(!world_hears(&w, s.customer, 4000) && !world_hears(&w, s.ann, 4000));
	world_sip(&w, SIP_ENDED, 4000, 0);
	CHECK_INT(w.center->supervisors.len, 0);

	/* or the telephone is rung */
	CHECK_STR(world_ask(&w, s.page,
			  "'supervise.start','interaction':'%s','mode':'listen','device':'phone'", ID(s.ix)),
		"");
	uint64_t leg = world_sip_command(&w, SIP_CALL)->leg;
	CHECK_INT(world_sip_command(&w, SIP_CALL)->call.user == s.boss, 1);
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK(world_hears(&w, leg, s.customer));
	CHECK_STR(MODE("whisper"), "");
	CHECK(world_hears(&w, s.ann, leg) && !world_hears(&w, s.customer, leg));
	CHECK_STR(world_ask(&w, s.page, "'supervise.take_over','interaction':'%s'", ID(s.ix)), "");
	CHECK(world_hears(&w, s.customer, leg));
	CHECK_STR(world_state(&w, s.d.ann), "wrap_up");
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
}

TEST(a_phone_that_is_not_there)
{
	WITH_SCENE(w, s, NULL);
	CHECK_STR(world_ask(&w, s.page,
			  "'supervise.start','interaction':'%s','mode':'listen','device':'phone'", ID(s.ix)),
		"");
	world_sip(&w, SIP_ENDED, world_sip_command(&w, SIP_CALL)->leg, 480);
	const json_t *push = world_push(&w, s.boss, "supervision");
	CHECK_STR(jsonx_text(push, "state", ""), "ended");
	CHECK_STR(jsonx_text(push, "reason", ""), "unreachable");
}

/* The page is reloaded before the call's own audio is up: it gets audio anew, and that is the only one. */
TEST(taken_over_and_reloaded)
{
	for (int is_up = 0; is_up < 2; is_up++) {
		WITH_SCENE(w, s, "listen");
		CHECK_STR(world_ask(&w, s.page, "'supervise.take_over','interaction':'%s'", ID(s.ix)), "");
		if (is_up)
			world_media_up(
				&w, s.page, s.boss, "media", world_ix(&w, s.customer)->lead->next_leg->id);
		world_forget(&w);
		world_page_closes(&w, s.page);
		s.page = world_page(&w, s.boss, MAY_SUPERVISE);
		uint64_t leg = world_leg_of(&w, s.boss);
		world_media_up(&w, s.page, s.boss, "media", leg);
		CHECK(world_hears(&w, s.customer, leg) && world_hears(&w, leg, s.customer));
	}
}

TEST(a_crash_closes_what_was_open)
{
	WITH_SCENE(w, s, "barge");
	CHECK_STR(world_ask(&w, s.d.ann_page,
			  "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}", ID(s.ix),
			  ID(s.d.bob)),
		"");
	world_connect(&w, s.d.bob_page, s.d.bob);
	CHECK_STR(world_ask(&w, s.d.ann_page, "'call.complete','interaction':'%s'", ID(s.ix)), "");
	CHECK_STR(world_ask(&w, s.d.ann_page, "'wrap_up.finish','interaction':'%s'", ID(s.ix)), "");
	uint64_t other = world_call(&w, "200", "1000");
	world_connect(&w, s.d.ann_page, s.d.ann);
	CHECK_STR(world_ask(&w, s.d.ann_page, "'call.park','interaction':'%s'", ID(world_ix_id(&w, other))),
		"");
	world_crash(&w);
	w.has_restored = true;
	CHECK(world_start(&w));
	CHECK_INT(world_count_reason(&w, EVENT_PARTY_LEFT, "system_restart"), 2);
	CHECK_INT(world_count_reason(&w, EVENT_CALL_RETRIEVED, "system_restart"), 1);
	CHECK_INT(world_count_reason(&w, EVENT_SUPERVISION_CHANGED, "ended"), 1);
}

/* An agent who supervises is taken out of the configuration and comes back: nothing is left hanging. */
TEST(a_supervising_agent_leaves_and_comes_back)
{
	WITH_SCENE(w, s, NULL);
	CHECK_INT(
		fixture_update(&w.store, "user", s.d.bob, "{\"roles\":[\"agent\",\"supervisor\"]}", NULL), 0);
	world_configure(&w);
	CHECK_STR(
		world_ask(&w, s.d.bob_page, "'supervise.start','interaction':'%s','mode':'listen'", ID(s.ix)),
		"");
	CHECK(!world_agent_of(&w, s.d.bob)->is_available);
	CHECK_STR(world_ask(&w, s.d.bob_page, "'agent.offline'"), "");
	CHECK_INT(fixture_update(&w.store, "user", s.d.bob, "{\"is_active\":false}", NULL), 0);
	world_configure(&w);
	world_pass(&w, 1000);
	CHECK_INT(fixture_update(&w.store, "user", s.d.bob, "{\"is_active\":true}", NULL), 0);
	world_configure(&w);
	world_sip(&w, SIP_ENDED, s.customer, 0);
	uint64_t page = world_ready(&w, s.d.bob);
	CHECK(page && world_agent_of(&w, s.d.bob)->is_available);
}

/* Handed over to somebody who still rings: nobody has the call, so nobody is supervised. */
TEST(it_ends_when_the_next_one_still_rings)
{
	WITH_SCENE(w, s, "listen");
	CHECK_STR(world_ask(&w, s.d.ann_page,
			  "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}", ID(s.ix),
			  ID(s.d.bob)),
		"");
	CHECK_STR(world_ask(&w, s.d.ann_page, "'call.complete','interaction':'%s'", ID(s.ix)), "");
	CHECK_STR(jsonx_text(world_push(&w, s.boss, "supervision"), "reason", ""), "handed_over");
	CHECK_INT(w.center->supervisors.len, 0);
}

/* --- supervisors of some teams alone
 * ------------------------------------------------------------------------------------------------------- */

/* ann is of the team the boss belongs to, bob of another one; a customer talks with ann. */
struct teams {
	struct scene s;
	uint64_t ours, other;
};

static bool teams_open(struct world *w, struct teams *t)
{
	char row[160];

	*t = (struct teams){.ours = fixture_create(&w->store, "team", "{\"name\":\"ours\"}", NULL),
		.other = fixture_create(&w->store, "team", "{\"name\":\"other\"}", NULL)};
	if (!scene_open(w, &t->s, NULL))
		return false;
	(void)str_printf(row, sizeof(row), "{\"team\":\"%s\",\"extension\":\"31\"}", ID(t->ours));
	int err = fixture_update(&w->store, "user", t->s.d.ann, row, NULL);
	(void)str_printf(row, sizeof(row), "{\"team\":\"%s\",\"extension\":\"32\"}", ID(t->other));
	err = err ? err : fixture_update(&w->store, "user", t->s.d.bob, row, NULL);
	(void)str_printf(row, sizeof(row), "{\"team\":\"%s\",\"supervises\":\"teams\"}", ID(t->ours));
	err = err ? err : fixture_update(&w->store, "user", t->s.boss, row, NULL);
	world_configure(w);
	return err == 0;
}

#define WITH_TEAMS(w, t)                                                                                     \
	WITH_WORLD(w);                                                                                       \
	struct teams t;                                                                                      \
	CHECK(teams_open(&w, &t))

/* One's teams beside the own one: none, or the other. */
static void teams_set(struct world *w, struct teams *t, bool has_other)
{
	char row[96];

	(void)str_printf(row, sizeof(row),
		has_other ? "{\"supervised_teams\":[\"%s\"]}" : "{\"supervised_teams\":[]}", ID(t->other));
	CHECK_INT(fixture_update(&w->store, "user", t->s.boss, row, NULL), 0);
	world_configure(w);
}

static int refused(struct world *w)
{
	_cleanup_json_ json_t *rows = NULL;
	size_t i;
	json_t *row;
	int n = 0;

	if (store_audit(w->loader, TENANT, 0, 100, &rows) < 0)
		return -1;
	json_array_foreach(rows, i, row) n += str_equal(jsonx_text(row, "action", ""), "supervision_refused");
	return n;
}

/* bob's call of "200". */
static uint64_t talk_with_bob(struct world *w, struct teams *t)
{
	uint64_t customer = world_call(w, "200", "1000");

	world_connect(w, t->s.d.bob_page, t->s.d.bob);
	return world_ix_id(w, customer);
}

TEST(calls_of_other_teams_are_closed_to_who_supervises_some)
{
	WITH_TEAMS(w, t);
	uint64_t bobs = talk_with_bob(&w, &t);
	struct sip_event e = {.kind = SIP_INCOMING,
		.leg = 4000,
		.user = t.s.boss,
		.has_sdp = true,
		.sdp = {.has_audio = true, .port = 9, .n_formats = 1, .formats = {{SDP_PCMU, 0}}}};

	for (int i = 0; i < 3; i++) {
		static const char *const modes[] = {"listen", "whisper", "barge"};
		CHECK_STR(world_ask(&w, t.s.page, "'supervise.start','interaction':'%s','mode':'%s'",
				  ID(bobs), modes[i]),
			"not_your_team");
	}
	CHECK_STR(world_ask(&w, t.s.page, "'supervise.take_over','interaction':'%s'", ID(bobs)),
		"not_supervising");
	CHECK_STR(supervise_by_phone(w.center, "32", &e), "not_your_team");
	world_run(&w);
	CHECK_INT(refused(&w), 4);
	CHECK_INT(w.center->supervisors.len, 0);
	CHECK(supervise_by_phone(w.center, "31", &e) == NULL);
	world_run(&w);
	CHECK(world_hears(&w, 4000, t.s.customer));
	world_sip(&w, SIP_ENDED, 4000, 0);
	/* the other team is theirs, too */
	teams_set(&w, &t, true);
	CHECK_STR(world_ask(&w, t.s.page, "'supervise.start','interaction':'%s','mode':'listen'", ID(bobs)),
		"");
}

TEST(people_of_other_teams_are_not_steered)
{
	WITH_TEAMS(w, t);
	uint64_t page = world_page(&w, t.s.boss, MAY_SEE_LIVE | MAY_STEER_AGENTS);

	CHECK_STR(world_ask(&w, page, "'agent.set','agent':'%s','presence':'break'", ID(t.s.d.bob)),
		"not_your_team");
	CHECK_STR(world_state(&w, t.s.d.bob), "ready");
	CHECK_STR(world_ask(&w, page, "'queue.assign','interaction':'%s','agent':'%s'", ID(t.s.ix),
			  ID(t.s.d.bob)),
		"not_your_team");
	CHECK_STR(world_ask(&w, page, "'agent.set','agent':'%s','presence':'break'", ID(t.s.d.ann)), "");
	world_run(&w);
	CHECK_INT(refused(&w), 2);
}

/* A supervision does not follow the call to an agent of another team, and ends when the team does. */
TEST(a_supervision_stays_within_the_teams)
{
	for (int how = 0; how < 3; how++) {
		WITH_TEAMS(w, t);
		CHECK_STR(world_ask(&w, t.s.page, "'supervise.start','interaction':'%s','mode':'listen'",
				  ID(t.s.ix)),
			"");
		t.s.leg = world_party_leg(&w, world_ix(&w, t.s.customer), t.s.boss);
		world_media_up(&w, t.s.page, t.s.boss, "supervision_media", t.s.leg);
		CHECK(world_hears(&w, t.s.leg, t.s.customer));
		if (how == 0) {
			CHECK_STR(world_ask(&w, t.s.d.ann_page,
					  "'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}",
					  ID(t.s.ix), ID(t.s.d.bob)),
				"");
			world_connect(&w, t.s.d.bob_page, t.s.d.bob);
			CHECK_STR(world_ask(&w, t.s.d.ann_page, "'call.complete','interaction':'%s'",
					  ID(t.s.ix)),
				"");
		} else {
			CHECK_INT(fixture_update(&w.store, "user", how == 1 ? t.s.d.ann : t.s.boss,
					  how == 1 ? "{\"team\":null}" : "{\"roles\":[\"agent\"]}", NULL),
				0);
			world_configure(&w);
		}
		CHECK_STR(jsonx_text(world_push(&w, t.s.boss, "supervision"), "reason", ""), "not_your_team");
		CHECK_INT(w.center->supervisors.len, 0);
		CHECK(!world_hears(&w, t.s.leg, t.s.customer));
		CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0); /* the call goes on */
	}
}

static bool has_agent(const json_t *live, uint64_t agent)
{
	const json_t *a;
	size_t i;

	json_array_foreach(json_object_get(live, "agents"), i, a) if (jsonx_id(a, "id") == agent) return true;
	return false;
}

/* The newest push "live" to the page, of whatever kind, or NULL. */
static json_t *live_to(struct world *w, uint64_t page)
{
	for (size_t i = w->said.len; i-- > 0;) {
		const struct said *s = &w->said.at[i];
		if (s->kind == CENTER_TO_CLIENT && s->to == page &&
			str_equal(jsonx_text(s->body, "on", NULL), "live"))
			return s->body;
	}
	return NULL;
}

static int joins(const struct world *w, uint64_t page)
{
	int n = 0;

	for (size_t i = 0; i < w->said.len; i++)
		if (w->said.at[i].to == page)
			n += (w->said.at[i].kind == CENTER_LIVE_JOIN) -
			     (w->said.at[i].kind == CENTER_LIVE_LEAVE);
	return n;
}

TEST(the_live_view_shows_the_teams_alone)
{
	WITH_TEAMS(w, t);

	CHECK_STR(world_ask(&w, t.s.page, "'live.subscribe'"), "");
	CHECK(has_agent(world_reply(&w), t.s.d.ann) && !has_agent(world_reply(&w), t.s.d.bob));
	CHECK(joins(&w, t.s.page) <= 0); /* not of the audience that hears of everybody */
	world_pass(&w, 1000);
	world_forget(&w);
	CHECK_STR(world_ask(&w, t.s.d.bob_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, t.s.d.ann_page, "'call.hold','interaction':'%s'", ID(t.s.ix)), "");
	world_pass(&w, 100);
	CHECK(has_agent(live_to(&w, t.s.page), t.s.d.ann) && !has_agent(live_to(&w, t.s.page), t.s.d.bob));
	/* one team more, and one less */
	world_forget(&w);
	teams_set(&w, &t, true);
	CHECK(has_agent(live_to(&w, t.s.page), t.s.d.bob));
	world_pass(&w, 1000);
	world_forget(&w);
	teams_set(&w, &t, false);
	const json_t *gone = json_object_get(json_object_get(live_to(&w, t.s.page), "gone"), "agents");
	CHECK_INT(json_array_size(gone), 1);
	CHECK(!has_agent(live_to(&w, t.s.page), t.s.d.bob));
	/* everybody's again: of the audience */
	world_forget(&w);
	CHECK_INT(fixture_update(&w.store, "user", t.s.boss, "{\"supervises\":\"all\"}", NULL), 0);
	world_configure(&w);
	CHECK(has_agent(live_to(&w, t.s.page), t.s.d.bob));
	CHECK_INT(joins(&w, t.s.page), 1);
}

/* A page that subscribes gets everything: what changed just before is still owed to the others. */
TEST(a_new_subscriber_takes_nothing_from_the_others)
{
	WITH_SCENE(w, s, NULL);
	uint64_t other = world_page(&w, s.boss, MAY_SEE_LIVE);
	bool was_told = false;

	CHECK_STR(world_ask(&w, s.page, "'live.subscribe'"), "");
	world_pass(&w, 1000);
	world_forget(&w);
	CHECK_STR(world_ask(&w, s.d.bob_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, other, "'live.subscribe'"), "");
	world_pass(&w, 100);
	for (size_t i = 0; i < w.said.len; i++)
		was_told |= w.said.at[i].kind == CENTER_TO_LIVE && has_agent(w.said.at[i].body, s.d.bob);
	CHECK(was_told);
}
