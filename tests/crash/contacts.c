/* See contacts.h. */
#include "contacts.h"

#include <stdio.h>
#include <string.h>

#define ROUND_MS INT64_C(10000000)

static const char *const names[] = {"Ada", "مریم احمدی", "李雷", "O'Brien \"Bob\"", "😀", "نام\u200cدار"};

uint64_t contacts_random(struct contacts *c, uint64_t n)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ? (z ^ z >> 31) % n : 0;
}

void contacts_begin(struct contacts *c, uint64_t seed, int round, int64_t base_ms, int text_bytes)
{
	*c = (struct contacts){.state = seed,
		.first_id = (uint64_t)round * 1000000,
		.base_ms = base_ms + round * ROUND_MS,
		.text_bytes = text_bytes < CONTACT_TEXT_MAX ? text_bytes : CONTACT_TEXT_MAX - 1};
}

static const char *some_text(struct contacts *c)
{
	int n = c->text_bytes ? (int)contacts_random(c, (uint64_t)c->text_bytes) : 0;

	for (int i = 0; i < n; i++)
		c->text[i] = "etaoin shrdlu\n\"\\"[contacts_random(c, 16)];
	c->text[n] = '\0';
	return c->text;
}

static void begin(struct contacts *c, struct contact *k)
{
	uint64_t id = c->first_id + ++c->made;

	*k = (struct contact){.id = id,
		.segment = 5000000000 + id,
		.recording = 7000000000 + id,
		.queue = 40 + contacts_random(c, 5),
		.agent = 900 + contacts_random(c, 9),
		.kind = (int)contacts_random(c, 4)};
	snprintf(k->number, sizeof(k->number), "+98912%07u", (unsigned)contacts_random(c, 9000000));
}

static void end_contact(struct contacts *c, struct contact *k, struct event *e, const char *why)
{
	e->type = EVENT_INTERACTION_ENDED;
	e->duration_ms = 60000 + k->step;
	e->reason = why;
	snprintf(c->ended, sizeof(c->ended), "%s", k->number);
	*k = (struct contact){0};
}

static void answered(struct contacts *c, struct contact *k, struct event *e)
{
	e->segment = k->segment;
	e->queue = k->queue;
	e->agent = k->agent;
	switch (k->step) {
	case 4:
		e->type = EVENT_OFFER_MADE;
		break;
	case 5:
		e->type = EVENT_OFFER_ENDED;
		e->ring_ms = 1200;
		e->reason = "answered";
		break;
	case 6:
		e->type = EVENT_SEGMENT_ANSWERED;
		e->wait_ms = 1 + (int64_t)contacts_random(c, 30000);
		e->ring_ms = 1200;
		break;
	case 7:
		e->type = EVENT_SEGMENT_HELD;
		break;
	case 8:
		e->type = EVENT_SEGMENT_RESUMED;
		e->hold_ms = 3000;
		break;
	case 9:
		e->type = EVENT_SEGMENT_ENDED;
		e->talk_ms = 1 + (int64_t)contacts_random(c, 100000);
		e->hold_ms = 3000;
		e->number = 1;
		e->reason = "customer";
		break;
	case 10:
		e->type = EVENT_WRAP_UP_STARTED;
		e->duration_ms = 20000;
		break;
	case 11:
		e->type = EVENT_WRAP_UP_ENDED;
		e->acw_ms = 1 + (int64_t)contacts_random(c, 20000);
		e->ref = 60 + contacts_random(c, 3);
		e->text = some_text(c);
		e->reason = "done";
		break;
	case 12:
		e->segment = e->queue = 0;
		e->type = EVENT_NOTE_WRITTEN;
		e->ref = 60 + contacts_random(c, 3);
		e->text = some_text(c);
		break;
	default:
		e->segment = e->queue = e->agent = 0;
		end_contact(c, k, e, "customer_hung_up");
	}
}

static void abandoned(struct contacts *c, struct contact *k, struct event *e)
{
	if (k->step > 4) {
		end_contact(c, k, e, "customer_hung_up");
		return;
	}
	e->type = EVENT_SEGMENT_ABANDONED;
	e->segment = k->segment;
	e->queue = k->queue;
	e->wait_ms = 1 + (int64_t)contacts_random(c, 9000);
}

