/* Wiring. The order of starting: store, media, speech, SIP, centre, API; of stopping: the reverse, after the
 * centre drained. Invariant: whatever server_start began is stopped when it fails half-way. */
#include "app/server.h"
#include "app/compressor.h"
#include "app/control.h"
#include "app/first_start.h"
#include "app/queue_log.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/cert_live.h"
#include "loop/cert.h"
#include "store/copy/move.h"
#include "store/log/archive.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 1048576

struct server {
	struct app_config config;
	struct store *store;
	struct media *media;
	struct speech *speech;
	struct sip *sip;
	struct center *center;
	struct api *api;
	_Atomic(struct center *) commit_center;
	_Atomic(struct api *) commit_api; /* for the store's thread, which runs before there is one */
	struct control *control;
	_Atomic(struct queue_log_follower *) queue_log;
	struct archiver *archiver;
	struct keeper *keeper;
	struct compressor *compressor;
	bool is_center_running;
};

static int say(int err, const char *what)
{
	fprintf(stderr, "markaz: %s: %s\n", what, strerror(-err));
	return err;
}

static int make_directory(const char *base, const char *name)
{
	char path[300];

	if (str_printf(path, sizeof(path), "%s%s%s", base, *name ? "/" : "", name) < 0)
		return -ENAMETOOLONG;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int make_directories(const char *base)
{
	static const char *const names[] = {"", "recordings", "prompts", "speech"};
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && err == 0; i++)
		err = make_directory(base, names[i]);
	return err;
}

/* Not more than FILES_MAX: libwebsockets sizes its tables by the limit, and some containers allow a thousand
 * million. */
void server_raise_file_limit(int legs_max)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < (rlim_t)legs_max + 1000)
		log_warn("app", 0, "only %llu files may be open: about %llu calls; raise LimitNOFILE",
			(unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_cur / 2);
}

static void on_commit(uint64_t last_seq, void *arg)
{
	struct server *s = arg;
	struct api *a = atomic_load(&s->commit_api);

	center_on_commit(last_seq, atomic_load(&s->commit_center));
	if (a)
		api_on_commit(last_seq, a);
	queue_log_wake(atomic_load(&s->queue_log));
}

/* A recording is whole, or it is kept another way from now on. */
static void on_sealed(uint64_t seq, void *arg)
{
	struct server *s = arg;

	compressor_wake(s->compressor, seq);
}

/* The store's alarms on their way to the screens. False: the centre is too busy, tell it again. */
static bool on_alarms(void *arg)
{
	struct server *s = arg;
	struct store_alarm_view list[STORE_ALARMS];
	struct center_input in = {.kind = CENTER_ALARMS, .body = json_array()};
	int n = store_alarms(s->store, list);

	for (int i = 0; i < n; i++) {
		json_t *j = json_pack("{s:s,s:I}", "kind", store_alarm_name(list[i].alarm), "since",
			(json_int_t)list[i].since_ms);
		if (j && list[i].reason)
			jsonx_set_text(j, "reason", list[i].reason);
		json_array_append_new(in.body, j);
	}
	if (in.body && center_send(s->center, &in) == 0)
		return true;
	json_decref(in.body);
	return false;
}

static int start_parts(struct server *s)
{
	struct app_config *c = &s->config;
	struct speech_config speech = {.workers = c->speech_workers, .cache_bytes_max = INT64_C(512) << 20};
	char server_pem[300];
	int err;

	store_spool_keep(s->store, c->spool_mb);
	store_route_log_keep(s->store, c->route_log_days);
	if (c->archive_months &&
		(err = archiver_start(&s->archiver, s->store, c->data_directory, c->archive_months)) < 0)
		return say(err, "the thread for archives does not start");
	if ((err = keeper_start(&s->keeper, s->store)) < 0)
		return say(err, "the thread that removes what is due does not start");
	if ((err = compressor_start(&s->compressor, s->store, c->data_directory)) < 0)
		return say(err, "the thread that compresses recordings does not start");
	str_printf(server_pem, sizeof(server_pem), "%s/server.pem", c->data_directory);
	if ((err = cert_ensure(
		     server_pem, *c->media.advertised_address ? c->media.advertised_address : "markaz")) < 0)
		return say(err, "the certificate cannot be made");
	str_printf(speech.cache_directory, sizeof(speech.cache_directory), "%s/speech", c->data_directory);
	str_put(speech.program, sizeof(speech.program), c->speech_program);
	if ((err = first_start_music(c->data_directory)) < 0)
		return say(err, "the music for those who wait cannot be written");
	if ((err = center_new(&s->center)) < 0 || (err = api_new(&s->api)) < 0)
		return say(err, "out of memory");
	atomic_store(&s->commit_center, s->center);
	atomic_store(&s->commit_api, s->api);
	if ((err = media_start(&s->media, &c->media, center_on_media, s->center)) < 0)
		return say(err, c->media.process[0]
					? "media_process does not answer: is \"markaz media\" running, by "
					  "the same user "
					  "and program?"
					: "the media engine does not start (is the WebRTC port taken?)");
	if ((err = speech_start(&s->speech, &speech, center_on_speech, s->center)) < 0)
		return say(err, "speech does not start");
	if ((err = first_start_realm(c->data_directory, c->sip.realm, sizeof(c->sip.realm))) < 0)
		return say(err, "the settings cannot be read");
	c->sip.media = s->media;
	c->sip.is_restoring = media_outlives(s->media);
	if ((err = sip_start(&s->sip, &c->sip, center_on_sip, s->center)) < 0)
		return say(err, "SIP does not start (is another program on its port?)");
	return 0;
}

