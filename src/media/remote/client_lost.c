/* What is said in place of a media process that is not there any more. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "media/remote/client_state.h"

#include <errno.h>

static void tell(struct remote_client *c, const struct roll_leg *l, enum media_event_kind kind, uint64_t ref)
{
	struct media_event e = {.kind = kind, .group = l->group, .leg = l->leg, .ref = ref, .reason = -EPIPE};

	c->on_event(&e, c->arg);
}

/* Its file is as the writer left it: made whole, so that what was said until then is heard. */
static void end_recording(struct remote_client *c, const struct roll_leg *l, const struct roll_recording *rec)
{
	struct media_event e = {.kind = MEDIA_RECORD_ENDED,
		.group = l->group,
		.leg = l->leg,
		.ref = rec->ref,
		.reason = -EPIPE};
	int err = media_recording_repair(rec->path, &e.record.duration_ms);

	if (err < 0)
		log_error("media", l->group, "recording %s cannot be made whole: error %d", rec->path, err);
	c->on_event(&e, c->arg);
}

static void end_leg(struct remote_client *c, const struct roll_leg *l)
{
	for (int i = 0; i < l->n_recordings; i++)
		end_recording(c, l, &l->recordings[i]);
	if (l->fax)
		tell(c, l, MEDIA_FAX_ENDED, l->fax);
	for (int i = 0; i < MEDIA_LAYERS; i++)
		if (l->plays[i])
			tell(c, l, MEDIA_PLAY_ENDED, l->plays[i]);
	if (!l->is_closed)
		tell(c, l,
			l->is_closing  ? MEDIA_LEG_CLOSED
			: l->is_opened ? MEDIA_LEG_LOST
				       : MEDIA_LEG_FAILED,
			0);
}

void remote_client_lost(struct remote_client *c)
{
	VEC(struct roll_leg) gone = {0};
	struct roll_leg *l;

	pthread_mutex_lock(&c->mutex);
	for (size_t i = 0; (l = map_next(&c->roll.legs, &i));) {
		if (l->is_dead)
			continue;
		l->is_dead = true;
		if (VEC_PUSH(&gone, *l) < 0)
			log_error("media", l->group, "no memory to say that a leg is lost");
	}
	VEC_EACH(&gone, i)
	if (gone.at[i].is_closing || gone.at[i].is_closed || !gone.at[i].is_opened)
		roll_remove(&c->roll, gone.at[i].leg);
	pthread_mutex_unlock(&c->mutex);
	VEC_EACH(&gone, i)
	end_leg(c, &gone.at[i]);
	VEC_FREE(&gone);
}

void remote_client_answer(struct remote_client *c, const struct media_command *command)
{
	struct media_event e = {
		.group = command->group, .leg = command->leg, .ref = command->ref, .reason = -EPIPE};

	switch (command->kind) {
	case MEDIA_LEG_OPEN:
		e.kind = MEDIA_LEG_FAILED;
		break;
	case MEDIA_LEG_CLOSE:
		e.kind = MEDIA_LEG_CLOSED;
		pthread_mutex_lock(&c->mutex);
		roll_remove(&c->roll, command->leg);
		pthread_mutex_unlock(&c->mutex);
		break;
	case MEDIA_PLAY:
		e.kind = MEDIA_PLAY_ENDED;
		break;
	case MEDIA_RECORD:
		e.kind = MEDIA_RECORD_ENDED;
		break;
	case MEDIA_FAX:
		e.kind = MEDIA_FAX_ENDED;
		break;
	case MEDIA_DETECT:
		e.kind = MEDIA_DETECTED;
		e.detected.what = MEDIA_UNSURE;
		break;
	default:
		return;
	}
	c->on_event(&e, c->arg);
}
