/* Messages of one's own: who may hear which, what is done with them, how many wait, and hearing them by
 * telephone. */
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/record/mailbox.h"
#include "center/test_parts.h"
#include "center/work/work_state.h"

#include <sys/stat.h>
#include <unistd.h>

static char said_code[64];
static json_t *said;

static void on_said(json_t *json, void *arg)
{
	(void)arg;
	json_decref(said);
	said = json;
	(void)str_put(said_code, sizeof(said_code), json ? jsonx_text(json, "code", "done") : "nothing");
}

static const char *mail(struct world *w, enum center_mail_act act, uint64_t user, uint64_t recording,
	uint64_t owner, uint64_t to)
{
	struct center_mail ask = {.act = act,
		.user = user,
		.recording = recording,
		.interaction = recording,
		.owner = owner,
		.to = to};

	if (center_mail(w->center, &ask, on_said, NULL) < 0)
		return "refused";
	world_run(w);
	return said_code;
}

static bool may_hear(struct world *w, uint64_t user, uint64_t recording, uint64_t owner, uint64_t queue)
{
	struct center_mail ask = {.act = CENTER_MAIL_MAY_HEAR,
		.user = user,
		.recording = recording,
		.owner = owner,
		.queue = queue};

	if (center_mail(w->center, &ask, on_said, NULL) < 0)
		return false;
	world_run(w);
	return jsonx_bool(said, "may", false);
}

static int unheard(struct world *w, uint64_t user)
{
	_cleanup_json_ json_t *counts = mailbox_counts_json(w->center, user);

	return (int)jsonx_int(counts, "unheard", -1);
}

/* A caller dials the number 2000 that leads to extension 200, waits, and leaves a message. */
static uint64_t leave_message(struct world *w)
{
	uint64_t caller = world_call(w, "100", "2000");

	w->recorded_ms = 5000;
	world_pass(w, 30000);
	world_finish_playing(w, caller);
	const struct logged *left = world_last(w, EVENT_RECORDING_STARTED);
	if (!left)
		return 0;
	uint64_t recording = left->e.ref;
	world_pass(w, 5000);
	world_sip(w, SIP_ENDED, caller, 0);
	return recording;
}

struct house {
	uint64_t ann, bob, extension, group;
};

static bool house_open(struct world *w, struct house *h)
{
	h->ann = world_agent(w, "ann", ",\"extension\":\"11\"");
	h->bob = world_agent(w, "bob", ",\"extension\":\"12\"");
	h->extension = world_make(w, "extension",
		"{'number':'200','name':'Ann','user':'%s','has_voicemail':true,'ring_timeout_s':5}",
		ID(h->ann));
	h->group = world_make(w, "ring_group",
		"{'number':'300','name':'Sales','users':['%s','%s'],'then':'voicemail','ring_timeout_s':5}",
		ID(h->ann), ID(h->bob));
	uint64_t number = world_make(
		w, "number", "{'number':'2000','name':'Direct','extension':'%s'}", ID(h->extension));
	return h->ann && h->bob && h->extension && h->group && number && world_start(w);
}

#define WITH_HOUSE(w, h)                                                                                     \
	WITH_WORLD(w);                                                                                       \
	struct house h;                                                                                      \
	if (!house_open(&w, &h)) {                                                                           \
		CHECK(!"the house does not open");                                                           \
		return;                                                                                      \
	}

TEST(a_message_is_its_owners)
{
	WITH_HOUSE(w, h);
	uint64_t recording = leave_message(&w);
	CHECK(recording);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.agent, h.ann);
	CHECK_INT(unheard(&w, h.ann), 1);
	CHECK_INT(unheard(&w, h.bob), 0);
	CHECK(may_hear(&w, h.ann, recording, h.ann, 0));
	CHECK(!may_hear(&w, h.bob, recording, h.ann, 0));
	CHECK_STR(mail(&w, CENTER_MAIL_HEARD, h.bob, recording, h.ann, 0), "not_found");
	CHECK_STR(mail(&w, CENTER_MAIL_REMOVE, h.bob, recording, h.ann, 0), "not_found");
	CHECK_INT(unheard(&w, h.ann), 1);
	CHECK_STR(mail(&w, CENTER_MAIL_HEARD, h.ann, recording, h.ann, 0), "done");
	CHECK_INT(unheard(&w, h.ann), 0);
	CHECK_STR(mail(&w, CENTER_MAIL_UNHEARD, h.ann, recording, h.ann, 0), "done");
	CHECK_INT(unheard(&w, h.ann), 1);
}

