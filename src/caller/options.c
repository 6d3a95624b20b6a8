/* The command line of `markaz callers`. One table of words; each has a reader that says what it wanted when
 * it got something else. */
#include "base/str.h"
#include "caller/caller.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_SIZE 200

static const char help[] =
	"usage: markaz callers --to sip:NUMBER@HOST[:PORT] [options]     place calls\n"
	"       markaz callers --agents N --listen 127.0.0.1:5070 [options]   answer calls to a1..aN\n\n"
	"  --count N            calls to place (1); 0: until stopped\n"
	"  --rate R             calls started a second (1)\n"
	"  --at-once N          calls alive at the same time at most (4000)\n"
	"  --talk-s A-B         seconds to talk, drawn for each call (5-10); 0: until the other side hangs "
	"up\n"
	"  --patience-s A-B     seconds to wait for a person; 0: endless (0)\n"
	"  --answer-s A-B       agents: seconds to ring before answering (0)\n"
	"  --digits TEXT        keys to press after the answer: ',' waits a second, 'L' the person's "
	"language digit,\n"
	"                       '|' separates alternatives\n"
	"  --dtmf WAY           rfc4733 | info | inband (rfc4733)\n"
	"  --audio WHAT         speech | silence | tone:HZ | FILE.wav (silence)\n"
	"  --from WHO           people | a number whose # become random digits (+1555010####)\n"
	"  --hear HZ            the tone that means a person is there, measured second by second: "
	"call_ended tells\n"
	"                       the clearest one, person_heard the first, which the tone may have begun "
	"within\n"
	"  --listen ADDR:PORT   SIP address of our own (127.0.0.1:0)\n"
	"  --transport WHAT     udp | tcp (udp)\n"
	"  --accept ADDRESS     agents: who may call, an address or network (127.0.0.0/8)\n"
	"  --media-address A    address of our audio (127.0.0.1)\n"
	"  --rtp-ports A-B      (40000-49999)\n"
	"  --cache DIRECTORY    for spoken sentences\n"
	"  --seed N             the same calls again\n"
	"  --json               one JSON object a line\n";

struct word {
	const char *name;
	/* Reads value into options; NULL, or what was wanted. */
	const char *(*read)(const char *value, struct caller_options *o);
};

static const char *read_number(const char *value, int64_t min, int64_t max, int *ret_number)
{
	int64_t n;

	if (str_to_int(value, min, max, &n) < 0)
		return "a whole number in range";
	*ret_number = (int)n;
	return NULL;
}

/* "A" or "A-B" in seconds, decimals allowed. */
static const char *read_range(const char *value, struct caller_range *ret_range)
{
	static const char wanted[] = "seconds (\"30\") or a range of seconds (\"30-120\"), at most 3600";
	char *end;
	double a = strtod(value, &end), b = a;

	if (end == value)
		return wanted;
	if (*end == '-') {
		const char *second = end + 1;
		b = strtod(second, &end);
		if (end == second)
			return wanted;
	}
	if (*end || !(a >= 0) || !(b >= a) || !(b * 1000 <= CALLER_LIMIT_MS))
		return wanted;
	ret_range->min_ms = (int32_t)(a * 1000);
	ret_range->max_ms = (int32_t)(b * 1000);
	return NULL;
}

static const char *read_to(const char *value, struct caller_options *o)
{
	if (!str_starts_with(value, "sip:") || !strchr(value, '@') ||
		str_put(o->to, sizeof(o->to), value) < 0)
		return "a SIP address like sip:support@127.0.0.1:5060";
	return NULL;
}

static const char *read_count(const char *value, struct caller_options *o)
{
	return read_number(value, 0, 10000000, &o->count);
}

static const char *read_at_once(const char *value, struct caller_options *o)
{
	return read_number(value, 1, CALLER_CALLS_MAX, &o->at_once);
}

static const char *read_agents(const char *value, struct caller_options *o)
{
	return read_number(value, 1, CALLER_CALLS_MAX, &o->agents);
}

static const char *read_rate(const char *value, struct caller_options *o)
{
	char *end;
	double rate = strtod(value, &end);

	if (end == value || *end || !(rate > 0) || !(rate <= CALLER_RATE_MAX))
		return "calls a second, above 0 and at most 1000";
	o->rate = rate;
	return NULL;
}

static const char *read_talk(const char *value, struct caller_options *o)
{
	return read_range(value, &o->talk);
}

static const char *read_patience(const char *value, struct caller_options *o)
{
	return read_range(value, &o->patience);
}

static const char *read_answer(const char *value, struct caller_options *o)
{
	return read_range(value, &o->answer);
}

static const char *read_digits(const char *value, struct caller_options *o)
{
	if (value[strspn(value, "0123456789*#,L|")] || str_put(o->digits, sizeof(o->digits), value) < 0)
		return "up to 95 of 0-9 * # , L |";
	return NULL;
}

static const char *read_dtmf(const char *value, struct caller_options *o)
{
	static const char *const ways[] = {"rfc4733", "info", "inband"};

	for (int i = 0; i < 3; i++)
		if (str_equal(value, ways[i])) {
			o->dtmf = (enum caller_dtmf)i;
			return NULL;
		}
	return "rfc4733, info or inband";
}

static const char *read_audio(const char *value, struct caller_options *o)
{
	int64_t hz;

	if (str_starts_with(value, "tone:") && str_to_int(value + strlen("tone:"), 50, 3800, &hz) < 0)
		return "tone:HZ with 50 to 3800 Hz";
	if (str_is_blank(value) || str_put(o->audio, sizeof(o->audio), value) < 0)
		return "speech, silence, tone:440 or a WAV file";
	return NULL;
}

