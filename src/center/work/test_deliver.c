/* Voicemail and faxes as contacts: into a queue of messages, to an agent with what is attached, over a
 * restart. */
#include "base/str.h"
#include "center/test_parts.h"
#include "center/work/work_state.h"

static uint64_t message_queue(struct world *w, const char *fields)
{
	char text[512];

	(void)str_printf(text, sizeof(text),
		"{\"name\":\"Messages\",\"channel\":\"message\",\"ring_timeout_s\":5,\"wrap_up_s\":0%s}",
		fields);
	return fixture_create(&w->store, "queue", text, NULL);
}

static struct work_delivery voicemail(uint64_t queue)
{
	return (struct work_delivery){.kind = WORK_VOICEMAIL,
		.attached = 4711,
		.amount = 12345,
		.queue = queue,
		.from = "+98211234",
		.name = "Sara",
		.to = "1000"};
}

#define WITH_MESSAGES(w, d, queue, fields)                                                                   \
	WITH_WORLD(w);                                                                                       \
	struct desk d;                                                                                       \
	uint64_t queue = message_queue(&w, fields);                                                          \
	if (!queue || !desk_open(&w, &d))                                                                    \
	return

TEST(a_voicemail_is_offered_with_its_recording)
{
	WITH_MESSAGES(w, d, queue, "");
	uint64_t id = 0;
	CHECK(work_deliver(w.center, &(struct work_delivery){.kind = WORK_FAX, .queue = 99}, &id) != NULL);
	struct work_delivery wrong = voicemail(w.support);
	CHECK_STR(work_deliver(w.center, &wrong, &id), "wrong_channel");
	CHECK_INT(id, 0);
	struct work_delivery mail = voicemail(queue);
	CHECK(work_deliver(w.center, &mail, &id) == NULL);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_STARTED)->text, "voicemail");
	const json_t *offer = world_push(&w, d.ann, "work_offer");
	CHECK_STR(jsonx_text(offer, "channel", ""), "voicemail");
	CHECK_INT(jsonx_id(offer, "recording"), 4711);
	CHECK_INT(jsonx_int(offer, "duration_ms", 0), 12345);
	CHECK_STR(world_ask(&w, d.ann_page, "'work.accept','interaction':'%s'", ID(id)), "");
	CHECK_STR(world_ask(&w, d.ann_page,
			  "'work.transfer','interaction':'%s','to':{'kind':'agent','id':'%s'}", ID(id),
			  ID(d.bob)),
		"");
	CHECK_INT(jsonx_id(world_push(&w, d.bob, "work_offer"), "recording"), 4711);
	CHECK_STR(world_ask(&w, d.bob_page, "'work.accept','interaction':'%s'", ID(id)), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'work.end','interaction':'%s'", ID(id)), "");
}

TEST(a_fax_waits_for_the_morning_and_outlives_a_crash)
{
	WITH_MESSAGES(w, d, queue, ",\"capacity\":1");
	CHECK_STR(world_ask(&w, d.ann_page, "'agent.break'"), "");
	CHECK_STR(world_ask(&w, d.bob_page, "'agent.break'"), "");
	uint64_t first = 0, id = 0;
	struct work_delivery fax = voicemail(queue);
	fax.kind = WORK_FAX;
	fax.amount = 3;
	CHECK(work_deliver(w.center, &fax, &first) == NULL);
	CHECK(work_deliver(w.center, &fax, &id) == NULL); /* a full queue takes it all the same */
	world_run(&w);
	CHECK_INT(w.center->work->by_id.len, 2);
	world_crash(&w);
	world_away(5000);
	w.has_restored = true;
	CHECK(world_start(&w));
	const struct work *back = work_get(w.center, id);
	CHECK(back && back->kind == WORK_FAX);
	d.ann_page = world_ready(&w, d.ann);
	CHECK_STR(jsonx_text(world_push(&w, d.ann, "work_offer"), "channel", ""), "fax");
	CHECK_INT(jsonx_int(world_push(&w, d.ann, "work_offer"), "pages", 0), 3);
	CHECK_INT(jsonx_id(world_push(&w, d.ann, "work_offer"), "document"), 4711);
}
