/* Supervisors of some teams alone: what the API shows them of contacts, recordings, figures and the log. */
#include "api/test_support.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;
static char admin[300], super[300];

static int ask(const char *who, const char *method, const char *path, const char *body)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, body, &answer) ? answer.status : -1;
}

/* Two teams with one agent each, and a call with a recording of each of them; one more that nobody had. */
struct house {
	uint64_t team[2], agent[2], call[3], recording[2];
};

static uint64_t made(const char *resource, const char *format, const char *name, uint64_t id)
{
	char body[256], path[64], text[ID_TEXT_SIZE];

	(void)snprintf(path, sizeof(path), "/api/v1/%s", resource);
	(void)snprintf(body, sizeof(body), format, name, id_text(id, text));
	return ask(admin, "POST", path, body) == 201 ? jsonx_id(answer.json, "id") : 0;
}

static void add_call(struct house *h, int which)
{
	char path[32];
	uint64_t segment = id_new(), agent = which < 2 ? h->agent[which] : 0, seq;

	h->call[which] = id_new();
	(void)snprintf(path, sizeof(path), "call%d.wav", which);
	struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED,
			.from = "+98",
			.to = "1",
			.reason = "inbound",
			.text = "voice"},
		{.type = EVENT_SEGMENT_QUEUED, .segment = segment, .queue = 5},
		{.type = EVENT_SEGMENT_ANSWERED, .segment = segment, .queue = 5, .agent = agent},
		{.type = EVENT_RECORDING_STARTED, .text = path, .reason = "call"},
		{.type = EVENT_RECORDING_ENDED, .duration_ms = 1000, .number = 100},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 9000, .reason = "customer_hung_up"},
	};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct event *e = &events[i];
		e->tenant = 1;
		e->at_ms = INT64_C(1763800000000) + (int64_t)i * 1000;
		e->interaction = h->call[which];
		if (which == 2 && i > 0 && i < 5)
			continue;
		if (e->type == EVENT_RECORDING_STARTED || e->type == EVENT_RECORDING_ENDED) {
			h->recording[which] = h->recording[which] ? h->recording[which] : id_new();
			e->ref = h->recording[which];
		}
		CHECK_INT(store_append(bench.store, e, &seq), 0);
	}
	for (int i = 0; i < 500 && store_durable_seq(bench.store) < seq; i++)
		usleep(10000);
}

static void limit(const char *patch)
{
	char path[64], id[ID_TEXT_SIZE];

	(void)snprintf(path, sizeof(path), "/api/v1/users/%s", id_text(bench.supervisor, id));
	CHECK_INT(ask(admin, "PATCH", path, patch), 200);
}

static void open_house(struct house *h)
{
	*h = (struct house){0};
	CHECK(bench_start(&bench, 0, NULL, false));
	memset(&fake, 0, sizeof(fake));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&
		sign_in(&bench, "super", super, sizeof(super)));
	for (int i = 0; i < 2; i++) {
		char login[16];
		(void)snprintf(login, sizeof(login), "team%d", i);
		h->team[i] = made("teams", "{\"name\":\"%s\"}", login, 0);
		h->agent[i] = made("users",
			"{\"login\":\"%s\",\"name\":\"N\",\"roles\":[\"agent\"],\"team\":\"%s\"}", login,
			h->team[i]);
	}
	for (int i = 0; i < 3; i++)
		add_call(h, i);
}

static void close_house(void)
{
	answer_free(&answer);
	bench_stop(&bench);
}

static int get(const char *format, uint64_t id)
{
	char path[96], text[ID_TEXT_SIZE];

	(void)snprintf(path, sizeof(path), format, id_text(id, text));
	return ask(super, "GET", path, NULL);
}

/* How many contacts the list has; all of them may be opened. */
static size_t listed(const char *arguments)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "/api/v1/interactions?from_at=1600000000000%s", arguments);
	return ask(super, "GET", path, NULL) == 200 ? json_array_size(json_object_get(answer.json, "items"))
						    : SIZE_MAX;
}

