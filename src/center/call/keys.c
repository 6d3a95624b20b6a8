/* Keys that peers press, in whatever form they send and take them: RFC 4733 and tones are the media engine's,
 * SIP INFO passes through here. A peer without telephone-event gets INFO when it says that it takes it
 * (Accept) or sends it itself; when it refuses one, and otherwise, it gets tones. */
#include "center/state.h"

static bool has_events(const struct leg *leg)
{
	return sdp_telephone_event(&leg->remote, 0) != 0;
}

static void tell(struct leg *leg, enum media_command_kind kind, bool is_on)
{
	call_leg_send_media(leg, &(struct media_command){.kind = kind, .flag = {.is_on = is_on}});
}

void keys_agreed(struct leg *leg)
{
	if (leg->role == LEG_FORK || has_events(leg))
		return;
	tell(leg, MEDIA_DTMF_DETECT, true);
	if (leg->takes_keys)
		tell(leg, MEDIA_DTMF_BY_SIGNALLING, true);
}

/* To all who hear the leg; and the flow, where it is the customer's. */
static void pressed(struct leg *leg, char digit, uint16_t duration_ms)
{
	struct media_command cmd = {
		.kind = MEDIA_DTMF_PRESSED, .dtmf = {.digits = {digit}, .duration_ms = duration_ms}};

	if (!leg->takes_keys && !has_events(leg))
		tell(leg, MEDIA_DTMF_BY_SIGNALLING, true);
	leg->takes_keys = true;
	call_leg_send_media(leg, &cmd);
	if (leg->role == LEG_CUSTOMER)
		call_digit(leg->interaction, digit);
}

void keys_on_sip(struct leg *leg, const struct sip_event *e)
{
	struct media_command again = {
		.kind = MEDIA_DTMF_SEND, .dtmf = {.digits = {e->digit}, .duration_ms = e->duration_ms}};

	if (leg->state == LEG_CLOSING)
		return;
	if (e->kind == SIP_DTMF) {
		pressed(leg, e->digit, e->duration_ms);
		return;
	}
	leg->takes_keys = false;
	tell(leg, MEDIA_DTMF_BY_SIGNALLING, false);
	call_leg_send_media(leg, &again);
}

void keys_on_media(struct leg *leg, const struct media_event *e)
{
	struct sip_command cmd = {
		.kind = SIP_DTMF_INFO, .dtmf = {.digit = e->dtmf.digit, .duration_ms = e->dtmf.duration_ms}};

	if (e->kind == MEDIA_DTMF_OUT && leg->has_sip)
		call_leg_send_sip(leg, &cmd);
	else if (e->kind == MEDIA_DTMF && leg->role == LEG_CUSTOMER)
		call_digit(leg->interaction, e->dtmf.digit);
}
