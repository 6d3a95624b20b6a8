/* A certificate that may change under way: read again when its file changed, or when asked (SIGHUP), at the
 * next handshake. What cannot be used is told once and changes nothing: connections go on with the one
 * before. Invariant: certificate, key and chain in hand belong together. One belongs to the thread whose
 * handshakes ask for it. */
#pragma once
#include <stdint.h>

struct ssl_ctx_st;
struct cert_live;

/* Reads the chain (PEM: the certificate, then those between it and the root) from path and the key from
 * key_path ("" or NULL: the same file), and answers the handshakes of ctx with it, the whole chain sent (RFC
 * 8446 section 4.4.2). room: who, for the log. 0; -ENOMEM; -ENOENT and other -errno of opening; -EINVAL: no
 * certificate, no key, or they do not belong together. Lives until cert_live_free, at least as long as ctx
 * shakes hands. */
int cert_live_new(struct cert_live **ret_live, struct ssl_ctx_st *ctx, const char *room, const char *path,
	const char *key_path);
void cert_live_free(struct cert_live *live);
/* Reads again now where the files changed or a reload was asked for. 1: a new one is in force; 0: nothing
 * changed; -errno as above, logged: the one before stays. */
int cert_live_look(struct cert_live *live);
/* Every certificate of this process is read again at its next handshake, whatever its file looks like. Any
 * thread. */
void cert_live_reload_all(void);
