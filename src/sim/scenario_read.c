/* See scenario_read.h. */
#include "sim/scenario_read.h"
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

int scenario_refuse(struct scenario_reader *r, const char *format, ...)
{
	char sentence[240];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	str_printf(r->why, SCENARIO_WHY_SIZE, "%s: %s", r->pointer[0] ? r->pointer : "/", sentence);
	return -EINVAL;
}

/* A pointer that grows too long is cut: it is for people. RFC 6901 escapes "~" and "/". */
size_t scenario_enter(struct scenario_reader *r, const char *key)
{
	size_t depth = strlen(r->pointer), n = depth;

	if (n + 1 < sizeof(r->pointer))
		r->pointer[n++] = '/';
	for (; *key && n + 3 < sizeof(r->pointer); key++) {
		if (*key == '~' || *key == '/') {
			r->pointer[n++] = '~';
			r->pointer[n++] = *key == '~' ? '0' : '1';
		} else {
			r->pointer[n++] = (unsigned char)*key < ' ' ? '?' : *key;
		}
	}
	r->pointer[n] = '\0';
	return depth;
}

size_t scenario_enter_at(struct scenario_reader *r, size_t index)
{
	char key[24];

	str_printf(key, sizeof(key), "%zu", index);
	return scenario_enter(r, key);
}

void scenario_leave(struct scenario_reader *r, size_t depth)
{
	r->pointer[depth] = '\0';
}

static const struct scenario_field *find(const struct scenario_field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (str_equal(fields->name, name))
			return fields;
	return NULL;
}

int scenario_read_object(
	struct scenario_reader *r, const json_t *obj, const struct scenario_field *fields, void *object)
{
	const char *key;
	json_t *value;

	if (!json_is_object(obj))
		return scenario_refuse(r, "must be an object {...}");
	json_object_foreach((json_t *)(uintptr_t)obj, key, value)
	{
		const struct scenario_field *field = find(fields, key);
		size_t depth = scenario_enter(r, key);
		int err = field ? field->read(r, value, object, field)
				: scenario_refuse(r, "there is no field of this name here; "
						     "\"markaz sim --help\" lists them");
		if (err < 0)
			return err;
		scenario_leave(r, depth);
	}
	for (; fields->name; fields++)
		if (fields->is_required && !json_object_get(obj, fields->name))
			return scenario_refuse(r, "the field \"%s\" is missing", fields->name);
	return 0;
}

static int read_number(struct scenario_reader *r, const json_t *value, const struct scenario_field *field,
	double *ret_number)
{
	double number = json_number_value(value);

	if (!json_is_number(value))
		return scenario_refuse(r, "must be a number from %g to %g", field->min, field->max);
	if (!(number >= field->min && number <= field->max))
		return scenario_refuse(r, "must be from %g to %g, not %g", field->min, field->max, number);
	*ret_number = number;
	return 0;
}

int scenario_read_double(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	return read_number(r, value, field, (double *)((char *)object + field->at));
}

int scenario_read_int(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	double number = 0;
	int err = read_number(r, value, field, &number);

	if (err < 0)
		return err;
	if (number != floor(number))
		return scenario_refuse(r, "must be a whole number from %g to %g", field->min, field->max);
	*(int *)((char *)object + field->at) = (int)number;
	return 0;
}

int scenario_read_ms(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	double seconds = 0;
	int err = read_number(r, value, field, &seconds);

	if (err == 0)
		*(int32_t *)((char *)object + field->at) = (int32_t)lround(seconds * 1000);
	return err;
}

int scenario_read_bool(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	if (!json_is_boolean(value))
		return scenario_refuse(r, "must be true or false");
	*(bool *)((char *)object + field->at) = json_is_true(value);
	return 0;
}

int scenario_read_choice(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	char list[200] = "";
	size_t n = 0;

	for (int i = 0; field->choices[i]; i++) {
		if (str_equal(json_string_value(value), field->choices[i])) {
			*(int *)((char *)object + field->at) = i;
			return 0;
		}
		str_printf(list + n, sizeof(list) - n, "%s\"%s\"", i ? ", " : "", field->choices[i]);
		n = strlen(list);
	}
	return scenario_refuse(r, "must be one of %s", list);
}

int scenario_read_name(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	const char *name = json_string_value(value);

	if (str_is_blank(name) || strlen(name) >= SCENARIO_NAME_SIZE)
		return scenario_refuse(r, "must be a text of 1 to %d bytes", SCENARIO_NAME_SIZE - 1);
	return str_put((char *)object + field->at, SCENARIO_NAME_SIZE, name);
}

int scenario_read_later(
	struct scenario_reader *r, const json_t *value, void *object, const struct scenario_field *field)
{
	(void)r, (void)value, (void)object, (void)field;
	return 0;
}
