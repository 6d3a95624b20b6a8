/* DTLS by OpenSSL.
 *
 * Datagrams keep their borders: a BIO of our own hands each write to the socket and each read the one
 * datagram that arrived. The peer's certificate is self-signed by design; what proves the peer is its
 * fingerprint in the SDP. */
#include "media/webrtc/dtls.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/webrtc/webrtc.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MTU 1200
#define PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
#define CERTIFICATE_DAYS 3650
#define DIGEST_BYTES 32
#define KEY_BYTES 16

struct webrtc_identity {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	char fingerprint[DTLS_FINGERPRINT_MAX];
};

struct dtls {
	SSL *ssl;
	dtls_send_handler *send;
	void *arg;
	const uint8_t *datagram; /* being read */
	size_t n_datagram;
	uint8_t digest[DIGEST_BYTES]; /* the peer's */
	bool is_done;
};

/* ---- our certificate ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	uint64_t serial = 0;

	if (!x)
		return NULL;
	RAND_bytes((unsigned char *)&serial, sizeof(serial));
	X509_NAME *name = X509_get_subject_name(x);
	bool is_made =
		X509_set_version(x, 2) && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) &&
		X509_gmtime_adj(X509_getm_notBefore(x), -24 * 3600) &&
		X509_gmtime_adj(X509_getm_notAfter(x), 24L * 3600 * CERTIFICATE_DAYS) &&
		X509_NAME_add_entry_by_txt(
			name, "CN", MBSTRING_ASC, (const unsigned char *)"markaz", -1, -1, 0) &&
		X509_set_issuer_name(x, name) && X509_set_pubkey(x, key) && X509_sign(x, key, EVP_sha256());
	if (!is_made) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* The file appears whole or not at all: written beside, then renamed. */
static int save(const char *path, EVP_PKEY *key, X509 *certificate)
{
	char beside[MEDIA_PATH_MAX + 8];

	if (str_printf(beside, sizeof(beside), "%s.new", path) < 0)
		return -ENAMETOOLONG;
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	FILE *file = fdopen(fd, "w");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	bool is_written = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) &&
			  PEM_write_X509(file, certificate);
	is_written &= fflush(file) == 0 && fsync(fd) == 0;
	is_written &= fclose(file) == 0;
	if (is_written && rename(beside, path) == 0)
		return 0;
	int err = errno ? -errno : -EIO;
	unlink(beside);
	return err;
}

static int load(const char *path, EVP_PKEY **ret_key, X509 **ret_certificate)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	rewind(file);
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	ERR_clear_error();
	if (!key || !certificate || X509_check_private_key(certificate, key) != 1) {
		EVP_PKEY_free(key);
		X509_free(certificate);
		return -EINVAL;
	}
	*ret_key = key;
	*ret_certificate = certificate;
	return 0;
}

static int obtain(const char *path, EVP_PKEY **ret_key, X509 **ret_certificate)
{
	int err = path[0] ? load(path, ret_key, ret_certificate) : -ENOENT;

	if (err != -ENOENT)
		return err;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = key ? make_certificate(key) : NULL;
	err = certificate ? 0 : -ENOMEM;
	if (err == 0 && path[0])
		err = save(path, key, certificate);
	if (err < 0) {
		EVP_PKEY_free(key);
		X509_free(certificate);
		return err;
	}
	*ret_key = key;
	*ret_certificate = certificate;
	return 0;
}

static bool describe(X509 *certificate, char *ret_text, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!X509_digest(certificate, EVP_sha256(), digest, &n) || n != DIGEST_BYTES)
		return false;
	str_put(ret_text, size, "sha-256 ");
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(ret_text);
		str_printf(ret_text + len, size - len, "%s%02X", i ? ":" : "", digest[i]);
	}
	return true;
}

/* ---- the BIO ---- */

static int bio_write(BIO *bio, const char *bytes, int n)
{
	struct dtls *d = BIO_get_data(bio);

	if (n > 0)
		d->send(d->arg, (const uint8_t *)bytes, (size_t)n);
	return n;
}

