/* See registrations.h. Lines, fields divided by tabs:
 *
 *   A login proof                the contacts of the account follow, those said before are void
 *   C until transport source cseq reg-id q reachable uri path call-id instance program
 *
 * proof is a hash of what stands for the account's password: contacts of before a change of it are void. */
#include "sip/registrations.h"
#include "sip/directory.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_MS 1000
#define PENDING_MAX (1 << 20)	     /* bytes held back: then they are written at once */
#define GROWTH 4		     /* times what it says */
#define GROWTH_MIN (1 << 20)	     /* no need to write small files anew */
#define FILE_MAX (INT64_C(64) << 20) /* what is read of one; more is not ours */
#define REMAINING_MAX_MS 3600000
#define PROOF_SIZE 17
#define FIELDS 12
#define SPREAD_MS 1000		/* restored contacts are asked within that, */
#define SPREAD_PER_CONTACT_MS 4 /* and so much longer for each */

struct registrations {
	struct room *room;
	int fd; /* of the file, to append; -1: not written */
	struct mbuf *pending;
	int64_t size, whole; /* bytes in the file; when it was last written whole */
	struct tmr tmr;
	bool is_full; /* said that it cannot be written */
};

static void proof_of(const struct account *account, char ret_proof[PROOF_SIZE])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)account->config.ha1_md5,
		strlen(account->config.ha1_md5), NULL, 0);
	sodium_bin2hex(ret_proof, PROOF_SIZE, hash, (PROOF_SIZE - 1) / 2);
}

static int write_account(struct mbuf *mb, const struct account *account)
{
	int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
	char proof[PROOF_SIZE];
	int err;

	proof_of(account, proof);
	err = mbuf_printf(mb, "A\t%s\t%s\n", account->config.login, proof);
	for (int i = 0; i < account->n_bindings; i++) {
		const struct contact *at = &account->bindings[i]->at;
		err |= mbuf_printf(mb, "C\t%lld\t%d\t%J\t%u\t%u\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n",
			(long long)(wall_ms + at->expires_ms - mono_ms), (int)at->tp, &at->source, at->cseq,
			at->reg_id, at->q, !account->bindings[i]->is_unreachable, at->uri, at->path,
			at->call_id, at->instance, at->user_agent);
	}
	return -err;
}

