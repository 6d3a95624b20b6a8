/* Fax: calls whose customer's leg is a fax machine, and faxes that wait to be sent.
 *
 * A document is a TIFF of pages below the data folder: documents/YYYY/MM/DD/<id>.tif by the day its id was
 * made. Invariants: a call is at most one fax machine at a time (ix->fax), and is kept until the media engine
 * said that it ended; each document has its EVENT_FAX_ENDED once a call. A fax to be sent is on disk as a
 * file in documents/outbox before it is acknowledged, until it went through or was given up; after a restart
 * those files are where it goes on.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

#define FAX_OUT_MAX 16	  /* sent at the same time */
#define FAX_JOBS_MAX 5000 /* waiting or being sent */

/* The caller's leg receives from now on, whatever it was doing in a flow. queue: where the fax goes as a
 * contact; 0: nowhere. It ends in FLOW_FAX_ENDED, or the end of the call when no flow runs. */
void fax_receive(struct interaction *ix, uint64_t queue);
/* The calling tone of a fax was heard: a number with a fax queue takes it. */
void fax_heard_calling(struct interaction *ix);
/* Listens for that tone, when the number asks for it. */
void fax_listen(struct interaction *ix, const struct number *number);
/* Before its SDP goes out: of the voices only G.711 is left, when it is among them. */
void fax_narrow(struct leg *leg);
/* The peer's or our re-INVITE brought T.38: true when it was taken. */
bool fax_reinvited(struct leg *leg, const struct sdp *remote);
void fax_on_ended(struct center *c, const struct media_event *e);

/* fax_out.c */
/* What center_fax asked. */
struct fax_wish {
	bool is_cancel; /* ask.document only */
	struct center_fax ask;
	center_json_handler *on_json;
	void *arg;
};
void fax_wish_handle(struct center *c, struct fax_wish *wish); /* takes it */
void fax_wish_free(struct fax_wish *wish);
/* Those that were on their way at the end of the last process. After the configuration. */
void fax_restore(struct center *c);
void fax_free_all(struct center *c);
/* One attempt is over: pages of it that went through; reason "ok", "busy", ... */
void fax_attempt_over(struct center *c, uint64_t document, const struct media_event *e, const char *reason);
/* The sender's machine, once the other side answered. */
void fax_send(struct interaction *ix, uint64_t document, int first_page);
