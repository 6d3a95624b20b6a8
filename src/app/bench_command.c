/* `markaz bench voice`: what a call costs on this machine, and how many agents it carries. The ratio method:
 * everything is measured beside a bare relay of the same packets in the same run (before and after), so that
 * a busy or slow machine shows and the engine's own share stays comparable; what the peers cost is in other
 * processes. */
#include "app/bench_calls.h"
#include "app/bench_size.h"
#include "app/bench_voice.h"
#include "app/commands.h"
#include "base/jsonx.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CALLS 100
#define CALLS_FAR 50
#define CALLS_DELAY 300
#define QUICK_MS 1000
#define FULL_MS 8000

struct bench {
	struct voice_bench voice;
	struct size_wish wish;
	bool is_json, is_quick;
	bool is_wanted[VOICE_KINDS], is_part; /* --only: these and the relay, nothing else */
	struct voice_result results[VOICE_KINDS], relay_after, delay, delay_relay;
	struct calls_result calls;
	int port_min, port_max;
};

static const char help[] =
	"markaz bench voice [--quick] [--json] [options]\n\n"
	"Measures what calls cost on this machine, over the loopback, beside a bare relay "
	"of the same packets, and says how many\n"
	"agents it carries. About two minutes; --quick: 25 seconds, rougher. Nothing is "
	"left behind. Run it on an idle machine.\n\n"
	"The busy hour:\n"
	"  --calls-per-hour N   of one agent (12)\n"
	"  --talk-s N           seconds of talk of a call (180)\n"
	"  --recorded N         percent of calls recorded (100)\n"
	"  --encrypted N        percent of the recordings encrypted (0)\n"
	"  --opus N             percent of agents in a browser whose callers come as "
	"G.711 (0: the browser is asked for G.711)\n"
	"  --waiting N          callers hearing music for each hundred agents (20)\n"
	"  --cpu N              percent of the machine that may be used (70)\n"
	"  --rtp-ports A-B      as in the configuration (20000-29999)\n"
	"  --only NAME[,NAME]   just these, beside the relay: pass recorded recorded_encrypted "
	"music_waiting conference\n"
	"                       transcoded_g722 transcoded_opus dtls_srtp "
	"transcoded_opus_dtls_srtp\n\n"
	"Ends with 0 when everything could be measured, 1 when not.\n";

static int bad(const char *what)
{
	fprintf(stderr, "markaz bench: %s is not understood\n\n%s", what, help);
	return 2;
}

static bool read_number(const char *name, const char *value, struct size_wish *w)
{
	static const struct {
		const char *name;
		size_t offset;
		int64_t min, max;
	} numbers[] = {{"--calls-per-hour", offsetof(struct size_wish, calls_per_hour), 1, 1000},
		{"--talk-s", offsetof(struct size_wish, talk_s), 1, 3600},
		{"--recorded", offsetof(struct size_wish, recorded_percent), 0, 100},
		{"--encrypted", offsetof(struct size_wish, encrypted_percent), 0, 100},
		{"--opus", offsetof(struct size_wish, opus_percent), 0, 100},
		{"--waiting", offsetof(struct size_wish, waiting_percent), 0, 1000},
		{"--cpu", offsetof(struct size_wish, cpu_percent), 1, 100}};
	int64_t n;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (str_equal(name, numbers[i].name) &&
			str_to_int(value, numbers[i].min, numbers[i].max, &n) == 0) {
			*(double *)((char *)w + numbers[i].offset) = (double)n;
			return true;
		}
	return false;
}

static bool read_ports(struct bench *b, const char *value)
{
	const char *dash = strchr(value, '-');
	char first[8];
	int64_t low, high;

	if (!dash || str_put_n(first, sizeof(first), value, (size_t)(dash - value)) < 0 ||
		str_to_int(first, 1024, 65535, &low) < 0 || str_to_int(dash + 1, low + 1, 65535, &high) < 0)
		return false;
	b->port_min = (int)low;
	b->port_max = (int)high;
	return true;
}

