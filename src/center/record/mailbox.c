/* See mailbox.h. */
#include "center/record/mailbox.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/request.h"
#include "center/work/work_state.h"

#include <errno.h>
#include <unistd.h>

struct mailbox {
	uint64_t owner;
	int unheard, heard;
};

/* --- whose
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_in_group(const struct snapshot *s, const struct ring_group *g, uint64_t account)
{
	for (int i = 0; i < g->n_users; i++)
		if (g->users[i] == account)
			return true;
	for (int i = 0; i < g->n_extensions; i++) {
		const struct extension *e = snapshot_extension(s, g->extensions[i]);
		if (e && (e->id == account || e->user == account))
			return true;
	}
	return false;
}

int mailbox_boxes(const struct center *c, uint64_t account, uint64_t ret_owners[static STORE_BOXES_MAX])
{
	const struct snapshot *s = c->snapshot;
	int n = 0;

	ret_owners[n++] = account;
	for (int i = 0; i < s->n_groups && n < STORE_BOXES_MAX; i++)
		if (!s->groups[i].voicemail_user && is_in_group(s, &s->groups[i], account))
			ret_owners[n++] = s->groups[i].id;
	/* What was left before the telephone was given to a person. */
	for (int i = 0; i < s->n_extensions && n < STORE_BOXES_MAX; i++)
		if (s->extensions[i].user == account)
			ret_owners[n++] = s->extensions[i].id;
	return n;
}

static bool is_box_of(const struct center *c, uint64_t account, uint64_t owner)
{
	uint64_t owners[STORE_BOXES_MAX];
	int n = mailbox_boxes(c, account, owners);

	for (int i = 0; i < n; i++)
		if (owner && owners[i] == owner)
			return true;
	return false;
}

static bool serves(const struct center *c, uint64_t user, uint64_t queue)
{
	const struct user *u = snapshot_user(c->snapshot, user);

	for (int i = 0; u && queue && i < u->n_serves; i++)
		if (u->serves[i].queue == queue)
			return true;
	return false;
}

bool mailbox_brings(const struct work *w, uint64_t attached)
{
	struct entry e;

	return w->kind != WORK_PLAIN && w->entry && entry_decode(w->entry, &e) == 0 && e.attached == attached;
}

/* The agent has it, or is offered it, whatever queue it came through. */
static bool has_before_them(const struct center *c, uint64_t user, uint64_t attached)
{
	const struct agent *a = map_get(&c->agents, user);

	for (const struct work *w = a ? a->works : NULL; w; w = w->next)
		if (mailbox_brings(w, attached))
			return true;
	for (const struct work_offer *o = a ? a->work_offers : NULL; o; o = o->agent_next)
		if (mailbox_brings(o->work, attached))
			return true;
	for (const struct work_wrap *w = a ? a->work_wraps : NULL; w; w = w->next)
		if (jsonx_id(w->facts, "recording") == attached || jsonx_id(w->facts, "document") == attached)
			return true;
	return false;
}

/* --- how many
 * ----------------------------------------------------------------------------------------------------------
 */

static struct mailbox sum_of(const struct center *c, uint64_t account)
{
	uint64_t owners[STORE_BOXES_MAX];
	struct mailbox sum = {.owner = account};
	int n = mailbox_boxes(c, account, owners);

	for (int i = 0; i < n; i++) {
		const struct mailbox *m = map_get(&c->mailboxes, owners[i]);
		sum.unheard += m ? m->unheard : 0;
		sum.heard += m ? m->heard : 0;
	}
	return sum;
}

json_t *mailbox_counts_json(const struct center *c, uint64_t account)
{
	struct mailbox sum = sum_of(c, account);

	return json_pack("{s:i,s:i}", "unheard", sum.unheard, "heard", sum.heard);
}

void mailbox_tell_phone(struct center *c, uint64_t account)
{
	struct mailbox sum = sum_of(c, account);
	struct sip_command cmd = {.kind = SIP_MESSAGES,
		.messages = {.user = account, .unheard = sum.unheard, .heard = sum.heard}};

	(void)sip_send(c->parts.sip, &cmd); /* a lamp: the next change says it again */
}

static void tell_person(struct center *c, uint64_t account)
{
	if (!account)
		return;
	mailbox_tell_phone(c, account);
	push_person(c, account,
		json_pack("{s:s,s:o}", "on", "voicemail_counts", "counts", mailbox_counts_json(c, account)));
}

/* Whoever may hear messages of owner. */
static void tell_all(struct center *c, uint64_t owner)
{
	const struct snapshot *s = c->snapshot;
	const struct ring_group *g = snapshot_group(s, owner);
	const struct extension *e = snapshot_extension(s, owner);

	if (!g) {
		tell_person(c, e && e->user ? e->user : owner);
		return;
	}
	for (int i = 0; i < g->n_users; i++)
		tell_person(c, g->users[i]);
	for (int i = 0; i < g->n_extensions; i++) {
		e = snapshot_extension(s, g->extensions[i]);
		tell_person(c, e && e->user ? e->user : e ? e->id : 0);
	}
}

