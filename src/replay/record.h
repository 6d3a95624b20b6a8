/* The routing log's language: every input of route_step with its time, as compact bytes, and back. PURE.
 *
 * A run is a RUN record (which starts everything anew), then what the engine was told, in order. Fed again to
 * an empty engine (or to the one its STATE record describes) the same actions follow, bit for bit; each INPUT
 * carries what route_step answered and a hash of its actions, so that a replay can say where it differs.
 *
 * Form: a record is its length (varint), its kind (varint), its body. Numbers are varints (LEB128, signed
 * ones in zigzag); times are differences from the record before; an id is 0 (none), 1 and its difference from
 * the last one written so, or 2 + its place in a table of the ids seen. So both sides keep a little state,
 * and a log can only be read from a RUN record on. Readers skip kinds they do not know and bytes behind the
 * fields they know; a field that is missing at the end reads as 0. An ordinary input takes about 15 to 25
 * bytes.
 *
 * Invariant: what is read equals what was written, for every input, well-formed for the engine or not.
 * Must not know who keeps the bytes. */
#pragma once
#include "route/route.h"

#define RECORD_VERSION 1		    /* of the form; readers refuse newer ones */
#define RECORD_BYTES_MAX (64 * 1024 * 1024) /* one record: a configuration or a state */
#define RECORD_PROGRAM_SIZE 32

struct record_bytes { /* grows; release with record_bytes_free */
	uint8_t *at;
	size_t len, room;
};
void record_bytes_free(struct record_bytes *b);

/* Number that hardly ever is equal for different lists; every field of every action goes into it. 0 for none.
 */
uint32_t record_hash(const struct route_actions *actions);

enum record_kind { RECORD_RUN = 1, RECORD_CLOCK, RECORD_INPUT, RECORD_STATE };
struct record {
	enum record_kind kind;
	int64_t now_ms;	 /* the engine's clock */
	int64_t wall_ms; /* UTC */
	/* INPUT. input.config is borrowed: until the next record is read */
	struct route_input input;
	int rc;	       /* what route_step answered */
	uint32_t hash; /* record_hash of its actions */
	uint32_t n_actions;
	/* RUN */
	uint64_t run;			   /* of which process start this is a part */
	char program[RECORD_PROGRAM_SIZE]; /* version of the program that wrote it */
	/* STATE: the engine as route_save gave it; borrowed from the bytes read */
	const uint8_t *state;
	size_t n_state;
	uint64_t digest; /* route_digest of that engine */
};

struct record_writer;
/* A writer of one log, or -ENOMEM. About 64 KB. Release with record_writer_free. */
int record_writer_new(struct record_writer **ret_writer);
void record_writer_free(struct record_writer *w);

/* Each appends one record to *out: 0, or -ENOMEM (or -E2BIG: above RECORD_BYTES_MAX) with *out and the writer
 * as they were. Any thread, one at a time. */
/* Begins a run; a reader can start here. wall_ms: UTC at now_ms of the engine's clock. */
int record_run(struct record_writer *w, uint64_t run, const char *program, int64_t now_ms, int64_t wall_ms,
	struct record_bytes *out);
/* The wall clock was stepped or drifted: now_ms is wall_ms. */
int record_clock(struct record_writer *w, int64_t now_ms, int64_t wall_ms, struct record_bytes *out);
/* What route_step(input, now_ms) answered: rc and actions. */
int record_input(struct record_writer *w, const struct route_input *input, int64_t now_ms, int rc,
	const struct route_actions *actions, struct record_bytes *out);
/* The whole engine (route/save.h), right after record_run and one CONFIGURE with what route_config_of named:
 * what follows applies to it instead of to an empty one. */
int record_state(struct record_writer *w, const void *state, size_t n_state, uint64_t digest,
	struct record_bytes *out);

struct record_reader;
/* A reader, or -ENOMEM. It keeps what follows from the records before, so bytes may come in pieces of whole
 * records. Release with record_reader_free. */
int record_reader_new(struct record_reader **ret_reader);
void record_reader_free(struct record_reader *rd);
/* The record at data[*at] of n bytes: 1 and *at behind it; 0 at the end of the bytes; -EINVAL: no record of
 * ours, torn, or without a RUN before it; -ENOTSUP: a newer version wrote it; -ENOMEM. After a failure *at is
 * the offset of the byte it failed at, and the reader takes only a RUN record. Nothing outside data is read,
 * whatever it holds. */
int record_next(
	struct record_reader *rd, const uint8_t *data, size_t n, size_t *at, struct record *ret_record);
