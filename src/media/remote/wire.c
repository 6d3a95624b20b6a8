#include "media/remote/wire.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

size_t remote_trimmed(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0 && p[n - 1] == 0)
		n--;
	return n;
}

size_t remote_write(enum remote_kind kind, const void *body, size_t n, uint8_t *ret_message)
{
	struct remote_head head = {.kind = kind, .version = REMOTE_VERSION};

	assert(n <= REMOTE_BODY_MAX);
	memcpy(ret_message, &head, sizeof(head));
	if (n > 0)
		memcpy(ret_message + sizeof(head), body, n);
	return sizeof(head) + n;
}

int remote_read(
	const uint8_t *message, size_t n, enum remote_kind *ret_kind, const uint8_t **ret_body, size_t *ret_n)
{
	struct remote_head head;

	if (n < sizeof(head) || n > REMOTE_MESSAGE_MAX)
		return -EBADMSG;
	memcpy(&head, message, sizeof(head));
	/* A stranger's greeting is read, so that it can be told why it is refused. */
	if (head.kind < REMOTE_HELLO || head.kind >= REMOTE_KINDS ||
		(head.version != REMOTE_VERSION && head.kind != REMOTE_HELLO && head.kind != REMOTE_REFUSED))
		return -EBADMSG;
	*ret_kind = (enum remote_kind)head.kind;
	*ret_body = message + sizeof(head);
	*ret_n = n - sizeof(head);
	return 0;
}

int remote_take(void *ret_struct, size_t size, const uint8_t *body, size_t n)
{
	if (n > size)
		return -EBADMSG;
	memset(ret_struct, 0, size);
	if (n > 0)
		memcpy(ret_struct, body, n);
	return 0;
}

struct remote_hello remote_hello(void)
{
	struct remote_hello h = {.version = REMOTE_VERSION,
		.command_bytes = sizeof(struct media_command),
		.event_bytes = sizeof(struct media_event),
		.found_bytes = sizeof(struct remote_found)};

	str_put(h.program, sizeof(h.program), MARKAZ_VERSION);
	return h;
}

void remote_agrees(const struct remote_hello *theirs, char *ret_why, size_t size)
{
	struct remote_hello ours = remote_hello();
	char program[sizeof(ours.program)];

	ret_why[0] = '\0';
	if (theirs->version == ours.version && theirs->command_bytes == ours.command_bytes &&
		theirs->event_bytes == ours.event_bytes && theirs->found_bytes == ours.found_bytes)
		return;
	memcpy(program, theirs->program, sizeof(program));
	program[sizeof(program) - 1] = '\0';
	str_printf(ret_why, size,
		"the media process speaks version %u (Markaz %s), the centre version %u (Markaz %s): let "
		"both run the same program",
		ours.version, ours.program, theirs->version, program);
}

/* --- checks: what is no bool or no member of its enum is never read as one
 * --------------------------------------------------------------------------------------------------- */

#define ENDS(text) (memchr((text), 0, sizeof(text)) != NULL)
#define IS_BOOL(member) (*(const uint8_t *)(const void *)&(member) <= 1)
#define IS_ENUM(member, n) is_enum(&(member), n)

static bool is_enum(const void *member, unsigned n)
{
	unsigned value;

	memcpy(&value, member, sizeof(value));
	return value < n;
}

static bool is_remote_sound(const struct media_command *c)
{
	bool is_sound = ENDS(c->remote.address) && ENDS(c->remote.ufrag) && ENDS(c->remote.password) &&
			ENDS(c->remote.fingerprint) && c->remote.n_formats >= 0 &&
			c->remote.n_formats <= SDP_CODECS_MAX && IS_ENUM(c->remote.codec, SDP_CODECS) &&
			IS_ENUM(c->remote.direction, SDP_INACTIVE + 1) &&
			IS_ENUM(c->remote.setup, SDP_PASSIVE + 1) &&
			IS_ENUM(c->remote.srtp, MEDIA_SRTP_DTLS + 1) &&
			IS_ENUM(c->remote.suite, SDP_AEAD_AES_256_GCM + 1) &&
			IS_BOOL(c->remote.is_rtcp_mux) && IS_BOOL(c->remote.is_noise_sent);

	for (int i = 0; i < SDP_CODECS_MAX && is_sound; i++)
		is_sound = IS_ENUM(c->remote.formats[i].codec, SDP_CODECS);
	return is_sound;
}

static bool is_play_sound(const struct media_command *c)
{
	bool is_sound = c->play.n >= 0 && c->play.n <= MEDIA_PLAYLIST_MAX && IS_BOOL(c->play.is_looped) &&
			IS_BOOL(c->play.is_from_start) && IS_ENUM(c->play.layer, MEDIA_LAYERS);

	for (int i = 0; i < MEDIA_PLAYLIST_MAX && is_sound; i++)
		is_sound = ENDS(c->play.list[i].path);
	return is_sound;
}

static bool is_record_sound(const struct media_command *c)
{
	return ENDS(c->record.path) && IS_BOOL(c->record.is_stereo) && IS_BOOL(c->record.is_digits_masked) &&
	       IS_BOOL(c->record.is_encrypted) && c->record.n_channels <= MEDIA_CHANNELS_MAX;
}

static bool is_open_sound(const struct media_command *c)
{
	return IS_BOOL(c->open.is_webrtc) && IS_BOOL(c->open.is_offerer) && IS_BOOL(c->open.has_video) &&
	       IS_BOOL(c->open.is_dtls);
}

