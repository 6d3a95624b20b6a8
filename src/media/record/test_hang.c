/* A disk that does not answer, neither full nor broken: the call is not hurt, people are told within five
 * seconds, and again when it is over.
 *
 * This program replaces the calls that touch the disk by ones that wait at a gate (ELF interposition). */
#include "harness/test.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/test_peer.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define ALARM_MS 5000
#define PUMP_MS 100

enum gate { GATE_NONE, GATE_WRITE, GATE_SYNC, GATE_OPEN };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum gate shut; /* under lock */
static int n_waiting;
static struct rig rig;
static struct peer a, b;

static void pass(enum gate gate)
{
	pthread_mutex_lock(&lock);
	n_waiting += shut == gate;
	while (shut == gate)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void set_gate(enum gate gate)
{
	pthread_mutex_lock(&lock);
	shut = gate;
	n_waiting = 0;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static bool is_hanging(void)
{
	pthread_mutex_lock(&lock);
	bool is = n_waiting > 0;
	pthread_mutex_unlock(&lock);
	return is;
}

#define FIND(pointer, name) *(void **)(void *)&(pointer) = dlsym(RTLD_NEXT, name)

SHOWN ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t);

	FIND(real, "pwrite64");
	pass(GATE_WRITE);
	return real(fd, bytes, n, at);
}
SHOWN int fdatasync(int fd)
{
	int (*real)(int);

	FIND(real, "fdatasync");
	pass(GATE_SYNC);
	return real(fd);
}
SHOWN int ftruncate(int fd, off_t size)
{
	int (*real)(int, off_t);

	FIND(real, "ftruncate64");
	pass(GATE_SYNC);
	return real(fd, size);
}
/* A recording's folder is made by the thread that opens its file: where the disk hangs, this hangs, too. */
SHOWN int mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t);

	FIND(real, "mkdir");
	pass(GATE_OPEN);
	return real(path, mode);
}

/* As fast as time goes, however short each time: the last frame's 20 ms are waited for, too. */
static void pump(int ms)
{
	struct peer *both[] = {&a, &b};
	struct timespec rest = {.tv_nsec = TICK_NS};

	peers_pump(both, 2, ms);
	nanosleep(&rest, NULL);
}

static void record(enum media_command_kind kind, const char *path)
{
	struct media_command c = {.kind = kind, .group = 1, .leg = 101, .ref = 7};

	if (kind == MEDIA_RECORD) {
		c.record.is_stereo = true;
		str_put(c.record.path, sizeof(c.record.path), path);
	}
	rig_send(&rig, &c);
}

static bool open_call(void)
{
	struct media_command bridge = {.kind = MEDIA_BRIDGE, .group = 1, .leg = 101, .other = 102};

	if (rig_start(&rig, false) < 0 || !peer_open(&a, &rig, 101, SDP_PCMU, 101, 20, SDP_SENDRECV) ||
		!peer_open(&b, &rig, 102, SDP_PCMU, 101, 20, SDP_SENDRECV))
		return false;
	a.say_hz = 440;
	b.say_hz = 1000;
	rig_send(&rig, &bridge);
	pump(300);
	return true;
}

static void close_call(void)
{
	peer_close(&a);
	peer_close(&b);
	rig_stop(&rig);
}

/* The disk hangs: who talks hears the other all the time, without a hole, and the alarm comes in time. */
static bool is_told_and_unhurt(enum gate gate)
{
	struct media_event e;
	bool is_told = false;

	int64_t since_ms = clock_mono_ms();
	while (!is_hanging() && clock_mono_ms() - since_ms < ALARM_MS)
		pump(20);
	peer_forget(&a);
	peer_forget(&b);
	since_ms = clock_mono_ms();
	while (!is_told && clock_mono_ms() - since_ms < ALARM_MS) {
		pump(PUMP_MS);
		is_told = rig_poll(&rig, MEDIA_RECORD_ALARM, 0, &e);
	}
	bool is_heard = peer_tone_db(&a, 1000, 300) > -1 && peer_tone_db(&b, 440, 300) > -1;
	int64_t holes = a.n_gaps + b.n_gaps + a.n_ts_holes + b.n_ts_holes;
	if (!is_told || e.reason != -ETIMEDOUT || !is_heard || holes > 0)
		printf("# gate %d: told %d, heard %d, %d holes\n", gate, is_told, is_heard, (int)holes);
	return is_told && e.reason == -ETIMEDOUT && is_heard && holes == 0;
}

static bool is_over(void)
{
	struct media_event e;

	set_gate(GATE_NONE);
	return rig_wait(&rig, MEDIA_RECORD_ALARM, 0, &e) && e.reason == 0;
}

TEST(a_disk_that_hangs_in_a_write_hurts_no_call)
{
	char path[MEDIA_PATH_MAX];
	struct media_event e;

	CHECK(open_call());
	str_printf(path, sizeof(path), "%s/call.wav", rig.folder);
	record(MEDIA_RECORD, path);
	CHECK(rig_wait(&rig, MEDIA_RECORD_STARTED, 101, &e));
	pump(300);
	set_gate(GATE_WRITE);
	CHECK(is_told_and_unhurt(GATE_WRITE));
	CHECK(is_over());
	pump(400);
	record(MEDIA_RECORD_STOP, NULL);
	CHECK(rig_wait(&rig, MEDIA_RECORD_ENDED, 101, &e));
	/* What was said meanwhile waited in the ring: nothing is lost. */
	CHECK(e.reason == 0 && e.record.duration_ms > 3000 && e.record.lost_ms == 0);
	CHECK(!rig_poll(&rig, MEDIA_RECORD_ALARM, 0, &e));
	close_call();
}

/* The first recording of a quiet hour: nothing was written before, so nobody expects the writer. */
TEST(a_disk_that_hangs_when_a_recording_begins_is_told)
{
	char path[MEDIA_PATH_MAX];
	struct media_event e;

	CHECK(open_call());
	str_printf(path, sizeof(path), "%s/day/call.wav", rig.folder);
	set_gate(GATE_OPEN);
	record(MEDIA_RECORD, path);
	CHECK(is_told_and_unhurt(GATE_OPEN));
	CHECK(is_over());
	CHECK(rig_wait(&rig, MEDIA_RECORD_STARTED, 101, &e));
	close_call();
}

/* The last recording's end, when nothing else waits. */
TEST(a_disk_that_hangs_when_a_recording_ends_is_told)
{
	char path[MEDIA_PATH_MAX];
	struct media_event e;

	CHECK(open_call());
	str_printf(path, sizeof(path), "%s/call.wav", rig.folder);
	record(MEDIA_RECORD, path);
	CHECK(rig_wait(&rig, MEDIA_RECORD_STARTED, 101, &e));
	pump(300);
	set_gate(GATE_SYNC);
	record(MEDIA_RECORD_STOP, NULL);
	CHECK(is_told_and_unhurt(GATE_SYNC));
	CHECK(is_over());
	CHECK(rig_wait(&rig, MEDIA_RECORD_ENDED, 101, &e));
	CHECK_INT(e.reason, 0);
	close_call();
}
