/* Any bytes as a sealed text: opening never crashes and never gives anything, unless they were sealed so. And
 * any bytes sealed open again, to the same, at their own event only; and as an address of a person. */
#include "base/alloc.h"
#include "store/people/person.h"
#include "store/people/seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_any(const unsigned char *key, const struct seal_bond *bond, const char *text)
{
	char *clear = NULL;
	size_t n = 0;

	if (seal_open(key, bond, text, &clear, &n) == 0)
		abort(); /* a forgery */
}

static void round_trip(const unsigned char *key, const struct seal_bond *bond, const char *text, size_t size)
{
	struct seal_bond other = *bond;
	_cleanup_alloc_ char *sealed = seal_text(key, bond, text, size), *clear = NULL;
	size_t n = 0;

	if (!sealed)
		return;
	int err = seal_open(key, bond, sealed, &clear, &n);
	if (strlen(sealed) > SEAL_MAX ? err != -EINVAL : err != 0 || n != size || memcmp(clear, text, n) != 0)
		abort();
	other.seq++;
	open_any(key, &other, sealed);
	sealed[strlen(sealed) / 2] ^= 1;
	open_any(key, bond, sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char secret[SEAL_KEY_BYTES] = {7};
	const struct seal_bond bond = {.person = 3, .seq = 4, .interaction = 5, .type = 10};
	unsigned char key[SEAL_KEY_BYTES] = {0};
	char address[PERSON_ADDRESS_SIZE], mark[SEAL_MARK_SIZE], *text = alloc_zero(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	open_any(key, &bond, text);
	round_trip(key, &bond, text, size);
	if (seal_key(secret, 3, text, key) == 0 && strlen(text) != SEAL_SALT_SIZE - 1)
		abort();
	if (person_address(text, address))
		seal_mark(secret, 1, address, mark);
	alloc_free(text);
	return 0;
}
