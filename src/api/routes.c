/* The table and the way through it. */
#include "api/routes.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define V1 "/api/v1"
#define PAGE " limit:int cursor:id"
#define SEES_CONTACTS (MAY_HANDLE | MAY_SEE_HISTORY | MAY_SEE_TEAMS)
#define HEARS (MAY_LISTEN | MAY_SEE_TEAMS | MAY_HANDLE)
#define BODY_CONTACT_MAX ((size_t)64 * 1024)
#define BODY_FAX_MAX ((size_t)28 * 1024 * 1024)
#define SEES_FIGURES (MAY_SEE_LIVE | MAY_SEE_HISTORY | MAY_SEE_TEAMS)

static const struct route fixed[] = {
	{METHOD_POST, V1 "/session", ACCESS_PUBLIC, 0, session_create, 4096, NULL, "Sign in", "SignIn",
		"Session", NULL, 200},
	{METHOD_GET, V1 "/session", ACCESS_SIGNED_IN, 0, session_get, 0, NULL, "Who is signed in", NULL,
		"Session", NULL, 200},
	{METHOD_DELETE, V1 "/session", ACCESS_SIGNED_IN, 0, session_delete, 0, NULL, "Sign out", NULL, NULL,
		NULL, 204},
	{METHOD_PATCH, V1 "/me", ACCESS_SIGNED_IN, 0, me_patch, 8192, NULL,
		"Change own preferences or password", "MePatch", "User", NULL, 200},
	{METHOD_GET, V1 "/tokens", ACCESS_SIGNED_IN, 0, tokens_list, 0, NULL, "Own access tokens", NULL,
		"TokenPage", NULL, 200},
	{METHOD_POST, V1 "/tokens", ACCESS_SIGNED_IN, 0, tokens_create, 4096, NULL,
		"Make an access token, shown once", "TokenCreate", "TokenShown", NULL, 201},
	{METHOD_DELETE, V1 "/tokens/{id}", ACCESS_SIGNED_IN, 0, tokens_delete, 0, NULL,
		"Revoke an own access token", NULL, NULL, NULL, 204},
	{METHOD_POST, V1 "/flows/check", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG,
		flow_check_post, BODY_JSON_MAX, NULL, "Check a flow without saving it", "FlowCheck",
		"FlowIssues", NULL, 200},
	{METHOD_POST, V1 "/business-rules/check", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG,
		rule_check_post, BODY_JSON_MAX, NULL, "Check a business rule without saving it", "RuleCheck",
		"RuleIssues", NULL, 200},
	{METHOD_GET, V1 "/business-rules/failures", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG,
		rule_failures_get, 0, NULL, "Business rules that failed since they were saved", NULL,
		"RuleFailures", NULL, 200},
	{METHOD_POST, V1 "/business-rules/try", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG,
		rule_try_post, BODY_JSON_MAX, NULL,
		"What a business rule, or all saved ones, say of given facts", "RuleTry", "RuleResult", NULL,
		200},
	{METHOD_PUT, V1 "/prompts/{id}/audio", ACCESS_PERMITTED, MAY_CHANGE_CONFIG, prompt_audio_put,
		BODY_AUDIO_MAX, NULL, "Upload a prompt's recording (WAV)", "audio/wav", NULL, NULL, 204},
	{METHOD_GET, V1 "/prompts/{id}/audio", ACCESS_PERMITTED, MAY_READ_CONFIG, prompt_audio_get, 0, NULL,
		"A prompt as callers hear it", NULL, "audio/wav", "language:text", 200},
	{METHOD_POST, V1 "/prompts/preview", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG,
		prompt_preview_post, 8192, NULL, "Speak a text", "PromptPreview", "audio/wav", NULL, 200},
	{METHOD_GET, V1 "/interactions", ACCESS_PERMITTED, SEES_CONTACTS, interactions_list, 0, NULL,
		"Contacts, newest first; agents see their own", NULL, "InteractionPage",
		"from_at:int to_at:int queue:id agent:id search:text result:text direction:text" PAGE, 200},
	{METHOD_GET, V1 "/interactions/{id}", ACCESS_PERMITTED, SEES_CONTACTS | MAY_OPEN_CONTACTS,
		interactions_get, 0, NULL, "One contact with everything", NULL, "InteractionDetail", NULL,
		200},
	{METHOD_POST, V1 "/interactions", ACCESS_PERMITTED, MAY_OPEN_CONTACTS, contact_open, BODY_CONTACT_MAX,
		NULL, "Open a contact without a telephone; the same Idempotency-Key gives the same answer",
		"ContactOpen", "ContactOpened", NULL, 201, true},
	{METHOD_POST, V1 "/calls", ACCESS_PERMITTED, MAY_DIAL, call_post, 4096, NULL,
		"Have an agent call somebody: the agent's device rings first; the same Idempotency-Key names "
		"the same call",
		"CallCreate", "CallCreated", NULL, 201, true},
	{METHOD_GET, V1 "/trunks/{id}/state", ACCESS_PERMITTED, MAY_READ_CONFIG, trunk_state_get, 0, NULL,
		"What is known of a trunk now, and its figures", NULL, "LiveTrunk", NULL, 200},
	{METHOD_POST, V1 "/trunks/{id}/test", ACCESS_PERMITTED, MAY_CHANGE_CONFIG, trunk_test_post, 1024,
		NULL, "Test a trunk by OPTIONS or by a short call; the outcome is in its state", "TrunkTest",
		"LiveTrunk", NULL, 202},
	{METHOD_POST, V1 "/interactions/{id}/messages", ACCESS_PERMITTED, MAY_OPEN_CONTACTS, contact_write,
		BODY_CONTACT_MAX, NULL, "Write in a contact as its customer", "ContactWrite",
		"ContactWritten", NULL, 201, true},
	{METHOD_GET, V1 "/interactions/{id}/messages", ACCESS_PERMITTED, SEES_CONTACTS | MAY_OPEN_CONTACTS,
		contact_messages, 0, NULL,
		"What was written in a contact, the newest or those before a number", NULL, "MessageList",
		"before:int limit:int", 200},
	{METHOD_POST, V1 "/interactions/{id}/end", ACCESS_PERMITTED, MAY_OPEN_CONTACTS, contact_end,
		BODY_CONTACT_MAX, NULL, "End a contact", "ContactEnd", "ContactEnded", NULL, 200},
	{METHOD_GET, V1 "/interactions/{id}/vcon", ACCESS_PERMITTED, SEES_CONTACTS, vcon_get, 0, NULL,
		"One contact as a vCon (IETF); agents: their own", NULL, "application/vcon+json", NULL, 200},
	{METHOD_PUT, V1 "/interactions/{id}/keep", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, interaction_keep_put,
		1024, NULL, "Set or end the legal hold of one contact", "InteractionKeep", NULL, NULL, 204},
	{METHOD_GET, V1 "/people", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, person_get, 0, NULL,
		"What there is of a person, by customer or by number or mail address", NULL, "PersonFound",
		"customer:id address:text", 200},
	{METHOD_GET, V1 "/people/export", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, person_export_get, 0, NULL,
		"Everything about a person as one document", NULL, "PersonExport", "customer:id address:text",
		200},
	{METHOD_POST, V1 "/people/erase", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, person_erase_post, 4096, NULL,
		"Erase a person; figures stay. confirm: the customer's name, or the address", "PersonErase",
		"PersonErased", NULL, 200},
	{METHOD_GET, V1 "/interactions/{id}/decisions", ACCESS_PERMITTED, SEES_FIGURES, decisions_get, 0,
		NULL, "Why those agents: routing's decisions about one contact", NULL, "Decisions", NULL,
		200},
	{METHOD_GET, V1 "/events", ACCESS_PERMITTED, MAY_SEE_HISTORY, events_get, 0, NULL,
		"The event log as CloudEvents, in order; resumes after a sequence, may wait for more", NULL,
		"application/cloudevents-batch+json", "after_seq:int limit:int wait_s:int types:text", 200},
	{METHOD_GET, V1 "/recordings/{id}", ACCESS_PERMITTED, HEARS, recording_get, 0, NULL,
		"What is known of a recording", NULL, "Recording", NULL, 200},
	{METHOD_DELETE, V1 "/recordings/{id}", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, recording_delete, 0, NULL,
		"Delete a recording's sound; that there was one, and who deleted it, stays", NULL, NULL, NULL,
		204},
	{METHOD_PUT, V1 "/recordings/{id}/hold", ACCESS_PERMITTED, MAY_ERASE_PEOPLE, recording_hold_put, 1024,
		NULL, "Set or end the legal hold of one recording", "RecordingHold", NULL, NULL, 204},
	{METHOD_GET, V1 "/recordings/{id}/audio", ACCESS_PERMITTED, HEARS, recording_audio_get, 0, NULL,
		"A recording as WAV (Range is honoured), or with format=opus as Ogg/Opus", NULL, "audio/wav",
		"format:text channel:int", 200},
	{METHOD_POST, V1 "/interactions/{id}/recording", ACCESS_PERMITTED, MAY_OPEN_CONTACTS | MAY_SUPERVISE,
		recording_act_post, 4096, NULL, "Begin, end, pause or resume the recording of a call",
		"RecordingAct", "RecordingState", NULL, 200},
	{METHOD_GET, V1 "/recordings/{id}/waveform", ACCESS_PERMITTED, HEARS, recording_waveform_get, 0, NULL,
		"A recording's loudness over time", NULL, "Waveform", NULL, 200},
	{METHOD_GET, V1 "/voicemails/greeting", ACCESS_SIGNED_IN, 0, greeting_get, 0, NULL,
		"The greeting of one's own voicemail", NULL, "audio/wav", NULL, 200},
	{METHOD_PUT, V1 "/voicemails/greeting", ACCESS_SIGNED_IN, 0, greeting_put, BODY_GREETING_MAX, NULL,
		"Upload the greeting of one's own voicemail (WAV, at most a minute)", "audio/wav", NULL, NULL,
		204},
	{METHOD_DELETE, V1 "/voicemails/greeting", ACCESS_SIGNED_IN, 0, greeting_delete, 0, NULL,
		"Remove the greeting of one's own voicemail", NULL, NULL, NULL, 204},
	{METHOD_GET, V1 "/voicemails", ACCESS_SIGNED_IN, 0, voicemail_list, 0, NULL,
		"One's own messages, newest first", NULL, "VoicemailPage", "state:text" PAGE, 200},
	{METHOD_GET, V1 "/voicemails/{id}/audio", ACCESS_SIGNED_IN, 0, recording_audio_get, 0, NULL,
		"A message (Range is honoured)", NULL, "audio/wav", "format:text channel:int", 200},
	{METHOD_GET, V1 "/voicemails/{id}/waveform", ACCESS_SIGNED_IN, 0, recording_waveform_get, 0, NULL,
		"A message's loudness over time", NULL, "Waveform", NULL, 200},
	{METHOD_PATCH, V1 "/voicemails/{id}", ACCESS_SIGNED_IN, 0, voicemail_patch, 4096, NULL,
		"Mark a message as heard, or not", "VoicemailChange", NULL, NULL, 204},
	{METHOD_POST, V1 "/voicemails/{id}/forward", ACCESS_SIGNED_IN, 0, voicemail_forward, 4096, NULL,
		"Give a message to a colleague", "VoicemailForward", NULL, NULL, 204},
	{METHOD_DELETE, V1 "/voicemails/{id}", ACCESS_SIGNED_IN, 0, voicemail_delete, 0, NULL,
		"Remove a message", NULL, NULL, NULL, 204},
	{METHOD_GET, V1 "/blocks", ACCESS_PERMITTED, MAY_READ_CONFIG | MAY_CHANGE_CONFIG, block_list, 0, NULL,
		"Addresses banned and calls outside stopped, in force or all of the last month", NULL,
		"BlockList", "state:text", 200},
	{METHOD_POST, V1 "/blocks", ACCESS_PERMITTED, MAY_CHANGE_CONFIG, block_create, 4096, NULL,
		"Ban an address, or stop the calls outside of a person or of everybody, by hand",
		"BlockCreate", "Block", NULL, 201},
	{METHOD_DELETE, V1 "/blocks/{id}", ACCESS_PERMITTED, MAY_CHANGE_CONFIG, block_lift, 0, NULL,
		"Lift a ban or a stop", NULL, NULL, NULL, 204},
	{METHOD_GET, V1 "/faxes", ACCESS_PERMITTED, SEES_CONTACTS, fax_list, 0, NULL,
		"Faxes, newest first; agents see those they sent", NULL, "FaxPage",
		"direction:text state:text" PAGE, 200},
	{METHOD_POST, V1 "/faxes", ACCESS_PERMITTED, MAY_HANDLE | MAY_OPEN_CONTACTS, fax_post, BODY_FAX_MAX,
		NULL,
		"Send a fax: a PDF or TIFF, a cover, or both; the same Idempotency-Key gives the same answer",
		"FaxCreate", "FaxCreated", NULL, 201, true},
	{METHOD_GET, V1 "/faxes/{id}", ACCESS_PERMITTED, SEES_CONTACTS, fax_get, 0, NULL, "One fax", NULL,
		"Fax", NULL, 200},
	{METHOD_DELETE, V1 "/faxes/{id}", ACCESS_PERMITTED, MAY_HANDLE | MAY_OPEN_CONTACTS, fax_delete, 0,
		NULL, "Take back a fax that waits to be sent", NULL, NULL, NULL, 204},
	{METHOD_GET, V1 "/faxes/{id}/pdf", ACCESS_PERMITTED, SEES_CONTACTS, fax_pdf_get, 0, NULL,
		"The pages of a fax as PDF", NULL, "application/pdf", NULL, 200},
	{METHOD_GET, V1 "/faxes/{id}/tiff", ACCESS_PERMITTED, SEES_CONTACTS, fax_tiff_get, 0, NULL,
		"The pages of a fax as they came, or went out", NULL, "image/tiff", NULL, 200},
	{METHOD_GET, V1 "/faxes/{id}/report", ACCESS_PERMITTED, SEES_CONTACTS, fax_report_get, 0, NULL,
		"What became of a fax, with its first page, as PDF", NULL, "application/pdf", NULL, 200},
	{METHOD_GET, V1 "/kpis", ACCESS_PERMITTED, SEES_FIGURES, kpis_get, 0, NULL, "Figures of a period",
		NULL, "Kpis", "from_at:int to_at:int", 200},
	{METHOD_GET, V1 "/kpis/definitions", ACCESS_SIGNED_IN, 0, kpi_definitions_get, 0, NULL,
		"How each figure is counted", NULL, "KpiDefinitions", NULL, 200},
	{METHOD_GET, V1 "/audit", ACCESS_PERMITTED, MAY_SEE_AUDIT, audit_list, 0, NULL,
		"Who changed what, newest first", NULL, "AuditPage", "limit:int cursor:text", 200},
	{METHOD_GET, V1 "/openapi.json", ACCESS_PUBLIC, 0, openapi_get, 0, NULL, "This description", NULL,
		"OpenApi", NULL, 200},
	{METHOD_GET, "/metrics", ACCESS_OWN, MAY_SEE_LIVE, metrics_get, 0, NULL, "Numbers for Prometheus",
		NULL, "text/plain", NULL, 200},
	{METHOD_GET, "/healthz", ACCESS_PUBLIC, 0, health_get, 0, NULL, "Is the process alive", NULL,
		"Health", NULL, 200},
	{METHOD_GET, "/readyz", ACCESS_PUBLIC, 0, ready_get, 0, NULL, "Can it take calls", NULL, "Readiness",
		NULL, 200},
};

