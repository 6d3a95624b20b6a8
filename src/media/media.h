/* The media engine: everything that touches audio. Control reaches it in messages only (plain structs by
 * value): it runs inside the program, or as a process of its own (`markaz media`, remote/) that outlives the
 * centre. It knows nothing of calls, queues or agents, only of legs.
 *
 * A leg is one RTP stream pair to one peer: plain RTP (phones, trunks) or WebRTC (browsers). group says which
 * legs may be bridged or recorded together: all legs of a group live on the same media thread.
 *
 * Commands may be sent from any thread and are carried out in order per group. Events arrive by on_event,
 * called on a media (or loader, writer) thread: the handler must only post to a mailbox and return.
 *
 * Audio threads: one tick each, fixed pools, no allocation, lock, log or blocking call per packet. Files are
 * read by a loader thread (decoded once, shared, cached) and written by a writer thread. */
#pragma once
#include "media/sdp/sdp.h"

#include <stdbool.h>
#include <stdint.h>

#define MEDIA_PATH_MAX 256
#define MEDIA_PLAYLIST_MAX 8
#define MEDIA_ADDRESS_MAX 64
#define MEDIA_HEARS_MAX 64   /* legs one leg hears at once */
#define MEDIA_CHANNELS_MAX 8 /* of a recording */
#define MEDIA_KEY_BYTES 32
#define MEDIA_SRTP_KEY_BYTES 46 /* AES-256-GCM: 32 + 12; others less */
#define MEDIA_LEG_RECORDINGS_MAX 4
#define MEDIA_NOTE_MAX 12288 /* bytes of one note kept with a leg */

struct media; /* opaque engine */

struct media_config {
	char bind_address[MEDIA_ADDRESS_MAX]; /* where RTP sockets are bound: "127.0.0.1", "0.0.0.0", "::" */
	char advertised_address[MEDIA_ADDRESS_MAX]; /* what SDP says (NAT, clouds); "" = bind_address, or the
						       host's own */
	/* What those are told who speak IPv6; "" = bind_address, or the host's own where it is "::". Only on
	   sockets of both families */
	char advertised_address_v6[MEDIA_ADDRESS_MAX];
	uint16_t rtp_port_min, rtp_port_max; /* plain RTP; even ports of this range */
	uint16_t webrtc_port; /* one UDP port for all browsers (thread i uses webrtc_port + i); 0 = none */
	int rtp_timeout_s;    /* LEG_LOST after so long without a packet of a leg that is heard; 0: 30 */
	int dscp;	      /* of all RTP and RTCP we send (RFC 4594: 46, expedited forwarding); 0: none */
	int threads;	      /* audio threads, 1..16 */
	int legs_max;	      /* per engine; beyond it LEG_OPEN fails */
	char certificate_path[MEDIA_PATH_MAX]; /* DTLS P-256 certificate + key (PEM); made when absent */
	/* The Unix socket of the media process: the engine is there, and of all this only what concerns it
	   counts. "": the engine is in this process. At most MEDIA_PROCESS_PATH_MAX letters */
	char process[MEDIA_PATH_MAX];
	int orphans_s; /* the media process: legs no centre asks for end after so long; 0: 600 */
};
#define MEDIA_PROCESS_PATH_MAX 100 /* sun_path is short */

