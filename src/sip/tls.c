/* See tls.h. libre does not say which TLS connection a message came over; so each is known by its peer's
 * address: interpose.c says whose handshake begins, OpenSSL keeps what belongs to a connection as long as it
 * lives. Invariant: room->tls_peers holds exactly the TLS connections of this room's thread that are open. */
#include "sip/tls.h"
#include "base/alloc.h"
#include "base/log.h"
#include "loop/cert_live.h"

/* re_tls.h offers the SSL_CTX only when told that libre was built on OpenSSL, as Debian's is. */
#ifndef USE_OPENSSL
#define USE_OPENSSL
#endif
#include <re_srtp.h>
#include <re_tls.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

#define PEERS_SIZE 1024 /* buckets */

struct tls_peer {
	struct le he; /* room.tls_peers */
	struct sa address;
	X509 *certificate; /* shown and verified; NULL: none */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int peer_index = -1; /* of struct tls_peer beside an SSL */
static _Thread_local struct room *here;

/* An SSL is made; those of other threads and purposes are none of ours. */
static void peer_new(void *ssl, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct tls_peer *peer;
	struct sa address;

	(void)ssl;
	(void)ptr;
	(void)argl;
	(void)argp;
	if (!here || !interpose_tls_peer(&address) || !(peer = alloc_zero(sizeof(*peer))))
		return;
	peer->address = address;
	hash_append(here->tls_peers, sa_hash(&address, SA_ALL), &peer->he, peer);
	if (CRYPTO_set_ex_data(ad, index, peer) != 1) {
		hash_unlink(&peer->he);
		alloc_free(peer);
	}
}

static void peer_free(void *ssl, void *ptr, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	struct tls_peer *peer = ptr;

	(void)ssl;
	(void)ad;
	(void)index;
	(void)argl;
	(void)argp;
	if (!peer)
		return;
	hash_unlink(&peer->he);
	X509_free(peer->certificate);
	alloc_free(peer);
}

static void make_index(void)
{
	peer_index = SSL_get_ex_new_index(0, NULL, peer_new, NULL, peer_free);
}

/* As a server we believe our authorities alone; what we call ourselves is not asked, as without them. */
static int on_verify(int is_good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_peer *peer = ssl ? SSL_get_ex_data(ssl, peer_index) : NULL;
	char from[64] = "";

	if (is_good || !ssl || !SSL_is_server(ssl))
		return 1;
	if (peer)
		transport_text(&peer->address, from, sizeof(from));
	log_warn("sip", 0, "the client certificate of %s is refused: %s", from,
		X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
	return 0;
}

static void on_progress(const SSL *ssl, int where, int ret)
{
	struct tls_peer *peer = where & SSL_CB_HANDSHAKE_DONE ? SSL_get_ex_data(ssl, peer_index) : NULL;

	(void)ret;
	if (!peer || peer->certificate || SSL_get_verify_result(ssl) != X509_V_OK)
		return;
	peer->certificate = SSL_get1_peer_certificate(ssl);
}

/* Client certificates of these authorities are asked for. 0 or -EINVAL. */
static int ask_for_certificates(SSL_CTX *ctx, const char *path)
{
	static const unsigned char name[] = "markaz-sip"; /* of sessions that are resumed */

	if (SSL_CTX_load_verify_locations(ctx, path, NULL) != 1)
		return -EINVAL;
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(path));
	SSL_CTX_set_session_id_context(ctx, name, sizeof(name) - 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	SSL_CTX_set_info_callback(ctx, on_progress);
	return 0;
}

int sip_tls_start(struct room *room)
{
	const struct sip_config *c = &room->config;
	SSL_CTX *ctx;
	int err;

	if (room->tls)
		return 0;
	pthread_once(&once, make_index);
	err = -hash_alloc(&room->tls_peers, PEERS_SIZE);
	here = room;
	if (!err && tls_alloc(&room->tls, TLS_METHOD_SSLV23, NULL, NULL))
		err = -ENOMEM;
	if (err)
		return err;
	ctx = tls_openssl_context(room->tls);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	err = cert_live_new(&room->certificate, ctx, "sip", c->certificate_path, NULL);
	if (err < 0) {
		log_error("sip", 0, "cannot use the TLS certificate and key in \"%s\": %s",
			c->certificate_path,
			err == -EINVAL ? "no PEM, or they do not belong together" : strerror(-err));
		return err;
	}
	if (c->client_ca_path[0] && (err = ask_for_certificates(ctx, c->client_ca_path)) < 0)
		log_error("sip", 0, "cannot read the authorities of client certificates in \"%s\"",
			c->client_ca_path);
	return err;
}

/* After the stack: its connections are closed by now. */
void sip_tls_stop(struct room *room)
{
	room->tls = mem_deref(room->tls);
	cert_live_free(room->certificate);
	room->certificate = NULL;
	room->tls_peers = mem_deref(room->tls_peers);
	here = NULL;
}

static bool is_from(struct le *le, void *arg)
{
	const struct tls_peer *peer = le->data;

	return sa_cmp(&peer->address, arg, SA_ALL);
}

static bool has_common_name(X509 *x, const char *name)
{
	char text[256] = "";
	int n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, text, sizeof(text));

	return n > 0 && (size_t)n == strlen(name) && strcasecmp(text, name) == 0;
}

bool sip_tls_is_certified(const struct room *room, const struct sip_msg *msg, const char *name)
{
	const struct tls_peer *peer =
		msg->tp == SIP_TRANSP_TLS && room->tls_peers
			? list_ledata(hash_lookup(
				  room->tls_peers, sa_hash(&msg->src, SA_ALL), is_from, (void *)&msg->src))
			: NULL;

	if (!peer || !peer->certificate)
		return false;
	return !name[0] || X509_check_host(peer->certificate, name, 0, 0, NULL) == 1 ||
	       X509_check_ip_asc(peer->certificate, name, 0) == 1 || has_common_name(peer->certificate, name);
}
