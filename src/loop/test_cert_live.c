/* Certificates that change under way: what a peer is shown, by real handshakes in memory. */
#include "harness/test.h"
#include "loop/cert.h"
#include "loop/cert_live.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64], path[96], other[96];

static bool make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_cert_live.XXXXXX");
	if (!mkdtemp(folder))
		return false;
	snprintf(path, sizeof(path), "%s/cert.pem", folder);
	snprintf(other, sizeof(other), "%s/other.pem", folder);
	return cert_ensure(path, "one.example") == 0 && cert_ensure(other, "two.example") == 0;
}

static void remove_folder(void)
{
	unlink(path);
	unlink(other);
	rmdir(folder);
}

/* Shakes hands with ctx; whether the certificate shown is for the name, and how many the chain has. */
static bool shows(SSL_CTX *ctx, const char *name, int n_chain)
{
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	SSL *client = SSL_new(client_ctx), *server = SSL_new(ctx);
	BIO *a = NULL, *b = NULL;
	bool is_right = false;

	BIO_new_bio_pair(&a, 0, &b, 0);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 20 && !(SSL_is_init_finished(client) && SSL_is_init_finished(server)); i++) {
		(void)SSL_do_handshake(client);
		(void)SSL_do_handshake(server);
	}
	X509 *shown = SSL_get0_peer_certificate(client);
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(client);
	if (shown && chain)
		is_right = X509_check_host(shown, name, 0, 0, NULL) == 1 && sk_X509_num(chain) == n_chain;
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_ctx);
	return is_right;
}

static bool append(const char *to, const char *text)
{
	FILE *f = fopen(to, "a");

	return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

/* The certificate of from behind what to has. */
static bool append_certificate(const char *to, const char *from)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "a");
	X509 *x = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;
	bool is_done = x && out && PEM_write_X509(out, x) == 1;

	X509_free(x);
	if (in)
		fclose(in);
	return out && fclose(out) == 0 && is_done;
}

TEST(a_renewed_certificate_is_shown_without_a_restart)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct cert_live *live = NULL;

	CHECK(make_folder());
	CHECK_INT(cert_live_new(&live, ctx, "test", path, ""), 0);
	CHECK(shows(ctx, "one.example", 1));
	CHECK_INT(cert_live_look(live), 0);
	CHECK(rename(other, path) == 0); /* as those who renew do it */
	CHECK_INT(cert_live_look(live), 1);
	CHECK(shows(ctx, "two.example", 1));
	CHECK(cert_ensure(other, "three.example") == 0 && append_certificate(path, other));
	CHECK_INT(cert_live_look(live), 1);
	CHECK(shows(ctx, "two.example", 2)); /* the whole chain */
	cert_live_free(live);
	SSL_CTX_free(ctx);
	remove_folder();
}

TEST(a_reload_asked_for_comes_with_the_next_handshake)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct cert_live *live = NULL;

	CHECK(make_folder());
	CHECK_INT(cert_live_new(&live, ctx, "test", path, NULL), 0);
	CHECK(rename(other, path) == 0);
	cert_live_reload_all();
	CHECK(shows(ctx, "two.example", 1));
	cert_live_free(live);
	SSL_CTX_free(ctx);
	remove_folder();
}

TEST(what_cannot_be_used_changes_nothing)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct cert_live *live = NULL, *none = NULL;

	CHECK(make_folder());
	CHECK_INT(cert_live_new(&live, ctx, "test", path, path), 0);
	CHECK(unlink(path) == 0 && append(path, "no certificate\n"));
	CHECK_INT(cert_live_look(live), -EINVAL);
	CHECK_INT(cert_live_look(live), 0); /* told once */
	CHECK(shows(ctx, "one.example", 1));
	CHECK(unlink(path) == 0 && append_certificate(path, other)); /* a certificate, but no key */
	CHECK_INT(cert_live_look(live), -EINVAL);
	CHECK(unlink(path) == 0);
	CHECK_INT(cert_live_look(live), -ENOENT);
	CHECK(shows(ctx, "one.example", 1));
	CHECK_INT(cert_live_new(&none, ctx, "test", path, other), -ENOENT);
	CHECK(cert_ensure(path, "four.example") == 0);
	CHECK_INT(cert_live_new(&none, ctx, "test", path, other), -EINVAL); /* not each other's */
	CHECK(!none);
	cert_live_free(live);
	SSL_CTX_free(ctx);
	remove_folder();
}
