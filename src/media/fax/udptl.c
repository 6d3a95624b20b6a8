/* UDPTL. Everything is checked before anything is handed over: a datagram is taken whole or not at all.
 *
 *   seq (2) | IFP (length, bytes) | 0x00, count, (length, bytes)...      repeats, the newest first
 *                                 | 0x80, span, count, (length, bytes)...  parity
 * Lengths are ASN.1 PER: one byte below 128, two (10xxxxxx xxxxxxxx) below 16384 (T.38 annex A). */
#include "media/fax/udptl.h"

#include <errno.h>
#include <string.h>

#define JUMP_MAX 2000 /* a number further off is a new beginning */
#define ERROR_REPEATS 0x00
#define ERROR_PARITY 0x80

struct piece {
	const uint8_t *at;
	size_t n;
};
struct scan {
	const uint8_t *at;
	size_t n;
};

static bool take_byte(struct scan *s, uint8_t *ret_byte)
{
	if (s->n == 0)
		return false;
	*ret_byte = *s->at++;
	s->n--;
	return true;
}

static bool take_length(struct scan *s, size_t *ret_length)
{
	uint8_t high, low;

	if (!take_byte(s, &high))
		return false;
	if (high < 0x80) {
		*ret_length = high;
		return true;
	}
	/* 11xxxxxx: pieces of 16 KB and more, which no datagram holds. */
	if (high >= 0xc0 || !take_byte(s, &low))
		return false;
	*ret_length = (size_t)(high & 0x3f) << 8 | low;
	return true;
}

static bool take_piece(struct scan *s, struct piece *ret_piece)
{
	size_t n;

	if (!take_length(s, &n) || n > s->n || n > UDPTL_IFP_MAX)
		return false;
	*ret_piece = (struct piece){s->at, n};
	s->at += n;
	s->n -= n;
	return true;
}

/* The repeats, newest first; more than we can use are read past. -EBADMSG when they are cut short. */
static int read_repeats(struct scan *s, struct piece ret_repeats[static UDPTL_REPEATS_READ_MAX])
{
	struct piece piece;
	size_t count;
	int n = 0;

	if (!take_length(s, &count))
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		if (!take_piece(s, &piece))
			return -EBADMSG;
		if (n < UDPTL_REPEATS_READ_MAX)
			ret_repeats[n++] = piece;
	}
	return n;
}

/* Handed over: what is missing between what was expected and seq, as far as the repeats reach back. */
static void repair(struct udptl_in *in, const struct piece *repeats, int n, uint16_t seq,
	udptl_handler *on_ifp, void *arg)
{
	int missing = (uint16_t)(seq - in->next);
	int reach = missing < n ? missing : n;

	in->lost += (uint64_t)(missing - reach);
	for (int i = reach; i > 0; i--) {
		if (repeats[i - 1].n == 0) {
			in->lost++;
			continue;
		}
		in->repaired++;
		on_ifp(repeats[i - 1].at, repeats[i - 1].n, (uint16_t)(seq - i), arg);
	}
}

int udptl_read(struct udptl_in *in, const uint8_t *packet, size_t n, udptl_handler *on_ifp, void *arg)
{
	struct piece primary, repeats[UDPTL_REPEATS_READ_MAX];
	struct scan s = {packet, n};
	uint8_t high, low, kind = ERROR_REPEATS;
	int n_repeats = 0;

	if (!take_byte(&s, &high) || !take_byte(&s, &low) || !take_piece(&s, &primary) || primary.n == 0)
		return -EBADMSG;
	/* Some peers end here when they have nothing to repeat. */
	if (s.n > 0)
		(void)take_byte(&s, &kind);
	if (s.n > 0 && !(kind & ERROR_PARITY))
		n_repeats = read_repeats(&s, repeats);
	if (n_repeats < 0)
		return n_repeats;
	uint16_t seq = (uint16_t)(high << 8 | low);
	int16_t ahead = (int16_t)(seq - in->next);
	if (in->is_started && ahead < 0 && ahead > -JUMP_MAX)
		return 0; /* late, or once more */
	if (!in->is_started || ahead < 0 || ahead > JUMP_MAX)
		in->next = seq;
	in->is_started = true;
	repair(in, repeats, n_repeats, seq, on_ifp, arg);
	in->next = (uint16_t)(seq + 1);
	on_ifp(primary.at, primary.n, seq, arg);
	return 0;
}

static size_t put_piece(uint8_t *at, const uint8_t *bytes, size_t n)
{
	size_t head = n < 0x80 ? 1 : 2;

	if (head == 1) {
		at[0] = (uint8_t)n;
	} else {
		at[0] = (uint8_t)(0x80 | n >> 8);
		at[1] = (uint8_t)n;
	}
	memcpy(at + head, bytes, n);
	return head + n;
}

static void remember(struct udptl_out *out, const uint8_t *ifp, size_t n)
{
	memcpy(out->last[out->at].bytes, ifp, n);
	out->last[out->at].n = (uint16_t)n;
	out->at = (out->at + 1) % UDPTL_REPEATS;
	if (out->n_last < UDPTL_REPEATS)
		out->n_last++;
}

int udptl_write(
	struct udptl_out *out, const uint8_t *ifp, size_t n, uint8_t ret_packet[static UDPTL_PACKET_MAX])
{
	size_t max = out->datagram_max && out->datagram_max < UDPTL_PACKET_MAX ? out->datagram_max
									       : UDPTL_PACKET_MAX;
	size_t len = 2;

	if (n == 0 || n > UDPTL_IFP_MAX || n + 2 + 2 + 2 > max)
		return -E2BIG;
	ret_packet[0] = (uint8_t)(out->seq >> 8);
	ret_packet[1] = (uint8_t)out->seq;
	len += put_piece(ret_packet + len, ifp, n);
	ret_packet[len++] = ERROR_REPEATS;
	size_t count_at = len++;
	ret_packet[count_at] = 0;
	for (int i = 0; out->is_redundant && i < out->n_last; i++) {
		int k = (out->at - 1 - i + 2 * UDPTL_REPEATS) % UDPTL_REPEATS;
		if (len + out->last[k].n + 2 > max)
			break;
		len += put_piece(ret_packet + len, out->last[k].bytes, out->last[k].n);
		ret_packet[count_at]++;
	}
	remember(out, ifp, n);
	out->seq++;
	return (int)len;
}
