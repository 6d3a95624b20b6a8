/* See fork.h. */
#include "center/record/fork.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/record/fork_alarm.h"
#include "center/record/fork_metadata.h"
#include "center/call/party.h"

#include <string.h>

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 30000
#define ANSWER_S 15

enum fork_state {
	FORK_OPENING, /* ports asked for */
	FORK_CALLING,
	FORK_UP,
	FORK_WAITING, /* it failed; tried again when the timer says so */
};
struct fork {
	struct fork *next;
	struct interaction *interaction;
	uint64_t recorder;
	enum fork_state state;
	struct leg *legs[FORK_STREAMS];
	bool has_second; /* the recorder takes the second line */
	int tries;
	struct timer timer;
	int64_t up_mono;
	struct fork_metadata metadata;
	bool has_news; /* since what the recorder was told */
	enum sdp_direction told[FORK_STREAMS];
};

static const struct recorder_row *row_of(const struct fork *f)
{
	return snapshot_recorder(f->interaction->center->snapshot, f->recorder);
}

/* --- who is sent
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_of_queue(const struct recorder_row *r, uint64_t queue)
{
	for (int i = 0; i < r->n_queues; i++)
		if (r->queues[i] == queue)
			return true;
	return r->n_queues == 0;
}

/* Which of a hundred calls: by the call's own number, so that the same call is always decided alike. */
static bool is_chosen(const struct recorder_row *r, const struct interaction *ix)
{
	return (ix->id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % 100 < (uint64_t)r->percent;
}

static bool is_conversation(const struct interaction *ix)
{
	const struct party *customer = party_customer(ix);

	return !ix->is_ending && ix->stage == STAGE_TALKING && customer && party_is_up(customer) &&
	       ix->lead && party_is_up(ix->lead);
}

/* Nothing of what is said now may be kept. */
static bool is_withheld(const struct interaction *ix)
{
	return !is_conversation(ix) || ix->recording.is_paused;
}

static bool is_customer_sent(const struct interaction *ix)
{
	return !is_withheld(ix);
}

static bool is_sent(const struct interaction *ix, const struct party *p)
{
	if (is_withheld(ix) || !party_is_up(p))
		return false;
	if (p->role == PARTY_CUSTOMER)
		return true;
	if (p->role == PARTY_SUPERVISOR)
		return p->mode == HEARING_BARGE && ix->talk == TALK_FRONT;
	return p == ix->lead ? ix->talk == TALK_FRONT : !p->is_back;
}

int fork_hears(const struct interaction *ix, struct hear *pairs, int n, int max)
{
	for (const struct fork *f = ix->forks; f; f = f->next) {
		if (f->state != FORK_UP)
			continue;
		for (const struct party *p = ix->parties; p && n < max; p = p->next) {
			const struct leg *leg =
				f->legs[p->role == PARTY_CUSTOMER ? FORK_CUSTOMER : FORK_HOUSE];
			bool is_taken = p->role == PARTY_CUSTOMER || f->has_second;
			if (leg && is_taken && !p->is_muted && is_sent(ix, p))
				pairs[n++] = (struct hear){leg->id, p->leg->id};
		}
	}
	return n;
}

/* --- what the recorder is told
 * ----------------------------------------------------------------------------------------------------------
 */

static void describe(const struct party *p, struct fork_person *ret_person)
{
	const struct center *c = p->interaction->center;
	const struct user *u = p->user ? snapshot_user(c->snapshot, p->user) : NULL;
	const char *number = p->role == PARTY_CUSTOMER && !p->number[0] ? p->interaction->from : p->number;

	*ret_person = (struct fork_person){
		.id = p->id, .is_customer = p->role == PARTY_CUSTOMER, .from_ms = center_wall(c)};
	if (u)
		str_printf(ret_person->aor, sizeof(ret_person->aor), "sip:%s@markaz.invalid", u->login);
	else if (number[0] && strspn(number, "+0123456789*#") == strlen(number))
		str_printf(ret_person->aor, sizeof(ret_person->aor), "tel:%s", number);
	else
		str_put(ret_person->aor, sizeof(ret_person->aor), "sip:anonymous@anonymous.invalid");
	str_put(ret_person->name, sizeof(ret_person->name), u ? u->name : p->name);
}

static struct fork_person *person_of(struct fork_metadata *m, uint64_t party)
{
	for (int i = 0; i < m->n_people; i++)
		if (m->people[i].id == party && !m->people[i].until_ms)
			return &m->people[i];
	return NULL;
}

/* In a long call with many comings and goings who left first is forgotten first. */
static bool make_room(struct fork_metadata *m)
{
	for (int i = 0; m->n_people == FORK_PEOPLE_MAX && i < m->n_people; i++)
		if (m->people[i].until_ms) {
			memmove(&m->people[i], &m->people[i + 1],
				sizeof(*m->people) * (size_t)(m->n_people - i - 1));
			m->n_people--;
		}
	return m->n_people < FORK_PEOPLE_MAX;
}

static bool is_there(const struct interaction *ix, uint64_t party)
{
	const struct party *p = party_by_id(ix, party);

	return p && p->state == PARTY_CONNECTED;
}

/* People of the call as they are now; true when that is news. */
static bool look_at_people(struct fork *f)
{
	struct fork_metadata *m = &f->metadata;
	struct interaction *ix = f->interaction;
	bool is_news = false;

	for (int i = 0; i < m->n_people; i++)
		if (!m->people[i].until_ms && !is_there(ix, m->people[i].id)) {
			m->people[i].until_ms = center_wall(ix->center);
			is_news = true;
		}
	for (const struct party *p = ix->parties; p; p = p->next) {
		bool is_secret = p->role == PARTY_SUPERVISOR && p->mode != HEARING_BARGE;
		if (p->state != PARTY_CONNECTED || is_secret || person_of(m, p->id) || !make_room(m))
			continue;
		describe(p, &m->people[m->n_people++]);
		is_news = true;
	}
	return is_news;
}

static enum sdp_direction direction_of(const struct fork *f, int stream)
{
	const struct interaction *ix = f->interaction;

	if (stream == FORK_CUSTOMER)
		return is_customer_sent(ix) ? SDP_SENDONLY : SDP_INACTIVE;
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->role != PARTY_CUSTOMER && is_sent(ix, p))
			return SDP_SENDONLY;
	return SDP_INACTIVE;
}

