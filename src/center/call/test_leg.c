/* What legs offer, answer and tell the media engine, whoever stands at the other end. */
#include "base/str.h"
#include "center/test_parts.h"

static uint64_t call_with(struct world *w, const struct sdp *sdp)
{
	struct sip_event e = {
		.kind = SIP_INCOMING, .leg = w->next_leg++, .trunk = w->trunk, .has_sdp = sdp != NULL};

	(void)str_put(e.from_number, sizeof(e.from_number), "100");
	(void)str_put(e.to_number, sizeof(e.to_number), "1000");
	if (sdp)
		e.sdp = *sdp;
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

static const struct media_command *remote_of(struct world *w, uint64_t leg)
{
	for (size_t i = w->media.len; i-- > 0;)
		if (w->media.at[i].kind == MEDIA_LEG_REMOTE && w->media.at[i].leg == leg)
			return &w->media.at[i];
	return NULL;
}

TEST(an_answer_takes_the_first_voice_of_the_caller)
{
	static const struct {
		struct sdp_format formats[4];
		enum sdp_codec codec;
		int telephone_event;
	} rows[] = {
		{{{SDP_PCMU, 0}, {SDP_G722, 9}, {SDP_TELEPHONE_EVENT, 101}}, SDP_PCMU, 101},
		{{{SDP_G722, 9}, {SDP_PCMA, 8}}, SDP_G722, 0},
		{{{SDP_OPUS, 96, 48000}, {SDP_PCMA, 8}, {SDP_TELEPHONE_EVENT, 101, 8000},
			 {SDP_TELEPHONE_EVENT, 100, 48000}},
			SDP_OPUS, 100},
		{{{SDP_TELEPHONE_EVENT, 101}, {SDP_COMFORT_NOISE, 13}, {SDP_PCMA, 8}}, SDP_PCMA, 101},
	};
	WITH_WORLD(w);
	CHECK(world_start(&w));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sdp sdp = {.has_audio = true, .port = 9, .n_formats = 4, .address = "192.0.2.9"};
		char text[SDP_TEXT_MAX];

		memcpy(sdp.formats, rows[i].formats, sizeof(rows[i].formats));
		while (sdp.formats[sdp.n_formats - 1].codec == SDP_CODEC_NONE)
			sdp.n_formats--;
		sdp.n_mlines = 1;
		(void)str_put(sdp.mlines[0].media, sizeof(sdp.mlines[0].media), "audio");
		(void)str_put(sdp.mlines[0].protocol, sizeof(sdp.mlines[0].protocol), "RTP/AVP");
		uint64_t leg = call_with(&w, &sdp);
		const struct media_command *cmd = remote_of(&w, leg);
		CHECK(cmd && cmd->remote.codec == rows[i].codec);
		CHECK_INT(cmd->remote.telephone_event, rows[i].telephone_event);
		CHECK_INT(cmd->remote.n_formats, sdp.n_formats);
		/* The text says the same as the engine was told. */
		struct sip_command *answer = world_sip_command(&w, SIP_ANSWER);
		CHECK(answer && answer->leg == leg);
		CHECK_INT(sdp_write(&answer->sdp, &sdp, text, sizeof(text)), 0);
		CHECK_INT(sdp_parse(text, strlen(text), &sdp), 0);
		CHECK_INT(sdp.formats[0].codec, rows[i].codec);
		CHECK_INT(sdp.formats[0].payload_type, cmd->remote.payload_type);
		CHECK_INT(
			sdp_telephone_event(&sdp, cmd->remote.formats[0].clock_hz), rows[i].telephone_event);
		world_sip(&w, SIP_ENDED, leg, 0);
	}
}

TEST(an_agent_is_offered_the_voice_of_the_caller_first)
{
	static const enum sdp_codec voices[] = {SDP_PCMU, SDP_PCMA, SDP_G722, SDP_OPUS};
	WITH_WORLD(w);
	CHECK(world_agent(&w, "carl", ALWAYS_AT_URI) && world_start(&w));
	for (int i = 0; i < 4; i++) {
		struct sdp sdp = {.has_audio = true,
			.port = 9,
			.n_formats = 2,
			.formats = {{voices[i], 120}, {SDP_PCMA, 8}},
			.address = "192.0.2.9"};
		world_forget(&w);
		uint64_t leg = call_with(&w, &sdp);
		struct sip_command *call = world_sip_command(&w, SIP_CALL);
		CHECK(call && call->sdp.formats[0].codec == voices[i]);
		bool has_opus = false;
		for (int k = 0; k < call->sdp.n_formats; k++)
			has_opus |= call->sdp.formats[k].codec == SDP_OPUS;
		CHECK(has_opus == (voices[i] == SDP_OPUS));
		CHECK(sdp_telephone_event(&call->sdp, 8000) == 101 && call->sdp.has_rtcp_mux);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 1000);
	}
}

