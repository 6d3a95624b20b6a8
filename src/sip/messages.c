/* The lamp of telephones: how many messages wait (RFC 3842). A telephone that subscribes hears of each change
 * in its dialog (RFC 6665, libre's notifier); one that only registers is told unasked, from when there was a
 * first message.
 *
 * Invariants: an account hears of its own user's messages alone; at most SUBSCRIPTIONS_MAX at once, and
 * OF_ACCOUNT_MAX of one account (the oldest gives way). */
#include "sip/directory.h"
#include "sip/identity.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"

#include <sodium.h>
#include <string.h>

#define SUBSCRIPTIONS_MAX 20000
#define OF_ACCOUNT_MAX 10
#define EXPIRES_MIN_S 60
#define EXPIRES_S 3600
#define BODY_SIZE 256
#define TYPE "application/simple-message-summary"

struct waiting { /* of a user */
	int unheard, heard;
};
struct subscription {
	struct le le;
	struct room *room;
	struct sipnot *notifier;
	uint64_t user;
	char aor[SIP_URI_MAX];
};

bool messages_is_subscription(const struct sip_msg *msg)
{
	const struct sip_hdr *event = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct sipevent_event se;

	return pl_strcmp(&msg->met, "SUBSCRIBE") == 0 && event &&
	       sipevent_event_decode(&se, &event->val) == 0 &&
	       pl_strcasecmp(&se.event, "message-summary") == 0;
}

/* RFC 3842 section 5.2. */
static void write_body(const struct waiting *w, const char *aor, char ret_body[static BODY_SIZE])
{
	int unheard = w ? w->unheard : 0, heard = w ? w->heard : 0;

	if (re_snprintf(ret_body, BODY_SIZE,
		    "Messages-Waiting: %s\r\nMessage-Account: %s\r\nVoice-Message: %d/%d "
		    "(0/0)\r\n",
		    unheard ? "yes" : "no", aor, unheard, heard) < 0)
		(void)str_printf(ret_body, BODY_SIZE, "Messages-Waiting: %s\r\n", unheard ? "yes" : "no");
}

static void notify(struct subscription *s)
{
	char body[BODY_SIZE];
	struct mbuf *mb = NULL;

	write_body(map_get(&s->room->messages, s->user), s->aor, body);
	int err = sipevent_notifyf(s->notifier, &mb, SIPEVENT_ACTIVE, SIPEVENT_DEACTIVATED, 0, "%s", body);
	if (err)
		log_warn("sip", 0, "a telephone's lamp cannot be set: %s", strerror(err));
	mem_deref(mb);
}

static void subscription_free(struct subscription *s)
{
	list_unlink(&s->le);
	s->room->n_subscriptions--;
	mem_deref(s->notifier);
	alloc_free(s);
}

static void on_close(int err, const struct sip_msg *msg, void *arg)
{
	(void)err;
	(void)msg;
	subscription_free(arg);
}

static void make_room(struct room *room, uint64_t user)
{
	struct subscription *oldest = NULL;
	int n = 0;

	for (struct le *le = room->subscriptions.head; le; le = le->next) {
		struct subscription *s = le->data;
		if (s->user != user)
			continue;
		n++;
		oldest = oldest ? oldest : s;
	}
	if (oldest && n >= OF_ACCOUNT_MAX)
		subscription_free(oldest);
}

static void accept_subscription(struct room *room, const struct sip_msg *msg, const struct account *account)
{
	const struct sip_hdr *event = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct subscription *s = NULL;
	struct sipevent_event se;
	int err = ENOMEM;

	make_room(room, account->config.user);
	if (room->n_subscriptions < SUBSCRIPTIONS_MAX && sipevent_event_decode(&se, &event->val) == 0)
		s = alloc_zero(sizeof(*s));
	if (s) {
		s->room = room;
		s->user = account->config.user;
		identity_text(&msg->to.auri, s->aor, sizeof(s->aor));
		err = sipevent_accept(&s->notifier, room->events, msg, NULL, &se, 200, "OK", EXPIRES_MIN_S,
			EXPIRES_S, EXPIRES_S, "messages", TYPE, NULL, NULL, false, on_close, s, NULL);
	}
	if (err) {
		alloc_free(s);
		(void)sip_reply(room->stack, msg, 503, "Too Many Subscriptions");
		return;
	}
	list_append(&room->subscriptions, &s->le, s);
	room->n_subscriptions++;
	notify(s);
}

