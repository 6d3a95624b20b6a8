/* See the header. Resampling, lines and noise are plain and slow: only tests use them. */
#include "media/detect/test_corpus.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/codec/law.h"

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPEAKERS 4
#define FILE_BYTES_MAX (4 << 20)

extern char **environ;

struct line_text {
	const char *language;
	bool is_machine;
	const char *text;
};

/* Right-to-left lines: laid out by hand. */
/* clang-format off */
static const struct line_text texts[] = {
	{"en-us", false, "Hello?"},
	{"en-us", false, "Yes?"},
	{"en-us", false, "Hi, John speaking."},
	{"en-us", false, "Good morning."},
	{"en-us", false, "Hello, who is this?"},
	{"en-us", true,
		"Hi, you have reached John and Mary. We can't come to the phone right now. Please leave a "
		"message after "
		"the tone and we will call you back."},
	{"en-us", true,
		"Hello. The person you are calling is not available. Please record your message after the "
		"beep."},
	{"en-us", true, "Your call has been forwarded to an automatic voice message system."},
	{"fa", false, "الو؟"},
	{"fa", false, "بله؟"},
	{"fa", false, "بله بفرمایید"},
	{"fa", false, "الو، سلام"},
	{"fa", false, "سلام، بفرمایید"},
	{"fa", true,
		"سلام، شما با منزل احمدی تماس گرفته‌اید. در حال حاضر امکان پاسخگویی نیست. لطفا پس "
		"از "
		"شنیدن "
		"صدای بوق پیام خود را "
		"بگذارید."},
	{"fa", true,
		"مشترک مورد نظر در دسترس نمی‌باشد. لطفا بعدا تماس "
		"بگیرید."},
	{"fa", true,
		"الو. من الان نمی‌توانم جواب بدهم. لطفا بعد از بوق "
		"پیام "
		"بگذارید."},
	{"ar", false, "ألو؟"},
	{"ar", false, "نعم؟"},
	{"ar", false, "السلام عليكم"},
	{"ar", false, "ألو، مرحبا"},
	{"ar", false, "نعم، تفضل"},
	{"ar", true,
		"مرحبا، لا يمكنني الرد على مكالمتكم الآن. الرجاء ترك رسالة بعد سماع الصافرة وسوف أتصل بكم "
		"لاحقا."},
	{"ar", true, "الرقم الذي طلبته غير متاح حاليا. الرجاء المحاولة لاحقا."},
	{"ar", true, "أهلا. هذا هو البريد الصوتي لأحمد. اترك رسالتك بعد الصافرة."},
	{"cmn", false, "喂？"},
	{"cmn", false, "你好"},
	{"cmn", false, "喂，你好"},
	{"cmn", false, "哪位？"},
	{"cmn", false, "你好，请讲"},
	{"cmn", true, "您好，我现在不方便接听电话，请在提示音后留言，我会尽快给您回电。"},
	{"cmn", true, "您拨打的用户暂时无法接通，请稍后再拨。"},
	{"cmn", true, "你好。我是王明。我现在不在，请留言。"},
};
/* clang-format on */
#define TEXTS ((int)(sizeof(texts) / sizeof(*texts)))

static const char *const speakers[SPEAKERS] = {"m3", "f2", "m7", "f4"};
static const int speeds[SPEAKERS] = {160, 145, 185, 130};

const char *line_name(enum line_kind line)
{
	static const char *const names[] = {"clean", "quiet", "white", "babble", "hum", "echo", "gaps"};

	return names[line];
}

/* ---- speaking ---- */

static int speak(const struct greeting *g, const char *path)
{
	char voice[32], speed[16], part[512];
	int status = 0;
	pid_t child;

	str_printf(voice, sizeof(voice), "%s", g->voice);
	str_printf(speed, sizeof(speed), "%d", g->speed);
	str_printf(part, sizeof(part), "%s.%d", path, (int)getpid());
	char *argv[] = {"espeak-ng", "-v", voice, "-s", speed, "-w", part, (char *)g->text, NULL};
	int err = -posix_spawnp(&child, "espeak-ng", NULL, NULL, argv, environ);
	if (err < 0)
		return err;
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -EIO;
	return rename(part, path) < 0 ? -errno : 0;
}

static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_n)
{
	FILE *f = fopen(path, "re");
	uint8_t *bytes = f ? alloc_zero(FILE_BYTES_MAX) : NULL;

	if (!f)
		return -errno;
	if (!bytes) {
		fclose(f);
		return -ENOMEM;
	}
	*ret_n = fread(bytes, 1, FILE_BYTES_MAX, f);
	*ret_bytes = bytes;
	fclose(f);
	return 0;
}

