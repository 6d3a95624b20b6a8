/* A media process and its centres: everything over its socket, a centre that is gone and comes back, a media
 * process that is gone, strangers. */
#include "base/alloc.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/engine.h"
#include "media/remote/client_state.h"
#include "media/remote/server.h"
#include "media/remote/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 4000 /* times 5 ms */

static char folder[64], socket_path[96];
static struct {
	pthread_mutex_t mutex;
	struct media_event list[256];
	int n;
} told = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void on_event(const struct media_event *event, void *arg)
{
	(void)arg;
	pthread_mutex_lock(&told.mutex);
	if (told.n < 256)
		told.list[told.n++] = *event;
	pthread_mutex_unlock(&told.mutex);
}

static bool find_event(enum media_event_kind kind, uint64_t leg, struct media_event *ret_event)
{
	bool is_there = false;

	pthread_mutex_lock(&told.mutex);
	for (int i = 0; i < told.n && !is_there; i++) {
		is_there = told.list[i].kind == kind && told.list[i].leg == leg;
		if (is_there && ret_event)
			*ret_event = told.list[i];
	}
	pthread_mutex_unlock(&told.mutex);
	return is_there;
}

static bool await(enum media_event_kind kind, uint64_t leg, struct media_event *ret_event)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (find_event(kind, leg, ret_event))
			return true;
		usleep(5000);
	}
	return false;
}

static void forget(void)
{
	pthread_mutex_lock(&told.mutex);
	told.n = 0;
	pthread_mutex_unlock(&told.mutex);
}

static struct media_config usual(void)
{
	struct media_config config = {.bind_address = "127.0.0.1",
		.rtp_port_min = 20000,
		.rtp_port_max = 29998,
		.threads = 1,
		.legs_max = 500};

	if (!folder[0]) {
		str_put(folder, sizeof(folder), "/tmp/markaz-remote-XXXXXX");
		if (!mkdtemp(folder))
			abort();
		str_printf(socket_path, sizeof(socket_path), "%s/media.sock", folder);
	}
	return config;
}

static int serve(struct remote_server **ret_server)
{
	struct media_config config = usual();

	forget();
	return remote_server_start(ret_server, socket_path, &config);
}

static int control(struct media **ret_media)
{
	struct media_config config = usual();
	int err;

	str_put(config.process, sizeof(config.process), socket_path);
	err = media_start(ret_media, &config, on_event, NULL);
	return err;
}

static int open_leg(struct media *media, uint64_t group, uint64_t leg)
{
	struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = group, .leg = leg};

	return media_send(media, &c);
}

/* A centre without our client, so that it can be killed: its socket is closed without a word. */
static int by_hand(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	str_put(address.sun_path, sizeof(address.sun_path), socket_path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool say(int fd, enum remote_kind kind, const void *body, size_t n)
{
	static uint8_t message[REMOTE_MESSAGE_MAX];
	size_t total = remote_write(kind, body, n, message);

	return send(fd, message, total, MSG_NOSIGNAL) == (ssize_t)total;
}

/* Reads on until a message of that kind (and event) comes; its body's length, -1: it is closed. */
static ssize_t hear(int fd, enum remote_kind wanted, enum media_event_kind event, uint8_t *ret_body)
{
	static uint8_t message[REMOTE_MESSAGE_MAX];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 20000) > 0) {
		enum remote_kind kind;
		const uint8_t *body;
		size_t length;
		ssize_t n = recv(fd, message, sizeof(message), 0);
		struct media_event e;
		if (n <= 0 || remote_read(message, (size_t)n, &kind, &body, &length) < 0)
			return -1;
		if (kind != wanted)
			continue;
		if (kind == REMOTE_EVENT && (remote_event_read(body, length, &e) < 0 || e.kind != event))
			continue;
		memcpy(ret_body, body, length);
		return (ssize_t)length;
	}
	return -1;
}

static bool command(int fd, const struct media_command *c)
{
	return say(fd, REMOTE_COMMAND, c, remote_trimmed(c, sizeof(*c)));
}

static int greet(void)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct remote_hello hello = remote_hello();
	int fd = by_hand();

	if (fd < 0 || !say(fd, REMOTE_HELLO, &hello, sizeof(hello)) ||
		hear(fd, REMOTE_WELCOME, 0, body) < 0 || !say(fd, REMOTE_RESUME, NULL, 0) ||
		hear(fd, REMOTE_RESUMED, 0, body) < 0)
		return -1;
	return fd;
}

