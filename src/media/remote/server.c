/* The thread between one centre and the engine: greets, hands commands on, looks after legs without a centre.
 */
#include "media/remote/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "media/remote/server_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HELLO_MS 5000	 /* for the greeting */
#define CLAIM_MS 60000	 /* for a new centre to say what it goes on with */
#define SAY_WAIT_MS 2000 /* for one that does not read */
#define TURN_MS 1000
#define HELD_MS 2 /* the engine was full: asked again */
#define MESSAGES_PER_TURN 256
#define SOCKET_BYTES (4 << 20)

static void enter(struct remote_server *s, enum remote_stage stage)
{
	s->stage = stage;
	s->since_ms = clock_mono_ms();
}

/* The centre is gone, or never was one. Its legs go on. */
static void part(struct remote_server *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->stage >= REMOTE_CLAIMING && s->stage != REMOTE_LEAVING)
		log_warn("media", 0, "the centre is gone; %zu legs go on without it", s->roll.legs.len);
	roll_unclaim(&s->roll);
	enter(s, REMOTE_ALONE);
}

/* Closes legs nobody goes on with: which is lost (is_lost_only), or all. Asked again each turn while the
 * engine is full. */
static void close_unclaimed(struct remote_server *s)
{
	struct roll_leg *l;

	for (size_t i = 0; (l = map_next(&s->roll.legs, &i));) {
		struct media_command end = {.kind = MEDIA_LEG_CLOSE, .group = l->group, .leg = l->leg};
		if (!l->is_claimed && !l->is_closing)
			l->is_closing = media_send(s->media, &end) == 0;
	}
}

/* A call whose peers all went silent is over, also without a centre that says so. */
static bool is_group_lost(const struct remote_server *s, uint64_t group)
{
	const struct roll_leg *l;

	for (size_t i = 0; (l = map_next(&s->roll.legs, &i));)
		if (l->group == group && !l->is_lost && !l->is_closing)
			return false;
	return true;
}

static void close_lost(struct remote_server *s)
{
	struct roll_leg *l;

	for (size_t i = 0; (l = map_next(&s->roll.legs, &i));) {
		struct media_command end = {.kind = MEDIA_LEG_CLOSE, .group = l->group, .leg = l->leg};
		if (l->is_closing || !l->is_lost || !is_group_lost(s, l->group))
			continue;
		log_warn("media", l->group,
			"nothing comes from its peers any more and no centre asks: closed");
		l->is_closing = media_send(s->media, &end) == 0;
	}
}

/* --- what the centre says
 * -------------------------------------------------------------------------------------------- */

static bool say_found(struct remote_server *s, const struct roll_leg *l, uint8_t *body)
{
	struct remote_found f = {.group = l->group,
		.leg = l->leg,
		.is_webrtc = l->is_webrtc,
		.is_ready = l->is_ready,
		.is_lost = l->is_lost,
		.n_recordings = (uint8_t)l->n_recordings};
	int64_t now = clock_mono_ms();
	size_t n = sizeof(f);

	memcpy(f.plays, l->plays, sizeof(f.plays));
	for (int i = 0; i < l->n_recordings; i++) {
		f.recordings[i].ref = l->recordings[i].ref;
		f.recordings[i].duration_ms = now - l->recordings[i].began_ms;
		str_put(f.recordings[i].path, sizeof(f.recordings[i].path), l->recordings[i].path);
	}
	for (int i = 0; i < MEDIA_NOTES; i++) {
		f.n_notes[i] = (uint32_t)l->notes[i].n;
		if (l->notes[i].n > 0)
			memcpy(body + n, l->notes[i].bytes, l->notes[i].n);
		n += l->notes[i].n;
	}
	memcpy(body, &f, sizeof(f));
	return remote_server_say(s, REMOTE_FOUND, body, n, SAY_WAIT_MS);
}

static bool welcome(struct remote_server *s)
{
	_cleanup_alloc_ uint8_t *body = alloc_zero(REMOTE_BODY_MAX);
	struct remote_welcome w = {0};
	const struct roll_leg *l;
	bool is_there = body != NULL;

	for (size_t i = 0; (l = map_next(&s->roll.legs, &i));)
		w.n_found += !l->is_closing && l->is_opened;
	is_there = is_there && remote_server_say(s, REMOTE_WELCOME, &w, sizeof(w), SAY_WAIT_MS);
	for (size_t i = 0; is_there && (l = map_next(&s->roll.legs, &i));)
		if (!l->is_closing && l->is_opened)
			is_there = say_found(s, l, body);
	return is_there;
}

