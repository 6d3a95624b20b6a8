/* The socket of the centre's side: greeting, sending from any thread, one thread that receives. */
#include "media/remote/client.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "media/remote/client_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_WAIT_MS 10000 /* for the media process at the start */
#define CONNECT_RETRY_MS 50
#define AGAIN_MS 200	/* between tries after it was lost */
#define ANSWER_MS 10000 /* for an answer of the greeting: recordings are being closed */
#define SPILL_MAX (8 << 20)
#define SOCKET_BYTES (4 << 20)

/* --- greeting: the socket is this function's alone
 * ---------------------------------------------------------------------------------------------------------
 */

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), bytes = SOCKET_BYTES, err;

	if (fd < 0)
		return -errno;
	str_put(address.sun_path, sizeof(address.sun_path), path);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int say(int fd, enum remote_kind kind, const void *body, size_t n)
{
	uint8_t message[sizeof(struct remote_head) + sizeof(struct remote_hello)];
	size_t total = remote_write(kind, body, n, message);

	return send(fd, message, total, MSG_NOSIGNAL) == (ssize_t)total ? 0 : -errno;
}

/* The next message: 0, -ETIMEDOUT, -EPIPE when it is gone, -EBADMSG. */
static int hear(
	struct remote_client *c, int fd, enum remote_kind *ret_kind, const uint8_t **ret_body, size_t *ret_n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, ANSWER_MS) <= 0)
		return -ETIMEDOUT;
	ssize_t n = recv(fd, c->received, REMOTE_MESSAGE_MAX + 1, 0);
	if (n <= 0)
		return -EPIPE;
	return remote_read(c->received, (size_t)n, ret_kind, ret_body, ret_n);
}

static void free_found(struct remote_client *c)
{
	VEC_EACH(&c->found, i)
	for (int k = 0; k < MEDIA_NOTES; k++)
		alloc_free((void *)c->found.at[i].notes[k]);
	VEC_FREE(&c->found);
}

static int take_found(struct remote_client *c, const uint8_t *body, size_t n)
{
	struct media_found f;
	int err = remote_found_read(body, n, &f);

	if (err < 0)
		return err;
	for (int k = 0; k < MEDIA_NOTES; k++)
		f.notes[k] = f.n_notes[k] ? alloc_dup(f.notes[k], f.n_notes[k]) : NULL;
	return VEC_PUSH(&c->found, f);
}

static int refused(const uint8_t *body, size_t n)
{
	char why[REMOTE_TEXT_MAX];

	str_put_n(why, sizeof(why), (const char *)body, n);
	if (strstr(why, "another centre"))
		return -EBUSY;
	log_error("media", 0, "the media process refuses: %s", why);
	return -EPROTO;
}

/* Says HELLO and reads what is there. 0 or -errno. */
static int greet(struct remote_client *c, int fd)
{
	struct remote_hello hello = remote_hello();
	struct remote_welcome welcome;
	enum remote_kind kind;
	const uint8_t *body;
	size_t n;
	int err = say(fd, REMOTE_HELLO, &hello, sizeof(hello));

	if (err == 0 || err == -EPIPE) /* refused at once: why, is there to be read */
		err = hear(c, fd, &kind, &body, &n);
	if (err < 0)
		return err;
	if (kind == REMOTE_REFUSED)
		return refused(body, n);
	if (kind != REMOTE_WELCOME || remote_take(&welcome, sizeof(welcome), body, n) < 0)
		return -EBADMSG;
	for (uint32_t i = 0; i < welcome.n_found && err == 0; i++) {
		err = hear(c, fd, &kind, &body, &n);
		if (err == 0)
			err = kind == REMOTE_FOUND ? take_found(c, body, n) : -EBADMSG;
	}
	return err;
}

