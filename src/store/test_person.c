/* People: what is sealed, how it opens again, what erasing leaves. */
#include "base/str.h"
#include "store/person.h"
#include "store/seal.h"
#include "store/store_fixture.h"

#include <errno.h>

TEST(an_address_is_the_same_however_it_is_written)
{
	char a[PERSON_ADDRESS_SIZE], b[PERSON_ADDRESS_SIZE];

	CHECK(person_address("+98 912 345-6789", a) && person_address("09123456789", b));
	CHECK_STR(a, b);
	CHECK(person_address("Zahra@Example.ORG", a));
	CHECK_STR(a, "a:zahra@example.org");
	CHECK(person_address("101", a));
	CHECK_STR(a, "n:101");
	CHECK(!person_address("anonymous", a) && !person_address("", a) && !person_address(NULL, a));
	CHECK(!person_address("+", a) || str_equal(a, "a:+"));
}
