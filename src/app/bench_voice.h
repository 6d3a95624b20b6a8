/* What `markaz bench voice` measures: the same packets through a bare relay and through the media engine, one
 * after the other on the same machine. Figures are CPU time of this process as percent of one core per 100
 * calls. */
#pragma once
#include "app/bench_peers.h"

#include <stdbool.h>

enum voice_kind {
	VOICE_RELAY, /* the plain loop anyone would write first: epoll, recvfrom, sendto. The reference */
	VOICE_PASS,
	VOICE_RECORDED,
	VOICE_ENCRYPTED,  /* recorded and encrypted */
	VOICE_MUSIC,	  /* callers who wait */
	VOICE_CONFERENCE, /* five in each */
	VOICE_G722,	  /* transcoded to G.711 and back */
	VOICE_OPUS,
	VOICE_DTLS,    /* G.711 in DTLS-SRTP to clear G.711 */
	VOICE_BROWSER, /* Opus in DTLS-SRTP, as a browser speaks it, to clear G.711 */
	VOICE_KINDS
};

struct voice_result {
	bool is_done;
	const char *why_not; /* when it is not */
	double percent;	     /* of a core per 100 calls (conference: per 100 legs; music: per 100 waiting) */
	double lost_percent;
	double delay_p50_ms, delay_p99_ms;
	double rss_per_call; /* bytes */
	uint64_t late_ticks, dropped_frames;
	bool is_generator_late;
};

struct voice_bench {
	struct bench_child peers, far;
	uint16_t peer_ports[BENCH_PEERS_MAX];
	char folder[64];
	int threads; /* of the engine */
	int warm_ms, measure_ms;
};

/* Starts the children; before any thread. 0 or -errno. */
int voice_open(struct voice_bench *b, int measure_ms);
void voice_close(struct voice_bench *b);
/* calls at once; result->is_done false says why. */
void voice_measure(struct voice_bench *b, enum voice_kind kind, int calls, struct voice_result *ret_result);
const char *voice_name(enum voice_kind kind);
