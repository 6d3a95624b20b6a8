/* Telling everybody that something in the configuration changed. */
#pragma once
#include "api/exchange.h"

/* The centre loads a new snapshot; every client of the tenant hears {"on":"config","resource":..,"id":..}.
 * Worker. */
void config_changed(struct exchange *x, const struct resource *r, uint64_t id);
