/* A composer and a small synthesizer.
 *
 * Everything is rendered into a circle of samples: a note that rings past the end goes on at the beginning,
 * and reverb and filters run round twice so that the second round begins as the first one ended. So the loop
 * has no seam. */
#include "media/play/music.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/media.h"
#include "media/record/wav.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATE 8000
#define CHORDS 8
#define CHORD_NOTES 4
#define HARMONICS_MAX 8
#define HZ_MAX 3300
#define TARGET_RMS 0.1 /* -20 dBFS */
#define PEAK_MAX 0.7

enum voice { VOICE_PLUCK, VOICE_BELL, VOICE_PAD, VOICES };

struct timbre {
	int n;
	double level[HARMONICS_MAX], ratio[HARMONICS_MAX];
	double attack_s, decay_s; /* decay: to 1/e, of the first harmonic */
	double brightness_decay;  /* how much faster each next harmonic fades */
};
static const struct timbre timbres[VOICES] = {
	[VOICE_PLUCK] = {8, {1, .62, .42, .22, .17, .09, .06, .04},
		{1, 2.001, 3.003, 4.006, 5.01, 6.015, 7.02, 8.03}, .006, 1.1, .45},
	[VOICE_BELL] = {4, {1, .28, .16, .06}, {1, 2.0, 3.01, 4.17}, .012, 1.6, .8},
	[VOICE_PAD] = {4, {1, .45, .16, .07}, {1, 2, 3, 4}, 1.1, 60, 0},
};

struct style {
	int beats_per_bar, bars_per_chord;
	double beat_s;
	double pluck, pad, melody;	 /* loudness of the parts */
	int arpeggio[6];		 /* which chord note on each half beat */
	int chords[CHORDS][CHORD_NOTES]; /* MIDI notes */
	int scale[5];			 /* the melody's pentatonic */
	enum voice melody_voice;
};
static const struct style styles[MUSIC_STYLES] = {
	/* C major, 4/4: Cmaj7 Am7 Fmaj7 G6 Em7 Am7 Dm7 Gsus */
	{4, 1, 1.0, .5, .30, .55, {0, 2, 1, 3, 2, 1},
		{{60, 64, 67, 71}, {57, 64, 67, 72}, {60, 65, 69, 72}, {59, 62, 67, 69}, {59, 64, 67, 71},
			{60, 64, 69, 72}, {60, 62, 65, 69}, {60, 62, 67, 71}},
		{72, 74, 76, 79, 81}, VOICE_PLUCK},
	/* F major, 3/4: Fmaj7 Dm7 Bbmaj7 C6 Am7 Dm7 Gm7 C7sus */
	{3, 2, .66, .36, .34, .50, {0, 1, 2, 3, 2, 1},
		{{60, 65, 69, 76}, {62, 65, 69, 72}, {62, 65, 70, 74}, {60, 64, 67, 69}, {60, 64, 69, 76},
			{62, 65, 69, 74}, {62, 67, 70, 74}, {60, 65, 67, 70}},
		{72, 74, 77, 79, 81}, VOICE_BELL},
	/* A minor, 4/4, slow: Am9 Fmaj7 C G Am Em7 F Em */
	{4, 1, 1.05, .44, .36, .48, {0, 3, 1, 2, 3, 1},
		{{57, 64, 69, 71}, {60, 65, 69, 76}, {60, 64, 67, 72}, {59, 62, 67, 74}, {60, 64, 69, 72},
			{59, 64, 67, 71}, {60, 65, 69, 72}, {59, 64, 67, 74}},
		{69, 72, 74, 76, 79}, VOICE_BELL},
};

struct studio {
	double *dry, *wet;
	int n;
	uint32_t chance;
};

static uint32_t dice(struct studio *s, uint32_t n)
{
	s->chance = s->chance * 1664525u + 1013904223u;
	return (s->chance >> 16) % n;
}

static double note_hz(int note)
{
	return 440 * pow(2, (note - 69) / 12.0);
}

/* One harmonic into the circle; phase by a rotating vector, cheap and exact enough for seconds. */
static void add_partial(
	struct studio *s, int start, double hz, double level, const struct timbre *t, int k, int n)
{
	double turn = 2 * M_PI * hz / RATE, x = 0, y = 1, c = cos(turn), d = sin(turn);
	double fade = exp(-(1 + k * t->brightness_decay) / (t->decay_s * RATE)), envelope = level;
	int attack = (int)(t->attack_s * RATE), release = attack > 400 ? attack : 400;