static const char *read_from(const char *value, struct caller_options *o)
{
	if (!str_equal(value, "people") && value[strspn(value, "+0123456789#")])
		return "people, or a number like +1555010####";
	return str_put(o->from, sizeof(o->from), value) < 0 || !*value ? "at most 63 characters" : NULL;
}

static const char *read_hear(const char *value, struct caller_options *o)
{
	return read_number(value, 50, 3800, &o->hear_hz);
}

/* "address:port"; IPv6 in brackets. */
static const char *read_listen(const char *value, struct caller_options *o)
{
	static const char wanted[] = "an address and a port like 127.0.0.1:5070";
	const char *colon = strrchr(value, ':');
	bool is_v6 = *value == '[';
	int64_t port;

	if (!colon || str_to_int(colon + 1, 0, 65535, &port) < 0)
		return wanted;
	if (is_v6 && (colon - value < 3 || colon[-1] != ']'))
		return wanted;
	size_t len = (size_t)(colon - value) - (is_v6 ? 2 : 0);
	if (!len || str_put_n(o->listen.address, sizeof(o->listen.address), value + is_v6, len) < 0)
		return wanted;
	o->listen.port = (uint16_t)port;
	return NULL;
}

static const char *read_transport(const char *value, struct caller_options *o)
{
	if (!str_equal(value, "udp") && !str_equal(value, "tcp"))
		return "udp or tcp";
	o->listen.transport = str_equal(value, "tcp") ? SIP_TCP : SIP_UDP;
	return NULL;
}

static const char *read_accept(const char *value, struct caller_options *o)
{
	return str_put(o->accept, sizeof(o->accept), value) < 0 ? "an address or network like 127.0.0.0/8"
								: NULL;
}

static const char *read_media_address(const char *value, struct caller_options *o)
{
	return str_put(o->media_address, sizeof(o->media_address), value) < 0 ? "an address" : NULL;
}

static const char *read_rtp_ports(const char *value, struct caller_options *o)
{
	static const char wanted[] = "two ports like 40000-49999, the second at least 2 above the first";
	const char *dash = strchr(value, '-');
	char first[8];
	int64_t a, b;

	if (!dash || str_put_n(first, sizeof(first), value, (size_t)(dash - value)) < 0)
		return wanted;
	if (str_to_int(first, 1024, 65533, &a) < 0 || str_to_int(dash + 1, a + 2, 65535, &b) < 0)
		return wanted;
	o->rtp_port_min = (uint16_t)a;
	o->rtp_port_max = (uint16_t)b;
	return NULL;
}

static const char *read_cache(const char *value, struct caller_options *o)
{
	return str_put(o->cache_directory, sizeof(o->cache_directory), value) < 0
		       ? "a path of at most 255 letters"
		       : NULL;
}

static const char *read_seed(const char *value, struct caller_options *o)
{
	int64_t seed;

	if (str_to_int(value, 1, INT64_MAX, &seed) < 0)
		return "a whole number above 0";
	o->seed = (uint64_t)seed;
	return NULL;
}

static const struct word words[] = {
	{"--to", read_to},
	{"--count", read_count},
	{"--rate", read_rate},
	{"--at-once", read_at_once},
	{"--talk-s", read_talk},
	{"--patience-s", read_patience},
	{"--answer-s", read_answer},
	{"--digits", read_digits},
	{"--dtmf", read_dtmf},
	{"--audio", read_audio},
	{"--from", read_from},
	{"--hear", read_hear},
	{"--agents", read_agents},
	{"--listen", read_listen},
	{"--transport", read_transport},
	{"--accept", read_accept},
	{"--media-address", read_media_address},
	{"--rtp-ports", read_rtp_ports},
	{"--cache", read_cache},
	{"--seed", read_seed},
};

static const struct caller_options defaults = {
	.count = 1,
	.at_once = CALLER_CALLS_MAX,
	.rate = 1,
	.talk = {5000, 10000},
	.audio = "silence",
	.from = "+1555010####",
	.listen = {.address = "127.0.0.1", .transport = SIP_UDP},
	.accept = "127.0.0.0/8",
	.media_address = "127.0.0.1",
	.rtp_port_min = 40000,
	.rtp_port_max = 49999,
	.stop_fd = -1,
};

static const struct word *word_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal(words[i].name, name))
			return &words[i];
	return NULL;
}

int caller_options_parse(
	int argc, char *const argv[], struct caller_options *ret_options, char ret_error[static 200])
{
	struct caller_options o = defaults;

	for (int i = 1; i < argc; i++) {
		const struct word *word = word_by_name(argv[i]);

		if (str_equal(argv[i], "--help") || str_equal(argv[i], "-h")) {
			fputs(help, stdout);
			return 1;
		}
		if (str_equal(argv[i], "--json")) {
			o.is_json = true;
			continue;
		}
		if (!word) {
			str_printf(ret_error, ERROR_SIZE, "unknown option '%.60s'; see markaz callers --help",
				argv[i]);
			return -EINVAL;
		}
		const char *wanted = i + 1 < argc ? word->read(argv[i + 1], &o) : "a value";
		if (wanted) {
			str_printf(ret_error, ERROR_SIZE, "%s needs %s", word->name, wanted);
			return -EINVAL;
		}
		i++;
	}
	if (!o.to[0] == !o.agents) {
		str_put(ret_error, ERROR_SIZE,
			"give either --to sip:NUMBER@HOST:PORT or --agents N; see markaz callers --help");
		return -EINVAL;
	}
	*ret_options = o;
	return 0;
}
