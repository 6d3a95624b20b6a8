/* See fork_alarm.h. */
#include "center/record/fork_alarm.h"
#include "base/log.h"
#include "base/str.h"

/* Its place in the list; -1: no alarm. */
static int place_of(const struct center *c, uint64_t recorder)
{
	for (size_t i = 0; i < json_array_size(c->fork_alarms); i++)
		if (jsonx_id(json_array_get(c->fork_alarms, i), "recorder") == recorder)
			return (int)i;
	return -1;
}

void fork_alarm_raise(struct center *c, uint64_t recorder)
{
	const struct recorder_row *r = snapshot_recorder(c->snapshot, recorder);

	if (!r || !r->is_enabled || place_of(c, recorder) >= 0)
		return;
	if (!c->fork_alarms)
		c->fork_alarms = json_array();
	json_t *alarm = json_pack("{s:s,s:I,s:o,s:s}", "kind", "recorder", "since",
		(json_int_t)center_wall(c), "recorder", json_id(recorder), "name", r->name);
	if (json_array_append_new(c->fork_alarms, alarm) == 0)
		alarms_changed(c, c->alarms);
}

void fork_alarm_clear(struct center *c, uint64_t recorder)
{
	int i = place_of(c, recorder);

	if (i < 0)
		return;
	log_info("center", 0, "the recorder \"%s\" takes calls again",
		jsonx_text(json_array_get(c->fork_alarms, (size_t)i), "name", ""));
	json_array_remove(c->fork_alarms, (size_t)i);
	alarms_changed(c, c->alarms);
}

void fork_alarm_configured(struct center *c)
{
	bool is_news = false;

	for (size_t i = json_array_size(c->fork_alarms); i-- > 0;) {
		json_t *alarm = json_array_get(c->fork_alarms, i);
		const struct recorder_row *r = snapshot_recorder(c->snapshot, jsonx_id(alarm, "recorder"));
		if (r && r->is_enabled && str_equal(jsonx_text(alarm, "name", ""), r->name))
			continue;
		is_news = true;
		if (!r || !r->is_enabled) {
			json_array_remove(c->fork_alarms, i);
			continue;
		}
		json_t *renamed = json_copy(alarm); /* pushes may still hold the old one */
		if (renamed && json_object_set_new(renamed, "name", json_string(r->name)) == 0)
			json_array_set(c->fork_alarms, i, renamed);
		json_decref(renamed);
	}
	if (is_news)
		alarms_changed(c, c->alarms);
}