	for (int i = 0; i < n; i++) {
		double gain = envelope;
		if (i < attack)
			gain *= .5 - .5 * cos(M_PI * i / attack);
		if (n - i < release)
			gain *= .5 - .5 * cos(M_PI * (n - i) / release);
		s->dry[(start + i) % s->n] += gain * x;
		double turned = x * c + y * d;
		y = y * c - x * d;
		x = turned;
		envelope *= fade;
	}
}

static void add_note(
	struct studio *s, enum voice voice, int note, double start_s, double length_s, double level)
{
	const struct timbre *t = &timbres[voice];
	int n = (int)(length_s * RATE), start = (int)(start_s * RATE);

	if (n > s->n)
		n = s->n;
	for (int k = 0; k < t->n; k++) {
		double hz = note_hz(note) * t->ratio[k];
		if (hz < HZ_MAX)
			add_partial(s, start, hz, level * t->level[k], t, k, n);
	}
}

/* The pad: each chord note twice, a little apart, which makes it breathe. */
static void add_pad(struct studio *s, const int *chord, double start_s, double length_s, double level)
{
	const struct timbre *t = &timbres[VOICE_PAD];

	for (int i = 0; i < CHORD_NOTES; i++)
		for (int side = -1; side <= 1; side += 2)
			for (int k = 0; k < t->n; k++)
				add_partial(s, (int)(start_s * RATE),
					note_hz(chord[i]) * t->ratio[k] * (1 + side * .0012),
					level * t->level[k] / 4, t, k, (int)((length_s + 1.2) * RATE));
}

static bool is_chord_tone(const int *chord, int note)
{
	for (int i = 0; i < CHORD_NOTES; i++)
		if ((note - chord[i]) % 12 == 0)
			return true;
	return false;
}

/* A step of the melody: small moves up and down the scale; on strong beats the nearest tone of the chord. */
static int next_degree(
	struct studio *s, const struct style *style, const int *chord, int degree, bool is_strong)
{
	static const int moves[] = {-1, 1, -1, 1, 0, 2, -2};

	degree += moves[dice(s, 7)];
	if (degree < 0)
		degree = 1;
	if (degree > 4)
		degree = 3;
	for (int i = 0; is_strong && i < 5; i++) {
		int nearby = (degree + (i % 2 ? i / 2 + 1 : 5 - i / 2)) % 5;
		if (is_chord_tone(chord, style->scale[degree]))
			break;
		degree = nearby;
	}
	return degree;
}

/* Phrases of four chords; the second of each pair answers with the same rhythm. Rests let it breathe. */
static void add_melody(struct studio *s, const struct style *style, int round, double start_s, double chord_s)
{
	int beats = style->beats_per_bar * style->bars_per_chord, degree = 2;
	uint32_t rhythm[2] = {dice(s, 4), dice(s, 4)};
	static const uint8_t rests[4] = {0x0a, 0x12, 0x2a, 0x04}; /* bit b: nothing on beat b */

	for (int chord = 0; chord < CHORDS; chord++) {
		if (chord % 4 == 3 && round % 2 == 0)
			continue;
		for (int beat = 0; beat < beats; beat++) {
			if (rests[rhythm[chord % 2]] >> beat & 1)
				continue;
			degree = next_degree(
				s, style, style->chords[chord], degree, beat % style->beats_per_bar == 0);
			double at = start_s + chord * chord_s + beat * style->beat_s;
			double level = style->melody * (.8 + .05 * dice(s, 5));
			add_note(s, style->melody_voice, style->scale[degree], at, 3.0, level);
			if (dice(s, 5) == 0) /* a light second note on the way */
				add_note(s, style->melody_voice, style->scale[(degree + 1) % 5],
					at + style->beat_s / 2, 2.0, level * .6);
		}
	}
}

static void add_arpeggio(
	struct studio *s, const struct style *style, const int *chord, double start_s, double chord_s)
{
	int steps = (int)lrint(chord_s / (style->beat_s / 2));

	for (int i = 0; i < steps; i++) {
		double level = style->pluck * (i % (2 * style->beats_per_bar) == 0 ? 1 : .72);
		add_note(s, VOICE_PLUCK, chord[style->arpeggio[i % 6]], start_s + i * style->beat_s / 2, 2.2,
			level * (.9 + .04 * dice(s, 5)));
	}
}

static void compose(struct studio *s, const struct style *style, int rounds)
{
	double chord_s = style->beats_per_bar * style->bars_per_chord * style->beat_s;

	for (int round = 0; round < rounds; round++) {
		double start_s = round * CHORDS * chord_s;
		for (int i = 0; i < CHORDS; i++) {
			add_pad(s, style->chords[i], start_s + i * chord_s, chord_s, style->pad);
			add_arpeggio(s, style, style->chords[i], start_s + i * chord_s, chord_s);
		}
		add_melody(s, style, round, start_s, chord_s);
	}
}