TEST(a_browser_is_offered_opus)
{
	WITH_DESK(w, d);
	uint64_t leg = world_call(&w, "100", "1000");
	const char *sdp = json_string_value(json_object_get(world_push(&w, d.ann, "offer"), "sdp"));

	CHECK(sdp && strstr(sdp, "UDP/TLS/RTP/SAVPF 8 111 0 110 126\r\n"));
	CHECK(strstr(sdp, "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"));
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(a_call_without_an_offer_gets_ours_and_talks_when_the_ack_answers)
{
	WITH_DESK(w, d);
	w.is_sip_silent = true;
	uint64_t leg = call_with(&w, NULL);
	struct sip_command *answer = world_sip_command(&w, SIP_ANSWER);

	CHECK(answer && answer->sdp.n_formats >= 3 && !remote_of(&w, leg));
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK(remote_of(&w, leg) && remote_of(&w, leg)->remote.codec == SDP_PCMA);
	world_connect(&w, d.ann_page, d.ann);
	CHECK_INT(world_ix(&w, leg)->stage, STAGE_TALKING);
	world_sip(&w, SIP_ENDED, leg, 0);
	/* An ACK without the answer it owes. */
	leg = call_with(&w, NULL);
	struct sip_event e = {.kind = SIP_ANSWERED, .leg = leg, .code = 200};
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_INTERACTION_ENDED)->reason, "no_common_codec");
}

TEST(what_a_call_sounds_like_is_told_while_it_lasts_and_kept)
{
	WITH_DESK(w, d);
	uint64_t leg = desk_talk(&w, &d);
	struct media_event e = {.kind = MEDIA_QUALITY, .leg = leg, .stats = {.mos_x100 = 421}};

	CHECK(world_media_command(&w, MEDIA_QUALITY_REPORT) ||
		json_is_null(json_object_get(world_push(&w, d.ann, "call"), "mos")));
	center_on_media(&e, w.center);
	world_run(&w);
	CHECK_INT((int)(json_number_value(json_object_get(world_push(&w, d.ann, "call"), "mos")) * 100 + 0.5),
		421);
	world_forget(&w);
	e.stats.mos_x100 = 417; /* too little to speak of */
	center_on_media(&e, w.center);
	world_run(&w);
	CHECK(!world_push(&w, d.ann, "call"));
	w.is_media_silent = true;
	world_sip(&w, SIP_ENDED, leg, 0);
	e = (struct media_event){.kind = MEDIA_LEG_CLOSED,
		.leg = leg,
		.stats = {.packets_in = 990,
			.packets_out = 1000,
			.lost = 10,
			.mos_x100 = 405,
			.codec = SDP_PCMA,
			.jitter_us = 2000,
			.rtt_us = 31000}};
	center_on_media(&e, w.center);
	world_run(&w);
	CHECK_INT(world_count(&w, EVENT_LEG_ENDED), 1);
	const struct logged *l = world_last(&w, EVENT_LEG_ENDED);
	CHECK(l->e.number == 405 && l->e.ref == leg);
	CHECK_STR(l->reason, "customer");
	CHECK(strstr(l->text, "\"codec\":\"PCMA\"") && strstr(l->text, "\"lost_permille\":10,"));
	struct center_totals totals;
	center_totals(w.center, &totals);
	CHECK(totals.mos[4] == 1 && totals.mos_sum_x100 == 405);
}

static struct sdp secret_offer(enum sdp_security security)
{
	struct sdp sdp = {.has_audio = true,
		.port = 9,
		.n_formats = 1,
		.formats = {{SDP_PCMA, 8}},
		.address = "192.0.2.9"};

	sdp.security = security;
	sdp.n_mlines = 1;
	(void)str_put(sdp.mlines[0].media, sizeof(sdp.mlines[0].media), "audio");
	(void)str_put(sdp.mlines[0].protocol, sizeof(sdp.mlines[0].protocol),
		security == SDP_DTLS ? "UDP/TLS/RTP/SAVP" : "RTP/SAVP");
	if (security == SDP_SDES) {
		sdp.n_cryptos = 1;
		sdp.cryptos[0] =
			(struct sdp_crypto){.tag = 5, .suite = SDP_AES_CM_128_HMAC_SHA1_80, .key = {1, 2, 3}};
	} else {
		(void)str_put(sdp.fingerprint, sizeof(sdp.fingerprint), "sha-256 AB:CD");
		sdp.setup = SDP_ACTPASS;
	}
	return sdp;
}