enum media_command_kind {
	MEDIA_LEG_OPEN = 1, /* -> LEG_OPENED or LEG_FAILED */
	MEDIA_LEG_REMOTE,   /* peer's address, codec, and for WebRTC its ICE/DTLS parameters; may come again
			       (re-INVITE) */
	MEDIA_LEG_CLOSE,    /* -> LEG_CLOSED with statistics; unbridges, ends plays and its recordings */
	MEDIA_BRIDGE,	   /* leg <-> other and nothing else: both stop hearing all others, these stop hearing
			      them, then they hear each other; who only listened to one of them goes on.
			      A play replaces what the bridge sends to its leg while it lasts */
	MEDIA_UNBRIDGE,	   /* leg hears nobody any more, and nobody hears leg */
	MEDIA_PLAY,	   /* playlist to leg, replacing what plays in the same layer; -> PLAY_ENDED once */
	MEDIA_PLAY_STOP,   /* what plays in play.layer */
	MEDIA_MUTE,	   /* on: what leg says reaches neither peer nor recording */
	MEDIA_DTMF_SEND,   /* digits to the peer: RFC 4733 when negotiated, else by signalling when so told,
			      in-band tones otherwise */
	MEDIA_DTMF_DETECT, /* on/off: in-band detection (RFC 4733 is always reported). While it is on, those
			      who hear leg and have another way for keys than tones get it made anew, and not
			      the tone */
	MEDIA_RECORD,	   /* start a recording in a file that must not exist yet (folders are made); ->
			    RECORD_STARTED, later      RECORD_ENDED once; or RECORD_ENDED alone with a negative
			    reason
			  */
	MEDIA_RECORD_STOP,
	MEDIA_TONE_MEASURE, /* caller program and tests: report the level of `frequency_hz` heard from the
			       peer each second */
	MEDIA_HEAR, /* leg hears other (hear.is_on), or does not any more; one direction, beside whatever
		       else it hears. What a leg hears is the sum; one source of the same codec is passed
		       through untouched, anything else is mixed */
	MEDIA_RECORD_PAUSE, /* flag: what is said is not kept; the time goes on as silence (PCI DSS 3.3.1) */
	MEDIA_RECORD_CHANNEL, /* what `other` says goes into channel record_channel.channel of leg's recording
				 `ref`, too (is_on), or not any more; several legs in one channel are added */
	MEDIA_DETECT,	      /* who or what answered: -> DETECTED once, then again for each BEEP (detect) */
	MEDIA_FAX, /* leg becomes a fax machine: -> FAX_ENDED once (fax). Again: that one instead, without
		      an event of the first (sound gave way to T.38) */
	MEDIA_QUALITY_REPORT,	  /* flag: QUALITY each 5 s of this leg */
	MEDIA_DTMF_PRESSED,	  /* dtmf: leg's peer pressed digits and said so by signalling (SIP INFO): to
				     those who hear it, each in its own way. Not reported as MEDIA_DTMF */
	MEDIA_DTMF_BY_SIGNALLING, /* flag: without telephone-event, keys for this peer are told as
				     MEDIA_DTMF_OUT instead of being sent as tones */
};

/* What a leg hears is made of layers: speech over music over what it HEARs. */
enum media_layer {
	MEDIA_LAYER_SPEECH = 0, /* prompts, announcements: replaces the legs heard; music under it is ducked
				   (smoothly, to about -18 dB, and back) */
	MEDIA_LAYER_MUSIC,	/* replaces the legs heard */
	MEDIA_LAYER_OVER,	/* beeps, notices: added to whatever is heard */
};
#define MEDIA_LAYERS 3

enum media_srtp { MEDIA_SRTP_NONE, MEDIA_SRTP_SDES, MEDIA_SRTP_DTLS };

enum media_event_kind {
	MEDIA_LEG_OPENED = 1,
	MEDIA_LEG_FAILED, /* reason: -errno. Instead of LEG_OPENED: there is no leg (-EMFILE no port, -ENOBUFS
			     limit). After it: what LEG_REMOTE said cannot be carried out (-EINVAL), or no
			     keys came of it (-EPROTO, -ETIMEDOUT, -ECONNRESET); the leg is there until
			     LEG_CLOSE */
	MEDIA_LEG_READY,  /* first valid audio path: WebRTC: DTLS done; RTP: remote set. Once per leg */
	MEDIA_LEG_LOST,	  /* WebRTC consent lost; no packet (RTP or RTCP) at all for rtp_timeout_s while
			     somebody   hears the leg, ten times as long while nobody does and it had sent
			     before
			   */
	MEDIA_LEG_CLOSED,
	MEDIA_PLAY_ENDED, /* reason: 0 finished, 1 stopped or replaced, negative: could not be read */
	MEDIA_DTMF,	  /* digit, duration_ms, is_inband. One per key press */
	MEDIA_RECORD_STARTED,
	MEDIA_RECORD_ENDED, /* duration_ms, bytes; reason 0, 1 limit reached, 2 silence, negative: -errno
			       (-ENOSPC) */
	MEDIA_TONE, /* level_db of the asked frequency relative to the whole signal, and of the whole signal
		     */
	MEDIA_QUALITY,	 /* stats so far, mos_x100 of the last period */
	MEDIA_DETECTED,	 /* detected.what, after_ms since MEDIA_DETECT, percent sure */
	MEDIA_FAX_ENDED, /* fax: pages, result. reason 0: all pages went through; else the T.30 code or -errno
			  */
	MEDIA_DTMF_OUT,	 /* dtmf: to be sent to leg's peer by signalling (MEDIA_DTMF_BY_SIGNALLING) */
	MEDIA_RECORD_ALARM, /* reason -errno: frames of recordings are being lost (disk full or slow); 0: over
			     */
};