/* A room: four combs and two all-passes (Schroeder's), with damped tails. Two rounds; the second one is kept.
 */
static void add_reverb(struct studio *s)
{
	static const int comb_n[4] = {241, 269, 293, 317}, pass_n[2] = {83, 29};
	static double combs[4][317], passes[2][83], damp[4];

	memset(combs, 0, sizeof(combs));
	memset(passes, 0, sizeof(passes));
	memset(damp, 0, sizeof(damp));
	for (int i = 0; i < 2 * s->n; i++) {
		double in = s->dry[i % s->n], sum = 0;
		for (int k = 0; k < 4; k++) {
			double *slot = &combs[k][i % comb_n[k]], out = *slot;
			damp[k] = out * .75 + damp[k] * .25;
			*slot = in * .25 + damp[k] * .80;
			sum += out;
		}
		for (int k = 0; k < 2; k++) {
			double *slot = &passes[k][i % pass_n[k]], out = *slot - .5 * sum;
			*slot = sum + .5 * out;
			sum = out;
		}
		s->wet[i % s->n] = in + .55 * sum;
	}
}

/* A second-order section (Butterworth), round the circle twice. */
static void filter(struct studio *s, double hz, bool is_high_pass)
{
	double w = 2 * M_PI * hz / RATE, c = cos(w), alpha = sin(w) / M_SQRT2;
	double b0 = is_high_pass ? (1 + c) / 2 : (1 - c) / 2, b1 = is_high_pass ? -(1 + c) : 1 - c;
	double a0 = 1 + alpha, a1 = -2 * c, a2 = 1 - alpha, x1 = 0, x2 = 0, y1 = 0, y2 = 0;

	memcpy(s->dry, s->wet, (size_t)s->n * sizeof(*s->wet));
	for (int i = 0; i < 2 * s->n; i++) {
		double x = s->dry[i % s->n], y = (b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2) / a0;
		x2 = x1, x1 = x;
		y2 = y1, y1 = y;
		s->wet[i % s->n] = y;
	}
}

/* To -20 dBFS; what would stick out is bent, not cut. */
static void master(struct studio *s, int16_t *ret_samples)
{
	double energy = 0;

	for (int i = 0; i < s->n; i++)
		energy += s->wet[i] * s->wet[i];
	double gain = TARGET_RMS / sqrt(energy / s->n + 1e-12);
	for (int i = 0; i < s->n; i++)
		ret_samples[i] = (int16_t)lrint(32767 * PEAK_MAX * tanh(s->wet[i] * gain / PEAK_MAX));
}

static int write_file(const char *path, const int16_t *samples, int n)
{
	uint8_t header[WAV_HEADER_BYTES];
	char beside[MEDIA_PATH_MAX + 8];
	size_t bytes = (size_t)n * sizeof(*samples);

	if (str_printf(beside, sizeof(beside), "%s.new", path) < 0)
		return -ENAMETOOLONG;
	FILE *f = fopen(beside, "wbe");
	if (!f)
		return -errno;
	wav_header(header, 1, RATE, bytes);
	errno = 0;
	bool is_written = fwrite(header, sizeof(header), 1, f) == 1 && fwrite(samples, bytes, 1, f) == 1;
	is_written &= fclose(f) == 0;
	if (is_written && rename(beside, path) == 0)
		return 0;
	int err = errno ? -errno : -EIO;
	unlink(beside);
	return err;
}

int media_music_write(const char *path, int style)
{
	const struct style *st = &styles[(unsigned)style % MUSIC_STYLES];
	double round_s = CHORDS * st->beats_per_bar * st->bars_per_chord * st->beat_s;
	int rounds = 2;
	struct studio s = {
		.n = (int)lrint(rounds * round_s * RATE), .chance = 20 + (unsigned)style % MUSIC_STYLES};

	_cleanup_alloc_ double *dry = alloc_array((size_t)s.n, sizeof(*dry));
	_cleanup_alloc_ double *wet = alloc_array((size_t)s.n, sizeof(*wet));
	_cleanup_alloc_ int16_t *samples = alloc_array((size_t)s.n, sizeof(*samples));
	if (!dry || !wet || !samples)
		return -ENOMEM;
	s.dry = dry;
	s.wet = wet;
	compose(&s, st, rounds);
	add_reverb(&s);
	filter(&s, 300, true);
	filter(&s, 3300, false);
	master(&s, samples);
	return write_file(path, samples, s.n);
}
