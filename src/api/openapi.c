/* The OpenAPI 3.1 document: routes from the route table, resources from their descriptors, figures from what
 * kpi.h says, and the rest in the notation of schema.h. What is not in the route table is not in here, and
 * the other way round. */
#include "api/handlers.h"
#include "api/problem.h"
#include "api/schema.h"
#include "api/server.h"
#include "event/kpi.h"

#include <string.h>

#define FACTS "customer:ContactCustomer number:text? queue:NamedRef? chosen:[Choice] history:[Interaction] "

static const struct {
	const char *name, *notation;
} schemas[] = {
	{"Problem",
		"type:text title:text status:int detail:text code:text request:text errors:[ProblemError]"},
	{"ProblemError", "pointer:text code:text message:text"},
	{"SignIn", "login:text password:text"},
	{"Session", "user:User permissions:[Permission]"},
	{"MePatch", "language?:text calendar?:text digits?:text theme?:text device?:text device_uri?:text? "
		    "password?:text "
		    "current_password?:text"},
	{"Token", "id:id kind:text name:text? created_at:int expires_at:int?"},
	{"TokenPage", "items:[Token] next_cursor:text?"},
	{"TokenCreate", "name:text expires_at?:int"},
	{"TokenShown", "id:id name:text expires_at:int token:text"},
	{"SkillLevel", "skill:id level:int"},
	{"Texts", "fa?:text ar?:text zh?:text en?:text"},
	{"HoursSpan", "days:[=mon|tue|wed|thu|fri|sat|sun] from:text to:text"},
	{"DaySpan", "from:text to:text"},
	{"Holiday", "date:text name?:text spans?:[DaySpan]"},
	{"QueueRing", "after_s:int relax?:int teams?:[id] agents?:[id]"},
	{"FlowCheck", "document:FlowDocument"},
	{"FlowIssue", "is_warning:bool node:text field:text code:text message:text"},
	{"FlowIssues", "issues:[FlowIssue]"},
	{"RuleCheck", "text:text"},
	{"RuleIssue", "line:int message:text"},
	{"RuleIssues", "issues:[RuleIssue]"},
	{"RuleTry", "text?:text? facts?:{any}"},
	{"RuleAsk", "skill:id level:int any:int kind:=required|always|preferred|not"},
	{"RuleSaid", "rule:id? name:text version:int note:text"},
	{"RuleFailure", "rule:id? name:text version:int line:int message:text"},
	{"RuleTrouble", "rule:id name:text version:int line:int message:text at:int times:int"},
	{"RuleFailures", "items:[RuleTrouble]"},
	{"RuleResult",
		"queue:id? priority:int head_start_s:int target_s:int skills:[RuleAsk] excluded:[id] "
		"preferred_agent:id? patience_s:int is_stopped:bool applied:[RuleSaid] failed:[RuleFailure]"},
	{"PromptPreview", "text:text language:=fa|ar|zh|en"},
	{"Choice", "node:text label:text? digits:text?"},
	{"Interaction", "id:id channel:text? direction:text? from:text? to:text? name:text? started_at:int "
			"ended_at:int? duration_ms:int? "
			"reason:text? "
			"result:=answered|abandoned|voicemail|fax|overflowed|ended_in_flow|no_answer|busy|"
			"rejected|failed? "
			"queue:id? agent:id? wait_ms:int talk_ms:int "
			"hold_ms:int acw_ms:int disposition:id? has_recording:bool chosen:[Choice] "
			"sip_code:int? trunk:id? is_erased:bool is_kept:bool"},
	{"PersonFound",
		"customers:[Customer] addresses:[text] persons:int contacts:int recordings:int is_open:bool "
		"is_kept:bool is_shared:bool is_complete:bool"},
	{"PersonErase", "customer?:id? address?:text? confirm:text"},
	{"PersonErased", "persons:int contacts:int recordings:int files_left:int"},
	{"PersonExport", "format:text version:int made_at:int addresses:[text] customers:[Customer] "
			 "contacts:[InteractionDetail]"},
	{"InteractionKeep", "is_kept:bool"},
	{"InteractionPage", "items:[Interaction] next_cursor:text?"},
	{"Segment", "id:id queue:id? agent:id? queued_at:int answered_at:int? ended_at:int? result:text? "
		    "wait_ms:int ring_ms:int "
		    "talk_ms:int hold_ms:int acw_ms:int holds:int reason:text? disposition:id? notes:text?"},
	{"Recording",
		"id:id interaction:id kind:=call|voicemail started_at:int duration_ms:int? bytes:int? "
		"reason:text? queue:id? format:text? hash:text? lost_ms:int is_encrypted:bool owner:id? "
		"agent:id? is_held:bool is_kept:bool deleted_at:int? deleted_by:id? deleted_reason:text? "
		"work_queue:id? removed_at:int? channels?:[text] integrity?:=whole|broken|unknown "
		"marks?:[RecordingMark]"},
	{"Party", "id:id role:=customer|agent|outside|supervisor user:id? name:text? number:text? "
		  "joined_at:int "
		  "left_at:int? reason:text?"},
	{"LegQuality", "leg:text role:text codec:text mos:num? lost_permille:int jitter_ms:int rtt_ms:int "
		       "duration_ms:int"},
	{"Voicemail", "id:id interaction:id owner:id left_at:int duration_ms:int heard_at:int? from:text? "
		      "name:text?"},
	{"VoicemailPage", "items:[Voicemail] next_cursor:text?"},
	{"VoicemailChange", "is_heard:bool"},
	{"VoicemailForward", "to:id"},
	{"Block", "id:id kind:=address|calls subject:text reason:text count:int times:int since:int? "
		  "until:int?"},
	{"BlockList", "items:[Block]"},
	{"BlockCreate", "kind:=address|calls subject:text minutes?:int"},
	{"RecordingMark", "at_ms:int kind:=hold|resume|transfer|pause|note|party text:text"},
	{"Message", "number:int seq:int at:int agent:id? text:text"},
	{"MessageList", "items:[Message]"},
	{"ContactOpen", "channel:=chat|email|message|task queue:id from:text to?:text name?:text text?:text "
			"priority?:int "
			"customer?:id"},
	{"ContactOpened", "id:id seq:int"},
	{"ContactWrite", "text:text"},
	{"ContactWritten", "id:id seq:int number:int?"},
	{"ContactEnd", "reason?:=customer|system"},
	{"ContactEnded", "id:id seq:int"},
	{"Note", "at:int agent:id? disposition:id? text:text?"},
	{"LogEvent", "seq:int at:int type:text data:{any}"},
	{"Candidate", "agent:id "
		      "verdict:=chosen|outranked|lacks_skill|not_available|at_capacity|in_wrap_up|resting|"
		      "excluded|not_reached level:int unmet:int key:int idle_ms:int"},
	{"AppliedRule", "rule:id name:text version:int note:text?"},
	{"Decision",
		"decision:int segment:id at:int queue:id agent:id how:=order|preference|hand|share "
		"strategy:=longest_idle|least_occupied|most_skilled|fewest_contacts|round_robin|ring_all|"
		"top_down|weighted "
		"ring:int priority:int waited_ms:int config_version:int n_considered:int "
		"candidates:[Candidate] rules:[AppliedRule]"},
	{"Decisions", "decisions:[Decision] n_not_kept:int"},
	{"CallCreate", "agent?:id? to:text caller_id?:id? queue?:id? customer?:id?"},
	{"CallCreated", "interaction:id"},
	{"RecordingHold", "is_kept:bool"},
	{"RecordingAct", "act:=start|stop|pause|resume"},
	{"RecordingState", "state:=off|on|paused is_allowed:bool is_pause_allowed:bool"},
	{"Waveform", "duration_ms:int channels:int peaks:[[int]]"},
	{"AuditEntry", "id:int at:int user:id? user_name:text? address:text? agent:text? resource:text "
		       "row:id? action:text "
		       "before:any after:any"},
	{"AuditPage", "items:[AuditEntry] next_cursor:text?"},
	{"FaxCover", "from?:text? subject?:text? text?:text? language?:=fa|ar|zh|en"},
	{"FaxCreate", "to:text from?:text? name?:text? file?:text? cover?:FaxCover?"},
	{"FaxCreated", "id:id pages:int"},
	{"Fax", "id:id direction:=inbound|outbound state:=queued|sent|failed|received|partial from:text? "
		"to:text? "
		"name:text? pages:int pages_done:int tries:int reason:text? result:text? station:text? "
		"bit_rate:int? "
		"interaction:id? queue:id? user:id? created_at:int ended_at:int? next_try_at:int? "
		"has_file:bool"},
	{"FaxPage", "items:[Fax] next_cursor:text?"},
	{"KpiDefinitions", NULL},
	{"Health", "status:text version:text"},
	{"Readiness", "is_ready:bool is_degraded:bool is_center_ready:bool is_store_writing:bool "
		      "store_state:=writing|spooling|draining|stuck spool_pct:int room_s:int alarms:[text]"},
	/* What travels over the WebSocket: */
	{"NamedRef", "id:id name:text"},
	{"ContactCustomer", "number:text? name:text? id:id? is_vip:bool notes:text?"},
	{"Phone", "contacts:int reachable:int rtt_ms:int program:text source:text"},
	{"Agent", "presence:=offline|ready|break|not_responding "
		  "state:=offline|ready|break|ringing|talking|hold|wrap_up|not_responding|unreachable "
		  "state_since:int "
		  "break_reason:id? "
		  "device:=browser|phone|uri is_device_reachable:bool device_reason:text? phone:Phone? "
		  "next_presence:text?"},
	{"Offer", FACTS "interaction:id segment:id deadline_at:int device:text sdp:text? wait_ms:int "
			"is_auto_answer:bool"},
	{"Call", FACTS "interaction:id segment:id state:=connecting|connected|held|ended is_muted:bool "
		       "is_recording:bool "
		       "connected_at:int? held_at:int? reason:text?"},
	{"WrapUp", FACTS "interaction:id segment:id until:int? is_extended:bool disposition_required:bool "
			 "dispositions:[NamedRef] "
			 "disposition:id? notes:text?"},
	{"Waiting", "interaction:id number:text? name:text? since:int position:int priority:int is_vip:bool "
		    "ring:int target_at:int? is_near_target:bool estimate_ms:int? preferred:id?"},
	{"LiveQueue",
		"id:id name:text waiting:int oldest_since:int? ringing:int talking:int "
		"agents_ready:int agents_free:int agents_reachable:int is_open:bool owed:int ewt_ms:int? "
		"service_level_ms:int service_level_target_pct:int today:KpiCounts waits:[Waiting]"},
	{"PickQueue", "id:id name:text waits:[Waiting]"},
	{"LiveCustomer", "number:text? name:text?"},
	{"LiveAgent", "id:id name:text team:id? state:text state_since:int break_reason:id? device:text "
		      "is_device_reachable:bool device_reason:text? phone:Phone? "
		      "interaction:id? customer:LiveCustomer? queue:id? today:KpiCounts"},
	{"TrunkTest", "kind?:=options|call number?:text"},
	{"TrunkFigures",
		"attempts:int answered:int busy:int no_answer:int rejected:int failed:int blocked:int "
		"talk_ms:int asr_pct:int? ner_pct:int? acd_ms:int? mos:num? incoming:int"},
	{"TrunkFailure", "code:int text:text at:int"},
	{"TrunkTested",
		"id:id kind:=options|call is_running:bool is_ok:bool "
		"outcome:=running|answered|silent|unable|busy|no_answer|rejected|failed code:int text:text "
		"at:int took_ms:int"},
	{"LiveTrunk",
		"id:id name:text is_up:bool? calls:int reason:text? "
		"registration:=none|trying|registered|failed "
		"channels:int channels_max:int calls_per_second:int stepped_back_until:int? "
		"stepped_back_reason:text? last_failure:TrunkFailure? hour:TrunkFigures day:TrunkFigures "
		"test:TrunkTested?"},
	{"Live", "queues:[LiveQueue] agents:[LiveAgent] all:KpiCounts trunks:[LiveTrunk]"},
};

