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