static bool greeted(struct remote_server *s, const uint8_t *body, size_t n)
{
	struct remote_hello theirs;
	char why[REMOTE_TEXT_MAX];

	if (remote_take(&theirs, sizeof(theirs), body, n) < 0)
		memset(&theirs, 0, sizeof(theirs));
	remote_agrees(&theirs, why, sizeof(why));
	if (*why) {
		log_error("media", 0, "a centre was refused: %s", why);
		remote_server_say(s, REMOTE_REFUSED, why, strlen(why), SAY_WAIT_MS);
		return false;
	}
	if (!welcome(s))
		return false;
	log_info("media", 0, "a centre is there; it finds %zu legs", s->roll.legs.len);
	enter(s, REMOTE_CLAIMING);
	return true;
}

/* The engine may be too far behind: then it is asked again before anything else is read, so that the centre
 * hears of it by a full socket. */
static void carry_out(struct remote_server *s, const struct media_command *c)
{
	s->held = *c;
	s->has_held = media_send(s->media, c) < 0;
}

static void commanded(struct remote_server *s, const uint8_t *body, size_t n)
{
	struct media_command c;

	if (remote_command_read(body, n, &c) < 0)
		log_error("media", 0, "the centre said something that is no command: left out");
	else if (roll_command(&s->roll, &c, clock_mono_ms()) == 0)
		carry_out(s, &c);
	else
		remote_server_on_event(
			&(struct media_event){
				.kind = MEDIA_LEG_FAILED, .group = c.group, .leg = c.leg, .reason = -ENOMEM},
			s);
}

static void kept(struct remote_server *s, const uint8_t *body, size_t n)
{
	struct remote_keep k;
	const uint8_t *bytes;

	if (remote_keep_read(body, n, &k, &bytes) < 0)
		log_error("media", 0, "the centre kept something that is no note: left out");
	else if (roll_keep(&s->roll, k.leg, (int)k.note, bytes, k.bytes) == -ENOMEM)
		log_error("media", 0, "no memory for the note of a leg");
}

static void claimed(struct remote_server *s, const uint8_t *body, size_t n)
{
	uint64_t leg = 0;

	if (remote_take(&leg, sizeof(leg), body, n) == 0)
		roll_claim(&s->roll, leg);
}

/* False: the visit is over. */
static bool hear(struct remote_server *s, const uint8_t *message, size_t n)
{
	enum remote_kind kind;
	const uint8_t *body;

	if (remote_read(message, n, &kind, &body, &n) < 0)
		return false;
	if (s->stage == REMOTE_GREETING)
		return kind == REMOTE_HELLO && greeted(s, body, n);
	switch (kind) {
	case REMOTE_CLAIM:
		claimed(s, body, n);
		return s->stage == REMOTE_CLAIMING;
	case REMOTE_RESUME:
		remote_server_take(s);
		remote_server_keep_claimed(s);
		enter(s, REMOTE_RESUMING);
		return true;
	case REMOTE_COMMAND:
		commanded(s, body, n);
		return true;
	case REMOTE_KEEP:
		kept(s, body, n);
		return true;
	case REMOTE_BYE:
		roll_unclaim(&s->roll);
		enter(s, REMOTE_LEAVING);
		return true;
	default:
		return false;
	}
}

static bool hear_all(struct remote_server *s, uint8_t *buffer)
{
	for (int i = 0; i < MESSAGES_PER_TURN && !s->has_held; i++) {
		ssize_t n = recv(s->fd, buffer, REMOTE_MESSAGE_MAX + 1, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0 || !hear(s, buffer, (size_t)n))
			return false;
	}
	return true;
}

/* --- who comes
 * ------------------------------------------------------------------------------------------------------- */

