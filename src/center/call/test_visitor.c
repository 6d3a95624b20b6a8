/* Customers who call from a page: from the click to the end, a lost socket, and what strangers try. */
#include "base/str.h"
#include "center/test_parts.h"

#include <errno.h>
#include <string.h>

#define OFFER                                                                                                \
	"v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=group:BUNDLE 0\\r\\n"                  \
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 8 0 110\\r\\nc=IN IP4 0.0.0.0\\r\\na=mid:0\\r\\na=rtcp-mux\\r\\n"   \
	"a=ice-ufrag:abcd\\r\\na=ice-pwd:abcdefghijklmnopqrstuvwx\\r\\na=setup:actpass\\r\\n"                \
	"a=fingerprint:sha-256 "                                                                             \
	"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"    \
	"\\r\\na=rtpmap:111 opus/48000/2\\r\\na=rtpmap:110 telephone-event/48000\\r\\n"

static void send(struct world *w, uint64_t client, enum center_input_kind kind, json_t *body)
{
	struct center_input in = {.kind = kind, .client = {client, 0, 1, MAY_VISIT}, .body = body};

	center_send(w->center, &in);
	world_run(w);
}

static uint64_t enters(struct world *w, const char *number, const char *token)
{
	uint64_t client = w->next_client++;

	send(w, client, CENTER_CLIENT_OPENED, json_pack("{s:s,s:s}", "number", number, "token", token));
	return client;
}

/* The error's code, "" for ok, NULL when no reply came. */
static const char *asks(struct world *w, uint64_t client, const char *text)
{
	json_t *body = json_loads(text, 0, NULL);
	size_t before = w->said.len;

	if (!body)
		world_fail(__FILE__, __LINE__, "no JSON: %s", text);
	send(w, client, CENTER_REQUEST, body);
	for (size_t i = w->said.len; i-- > before;)
		if (w->said.at[i].to == client && jsonx_int(w->said.at[i].body, "re", 0) == 7)
			return jsonx_bool(w->said.at[i].body, "ok", false)
				       ? ""
				       : jsonx_text(
						 json_object_get(w->said.at[i].body, "error"), "code", "?");
	return NULL;
}

#define START                                                                                                \
	"{\"id\":7,\"do\":\"visit.start\",\"name\":\"\xd8\xb3\xd8\xa7\xd8\xb1\xd8\xa7\",\"language\":"       \
	"\"fa\",\"sdp\":\"" OFFER "\"}"

static bool open_line(struct world *w)
{
	return fixture_update(&w->store, "number", w->number, "{\"is_web\":true}", NULL) == 0;
}

static const char *state_of(struct world *w, uint64_t client)
{
	return jsonx_text(world_push(w, client, "visit"), "state", "");
}

static uint64_t customer_leg(struct world *w)
{
	struct media_command *open = NULL;

	for (size_t i = w->media.len; i-- > 0 && !open;)
		if (w->media.at[i].kind == MEDIA_LEG_OPEN && w->media.at[i].open.is_webrtc &&
			!w->media.at[i].open.is_offerer)
			open = &w->media.at[i];
	return open ? open->leg : 0;
}

TEST(a_visit_from_the_click_to_the_end)
{
	WITH_WORLD(w);
	CHECK(open_line(&w) && world_start(&w));
	uint64_t ann = world_agent(&w, "ann", "");
	world_configure(&w);
	uint64_t page = world_ready(&w, ann), visitor = enters(&w, "1000", "t1");

	CHECK(world_push(&w, visitor, "visit_line"));
	CHECK_STR(asks(&w, visitor, START), "");
	json_t *reply = world_reply(&w);
	CHECK_STR(jsonx_text(reply, "token", ""), "t1");
	CHECK(strstr(jsonx_text(reply, "sdp", ""), "a=setup:passive"));
	CHECK(strstr(jsonx_text(reply, "sdp", ""), "opus/48000/2"));
	world_media(&w, MEDIA_LEG_READY, customer_leg(&w));
	CHECK_STR(jsonx_text(json_object_get(world_push(&w, ann, "offer"), "customer"), "name", ""),
		"\xd8\xb3\xd8\xa7\xd8\xb1\xd8\xa7");
	world_connect(&w, page, ann);
	CHECK_STR(state_of(&w, visitor), "talking");
	CHECK_STR(jsonx_text(world_push(&w, visitor, "visit"), "agent", ""), "ann");
	uint64_t ix = world_ix_id(&w, customer_leg(&w));
	CHECK_STR(world_ask(&w, page, "'call.hold','interaction':'%s'", ID(ix)), "");
	CHECK_STR(state_of(&w, visitor), "held");
	CHECK_STR(world_ask(&w, page, "'call.resume','interaction':'%s'", ID(ix)), "");
	CHECK_STR(state_of(&w, visitor), "talking");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.hang_up\"}"), "");
	CHECK_STR(state_of(&w, visitor), "ended");
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "customer_hung_up"), 1);
	CHECK_INT(world_count(&w, EVENT_SEGMENT_ANSWERED), 1);
	send(&w, visitor, CENTER_CLIENT_CLOSED, NULL);
}

