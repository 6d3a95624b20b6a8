/* The built-in caller: places (or, with --agents, answers) real SIP calls with real audio, for the demo, for
 * tests and for load. It is a telephone exchange full of people seen from outside: it uses sip/, media/ and
 * speech/ like any peer would and knows nothing of queues, agents' screens or the store.
 *
 * One thread runs everything here (the one that calls caller_run); the parts below talk to it through one
 * mailbox. Every call that was started ends in exactly one "call_ended" line. */
#pragma once
#include "sip/sip.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CALLER_CALLS_MAX 4000	/* alive at once */
#define CALLER_DIGITS_MAX 96	/* of --digits, all alternatives */
#define CALLER_AUDIO_MAX 200	/* letters of --audio */
#define CALLER_RATE_MAX 1000	/* calls started a second */
#define CALLER_LIMIT_MS 3600000 /* no call lasts longer */
#define CALLER_TRY_S 180	/* ringing without an answer */

struct caller_range { /* milliseconds; a value is drawn evenly from it for each call */
	int32_t min_ms, max_ms;
};
enum caller_dtmf { CALLER_DTMF_RFC4733, CALLER_DTMF_INFO, CALLER_DTMF_INBAND };

struct caller_options {
	char to[SIP_URI_MAX];	      /* "sip:support@127.0.0.1:5060"; "" with agents */
	int count;		      /* calls to place; 0: until stopped */
	int at_once;		      /* alive at the same time at most */
	double rate;		      /* calls started a second */
	struct caller_range talk;     /* from the person's voice (or from the answer, when nothing is listened
					 for) to our BYE; 0-0: never */
	struct caller_range patience; /* from the first ring to our BYE or CANCEL when no person was heard;
					 0-0: endless */
	struct caller_range answer;   /* agents: from ringing to 200 */
	char digits[CALLER_DIGITS_MAX]; /* alternatives by '|'; ',' waits a second, 'L' is the person's
					   language digit */
	enum caller_dtmf dtmf;
	char audio[CALLER_AUDIO_MAX]; /* "speech" | "silence" | "tone:440" | a WAV file */
	char from[SIP_NUMBER_MAX];    /* "people", or a pattern whose '#' become random digits */
	int hear_hz;  /* the tone that means "a person is there"; 0: a quiet second after music does (speech),
			 or the answer */
	bool is_json; /* JSON lines instead of sentences */
	int agents;   /* > 0: answer calls to a1..aN instead of placing any */
	struct sip_listen listen; /* port 0: a free one */
	char accept[64];	  /* agents: who may call, an address or CIDR */
	char media_address[64];
	uint16_t rtp_port_min, rtp_port_max;
	char cache_directory[256]; /* of spoken sentences; "" = one below the temporary folder */
	uint64_t seed;		   /* of all that is drawn; 0: another one each time */
	int stop_fd;		   /* readable: hang up everywhere and return; -1: none */
	FILE *output;		   /* what happened, a line each; NULL: nothing */
};

/* Fills in what the command line says, over the defaults. 0; 1: help was asked for and printed; -EINVAL with
 * a sentence in ret_error that says what to write instead. Pure but for the help. */
int caller_options_parse(
	int argc, char *const argv[], struct caller_options *ret_options, char ret_error[static 200]);
/* Runs until all calls ended or stop_fd is readable. 0; 1: at least one call failed (not answered, or with
 * agents none needed); -errno: a part did not start (said on standard error). Blocks; the calling thread
 * needs no loop of its own. */
int caller_run(const struct caller_options *options);
/* `markaz callers ...`: argv[0] is "callers". SIGINT and SIGTERM end it cleanly. An exit code: 0, 1, 2
 * (usage). */
int caller_main(int argc, char **argv);