enum media_detected {
	MEDIA_HUMAN = 1,
	MEDIA_MACHINE, /* a greeting is being played */
	MEDIA_BEEP,    /* the machine listens now */
	MEDIA_BUSY,
	MEDIA_CONGESTION,    /* fast busy */
	MEDIA_SIT,	     /* special information tone: number gone, network fault */
	MEDIA_FAX_CALLING,   /* CNG 1100 Hz */
	MEDIA_FAX_ANSWERING, /* CED 2100 Hz */
	MEDIA_SILENCE,	     /* nothing heard until the limit */
	MEDIA_UNSURE,
	MEDIA_RINGING, /* still ringing at the limit */
};

struct media_source {		   /* one entry of a playlist */
	char path[MEDIA_PATH_MAX]; /* WAV (8 kHz mono s16, or G.711), or "tone:440" (1 s; "tone:440:300": 300
				      ms), "tone:ringback|busy|congestion[:eu|us|uk]", "tone:beep",
				      "silence:500" (ms) */
};

struct media_command {
	enum media_command_kind kind;
	uint64_t group, leg,
		other; /* other: peer for BRIDGE; right channel's leg for RECORD (0 = follow leg's bridge) */
	uint64_t ref;  /* caller's number for a play or a recording, returned in its events */
	union {
		struct {
			bool is_webrtc;
			bool is_offerer; /* WebRTC: we offer (setup actpass) and the browser answers */
			bool has_video;	 /* WebRTC: video (camera or screen) is relayed between legs that
					    hear each other; never decoded */
			bool is_dtls; /* plain RTP with DTLS-SRTP (RFC 5763): LEG_OPENED has our fingerprint
				       */
		} open;
		struct {
			char address[MEDIA_ADDRESS_MAX];
			uint16_t port; /* port 0 or address "": nothing is sent until the peer is heard;
					  address unspecified (0.0.0.0, ::): hold, nothing either way */
			enum sdp_codec codec;
			uint8_t payload_type, telephone_event; /* telephone_event 0: none */
			/* all that was agreed: the peer may change to any of the voices here by its payload
			   type; it has the clocks, too. May be empty */
			struct sdp_format formats[SDP_CODECS_MAX];
			int n_formats;
			uint8_t comfort_noise; /* payload type (RFC 3389); 0: none */
			bool is_noise_sent;    /* with comfort_noise: what is silence of ours is told so
						  instead of sent as frames (mix/hush.h) */
			uint16_t ptime_ms;
			enum sdp_direction direction; /* ours: what we may send and receive */
			char ufrag[64], password[128], fingerprint[128];
			enum sdp_setup setup; /* the peer's */
			enum media_srtp srtp;
			enum sdp_suite suite; /* SDES: keys and salts, as decoded from a=crypto */
			uint8_t local_key[MEDIA_SRTP_KEY_BYTES], remote_key[MEDIA_SRTP_KEY_BYTES];
			bool is_rtcp_mux;
			uint16_t rtcp_port;	    /* 0: port + 1 */
			uint8_t video_payload_type; /* WebRTC: VP8 as agreed with this browser; 0: none */
		} remote;
		struct {
			struct media_source list[MEDIA_PLAYLIST_MAX];
			int n;
			bool is_looped;
			bool is_from_start; /* looped MUSIC: its beginning; else all who hear the same list on
					       one thread hear the same place of it */
			enum media_layer layer;
		} play; /* PLAY; PLAY_STOP: layer */
		struct {
			bool is_on;
		} flag; /* MUTE, DTMF_DETECT, RECORD_PAUSE, QUALITY_REPORT */
		struct {
			bool is_on;
			int8_t gain_db; /* 0: as it is; -30..+12 */
		} hear;
		struct {
			char digits[33];
			uint16_t duration_ms;
		} dtmf;
		struct {
			char path[MEDIA_PATH_MAX];
			bool is_stereo; /* left: what leg says; right: what it hears from legs (or `other`)
					 */
			uint8_t n_channels;    /* 0: 1, or 2 when is_stereo; more are fed by RECORD_CHANNEL */
			bool is_digits_masked; /* tones of keys become silence */
			bool is_encrypted;     /* with key; docs/recordings.md says the format */
			uint8_t key[MEDIA_KEY_BYTES];
			uint32_t key_id;		    /* stored in the clear, to find the key again */
			int32_t limit_ms, silence_limit_ms; /* 0: none */
			int32_t disk_reserve_mb; /* less free than this: -ENOSPC at once; 0: no matter */
		} record;
		struct {
			bool is_on;
			uint8_t channel;
		} record_channel;
		struct {
			int32_t limit_ms;   /* by then it says what it thinks */
			bool is_tones_only; /* no speech analysis: busy, SIT and fax tones */
		} detect;
		struct media_fax {
			bool is_sender, is_t38;	      /* is_t38: UDPTL on the leg's port instead of audio */
			char path[MEDIA_PATH_MAX];    /* TIFF: read when sending, made when receiving */
			char station[21], header[51]; /* ours: CSI/TSI, and the line on top of each page */
			uint16_t t38_max_datagram;    /* what the peer takes; 0: not said */
			bool is_t38_redundancy;
			uint16_t first_page; /* sending: from 0; earlier ones went through already */
		} fax;
		struct {
			int frequency_hz;
		} tone;
	};
};