TEST(commands_and_events_go_through_the_socket)
{
	struct remote_server *server = NULL;
	struct media *media = NULL;
	struct media_event e;
	struct media_totals totals = {0};

	CHECK_INT(serve(&server), 0);
	CHECK_INT(control(&media), 0);
	CHECK(media_found(media, 0) == NULL);
	media_resume(media);
	CHECK_INT(open_leg(media, 7, 71), 0);
	CHECK(await(MEDIA_LEG_OPENED, 71, &e));
	CHECK_STR(e.opened.address, "127.0.0.1");
	CHECK(e.opened.port >= 20000);
	CHECK_INT(e.group, 7);
	struct media_command play = {.kind = MEDIA_PLAY,
		.group = 7,
		.leg = 71,
		.ref = 5,
		.play = {.n = 1, .list = {{"/nowhere.wav"}}}};
	CHECK_INT(media_send(media, &play), 0);
	CHECK(await(MEDIA_PLAY_ENDED, 71, &e));
	CHECK(e.reason < 0 && e.ref == 5);
	for (int i = 0; i < PATIENCE && totals.legs_open != 1; i++) {
		usleep(5000);
		media_totals(media, &totals);
	}
	CHECK_INT(totals.legs_open, 1);
	CHECK_INT(media_send(media, &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 7, .leg = 71}),
		0);
	CHECK(await(MEDIA_LEG_CLOSED, 71, NULL));
	media_stop(media);
	remote_server_stop(server);
	CHECK(access(socket_path, F_OK) < 0);
}

TEST(four_hundred_legs_at_once_are_all_answered)
{
	struct remote_server *server = NULL;
	struct media *media = NULL;
	int n = 0;

	CHECK_INT(serve(&server), 0);
	CHECK_INT(control(&media), 0);
	media_resume(media);
	for (uint64_t i = 1; i <= 400; i++)
		CHECK_INT(open_leg(media, i, i), 0);
	CHECK(await(MEDIA_LEG_OPENED, 200, NULL)); /* the list keeps 256 */
	for (uint64_t i = 1; i <= 400; i++)
		n += media_send(media,
			     &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = i, .leg = i}) == 0;
	CHECK_INT(n, 400);
	media_stop(media); /* says BYE: nothing is left */
	CHECK_INT(control(&media), 0);
	CHECK(media_found(media, 0) == NULL);
	media_resume(media);
	media_stop(media);
	remote_server_stop(server);
}

