/* What is asked of an agent: alternatives, fixed and preferred asks, rings that relax and widen, exclusion.
 */
#include "route/route_fixture.h"

TEST(skills_of_queue_and_segment_are_both_asked)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = newcomer(&c, 1, SALES);

	ASKS(&in, {BILLING, 4});
	ASKS(&c.queues[0], {PERSIAN, 5});
	HOLDS(&c, 0, {PERSIAN, 5}, {BILLING, 3});
	HOLDS(&c, 1, {PERSIAN, 5});
	HOLDS(&c, 2, {PERSIAN, 5}, {BILLING, 4});
	configure(&c, 3, 3);
	available(&c, AMIN, true);
	available(&c, BITA, true);
	put(&c, 10, in);
	CHECK_INT(c.out.len, 0);
	CHECK_INT(route_position(c.r, 1), 1);
	available(&c, CYRUS, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, CYRUS);
}