static void add(struct routes *t, const struct route *row, const char *path)
{
	if (t->n == ROUTES_MAX || str_put(t->paths[t->n], sizeof(t->paths[0]), path) < 0)
		__builtin_trap(); /* a programming error: the table is too small */
	t->at[t->n] = *row;
	t->at[t->n].path = t->paths[t->n];
	t->n++;
}

/* The five routes of a descriptor. */
static void add_resource(struct routes *t, const struct resource *r)
{
	/* MAY_NOTHING to read: everybody signed in. */
	const unsigned reads = r->read ? r->read | r->write : MAY_NOTHING;
	const struct {
		enum method method;
		bool is_one;
		unsigned permissions;
		route_handler *handler;
		const char *summary;
		int success;
	} rows[] = {
		{METHOD_GET, false, reads, rows_get_page, "List", 200},
		{METHOD_POST, false, r->write, rows_create, "Create", 201},
		{METHOD_GET, true, reads, rows_get, "Read one", 200},
		{METHOD_PATCH, true, r->write, rows_patch, "Change (merge patch)", 200},
		{METHOD_DELETE, true, r->write, rows_delete, "Delete", 204},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[80];
		bool has_body = rows[i].method == METHOD_POST || rows[i].method == METHOD_PATCH;
		struct route row = {.method = rows[i].method,
			.access = rows[i].permissions ? ACCESS_PERMITTED : ACCESS_SIGNED_IN,
			.permissions = rows[i].permissions,
			.handler = rows[i].handler,
			.body_max = has_body ? BODY_JSON_MAX : 0,
			.resource = r,
			.summary = rows[i].summary,
			.arguments = !rows[i].is_one && !has_body ? "search:text" PAGE : NULL,
			.success = rows[i].success};

		/* Nobody writes what names no permission for it; the only row is neither made nor deleted. */
		if (rows[i].method != METHOD_GET &&
			(!r->write || (r->is_single && rows[i].method != METHOD_PATCH)))
			continue;
		snprintf(path, sizeof(path), V1 "/%s%s", r->path, rows[i].is_one ? "/{id}" : "");
		add(t, &row, path);
	}
}