TEST(only_its_owner_may_open_the_socket)
{
	struct remote_server *server = NULL, *second = NULL;
	struct stat st;

	CHECK_INT(serve(&server), 0);
	CHECK_INT(stat(socket_path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(serve(&second), -EADDRINUSE);
	remote_server_stop(server);
}

TEST(a_socket_left_by_one_that_was_killed_is_replaced)
{
	struct remote_server *server = NULL;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	usual();
	str_put(address.sun_path, sizeof(address.sun_path), socket_path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	CHECK_INT(serve(&server), 0);
	remote_server_stop(server);
}

TEST(legs_outlive_the_centre_with_their_notes_and_what_was_told_to_nobody)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct remote_server *server = NULL;
	struct media *media = NULL;
	struct media_event e;

	CHECK_INT(serve(&server), 0);
	int fd = greet();
	CHECK(fd >= 0);
	for (uint64_t leg = 91; leg <= 92; leg++) {
		CHECK(command(fd, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 9, .leg = leg}));
		CHECK(hear(fd, REMOTE_EVENT, MEDIA_LEG_OPENED, body) > 0);
	}
	struct media_command remote = {.kind = MEDIA_LEG_REMOTE,
		.group = 9,
		.leg = 91,
		.remote = {.address = "127.0.0.1", .port = 9, .codec = SDP_PCMU, .ptime_ms = 20}};
	CHECK(command(fd, &remote));
	struct media_command record = {.kind = MEDIA_RECORD, .group = 9, .leg = 91, .ref = 33};
	str_printf(record.record.path, sizeof(record.record.path), "%s/outlives.wav", folder);
	CHECK(command(fd, &record));
	CHECK(hear(fd, REMOTE_EVENT, MEDIA_RECORD_STARTED, body) > 0);
	struct media_command play = {.kind = MEDIA_PLAY,
		.group = 9,
		.leg = 91,
		.ref = 44,
		.play = {.n = 1, .list = {{"tone:440:300"}}}};
	CHECK(command(fd, &play));
	struct {
		struct remote_keep head;
		char note[8];
	} keep = {.head = {.leg = 91, .note = MEDIA_NOTE_CALL, .bytes = 8}, .note = "a note"};
	CHECK(say(fd, REMOTE_KEEP, &keep, sizeof(keep)));
	close(fd); /* kill -9 */

	CHECK_INT(control(&media), 0);
	const struct media_found *f = media_found(media, 0);
	CHECK(f != NULL && media_found(media, 1) != NULL && media_found(media, 2) == NULL);
	if (f->leg != 91)
		f = media_found(media, 1);
	CHECK_INT(f->leg, 91);
	CHECK_INT(f->group, 9);
	CHECK_INT(f->n_recordings, 1);
	CHECK_INT(f->recordings[0].ref, 33);
	CHECK_STR(f->recordings[0].path, record.record.path);
	CHECK_INT(f->n_notes[MEDIA_NOTE_CALL], 8);
	CHECK_STR((const char *)f->notes[MEDIA_NOTE_CALL], "a note");
	CHECK_INT(f->n_notes[MEDIA_NOTE_SIP], 0);
	media_claim(media, 91);
	media_resume(media);
	/* The other one nobody goes on with: it is closed, and nobody hears of it. */
	CHECK(await(MEDIA_PLAY_ENDED, 91, &e));
	CHECK(e.ref == 44 && e.reason == 0);
	CHECK(!find_event(MEDIA_LEG_CLOSED, 92, NULL) && !find_event(MEDIA_RECORD_ENDED, 91, NULL));
	CHECK_INT(
		media_send(media,
			&(struct media_command){.kind = MEDIA_RECORD_STOP, .group = 9, .leg = 91, .ref = 33}),
		0);
	CHECK(await(MEDIA_RECORD_ENDED, 91, &e));
	CHECK_INT(e.reason, 0);
	media_stop(media);
	remote_server_stop(server);
	unlink(record.record.path);
}

TEST(what_nobody_claims_has_ended_whole_before_the_centre_goes_on)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct remote_server *server = NULL;
	struct media *media = NULL;
	int64_t duration_ms = -1;
	struct stat before, after;

	CHECK_INT(serve(&server), 0);
	int fd = greet();
	CHECK(fd >= 0);
	CHECK(command(fd, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 3, .leg = 31}));
	CHECK(hear(fd, REMOTE_EVENT, MEDIA_LEG_OPENED, body) > 0);
	struct media_command record = {.kind = MEDIA_RECORD, .group = 3, .leg = 31, .ref = 2};
	str_printf(record.record.path, sizeof(record.record.path), "%s/unclaimed.wav", folder);
	CHECK(command(fd, &record));
	CHECK(hear(fd, REMOTE_EVENT, MEDIA_RECORD_STARTED, body) > 0);
	close(fd);
	CHECK_INT(control(&media), 0);
	CHECK(media_found(media, 0) != NULL);
	media_resume(media);
	CHECK_INT(stat(record.record.path, &before), 0);
	CHECK_INT(media_recording_repair(record.record.path, &duration_ms), 0);
	usleep(50000);
	CHECK_INT(stat(record.record.path, &after), 0);
	CHECK_INT(after.st_size, before.st_size);
	CHECK_INT(told.n, 0);
	media_stop(media);
	remote_server_stop(server);
	unlink(record.record.path);
}

TEST(a_second_centre_is_turned_away)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct remote_server *server = NULL;

	CHECK_INT(serve(&server), 0);
	int fd = greet(), other;
	CHECK(fd >= 0);
	other = by_hand();
	CHECK(other >= 0);
	CHECK(hear(other, REMOTE_REFUSED, 0, body) > 0);
	close(other);
	close(fd);
	remote_server_stop(server);
}

TEST(another_version_is_refused_with_a_sentence)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct remote_hello hello = remote_hello();
	struct remote_server *server = NULL;
	char why[REMOTE_TEXT_MAX];

	remote_agrees(&hello, why, sizeof(why));
	CHECK_STR(why, "");
	CHECK_INT(serve(&server), 0);
	hello.command_bytes++;
	int fd = by_hand();
	CHECK(say(fd, REMOTE_HELLO, &hello, sizeof(hello)));
	CHECK(hear(fd, REMOTE_REFUSED, 0, body) > 0);
	CHECK(str_starts_with((const char *)body, "the media process speaks version"));
	CHECK(hear(fd, REMOTE_WELCOME, 0, body) < 0); /* and closed */
	close(fd);
	remote_server_stop(server);
}

