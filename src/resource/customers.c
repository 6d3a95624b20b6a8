/* Who calls. */
#include "resource/descriptors.h"

#include <string.h>

static const char *const languages[] = {"fa", "ar", "zh", "en", NULL};

static const struct field fields[] = {
	{"name", FIELD_TEXT, .is_required = true, .min = 1, .max = 200, .doc = "The customer's name."},
	{"numbers", FIELD_LIST, .max = 20, .form = FORM_PHONE,
		.doc = "Numbers the customer calls from, as +98...."},
	{"email", FIELD_TEXT, .max = 254, .doc = "The customer's e-mail address."},
	{"language", FIELD_CHOICE, .choices = languages, .doc = "Language the customer wants to hear."},
	{"notes", FIELD_TEXT, .max = 4000, .form = FORM_PROSE, .doc = "What colleagues should know."},
	{"is_vip", FIELD_BOOL, .fallback = "false",
		.doc = "Whether the customer is to be treated with priority."},
	{"value", FIELD_INT, .fallback = "0", .max = 100,
		.doc = "What the customer is worth to the house: each point is a head start in the queue."},
	{"account_owner", FIELD_REF, .ref = "user", .doc = "Who looks after the customer."},
	{"excluded_agents", FIELD_REFS, .ref = "user", .max = 4,
		.doc = "People who are not offered this customer, like after a complaint."},
	{"is_kept", FIELD_BOOL, .fallback = "false",
		.doc = "Legal hold: nothing of this customer is erased or removed by age."},
};

static void check(json_t *value, struct issues *issues)
{
	const char *email = jsonx_text(value, "email", NULL), *at = email ? strchr(email, '@') : NULL;

	if (email && (!at || at == email || !at[1] || strchr(at + 1, '@') || strpbrk(email, " \t<>")))
		issue_add(issues, "/email", "bad_form", "Write an address like name@example.org");
}
const struct resource resource_customer = {.name = "customer",
	.path = "customers",
	.doc = "A person or company that contacts the house.",
	FIELDS(fields),
	.read = MAY_SEE_CUSTOMERS,
	.write = MAY_CHANGE_CUSTOMERS,
	.check = check,
	.label_field = "name"};
