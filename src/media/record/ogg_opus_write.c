/* Writing Ogg/Opus; see ogg_opus.h. */
#include "media/record/ogg_opus.h"
#include "base/alloc.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <opus/opus_multistream.h>
#include <sodium.h>
#include <string.h>

#define FULL_RATE_HZ 48000
#define FRAMES_PER_SECOND 50
#define PACKET_BYTES_MAX (OGG_OPUS_CHANNELS_MAX * 1500)
#define FAMILY_SEPARATE 255
#define COMPLEXITY 5 /* half the work of the best, hardly to be heard at this rate */

struct opus_writer {
	int channels, rate_hz;
	opus_bytes_handler *on_bytes;
	void *arg;
	OpusMSEncoder *encoder;
	ogg_stream_state stream;
	int16_t *frame; /* being filled */
	size_t frame_samples, fill;
	int64_t samples, packets; /* so far */
	int pre_skip;		  /* at 48 kHz */
	uint8_t *packet;
};

static void put16(uint8_t *to, unsigned v)
{
	to[0] = (uint8_t)v;
	to[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *to, uint32_t v)
{
	put16(to, v & 0xffff);
	put16(to + 2, v >> 16);
}

static int put_pages(struct opus_writer *w, int (*next)(ogg_stream_state *, ogg_page *))
{
	ogg_page page;
	int err = 0;

	while (err == 0 && next(&w->stream, &page) != 0) {
		err = w->on_bytes(w->arg, page.header, (size_t)page.header_len);
		if (err == 0)
			err = w->on_bytes(w->arg, page.body, (size_t)page.body_len);
	}
	return err;
}

static int put_packet(struct opus_writer *w, uint8_t *bytes, size_t n, int64_t granule, bool is_end)
{
	ogg_packet packet = {.packet = bytes,
		.bytes = (long)n,
		.b_o_s = w->packets == 0,
		.e_o_s = is_end,
		.granulepos = granule,
		.packetno = w->packets};

	w->packets++;
	return ogg_stream_packetin(&w->stream, &packet) < 0 ? -ENOMEM : 0;
}

/* RFC 7845 section 5.1 and 5.2. */
static int put_heads(struct opus_writer *w)
{
	uint8_t head[21 + OGG_OPUS_CHANNELS_MAX] = "OpusHead", tags[8 + 4 + 6 + 4] = "OpusTags";
	size_t n = 19;

	head[8] = 1;
	head[9] = (uint8_t)w->channels;
	put16(head + 10, (unsigned)w->pre_skip);
	put32(head + 12, (uint32_t)w->rate_hz);
	put16(head + 16, 0);
	head[18] = w->channels > 1 ? FAMILY_SEPARATE : 0;
	if (w->channels > 1) {
		head[19] = (uint8_t)w->channels;
		head[20] = 0;
		for (int c = 0; c < w->channels; c++)
			head[21 + c] = (uint8_t)c;
		n = 21 + (size_t)w->channels;
	}
	put32(tags + 8, 6);
	memcpy(tags + 12, "Markaz", 6);
	int err = put_packet(w, head, n, 0, false);
	if (err == 0)
		err = put_pages(w, ogg_stream_flush);
	if (err == 0)
		err = put_packet(w, tags, sizeof(tags), 0, false);
	return err < 0 ? err : put_pages(w, ogg_stream_flush);
}

static int make_encoder(struct opus_writer *w)
{
	unsigned char mapping[OGG_OPUS_CHANNELS_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
	opus_int32 lookahead = 0;
	int failed = 0;

	w->encoder = opus_multistream_encoder_create(
		w->rate_hz, w->channels, w->channels, 0, mapping, OPUS_APPLICATION_VOIP, &failed);
	if (!w->encoder)
		return failed == OPUS_ALLOC_FAIL ? -ENOMEM : -EINVAL;
	opus_multistream_encoder_ctl(w->encoder, OPUS_SET_BITRATE(OGG_OPUS_BIT_RATE * w->channels));
	opus_multistream_encoder_ctl(w->encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	opus_multistream_encoder_ctl(w->encoder, OPUS_GET_LOOKAHEAD(&lookahead));
	w->pre_skip = lookahead * (FULL_RATE_HZ / w->rate_hz);
	return 0;
}

int opus_writer_new(
	struct opus_writer **ret_writer, int channels, int rate_hz, opus_bytes_handler *on_bytes, void *arg)
{
	if (channels < 1 || channels > OGG_OPUS_CHANNELS_MAX || rate_hz <= 0 || FULL_RATE_HZ % rate_hz != 0)
		return -EINVAL;
	struct opus_writer *w = alloc_zero(sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->channels = channels;
	w->rate_hz = rate_hz;
	w->on_bytes = on_bytes;
	w->arg = arg;
	w->frame_samples = (size_t)rate_hz / FRAMES_PER_SECOND;
	w->frame = alloc_array(w->frame_samples, (size_t)channels * sizeof(*w->frame));
	w->packet = alloc_zero(PACKET_BYTES_MAX);
	int err = w->frame && w->packet ? make_encoder(w) : -ENOMEM;
	if (err == 0 && ogg_stream_init(&w->stream, (int)(randombytes_random() >> 1)) < 0)
		err = -ENOMEM;
	if (err == 0)
		err = put_heads(w);
	if (err < 0) {
		opus_writer_free(w);
		return err;
	}
	*ret_writer = w;
	return 0;
}

/* One frame, filled up with silence at the end. */
static int encode(struct opus_writer *w, bool is_end)
{
	int n = opus_multistream_encode(
		w->encoder, w->frame, (int)w->frame_samples, w->packet, PACKET_BYTES_MAX);
	int64_t per_sample = FULL_RATE_HZ / w->rate_hz;
	int64_t full = (w->packets - 1) * (int64_t)w->frame_samples * per_sample; /* two packets are heads */
	int64_t said = w->samples * per_sample + w->pre_skip;

	if (n < 0)
		return -EIO;
	w->fill = 0;
	memset(w->frame, 0, w->frame_samples * (size_t)w->channels * sizeof(*w->frame));
	int err = put_packet(w, w->packet, (size_t)n, is_end && said < full ? said : full, is_end);
	/* A page a second, so that any place is found quickly. */
	if (err == 0 && (is_end || w->packets % FRAMES_PER_SECOND == 2))
		err = put_pages(w, ogg_stream_flush);
	return err;
}

int opus_writer_add(struct opus_writer *w, const int16_t *samples, size_t n)
{
	size_t channels = (size_t)w->channels;
	int err = 0;

	while (n > 0 && err == 0) {
		/* Not before more comes: the last one is marked as such. */
		if (w->fill == w->frame_samples)
			err = encode(w, false);
		size_t room = w->frame_samples - w->fill, more = n < room ? n : room;
		memcpy(w->frame + w->fill * channels, samples, more * channels * sizeof(*samples));
		w->fill += more;
		w->samples += (int64_t)more;
		samples += more * channels;
		n -= more;
	}
	return err;
}

int opus_writer_end(struct opus_writer *w)
{
	int64_t per_sample = FULL_RATE_HZ / w->rate_hz;
	int64_t frame = (int64_t)w->frame_samples * per_sample;
	int err = 0;

	/* The encoder runs behind by pre_skip: silence pushes the last words out. */
	while (err == 0 && (w->packets - 1) * frame < w->samples * per_sample + w->pre_skip)
		err = encode(w, false);
	return err < 0 ? err : encode(w, true);
}

void opus_writer_free(struct opus_writer *w)
{
	if (!w)
		return;
	if (w->encoder)
		opus_multistream_encoder_destroy(w->encoder);
	ogg_stream_clear(&w->stream);
	alloc_free(w->frame);
	alloc_free(w->packet);
	alloc_free(w);
}
