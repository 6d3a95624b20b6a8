/* What happened while a recording ran, as marks on its time line: from the contact's events. */
#include "api/recordings.h"
#include "base/str.h"

#define MARKS_MAX 500 /* of one recording */

static const struct {
	const char *event, *kind, *text; /* text: the field of the event that says more; NULL: none */
} kinds[] = {
	{"segment.held", "hold", NULL},
	{"segment.resumed", "resume", NULL},
	{"interaction.transferred", "transfer", "to"},
	{"recording.paused", "pause", "reason"},
	{"recording.resumed", "resume", "reason"},
	{"note.written", "note", "notes"},
	{"party.joined", "party", "name"},
};

static void add_mark(json_t *marks, const json_t *event, int64_t at_ms)
{
	const char *type = jsonx_text(event, "type", "");
	const json_t *data = json_object_get(event, "data");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_equal(type, kinds[i].event) && json_array_size(marks) < MARKS_MAX)
			json_array_append_new(
				marks, json_pack("{s:I, s:s, s:s}", "at_ms", (json_int_t)at_ms, "kind",
					       kinds[i].kind, "text",
					       kinds[i].text ? jsonx_text(data, kinds[i].text, "") : ""));
}

void recordings_mark(json_t *interaction)
{
	const json_t *events = json_object_get(interaction, "events");
	size_t i, k;
	json_t *row, *event;

	json_array_foreach(json_object_get(interaction, "recordings"), i, row)
	{
		int64_t from = jsonx_int(row, "started_at", 0),
			length = jsonx_int(row, "duration_ms", INT64_MAX / 2);
		json_t *marks = json_array();
		json_array_foreach(events, k, event)
		{
			int64_t at = jsonx_int(event, "at", 0) - from;
			if (at >= 0 && at <= length)
				add_mark(marks, event, at);
		}
		json_object_set_new(row, "marks", marks);
	}
}