static struct siprec *session_of(struct fork *f)
{
	struct siprec *s = siprec_new();

	if (!s)
		return NULL;
	s->second = f->legs[FORK_HOUSE]->local;
	for (int i = 0; i < FORK_STREAMS; i++) {
		f->told[i] = direction_of(f, i);
		str_printf(s->labels[i], sizeof(s->labels[i]), "%d", i + 1);
	}
	s->second.direction = f->told[FORK_HOUSE];
	if (fork_metadata_xml(&f->metadata, s->metadata, sizeof(s->metadata)) < 0) {
		siprec_free(s);
		return NULL;
	}
	return s;
}

/* --- its life
 * -------------------------------------------------------------------------------------------------------------
 */

static void retry_due(struct timer *t, int64_t now_ms);

static void close_legs(struct fork *f, const char *reason)
{
	struct leg *legs[FORK_STREAMS] = {f->legs[0], f->legs[1]};

	for (int i = 0; i < FORK_STREAMS; i++) {
		f->legs[i] = NULL;
		if (!legs[i])
			continue;
		legs[i]->fork = NULL;
		hear_forget_leg(f->interaction, legs[i]->id);
		call_leg_hang_up(legs[i], 0, reason);
	}
}

static void say_ended(struct fork *f, const char *reason)
{
	struct center *c = f->interaction->center;
	const struct recorder_row *r = row_of(f);
	uint64_t leg = f->legs[0] ? f->legs[0]->id : 0;

	emit(c, &(struct event){.type = EVENT_FORK_ENDED,
			.interaction = f->interaction->id,
			.ref = leg,
			.name = r ? r->name : NULL,
			.duration_ms = f->state == FORK_UP ? c->now_ms - f->up_mono : 0,
			.reason = reason});
}

/* The recorder does not take the call, or lost it. The first failure in a row is told, then it is tried
 * again, less and less often, as long as the call lasts. */
