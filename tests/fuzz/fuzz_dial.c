/* What people dial: any bytes give a verdict, and a number that was judged fine is a number. */
#include "base/str.h"
#include "center/dial/dial_rules.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const emergency[] = {"112"};
	char dialled[200], prefix[40], number[DIAL_NUMBER_MAX] = "", text[DIAL_NUMBER_MAX];
	const char *const forbidden[] = {prefix};
	struct dial_rules r = {"98", "0", "00", forbidden, 1, emergency, 1};

	(void)str_put_n(prefix, sizeof(prefix), (const char *)data, size < 5 ? size : 5);
	(void)str_put_n(dialled, sizeof(dialled), (const char *)data, size < 199 ? size : 199);
	enum dial_verdict v = dial_judge(&r, dialled, number);
	if (v != DIAL_FINE && v != DIAL_EMERGENCY && number[0])
		abort();
	if (number[0] && strspn(number, "+0123456789*#") != strlen(number))
		abort();
	for (int f = DIAL_E164; f <= DIAL_AS_DIALLED && number[0]; f++)
		dial_write(&r, number, (enum dial_format)f, text);
	return 0;
}