TEST(a_lost_socket_is_forgiven_for_a_while)
{
	WITH_WORLD(w);
	CHECK(open_line(&w) && world_start(&w));
	uint64_t visitor = enters(&w, "1000", "t1");

	CHECK_STR(asks(&w, visitor, START), "");
	send(&w, visitor, CENTER_CLIENT_CLOSED, NULL);
	world_pass(&w, 10000);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	uint64_t other = enters(&w, "1000", "t2");
	CHECK_STR(asks(&w, other, "{\"id\":7,\"do\":\"visit.resume\",\"token\":\"guess\"}"), "not_found");
	CHECK_STR(asks(&w, other, "{\"id\":7,\"do\":\"visit.resume\",\"token\":\"t1\"}"), "");
	CHECK_STR(state_of(&w, other), "waiting");
	world_pass(&w, 30000);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	/* Once more, by a page the server still believes to be there. */
	uint64_t third = enters(&w, "1000", "t3");
	CHECK_STR(asks(&w, third, "{\"id\":7,\"do\":\"visit.resume\",\"token\":\"t1\"}"), "");
	CHECK(asks(&w, other, "{\"id\":7,\"do\":\"visit.hang_up\"}") == NULL);
	CHECK_INT(world_count(&w, EVENT_INTERACTION_ENDED), 0);
	send(&w, third, CENTER_CLIENT_CLOSED, NULL);
	world_pass(&w, 21000);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "customer_lost"), 1);
}

TEST(what_cannot_be_taken_is_said)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	uint64_t visitor = enters(&w, "1000", "t1");

	CHECK_STR(asks(&w, visitor, START), "not_found"); /* not open to pages */
	CHECK(open_line(&w));
	world_configure(&w);
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.start\"}"), "sdp_missing");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.start\",\"sdp\":\"v=0\"}"), "sdp_invalid");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.hang_up\"}"), "not_connected");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.dance\"}"), "unknown_request");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"agent.ready\"}"), "unknown_request");
	CHECK_STR(asks(&w, visitor, START), "");
	CHECK_STR(asks(&w, visitor, START), "busy");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.digit\",\"digits\":\"12\"}"), "invalid_digits");
	CHECK_STR(asks(&w, visitor, "{\"id\":7,\"do\":\"visit.digit\",\"digits\":\"1\"}"), "");
	w.is_store_full = true;
	uint64_t late = enters(&w, "1000", "t2");
	CHECK_STR(asks(&w, late, START), "busy");
	w.is_store_full = false;
	CHECK(asks(&w, 99999, START) == NULL); /* a socket the centre never heard of */
	send(&w, 99999, CENTER_CLIENT_CLOSED, NULL);
}

TEST(a_leg_that_fails_ends_the_visit)
{
	WITH_WORLD(w);
	CHECK(open_line(&w) && world_start(&w));
	uint64_t visitor = enters(&w, "1000", "t1");

	w.is_media_silent = true;
	CHECK(asks(&w, visitor, START) == NULL);
	uint64_t leg = customer_leg(&w);
	w.is_media_silent = false;
	world_media(&w, MEDIA_LEG_FAILED, leg);
	CHECK_STR(state_of(&w, visitor), "ended");
	/* And once more from the same page. */
	CHECK_STR(asks(&w, visitor, START), "");
	world_media(&w, MEDIA_LEG_READY, customer_leg(&w));
	world_media(&w, MEDIA_LEG_LOST, customer_leg(&w));
	CHECK_STR(state_of(&w, visitor), "ended");
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "media_lost"), 1);
	/* A page that is closed says so by its media before its socket. */
	CHECK_STR(asks(&w, visitor, START), "");
	struct media_event gone = {.kind = MEDIA_LEG_LOST,
		.leg = customer_leg(&w),
		.group = world_ix_id(&w, customer_leg(&w)),
		.reason = -ECONNRESET};
	center_on_media(&gone, w.center);
	world_run(&w);
	CHECK_INT(world_count_reason(&w, EVENT_INTERACTION_ENDED, "customer_hung_up"), 1);
}
