/* Reading Ogg/Opus; see ogg_opus.h. All pages are looked at once (libogg checks their sums), and where each
 * begins is kept; a place is then read from the page before it, so that the decoder has found its feet. */
#include "media/record/ogg_opus.h"
#include "base/alloc.h"
#include "base/vec.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <opus/opus_multistream.h>
#include <string.h>

#define FULL_RATE_HZ 48000
#define READ_BYTES 8192
#define PAGES_MAX 1000000
#define PACKET_SAMPLES_MAX 5760 /* 120 ms at 48 kHz */
#define HEAD_BYTES_MIN 19

struct page_place {
	int64_t offset, before; /* before: granule at which it begins */
};
struct opus_reader {
	opus_read_handler *on_read;
	void *arg;
	int channels, rate_hz, pre_skip, streams, coupled;
	unsigned char mapping[OGG_OPUS_CHANNELS_MAX];
	VEC(struct page_place) pages;
	int64_t end_granule;
	ogg_sync_state sync;
	ogg_stream_state stream;
	bool has_stream;
	int64_t offset; /* of the next bytes to read */
	OpusMSDecoder *decoder;
	/* decoded and not yet fetched: `n` samples of which the first is number `at` */
	int16_t *samples;
	int64_t at;
	size_t n;
	bool is_placed;
};

static unsigned get16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

/* The next whole page. 1, 0: the file ends, -EINVAL: there is something else between, -errno. */
static int next_page(struct opus_reader *r, ogg_page *page, int64_t *ret_offset)
{
	for (;;) {
		long n = ogg_sync_pageseek(&r->sync, page);
		if (n < 0)
			return -EINVAL;
		if (n > 0) {
			*ret_offset = r->offset - (r->sync.fill - r->sync.returned) - n;
			return 1;
		}
		char *room = ogg_sync_buffer(&r->sync, READ_BYTES);
		if (!room)
			return -ENOMEM;
		ssize_t got = r->on_read(r->arg, r->offset, room, READ_BYTES);
		if (got <= 0)
			return (int)got;
		ogg_sync_wrote(&r->sync, (long)got);
		r->offset += got;
	}
}

static int read_head(struct opus_reader *r, const uint8_t *head, size_t n)
{
	if (n < HEAD_BYTES_MIN || memcmp(head, "OpusHead", 8) != 0 || head[8] >> 4 != 0 || head[9] == 0)
		return -EINVAL;
	if (head[9] > OGG_OPUS_CHANNELS_MAX || (head[18] == 0 && head[9] > 2))
		return -ENOTSUP;
	r->channels = head[9];
	r->pre_skip = (int)get16(head + 10);
	uint32_t rate_hz = get32(head + 12);
	r->rate_hz = rate_hz == 8000 || rate_hz == 12000 || rate_hz == 16000 || rate_hz == 24000
			     ? (int)rate_hz
			     : FULL_RATE_HZ;
	r->streams = 1;
	r->coupled = r->channels - 1;
	r->mapping[1] = 1;
	if (head[18] == 0)
		return 0;
	if (n < 21 + (size_t)r->channels)
		return -EINVAL;
	r->streams = head[19];
	r->coupled = head[20];
	memcpy(r->mapping, head + 21, (size_t)r->channels);
	return 0;
}

static int begin_stream(struct opus_reader *r, ogg_page *page)
{
	ogg_packet packet;
	int failed = 0;

	if (!ogg_page_bos(page))
		return -EINVAL;
	if (ogg_stream_init(&r->stream, ogg_page_serialno(page)) < 0)
		return -ENOMEM;
	r->has_stream = true;
	if (ogg_stream_pagein(&r->stream, page) < 0 || ogg_stream_packetout(&r->stream, &packet) != 1)
		return -EINVAL;
	int err = read_head(r, packet.packet, (size_t)packet.bytes);
	if (err < 0)
		return err;
	r->decoder = opus_multistream_decoder_create(
		r->rate_hz, r->channels, r->streams, r->coupled, r->mapping, &failed);
	r->samples = alloc_array(PACKET_SAMPLES_MAX, (size_t)r->channels * sizeof(*r->samples));
	if (r->decoder && r->samples)
		return 0;
	return failed == OPUS_BAD_ARG ? -EINVAL : -ENOMEM;
}

