/* See call_headers.h. */
#include "center/call/call_headers.h"
#include "base/str.h"
#include "center/state.h"

void call_headers_keep(struct interaction *ix, const struct sip_event *e)
{
	static const struct sip_headers nothing;

	if (memcmp(&e->headers, &nothing, sizeof(nothing)) == 0 ||
		!(ix->headers = alloc_zero(sizeof(*ix->headers))))
		return;
	*ix->headers = e->headers;
	call_clean_text(ix->headers->diverted_from);
	call_clean_text(ix->headers->diversion_reason);
	call_clean_text(ix->headers->uui);
	call_clean_text(ix->headers->reason);
	call_clean_text(ix->headers->referred_by);
	for (int i = 0; i < ix->headers->n_attributes; i++)
		call_clean_text(ix->headers->attributes[i].value);
}

void call_headers_tell(struct interaction *ix)
{
	const struct sip_headers *h = ix->headers;
	char name[SIP_ATTRIBUTE_NAME_MAX + 8];

	if (!h)
		return;
	flow_run_set(ix->run, "call.diverted_from", h->diverted_from);
	flow_run_set(ix->run, "call.diversion_reason", h->diversion_reason);
	flow_run_set(ix->run, "call.uui", h->uui);
	flow_run_set(ix->run, "call.reason", h->reason);
	flow_run_set(ix->run, "call.referred_by", h->referred_by);
	flow_run_set(ix->run, "call.is_private", h->is_private ? "yes" : "no");
	for (int i = 0; i < h->n_attributes; i++)
		if (str_printf(name, sizeof(name), "header.%s", h->attributes[i].name) == 0)
			flow_run_set(ix->run, name, h->attributes[i].value);
}

void call_headers_pass(const struct interaction *ix, struct sip_command *cmd)
{
	if (ix->direction == DIRECTION_INBOUND)
		str_put(cmd->call.diverted_from, sizeof(cmd->call.diverted_from), ix->to);
	if (ix->headers)
		str_put(cmd->call.uui, sizeof(cmd->call.uui), ix->headers->uui);
}

void call_headers_free(struct interaction *ix)
{
	alloc_free(TAKE_PTR(ix->headers));
}
