/* Fax in calls: received by flow, by number and by tone; T.38; sent, tried again, taken back, and after a
 * crash. */
#include "base/str.h"
#include "center/fax/fax.h"
#include "center/test_parts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A queue of messages; its id. */
static uint64_t fax_queue(struct world *w)
{
	return fixture_create(&w->store, "queue", "{\"name\":\"faxes\",\"channel\":\"message\"}", NULL);
}

static bool number(struct world *w, const char *format, uint64_t id)
{
	char text[512];

	snprintf(text, sizeof(text), format, ID(id));
	return fixture_create(&w->store, "number", text, NULL) != 0;
}

/* The machine of the newest MEDIA_FAX ends. */
static void machine_ends(struct world *w, int reason, int pages)
{
	const struct media_command *cmd = world_media_command(w, MEDIA_FAX);
	struct media_event e = {.kind = MEDIA_FAX_ENDED, .reason = reason};

	if (!cmd)
		return;
	e.group = cmd->group;
	e.leg = cmd->leg;
	e.ref = cmd->ref;
	e.fax.pages = pages;
	e.fax.is_ecm = true;
	e.fax.bit_rate = 14400;
	str_put(e.fax.station, sizeof(e.fax.station), "+98 21 1");
	str_put(e.fax.result, sizeof(e.fax.result), reason ? "lost" : "OK");
	center_on_media(&e, w->center);
	world_run(w);
}

TEST(a_flow_receives_and_goes_on)
{
	WITH_WORLD(w);
	uint64_t queue = fax_queue(&w);
	char text[512];

	snprintf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"f\",\"nodes\":{"
		"\"f\":{\"type\":\"fax\",\"queue\":\"%s\",\"next\":\"e\",\"failed\":\"x\"},"
		"\"x\":{\"type\":\"hang_up\",\"reason\":\"no_fax\"},\"e\":{\"type\":\"hang_up\",\"reason\":"
		"\"thanks\"}}}}",
		ID(queue));
	uint64_t flow = fixture_create(&w.store, "flow", text, NULL);
	CHECK(queue && flow && number(&w, "{\"number\":\"2000\",\"flow\":\"%s\"}", flow) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2000");
	const struct media_command *cmd = world_media_command(&w, MEDIA_FAX);

	CHECK(leg && cmd && !cmd->fax.is_sender && !cmd->fax.is_t38 && strstr(cmd->fax.path, "/documents/"));
	CHECK(world_sip_command(&w, SIP_ANSWER) != NULL);
	/* We are the receiver: T.38 is asked for. */
	CHECK(world_sip_command(&w, SIP_REINVITE) && world_sip_command(&w, SIP_REINVITE)->sdp.is_t38_wanted);
	machine_ends(&w, 0, 3);
	const struct logged *l = world_last(&w, EVENT_FAX_ENDED);
	CHECK(l && l->e.number == 3 && l->e.queue == queue);
	CHECK_STR(l->reason, "ok");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "thanks");
	/* And it is a contact in its queue. */
	CHECK_INT(world_last(&w, EVENT_SEGMENT_QUEUED)->e.queue == queue, 1);
}

TEST(a_fax_line_needs_no_flow_and_keeps_what_came_before_a_cut)
{
	WITH_WORLD(w);
	uint64_t queue = fax_queue(&w);

	CHECK(queue && number(&w, "{\"number\":\"2001\",\"fax_queue\":\"%s\"}", queue) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2001");
	CHECK(world_media_command(&w, MEDIA_FAX) != NULL);
	/* The caller hangs up in mid-page; the machine says what it has afterwards. */
	world_sip(&w, SIP_ENDED, leg, 0);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
	CHECK_INT(w.center->interactions.len, 1);
	machine_ends(&w, 52, 1);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "partial");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1);
	CHECK_INT(w.center->interactions.len, 0);

	world_call(&w, "100", "2001");
	machine_ends(&w, 5, 0);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "failed");
	CHECK_INT(world_count(&w, EVENT_SEGMENT_QUEUED), 1); /* nothing came: nobody is bothered */
	CHECK_INT(w.center->interactions.len, 0);
}

static void says_tone(struct world *w, uint64_t leg, enum media_detected what)
{
	struct media_event e = {
		.kind = MEDIA_DETECTED, .leg = leg, .group = world_ix_id(w, leg), .detected = {.what = what}};

	center_on_media(&e, w->center);
	world_run(w);
}

TEST(a_calling_fax_is_recognised_while_it_waits)
{
	WITH_WORLD(w);
	uint64_t queue = fax_queue(&w);
	char text[256];

	snprintf(text, sizeof(text), "{\"number\":\"2002\",\"queue\":\"%s\",\"fax_queue\":\"%s\"}",
		ID(w.support), ID(queue));
	CHECK(queue && fixture_create(&w.store, "number", text, NULL) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2002");
	CHECK(world_media_command(&w, MEDIA_DETECT) &&
		world_media_command(&w, MEDIA_DETECT)->detect.is_tones_only);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_QUEUED);
	says_tone(&w, leg, MEDIA_BUSY);
	CHECK(!world_media_command(&w, MEDIA_FAX));
	says_tone(&w, leg, MEDIA_FAX_CALLING);
	CHECK(world_media_command(&w, MEDIA_FAX) != NULL);
	CHECK_STR(world_last(&w, EVENT_SEGMENT_OVERFLOWED)->reason, "fax");
	says_tone(&w, leg, MEDIA_FAX_CALLING);
	CHECK_INT(w.center->faxes.len, 1);
	machine_ends(&w, 0, 1);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "ok");
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 1);
}

