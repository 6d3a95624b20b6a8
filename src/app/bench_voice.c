/* See bench_voice.h. Legs 1..n of the engine are the peers; a call is two of them, or one and a leg of the
 * far engine (numbered from FAR_FIRST). Each call is a group of its own, as in a centre. */
#include "app/bench_voice.h"
#include "app/bench_relay.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PORT_MIN 30000
#define PORT_MAX 39998
#define FAR_FIRST 2001
#define LEGS_MAX (FAR_FIRST + BENCH_FAR_MAX)
#define CONFERENCE 5
#define OPEN_TRIES 1000
#define SECOND_MS 1000

static _Atomic int n_opened, n_failed, n_ready;
static struct far_leg opened[LEGS_MAX + 1];

static void on_event(const struct media_event *e, void *arg)
{
	(void)arg;
	if (e->kind == MEDIA_LEG_OPENED && e->leg <= LEGS_MAX) {
		opened[e->leg].port = e->opened.port;
		str_put(opened[e->leg].fingerprint, sizeof(opened[e->leg].fingerprint),
			e->opened.fingerprint);
		atomic_fetch_add(&n_opened, 1);
	} else if (e->kind == MEDIA_LEG_READY) {
		atomic_fetch_add(&n_ready, 1);
	} else if (e->kind == MEDIA_LEG_FAILED || (e->kind == MEDIA_RECORD_ENDED && e->reason < 0) ||
		   (e->kind == MEDIA_PLAY_ENDED && e->reason < 0)) {
		atomic_fetch_add(&n_failed, 1);
	}
}