static bool read_only(struct bench *b, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, ",");
		int kind = 0;
		while (kind < VOICE_KINDS &&
			(strlen(voice_name((enum voice_kind)kind)) != n ||
				strncmp(voice_name((enum voice_kind)kind), value, n) != 0))
			kind++;
		if (kind == VOICE_KINDS)
			return false;
		b->is_wanted[kind] = b->is_part = true;
		value += n + (value[n] == ',');
	}
	return b->is_part;
}

static int read_options(struct bench *b, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (str_equal(argv[i], "--json"))
			b->is_json = true;
		else if (str_equal(argv[i], "--quick"))
			b->is_quick = true;
		else if (read_number(argv[i], value, &b->wish) ||
			 (str_equal(argv[i], "--rtp-ports") && read_ports(b, value)) ||
			 (str_equal(argv[i], "--only") && read_only(b, value)))
			i++;
		else
			return bad(argv[i]);
	}
	return 0;
}

/* ---- measuring ---- */

static void progress(const struct bench *b, const char *what)
{
	if (!b->is_json && isatty(2))
		fprintf(stderr, "\r\033[K  measuring: %s ...", what);
}

static int calls_of(enum voice_kind kind)
{
	return kind >= VOICE_G722 ? CALLS_FAR : CALLS;
}

static bool is_measured(const struct bench *b, int kind)
{
	return !b->is_part || kind == VOICE_RELAY || b->is_wanted[kind];
}

static void measure(struct bench *b)
{
	for (int kind = 0; kind < VOICE_KINDS; kind++) {
		if (!is_measured(b, kind))
			continue;
		progress(b, voice_name((enum voice_kind)kind));
		voice_measure(
			&b->voice, (enum voice_kind)kind, calls_of((enum voice_kind)kind), &b->results[kind]);
	}
	progress(b, "relay_bare again");
	voice_measure(&b->voice, VOICE_RELAY, CALLS, &b->relay_after);
	if (b->is_part)
		return;
	progress(b, "delay of 300 calls");
	voice_measure(&b->voice, VOICE_RELAY, CALLS_DELAY, &b->delay_relay);
	voice_measure(&b->voice, VOICE_PASS, CALLS_DELAY, &b->delay);
	progress(b, "whole calls through a centre");
	calls_measure(b->voice.folder, b->is_quick ? 100 : 1000, b->is_quick ? 50 : 60, &b->calls);
	if (!b->is_json && isatty(2))
		fprintf(stderr, "\r\033[K");
}

static double relay_of(const struct bench *b)
{
	const struct voice_result *first = &b->results[VOICE_RELAY], *second = &b->relay_after;

	return second->is_done ? (first->percent + second->percent) / 2 : first->percent;
}

/* ---- telling ---- */

/* Calls (people, those who wait) a whole core carries. */
static double per_core(const struct voice_result *r)
{
	return r->percent > 0 ? 100 * 100 / r->percent : 0;
}

static void print_kind_json(const char *name, const struct voice_result *r, double relay)
{
	_cleanup_json_ json_t *j = json_pack("{s:s,s:b}", "name", name, "measured", r->is_done);

	if (r->is_done)
		json_object_update_new(
			j, json_pack("{s:f,s:s,s:f,s:f,s:f,s:f,s:f,s:f,s:I,s:I,s:b}", "value", r->percent,
				   "unit", "percent_of_a_core_per_100", "reference", relay, "per_core",
				   per_core(r), "lost_percent", r->lost_percent, "delay_p50_ms",
				   r->delay_p50_ms, "delay_p99_ms", r->delay_p99_ms, "bytes_per_call",
				   r->rss_per_call, "late_ticks", (json_int_t)r->late_ticks, "dropped_frames",
				   (json_int_t)r->dropped_frames, "peers_late", r->is_generator_late));
	else
		json_object_set_new(j, "why", json_string(r->why_not ? r->why_not : ""));
	json_dumpf(j, stdout, JSON_REAL_PRECISION(5));
	printf("\n");
}