TEST(a_media_process_that_dies_is_told_and_the_next_one_is_found)
{
	struct remote_server *server = NULL;
	struct media *media = NULL;
	struct media_event e;

	CHECK_INT(serve(&server), 0);
	CHECK_INT(control(&media), 0);
	media_resume(media);
	CHECK_INT(open_leg(media, 4, 41), 0);
	CHECK(await(MEDIA_LEG_OPENED, 41, NULL));
	struct media_command record = {.kind = MEDIA_RECORD, .group = 4, .leg = 41, .ref = 8};
	str_printf(record.record.path, sizeof(record.record.path), "%s/lost.wav", folder);
	CHECK_INT(media_send(media, &record), 0);
	CHECK(await(MEDIA_RECORD_STARTED, 41, NULL));
	remote_server_stop(server);
	CHECK(await(MEDIA_LEG_LOST, 41, &e));
	CHECK_INT(e.reason, -EPIPE);
	CHECK(find_event(MEDIA_RECORD_ENDED, 41, &e));
	CHECK(e.ref == 8 && e.reason == -EPIPE);
	CHECK_INT(media_send(media, &(struct media_command){.kind = MEDIA_LEG_CLOSE, .group = 4, .leg = 41}),
		0);
	CHECK(await(MEDIA_LEG_CLOSED, 41, NULL));
	CHECK_INT(open_leg(media, 4, 42), 0); /* none is there */
	CHECK(await(MEDIA_LEG_FAILED, 42, &e));
	CHECK_INT(serve(&server), 0);
	bool is_open = false;
	for (uint64_t leg = 43; leg < 43 + 200 && !is_open; leg++) {
		CHECK_INT(open_leg(media, 4, leg), 0);
		usleep(100000);
		is_open = find_event(MEDIA_LEG_OPENED, leg, NULL);
	}
	CHECK(is_open);
	media_stop(media);
	remote_server_stop(server);
	unlink(record.record.path);
}

TEST(legs_no_centre_asks_for_end)
{
	static uint8_t body[REMOTE_BODY_MAX];
	struct media_config config = usual();
	struct remote_server *server = NULL;
	struct media *media = NULL;
	bool is_there = true;

	config.orphans_s = 1;
	CHECK_INT(remote_server_start(&server, socket_path, &config), 0);
	int fd = greet();
	CHECK(fd >= 0);
	CHECK(command(fd, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 5, .leg = 51}));
	CHECK(hear(fd, REMOTE_EVENT, MEDIA_LEG_OPENED, body) > 0);
	close(fd);
	sleep(1);
	for (int i = 0; i < 40 && is_there; i++) {
		usleep(500000 + 1100000 * (i > 0)); /* longer than the time they are given */
		CHECK_INT(control(&media), 0);
		is_there = media_found(media, 0) != NULL;
		if (is_there) /* left again without a word: nothing is claimed or closed */
			shutdown(media->remote->fd, SHUT_RDWR);
		media_stop(media);
	}
	CHECK(!is_there);
	remote_server_stop(server);
}

TEST(hostile_commands_are_no_commands)
{
	struct media_command c = {.kind = MEDIA_PLAY, .group = 1, .leg = 1}, out;
	uint8_t bytes[sizeof(c) + 1] = {0};

	memcpy(bytes, &c, sizeof(c));
	CHECK_INT(remote_command_read(bytes, sizeof(c), &out), 0);
	CHECK_INT(remote_command_read(bytes, sizeof(c) + 1, &out), -EBADMSG);
	CHECK_INT(remote_command_read(bytes, 0, &out), -EBADMSG);
	memset(bytes + offsetof(struct media_command, play.list[0]), 'x', MEDIA_PATH_MAX);
	CHECK_INT(remote_command_read(bytes, sizeof(c), &out), -EBADMSG);
	memcpy(bytes, &c, sizeof(c));
	bytes[offsetof(struct media_command, play.is_looped)] = 2;
	CHECK_INT(remote_command_read(bytes, sizeof(c), &out), -EBADMSG);
	c.play.n = MEDIA_PLAYLIST_MAX + 1;
	memcpy(bytes, &c, sizeof(c));
	CHECK_INT(remote_command_read(bytes, sizeof(c), &out), -EBADMSG);
	c = (struct media_command){.kind = MEDIA_DTMF_BY_SIGNALLING + 1, .leg = 1};
	memcpy(bytes, &c, sizeof(c));
	CHECK_INT(remote_command_read(bytes, sizeof(c), &out), -EBADMSG);
}

TEST_OOM(the_roll_survives_without_memory)
{
	struct roll r = {0};
	struct media_command open = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = 2};
	int err = roll_command(&r, &open, 0);

	if (err == 0)
		err = roll_keep(&r, 2, MEDIA_NOTE_SIP, "x", 1);
	roll_free(&r);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
}
