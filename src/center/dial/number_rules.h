/* How a trunk writes numbers otherwise than we do: rules "beginning=replacement", of which the longest
 * beginning that fits is carried out, once. "+98=0" replaces, "00=+" too, "9=" takes away, "=9" puts in front
 * of every number. No regular expressions: whoever reads a rule knows what it does. PURE. */
#pragma once
#include "center/dial/dial_rules.h"

/* ret_number (DIAL_NUMBER_MAX bytes; may be number): the number by the rules; what would not fit is left as
 * it was. False when no rule fits. */
bool number_rules_apply(const char *const *rules, int n, const char *number, char *ret_number);
