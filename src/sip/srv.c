/* See srv.h. */
#include "sip/srv.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

struct srv_entry {
	char name[SRV_HOST_MAX + 16];
	struct srv_list list;
	int64_t until_ms;
};
struct srv_dead {
	char host[SRV_HOST_MAX];
	uint16_t port;
	int64_t until_ms;
};
struct srv_cache {
	struct srv_entry entries[SRV_CACHE];
	struct srv_dead dead[SRV_CACHE];
};
struct srv_query {
	struct room *room;
	char name[SRV_HOST_MAX + 16];
	struct dns_query *query;
	srv_handler *on_list;
	void *arg;
};

void srv_free(struct room *room)
{
	alloc_free(room->srv);
	room->srv = NULL;
}

static struct srv_cache *cache_of(struct room *room)
{
	if (!room->srv)
		room->srv = alloc_zero(sizeof(*room->srv));
	return room->srv;
}

/* --- the order
 * ------------------------------------------------------------------------------------------------------------
 */

/* RFC 2782: among those of the lowest priority one is drawn by weight; those of weight 0 have a small chance.
 */
static int draw(const struct srv_target *at, int n, uint32_t (*chance)(uint32_t below))
{
	uint32_t sum = 0, priority = UINT32_MAX;

	for (int i = 0; i < n; i++)
		if (at[i].priority < priority)
			priority = at[i].priority;
	for (int i = 0; i < n; i++)
		sum += at[i].priority == priority ? at[i].weight * 100U + 1 : 0;
	uint32_t drawn = chance(sum);
	for (int i = 0; i < n; i++) {
		uint32_t share = at[i].priority == priority ? at[i].weight * 100U + 1 : 0;
		if (drawn < share)
			return i;
		drawn -= share;
	}
	return 0;
}

void srv_sort(struct srv_list *list, uint32_t (*chance)(uint32_t below))
{
	for (int i = 0; i < list->n - 1; i++) {
		int k = i + draw(list->at + i, list->n - i, chance);
		struct srv_target first = list->at[i];
		list->at[i] = list->at[k];
		list->at[k] = first;
	}
}

static bool is_dead(const struct srv_cache *cache, const struct srv_target *t, int64_t now_ms)
{
	for (int i = 0; i < SRV_CACHE; i++)
		if (cache->dead[i].until_ms > now_ms && cache->dead[i].port == t->port &&
			str_equal(cache->dead[i].host, t->host))
			return true;
	return false;
}

/* The list as it is tried now: drawn anew each time, the dead behind the others. */
static void tell(struct room *room, const struct srv_list *list, srv_handler *on_list, void *arg)
{
	struct srv_list drawn = *list, told = {0};
	int64_t now_ms = clock_mono_ms();

	srv_sort(&drawn, randombytes_uniform);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < drawn.n; i++)
			if (is_dead(cache_of(room), &drawn.at[i], now_ms) == (pass == 1))
				told.at[told.n++] = drawn.at[i];
	on_list(&told, arg);
}

void srv_target_failed(struct room *room, const struct srv_target *target)
{
	struct srv_cache *cache = cache_of(room);
	int64_t now_ms = clock_mono_ms();
	struct srv_dead *oldest = cache ? &cache->dead[0] : NULL;

	for (int i = 0; cache && i < SRV_CACHE; i++) {
		struct srv_dead *d = &cache->dead[i];
		if (d->port == target->port && str_equal(d->host, target->host)) {
			oldest = d;
			break;
		}
		if (d->until_ms < oldest->until_ms)
			oldest = d;
	}
	if (!oldest)
		return;
	oldest->port = target->port;
	(void)str_put(oldest->host, sizeof(oldest->host), target->host);
	oldest->until_ms = now_ms + SRV_DEAD_MS;
}

/* --- asking
 * ------------------------------------------------------------------------------------------------------------
 */

static const struct srv_entry *find(struct srv_cache *cache, const char *name)
{
	int64_t now_ms = clock_mono_ms();

	for (int i = 0; i < SRV_CACHE; i++)
		if (cache->entries[i].until_ms > now_ms && str_equal(cache->entries[i].name, name))
			return &cache->entries[i];
	return NULL;
}

