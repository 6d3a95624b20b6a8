/* The SIP thread: libre's loop, with commands coming in by mailbox. */
#include "sip/directory.h"
#include "sip/leg.h"
#include "sip/srv.h"
#include "sip/registrations.h"
#include "sip/tls.h"
#include "sip/identity.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define FDS_MAX 65536
#define TRANSACTIONS_SIZE 16384 /* buckets of libre's tables */
#define DIALOGS_SIZE 16384
#define CONNECTIONS_SIZE 1024
#define RESOLVERS_MAX 4
#define MALFORMED_EVERY_MS 1000
#define STOP_LOOK_MS 20

bool room_tell(struct room *room, const struct sip_event *event)
{
	bool is_taken = room->on_event(event, room->arg);

	if (!is_taken && !room->has_overload_logged)
		log_error("sip", 0, "events are not taken, refusing calls until they are");
	room->has_overload_logged = !is_taken;
	return is_taken;
}

void room_refuse(struct room *room, const struct sip_msg *msg, enum sip_refusal why, int code, uint64_t trunk,
	const char *reason)
{
	struct sip_event event = {
		.kind = SIP_REFUSED, .refusal = why, .code = code, .trunk = trunk, .count = 1};
	struct throttle_address source = transport_source(&msg->src);

	if (!trunk)
		sip_throttle_add(room->throttle, &source, clock_mono_ms());
	(void)str_put(event.reason, sizeof(event.reason), reason);
	identity_caller(msg, false, event.from_number, event.from_name);
	identity_number(&msg->uri, event.to_number, sizeof(event.to_number));
	identity_text(&msg->callid, event.call_id, sizeof(event.call_id));
	transport_text(&msg->src, event.source, sizeof(event.source));
	room_tell(room, &event);
}

static void tell_malformed(void *arg)
{
	struct room *room = arg;
	struct sip_event event = {
		.kind = SIP_REFUSED, .refusal = SIP_REFUSED_MALFORMED, .count = room->n_malformed};

	(void)str_put(event.reason, sizeof(event.reason), "not a SIP message");
	(void)str_put(event.source, sizeof(event.source), room->malformed_source);
	log_info("sip", 0, "%d unreadable messages dropped, the last from %s", room->n_malformed,
		room->malformed_source);
	room->n_malformed = 0;
	room_tell(room, &event);
}

void room_malformed(struct room *room, const struct sa *source)
{
	struct throttle_address from = transport_source(source);

	sip_throttle_add(room->throttle, &from, clock_mono_ms());
	transport_text(source, room->malformed_source, sizeof(room->malformed_source));
	if (room->n_malformed++ == 0)
		tmr_start(&room->tmr_malformed, MALFORMED_EVERY_MS, tell_malformed, room);
}

static void look_whether_stopped(void *arg)
{
	struct room *room = arg;

	if (room->all_legs.head && clock_mono_ms() < room->stop_until_ms)
		tmr_start(&room->tmr_stop, STOP_LOOK_MS, look_whether_stopped, room);
	else
		re_cancel();
}

/* Live legs get BYE, CANCEL or a final answer; the loop ends when they are done or the time is up. */
static void stop(struct room *room, int timeout_ms)
{
	struct le *le = room->all_legs.head;

	room->is_stopping = true;
	while (le) {
		struct leg *leg = le->data;
		le = le->next;
		sip_leg_hang_up(
			leg, leg->state == LEG_OFFERED ? 503 : 0, "normal", "server is shutting down");
	}
	room->stop_until_ms = clock_mono_ms() + timeout_ms;
	registrations_close(room);
	sip_directory_clear(room); /* withdraws registrations outwards */
	tmr_start(&room->tmr_stop, STOP_LOOK_MS, look_whether_stopped, room);
}

static void run_on_leg(struct leg *leg, const struct sip_command *c)
{
	if (c->interaction)
		leg->interaction = c->interaction;
	switch (c->kind) {
	case SIP_RING:
		accept_ring(leg, 180, c);
		break;
	case SIP_PROGRESS:
		accept_ring(leg, 183, c);
		break;
	case SIP_ANSWER:
		accept_answer(leg, c);
		break;
	case SIP_REJECT:
		if (leg->state == LEG_OFFERED) {
			accept_reject(leg, c->code >= 300 && c->code < 700 ? c->code : 480, c->reason);
			sip_leg_end(leg, c->code, NULL, c->reason, false);
		}
		break;
	case SIP_HANG_UP:
		sip_leg_hang_up(leg, c->code, NULL, c->reason);
		break;
	case SIP_REINVITE:
		modify_start(leg, &c->sdp, c->siprec);
		break;
	case SIP_REFER:
		refer_start(leg, c);
		break;
	case SIP_REFERRED_DONE:
		refer_done(leg, c->code, c->reason);
		break;
	case SIP_LOCAL:
		modify_local(leg, &c->sdp);
		break;
	case SIP_DTMF_INFO:
		info_send_key(leg, c->dtmf.digit, c->dtmf.duration_ms);
		break;
	default:
		break;
	}
}