const char *voice_name(enum voice_kind kind)
{
	static const char *const names[VOICE_KINDS] = {"relay_bare", "pass", "recorded", "recorded_encrypted",
		"music_waiting", "conference", "transcoded_g722", "transcoded_opus", "dtls_srtp",
		"transcoded_opus_dtls_srtp"};

	return names[kind];
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double resident_bytes(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f) {
		if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

int voice_open(struct voice_bench *b, int measure_ms)
{
	const char *temporary = getenv("TMPDIR");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	*b = (struct voice_bench){.warm_ms = SECOND_MS, .measure_ms = measure_ms};
	b->threads = cores < 1 ? 1 : cores > 16 ? 16 : (int)cores;
	str_printf(b->folder, sizeof(b->folder), "%.40s/markaz-bench-XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(b->folder))
		return -errno;
	int err = bench_peers_start(&b->peers, b->peer_ports);
	return err < 0 ? err : bench_far_start(&b->far, b->folder);
}

void voice_close(struct voice_bench *b)
{
	bench_child_stop(&b->peers);
	bench_child_stop(&b->far);
	if (b->folder[0])
		nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the engine ---- */

static void tell(struct media *media, const struct media_command *c)
{
	for (int i = 0; i < 5000 && media_send(media, c) < 0; i++)
		bench_rest_ms(1);
}

static bool wait_for(const _Atomic int *n, int wanted)
{
	for (int i = 0; i < OPEN_TRIES && atomic_load(n) < wanted; i++)
		bench_rest_ms(5);
	return atomic_load(n) >= wanted;
}

static struct media *start_engine(const struct voice_bench *b)
{
	struct media_config config = {.bind_address = "127.0.0.1",
		.rtp_port_min = PORT_MIN,
		.rtp_port_max = PORT_MAX,
		.threads = b->threads,
		.legs_max = LEGS_MAX};
	struct media *media = NULL;

	str_printf(config.certificate_path, sizeof(config.certificate_path), "%s/dtls.pem", b->folder);
	atomic_store(&n_opened, 0);
	atomic_store(&n_failed, 0);
	atomic_store(&n_ready, 0);
	return media_start(&media, &config, on_event, NULL) < 0 ? NULL : media;
}

/* So many legs in a group. */
static int per_group(enum voice_kind kind)
{
	return kind == VOICE_CONFERENCE ? CONFERENCE : kind == VOICE_MUSIC || kind >= VOICE_G722 ? 1 : 2;
}

static uint64_t group_of(enum voice_kind kind, int i)
{
	return (uint64_t)(i / per_group(kind)) + 1;
}

static bool open_legs(const struct voice_bench *b, struct media *media, enum voice_kind kind, int n)
{
	for (int i = 0; i < n; i++)
		tell(media,
			&(struct media_command){
				.kind = MEDIA_LEG_OPEN, .group = group_of(kind, i), .leg = (uint64_t)i + 1});
	if (!wait_for(&n_opened, n))
		return false;
	for (int i = 0; i < n; i++) {
		struct media_command c =
			bench_remote(group_of(kind, i), (uint64_t)i + 1, b->peer_ports[i], SDP_PCMU);
		tell(media, &c);
	}
	return wait_for(&n_ready, n);
}

/* The other half of each call is the far engine's. */
static bool open_far(struct voice_bench *b, struct media *media, enum voice_kind kind, struct far_order *o)
{
	static struct far_leg far[BENCH_FAR_MAX];
	int before = atomic_load(&n_opened);

	bool is_opus = kind == VOICE_OPUS || kind == VOICE_BROWSER;

	o->codec = kind == VOICE_G722 ? SDP_G722 : is_opus ? SDP_OPUS : SDP_PCMU;
	o->is_dtls = kind == VOICE_DTLS || kind == VOICE_BROWSER;
	if (bench_far_open(&b->far, o, far) < 0)
		return false;
	for (int i = 0; i < o->n; i++)
		tell(media, &(struct media_command){.kind = MEDIA_LEG_OPEN,
				    .group = (uint64_t)i + 1,
				    .leg = (uint64_t)(FAR_FIRST + i),
				    .open = {.is_dtls = o->is_dtls}});
	if (!wait_for(&n_opened, before + o->n))
		return false;
	for (int i = 0; i < o->n; i++) {
		struct media_command c =
			bench_remote((uint64_t)i + 1, (uint64_t)(FAR_FIRST + i), far[i].port, o->codec);
		o->ours[i] = opened[FAR_FIRST + i];
		if (o->is_dtls) {
			c.remote.srtp = MEDIA_SRTP_DTLS;
			c.remote.setup = SDP_ACTIVE;
			c.remote.is_rtcp_mux = true;
			str_put(c.remote.fingerprint, sizeof(c.remote.fingerprint), far[i].fingerprint);
		}
		tell(media, &c);
		tell(media, &(struct media_command){.kind = MEDIA_BRIDGE,
				    .group = (uint64_t)i + 1,
				    .leg = (uint64_t)i + 1,
				    .other = (uint64_t)(FAR_FIRST + i)});
	}
	return bench_write(b->far.to, o, sizeof(*o)) == 0;
}

static void connect_pairs(const struct voice_bench *b, struct media *media, enum voice_kind kind, int n)
{
	for (int i = 0; i < n; i += 2) {
		struct media_command c = {.kind = MEDIA_BRIDGE,
			.group = group_of(kind, i),
			.leg = (uint64_t)i + 1,
			.other = (uint64_t)i + 2};
		tell(media, &c);
		if (kind == VOICE_PASS)
			continue;
		c = (struct media_command){.kind = MEDIA_RECORD,
			.group = group_of(kind, i),
			.leg = (uint64_t)i + 1,
			.ref = (uint64_t)i + 1,
			.record = {.is_stereo = true, .is_encrypted = kind == VOICE_ENCRYPTED, .key_id = 1}};
		str_printf(c.record.path, sizeof(c.record.path), "%s/%d-%d.wav", b->folder, (int)kind, i);
		tell(media, &c);
	}
}

static void connect_rooms(struct media *media, int n)
{
	for (int i = 0; i < n; i++)
		for (int k = i / CONFERENCE * CONFERENCE; k < n && k < (i / CONFERENCE + 1) * CONFERENCE; k++)
			if (k != i)
				tell(media, &(struct media_command){.kind = MEDIA_HEAR,
						    .group = group_of(VOICE_CONFERENCE, i),
						    .leg = (uint64_t)i + 1,
						    .other = (uint64_t)k + 1,
						    .hear = {.is_on = true}});
}

static void play_music(struct media *media, int n)
{
	for (int i = 0; i < n; i++) {
		struct media_command c = {.kind = MEDIA_PLAY,
			.group = group_of(VOICE_MUSIC, i),
			.leg = (uint64_t)i + 1,
			.ref = 1,
			.play = {.n = 1, .is_looped = true, .layer = MEDIA_LAYER_MUSIC}};
		str_put(c.play.list[0].path, MEDIA_PATH_MAX, "tone:440");
		tell(media, &c);
	}
}

/* ---- measuring ---- */

static double measure_cpu(const struct voice_bench *b)
{
	bench_rest_ms(b->warm_ms);
	double cpu = cpu_seconds();
	int64_t start_ns = clock_mono_ns();
	bench_rest_ms(b->measure_ms);
	cpu = cpu_seconds() - cpu;
	return 100 * cpu / ((double)(clock_mono_ns() - start_ns) / 1e9);
}

static void take_peers(const struct peers_answer *a, bool is_echoed, struct voice_result *r)
{
	/* Reports and keep-alives may come on top. */
	if (is_echoed && a->sent > a->received)
		r->lost_percent = 100 * (1 - (double)a->received / (double)a->sent);
	r->delay_p50_ms = a->delay_p50_ms;
	r->delay_p99_ms = a->delay_p99_ms;
	r->is_generator_late = a->is_late;
}

/* The generator runs while the CPU is looked at. */
static int run_peers(
	struct voice_bench *b, int n, const uint16_t *ports, struct voice_result *r, bool is_echoed)
{
	static struct peers_order order;
	struct peers_answer answer;

	order.n = n;
	order.run_ms = b->warm_ms + b->measure_ms + 300;
	memcpy(order.ports, ports, sizeof(*ports) * (size_t)n);
	if (bench_write(b->peers.to, &order, sizeof(order)) < 0)
		return -EIO;
	r->percent = measure_cpu(b);
	if (bench_read(b->peers.from, &answer, sizeof(answer)) < 0)
		return -EIO;
	take_peers(&answer, is_echoed, r);
	return 0;
}

static void measure_relay(struct voice_bench *b, int calls, struct voice_result *r)
{
	static uint16_t ports[BENCH_PEERS_MAX];
	struct bench_relay relay;

	if (bench_relay_start(&relay, b->peer_ports, 2 * calls, ports) < 0) {
		r->why_not = "no sockets for the bare relay: raise the limit of open files (ulimit -n)";
		return;
	}
	r->is_done = run_peers(b, 2 * calls, ports, r, true) == 0;
	bench_relay_stop(&relay);
	r->percent = 100 * r->percent / calls;
}

static int legs_of(enum voice_kind kind, int calls)
{
	return kind == VOICE_MUSIC || kind == VOICE_CONFERENCE || kind >= VOICE_G722 ? calls : 2 * calls;
}

static void run_engine(
	struct voice_bench *b, struct media *media, enum voice_kind kind, int calls, struct voice_result *r)
{
	static struct far_order order;
	static uint16_t ports[BENCH_PEERS_MAX];
	struct far_answer far = {0};
	struct media_totals before, after;
	int n = legs_of(kind, calls);
	bool has_far = kind >= VOICE_G722;

	order = (struct far_order){.n = calls, .run_ms = b->warm_ms + b->measure_ms};
	if (!open_legs(b, media, kind, n) || (has_far && !open_far(b, media, kind, &order))) {
		r->why_not = "the engine got no ports: is another program using 30000-39998?";
		return;
	}
	if (kind == VOICE_CONFERENCE)
		connect_rooms(media, n);
	else if (kind == VOICE_MUSIC)
		play_music(media, n);
	else if (!has_far)
		connect_pairs(b, media, kind, n);
	for (int i = 0; i < n; i++)
		ports[i] = opened[i + 1].port;
	media_totals(media, &before);
	r->is_done = run_peers(b, n, ports, r, !has_far && kind != VOICE_MUSIC) == 0;
	if (has_far && bench_read(b->far.from, &far, sizeof(far)) == 0 && far.received + far.lost > 0)
		r->lost_percent = 100.0 * (double)far.lost / (double)(far.received + far.lost);
	if (has_far && far.received == 0) {
		r->is_done = false;
		r->why_not = "this build of the engine does not carry it";
	}
	media_totals(media, &after);
	r->late_ticks = after.late_ticks - before.late_ticks;
	r->dropped_frames = after.recorder_dropped_frames - before.recorder_dropped_frames;
	r->percent = 100 * r->percent / calls;
}

void voice_measure(struct voice_bench *b, enum voice_kind kind, int calls, struct voice_result *ret_result)
{
	struct voice_result r = {0};

	if (kind == VOICE_RELAY) {
		measure_relay(b, calls, &r);
		*ret_result = r;
		return;
	}
	struct media *media = start_engine(b);
	if (!media) {
		r.why_not = "the media engine does not start";
		*ret_result = r;
		return;
	}
	double before = resident_bytes(); /* the engine itself is no call's */
	run_engine(b, media, kind, calls, &r);
	r.rss_per_call = (resident_bytes() - before) / calls;
	media_stop(media);
	if (r.is_done && atomic_load(&n_failed) > 0) {
		r.is_done = false;
		r.why_not = "a leg, a recording or a sound failed";
	}
	*ret_result = r;
}
