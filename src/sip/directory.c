/* Building the directory from its configuration, and carrying over what lives on. */
#include "sip/directory.h"
#include "sip/registrations.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

struct trunk *sip_directory_trunk(const struct room *room, uint64_t id)
{
	return map_get(&room->directory->trunks, id);
}

struct trunk *sip_directory_trunk_at(const struct room *room, const struct sa *source)
{
	uint8_t address[16];

	transport_address(source, address);
	return sip_match_find(&room->directory->addresses, address, sa_port(source));
}

struct account *sip_directory_user(const struct room *room, uint64_t user)
{
	return map_get(&room->directory->users, user);
}

void sip_directory_call_ended(struct room *room, uint64_t trunk)
{
	struct trunk *t = trunk ? sip_directory_trunk(room, trunk) : NULL;

	if (trunk && room->directory->n_calls > 0)
		room->directory->n_calls--;
	if (t && t->n_calls > 0)
		t->n_calls--;
}

enum sip_refusal sip_directory_limit(struct room *room, struct trunk *trunk, const char **ret_text)
{
	struct directory *d = room->directory;
	int64_t now_ms = clock_mono_ms();
	enum sip_refusal why = 0;

	*ret_text = "";
	if (trunk->config.calls_max && trunk->n_calls >= trunk->config.calls_max) {
		*ret_text = "the trunk has as many calls as it may";
		why = SIP_REFUSED_TRUNK_LIMIT;
	} else if (d->calls_max && d->n_calls >= d->calls_max) {
		*ret_text = "the house has as many calls outside as it may";
		why = SIP_REFUSED_TENANT_LIMIT;
	} else if (!limit_rate_has(&trunk->rate, trunk->config.calls_per_second, now_ms)) {
		*ret_text = "the trunk begins as many calls a second as it may";
		why = SIP_REFUSED_RATE;
	} else if (!limit_rate_has(&d->rate, d->calls_per_second, now_ms)) {
		*ret_text = "the house begins as many calls a second as it may";
		why = SIP_REFUSED_TENANT_LIMIT;
	}
	return why;
}

void sip_directory_call_begins(struct room *room, struct trunk *trunk)
{
	struct directory *d = room->directory;
	int64_t now_ms = clock_mono_ms();

	limit_rate_take(&trunk->rate, trunk->config.calls_per_second, now_ms);
	limit_rate_take(&d->rate, d->calls_per_second, now_ms);
	trunk->n_calls++;
	d->n_calls++;
}

static int add_trunk_addresses(struct directory *d, struct trunk *trunk)
{
	int err = 0;

	for (int i = 0; i < trunk->config.n_addresses && i < SIP_ADDRESSES_MAX && !err; i++) {
		struct match_rule rule;
		if (sip_match_parse(trunk->config.addresses[i], &rule) < 0) {
			log_warn("sip", 0,
				"trunk %s: \"%s\" is no address, prefix or address:port, it is ignored",
				trunk->config.name, trunk->config.addresses[i]);
			continue;
		}
		rule.value = trunk;
		err = sip_match_add(&d->addresses, &rule);
	}
	return err;
}

static int add_trunk(struct room *room, struct directory *d, const struct sip_trunk *config)
{
	struct trunk *trunk = alloc_zero(sizeof(*trunk));
	int err;

	if (!trunk)
		return -ENOMEM;
	trunk->config = *config;
	trunk->room = room;
	if (config->id == 0 || map_get(&d->trunks, config->id)) {
		log_warn("sip", 0, "trunk %s has no id or that of another, it is ignored", config->name);
		alloc_free(trunk);
		return 0;
	}
	err = map_put(&d->trunks, config->id, trunk);
	if (err < 0) {
		alloc_free(trunk);
		return err;
	}
	if (config->is_enabled && config->is_accepted_by_address)
		err = add_trunk_addresses(d, trunk);
	if (!err && config->is_enabled && config->is_accepted_by_digest && config->login[0])
		err = strmap_put(&d->trunk_logins, config->login, trunk);
	return err;
}

static int add_account(struct room *room, struct directory *d, const struct sip_account *config)
{
	struct account *account;
	int err;

	if (!config->login[0] || !config->user || strmap_get(&d->logins, config->login)) {
		log_warn("sip", 0,
			"account \"%s\" has no login, no user or the login of another, it is ignored",
			config->login);
		return 0;
	}
	account = alloc_zero(sizeof(*account));
	if (!account)
		return -ENOMEM;
	account->config = *config;
	account->room = room;
	account->next_of_user = map_get(&d->users, config->user);
	err = strmap_put(&d->logins, config->login, account);
	if (err < 0) {
		alloc_free(account);
		return err;
	}
	return map_put(&d->users, config->user, account);
}

