/* What the INVITE of a recording session says beside an ordinary one: two audio lines, the metadata as a
 * second body part, and who we are (Require: siprec, Contact with +sip.src; RFC 7866 sections 5 and 6). */
#include "sip/leg.h"
#include "sip/siprec_sdp.h"
#include "base/alloc.h"
#include "base/str.h"

#include <string.h>

#define BOUNDARY "markaz-recording-session"

struct siprec *siprec_new(void)
{
	return alloc_zero(sizeof(struct siprec));
}

void siprec_free(struct siprec *siprec)
{
	alloc_free(siprec);
}

void siprec_content_type(const struct leg *leg, char *ret_type, size_t size)
{
	(void)str_put(ret_type, size, leg->siprec ? "multipart/mixed;boundary=" BOUNDARY : "application/sdp");
}

char *siprec_body(const struct leg *leg, const char *sdp)
{
	struct text t = {0};

	if (!leg->siprec)
		return alloc_strdup(sdp);
	text_add(&t, "--" BOUNDARY "\r\nContent-Type: application/sdp\r\n\r\n");
	text_add(&t, sdp);
	text_add(&t, "\r\n--" BOUNDARY "\r\nContent-Type: application/rs-metadata+xml\r\n"
		     "Content-Disposition: recording-session\r\n\r\n");
	text_add(&t, leg->siprec->metadata);
	text_add(&t, "\r\n--" BOUNDARY "--\r\n");
	if (t.failed) {
		text_free(&t);
		return NULL;
	}
	return t.data;
}

int siprec_sdp_text(struct leg *leg, const struct sdp *remote, char *ret_text, size_t size)
{
	const struct sdp *const ours[SIPREC_STREAMS] = {&leg->local, &leg->siprec->second};
	const struct sdp *const theirs[SIPREC_STREAMS] = {remote, &leg->remote_second};

	return siprec_sdp_write(ours, remote ? theirs : NULL, leg->siprec->labels, ret_text, size);
}

void siprec_read_second(struct leg *leg, const struct sip_msg *msg, struct sip_event *event)
{
	static const enum sdp_codec codecs[] = {SDP_PCMA, SDP_PCMU, SDP_G722, SDP_OPUS};
	struct sdp sdp;

	if (!leg->siprec ||
		siprec_sdp_read((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb), 1, &sdp) != 0)
		return;
	leg->remote_second = sdp;
	(void)str_put(event->second.address, sizeof(event->second.address), sdp.address);
	event->second.port = sdp.port;
	event->second.format = sdp_choose(&sdp, codecs, 4);
	event->second.direction = sdp.direction;
}
