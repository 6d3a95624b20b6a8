/* The life of a leg: open, remote, bridge, close.
 *
 * Invariants: bridges are mutual (a->bridge == b <=> b->bridge == a); a leg in by_id is in legs at its index.
 */
#include "media/leg.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/fax/fax.h"
#include "media/out.h"
#include "media/play/player.h"
#include "media/record/recorder.h"
#include "media/rtp/report.h"
#include "media/rtp/source.h"
#include "media/rtp/srtp.h"
#include "media/webrtc/dtls.h"
#include "media/webrtc/handshake.h"
#include "media/webrtc/webrtc.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define KEEPALIVE_NS (5 * SECOND_NS)
#define TONE_LATE_NS (3 * SECOND_NS / 2)

struct leg *leg_find(struct audio_thread *t, uint64_t id)
{
	return map_get(&t->by_id, id);
}

/* The tick runs only while there are legs. */
static void set_ticking(struct audio_thread *t, bool is_on)
{
	struct itimerspec every = {0};

	if (is_on == t->is_ticking)
		return;
	if (is_on)
		every.it_value.tv_nsec = every.it_interval.tv_nsec = TICK_NS;
	timerfd_settime(t->timer_fd, 0, &every, NULL);
	t->is_ticking = is_on;
}

static int register_leg(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	int err = VEC_PUSH(&t->legs, leg);

	if (err < 0)
		return err;
	leg->index = t->legs.len - 1;
	err = map_put(&t->by_id, leg->id, leg);
	if (err < 0)
		t->legs.len--;
	return err;
}

static void unregister_leg(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	struct leg *last = t->legs.at[t->legs.len - 1];

	map_remove(&t->by_id, leg->id);
	t->legs.at[leg->index] = last;
	last->index = leg->index;
	t->legs.len--;
}

static void free_leg(struct leg *leg)
{
	source_close(leg);
	webrtc_leg_free(leg);
	handshake_free(leg);
	srtp_pair_free(leg->srtp);
	dtmf_inband_free(leg->inband);
	alloc_free(leg);
}

static int make_leg(struct audio_thread *t, const struct media_command *c, struct leg **ret_leg)
{
	struct {
		uint32_t ssrc, ts;
		uint16_t seq;
	} chance;
	struct leg *leg = alloc_zero(sizeof(*leg));

	if (!leg)
		return -ENOMEM;
	*leg = (struct leg){.id = c->leg,
		.group = c->group,
		.thread = t,
		.fd = -1,
		.rtcp_fd = -1,
		.is_webrtc = c->open.is_webrtc,
		.is_offerer = c->open.is_offerer,
		.ptime_ms = 20};
	int err = getrandom(&chance, sizeof(chance), 0) == sizeof(chance) ? 0 : -EIO;
	leg->out.ssrc = chance.ssrc ? chance.ssrc : 1;
	leg->out.next_ts = chance.ts;
	leg->out.seq = chance.seq & 0x7fff; /* RFC 3711: far from the first wrap */
	report_begin(leg);
	if (err == 0)
		err = leg->is_webrtc ? webrtc_leg_new(leg) : source_open(leg);
	if (err == 0)
		err = register_leg(leg);
	if (err < 0) {
		free_leg(leg);
		return err;
	}
	*ret_leg = leg;
	return 0;
}

void leg_open(struct audio_thread *t, const struct media_command *c)
{
	struct media *media = t->media;
	struct media_event e = {.kind = MEDIA_LEG_FAILED, .group = c->group, .leg = c->leg};
	struct leg *leg = NULL;
	int err = 0;

	if (c->leg == 0)
		err = -EINVAL;
	else if (leg_find(t, c->leg))
		err = -EEXIST;
	else if (atomic_fetch_add(&media->legs_open, 1) >= media->config.legs_max) {
		atomic_fetch_sub(&media->legs_open, 1);
		err = -ENOBUFS;
	} else {
		err = make_leg(t, c, &leg);
		if (err < 0)
			atomic_fetch_sub(&media->legs_open, 1);
	}
	e.reason = err;
	if (err == 0) {
		set_ticking(t, true);
		e.kind = MEDIA_LEG_OPENED;
		str_put(e.opened.address, sizeof(e.opened.address), media->advertised);
		e.opened.port = leg->port;
		e.opened.ssrc = leg->out.ssrc;
		str_put(e.opened.fingerprint, sizeof(e.opened.fingerprint),
			dtls_fingerprint(media->identity));
		if (leg->is_webrtc)
			webrtc_leg_describe(leg, &e);
	}
	engine_event(media, &e);
}

void leg_ready(struct leg *leg)
{
	if (leg->is_ready)
		return;
	leg->is_ready = true;
	leg->in.last_ns = leg->thread->now_ns;
	engine_leg_event(leg, MEDIA_LEG_READY, 0, 0);
}

