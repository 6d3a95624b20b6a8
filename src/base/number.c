/* See number.h. */
#include "base/number.h"

#include <string.h>

static void reverse_digits(const char *number, size_t max, char *ret_key)
{
	size_t n = number ? strlen(number) : 0, len = 0;

	while (n > 0 && len < max) {
		n--;
		if (number[n] >= '0' && number[n] <= '9')
			ret_key[len++] = number[n];
	}
	ret_key[len] = '\0';
}

void number_key(const char *number, char ret_key[static NUMBER_KEY_SIZE])
{
	reverse_digits(number, NUMBER_KEY_SIZE - 1, ret_key);
}

void number_tail_key(const char *number, char ret_key[static NUMBER_KEY_SIZE])
{
	reverse_digits(number, NUMBER_TAIL, ret_key);
}