struct media_stats {
	uint64_t packets_in, packets_out, lost, bytes_in, bytes_out;
	uint32_t jitter_us;
	uint32_t rtt_us;	       /* from RTCP; 0: unknown */
	uint32_t remote_jitter_us;     /* the peer's report of what we send */
	uint16_t remote_lost_permille; /* the same */
	uint16_t mos_x100;	       /* E-model (ITU-T G.107): what is heard from the peer; 0: too little */
	uint64_t rejected;	       /* forged, replayed, from strangers */
	enum sdp_codec codec;
};

struct media_event {
	enum media_event_kind kind;
	uint64_t group, leg, ref;
	int reason;
	union {
		struct { /* LEG_OPENED: what our SDP needs */
			char address[MEDIA_ADDRESS_MAX];
			char address_v6[MEDIA_ADDRESS_MAX]; /* beside an IPv4 address: the same leg over IPv6
							     */
			uint16_t port;
			uint32_t ssrc, video_ssrc; /* video_ssrc 0: no pictures */
			char ufrag[64], password[128], fingerprint[128];
		} opened;
		struct {
			char digit; /* 0-9 * # A-D */
			bool is_inband;
			uint16_t duration_ms;
		} dtmf;
		struct {
			int64_t duration_ms, bytes;
			int64_t lost_ms;  /* said, but kept out by a disk full or slow */
			uint8_t hash[32]; /* RECORD_ENDED: of the whole file's chain (docs/recordings.md) */
		} record;
		struct {
			float tone_db, level_db;
		} tone;
		struct {
			enum media_detected what;
			int32_t after_ms;
			uint8_t percent;
		} detected;
		struct {
			int pages;
			int32_t bit_rate;
			bool is_ecm;
			char station[21]; /* the peer's */
			char result[64];  /* in words */
		} fax;
		struct media_stats stats; /* LEG_CLOSED, QUALITY */
	};
};

