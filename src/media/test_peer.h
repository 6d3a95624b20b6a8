/* For tests: an engine whose events can be waited for, and scripted RTP peers on loopback. One test thread
 * pumps all peers: each sends its 20 ms frame and reads what came. */
#pragma once
#include "media/engine.h"

#define PEER_EVENTS_MAX 4096

/* An engine and all events it ever sent. */
struct rig {
	struct media *media;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct media_event events[PEER_EVENTS_MAX];
	int n_events, n_taken;
	char folder[64]; /* of its own, removed by rig_stop */
};
/* 0 or -errno. webrtc: with a browser port. */
int rig_start(struct rig *rig, bool is_webrtc);
/* The same with settings of one's own, made from the usual ones. */
struct media_config rig_config(void);
int rig_start_with(struct rig *rig, struct media_config config, bool is_webrtc);
void rig_stop(struct rig *rig);
/* The handler behind it: adds to the list. */
extern _Thread_local bool rig_is_telling; /* while an event is being taken: not the engine's doing */
void rig_event(const struct media_event *event, void *arg);
void rig_send(struct rig *rig, const struct media_command *c);
/* Waits up to 5 s for the first event of kind about leg (0: any) not yet taken, takes it. False when none
 * came. */
bool rig_wait(struct rig *rig, enum media_event_kind kind, uint64_t leg, struct media_event *ret_event);
/* As rig_wait without waiting. */
bool rig_poll(struct rig *rig, enum media_event_kind kind, uint64_t leg, struct media_event *ret_event);

struct peer {
	int fd;
	uint16_t port, engine_port;
	uint64_t leg;
	struct rig *rig;
	/* what it says */
	int law, say_hz, frame_samples; /* frame_samples: of 8 kHz; Opus and G.722: 160 only */
	enum sdp_codec codec;
	struct encoder *encoder; /* of Opus and G.722 */
	struct decoder *decoder;
	int loudness;		       /* amplitude */
	int loss_percent, delay_every; /* each so many frames one comes a frame late; 0: none */
	uint8_t held[RTP_BUFFER_BYTES];
	size_t n_held;
	bool is_silent;
	struct dtmf_out keys; /* said as tones instead of say_hz while there are any */
	uint32_t ssrc, ts;
	uint16_t seq;
	double phase;
	/* what it heard */
	int heard_law; /* how audio is decoded */
	int64_t n_heard, n_marked, n_events, n_gaps, n_ssrcs, n_ts_back, n_ts_holes;
	uint8_t last_pt;
	int64_t n_noises;   /* packets of comfort noise, payload type 13 */
	uint8_t noise_dbov; /* of the last */
	uint16_t last_seq;
	uint32_t last_ts, last_ssrc;
	size_t last_bytes;
	int16_t heard[8000 * 20]; /* the last 20 s */
	size_t n_samples;
	int16_t wide[16000 * 10]; /* the same at 16 kHz, of G.722 and Opus: the first 10 s */
	size_t n_wide;
	struct dtmf_in dtmf;
	char digits[64];
	uint16_t digit_ms[64];
	int n_end_packets;
};
/* Opens a leg of group 1 and a socket, and tells the engine of it. telephone_event 0: none. False on failure.
 */
bool peer_open(struct peer *p, struct rig *rig, uint64_t leg, enum sdp_codec codec, uint8_t telephone_event,
	uint16_t ptime_ms, enum sdp_direction direction);
void peer_close(struct peer *p);
/* Sends frames and reads for ms milliseconds. */
void peers_pump(struct peer **peers, int n, int ms);
void peer_send_frame(struct peer *p);
void peer_read(struct peer *p);
void peer_send_event(struct peer *p, int code, int duration, bool is_end, uint32_t ts, bool has_marker);
/* Forgets what was heard. */
void peer_forget(struct peer *p);
/* Level of hz in the last ms of what was heard, relative to it; -120 when too little was heard. */
float peer_tone_db(const struct peer *p, int hz, int ms);
