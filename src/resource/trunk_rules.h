/* What several resources say of trunks: rules of numbers and prices, checked the same way. PURE. */
#pragma once
#include "resource/resource.h"

/* Every rule of the list value[name] is "beginning=replacement" of digits, +, * and #. */
void check_number_rules(const json_t *value, const char *name, struct issues *issues);
/* Every one is "beginning=price". */
void check_rates(const json_t *value, const char *name, struct issues *issues);
/* The text value[name], when there, is a price: digits, perhaps a point and at most six more. */
void check_price(const json_t *value, const char *name, struct issues *issues);
