/* Fax: UDPTL by hand-made datagrams, and two machines talking to each other faster than time, over G.711 with
 * and without noise and over T.38 with and without loss. What is received is compared pixel by pixel. */
#include "base/alloc.h"
#include "base/str.h"
#include "media/codec/law.h"
#include "media/fax/fax_machine.h"
#include "media/fax/fax_ring.h"
#include "media/fax/udptl.h"
#include "harness/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <tiffio.h>
#include <unistd.h>

#define WIDTH 1728
#define LINE_BYTES (WIDTH / 8)

/* ---- UDPTL ---- */

struct heard {
	char text[256];
	int n;
};

static void on_ifp(const uint8_t *ifp, size_t n, uint16_t seq, void *arg)
{
	struct heard *h = arg;
	size_t len = strlen(h->text);

	h->n++;
	(void)str_printf(h->text + len, sizeof(h->text) - len, "%u:%.*s ", seq, (int)n, (const char *)ifp);
}

TEST(udptl_repairs_lost_datagrams)
{
	struct udptl_out out = {.is_redundant = true, .seq = 65534};
	struct udptl_in in = {0};
	struct heard h = {0};
	uint8_t packet[UDPTL_PACKET_MAX];
	const char *words[] = {"a", "bb", "ccc", "dddd", "e", "f", "g", "h", "i"};

	for (int i = 0; i < 9; i++) {
		int n = udptl_write(&out, (const uint8_t *)words[i], strlen(words[i]), packet);
		CHECK(n > 0);
		/* b, c lost: repaired by d. e..h lost: e is out of reach. */
		if (i == 1 || i == 2 || (i >= 4 && i <= 7))
			continue;
		CHECK_INT(udptl_read(&in, packet, (size_t)n, on_ifp, &h), 0);
		CHECK_INT(udptl_read(&in, packet, (size_t)n, on_ifp, &h), 0); /* twice: once */
	}
	CHECK_STR(h.text, "65534:a 65535:bb 0:ccc 1:dddd 3:f 4:g 5:h 6:i ");
	CHECK_INT(in.lost, 1);
	CHECK_INT(in.repaired, 5);
}

