/* See bench_size.h. A call has two legs, each with a pair of ports (RTP and RTCP) and a descriptor for each;
 * a recording takes one more, and 256 are left for everything else. */
#include "app/bench_size.h"

#include <limits.h>

#define LEGS 2
#define FILES_OF_A_LEG 2
#define FILES_KEPT 256
#define AGENTS_MAX 100000

static double mean(double share_percent, double with, double without)
{
	return without + (with - without) * share_percent / 100;
}

static int whole(double x)
{
	return x < 0 ? 0 : x > AGENTS_MAX ? AGENTS_MAX : (int)x;
}

void size_machine(const struct size_wish *wish, const struct size_cost *cost,
	const struct size_machine *machine, struct size_result *ret_result)
{
	struct size_result r = {.talking = wish->calls_per_hour * wish->talk_s / 3600};

	if (r.talking > 1)
		r.talking = 1;
	double recorded = mean(wish->encrypted_percent, cost->encrypted, cost->recorded);
	double call = mean(wish->recorded_percent, recorded, cost->pass) +
		      wish->opus_percent / 100 * (cost->opus > cost->pass ? cost->opus - cost->pass : 0);
	double waiting = wish->waiting_percent / 100;
	r.audio = r.talking * (call + waiting * cost->waiting);
	/* Seconds of CPU an hour, as percent of a core. */
	r.setup = 100 * wish->calls_per_hour * cost->calls_per_1000 / 1000 / 3600;
	r.by_cpu = whole(
		machine->cores * wish->cpu_percent / (r.audio + r.setup > 1e-6 ? r.audio + r.setup : 1e-6));
	/* In the busiest moment everybody talks, and callers wait beside. */
	double legs = LEGS + waiting;
	r.by_ports = whole((double)machine->ports / legs);
	r.by_files = whole((double)(machine->files - FILES_KEPT) /
			   (legs * FILES_OF_A_LEG + wish->recorded_percent / 100));
	r.agents = r.by_cpu;
	r.binds = "cpu";
	if (r.by_ports < r.agents) {
		r.agents = r.by_ports;
		r.binds = "ports";
	}
	if (r.by_files < r.agents) {
		r.agents = r.by_files;
		r.binds = "files";
	}
	*ret_result = r;
}
