/* What a recorder is told of a call: recording metadata (RFC 7865) as XML. Pure: times and names come in,
 * text goes out. */
#pragma once
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define FORK_STREAMS 2
#define FORK_PEOPLE_MAX 16
#define FORK_CUSTOMER 0 /* the stream of what the customer says */
#define FORK_HOUSE 1	/* of what everybody of the house says */

struct fork_person {
	uint64_t id; /* of the party */
	bool is_customer;
	char aor[200];		   /* "tel:+98211234", "sip:ann@markaz.invalid" */
	char name[128];		   /* "": none */
	int64_t from_ms, until_ms; /* wall; until 0: still there */
};
struct fork_metadata {
	uint64_t interaction, fork;
	int64_t started_ms, ended_ms; /* wall; of the recording session's call; ended 0: runs */
	struct fork_person people[FORK_PEOPLE_MAX];
	int n_people;
};

/* The whole state (datamode complete), at most size bytes. 0, -ENOMEM or -E2BIG. */
int fork_metadata_xml(const struct fork_metadata *m, char *ret_xml, size_t size);
/* 16 bytes that stand for an object of kind, as base64: the ids of RFC 7865 section 6.1. The same object has
 * the same. */
#define FORK_ID_SIZE 25
void fork_metadata_id(uint64_t id, unsigned kind, char ret_text[static FORK_ID_SIZE]);
