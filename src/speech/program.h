/* Runs one program: text in on standard input, bytes out from standard output, within limits. No shell, a
 * bare environment, no other open files; it cannot outlive its time. */
#pragma once
#include "base/str.h"

#include <stddef.h>

#define PROGRAM_ARGS_MAX 16

struct program_limits {
	size_t output_max;
	int timeout_ms;
	int stop_fd; /* readable: give up now; -1: none */
};
/* Runs argv (NULL-terminated; argv[0] is looked up in PATH unless it holds a slash) with input. Blocks.
 * *ret_output is zero-initialised by the caller and released with text_free. 0, -ENOENT / -EACCES (program
 * missing or not runnable), -ETIMEDOUT, -ECANCELED, -E2BIG (too much output), -EIO (it failed: exit code or
 * signal), -ENOMEM, -errno. */
int program_run(const char *const argv[], const char *input, const struct program_limits *limits,
	struct text *ret_output);
