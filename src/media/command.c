/* Commands and notes, each carried out on the thread of its leg. */
#include "media/detect/listen.h"
#include "media/fax/fax.h"
#include "media/leg.h"
#include "media/mix/hear.h"
#include "media/mix/mixer.h"
#include "media/out.h"
#include "media/play/player.h"
#include "media/record/recorder.h"
#include "media/relay.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* Changes of who hears whom have no answer; what cannot be done for want of memory ends the leg. */
static void hear(struct leg *leg, int err)
{
	if (err == -ENOMEM)
		engine_leg_event(leg, MEDIA_LEG_FAILED, 0, err);
}

static void change_hearing(struct audio_thread *t, struct leg *leg, const struct media_command *c)
{
	struct leg *other = leg_find(t, c->other);

	if (other && other->group != leg->group)
		other = NULL;
	if (c->kind == MEDIA_UNBRIDGE)
		hear_nobody(leg);
	else if (other && c->kind == MEDIA_BRIDGE)
		hear(leg, hear_pair(leg, other));
	else if (other)
		hear(leg, hear_set(leg, other, c->hear.is_on, c->hear.gain_db));
}

static void detect(struct leg *leg, bool is_on)
{
	if (is_on && !leg->inband) {
		/* Without memory there is no detector; RFC 4733 goes on. */
		(void)dtmf_inband_new(&leg->inband);
	} else if (!is_on) {
		for (int i = 0; i < leg->n_heard_by; i++)
			dtmf_out_release(&leg->heard_by[i]->dtmf_out, leg->id, DTMF_MIN_MS);
		dtmf_inband_free(leg->inband);
		leg->inband = NULL;
	}
}

static void measure(struct leg *leg, int frequency_hz)
{
	leg->tone = (struct tone_measure){.is_on = frequency_hz > 0 && frequency_hz < LAW_RATE_HZ / 2,
		.frequency_hz = frequency_hz,
		.reported_ns = leg->thread->now_ns};
	if (leg->tone.is_on)
		tone_meter_start(&leg->tone.meter, frequency_hz, LAW_RATE_HZ);
}

/* A command for a leg that is not there (any more): whoever waits for an end event gets it. */
static void no_leg(struct audio_thread *t, const struct media_command *c)
{
	struct media_event e = {.group = c->group, .leg = c->leg, .ref = c->ref, .reason = -ENOENT};

	if (c->kind == MEDIA_PLAY)
		e.kind = MEDIA_PLAY_ENDED;
	else if (c->kind == MEDIA_RECORD)
		e.kind = MEDIA_RECORD_ENDED;
	else if (c->kind == MEDIA_LEG_REMOTE)
		e.kind = MEDIA_LEG_FAILED;
	else if (c->kind == MEDIA_FAX)
		e.kind = MEDIA_FAX_ENDED;
	else if (c->kind == MEDIA_DETECT)
		e = (struct media_event){.kind = MEDIA_DETECTED,
			.group = c->group,
			.leg = c->leg,
			.detected = {.what = MEDIA_UNSURE}};
	else
		return;
	engine_event(t->media, &e);
}

static void run_on_leg(struct audio_thread *t, struct leg *leg, const struct media_command *c)
{
	switch (c->kind) {
	case MEDIA_LEG_REMOTE:
		leg_set_remote(leg, c);
		break;
	case MEDIA_LEG_CLOSE:
		leg_close(leg);
		break;
	case MEDIA_BRIDGE:
	case MEDIA_UNBRIDGE:
	case MEDIA_HEAR:
		change_hearing(t, leg, c);
		break;
	case MEDIA_PLAY:
		player_start(leg, c);
		break;
	case MEDIA_PLAY_STOP:
		if (c->play.layer < MEDIA_LAYERS)
			player_stop(leg, c->play.layer, 1);
		(void)mixer_hand_back(leg);
		hear_plan(leg);
		break;
	case MEDIA_MUTE:
		leg->is_muted = c->flag.is_on;
		break;
	case MEDIA_DTMF_SEND:
		dtmf_out_add(&leg->dtmf_out, c->dtmf.digits, c->dtmf.duration_ms);
		break;
	case MEDIA_DTMF_PRESSED:
		if (memchr(c->dtmf.digits, 0, sizeof(c->dtmf.digits)))
			relay_signalled(leg, c->dtmf.digits, c->dtmf.duration_ms);
		break;
	case MEDIA_DTMF_BY_SIGNALLING:
		leg->is_key_signalled = c->flag.is_on;
		break;
	case MEDIA_DETECT:
		listen_begin(leg, c);
		break;
	case MEDIA_DTMF_DETECT:
		detect(leg, c->flag.is_on);
		break;
	case MEDIA_RECORD:
		recorder_begin(leg, c);
		break;
	case MEDIA_RECORD_STOP:
		recorder_end(leg, c->ref);
		break;
	case MEDIA_RECORD_PAUSE:
		recorder_pause(leg, c->ref, c->flag.is_on);
		break;
	case MEDIA_RECORD_CHANNEL:
		recorder_feed(leg, c->ref, c->other, c->record_channel.channel, c->record_channel.is_on);
		break;
	case MEDIA_QUALITY_REPORT:
		leg->report.is_wanted = c->flag.is_on;
		break;
	case MEDIA_TONE_MEASURE:
		measure(leg, c->tone.frequency_hz);
		break;
	case MEDIA_FAX:
		fax_begin(leg, c);
		break;
	default:
		break;
	}
}

void command_run(struct audio_thread *t, const struct media_command *c)
{
	struct leg *leg = leg_find(t, c->leg);

	if (c->kind == MEDIA_LEG_OPEN)
		leg_open(t, c);
	else if (leg)
		run_on_leg(t, leg, c);
	else
		no_leg(t, c);
}

void command_note(struct audio_thread *t, struct note *note)
{
	if (note->kind == NOTE_LOADED)
		player_loaded(t, note);
	else
		recorder_note(t, note);
}
