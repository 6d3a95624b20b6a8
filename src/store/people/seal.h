/* Sealing of personal texts: XChaCha20-Poly1305 (libsodium) under a key per person, bound to the event they
 * belong to, so that a sealed text moved to another event does not open. The key is made of the person's salt
 * (random, in the database) and secret.key (beside it): without either of them nothing opens, and with the
 * salt gone nothing ever opens again.
 *
 * Must not know who a person is, or where salts are kept. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_BYTES 32
#define SEAL_SALT_BYTES 32
#define SEAL_SALT_SIZE 44 /* a salt as base64 text */
#define SEAL_MARK_SIZE 33 /* a mark as hexadecimal text */
#define SEAL_MAX 131072	  /* bytes of a sealed text that are looked at */

struct seal_bond { /* what a sealed text belongs to */
	uint64_t person, seq, interaction;
	uint32_t type;
};

/* A new random salt as text. */
void seal_salt_make(char ret_salt[static SEAL_SALT_SIZE]);
/* The key of a person. 0; -EINVAL: salt is none. */
int seal_key(const unsigned char *secret, uint64_t person, const char *salt,
	unsigned char ret_key[static SEAL_KEY_BYTES]);
/* The mark an address or number is found by: a keyed hash, useless without secret. */
void seal_mark(const unsigned char *secret, uint64_t tenant, const char *address,
	char ret_mark[static SEAL_MARK_SIZE]);
/* The sealed text of n bytes as base64 (alloc_free), or NULL when memory is out. */
char *seal_text(const unsigned char *key, const struct seal_bond *bond, const char *clear, size_t n);
/* The inverse. 0 with the text (alloc_free; NUL-terminated), -EBADMSG (not made with this key for this event,
 * or damaged), -EINVAL (no sealed text), -ENOMEM. Fuzzed. */
int seal_open(const unsigned char *key, const struct seal_bond *bond, const char *sealed, char **ret_clear,
	size_t *ret_n);
