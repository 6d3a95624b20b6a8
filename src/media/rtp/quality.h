/* What a voice stream sounds like, from what happened to its packets: the E-model (ITU-T G.107) reduced to
 * what a server can know. Pure.
 *
 *     R = 93.2 - Idd - Ie,eff        MOS = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6
 *
 * 93.2 is the value of an undisturbed connection with all of G.107's defaults. Idd is the impairment by delay
 * (G.107 equations 7-27); echo is not measured and counts as cancelled. Ie,eff comes from the codec and its
 * losses (7-29) with the codec's figures of G.113, or an estimate that is named where it stands. */
#pragma once
#include "media/sdp/sdp.h"

struct quality {
	enum sdp_codec codec;
	double loss;	    /* 0..1, of packets */
	double burst_ratio; /* BurstR: 1 for losses at random, more when they come together */
	double delay_ms;    /* one way, mouth to ear */
};
/* R, 0..93.2. */
double quality_r(const struct quality *q);
/* MOS-CQ of R (G.107 Annex B): 1..4.5. */
double quality_mos(double r);
/* BurstR from the number of packets expected, lost, and of gaps (runs of lost ones): G.107 section 7.8. At
 * least 1. */
double quality_burst_ratio(uint64_t expected, uint64_t lost, uint64_t gaps);
