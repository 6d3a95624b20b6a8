/* The configuration file's parser. */
#include "app/config.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct app_config config;
	char why[400];

	config_defaults(&config);
	config_parse(&config, (const char *)data, size, why, sizeof(why));
	return 0;
}
