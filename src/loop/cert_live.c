/* See cert_live.h. A file counts as changed by its inode, size or time: a renewal by rename, by symbolic link
 * and in place are all seen. It is looked at by stat() at a handshake, at most once a second. */
#include "loop/cert_live.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 300
#define CHAIN_MAX 10
#define LOOK_EVERY_MS 1000

struct stamp { /* of a file */
	ino_t inode;
	off_t size;
	struct timespec changed;
};
struct pair {
	X509 *certificate;
	EVP_PKEY *key;
	STACK_OF(X509) * chain;
};
struct cert_live {
	char room[16], path[PATH_SIZE], key_path[PATH_SIZE];
	struct pair pair;
	struct stamp certificate_stamp, key_stamp;
	int64_t looked_ms;
	unsigned generation;
};

static atomic_uint generation; /* goes up with each cert_live_reload_all */

void cert_live_reload_all(void)
{
	atomic_fetch_add(&generation, 1);
}

static void pair_free(struct pair *p)
{
	X509_free(p->certificate);
	EVP_PKEY_free(p->key);
	sk_X509_pop_free(p->chain, X509_free);
	*p = (struct pair){0};
}

static struct stamp stamp_of(const char *path)
{
	struct stat st = {0};

	(void)stat(path, &st);
	return (struct stamp){st.st_ino, st.st_size, st.st_mtim};
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return a->inode == b->inode && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* A key that asks for a password is none we can read; nobody is there to type it. */
static int no_password(char *text, int size, int is_writing, void *arg)
{
	(void)text;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static int read_certificates(FILE *f, struct pair *pair)
{
	X509 *x;

	pair->chain = sk_X509_new_null();
	if (!pair->chain)
		return -ENOMEM;
	pair->certificate = PEM_read_X509(f, NULL, no_password, NULL);
	while (pair->certificate && sk_X509_num(pair->chain) < CHAIN_MAX &&
		(x = PEM_read_X509(f, NULL, no_password, NULL)))
		if (!sk_X509_push(pair->chain, x)) {
			X509_free(x);
			return -ENOMEM;
		}
	return pair->certificate ? 0 : -EINVAL;
}

/* Reads both files. On failure ret_pair may hold some of it. */
static int pair_read(const struct cert_live *live, struct pair *ret_pair)
{
	FILE *f = fopen(live->path, "re");
	int err = f ? read_certificates(f, ret_pair) : -errno;

	if (f)
		fclose(f);
	if (err < 0)
		return err;
	f = fopen(live->key_path, "re");
	if (!f)
		return -errno;
	ret_pair->key = PEM_read_PrivateKey(f, NULL, no_password, NULL);
	fclose(f);
	return ret_pair->key && X509_check_private_key(ret_pair->certificate, ret_pair->key) == 1 ? 0
												  : -EINVAL;
}

static int read_again(struct cert_live *live)
{
	struct stamp certificate_stamp = stamp_of(live->path), key_stamp = stamp_of(live->key_path);
	struct pair fresh = {0};
	int err = pair_read(live, &fresh);

	ERR_clear_error(); /* else the next handshake is blamed for what a file said */
	live->certificate_stamp = certificate_stamp;
	live->key_stamp = key_stamp;
	if (err < 0) {
		pair_free(&fresh);
		return err;
	}
	pair_free(&live->pair);
	live->pair = fresh;
	return 0;
}

int cert_live_look(struct cert_live *live)
{
	struct stamp certificate = stamp_of(live->path), key = stamp_of(live->key_path);
	unsigned now = atomic_load(&generation);

	if (now == live->generation && is_same(&certificate, &live->certificate_stamp) &&
		is_same(&key, &live->key_stamp))
		return 0;
	live->generation = now;
	int err = read_again(live);
	if (err < 0) {
		log_error(live->room, 0,
			"the TLS certificate and key in %s and %s cannot be used (%s): the one before stays "
			"in force",
			live->path, live->key_path,
			err == -EINVAL ? "no PEM, or they do not belong together" : strerror(-err));
		return err;
	}
	log_info(live->room, 0, "TLS certificate read again from %s", live->path);
	return 1;
}

/* OpenSSL asks at each handshake, on the thread that shakes hands. */
static int on_certificate(SSL *ssl, void *arg)
{
	struct cert_live *live = arg;
	int64_t now_ms = clock_mono_ms();

	if (now_ms - live->looked_ms >= LOOK_EVERY_MS || atomic_load(&generation) != live->generation) {
		live->looked_ms = now_ms;
		(void)cert_live_look(live);
	}
	return SSL_use_cert_and_key(ssl, live->pair.certificate, live->pair.key, live->pair.chain, 1);
}

int cert_live_new(struct cert_live **ret_live, struct ssl_ctx_st *ctx, const char *room, const char *path,
	const char *key_path)
{
	struct cert_live *live = alloc_zero(sizeof(*live));
	int err;

	if (!live)
		return -ENOMEM;
	live->generation = atomic_load(&generation);
	live->looked_ms = clock_mono_ms();
	err = str_put(live->room, sizeof(live->room), room);
	err = err < 0 ? err : str_put(live->path, sizeof(live->path), path);
	err = err < 0 ? err
		      : str_put(live->key_path, sizeof(live->key_path),
				key_path && *key_path ? key_path : path);
	err = err < 0 ? -ENAMETOOLONG : read_again(live);
	if (err < 0) {
		cert_live_free(live);
		return err;
	}
	SSL_CTX_set_cert_cb(ctx, on_certificate, live);
	*ret_live = live;
	return 0;
}

void cert_live_free(struct cert_live *live)
{
	if (!live)
		return;
	pair_free(&live->pair);
	alloc_free(live);
}
