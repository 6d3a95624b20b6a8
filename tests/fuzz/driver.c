/* Drives a fuzz target without libFuzzer: every file of the corpus folder, then MUTATIONS inputs made from
 * them (or from nothing) by a fixed seed. The same inputs on every machine; a crash is a crash of the
 * program. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 16384
#define SEEDS_MAX 256
#define MUTATIONS 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	uint8_t *data;
	size_t len;
} seeds[SEEDS_MAX];
static size_t n_seeds;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(void)
{
	static uint64_t state = 20261121;
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void load(const char *folder, const char *name)
{
	char path[1024];
	uint8_t buffer[INPUT_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return;
	size_t n = fread(buffer, 1, sizeof(buffer), f);
	fclose(f);
	uint8_t *copy = malloc(n + 1);
	if (!copy)
		return;
	memcpy(copy, buffer, n);
	seeds[n_seeds].data = copy;
	seeds[n_seeds++].len = n;
}

/* A seed with a few bytes changed, dropped or doubled; or noise. */
static size_t mutate(uint8_t *ret_data)
{
	size_t len = next_random() % 64;

	if (n_seeds && next_random() % 8) {
		size_t i = next_random() % n_seeds;
		len = seeds[i].len;
		memcpy(ret_data, seeds[i].data, len);
	} else {
		for (size_t i = 0; i < len; i++)
			ret_data[i] = (uint8_t)next_random();
	}
	for (uint64_t n = 1 + next_random() % 6; n && len; n--) {
		size_t at = next_random() % len, span = 1 + next_random() % 8;

		if (span > len - at)
			span = len - at;
		switch (next_random() % 4) {
		case 0:
			ret_data[at] = (uint8_t)next_random();
			break;
		case 1:
			ret_data[at] = (uint8_t) "{}[]\":,=;\r\n0-/*"[next_random() % 16];
			break;
		case 2:
			memmove(ret_data + at, ret_data + at + span, len - at - span);
			len -= span;
			break;
		default:
			if (len + span <= INPUT_MAX) {
				memmove(ret_data + at + span, ret_data + at, len - at);
				len += span;
			}
		}
	}
	return len;
}

/* The target gets a block of exactly size bytes, so that a sanitizer sees a read past the end. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

int main(int argc, char **argv)
{
	static uint8_t buffer[INPUT_MAX];
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;

	while (dir && n_seeds < SEEDS_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			load(argv[1], entry->d_name);
	if (dir)
		closedir(dir);
	feed(buffer, 0);
	for (size_t i = 0; i < n_seeds; i++)
		feed(seeds[i].data, seeds[i].len);
	for (int i = 0; i < MUTATIONS; i++)
		feed(buffer, mutate(buffer));
	for (size_t i = 0; i < n_seeds; i++)
		free(seeds[i].data);
	printf("%zu seeds, %d mutations\n1 passed, 0 failed\n", n_seeds, MUTATIONS);
	return 0;
}
