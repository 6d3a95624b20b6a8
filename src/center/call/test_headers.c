/* What a caller's INVITE said beside who calls: as variables of the flow, and passed on where the call goes.
 */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"

static uint64_t call_with_headers(struct world *w)
{
	struct sip_event e = {.kind = SIP_INCOMING, .leg = w->next_leg++, .trunk = w->trunk, .has_sdp = true};

	e.sdp = (struct sdp){
		.has_audio = true, .port = 4000, .ptime_ms = 20, .n_formats = 1, .formats = {{SDP_PCMA, 8}}};
	(void)str_put(e.sdp.address, sizeof(e.sdp.address), "192.0.2.9");
	(void)str_put(e.from_number, sizeof(e.from_number), "100");
	(void)str_put(e.to_number, sizeof(e.to_number), "1000");
	(void)str_put(e.headers.diverted_from, sizeof(e.headers.diverted_from), "+98211");
	(void)str_put(e.headers.diversion_reason, sizeof(e.headers.diversion_reason), "user-busy");
	(void)str_put(e.headers.uui, sizeof(e.headers.uui), "00FA;encoding=hex");
	e.headers.is_private = true;
	e.headers.n_attributes = 1;
	(void)str_put(e.headers.attributes[0].name, sizeof(e.headers.attributes[0].name), "x_customer_id");
	(void)str_put(e.headers.attributes[0].value, sizeof(e.headers.attributes[0].value),
		"4\xff"
		"2");
	center_on_sip(&e, w->center);
	world_run(w);
	return e.leg;
}

TEST(headers_of_the_call_are_variables_of_its_flow)
{
	WITH_DESK(w, d);
	uint64_t leg = call_with_headers(&w);
	const struct interaction *ix = world_ix(&w, leg);
	CHECK(ix && ix->run);
	CHECK_STR(flow_run_get(ix->run, "call.diverted_from"), "+98211");
	CHECK_STR(flow_run_get(ix->run, "call.diversion_reason"), "user-busy");
	CHECK_STR(flow_run_get(ix->run, "call.uui"), "00FA;encoding=hex");
	CHECK_STR(flow_run_get(ix->run, "call.is_private"), "yes");
	CHECK_STR(flow_run_get(ix->run, "header.x_customer_id"),
		"4?2"); /* cleaned like all texts of strangers */
	uint64_t plain = world_call(&w, "101", "1000");
	CHECK(!world_ix(&w, plain)->headers);
	CHECK(!flow_run_get(world_ix(&w, plain)->run, "call.uui"));
}

TEST(a_forwarded_caller_brings_them_along_where_the_trunk_wants_them)
{
	for (int i = 0; i < 2; i++) {
		WITH_DESK(w, d);
		struct trunk *t = map_get(&w.center->snapshot->trunk_by_id, w.trunk);
		t->is_diversion_sent = i == 1;
		uint64_t leg = call_with_headers(&w);
		world_connect(&w, d.ann_page, d.ann);
		CHECK_STR(world_ask(&w, d.ann_page,
				  "'call.transfer','interaction':'%s','to':{'kind':'number','number':'"
				  "0211234567'}",
				  ID(world_ix_id(&w, leg))),
			"");
		world_run(&w);
		const struct sip_command *call = world_sip_command(&w, SIP_CALL);
		CHECK(call);
		CHECK_STR(call->call.diverted_from, i ? "1000" : "");
		CHECK_STR(call->call.uui, i ? "00FA;encoding=hex" : "");
	}
}