void routes_fill(struct routes *t)
{
	t->n = 0;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(t, &fixed[i], fixed[i].path);
	for (int i = 0; resources[i]; i++)
		add_resource(t, resources[i]);
}

/* Whether path fits pattern; fills ret_parameters with the texts in place of {..}. */
static bool matches(const char *pattern, const char *path, char ret_parameters[PATH_PARAMETERS_MAX][64])
{
	int n = 0;

	while (*pattern && *path) {
		size_t a = strcspn(pattern + 1, "/") + 1, b = strcspn(path + 1, "/") + 1;
		if (*path != '/')
			return false;
		if (pattern[1] == '{') {
			if (n == PATH_PARAMETERS_MAX ||
				str_put_n(ret_parameters[n++], 64, path + 1, b - 1) < 0 || b < 2)
				return false;
		} else if (a != b || memcmp(pattern, path, a) != 0) {
			return false;
		}
		pattern += a;
		path += b;
	}
	return !*pattern && !*path;
}

/* "/flows/check" must not be taken for "/flows/{id}": rows without parameters win. */
static int specificity(const struct route *r)
{
	return strchr(r->path, '{') ? 1 : 2;
}

enum route_result routes_find(
	const struct routes *t, struct request *rq, const struct route **ret_route, unsigned *ret_allowed)
{
	const struct route *best = NULL;
	unsigned allowed = 0;
	char parameters[PATH_PARAMETERS_MAX][64] = {{0}};

	for (int i = 0; i < t->n; i++) {
		const struct route *r = &t->at[i];
		if (!matches(r->path, rq->path, parameters))
			continue;
		allowed |= r->method;
		if (r->method != rq->method || (best && specificity(best) >= specificity(r)))
			continue;
		best = r;
		memcpy(rq->parameter, parameters, sizeof(parameters));
	}
	if (!best) {
		*ret_allowed = allowed;
		return allowed ? ROUTE_OTHER_METHOD : ROUTE_UNKNOWN;
	}
	*ret_route = best;
	return ROUTE_FOUND;
}

