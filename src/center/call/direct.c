/* The flow of a number that leads straight to a queue, made as a document like any other, so that there is
 * one interpreter and one kind of history. */
#include "base/id.h"
#include "base/str.h"
#include "center/state.h"
#include "flow/phrase.h"

struct flow *flow_for_queue(uint64_t queue, const char *language)
{
	char id[ID_TEXT_SIZE];
	struct flow_issues issues = {0};
	struct flow *flow = NULL;
	const char *code = str_starts_with(language, "zh") ? "zh" : language[0] ? language : "en";
	_cleanup_json_ json_t *doc =
		json_pack("{s:i,s:s,s:s,s:{s:{s:s,s:s,s:s},s:{s:s,s:[{s:{s:s}}],s:s},s:{s:s}}}", "format", 1,
			"language", code, "start", "queue", "nodes", "queue", "type", "queue", "queue",
			id_text(queue, id), "overflow", "sorry", "sorry", "type", "say", "say", "text", code,
			phrase_text(code, "sorry_error"), "next", "end", "end", "type", "hang_up");

	if (doc)
		flow_parse(doc, 0, 1, &flow, &issues);
	flow_issues_free(&issues);
	return flow;
}

struct flow *flow_for_voicemail(uint64_t owner, uint64_t greeting, int32_t max_ms, const char *language)
{
	char id[ID_TEXT_SIZE], prompt[ID_TEXT_SIZE];
	struct flow_issues issues = {0};
	struct flow *flow = NULL;
	const char *code = str_starts_with(language, "zh") ? "zh" : language[0] ? language : "en";
	json_t *node =
		json_pack("{s:s,s:s,s:s}", "type", "voicemail", "user", id_text(owner, id), "next", "end");

	if (node && greeting)
		json_object_set_new(node, "say", json_pack("[{s:s}]", "prompt", id_text(greeting, prompt)));
	if (node && max_ms > 0)
		json_object_set_new(node, "limit_s", json_integer(max_ms / 1000));
	_cleanup_json_ json_t *doc = json_pack("{s:i,s:s,s:s,s:{s:o,s:{s:s}}}", "format", 1, "language", code,
		"start", "voicemail", "nodes", "voicemail", node, "end", "type", "hang_up");

	if (doc)
		flow_parse(doc, 0, 1, &flow, &issues);
	flow_issues_free(&issues);
	return flow;
}