TEST(t38_takes_the_place_of_sound)
{
	WITH_WORLD(w);
	uint64_t queue = fax_queue(&w);

	CHECK(queue && number(&w, "{\"number\":\"2003\",\"fax_queue\":\"%s\"}", queue) && world_start(&w));
	uint64_t leg = world_call(&w, "100", "2003");
	uint64_t document = world_media_command(&w, MEDIA_FAX)->ref;
	struct sip_event e = {.kind = SIP_REINVITED, .leg = leg, .has_sdp = true};
	e.sdp.t38 =
		(struct sdp_t38){.is_there = true, .port = 40000, .datagram_max = 300, .is_redundancy = true};
	str_put(e.sdp.t38.address, sizeof(e.sdp.t38.address), "192.0.2.77");
	center_on_sip(&e, w.center);
	world_run(&w);
	const struct media_command *cmd = world_media_command(&w, MEDIA_FAX);
	CHECK(cmd->fax.is_t38 && cmd->fax.is_t38_redundancy && cmd->fax.t38_max_datagram == 300 &&
		cmd->ref == document);
	CHECK_STR(world_media_command(&w, MEDIA_LEG_REMOTE)->remote.address, "192.0.2.77");
	CHECK_INT(world_media_command(&w, MEDIA_LEG_REMOTE)->remote.port, 40000);
	machine_ends(&w, 0, 2);
	CHECK(strstr(world_last(&w, EVENT_FAX_ENDED)->text, "\"is_t38\":true"));
}

/* --- sending --- */

static json_t *answered;

static void on_answer(json_t *json, void *arg)
{
	(void)arg;
	json_decref(answered);
	answered = json;
}

/* A trunk that can dial, and a fax asked for. Its document. */
static uint64_t ask_fax(struct world *w, int pages)
{
	struct center_fax ask = {
		.document = id_new(), .user = 9, .pages = pages, .to = "+98215550000", .from = "1000"};

	on_answer(NULL, NULL);
	if (center_fax(w->center, &ask, on_answer, NULL) < 0)
		return 0;
	world_run(w);
	return ask.document;
}

static bool with_proxy(struct world *w)
{
	return fixture_create(&w->store, "trunk", "{\"name\":\"out\",\"proxy\":\"sip:192.0.2.9\"}", NULL) !=
	       0;
}

static uint64_t dialled(struct world *w)
{
	const struct sip_command *cmd = world_sip_command(w, SIP_CALL);

	return cmd ? cmd->leg : 0;
}

static void answers(struct world *w)
{
	world_sip(w, SIP_ANSWERED, dialled(w), 200);
}

TEST(a_fax_is_dialled_sent_and_done)
{
	WITH_WORLD(w);
	CHECK(with_proxy(&w) && world_start(&w));
	uint64_t document = ask_fax(&w, 2);

	CHECK(document && answered);
	CHECK(jsonx_id(answered, "id") == document);
	on_answer(NULL, NULL);
	CHECK_INT(world_count(&w, EVENT_FAX_QUEUED), 1);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_STARTED)->reason, "outbound");
	CHECK(dialled(&w) && world_media_command(&w, MEDIA_FAX) == NULL);
	answers(&w);
	const struct media_command *cmd = world_media_command(&w, MEDIA_FAX);
	CHECK(cmd && cmd->fax.is_sender && cmd->ref == document && cmd->fax.first_page == 0);
	machine_ends(&w, 0, 2);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "ok");
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "fax_sent");
	CHECK_INT(w.center->fax_jobs.len, 0);
	CHECK_INT(w.center->n_faxes_out, 0);
}

TEST(busy_is_tried_again_and_a_cut_goes_on_at_its_page)
{
	WITH_WORLD(w);
	CHECK(with_proxy(&w) && world_start(&w));
	CHECK(ask_fax(&w, 5));
	on_answer(NULL, NULL);
	world_sip(&w, SIP_ENDED, dialled(&w), 486);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "busy");
	CHECK_INT(world_last(&w, EVENT_FAX_ENDED)->e.duration_ms, 120000);
	world_forget(&w);
	world_pass(&w, 119000);
	CHECK(!dialled(&w));
	world_pass(&w, 2000);
	CHECK(dialled(&w));
	answers(&w);
	/* Two pages, then the other side is gone. */
	world_sip(&w, SIP_ENDED, dialled(&w), 0);
	machine_ends(&w, 52, 2);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "failed");
	CHECK_INT(world_last(&w, EVENT_FAX_ENDED)->e.number, 2);
	world_forget(&w);
	world_pass(&w, 121000);
	answers(&w);
	CHECK_INT(world_media_command(&w, MEDIA_FAX)->fax.first_page, 2);
	machine_ends(&w, 0, 3);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "ok");
	CHECK_INT(world_last(&w, EVENT_FAX_ENDED)->e.number, 5);
	CHECK_INT(w.center->fax_jobs.len, 0);
}