static int write_all(int fd, const struct mbuf *mb)
{
	for (size_t done = 0; done < mb->end;) {
		ssize_t n = write(fd, mb->buf + done, mb->end - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The file anew: written beside, put in its place, open to append. */
static int write_whole(struct registrations *r)
{
	const char *path = r->room->config.registrations_path, *login;
	struct mbuf *mb = mbuf_alloc(65536);
	struct account *account;
	char beside[280];
	int err = mb ? 0 : -ENOMEM;

	for (size_t i = 0; !err && (account = strmap_next(&r->room->directory->logins, &i, &login));)
		if (account->n_bindings)
			err = write_account(mb, account);
	(void)str_printf(beside, sizeof(beside), "%s.new", path);
	int fd = err ? -1 : open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (!err)
		err = fd < 0 ? -errno : write_all(fd, mb);
	if (!err && rename(beside, path) < 0)
		err = -errno;
	if (err) {
		if (fd >= 0)
			close(fd);
	} else {
		if (r->fd >= 0)
			close(r->fd);
		r->fd = fd;
		r->size = r->whole = (int64_t)mb->end;
		mbuf_rewind(r->pending);
	}
	mem_deref(mb);
	return err;
}

static void flush(struct registrations *r)
{
	int64_t limit = GROWTH * r->whole > GROWTH_MIN ? GROWTH * r->whole : GROWTH_MIN;
	int err;

	tmr_cancel(&r->tmr);
	if (r->pending->end == 0 && r->fd >= 0)
		return;
	if (r->fd < 0 || r->size + (int64_t)r->pending->end > limit) {
		err = write_whole(r);
	} else {
		err = write_all(r->fd, r->pending);
		r->size += (int64_t)r->pending->end;
		mbuf_rewind(r->pending);
	}
	if (err < 0 && !r->is_full)
		log_warn("sip", 0,
			"%s cannot be written (%s): after a restart telephones are called only when they "
			"have registered again",
			r->room->config.registrations_path, strerror(-err));
	if (err < 0 && r->fd >= 0) { /* the next change begins with a whole file */
		close(r->fd);
		r->fd = -1;
	}
	r->is_full = err < 0;
	mbuf_rewind(r->pending);
}

static void on_flush(void *arg)
{
	flush(arg);
}

void registrations_changed(struct account *account)
{
	struct registrations *r = account->room->registrations;

	if (!r)
		return;
	if (write_account(r->pending, account) < 0 || r->pending->end > PENDING_MAX)
		flush(r);
	else if (!tmr_isrunning(&r->tmr))
		tmr_start(&r->tmr, FLUSH_MS, on_flush, r);
}

/* Cuts line into FIELDS at its tabs. False when there are more or fewer. */
static bool split(char *line, char *ret_fields[FIELDS])
{
	int n = 0;

	for (char *p = line; p; n++) {
		char *tab = strchr(p, '\t');
		if (n == FIELDS)
			return false;
		ret_fields[n] = p;
		if (tab)
			*tab++ = '\0';
		p = tab;
	}
	return n == FIELDS;
}

int registrations_parse(char *line, int64_t wall_ms, struct contact *ret_at, bool *ret_is_reachable)
{
	struct contact at = {0};
	int64_t until_ms, tp, cseq, reg_id, q, reachable;
	char *f[FIELDS];

	if (!split(line, f) || str_to_int(f[0], 0, INT64_MAX, &until_ms) < 0 ||
		str_to_int(f[1], SIP_TRANSP_UDP, SIP_TRANSP_TLS, &tp) < 0 ||
		sa_decode(&at.source, f[2], strlen(f[2])) != 0 ||
		str_to_int(f[3], 0, UINT32_MAX, &cseq) < 0 || str_to_int(f[4], 0, UINT32_MAX, &reg_id) < 0 ||
		str_to_int(f[5], 0, Q_MAX, &q) < 0 || str_to_int(f[6], 0, 1, &reachable) < 0)
		return -EINVAL;
	if (str_put(at.uri, sizeof(at.uri), f[7]) < 0 || str_put(at.path, sizeof(at.path), f[8]) < 0 ||
		str_put(at.call_id, sizeof(at.call_id), f[9]) < 0 ||
		str_put(at.instance, sizeof(at.instance), f[10]) < 0 ||
		str_put(at.user_agent, sizeof(at.user_agent), f[11]) < 0 || !at.uri[0])
		return -EINVAL;
	int64_t left_ms = until_ms > wall_ms ? until_ms - wall_ms : 0;
	at.tp = (enum sip_transp)tp;
	at.cseq = (uint32_t)cseq;
	at.reg_id = (uint32_t)reg_id;
	at.q = (int)q;
	at.expires_ms = clock_mono_ms() + (left_ms < REMAINING_MAX_MS ? left_ms : REMAINING_MAX_MS);
	*ret_at = at;
	*ret_is_reachable = reachable;
	return left_ms > 0 ? 0 : -ETIME;
}

/* A connection does not survive us. Where the phone's Contact is the address it called from, it may listen
 * there. */
static void leave_connection(struct contact *at)
{
	struct uri uri;
	struct pl pl;
	struct sa told;

	pl_set_str(&pl, at->uri);
	if (at->tp == SIP_TRANSP_UDP || uri_decode(&uri, &pl) != 0 ||
		sa_set(&told, &uri.host,
			uri.port		   ? uri.port
			: at->tp == SIP_TRANSP_TLS ? 5061
						   : 5060) != 0)
		return;
	if (sa_cmp(&told, &at->source, SA_ADDR))
		at->source = told;
}

static void restore_contact(struct account *account, char *line)
{
	bool is_reachable;
	struct contact at;

	if (account->n_bindings == BINDINGS_MAX ||
		registrations_parse(line, clock_wall_ms(), &at, &is_reachable) < 0)
		return;
	leave_connection(&at);
	struct binding *b = contact_new(account, &at);
	if (!b)
		return;
	b->is_unreachable = account->room->config.qualify_interval_s > 0 &&
			    (!is_reachable || (at.tp != SIP_TRANSP_UDP && !at.path[0]));
	account->bindings[account->n_bindings++] = b;
}

static struct account *account_of(struct room *room, char *line)
{
	char *tab = strchr(line, '\t'), proof[PROOF_SIZE];
	struct account *account;

	if (!tab)
		return NULL;
	*tab = '\0';
	account = strmap_get(&room->directory->logins, line);
	if (!account)
		return NULL;
	proof_of(account, proof);
	contact_remove_all(account);
	return str_equal(tab + 1, proof) ? account : NULL;
}

/* A text of the whole file with a final '\0', by alloc; NULL when there is none. */
static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t done = 0;

	if (fd < 0)
		return NULL;
	char *text = fstat(fd, &st) == 0 && st.st_size < FILE_MAX ? alloc_zero((size_t)st.st_size + 1) : NULL;
	while (text && done < (size_t)st.st_size) {
		ssize_t n = read(fd, text + done, (size_t)st.st_size - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
	return text;
}

static void restore_lines(struct room *room, char *text)
{
	struct account *account = NULL;

	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			return; /* cut off in the middle */
		*next++ = '\0';
		if (line[0] == 'A' && line[1] == '\t')
			account = account_of(room, line + 2);
		else if (account && line[0] == 'C' && line[1] == '\t')
			restore_contact(account, line + 2);
	}
}

void registrations_restore(struct room *room)
{
	struct registrations *r;
	struct account *account;
	const char *login;
	int n = 0;

	if (room->registrations || !room->config.registrations_path[0])
		return;
	r = alloc_zero(sizeof(*r));
	_cleanup_alloc_ char *text = read_file(room->config.registrations_path);
	if (!r || !(r->pending = mbuf_alloc(4096))) {
		alloc_free(r);
		return;
	}
	r->room = room;
	r->fd = -1;
	room->registrations = r;
	if (text)
		restore_lines(room, text);
	for (size_t i = 0; (account = strmap_next(&room->directory->logins, &i, &login));)
		n += account->n_bindings;
	uint64_t spread_ms = SPREAD_MS + (uint64_t)n * SPREAD_PER_CONTACT_MS;
	for (size_t i = 0; (account = strmap_next(&room->directory->logins, &i, &login));) {
		for (int k = 0; k < account->n_bindings; k++)
			qualify_start(account->bindings[k],
				qualify_spread(account->bindings[k]->is_unreachable ? SPREAD_MS : spread_ms));
		if (account->n_bindings)
			contact_tell(account, "restored");
	}
	if (n)
		log_info("sip", 0, "%d registrations of telephones kept over the restart", n);
}

void registrations_close(struct room *room)
{
	struct registrations *r = room->registrations;

	if (!r)
		return;
	tmr_cancel(&r->tmr);
	(void)write_whole(r);
	if (r->fd >= 0)
		close(r->fd);
	mem_deref(r->pending);
	alloc_free(r);
	room->registrations = NULL;
	room->config.registrations_path[0] = '\0'; /* contacts that end with us are not forgotten on disk */
}
