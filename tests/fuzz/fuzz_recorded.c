/* Files of recordings: Ogg/Opus and the heads and chunks of vaults. The first byte says which. */
#include "media/record/ogg_opus.h"
#include "media/record/vault.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t n;
};

static ssize_t read_bytes(void *arg, int64_t offset, void *buffer, size_t n)
{
	const struct bytes *b = arg;
	size_t left = offset < (int64_t)b->n ? b->n - (size_t)offset : 0;

	n = n < left ? n : left;
	if (n > 0)
		memcpy(buffer, b->at + offset, n);
	return (ssize_t)n;
}

static void fuzz_opus(const uint8_t *data, size_t n)
{
	struct bytes b = {data, n};
	struct opus_reader *r = NULL;
	int16_t samples[200 * OGG_OPUS_CHANNELS_MAX];

	if (opus_reader_new(&r, read_bytes, &b) < 0)
		return;
	int64_t total = opus_reader_samples(r);
	ssize_t got = opus_reader_read(r, total / 2, samples, 200);
	if (got > 200)
		abort();
	opus_reader_read(r, 0, samples, 200);
	opus_reader_free(r);
}

static void fuzz_vault(const uint8_t *data, size_t n)
{
	static const uint8_t key[VAULT_KEY_BYTES];
	struct vault_head head;
	struct vault v;

	if (vault_head_read(data, n, &head) < 0)
		return;
	if (head.channels < 1 || head.chunk_bytes < 1 || vault_offset(&head, 1) <= VAULT_HEAD_BYTES)
		abort();
	vault_begin(&v, key, data);
	size_t left = n - VAULT_HEAD_BYTES;
	uint8_t *clear = malloc(left + 1);
	if (clear)
		vault_open(&v, data + VAULT_HEAD_BYTES, left, clear);
	free(clear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	uint8_t *copy = malloc(size); /* of its exact size: reading over the end shows */
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if (data[0] % 2 == 0)
		fuzz_opus(copy, size - 1);
	else
		fuzz_vault(copy, size - 1);
	free(copy);
	return 0;
}