static json_t *all_of(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "allOf", a, b);
}

static void set(json_t *o, const char *name, json_t *schema)
{
	json_object_set_new(o, name, schema);
}

static void add_resources(json_t *all)
{
	for (int i = 0; resources[i]; i++) {
		const struct resource *r = resources[i];
		char name[64], notation[128];

		schema_name(r->name, "", name);
		set(all, name, schema_resource(r, SCHEMA_ROW));
		str_printf(notation, sizeof(notation), "items:[%s] next_cursor:text?", name);
		schema_name(r->name, "Page", name);
		set(all, name, schema_object(notation));
		schema_name(r->name, "Create", name);
		if (!r->is_single)
			set(all, name, schema_resource(r, SCHEMA_CREATE));
		schema_name(r->name, "Patch", name);
		set(all, name, schema_resource(r, SCHEMA_PATCH));
	}
}

static void add_figures(json_t *all)
{
	struct kpi_counts none = {0};
	_cleanup_json_ json_t *sample = kpi_to_json(&none);

	set(all, "KpiCounts", schema_like(sample));
	set(all, "QueueKpis", all_of(schema_ref("KpiCounts"), schema_object("queue:id")));
	set(all, "AgentKpis", all_of(schema_ref("KpiCounts"), schema_object("agent:id")));
	set(all, "Kpis",
		schema_object("from_at:int to_at:int all:KpiCounts queues:[QueueKpis] agents:[AgentKpis]"));
	set(all, "KpiDefinitions", schema_type("{text}"));
}

