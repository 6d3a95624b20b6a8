/* Resources: everything an administrator keeps (queue, skill, team, user, number, trunk, flow, hours,
 * prompt...). Each is ONE descriptor; from it come validation, SQL, REST routes, permissions, audit entries,
 * the OpenAPI document and through it the screens' types. Hand-written code exists only for what is special
 * about a resource. Pure: JSON in, issues out. */
#pragma once
#include "base/jsonx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_TEXT, /* UTF-8, min..max letters */
	FIELD_INT,  /* min..max */
	FIELD_BOOL,
	FIELD_CHOICE, /* one of choices */
	FIELD_REF,    /* id of another resource; null allowed unless required */
	FIELD_REFS,   /* list of ids, no doubles, at most max */
	FIELD_SKILLS, /* [{"skill":id,"level":1..10}] */
	FIELD_TEXTS,  /* texts by language: {"fa":..,"ar":..,"zh":..,"en":..} */
	FIELD_LIST,   /* list of texts, at most max */
	FIELD_JSON,   /* a document with its own checker (flow, hours) */
	FIELD_SECRET, /* write-only text; stored by a hash function of the resource; read back as has_<name>:
			 bool */
};
enum field_form { /* FIELD_TEXT and FIELD_LIST: what the letters mean; normalised by resource_check */
	FORM_PLAIN = 0,
	FORM_LOGIN,   /* [a-z0-9._@-], folded to lower case */
	FORM_DIGITS,  /* digits only, folded to ASCII */
	FORM_PHONE,   /* E.164 or short digits: Persian and Arabic digits folded, spaces and dashes dropped */
	FORM_ADDRESS, /* a number as FORM_PHONE, or a plain SIP user name ("support") */
	FORM_PROSE,   /* several lines allowed */
	FORM_PREFIX,  /* the beginning of a number: digits as FORM_PHONE, perhaps with "+" */
};
enum permission {		  /* what an endpoint asks for; roles are sets of these */
	MAY_NOTHING = 0,	  /* anyone signed in */
	MAY_HANDLE = 1 << 0,	  /* take contacts, own presence, own history */
	MAY_SEE_LIVE = 1 << 1,	  /* live view of queues and people, figures */
	MAY_SEE_HISTORY = 1 << 2, /* everybody's contacts */
	MAY_LISTEN = 1 << 3,	  /* play recordings and voicemail */
	MAY_READ_CONFIG = 1 << 4,
	MAY_CHANGE_CONFIG = 1 << 5,
	MAY_CHANGE_USERS = 1 << 6,
	MAY_SEE_AUDIT = 1 << 7,
	MAY_STEER_AGENTS = 1 << 8, /* log out or set presence of others, pull contacts */
	MAY_SEE_CUSTOMERS = 1 << 9,
	MAY_CHANGE_CUSTOMERS = 1 << 10,
	MAY_ERASE_PEOPLE = 1 << 12,  /* export and erase all there is of a person, and legal holds */
	MAY_SUPERVISE = 1 << 13,     /* listen to calls under way, whisper, barge in, take them over */
	MAY_DIAL = 1 << 14,	     /* call numbers and colleagues; programs: for an agent they name */
	MAY_OPEN_CONTACTS = 1 << 11, /* open contacts without a telephone for others, write in and end them */
	MAY_SEE_TEAMS = 1 << 16, /* instead of MAY_SEE_HISTORY and MAY_LISTEN: those of some teams alone */
	MAY_VISIT = 1 << 15,	 /* a customer on a page (docs/visit.md): call the one number, nothing else */
};

struct field {
	const char *name;
	enum field_type type;
	bool is_required, is_unique; /* unique within the tenant */
	int64_t min, max;	     /* letters, value, or list length by type */
	const char *fallback;	     /* JSON text used when absent on create; NULL: null */
	const char *const *choices;  /* NULL-terminated */
	const char *ref;	     /* resource's name */
	const char *doc;	     /* one English sentence, shown in OpenAPI and as help */
	enum field_form form;
	bool is_read_only; /* made by the server; resource_check drops it from what people send */
};
struct issue {		  /* one thing wrong with a value: RFC 9457 "errors" entry */
	char pointer[96]; /* JSON pointer, "/ring_timeout_s" */
	char code[48];	  /* "required", "too_long", "out_of_range", "not_found", "not_unique",
			     "unknown_field"... */
	char message[224];
};
#define ISSUES_MAX 32
struct issues {
	struct issue at[ISSUES_MAX];
	int n;
};
struct resource {
	const char *name, *path, *doc; /* "queue", "queues" */
	const struct field *fields;
	int n_fields;
	enum permission read, write;
	/* Checks what no field can say alone (spans of hours, the flow document); may normalise in place.
	 * NULL: nothing. */
	void (*check)(json_t *value, struct issues *issues);
	/* On create, before the fallbacks: fills in what is absent and depends on another field (not yet
	 * checked). Memory that is out shows as the ordinary fallback. NULL: nothing. */
	void (*preset)(json_t *value);
	const char *label_field; /* what people know a row by: "name", "login" */
	bool is_single; /* exactly one row a tenant, made with the tenant: never created or deleted */
};

extern const struct resource *const resources[]; /* NULL-terminated, in order of dependence */
const struct resource *resource_by_name(const char *name);
const struct resource *resource_by_path(const char *path);
const struct field *resource_field(const struct resource *r, const char *name);
/* What the server adds to every row, and has_<secret>, may be sent back by screens and is dropped without a
 * word: "id", "version", "created_at", "updated_at". Checks value against r. is_create: required fields must
 * be there and fallbacks are filled in; otherwise value holds only what changes (RFC 7396 merge patch at the
 * top level). Normalises value in place (trims texts, folds digits to ASCII in numbers). True when nothing is
 * wrong. References are checked by the store; r->check runs here and once more in the store on the whole row
 * after a patch. */
bool resource_check(const struct resource *r, json_t *value, bool is_create, struct issues *issues);
/* The set of permissions of a role: "agent", "supervisor", "administrator", "connector" (a program that opens
 * contacts); MAY_NOTHING for unknown. */
unsigned role_permissions(const char *role);
#define USER_TEAMS_MAX 100 /* supervised by one person, beside the own one */
/* Those of a user's row: of its roles together; with "supervises": "teams" what speaks of everybody's
 * contacts becomes MAY_SEE_TEAMS. */
unsigned user_permissions(const json_t *user);
void issue_add(struct issues *issues, const char *pointer, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Whether a text is "192.0.2.7", "192.0.2.0/24", "192.0.2.7:5062", or the same of IPv6. NULL is none. */
bool resource_is_address(const char *text);
