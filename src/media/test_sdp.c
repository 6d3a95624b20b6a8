/* SDP: what real peers say, what hostile ones say, what we answer. */
#include "harness/test.h"
#include "base/str.h"
#include "media/sdp.h"

#include <stdio.h>

TEST(placeholder_runs)
{
	CHECK_INT(sdp_parse("", 0, &(struct sdp){0}), SDP_MALFORMED);
}