static void keep(struct srv_cache *cache, const char *name, const struct srv_list *list, int64_t keep_ms)
{
	struct srv_entry *at = &cache->entries[0];

	for (int i = 0; i < SRV_CACHE; i++) {
		if (str_equal(cache->entries[i].name, name)) {
			at = &cache->entries[i];
			break;
		}
		if (cache->entries[i].until_ms < at->until_ms)
			at = &cache->entries[i];
	}
	(void)str_put(at->name, sizeof(at->name), name);
	at->list = *list;
	at->until_ms = clock_mono_ms() + keep_ms;
}

struct reading {
	struct srv_list list;
	int64_t ttl_s;
};

static bool read_one(struct dnsrr *rr, void *arg)
{
	struct reading *r = arg;
	struct srv_target *t = &r->list.at[r->list.n];

	if (r->list.n >= SRV_TARGETS_MAX)
		return true;
	/* "." says: this service is decidedly not there */
	if (!rr->rdata.srv.target || !rr->rdata.srv.target[0] || str_equal(rr->rdata.srv.target, ".") ||
		str_put(t->host, sizeof(t->host), rr->rdata.srv.target) < 0)
		return false;
	t->port = rr->rdata.srv.port;
	t->priority = rr->rdata.srv.pri;
	t->weight = rr->rdata.srv.weight;
	r->list.n++;
	if (rr->ttl < r->ttl_s)
		r->ttl_s = rr->ttl;
	return false;
}

static void on_answer(int err, const struct dnshdr *hdr, struct list *answers, struct list *authorities,
	struct list *more, void *arg)
{
	struct srv_query *q = arg, told = *q;
	struct reading r = {.ttl_s = SRV_TTL_MAX_S};
	bool is_said = !err && hdr && (hdr->rcode == DNS_RCODE_OK || hdr->rcode == DNS_RCODE_NAME_ERR);

	(void)authorities;
	(void)more;
	if (is_said)
		(void)dns_rrlist_apply(answers, NULL, DNS_TYPE_SRV, DNS_CLASS_IN, false, read_one, &r);
	else
		log_info("sip", 0, "%s cannot be looked up: %s", q->name,
			err ? strerror(err) : "the server refuses");
	keep(told.room->srv, told.name, &r.list,
		!is_said       ? SRV_TROUBLE_MS
		: r.list.n > 0 ? r.ttl_s * 1000
			       : SRV_NONE_MS);
	q->on_list = NULL; /* told now: freeing it is the owner's business */
	tell(told.room, &r.list, told.on_list, told.arg);
}

int srv_ask(struct room *room, const char *host, enum sip_transport transport, srv_handler *on_list,
	void *arg, struct srv_query **ret_query)
{
	static const char *const services[] = {"_sip._udp", "_sip._tcp", "_sips._tcp"};
	struct srv_cache *cache = cache_of(room);
	struct srv_query *q = cache ? alloc_zero(sizeof(*q)) : NULL;

	if (!q)
		return -ENOMEM;
	*q = (struct srv_query){.room = room, .on_list = on_list, .arg = arg};
	if (str_printf(q->name, sizeof(q->name), "%s.%s", services[transport], host) < 0) {
		alloc_free(q);
		return -ENAMETOOLONG;
	}
	const struct srv_entry *known = find(cache, q->name);
	if (known) {
		struct srv_list list = known->list;
		alloc_free(q);
		*ret_query = NULL;
		tell(room, &list, on_list, arg);
		return 0;
	}
	int err = dnsc_query(&q->query, room->dnsc, q->name, DNS_TYPE_SRV, DNS_CLASS_IN, true, on_answer, q);
	if (err) {
		alloc_free(q);
		return -err;
	}
	*ret_query = q;
	return 0;
}

void srv_query_free(struct srv_query *query)
{
	if (!query)
		return;
	query->query = mem_deref(query->query);
	alloc_free(query);
}
