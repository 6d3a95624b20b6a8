/* The caller program's command line: any words, separated by newlines. */
#include "caller/caller.h"

#include <stddef.h>
#include <string.h>

#define WORDS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024], error[200], *argv[WORDS_MAX], *rest = NULL;
	struct caller_options options;
	int argc = 0;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	argv[argc++] = "callers";
	for (char *w = strtok_r(text, "\n", &rest); w && argc < WORDS_MAX; w = strtok_r(NULL, "\n", &rest))
		if (strcmp(w, "--help") != 0 && strcmp(w, "-h") != 0)
			argv[argc++] = w;
	caller_options_parse(argc, argv, &options, error);
	return 0;
}
