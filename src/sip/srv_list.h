/* The targets of a name, in the order of trying. PURE. */
#pragma once
#include <stdint.h>

#define SRV_TARGETS_MAX 8
#define SRV_HOST_MAX 128

struct srv_target {
	char host[SRV_HOST_MAX];
	uint16_t port, priority, weight;
};
struct srv_list {
	struct srv_target at[SRV_TARGETS_MAX];
	int n;
};

/* Into the order of trying: priority, then weight as RFC 2782 draws it; chance is asked for each draw. */
void srv_sort(struct srv_list *list, uint32_t (*chance)(uint32_t below));
