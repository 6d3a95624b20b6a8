/* See spool_format.h. Numbers are little-endian. A record:
 *
 *   0 magic u32 | 4 data bytes u32 | 8 generation u64 | 16 seq u64 | 24 at_ms i64 | 32 type u32 | 36 zero u32
 *   | 40 checksum of everything before and of the data | 56 data, filled up with zeroes to the next multiple
 *   of 8 */
#include "store/write/spool_format.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#define VERSION 1
#define RECORD_MAGIC 0x52534b4du /* "MKSR" */
static const char file_magic[8] = {'M', 'K', 'S', 'P', 'O', 'O', 'L', '\n'};

enum {
	AT_BYTES = 16,
	AT_GENERATION = 24,
	AT_DIRTY = 32,
	AT_OWNER = 40,
	AT_SALT = 56,
	AT_SERIAL = 72,
	AT_CHECK = 80
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

void spool_header_write(const struct spool_header *h, uint8_t ret_slot[static SPOOL_SLOT_BYTES])
{
	memset(ret_slot, 0, SPOOL_SLOT_BYTES);
	memcpy(ret_slot, file_magic, sizeof(file_magic));
	put32(ret_slot + 8, VERSION);
	put64(ret_slot + AT_BYTES, h->bytes);
	put64(ret_slot + AT_GENERATION, h->generation);
	ret_slot[AT_DIRTY] = h->is_dirty;
	memcpy(ret_slot + AT_OWNER, h->owner, SPOOL_OWNER_BYTES);
	memcpy(ret_slot + AT_SALT, h->salt, SPOOL_SALT_BYTES);
	put64(ret_slot + AT_SERIAL, h->serial);
	crypto_generichash(ret_slot + AT_CHECK, SPOOL_CHECKSUM_BYTES, ret_slot, AT_CHECK, NULL, 0);
}

uint64_t spool_header_at(const struct spool_header *h)
{
	return h->serial & 1 ? SPOOL_SLOT_2 : 0;
}

static int read_slot(const uint8_t *in, struct spool_header *ret_header)
{
	unsigned char check[SPOOL_CHECKSUM_BYTES];

	if (memcmp(in, file_magic, sizeof(file_magic)) != 0 || get32(in + 8) != VERSION)
		return -EINVAL;
	crypto_generichash(check, sizeof(check), in, AT_CHECK, NULL, 0);
	if (memcmp(check, in + AT_CHECK, sizeof(check)) != 0)
		return -EINVAL;
	ret_header->bytes = get64(in + AT_BYTES);
	ret_header->generation = get64(in + AT_GENERATION);
	ret_header->is_dirty = in[AT_DIRTY] != 0;
	ret_header->serial = get64(in + AT_SERIAL);
	memcpy(ret_header->owner, in + AT_OWNER, SPOOL_OWNER_BYTES);
	memcpy(ret_header->salt, in + AT_SALT, SPOOL_SALT_BYTES);
	return 0;
}

int spool_header_read(const uint8_t *in, size_t n, struct spool_header *ret_header)
{
	struct spool_header one = {0}, two = {0};

	if (n < SPOOL_HEADER_BYTES)
		return -EINVAL;
	bool is_one = read_slot(in, &one) == 0, is_two = read_slot(in + SPOOL_SLOT_2, &two) == 0;
	if (!is_one && !is_two)
		return -EINVAL;
	*ret_header = is_two && (!is_one || two.serial > one.serial) ? two : one;
	return 0;
}

size_t spool_record_size(size_t n)
{
	return (SPOOL_RECORD_BYTES + n + SPOOL_RECORD_ALIGN - 1) / SPOOL_RECORD_ALIGN * SPOOL_RECORD_ALIGN;
}

static void checksum(const struct spool_header *h, const uint8_t *record, size_t n,
	unsigned char ret_check[SPOOL_CHECKSUM_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, h->salt, SPOOL_SALT_BYTES, SPOOL_CHECKSUM_BYTES);
	crypto_generichash_update(&state, record, 40);
	crypto_generichash_update(&state, record + SPOOL_RECORD_BYTES, n);
	crypto_generichash_final(&state, ret_check, SPOOL_CHECKSUM_BYTES);
}

void spool_record_write(const struct spool_header *h, const struct spool_record *r, uint8_t *ret_bytes)
{
	assert(r->n <= SPOOL_DATA_MAX);
	memset(ret_bytes, 0, SPOOL_RECORD_BYTES);
	put32(ret_bytes, RECORD_MAGIC);
	put32(ret_bytes + 4, (uint32_t)r->n);
	put64(ret_bytes + 8, h->generation);
	put64(ret_bytes + 16, r->seq);
	put64(ret_bytes + 24, (uint64_t)r->at_ms);
	put32(ret_bytes + 32, r->type);
	memcpy(ret_bytes + SPOOL_RECORD_BYTES, r->data, r->n);
	memset(ret_bytes + SPOOL_RECORD_BYTES + r->n, 0, spool_record_size(r->n) - SPOOL_RECORD_BYTES - r->n);
	checksum(h, ret_bytes, r->n, ret_bytes + 40);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

enum spool_found spool_record_read(const struct spool_header *h, const uint8_t *in, size_t n, bool is_all,
	struct spool_record *ret_record, size_t *ret_size)
{
	unsigned char check[SPOOL_CHECKSUM_BYTES];

	if (n < SPOOL_RECORD_BYTES && !is_all)
		return SPOOL_FOUND_MORE;
	if (n < SPOOL_RECORD_BYTES)
		return is_zero(in, n) ? SPOOL_FOUND_END : SPOOL_FOUND_TORN;
	if (is_zero(in, SPOOL_RECORD_BYTES))
		return SPOOL_FOUND_END;
	if (get32(in) != RECORD_MAGIC || get32(in + 4) > SPOOL_DATA_MAX)
		return SPOOL_FOUND_TORN;
	if (get64(in + 8) < h->generation)
		return SPOOL_FOUND_END;
	size_t data = get32(in + 4), size = spool_record_size(data);
	if (n < size)
		return is_all ? SPOOL_FOUND_TORN : SPOOL_FOUND_MORE;
	checksum(h, in, data, check);
	if (get64(in + 8) != h->generation || memcmp(check, in + 40, sizeof(check)) != 0)
		return SPOOL_FOUND_TORN;
	*ret_record = (struct spool_record){.seq = get64(in + 16),
		.at_ms = (int64_t)get64(in + 24),
		.type = get32(in + 32),
		.data = (const char *)in + SPOOL_RECORD_BYTES,
		.n = data};
	*ret_size = size;
	return SPOOL_FOUND_RECORD;
}
