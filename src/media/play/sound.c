/* Sounds from files (WAV, any rate from 8 to 48 kHz, mono or stereo) and from names (tones, silence).
 *
 * A file is a stranger's work: sizes are bounded before anything is allocated for them. */
#include "base/alloc.h"
#include "base/str.h"
#include "media/play/loader.h"
#include "media/record/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 65536
#define SECONDS_MAX (30 * 60)
#define TONE_MS_MAX 60000
#define RESAMPLE_QUALITY 7

struct samples { /* on the heap */
	int16_t *at;
	size_t n;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int read_all(int fd, size_t offset, uint8_t *ret_bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, ret_bytes + at, n - at, (off_t)(offset + at));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		at += (size_t)got;
	}
	return 0;
}

/* One sample of frame i, both channels averaged. */
static int16_t frame_sample(const struct wav *wav, const uint8_t *data, size_t i)
{
	int sum = 0;

	for (int channel = 0; channel < wav->channels; channel++) {
		const uint8_t *p = data + i * wav->frame_bytes;
		if (wav->coding == WAV_PCM16)
			sum += (int16_t)(p[2 * channel] | p[2 * channel + 1] << 8);
		else
			sum += law_linear[wav->coding == WAV_ALAW][p[channel]];
	}
	return (int16_t)(sum / wav->channels);
}

/* Feeds n samples (NULL: silence) while there is room. */
static bool feed(
	SpeexResamplerState *state, const int16_t *in, size_t n, int16_t *out, size_t room, size_t *made)
{
	static const int16_t silence[1024];

	for (size_t taken = 0; taken < n && *made < room;) {
		size_t piece = in || n - taken < 1024 ? n - taken : 1024;
		spx_uint32_t in_n = (spx_uint32_t)piece, out_n = (spx_uint32_t)(room - *made);
		const int16_t *from = in ? in + taken : silence;
		if (speex_resampler_process_int(state, 0, from, &in_n, out + *made, &out_n) != 0 ||
			(in_n == 0 && out_n == 0))
			return false;
		taken += in_n;
		*made += out_n;
	}
	return true;
}

static int resample(const int16_t *in, size_t n, int rate_hz, int to_hz, struct samples *ret)
{
	size_t room = (size_t)((uint64_t)n * (unsigned)to_hz / (unsigned)rate_hz), made = 0;
	_cleanup_alloc_ int16_t *out = alloc_array(room + 1, sizeof(*out));
	int err = 0;

	if (!out)
		return -ENOMEM;
	SpeexResamplerState *state =
		speex_resampler_init(1, (spx_uint32_t)rate_hz, (spx_uint32_t)to_hz, RESAMPLE_QUALITY, &err);
	if (!state)
		return -ENOMEM;
	speex_resampler_skip_zeros(state);
	/* Silence behind the end pushes the filter's tail out. */
	bool is_done =
		feed(state, in, n, out, room, &made) &&
		feed(state, NULL, (size_t)speex_resampler_get_input_latency(state) + 16, out, room, &made);
	speex_resampler_destroy(state);
	if (!is_done)
		return -EIO;
	*ret = (struct samples){TAKE_PTR(out), made};
	return 0;
}

static int as_file(const struct wav *wav, const uint8_t *data, struct samples *ret)
{
	size_t n = wav->data_bytes / wav->frame_bytes;
	int16_t *samples = alloc_array(n + 1, sizeof(*samples));

	if (!samples)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		samples[i] = frame_sample(wav, data, i);
	*ret = (struct samples){samples, n};
	return 0;
}

/* At 8 kHz, and with ret_wide at 16 when the file has more than 8. */
static int decode(const struct wav *wav, const uint8_t *data, struct samples *ret, struct samples *ret_wide)
{
	struct samples file, narrow = {0}, wide = {0};
	int err = as_file(wav, data, &file);

	if (err < 0)
		return err;
	if (wav->rate_hz == LAW_RATE_HZ) {
		*ret = file;
		return 0;
	}
	err = resample(file.at, file.n, wav->rate_hz, LAW_RATE_HZ, &narrow);
	if (err == 0 && ret_wide && wav->rate_hz > LAW_RATE_HZ)
		err = resample(file.at, file.n, wav->rate_hz, 2 * LAW_RATE_HZ, &wide);
	if (err < 0)
		alloc_free(narrow.at);
	alloc_free(file.at);
	if (err < 0)
		return err;
	*ret = narrow;
	if (ret_wide)
		*ret_wide = wide;
	return 0;
}

static int read_wav(const char *path, struct samples *ret, struct samples *ret_wide)
{
	__attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct wav wav;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	size_t file_bytes = (size_t)st.st_size, n_head = file_bytes < HEAD_BYTES ? file_bytes : HEAD_BYTES;
	_cleanup_alloc_ uint8_t *head = alloc_zero(HEAD_BYTES);
	if (!head)
		return -ENOMEM;
	int err = read_all(fd, 0, head, n_head);
	if (err == 0)
		err = wav_parse(head, n_head, file_bytes, &wav);
	if (err < 0)
		return err;
	if (wav.data_bytes / wav.frame_bytes > (size_t)SECONDS_MAX * (size_t)wav.rate_hz)
		return -EFBIG;
	_cleanup_alloc_ uint8_t *data = alloc_zero(wav.data_bytes + 1);
	if (!data)
		return -ENOMEM;
	err = read_all(fd, wav.data_offset, data, wav.data_bytes);
	return err < 0 ? err : decode(&wav, data, ret, ret_wide);
}

