/* Codecs by their names and numbers in SDP (RFC 3551, 3389, 4733, 7587), and choosing among them. */
#include "media/sdp/sdp.h"
#include "media/sdp/sdp_text.h"

static const struct {
	const char *name, *n_channels;
	uint32_t clock_hz;
	int static_type; /* -1: dynamic */
} codecs[SDP_CODECS] = {
	[SDP_CODEC_NONE] = {"", "", 0, -1},
	[SDP_PCMU] = {"PCMU", "1", 8000, 0},
	[SDP_PCMA] = {"PCMA", "1", 8000, 8},
	[SDP_TELEPHONE_EVENT] = {"telephone-event", "1", 8000, -1},
	[SDP_G722] = {"G722", "1", 8000, 9},
	[SDP_OPUS] = {"opus", "2", 48000, -1},
	[SDP_COMFORT_NOISE] = {"CN", "1", 8000, 13},
};

struct sdp_format sdp_format_static(uint8_t payload_type)
{
	for (int i = SDP_PCMU; i < SDP_CODECS; i++)
		if (codecs[i].static_type == payload_type)
			return (struct sdp_format){(enum sdp_codec)i, payload_type, codecs[i].clock_hz};
	return (struct sdp_format){SDP_CODEC_NONE, payload_type, 0};
}

struct sdp_format sdp_format_read(uint8_t payload_type, struct span coding)
{
	struct span name = cut(&coding, '/'), rate = cut(&coding, '/'), n_channels = coding;
	struct sdp_format f = {SDP_CODEC_NONE, payload_type, 0};
	uint64_t clock_hz;

	if (!to_number(rate, 192000, &clock_hz))
		return f;
	for (int i = SDP_PCMU; i < SDP_CODECS; i++) {
		/* Key presses follow the clock of the audio beside them. */
		bool is_clock = clock_hz == codecs[i].clock_hz ||
				(i == SDP_TELEPHONE_EVENT && clock_hz == codecs[SDP_OPUS].clock_hz);
		bool is_mono = n_channels.n == 0 && codecs[i].n_channels[0] == '1';
		if (span_is(name, codecs[i].name) && is_clock &&
			(is_mono || span_is(n_channels, codecs[i].n_channels)))
			f = (struct sdp_format){(enum sdp_codec)i, payload_type, (uint32_t)clock_hz};
	}
	return f;
}

const char *sdp_codec_name(enum sdp_codec codec)
{
	return codecs[codec].name;
}

uint32_t sdp_clock_hz(struct sdp_format format)
{
	return format.clock_hz ? format.clock_hz : codecs[format.codec].clock_hz;
}

bool sdp_is_audio(enum sdp_codec codec)
{
	return codec != SDP_CODEC_NONE && codec != SDP_TELEPHONE_EVENT && codec != SDP_COMFORT_NOISE;
}

struct sdp_format sdp_choose(const struct sdp *remote, const enum sdp_codec *allowed, int n)
{
	for (int i = 0; i < remote->n_formats; i++)
		for (int k = 0; k < n; k++)
			if (remote->formats[i].codec == allowed[k] && sdp_is_audio(allowed[k]))
				return remote->formats[i];
	return (struct sdp_format){SDP_CODEC_NONE, 0, 0};
}

uint8_t sdp_telephone_event(const struct sdp *sdp, uint32_t clock_hz)
{
	uint8_t found = 0;

	for (int i = 0; i < sdp->n_formats; i++) {
		const struct sdp_format *f = &sdp->formats[i];
		if (f->codec != SDP_TELEPHONE_EVENT)
			continue;
		if (sdp_clock_hz(*f) == (clock_hz ? clock_hz : 8000))
			return f->payload_type;
		if (sdp_clock_hz(*f) == 8000 && !found)
			found = f->payload_type;
	}
	return found;
}

uint8_t sdp_comfort_noise(const struct sdp *sdp)
{
	for (int i = 0; i < sdp->n_formats; i++)
		if (sdp->formats[i].codec == SDP_COMFORT_NOISE)
			return sdp->formats[i].payload_type;
	return 0;
}

const char *sdp_error_text(int error)
{
	switch (error) {
	case SDP_OK:
		return "no error";
	case SDP_TOO_LONG:
		return "the session description is longer than 8192 bytes";
	case SDP_MALFORMED:
		return "the session description is malformed";
	case SDP_TOO_MANY_MLINES:
		return "the session description has more than 32 media lines";
	case SDP_NO_AUDIO:
		return "the session description offers no audio over RTP/AVP, RTP/SAVP (with a usable "
		       "a=crypto) or UDP/TLS/RTP/SAVP(F)";
	case SDP_NO_COMMON_CODEC:
		return "no common codec: offer Opus, G.722, PCMU or PCMA";
	default:
		return "unknown error";
	}
}