TEST(an_encrypted_call_is_answered_encrypted)
{
	char text[SDP_TEXT_MAX];
	WITH_WORLD(w);
	CHECK(world_start(&w));
	for (enum sdp_security s = SDP_SDES; s <= SDP_DTLS; s++) {
		struct sdp offer = secret_offer(s), answer;
		uint64_t leg = call_with(&w, &offer);
		const struct media_command *cmd = remote_of(&w, leg);
		CHECK(cmd && cmd->remote.srtp == (s == SDP_SDES ? MEDIA_SRTP_SDES : MEDIA_SRTP_DTLS));
		CHECK_INT(sdp_write(&world_sip_command(&w, SIP_ANSWER)->sdp, &offer, text, sizeof(text)), 0);
		CHECK_INT(sdp_parse(text, strlen(text), &answer), 0);
		CHECK(answer.security == s);
		if (s == SDP_SDES)
			CHECK(cmd->remote.remote_key[2] == 3 && answer.cryptos[0].tag == 5 &&
				memcmp(cmd->remote.local_key, answer.cryptos[0].key, 30) == 0);
		else
			CHECK(answer.setup == SDP_PASSIVE && cmd->remote.setup == SDP_ACTPASS);
		world_sip(&w, SIP_ENDED, leg, 0);
		world_pass(&w, 1000);
	}
}

static void set_srtp(struct world *w, const char *mode)
{
	for (int i = 0; i < w->center->snapshot->n_trunks; i++)
		((struct snapshot *)(uintptr_t)w->center->snapshot)->trunks[i].srtp =
			str_equal(mode, "required_tls") ? SRTP_REQUIRED_TLS
			: str_equal(mode, "required")	? SRTP_REQUIRED
							: SRTP_OPTIONAL;
}

TEST(a_trunk_that_must_be_secret_takes_no_clear_call)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	set_srtp(&w, "required");
	uint64_t leg = world_call(&w, "100", "1000");
	CHECK(!world_ix(&w, leg));
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "srtp_required");
	struct sdp offer = secret_offer(SDP_SDES);
	leg = call_with(&w, &offer);
	CHECK(world_ix(&w, leg));
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, 1000);
	/* Without an offer ours demands it; an answer in the clear gets no audio. */
	w.is_sip_silent = true;
	leg = call_with(&w, NULL);
	CHECK(world_sip_command(&w, SIP_ANSWER)->sdp.security == SDP_DTLS);
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK(remote_of(&w, leg)->remote.srtp != MEDIA_SRTP_NONE &&
		remote_of(&w, leg)->remote.suite == SDP_SUITE_NONE);
	world_sip(&w, SIP_ENDED, leg, 0);
	world_pass(&w, 1000);
	set_srtp(&w, "optional");
	leg = call_with(&w, NULL);
	const struct sdp *ours = &world_sip_command(&w, SIP_ANSWER)->sdp;
	CHECK(ours->security == SDP_CLEAR && ours->n_cryptos == 3);
	CHECK(memcmp(ours->cryptos[0].key, ours->cryptos[1].key, 16) != 0);
	world_sip(&w, SIP_ANSWERED, leg, 200);
	CHECK(remote_of(&w, leg)->remote.srtp == MEDIA_SRTP_NONE);
	world_sip(&w, SIP_ENDED, leg, 0);
}

TEST(a_trunk_that_must_signal_over_tls_is_heard_there_only)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	set_srtp(&w, "required_tls");
	struct sip_event e = {.kind = SIP_INCOMING, .leg = 9001, .trunk = w.trunk, .has_sdp = true};
	e.sdp = secret_offer(SDP_SDES);
	(void)str_put(e.from_number, sizeof(e.from_number), "100");
	(void)str_put(e.to_number, sizeof(e.to_number), "1000");
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "tls_required");
	CHECK_INT(world_sip_command(&w, SIP_REJECT)->code, 488);
	e.leg++;
	e.is_tls = true;
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK(world_ix(&w, e.leg));
	world_sip(&w, SIP_ENDED, e.leg, 0);
	e.leg++;
	e.sdp = secret_offer(SDP_CLEAR); /* over TLS, but its sound is not encrypted */
	e.sdp.n_cryptos = 0;
	e.sdp.fingerprint[0] = '\0';
	center_on_sip(&e, w.center);
	world_run(&w);
	CHECK_STR(world_last(&w, EVENT_CONTACT_BLOCKED)->reason, "srtp_required");
}

/* The newest command of a kind to leg; NULL. */
static const struct media_command *told(struct world *w, uint64_t leg, enum media_command_kind kind)
{
	for (size_t i = w->media.len; i-- > 0;)
		if (w->media.at[i].kind == kind && w->media.at[i].leg == leg)
			return &w->media.at[i];
	return NULL;
}

