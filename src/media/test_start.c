/* Starting and stopping: several threads, a taken port, wrong settings, memory running out. */
#include "harness/test.h"
#include "base/str.h"
#include "media/test_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic int n_opened, n_closed;

static void on_event(const struct media_event *event, void *arg)
{
	(void)arg;
	atomic_fetch_add(&n_opened, event->kind == MEDIA_LEG_OPENED);
	atomic_fetch_add(&n_closed, event->kind == MEDIA_LEG_CLOSED);
}

static struct media_config usual(void)
{
	struct media_config config = {.bind_address = "127.0.0.1",
		.rtp_port_min = 20000,
		.rtp_port_max = 29998,
		.threads = 1,
		.legs_max = 500};

	return config;
}

TEST(two_hundred_calls_over_two_threads)
{
	struct media_config config = usual();
	struct media *media = NULL;
	struct media_totals totals;

	config.threads = 2;
	atomic_store(&n_opened, 0);
	atomic_store(&n_closed, 0);
	CHECK_INT(media_start(&media, &config, on_event, NULL), 0);
	for (uint64_t call = 1; call <= 200; call++)
		for (uint64_t leg = 2 * call; leg < 2 * call + 2; leg++) {
			struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = call, .leg = leg};
			CHECK_INT(media_send(media, &c), 0);
		}
	for (int i = 0; i < 1000 && atomic_load(&n_opened) < 400; i++)
		usleep(5000);
	CHECK_INT(atomic_load(&n_opened), 400);
	media_totals(media, &totals);
	CHECK_INT(totals.legs_open, 400);
	CHECK(media->threads[0].legs.len > 50 && media->threads[1].legs.len > 50);
	media_stop(media); /* closes what is open, and says so */
	CHECK_INT(atomic_load(&n_closed), 400);
}

TEST(wrong_settings_are_refused)
{
	static const char *const addresses[] = {"", "localhost", "300.0.0.1", "1.2.3"};
	struct media_config config = usual();
	struct media *media = NULL;

	for (size_t i = 0; i < 4; i++) {
		str_put(config.bind_address, sizeof(config.bind_address), addresses[i]);
		CHECK_INT(media_start(&media, &config, on_event, NULL), -EINVAL);
	}
	config = usual();
	config.threads = 17;
	CHECK_INT(media_start(&media, &config, on_event, NULL), -EINVAL);
	config = usual();
	config.rtp_port_max = config.rtp_port_min;
	CHECK_INT(media_start(&media, &config, on_event, NULL), -EINVAL);
	config = usual();
	str_put(config.advertised_address, sizeof(config.advertised_address), "pbx.example");
	CHECK_INT(media_start(&media, &config, on_event, NULL), -EINVAL);
	CHECK(media == NULL);
}

TEST(a_taken_browser_port_is_said)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	struct media_config config = usual();
	struct media *media = NULL;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	config.webrtc_port = ntohs(a.sin_port);
	CHECK_INT(media_start(&media, &config, on_event, NULL), -EADDRINUSE);
	close(fd);
}

TEST(no_free_port_fails_the_leg)
{
	struct rig *rig = alloc_zero(sizeof(*rig));
	struct media_config config = usual();
	struct media_event e;

	CHECK(rig && rig_start(rig, false) == 0);
	media_stop(rig->media);
	config.rtp_port_min = 29990;
	config.rtp_port_max = 29995;
	CHECK_INT(media_start(&rig->media, &config, rig_event, rig), 0);
	for (uint64_t leg = 1; leg <= 4; leg++)
		rig_send(rig, &(struct media_command){.kind = MEDIA_LEG_OPEN, .group = 1, .leg = leg});
	CHECK(rig_wait(rig, MEDIA_LEG_FAILED, 4, &e));
	CHECK_INT(e.reason, -EMFILE);
	/* And a browser's leg without a browser port. */
	struct media_command c = {.kind = MEDIA_LEG_OPEN, .group = 1, .leg = 9};
	c.open.is_webrtc = true;
	rig_send(rig, &c);
	CHECK(rig_wait(rig, MEDIA_LEG_FAILED, 9, &e));
	CHECK_INT(e.reason, -ENOTSUP);
	rig_stop(rig);
	alloc_free(rig);
}

TEST_OOM(starting_without_memory_leaves_nothing)
{
	struct media_config config = usual();
	struct media *media = NULL;
	int err = media_start(&media, &config, on_event, NULL);

	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	media_stop(media);
}