static void run(struct room *room, struct sip_command *c)
{
	struct leg *leg;

	switch ((int)c->kind) {
	case SIP_CALL:
		connect_start(room, c);
		return;
	case SIP_CONFIGURE:
		if (room->is_stopping)
			sip_directory_free(c->directory);
		else if (sip_directory_configure(room, c->directory) < 0)
			log_error("sip", 0, "out of memory: trunks and accounts stay as they were");
		return;
	case SIP_MESSAGES:
		messages_waiting(room, c->messages.user, c->messages.unheard, c->messages.heard);
		return;
	case SIP_TRUNK_TEST:
		sip_trunk_test(room, c->trunk, c->leg);
		return;
	case SIP_BAN:
		guard_ban(room, c);
		return;
	case SIP_RESTORE:
		keep_restore(room, c->leg, c->restore.note, c->restore.n);
		alloc_free(c->restore.note);
		return;
	case SIP_RESTORED:
		room->config.is_restoring = false;
		return;
	case SIP_KICK:
		registrar_kick(room, c->user);
		return;
	case ROOM_STOP:
		stop(room, c->code);
		return;
	default:
		leg = map_get(
			&room->legs, c->leg); /* gone already is no error: the command crossed its end */
		if (leg)
			run_on_leg(leg, c);
		else if (c->kind == SIP_REINVITE)
			siprec_free(c->siprec);
	}
}

static void on_inbox_rest(void *arg);

static void on_inbox(int flags, void *arg)
{
	struct room *room = arg;
	struct sip_command c;
	int n = 0;

	if (flags)
		mailbox_clear(room->inbox);
	for (; n < COMMANDS_PER_TURN && mailbox_take(room->inbox, &c); n++)
		run(room, &c);
	if (n == COMMANDS_PER_TURN)
		tmr_start(&room->tmr_inbox, 0, on_inbox_rest, room);
}

static void on_inbox_rest(void *arg)
{
	on_inbox(0, arg);
}

static int start_resolver(struct room *room)
{
	struct sa servers[RESOLVERS_MAX];
	uint32_t n = RESOLVERS_MAX;
	char domain[256];

	n = 0;
	for (int i = 0; i < RESOLVERS_MAX && room->config.dns_servers[i][0]; i++)
		if (sa_decode(&servers[n], room->config.dns_servers[i],
			    strlen(room->config.dns_servers[i])) == 0 ||
			sa_set_str(&servers[n], room->config.dns_servers[i], 53) == 0)
			n++;
	if (n > 0)
		return -dnsc_alloc(&room->dnsc, NULL, servers, n);
	n = RESOLVERS_MAX;
	if (dns_srv_get(domain, sizeof(domain), servers, &n) || n == 0) {
		log_warn("sip", 0,
			"no DNS server configured: trunks and calls by host name will fail, by address they "
			"work");
		n = 0;
	}
	return -dnsc_alloc(&room->dnsc, NULL, servers, n);
}

static int start(struct room *room)
{
	int err;

	(void)poll_method_set(METHOD_EPOLL);
	err = -fd_setsize(FDS_MAX);
	if (!err)
		err = start_resolver(room);
	if (!err)
		err = -hash_alloc(&room->dialogs, DIALOGS_SIZE);
	if (!err)
		err = -sip_alloc(&room->stack, room->dnsc, TRANSACTIONS_SIZE, TRANSACTIONS_SIZE,
			CONNECTIONS_SIZE, room->config.user_agent[0] ? room->config.user_agent : "Markaz",
			NULL, NULL);
	if (!err)
		err = transport_start(room);
	if (!err)
		err = -sip_listen(NULL, room->stack, true, request_received, room);
	if (!err)
		err = -sip_listen(NULL, room->stack, false, response_received, room);
	if (!err)
		err = -sipevent_listen(&room->events, room->stack, 32, 32, messages_subscribed, room);
	if (!err)
		err = -fd_listen(mailbox_fd(room->inbox), FD_READ, on_inbox, room);
	return err;
}

static void clean(struct room *room)
{
	fd_close(mailbox_fd(room->inbox));
	tmr_cancel(&room->tmr_malformed);
	tmr_cancel(&room->tmr_stop);
	tmr_cancel(&room->guard.tmr_tell);
	tmr_cancel(&room->tmr_inbox);
	sip_trunk_tests_end(room);
	registrations_close(room);
	sip_directory_clear(room);
	messages_close(room);
	if (room->stack)
		sip_close(room->stack, true);
	sip_leg_free_all(room);
	room->stack = mem_deref(room->stack);
	room->dialogs = mem_deref(room->dialogs);
	room->dnsc = mem_deref(room->dnsc);
	srv_free(room);
	sip_tls_stop(room);
	map_free(&room->legs);
	interpose_local_address(NULL, NULL);
}

void *room_main(void *arg)
{
	struct room *room = arg;
	bool is_started;

	pthread_setname_np(pthread_self(), "sip");
	room->start_error = -re_thread_init();
	if (!room->start_error)
		room->start_error = start(room);
	is_started = !room->start_error;
	sem_post(&room->ready);
	if (is_started)
		(void)re_main(NULL);
	clean(room);
	re_thread_close();
	return NULL;
}