/* Claims are made: from here on events come. */
static int resume(struct remote_client *c, int fd)
{
	enum remote_kind kind = REMOTE_HELLO;
	const uint8_t *body;
	size_t n;
	int err = say(fd, REMOTE_RESUME, NULL, 0);

	if (err == 0)
		err = hear(c, fd, &kind, &body, &n);
	return err < 0 ? err : kind == REMOTE_RESUMED ? 0 : -EBADMSG;
}

static int meet(struct remote_client *c)
{
	int fd = dial(c->path);
	int err = fd < 0 ? fd : greet(c, fd);

	if (err < 0 && fd >= 0)
		close(fd);
	if (err < 0)
		free_found(c);
	return err < 0 ? err : fd;
}

/* --- sending
 * -------------------------------------------------------------------------------------------------------------
 */

static int spill(struct remote_client *c, const uint8_t *message, size_t n)
{
	uint32_t length = (uint32_t)n;
	uint64_t one = 1;

	if (c->spill.len - c->spilled_from + n > SPILL_MAX ||
		!VEC_RESERVE(&c->spill, c->spill.len + sizeof(length) + n))
		return -ENOBUFS;
	memcpy(c->spill.at + c->spill.len, &length, sizeof(length));
	memcpy(c->spill.at + c->spill.len + sizeof(length), message, n);
	c->spill.len += sizeof(length) + n;
	(void)!write(c->wake_fd, &one, sizeof(one));
	return 0;
}

