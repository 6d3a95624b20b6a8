/* Any bytes as what a speech program wrote. */
#include "speech/sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sound s = {0};

	if (sound_parse_wav(data, size, &s) < 0)
		return 0;
	sound_prepare(&s);
	sound_free(&s);
	return 0;
}
