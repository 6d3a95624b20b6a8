/* See phones.h. */
#include "center/call/phones.h"
#include "base/alloc.h"
#include "base/str.h"
#include "center/record/mailbox.h"

static struct phone *phone_of(struct center *c, uint64_t user)
{
	struct phone *phone = map_get(&c->phones, user);

	if (phone || !user)
		return phone;
	phone = alloc_zero(sizeof(*phone));
	if (phone && map_put(&c->phones, user, phone) < 0) {
		alloc_free(phone);
		return NULL; /* unknown to screens when memory is out */
	}
	return phone;
}

void phones_on_registration(struct center *c, const struct sip_event *e)
{
	struct agent *a = agent_get(c, e->user);
	struct phone *phone = phone_of(c, e->user);

	if (phone) {
		*phone = (struct phone){e->count, e->contacts, e->rtt_ms, "", "", ""};
		(void)str_put(phone->why, sizeof(phone->why), e->reason);
		(void)str_put(phone->program, sizeof(phone->program), e->text);
		(void)str_put(phone->source, sizeof(phone->source), e->source);
	}
	if (e->count > 0)
		mailbox_tell_phone(c, e->user);
	if (!a)
		return;
	if ((a->n_contacts > 0) != (e->count > 0))
		emit(c, &(struct event){.type = EVENT_AGENT_DEVICE,
				.agent = a->user,
				.reason = "phone",
				.name = e->reason,
				.text = e->uri,
				.number = e->count > 0});
	a->n_contacts = e->count;
	agent_refresh(a);
}

bool phones_is_reachable(const struct center *c, uint64_t user)
{
	const struct phone *phone = map_get(&c->phones, user);

	return phone && phone->reachable > 0;
}

const char *phones_why_not(const struct agent *a)
{
	const struct phone *phone = map_get(&a->center->phones, a->user);

	if (agent_is_reachable(a))
		return NULL;
	if (a->device == DEVICE_BROWSER)
		return "no_page";
	if (a->device != DEVICE_PHONE)
		return "no_address";
	if (!phone)
		return "not_registered";
	return phone->contacts > 0 ? "no_answer" : phone->why[0] ? phone->why : "unregistered";
}

json_t *phones_json(const struct center *c, uint64_t user)
{
	const struct phone *phone = map_get(&c->phones, user);

	if (!phone)
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:s,s:s}", "contacts", phone->contacts, "reachable", phone->reachable,
		"rtt_ms", phone->rtt_ms, "program", phone->program, "source", phone->source);
}

void phones_free(struct center *c)
{
	struct phone *phone;

	for (size_t i = 0; (phone = map_next(&c->phones, &i));)
		alloc_free(phone);
	map_free(&c->phones);
}
