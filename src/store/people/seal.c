/* See seal.h. A sealed text: NONCE_BYTES random bytes, then what the cipher gives, as base64 without padding.
 * The rest of the nonce is the event's number, so that even a repeated draw meets another nonce. */
#include "store/people/seal.h"
#include "base/alloc.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define NONCE_BYTES 12
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define WHOLE_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define SALT_VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define BOND_BYTES 28
_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a key of the cipher");
_Static_assert(WHOLE_NONCE == NONCE_BYTES + 8 + 4, "random, number, type");

static void put_number(unsigned char *to, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (unsigned char)(n >> 8 * i);
}

void seal_salt_make(char ret_salt[static SEAL_SALT_SIZE])
{
	unsigned char raw[SEAL_SALT_BYTES];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(ret_salt, SEAL_SALT_SIZE, raw, sizeof(raw), SALT_VARIANT);
	sodium_memzero(raw, sizeof(raw));
}

int seal_key(const unsigned char *secret, uint64_t person, const char *salt,
	unsigned char ret_key[static SEAL_KEY_BYTES])
{
	unsigned char in[SEAL_SALT_BYTES + 8];
	size_t n = 0;

	if (!salt ||
		sodium_base642bin(in, SEAL_SALT_BYTES, salt, strlen(salt), NULL, &n, NULL, SALT_VARIANT) !=
			0 ||
		n != SEAL_SALT_BYTES)
		return -EINVAL;
	put_number(in + SEAL_SALT_BYTES, person, 8);
	crypto_generichash(ret_key, SEAL_KEY_BYTES, in, sizeof(in), secret, crypto_generichash_KEYBYTES);
	sodium_memzero(in, sizeof(in));
	return 0;
}

void seal_mark(const unsigned char *secret, uint64_t tenant, const char *address,
	char ret_mark[static SEAL_MARK_SIZE])
{
	static const unsigned char purpose[] = "markaz person of";
	unsigned char bytes[(SEAL_MARK_SIZE - 1) / 2], number[8];
	crypto_generichash_state h;

	put_number(number, tenant, 8);
	crypto_generichash_init(&h, secret, crypto_generichash_KEYBYTES, sizeof(bytes));
	crypto_generichash_update(&h, purpose, sizeof(purpose));
	crypto_generichash_update(&h, number, sizeof(number));
	crypto_generichash_update(&h, (const unsigned char *)address, strlen(address));
	crypto_generichash_final(&h, bytes, sizeof(bytes));
	sodium_bin2hex(ret_mark, SEAL_MARK_SIZE, bytes, sizeof(bytes));
}

static void make_nonce(const struct seal_bond *bond, unsigned char nonce[static WHOLE_NONCE])
{
	put_number(nonce + NONCE_BYTES, bond->seq, 8);
	put_number(nonce + NONCE_BYTES + 8, bond->type, 4);
}

static void make_bond(const struct seal_bond *bond, unsigned char ret_bytes[static BOND_BYTES])
{
	put_number(ret_bytes, bond->person, 8);
	put_number(ret_bytes + 8, bond->seq, 8);
	put_number(ret_bytes + 16, bond->interaction, 8);
	put_number(ret_bytes + 24, bond->type, 4);
}

char *seal_text(const unsigned char *key, const struct seal_bond *bond, const char *clear, size_t n)
{
	size_t total = NONCE_BYTES + n + TAG_BYTES, size = sodium_base64_encoded_len(total, VARIANT);
	_cleanup_alloc_ unsigned char *box = alloc_zero(total);
	char *text = box ? alloc_zero(size) : NULL;
	unsigned char nonce[WHOLE_NONCE], bytes[BOND_BYTES];

	if (!text)
		return NULL;
	randombytes_buf(box, NONCE_BYTES);
	memcpy(nonce, box, NONCE_BYTES);
	make_nonce(bond, nonce);
	make_bond(bond, bytes);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, NULL, (const unsigned char *)clear, n,
		bytes, sizeof(bytes), NULL, nonce, key);
	sodium_bin2base64(text, size, box, total, VARIANT);
	return text;
}

int seal_open(const unsigned char *key, const struct seal_bond *bond, const char *sealed, char **ret_clear,
	size_t *ret_n)
{
	size_t length = strlen(sealed), room = length / 4 * 3 + 3, n = 0;
	unsigned char nonce[WHOLE_NONCE], bytes[BOND_BYTES];

	if (length > SEAL_MAX)
		return -EINVAL;
	_cleanup_alloc_ unsigned char *box = alloc_zero(room);
	if (!box)
		return -ENOMEM;
	if (sodium_base642bin(box, room, sealed, length, NULL, &n, NULL, VARIANT) != 0 ||
		n < NONCE_BYTES + TAG_BYTES)
		return -EINVAL;
	memcpy(nonce, box, NONCE_BYTES);
	make_nonce(bond, nonce);
	make_bond(bond, bytes);
	n -= NONCE_BYTES;
	_cleanup_alloc_ char *clear = alloc_zero(n - TAG_BYTES + 1);
	if (!clear)
		return -ENOMEM;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)clear, NULL, NULL, box + NONCE_BYTES,
		    n, bytes, sizeof(bytes), nonce, key) != 0)
		return -EBADMSG;
	*ret_clear = TAKE_PTR(clear);
	*ret_n = n - TAG_BYTES;
	return 0;
}