static json_t *components(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		if (schemas[i].notation)
			set(all, schemas[i].name, schema_object(schemas[i].notation));
	set(all, "Permission",
		schema_type("=handle|see_live|see_history|listen|read_config|change_config|change_users|see_"
			    "audit|"
			    "steer_agents|supervise|dial|see_customers|change_customers|erase_people|see_"
			    "teams|open_"
			    "contacts"));
	set(all, "FlowDocument", schema_type("{any}"));
	set(all, "OpenApi", schema_type("{any}"));
	set(all, "InteractionDetail",
		all_of(schema_ref("Interaction"),
			schema_object(
				"segments:[Segment] events:[LogEvent] recordings:[Recording] "
				"notes:[Note] messages:[Message] parties:[Party] quality:[LegQuality]")));
	add_resources(all);
	add_figures(all);
	return json_pack("{s:o, s:{s:{s:s, s:s, s:s}, s:{s:s, s:s}}}", "schemas", all, "securitySchemes",
		"session", "type", "apiKey", "in", "cookie", "name", SESSION_COOKIE, "token", "type", "http",
		"scheme", "bearer");
}

/* --- routes
 * ------------------------------------------------------------------------------------------------------------
 */
static const char *method_name(enum method m)
{
	switch (m) {
	case METHOD_GET:
		return "get";
	case METHOD_POST:
		return "post";
	case METHOD_PUT:
		return "put";
	case METHOD_PATCH:
		return "patch";
	case METHOD_DELETE:
		return "delete";
	}
	return "get";
}

