/* The proof: audio threads allocate nothing, take no lock, write no file and log nothing once a leg is set
 * up.
 *
 * This program replaces malloc and its kin, the locks, write, fsync and syslog by ones that count what a
 * thread called "audio" does, libraries included (ELF interposition: libopus, spandsp, libc itself call these
 * too). Calls run through every path; the counts must stay at zero. Built with a sanitizer, which owns
 * malloc, the allocator is left alone. */
#include "harness/test.h"
#include "base/str.h"
#include "media/test_peer.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

static _Atomic bool is_watching;
static _Atomic int n_allocations, n_locks, n_writes, n_logs;
static _Thread_local int is_audio; /* 0: not known yet */

static bool is_watched(void)
{
	char name[16] = "";

	if (!atomic_load_explicit(&is_watching, memory_order_relaxed) || rig_is_telling)
		return false;
	if (is_audio == 0) {
		pthread_getname_np(pthread_self(), name, sizeof(name));
		is_audio = strcmp(name, "audio") == 0 ? 1 : -1;
	}
	return is_audio == 1;
}

static void count(_Atomic int *n)
{
	if (is_watched())
		atomic_fetch_add(n, 1);
}

#ifndef __SANITIZE_ADDRESS__
#define COUNTS_MEMORY 1
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t), __libc_free(void *);

SHOWN void *malloc(size_t n)
{
	count(&n_allocations);
	return __libc_malloc(n);
}
SHOWN void *calloc(size_t n, size_t size)
{
	count(&n_allocations);
	return __libc_calloc(n, size);
}
SHOWN void *realloc(void *p, size_t n)
{
	count(&n_allocations);
	return __libc_realloc(p, n);
}
SHOWN void free(void *p)
{
	if (p)
		count(&n_allocations);
	__libc_free(p);
}
SHOWN int posix_memalign(void **ret_p, size_t align, size_t n)
{
	count(&n_allocations);
	*ret_p = __libc_memalign(align, n);
	return *ret_p ? 0 : ENOMEM;
}
#else
#define COUNTS_MEMORY 0
#endif

static int (*real_lock)(pthread_mutex_t *);
static int (*real_read_lock)(pthread_rwlock_t *), (*real_write_lock)(pthread_rwlock_t *);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_sync)(int), (*real_data_sync)(int);

#define FIND(pointer, name) *(void **)(void *)&(pointer) = dlsym(RTLD_NEXT, name)
__attribute__((constructor(101))) static void find_real(void)
{
	FIND(real_lock, "pthread_mutex_lock");
	FIND(real_read_lock, "pthread_rwlock_rdlock");
	FIND(real_write_lock, "pthread_rwlock_wrlock");
	FIND(real_write, "write");
	FIND(real_sync, "fsync");
	FIND(real_data_sync, "fdatasync");
}

SHOWN int pthread_mutex_lock(pthread_mutex_t *m)
{
	count(&n_locks);
	if (!real_lock)
		find_real();
	return real_lock(m);
}
SHOWN int pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
	count(&n_locks);
	return real_read_lock(l);
}
SHOWN int pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
	count(&n_locks);
	return real_write_lock(l);
}
SHOWN ssize_t write(int fd, const void *bytes, size_t n)
{
	count(&n_writes);
	if (!real_write)
		find_real();
	return real_write(fd, bytes, n);
}
SHOWN int fsync(int fd)
{
	count(&n_writes);
	return real_sync(fd);
}
SHOWN int fdatasync(int fd)
{
	count(&n_writes);
	return real_data_sync(fd);
}
/* Declared here: the header's own have other names for them when the library is hardened (_FORTIFY_SOURCE),
 * which are replaced, too. */
SHOWN void vsyslog(int priority, const char *format, va_list arguments);
SHOWN void syslog(int priority, const char *format, ...);
SHOWN void __vsyslog_chk(int priority, int flag, const char *format, va_list arguments);
SHOWN void __syslog_chk(int priority, int flag, const char *format, ...);

void vsyslog(int priority, const char *format, va_list arguments)
{
	(void)priority, (void)format, (void)arguments;
	count(&n_logs);
}
void syslog(int priority, const char *format, ...)
{
	(void)priority, (void)format;
	count(&n_logs);
}
void __vsyslog_chk(int priority, int flag, const char *format, va_list arguments)
{
	(void)priority, (void)flag, (void)format, (void)arguments;
	count(&n_logs);
}
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority, (void)flag, (void)format;
	count(&n_logs);
}

