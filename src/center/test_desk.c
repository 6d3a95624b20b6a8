#include "center/test_parts.h"
