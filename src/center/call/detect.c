/* Who or what answered a call of ours: asked of the media engine, told to the log and to the party whose leg
 * it is. */
#include "base/log.h"
#include "center/state.h"

void call_detect(struct leg *leg, int32_t limit_ms, bool is_tones_only)
{
	struct media_command cmd = {
		.kind = MEDIA_DETECT, .detect = {.limit_ms = limit_ms, .is_tones_only = is_tones_only}};

	call_leg_send_media(leg, &cmd);
}

void detect_on_media(struct leg *leg, const struct media_event *e)
{
	struct party *party = leg->party;

	emit(leg->interaction->center, &(struct event){.type = EVENT_CALL_DETECTED,
					       .interaction = leg->interaction->id,
					       .ref = leg->id,
					       .reason = media_detected_name(e->detected.what),
					       .number = e->detected.percent,
					       .duration_ms = e->detected.after_ms});
	if (party && party->kind && party->kind->on_detected && leg->state != LEG_CLOSING)
		party->kind->on_detected(party, e->detected.what);
}