static int look_at_pages(struct opus_reader *r)
{
	int64_t offset, before = 0;
	ogg_page page;
	int n = 0, err;

	while ((err = next_page(r, &page, &offset)) == 1) {
		if (n == 0)
			err = begin_stream(r, &page);
		else if (ogg_page_serialno(&page) != r->stream.serialno)
			err = -EINVAL;
		else if (n > 1 && r->pages.len >= PAGES_MAX)
			err = -EFBIG;
		else if (n > 1) /* the second holds the tags */
			err = VEC_PUSH(&r->pages, (struct page_place){.offset = offset, .before = before});
		if (err < 0)
			return err;
		int64_t granule = ogg_page_granulepos(&page);
		if (n > 1 && granule != -1) {
			if (granule < before)
				return -EINVAL;
			before = granule;
		}
		n++;
	}
	r->end_granule = before;
	return err < 0 ? err : n < 2 ? -EINVAL : 0;
}

int opus_reader_new(struct opus_reader **ret_reader, opus_read_handler *on_read, void *arg)
{
	struct opus_reader *r = alloc_zero(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->on_read = on_read;
	r->arg = arg;
	ogg_sync_init(&r->sync);
	int err = look_at_pages(r);
	if (err < 0) {
		opus_reader_free(r);
		return err;
	}
	*ret_reader = r;
	return 0;
}

void opus_reader_free(struct opus_reader *r)
{
	if (!r)
		return;
	ogg_sync_clear(&r->sync);
	if (r->has_stream)
		ogg_stream_clear(&r->stream);
	if (r->decoder)
		opus_multistream_decoder_destroy(r->decoder);
	VEC_FREE(&r->pages);
	alloc_free(r->samples);
	alloc_free(r);
}

int opus_reader_channels(const struct opus_reader *r)
{
	return r->channels;
}

int opus_reader_rate(const struct opus_reader *r)
{
	return r->rate_hz;
}

/* A granule as the number of a sample. */
static int64_t sample_at(const struct opus_reader *r, int64_t granule)
{
	return (granule - r->pre_skip) / (FULL_RATE_HZ / r->rate_hz);
}

int64_t opus_reader_samples(const struct opus_reader *r)
{
	int64_t n = sample_at(r, r->end_granule);

	return n > 0 ? n : 0;
}

/* To the page before the one that holds sample `from`. */
static void seek(struct opus_reader *r, int64_t from)
{
	size_t low = 0, high = r->pages.len;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (sample_at(r, r->pages.at[middle].before) <= from)
			low = middle;
		else
			high = middle;
	}
	if (low > 0)
		low--;
	r->offset = r->pages.at[low].offset;
	r->at = sample_at(r, r->pages.at[low].before);
	r->n = 0;
	ogg_sync_reset(&r->sync);
	ogg_stream_reset(&r->stream);
	opus_multistream_decoder_ctl(r->decoder, OPUS_RESET_STATE);
	r->is_placed = true;
}

/* Decodes the next packet into r->samples. 1, 0: the end, -errno. */
static int decode_next(struct opus_reader *r)
{
	ogg_packet packet;
	ogg_page page;
	int64_t offset;

	r->at += (int64_t)r->n;
	r->n = 0;
	for (;;) {
		int got = ogg_stream_packetout(&r->stream, &packet);
		if (got == 1)
			break;
		int err = got < 0 ? 1 : next_page(r, &page, &offset);
		if (err <= 0)
			return err;
		if (got == 0 && ogg_stream_pagein(&r->stream, &page) < 0)
			return -EINVAL;
	}
	if (packet.bytes > INT32_MAX)
		return -EINVAL;
	int n = opus_multistream_decode(r->decoder, packet.packet, (opus_int32)packet.bytes, r->samples,
		PACKET_SAMPLES_MAX / (FULL_RATE_HZ / r->rate_hz), 0);
	if (n < 0)
		return -EINVAL;
	r->n = (size_t)n;
	return 1;
}

ssize_t opus_reader_read(struct opus_reader *r, int64_t from, int16_t *ret_samples, size_t n)
{
	int64_t total = opus_reader_samples(r);
	size_t done = 0, channels = (size_t)r->channels;

	if (from < 0 || from >= total || r->pages.len == 0)
		return from < 0 ? -EINVAL : 0;
	if ((int64_t)n > total - from)
		n = (size_t)(total - from);
	if (!r->is_placed || from < r->at || from > r->at + r->rate_hz)
		seek(r, from);
	while (done < n) {
		int64_t want = from + (int64_t)done, skip = want - r->at;
		if (skip >= 0 && skip < (int64_t)r->n) {
			size_t there = r->n - (size_t)skip, more = n - done < there ? n - done : there;
			memcpy(ret_samples + done * channels, r->samples + (size_t)skip * channels,
				more * channels * sizeof(*ret_samples));
			done += more;
			continue;
		}
		int err = skip < 0 ? -EINVAL : decode_next(r);
		if (err < 0)
			return err;
		if (err == 0)
			break;
	}
	return (ssize_t)done;
}