/* No address, or the unspecified one (the old way to hold, RFC 3264 section 8.4): nobody to send to yet. */
static int read_remote(const struct leg *leg, const struct media_command *c, struct endpoint *ret_remote)
{
	const char *address = c->remote.address;

	if (address[0] == 0 || str_equal(address, "0.0.0.0") || str_equal(address, "::"))
		return 0;
	return endpoint_parse(ret_remote, leg->thread->media->family, address, c->remote.port);
}

void leg_set_remote(struct leg *leg, const struct media_command *c)
{
	struct endpoint remote = {0};
	bool is_audio = c->remote.codec == SDP_PCMU || c->remote.codec == SDP_PCMA;
	int err = is_audio && c->remote.payload_type < 128 ? 0 : -EINVAL;

	if (err == 0 && !leg->is_webrtc && c->remote.port != 0)
		err = read_remote(leg, c, &remote);
	if (err == 0)
		err = leg->is_webrtc ? webrtc_leg_remote(leg, c) : source_set_security(leg, c);
	if (err < 0) {
		engine_leg_event(leg, MEDIA_LEG_FAILED, 0, err);
		return;
	}
	leg->law = law_index(c->remote.codec);
	leg->codec = c->remote.codec;
	leg->clock_hz = sdp_clock_hz((struct sdp_format){.codec = leg->codec});
	leg->payload_type = c->remote.payload_type;
	leg->telephone_event = c->remote.telephone_event & 0x7f;
	leg->ptime_ms = c->remote.ptime_ms / 10 * 10;
	if (leg->ptime_ms < 10 || leg->ptime_ms > 60)
		leg->ptime_ms = 20;
	leg->can_send = c->remote.direction == SDP_SENDRECV || c->remote.direction == SDP_SENDONLY;
	leg->can_receive = c->remote.direction == SDP_SENDRECV || c->remote.direction == SDP_RECVONLY;
	out_interrupt(leg);
	leg->has_remote = true;
	leg->in.last_ns = leg->thread->now_ns;
	if (!leg->is_webrtc) {
		source_set_remote(leg, &remote);
		source_set_reports(leg, c->remote.is_rtcp_mux, c->remote.rtcp_port);
		handshake_start(leg);
		if (!leg->is_secure || leg->srtp)
			leg_ready(leg);
	}
}

void leg_unbridge(struct leg *leg)
{
	struct leg *other = leg->bridge;

	if (!other)
		return;
	assert(other->bridge == leg);
	leg->bridge = other->bridge = NULL;
	out_interrupt(leg);
	out_interrupt(other);
}

void leg_bridge(struct leg *a, struct leg *b)
{
	if (a == b || a->bridge == b)
		return;
	leg_unbridge(a);
	leg_unbridge(b);
	a->bridge = b;
	b->bridge = a;
	out_interrupt(a);
	out_interrupt(b);
	/* The 30 s of LEG_LOST count from here. */
	a->in.last_ns = b->in.last_ns = a->thread->now_ns;
}

void leg_close(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	struct media_event e = {.kind = MEDIA_LEG_CLOSED, .group = leg->group, .leg = leg->id};

	player_stop(leg, 1);
	recorder_leave_all(leg);
	fax_leave(leg);
	leg_unbridge(leg);
	report_bye(leg);
	report_stats(leg, &e.stats);
	unregister_leg(leg);
	free_leg(leg);
	atomic_fetch_sub(&t->media->legs_open, 1);
	if (t->legs.len == 0)
		set_ticking(t, false);
	engine_event(t->media, &e);
}

static void watch_tone(struct leg *leg, int64_t now_ns)
{
	if (!leg->tone.is_on || now_ns - leg->tone.reported_ns < TONE_LATE_NS)
		return;
	struct media_event e = {.kind = MEDIA_TONE, .group = leg->group, .leg = leg->id};

	tone_meter_result(&leg->tone.meter, &e.tone.tone_db, &e.tone.level_db);
	tone_meter_start(&leg->tone.meter, leg->tone.frequency_hz, LAW_RATE_HZ);
	leg->tone.reported_ns = now_ns;
	engine_event(leg->thread->media, &e);
}

void leg_housekeeping(struct leg *leg, int64_t now_ns)
{
	report_second(leg, now_ns);
	watch_tone(leg, now_ns);
	/* A stream with nothing to say keeps its hole in NATs open and the peer's time-out away (RFC 6263).
	 */
	if (leg->is_ready && leg->can_send && now_ns - leg->out.last_ns > KEEPALIVE_NS)
		out_silence(leg, now_ns);
}

void leg_transmit(struct leg *leg, uint8_t *packet, size_t n)
{
	counter_add(&leg->thread->counters.packets_out, 1);
	leg->out.packets++;
	leg->out.bytes += n;
	if (leg->is_webrtc)
		webrtc_leg_send(leg, packet, n);
	else
		source_send(leg, packet, n);
}

void leg_send_raw(struct leg *leg, const uint8_t *bytes, size_t n)
{
	if (leg->is_webrtc)
		webrtc_leg_send_raw(leg, bytes, n);
	else
		source_send_raw(leg, bytes, n);
}