static int bio_read(BIO *bio, char *ret_bytes, int n)
{
	struct dtls *d = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!d->datagram || n <= 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	size_t taken = d->n_datagram < (size_t)n ? d->n_datagram : (size_t)n;
	memcpy(ret_bytes, d->datagram, taken);
	d->datagram = NULL;
	return (int)taken;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return MTU;
	default:
		return 0;
	}
}

static BIO_METHOD *make_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "markaz datagrams");

	if (m) {
		BIO_meth_set_write(m, bio_write);
		BIO_meth_set_read(m, bio_read);
		BIO_meth_set_ctrl(m, bio_ctrl);
	}
	return m;
}

/* ---- the context ---- */

/* Any certificate may come: its fingerprint is compared when the handshake is done. */
static int accept_any(int is_ok, X509_STORE_CTX *store)
{
	(void)is_ok;
	(void)store;
	return 1;
}

static bool set_up(struct webrtc_identity *identity, EVP_PKEY *key, X509 *certificate)
{
	identity->bio = make_bio_method();
	identity->ctx = SSL_CTX_new(DTLS_method());
	if (!identity->bio || !identity->ctx)
		return false;
	SSL_CTX *ctx = identity->ctx;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	/* SSL_CTX_set_tlsext_use_srtp answers 0 for success. */
	return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) &&
	       SSL_CTX_use_certificate(ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	       SSL_CTX_set_tlsext_use_srtp(ctx, PROFILES) == 0 &&
	       SSL_CTX_set_cipher_list(ctx,
		       "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
		       "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256") == 1 &&
	       describe(certificate, identity->fingerprint, sizeof(identity->fingerprint));
}

int webrtc_identity_load(struct webrtc_identity **ret_identity, const char *path)
{
	struct webrtc_identity *identity = alloc_zero(sizeof(*identity));
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;

	if (!identity)
		return -ENOMEM;
	int err = obtain(path, &key, &certificate);
	if (err == 0 && !set_up(identity, key, certificate))
		err = -EINVAL;
	EVP_PKEY_free(key);
	X509_free(certificate);
	ERR_clear_error();
	if (err < 0) {
		webrtc_identity_free(identity);
		return err;
	}
	*ret_identity = identity;
	return 0;
}

void webrtc_identity_free(struct webrtc_identity *identity)
{
	if (!identity)
		return;
	SSL_CTX_free(identity->ctx);
	BIO_meth_free(identity->bio);
	alloc_free(identity);
}

const char *dtls_fingerprint(const struct webrtc_identity *identity)
{
	return identity->fingerprint;
}

