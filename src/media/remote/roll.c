#include "media/remote/roll.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

struct roll_leg *roll_get(const struct roll *r, uint64_t leg)
{
	return map_get(&r->legs, leg);
}

struct roll_leg *roll_add(struct roll *r, uint64_t group, uint64_t leg)
{
	struct roll_leg *l = alloc_zero(sizeof(*l));

	if (!l || map_put(&r->legs, leg, l) < 0) {
		alloc_free(l);
		return NULL;
	}
	l->group = group;
	l->leg = leg;
	l->is_claimed = true;
	return l;
}

static void leg_free(struct roll_leg *l)
{
	for (int i = 0; l && i < MEDIA_NOTES; i++)
		alloc_free(l->notes[i].bytes);
	alloc_free(l);
}

void roll_remove(struct roll *r, uint64_t leg)
{
	struct roll_leg *l = leg ? map_remove(&r->legs, leg) : NULL;

	if (l && !l->is_claimed)
		r->n_unclaimed--;
	leg_free(l);
}

int roll_command(struct roll *r, const struct media_command *c, int64_t now_ms)
{
	struct roll_leg *l = c->leg ? roll_get(r, c->leg) : NULL;

	if (c->kind == MEDIA_LEG_OPEN && !l) {
		l = c->leg ? roll_add(r, c->group, c->leg) : NULL;
		if (!l)
			return -ENOMEM;
		l->is_webrtc = c->open.is_webrtc;
		return 0;
	}
	if (!l)
		return 0;
	if (c->kind == MEDIA_PLAY && c->play.layer < MEDIA_LAYERS) {
		l->plays[c->play.layer] = c->ref;
	} else if (c->kind == MEDIA_LEG_CLOSE) {
		l->is_closing = true;
	} else if (c->kind == MEDIA_FAX) {
		l->fax = c->ref;
	} else if (c->kind == MEDIA_RECORD && l->n_recordings < MEDIA_LEG_RECORDINGS_MAX) {
		struct roll_recording *rec = &l->recordings[l->n_recordings++];
		*rec = (struct roll_recording){.ref = c->ref, .began_ms = now_ms};
		str_put(rec->path, sizeof(rec->path), c->record.path);
	}
	return 0;
}

static void forget_recording(struct roll_leg *l, uint64_t ref)
{
	int n = 0;

	for (int i = 0; i < l->n_recordings; i++)
		if (l->recordings[i].ref != ref)
			l->recordings[n++] = l->recordings[i];
	l->n_recordings = n;
}

void roll_event(struct roll *r, const struct media_event *e)
{
	struct roll_leg *l = e->leg ? roll_get(r, e->leg) : NULL;

	if (!l)
		return;
	switch (e->kind) {
	case MEDIA_LEG_OPENED:
		l->is_opened = true;
		break;
	case MEDIA_LEG_READY:
		l->is_ready = true;
		break;
	case MEDIA_LEG_LOST:
		l->is_lost = true;
		break;
	case MEDIA_LEG_FAILED:
		if (!l->is_opened)
			roll_remove(r, e->leg);
		break;
	case MEDIA_LEG_CLOSED: /* the writer is done a little later */
		l->is_closed = true;
		if (l->n_recordings == 0)
			roll_remove(r, e->leg);
		break;
	case MEDIA_PLAY_ENDED:
		for (int i = 0; i < MEDIA_LAYERS; i++)
			if (l->plays[i] == e->ref)
				l->plays[i] = 0;
		break;
	case MEDIA_RECORD_ENDED:
		forget_recording(l, e->ref);
		if (l->is_closed && l->n_recordings == 0)
			roll_remove(r, e->leg);
		break;
	case MEDIA_FAX_ENDED:
		l->fax = 0;
		break;
	default:
		break;
	}
}

int roll_keep(struct roll *r, uint64_t leg, int note, const void *bytes, size_t n)
{
	struct roll_leg *l = leg ? roll_get(r, leg) : NULL;
	uint8_t *copy = n ? alloc_dup(bytes, n) : NULL;

	if (!l || (n && !copy)) {
		alloc_free(copy);
		return l ? -ENOMEM : -ENOENT;
	}
	alloc_free(l->notes[note].bytes);
	l->notes[note].bytes = copy;
	l->notes[note].n = n;
	return 0;
}

void roll_unclaim(struct roll *r)
{
	struct roll_leg *l;

	for (size_t i = 0; (l = map_next(&r->legs, &i));)
		l->is_claimed = false;
	r->n_unclaimed = r->legs.len;
}

void roll_claim(struct roll *r, uint64_t leg)
{
	struct roll_leg *l = leg ? roll_get(r, leg) : NULL;

	if (l && !l->is_claimed) {
		l->is_claimed = true;
		r->n_unclaimed--;
	}
}

void roll_free(struct roll *r)
{
	struct roll_leg *l;

	for (size_t i = 0; (l = map_next(&r->legs, &i));)
		leg_free(l);
	map_free(&r->legs);
	r->n_unclaimed = 0;
}