static bool is_one_of_us(int fd)
{
	struct ucred peer = {0};
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void come_in(struct remote_server *s)
{
	static const char busy[] = "another centre has this media process";
	uint8_t message[sizeof(struct remote_head) + sizeof(busy)];
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC), bytes = SOCKET_BYTES;

	if (fd < 0)
		return;
	if (!is_one_of_us(fd)) {
		log_warn("media", 0, "another user of this machine was turned away from %s", s->path);
		close(fd);
		return;
	}
	if (s->fd >= 0) {
		size_t n = remote_write(REMOTE_REFUSED, busy, sizeof(busy) - 1, message);
		(void)!send(fd, message, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	s->fd = fd;
	enter(s, REMOTE_GREETING);
}

/* What is due by the state alone. False: the visit is over. */
static bool go_on(struct remote_server *s, int64_t now)
{
	bool is_there = true;

	if (s->stage == REMOTE_RESUMING || s->stage == REMOTE_LEAVING)
		close_unclaimed(s);
	if (s->stage == REMOTE_RESUMING && s->roll.n_unclaimed == 0) {
		enter(s, REMOTE_STEADY);
		is_there = remote_server_say(s, REMOTE_RESUMED, NULL, 0, SAY_WAIT_MS);
	}
	if (s->stage == REMOTE_LEAVING && s->roll.legs.len == 0) {
		remote_server_forget(s);
		remote_server_say(s, REMOTE_DONE, NULL, 0, SAY_WAIT_MS);
		return false;
	}
	if (s->stage == REMOTE_STEADY && is_there)
		is_there = remote_server_flush(s);
	if (s->stage == REMOTE_GREETING && now - s->since_ms > HELLO_MS)
		return false;
	return is_there && !(s->stage == REMOTE_CLAIMING && now - s->since_ms > CLAIM_MS);
}

static bool each_second(struct remote_server *s, int64_t now)
{
	struct media_totals totals;

	if (now - s->second_ms < TURN_MS)
		return true;
	s->second_ms = now;
	if (s->stage == REMOTE_STEADY) {
		media_totals(s->media, &totals);
		return remote_server_say(s, REMOTE_TOTALS, &totals, sizeof(totals), 0) || errno == EAGAIN;
	}
	if (s->stage == REMOTE_ALONE) {
		if (now - s->since_ms > s->orphans_ms && s->roll.legs.len > 0) {
			log_warn("media", 0, "no centre came for so long: %zu legs are closed",
				s->roll.legs.len);
			close_unclaimed(s);
		}
		close_lost(s);
	}
	return true;
}

static void turn(struct remote_server *s, uint8_t *buffer)
{
	bool has_out = s->stage == REMOTE_STEADY && s->first < s->out.len;
	struct pollfd p[] = {{.fd = mailbox_fd(s->events), .events = POLLIN},
		{.fd = s->fd, .events = (short)((s->has_held ? 0 : POLLIN) | (has_out ? POLLOUT : 0))},
		{.fd = s->listen_fd, .events = POLLIN}};
	bool is_there = true;

	poll(p, 3, s->has_held ? HELD_MS : TURN_MS);
	if (p[0].revents)
		mailbox_clear(s->events);
	remote_server_take(s);
	if (s->has_held)
		carry_out(s, &s->held);
	if (s->fd >= 0 && p[1].revents)
		is_there = hear_all(s, buffer);
	int64_t now = clock_mono_ms();
	if (s->fd >= 0 && is_there)
		is_there = go_on(s, now);
	if (is_there)
		is_there = each_second(s, now);
	if (!is_there && s->fd >= 0)
		part(s);
	if (p[2].revents) /* after a parting: the next one shall not be told that somebody is there */
		come_in(s);
}

static void *run(void *arg)
{
	struct remote_server *s = arg;
	_cleanup_alloc_ uint8_t *buffer = alloc_zero(REMOTE_MESSAGE_MAX + 1);

	pthread_setname_np(pthread_self(), "remote");
	while (buffer && !atomic_load(&s->is_stopping))
		turn(s, buffer);
	return NULL;
}

/* --- start and stop
 * -------------------------------------------------------------------------------------------------- */

/* A socket file nobody answers on was left by one that was killed. */
static bool is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool is = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return is;
}

static int open_socket(struct remote_server *s, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int err = 0;

	if (str_put(address.sun_path, sizeof(address.sun_path), path) < 0 ||
		strlen(path) > MEDIA_PROCESS_PATH_MAX)
		return -ENAMETOOLONG;
	if (is_served(&address))
		return -EADDRINUSE;
	s->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	mode_t old = umask(0177); /* for its owner only, from the first moment */
	if (bind(s->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(s->listen_fd, 4) < 0)
		err = -errno;
	umask(old);
	if (err == 0)
		str_put(s->path, sizeof(s->path), path);
	return err;
}

int remote_server_start(
	struct remote_server **ret_server, const char *path, const struct media_config *config)
{
	struct remote_server *s = alloc_zero(sizeof(*s));
	struct media_config own = *config;
	int err;

	if (!s)
		return -ENOMEM;
	s->fd = s->listen_fd = -1;
	s->orphans_ms = (config->orphans_s ? config->orphans_s : REMOTE_ORPHANS_S) * INT64_C(1000);
	own.process[0] = '\0';
	enter(s, REMOTE_ALONE);
	s->message = alloc_zero(REMOTE_MESSAGE_MAX);
	err = s->message ? mailbox_new(&s->events, sizeof(struct media_event), REMOTE_EVENTS_MAX) : -ENOMEM;
	if (err == 0)
		err = open_socket(s, path);
	if (err == 0)
		err = media_start(&s->media, &own, remote_server_on_event, s);
	if (err == 0)
		err = -pthread_create(&s->thread, NULL, run, s);
	if (err < 0) {
		remote_server_stop(s);
		return err;
	}
	s->has_thread = true;
	*ret_server = s;
	return 0;
}

void remote_server_stop(struct remote_server *s)
{
	uint64_t one = 1;

	if (!s)
		return;
	atomic_store(&s->is_stopping, true);
	if (s->has_thread) {
		(void)!write(mailbox_fd(s->events), &one, sizeof(one));
		pthread_join(s->thread, NULL);
	}
	media_stop(s->media);
	if (s->fd >= 0)
		close(s->fd);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->path[0])
		unlink(s->path);
	roll_free(&s->roll);
	VEC_FREE(&s->out);
	mailbox_free(s->events);
	alloc_free(s->message);
	alloc_free(s);
}
