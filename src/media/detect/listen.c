/* See listen.h. The detector counts time in samples: what it was fed is held to the clock, so that a peer
 * that sends nothing while it is silent is no riddle, and a burst of late packets is no long greeting. */
#include "media/detect/listen.h"
#include "base/alloc.h"
#include "media/detect/amd.h"
#include "media/leg.h"

#define BEHIND_SAMPLES 1600 /* so far behind the clock silence is fed: longer than jitter */
#define AHEAD_SAMPLES 4000
#define TICK_SAMPLES 160

struct listen {
	struct tap tap;
	struct leg *leg;
	struct amd amd;
	int64_t started_ns, fed; /* samples */
};

static void report(struct leg *leg, struct amd_verdict v)
{
	struct media_event e = {.kind = MEDIA_DETECTED, .group = leg->group, .leg = leg->id};

	if (!v.what)
		return;
	e.detected.what = v.what;
	e.detected.after_ms = v.after_ms;
	e.detected.percent = v.percent;
	engine_event(leg->thread->media, &e);
}

static void feed(struct listen *l, const int16_t *samples, int n)
{
	l->fed += n;
	report(l->leg, amd_add(&l->amd, samples, (size_t)n));
}

static void on_samples(void *arg, const int16_t *samples, int n, int64_t now_ns)
{
	struct listen *l = arg;
	int64_t due = (now_ns - l->started_ns) / SAMPLE_NS;

	if (!amd_is_over(&l->amd) && l->fed < due + AHEAD_SAMPLES)
		feed(l, samples, n);
}

void listen_begin(struct leg *leg, const struct media_command *c)
{
	listen_leave(leg);
	struct listen *l = alloc_zero(sizeof(*l));
	if (!l) {
		report(leg, (struct amd_verdict){.what = MEDIA_UNSURE});
		return;
	}
	l->leg = leg;
	l->started_ns = leg->thread->now_ns;
	l->tap = (struct tap){.on_samples = on_samples, .arg = l};
	amd_start(&l->amd, c->detect.limit_ms, c->detect.is_tones_only);
	leg_tap_add(leg, &l->tap);
	leg->listen = l;
}

void listen_tick(struct leg *leg, int64_t now_ns)
{
	static const int16_t silence[TICK_SAMPLES];
	struct listen *l = leg->listen;
	int64_t due = (now_ns - l->started_ns) / SAMPLE_NS;

	if (!amd_is_over(&l->amd) && l->fed + BEHIND_SAMPLES < due)
		feed(l, silence, TICK_SAMPLES);
}

void listen_leave(struct leg *leg)
{
	if (!leg->listen)
		return;
	leg_tap_remove(leg, &leg->listen->tap);
	alloc_free(leg->listen);
	leg->listen = NULL;
}
