/* A self-made certificate, by OpenSSL. Invariant: the file is whole or not there: it is made beside, synced
 * and renamed. Two servers starting at once: the first rename wins (link refuses to overwrite). */
#include "loop/cert.h"
#include "base/alloc.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define TEN_YEARS_S (60L * 60 * 24 * 3652)
#define NAME_MAX_BYTES 64 /* of a common name, RFC 5280 ub-common-name */
#define CERT_PATH_MAX 512

/* Letters of host names and addresses only: nothing that could add another entry to the list of names. */
static bool is_name(const char *s)
{
	return s && s[0] && strlen(s) <= NAME_MAX_BYTES &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*") == strlen(s);
}

static bool is_address(const char *s)
{
	unsigned char binary[16];

	return inet_pton(AF_INET, s, binary) == 1 || inet_pton(AF_INET6, s, binary) == 1;
}

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool is_ok = e && X509_add_ext(x, e, -1) == 1;

	X509_EXTENSION_free(e);
	return is_ok;
}

static bool set_serial(X509 *x)
{
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
		return false;
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(x);
	char names[256];

	str_printf(names, sizeof(names), "%s:%s,DNS:localhost,IP:127.0.0.1,IP:::1",
		is_address(name) ? "IP" : "DNS", name);
	return X509_set_version(x, 2) == 1 && set_serial(x) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), TEN_YEARS_S) &&
	       X509_NAME_add_entry_by_txt(
		       subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, subject) == 1 && X509_set_pubkey(x, key) == 1 &&
	       add_extension(x, NID_subject_alt_name, names) &&
	       add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

/* Writes certificate and key to a new file. 0 or -errno. */
static int write_pem(const char *path, X509 *x, EVP_PKEY *key)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), err = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (PEM_write_X509(f, x) != 1 || PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1)
		err = -EIO;
	if (fflush(f) != 0 || fsync(fd) < 0)
		err = errno ? -errno : -EIO;
	if (fclose(f) != 0 && err == 0)
		err = -errno;
	if (err < 0)
		unlink(path);
	return err;
}

int cert_ensure(const char *path, const char *common_name)
{
	char beside[CERT_PATH_MAX];
	const char *name = common_name && *common_name ? common_name : "localhost";

	if (access(path, F_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (!is_name(name))
		return -EINVAL;
	if (str_printf(beside, sizeof(beside), "%s.new%d", path, (int)getpid()) < 0)
		return -ENAMETOOLONG;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	int err = key && x ? 0 : -ENOMEM;

	if (err == 0 && !fill(x, key, name))
		err = -EIO;
	if (err == 0)
		err = write_pem(beside, x, key);
	if (err == 0) {
		if (link(beside, path) < 0 && errno != EEXIST)
			err = -errno;
		unlink(beside);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return err;
}
