/* An agent's telephone with two lines: asking aside on the second, turning between them, joining them by
 * REFER, and every end. */
#include "base/id.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/test_parts.h"

struct two {		   /* legs */
	uint64_t dan, bob; /* users */
	uint64_t bob_page, customer, first, second, asked;
};

static struct sdp of_phone(enum sdp_direction direction)
{
	struct sdp s = {.has_audio = true,
		.port = 4000,
		.ptime_ms = 20,
		.direction = direction,
		.n_formats = 2,
		.formats = {{SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}}};

	(void)str_put(s.address, sizeof(s.address), "192.0.2.9");
	return s;
}

static uint64_t phone_calls(struct world *w, uint64_t user, const char *number)
{
	struct sip_event e = {.kind = SIP_INCOMING, .leg = w->next_leg++, .user = user, .has_sdp = true};

	e.sdp = of_phone(SDP_SENDRECV);
	(void)str_put(e.to_number, sizeof(e.to_number), number);
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

static void phone_changes(struct world *w, uint64_t leg, enum sdp_direction direction)
{
	struct sip_event e = {.kind = SIP_REINVITED, .leg = leg, .has_sdp = true};

	e.sdp = of_phone(direction);
	center_on_sip(&e, w->center);
	world_run(w);
}

static void refer(struct world *w, uint64_t leg, uint64_t other)
{
	struct sip_event e = {.kind = SIP_REFERRED, .leg = leg, .other = other};

	(void)str_put(e.uri, sizeof(e.uri), "sip:204@192.0.2.1");
	center_on_sip(&e, w->center);
	world_run(w);
}

static bool hear_each_other(const struct world *w, uint64_t a, uint64_t b)
{
	return world_hears(w, a, b) && world_hears(w, b, a);
}

/* dan talks with a customer at a telephone, holds, and has dialled bob on its second line. */
static struct two begin(struct world *w)
{
	struct two t = {.dan = world_agent(w, "dan", ",\"device\":\"phone\"")};
	struct sip_event e = {.kind = SIP_REGISTRATION, .user = t.dan, .count = 1};

	t.bob = world_agent(w, "bob", ",\"extension\":\"204\"");
	if (!t.dan || !t.bob || !world_start(w))
		return t;
	center_on_sip(&e, w->center);
	world_ready(w, t.dan);
	world_pass(w, 5);
	t.bob_page = world_ready(w, t.bob);
	t.customer = world_call(w, "100", "1000");
	t.first = world_sip_command(w, SIP_CALL)->leg;
	world_sip(w, SIP_ANSWERED, t.first, 200);
	phone_changes(w, t.first, SDP_SENDONLY);
	t.second = phone_calls(w, t.dan, "204");
	t.asked = world_leg_of(w, t.bob);
	return t;
}

TEST(a_second_line_asks_somebody_aside)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	CHECK_STR(world_state(&w, t.dan), "hold");
	CHECK_STR(world_state(&w, t.bob), "ringing");
	CHECK(world_ix(&w, t.second) == world_ix(&w, t.customer));
	CHECK(strstr(world_plays(&w, t.second), "ringback"));
	CHECK(strstr(world_plays(&w, t.customer), "house-music"));
	CHECK(world_hears(&w, t.first, t.customer) == false);
	world_connect(&w, t.bob_page, t.bob);
	CHECK(hear_each_other(&w, t.second, t.asked));
	CHECK(!world_hears(&w, t.first, t.asked) && !world_hears(&w, t.customer, t.asked));
	/* To the customer and back again: the telephone holds one line and takes the other. */
	phone_changes(&w, t.second, SDP_SENDONLY);
	phone_changes(&w, t.first, SDP_SENDRECV);
	CHECK(hear_each_other(&w, t.first, t.customer));
	CHECK(!world_hears(&w, t.second, t.asked) && !world_hears(&w, t.asked, t.first));
	phone_changes(&w, t.first, SDP_INACTIVE);
	phone_changes(&w, t.second, SDP_SENDRECV);
	CHECK(hear_each_other(&w, t.second, t.asked));
	/* A third line is one too many. */
	(void)phone_calls(&w, t.dan, "0211234567");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 486);
}

