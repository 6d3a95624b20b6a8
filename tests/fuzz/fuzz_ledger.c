/* Saved folds (what is open; figures), altered: loading never crashes, and what is taken is saved as the very
 * same bytes. The checksum is made right again, so that the reading behind it is what is tried. The input is
 * a list of edits of three bytes each: place (two), what is xored there; its last byte may cut the end off.
 */
#include "base/alloc.h"
#include "event/kpi.h"
#include "event/ledger.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct event history[] = {
	{.type = EVENT_INTERACTION_STARTED,
		.interaction = 5,
		.tenant = 1,
		.at_ms = 1000,
		.ref = 9,
		.from = "+9821",
		.name = "who",
		.text = "chat"},
	{.type = EVENT_SEGMENT_QUEUED,
		.interaction = 5,
		.segment = 50,
		.queue = 2,
		.at_ms = 1001,
		.text = "{}"},
	{.type = EVENT_ANNOUNCED,
		.interaction = 5,
		.segment = 50,
		.queue = 2,
		.at_ms = 1003,
		.duration_ms = 9},
	{.type = EVENT_OFFER_MADE, .interaction = 5, .segment = 50, .queue = 2, .agent = 8, .at_ms = 1009},
	{.type = EVENT_INTERACTION_STARTED, .interaction = 6, .tenant = 1, .at_ms = 1010},
	{.type = EVENT_SEGMENT_QUEUED, .interaction = 6, .segment = 60, .queue = 2, .at_ms = 1011},
	{.type = EVENT_SEGMENT_ANSWERED,
		.interaction = 6,
		.segment = 60,
		.queue = 2,
		.agent = 7,
		.wait_ms = 4000,
		.at_ms = 5011},
	{.type = EVENT_RECORDING_STARTED, .interaction = 6, .ref = 70, .at_ms = 5012, .text = "a.wav"},
	{.type = EVENT_SEGMENT_QUEUED, .interaction = 7, .segment = 70, .queue = 3, .at_ms = 1011},
	{.type = EVENT_SEGMENT_ABANDONED,
		.interaction = 7,
		.segment = 70,
		.queue = 3,
		.wait_ms = 99,
		.at_ms = 1910000},
	{.type = EVENT_WRAP_UP_STARTED,
		.interaction = 4,
		.segment = 40,
		.queue = 2,
		.agent = 6,
		.at_ms = 5020},
	{.type = EVENT_AGENT_STATE, .agent = 7, .reason = "talking", .at_ms = 5030},
	{.type = EVENT_CONTACT_BLOCKED, .at_ms = 5031},
};

static void seal(uint8_t *bytes, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i + 8 < n; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; n >= 8 && i < 8; i++)
		bytes[n - 8 + i] = (uint8_t)(h >> (8 * i));
}

static void try_ledger(const uint8_t *bytes, size_t n)
{
	struct ledger l;
	uint8_t *again = NULL;
	size_t m = 0;

	ledger_init(&l);
	if (ledger_load(&l, bytes, n) == 0) {
		if (ledger_save(&l, &again, &m) < 0 || m > n)
			abort();
		for (size_t i = 0; i < sizeof(history) / sizeof(history[0]); i++)
			if (ledger_apply(&l, &history[i]) < 0)
				abort();
	}
	alloc_free(again);
	ledger_free(&l);
}

static void try_figures(const uint8_t *bytes, size_t n)
{
	struct kpi_fold *f;
	uint8_t *again = NULL;
	size_t m = 0;

	if (kpi_new(&f) < 0)
		abort();
	if (kpi_load(f, bytes, n) == 0 && (kpi_save(f, &again, &m) < 0 || m > n))
		abort();
	alloc_free(again);
	kpi_free(f);
}

static void make(uint8_t **saved, size_t *n)
{
	struct kpi_fold *f;
	struct ledger l;

	ledger_init(&l);
	if (kpi_new(&f) < 0)
		abort();
	for (size_t i = 0; i < sizeof(history) / sizeof(history[0]); i++)
		if (ledger_apply(&l, &history[i]) < 0 || kpi_apply(f, &history[i]) < 0)
			abort();
	if (ledger_save(&l, &saved[0], &n[0]) < 0 || kpi_save(f, &saved[1], &n[1]) < 0)
		abort();
	ledger_free(&l);
	kpi_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t *saved[2];
	static size_t n[2];

	if (!saved[0])
		make(saved, n);
	for (int which = 0; which < 2; which++) {
		size_t len = n[which];
		uint8_t *bytes = malloc(len);
		if (!bytes)
			abort();
		memcpy(bytes, saved[which], len);
		for (size_t i = 0; i + 3 <= size && i < 60; i += 3)
			bytes[((size_t)data[i] << 8 | data[i + 1]) % len] ^= data[i + 2];
		if (size % 3 == 1)
			len = data[size - 1] * len / 256;
		seal(bytes, len);
		if (which)
			try_figures(bytes, len);
		else
			try_ledger(bytes, len);
		free(bytes);
	}
	return 0;
}