TEST(a_message_is_forwarded_and_removed)
{
	WITH_HOUSE(w, h);
	uint64_t recording = leave_message(&w);
	CHECK_STR(mail(&w, CENTER_MAIL_FORWARD, h.ann, recording, h.ann, h.ann), "invalid_target");
	CHECK_STR(mail(&w, CENTER_MAIL_FORWARD, h.ann, recording, h.ann, 12345), "not_found");
	CHECK_STR(mail(&w, CENTER_MAIL_HEARD, h.ann, recording, h.ann, 0), "done");
	CHECK_STR(mail(&w, CENTER_MAIL_FORWARD, h.ann, recording, h.ann, h.bob), "done");
	CHECK_INT(unheard(&w, h.ann), 0);
	CHECK_INT(unheard(&w, h.bob), 1); /* bob has not heard it */
	CHECK(!may_hear(&w, h.ann, recording, h.bob, 0));
	CHECK_STR(mail(&w, CENTER_MAIL_REMOVE, h.bob, recording, h.bob, 0), "done");
	CHECK_INT(unheard(&w, h.bob), 0);
	json_t *rows = NULL;
	struct store_voicemails_query q = {.owners = {h.ann, h.bob}, .n_owners = 2, .limit = 10};
	CHECK_INT(store_voicemails(w.store.reader, &q, &rows), 0);
	CHECK_INT((int)json_array_size(rows), 0);
	json_decref(rows);
}

/* --- cut off by a crash
 * ------------------------------------------------------------------------------------------------------------
 */

/* The process dies while the caller speaks; the recording. */
static uint64_t cut_message(struct world *w, const char *number)
{
	uint64_t caller = world_call(w, "100", number);

	world_pass(w, 30000);
	world_finish_playing(w, caller);
	const struct logged *begun = world_last(w, EVENT_RECORDING_STARTED);
	uint64_t recording = begun ? begun->e.ref : 0;
	world_pass(w, 5000);
	world_crash(w);
	return recording;
}

static int told(struct world *w, enum event_type type, uint64_t recording)
{
	int n = 0;

	VEC_EACH(&w->log, i)
	n += w->log.at[i].e.type == type && w->log.at[i].e.ref == recording;
	return n;
}

TEST(a_message_cut_off_by_a_crash_is_its_owners)
{
	WITH_HOUSE(w, h);
	uint64_t recording = cut_message(&w, "2000");
	CHECK(recording);
	for (int start = 0; start < 2; start++) {
		CHECK(world_start(&w));
		CHECK_INT(told(&w, EVENT_RECORDING_ENDED, recording), 1);
		CHECK_INT(told(&w, EVENT_VOICEMAIL_LEFT, recording), 1);
		CHECK_INT(told(&w, EVENT_VOICEMAIL_DELIVERED, recording), 1);
		CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.agent, h.ann);
		CHECK_INT(unheard(&w, h.ann), 1);
		CHECK_INT(unheard(&w, h.bob), 0);
		if (start == 0)
			world_crash(&w);
	}
}

/* A number whose caller leaves a message for support, worked off in the queue of messages. */
static uint64_t queue_of_messages(struct world *w)
{
	uint64_t queue = world_make(w, "queue", "{'name':'Messages','channel':'message','ring_timeout_s':5}");
	uint64_t flow = world_make(w, "flow",
		"{'name':'f','document':{'format':1,'language':'en','start':'m','nodes':{"
		"'m':{'type':'voicemail','queue':'%s','deliver_to':'%s','next':'e'},"
		"'e':{'type':'hang_up'}}}}",
		ID(w->support), ID(queue));

	return flow && world_make(w, "number", "{'number':'3000','flow':'%s'}", ID(flow)) ? queue : 0;
}

