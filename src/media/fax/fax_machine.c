/* The fax machine on spandsp. */
#include "media/fax/fax_machine.h"
#include "base/alloc.h"
#include "base/str.h"
#include "media/fax/udptl.h"

#include <errno.h>
#include <string.h>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <spandsp.h>
#pragma GCC diagnostic pop
#include <tiffio.h>

#define GAP_CHUNK 800
#define PAGES_MAX 999
#define MODEMS (T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17)
#define COMPRESSIONS                                                                                         \
	(T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION)
#define RESOLUTIONS                                                                                          \
	(T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION | T30_SUPPORT_SUPERFINE_RESOLUTION |  \
		T30_SUPPORT_R8_RESOLUTION)
#define SIZES                                                                                                \
	(T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_A4_LENGTH | T30_SUPPORT_US_LETTER_LENGTH |                    \
		T30_SUPPORT_US_LEGAL_LENGTH | T30_SUPPORT_UNLIMITED_LENGTH)

struct fax_machine {
	fax_state_t *sound;
	t38_terminal_state_t *t38;
	t30_state_t *t30;
	t38_core_state_t *core;
	bool is_sender, is_over;
	int result;
	struct udptl_in in;
	struct udptl_out out;
	fax_packet_handler *on_packet;
	void *arg;
};

static void on_end(t30_state_t *t30, void *arg, int code)
{
	struct fax_machine *m = arg;

	(void)t30;
	if (!m->is_over)
		m->result = code;
	m->is_over = true;
}

/* count: how often T.38 wants it sent. The same datagram again: the peer takes each number once. */
static int on_ifp_out(t38_core_state_t *core, void *arg, const uint8_t *ifp, int n, int count)
{
	struct fax_machine *m = arg;
	uint8_t packet[UDPTL_PACKET_MAX];

	(void)core;
	int len = n > 0 ? udptl_write(&m->out, ifp, (size_t)n, packet) : -EINVAL;
	for (int i = 0; len > 0 && i < count; i++)
		m->on_packet(packet, (size_t)len, m->arg);
	return 0;
}

static void on_ifp_in(const uint8_t *ifp, size_t n, uint16_t seq, void *arg)
{
	struct fax_machine *m = arg;

	t38_core_rx_ifp_packet(m->core, ifp, (int)n, seq);
}

static int make_sound(struct fax_machine *m)
{
	m->sound = fax_init(NULL, m->is_sender);
	if (!m->sound)
		return -ENOMEM;
	/* The stream to the peer never pauses: modems on the way keep their clock. */
	fax_set_transmit_on_idle(m->sound, 1);
	m->t30 = fax_get_t30_state(m->sound);
	return 0;
}

static int make_t38(struct fax_machine *m, const struct media_fax *fax)
{
	m->t38 = t38_terminal_init(NULL, m->is_sender, on_ifp_out, m);
	if (!m->t38)
		return -ENOMEM;
	m->core = t38_terminal_get_t38_core_state(m->t38);
	m->t30 = t38_terminal_get_t30_state(m->t38);
	t38_set_t38_version(m->core, 0);
	t38_set_data_rate_management_method(m->core, T38_DATA_RATE_MANAGEMENT_TRANSFERRED_TCF);
	t38_set_data_transport_protocol(m->core, T38_TRANSPORT_UDPTL);
	t38_set_sequence_number_handling(m->core, 1);
	m->out.is_redundant = fax->is_t38_redundancy;
	m->out.datagram_max = fax->t38_max_datagram;
	return 0;
}