static void print_kind(const char *name, const struct voice_result *r, double relay)
{
	if (!r->is_done) {
		printf("  %-26s not measured: %s\n", name, r->why_not ? r->why_not : "");
		return;
	}
	printf("  %-26s %6.2f %% of a core   %5.2f x the bare relay   %5.0f a core   lost %.3f %%%s%s\n",
		name, r->percent, relay > 0 ? r->percent / relay : 0, per_core(r), r->lost_percent,
		r->late_ticks > 0 ? "   (late ticks)" : "",
		r->is_generator_late ? "   (the peers could not keep pace: this machine is busy)" : "");
}

static void print_measured(const struct bench *b)
{
	void (*print)(const char *, const struct voice_result *, double) =
		b->is_json ? print_kind_json : print_kind;
	double relay = relay_of(b);

	if (!b->is_json)
		printf("What a hundred calls cost (music: a hundred waiting; conference: a hundred people, "
		       "five in each)\n");
	for (int kind = 0; kind < VOICE_KINDS; kind++)
		if (is_measured(b, kind))
			print(voice_name((enum voice_kind)kind), &b->results[kind], relay);
	print("relay_bare_again", &b->relay_after, relay);
	if (b->is_part)
		return;
	if (b->is_json) {
		print("relay_bare_300", &b->delay_relay, relay);
		print("pass_300", &b->delay, relay);
		return;
	}
	printf("\nDelay at %d calls, peer to peer: p50 %.2f ms, p99 %.2f ms (bare relay: %.2f, %.2f)\n",
		CALLS_DELAY, b->delay.delay_p50_ms, b->delay.delay_p99_ms, b->delay_relay.delay_p50_ms,
		b->delay_relay.delay_p99_ms);
	printf("Memory of a call: %.0f KB, recorded %.0f KB\n", b->results[VOICE_PASS].rss_per_call / 1024,
		b->results[VOICE_RECORDED].rss_per_call / 1024);
	if (b->calls.is_done)
		printf("Whole calls through a centre: %.2f s of CPU for 1000 (%d answered, %d not)\n",
			b->calls.cpu_s_per_1000, b->calls.answered, b->calls.failed);
	else
		printf("Whole calls through a centre: not measured: %s\n", b->calls.why_not);
}

static double each(const struct bench *b, enum voice_kind kind, enum voice_kind instead)
{
	const struct voice_result *r = &b->results[kind];

	return (r->is_done ? r->percent : b->results[instead].percent) / 100;
}

static void explain(const struct bench *b, const struct size_cost *c, const struct size_machine *m,
	const struct size_result *r)
{
	const struct size_wish *w = &b->wish;

	printf("\nThis machine carries %d agents\n", r->agents);
	printf("  an agent takes %.0f calls an hour of %.0f s: talks %.0f %% of the time\n",
		w->calls_per_hour, w->talk_s, 100 * r->talking);
	printf("  audio %.3f %% of a core (%.0f %% recorded, %.0f %% of these encrypted, %.0f %% Opus, %.0f "
	       "waiting for each hundred), "
	       "calls %.3f %%\n",
		r->audio, w->recorded_percent, w->encrypted_percent, w->opus_percent, w->waiting_percent,
		r->setup);
	printf("  CPU: %d cores x %.0f %% / %.3f %% = %d agents\n", m->cores, w->cpu_percent,
		r->audio + r->setup, r->by_cpu);
	printf("  ports: %ld pairs for audio / %.1f legs = %d;  descriptors: %ld = %d\n", m->ports,
		2 + w->waiting_percent / 100, r->by_ports, m->files, r->by_files);
	if (str_equal(r->binds, "cpu"))
		printf("  The CPU binds: more or faster cores carry more.\n");
	else if (str_equal(r->binds, "ports"))
		printf("  The ports bind: widen rtp_ports in the configuration (and the firewall).\n");
	else
		printf("  The descriptors bind: raise LimitNOFILE (systemd) or ulimit -n.\n");
	(void)c;
}

