/* One fax machine (ITU-T T.30): sound or T.38 packets in and out, pages from or into a TIFF file. spandsp
 * does the work; this is its only door.
 *
 * Reads and writes files and allocates: never on an audio thread. One thread at a time. Knows no time: it
 * goes as fast as it is fed. */
#pragma once
#include "media/media.h"

#include <stddef.h>

#define FAX_FRAME 160 /* samples of a tick of 20 ms at 8 kHz */

struct fax_machine;

/* Once, before the first: files that are none are an answer here, not a line on standard error. Any thread.
 */
void fax_machine_init(void);

/* A packet to be sent to the peer (UDPTL). */
typedef void fax_packet_handler(const uint8_t *packet, size_t n, void *arg);

/* What a MEDIA_FAX asked for. fax->path must stay valid for this call only. on_packet: T.38 only. 0, -ENOMEM.
 */
int fax_machine_new(struct fax_machine **ret_machine, const struct media_fax *fax,
	fax_packet_handler *on_packet, void *arg);
void fax_machine_free(struct fax_machine *m);

/* Sound heard. n up to a few thousand samples. */
void fax_machine_hear(struct fax_machine *m, int16_t *samples, int n);
/* n samples that were lost: time goes on, the modem is told. */
void fax_machine_gap(struct fax_machine *m, int n);
/* The next n samples to say; silence where there is nothing. */
void fax_machine_say(struct fax_machine *m, int16_t *ret_samples, int n);
/* T.38: a datagram of the peer (hostile ones are dropped), and the time that passed in samples. */
void fax_machine_packet(struct fax_machine *m, const uint8_t *packet, size_t n);
void fax_machine_pass(struct fax_machine *m, int n);

/* The call is gone. */
void fax_machine_hang_up(struct fax_machine *m);
bool fax_machine_is_over(const struct fax_machine *m);
/* reason and fax of a FAX_ENDED, also before the end: as it is so far. */
void fax_machine_result(struct fax_machine *m, struct media_event *ret_event);
/* In words, by T.30 code; negative: an errno. */
const char *fax_result_text(int reason);
