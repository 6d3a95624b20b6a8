/* How much one agent takes at once: capacity by channel and queue, load, interrupts, wrap-up, engaged
 * contacts. */
#include "route/route_fixture.h"

TEST(capacity_counts_per_channel)
{
	_cleanup_centre_ struct centre c = centre_new();

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, CHATS);
	enqueue(&c, 2, CHATS);
	CHECK_ONLY(&c, ROUTE_OFFER, 2, AMIN);
	enqueue(&c, 3, CHATS);
	CHECK_INT(c.out.len, 0);
	enqueue(&c, 4, SALES);
	CHECK_ONLY(&c, ROUTE_OFFER, 4, AMIN);
	contact(&c, ROUTE_ACCEPTED, 1, AMIN);
	contact(&c, ROUTE_ENDED, 1, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 3, AMIN);
}

TEST(a_direct_call_occupies_and_stops_an_offer)
{
	_cleanup_centre_ struct centre c = centre_new();
	struct route_input in = {.kind = ROUTE_ENGAGE, .segment = 900, .agent = AMIN};

	configure(&c, 3, 1);
	available(&c, AMIN, true);
	enqueue(&c, 1, SALES);
	put(&c, 10, in);
	CHECK_ONLY(&c, ROUTE_WITHDRAW, 1, AMIN);
	CHECK_INT(c.out.at[0].reason, ROUTE_NOT_FREE);
	put(&c, 10, in);
	CHECK_INT(c.out.at[0].reason, ROUTE_DUPLICATE);
	in.segment = 901; /* a consultation beside it */
	put(&c, 10, in);
	contact(&c, ROUTE_ENDED, 900, AMIN);
	CHECK_INT(c.out.len, 0);
	contact(&c, ROUTE_ENDED, 901, AMIN);
	CHECK_ONLY(&c, ROUTE_OFFER, 1, AMIN);
}