/* Before the first event of this start. */
static int start_queue_log(struct server *s)
{
	const struct app_config *c = &s->config;
	struct queue_log_follower *follower = NULL;
	int err = *c->queue_log ? queue_log_start(&follower, c->data_directory, c->queue_log, s->store) : 0;

	if (err < 0) {
		fprintf(stderr, "markaz: queue_log: %s cannot be written: %s\n", c->queue_log,
			strerror(-err));
		return err;
	}
	atomic_store(&s->queue_log, follower);
	return 0;
}

static int open_for_business(struct server *s)
{
	struct center_parts center = {.store = s->store,
		.media = s->media,
		.sip = s->sip,
		.speech = s->speech,
		.data_directory = s->config.data_directory,
		.is_noise_offered = s->config.comfort_noise != 0,
		.on_output = api_on_output,
		.on_output_arg = s->api,
		.on_sealed = on_sealed,
		.on_sealed_arg = s};
	struct api_parts api = {
		.center = s->center, .store = s->store, .speech = s->speech, .media = s->media};
	int err = start_queue_log(s);

	if (err < 0)
		return err;
	err = center_start(s->center, &center);
	if (err < 0)
		return say(err, "the centre does not start");
	s->is_center_running = true;
	if ((err = store_watch(s->store, on_alarms, s)) < 0)
		return say(err, "the thread that watches the disk does not start");
	if ((err = api_start(s->api, &s->config.api, &api)) < 0)
		return say(err, "the web server does not start (is its port taken?)");
	if ((err = control_start(&s->control, s->config.data_directory, s->store, s->center)) < 0)
		log_warn("app", 0,
			"no control socket (error %d): markaz apply works only while the server is stopped",
			err);
	return 0;
}

int server_start(
	struct server **ret_server, const struct app_config *config, char ret_first_password[static 32])
{
	struct server *s = alloc_zero(sizeof(*s));
	int64_t began = clock_mono_ms();
	enum log_level level = LOG_INFO;
	int err;

	if (!s)
		return say(-ENOMEM, "out of memory");
	s->config = *config;
	log_level_parse(config->log_level, &level);
	log_level_set(level);
	signal(SIGPIPE, SIG_IGN);
	server_raise_file_limit(config->sip.legs_max);
	if ((err = config_complete(&s->config)) < 0)
		say(err, "data_directory");
	else if ((err = make_directories(s->config.data_directory)) < 0)
		say(err, s->config.data_directory);
	else if ((err = store_where_agree(s->config.data_directory, s->config.database_url)) < 0)
		say(err, "database_url");
	else if ((err = move_forget(s->config.data_directory)) < 0)
		say(err, "a migration that was cut off left triggers in the database, which cannot be "
			 "removed");
	else if ((err = store_open(&s->store, s->config.data_directory, on_commit, s)) < 0)
		say(err, err == -EBUSY ? "another server has this data directory open"
				       : "the database does not open");
	else if ((err = first_start_administrator(s->store, s->config.data_directory, ret_first_password)) <
		 0)
		say(err, "the first administrator cannot be made");
	else if ((err = start_parts(s)) == 0)
		err = open_for_business(s);
	if (err < 0) {
		server_stop(s, 0);
		return err;
	}
	log_info("app", 0, "Markaz %s open after %lld ms: http port %d, https port %d", MARKAZ_VERSION,
		(long long)(clock_mono_ms() - began), s->config.api.http_port, s->config.api.https_port);
	*ret_server = s;
	return 0;
}

struct api *server_api(struct server *s)
{
	return s->api;
}

/* Settings may have been changed by hand, and files renamed. */
static void on_hang_up(struct server *s)
{
	center_send(s->center, &(struct center_input){.kind = CENTER_CONFIG_CHANGED});
	queue_log_wake(atomic_load(&s->queue_log));
	cert_live_reload_all();
	log_info("app", 0, "certificates are read again at the next handshake");
}

void server_wait(struct server *s)
{
	sigset_t set;
	int sig;

	(void)s;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	do {
		sigwait(&set, &sig);
		if (sig == SIGHUP)
			on_hang_up(s);
	} while (sig == SIGHUP);
	log_info("app", 0, "signal %d: stopping", sig);
}

void server_stop(struct server *s, int drain_s)
{
	struct center_input drain = {
		.kind = CENTER_DRAIN, .deadline_ms = clock_mono_ms() + drain_s * INT64_C(1000)};

	control_stop(s->control);
	if (s->store)
		store_watch_stop(s->store);
	if (s->is_center_running) {
		center_send(s->center, &drain);
		center_join(s->center);
	}
	if (s->api)
		api_stop(s->api, 2000);
	if (s->sip)
		sip_stop(s->sip, 2000);
	if (s->media)
		media_stop(s->media);
	if (s->speech)
		speech_stop(s->speech);
	archiver_stop(s->archiver);
	keeper_stop(s->keeper);
	compressor_stop(s->compressor);
	if (s->store)
		store_close(s->store);
	queue_log_stop(atomic_load(&s->queue_log)); /* nothing is committed any more */
	center_free(s->center);
	if (s->api)
		api_free(s->api);
	alloc_free(s);
}
