/* The test of a trunk that a person asks for: one OPTIONS, and what came of it in words.
 *
 * Invariant: each test is told exactly once as SIP_TRUNK_TESTED. */
#include "sip/directory.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define TEST_LIMIT_MS 5000
#define TESTS_MAX 16 /* under way at once */

struct trunk_test {
	struct le le; /* room.tests */
	struct room *room;
	uint64_t trunk, ref;
	struct sip_request *request;
	struct tmr tmr;
	int64_t since_ms;
};

static void tell(struct room *room, uint64_t trunk, uint64_t ref, int code, int ms, const char *words)
{
	struct sip_event event = {
		.kind = SIP_TRUNK_TESTED, .trunk = trunk, .leg = ref, .code = code, .count = ms};

	(void)str_put(event.reason, sizeof(event.reason), words);
	room_tell(room, &event);
}

static void over(struct trunk_test *test, int code, const char *words)
{
	tell(test->room, test->trunk, test->ref, code, (int)(clock_mono_ms() - test->since_ms), words);
	tmr_cancel(&test->tmr);
	list_unlink(&test->le);
	mem_deref(test->request);
	alloc_free(test);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct trunk_test *test = arg;
	char words[96];

	if (!err && msg && msg->scode < 200)
		return;
	test->request = NULL; /* libre lets go of it */
	if (err || !msg) {
		(void)str_printf(words, sizeof(words), "no answer: %s", strerror(err));
		over(test, 0, words);
		return;
	}
	(void)str_printf(words, sizeof(words), "answered with %u", msg->scode);
	over(test, msg->scode, words);
}

static void on_silent(void *arg)
{
	over(arg, 0, "no answer within 5 seconds");
}

static int on_send(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct trunk_test *test = arg;
	char contact[128];

	transport_contact(test->room, tp, src, dst, contact, sizeof(contact));
	return mbuf_printf(mb, "Contact: %s\r\n", contact);
}

void sip_trunk_test(struct room *room, uint64_t id, uint64_t ref)
{
	const struct trunk *trunk = sip_directory_trunk(room, id);
	char uri[SIP_URI_MAX * 2];
	struct trunk_test *test;
	int err;

	if (!trunk || sip_trunk_uri(trunk, "", uri, sizeof(uri)) < 0) {
		tell(room, id, ref, 0, 0, trunk ? "the proxy is no SIP URI" : "no such trunk in force");
		return;
	}
	if (list_count(&room->tests) >= TESTS_MAX || !(test = alloc_zero(sizeof(*test)))) {
		tell(room, id, ref, 0, 0, "too many tests at once");
		return;
	}
	*test = (struct trunk_test){.room = room, .trunk = id, .ref = ref, .since_ms = clock_mono_ms()};
	list_append(&room->tests, &test->le, test);
	tmr_start(&test->tmr, TEST_LIMIT_MS, on_silent, test);
	err = sip_requestf(&test->request, room->stack, true, "OPTIONS", uri, NULL, NULL, on_send,
		on_response, test,
		"To: <%s>\r\nFrom: <%s>;tag=%08x\r\nCall-ID: %08x%08x\r\nCSeq: 1 OPTIONS\r\n" NO_BODY, uri,
		uri, randombytes_random(), randombytes_random(), randombytes_random());
	if (err)
		over(test, 0, strerror(err));
}

void sip_trunk_tests_end(struct room *room)
{
	while (room->tests.head)
		over(room->tests.head->data, 0, "the server stops");
}
