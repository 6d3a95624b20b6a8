/* The inside of the engine: what its files share. Not for other rooms.
 *
 * Invariants: a leg belongs to one audio thread and is touched by it alone. All legs of a group are on one
 * thread. Audio threads talk with the loader and the writer by mailboxes, and hand frames of a recording over
 * in its ring. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "loop/mailbox.h"
#include "media/detect/dtmf.h"
#include "media/detect/tone_meter.h"
#include "media/codec/decoder.h"
#include "media/codec/encoder.h"
#include "media/codec/law.h"
#include "media/media.h"
#include "media/mix/voice.h"
#include "media/rtp/rtp.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define CACHE_LINE 64
#define TICK_MS 20
#define TICK_NS (TICK_MS * INT64_C(1000000))
#define SAMPLE_NS INT64_C(125000)
#define SECOND_NS INT64_C(1000000000)
#define MEDIA_THREADS_MAX 16
#define COMMANDS_MAX 4096 /* waiting for one thread */
#define NOTES_MAX 16384	  /* from loader and writer to one thread */
#define LEG_RECORDINGS_MAX MEDIA_LEG_RECORDINGS_MAX
#define SRTP_ROOM 64 /* behind a packet, for its tag */
#define MIX_SUMS 256 /* different sums at once that can be shared; a power of two */
#define REPACK_BYTES_MAX (RTP_PACKET_MAX + RTP_AUDIO_MAX)

struct leg;
struct sound;
struct recording;
struct listen;
struct webrtc;
struct srtp_pair;
struct handshake;
struct video;
struct loader;
struct recorder;
struct fax_room;
struct fax_line;
struct remote_client;

/* From loader or writer to an audio thread. */
enum note_kind { NOTE_LOADED = 1, NOTE_RECORDING_READY, NOTE_RECORDING_GONE };
struct note {
	enum note_kind kind;
	int err; /* LOADED: negative when the playlist cannot be played */
	uint64_t leg, ref;
	uint64_t serial; /* LOADED: which play it belongs to */
	struct sound *sounds[MEDIA_PLAYLIST_MAX];
	int n_sounds;
	struct recording *recording;
};

struct counters { /* written by the owning thread, read by any */
	_Atomic uint64_t packets_in, packets_out, late_ticks, stun_rejected, srtp_rejected;
};
/* Single writer: no need for a locked instruction. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(
		counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

/* An address as the kernel likes it. len 0: none. */
struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len;
};

/* What the peer sees: one continuous stream over plays, bridges and transfers (RFC 3550). */
struct out_stream {
	uint32_t ssrc, next_ts; /* next_ts is due at next_ns */
	uint16_t seq;		/* last sent */
	int64_t next_ns, last_ns;
	bool is_anchored; /* relaying: packets of source_ssrc map by the two deltas */
	uint32_t source_ssrc, ts_delta, anchor_ts;
	uint16_t seq_delta;
	size_t n_repack;
	bool is_repacking, must_start; /* must_start: no packet of this spurt went out yet */
	bool is_joined; /* what comes next follows what was sent without a pause, however late it comes */
	uint32_t repack_ssrc, repack_ts; /* the source, and its timestamp expected next */
	uint64_t packets, bytes;
	uint8_t repack[REPACK_BYTES_MAX]; /* relaying between differing ptimes */
};

struct in_stream {
	uint32_t ssrc, seq_high, seq_first; /* seq_*: extended to 32 bits */
	bool is_started;
	int64_t last_ns;		      /* last packet accepted */
	int64_t transit;		      /* RFC 3550 A.8, in samples */
	double jitter;			      /* samples */
	uint64_t packets, bytes, lost_before; /* lost_before: of earlier sources */
	uint64_t packets_of_source, gaps;     /* gaps: runs of lost packets */
};

/* Beside the streams: what we told the peer of them, and what it told us (rtp/report.c). */
struct leg_report {
	char name[17];		   /* CNAME */
	int64_t due_ns, window_ns; /* the next report; the beginning of the present period of quality */
	int64_t alive_ns, wall_offset_ns;
	uint32_t heard_sr, sent_sr; /* middle of the NTP time of the last sender report; when, below */
	int64_t heard_sr_ns, sent_sr_ns;
	uint32_t expected_before, received_before;
	uint32_t rtt_us, remote_jitter_us;
	uint16_t remote_lost_permille;
	uint64_t packets_reported, packets_at, lost_at, gaps_at;
	bool is_wanted, was_heard;
};

/* Which source a plain RTP socket listens to. While locked, the socket is connected: the kernel itself drops
 * all packets from elsewhere. */
