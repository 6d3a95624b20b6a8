/* What follows when nobody in a ring group answers, in each of its forms, and calls that a flow sends to
 * extensions, ring groups and voicemails. */
#include "base/str.h"
#include "center/call/party.h"
#include "center/dial/dial.h"
#include "center/test_parts.h"

static uint64_t extension(struct world *w, const char *number, const char *more)
{
	return world_make(w, "extension",
		"{'number':'%s','name':'Ext','sip_login':'ext%s','sip_password':'longenough'%s}", number,
		number, more);
}

/* Group 600 of telephones 201 and 202, reached from outside by 2000. Its id; 0: failed. */
static uint64_t group_of(struct world *w, const char *more)
{
	uint64_t a = extension(w, "201", ""), b = extension(w, "202", "");
	uint64_t g = world_make(w, "ring_group",
		"{'number':'600','name':'All','extensions':['%s','%s'],'ring_timeout_s':10%s}", ID(a), ID(b),
		more);

	return g && world_make(w, "number", "{'number':'2000','ring_group':'%s'}", ID(g)) ? g : 0;
}

/* A flow whose node "ring" has the fields; hangs up with the name of the way out as reason. */
static bool flow_of(struct world *w, const char *fields)
{
	uint64_t flow = world_make(w, "flow",
		"{'name':'Ring','document':{'format':1,'language':'en','start':'ring','nodes':{"
		"'ring':{%s,'on_fail':'fail','busy':'busy','no_answer':'late'},"
		"'fail':{'type':'hang_up','reason':'way_fail'},'busy':{'type':'hang_up','reason':'way_busy'},"
		"'late':{'type':'hang_up','reason':'way_late'}}}}",
		fields);

	return flow && world_make(w, "number", "{'number':'3000','flow':'%s'}", ID(flow));
}

static const struct sip_command *called(struct world *w)
{
	return world_sip_command(w, SIP_CALL);
}

static int n_calls(struct world *w)
{
	int n = 0;

	VEC_EACH(&w->sip, i)
	n += w->sip.at[i].kind == SIP_CALL;
	return n;
}

/* The caller leaves five seconds and hangs up. */
static bool leave(struct world *w, uint64_t caller)
{
	world_finish_playing(w, caller);
	w->recorded_ms = 5000;
	world_sip(w, SIP_ENDED, caller, 0);
	return world_count(w, EVENT_VOICEMAIL_LEFT) == 1;
}

/* --- then
 * -----------------------------------------------------------------------------------------------------------
 */

TEST(nobody_answers_and_the_call_ends)
{
	WITH_WORLD(w);
	CHECK(group_of(&w, ",'then':'hang_up'") && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	CHECK_INT(n_calls(&w), 2);
	world_pass(&w, 10001);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "no_answer"), 1);
	const struct sip_command *no = world_sip_command(&w, SIP_HANG_UP);
	CHECK(no && no->leg == caller && no->code == 480);
}

TEST(nobody_answers_and_the_group_takes_a_message)
{
	WITH_WORLD(w);
	uint64_t g = group_of(&w, ",'then':'voicemail'");
	CHECK(g && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	CHECK(!world_sip_command(&w, SIP_ANSWER)); /* not before the machine takes it */
	world_pass(&w, 10001);
	CHECK(world_sip_command(&w, SIP_ANSWER));
	CHECK(leave(&w, caller));
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.agent, g);
}

TEST(nobody_answers_and_one_of_the_people_gets_the_message)
{
	WITH_WORLD(w);
	char more[80];
	uint64_t boss = world_make(&w, "user", "{'login':'boss','name':'Boss','roles':['supervisor']}");
	(void)str_printf(more, sizeof(more), ",'then':'voicemail','voicemail_user':'%s'", ID(boss));
	CHECK(boss && group_of(&w, more) && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_INT(world_count_reason(&w, EVENT_RECORDING_STARTED, "voicemail"), 0); /* one still rings */
	world_pass(&w, 10001);
	CHECK(leave(&w, caller));
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.agent, boss);
}