int sound_read_wav(const char *path, int16_t **ret_samples, size_t *ret_n)
{
	struct samples narrow;
	int err = read_wav(path, &narrow, NULL);

	if (err < 0)
		return err;
	*ret_samples = narrow.at;
	*ret_n = narrow.n;
	return 0;
}

int sound_read_both(const char *path, int16_t **ret_samples, size_t *ret_n, int16_t **ret_wide)
{
	struct samples narrow, wide = {0};
	int err = read_wav(path, &narrow, &wide);

	if (err < 0)
		return err;
	*ret_samples = narrow.at;
	*ret_wide = wide.at;
	/* One may have got a sample more than half the other. */
	*ret_n = wide.at && wide.n / 2 < narrow.n ? wide.n / 2 : narrow.n;
	return 0;
}

/* A cadence: two frequencies (0: none) and what is on and off in turn. */
struct cadence {
	const char *name;
	int hz[2];
	int ms[4]; /* on, off, on, off */
};
static const struct cadence cadences[] = {
	{"ringback", {425, 0}, {1000, 4000}},
	{"ringback:eu", {425, 0}, {1000, 4000}},
	{"ringback:us", {440, 480}, {2000, 4000}},
	{"ringback:uk", {400, 450}, {400, 200, 400, 2000}},
	{"busy", {425, 0}, {500, 500}},
	{"busy:eu", {425, 0}, {500, 500}},
	{"busy:us", {480, 620}, {500, 500}},
	{"busy:uk", {400, 0}, {375, 375}},
	{"congestion", {425, 0}, {240, 240}},
	{"congestion:eu", {425, 0}, {240, 240}},
	{"congestion:us", {480, 620}, {240, 240}},
	{"congestion:uk", {400, 0}, {400, 350, 225, 525}},
	{"beep", {1000, 0}, {400, 0}},
};

static void render_tone(int16_t *ret_samples, size_t n, const int hz[2])
{
	double amplitude = hz[1] ? 0.125 : 0.25; /* about -12 dB of full scale */
	size_t ramp = n < 160 ? 1 : 40;

	for (size_t i = 0; i < n; i++) {
		double x = sin(2 * M_PI * hz[0] * (double)i / LAW_RATE_HZ);
		if (hz[1])
			x += sin(2 * M_PI * hz[1] * (double)i / LAW_RATE_HZ);
		size_t edge = i < n - i ? i : n - i;
		double gain = edge < ramp ? (double)edge / (double)ramp : 1;
		ret_samples[i] = (int16_t)lrint(32767 * amplitude * gain * x);
	}
}

static int render_cadence(const struct cadence *c, int16_t **ret_samples, size_t *ret_n)
{
	size_t total = 0, at = 0;

	for (int i = 0; i < 4; i++)
		total += (size_t)c->ms[i] * 8;
	int16_t *samples = alloc_array(total, sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	for (int i = 0; i < 4; i++) {
		size_t n = (size_t)c->ms[i] * 8;
		if (i % 2 == 0 && n > 0)
			render_tone(samples + at, n, c->hz);
		at += n;
	}
	*ret_samples = samples;
	*ret_n = total;
	return 0;
}

/* "440" or "440:300". A whole number of Hz over a whole second joins itself without a click when looped, so a
 * tone without a length is one second with no ramps. */
static int render_frequency(const char *spec, int16_t **ret_samples, size_t *ret_n)
{
	char hz_text[16];
	int64_t hz, ms = 1000;
	const char *colon = strchr(spec, ':');
	int err = str_put_n(hz_text, sizeof(hz_text), spec, colon ? (size_t)(colon - spec) : strlen(spec));

	if (err < 0 || str_to_int(hz_text, 20, 3900, &hz) < 0 ||
		(colon && str_to_int(colon + 1, 1, TONE_MS_MAX, &ms) < 0))
		return -EINVAL;
	size_t n = (size_t)ms * 8;
	int16_t *samples = alloc_array(n, sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	if (colon)
		render_tone(samples, n, (int[2]){(int)hz, 0});
	for (size_t i = 0; i < n && !colon; i++)
		samples[i] =
			(int16_t)lrint(32767 * 0.25 * sin(2 * M_PI * (double)hz * (double)i / LAW_RATE_HZ));
	*ret_samples = samples;
	*ret_n = n;
	return 0;
}

int sound_render(const char *name, int16_t **ret_samples, size_t *ret_n)
{
	int64_t ms;

	if (str_starts_with(name, "silence:")) {
		if (str_to_int(name + strlen("silence:"), 1, SECONDS_MAX * 1000, &ms) < 0)
			return -EINVAL;
		int16_t *samples = alloc_array((size_t)ms * 8, sizeof(*samples));
		if (!samples)
			return -ENOMEM;
		*ret_samples = samples;
		*ret_n = (size_t)ms * 8;
		return 0;
	}
	if (!str_starts_with(name, "tone:"))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(cadences) / sizeof(cadences[0]); i++)
		if (str_equal(cadences[i].name, name + strlen("tone:")))
			return render_cadence(&cadences[i], ret_samples, ret_n);
	return render_frequency(name + strlen("tone:"), ret_samples, ret_n);
}
