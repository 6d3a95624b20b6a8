/* The two audio lines of a recording session as text (RFC 7866 section 7.1.1, labels: RFC 4574). Pure: no
 * libre, no I/O, no allocation. */
#pragma once
#include "sip/types.h"

/* Writes an offer of two audio lines, each with its label; or, with remote, the answer to those two. 0 or
 * -E2BIG. */
int siprec_sdp_write(const struct sdp *const local[SIPREC_STREAMS],
	const struct sdp *const remote[SIPREC_STREAMS], char labels[SIPREC_STREAMS][16], char *ret_text,
	size_t size);
/* Reads the index-th audio line (from 0) of n bytes of hostile SDP as if it were the only one. 0, or a
 * positive sdp_error; SDP_NO_AUDIO when there is no such line. */
int siprec_sdp_read(const char *text, size_t n, int index, struct sdp *ret_sdp);
