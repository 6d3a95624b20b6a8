/* Customers who call from a page of ours (docs/visit.md): the page's socket says what a telephone says in
 * SIP. The call itself is like any other: its customer leg is a browser's.
 *
 * Invariants: a visitor has at most one call, and a call at most one visitor (ix->visitor); the token is
 * told to nobody but the page it was made for, and whoever has it may take the call over within
 * VISITOR_GRACE_MS of the socket's end; nothing a visitor says reaches another call. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/state.h"

#include <string.h>

#define VISITOR_GRACE_MS 20000
#define VISITOR_NAME_BYTES (SIP_NAME_MAX - 1)

/* --- coming and going
 * ------------------------------------------------------------------------------------------------ */

static void forget(struct visitor *v)
{
	struct center *c = v->center;

	timer_cancel(&c->timers, &v->grace);
	if (v->client)
		map_remove(&c->visitors, v->client);
	strmap_remove(&c->visitors_by_token, v->token);
	json_decref(v->start_request);
	if (v->interaction)
		v->interaction->visitor = NULL;
	alloc_free(v);
}

static void grace_over(struct timer *t, int64_t now_ms)
{
	struct visitor *v = (struct visitor *)((char *)t - offsetof(struct visitor, grace));
	struct interaction *ix = v->interaction;

	(void)now_ms;
	forget(v);
	if (ix)
		call_end(ix, "customer_lost", 0);
}

static const struct number *line_of(const struct center *c, const char *text)
{
	const struct number *n = snapshot_number(c->snapshot, text, 0);

	return n && n->is_web ? n : NULL;
}

static void expel(struct center *c, uint64_t client)
{
	struct center_output close = {.kind = CENTER_CLOSE_CLIENT, .to = client, .tenant = TENANT};

	c->parts.on_output(&close, c->parts.on_output_arg);
}

static void opened(struct center *c, const struct center_input *in)
{
	struct visitor *v = alloc_zero(sizeof(*v));
	const struct number *n = line_of(c, jsonx_text(in->body, "number", ""));

	if (!v || str_put(v->token, sizeof(v->token), jsonx_text(in->body, "token", "")) < 0 ||
		str_put(v->number, sizeof(v->number), jsonx_text(in->body, "number", "")) < 0 ||
		map_put(&c->visitors, in->client.id, v) < 0) {
		alloc_free(v);
		expel(c, in->client.id);
		return;
	}
	v->center = c;
	v->client = in->client.id;
	if (strmap_put(&c->visitors_by_token, v->token, v) < 0) {
		forget(v);
		expel(c, in->client.id);
		return;
	}
	/* Which lines exist is told as if all did: visit.start says no. */
	push_client(c, v->client,
		json_pack("{s:s,s:s,s:b}", "on", "visit_line", "name", n && n->name ? n->name : "",
			"has_video", n && n->has_video));
}

static void closed(struct center *c, uint64_t client)
{
	struct visitor *v = map_remove(&c->visitors, client);

	if (!v)
		return;
	v->client = 0;
	if (v->interaction)
		timer_set(&c->timers, &v->grace, c->now_ms + VISITOR_GRACE_MS, grace_over);
	else
		forget(v);
}

void visitors_free(struct center *c)
{
	struct visitor *v;
	const char *token;

	for (size_t i = 0; (v = strmap_next(&c->visitors_by_token, &i, &token));) {
		forget(v);
		i = 0;
	}
	map_free(&c->visitors);
	strmap_free(&c->visitors_by_token);
}

/* --- what the page shows
 * --------------------------------------------------------------------------------------------------- */

static const char *state_of(const struct interaction *ix)
{
	if (ix->is_ending)
		return "ended";
	if (ix->stage == STAGE_TALKING)
		return ix->lead && ix->talk != TALK_FRONT ? "held" : "talking";
	return parties_in_front(ix) > 0 ? "talking" : "waiting";
}

static void tell(struct visitor *v)
{
	struct interaction *ix = v->interaction;
	const char *state = state_of(ix);
	bool is_with_agent = ix->stage == STAGE_TALKING && !ix->is_ending;
	const struct user *u = is_with_agent ? snapshot_user(ix->center->snapshot, ix->segment.agent) : NULL;

	push_client(v->center, v->client,
		json_pack("{s:s,s:s,s:s,s:s}", "on", "visit", "state", state, "agent", u ? u->name : "",
			"reason", ix->is_ending ? ix->end_reason : ""));
}

void visitor_push(struct interaction *ix)
{
	struct visitor *v = ix->visitor;

	if (!v || v->state == state_of(ix))
		return;
	v->state = state_of(ix);
	if (v->client)
		tell(v);
	if (!ix->is_ending)
		return;
	if (v->start_request && v->client) /* it never came to an answer */
		push_client(v->center, v->client, request_reply(v->start_request, "busy"));
	json_decref(TAKE_PTR(v->start_request));
	v->interaction = NULL;
	ix->visitor = NULL;
	if (!v->client)
		forget(v);
}

void visitor_answer(struct interaction *ix)
{
	struct visitor *v = ix->visitor;
	struct leg *leg = ix->customer;
	char text[SDP_TEXT_MAX];

	if (!v || !v->start_request || ix->is_ending)
		return;
	leg->local.setup = SDP_PASSIVE;
	if (sdp_write(&leg->local, &leg->remote, text, sizeof(text)) < 0) {
		call_end(ix, "no_common_codec", 488);
		return;
	}
	json_t *request = TAKE_PTR(v->start_request);
	if (v->client)
		push_client(v->center, v->client,
			json_pack("{s:O?,s:b,s:s,s:s}", "re", json_object_get(request, "id"), "ok", 1,
				"token", v->token, "sdp", text));
	json_decref(request);
}