static size_t refusals(void)
{
	size_t n = 0, i;
	json_t *row;

	if (ask(admin, "GET", "/api/v1/audit?limit=50", NULL) != 200)
		return SIZE_MAX;
	json_array_foreach(json_object_get(answer.json, "items"), i, row) n +=
		str_equal(jsonx_text(row, "action", ""), "supervision_refused");
	return n;
}

TEST(who_supervises_some_teams_sees_their_contacts_alone)
{
	struct house h;
	char patch[200], id[2][ID_TEXT_SIZE], path[96];

	open_house(&h);
	CHECK_INT(listed(""), 3);
	CHECK_INT(get("/api/v1/recordings/%s", h.recording[1]), 200);
	CHECK_INT(ask(super, "GET", "/api/v1/events", NULL), 200);
	(void)snprintf(patch, sizeof(patch), "{\"supervises\":\"teams\",\"team\":\"%s\"}",
		id_text(h.team[0], id[0]));
	limit(patch);
	CHECK_INT(ask(super, "GET", "/api/v1/session", NULL), 200);
	CHECK(strstr(answer.body, "\"see_teams\"") && !strstr(answer.body, "\"see_history\"") &&
		!strstr(answer.body, "\"listen\""));
	CHECK_INT(listed(""), 1);
	CHECK_INT(listed("&search=N"), 0);
	CHECK_INT(listed("&result=answered"), 1);
	CHECK_INT(get("/api/v1/interactions/%s", h.call[0]), 200);
	CHECK_INT(get("/api/v1/interactions/%s", h.call[1]), 404);
	CHECK_INT(get("/api/v1/interactions/%s", h.call[2]), 404);
	CHECK_INT(get("/api/v1/interactions/%s/vcon", h.call[1]), 404);
	CHECK_INT(get("/api/v1/interactions/%s/messages", h.call[1]), 404);
	CHECK_INT(get("/api/v1/interactions/%s/decisions", h.call[1]), 404);
	CHECK_INT(get("/api/v1/recordings/%s", h.recording[0]), 200);
	CHECK_INT(get("/api/v1/recordings/%s", h.recording[1]), 404);
	CHECK_INT(get("/api/v1/recordings/%s/audio", h.recording[1]), 404);
	CHECK_INT(get("/api/v1/recordings/%s/waveform", h.recording[1]), 404);
	CHECK_INT(ask(super, "GET", "/api/v1/events", NULL), 403); /* the log is everybody's */
	(void)snprintf(path, sizeof(path), "/api/v1/interactions/%s/recording", id_text(h.call[1], id[0]));
	CHECK_INT(ask(super, "POST", path, "{\"act\":\"pause\"}"), 404);
	CHECK_INT(refusals(), 1);
	/* named, besides the own one */
	(void)snprintf(patch, sizeof(patch), "{\"supervised_teams\":[\"%s\"]}", id_text(h.team[1], id[1]));
	limit(patch);
	CHECK_INT(listed(""), 2);
	CHECK_INT(get("/api/v1/recordings/%s", h.recording[1]), 200);
	/* no team at all: what they had themselves, which is nothing */
	limit("{\"supervised_teams\":[],\"team\":null}");
	CHECK_INT(listed(""), 0);
	limit("{\"supervises\":\"all\"}");
	CHECK_INT(listed(""), 3);
	close_house();
}

TEST(figures_of_people_are_those_of_the_teams)
{
	struct house h;
	char patch[200], id[ID_TEXT_SIZE];
	const char *path = "/api/v1/kpis?from_at=1763799000000&to_at=1763810000000";

	open_house(&h);
	CHECK_INT(ask(super, "GET", path, NULL), 200);
	CHECK(json_array_size(json_object_get(answer.json, "agents")) > 1);
	(void)snprintf(
		patch, sizeof(patch), "{\"supervises\":\"teams\",\"team\":\"%s\"}", id_text(h.team[1], id));
	limit(patch);
	CHECK_INT(ask(super, "GET", path, NULL), 200);
	const json_t *list = json_object_get(answer.json, "agents");
	CHECK_INT(json_array_size(list), 1);
	CHECK(jsonx_id(json_array_get(list, 0), "agent") == h.agent[1]);
	close_house();
}
