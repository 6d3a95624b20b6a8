/* The E-model. */
#include "media/rtp/quality.h"

#include <math.h>

#define R_BEST 93.2
#define DELAY_FREE_MS 100.0 /* below it delay is not felt (G.107 7-27) */

/* Ie and Bpl. G.711: G.113 table I.4, with the concealment of its Appendix I, as peers and we do it. G.722
 * and Opus have no figures on the narrow-band scale; they sound no worse than G.711 and conceal at least as
 * well, so its figures are taken. */
static void impairment(enum sdp_codec codec, double *ret_ie, double *ret_bpl)
{
	(void)codec;
	*ret_ie = 0;
	*ret_bpl = 25.1;
}

static double delay_impairment(double delay_ms)
{
	if (delay_ms <= DELAY_FREE_MS)
		return 0;
	double x = log2(delay_ms / DELAY_FREE_MS);
	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

double quality_r(const struct quality *q)
{
	double ie, bpl, percent = q->loss * 100, burst = q->burst_ratio < 1 ? 1 : q->burst_ratio;

	impairment(q->codec, &ie, &bpl);
	double ie_eff = ie + (95 - ie) * percent / (percent / burst + bpl);
	double r = R_BEST - delay_impairment(q->delay_ms) - ie_eff;
	return r < 0 ? 0 : r;
}

double quality_mos(double r)
{
	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5;
	double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
	return mos < 1 ? 1 : mos; /* the polynomial dips below 1 for R under 6.5 */
}

double quality_burst_ratio(uint64_t expected, uint64_t lost, uint64_t gaps)
{
	if (expected == 0 || lost == 0 || gaps == 0 || lost >= expected)
		return 1;
	double ratio = (double)lost / (double)gaps * (1 - (double)lost / (double)expected);
	return ratio < 1 ? 1 : ratio;
}