/* "audio/wav" is a body of bytes, everything else names a schema. */
static json_t *content(const char *what)
{
	if (strchr(what, '/'))
		return json_pack("{s:{s:{s:s, s:s}}}", what, "schema", "type", "string", "format", "binary");
	return json_pack("{s:{s:o}}", "application/json", "schema", schema_ref(what));
}

static json_t *parameter(const char *name, const char *in, bool is_required, json_t *schema)
{
	return json_pack(
		"{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", is_required, "schema", schema);
}

static json_t *parameters(const struct route *r)
{
	json_t *list = json_array();

	if (strstr(r->path, "{id}"))
		json_array_append_new(list, parameter("id", "path", true, schema_type("id")));
	for (const char *p = r->arguments ? r->arguments : ""; *p;) {
		char word[64];
		size_t n = strcspn(p, " ");
		str_put_n(word, sizeof(word), p, n);
		char *colon = strchr(word, ':');
		*colon = '\0';
		json_array_append_new(list, parameter(word, "query", false, schema_type(colon + 1)));
		p += n + strspn(p + n, " ");
	}
	if (r->takes_key)
		json_array_append_new(
			list, parameter("Idempotency-Key", "header", false, schema_type("text")));
	if (r->resource && r->method != METHOD_GET && r->method != METHOD_POST)
		json_array_append_new(list, parameter("If-Match", "header", false, schema_type("text")));
	return list;
}

