/* See interpose.h. Must not know legs, trunks or the room: only how to stand between libre and itself. */
#include "sip/interpose.h"

#include <re_srtp.h>
#include <re_tls.h>

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define TCP_BACKLOG 512
#define EXPORT __attribute__((visibility("default")))

static int (*real_udp_listen)(struct udp_sock **, const struct sa *, udp_recv_h *, void *);
static int (*real_laddr)(struct sip *, struct sa *, enum sip_transp, const struct sa *);
static int (*real_tcp_listen)(struct tcp_sock **, const struct sa *, tcp_conn_h *, void *);
static int (*real_tls_start)(struct tls_conn **, struct tls *, struct tcp_conn *, int);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static _Thread_local struct udp_tap *next_tap;
static _Thread_local local_address_handler *on_local_address;
static _Thread_local void *local_address_arg;
static _Thread_local struct sa tls_peer;
static _Thread_local bool is_tls_starting;
static _Thread_local bool is_wildcard_wanted, has_decode_failed, has_foreign_version;

static void find_real(void)
{
	*(void **)&real_udp_listen = dlsym(RTLD_NEXT, "udp_listen");
	*(void **)&real_tcp_listen = dlsym(RTLD_NEXT, "tcp_listen");
	*(void **)&real_tls_start = dlsym(RTLD_NEXT, "tls_start_tcp");
	*(void **)&real_laddr = dlsym(RTLD_NEXT, "sip_transp_laddr");
}

bool interpose_is_in_force(void)
{
	pthread_once(&once, find_real);
	return dlsym(RTLD_DEFAULT, "udp_listen") == (void *)udp_listen &&
	       (void *)real_udp_listen != (void *)udp_listen &&
	       dlsym(RTLD_DEFAULT, "tmr_start") == (void *)tmr_start &&
	       dlsym(RTLD_DEFAULT, "sip_transp_laddr") == (void *)sip_transp_laddr && real_laddr &&
	       dlsym(RTLD_DEFAULT, "tls_start_tcp") == (void *)tls_start_tcp && real_tls_start;
}

void interpose_udp(struct udp_tap *tap)
{
	next_tap = tap;
}

void interpose_local_address(local_address_handler *on_local, void *arg)
{
	on_local_address = on_local;
	local_address_arg = arg;
}

bool interpose_has_foreign_version(void)
{
	return has_foreign_version;
}

/* The version in the Via that the answer goes by, which is of the same other version. */
static void mend_via(char *text, size_t n, const char *version)
{
	for (char *p = text; n >= 8 && p <= text + n - 8; p++)
		if (memcmp(p, version, 7) == 0 && p[7] == '/')
			memcpy(p, "SIP/2.0", 7);
}

/* libre cannot read a request of another SIP version and so could not answer it 505: the version is mended
 * and noted. */
static bool mend_version(struct mbuf *mb)
{
	char *line = (char *)mbuf_buf(mb), *end = memchr(line, '\r', mbuf_get_left(mb));
	char *version = end && end - line > 12 ? end - 7 : NULL;

	if (!version || memcmp(line, "SIP/", 4) == 0 || memcmp(version, "SIP/", 4) != 0 ||
		version[5] != '.' || memcmp(version, "SIP/2.0", 7) == 0)
		return false;
	char sent[8] = "";
	memcpy(sent, version, 7);
	mend_via(end, (size_t)(line + mbuf_get_left(mb) - end), sent);
	memcpy(version, "SIP/2.0", 7);
	return true;
}

static void tap_receive(const struct sa *source, struct mbuf *mb, void *arg)
{
	struct udp_tap *tap = arg;

	if (!tap->is_wanted(source, tap->arg))
		return;
	has_decode_failed = false;
	has_foreign_version = mend_version(mb);
	tap->recv_handler(source, mb, tap->recv_arg);
	has_foreign_version = false;
	if (has_decode_failed)
		tap->on_malformed(source, tap->arg);
}

void interpose_wildcard(bool is_wanted)
{
	is_wildcard_wanted = is_wanted;
}

static struct sa address_to_bind(const struct sa *local)
{
	struct sa wildcard;

	if (!is_wildcard_wanted)
		return *local;
	(void)sa_set_str(&wildcard, sa_af(local) == AF_INET6 ? "::" : "0.0.0.0", sa_port(local));
	return wildcard;
}

EXPORT int tcp_listen(struct tcp_sock **tsp, const struct sa *local, tcp_conn_h *ch, void *arg)
{
	struct sa address;
	int err;

	pthread_once(&once, find_real);
	if (!local)
		return real_tcp_listen(tsp, local, ch, arg);
	address = address_to_bind(local);
	err = real_tcp_listen(tsp, &address, ch, arg);
	if (!err)
		(void)tcp_sock_listen(*tsp, TCP_BACKLOG); /* the library asks for 5 */
	return err;
}

EXPORT int udp_listen(struct udp_sock **usp, const struct sa *local, udp_recv_h *rh, void *arg)
{
	struct udp_tap *tap = next_tap;
	struct sa address;
	int err;

	pthread_once(&once, find_real);
	if (!tap)
		return real_udp_listen(usp, local, rh, arg);
	tap->recv_handler = rh;
	tap->recv_arg = arg;
	address = address_to_bind(local);
	err = real_udp_listen(usp, &address, tap_receive, tap);
	if (!err)
		tap->sock = *usp;
	return err;
}

EXPORT int sip_transp_laddr(struct sip *sip, struct sa *laddr, enum sip_transp tp, const struct sa *dst)
{
	int err;

	pthread_once(&once, find_real);
	err = real_laddr(sip, laddr, tp, dst);
	if (!err && on_local_address)
		on_local_address(laddr, tp, dst, local_address_arg);
	return err;
}

bool interpose_tls_peer(struct sa *ret_peer)
{
	if (is_tls_starting)
		*ret_peer = tls_peer;
	return is_tls_starting;
}

EXPORT int tls_start_tcp(struct tls_conn **ptc, struct tls *tls, struct tcp_conn *tcp, int layer)
{
	int err;

	pthread_once(&once, find_real);
	is_tls_starting = tcp_conn_peer_get(tcp, &tls_peer) == 0;
	err = real_tls_start(ptc, tls, tcp, layer);
	is_tls_starting = false;
	return err;
}

EXPORT int re_fprintf(FILE *stream, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (stream == stderr) {
		if (strstr(fmt, "decode err"))
			has_decode_failed = true;
		return 0;
	}
	va_start(ap, fmt);
	n = re_vfprintf(stream, fmt, ap);
	va_end(ap);
	return n;
}

uint16_t rand_u16(void); /* re_sys.h */
uint32_t rand_u32(void);

static _Thread_local uint16_t next_cseq;

void interpose_next_cseq(uint16_t cseq)
{
	next_cseq = cseq;
}

/* As libre's, but for the CSeq a dialog that is made again begins with. */
EXPORT uint16_t rand_u16(void)
{
	return next_cseq ? next_cseq : (uint16_t)(rand_u32() & 0xffff);
}
