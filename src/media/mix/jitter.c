/* The jitter buffer. Packets lie in a ring of places by sequence number, their bytes in an arena that is
 * written round and round: a packet whose bytes were written over counts as lost. */
#include "media/mix/jitter.h"

#include <string.h>

#define SEQ_JUMP_MAX 1000
#define LATE_MAX 200  /* further back is no late packet but another stream */
#define HOLE_MS_MIN 5 /* less is the sender's rounding */
#define DEBT_MS_MAX 60000
#define FRAME_MS_DEFAULT 20

void jitter_start(struct jitter *j)
{
	j->is_started = false;
	j->n_packets = 0;
	j->debt_ms = 0;
	j->frame_ms = FRAME_MS_DEFAULT;
	memset(j->packets, 0, sizeof(j->packets));
}

static struct jitter_packet *place(struct jitter *j, uint16_t seq)
{
	return &j->packets[seq % JITTER_PACKETS];
}

static void take_out(struct jitter *j, struct jitter_packet *p)
{
	j->n_packets -= p->is_full;
	p->is_full = false;
}

static void begin(struct jitter *j, const struct jitter_in *in)
{
	jitter_start(j);
	j->is_started = true;
	j->ssrc = in->ssrc;
	j->next_seq = in->seq;
	j->next_ts = in->ts;
}

/* Makes room for a packet `ahead` of the next one: what falls out of the window will not be played. */
static void move_window(struct jitter *j, int ahead)
{
	for (; ahead >= JITTER_PACKETS; ahead--) {
		struct jitter_packet *p = place(j, j->next_seq++);
		if (p->is_full)
			j->next_ts = p->ts + (uint32_t)(j->frame_ms * j->clock_khz);
		take_out(j, p);
	}
}

static uint64_t keep_bytes(struct jitter *j, const uint8_t *bytes, size_t n)
{
	uint64_t room = JITTER_BYTES - j->head % JITTER_BYTES;

	if (n > room)
		j->head += room;
	uint64_t at = j->head;
	memcpy(j->arena + at % JITTER_BYTES, bytes, n);
	j->head += n;
	return at;
}

void jitter_push(struct jitter *j, const struct jitter_in *in)
{
	int16_t ahead = (int16_t)(in->seq - j->next_seq);

	if (in->n == 0 || in->n > JITTER_BYTES / 4)
		return;
	if (!j->is_started || j->ssrc != in->ssrc || ahead > SEQ_JUMP_MAX || ahead < -LATE_MAX) {
		begin(j, in);
		ahead = 0;
	}
	if (ahead < 0) {
		j->late++;
		return;
	}
	j->clock_khz = in->clock_khz;
	move_window(j, ahead);
	struct jitter_packet *p = place(j, in->seq);
	if (p->is_full) {
		j->doubled++;
		return;
	}
	j->n_packets++;
	*p = (struct jitter_packet){.is_full = true,
		.kind = in->kind,
		.seq = in->seq,
		.n = (uint16_t)in->n,
		.ts = in->ts,
		.at = keep_bytes(j, in->bytes, in->n)};
}

/* The next packet there is; those before it, and those written over, are lost. */
static struct jitter_packet *find_next(struct jitter *j, int *ret_skipped)
{
	*ret_skipped = 0;
	for (; j->n_packets > 0; j->next_seq++, ++*ret_skipped) {
		struct jitter_packet *p = place(j, j->next_seq);
		if (p->is_full && j->head - p->at <= JITTER_BYTES)
			return p;
		take_out(j, p);
		j->lost++;
	}
	return NULL;
}

bool jitter_peek(const struct jitter *j, int i, struct jitter_in *ret_packet)
{
	uint16_t seq = (uint16_t)(j->next_seq + i);
	const struct jitter_packet *p = &j->packets[seq % JITTER_PACKETS];

	if (i < 0 || i >= JITTER_PACKETS || !j->is_started || !p->is_full || p->seq != seq ||
		j->head - p->at > JITTER_BYTES)
		return false;
	*ret_packet = (struct jitter_in){.ssrc = j->ssrc,
		.ts = p->ts,
		.seq = p->seq,
		.kind = p->kind,
		.clock_khz = j->clock_khz,
		.bytes = j->arena + p->at % JITTER_BYTES,
		.n = p->n};
	return true;
}

struct jitter_out jitter_pop(struct jitter *j)
{
	struct jitter_out out = {.result = JITTER_NOTHING};
	int skipped;
	struct jitter_packet *p = find_next(j, &skipped);

	if (!p)
		return out;
	int32_t hole = (int32_t)(p->ts - j->next_ts) / j->clock_khz;
	if (hole > j->debt_ms + HOLE_MS_MIN && hole - j->debt_ms <= JITTER_DELAY_MS_MAX) {
		out.gap_ms = hole - j->debt_ms;
		out.result = skipped > 0 ? JITTER_LOST : JITTER_PAUSE;
		j->next_ts = p->ts;
	} else {
		out.result = JITTER_PACKET;
		j->next_ts = p->ts;
		j->next_seq++;
	}
	j->debt_ms = 0;
	if (out.result == JITTER_PACKET || skipped <= 1) {
		out.kind = p->kind;
		out.bytes = j->arena + p->at % JITTER_BYTES;
		out.n = p->n;
	}
	if (out.result == JITTER_PACKET)
		take_out(j, p);
	return out;
}

void jitter_played(struct jitter *j, int ms)
{
	j->next_ts += (uint32_t)(ms * j->clock_khz);
	if (ms > 0)
		j->frame_ms = ms;
}

void jitter_dry(struct jitter *j, int ms)
{
	if (j->debt_ms < DEBT_MS_MAX)
		j->debt_ms += ms;
}

int jitter_waiting_ms(const struct jitter *j)
{
	return j->n_packets * j->frame_ms;
}
