/* Any bytes as a skill expression. What is accepted keeps its promises: levels, kinds, sets of one kind. */
#include "resource/expression.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t skill_of(const char *name, void *arg)
{
	(void)arg;
	return (uint64_t)(unsigned char)name[0] % 12;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ask asks[ASKS_MAX];
	struct ask_error error = {0};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	int n = ask_parse(text, skill_of, NULL, asks, &error);
	if (n > ASKS_MAX || (n < 0 && (error.column < 1 || !error.message[0])))
		abort();
	for (int i = 0; i < n; i++) {
		if (!asks[i].skill || asks[i].level < 1 || asks[i].level > ASK_LEVEL_MAX ||
			asks[i].kind > ASK_NOT)
			abort();
		for (int k = 0; k < i; k++)
			if (asks[k].any && asks[k].any == asks[i].any && asks[k].kind != asks[i].kind)
				abort();
	}
	free(text);
	return 0;
}