bool messages_subscribed(const struct sip_msg *msg, void *arg)
{
	struct room *room = arg;
	struct login login;

	if (!messages_is_subscription(msg)) {
		(void)sip_replyf(
			room->stack, msg, 489, "Bad Event", "Allow-Events: message-summary\r\n" NO_BODY);
		return true;
	}
	login = registrar_login(room, msg, false);
	if (login.result == LOGIN_ACCOUNT) {
		accept_subscription(room, msg, login.account);
	} else if (login.result == LOGIN_NONE || login.result == LOGIN_STALE) {
		registrar_challenge(room, msg, login.result == LOGIN_STALE);
	} else {
		(void)sip_reply(room->stack, msg, 403, "Forbidden");
		room_refuse(room, msg, SIP_REFUSED_AUTH, 403, 0, "wrong login or password");
	}
	return true;
}

/* --- unasked
 * ------------------------------------------------------------------------------------------------------------
 */

static int add_contact(
	enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb, void *arg)
{
	char contact[128];

	transport_contact(arg, tp, src, dst, contact, sizeof(contact));
	return mbuf_printf(mb, "Contact: %s\r\n", contact);
}

static void tell(struct room *room, const struct account *account, const struct binding *b)
{
	char target[SIP_URI_MAX + 64], aor[SIP_URI_MAX], body[BODY_SIZE];

	if (b->at.path[0] || contact_target(b, target, sizeof(target)) < 0)
		return; /* behind a proxy: it may subscribe */
	(void)re_snprintf(aor, sizeof(aor), "sip:%s@%s", account->config.login,
		room->config.realm[0] ? room->config.realm : "markaz");
	write_body(map_get(&room->messages, account->config.user), aor, body);
	(void)sip_requestf(NULL, room->stack, true, "NOTIFY", target, NULL, NULL, add_contact, NULL, room,
		"To: <%s>\r\nFrom: <%s>;tag=%08x\r\nCall-ID: %08x%08x\r\nCSeq: 1 NOTIFY\r\nEvent: "
		"message-summary\r\nSubscription-State: active\r\nContent-Type: " TYPE "\r\nContent-Length: "
		"%zu\r\n\r\n%s",
		aor, aor, randombytes_random(), randombytes_random(), randombytes_random(), strlen(body),
		body);
}

void messages_waiting(struct room *room, uint64_t user, int unheard, int heard)
{
	struct waiting *w = map_get(&room->messages, user);
	bool has_subscribed = false;

	if (!w) {
		if (unheard == 0 && heard == 0)
			return; /* never had one: its telephones may not know what this is */
		w = alloc_zero(sizeof(*w));
		if (!w || map_put(&room->messages, user, w) < 0) {
			alloc_free(w);
			return;
		}
	}
	*w = (struct waiting){unheard, heard};
	for (struct le *le = room->subscriptions.head; le; le = le->next) {
		struct subscription *s = le->data;
		if (s->user != user)
			continue;
		has_subscribed = true;
		notify(s);
	}
	for (struct account *a = sip_directory_user(room, user); a && !has_subscribed; a = a->next_of_user)
		for (int i = 0; i < a->n_bindings; i++)
			tell(room, a, a->bindings[i]);
}

void messages_close(struct room *room)
{
	struct waiting *w;

	while (room->subscriptions.head)
		subscription_free(room->subscriptions.head->data);
	room->events = mem_deref(room->events);
	for (size_t i = 0; (w = map_next(&room->messages, &i));)
		alloc_free(w);
	map_free(&room->messages);
}