static struct rig rig;
static struct peer peers[4];

static void command(enum media_command_kind kind, int leg, int other)
{
	struct media_command m = {
		.kind = kind, .group = 1, .leg = 100 + (uint64_t)leg, .other = 100 + (uint64_t)other};

	m.flag.is_on = true;
	rig_send(&rig, &m);
}

static void hear(int leg, int other)
{
	struct media_command m = {
		.kind = MEDIA_HEAR, .group = 1, .leg = 100 + (uint64_t)leg, .other = 100 + (uint64_t)other};

	m.hear.is_on = true;
	rig_send(&rig, &m);
}

static void play(int leg, const char *path, bool is_looped, enum media_layer layer)
{
	struct media_command m = {
		.kind = MEDIA_PLAY, .group = 1, .leg = 100 + (uint64_t)leg, .ref = 1 + (uint64_t)layer};

	str_put(m.play.list[0].path, MEDIA_PATH_MAX, path);
	m.play.n = 1;
	m.play.is_looped = is_looped;
	m.play.layer = layer;
	rig_send(&rig, &m);
}

static bool open_peers(int n, const enum sdp_codec *codecs)
{
	if (rig_start(&rig, false) < 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (!peer_open(&peers[i], &rig, 100 + (uint64_t)i, codecs[i], i == 1 ? 0 : 101, 20,
			    SDP_SENDRECV))
			return false;
		peers[i].say_hz = 400 + 200 * i;
	}
	return true;
}

static void pump(int n, int ms)
{
	struct peer *all[] = {&peers[0], &peers[1], &peers[2], &peers[3]};

	peers_pump(all, n, ms);
}

/* Runs the calls as they are for ms under watch. True: nothing was done that must not be. */
static bool is_quiet(int n, int ms, const char *what)
{
	pump(n, 300);
	n_allocations = n_locks = n_writes = n_logs = 0;
	is_watching = true;
	pump(n, ms);
	is_watching = false;
	if (n_allocations + n_locks + n_writes + n_logs == 0)
		return true;
	printf("# %s: %d allocations, %d locks, %d writes, %d logs\n", what, n_allocations, n_locks, n_writes,
		n_logs);
	return false;
}

static void close_peers(int n)
{
	for (int i = 0; i < n; i++)
		peer_close(&peers[i]);
	rig_stop(&rig);
}

TEST(the_watch_itself_sees)
{
	char name[16];
	void *volatile p;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

	pthread_getname_np(pthread_self(), name, sizeof(name));
	pthread_setname_np(pthread_self(), "audio");
	is_audio = 0;
	n_allocations = n_locks = n_writes = 0;
	is_watching = true;
	p = malloc(10);
	free(p);
	p = strdup("a library allocates"); /* inside libc */
	free(p);
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	(void)!write(-1, "", 0);
	is_watching = false;
	pthread_setname_np(pthread_self(), name);
	is_audio = -1;
	CHECK_INT(n_allocations, 4 * COUNTS_MEMORY);
	CHECK_INT(n_locks, 1);
	CHECK_INT(n_writes, 1);
}

TEST(passing_and_transcoding_are_quiet)
{
	static const enum sdp_codec voices[] = {SDP_PCMU, SDP_PCMA, SDP_G722, SDP_OPUS};

	for (int i = 0; i < 4; i++)
		for (int k = i; k < 4; k++) {
			enum sdp_codec pair[] = {voices[i], voices[k]};
			CHECK(open_peers(2, pair));
			command(MEDIA_BRIDGE, 0, 1);
			peers[0].loss_percent = 20;
			peers[1].delay_every = 5;
			CHECK(is_quiet(2, 300, sdp_codec_name(voices[k])));
			close_peers(2);
		}
}

TEST(mixing_is_quiet)
{
	static const enum sdp_codec four[] = {SDP_OPUS, SDP_PCMU, SDP_G722, SDP_OPUS};

	CHECK(open_peers(4, four));
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 4; k++)
			if (i != k)
				hear(i, k);
	for (int i = 0; i < 4; i++) {
		peers[i].loss_percent = 10;
		peers[i].delay_every = 6;
	}
	CHECK(is_quiet(4, 800, "conference"));
	close_peers(4);
}