TEST(refer_with_replaces_joins_the_two_lines)
{
	for (int i = 0; i < 3; i++) { /* from either line; and while the asked still rings */
		WITH_WORLD(w);
		struct two t = begin(&w);
		if (i < 2)
			world_connect(&w, t.bob_page, t.bob);
		refer(&w, i == 1 ? t.second : t.first, i == 1 ? t.first : t.second);
		if (i == 2)
			world_connect(&w, t.bob_page, t.bob);
		CHECK_INT(world_count(&w, EVENT_INTERACTION_TRANSFERRED), 1);
		CHECK_STR(world_state(&w, t.dan), "wrap_up");
		CHECK(hear_each_other(&w, t.customer, t.asked));
		CHECK(!world_ix(&w, t.first) && !world_ix(&w, t.second)); /* both hung up */
		CHECK(world_sip_command(&w, SIP_REFERRED_DONE) == NULL);
	}
}

TEST(refer_that_cannot_be_is_told_so)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	refer(&w, t.first, t.customer);
	CHECK_INT(world_sip_command(&w, SIP_REFERRED_DONE)->code, 603);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_TRANSFERRED), 0);
	world_forget(&w);
	refer(&w, t.customer, t.second); /* not the agent's telephone */
	CHECK_INT(world_sip_command(&w, SIP_REFERRED_DONE)->code, 603);
	CHECK_STR(world_state(&w, t.dan), "hold");
}

TEST(who_was_asked_hangs_up_and_the_second_line_goes_too)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	world_connect(&w, t.bob_page, t.bob);
	world_ask(&w, t.bob_page, "'call.hang_up','interaction':'%s'", ID(world_ix_id(&w, t.customer)));
	world_run(&w);
	CHECK_INT(world_sip_command(&w, SIP_HANG_UP)->leg, t.second);
	CHECK(strstr(world_plays(&w, t.customer), "house-music"));
	phone_changes(&w, t.first, SDP_SENDRECV); /* back to the customer */
	CHECK(hear_each_other(&w, t.first, t.customer));
	CHECK_STR(world_state(&w, t.dan), "talking");
}

TEST(the_telephone_hangs_up_its_second_line)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	world_connect(&w, t.bob_page, t.bob);
	world_sip(&w, SIP_ENDED, t.second, 0);
	world_run(&w);
	CHECK_STR(world_state(&w, t.dan), "hold");
	CHECK(!world_ix(&w, t.asked));
	phone_changes(&w, t.first, SDP_SENDRECV);
	CHECK(hear_each_other(&w, t.first, t.customer));
	/* And once more, from the beginning. */
	t.second = phone_calls(&w, t.dan, "204");
	CHECK(world_ix(&w, t.second) == world_ix(&w, t.customer));
}

TEST(the_telephone_hangs_up_its_first_line)
{
	for (int i = 0; i < 2; i++) { /* while it is on hold; after coming back to it */
		WITH_WORLD(w);
		struct two t = begin(&w);
		world_connect(&w, t.bob_page, t.bob);
		if (i)
			phone_changes(&w, t.first, SDP_SENDRECV);
		world_sip(&w, SIP_ENDED, t.first, 0);
		world_run(&w);
		CHECK_STR(world_state(&w, t.dan), "wrap_up");
		CHECK(!world_ix(&w, t.second) && !world_ix(&w, t.asked));
		CHECK(!world_ix(&w, t.customer));
	}
}

TEST(the_customer_hangs_up_and_both_lines_go)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	world_sip(&w, SIP_ENDED, t.customer, 0);
	world_run(&w);
	CHECK(!world_ix(&w, t.first) && !world_ix(&w, t.second) && !world_ix(&w, t.asked));
	CHECK_STR(world_state(&w, t.dan), "wrap_up");
}

TEST(whoever_cannot_be_asked_gets_the_second_line_refused)
{
	WITH_WORLD(w);
	struct two t = begin(&w);
	world_sip(&w, SIP_ENDED, t.second, 0);
	world_run(&w);
	world_page_closes(&w, t.bob_page);
	world_pass(&w, 70000);
	world_forget(&w);
	(void)phone_calls(&w, t.dan, "204");
	CHECK(world_sip_command(&w, SIP_REJECT) != NULL);
	CHECK_STR(world_state(&w, t.dan), "hold");
}
