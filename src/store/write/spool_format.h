/* The bytes of a spool file: one header, then records, then zeroes. PURE: no file, no clock.
 *
 * Invariants: a record read back is one that was written, whole, under the header's salt and generation;
 * whatever else lies there is reported as the end (zeroes, or records of an earlier use of the file) or as
 * torn. Bytes never seen before are read without trust. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_HEADER_BYTES 4096 /* one page, so that records never share a write with it */
#define SPOOL_SLOT_BYTES 512	/* it holds two headers of which the newer whole one counts, */
#define SPOOL_SLOT_2 2048	/* at 0 and here: one that is cut off leaves the other */
#define SPOOL_RECORD_BYTES 56	/* before the data */
#define SPOOL_DATA_MAX 262144	/* of one record */
#define SPOOL_RECORD_ALIGN 8	/* records begin at multiples of it */
#define SPOOL_OWNER_BYTES 16	/* whose spool it is: the installation */
#define SPOOL_SALT_BYTES 16	/* key of the checksums, new with each emptying */
#define SPOOL_CHECKSUM_BYTES 16 /* BLAKE2b under the salt */

struct spool_header {
	uint64_t serial;     /* of the writing of headers: the lowest bit says which slot */
	uint64_t bytes;	     /* of the whole file */
	uint64_t generation; /* grows with each emptying */
	bool is_dirty;	     /* records may follow; false: only zeroes do */
	unsigned char owner[SPOOL_OWNER_BYTES], salt[SPOOL_SALT_BYTES];
};
struct spool_record {
	uint64_t seq;
	int64_t at_ms;
	uint32_t type;
	const char *data; /* an event as event_encode makes it; borrowed */
	size_t n;
};
enum spool_found {
	SPOOL_FOUND_RECORD = 1,
	SPOOL_FOUND_END = 2,  /* zeroes, or what an earlier use left */
	SPOOL_FOUND_TORN = 3, /* the beginning of a record, and not the rest of it */
	SPOOL_FOUND_MORE = 4, /* cannot be said without more bytes */
};

/* The slot's bytes; where they belong in the file. */
void spool_header_write(const struct spool_header *h, uint8_t ret_slot[static SPOOL_SLOT_BYTES]);
uint64_t spool_header_at(const struct spool_header *h);
/* From the page: the newer of the whole ones. 0; -EINVAL: no spool, damaged, or of another version. */
int spool_header_read(const uint8_t *in, size_t n, struct spool_header *ret_header);
/* What a record with n bytes of data takes in the file. */
size_t spool_record_size(size_t n);
/* Writes spool_record_size(r->n) bytes. r->n is at most SPOOL_DATA_MAX. */
void spool_record_write(const struct spool_header *h, const struct spool_record *r, uint8_t *ret_bytes);
/* What begins at in. A record (its data borrowed from in) takes *ret_size bytes. is_all: nothing comes after
 * these n bytes, so that a record which does not fit is torn. */
enum spool_found spool_record_read(const struct spool_header *h, const uint8_t *in, size_t n, bool is_all,
	struct spool_record *ret_record, size_t *ret_size);
