/* The engine: its threads, their loops, their start and end.
 *
 * A thread's loop: wait, take the time once, packets first, then the tick, then commands. Legs are freed only
 * by commands, so none disappears under a batch of packets. */
#include "media/engine.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "media/fax/fax.h"
#include "media/detect/listen.h"
#include "media/leg.h"
#include "media/play/loader.h"
#include "media/mix/mixer.h"
#include "media/play/player.h"
#include "media/record/recorder.h"
#include "media/relay.h"
#include "media/remote/client.h"
#include "media/rtp/source.h"
#include "media/webrtc/handshake.h"
#include "media/webrtc/webrtc.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_PER_WAKE 512
#define TICKS_PER_SECOND (1000 / TICK_MS)
#define COMMANDS_PER_WAKE 256
#define OUT_HOT_BYTES 128 /* of what a leg sends: all but its buffer */

void engine_event(struct media *media, const struct media_event *event)
{
	media->on_event(event, media->arg);
}

void engine_leg_event(struct leg *leg, enum media_event_kind kind, uint64_t ref, int reason)
{
	struct media_event e = {
		.kind = kind, .group = leg->group, .leg = leg->id, .ref = ref, .reason = reason};

	engine_event(leg->thread->media, &e);
}

int endpoint_parse(struct endpoint *ret_endpoint, int family, const char *address, uint16_t port)
{
	struct endpoint e = {0};
	struct in_addr v4;

	if (family == AF_INET) {
		e.v4.sin_family = AF_INET;
		e.v4.sin_port = htons(port);
		e.len = sizeof(e.v4);
		if (inet_pton(AF_INET, address, &e.v4.sin_addr) != 1)
			return -EINVAL;
	} else {
		e.v6.sin6_family = AF_INET6;
		e.v6.sin6_port = htons(port);
		e.len = sizeof(e.v6);
		if (inet_pton(AF_INET, address, &v4) == 1) {
			e.v6.sin6_addr.s6_addr[10] = e.v6.sin6_addr.s6_addr[11] = 0xff;
			memcpy(e.v6.sin6_addr.s6_addr + 12, &v4, 4);
		} else if (inet_pton(AF_INET6, address, &e.v6.sin6_addr) != 1) {
			return -EINVAL;
		}
	}
	*ret_endpoint = e;
	return 0;
}

bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
	if (a->len == 0 || b->len == 0 || a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return endpoint_same_host(a, b) && a->v4.sin_port == b->v4.sin_port;
}

/* ---- one thread ---- */

static void tick_leg(struct leg *leg, int64_t now_ns)
{
	if (!leg->is_webrtc)
		source_watch(leg, now_ns);
	if (leg->fax) {
		fax_tick(leg, now_ns);
		return;
	}
	if (leg->listen)
		listen_tick(leg, now_ns);
	if (leg->dtmf_in.is_active)
		relay_press(leg, dtmf_in_tick(&leg->dtmf_in, now_ns), false);
	if (leg->handshake)
		handshake_tick(leg, now_ns);
}

static void tick(struct audio_thread *t)
{
	uint64_t n = 0;

	if (read(t->timer_fd, &n, sizeof(n)) != sizeof(n) || n == 0)
		return;
	if (n > 1)
		counter_add(&t->counters.late_ticks, n - 1);
	/* A late thread catches up, so that sounds keep their pace; after a long sleep it does not flood. */
	for (uint64_t i = 0; i < n && i < 10; i++) {
		t->tick++;
		VEC_EACH(&t->legs, k)
		{
			struct leg *leg = t->legs.at[k];
			tick_leg(leg, t->now_ns);
			if ((t->tick + k) % TICKS_PER_SECOND == 0) {
				leg_housekeeping(leg, t->now_ns);
				recorder_retry(leg);
			}
		}
		mixer_tick(t);
	}
}

static void take_commands(struct audio_thread *t)
{
	struct media_command c;

	for (int i = 0; i < COMMANDS_PER_WAKE && mailbox_take(t->commands, &c); i++)
		command_run(t, &c);
	/* More than a wake-up's share: come back after the packets. */
	if (mailbox_length(t->commands) > 0) {
		uint64_t one = 1;
		(void)!write(mailbox_fd(t->commands), &one, sizeof(one));
	}
}

static void take_notes(struct audio_thread *t)
{
	struct note note;

	while (mailbox_take(t->notes, &note))
		command_note(t, &note);
}

/* What an epoll event belongs to: a leg, or one of the thread's own descriptors. */
static bool is_own(const struct audio_thread *t, const void *p)
{
	return p == &t->timer_fd || p == &t->commands || p == &t->notes || p == &t->webrtc;
}