TEST(udptl_takes_odd_and_refuses_broken_datagrams)
{
	static const struct {
		const char *bytes;
		size_t n;
		int result, n_heard;
	} cases[] = {
		{"\0\1\1x", 4, 0, 1},		     /* ends without error recovery */
		{"\0\1\1x\0\0", 6, 0, 1},	     /* no repeats */
		{"\0\1\1x\0\0zz", 8, 0, 1},	     /* something behind */
		{"\0\1\1x\x80\1\1\1p", 9, 0, 1},     /* parity: passed over */
		{"\0\1\x80\1x\0\0", 7, 0, 1},	     /* a long form for a short length */
		{"", 0, -EBADMSG, 0},		     /* nothing */
		{"\0", 1, -EBADMSG, 0},		     /* half a number */
		{"\0\1", 2, -EBADMSG, 0},	     /* no IFP */
		{"\0\1\0\0\0", 5, -EBADMSG, 0},	     /* an empty one */
		{"\0\1\5x", 4, -EBADMSG, 0},	     /* cut */
		{"\0\1\xc1x\0\0", 6, -EBADMSG, 0},   /* a fragment */
		{"\0\1\xbf\xffx\0", 6, -EBADMSG, 0}, /* longer than it is */
		{"\0\1\1x\0\2\1y", 8, -EBADMSG, 0},  /* two repeats said, one there */
		{"\0\1\1x\0\xbf\xff\1y", 9, -EBADMSG, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct udptl_in in = {0};
		struct heard h = {0};
		CHECK_INT(udptl_read(&in, (const uint8_t *)cases[i].bytes, cases[i].n, on_ifp, &h),
			cases[i].result);
		CHECK_INT(h.n, cases[i].n_heard);
	}
}

TEST(udptl_keeps_to_the_peers_datagram)
{
	struct udptl_out out = {.is_redundant = true, .datagram_max = 60};
	uint8_t packet[UDPTL_PACKET_MAX], ifp[UDPTL_IFP_MAX + 1] = {0};

	for (int i = 0; i < 5; i++) {
		int n = udptl_write(&out, ifp, 20, packet);
		CHECK(n > 20 && n <= 60);
	}
	CHECK_INT(udptl_write(&out, ifp, 60, packet), -E2BIG);
	out.datagram_max = 0;
	CHECK_INT(udptl_write(&out, ifp, sizeof(ifp), packet), -E2BIG);
	CHECK_INT(udptl_write(&out, ifp, 0, packet), -E2BIG);
	int n = udptl_write(&out, ifp, UDPTL_IFP_MAX, packet);
	CHECK(n > UDPTL_IFP_MAX && n <= UDPTL_PACKET_MAX);
}

TEST(a_full_ring_refuses)
{
	static struct fax_ring ring;
	uint8_t bytes[FAX_RECORD_MAX] = {7}, back[FAX_RECORD_MAX];
	struct fax_record record;
	int n = 0;

	CHECK(!fax_ring_pop(&ring, &record, back));
	while (fax_ring_push(&ring, FAX_RECORD_SOUND, bytes, sizeof(bytes)))
		n++;
	CHECK_INT(n, FAX_RING_BYTES / (FAX_RECORD_MAX + sizeof(record)));
	CHECK(fax_ring_pop(&ring, &record, back) && record.n == sizeof(bytes) && back[0] == 7);
	CHECK(fax_ring_push(&ring, FAX_RECORD_GAP, NULL, 8000));
	CHECK(fax_ring_push(&ring, FAX_RECORD_PACKET, bytes, sizeof(bytes)));
	for (int i = 1; i < n; i++)
		CHECK(fax_ring_pop(&ring, &record, back));
	CHECK(fax_ring_pop(&ring, &record, back) && record.kind == FAX_RECORD_GAP && record.n == 8000);
	CHECK(fax_ring_pop(&ring, &record, back) && record.kind == FAX_RECORD_PACKET);
	CHECK_INT(fax_ring_used(&ring), 0);
}

/* ---- machines ---- */

struct desk {
	char folder[64], sent[128], received[128];
};

static void desk_open(struct desk *d)
{
	str_put(d->folder, sizeof(d->folder), "/tmp/markaz-fax-XXXXXX");
	if (!mkdtemp(d->folder))
		abort();
	str_printf(d->sent, sizeof(d->sent), "%s/sent.tif", d->folder);
	str_printf(d->received, sizeof(d->received), "%s/received.tif", d->folder);
}

static void desk_close(struct desk *d)
{
	unlink(d->sent);
	unlink(d->received);
	rmdir(d->folder);
}

/* What is on a page: bars that differ by page and line, some white lines, as text has. */
static void draw(uint8_t line[LINE_BYTES], int page, int y)
{
	uint32_t x = (uint32_t)(page * 7919 + y / 8 * 31 + 1);

	memset(line, 0, LINE_BYTES);
	if (y / 8 % 3 == 2)
		return;
	for (int i = 8; i < LINE_BYTES - 8; i += 4) {
		x = x * 1664525 + 1013904223;
		line[i] = (uint8_t)(x >> 24 & 0x7e);
	}
}

static bool make_tiff(const char *path, int pages, int rows)
{
	TIFF *t = TIFFOpen(path, "w");
	uint8_t line[LINE_BYTES];

	for (int p = 0; t && p < pages; p++) {
		TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
		TIFFSetField(t, TIFFTAG_IMAGEWIDTH, WIDTH);
		TIFFSetField(t, TIFFTAG_IMAGELENGTH, rows);
		TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
		TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
		TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
		TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
		TIFFSetField(t, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
		TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, rows);
		TIFFSetField(t, TIFFTAG_XRESOLUTION, 204.0);
		TIFFSetField(t, TIFFTAG_YRESOLUTION, 98.0);
		TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
		for (int y = 0; y < rows; y++) {
			draw(line, p, y);
			TIFFWriteScanline(t, line, (uint32_t)y, 0);
		}
		TIFFWriteDirectory(t);
	}
	if (t)
		TIFFClose(t);
	return t != NULL;
}

/* How many lines of page differ from what was drawn as page `drawn`; -1: it cannot be read. */
static int bad_lines(TIFF *t, int page, int drawn, int rows)
{
	uint8_t line[LINE_BYTES], want[LINE_BYTES];
	uint32_t width = 0, length = 0;
	uint16_t photometric = PHOTOMETRIC_MINISWHITE;
	int n = 0;

	if (!t || !TIFFSetDirectory(t, (uint16_t)page))
		return -1;
	TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(t, TIFFTAG_IMAGELENGTH, &length);
	TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &photometric);
	if (width != WIDTH || (int)length < rows)
		return -1;
	for (int y = 0; y < rows; y++) {
		draw(want, drawn, y);
		if (TIFFReadScanline(t, line, (uint32_t)y, 0) < 0)
			return -1;
		for (int i = 0; photometric == PHOTOMETRIC_MINISBLACK && i < LINE_BYTES; i++)
			line[i] = (uint8_t)~line[i];
		n += memcmp(line, want, LINE_BYTES) != 0;
	}
	return n;
}

