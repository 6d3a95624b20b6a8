/* See vault.h. */
#include "media/record/vault.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "MKZSND01"
#define MAGIC_BYTES 8
#define LAST_BIT UINT32_C(0x80000000)
#define BOND_BYTES (8 + VAULT_WORD_BYTES + VAULT_TAG_BYTES)
_Static_assert(VAULT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a key of the cipher");
_Static_assert(VAULT_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "a nonce of the cipher");
_Static_assert(VAULT_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "a tag of the cipher");

static void put32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void vault_head_make(struct vault_head *h, uint8_t ret_bytes[static VAULT_HEAD_BYTES])
{
	randombytes_buf(h->salt, sizeof(h->salt));
	memset(ret_bytes, 0, VAULT_HEAD_BYTES);
	memcpy(ret_bytes, MAGIC, MAGIC_BYTES);
	put32(ret_bytes + 8, h->key_id);
	ret_bytes[12] = (uint8_t)h->inner;
	ret_bytes[13] = h->channels;
	put32(ret_bytes + 16, h->rate_hz);
	put32(ret_bytes + 20, h->chunk_bytes);
	memcpy(ret_bytes + 24, h->salt, sizeof(h->salt));
}

int vault_head_read(const uint8_t *bytes, size_t n, struct vault_head *ret_head)
{
	struct vault_head h;

	if (n < VAULT_HEAD_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
		return -EINVAL;
	h = (struct vault_head){.key_id = get32(bytes + 8),
		.inner = bytes[12] == VAULT_OGG ? VAULT_OGG : VAULT_PCM16,
		.channels = bytes[13],
		.rate_hz = get32(bytes + 16),
		.chunk_bytes = get32(bytes + 20)};
	memcpy(h.salt, bytes + 24, sizeof(h.salt));
	if (bytes[12] != h.inner || h.channels == 0 || h.channels > VAULT_CHANNELS_MAX || h.rate_hz < 8000 ||
		h.rate_hz > 48000 || h.chunk_bytes == 0 || h.chunk_bytes > VAULT_CHUNK_MAX ||
		h.chunk_bytes % (2u * h.channels) != 0)
		return -EINVAL;
	*ret_head = h;
	return 0;
}

void vault_begin(struct vault *v, const uint8_t key[static VAULT_KEY_BYTES],
	const uint8_t head[static VAULT_HEAD_BYTES])
{
	*v = (struct vault){0};
	crypto_generichash(v->key, sizeof(v->key), head, VAULT_HEAD_BYTES, key, VAULT_KEY_BYTES);
}

static void make_bond(const struct vault *v, const uint8_t *word, uint8_t ret_bond[static BOND_BYTES])
{
	put32(ret_bond, (uint32_t)v->number);
	put32(ret_bond + 4, (uint32_t)(v->number >> 32));
	memcpy(ret_bond + 8, word, VAULT_WORD_BYTES);
	memcpy(ret_bond + 8 + VAULT_WORD_BYTES, v->before, VAULT_TAG_BYTES);
}

static void go_on(struct vault *v, const uint8_t *chunk, size_t n)
{
	memcpy(v->before, chunk + n - VAULT_TAG_BYTES, VAULT_TAG_BYTES);
	v->number++;
}

void vault_seal(struct vault *v, const uint8_t *clear, size_t n, bool is_last, uint8_t *ret_chunk)
{
	uint8_t bond[BOND_BYTES], *nonce = ret_chunk + VAULT_WORD_BYTES;

	put32(ret_chunk, (uint32_t)n | (is_last ? LAST_BIT : 0));
	randombytes_buf(nonce, VAULT_NONCE_BYTES);
	make_bond(v, ret_chunk, bond);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		nonce + VAULT_NONCE_BYTES, NULL, clear, n, bond, sizeof(bond), NULL, nonce, v->key);
	go_on(v, ret_chunk, n + VAULT_OVERHEAD);
}

size_t vault_word(const uint8_t word[static VAULT_WORD_BYTES], bool *ret_is_last)
{
	uint32_t w = get32(word);

	*ret_is_last = w & LAST_BIT;
	return w & ~LAST_BIT;
}

int vault_open(struct vault *v, const uint8_t *chunk, size_t n, uint8_t *ret_clear)
{
	uint8_t bond[BOND_BYTES];
	const uint8_t *nonce = chunk + VAULT_WORD_BYTES, *cipher = nonce + VAULT_NONCE_BYTES;
	bool is_last;

	if (n < VAULT_OVERHEAD || vault_word(chunk, &is_last) != n - VAULT_OVERHEAD)
		return -EINVAL;
	make_bond(v, chunk, bond);
	size_t n_clear = n - VAULT_OVERHEAD;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(ret_clear, NULL, cipher, n_clear,
		    cipher + n_clear, bond, sizeof(bond), nonce, v->key) != 0)
		return -EBADMSG;
	go_on(v, chunk, n);
	return 0;
}