struct source_lock {
	bool is_locked, was_locked;
	struct endpoint source, candidate;
	uint32_t ssrc, candidate_ssrc;
	uint16_t candidate_seq;
	int n_consecutive;
	int64_t unlocked_ns, ssrc_ns; /* ssrc_ns: last packet of the SSRC locked on */
	struct endpoint keyed;	      /* DTLS: who shakes hands; len 0: nobody yet */
	struct endpoint reports;      /* where RTCP goes beside RTP; len 0: nowhere yet */
};

struct player { /* one layer */
	enum media_layer layer;
	bool is_on, is_loading, is_looped, is_from_start;
	uint64_t ref, serial;
	struct sound *sounds[MEDIA_PLAYLIST_MAX];
	int n_sounds, index;
	size_t offset;
};

/* One that a leg hears, and how loud. */
struct heard {
	struct leg *leg;
	float gain; /* 1: as it is */
};

/* What a leg is given at the tick, where others may be given the same. */
struct mix_frame {
	uint64_t tick;	/* of bytes */
	int place;	/* in thread->sums this tick; -1: what it hears is its own affair */
	int n_led;	/* legs its mouth spoke for, last tick */
	float limit;	/* gain of the limiter, 0..1 */
	bool is_silent; /* what bytes were made of is nothing but zeros */
	size_t n;
	uint8_t bytes[CODEC_BYTES_MAX];
};
/* One sum of this tick and who encodes it. */
struct mix_sum {
	uint64_t tick, key;
	struct leg *leader;
	int n;
};

/* Who wants what a leg says as 8 kHz samples, packet by packet without a jitter buffer; short gaps are
 * concealed. on_samples is called on the audio thread: no allocation, lock, log. */
struct tap {
	void (*on_samples)(void *arg, const int16_t *samples, int n, int64_t now_ns);
	void *arg;
	struct tap *next;
};
/* Who speaks to a leg instead of everybody else (a fax machine): n samples of 8 kHz each tick, false:
 * silence. */
struct feed {
	bool (*fill)(void *arg, int16_t *ret_samples, int n);
	void *arg;
};

/* Silence told to a leg (mix/hush.h). */
struct hush {
	bool is_on;    /* the peer was told, and silence lasts */
	uint8_t level; /* -dBov, as told */
	int n_silent;  /* ticks of silent frames of ours, up to the number from which on they are not sent */
	int64_t told_ns;
};

enum leg_recording_state {
	RECORDING_NONE,
	RECORDING_PENDING,
	RECORDING_CANCELLED,
	RECORDING_ON,
	RECORDING_LEAVING
};
struct leg_recording {
	enum leg_recording_state state;
	uint64_t ref;
	bool is_fed; /* by name (struct leg_feed); else the right channel is what the leg hears from legs */
	bool is_paused;
	struct recording *recording;
};
/* This leg is heard in a channel of another one's recording. */
#define LEG_FEEDS_MAX 8
struct leg_feed {
	uint64_t leg, ref; /* whose recording; leg 0: unused */
	uint8_t channel;
	struct recording *recording; /* NULL: not made yet */
};

struct tone_measure {
	bool is_on;
	int frequency_hz;
	struct tone_meter meter;
	int64_t reported_ns;
};