static int pages_of(const char *path)
{
	TIFF *t = TIFFOpen(path, "r");
	int n = t ? TIFFNumberOfDirectories(t) : 0;

	if (t)
		TIFFClose(t);
	return n;
}

/* The line between two machines. */
struct wire {
	struct fax_machine *a, *b;
	uint32_t chance;
	int loss_permille, noise, cut_after_ms, law;
};

static uint32_t draw_chance(struct wire *w)
{
	w->chance = w->chance * 1664525 + 1013904223;
	return w->chance >> 8;
}

static void from_a(const uint8_t *packet, size_t n, void *arg)
{
	struct wire *w = arg;

	if (w->b && (int)(draw_chance(w) % 1000) >= w->loss_permille)
		fax_machine_packet(w->b, packet, n);
}

static void from_b(const uint8_t *packet, size_t n, void *arg)
{
	struct wire *w = arg;

	if (w->a && (int)(draw_chance(w) % 1000) >= w->loss_permille)
		fax_machine_packet(w->a, packet, n);
}

/* Through the codec, with noise: about -20 dB below full scale times noise/1000. */
static void carry(struct wire *w, struct fax_machine *from, struct fax_machine *to)
{
	int16_t samples[FAX_FRAME];
	uint8_t bytes[FAX_FRAME];

	fax_machine_say(from, samples, FAX_FRAME);
	for (int i = 0; w->noise > 0 && i < FAX_FRAME; i++) {
		int v = samples[i] + (int)(draw_chance(w) % (uint32_t)(2 * w->noise)) - w->noise;
		samples[i] = (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
	}
	law_encode_n(w->law, samples, bytes, FAX_FRAME);
	law_decode_n(w->law, bytes, samples, FAX_FRAME);
	if ((int)(draw_chance(w) % 1000) < w->loss_permille)
		fax_machine_gap(to, FAX_FRAME);
	else
		fax_machine_hear(to, samples, FAX_FRAME);
}

struct outcome {
	struct media_event sent, received;
};

/* Runs both until they are done, at most an hour of theirs. */
static bool run(struct wire *w, struct desk *d, bool is_t38, int first_page, struct outcome *ret_outcome)
{
	struct media_fax send = {.is_sender = true,
		.is_t38 = is_t38,
		.station = "+98211234567",
		.is_t38_redundancy = true,
		.first_page = (uint16_t)first_page};
	struct media_fax receive = {.is_t38 = is_t38, .station = "+982187654321", .is_t38_redundancy = true};
	bool is_over = false;

	law_init();
	fax_machine_init();
	w->chance = 12345;
	str_put(send.path, sizeof(send.path), d->sent);
	str_put(receive.path, sizeof(receive.path), d->received);
	if (fax_machine_new(&w->a, &send, from_a, w) < 0 || fax_machine_new(&w->b, &receive, from_b, w) < 0)
		return false;
	for (int ms = 0; ms < 3600 * 1000 && !is_over; ms += 20) {
		if (w->cut_after_ms && ms >= w->cut_after_ms) {
			fax_machine_hang_up(w->a);
			fax_machine_hang_up(w->b);
		} else if (is_t38) {
			fax_machine_pass(w->a, FAX_FRAME);
			fax_machine_pass(w->b, FAX_FRAME);
		} else {
			carry(w, w->a, w->b);
			carry(w, w->b, w->a);
		}
		is_over = fax_machine_is_over(w->a) && fax_machine_is_over(w->b);
	}
	fax_machine_result(w->a, &ret_outcome->sent);
	fax_machine_result(w->b, &ret_outcome->received);
	fax_machine_free(w->a);
	fax_machine_free(w->b);
	w->a = w->b = NULL;
	return is_over;
}

static void expect_pages(struct wire *w, bool is_t38, int pages, int rows, int bad_max)
{
	struct desk d;
	struct outcome o = {0};

	desk_open(&d);
	CHECK(make_tiff(d.sent, pages, rows));
	CHECK(run(w, &d, is_t38, 0, &o));
	CHECK_STR(o.sent.fax.result, "OK");
	CHECK_STR(o.received.fax.result, "OK");
	CHECK_INT(o.sent.fax.pages, pages);
	CHECK_INT(o.received.fax.pages, pages);
	CHECK(o.received.fax.is_ecm);
	CHECK_STR(o.received.fax.station, "+98211234567");
	CHECK_STR(o.sent.fax.station, "+982187654321");
	CHECK_INT(pages_of(d.received), pages);
	TIFF *t = TIFFOpen(d.received, "r");
	for (int p = 0; p < pages; p++) {
		int bad = bad_lines(t, p, p, rows);
		CHECK(bad >= 0 && bad <= bad_max);
	}
	TIFFClose(t);
	desk_close(&d);
}

TEST(one_page_over_g711)
{
	struct wire w = {0};
	expect_pages(&w, false, 1, 200, 0);
}

TEST(three_pages_over_alaw_and_noise)
{
	struct wire w = {.law = 1, .noise = 70};
	expect_pages(&w, false, 3, 100, 0);
}

TEST(error_correction_repairs_lost_sound)
{
	struct wire w = {.loss_permille = 2};
	expect_pages(&w, false, 2, 150, 0);
}

TEST(one_page_over_t38)
{
	struct wire w = {0};
	expect_pages(&w, true, 1, 200, 0);
}

TEST(thirty_pages_over_t38)
{
	struct wire w = {0};
	expect_pages(&w, true, 30, 60, 0);
}

TEST(t38_survives_one_percent_loss)
{
	struct wire w = {.loss_permille = 10};
	expect_pages(&w, true, 3, 200, 0);
}

TEST(a_cut_call_is_resumed_at_the_failed_page)
{
	struct desk d;
	struct outcome o = {0};
	struct wire w = {.cut_after_ms = 25000};

	desk_open(&d);
	CHECK(make_tiff(d.sent, 4, 400));
	CHECK(run(&w, &d, true, 0, &o));
	CHECK(o.sent.reason != 0);
	int done = o.sent.fax.pages;
	CHECK(done >= 1 && done < 4);
	w.cut_after_ms = 0;
	CHECK(run(&w, &d, true, done, &o));
	CHECK_INT(o.sent.reason, 0);
	CHECK_INT(o.sent.fax.pages, 4 - done);
	TIFF *t = TIFFOpen(d.received, "r");
	for (int p = done; p < 4; p++)
		CHECK_INT(bad_lines(t, p - done, p, 400), 0);
	TIFFClose(t);
	desk_close(&d);
}

TEST(a_missing_or_broken_file_is_said)
{
	struct desk d;
	struct outcome o = {0};
	struct wire w = {0};

	desk_open(&d);
	CHECK(run(&w, &d, true, 0, &o));
	CHECK(o.sent.reason != 0 && o.sent.fax.pages == 0);
	FILE *f = fopen(d.sent, "w");
	CHECK(f && fputs("this is no TIFF", f) >= 0 && fclose(f) == 0);
	CHECK(run(&w, &d, true, 0, &o));
	CHECK(o.sent.reason != 0 && o.received.fax.pages == 0);
	desk_close(&d);
}

TEST(silence_ends_a_machine)
{
	struct desk d;
	struct media_fax receive = {0};
	struct fax_machine *m = NULL;
	struct media_event e = {0};
	int ms = 0;

	desk_open(&d);
	str_put(receive.path, sizeof(receive.path), d.received);
	CHECK_INT(fax_machine_new(&m, &receive, NULL, NULL), 0);
	for (; ms < 300000 && !fax_machine_is_over(m); ms += 20) {
		int16_t samples[FAX_FRAME];
		fax_machine_say(m, samples, FAX_FRAME);
		fax_machine_gap(m, FAX_FRAME);
	}
	CHECK(fax_machine_is_over(m));
	fax_machine_result(m, &e);
	CHECK(e.reason > 0 && e.fax.pages == 0);
	fax_machine_free(m);
	desk_close(&d);
}

TEST_OOM(a_machine_without_memory_is_refused)
{
	struct media_fax receive = {.path = "/tmp/never-made.tif"};
	struct fax_machine *m = NULL;

	int err = fax_machine_new(&m, &receive, NULL, NULL);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	fax_machine_free(m);
}