/* By windowed sinc, cut at 3.4 kHz. */
static int16_t sample_at(const int16_t *in, int n, double at, double rate)
{
	double cut = 2 * 3400 / rate, sum = 0;

	for (int k = (int)at - 24; k <= (int)at + 25; k++) {
		double x = at - k, w = 0.5 + 0.5 * cos(M_PI * x / 26);
		if (k < 0 || k >= n)
			continue;
		sum += in[k] * w * (fabs(x) < 1e-9 ? cut : sin(M_PI * x * cut) / (M_PI * x));
	}
	return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
}

/* Resamples to 8 kHz and cuts the silence around. */
static int take_samples(struct greeting *g, const uint8_t *wav, size_t n_bytes)
{
	uint32_t rate;
	int n = (int)((n_bytes - 44) / 2), first = 0, last;

	if (n_bytes < 1000)
		return -EBADMSG;
	memcpy(&rate, wav + 24, sizeof(rate));
	_cleanup_alloc_ int16_t *in = alloc_dup(wav + 44, (size_t)n * 2);
	int n_out = (int)((double)n * CORPUS_RATE_HZ / rate);
	_cleanup_alloc_ int16_t *out = alloc_array((size_t)n_out, sizeof(*out));
	if (!in || !out)
		return -ENOMEM;
	for (int i = 0; i < n_out; i++)
		out[i] = sample_at(in, n, (double)i * rate / CORPUS_RATE_HZ, rate);
	last = n_out - 1;
	while (first < last && out[first] < 300 && out[first] > -300)
		first++;
	while (last > first && out[last] < 300 && out[last] > -300)
		last--;
	g->n = (size_t)(last - first + 1);
	g->samples = alloc_dup(out + first, g->n * sizeof(*out));
	return g->samples ? 0 : -ENOMEM;
}

static int load(struct greeting *g, const char *folder, int number)
{
	char path[400];
	_cleanup_alloc_ uint8_t *wav = NULL;
	size_t n = 0;

	str_printf(path, sizeof(path), "%s/%03d-%s-%d.wav", folder, number, g->voice, g->speed);
	int err = access(path, R_OK) == 0 ? 0 : speak(g, path);
	if (err == 0)
		err = read_file(path, &wav, &n);
	return err == 0 ? take_samples(g, wav, n) : err;
}

int corpus_load(struct corpus *ret_corpus, const char *folder, int voices)
{
	static char voice_names[TEXTS][SPEAKERS][16];
	struct corpus c = {0};
	int err = 0;

	law_init();
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	c.greetings = alloc_array((size_t)(TEXTS * voices), sizeof(*c.greetings));
	if (!c.greetings)
		return -ENOMEM;
	for (int k = 0; k < TEXTS * voices && err == 0; k++) {
		int i = k / voices, v = (k + i) % SPEAKERS;
		str_printf(voice_names[i][v], sizeof(voice_names[i][v]), "%s+%s", texts[i].language,
			speakers[v]);
		c.greetings[k] = (struct greeting){.language = texts[i].language,
			.voice = voice_names[i][v],
			.text = texts[i].text,
			.is_machine = texts[i].is_machine,
			.speed = speeds[(v + i) % SPEAKERS]};
		c.n++;
		err = load(&c.greetings[k], folder, i);
	}
	if (err < 0) {
		corpus_free(&c);
		return err;
	}
	*ret_corpus = c;
	return 0;
}

void corpus_free(struct corpus *c)
{
	for (int i = 0; i < c->n; i++)
		alloc_free(c->greetings[i].samples);
	alloc_free(c->greetings);
	*c = (struct corpus){0};
}

/* ---- lines ---- */