/* "human", "machine", "beep", ... as events and documents say it; "unsure" for what is none of them. */
static inline const char *media_detected_name(enum media_detected what)
{
	static const char *const names[] = {[MEDIA_HUMAN] = "human",
		[MEDIA_MACHINE] = "machine",
		[MEDIA_BEEP] = "beep",
		[MEDIA_BUSY] = "busy",
		[MEDIA_CONGESTION] = "congestion",
		[MEDIA_SIT] = "sit",
		[MEDIA_FAX_CALLING] = "fax_calling",
		[MEDIA_FAX_ANSWERING] = "fax_answering",
		[MEDIA_SILENCE] = "silence",
		[MEDIA_UNSURE] = "unsure",
		[MEDIA_RINGING] = "ringing"};

	return what < sizeof(names) / sizeof(*names) && names[what] ? names[what] : "unsure";
}

typedef void media_event_handler(const struct media_event *event, void *arg);

/* Starts the threads and binds the WebRTC port. 0 or -errno (-EADDRINUSE: WebRTC port taken). With a media
 * process: greets it, and waits some seconds for it to be there (-ECONNREFUSED, -ENOENT: it is not; -EBUSY:
 * another centre has it; -EPROTO: it is another version, a sentence is logged). */
int media_start(struct media **ret_media, const struct media_config *config, media_event_handler *on_event,
	void *arg);
/* Copies the command to the group's thread. Any thread. 0, or -ENOBUFS when that thread is too far behind. */
int media_send(struct media *media, const struct media_command *command);
/* Whether legs may be given this codec. Any thread. */
bool media_speaks(enum sdp_codec codec);
/* Ends recordings cleanly (headers true, data synced), closes everything, joins the threads. A media process
 * closes everything and goes on without legs. */
void media_stop(struct media *media);
/* --- legs that outlived the centre that made them. Without a media process there are none, and nothing is
 * kept.
 *
 * The media process keeps two notes with each leg, one of the SIP room and one of the centre: bytes that mean
 * nothing to it. When the centre dies the legs go on as they are. The next one finds them in media_start,
 * claims those it goes on with, and says media_resume: the others are closed then, and events come, first
 * those that were told to nobody. */
enum media_note { MEDIA_NOTE_SIP, MEDIA_NOTE_CALL };
#define MEDIA_NOTES 2
struct media_found_recording {
	uint64_t ref;
	int64_t duration_ms;
	char path[MEDIA_PATH_MAX];
};
struct media_found {
	uint64_t group, leg;
	bool is_webrtc, is_ready, is_lost;
	uint64_t plays[MEDIA_LAYERS]; /* refs; 0: nothing plays there */
	int n_recordings;
	struct media_found_recording recordings[MEDIA_LEG_RECORDINGS_MAX];
	const uint8_t *notes[MEDIA_NOTES]; /* the engine's, until media_resume */
	size_t n_notes[MEDIA_NOTES];
};
/* Whether what it carries outlives this process. */
bool media_outlives(const struct media *media);
/* The i-th leg that was there at media_start; NULL: there are no more. Between media_start and media_resume.
 */
const struct media_found *media_found(const struct media *media, size_t i);
/* This centre goes on with that leg. Between media_start and media_resume. */
void media_claim(struct media *media, uint64_t leg);
/* Closes what was not claimed, and waits some seconds until the files of its recordings are whole; then
 * events come. Called once by whoever started the engine, before it sends commands. */
void media_resume(struct media *media);
/* Replaces the note of a leg. Any thread. 0; -E2BIG above MEDIA_NOTE_MAX; -ENOBUFS; 0 without a media
 * process. */
int media_keep(struct media *media, uint64_t leg, enum media_note note, const void *bytes, size_t n);

/* Counters for /metrics and the bench: packets, late ticks, writer backlog. Any thread. */
struct media_totals {
	uint64_t legs_open, packets_in, packets_out, late_ticks, recorder_dropped_frames, stun_rejected,
		srtp_rejected;
	uint64_t sounds, sound_bytes; /* kept decoded for all who play them */
};
void media_totals(const struct media *media, struct media_totals *ret_totals);

/* Makes a recording whose process died true again: a WAV's header sizes from the file's length, a torn last
 * frame or chunk cut. 0 (fixed or already right), or -errno. Returns its duration. The writer also keeps the
 * header true each second. */
int media_recording_repair(const char *path, int64_t *ret_duration_ms);
