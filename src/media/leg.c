/* The life of a leg: open, remote, close.
 *
 * Invariants: a leg in by_id is in legs at its index; a leg with a remote has an ear and a mouth. */
#include "media/leg.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/detect/listen.h"
#include "media/fax/fax.h"
#include "media/mix/hear.h"
#include "media/out.h"
#include "media/play/player.h"
#include "media/record/recorder.h"
#include "media/rtp/report.h"
#include "media/rtp/source.h"
#include "media/rtp/srtp.h"
#include "media/webrtc/dtls.h"
#include "media/webrtc/handshake.h"
#include "media/webrtc/video.h"
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
	video_free(leg);
	handshake_free(leg);
	srtp_pair_free(leg->srtp);
	dtmf_inband_free(leg->inband);
	decoder_free(leg->ear);
	encoder_free(leg->mouth);
	voice_free(leg->voice);
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
		.codec = SDP_PCMU,
		.clock_hz = LAW_RATE_HZ,
		.event_clock_hz = LAW_RATE_HZ,
		.duck = 1,
		.mix = {.limit = 1},
		.ptime_ms = 20};
	int err = getrandom(&chance, sizeof(chance), 0) == sizeof(chance) ? 0 : -EIO;
	leg->out.ssrc = chance.ssrc ? chance.ssrc : 1;
	leg->out.next_ts = chance.ts;
	leg->out.seq = chance.seq & 0x7fff; /* RFC 3711: far from the first wrap */
	report_begin(leg);
	if (err == 0)
		err = leg->is_webrtc ? webrtc_leg_new(leg) : source_open(leg);
	if (err == 0 && leg->is_webrtc && c->open.has_video)
		err = video_new(leg);
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
		str_put(e.opened.address_v6, sizeof(e.opened.address_v6), media->advertised_v6);
		e.opened.port = leg->port;
		e.opened.ssrc = leg->out.ssrc;
		e.opened.video_ssrc = video_ssrc(leg);
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

/* The old way to hold (RFC 3264 section 8.4): what still comes from there is no reason to send, and nobody
 * waits for more of it. */
static bool is_unspecified(const char *address)
{
	return str_equal(address, "0.0.0.0") || str_equal(address, "::");
}

/* No address, or the unspecified one: nobody to send to yet. */
static int read_remote(const struct leg *leg, const struct media_command *c, struct endpoint *ret_remote)
{
	const char *address = c->remote.address;

	if (address[0] == 0 || is_unspecified(address))
		return 0;
	return endpoint_parse(ret_remote, leg->thread->media->family, address, c->remote.port);
}

/* What may come by payload type. What was agreed before stays understood: packets of it may be on their way,
 * and some peers never stop. */
static void learn_payload_types(struct leg *leg, const struct media_command *c)
{
	static const struct {
		uint8_t payload_type, codec;
	} fixed[] = {{0, SDP_PCMU}, {8, SDP_PCMA}, {9, SDP_G722}, {13, SDP_COMFORT_NOISE}}; /* RFC 3551 */

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && !leg->has_remote; i++)
		leg->codec_of[fixed[i].payload_type] = fixed[i].codec;
	for (int i = 0; i < c->remote.n_formats && i < SDP_CODECS_MAX; i++) {
		const struct sdp_format *f = &c->remote.formats[i];
		if (f->payload_type < 128 && (codec_get(f->codec) || f->codec == SDP_COMFORT_NOISE))
			leg->codec_of[f->payload_type] = (uint8_t)f->codec;
	}
	if (c->remote.comfort_noise > 0 && c->remote.comfort_noise < 128)
		leg->codec_of[c->remote.comfort_noise] = SDP_COMFORT_NOISE;
	leg->codec_of[c->remote.payload_type] = (uint8_t)c->remote.codec;
}

/* The clock of the key presses: as agreed, else the voice's own (RFC 4733 section 2.1). */
static int event_clock(const struct leg *leg, const struct media_command *c)
{
	for (int i = 0; i < c->remote.n_formats && i < SDP_CODECS_MAX; i++) {
		const struct sdp_format *f = &c->remote.formats[i];
		if (f->codec == SDP_TELEPHONE_EVENT && f->payload_type == leg->telephone_event &&
			(f->clock_hz == 8000 || f->clock_hz == 48000))
			return (int)f->clock_hz;
	}
	return leg->clock_hz;
}

