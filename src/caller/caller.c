/* Starts the parts, places calls at the asked rate, hands events to the calls, ends everything. */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "caller/call.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define NOTES_AT_ONCE 2000 /* between two looks at the clock */
#define STARTS_AT_ONCE 100
#define FULL_RETRY_MS 50
#define STOP_WAIT_MS 5000
#define STOP_SIP_MS 2000
#define SPEECH_WORKERS 2
#define SPEECH_CACHE_BYTES (64 * INT64_C(1024) * 1024)

static uint64_t next_random(struct caller *c) /* SplitMix64 */
{
	uint64_t z = (c->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t caller_draw_index(struct caller *c, uint32_t n)
{
	return n ? (uint32_t)((next_random(c) >> 32) * n >> 32) : 0;
}

int32_t caller_draw(struct caller *c, struct caller_range range)
{
	return range.min_ms + (int32_t)caller_draw_index(c, (uint32_t)(range.max_ms - range.min_ms) + 1);
}

/* --- the parts' threads: only post
 * ------------------------------------------------------------------------------------ */

static bool on_sip(const struct sip_event *e, void *arg)
{
	struct caller *c = arg;
	struct caller_note note = {.kind = NOTE_SIP, .sip = *e};

	return mailbox_send(c->mailbox, &note) == 0;
}

static void on_media(const struct media_event *e, void *arg)
{
	struct caller *c = arg;
	struct caller_note note = {.kind = NOTE_MEDIA, .media = *e};

	if (mailbox_send(c->mailbox, &note) < 0)
		log_warn("caller", e->leg, "an audio event was lost: too many calls for this machine");
}

static void on_speech(const struct speech_result *result, void *arg)
{
	struct caller *c = arg;
	struct caller_note note = {.kind = NOTE_SPEECH, .speech = *result};

	if (mailbox_send(c->mailbox, &note) < 0)
		log_warn("caller", 0, "a spoken sentence was lost: too many calls for this machine");
}

/* --- starting
 * ---------------------------------------------------------------------------------------------------------
 */

static int start_media(struct caller *c)
{
	const struct caller_options *o = c->options;
	struct media_config config = {
		.rtp_port_min = o->rtp_port_min, .rtp_port_max = o->rtp_port_max, .threads = 1};

	config.legs_max = CALLER_CALLS_MAX;
	str_put(config.bind_address, sizeof(config.bind_address), o->media_address);
	return media_start(&c->media, &config, on_media, c);
}

/* Agents are called by strangers: one trunk that accepts them by address. */
static int accept_calls(struct caller *c)
{
	struct sip_command s = {.kind = SIP_CONFIGURE, .directory = sip_directory_new(1, 0)};

	if (!s.directory)
		return -ENOMEM;
	struct sip_trunk *trunk = &s.directory->trunks[0];
	trunk->id = id_new();
	trunk->is_enabled = trunk->is_accepted_by_address = true;
	trunk->transport = c->options->listen.transport;
	trunk->n_addresses = 1;
	str_put(trunk->name, sizeof(trunk->name), "the centre");
	str_put(trunk->addresses[0], sizeof(trunk->addresses[0]), c->options->accept);
	int err = sip_send(c->sip, &s);
	if (err < 0)
		sip_directory_free(s.directory);
	return err;
}

static int start_sip(struct caller *c)
{
	struct sip_config config = {.n_listen = 1, .legs_max = CALLER_CALLS_MAX};

	config.listen[0] = c->options->listen;
	str_put(config.user_agent, sizeof(config.user_agent), "Markaz caller");
	str_put(config.realm, sizeof(config.realm), "markaz-caller");
	int err = sip_start(&c->sip, &config, on_sip, c);
	return err < 0 || !c->options->agents ? err : accept_calls(c);
}

static int start_speech(struct caller *c)
{
	const char *folder = getenv("TMPDIR");
	struct speech_config config = {.workers = SPEECH_WORKERS, .cache_bytes_max = SPEECH_CACHE_BYTES};

	if (!str_equal(c->options->audio, "speech"))
		return 0;
	if (c->options->cache_directory[0])
		str_put(config.cache_directory, sizeof(config.cache_directory), c->options->cache_directory);
	else if (str_printf(config.cache_directory, sizeof(config.cache_directory), "%s/markaz-callers-%u",
			 folder && *folder ? folder : "/tmp", (unsigned)getuid()) < 0)
		return -ENAMETOOLONG;
	int err = speech_start(&c->speech, &config, on_speech, c);
	return err < 0 ? err : talk_ask_sentences(c);
}

static int start(struct caller *c)
{
	static const char *const parts[] = {"mailbox", "audio", "SIP", "speech"};
	int part = 0;
	int err = mailbox_new(&c->mailbox, sizeof(struct caller_note), CALLER_MAILBOX_MAX);

	if (err == 0)
		part = 1, err = start_media(c);
	if (err == 0)
		part = 2, err = start_sip(c);
	if (err == 0)
		part = 3, err = start_speech(c);
	if (err < 0)
		log_error("caller", 0, "%s did not start (%s); listening on %s:%u, audio %s ports %u-%u",
			parts[part], strerror(-err), c->options->listen.address, c->options->listen.port,
			c->options->media_address, c->options->rtp_port_min, c->options->rtp_port_max);
	return err;
}

static void stop(struct caller *c)
{
	struct call *call;

	if (c->sip)
		sip_stop(c->sip, STOP_SIP_MS);
	if (c->media)
		media_stop(c->media);
	if (c->speech)
		speech_stop(c->speech);
	for (size_t i = 0; (call = map_next(&c->calls, &i));)
		alloc_free(call);
	map_free(&c->calls);
	timers_free(&c->timers);
	mailbox_free(c->mailbox);
}

/* --- running
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_all_started(const struct caller *c)
{
	return c->is_stopping || c->options->agents ||
	       (c->options->count && c->n_started >= c->options->count);
}

static void on_start_due(struct timer *t, int64_t now_ms)
{
	struct caller *c = (struct caller *)((char *)t - offsetof(struct caller, timer_start));
	int64_t due_ms = now_ms;

	for (int i = 0; i < STARTS_AT_ONCE && !is_all_started(c); i++) {
		due_ms = c->started_ms + (int64_t)(c->n_started * 1000.0 / c->options->rate);
		if (due_ms > now_ms)
			break;
		if ((int)c->calls.len >= c->options->at_once || call_place(c) < 0) {
			due_ms = now_ms + FULL_RETRY_MS;
			break;
		}
	}
	if (!is_all_started(c) &&
		timer_set(&c->timers, t, due_ms > now_ms ? due_ms : now_ms + 1, on_start_due) < 0)
		c->is_stopping = true;
}

static void handle(struct caller *c, const struct caller_note *note)
{
	uint64_t leg = note->kind == NOTE_SIP	  ? note->sip.leg
		       : note->kind == NOTE_MEDIA ? note->media.leg
						  : 0;
	struct call *call = leg ? map_get(&c->calls, leg) : NULL;

	if (note->kind == NOTE_SPEECH)
		talk_speech(c, &note->speech);
	else if (note->kind == NOTE_SIP && note->sip.kind == SIP_INCOMING)
		call_take(c, &note->sip);
	else if (call && note->kind == NOTE_SIP)
		call_on_sip(call, &note->sip);
	else if (call)
		call_on_media(call, &note->media);
}

/* One round: what came, what is due, then sleep. True when stop_fd is readable. */
static bool turn(struct caller *c)
{
	struct pollfd fds[] = {{.fd = mailbox_fd(c->mailbox), .events = POLLIN},
		{.fd = c->options->stop_fd, .events = POLLIN}};

	mailbox_clear(c->mailbox);
	for (int i = 0; i < NOTES_AT_ONCE && mailbox_take(c->mailbox, &c->note); i++) {
		c->now_ms = clock_mono_ms();
		handle(c, &c->note);
	}
	c->now_ms = clock_mono_ms();
	timers_run(&c->timers, c->now_ms);
	int64_t wait_ms = timers_next(&c->timers) - c->now_ms;
	if (wait_ms < 0 || mailbox_length(c->mailbox))
		wait_ms = 0;
	if (poll(fds, 2, wait_ms > 1000 ? 1000 : (int)wait_ms) < 0)
		return false;
	return fds[1].revents != 0;
}

static void end_all(struct caller *c)
{
	struct call *call;
	int64_t deadline_ms = clock_mono_ms() + STOP_WAIT_MS;

	c->is_stopping = true;
	for (size_t i = 0; (call = map_next(&c->calls, &i));)
		call_hang_up(call, "stopped");
	while (c->calls.len && clock_mono_ms() < deadline_ms)
		turn(c);
}

static uint64_t seed_of(const struct caller_options *o)
{
	uint64_t seed = o->seed;

	if (!seed && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint64_t)clock_mono_ns();
	return seed;
}

int caller_run(const struct caller_options *options)
{
	struct caller *c = alloc_zero(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->options = options;
	c->random = seed_of(options);
	int err = start(c);
	if (err == 0) {
		c->now_ms = c->started_ms = clock_mono_ms();
		report_ready(c, sip_listen_port(c->sip, 0));
		if (!options->agents)
			err = timer_set(&c->timers, &c->timer_start, c->now_ms, on_start_due);
	}
	if (err == 0) {
		bool is_stopped = false;
		while (!is_stopped && !(is_all_started(c) && !options->agents && !c->calls.len))
			is_stopped = turn(c);
		end_all(c);
		report_summary(c);
		err = c->n_failed > 0 && !options->agents;
	}
	stop(c);
	alloc_free(c);
	return err;
}

int caller_main(int argc, char **argv)
{
	struct caller_options options;
	char error[200];
	sigset_t signals;
	int err = caller_options_parse(argc, argv, &options, error);

	if (err == 1)
		return 0;
	if (err < 0) {
		fprintf(stderr, "markaz callers: %s\n", error);
		return 2;
	}
	/* Blocked before any thread starts, so that only the descriptor gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0)
		return 1;
	options.stop_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	options.output = stdout;
	err = caller_run(&options);
	close(options.stop_fd);
	return err ? 1 : 0;
}