/* What a generic route takes and gives. */
static void names_of(const struct route *r, char ret_request[static 64], char ret_response[static 64])
{
	ret_request[0] = ret_response[0] = '\0';
	str_put(ret_request, 64, r->request);
	str_put(ret_response, 64, r->response);
	if (!r->resource)
		return;
	if (r->method == METHOD_POST || r->method == METHOD_PATCH)
		schema_name(r->resource->name, r->method == METHOD_POST ? "Create" : "Patch", ret_request);
	if (r->method != METHOD_DELETE)
		schema_name(r->resource->name, r->method == METHOD_GET && !strchr(r->path, '{') ? "Page" : "",
			ret_response);
}

static json_t *responses(const struct route *r, const char *response)
{
	char status[8];
	json_t *ok = json_pack("{s:s}", "description", r->success == 204 ? "Done" : "OK");
	json_t *wrong = json_pack("{s:s, s:{s:{s:o}}}", "description", "What went wrong and what to do",
		"content", "application/problem+json", "schema", schema_ref("Problem"));

	if (response[0])
		json_object_set_new(ok, "content", content(response));
	str_printf(status, sizeof(status), "%d", r->success);
	return json_pack("{s:o, s:o}", status, ok, "default", wrong);
}

/* "get /api/v1/queues/{id}" -> "get_queues_id" */
static void operation_id(const struct route *r, char ret_id[static 96])
{
	const char *path = str_starts_with(r->path, "/api/v1/") ? r->path + 7 : r->path;
	size_t n = 0;

	str_put(ret_id, 96, method_name(r->method));
	n = strlen(ret_id);
	for (const char *p = path; *p && n < 95; p++)
		if (*p != '{' && *p != '}')
			ret_id[n++] = (char)(strchr("/-.", *p) ? '_' : *p);
	ret_id[n] = '\0';
}

static json_t *operation(const struct route *r)
{
	char request[64], response[64], id[96], summary[160];
	json_t *o;

	names_of(r, request, response);
	operation_id(r, id);
	str_printf(summary, sizeof(summary), "%s%s%s", r->summary, r->resource ? ": " : "",
		r->resource ? r->resource->doc : "");
	o = json_pack("{s:s, s:s, s:o, s:o, s:[s]}", "operationId", id, "summary", summary, "parameters",
		parameters(r), "responses", responses(r, response), "tags",
		r->resource ? r->resource->path : "markaz");
	if (request[0])
		json_object_set_new(o, "requestBody",
			json_pack("{s:b, s:o}", "required", 1, "content", content(request)));
	if (r->access == ACCESS_PUBLIC)
		json_object_set_new(o, "security", json_array());
	return o;
}

void openapi_get(struct exchange *x)
{
	const struct routes *t = &x->api->routes;
	json_t *paths = json_object();

	for (int i = 0; i < t->n; i++) {
		const struct route *r = &t->at[i];
		json_t *path = json_object_get(paths, r->path);
		if (!path) {
			path = json_object();
			json_object_set_new(paths, r->path, path);
		}
		json_object_set_new(path, method_name(r->method), operation(r));
	}
	json_t *document = json_pack(
		"{s:s, s:{s:s, s:s, s:s, s:{s:s}}, s:[{s:s}], s:[{s:[]}, {s:[]}], s:o, s:o}", "openapi",
		"3.1.0", "info", "title", "Markaz", "version", MARKAZ_VERSION, "description",
		"The API of a complete contact centre. Writing requests from browsers carry X-Markaz: 1.",
		"license", "name", "Apache-2.0", "servers", "url", "/", "security", "session", "token",
		"paths", paths, "components", components());
	reply_header(x, "Cache-Control", "no-cache");
	reply_json(x, 200, document);
}