static void fetch(const void *p, size_t n)
{
	for (size_t at = 0; at < n; at += CACHE_LINE)
		__builtin_prefetch((const char *)p + at);
}

static struct leg *untagged(void *p)
{
	return (void *)((uintptr_t)p & ~(uintptr_t)SOURCE_REPORTS_TAG);
}

/* The legs of a batch lie far apart in memory: those that come next are on their way while one is served. */
static void fetch_ahead(const struct audio_thread *t, const struct epoll_event *events, int n, int i)
{
	if (i + 2 < n && !is_own(t, events[i + 2].data.ptr)) {
		const struct leg *leg = untagged(events[i + 2].data.ptr);
		fetch(leg, offsetof(struct leg, out) + OUT_HOT_BYTES);
		fetch(leg->heard_by, sizeof(leg->heard_by[0]));
		fetch(leg->hears, sizeof(leg->hears[0]));
	}
	if (i + 1 < n && !is_own(t, events[i + 1].data.ptr))
		recorder_fetch(untagged(events[i + 1].data.ptr));
	if (!is_own(t, events[i].data.ptr))
		recorder_fetch_place(untagged(events[i].data.ptr));
}

/* A leg's first socket is known by the leg's address, its second by that and the tag. */
static void read_leg(char *p)
{
	if ((uintptr_t)p & SOURCE_REPORTS_TAG)
		source_reports_readable((struct leg *)(void *)(p - SOURCE_REPORTS_TAG));
	else
		source_readable((struct leg *)(void *)p);
}

static void dispatch(struct audio_thread *t, const struct epoll_event *events, int n)
{
	bool has_tick = false, has_commands = false, has_notes = false;

	for (int i = 0; i < n; i++) {
		void *p = events[i].data.ptr;
		fetch_ahead(t, events, n, i);
		if (!is_own(t, p))
			read_leg(p);
		else if (p == &t->webrtc)
			webrtc_port_readable(t);
		has_tick |= p == &t->timer_fd;
		has_commands |= p == &t->commands;
		has_notes |= p == &t->notes;
	}
	if (has_tick)
		tick(t);
	if (has_notes) {
		mailbox_clear(t->notes);
		take_notes(t);
	}
	if (has_commands) {
		mailbox_clear(t->commands);
		take_commands(t);
	}
	webrtc_port_flush(t);
}

static void *run_thread(void *arg)
{
	struct audio_thread *t = arg;
	struct epoll_event events[EVENTS_PER_WAKE];

	pthread_setname_np(pthread_self(), "audio");
	while (!atomic_load_explicit(&t->media->is_stopping, memory_order_relaxed)) {
		int n = epoll_wait(t->epoll_fd, events, EVENTS_PER_WAKE, -1);
		t->now_ns = clock_mono_ns();
		dispatch(t, events, n);
	}
	/* What was said before the stop is still carried out. */
	while (mailbox_length(t->commands) > 0)
		take_commands(t);
	while (t->legs.len > 0)
		leg_close(t->legs.at[0]);
	webrtc_port_flush(t);
	return NULL;
}

static int watch(struct audio_thread *t, int fd, void *tag)
{
	struct epoll_event readable = {.events = EPOLLIN, .data.ptr = tag};

	return epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &readable) < 0 ? -errno : 0;
}

static int open_thread(struct media *media, int i)
{
	struct audio_thread *t = &media->threads[i];
	int err;

	*t = (struct audio_thread){.media = media, .index = i, .now_ns = clock_mono_ns()};
	t->next_port = (uint16_t)((media->config.rtp_port_max - media->config.rtp_port_min) / 2 /
				  media->n_threads * i);
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->epoll_fd < 0 || t->timer_fd < 0)
		return -errno;
	t->packet = alloc_zero(RTP_BUFFER_BYTES);
	t->build = alloc_zero(RTP_BUFFER_BYTES);
	t->copy = alloc_zero(RTP_BUFFER_BYTES);
	if (!t->packet || !t->build || !t->copy)
		return -ENOMEM;
	err = mailbox_new(&t->commands, sizeof(struct media_command), COMMANDS_MAX);
	if (err == 0)
		err = mailbox_new(&t->notes, sizeof(struct note), NOTES_MAX);
	if (err == 0)
		err = watch(t, t->timer_fd, &t->timer_fd);
	if (err == 0)
		err = watch(t, mailbox_fd(t->commands), &t->commands);
	if (err == 0)
		err = watch(t, mailbox_fd(t->notes), &t->notes);
	if (err == 0 && media->config.webrtc_port != 0)
		err = webrtc_port_open(t);
	if (err == 0 && t->webrtc)
		err = watch(t, webrtc_port_fd(t), &t->webrtc);
	return err;
}

