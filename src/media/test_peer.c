/* For tests: an engine with an event list, and scripted RTP peers. */
#include "media/test_peer.h"
#include "base/clock.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 5000

_Thread_local bool rig_is_telling;

void rig_event(const struct media_event *event, void *arg)
{
	struct rig *rig = arg;

	rig_is_telling = true;
	pthread_mutex_lock(&rig->mutex);
	if (rig->n_events < PEER_EVENTS_MAX)
		rig->events[rig->n_events++] = *event;
	pthread_cond_broadcast(&rig->changed);
	pthread_mutex_unlock(&rig->mutex);
	rig_is_telling = false;
}

/* A UDP port nobody has at this moment. */
static uint16_t free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	close(fd);
	return ntohs(a.sin_port);
}

struct media_config rig_config(void)
{
	return (struct media_config){.bind_address = "127.0.0.1",
		.rtp_port_min = 20000,
		.rtp_port_max = 29998,
		.threads = 1,
		.legs_max = 500};
}

int rig_start_with(struct rig *rig, struct media_config config, bool is_webrtc)
{
	memset(rig, 0, sizeof(*rig));
	pthread_mutex_init(&rig->mutex, NULL);
	pthread_cond_init(&rig->changed, NULL);
	str_put(rig->folder, sizeof(rig->folder), "/tmp/markaz-media-XXXXXX");
	if (!mkdtemp(rig->folder))
		return -errno;
	if (is_webrtc) {
		config.webrtc_port = free_port();
		str_printf(
			config.certificate_path, sizeof(config.certificate_path), "%s/dtls.pem", rig->folder);
	}
	return media_start(&rig->media, &config, rig_event, rig);
}

int rig_start(struct rig *rig, bool is_webrtc)
{
	return rig_start_with(rig, rig_config(), is_webrtc);
}

void rig_stop(struct rig *rig)
{
	char command[128];

	media_stop(rig->media);
	rig->media = NULL;
	str_printf(command, sizeof(command), "rm -rf '%s'", rig->folder);
	if (system(command) != 0)
		fprintf(stderr, "# %s is left behind\n", rig->folder);
	pthread_mutex_destroy(&rig->mutex);
	pthread_cond_destroy(&rig->changed);
}

void rig_send(struct rig *rig, const struct media_command *c)
{
	if (media_send(rig->media, c) < 0)
		abort();
}

static bool take(struct rig *rig, enum media_event_kind kind, uint64_t leg, struct media_event *ret_event)
{
	for (int i = 0; i < rig->n_events; i++) {
		struct media_event *e = &rig->events[i];
		if (e->kind != kind || (leg != 0 && e->leg != leg))
			continue;
		*ret_event = *e;
		memmove(e, e + 1, (size_t)(rig->n_events - i - 1) * sizeof(*e));
		rig->n_events--;
		return true;
	}
	return false;
}

bool rig_poll(struct rig *rig, enum media_event_kind kind, uint64_t leg, struct media_event *ret_event)
{
	pthread_mutex_lock(&rig->mutex);
	bool has = take(rig, kind, leg, ret_event);
	pthread_mutex_unlock(&rig->mutex);
	return has;
}

bool rig_wait(struct rig *rig, enum media_event_kind kind, uint64_t leg, struct media_event *ret_event)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_MS / 1000;
	pthread_mutex_lock(&rig->mutex);
	bool has = take(rig, kind, leg, ret_event);
	while (!has && pthread_cond_timedwait(&rig->changed, &rig->mutex, &until) == 0)
		has = take(rig, kind, leg, ret_event);
	pthread_mutex_unlock(&rig->mutex);
	return has;
}

static uint8_t peer_payload_type(enum sdp_codec codec)
{
	return codec == SDP_PCMA ? 8 : codec == SDP_G722 ? 9 : codec == SDP_OPUS ? 111 : 0;
}