/* Codec, payload types, and all that is needed to speak and understand them. 0 or -ENOMEM. */
static int set_codecs(struct leg *leg, const struct media_command *c)
{
	uint32_t opus = 1u << SDP_OPUS;

	learn_payload_types(leg, c);
	uint32_t codecs = hear_codecs(leg);
	struct decoder *ear = NULL;
	int err = 0;
	/* A leg keeps its old ear when there is no memory for the new one. */
	if (!leg->ear || ((codecs & opus) && !decoder_takes(leg->ear, SDP_OPUS)))
		err = decoder_new(&ear, codecs);
	if (ear) {
		decoder_free(leg->ear);
		leg->ear = ear;
		leg->is_ear_started = false;
	}
	if (err == 0)
		err = leg->mouth ? encoder_add_codecs(leg->mouth, 1u << c->remote.codec)
				 : encoder_new(&leg->mouth, 1u << c->remote.codec);
	if (err < 0)
		return err;
	leg->codec = c->remote.codec;
	leg->clock_hz = codec_get(leg->codec)->clock_hz;
	encoder_start(leg->mouth, leg->codec);
	leg->payload_type = c->remote.payload_type;
	leg->telephone_event = c->remote.telephone_event & 0x7f;
	leg->comfort_noise = c->remote.comfort_noise & 0x7f;
	leg->is_noise_sent = c->remote.is_noise_sent;
	leg->hush = (struct hush){0};
	leg->event_clock_hz = event_clock(leg, c);
	leg->dtmf_in.clock_hz = leg->event_clock_hz;
	return 0;
}

void leg_set_remote(struct leg *leg, const struct media_command *c)
{
	struct endpoint remote = {0};
	int err = codec_get(c->remote.codec) && c->remote.payload_type < 128 ? 0 : -EINVAL;

	if (err == 0 && !leg->is_webrtc && c->remote.port != 0)
		err = read_remote(leg, c, &remote);
	if (err == 0)
		err = leg->is_webrtc ? webrtc_leg_remote(leg, c) : source_set_security(leg, c);
	if (err == 0)
		err = set_codecs(leg, c);
	if (err < 0) {
		engine_leg_event(leg, MEDIA_LEG_FAILED, 0, err);
		return;
	}
	leg->ptime_ms = c->remote.ptime_ms / 10 * 10;
	if (leg->ptime_ms < 10 || leg->ptime_ms > 60)
		leg->ptime_ms = 20;
	bool is_on_hold = !leg->is_webrtc && is_unspecified(c->remote.address);
	leg->can_send =
		!is_on_hold && (c->remote.direction == SDP_SENDRECV || c->remote.direction == SDP_SENDONLY);
	leg->can_receive =
		!is_on_hold && (c->remote.direction == SDP_SENDRECV || c->remote.direction == SDP_RECVONLY);
	out_interrupt(leg);
	leg->has_remote = true;
	leg->in.last_ns = leg->thread->now_ns;
	err = hear_plan_around(leg);
	if (err < 0)
		engine_leg_event(leg, MEDIA_LEG_FAILED, 0, err);
	if (!leg->is_webrtc) {
		source_set_remote(leg, &remote);
		source_set_reports(leg, c->remote.is_rtcp_mux, c->remote.rtcp_port);
		handshake_start(leg);
		if (!leg->is_secure || leg->srtp)
			leg_ready(leg);
	}
}

void leg_tap_add(struct leg *leg, struct tap *tap)
{
	tap->next = leg->taps;
	leg->taps = tap;
}

void leg_tap_remove(struct leg *leg, struct tap *tap)
{
	for (struct tap **at = &leg->taps; *at; at = &(*at)->next)
		if (*at == tap) {
			*at = tap->next;
			return;
		}
}

void leg_feed(struct leg *leg, const struct feed *feed)
{
	leg->feed = feed;
	out_interrupt(leg);
}

void leg_close(struct leg *leg)
{
	struct audio_thread *t = leg->thread;
	struct media_event e = {.kind = MEDIA_LEG_CLOSED, .group = leg->group, .leg = leg->id};

	player_stop_all(leg, 1);
	recorder_leave_all(leg);
	fax_leave(leg);
	listen_leave(leg);
	hear_nobody(leg);
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
