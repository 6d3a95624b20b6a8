/* See guard.h. */
#include "sip/guard.h"
#include "sip/directory.h"
#include "sip/room.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

enum { FOR_BAN, FOR_FLOOD };

int guard_start(struct room *room)
{
	room->guard.flood = sip_flood_new();
	room->guard.bans = sip_bans_new();
	return room->guard.flood && room->guard.bans ? 0 : -ENOMEM;
}

void guard_stop(struct room *room)
{
	tmr_cancel(&room->guard.tmr_tell);
	sip_match_free(&room->guard.allowed);
	sip_flood_free(room->guard.flood);
	sip_bans_free(room->guard.bans);
	room->guard = (struct guard){0};
}

void guard_configure(struct room *room, const struct sip_defence *defence)
{
	struct guard *g = &room->guard;

	sip_match_free(&g->allowed);
	g->defence = *defence;
	for (int i = 0; i < defence->n_allowed; i++) {
		struct match_rule rule;
		if (sip_match_parse(defence->allowed[i], &rule) < 0)
			log_warn("sip", 0, "\"%s\" is no address, nobody is allowed by it",
				defence->allowed[i]);
		else if ((rule.value = g) && sip_match_add(&g->allowed, &rule) < 0)
			log_warn("sip", 0, "out of memory, %s is not allowed", defence->allowed[i]);
	}
	sip_match_seal(&g->allowed);
}

static bool is_never_banned(const struct room *room, const uint8_t address[16])
{
	return sip_match_has_address(&room->directory->addresses, address) ||
	       sip_match_has_address(&room->guard.allowed, address);
}

static void tell_dropped(void *arg)
{
	struct room *room = arg;
	struct guard *g = &room->guard;
	static const enum sip_refusal why[] = {
		[FOR_BAN] = SIP_REFUSED_BANNED, [FOR_FLOOD] = SIP_REFUSED_FLOOD};
	static const char *const reason[] = {[FOR_BAN] = "banned", [FOR_FLOOD] = "too many packets"};

	g->quiet_until_ms = clock_mono_ms() + GUARD_TELL_AGAIN_MS;
	for (int i = 0; i < 2; i++) {
		struct sip_event event = {.kind = SIP_REFUSED, .refusal = why[i], .count = g->n_dropped[i]};
		if (!g->n_dropped[i])
			continue;
		(void)str_put(event.reason, sizeof(event.reason), reason[i]);
		(void)str_put(event.source, sizeof(event.source), g->last_dropped[i]);
		log_info("sip", 0, "%d messages dropped (%s), the last from %s", g->n_dropped[i], reason[i],
			g->last_dropped[i]);
		g->n_dropped[i] = 0;
		room_tell(room, &event);
	}
}

static bool drop(struct room *room, const struct sa *source, int what)
{
	struct guard *g = &room->guard;

	if (g->n_dropped[what]++ == 0)
		transport_text(source, g->last_dropped[what], sizeof(g->last_dropped[what]));
	if (!tmr_isrunning(&g->tmr_tell))
		tmr_start(&g->tmr_tell,
			(uint64_t)MAX(g->quiet_until_ms - clock_mono_ms(), (int64_t)GUARD_TELL_MS),
			tell_dropped, room);
	return false;
}

static bool is_wanted(struct room *room, const struct sa *source, enum flood_kind kind)
{
	struct throttle_address from = transport_source(source);
	int64_t now_ms = clock_mono_ms();
	uint8_t address[16];
	bool is_known;

	transport_address(source, address);
	is_known = is_never_banned(room, address);
	if (!is_known && sip_bans_has(room->guard.bans, address, now_ms))
		return drop(room, source, FOR_BAN);
	is_known = is_known || sip_throttle_is_known(room->throttle, &from, now_ms);
	if (sip_flood_is_fine(room->guard.flood, &room->guard.defence.flood, kind, &from, is_known, now_ms))
		return true;
	return drop(room, source, FOR_FLOOD);
}

bool guard_is_packet_wanted(struct room *room, const struct sa *source)
{
	return is_wanted(room, source, FLOOD_PACKETS);
}

/* Programs that look for exchanges to break into say so themselves, often. They get no answer at all, so that
 * they do not even learn that somebody is there. */
static bool is_scanner(const struct sip_msg *msg)
{
	static const char *const names[] = {"friendly-scanner", "friendly-request", "sipvicious", "sundayddr",
		"sip-scan", "sipcli", "iWar", "VaxSIPUserAgent", "pplsip"};
	const struct sip_hdr *agent = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);

	for (size_t i = 0; agent && i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t at = 0, n = strlen(names[i]); at + n <= agent->val.l; at++)
			if (strncasecmp(agent->val.p + at, names[i], n) == 0)
				return true;
	return false;
}

bool guard_is_request_wanted(struct room *room, const struct sip_msg *msg)
{
	uint8_t address[16];

	transport_address(&msg->src, address);
	if (!is_wanted(room, &msg->src, FLOOD_REQUESTS))
		return false;
	return is_never_banned(room, address) || !is_scanner(msg) || drop(room, &msg->src, FOR_FLOOD);
}

void guard_login_failed(struct room *room, const struct sa *source)
{
	struct throttle_address from = transport_source(source);
	struct sip_event event = {.kind = SIP_BANNED, .count = room->guard.defence.failures_max};
	int64_t now_ms = clock_mono_ms();
	struct sa plain = *source;
	uint8_t address[16];

	if (!sip_throttle_is_over(room->throttle, &from, room->guard.defence.failures_max, now_ms))
		return;
	transport_address(source, address);
	if (is_never_banned(room, address))
		return;
	sip_bans_put(room->guard.bans, from.at, transport_is_v6(source) ? 64 : 128,
		now_ms + room->guard.defence.ban_s * INT64_C(1000), now_ms);
	if (re_snprintf(event.source, sizeof(event.source), "%j", &plain) < 0)
		event.source[0] = '\0';
	(void)str_put(event.reason, sizeof(event.reason), "wrong passwords");
	log_warn("sip", 0, "%s is banned for %d s: %d wrong passwords", event.source,
		room->guard.defence.ban_s, event.count);
	room_tell(room, &event);
}

void guard_ban(struct room *room, const struct sip_command *command)
{
	int64_t now_ms = clock_mono_ms();
	struct match_rule rule;

	if (sip_match_parse(command->ban.address, &rule) < 0)
		return;
	if (strchr(command->ban.address, ':') && rule.bits == 128 && !strchr(command->ban.address, '.'))
		rule.bits = 64; /* of IPv6 the network is who it is */
	if (command->ban.seconds > 0)
		sip_bans_put(room->guard.bans, rule.address, rule.bits,
			now_ms + command->ban.seconds * INT64_C(1000), now_ms);
	else
		(void)sip_bans_lift(room->guard.bans, rule.address, rule.bits);
}