static uint32_t chance(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static double uniform(uint32_t *seed)
{
	return (double)chance(seed) / (1 << 24);
}

static double rms(const int16_t *s, size_t n)
{
	double sum = 1;

	for (size_t i = 0; i < n; i++)
		sum += (double)s[i] * s[i];
	return sqrt(sum / (double)n);
}

static void add(float *to, size_t n, const int16_t *from, size_t n_from, size_t at, double gain)
{
	for (size_t i = 0; i < n_from && at + i < n; i++)
		to[at + i] += (float)(from[i] * gain);
}

/* Three other people, talking all the time. */
static void add_babble(float *to, size_t n, const struct corpus *c, double level, uint32_t *seed)
{
	for (int voice = 0; voice < 3; voice++)
		for (size_t at = 0; at < n;) {
			const struct greeting *g = &c->greetings[chance(seed) % (uint32_t)c->n];
			add(to, n, g->samples, g->n, at, level / rms(g->samples, g->n) / 1.7);
			at += g->n + chance(seed) % 1600;
		}
}

static void add_noise(float *to, size_t n, double level, uint32_t *seed)
{
	for (size_t i = 0; i < n; i++)
		to[i] += (float)((uniform(seed) + uniform(seed) - 1) * level * 2.45);
}

static void add_hum(float *to, size_t n, double level)
{
	for (size_t i = 0; i < n; i++)
		for (int h = 1; h <= 5; h += 2)
			to[i] += (float)(level / h * sin(2 * M_PI * 50 * h * (double)i / CORPUS_RATE_HZ));
}

static void add_echo(float *to, size_t n)
{
	for (size_t i = n; i-- > 640;)
		to[i] += to[i - 640] * 0.18F;
}

static void cut_gaps(float *to, size_t n, uint32_t *seed)
{
	for (size_t at = 0; at + 480 < n; at += 160)
		if (chance(seed) % 100 < 4)
			memset(to + at, 0, sizeof(*to) * 160 * (1 + chance(seed) % 3));
}

static void add_beep(float *to, size_t n, size_t at, int hz, int ms_long)
{
	for (size_t i = 0; i < (size_t)ms_long * 8 && at + i < n; i++)
		to[at + i] += (float)(5000 * sin(2 * M_PI * hz * (double)i / CORPUS_RATE_HZ));
}

static void spoil(
	float *to, size_t n, const struct corpus *c, enum line_kind line, uint32_t *seed, double level)
{
	if (line == LINE_ECHO)
		add_echo(to, n);
	if (line == LINE_GAPS)
		cut_gaps(to, n, seed);
	if (line == LINE_WHITE)
		add_noise(to, n, level / 10, seed); /* 20 dB below the voice */
	if (line == LINE_BABBLE)
		add_babble(to, n, c, level / 6.3, seed); /* 16 dB below */
	if (line == LINE_HUM)
		add_hum(to, n, level / 3);
	if (line != LINE_GAPS)
		add_noise(to, n, 8, seed);
}

int trial_make(struct trial *ret_trial, const struct corpus *c, int i, enum line_kind line, uint32_t variant)
{
	static const int beeps[] = {1000, 440, 1400, 620, 2000, 850};
	const struct greeting *g = &c->greetings[i];
	uint32_t seed = variant * 7919u + (uint32_t)i * 104729u + (uint32_t)line * 31u + 1;
	double level = (line == LINE_QUIET ? 500 : 1500 + 3000 * uniform(&seed)),
	       gain = level / rms(g->samples, g->n);
	size_t lead = (size_t)(100 + chance(&seed) % 1100) * 8,
	       pause = (size_t)(150 + chance(&seed) % 900) * 8;
	int beep_long = 150 + (int)(chance(&seed) % 600), beep_hz = beeps[chance(&seed) % 6];
	struct trial t = {.n = lead + g->n + 4 * CORPUS_RATE_HZ};

	_cleanup_alloc_ float *mix = alloc_array(t.n, sizeof(*mix));
	t.samples = alloc_array(t.n, sizeof(*t.samples));
	if (!mix || !t.samples) {
		alloc_free(t.samples);
		return -ENOMEM;
	}
	add(mix, t.n, g->samples, g->n, lead, gain);
	if (g->is_machine) {
		add_beep(mix, t.n, lead + g->n + pause, beep_hz, beep_long);
		t.beep_ms = (int)((lead + g->n + pause) / 8) + beep_long;
		t.beep_hz = beep_hz;
	}
	spoil(mix, t.n, c, line, &seed, level);
	for (size_t k = 0; k < t.n; k++) {
		float x = mix[k] > 32000 ? 32000 : mix[k] < -32000 ? -32000 : mix[k];
		t.samples[k] = law_linear[1][law_encode(1, (int16_t)x)];
	}
	t.begin_ms = (int)(lead / 8);
	t.end_ms = (int)((lead + g->n) / 8);
	*ret_trial = t;
	return 0;
}

void trial_free(struct trial *t)
{
	alloc_free(t->samples);
	*t = (struct trial){0};
}