/* ---- one handshake ---- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at && ((c >= '0' && c <= '9') || (c | 0x20) >= 'a') ? (int)(at - digits) : -1;
}

/* "sha-256 AB:CD:..." to bytes. */
static bool parse_fingerprint(const char *text, uint8_t ret_digest[static DIGEST_BYTES])
{
	if (strncasecmp(text, "sha-256 ", 8) != 0 || strlen(text) != 8 + DIGEST_BYTES * 3 - 1)
		return false;
	for (int i = 0; i < DIGEST_BYTES; i++) {
		const char *at = text + 8 + i * 3;
		int high = hex_digit(at[0]), low = hex_digit(at[1]);
		if (high < 0 || low < 0 || (i < DIGEST_BYTES - 1 && at[2] != ':'))
			return false;
		ret_digest[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

int dtls_new(struct dtls **ret_dtls, struct webrtc_identity *identity, bool is_client,
	const char *fingerprint, dtls_send_handler *send, void *arg)
{
	_cleanup_alloc_ struct dtls *d = alloc_zero(sizeof(*d));

	if (!d)
		return -ENOMEM;
	if (!parse_fingerprint(fingerprint, d->digest))
		return -EINVAL;
	BIO *bio = BIO_new(identity->bio);
	d->ssl = SSL_new(identity->ctx);
	if (!bio || !d->ssl) {
		BIO_free(bio);
		SSL_free(d->ssl);
		return -ENOMEM;
	}
	d->send = send;
	d->arg = arg;
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	DTLS_set_link_mtu(d->ssl, MTU);
	if (is_client)
		SSL_set_connect_state(d->ssl);
	else
		SSL_set_accept_state(d->ssl);
	*ret_dtls = TAKE_PTR(d);
	return 0;
}

void dtls_free(struct dtls *d)
{
	if (!d)
		return;
	SSL_free(d->ssl);
	alloc_free(d);
}

static bool is_promised_peer(struct dtls *d)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	X509 *peer = SSL_get1_peer_certificate(d->ssl);
	bool is_same = peer && X509_digest(peer, EVP_sha256(), digest, &n) && n == DIGEST_BYTES &&
		       CRYPTO_memcmp(digest, d->digest, DIGEST_BYTES) == 0;

	X509_free(peer);
	return is_same;
}

/* After the handshake only a close or copies of its last flight come; SSL_read answers the copies. */
static int read_after(struct dtls *d)
{
	uint8_t ignored[RTP_BUFFER_BYTES];
	int n = SSL_read(d->ssl, ignored, sizeof(ignored));
	bool is_closed = n <= 0 && SSL_get_error(d->ssl, n) == SSL_ERROR_ZERO_RETURN;

	ERR_clear_error();
	return is_closed ? DTLS_CLOSED : DTLS_DONE;
}

int dtls_step(struct dtls *d, const uint8_t *bytes, size_t n)
{
	d->datagram = n > 0 ? bytes : NULL;
	d->n_datagram = n;
	if (d->is_done)
		return read_after(d);
	if (n == 0)
		DTLSv1_handle_timeout(d->ssl);
	int done = SSL_do_handshake(d->ssl);
	int error = SSL_get_error(d->ssl, done);
	d->datagram = NULL;
	ERR_clear_error();
	if (done == 1) {
		if (!is_promised_peer(d) || !SSL_get_selected_srtp_profile(d->ssl))
			return -EPROTO;
		d->is_done = true;
		return DTLS_DONE;
	}
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? DTLS_MORE : -EPROTO;
}

int dtls_timeout_ms(struct dtls *d)
{
	struct timeval left;

	if (d->is_done || !DTLSv1_get_timeout(d->ssl, &left))
		return -1;
	return (int)(left.tv_sec * 1000 + left.tv_usec / 1000);
}

int dtls_export(struct dtls *d, struct dtls_keys *ret_keys)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(d->ssl);
	uint8_t material[2 * (KEY_BYTES + 14)];
	struct dtls_keys keys = {0};

	if (!profile)
		return -EPROTO;
	keys.is_gcm = profile->id == SRTP_AEAD_AES_128_GCM;
	keys.salt_bytes = keys.is_gcm ? 12 : 14;
	size_t n = 2 * (KEY_BYTES + keys.salt_bytes);
	if (SSL_export_keying_material(d->ssl, material, n, label, strlen(label), NULL, 0, 0) != 1)
		return -EPROTO;
	/* client key, server key, client salt, server salt (RFC 5764 section 4.2) */
	uint8_t *client = SSL_is_server(d->ssl) ? keys.remote : keys.local;
	uint8_t *server = SSL_is_server(d->ssl) ? keys.local : keys.remote;
	memcpy(client, material, KEY_BYTES);
	memcpy(server, material + KEY_BYTES, KEY_BYTES);
	memcpy(client + KEY_BYTES, material + 2 * KEY_BYTES, keys.salt_bytes);
	memcpy(server + KEY_BYTES, material + 2 * KEY_BYTES + keys.salt_bytes, keys.salt_bytes);
	OPENSSL_cleanse(material, sizeof(material));
	*ret_keys = keys;
	return 0;
}
