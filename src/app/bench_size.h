/* From what calls cost on this machine to how many agents it carries: plain arithmetic, shown. Pure. */
#pragma once
#include <stdbool.h>

struct size_wish {	       /* the busy hour */
	double calls_per_hour; /* of an agent */
	double talk_s;
	double recorded_percent, encrypted_percent; /* encrypted: of the recorded */
	double opus_percent;			    /* agents in a browser whose callers come as G.711 */
	double waiting_percent;			    /* callers who hear music, per talking agent */
	double cpu_percent;			    /* of the machine that may be used */
};
struct size_cost {				/* percent of a core */
	double pass, recorded, encrypted, opus; /* a call that talks */
	double waiting;				/* a caller who waits */
	double calls_per_1000; /* CPU seconds to set up and end 1000 calls through the centre */
};
struct size_machine {
	int cores;
	long ports, files; /* RTP ports (pairs), descriptors */
};
struct size_result {
	double talking;	     /* of an agent's time */
	double audio, setup; /* percent of a core an agent takes */
	int by_cpu, by_ports, by_files, agents;
	const char *binds; /* "cpu", "ports", "files" */
};
void size_machine(const struct size_wish *wish, const struct size_cost *cost,
	const struct size_machine *machine, struct size_result *ret_result);