static long read_long(const char *path)
{
	FILE *f = fopen(path, "re");
	long n = 0;

	if (f && fscanf(f, "%ld", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

static void warn_of_buffers(const struct bench *b)
{
	long most = read_long("/proc/sys/net/core/rmem_max");

	if (!b->is_json && most > 0 && most < 1 << 22)
		printf("  UDP buffers: the kernel allows %ld KB; for floods of calls set "
		       "net.core.rmem_max=8388608 (sysctl).\n",
			most / 1024);
}

static void size(struct bench *b)
{
	struct rlimit files = {0};
	struct size_cost cost = {.pass = each(b, VOICE_PASS, VOICE_PASS),
		.recorded = each(b, VOICE_RECORDED, VOICE_PASS),
		.encrypted = each(b, VOICE_ENCRYPTED, VOICE_RECORDED),
		.opus = each(b, VOICE_BROWSER, VOICE_OPUS),
		.waiting = each(b, VOICE_MUSIC, VOICE_MUSIC),
		.calls_per_1000 = b->calls.cpu_s_per_1000};
	struct size_machine machine = {.ports = (b->port_max - b->port_min + 1) / 2};
	struct size_result r;

	machine.cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	machine.files = getrlimit(RLIMIT_NOFILE, &files) == 0 ? (long)files.rlim_max : 1024;
	size_machine(&b->wish, &cost, &machine, &r);
	if (!b->is_json) {
		explain(b, &cost, &machine, &r);
		warn_of_buffers(b);
		return;
	}
	printf("{\"name\":\"calls\",\"measured\":%s,\"value\":%.4f,\"unit\":\"cpu_s_per_1000_calls\","
	       "\"answered\":%d,\"failed\":%d}\n",
		b->calls.is_done ? "true" : "false", b->calls.cpu_s_per_1000, b->calls.answered,
		b->calls.failed);
	printf("{\"name\":\"agents\",\"value\":%d,\"binds\":\"%s\",\"by_cpu\":%d,\"by_ports\":%d,\"by_"
	       "files\":%d,\"cores\":%d,"
	       "\"audio_percent_of_a_core\":%.5f,\"calls_percent_of_a_core\":%.5f}\n",
		r.agents, r.binds, r.by_cpu, r.by_ports, r.by_files, machine.cores, r.audio, r.setup);
}

static bool is_whole(const struct bench *b)
{
	bool is_done = b->relay_after.is_done;

	if (!b->is_part)
		is_done &= b->delay.is_done && b->delay_relay.is_done && b->calls.is_done;
	for (int kind = 0; kind < VOICE_KINDS; kind++)
		is_done &= !is_measured(b, kind) || b->results[kind].is_done;
	return is_done;
}

int bench_main(int argc, char **argv)
{
	struct bench *b = &(struct bench){.wish = {.calls_per_hour = 12,
						  .talk_s = 180,
						  .recorded_percent = 100,
						  .waiting_percent = 20,
						  .cpu_percent = 70},
		.port_min = 20000,
		.port_max = 29999};

	if (argc > 1 && str_equal(argv[argc - 1], "--help"))
		return printf("%s", help), 0;
	if (argc < 2 || !str_equal(argv[1], "voice"))
		return bad(argc < 2 ? "without \"voice\" it" : argv[1]);
	if (read_options(b, argc, argv) != 0)
		return 2;
	int err = voice_open(&b->voice, b->is_quick ? QUICK_MS : FULL_MS);
	if (err < 0) {
		fprintf(stderr, "markaz bench: cannot start: %s\n", strerror(-err));
		voice_close(&b->voice);
		return 1;
	}
	measure(b);
	print_measured(b);
	if (!b->is_part)
		size(b);
	voice_close(&b->voice);
	return is_whole(b) ? 0 : 1;
}