TEST(three_tries_and_it_is_given_up)
{
	WITH_WORLD(w);
	CHECK(with_proxy(&w) && world_start(&w));
	CHECK(ask_fax(&w, 1));
	on_answer(NULL, NULL);
	for (int i = 0; i < 3; i++) {
		CHECK(dialled(&w));
		world_sip(&w, SIP_RINGING, dialled(&w),
			180); /* silence would be the trunk's fault: see dial_trunk.h */
		world_sip(&w, SIP_ENDED, dialled(&w), 408);
		world_forget(&w);
		world_pass(&w, 121000);
	}
	CHECK(!dialled(&w));
	CHECK_INT(world_count_reason(&w, EVENT_FAX_ENDED, "no_answer"), 3);
	CHECK_INT(world_last(&w, EVENT_FAX_ENDED)->e.duration_ms, 0);
	CHECK_INT(w.center->fax_jobs.len, 0);
}

static void write_job(struct world *w, uint64_t document)
{
	char path[512], text[ID_TEXT_SIZE];

	snprintf(path, sizeof(path), "%s/documents", w->center->parts.data_directory);
	mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/documents/outbox", w->center->parts.data_directory);
	mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/documents/outbox/%s.json", w->center->parts.data_directory,
		id_text(document, text));
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	fprintf(f, "{\"id\":\"%s\",\"to\":\"+98215550000\",\"from\":\"1000\",\"name\":\"\",\"pages\":1}",
		text);
	fclose(f);
	snprintf(path, sizeof(path), "%s/documents/outbox/broken.json", w->center->parts.data_directory);
	f = fopen(path, "w");
	if (f)
		fclose(f);
}

TEST(after_a_crash_it_goes_on_from_its_file)
{
	WITH_WORLD(w);
	CHECK(with_proxy(&w) && world_start(&w));
	uint64_t document = ask_fax(&w, 1);
	on_answer(NULL, NULL);
	CHECK(document && dialled(&w));
	write_job(&w, document);
	world_crash(&w);
	world_forget(&w);
	CHECK(world_start(&w));
	CHECK_INT(w.center->fax_jobs.len, 1);
	world_pass(&w, 3000);
	CHECK(dialled(&w));
	answers(&w);
	machine_ends(&w, 0, 1);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "ok");
	CHECK_INT(w.center->fax_jobs.len, 0);
	world_crash(&w);
	world_forget(&w);
	CHECK(world_start(&w));
	CHECK_INT(w.center->fax_jobs.len, 0); /* its file is gone with it */
}

TEST(one_that_waits_can_be_taken_back)
{
	WITH_WORLD(w);
	CHECK(with_proxy(&w) && world_start(&w));
	uint64_t document = ask_fax(&w, 1);

	CHECK(center_fax_cancel(w.center, document, on_answer, NULL) == 0);
	world_run(&w);
	CHECK_STR(jsonx_text(answered, "code", ""), "is_sending");
	world_sip(&w, SIP_ENDED, dialled(&w), 486);
	CHECK(center_fax_cancel(w.center, document, on_answer, NULL) == 0);
	world_run(&w);
	CHECK(jsonx_id(answered, "id") == document);
	CHECK_STR(world_last(&w, EVENT_FAX_ENDED)->reason, "cancelled");
	CHECK(center_fax_cancel(w.center, document, on_answer, NULL) == 0);
	world_run(&w);
	CHECK_STR(jsonx_text(answered, "code", ""), "not_found");
	on_answer(NULL, NULL);
}

TEST(faxes_keep_to_the_numbers_that_may_be_dialled)
{
	WITH_WORLD(w);
	CHECK_INT(fixture_update(&w.store, "setting", 1, "{\"forbidden_prefixes\":[\"+98215\"]}", NULL), 0);
	CHECK(world_start(&w));
	CHECK(ask_fax(&w, 1));
	CHECK_STR(jsonx_text(answered, "code", ""), "number_not_allowed");
	on_answer(NULL, NULL);
	CHECK_INT(world_count(&w, EVENT_FAX_QUEUED), 0);
}

TEST(without_a_trunk_nothing_is_taken)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	for (int i = 0; i < w.center->snapshot->n_trunks; i++)
		w.center->snapshot->trunks[i].has_proxy = false;
	CHECK(ask_fax(&w, 1));
	CHECK_STR(jsonx_text(answered, "code", ""), "no_trunk");
	on_answer(NULL, NULL);
	CHECK_INT(world_count(&w, EVENT_FAX_QUEUED), 0);
}
