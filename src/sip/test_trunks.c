/* Trunks that do something by themselves or ask for something: qualify, registration outwards, digest, TLS.
 */
#include "sip/test_sip.h"
#include "base/clock.h"
#include "base/str.h"
#include "loop/mailbox.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct sip_trunk *make(struct sip_directory **ret_directory, const struct peer *peer)
{
	struct sip_directory *d = sip_directory_new(1, 0);

	if (!d)
		abort();
	d->trunks[0].id = 9;
	d->trunks[0].is_enabled = true;
	(void)str_put(d->trunks[0].name, sizeof(d->trunks[0].name), "provider");
	(void)str_put(d->trunks[0].login, sizeof(d->trunks[0].login), "user9");
	(void)str_put(d->trunks[0].password, sizeof(d->trunks[0].password), "secret9");
	(void)str_printf(d->trunks[0].proxy, sizeof(d->trunks[0].proxy), "sip:127.0.0.1:%u", peer->port);
	*ret_directory = d;
	return &d->trunks[0];
}

static void configure(struct bed *bed, struct sip_directory *d)
{
	struct sip_command c = {.kind = SIP_CONFIGURE, .directory = d};

	(void)sip_send(bed->sip, &c);
}

TEST(a_trunk_is_asked_by_options_and_its_state_told)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, &peer)->qualify_interval_s = 1;
	configure(&bed, d);
	CHECK(peer_expect(&peer, "OPTIONS sip:127.0.0.1"));
	peer_answer(&peer, 404, "Whatever", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_STATE, &event));
	CHECK(event.is_up && event.trunk == 9);
	CHECK_STR(event.reason, "OPTIONS answered with 404");
	CHECK(peer_expect(&peer, "OPTIONS "));
	peer_answer(&peer, 503, "Away", "", NULL, NULL);
	CHECK(peer_expect(&peer, "OPTIONS "));
	peer_answer(&peer, 503, "Away", "", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_STATE, &event));
	CHECK(!event.is_up);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

TEST(a_trunk_registers_outwards_with_its_password_and_leaves_at_the_end)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, &peer)->is_registered_outwards = true;
	configure(&bed, d);
	CHECK(peer_expect(&peer, "REGISTER sip:127.0.0.1"));
	peer_answer(&peer, 401, "Auth", "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n", NULL, NULL);
	CHECK(peer_expect(&peer, "REGISTER "));
	CHECK(strstr(peer_header(&peer, "Authorization"), "username=\"user9\""));
	CHECK(strstr(peer_header(&peer, "To"), "sip:user9@127.0.0.1"));
	peer_answer(&peer, 200, "OK", "Expires: 300\r\n", NULL, NULL);
	CHECK(bed_wait(&bed, SIP_TRUNK_STATE, &event));
	CHECK(event.is_up);
	bed_stop(&bed);
	CHECK(peer_expect(&peer, "REGISTER "));
	CHECK(strstr(peer.in, "xpires=0"));
	sip_peer_close(&peer);
}

TEST(a_trunk_without_a_known_address_shows_its_password)
{
	struct sip_directory *d;
	struct sip_event event;
	struct peer peer;
	struct bed bed;

	CHECK(bed_start(&bed, 10));
	CHECK(sip_peer_open(&peer, bed.udp, false));
	make(&d, &peer)->is_accepted_by_digest = true;
	configure(&bed, d);
	bed_settle(&bed);
	peer_request(&peer, "INVITE", "d1", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 401"));
	char auth[1024];
	(void)str_put(auth, sizeof(auth), bed_authorize(&peer, "user9", "secret9", "INVITE"));
	peer_request(&peer, "INVITE", "d1", 2, "", auth, "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(bed_wait(&bed, SIP_INCOMING, &event));
	CHECK_INT(event.trunk, 9);
	peer_request(&peer, "INVITE", "d2", 1, "", "", "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 401"));
	(void)str_put(auth, sizeof(auth), bed_authorize(&peer, "user9", "guess", "INVITE"));
	peer_request(&peer, "INVITE", "d2", 2, "", auth, "application/sdp", peer_sdp(30000, "sendrecv"));
	CHECK(peer_expect(&peer, "SIP/2.0 403"));
	CHECK(bed_wait(&bed, SIP_REFUSED, &event));
	CHECK_INT(event.refusal, SIP_REFUSED_AUTH);
	sip_peer_close(&peer);
	bed_stop(&bed);
}

/* A self-made P-256 certificate and its key in one file. */
static bool make_certificate(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *f = fopen(path, "w");
	bool is_made = false;

	if (key && cert && f) {
		ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
		X509_gmtime_adj(X509_getm_notBefore(cert), 0);
		X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
		X509_set_pubkey(cert, key);
		X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
			(const unsigned char *)"test", -1, -1, 0);
		X509_set_issuer_name(cert, X509_get_subject_name(cert));
		is_made = X509_sign(cert, key, EVP_sha256()) && PEM_write_X509(f, cert) &&
			  PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	}
	if (f && fclose(f) != 0)
		is_made = false;
	X509_free(cert);
	EVP_PKEY_free(key);
	return is_made;
}

static bool ignore(const struct sip_event *event, void *arg)
{
	(void)event;
	(void)arg;
	return true;
}

TEST(tls_answers_with_its_certificate_and_refuses_a_missing_one)
{
	struct sip_config config = {.n_listen = 1, .legs_max = 10};
	char path[] = "/tmp/test-sip-tls-XXXXXX", in[2048];
	struct sip *sip = NULL;
	struct peer peer;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	int fd = mkstemp(path), n;

	CHECK(fd >= 0);
	close(fd);
	config.listen[0].transport = SIP_TLS;
	(void)str_put(config.listen[0].address, sizeof(config.listen[0].address), "127.0.0.1");
	(void)str_put(config.certificate_path, sizeof(config.certificate_path), path);
	CHECK(sip_start(&sip, &config, ignore, NULL) < 0); /* empty file */
	CHECK(make_certificate(path));
	CHECK_INT(sip_start(&sip, &config, ignore, NULL), 0);
	CHECK(sip_peer_open(&peer, sip_listen_port(sip, 0), true));
	SSL_set_fd(ssl, peer.fd);
	CHECK(SSL_connect(ssl) == 1);
	n = snprintf(in, sizeof(in),
		"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS "
		"127.0.0.1:%u;branch=z9hG4bK-tls\r\nMax-Forwards: 70\r\n"
		"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: tls\r\nCSeq: 1 "
		"OPTIONS\r\nContent-Length: 0\r\n\r\n",
		peer.port);
	CHECK(SSL_write(ssl, in, n) == n);
	n = SSL_read(ssl, in, sizeof(in) - 1);
	CHECK(n > 11 && strncmp(in, "SIP/2.0 200", 11) == 0);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	sip_peer_close(&peer);
	sip_stop(sip, 100);
	unlink(path);
}
