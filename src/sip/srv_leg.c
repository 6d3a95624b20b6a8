/* One leg's call by the targets of a name: the next one when a target is silent, refuses the connection or
 * says 503. The INVITE keeps the name in its URI; the target is the next hop (a Route, RFC 3261
 * section 8.1.2). */
#include "sip/directory.h"
#include "sip/leg.h"
#include "sip/srv.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>

struct leg_targets {
	struct leg *leg;
	struct sip_command command;
	char uri[SIP_URI_MAX * 2];
	struct srv_query *query;
	struct srv_list list;
	int next;	/* the one after the current */
	int n_branches; /* of the leg when the current was asked */
};

bool srv_is_due(const char *uri)
{
	struct uri parsed;
	struct pl pl;

	pl_set_str(&pl, uri);
	return uri_decode(&parsed, &pl) == 0 && parsed.port == 0 && parsed.af == AF_UNSPEC;
}

void srv_leg_free(struct leg *leg)
{
	struct leg_targets *t = leg->targets;

	leg->targets = NULL;
	if (!t)
		return;
	srv_query_free(t->query);
	alloc_free(t);
}

bool srv_leg_is_heard(const struct leg *leg)
{
	for (int i = leg->targets->n_branches; i < leg->n_branches; i++)
		if (leg->branches[i]->is_heard)
			return true;
	return false;
}

static int call_target(struct leg_targets *t, const struct srv_target *target)
{
	static const char *const names[] = {"udp", "tcp", "tls"};
	const struct trunk *trunk = sip_directory_trunk(t->leg->room, t->leg->trunk);
	char route[SRV_HOST_MAX + 64] = "";

	if (!trunk)
		return -ENOENT;
	if (target && str_printf(route, sizeof(route), "sip:%s:%u;transport=%s", target->host, target->port,
			      names[trunk->config.transport]) < 0)
		return -ENAMETOOLONG;
	t->n_branches = t->leg->n_branches;
	return connect_add(t->leg, &t->command, trunk, t->uri, route[0] ? route : NULL);
}

bool srv_leg_next(struct leg *leg)
{
	struct leg_targets *t = leg->targets;

	if (!t || leg->state != LEG_CALLING || leg->has_rung || t->query)
		return false;
	if (t->next > 0 && t->next <= t->list.n)
		srv_target_failed(leg->room, &t->list.at[t->next - 1]);
	for (int i = t->n_branches; i < leg->n_branches; i++)
		connect_give_up(leg->branches[i]);
	while (t->next < t->list.n) {
		const struct srv_target *target = &t->list.at[t->next++];
		log_info("sip", leg->interaction, "calling %s at %s:%u", t->uri, target->host, target->port);
		if (call_target(t, target) == 0)
			return true;
	}
	return false;
}

static void on_list(const struct srv_list *list, void *arg)
{
	struct leg_targets *t = arg;
	struct leg *leg = t->leg;

	srv_query_free(t->query);
	t->query = NULL;
	t->list = *list;
	if (leg->state != LEG_CALLING)
		return;
	/* No records: the name itself, at the usual port. */
	if (list->n == 0 ? call_target(t, NULL) == 0 : srv_leg_next(leg)) {
		connect_await(leg);
		return;
	}
	sip_leg_end(leg, 503, "unreachable", "no target of the proxy's name can be called", false);
}

int srv_leg_begin(struct leg *leg, const struct sip_command *command, const char *uri)
{
	const struct trunk *trunk = sip_directory_trunk(leg->room, leg->trunk);
	struct leg_targets *t = alloc_zero(sizeof(*t));
	struct srv_query *query = NULL;
	char host[SRV_HOST_MAX];
	struct uri parsed;
	struct pl pl;

	if (!t)
		return -ENOMEM;
	t->leg = leg;
	t->command = *command;
	t->command.siprec = NULL; /* the leg has it */
	leg->targets = t;
	pl_set_str(&pl, uri);
	if (!trunk || str_put(t->uri, sizeof(t->uri), uri) < 0 || uri_decode(&parsed, &pl) ||
		str_put_n(host, sizeof(host), parsed.host.p, parsed.host.l) < 0)
		return -EINVAL;
	int err = srv_ask(leg->room, host, trunk->config.transport, on_list, t, &query);
	if (err == 0 && query)
		t->query = query;
	return err;
}