/* Fills x->who; answers and returns false when nobody valid asks. */
static bool authenticate(struct exchange *x)
{
	int result = x->request.token[0] ? auth_find(&x->api->auth, x->reader, x->request.token, &x->who)
					 : STORE_NOT_FOUND;

	if (result == 0)
		return true;
	if (result < 0)
		problem_store(x, result, NULL);
	else
		problem(x, PROBLEM_UNAUTHENTICATED, "Sign in, or send a valid token.");
	return false;
}

/* A page of another origin can make a browser send our cookie, but not our header. */
static bool is_forgeable(const struct request *rq)
{
	return rq->method != METHOD_GET && !rq->is_bearer && !rq->has_own_header;
}

static bool may_pass(struct exchange *x)
{
	const struct route *r = x->route;

	if (is_forgeable(&x->request)) {
		problem(x, PROBLEM_FORBIDDEN, "Send the header X-Markaz: 1 with every writing request.");
		return false;
	}
	switch (r->access) {
	case ACCESS_PUBLIC:
	case ACCESS_OWN:
		return true;
	case ACCESS_SIGNED_IN:
		return authenticate(x);
	case ACCESS_PERMITTED:
		if (!authenticate(x))
			return false;
		if (x->who.permissions & r->permissions)
			return true;
		break;
	case ACCESS_NONE:
		break;
	}
	problem(x, PROBLEM_FORBIDDEN, "Your roles do not include this. Ask an administrator.");
	return false;
}

void dispatch(struct exchange *x)
{
	if (may_pass(x))
		x->route->handler(x);
	if (!x->response.status && !x->wait.is_waiting) {
		log_error("api", 0, "request %llu: %s was not answered", (unsigned long long)x->number,
			x->route->path);
		problem(x, PROBLEM_INTERNAL, "The server's log says more under request %llu.",
			(unsigned long long)x->number);
	}
}