/* Only the changes themselves may allocate: between them, and while they are carried out in a later tick,
 * nothing. */
TEST(going_over_to_a_mix_and_silence_are_quiet)
{
	static const enum sdp_codec four[] = {SDP_PCMU, SDP_PCMU, SDP_G722, SDP_OPUS};

	CHECK(open_peers(4, four));
	for (int i = 1; i < 4; i++)
		hear(i, 0);
	pump(4, 200);
	for (int i = 1; i < 4; i++)
		play(i, "silence:400", false, MEDIA_LAYER_OVER);
	pump(4, 40); /* loaded or not: the mix begins and ends under watch */
	CHECK(is_quiet(4, 500, "hand-over"));
	peers[0].is_silent = true;
	for (int i = 0; i < 2; i++) {
		uint8_t packet[RTP_HEADER_BYTES + 1] = {0};
		struct sockaddr_in to = {.sin_family = AF_INET,
			.sin_port = htons(peers[0].engine_port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		rtp_put_header(packet, 13, false, peers[0].seq++, peers[0].ts, peers[0].ssrc);
		packet[RTP_HEADER_BYTES] = 50;
		(void)sendto(peers[0].fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to));
		CHECK(is_quiet(4, 200, "comfort noise"));
	}
	close_peers(4);
}

TEST(playing_is_quiet)
{
	static const enum sdp_codec three[] = {SDP_OPUS, SDP_PCMU, SDP_G722};

	CHECK(open_peers(3, three));
	for (int i = 0; i < 3; i++)
		play(i, "tone:500", true, MEDIA_LAYER_MUSIC);
	CHECK(is_quiet(3, 300, "music"));
	for (int i = 0; i < 3; i++) {
		play(i, "tone:900:700", false, MEDIA_LAYER_SPEECH);
		play(i, "tone:1500", true, MEDIA_LAYER_OVER);
	}
	/* Speech ends under watch: music rises again. */
	CHECK(is_quiet(3, 1000, "layers"));
	close_peers(3);
}

TEST(recording_digits_and_detectors_are_quiet)
{
	static const enum sdp_codec two[] = {SDP_PCMA, SDP_PCMU};
	struct media_command m = {.kind = MEDIA_RECORD, .group = 1, .leg = 100, .ref = 9};
	struct media_event e;

	CHECK(open_peers(2, two));
	command(MEDIA_BRIDGE, 0, 1);
	command(MEDIA_DTMF_DETECT, 0, 0);
	command(MEDIA_DTMF_DETECT, 1, 0);
	str_printf(m.record.path, MEDIA_PATH_MAX, "%s/call.wav", rig.folder);
	m.record.is_stereo = true;
	rig_send(&rig, &m);
	CHECK(rig_wait(&rig, MEDIA_RECORD_STARTED, 100, &e));
	CHECK(is_quiet(2, 300, "recording"));
	m = (struct media_command){.kind = MEDIA_DTMF_SEND, .group = 1, .leg = 100};
	str_put(m.dtmf.digits, sizeof(m.dtmf.digits), "123456");
	rig_send(&rig, &m);
	m.leg = 101; /* has no telephone-event: tones */
	rig_send(&rig, &m);
	is_watching = true;
	for (int i = 1; i <= 6; i++)
		peer_send_event(&peers[0], 5, 160 * i, i == 6, peers[0].ts, i == 1);
	is_watching = false;
	CHECK(is_quiet(2, 600, "digits"));
	/* Tones become events, and keys of signalling tones, then signals. */
	dtmf_out_add(&peers[1].keys, "159D", 80);
	m.kind = MEDIA_DTMF_PRESSED;
	m.leg = 100;
	rig_send(&rig, &m);
	CHECK(is_quiet(2, 900, "keys of every form"));
	CHECK(peers[0].digits[0] != 0);
	command(MEDIA_DTMF_BY_SIGNALLING, 1, 0);
	rig_send(&rig, &m);
	CHECK(is_quiet(2, 500, "keys by signalling"));
	CHECK(rig_wait(&rig, MEDIA_DTMF_OUT, 101, &e));
	close_peers(2);
}