static bool is_fax_sound(const struct media_command *c)
{
	return IS_BOOL(c->fax.is_sender) && IS_BOOL(c->fax.is_t38) && IS_BOOL(c->fax.is_t38_redundancy) &&
	       ENDS(c->fax.path) && ENDS(c->fax.station) && ENDS(c->fax.header);
}

static bool is_command_sound(const struct media_command *c)
{
	if (!is_enum(&c->kind, MEDIA_DTMF_BY_SIGNALLING + 1) || c->kind < MEDIA_LEG_OPEN || c->leg == 0)
		return false;
	switch (c->kind) {
	case MEDIA_LEG_OPEN:
		return is_open_sound(c);
	case MEDIA_LEG_REMOTE:
		return is_remote_sound(c);
	case MEDIA_PLAY:
	case MEDIA_PLAY_STOP:
		return is_play_sound(c);
	case MEDIA_MUTE:
	case MEDIA_DTMF_DETECT:
	case MEDIA_RECORD_PAUSE:
	case MEDIA_QUALITY_REPORT:
	case MEDIA_DTMF_BY_SIGNALLING:
		return IS_BOOL(c->flag.is_on);
	case MEDIA_HEAR:
		return IS_BOOL(c->hear.is_on);
	case MEDIA_DTMF_SEND:
	case MEDIA_DTMF_PRESSED:
		return ENDS(c->dtmf.digits);
	case MEDIA_RECORD:
		return is_record_sound(c);
	case MEDIA_RECORD_CHANNEL:
		return IS_BOOL(c->record_channel.is_on);
	case MEDIA_DETECT:
		return IS_BOOL(c->detect.is_tones_only);
	case MEDIA_FAX:
		return is_fax_sound(c);
	default:
		return true;
	}
}

int remote_command_read(const uint8_t *body, size_t n, struct media_command *ret_command)
{
	struct media_command c;

	if (remote_take(&c, sizeof(c), body, n) < 0 || !is_command_sound(&c))
		return -EBADMSG;
	*ret_command = c;
	return 0;
}

static bool is_event_sound(const struct media_event *e)
{
	if (!is_enum(&e->kind, MEDIA_RECORD_ALARM + 1) || e->kind < MEDIA_LEG_OPENED)
		return false;
	switch (e->kind) {
	case MEDIA_LEG_OPENED:
		return ENDS(e->opened.address) && ENDS(e->opened.address_v6) && ENDS(e->opened.ufrag) &&
		       ENDS(e->opened.password) && ENDS(e->opened.fingerprint);
	case MEDIA_DTMF:
	case MEDIA_DTMF_OUT:
		return IS_BOOL(e->dtmf.is_inband);
	case MEDIA_DETECTED:
		return IS_ENUM(e->detected.what, MEDIA_RINGING + 1);
	case MEDIA_FAX_ENDED:
		return IS_BOOL(e->fax.is_ecm) && ENDS(e->fax.station) && ENDS(e->fax.result);
	case MEDIA_QUALITY:
	case MEDIA_LEG_CLOSED:
		return IS_ENUM(e->stats.codec, SDP_CODECS);
	default:
		return true;
	}
}

int remote_event_read(const uint8_t *body, size_t n, struct media_event *ret_event)
{
	struct media_event e;

	if (remote_take(&e, sizeof(e), body, n) < 0 || !is_event_sound(&e))
		return -EBADMSG;
	*ret_event = e;
	return 0;
}

int remote_found_read(const uint8_t *body, size_t n, struct media_found *ret_found)
{
	struct remote_found f;
	struct media_found out = {0};
	const uint8_t *notes = body + sizeof(f);

	if (n < sizeof(f))
		return -EBADMSG;
	memcpy(&f, body, sizeof(f));
	if (f.leg == 0 || f.n_recordings > MEDIA_LEG_RECORDINGS_MAX)
		return -EBADMSG;
	out.group = f.group;
	out.leg = f.leg;
	out.is_webrtc = f.is_webrtc != 0;
	out.is_ready = f.is_ready != 0;
	out.is_lost = f.is_lost != 0;
	out.n_recordings = f.n_recordings;
	memcpy(out.plays, f.plays, sizeof(out.plays));
	memcpy(out.recordings, f.recordings, sizeof(out.recordings));
	for (int i = 0; i < MEDIA_LEG_RECORDINGS_MAX; i++)
		if (!ENDS(out.recordings[i].path))
			return -EBADMSG;
	n -= sizeof(f);
	for (int i = 0; i < MEDIA_NOTES; i++) {
		if (f.n_notes[i] > n || f.n_notes[i] > MEDIA_NOTE_MAX)
			return -EBADMSG;
		out.notes[i] = notes;
		out.n_notes[i] = f.n_notes[i];
		notes += f.n_notes[i];
		n -= f.n_notes[i];
	}
	if (n != 0)
		return -EBADMSG;
	*ret_found = out;
	return 0;
}

int remote_keep_read(const uint8_t *body, size_t n, struct remote_keep *ret_keep, const uint8_t **ret_bytes)
{
	struct remote_keep k;

	if (n < sizeof(k))
		return -EBADMSG;
	memcpy(&k, body, sizeof(k));
	if (k.leg == 0 || k.note >= MEDIA_NOTES || k.bytes > MEDIA_NOTE_MAX || k.bytes != n - sizeof(k))
		return -EBADMSG;
	*ret_keep = k;
	*ret_bytes = body + sizeof(k);
	return 0;
}
