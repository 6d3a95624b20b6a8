/* What a trunk has done lately: figures by quarters of an hour, and whether it does so badly that calls had
 * better go elsewhere for a while. PURE: time is a parameter.
 *
 * ASR, ACD and NER as ITU-T E.411 and E.425 define them, over calls that go out: answer-seizure ratio =
 * answered / attempts; average call duration = talk / answered; network effectiveness ratio = (answered +
 * busy + rang + refused by the called) / attempts: what only the network is to blame for. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define TRUNK_INTERVAL_MS (15 * 60 * 1000)
#define TRUNK_INTERVALS 96  /* a day */
#define TRUNK_SAMPLE 50	    /* ended calls an ASR is judged by... */
#define TRUNK_SAMPLE_MIN 10 /* ...but not by fewer */
#define TRUNK_MOS_SAMPLE 20 /* the same of MOS */
#define TRUNK_MOS_MIN 3
#define TRUNK_DEAD_MS 30000 /* for so long calls go elsewhere after one got no answer at all */

enum trunk_outcome {
	TRUNK_ANSWERED = 1,
	TRUNK_BUSY,	 /* 486, 600 */
	TRUNK_NO_ANSWER, /* it rang, or the called cannot be reached: 480, 408 after ringing, 487 (we gave up)
			  */
	TRUNK_REJECTED,	 /* 603 and what else the called decides: 4xx and 6xx but for the network's */
	TRUNK_FAILED,	 /* 5xx, 408 and silence: the network */
};
struct trunk_figures { /* sums */
	int64_t attempts, answered, busy, no_answer, rejected,
		failed;	 /* out; attempts still ringing are in no other
			  */
	int64_t blocked; /* out, held back by our own limits */
	int64_t talk_ms; /* out, of calls that ended */
	int64_t incoming, incoming_talk_ms;
	int64_t mos_sum_x100, mos_calls;
};
struct trunk_state {
	struct {
		int64_t quarter; /* wall time / TRUNK_INTERVAL_MS */
		struct trunk_figures figures;
	} at[TRUNK_INTERVALS];
	/* the sample, since the last step back */
	bool answered[TRUNK_SAMPLE];
	int n_answered; /* how many there ever were; the newest lies at n % TRUNK_SAMPLE */
	int16_t mos_x100[TRUNK_MOS_SAMPLE];
	int n_mos;
	int64_t back_until_ms; /* monotonic; 0: not stepped back */
	char back_why[64];
	int64_t credit; /* of the weighted round */
	/* what happened last */
	int failure_code;
	char failure[96];
	int64_t failed_wall; /* 0: never */
	int64_t second;	     /* wall; calls begun in it, and in the one before */
	int begun, begun_before;
};
struct trunk_bounds {
	int asr_min_pct, mos_min_x100; /* 0: none */
	int64_t back_ms;
};

/* The figures the moment counts for; old ones make room. */
struct trunk_figures *trunk_state_now(struct trunk_state *s, int64_t wall_ms);
/* Sums of the last n quarters, this one included. */
void trunk_state_sum(const struct trunk_state *s, int64_t wall_ms, int n, struct trunk_figures *ret_sum);
/* One more call begins, either way. */
void trunk_state_begun(struct trunk_state *s, int64_t wall_ms);
/* Calls begun in the last whole second. */
int trunk_state_rate(const struct trunk_state *s, int64_t wall_ms);
/* What became of a call out; has_rung: the called side said that it rings. */
enum trunk_outcome trunk_outcome_of(int code, bool has_rung);
/* Whether the next trunk is tried: the trunk is to blame, and nothing was heard yet from the other side. */
bool trunk_fails_over(int code, bool has_rung, bool has_media);
/* A call out came to this: into the figures and the sample. */
void trunk_state_outcome(struct trunk_state *s, enum trunk_outcome outcome, int64_t wall_ms);
void trunk_state_mos(struct trunk_state *s, int mos_x100, int64_t wall_ms);
/* True when the trunk steps back now, because of the sample; which then begins anew. */
bool trunk_state_judge(struct trunk_state *s, const struct trunk_bounds *bounds, int64_t now_ms);
/* It steps back: calls go elsewhere until then. */
void trunk_state_step_back(struct trunk_state *s, int64_t until_ms, const char *why);
bool trunk_state_is_back(const struct trunk_state *s, int64_t now_ms);
/* In percent, or -1 without attempts. */
int trunk_asr_pct(const struct trunk_figures *f);
int trunk_ner_pct(const struct trunk_figures *f);
/* Milliseconds, or -1 without an answered call. */
int64_t trunk_acd_ms(const struct trunk_figures *f);