TEST(a_message_cut_off_by_a_crash_waits_in_its_queue_once_wherever_starts_are_cut_off)
{
	for (int64_t kept = 0; kept < 14; kept++) {
		WITH_WORLD(w);
		uint64_t queue = queue_of_messages(&w);
		w.has_restored = true;
		CHECK(queue && world_start(&w));
		uint64_t recording = cut_message(&w, "3000");
		CHECK(recording);
		w.events_kept = kept; /* the start is cut off behind so many events */
		CHECK(world_start(&w));
		world_crash(&w);
		w.events_kept = -1;
		CHECK(world_start(&w));
		CHECK_INT(told(&w, EVENT_RECORDING_ENDED, recording), 1);
		CHECK_INT(told(&w, EVENT_VOICEMAIL_LEFT, recording), 1);
		CHECK_INT(told(&w, EVENT_VOICEMAIL_DELIVERED, recording), 1);
		CHECK_INT(world_last(&w, EVENT_VOICEMAIL_LEFT)->e.queue, w.support);
		CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.queue, queue);
		CHECK_INT(w.center->work->by_id.len, 1);
		CHECK(work_get(w.center, (uint64_t)world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.number));
	}
}

TEST(messages_of_a_group_are_heard_by_those_it_rings)
{
	WITH_HOUSE(w, h);
	uint64_t stranger = world_agent(&w, "carl", "");
	world_configure(&w);
	CHECK(may_hear(&w, h.ann, 1, h.group, 0));
	CHECK(may_hear(&w, h.bob, 1, h.group, 0));
	CHECK(stranger && !may_hear(&w, stranger, 1, h.group, 0));
}

TEST(messages_of_a_queue_are_heard_by_its_agents)
{
	WITH_HOUSE(w, h);
	uint64_t elsewhere = world_make(&w, "queue", "{'name':'Elsewhere','channel':'message','skills':[]}");
	CHECK(may_hear(&w, h.ann, 1, 0, w.support));
	CHECK(!may_hear(&w, h.ann, 1, 0, 0)); /* nobody's: supervisors' alone */
	CHECK(!may_hear(&w, 4242, 1, 0, w.support));
	CHECK(!may_hear(&w, h.ann, 1, 0, elsewhere + 1));
}

TEST(counts_are_read_again_after_a_restart)
{
	WITH_HOUSE(w, h);
	CHECK(leave_message(&w) && leave_message(&w));
	CHECK_INT(unheard(&w, h.ann), 2);
	world_crash(&w);
	CHECK(world_start(&w));
	world_run(&w);
	CHECK_INT(unheard(&w, h.ann), 2);
	struct sip_command *lamp = world_sip_command(&w, SIP_MESSAGES);
	CHECK(lamp && lamp->messages.user == h.ann && lamp->messages.unheard == 2);
}

/* --- by telephone
 * ------------------------------------------------------------------------------------------------------------
 */

