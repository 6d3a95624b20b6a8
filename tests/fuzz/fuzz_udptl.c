/* T.38 datagrams of a stranger: the reader alone, and a machine that takes them for its peer's. */
#include "base/str.h"
#include "media/fax/fax_machine.h"
#include "media/fax/udptl.h"

#include <stdlib.h>

static void on_ifp(const uint8_t *ifp, size_t n, uint16_t seq, void *arg)
{
	uint64_t *sum = arg;

	for (size_t i = 0; i < n; i++)
		*sum += ifp[i] ^ seq;
}

static void on_packet(const uint8_t *packet, size_t n, void *arg)
{
	struct udptl_in *in = arg;
	uint64_t sum = 0;

	/* What we write, we can read. */
	if (udptl_read(in, packet, n, on_ifp, &sum) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct udptl_in in = {0}, echo = {0};
	struct fax_machine *m = NULL;
	struct media_fax fax = {.is_t38 = true, .is_t38_redundancy = true, .path = "/dev/null"};
	uint64_t sum = 0;

	if (size < 1)
		return 0;
	fax.is_sender = data[0] & 1;
	(void)udptl_read(&in, data + 1, size - 1, on_ifp, &sum);
	if (fax_machine_new(&m, &fax, on_packet, &echo) < 0)
		return 0;
	/* Datagrams of data: a length, then so many bytes. */
	for (size_t at = 1; at < size;) {
		size_t n = data[at++];
		n = n < size - at ? n : size - at;
		fax_machine_packet(m, data + at, n);
		fax_machine_pass(m, FAX_FRAME);
		at += n;
	}
	fax_machine_free(m);
	return 0;
}
