/* Pages of people come and go: each hears the whole state first, and an agent without any page cannot be
 * reached in the browser. */
#include "center/defence/defence.h"
#include "center/features/park.h"
#include "center/features/supervise.h"
#include "center/record/mailbox.h"
#include "center/state.h"
#include "center/work/work.h"

static void hello(struct center *c, struct client *client, const json_t *who)
{
	struct agent *a = map_get(&c->agents, client->who.user);
	struct interaction *ix = a ? a->interaction : NULL;
	json_t *offers = json_array(), *calls = json_array(), *wrap_ups = json_array();

	if (ix && !a->offer.is_on)
		json_array_append_new(calls, call_json(ix, a->user));
	else if (ix && (a->device != DEVICE_BROWSER || (a->offer.leg && a->offer.leg->offer_sdp)))
		json_array_append_new(offers, offer_json(a));
	if (a && a->wrap_up.is_on)
		json_array_append_new(wrap_ups, wrap_up_json(a));
	push_client(c, client->who.id,
		json_pack("{s:s,s:{s:s,s:I},s:O?,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "on", "hello",
			"server", "version", MARKAZ_VERSION, "now", (json_int_t)center_wall(c), "user", who,
			"agent", a ? agent_json(a) : json_null(), "offers", offers, "calls", calls,
			"wrap_ups", wrap_ups, "works", works_json(a), "work_offers", works_offers_json(a),
			"work_wrap_ups", works_wraps_json(a), "supervisions",
			supervisions_json(c, client->who.user), "parked", parked_json(c), "voicemail",
			mailbox_counts_json(c, client->who.user)));
}

/* Alarms are for who can do something about them. */
static void push_alarms(struct center *c, const struct client *client)
{
	if (!(client->who.permissions & (MAY_SEE_LIVE | MAY_CHANGE_CONFIG)))
		return;
	json_t *all = c->alarms ? json_copy(c->alarms) : json_array();
	if (c->record_alarm)
		json_array_append(all, c->record_alarm);
	json_array_extend(all, c->fork_alarms);
	defence_alarms(c, all);
	push_client(c, client->who.id, json_pack("{s:s,s:o}", "on", "alarms", "alarms", all));
}

void alarms_changed(struct center *c, json_t *alarms)
{
	struct client *client;

	if (alarms != c->alarms) {
		json_decref(c->alarms);
		c->alarms = json_incref(alarms);
	}
	for (size_t i = 0; (client = map_next(&c->clients, &i));)
		push_alarms(c, client);
}

void client_opened(struct center *c, struct center_input *in)
{
	struct client *client = alloc_zero(sizeof(*client));
	struct agent *a = agent_get(c, in->client.user);

	if (!client || map_put(&c->clients, in->client.id, client) < 0) {
		alloc_free(client);
		struct center_output close = {
			.kind = CENTER_CLOSE_CLIENT, .to = in->client.id, .tenant = TENANT};
		c->parts.on_output(&close, c->parts.on_output_arg);
		return;
	}
	client->who = in->client;
	client->is_known = snapshot_user(c->snapshot, in->client.user) != NULL;
	if (a) {
		a->n_clients++;
		timer_cancel(&c->timers, &a->grace);
		timer_cancel(&c->timers, &a->work_grace); /* begins anew when nobody is ready yet */
	}
	hello(c, client, in->body);
	if (json_array_size(c->alarms) > 0 || c->record_alarm || json_array_size(c->fork_alarms) > 0)
		push_alarms(c, client);
	if (client_pages(c, in->client.user) == 1)
		supervise_again(c, in->client.user);
	if (a) {
		if (a->n_clients == 1) /* the page was reloaded: its audio went with it */
			audio_again(a);
		agent_refresh(a);
	}
}

void client_closed(struct center *c, uint64_t id)
{
	struct client *client = map_remove(&c->clients, id);
	struct agent *a = client ? map_get(&c->agents, client->who.user) : NULL;

	if (!client)
		return;
	if (client->is_live)
		c->n_live--;
	alloc_free(client);
	if (!a || a->n_clients == 0)
		return;
	a->n_clients--;
	agent_wait_for_client(a);
	/* Routing withdraws what rings here: the agent is not reachable, and ready again once the page is. */
	agent_refresh(a);
	if (a->n_clients == 0 && a->device == DEVICE_BROWSER)
		offer_failed(a, ROUTE_UNREACHABLE); /* a direct one: routing knows no offer */
	if (a->n_clients == 0)
		works_page_gone(a);
}