/* In the order a packet touches it: the cache is what a call costs. */
struct leg {
	uint64_t id, group;
	struct audio_thread *thread;
	size_t index; /* in thread->legs */
	bool is_webrtc, is_offerer, has_remote, is_ready, is_muted, is_lost;
	bool can_send, can_receive;
	bool is_secure; /* plain RTP that must be ciphered: nothing goes out in the clear, nothing clear comes
			   in */
	bool is_in_noise;   /* its peer is silent and said how silence sounds there (RFC 3389) */
	bool is_noise_sent; /* silence may be told to this peer instead of sent */
	uint8_t noise_dbov; /* how loud it said that is, in -dBov */
	bool is_mixing;	    /* at the last tick the legs heard were mixed: packets are not passed on */
	bool has_spoken;    /* a frame of ours went out after the last interruption */
	bool is_ear_started;
	bool is_mouth_stale;   /* others spoke for it: it begins anew */
	bool is_key_signalled; /* keys for this peer go by signalling (SIP INFO): told as MEDIA_DTMF_OUT */
	int fd, rtcp_fd;       /* plain RTP; -1 otherwise. rtcp_fd: -1 while RTCP shares the port */
	uint16_t port, ptime_ms;
	enum sdp_codec codec; /* what we send */
	int clock_hz;	      /* of its RTP timestamps */
	int event_clock_hz;
	uint8_t payload_type, telephone_event, comfort_noise;
	uint16_t ear_seq; /* expected next */
	uint32_t ear_ssrc;
	int n_hears, n_heard_by, n_feeds;
	float duck; /* gain of the music, 0..1 */
	uint64_t rejected;
	struct fax_line *fax;	     /* is a fax machine and nothing else while set */
	struct srtp_pair *srtp;	     /* NULL: no keys (yet) */
	struct handshake *handshake; /* DTLS; NULL: none */
	struct webrtc *webrtc;
	struct video *video;   /* NULL: no pictures */
	struct decoder *ear;   /* of what it says, packet by packet */
	struct encoder *mouth; /* of what it hears */
	struct voice *voice;   /* of what it says, at the tick; NULL: nobody hears it mixed */
	struct listen *listen; /* MEDIA_DETECT; NULL: not asked */
	struct tap *taps;
	const struct feed *feed; /* NULL: none */
	struct dtmf_inband *inband;
	struct source_lock lock;
	struct in_stream in;
	struct dtmf_in dtmf_in;
	struct leg_report report;
	struct hush hush;
	struct endpoint remote; /* where to send */
	uint8_t codec_of[128];	/* by payload type: what may come; sdp_codec */
	struct player players[MEDIA_LAYERS];
	struct leg_recording recordings[LEG_RECORDINGS_MAX];
	struct out_stream out;
	struct leg *heard_by[MEDIA_HEARS_MAX];
	struct heard hears[MEDIA_HEARS_MAX];
	struct leg_feed feeds[LEG_FEEDS_MAX];
	/* From passing on to mixing: packets of this leg were passed on up to seq; the mix begins behind them
	 */
	struct hand_over {
		uint64_t leg;
		uint16_t seq;
		int ticks; /* so long at most; 0: none under way */
	} hand;
	struct dtmf_out dtmf_out;
	struct tone_key { /* the last one heard */
		char digit;
		int64_t heard_ns;
	} tone_key;
	struct tone_measure tone;
	struct half_band up; /* for sounds of 8 kHz to a wide mouth */
	struct mix_frame mix;
};

struct webrtc_port; /* webrtc.c: the shared socket of one thread */

struct audio_thread {
	struct media *media;
	int index, epoll_fd, timer_fd;
	pthread_t thread;
	bool is_started, is_ticking;
	struct mailbox *commands, *notes;
	struct map by_id;
	VEC(struct leg *) legs;
	uint16_t next_port;
	uint64_t tick, next_serial;
	struct mix_sum sums[MIX_SUMS];
	int64_t now_ns;
	struct counters counters;
	struct webrtc_port *webrtc;
	uint8_t *packet; /* RTP_BUFFER_BYTES, one packet being received */
	uint8_t *build;	 /* RTP_BUFFER_BYTES, one packet being made */
	uint8_t *copy;	 /* RTP_BUFFER_BYTES, a packet that several hear */
};

struct media {
	struct media_config config;
	char advertised[MEDIA_ADDRESS_MAX], advertised_v6[MEDIA_ADDRESS_MAX]; /* v6: beside an IPv4 one */
	int family;							      /* of bind_address */
	int64_t rtp_timeout_ns;
	media_event_handler *on_event;
	void *arg;
	_Atomic bool is_stopping;
	_Atomic int legs_open;
	struct audio_thread threads[MEDIA_THREADS_MAX];
	int n_threads;
	struct loader *loader;
	struct recorder *recorder;
	struct fax_room *fax;
	struct webrtc_identity *identity;
	struct remote_client *remote; /* the engine is in another process: nothing above is there */
};

/* RTP clock units of a leg's voice in ns, and back. */
static inline uint32_t leg_units(const struct leg *leg, int64_t ns)
{
	return (uint32_t)(ns / SAMPLE_NS * (leg->clock_hz / LAW_RATE_HZ));
}
static inline int64_t leg_units_ns(const struct leg *leg, uint32_t units)
{
	return units / (uint32_t)(leg->clock_hz / LAW_RATE_HZ) * SAMPLE_NS;
}

/* engine.c: hands an event to the owner. Any thread. */
void engine_event(struct media *media, const struct media_event *event);
/* An event about leg with nothing but a reason. */
void engine_leg_event(struct leg *leg, enum media_event_kind kind, uint64_t ref, int reason);
/* Reads an IP literal for sockets of family (IPv4 is mapped for an IPv6 socket). 0 or -EINVAL. */
int endpoint_parse(struct endpoint *ret_endpoint, int family, const char *address, uint16_t port);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b);

/* command.c: carries one command out on its thread. */
void command_run(struct audio_thread *t, const struct media_command *c);
/* command.c: an answer from loader or writer. */
void command_note(struct audio_thread *t, struct note *note);