bool peer_open(struct peer *p, struct rig *rig, uint64_t leg, enum sdp_codec codec, uint8_t telephone_event,
	uint16_t ptime_ms, enum sdp_direction direction)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = leg};
	struct media_event e;

	memset(p, 0, sizeof(*p));
	p->rig = rig;
	p->leg = leg;
	p->frame_samples = 160;
	p->ssrc = (uint32_t)random() | 1;
	p->ts = (uint32_t)random();
	p->seq = (uint16_t)random();
	p->law = p->heard_law = law_index(codec);
	p->codec = codec;
	p->loudness = 10000;
	if (codec == SDP_G722 || codec == SDP_OPUS) {
		if (encoder_new(&p->encoder, 1u << codec) < 0 || decoder_new(&p->decoder, 1u << codec) < 0)
			return false;
		encoder_start(p->encoder, codec);
	}
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(p->fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		getsockname(p->fd, (struct sockaddr *)&a, &len) < 0)
		return false;
	p->port = ntohs(a.sin_port);
	rig_send(rig, &c);
	if (!rig_wait(rig, MEDIA_LEG_OPENED, leg, &e))
		return false;
	p->engine_port = e.opened.port;
	c = (struct media_command){.kind = MEDIA_LEG_REMOTE, .group = 1, .leg = leg};
	str_put(c.remote.address, sizeof(c.remote.address), "127.0.0.1");
	c.remote.port = p->port;
	c.remote.codec = codec;
	c.remote.payload_type = peer_payload_type(codec);
	c.remote.telephone_event = telephone_event;
	c.remote.ptime_ms = ptime_ms;
	c.remote.direction = direction;
	rig_send(rig, &c);
	return rig_wait(rig, MEDIA_LEG_READY, leg, &e);
}

void peer_close(struct peer *p)
{
	struct media_command c = {.kind = MEDIA_LEG_CLOSE, .group = 1, .leg = p->leg};
	struct media_event e;

	rig_send(p->rig, &c);
	rig_wait(p->rig, MEDIA_LEG_CLOSED, p->leg, &e);
	encoder_free(p->encoder);
	decoder_free(p->decoder);
	close(p->fd);
}

static void send_bytes(struct peer *p, const uint8_t *packet, size_t n)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(p->engine_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	(void)!sendto(p->fd, packet, n, 0, (struct sockaddr *)&to, sizeof(to));
}

/* One frame of its tone in its codec. Bytes. */
static size_t make_frame(struct peer *p, uint8_t *ret_bytes)
{
	int rate_hz = p->encoder ? CODEC_WIDE_HZ : LAW_RATE_HZ, taken = 0;
	int n = p->frame_samples * (rate_hz / LAW_RATE_HZ);
	int16_t samples[CODEC_SAMPLES_MAX];

	bool is_key = !p->encoder && n == CODEC_NARROW_FRAME && dtmf_out_tone(&p->keys, samples, n);
	for (int i = 0; i < n && !is_key; i++) {
		samples[i] = (int16_t)lrint((p->loudness ? p->loudness : 10000) * sin(p->phase));
		p->phase += 2 * M_PI * p->say_hz / rate_hz;
	}
	if (p->encoder)
		return (size_t)encoder_add(p->encoder, samples, n, &taken, ret_bytes);
	law_encode_n(p->law, samples, ret_bytes, (size_t)n);
	return (size_t)n;
}

void peer_send_frame(struct peer *p)
{
	uint8_t packet[RTP_HEADER_BYTES + RTP_PACKET_MAX];
	size_t n = make_frame(p, packet + RTP_HEADER_BYTES) + RTP_HEADER_BYTES;
	uint8_t payload_type = p->codec ? peer_payload_type(p->codec) : p->law ? 8 : 0;

	rtp_put_header(packet, payload_type, false, p->seq++, p->ts, p->ssrc);
	p->ts += (uint32_t)p->frame_samples * (p->codec == SDP_OPUS ? 6 : 1);
	if (p->is_silent) {
		p->seq--;
		return;
	}
	if (p->loss_percent > 0 && random() % 100 < p->loss_percent)
		return;
	if (p->delay_every > 0 && p->seq % p->delay_every == 0 && p->n_held == 0) {
		memcpy(p->held, packet, n);
		p->n_held = n;
		return;
	}
	send_bytes(p, packet, n);
	if (p->n_held > 0)
		send_bytes(p, p->held, p->n_held);
	p->n_held = 0;
}

void peer_send_event(struct peer *p, int code, int duration, bool is_end, uint32_t ts, bool has_marker)
{
	uint8_t packet[RTP_HEADER_BYTES + DTMF_EVENT_BYTES];

	rtp_put_header(packet, 101, has_marker, p->seq++, ts, p->ssrc);
	packet[12] = (uint8_t)code;
	packet[13] = (uint8_t)(10 | (is_end ? 0x80 : 0));
	put_be16(packet + 14, (uint16_t)duration);
	send_bytes(p, packet, sizeof(packet));
}

