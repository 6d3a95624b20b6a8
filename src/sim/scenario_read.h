/* Reading JSON objects by tables of fields, with errors that name the place. For scenario.c. */
#pragma once
#include "sim/scenario.h"

struct scenario_reader {
	struct scenario *s;
	char pointer[160]; /* of what is read now */
	char *why;	   /* SCENARIO_WHY_SIZE */
};

struct scenario_field {
	const char *name;
	/* 0, or what scenario_refuse gave. object: what the table describes. */
	int (*read)(struct scenario_reader *r, const json_t *value, void *object,
		const struct scenario_field *field);
	size_t at; /* offset in object */
	double min, max;
	bool is_required;
	const char *const *choices;
};

/* Writes "POINTER: sentence" as the reason; -EINVAL. */
int scenario_refuse(struct scenario_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Goes one step down the document and back. depth: what scenario_enter gave. */
size_t scenario_enter(struct scenario_reader *r, const char *key);
size_t scenario_enter_at(struct scenario_reader *r, size_t index);
void scenario_leave(struct scenario_reader *r, size_t depth);

/* Reads all fields of obj into object: unknown names, wrong types and missing required ones are refused; what
 * is absent stays as it was. The table ends with a field without name. */
int scenario_read_object(
	struct scenario_reader *r, const json_t *obj, const struct scenario_field *fields, void *object);

/* The usual kinds; numbers within min..max. */
int scenario_read_double(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
int scenario_read_int(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
/* Seconds, perhaps with a fraction, into an int32_t of milliseconds. */
int scenario_read_ms(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
int scenario_read_bool(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
/* One of choices, into an int-sized enum. */
int scenario_read_choice(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
/* A text of 1..64 bytes into char[SCENARIO_NAME_SIZE]. */
int scenario_read_name(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
/* Takes anything: read elsewhere, together with what it belongs to. */
int scenario_read_later(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);

/* The parts of a scenario. Skills by name: what a queue asks (object: struct scenario_queue), what a group
 * holds (struct scenario_group). */
int scenario_read_required(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
int scenario_read_preferred(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
int scenario_read_held(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
int scenario_read_queues(struct scenario_reader *, const json_t *, void *, const struct scenario_field *);
/* After the queues. */
int scenario_read_groups(struct scenario_reader *r, const json_t *value);
/* Place of the queue with this id, or -1. */
int scenario_queue_place(const struct scenario *s, const char *id);
extern const char *const scenario_channels[];