static struct lookup *counts_lookup(uint64_t owner)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (!ask)
		return NULL;
	ask->mail.kind = MAIL_COUNTS;
	ask->mail.owners[0] = owner;
	ask->mail.fd = -1;
	return ask;
}

void mailboxes_read(struct center *c)
{
	mailbox_changed(c, 0); /* behind what the recovery wrote */
}

void mailbox_changed(struct center *c, uint64_t owner)
{
	struct lookup *ask = counts_lookup(owner);

	if (ask)
		work_await_lookup(c, ask);
}

static void set_counts(struct center *c, uint64_t owner, const json_t *row)
{
	struct mailbox *m = map_get(&c->mailboxes, owner);

	if (!m && (m = alloc_zero(sizeof(*m))) && map_put(&c->mailboxes, owner, m) < 0) {
		alloc_free(m);
		m = NULL;
	}
	if (!m)
		return;
	m->owner = owner;
	m->unheard = (int)jsonx_int(row, "unheard", 0);
	m->heard = (int)jsonx_int(row, "heard", 0);
	tell_all(c, owner);
}

static void counts_found(struct center *c, const struct lookup *found)
{
	json_t *row;
	size_t i;

	if (found->mail.err < 0)
		return; /* the next change says it again */
	json_array_foreach(found->mail.rows, i, row) set_counts(c, jsonx_id(row, "owner"), row);
	if (found->mail.owners[0] && json_array_size(found->mail.rows) == 0)
		set_counts(c, found->mail.owners[0], NULL); /* the last one went */
}

void mail_found(struct center *c, struct lookup *found)
{
	struct interaction *ix = map_get(&c->interactions, found->interaction);

	if (found->mail.kind == MAIL_COUNTS)
		counts_found(c, found);
	else if (ix && ix->mailbox && !ix->is_ending)
		mailbox_call_found(ix, found);
	mail_lookup_free(found);
}

void mailboxes_free(struct center *c)
{
	struct mailbox *m;

	for (size_t i = 0; (m = map_next(&c->mailboxes, &i));)
		alloc_free(m);
	map_free(&c->mailboxes);
}

/* --- what is done with them
 * ------------------------------------------------------------------------------------------------------------
 */

void mail_mark(struct center *c, uint64_t recording, uint64_t interaction, uint64_t owner, const char *act,
	uint64_t by)
{
	emit(c, &(struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = interaction,
			.agent = owner,
			.ref = recording,
			.number = (int64_t)by,
			.reason = act});
	mailbox_changed(c, owner);
}

static const char *forward(struct center *c, const struct center_mail *ask)
{
	const struct user *u = snapshot_user(c->snapshot, ask->to);
	const struct extension *e = snapshot_extension(c->snapshot, ask->to);
	uint64_t to = e && e->user ? e->user : ask->to;

	if ((!u || !u->is_active) && (!e || !e->is_active))
		return "not_found";
	if (to == ask->owner)
		return "invalid_target";
	mail_mark(c, ask->recording, ask->interaction, to, "person", ask->user);
	mailbox_changed(c, ask->owner);
	push_person(c, to,
		json_pack("{s:s,s:o,s:o}", "on", "voicemail", "recording", json_id(ask->recording),
			"interaction", json_id(ask->interaction)));
	return NULL;
}

static const char *carry_out(struct center *c, const struct center_mail *ask)
{
	if (!is_box_of(c, ask->user, ask->owner))
		return "not_found";
	switch (ask->act) {
	case CENTER_MAIL_HEARD:
		mail_mark(c, ask->recording, ask->interaction, ask->owner, "heard", ask->user);
		return NULL;
	case CENTER_MAIL_UNHEARD:
		mail_mark(c, ask->recording, ask->interaction, ask->owner, "unheard", ask->user);
		return NULL;
	case CENTER_MAIL_REMOVE:
		mail_mark(c, ask->recording, ask->interaction, ask->owner, "removed", ask->user);
		return NULL;
	case CENTER_MAIL_FORWARD:
		return forward(c, ask);
	case CENTER_MAIL_BOXES:
	case CENTER_MAIL_MAY_HEAR:
		break;
	}
	return "not_found";
}

static json_t *boxes_json(const struct center *c, uint64_t account)
{
	uint64_t owners[STORE_BOXES_MAX];
	int n = mailbox_boxes(c, account, owners);
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_id(owners[i]));
	return json_pack("{s:o,s:o}", "boxes", list, "counts", mailbox_counts_json(c, account));
}

void mail_wished(struct center *c, const struct mail_wish *w)
{
	const struct center_mail *ask = &w->ask;
	bool may = false;

	if (ask->act == CENTER_MAIL_BOXES) {
		w->on_json(boxes_json(c, ask->user), w->arg);
		return;
	}
	if (ask->act == CENTER_MAIL_MAY_HEAR) {
		may = ask->owner ? is_box_of(c, ask->user, ask->owner)
				 : serves(c, ask->user, ask->queue) ||
					   has_before_them(c, ask->user, ask->recording);
		w->on_json(json_pack("{s:b}", "may", may), w->arg);
		return;
	}
	const char *why = carry_out(c, ask);
	if (why)
		w->on_json(json_pack("{s:s}", "code", why), w->arg);
	else
		work_await(c, json_object(), w->on_json, w->arg, 0);
}
