/* See secret.h. */
#include "store/rows/secret.h"
#include "base/disk.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 600

/* A new key under a name of its own first: a crash never leaves half a key behind. */
static int make_key(const char *directory, const char *path)
{
	unsigned char key[SECRET_KEY_BYTES];
	char draft[PATH_SIZE];
	int err = 0;

	if (str_printf(draft, sizeof(draft), "%s/secret.key.new", directory) < 0)
		return -ENAMETOOLONG;
	randombytes_buf(key, sizeof(key));
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* what a short write means */
	if (write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) || fsync(fd) < 0)
		err = -errno;
	close(fd);
	if (err == 0 && rename(draft, path) < 0)
		err = -errno;
	if (err == 0) /* what is sealed with it must not outlive it */
		err = disk_sync(directory);
	if (err < 0)
		unlink(draft);
	sodium_memzero(key, sizeof(key));
	return err;
}

int secret_key_load(const char *directory, bool is_writer, unsigned char ret_key[static SECRET_KEY_BYTES])
{
	unsigned char key[SECRET_KEY_BYTES + 1];
	char path[PATH_SIZE];

	if (sodium_init() < 0)
		return -EIO;
	if (str_printf(path, sizeof(path), "%s/secret.key", directory) < 0)
		return -ENAMETOOLONG;
	if (is_writer && access(path, F_OK) < 0 && errno == ENOENT) {
		int err = make_key(directory, path);
		if (err < 0)
			return err;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, key, sizeof(key));
	int err = n < 0 ? -errno : n == SECRET_KEY_BYTES ? 0 : -EUCLEAN;
	close(fd);
	if (err == 0)
		memcpy(ret_key, key, SECRET_KEY_BYTES);
	sodium_memzero(key, sizeof(key));
	return err;
}

int secret_hash_password(const char *password, char ret_hash[static SECRET_HASH_SIZE])
{
	_Static_assert(SECRET_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for a hash");
	return crypto_pwhash_str(ret_hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		       crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
		       ? 0
		       : -ENOMEM;
}

bool secret_is_password(const char *hash, const char *password)
{
	char spent[SECRET_HASH_SIZE];

	if (!hash) { /* the time a wrong password would have cost */
		(void)secret_hash_password(password, spent);
		return false;
	}
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

int secret_ha1(
	const char *login, const char *realm, const char *password, char ret_ha1[static SECRET_HA1_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE], strong[crypto_hash_sha256_BYTES];
	unsigned n = 0;
	_cleanup_text_ struct text t = {0};

	text_printf(&t, "%s:%s:%s", login, realm, password);
	if (t.failed)
		return -ENOMEM;
	int is_made = EVP_Digest(t.data, t.len, digest, &n, EVP_md5(), NULL);
	crypto_hash_sha256(strong, (const unsigned char *)t.data, t.len);
	sodium_memzero(t.data, t.len);
	if (!is_made || n != SECRET_HA1_MD5 / 2)
		return -ENOMEM;
	sodium_bin2hex(ret_ha1, SECRET_HA1_SIZE, digest, n);
	ret_ha1[SECRET_HA1_MD5] = ':';
	sodium_bin2hex(
		ret_ha1 + SECRET_HA1_MD5 + 1, SECRET_HA1_SIZE - SECRET_HA1_MD5 - 1, strong, sizeof(strong));
	return 0;
}

#define BOX_MAX (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + SECRET_CLEAR_MAX)

char *secret_encrypt(const unsigned char *key, const char *clear)
{
	unsigned char box[BOX_MAX];
	size_t n = strlen(clear), total = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + n;

	if (n > SECRET_CLEAR_MAX)
		return NULL;
	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)clear, n, box, key);
	size_t size = sodium_base64_encoded_len(total, sodium_base64_VARIANT_ORIGINAL);
	char *text = alloc_zero(size);
	if (text)
		sodium_bin2base64(text, size, box, total, sodium_base64_VARIANT_ORIGINAL);
	return text;
}

char *secret_decrypt(const unsigned char *key, const char *text)
{
	unsigned char box[BOX_MAX];
	size_t n = 0, head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

	if (sodium_base642bin(box, sizeof(box), text, strlen(text), NULL, &n, NULL,
		    sodium_base64_VARIANT_ORIGINAL) != 0 ||
		n < head)
		return NULL;
	char *clear = alloc_zero(n - head + 1);
	if (clear && crypto_secretbox_open_easy((unsigned char *)clear, box + crypto_secretbox_NONCEBYTES,
			     n - crypto_secretbox_NONCEBYTES, box, key) != 0) {
		alloc_free(clear);
		return NULL;
	}
	return clear;
}

void secret_token_make(char ret_token[static 64])
{
	unsigned char raw[32];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(ret_token, 64, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void secret_token_hash(const char *token, unsigned char ret_hash[static SECRET_TOKEN_HASH_BYTES])
{
	crypto_generichash(
		ret_hash, SECRET_TOKEN_HASH_BYTES, (const unsigned char *)token, strlen(token), NULL, 0);
}
