/* What must not be read by whoever gets hold of the database: password hashes, telephone passwords, trunk
 * passwords, tokens. Argon2id for people; MD5 and SHA-256 of login:realm:password where SIP digest needs them
 * (RFC 8760); XChaCha20-Poly1305 (libsodium's secretbox) under directory/secret.key where the clear text is
 * needed again; BLAKE2b for random tokens. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define SECRET_KEY_BYTES 32
#define SECRET_HASH_SIZE 128
#define SECRET_HA1_SIZE (32 + 1 + 64 + 1) /* "md5:sha256", hex */
#define SECRET_HA1_MD5 32 /* letters of the first of the two; all there is in rows of before */
#define SECRET_TOKEN_HASH_BYTES 32
#define SECRET_CLEAR_MAX 512 /* bytes of a clear text that is encrypted */

/* Reads directory/secret.key; is_writer makes it (mode 0600) when it is missing. 0, -ENOENT, -EUCLEAN (wrong
 * length), -errno. */
int secret_key_load(const char *directory, bool is_writer, unsigned char ret_key[static SECRET_KEY_BYTES]);
/* Argon2id; 50-100 ms and 64 MB: workers only. 0 or -ENOMEM. */
int secret_hash_password(const char *password, char ret_hash[static SECRET_HASH_SIZE]);
/* Whether password belongs to hash. hash NULL costs the same time and says no. */
bool secret_is_password(const char *hash, const char *password);
/* MD5 and SHA-256 of login:realm:password, divided by a colon. 0 or -ENOMEM. */
int secret_ha1(
	const char *login, const char *realm, const char *password, char ret_ha1[static SECRET_HA1_SIZE]);
/* Encrypted text in base64, released with alloc_free; NULL when it is too long or memory is out. */
char *secret_encrypt(const unsigned char *key, const char *clear);
/* The inverse; NULL when it was not made with this key. */
char *secret_decrypt(const unsigned char *key, const char *text);
/* A random token of 43 letters, and its hash. */
void secret_token_make(char ret_token[static 64]);
void secret_token_hash(const char *token, unsigned char ret_hash[static SECRET_TOKEN_HASH_BYTES]);
