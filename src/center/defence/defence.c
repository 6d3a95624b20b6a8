/* See defence.h. */
#include "center/defence/defence.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/defence/outgoing.h"

#include <errno.h>
#include <stddef.h>

#define ATTACK_MS 120000      /* without a dropped packet for so long, a flood is over */
#define BANS_SHOWN_MS 3600000 /* a ban is an alarm for so long */
#define DOUBLINGS_MAX 20

struct defence {
	struct center *center;
	struct strmap addresses, calls; /* subject -> struct store_block */
	bool is_loaded;
	int64_t first_ban_wall, last_ban_wall; /* of those that are an alarm */
	int n_bans;
	int64_t flood_since_wall, flood_last_mono, flood_count;
	char flood_source[64];
	struct timer timer;
};

static struct defence *get(struct center *c)
{
	if (!c->defence) {
		c->defence = alloc_zero(sizeof(*c->defence));
		if (c->defence)
			c->defence->center = c;
	}
	return c->defence;
}

static bool is_in_force(const struct store_block *b, int64_t wall_ms)
{
	return b->until_ms == 0 || b->until_ms > wall_ms;
}

/* The block of the subject, made (over since ever) when there is none. NULL: no memory. */
static struct store_block *block_of(struct defence *d, const char *kind, const char *subject)
{
	struct strmap *map = str_equal(kind, "calls") ? &d->calls : &d->addresses;
	struct store_block *b = strmap_get(map, subject);

	if (b)
		return b;
	b = alloc_zero(sizeof(*b));
	if (!b || strmap_put(map, subject, b) < 0) {
		alloc_free(b);
		return NULL;
	}
	b->id = id_new();
	b->until_ms = 1;
	str_put(b->kind, sizeof(b->kind), kind);
	str_put(b->subject, sizeof(b->subject), subject);
	return b;
}

static void tell_sip(struct center *c, const struct store_block *b, int64_t wall_ms)
{
	struct sip_command cmd = {.kind = SIP_BAN};
	int64_t left_s = b->until_ms ? (b->until_ms - wall_ms + 999) / 1000 : INT32_MAX;

	if (!str_equal(b->kind, "address"))
		return;
	str_put(cmd.ban.address, sizeof(cmd.ban.address), b->subject);
	if (is_in_force(b, wall_ms))
		cmd.ban.seconds = left_s > INT32_MAX ? INT32_MAX : (int)left_s;
	if (sip_send(c->parts.sip, &cmd) < 0)
		log_error("center", 0, "the SIP thread is too far behind: %s keeps being %s", b->subject,
			cmd.ban.seconds ? "heard" : "banned");
}

/* It waits for the disk, so not on this thread. */
static void keep(struct center *c, const struct store_block *b)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (ask)
		ask->block = alloc_dup(b, sizeof(*b));
	if (ask && ask->block) {
		center_loader_ask(c, ask);
		return;
	}
	alloc_free(ask);
	log_error("center", 0, "no memory: the block of %s does not outlast a restart", b->subject);
}

void defence_write(struct center *c, const struct store_block *block)
{
	struct store_actor actor = {.tenant = TENANT};
	int err = store_block_save(c->parts.store, block, &actor);

	if (err < 0)
		log_error("center", 0,
			"the block of %s could not be written and does not outlast a restart: error %d",
			block->subject, err);
}

/* --- alarms
 * ----------------------------------------------------------------------------------------------------------
 */

static void look(struct timer *t, int64_t now_ms);

static void look_soon(struct center *c)
{
	if (!timer_is_set(&c->defence->timer))
		timer_set(&c->timers, &c->defence->timer, c->now_ms + ATTACK_MS / 2, look);
}

static void look(struct timer *t, int64_t now_ms)
{
	struct defence *d = (struct defence *)((char *)t - offsetof(struct defence, timer));
	struct center *c = d->center;
	bool has_changed = false;

	if (d->flood_since_wall && now_ms - d->flood_last_mono >= ATTACK_MS) {
		d->flood_since_wall = d->flood_count = 0;
		has_changed = true;
	}
	if (d->n_bans && center_wall(c) - d->last_ban_wall >= BANS_SHOWN_MS) {
		d->n_bans = 0;
		has_changed = true;
	}
	if (has_changed)
		alarms_changed(c, c->alarms);
	if (d->flood_since_wall || d->n_bans)
		look_soon(c);
}

static void add_alarm(json_t *list, const char *kind, int64_t since_wall, int64_t count, const char *name)
{
	json_t *alarm = json_pack("{s:s,s:I,s:I,s:s*}", "kind", kind, "since", (json_int_t)since_wall,
		"count", (json_int_t)count, "name", name);

	json_array_append_new(list, alarm);
}

void defence_alarms(const struct center *c, json_t *list)
{
	const struct defence *d = c->defence;
	int64_t first = INT64_MAX;
	const struct store_block *b;
	const char *subject;
	int n = 0;

	if (!d)
		return;
	for (size_t i = 0; (b = strmap_next(&d->calls, &i, &subject));)
		if (is_in_force(b, center_wall(c))) {
			first = b->since_ms < first ? b->since_ms : first;
			n++;
		}
	if (n)
		add_alarm(list, "calls_stopped", first, n, NULL);
	if (d->n_bans)
		add_alarm(list, "address_banned", d->first_ban_wall, d->n_bans, NULL);
	if (d->flood_since_wall)
		add_alarm(list, "sip_flood", d->flood_since_wall, d->flood_count, d->flood_source);
}

