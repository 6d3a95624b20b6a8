/* A running call pulled to another device of the same person: the new leg rings or is answered by itself, and
 * only when it is up do the others hear it instead of the old one, which is then hung up. Centre thread. */
#pragma once
#include "center/state.h"

/* device: "browser", "phone", "uri". NULL, or the error's code. */
const char *pull_start(struct party *p, const char *device);
/* The new leg can be heard and hears; it could not be had (the call goes on where it is). */
void pull_connected(struct party *p);
void pull_failed(struct party *p);
