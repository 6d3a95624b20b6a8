/* See contact.h. */
#include "sip/contact.h"
#include "sip/directory.h"
#include "sip/identity.h"
#include "sip/registrations.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

static void on_expiry(void *arg)
{
	registrar_expire(arg);
}

struct binding *contact_new(struct account *account, const struct contact *at)
{
	struct binding *b = alloc_zero(sizeof(*b));

	if (!b)
		return NULL;
	b->at = *at;
	b->account = account;
	return b;
}

void contact_free(struct binding *b)
{
	if (!b)
		return;
	qualify_stop(b);
	mem_deref(b->flow);
	alloc_free(b);
}

void contact_remove(struct account *account, int i)
{
	struct binding *b = account->bindings[i];

	account->n_bindings--;
	memmove(&account->bindings[i], &account->bindings[i + 1],
		sizeof(account->bindings[0]) * (size_t)(account->n_bindings - i));
	contact_free(b);
}

void contact_remove_all(struct account *account)
{
	while (account->n_bindings)
		contact_remove(account, account->n_bindings - 1);
	tmr_cancel(&account->tmr_expiry);
}

void contact_carry(struct account *to, struct account *from)
{
	int kept = 0;

	for (int i = 0; i < from->n_bindings; i++) {
		struct binding *b = from->bindings[i];
		if (to->n_bindings == BINDINGS_MAX) {
			from->bindings[kept++] = b;
			continue;
		}
		b->account = to;
		to->bindings[to->n_bindings++] = b;
	}
	from->n_bindings = kept;
}

int contact_target(const struct binding *b, char *ret_uri, size_t size)
{
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, b->at.uri);
	if (uri_decode(&uri, &pl) != 0)
		return -EINVAL;
	if (b->at.path[0])
		return str_put(ret_uri, size, b->at.uri);
	return re_snprintf(ret_uri, size, "sip:%r%s%J%s", &uri.user, pl_isset(&uri.user) ? "@" : "",
		       &b->at.source,
		       b->at.tp == SIP_TRANSP_UDP ? ";transport=udp" : sip_transp_param(b->at.tp)) < 0
		       ? -EINVAL
		       : 0;
}

bool contact_is_behind_nat(const struct binding *b)
{
	struct sa told;
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, b->at.uri);
	if (b->at.path[0] || uri_decode(&uri, &pl) != 0 || sa_set(&told, &uri.host, uri.port) != 0)
		return false;
	return !sa_cmp(&told, &b->at.source, SA_ADDR) ||
	       (b->at.tp == SIP_TRANSP_UDP && uri.port && uri.port != sa_port(&b->at.source));
}

int registrar_count(const struct room *room, uint64_t user)
{
	int n = 0;

	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user)
		for (int i = 0; i < a->n_bindings; i++)
			n += !a->bindings[i]->is_unreachable;
	return n;
}

static int contacts_of(const struct room *room, uint64_t user)
{
	int n = 0;

	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user)
		n += a->n_bindings;
	return n;
}

bool registrar_is_here(const struct account *account, const struct sa *source)
{
	int64_t now_ms = clock_mono_ms();

	for (int i = 0; i < account->n_bindings; i++)
		if (account->bindings[i]->at.expires_ms > now_ms &&
			sa_cmp(&account->bindings[i]->at.source, source, SA_ADDR))
			return true;
	return false;
}

void contact_tell(struct account *account, const char *why)
{
	struct sip_event event = {.kind = SIP_REGISTRATION, .user = account->config.user};

	event.count = registrar_count(account->room, account->config.user);
	event.contacts = contacts_of(account->room, account->config.user);
	(void)str_put(event.reason, sizeof(event.reason), why);
	if (account->n_bindings) {
		const struct binding *newest = account->bindings[account->n_bindings - 1];
		(void)str_put(event.uri, sizeof(event.uri), newest->at.uri);
		(void)str_put(event.text, sizeof(event.text), newest->at.user_agent);
		transport_text(&newest->at.source, event.source, sizeof(event.source));
		event.rtt_ms = (int)((newest->rtt_us + 999) / 1000);
	}
	room_tell(account->room, &event);
}

static void expire(struct account *account, const char *why)
{
	int64_t now_ms = clock_mono_ms(), next_ms = INT64_MAX;
	int before = account->n_bindings;

	for (int i = account->n_bindings - 1; i >= 0; i--)
		if (account->bindings[i]->at.expires_ms <= now_ms)
			contact_remove(account, i);
		else if (account->bindings[i]->at.expires_ms < next_ms)
			next_ms = account->bindings[i]->at.expires_ms;
	if (account->n_bindings)
		tmr_start(&account->tmr_expiry, (uint64_t)(next_ms - now_ms), on_expiry, account);
	else
		tmr_cancel(&account->tmr_expiry);
	if (account->n_bindings == before)
		return;
	registrations_changed(account);
	contact_tell(account, why);
}

void registrar_expire(struct account *account)
{
	expire(account, "expired");
}

void registrar_kick(struct room *room, uint64_t user)
{
	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user) {
		for (int i = 0; i < a->n_bindings; i++)
			a->bindings[i]->at.expires_ms = 0;
		expire(a, "removed");
	}
}

static void on_closed(void *arg)
{
	expire(arg, "connection_closed");
}

void contact_connection_closed(struct binding *b)
{
	b->at.expires_ms = 0;
	tmr_start(&b->account->tmr_expiry, 0, on_closed, b->account);
}

void registrar_forget(struct room *room, uint64_t user, const struct sa *source)
{
	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user) {
		for (int i = 0; i < a->n_bindings; i++)
			if (sa_cmp(&a->bindings[i]->at.source, source, SA_ALL))
				a->bindings[i]->at.expires_ms = 0;
		expire(a, "connection_closed");
	}
}

/* Puts b where its q belongs among the n sorted ones; the last falls out when there are too many. */
static int insert_by_q(struct binding *list[BINDINGS_MAX], int n, struct binding *b)
{
	int at = n;

	while (at > 0 && list[at - 1]->at.q < b->at.q)
		at--;
	if (at == BINDINGS_MAX)
		return n;
	n = n < BINDINGS_MAX ? n + 1 : n;
	memmove(&list[at + 1], &list[at], sizeof(list[0]) * (size_t)(n - 1 - at));
	list[at] = b;
	return n;
}

/* Of the ways to one device a call takes one, the newest (RFC 5626 section 7). */
static bool has_instance(struct binding *const *list, int n, const struct binding *b)
{
	bool has_it = false;

	for (int i = 0; i < n; i++)
		has_it |= b->at.instance[0] && list[i]->account == b->account &&
			  str_equal(list[i]->at.instance, b->at.instance);
	return has_it;
}

int contact_to_ring(const struct room *room, uint64_t user, struct binding *ret_bindings[BINDINGS_MAX])
{
	int n = 0;

	for (struct account *a = sip_directory_user(room, user); a; a = a->next_of_user)
		for (int i = a->n_bindings - 1; i >= 0; i--)
			if (!a->bindings[i]->is_unreachable && !has_instance(ret_bindings, n, a->bindings[i]))
				n = insert_by_q(ret_bindings, n, a->bindings[i]);
	return n;
}