/* Under the mutex. 0 or -ENOBUFS; a socket that broke is the thread's affair. */
static int put(struct remote_client *c, size_t n)
{
	if (c->spill.len > 0)
		return spill(c, c->message, n);
	if (send(c->fd, c->message, n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? spill(c, c->message, n) : 0;
}

/* Under the mutex. False: the socket is full again. */
static bool unspill(struct remote_client *c)
{
	while (c->spilled_from < c->spill.len) {
		uint32_t length;
		memcpy(&length, c->spill.at + c->spilled_from, sizeof(length));
		if (send(c->fd, c->spill.at + c->spilled_from + sizeof(length), length,
			    MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
			(errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
			return false;
		c->spilled_from += sizeof(length) + length;
	}
	c->spill.len = c->spilled_from = 0;
	return true;
}

int remote_client_send(struct remote_client *c, const struct media_command *command)
{
	struct roll_leg *l;
	int err = 0;

	pthread_mutex_lock(&c->mutex);
	l = command->leg ? roll_get(&c->roll, command->leg) : NULL;
	if (c->fd < 0 || (l && l->is_dead)) {
		pthread_mutex_unlock(&c->mutex);
		remote_client_answer(c, command);
		return 0;
	}
	err = roll_command(&c->roll, command, clock_mono_ms()) < 0 ? -ENOBUFS : 0;
	if (err == 0) {
		size_t n = remote_write(
			REMOTE_COMMAND, command, remote_trimmed(command, sizeof(*command)), c->message);
		err = put(c, n);
		if (err < 0 && command->kind == MEDIA_LEG_OPEN)
			roll_remove(&c->roll, command->leg);
	}
	if (err < 0 && command->kind == MEDIA_LEG_CLOSE && l)
		l->is_closing = false;
	pthread_mutex_unlock(&c->mutex);
	return err;
}

int remote_client_keep(
	struct remote_client *c, uint64_t leg, enum media_note note, const void *bytes, size_t n)
{
	struct remote_keep keep = {.leg = leg, .note = note, .bytes = (uint32_t)n};
	uint8_t *body = c->message + sizeof(struct remote_head);
	int err = 0;

	pthread_mutex_lock(&c->mutex);
	if (c->fd >= 0) {
		remote_write(REMOTE_KEEP, &keep, sizeof(keep), c->message);
		if (n > 0)
			memcpy(body + sizeof(keep), bytes, n);
		err = put(c, sizeof(struct remote_head) + sizeof(keep) + n);
	}
	pthread_mutex_unlock(&c->mutex);
	return err;
}

void remote_client_totals(struct remote_client *c, struct media_totals *ret_totals)
{
	pthread_mutex_lock(&c->mutex);
	*ret_totals = c->totals;
	pthread_mutex_unlock(&c->mutex);
}

/* --- receiving
 * ----------------------------------------------------------------------------------------------------------
 */

static void take_event(struct remote_client *c, const uint8_t *body, size_t n)
{
	struct media_event e;

	if (remote_event_read(body, n, &e) < 0) {
		log_error("media", 0, "the media process told something that is no event: left out");
		return;
	}
	pthread_mutex_lock(&c->mutex);
	roll_event(&c->roll, &e);
	pthread_mutex_unlock(&c->mutex);
	c->on_event(&e, c->arg);
}

/* All there is. False: the media process is gone. */
static bool receive(struct remote_client *c)
{
	enum remote_kind kind;
	const uint8_t *body;
	size_t length;

	for (;;) {
		ssize_t n = recv(c->fd, c->received, REMOTE_MESSAGE_MAX + 1, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0 || remote_read(c->received, (size_t)n, &kind, &body, &length) < 0 ||
			kind == REMOTE_DONE)
			return false;
		if (kind == REMOTE_EVENT) {
			take_event(c, body, length);
		} else if (kind == REMOTE_TOTALS) {
			pthread_mutex_lock(&c->mutex);
			remote_take(&c->totals, sizeof(c->totals), body, length);
			pthread_mutex_unlock(&c->mutex);
		}
	}
}

static void lose(struct remote_client *c)
{
	pthread_mutex_lock(&c->mutex);
	close(c->fd);
	c->fd = -1;
	c->spill.len = c->spilled_from = 0;
	c->totals = (struct media_totals){0};
	pthread_mutex_unlock(&c->mutex);
	if (!atomic_load(&c->is_stopping))
		log_error("media", 0,
			"the media process is gone; its calls end. Waiting for the next one at %s", c->path);
	remote_client_lost(c);
}

/* A new media process, or the old one without its legs. */
static void find_again(struct remote_client *c)
{
	int fd = meet(c);

	if (fd >= 0 && resume(c, fd) < 0) {
		close(fd);
		fd = -1;
	}
	free_found(c);
	if (fd < 0) {
		struct pollfd wake = {.fd = c->wake_fd, .events = POLLIN};
		poll(&wake, 1, AGAIN_MS);
		return;
	}
	pthread_mutex_lock(&c->mutex);
	c->fd = fd;
	pthread_mutex_unlock(&c->mutex);
	log_info("media", 0, "there is a media process again");
}

static void turn(struct remote_client *c)
{
	uint64_t count;

	pthread_mutex_lock(&c->mutex);
	bool has_spill = c->spill.len > 0;
	pthread_mutex_unlock(&c->mutex);
	struct pollfd p[] = {{.fd = c->fd, .events = (short)(POLLIN | (has_spill ? POLLOUT : 0))},
		{.fd = c->wake_fd, .events = POLLIN}};

	poll(p, 2, -1);
	if (p[1].revents)
		(void)!read(c->wake_fd, &count, sizeof(count));
	if (p[0].revents & POLLOUT) {
		pthread_mutex_lock(&c->mutex);
		unspill(c);
		pthread_mutex_unlock(&c->mutex);
	}
	if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) && !receive(c))
		lose(c);
}

static void *run(void *arg)
{
	struct remote_client *c = arg;

	pthread_setname_np(pthread_self(), "remote");
	/* fd is changed by this thread alone. */
	while (!atomic_load(&c->is_stopping)) {
		if (c->fd < 0)
			find_again(c);
		else
			turn(c);
	}
	return NULL;
}

/* --- the beginning and the end
 * ------------------------------------------------------------------------------------------ */

const struct media_found *remote_client_found(const struct remote_client *c, size_t i)
{
	return i < c->found.len ? &c->found.at[i] : NULL;
}

static void enroll(struct remote_client *c, const struct media_found *f)
{
	struct roll_leg *l = roll_get(&c->roll, f->leg);

	if (l || !(l = roll_add(&c->roll, f->group, f->leg)))
		return;
	l->is_webrtc = f->is_webrtc;
	l->is_opened = true;
	l->is_ready = f->is_ready;
	l->is_lost = f->is_lost;
	memcpy(l->plays, f->plays, sizeof(l->plays));
	l->n_recordings = f->n_recordings;
	for (int i = 0; i < f->n_recordings; i++) {
		l->recordings[i] = (struct roll_recording){.ref = f->recordings[i].ref};
		str_put(l->recordings[i].path, sizeof(l->recordings[i].path), f->recordings[i].path);
	}
}

void remote_client_claim(struct remote_client *c, uint64_t leg)
{
	if (c->fd < 0)
		return;
	VEC_EACH(&c->found, i)
	if (c->found.at[i].leg == leg)
		enroll(c, &c->found.at[i]);
	(void)say(c->fd, REMOTE_CLAIM, &leg, sizeof(leg)); /* gone: the thread will see it */
}

void remote_client_resume(struct remote_client *c)
{
	int err = resume(c, c->fd);

	if (err < 0) {
		log_error("media", 0, "the media process does not go on (error %d)", err);
		lose(c);
	}
	free_found(c);
	err = pthread_create(&c->thread, NULL, run, c);
	c->has_thread = err == 0;
	if (err)
		log_error("media", 0, "no thread for the media process: error %d", err);
}

int remote_client_start(
	struct remote_client **ret_client, const char *path, media_event_handler *on_event, void *arg)
{
	struct remote_client *c = alloc_zero(sizeof(*c));
	int64_t until = clock_mono_ms() + CONNECT_WAIT_MS;
	int err = -ENAMETOOLONG;

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->mutex, NULL);
	c->on_event = on_event;
	c->arg = arg;
	c->fd = -1;
	c->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	c->received = alloc_zero(REMOTE_MESSAGE_MAX + 1);
	c->message = alloc_zero(REMOTE_MESSAGE_MAX);
	if (strlen(path) <= MEDIA_PROCESS_PATH_MAX)
		err = c->wake_fd < 0 || !c->received || !c->message ? -ENOMEM : 0;
	if (err == 0) {
		str_put(c->path, sizeof(c->path), path);
		while ((err = c->fd = meet(c)) < 0 && clock_mono_ms() < until &&
			(err == -ENOENT || err == -ECONNREFUSED || err == -EBUSY || err == -EPIPE))
			usleep(CONNECT_RETRY_MS * 1000);
	}
	if (err < 0) {
		remote_client_stop(c);
		return err;
	}
	*ret_client = c;
	return 0;
}

/* Waits until the media process says that everything is closed, its files whole. */
static void say_bye(struct remote_client *c)
{
	enum remote_kind kind = REMOTE_HELLO;
	const uint8_t *body;
	size_t n;

	pthread_mutex_lock(&c->mutex);
	unspill(c);
	pthread_mutex_unlock(&c->mutex);
	if (say(c->fd, REMOTE_BYE, NULL, 0) < 0)
		return;
	while (kind != REMOTE_DONE && hear(c, c->fd, &kind, &body, &n) == 0)
		if (kind == REMOTE_EVENT)
			take_event(c, body, n);
}

void remote_client_stop(struct remote_client *c)
{
	uint64_t one = 1;

	if (!c)
		return;
	atomic_store(&c->is_stopping, true);
	if (c->has_thread) {
		(void)!write(c->wake_fd, &one, sizeof(one));
		pthread_join(c->thread, NULL);
	}
	if (c->fd >= 0) {
		say_bye(c);
		close(c->fd);
	}
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	free_found(c);
	roll_free(&c->roll);
	VEC_FREE(&c->spill);
	pthread_mutex_destroy(&c->mutex);
	alloc_free(c->received);
	alloc_free(c->message);
	alloc_free(c);
}