static void fail(struct fork *f, const char *reason)
{
	struct interaction *ix = f->interaction;
	const struct recorder_row *r = row_of(f);
	int64_t wait_ms = RETRY_FIRST_MS;

	if (f->state == FORK_UP || f->tries == 0) {
		say_ended(f, reason);
		log_error("center", ix->id,
			"the recorder \"%s\" does not record this call: %s. It is tried again; check that it "
			"runs "
			"and takes SIPREC at %s",
			r ? r->name : "", reason, r ? r->uri : "");
	}
	if (f->state == FORK_UP)
		f->tries = 0;
	for (int i = 0; i < f->tries && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	f->tries++;
	f->state = FORK_WAITING;
	ix->n_legs++; /* keeps the interaction while its legs go */
	close_legs(f, reason);
	ix->n_legs--;
	if (!ix->is_ending)
		timer_set(&ix->center->timers, &f->timer,
			ix->center->now_ms + (wait_ms < RETRY_MAX_MS ? wait_ms : RETRY_MAX_MS), retry_due);
	call_forget_if_over(ix);
}

static void open_legs(struct fork *f)
{
	f->state = FORK_OPENING;
	for (int i = 0; i < FORK_STREAMS; i++) {
		f->legs[i] = call_leg_new(f->interaction, LEG_FORK, LEG_SIP, 0);
		if (!f->legs[i]) {
			fail(f, "no_memory");
			return;
		}
		f->legs[i]->fork = f;
	}
	for (int i = 0; i < FORK_STREAMS && f->legs[i]; i++)
		call_leg_open(f->legs[i]);
}

static void retry_due(struct timer *t, int64_t now_ms)
{
	struct fork *f = (struct fork *)((char *)t - offsetof(struct fork, timer));

	(void)now_ms;
	if (f->state == FORK_WAITING)
		open_legs(f);
	else if (f->state == FORK_UP)
		fork_update(f->interaction);
}

static bool has_fork(const struct interaction *ix, uint64_t recorder, int *ret_n)
{
	*ret_n = 0;
	for (const struct fork *f = ix->forks; f; f = f->next, (*ret_n)++)
		if (f->recorder == recorder)
			return true;
	return false;
}

static void begin(struct interaction *ix, const struct recorder_row *r)
{
	struct fork *f = alloc_zero(sizeof(*f));

	if (!f) {
		log_error("center", ix->id, "out of memory: the recorder \"%s\" does not get this call",
			r->name);
		return;
	}
	f->interaction = ix;
	f->recorder = r->id;
	f->metadata.interaction = ix->id;
	f->metadata.fork = id_new();
	f->metadata.started_ms = center_wall(ix->center);
	f->next = ix->forks;
	ix->forks = f;
	look_at_people(f);
	open_legs(f);
}

static void begin_due(struct interaction *ix)
{
	const struct snapshot *s = ix->center->snapshot;
	int n;

	for (int i = 0; i < s->n_recorders; i++) {
		const struct recorder_row *r = &s->recorders[i];
		if (r->is_enabled && is_of_queue(r, ix->last_queue) && is_chosen(r, ix) &&
			!has_fork(ix, r->id, &n) && n < FORKS_MAX)
			begin(ix, r);
	}
}

static void tell_news(struct fork *f)
{
	struct sip_command cmd = {.kind = SIP_REINVITE};
	bool is_same = true;

	for (int i = 0; i < FORK_STREAMS; i++)
		is_same &= f->told[i] == direction_of(f, i);
	if ((is_same && !f->has_news) || !f->legs[0] || !f->legs[1])
		return;
	cmd.siprec = session_of(f);
	cmd.sdp = f->legs[0]->local;
	cmd.sdp.direction = f->told[FORK_CUSTOMER];
	f->has_news = false;
	if (cmd.siprec && call_leg_try_sip(f->legs[0], &cmd))
		return;
	siprec_free(cmd.siprec);
	f->has_news = true;
	timer_set(&f->interaction->center->timers, &f->timer, f->interaction->center->now_ms + RETRY_FIRST_MS,
		retry_due);
}

void fork_update(struct interaction *ix)
{
	if (ix->is_ending)
		return;
	if (is_conversation(ix) && ix->center->snapshot->n_recorders > 0)
		begin_due(ix);
	for (struct fork *f = ix->forks; f; f = f->next) {
		f->has_news |= look_at_people(f);
		if (f->state == FORK_UP)
			tell_news(f);
	}
}

/* --- what its legs say
 * ----------------------------------------------------------------------------------------------------------
 */

static void call_recorder(struct fork *f)
{
	const struct recorder_row *r = row_of(f);
	struct leg *leg = f->legs[0];
	struct sip_command cmd = {.kind = SIP_CALL, .call = {.to = SIP_TO_URI, .timeout_s = ANSWER_S}};

	if (!r || !r->is_enabled || !(cmd.siprec = session_of(f))) {
		fail(f, r ? "no_memory" : "switched_off");
		return;
	}
	str_put(cmd.call.uri, sizeof(cmd.call.uri), r->uri);
	str_put(cmd.call.from_number, sizeof(cmd.call.from_number), "markaz");
	cmd.sdp = leg->local;
	cmd.sdp.direction = f->told[FORK_CUSTOMER];
	f->has_news = false;
	f->state = FORK_CALLING;
	leg->state = LEG_INVITED;
	leg->has_sip = true;
	if (call_leg_try_sip(leg, &cmd))
		return;
	leg->has_sip = false;
	siprec_free(cmd.siprec);
	fail(f, "overloaded");
}

void fork_on_media(struct leg *leg, const struct media_event *e)
{
	struct fork *f = leg->fork;

	if (!f || leg->state == LEG_CLOSING)
		return;
	if (e->kind == MEDIA_LEG_FAILED) {
		leg->has_media = leg->local.has_audio; /* what was opened has to be closed */
		fail(f, "no_media");
	} else if (e->kind == MEDIA_LEG_OPENED && !leg->local.has_audio) {
		call_leg_local_sdp(leg, e);
		if (f->state == FORK_OPENING && f->legs[0] && f->legs[0]->local.has_audio && f->legs[1] &&
			f->legs[1]->local.has_audio)
			call_recorder(f);
	}
}

/* Lines are only ever sent on; what the recorder says about its own direction (recvonly, inactive) is kept.
 */
static void set_remotes(struct fork *f, const struct sip_event *e)
{
	struct leg *second = f->legs[FORK_HOUSE];

	f->legs[FORK_CUSTOMER]->remote = e->sdp;
	call_leg_set_remote(f->legs[FORK_CUSTOMER]);
	f->has_second = e->second.port != 0 && e->second.format.codec != SDP_CODEC_NONE;
	if (!f->has_second || !second)
		return;
	second->remote = e->sdp;
	second->remote.port = e->second.port;
	second->remote.direction = e->second.direction;
	second->remote.formats[0] = e->second.format;
	second->remote.n_formats = 1;
	second->remote.rtcp_port = 0;
	str_put(second->remote.address, sizeof(second->remote.address), e->second.address);
	call_leg_set_remote(second);
}

static void on_answered(struct fork *f, const struct sip_event *e)
{
	struct interaction *ix = f->interaction;
	const struct recorder_row *r = row_of(f);

	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		fork_alarm_raise(ix->center, f->recorder);
		fail(f, "no_common_codec");
		return;
	}
	fork_alarm_clear(ix->center, f->recorder);
	set_remotes(f, e);
	if (!f->has_second)
		log_warn("center", ix->id, "the recorder \"%s\" takes only the customer's side",
			r ? r->name : "");
	f->state = FORK_UP;
	f->tries = 0;
	f->up_mono = ix->center->now_ms;
	f->legs[0]->state = f->legs[1]->state = LEG_UP;
	emit(ix->center, &(struct event){.type = EVENT_FORK_STARTED,
				 .interaction = ix->id,
				 .ref = f->legs[0]->id,
				 .name = r ? r->name : NULL,
				 .reason = "recorder"});
	hear_apply(ix);
}