/* --- bans
 * ----------------------------------------------------------------------------------------------------------
 */

void defence_banned(struct center *c, const struct sip_event *e)
{
	struct defence *d = get(c);
	struct store_block *b = d ? block_of(d, "address", e->source) : NULL;
	int64_t wall = center_wall(c), last_ms = c->snapshot->ban_ms;

	if (!b)
		return; /* sip/ has banned it for the first time's length all the same */
	for (int i = 0; i < DOUBLINGS_MAX && i < b->times && last_ms < c->snapshot->ban_max_ms; i++)
		last_ms *= 2;
	if (last_ms > c->snapshot->ban_max_ms)
		last_ms = c->snapshot->ban_max_ms;
	b->times++;
	b->count = e->count;
	b->since_ms = wall;
	b->until_ms = wall + last_ms;
	str_put(b->reason, sizeof(b->reason), "wrong_passwords");
	log_warn("center", 0, "%s is banned for %lld s after %d wrong passwords, the %lldth time", e->source,
		(long long)(last_ms / 1000), e->count, (long long)b->times);
	tell_sip(c, b, wall);
	keep(c, b);
	if (d->n_bans++ == 0)
		d->first_ban_wall = wall;
	d->last_ban_wall = wall;
	alarms_changed(c, c->alarms);
	look_soon(c);
}

void defence_dropped(struct center *c, const struct sip_event *e)
{
	struct defence *d = get(c);

	if (!d || e->refusal != SIP_REFUSED_FLOOD)
		return;
	bool is_new = !d->flood_since_wall;
	if (is_new)
		d->flood_since_wall = center_wall(c);
	d->flood_count += e->count;
	d->flood_last_mono = c->now_ms;
	str_put(d->flood_source, sizeof(d->flood_source), e->source);
	if (is_new)
		alarms_changed(c, c->alarms);
	look_soon(c);
}

/* --- stops
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_subject_stopped(const struct center *c, const char *subject)
{
	const struct store_block *b = c->defence ? strmap_get(&c->defence->calls, subject) : NULL;

	return b && is_in_force(b, center_wall(c));
}

bool defence_is_stopped(const struct center *c, uint64_t user)
{
	char id[ID_TEXT_SIZE];

	return is_subject_stopped(c, DEFENCE_HOUSE) || (user && is_subject_stopped(c, id_text(user, id)));
}

void defence_stop_calls(struct center *c, const char *subject, const char *reason, int64_t count)
{
	struct defence *d = get(c);
	struct store_block *b = d && !is_subject_stopped(c, subject) ? block_of(d, "calls", subject) : NULL;

	if (!b)
		return;
	b->times++;
	b->count = count;
	b->since_ms = center_wall(c);
	b->until_ms = 0;
	str_put(b->reason, sizeof(b->reason), reason);
	log_warn("center", 0, "calls outside of %s are stopped until an administrator lifts it: %s, %lld",
		subject, reason, (long long)count);
	keep(c, b);
	alarms_changed(c, c->alarms);
}

/* --- by hand, and from the disk
 * ----------------------------------------------------------------------------------------------------------
 */

int center_block(struct center *c, enum center_block_act act, const struct store_block *block,
	center_json_handler *on_json, void *arg)
{
	const struct block_wish wish = {act, *block, on_json, arg};
	struct message m = {MESSAGE_BLOCK, alloc_dup(&wish, sizeof(wish))};

	if (m.body && mailbox_send(c->mailbox, &m) == 0)
		return 0;
	alloc_free(m.body);
	return -ENOBUFS;
}

void defence_wished(struct center *c, const struct block_wish *wish)
{
	struct defence *d = get(c);
	struct store_block *b = d ? block_of(d, wish->block.kind, wish->block.subject) : NULL;

	if (b) {
		*b = wish->block;
		if (wish->act == CENTER_BLOCK_LIFTED) {
			b->until_ms = center_wall(c);
			b->times = 0;
			if (str_equal(b->kind, "address"))
				d->n_bans = d->n_bans ? d->n_bans - 1 : 0;
			else
				outgoing_forgive(c, b->subject);
		}
		tell_sip(c, b, center_wall(c));
		alarms_changed(c, c->alarms);
	}
	wish->on_json(b ? json_object() : NULL, wish->arg);
}

void defence_configured(struct center *c)
{
	struct defence *d = get(c);
	int64_t wall = center_wall(c);
	int n = 0;

	if (!d || d->is_loaded)
		return;
	d->is_loaded = true;
	for (int i = 0; i < c->snapshot->n_blocks; i++) {
		const struct store_block *row = &c->snapshot->blocks[i];
		struct store_block *b = block_of(d, row->kind, row->subject);
		if (!b || b->since_ms >= row->since_ms)
			continue; /* the newest of a subject comes first */
		*b = *row;
		tell_sip(c, row, wall);
		n += is_in_force(row, wall);
	}
	if (n)
		log_info("center", 0, "%d blocks are in force as before the restart", n);
}

static void free_blocks(struct strmap *map)
{
	struct store_block *b;
	const char *subject;

	for (size_t i = 0; (b = strmap_next(map, &i, &subject));)
		alloc_free(b);
	strmap_free(map);
}

void defence_free(struct center *c)
{
	if (!c->defence)
		return;
	free_blocks(&c->defence->addresses);
	free_blocks(&c->defence->calls);
	timer_cancel(&c->timers, &c->defence->timer);
	alloc_free(c->defence);
	c->defence = NULL;
}