static void set_up(struct fax_machine *m, const struct media_fax *fax)
{
	t30_set_tx_ident(m->t30, fax->station);
	if (fax->header[0]) {
		t30_set_tx_page_header_info(m->t30, fax->header);
		t30_set_tx_page_header_overlays_image(m->t30, 1);
	}
	t30_set_supported_modems(m->t30, MODEMS);
	t30_set_supported_compressions(m->t30, COMPRESSIONS);
	t30_set_supported_resolutions(m->t30, RESOLUTIONS);
	t30_set_supported_image_sizes(m->t30, SIZES);
	t30_set_ecm_capability(m->t30, 1);
	t30_set_rx_encoding(m->t30, T4_COMPRESSION_ITU_T6);
	t30_set_phase_e_handler(m->t30, on_end, m);
	if (m->is_sender)
		t30_set_tx_file(m->t30, fax->path, fax->first_page > 0 ? fax->first_page : -1, -1);
	else
		t30_set_rx_file(m->t30, fax->path, PAGES_MAX);
}

void fax_machine_init(void)
{
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
}

int fax_machine_new(struct fax_machine **ret_machine, const struct media_fax *fax,
	fax_packet_handler *on_packet, void *arg)
{
	struct fax_machine *m = alloc_zero(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->is_sender = fax->is_sender;
	m->on_packet = on_packet;
	m->arg = arg;
	int err = fax->is_t38 ? make_t38(m, fax) : make_sound(m);
	if (err < 0) {
		fax_machine_free(m);
		return err;
	}
	set_up(m, fax);
	*ret_machine = m;
	return 0;
}

void fax_machine_free(struct fax_machine *m)
{
	if (!m)
		return;
	if (m->sound)
		fax_free(m->sound);
	if (m->t38)
		t38_terminal_free(m->t38);
	alloc_free(m);
}

void fax_machine_hear(struct fax_machine *m, int16_t *samples, int n)
{
	fax_rx(m->sound, samples, n);
}

void fax_machine_gap(struct fax_machine *m, int n)
{
	for (; n > 0; n -= GAP_CHUNK)
		fax_rx_fillin(m->sound, n < GAP_CHUNK ? n : GAP_CHUNK);
}

void fax_machine_say(struct fax_machine *m, int16_t *ret_samples, int n)
{
	int got = fax_tx(m->sound, ret_samples, n);

	if (got < 0)
		got = 0;
	memset(ret_samples + got, 0, (size_t)(n - got) * sizeof(*ret_samples));
}

void fax_machine_packet(struct fax_machine *m, const uint8_t *packet, size_t n)
{
	(void)udptl_read(&m->in, packet, n, on_ifp_in, m);
}

void fax_machine_pass(struct fax_machine *m, int n)
{
	t38_terminal_send_timeout(m->t38, n);
}

void fax_machine_hang_up(struct fax_machine *m)
{
	if (m->is_over)
		return;
	t30_terminate(m->t30); /* closes the file, so that pages that are whole can be read */
	if (!m->is_over)
		m->result = T30_ERR_CALLDROPPED;
	m->is_over = true;
}

bool fax_machine_is_over(const struct fax_machine *m)
{
	return m->is_over;
}

void fax_machine_result(struct fax_machine *m, struct media_event *ret_event)
{
	t30_stats_t stats;
	const char *station = t30_get_rx_ident(m->t30);

	memset(&stats, 0, sizeof(stats));
	t30_get_transfer_statistics(m->t30, &stats);
	ret_event->reason = m->result;
	ret_event->fax.pages = m->is_sender ? stats.pages_tx : stats.pages_rx;
	ret_event->fax.bit_rate = stats.bit_rate;
	ret_event->fax.is_ecm = stats.error_correcting_mode;
	str_put(ret_event->fax.station, sizeof(ret_event->fax.station), station ? station : "");
	/* What a stranger calls itself: printable ASCII (T.30 allows no more), or nothing. */
	for (char *p = ret_event->fax.station; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	str_put(ret_event->fax.result, sizeof(ret_event->fax.result), fax_result_text(m->result));
}

const char *fax_result_text(int reason)
{
	if (reason == -ENOENT)
		return "the call was gone";
	if (reason == -ENOBUFS)
		return "too many faxes at once";
	if (reason < 0)
		return "the server could not do it";
	return t30_completion_code_to_str(reason);
}