static void close_thread(struct audio_thread *t)
{
	struct note note;

	while (t->notes && mailbox_take(t->notes, &note))
		for (int i = 0; note.kind == NOTE_LOADED && i < note.n_sounds; i++)
			sound_unref(note.sounds[i]);
	webrtc_port_close(t);
	mailbox_free(t->commands);
	mailbox_free(t->notes);
	map_free(&t->by_id);
	VEC_FREE(&t->legs);
	alloc_free(t->packet);
	alloc_free(t->build);
	alloc_free(t->copy);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	if (t->timer_fd >= 0)
		close(t->timer_fd);
}

/* ---- start and stop ---- */

static bool is_any(const struct endpoint *e)
{
	if (e->any.sa_family == AF_INET)
		return e->v4.sin_addr.s_addr == INADDR_ANY;
	return memcmp(&e->v6.sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0;
}

static bool is_usable(const struct ifaddrs *i, int family)
{
	if (!i->ifa_addr || i->ifa_addr->sa_family != family || !(i->ifa_flags & IFF_UP) ||
		(i->ifa_flags & IFF_LOOPBACK))
		return false;
	return family == AF_INET ||
	       !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr);
}

/* The host's first address of a family that is up and neither loopback nor of one link alone; the loopback
 * when there is none. */
static void own_address(int family, char *ret_text, size_t size)
{
	struct ifaddrs *all = NULL;

	str_put(ret_text, size, family == AF_INET ? "127.0.0.1" : "::1");
	if (getifaddrs(&all) < 0)
		return;
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!is_usable(i, family))
			continue;
		const void *binary =
			family == AF_INET
				? (const void *)&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr
				: &((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
		inet_ntop(family, binary, ret_text, (socklen_t)size);
		break;
	}
	freeifaddrs(all);
}

/* What peers are told of us. Sockets bound to "::" hear both families, and each is told its own. */
static void advertise(struct media *media, const struct endpoint *bound)
{
	const struct media_config *c = &media->config;
	char v4[MEDIA_ADDRESS_MAX] = "", v6[MEDIA_ADDRESS_MAX] = "";
	bool is_v6 = media->family == AF_INET6;

	str_put(strchr(c->advertised_address, ':') ? v6 : v4, sizeof(v4), c->advertised_address);
	if (c->advertised_address_v6[0])
		str_put(v6, sizeof(v6), c->advertised_address_v6);
	if (!is_any(bound)) {
		if (is_v6 ? !v6[0] : !v4[0] && !v6[0])
			str_put(is_v6 ? v6 : v4, sizeof(v4), c->bind_address);
	} else {
		if (!v4[0] && (is_v6 || !v6[0]))
			own_address(AF_INET, v4, sizeof(v4));
		if (!v6[0] && is_v6)
			own_address(AF_INET6, v6, sizeof(v6));
	}
	str_put(media->advertised, sizeof(media->advertised), v4[0] ? v4 : v6);
	str_put(media->advertised_v6, sizeof(media->advertised_v6), v4[0] && is_v6 ? v6 : "");
}

static int check_config(struct media *media)
{
	const struct media_config *c = &media->config;
	struct endpoint e, told;

	media->family = strchr(c->bind_address, ':') ? AF_INET6 : AF_INET;
	if (endpoint_parse(&e, media->family, c->bind_address, 0) < 0)
		return -EINVAL;
	if (c->threads < 1 || c->threads > MEDIA_THREADS_MAX || c->legs_max < 1 || c->rtp_port_min < 1024 ||
		c->rtp_port_max < c->rtp_port_min + 1)
		return -EINVAL;
	if ((c->advertised_address[0] && endpoint_parse(&told, AF_INET6, c->advertised_address, 0) < 0) ||
		(c->advertised_address_v6[0] &&
			(!strchr(c->advertised_address_v6, ':') ||
				endpoint_parse(&told, AF_INET6, c->advertised_address_v6, 0) < 0)))
		return -EINVAL;
	advertise(media, &e);
	return 0;
}