static void hear(struct peer *p, const struct rtp *rtp)
{
	const size_t room = sizeof(p->heard) / sizeof(p->heard[0]);

	if (p->n_heard > 0) {
		p->n_gaps += (uint16_t)(rtp->seq - p->last_seq) != 1;
		p->n_ssrcs += rtp->ssrc != p->last_ssrc;
		p->n_ts_holes += p->codec <= SDP_PCMA && p->last_pt == rtp->payload_type &&
				 rtp->ts != p->last_ts + (uint32_t)p->last_bytes;
		p->n_ts_back += (int32_t)(rtp->ts - p->last_ts) < 0;
	}
	p->n_heard++;
	p->n_marked += rtp->has_marker;
	p->last_pt = rtp->payload_type;
	p->last_seq = rtp->seq;
	p->last_ts = rtp->ts;
	p->last_ssrc = rtp->ssrc;
	p->last_bytes = rtp->n;
	p->n_noises += rtp->payload_type == 13;
	if (rtp->payload_type == 13) {
		p->noise_dbov = rtp->payload[0];
		return;
	}
	if (rtp->payload_type == 101) {
		struct dtmf_press before;
		bool is_new;
		struct dtmf_press press = dtmf_in_packet(&p->dtmf, rtp, clock_mono_ns(), &before, &is_new);
		size_t n = strlen(p->digits);
		if (press.digit && n + 1 < sizeof(p->digits))
			p->digit_ms[n] = press.duration_ms, p->digits[n] = press.digit;
		p->n_events++;
		p->n_end_packets += rtp->n >= 4 && (rtp->payload[1] & 0x80);
		return;
	}
	if (p->decoder) {
		int16_t samples[CODEC_SAMPLES_MAX];
		int n = decoder_packet(p->decoder, p->codec, rtp->payload, rtp->n) == 0
				? decoder_narrow(p->decoder, samples)
				: 0;
		for (int i = 0; i < n && p->n_samples < room; i++)
			p->heard[p->n_samples++] = samples[i];
		for (int i = 0; i < 2 * n && p->n_wide < sizeof(p->wide) / sizeof(p->wide[0]); i++)
			p->wide[p->n_wide++] = p->decoder->samples[i];
		return;
	}
	for (size_t i = 0; i < rtp->n && p->n_samples < room; i++)
		p->heard[p->n_samples++] = law_linear[p->heard_law][rtp->payload[i]];
}

void peer_read(struct peer *p)
{
	uint8_t packet[RTP_BUFFER_BYTES];
	struct rtp rtp;
	ssize_t n;

	while ((n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT)) >= 0 || errno == ECONNREFUSED)
		if (n > 0 && rtp_parse_packet(packet, (size_t)n, &rtp))
			hear(p, &rtp);
}

void peers_pump(struct peer **peers, int n, int ms)
{
	int64_t start_ns = clock_mono_ns();

	for (int at = 0; at < ms; at += TICK_MS) {
		int64_t wait_ns = start_ns + at * INT64_C(1000000) - clock_mono_ns();
		struct timespec rest = {.tv_nsec = wait_ns > 0 ? wait_ns : 0};
		nanosleep(&rest, NULL);
		for (int i = 0; i < n; i++) {
			if (at % (peers[i]->frame_samples / 8) == 0)
				peer_send_frame(peers[i]);
			peer_read(peers[i]);
		}
	}
}

void peer_forget(struct peer *p)
{
	p->n_heard = p->n_marked = p->n_events = p->n_gaps = p->n_ssrcs = p->n_ts_back = 0;
	p->n_ts_holes = p->n_noises = 0;
	p->n_samples = p->n_wide = 0;
	p->n_end_packets = 0;
	memset(p->digits, 0, sizeof(p->digits));
}

float peer_tone_db(const struct peer *p, int hz, int ms)
{
	struct tone_meter g;
	float tone_db, level_db;
	size_t n = (size_t)ms * 8;

	if (p->n_samples < n)
		return -120;
	tone_meter_start(&g, hz, LAW_RATE_HZ);
	tone_meter_add(&g, p->heard + p->n_samples - n, n);
	tone_meter_result(&g, &tone_db, &level_db);
	return level_db < -60 ? -120 : tone_db;
}
