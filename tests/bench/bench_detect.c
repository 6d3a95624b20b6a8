/* How often the detector of answering machines errs, on more voices and lines than the unit test takes:
 * bench_detect [folder] [voices] [variants] [-v]. Prints one JSON object a line; the greetings are made by
 * espeak-ng and kept in the folder. */
#include "base/clock.h"
#include "base/str.h"
#include "media/detect/test_score.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static struct score s;
	struct corpus c;
	int64_t voices = 4, variants = 6;

	if ((argc > 2 && str_to_int(argv[2], 1, 4, &voices) < 0) ||
		(argc > 3 && str_to_int(argv[3], 1, 50, &variants) < 0)) {
		fprintf(stderr, "bench_detect [folder] [voices 1..4] [variants 1..50] [-v]\n");
		return 2;
	}
	int err = corpus_load(&c, argc > 1 ? argv[1] : "detect-corpus", (int)voices);
	if (err < 0) {
		fprintf(stderr, "bench_detect: no greetings could be made (%s): is espeak-ng installed?\n",
			strerror(-err));
		return 1;
	}
	s.is_talkative = argc > 4;
	int64_t start_ns = clock_mono_ns();
	err = score_run(&s, &c, (int)variants);
	score_print(&s);
	printf("{\"name\":\"detect_run\",\"seconds\":%.2f}\n", (double)(clock_mono_ns() - start_ns) / 1e9);
	corpus_free(&c);
	return err < 0;
}