static void voicemail(struct contacts *c, struct contact *k, struct event *e)
{
	static char path[64];

	e->ref = k->recording;
	switch (k->step) {
	case 4:
		e->type = EVENT_SEGMENT_OVERFLOWED;
		e->segment = k->segment;
		e->queue = k->queue;
		e->ref = 0;
		e->wait_ms = 1 + (int64_t)contacts_random(c, 60000);
		e->reason = "max_wait";
		break;
	case 5:
		e->type = EVENT_RECORDING_STARTED;
		snprintf(path, sizeof(path), "2026/11/22/%llu.wav", (unsigned long long)k->recording);
		e->text = path;
		break;
	case 6:
		e->type = EVENT_RECORDING_ENDED;
		e->duration_ms = 8000;
		e->number = 128044;
		e->reason = "ended";
		break;
	case 7:
		e->type = EVENT_VOICEMAIL_LEFT;
		e->queue = k->queue;
		e->duration_ms = 8000;
		break;
	default:
		e->ref = 0;
		end_contact(c, k, e, "flow_ended");
	}
}

static void start(struct contacts *c, struct contact *k, struct event *e)
{
	switch (k->step) {
	case 0:
		e->type = EVENT_INTERACTION_STARTED;
		e->from = k->number;
		e->to = "+982187654321";
		e->name = names[contacts_random(c, sizeof(names) / sizeof(names[0]))];
		e->reason = "inbound";
		e->text = "voice";
		break;
	case 1:
		e->type = EVENT_FLOW_ENTERED;
		e->ref = 3;
		e->number = 7;
		break;
	case 2:
		e->type = EVENT_FLOW_CHOSE;
		e->name = "menu";
		e->text = "Support";
		e->reason = "1";
		break;
	default:
		e->type = EVENT_SEGMENT_QUEUED;
		e->segment = k->segment;
		e->queue = k->queue;
		e->number = 2;
	}
}

void contacts_next(struct contacts *c, struct event *ret_event)
{
	struct contact *k = &c->open[contacts_random(c, CONTACTS_OPEN)];

	*c->ended = '\0';
	if (!k->id)
		begin(c, k);
	*ret_event = (struct event){
		.tenant = 1, .interaction = k->id, .at_ms = c->base_ms + (int64_t)++c->written};
	if (k->kind == 3 && k->step == 3)
		end_contact(c, k, ret_event, "flow_ended");
	else if (k->step < 4)
		start(c, k, ret_event);
	else if (k->kind == 0)
		answered(c, k, ret_event);
	else if (k->kind == 1)
		abandoned(c, k, ret_event);
	else
		voicemail(c, k, ret_event);
	if (k->id)
		k->step++;
}

static void put_number(json_t *j, const char *key, int64_t v)
{
	if (v)
		json_object_set_new(j, key, json_integer(v));
}

static void put_text(json_t *j, const char *key, const char *s)
{
	if (s)
		json_object_set_new(j, key, json_string(s));
}

json_t *contacts_said(const struct event *e)
{
	json_t *j = json_object();

	put_number(j, "at", e->at_ms);
	put_number(j, "type", e->type);
	put_number(j, "tenant", (int64_t)e->tenant);
	put_number(j, "interaction", (int64_t)e->interaction);
	put_number(j, "segment", (int64_t)e->segment);
	put_number(j, "queue", (int64_t)e->queue);
	put_number(j, "agent", (int64_t)e->agent);
	put_number(j, "ref", (int64_t)e->ref);
	put_number(j, "wait", e->wait_ms);
	put_number(j, "ring", e->ring_ms);
	put_number(j, "talk", e->talk_ms);
	put_number(j, "hold", e->hold_ms);
	put_number(j, "acw", e->acw_ms);
	put_number(j, "duration", e->duration_ms);
	put_number(j, "number", e->number);
	put_text(j, "reason", e->reason);
	put_text(j, "from", e->from);
	put_text(j, "to", e->to);
	put_text(j, "name", e->name);
	put_text(j, "text", e->text);
	return j;
}
