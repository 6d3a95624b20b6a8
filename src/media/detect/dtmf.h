/* DTMF digits: RFC 4733 events in and out, in-band tones in (spandsp's detector) and out.
 *
 * The state machines are pure: packets and time come as parameters, what to do comes back as a value. */
#pragma once
#include "media/rtp/rtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTMF_EVENT_BYTES 4
#define DTMF_QUEUE_MAX 64
#define DTMF_DEFAULT_MS 100
#define DTMF_MIN_MS 40
#define DTMF_MAX_MS 6000
#define DTMF_GAP_MS 80
#define DTMF_GAP_HELD_MS 40 /* behind a key that was held by somebody: the pauses are theirs */
#define DTMF_END_PACKETS 3

/* One key press, done. digit 0: none. */
struct dtmf_press {
	char digit;
	uint16_t duration_ms;
};

/* Events from the peer. One press is all packets of one timestamp (RFC 4733 section 2.5.1.4), or ends by
 * time-out when all its end packets were lost. */
struct dtmf_in {
	bool is_active, has_ended;
	char digit, last_digit;
	uint32_t ts, ssrc;
	uint16_t duration; /* in units of the clock */
	int clock_hz;	   /* of the events; 0: 8000 */
	int64_t last_ns, reported_ns;
};
/* Takes a telephone-event packet. Returns the press it completes. *ret_is_new: the packet begins a press. A
 * press that never ended is completed by the first packet of the next one: it comes back in *ret_before. */
struct dtmf_press dtmf_in_packet(struct dtmf_in *in, const struct rtp *rtp, int64_t now_ns,
	struct dtmf_press *ret_before, bool *ret_is_new);
/* The press whose end never came, 200 ms after its last packet. */
struct dtmf_press dtmf_in_tick(struct dtmf_in *in, int64_t now_ns);

/* Digits to the peer, driven by the 20 ms tick. */
struct dtmf_out {
	char digits[DTMF_QUEUE_MAX];
	int n, elapsed_ms, ends_left, gap_ms;
	uint16_t durations_ms[DTMF_QUEUE_MAX];
	bool is_on;		      /* a digit or the gap after it is being sent */
	bool is_held[DTMF_QUEUE_MAX]; /* came by dtmf_out_hold */
	uint64_t held_by;	      /* the last of the queue lasts until this leg lets go; 0: none */
	double phase[2];
};
/* Queues digits (others than 0-9 * # A-D a-d are left out). Returns how many were taken. */
int dtmf_out_add(struct dtmf_out *out, const char *digits, uint16_t duration_ms);
/* Queues a key that leg `by` holds down now: it lasts until dtmf_out_release, at most DTMF_MAX_MS. Another
 * key behind it ends it. False: no digit, or no room. */
bool dtmf_out_hold(struct dtmf_out *out, char digit, uint64_t by);
/* The key that `by` held (if it does) lasted duration_ms; one that was sent for longer already ends now. */
void dtmf_out_release(struct dtmf_out *out, uint64_t by, uint16_t duration_ms);

enum dtmf_step { DTMF_STEP_NONE, DTMF_STEP_FIRST, DTMF_STEP_MORE, DTMF_STEP_END, DTMF_STEP_GAP };
/* One tick of RFC 4733: what to send now. FIRST, MORE: one packet; END: DTMF_END_PACKETS of the same;
 * GAP: nothing. The payload is written to ret_payload. */
enum dtmf_step dtmf_out_event(
	struct dtmf_out *out, uint8_t ret_payload[static DTMF_EVENT_BYTES], uint16_t *ret_duration_samples);
/* One tick of tones: n samples (160). False when there is nothing to send. */
bool dtmf_out_tone(struct dtmf_out *out, int16_t *ret_samples, int n);

/* In-band detection. */
struct dtmf_inband;
/* 0 or -ENOMEM. */
int dtmf_inband_new(struct dtmf_inband **ret_inband);
/* Feeds samples; returns the press that ended in them, if any. */
struct dtmf_press dtmf_inband_add(struct dtmf_inband *inband, const int16_t *samples, int n);
/* The key whose tone is heard at the end of what was fed; 0: none. A tone is sure 26 to 39 ms after it began.
 */
char dtmf_inband_down(const struct dtmf_inband *inband);
void dtmf_inband_free(struct dtmf_inband *inband);

/* Event codes 0..15 (RFC 4733 table 3) and their letters; -1 and 0 for others. */
int dtmf_code(char digit);
char dtmf_letter(int code);