static uint64_t dial_code(struct world *w, uint64_t user, const char *code)
{
	struct sip_event e = {.kind = SIP_INCOMING, .leg = w->next_leg++, .user = user, .has_sdp = true};

	(void)str_put(e.to_number, sizeof(e.to_number), code);
	(void)str_put(e.from_number, sizeof(e.from_number), "phone");
	e.sdp = (struct sdp){.has_audio = true,
		.port = 4000,
		.ptime_ms = 20,
		.n_formats = 2,
		.formats = {{SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.9");
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

static void press(struct world *w, uint64_t leg, char digit)
{
	struct sip_event e = {.kind = SIP_DTMF, .leg = leg, .digit = digit};

	center_on_sip(&e, w->center);
	world_run(w);
}

TEST(messages_are_heard_by_telephone)
{
	WITH_HOUSE(w, h);
	uint64_t first = leave_message(&w), second = leave_message(&w);
	uint64_t leg = dial_code(&w, h.ann, "*97");
	CHECK(first && second && world_ix(&w, leg));
	CHECK_INT(unheard(&w, h.ann), 2); /* how many there are is said first */
	world_finish_playing(&w, leg);
	CHECK_INT(unheard(&w, h.ann), 1);
	const struct media_command *play = world_media_command(&w, MEDIA_PLAY);
	bool has_sound = false;
	for (int i = 0; play && i < play->play.n; i++)
		has_sound |= str_starts_with(play->play.list[i].path, "/proc/self/fd/");
	CHECK(has_sound);
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.ref, first); /* the older one first */
	press(&w, leg, '2');
	CHECK_INT(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->e.ref, second);
	CHECK_INT(unheard(&w, h.ann), 0);
	press(&w, leg, '3');
	CHECK_STR(world_last(&w, EVENT_VOICEMAIL_DELIVERED)->reason, "removed");
	press(&w, leg, '4');
	press(&w, leg, '#');
	CHECK(!world_ix(&w, leg) || world_ix(&w, leg)->is_ending);
}

TEST(nobody_who_stays_silent_keeps_the_line)
{
	WITH_HOUSE(w, h);
	uint64_t leg = dial_code(&w, h.bob, "*97");
	CHECK(world_ix(&w, leg));
	for (int i = 0; i < 8; i++) {
		world_finish_playing(&w, leg);
		world_pass(&w, 10000);
	}
	CHECK(!world_ix(&w, leg) || world_ix(&w, leg)->is_ending);
}

TEST(a_greeting_is_recorded_and_counts_once_it_is_kept)
{
	WITH_HOUSE(w, h);
	char path[MEDIA_PATH_MAX], fresh[MEDIA_PATH_MAX + 8];
	uint64_t leg = dial_code(&w, h.ann, "*98");
	CHECK(world_ix(&w, leg));
	world_finish_playing(&w, leg);
	struct media_command *record = world_media_command(&w, MEDIA_RECORD);
	CHECK(record && !record->record.is_encrypted);
	(void)str_put(fresh, sizeof(fresh), record->record.path);
	FILE *f = fopen(fresh, "w");
	CHECK(f && fclose(f) == 0);
	CHECK(!mailbox_greeting(w.center, h.ann, path));
	press(&w, leg, '#');
	press(&w, leg, '2');
	CHECK(mailbox_greeting(w.center, h.ann, path));
	press(&w, leg, '#');
	world_sip(&w, SIP_ENDED, leg, 0);
	uint64_t caller = world_call(&w, "100", "2000");
	world_pass(&w, 30000);
	CHECK_STR(world_plays(&w, caller), path);
}

static bool put_greeting(struct world *w, uint64_t owner, const char *end)
{
	char folder[MEDIA_PATH_MAX], path[MEDIA_PATH_MAX];

	str_printf(folder, sizeof(folder), "%s/greetings", w->store.directory);
	mkdir(folder, 0700);
	if (str_printf(path, sizeof(path), "%s/%s.wav%s", folder, ID(owner), end) < 0)
		return false;
	FILE *f = fopen(path, "w");
	return f && fclose(f) == 0;
}

static bool delete_user(struct world *w, uint64_t user)
{
	struct store_actor actor = {.tenant = 1};
	struct issues issues = {0};

	return store_delete(w->store.store, resource_by_name("user"), user, 0, &actor, &issues) == 0;
}

TEST(a_greeting_goes_with_its_owner)
{
	WITH_HOUSE(w, h);
	char path[MEDIA_PATH_MAX];
	uint64_t carl = world_agent(&w, "carl", ""), dora = world_agent(&w, "dora", "");

	world_configure(&w);
	CHECK(put_greeting(&w, h.ann, "") && put_greeting(&w, h.extension, "") &&
		put_greeting(&w, carl, "") && put_greeting(&w, dora, ""));
	CHECK(delete_user(&w, carl));
	world_configure(&w);
	CHECK(!mailbox_greeting(w.center, carl, path));
	CHECK(mailbox_greeting(w.center, h.ann, path) && mailbox_greeting(w.center, h.extension, path) &&
		mailbox_greeting(w.center, dora, path));
	/* deleted while no server ran, or never kept because the server was killed meanwhile */
	CHECK(put_greeting(&w, h.ann, ".new"));
	world_crash(&w);
	CHECK(delete_user(&w, dora));
	CHECK(world_start(&w));
	CHECK(!mailbox_greeting(w.center, dora, path));
	CHECK(mailbox_greeting(w.center, h.ann, path) && mailbox_greeting(w.center, h.extension, path));
	str_printf(path, sizeof(path), "%s/greetings/%s.wav.new", w.store.directory, ID(h.ann));
	CHECK(access(path, F_OK) < 0);
}