static void empty(struct directory *d)
{
	struct trunk *trunk;
	struct account *account;
	const char *login;

	for (size_t i = 0; (trunk = map_next(&d->trunks, &i));) {
		sip_trunk_stop(trunk);
		alloc_free(trunk);
	}
	for (size_t i = 0; (account = strmap_next(&d->logins, &i, &login));) {
		contact_remove_all(account);
		alloc_free(account);
	}
	map_free(&d->trunks);
	map_free(&d->users);
	strmap_free(&d->trunk_logins);
	strmap_free(&d->logins);
	sip_match_free(&d->addresses);
}

void sip_directory_clear(struct room *room)
{
	if (room->directory)
		empty(room->directory);
}

static bool is_same_outside(const struct sip_trunk *a, const struct sip_trunk *b)
{
	return a->transport == b->transport && a->is_enabled == b->is_enabled &&
	       a->is_registered_outwards == b->is_registered_outwards &&
	       a->register_expires_s == b->register_expires_s && a->register_retry_s == b->register_retry_s &&
	       a->qualify_interval_s == b->qualify_interval_s && str_equal(a->proxy, b->proxy) &&
	       str_equal(a->login, b->login) && str_equal(a->password, b->password);
}

/* The old trunk object goes on under the new configuration when nothing that faces its peer changed. */
static void carry_trunk(struct directory *next, struct trunk *fresh, struct trunk *old)
{
	fresh->n_calls = old->n_calls;
	fresh->rate = old->rate;
	if (!is_same_outside(&fresh->config, &old->config))
		return;
	/* timers and requests point at the object: keep the old one, with the new configuration */
	old->config = fresh->config;
	for (size_t i = 0; i < next->addresses.len; i++)
		if (next->addresses.rules[i].value == fresh)
			next->addresses.rules[i].value = old;
	if (strmap_get(&next->trunk_logins, fresh->config.login) == fresh)
		(void)strmap_put(
			&next->trunk_logins, fresh->config.login, old); /* replaces, needs no memory */
	(void)map_put(&next->trunks, fresh->config.id, old);
	alloc_free(fresh);
}

/* Moves what lives on out of the old directory, so that empty() does not end it. */
static void carry_over(struct directory *old, struct directory *next)
{
	struct account *account, *was;
	struct trunk *trunk;
	const char *login;

	for (size_t i = 0; (trunk = map_next(&old->trunks, &i));) {
		struct trunk *fresh = map_get(&next->trunks, trunk->config.id);
		if (fresh)
			carry_trunk(next, fresh, trunk);
	}
	for (size_t i = 0; (account = strmap_next(&next->logins, &i, &login));) {
		was = strmap_get(&old->logins, login);
		if (!was || was->config.user != account->config.user ||
			!str_equal(was->config.ha1_md5, account->config.ha1_md5) ||
			was->config.needs_tls != account->config.needs_tls)
			continue; /* they must register again */
		contact_carry(account, was);
		account->counts = was->counts;
	}
}

static void free_old(struct directory *old, const struct directory *next)
{
	struct trunk *trunk;

	for (size_t i = 0; i < old->trunks.size; i++) {
		trunk = old->trunks.slots[i].value;
		if (old->trunks.slots[i].key && map_get(&next->trunks, old->trunks.slots[i].key) == trunk) {
			map_remove(&old->trunks, old->trunks.slots[i].key);
			i = (size_t)-1; /* the table shifted */
		}
	}
	empty(old);
}

int sip_directory_configure(struct room *room, struct sip_directory *config)
{
	struct directory next = {.calls_max = config->calls_max,
				 .calls_per_second = config->calls_per_second},
			 old = *room->directory;
	struct account *account;
	struct trunk *trunk;
	const char *login;
	int err = 0;

	for (int i = 0; i < config->n_trunks && !err; i++)
		err = add_trunk(room, &next, &config->trunks[i]);
	for (int i = 0; i < config->n_accounts && !err; i++)
		err = add_account(room, &next, &config->accounts[i]);
	if (!err)
		guard_configure(room, &config->defence);
	sip_directory_free(config);
	if (err) {
		empty(&next);
		return err;
	}
	next.n_calls = old.n_calls;
	next.rate = old.rate;
	next.has_sha256 = true;
	for (size_t i = 0; (account = strmap_next(&next.logins, &i, &login));)
		next.has_sha256 &= account->config.ha1_sha256[0] != '\0';
	sip_match_seal(&next.addresses);
	carry_over(&old, &next);
	*room->directory = next;
	free_old(&old, &next);
	for (size_t i = 0; (trunk = map_next(&next.trunks, &i));)
		sip_trunk_start(trunk);
	registrations_restore(room);
	for (size_t i = 0; (account = strmap_next(&next.logins, &i, &login));)
		if (account->n_bindings)
			registrar_expire(account);
	return 0;
}