TEST(nobody_answers_and_an_extension_rings)
{
	WITH_WORLD(w);
	char more[80];
	uint64_t night = extension(&w, "203", "");
	(void)str_printf(more, sizeof(more), ",'then':'extension','then_extension':'%s'", ID(night));
	CHECK(night && group_of(&w, more) && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	world_pass(&w, 10001);
	CHECK_INT(n_calls(&w), 3);
	CHECK_INT(called(&w)->call.user, night);
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK_INT(world_sip_command(&w, SIP_ANSWER)->leg, caller);
	CHECK(world_hears(&w, caller, called(&w)->leg) && world_hears(&w, called(&w)->leg, caller));
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST(nobody_answers_and_a_number_outside_rings)
{
	WITH_WORLD(w);
	char more[80];
	uint64_t away = extension(&w, "203", ",'forward_to':'0211234567'");
	(void)str_printf(more, sizeof(more), ",'then':'extension','then_extension':'%s'", ID(away));
	CHECK(away && group_of(&w, more) && world_start(&w));
	uint64_t caller = world_call(&w, "100", "2000");
	world_pass(&w, 10001);
	world_sip(&w, SIP_ENDED, called(&w)->leg, 480);
	CHECK_STR(called(&w)->call.uri, "0211234567");
	CHECK_INT(called(&w)->call.trunk, w.trunk);
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK(world_hears(&w, caller, called(&w)->leg) && world_hears(&w, called(&w)->leg, caller));
	world_sip(&w, SIP_ENDED, caller, 0);
}

TEST(nobody_answers_and_a_queue_takes_the_caller)
{
	WITH_WORLD(w);
	struct desk d;
	char more[80];
	(void)str_printf(more, sizeof(more), ",'then':'queue','then_queue':'%s'", ID(w.support));
	CHECK(group_of(&w, more) && desk_open(&w, &d));
	world_call(&w, "100", "2000");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	world_pass(&w, 10001);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
	CHECK_STR(world_state(&w, d.ann), "ringing");
}

/* --- from a flow
 * -----------------------------------------------------------------------------------------------------------
 */

TEST(a_flow_rings_an_extension_and_knows_what_came_of_it)
{
	WITH_WORLD(w);
	char fields[120];
	uint64_t e = extension(&w, "201", "");
	(void)str_printf(fields, sizeof(fields), "'type':'extension','extension':'%s'", ID(e));
	CHECK(e && flow_of(&w, fields) && world_start(&w));
	uint64_t caller = world_call(&w, "100", "3000");
	CHECK_INT(called(&w)->call.user, e);
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK(world_hears(&w, caller, called(&w)->leg) && world_hears(&w, called(&w)->leg, caller));
	world_sip(&w, SIP_ENDED, caller, 0);
	world_call(&w, "101", "3000");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 486);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "way_busy"), 1);
	world_call(&w, "102", "3000");
	world_pass(&w, 26000);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "way_late"), 1);
	world_call(&w, "103", "3000");
	world_sip(&w, SIP_ENDED, called(&w)->leg, 404);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "way_fail"), 1);
}

TEST(a_flow_rings_a_group_and_decides_itself_what_follows)
{
	WITH_WORLD(w);
	char fields[120];
	uint64_t g = group_of(&w, ",'then':'voicemail'");
	(void)str_printf(fields, sizeof(fields), "'type':'ring_group','ring_group':'%s'", ID(g));
	CHECK(g && flow_of(&w, fields) && world_start(&w));
	uint64_t caller = world_call(&w, "100", "3000");
	CHECK_INT(n_calls(&w), 2);
	world_sip(&w, SIP_ANSWERED, called(&w)->leg, 200);
	CHECK_INT(world_count_reason(&w, EVENT_PARTY_LEFT, "answered_elsewhere"), 1);
	CHECK(world_hears(&w, caller, called(&w)->leg));
	world_sip(&w, SIP_ENDED, caller, 0);
	world_call(&w, "101", "3000");
	world_pass(&w, 10001);
	CHECK_INT(world_count(&w, EVENT_RECORDING_STARTED), 0); /* the flow's way, not the group's */
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "way_late"), 1);
}

TEST(a_flows_message_goes_to_the_queue_it_names)
{
	WITH_WORLD(w);
	uint64_t letters = world_make(&w, "queue", "{'name':'Letters','channel':'message'}");
	uint64_t flow = world_make(&w, "flow",
		"{'name':'Say','document':{'format':1,'language':'en','start':'m','nodes':{"
		"'m':{'type':'voicemail','queue':'%s','deliver_to':'%s','next':'e'},'e':{'type':'hang_up'}}}"
		"}",
		ID(w.support), ID(letters));
	CHECK(letters && flow && world_make(&w, "number", "{'number':'3000','flow':'%s'}", ID(flow)));
	CHECK(world_start(&w));
	CHECK(leave(&w, world_call(&w, "100", "3000")));
	CHECK_INT(world_count_reason(&w, EVENT_VOICEMAIL_DELIVERED, "queue"), 1);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_LEFT)->e.queue, w.support);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.queue, letters);
}
