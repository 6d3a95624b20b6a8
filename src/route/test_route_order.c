/* Whose turn it is: bands, ageing, head start, due time, share. */
#include "route/route_fixture.h"

TEST(priority_of_the_segment_adds_to_that_of_the_queue)
{
	_cleanup_centre_ struct centre c = centre_new();

	c.queues[1].priority = 1;
	configure(&c, 3, 1);
	enqueue(&c, 1, SUPPORT);
	put(&c, 10,
		(struct route_input){.kind = ROUTE_ENQUEUE,
			.segment = 2,
			.queue = SALES,
			.priority = 2,
			.waiting_since_ms = c.now});
	available(&c, AMIN, true);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
}