void fork_on_sip(struct leg *leg, const struct sip_event *e)
{
	struct interaction *ix = leg->interaction;
	struct fork *f = leg->fork;

	if (e->kind == SIP_ENDED) {
		ix->n_legs++;
		leg->has_sip = false;
		if (f && f->state == FORK_CALLING)
			fork_alarm_raise(ix->center, f->recorder);
		if (f)
			fail(f, e->reason[0] ? e->reason : "hung_up");
		else
			call_leg_gone(leg);
		ix->n_legs--;
		call_forget_if_over(ix);
	} else if (e->kind == SIP_ANSWERED && f && f->state == FORK_CALLING) {
		on_answered(f, e);
	} else if (e->kind == SIP_REINVITED && f && f->state == FORK_UP && e->has_sdp &&
		   call_can_talk(&e->sdp)) {
		set_remotes(f, e);
	}
}

void fork_forget_leg(struct leg *leg)
{
	struct fork *f = leg->fork;

	for (int i = 0; f && i < FORK_STREAMS; i++)
		if (f->legs[i] == leg)
			f->legs[i] = NULL;
	leg->fork = NULL;
}

void forks_end(struct interaction *ix, const char *reason)
{
	for (struct fork *f = ix->forks; f; f = f->next) {
		timer_cancel(&ix->center->timers, &f->timer);
		if (f->state == FORK_UP)
			say_ended(f, reason);
		f->state = FORK_WAITING;
		close_legs(f, reason);
	}
}

void forks_free(struct interaction *ix)
{
	while (ix->forks) {
		struct fork *f = ix->forks;
		ix->forks = f->next;
		timer_cancel(&ix->center->timers, &f->timer);
		for (int i = 0; i < FORK_STREAMS; i++)
			if (f->legs[i])
				f->legs[i]->fork = NULL;
		alloc_free(f);
	}
}