/* --- what the page asks
 * ---------------------------------------------------------------------------------------------------- */

/* Reads what the browser offers. NULL, or the error's code. */
static const char *read_offer(const json_t *request, struct sdp *ret_sdp)
{
	const char *text = jsonx_text(request, "sdp", NULL);

	if (!text)
		return "sdp_missing";
	if (sdp_parse(text, strlen(text), ret_sdp) != SDP_OK || !ret_sdp->is_webrtc ||
		!call_can_talk(ret_sdp))
		return "sdp_invalid";
	return NULL;
}

static bool offers_video(const struct sdp *sdp)
{
	for (int i = 0; i < sdp->n_mlines; i++)
		if (str_equal(sdp->mlines[i].media, "video"))
			return true;
	return false;
}

/* As much of it as fits; a letter is not cut. */
static void put_name(char *ret_name, const char *name)
{
	size_t n = strlen(name);

	if (n > VISITOR_NAME_BYTES)
		for (n = VISITOR_NAME_BYTES; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80; n--)
			;
	str_put_n(ret_name, SIP_NAME_MAX, name, n);
	call_clean_text(ret_name);
}

/* The page's language, when it is one we speak; else the line's stays. */
static void speak(struct interaction *ix, const char *language)
{
	static const char *const spoken[] = {"fa", "ar", "zh", "en"};

	for (size_t i = 0; i < 4; i++)
		if (str_starts_with(language, spoken[i]))
			str_put(ix->language, sizeof(ix->language), spoken[i]);
}

static const char *start(struct visitor *v, json_t *request)
{
	struct center *c = v->center;
	const struct number *n = line_of(c, v->number);
	_cleanup_alloc_ struct sip_event *e = alloc_zero(sizeof(*e));

	if (v->interaction)
		return "busy";
	if (!e)
		return "no_memory";
	e->leg = id_new();
	e->has_sdp = true;
	str_put(e->from_number, sizeof(e->from_number), "web");
	put_name(e->from_name, jsonx_text(request, "name", ""));
	str_put(e->to_number, sizeof(e->to_number), n ? n->number : v->number);
	const char *wrong = n ? read_offer(request, &e->sdp) : "not_found";
	struct interaction *ix = wrong ? NULL : incoming_begin(c, e, n, &wrong);
	if (!ix) {
		emit(c, &(struct event){.type = EVENT_CONTACT_BLOCKED,
				.from = e->from_number,
				.to = e->to_number,
				.number = 503,
				.reason = wrong});
		return str_equal(wrong, "sdp_invalid") || str_equal(wrong, "sdp_missing") || !n ? wrong
												: "busy";
	}
	ix->customer->kind = LEG_BROWSER;
	ix->customer->has_sip = false;
	ix->customer->has_video = n->has_video && offers_video(&e->sdp);
	speak(ix, jsonx_text(request, "language", ""));
	ix->visitor = v;
	v->interaction = ix;
	v->start_request = json_incref(request); /* answered by visitor_answer */
	call_leg_open(ix->customer);
	return "";
}

static const char *resume(struct visitor *v, const json_t *request)
{
	struct center *c = v->center;
	struct visitor *lost = strmap_get(&c->visitors_by_token, jsonx_text(request, "token", ""));

	if (!lost || lost == v || !lost->interaction || v->interaction)
		return "not_found";
	struct interaction *ix = lost->interaction;
	uint64_t client = v->client;
	if (lost->client) { /* the server has not noticed yet */
		map_remove(&c->visitors, lost->client);
		expel(c, lost->client);
	}
	v->client = 0;
	map_put(&c->visitors, client, lost); /* the key exists: no memory is needed */
	forget(v);
	lost->client = client;
	timer_cancel(&c->timers, &lost->grace);
	ix->visitor = lost;
	tell(lost);
	return NULL;
}

static const char *digits(struct visitor *v, const json_t *request)
{
	const char *d = jsonx_text(request, "digits", "");

	if (!v->interaction)
		return "not_connected";
	if (strlen(d) != 1 || !strchr("0123456789*#", d[0]))
		return "invalid_digits";
	call_digit(v->interaction, d[0]);
	return NULL;
}

static const char *hang_up(struct visitor *v)
{
	if (!v->interaction)
		return "not_connected";
	call_end(v->interaction, "customer_hung_up", 0);
	return NULL;
}

static void requested(struct center *c, const struct center_input *in)
{
	struct visitor *v = map_get(&c->visitors, in->client.id);
	const char *what = jsonx_text(in->body, "do", ""), *wrong = "unknown_request";

	if (!v)
		return;
	if (str_equal(what, "visit.start"))
		wrong = start(v, in->body);
	else if (str_equal(what, "visit.resume"))
		wrong = resume(v, in->body);
	else if (str_equal(what, "visit.digit"))
		wrong = digits(v, in->body);
	else if (str_equal(what, "visit.hang_up"))
		wrong = hang_up(v);
	if (wrong && !wrong[0])
		return; /* answered later */
	push_client(c, in->client.id, request_reply(in->body, wrong));
}

void visitor_input(struct center *c, const struct center_input *in)
{
	if (in->kind == CENTER_CLIENT_OPENED)
		opened(c, in);
	else if (in->kind == CENTER_CLIENT_CLOSED)
		closed(c, in->client.id);
	else if (in->kind == CENTER_REQUEST)
		requested(c, in);
}