static int start_all(struct media *media)
{
	int err = check_config(media);

	media->rtp_timeout_ns = (media->config.rtp_timeout_s ? media->config.rtp_timeout_s : 30) * SECOND_NS;
	if (err == 0)
		err = webrtc_identity_load(&media->identity, media->config.certificate_path);
	if (err == 0)
		err = loader_start(&media->loader, media);
	if (err == 0)
		err = recorder_start(&media->recorder, media);
	if (err == 0)
		err = fax_start(&media->fax, media);
	if (err < 0)
		return err;
	media->n_threads = media->config.threads;
	for (int i = 0; i < media->n_threads; i++)
		media->threads[i] = (struct audio_thread){.epoll_fd = -1, .timer_fd = -1};
	for (int i = 0; i < media->n_threads && err == 0; i++)
		err = open_thread(media, i);
	for (int i = 0; i < media->n_threads && err == 0; i++) {
		err = -pthread_create(&media->threads[i].thread, NULL, run_thread, &media->threads[i]);
		media->threads[i].is_started = err == 0;
	}
	return err;
}

int media_start(
	struct media **ret_media, const struct media_config *config, media_event_handler *on_event, void *arg)
{
	struct media *media = alloc_zero(sizeof(*media));

	if (!media)
		return -ENOMEM;
	codec_init();
	media->config = *config;
	media->on_event = on_event;
	media->arg = arg;
	int err = config->process[0] ? remote_client_start(&media->remote, config->process, on_event, arg)
				     : start_all(media);
	if (err < 0) {
		media_stop(media);
		return err;
	}
	*ret_media = media;
	return 0;
}

int media_send(struct media *media, const struct media_command *command)
{
	assert(command->kind >= MEDIA_LEG_OPEN && command->kind <= MEDIA_DTMF_BY_SIGNALLING);
	if (media->remote)
		return remote_client_send(media->remote, command);
	uint64_t mixed = command->group * UINT64_C(0x9e3779b97f4a7c15);

	return mailbox_send(media->threads[(mixed >> 32) % (uint64_t)media->n_threads].commands, command);
}

bool media_speaks(enum sdp_codec codec)
{
	return codec_get(codec) || codec == SDP_COMFORT_NOISE;
}

void media_stop(struct media *media)
{
	uint64_t one = 1;

	if (!media)
		return;
	remote_client_stop(media->remote);
	atomic_store(&media->is_stopping, true);
	for (int i = 0; i < media->n_threads; i++) {
		struct audio_thread *t = &media->threads[i];
		if (!t->is_started)
			continue;
		(void)!write(mailbox_fd(t->commands), &one, sizeof(one));
		pthread_join(t->thread, NULL);
	}
	loader_stop(media->loader);
	recorder_stop(media->recorder);
	fax_stop(media->fax);
	for (int i = 0; i < media->n_threads; i++)
		close_thread(&media->threads[i]);
	webrtc_identity_free(media->identity);
	alloc_free(media);
}

void media_totals(const struct media *media, struct media_totals *ret_totals)
{
	struct media_totals sum = {0};

	if (media->remote) {
		remote_client_totals(media->remote, ret_totals);
		return;
	}
	for (int i = 0; i < media->n_threads; i++) {
		const struct counters *c = &media->threads[i].counters;
		sum.packets_in += atomic_load_explicit(&c->packets_in, memory_order_relaxed);
		sum.packets_out += atomic_load_explicit(&c->packets_out, memory_order_relaxed);
		sum.late_ticks += atomic_load_explicit(&c->late_ticks, memory_order_relaxed);
		sum.stun_rejected += atomic_load_explicit(&c->stun_rejected, memory_order_relaxed);
		sum.srtp_rejected += atomic_load_explicit(&c->srtp_rejected, memory_order_relaxed);
	}
	int legs = atomic_load(&media->legs_open);
	sum.legs_open = (uint64_t)(legs > 0 ? legs : 0);
	sum.recorder_dropped_frames = recorder_dropped(media->recorder);
	loader_totals(media->loader, &sum.sounds, &sum.sound_bytes);
	*ret_totals = sum;
}

bool media_outlives(const struct media *media)
{
	return media->remote != NULL;
}

const struct media_found *media_found(const struct media *media, size_t i)
{
	return media->remote ? remote_client_found(media->remote, i) : NULL;
}

void media_claim(struct media *media, uint64_t leg)
{
	if (media->remote)
		remote_client_claim(media->remote, leg);
}

void media_resume(struct media *media)
{
	if (media->remote)
		remote_client_resume(media->remote);
}

int media_keep(struct media *media, uint64_t leg, enum media_note note, const void *bytes, size_t n)
{
	if (n > MEDIA_NOTE_MAX)
		return -E2BIG;
	return media->remote ? remote_client_keep(media->remote, leg, note, bytes, n) : 0;
}