static void key(struct world *w, enum sip_event_kind kind, uint64_t leg, char digit)
{
	struct sip_event e = {.kind = kind, .leg = leg, .digit = digit, .duration_ms = 120};

	center_on_sip(&e, w->center);
	world_run(w);
}

TEST(keys_go_by_signalling_to_who_sends_them_so_and_as_tones_once_refused)
{
	struct sdp sdp = {
		.has_audio = true, .port = 9, .n_formats = 1, .address = "192.0.2.9", .n_mlines = 1};
	const struct media_command *cmd;

	WITH_WORLD(w);
	CHECK(world_start(&w));
	(void)str_put(sdp.mlines[0].media, sizeof(sdp.mlines[0].media), "audio");
	(void)str_put(sdp.mlines[0].protocol, sizeof(sdp.mlines[0].protocol), "RTP/AVP");
	sdp.formats[0] = (struct sdp_format){SDP_PCMA, 8, 0};
	uint64_t leg = call_with(&w, &sdp);
	cmd = told(&w, leg, MEDIA_DTMF_DETECT);
	CHECK(cmd && cmd->flag.is_on);
	CHECK(!told(&w, leg, MEDIA_DTMF_BY_SIGNALLING));
	key(&w, SIP_DTMF, leg, '5'); /* to whoever hears it */
	cmd = told(&w, leg, MEDIA_DTMF_PRESSED);
	CHECK(cmd && cmd->dtmf.digits[0] == '5' && cmd->dtmf.duration_ms == 120);
	cmd = told(&w, leg, MEDIA_DTMF_BY_SIGNALLING);
	CHECK(cmd && cmd->flag.is_on);
	struct media_event out = {.kind = MEDIA_DTMF_OUT, .group = world_ix_id(&w, leg), .leg = leg};
	out.dtmf.digit = '9';
	out.dtmf.duration_ms = 140;
	center_on_media(&out, w.center);
	world_run(&w);
	struct sip_command *sent = world_sip_command(&w, SIP_DTMF_INFO);
	CHECK(sent && sent->leg == leg && sent->dtmf.digit == '9' && sent->dtmf.duration_ms == 140);
	key(&w, SIP_DTMF_REFUSED, leg, '9');
	cmd = told(&w, leg, MEDIA_DTMF_BY_SIGNALLING);
	CHECK(cmd && !cmd->flag.is_on);
	cmd = told(&w, leg, MEDIA_DTMF_SEND);
	CHECK(cmd && cmd->dtmf.digits[0] == '9' && cmd->dtmf.duration_ms == 120);
	/* Who has telephone-event gets that, whatever else it understands. */
	sdp.formats[sdp.n_formats++] = (struct sdp_format){SDP_TELEPHONE_EVENT, 101, 8000};
	leg = call_with(&w, &sdp);
	CHECK(!told(&w, leg, MEDIA_DTMF_DETECT));
	key(&w, SIP_DTMF, leg, '1');
	CHECK(told(&w, leg, MEDIA_DTMF_PRESSED) && !told(&w, leg, MEDIA_DTMF_BY_SIGNALLING));
	world_sip(&w, SIP_ENDED, leg, 0);
}

static bool has_noise(const struct sdp *sdp)
{
	return sdp_comfort_noise(sdp) != 0;
}

/* Off, comfort noise is answered and not told by us; on, it is offered to telephones and told to who takes
 * it. */
TEST(comfort_noise_is_offered_where_it_is_wished)
{
	WITH_WORLD(w);
	CHECK(world_agent(&w, "carl", ALWAYS_AT_URI) && world_start(&w));
	for (int is_on = 0; is_on < 2; is_on++) {
		struct sdp sdp = {.has_audio = true,
			.port = 9,
			.n_formats = 2,
			.formats = {{SDP_PCMA, 8}, {SDP_COMFORT_NOISE, 13}},
			.address = "192.0.2.9"};
		w.center->parts.is_noise_offered = is_on;
		for (sdp.n_formats = 2; sdp.n_formats > 0; sdp.n_formats--) {
			world_forget(&w);
			uint64_t leg = call_with(&w, &sdp);
			struct sip_command *call = world_sip_command(&w, SIP_CALL);
			const struct media_command *cmd = remote_of(&w, leg);
			CHECK(call && has_noise(&call->sdp) == is_on);
			CHECK(cmd && cmd->remote.comfort_noise == (sdp.n_formats == 2 ? 13 : 0));
			CHECK(cmd->remote.is_noise_sent == is_on);
			world_sip(&w, SIP_ENDED, leg, 0);
			world_pass(&w, 1000);
		}
	}
}
