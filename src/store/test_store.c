/* The store as its callers see it: rows, references, versions, access, facts, audit. */
#include "store/store_fixture.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

static json_t *get(struct fixture *f, const char *resource, uint64_t id, bool with_secrets)
{
	json_t *row = NULL;

	store_get(f->reader, resource_by_name(resource), 1, id, with_secrets, &row);
	return row;
}

TEST(every_field_has_its_column_and_every_column_its_field)
{
	WITH_STORE(f);
	__attribute__((cleanup(db_close))) struct db db;

	CHECK_INT(fixture_db(&f, &db, DB_READ), 0);
	for (int i = 0; resources[i]; i++) {
		struct db_statement *st;
		int n = 0;
		CHECK_INT(db_prepare(&db,
				  db_is_postgres(&db) ? "SELECT column_name FROM information_schema.columns "
							"WHERE table_name = ? AND data_type <> 'integer'"
						      : "SELECT name FROM pragma_table_info(?)",
				  &st),
			0);
		db_bind_text(st, 1, resources[i]->name);
		while (db_step(&db, st) == 1) {
			const char *name = db_text(st, 0);
			const struct field *field = resource_field(
				resources[i], str_equal(name, "sip_ha1") ? "sip_password" : name);
			if (!field && !strstr(" id tenant version created_ms updated_ms ", name))
				test_fail(__FILE__, __LINE__, "%s.%s has no field", resources[i]->name, name);
			n += field != NULL;
		}
		if (n != resources[i]->n_fields)
			test_fail(__FILE__, __LINE__, "%s: %d columns, %d fields", resources[i]->name, n,
				resources[i]->n_fields);
		/* The statements made from the descriptor are accepted. */
		_cleanup_json_ json_t *rows = NULL;
		CHECK_INT(store_list(f.reader, resources[i], 1, 0, 10, "x%", true, &rows), 0);
	}
}

TEST(a_row_comes_back_as_it_went_in)
{
	WITH_STORE(f);
	uint64_t skill = fixture_create(&f, "skill", "{\"name\":\"\u0641\u0627\u0631\u0633\u06cc\"}", NULL);
	uint64_t team = fixture_create(&f, "team", "{\"name\":\"\u5ba2\u670d\"}", NULL);
	char text[512], s[ID_TEXT_SIZE], t[ID_TEXT_SIZE];

	CHECK(skill && team);
	snprintf(text, sizeof(text),
		"{\"name\":\"\u0641\u0631\u0648\u0634\",\"skills\":[{\"skill\":\"%s\",\"level\":3}],"
		"\"teams\":[\"%s\"],\"wrap_up_s\":0,"
		"\"is_active\":false}",
		id_text(skill, s), id_text(team, t));
	uint64_t id = fixture_create(&f, "queue", text, NULL);
	_cleanup_json_ json_t *q = get(&f, "queue", id, false);
	CHECK_STR(jsonx_text(q, "name", NULL), "\u0641\u0631\u0648\u0634");
	CHECK_INT(jsonx_int(q, "wrap_up_s", -1), 0);
	CHECK_INT(jsonx_int(q, "version", -1), 1);
	CHECK(json_is_false(json_object_get(q, "is_active")));
	CHECK(json_is_null(json_object_get(q, "music")));
	CHECK(jsonx_id(json_array_get(json_object_get(q, "skills"), 0), "skill") == skill);
	CHECK_STR(json_string_value(json_array_get(json_object_get(q, "teams"), 0)), t);
	CHECK(jsonx_int(q, "created_at", 0) > INT64_C(1700000000000));
	CHECK_INT(fixture_update(&f, "queue", id, "{\"wrap_up_s\":5,\"teams\":[]}", NULL), STORE_OK);
	_cleanup_json_ json_t *after = get(&f, "queue", id, false);
	CHECK_INT(jsonx_int(after, "wrap_up_s", -1), 5);
	CHECK_INT(jsonx_int(after, "version", -1), 2);
	CHECK_INT(json_array_size(json_object_get(after, "teams")), 0);
	CHECK_INT(json_array_size(json_object_get(after, "skills")), 1);
}

TEST(lists_go_page_by_page_and_search_takes_marks_literally)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *first = NULL, *rest = NULL, *found = NULL, *none = NULL, *foreign = NULL;
	const struct resource *r = resource_by_name("team");

	CHECK(fixture_create(&f, "team", "{\"name\":\"a 100% b\"}", NULL));
	CHECK(fixture_create(&f, "team", "{\"name\":\"a 1000 b\"}", NULL));
	CHECK(fixture_create(&f, "team", "{\"name\":\"\u062a\u06cc\u0645\"}", NULL));
	CHECK_INT(store_list(f.reader, r, 1, 0, 2, NULL, false, &first), 0);
	CHECK_INT(json_array_size(first), 2);
	CHECK_INT(
		store_list(f.reader, r, 1, jsonx_id(json_array_get(first, 1), "id"), 2, "", false, &rest), 0);
	CHECK_INT(json_array_size(rest), 1);
	CHECK_INT(store_list(f.reader, r, 1, 0, 9, "0%", false, &found), 0);
	CHECK_INT(json_array_size(found), 1);
	CHECK_INT(store_list(f.reader, r, 1, 0, 9, "\u06cc\u0645", false, &none), 0);
	CHECK_INT(json_array_size(none), 1);
	CHECK_INT(store_list(f.reader, r, 2, 0, 9, NULL, false, &foreign), 0);
	CHECK_INT(json_array_size(foreign), 0);
}

TEST(names_are_unique_and_references_real)
{
	WITH_STORE(f);
	struct issues issues = {0};

	CHECK(fixture_create(&f, "team", "{\"name\":\"one\"}", NULL));
	CHECK(!fixture_create(&f, "team", "{\"name\":\" one\"}", &issues));
	CHECK_STR(issues.at[0].code, "not_unique");
	CHECK_STR(issues.at[0].pointer, "/name");
	issues.n = 0;
	CHECK(!fixture_create(&f, "queue", "{\"name\":\"q\",\"teams\":[\"0000000000005\"]}", &issues));
	CHECK_STR(issues.at[0].code, "not_found");
	CHECK_STR(issues.at[0].pointer, "/teams/0");
	issues.n = 0;
	CHECK(!fixture_create(&f, "user",
		"{\"login\":\"abc\",\"name\":\"a\",\"roles\":[\"agent\"],\"skills\":[{\"skill\":"
		"\"0000000000005\",\"level\":1}]}",
		&issues));
	CHECK_STR(issues.at[0].pointer, "/skills/0");
	/* A null is not a value: many may have none. */
	CHECK(fixture_create(&f, "user", "{\"login\":\"abc\",\"name\":\"a\",\"roles\":[\"agent\"]}", NULL));
	CHECK(fixture_create(&f, "user", "{\"login\":\"abd\",\"name\":\"a\",\"roles\":[\"agent\"]}", NULL));
}

TEST(what_is_in_use_stays)
{
	WITH_STORE(f);
	struct issues issues = {0};
	char text[300], id[ID_TEXT_SIZE];
	uint64_t skill = fixture_create(&f, "skill", "{\"name\":\"s\"}", NULL);
	uint64_t queue, flow;

	snprintf(text, sizeof(text), "{\"name\":\"q\",\"skills\":[{\"skill\":\"%s\",\"level\":1}]}",
		id_text(skill, id));
	queue = fixture_create(&f, "queue", text, NULL);
	CHECK_INT(store_delete(f.store, resource_by_name("skill"), skill, 0, NULL, &issues), STORE_IN_USE);
	CHECK(strstr(issues.at[0].message, "queue \"q\""));
	snprintf(text, sizeof(text), "{\"name\":\"f\",\"document\":{\"nodes\":{\"a\":{\"queue\":\"%s\"}}}}",
		id_text(queue, id));
	flow = fixture_create(&f, "flow", text, NULL);
	issues.n = 0;
	CHECK_INT(store_delete(f.store, resource_by_name("queue"), queue, 0, NULL, &issues), STORE_IN_USE);
	CHECK(strstr(issues.at[0].message, "flow \"f\""));
	snprintf(text, sizeof(text), "{\"number\":\"100\",\"flow\":\"%s\"}", id_text(flow, id));
	uint64_t number = fixture_create(&f, "number", text, NULL);
	CHECK_INT(store_delete(f.store, resource_by_name("flow"), flow, 0, NULL, NULL), STORE_IN_USE);
	CHECK_INT(store_delete(f.store, resource_by_name("number"), number, 0, NULL, NULL), STORE_OK);
	CHECK_INT(store_delete(f.store, resource_by_name("flow"), flow, 0, NULL, NULL), STORE_OK);
	CHECK_INT(store_delete(f.store, resource_by_name("queue"), queue, 0, NULL, NULL), STORE_OK);
	CHECK_INT(store_delete(f.store, resource_by_name("skill"), skill, 0, NULL, NULL), STORE_OK);
	CHECK_INT(store_delete(f.store, resource_by_name("skill"), skill, 0, NULL, NULL), STORE_NOT_FOUND);
}

TEST(a_change_of_an_old_version_is_refused)
{
	WITH_STORE(f);
	struct issues issues = {0};
	const struct resource *r = resource_by_name("team");
	uint64_t id = fixture_create(&f, "team", "{\"name\":\"a\"}", NULL);
	_cleanup_json_ json_t *patch = json_pack("{s:s}", "name", "b"), *row = NULL;

	CHECK_INT(store_update(f.store, r, id, 1, patch, NULL, &row, &issues), STORE_OK);
	CHECK_INT(store_update(f.store, r, id, 1, patch, NULL, &row, &issues), STORE_CONFLICT);
	CHECK_STR(issues.at[0].code, "changed_meanwhile");
	CHECK_INT(store_delete(f.store, r, id, 1, NULL, &issues), STORE_CONFLICT);
	CHECK_INT(store_update(f.store, r, id + 1, 0, patch, NULL, &row, &issues), STORE_NOT_FOUND);
	CHECK_INT(store_delete(f.store, r, id, 2, NULL, &issues), STORE_OK);
}

TEST(a_patch_is_judged_by_the_whole_row)
{
	WITH_STORE(f);
	struct issues issues = {0};
	char text[200], id[ID_TEXT_SIZE];
	uint64_t queue = fixture_create(&f, "queue", "{\"name\":\"q\"}", NULL);
	uint64_t flow = fixture_create(&f, "flow", "{\"name\":\"f\",\"document\":{}}", NULL);

	snprintf(text, sizeof(text), "{\"number\":\"100\",\"queue\":\"%s\"}", id_text(queue, id));
	uint64_t number = fixture_create(&f, "number", text, NULL);
	snprintf(text, sizeof(text), "{\"flow\":\"%s\"}", id_text(flow, id));
	CHECK_INT(fixture_update(&f, "number", number, text, &issues), STORE_INVALID);
	CHECK_STR(issues.at[0].pointer, "/queue");
	snprintf(text, sizeof(text), "{\"flow\":\"%s\",\"queue\":null}", id_text(flow, id));
	CHECK_INT(fixture_update(&f, "number", number, text, NULL), STORE_OK);
	CHECK_INT(fixture_update(&f, "number", number, "{\"flow\":null}", NULL), STORE_INVALID);
}

TEST(flows_count_their_versions)
{
	WITH_STORE(f);
	uint64_t id = fixture_create(&f, "flow", "{\"name\":\"f\",\"document\":{\"a\":1}}", NULL);

	CHECK_INT(fixture_update(&f, "flow", id, "{\"name\":\"g\"}", NULL), STORE_OK);
	_cleanup_json_ json_t *one = get(&f, "flow", id, false);
	CHECK_INT(jsonx_int(one, "published_version", -1), 1);
	CHECK_INT(fixture_update(&f, "flow", id, "{\"document\":{\"a\":2}}", NULL), STORE_OK);
	_cleanup_json_ json_t *two = get(&f, "flow", id, false);
	CHECK_INT(jsonx_int(two, "published_version", -1), 2);
	CHECK_INT(jsonx_int(json_object_get(two, "document"), "a", -1), 2);
}

TEST(secrets_are_kept_but_not_shown)
{
	WITH_STORE(f);
	uint64_t user = fixture_create(&f, "user",
		"{\"login\":\"zahra\",\"name\":\"z\",\"roles\":[\"agent\"],\"password\":\"correct "
		"horse\",\"sip_login\":\"201\","
		"\"sip_password\":\"sip-secret\"}",
		NULL);
	uint64_t trunk = fixture_create(
		&f, "trunk", "{\"name\":\"t\",\"login\":\"me\",\"password\":\"pa\u0641ss\"}", NULL);
	_cleanup_json_ json_t *plain = get(&f, "user", user, false), *full = get(&f, "user", user, true);
	_cleanup_json_ json_t *line = get(&f, "trunk", trunk, false),
			      *open_line = get(&f, "trunk", trunk, true);
	struct issues issues = {0};

	CHECK(json_is_true(json_object_get(plain, "has_password")));
	CHECK(!json_object_get(plain, "password") && !json_object_get(plain, "sip_ha1"));
	CHECK(str_starts_with(jsonx_text(full, "password", ""), "$argon2id$"));
	CHECK_STR(jsonx_text(full, "sip_ha1", NULL), "3cccad58376757ae07046b87d4052b85");
	CHECK(json_is_true(json_object_get(line, "has_password")) && !json_object_get(line, "password"));
	CHECK_STR(jsonx_text(open_line, "password", NULL), "pa\u0641ss");
	/* The telephone's password belongs to its user name and to the realm. */
	CHECK_INT(fixture_update(&f, "user", user, "{\"sip_login\":\"202\"}", &issues), STORE_INVALID);
	CHECK_STR(issues.at[0].pointer, "/sip_password");
	CHECK_INT(fixture_update(&f, "user", user, "{\"password\":\"Zahra\"}", NULL), -EINVAL);
	issues.n = 0;
	CHECK_INT(
		fixture_update(&f, "setting", 1, "{\"sip_realm\":\"example.org\"}", &issues), STORE_INVALID);
	CHECK_STR(issues.at[0].pointer, "/sip_realm");
	CHECK_INT(fixture_update(&f, "user", user, "{\"sip_password\":null}", NULL), STORE_OK);
	CHECK_INT(fixture_update(&f, "setting", 1, "{\"sip_realm\":\"example.org\"}", NULL), STORE_OK);
	_cleanup_json_ json_t *audit = NULL;
	CHECK_INT(store_audit(f.reader, 1, 0, 100, &audit), 0);
	char *text = jsonx_dump(audit);
	CHECK(!strstr(text, "correct horse") && !strstr(text, "argon2") && !strstr(text, "sip-secret"));
	free(text);
}

TEST(settings_are_one_row)
{
	WITH_STORE(f);
	struct issues issues = {0};
	_cleanup_json_ json_t *row = get(&f, "setting", 1, false);

	CHECK_STR(jsonx_text(row, "sip_realm", NULL), "markaz");
	CHECK(!fixture_create(&f, "setting", "{\"organisation\":\"x\"}", &issues));
	CHECK_STR(issues.at[0].code, "exists");
	CHECK_INT(store_delete(f.store, resource_by_name("setting"), 1, 0, NULL, &issues), STORE_CONFLICT);
}

TEST(the_last_administrator_stays)
{
	WITH_STORE(f);
	struct issues issues = {0};
	const struct resource *r = resource_by_name("user");
	uint64_t id = fixture_create(&f, "user",
		"{\"login\":\"admin\",\"name\":\"a\",\"roles\":[\"administrator\"],\"password\":\"long "
		"enough\"}",
		NULL);

	CHECK_INT(fixture_update(&f, "user", id, "{\"roles\":[\"agent\"]}", &issues), STORE_INVALID);
	CHECK_STR(issues.at[0].code, "last_administrator");
	CHECK_INT(fixture_update(&f, "user", id, "{\"is_active\":false}", NULL), STORE_INVALID);
	CHECK_INT(store_delete(f.store, r, id, 0, NULL, NULL), STORE_INVALID);
	_cleanup_json_ json_t *row = get(&f, "user", id, false);
	CHECK_INT(jsonx_int(row, "version", -1), 1);
	CHECK(fixture_create(&f, "user",
		"{\"login\":\"admin2\",\"name\":\"a\",\"roles\":[\"administrator\"],\"password\":\"long "
		"enough\"}",
		NULL));
	CHECK_INT(store_delete(f.store, r, id, 0, NULL, NULL), STORE_OK);
}

TEST(sign_in_and_tokens)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *user = NULL, *none = NULL, *who = NULL, *list = NULL;
	char token[64], api[64];
	uint64_t session = 0, found = 0;
	int64_t now = clock_wall_ms();
	uint64_t id = fixture_create(&f, "user",
		"{\"login\":\"reza\",\"name\":\"\u0631\u0636\u0627\",\"roles\":[\"agent\"],\"password\":"
		"\"\u0631\u0645\u0632 \u0639\u0628\u0648\u0631 \u0645\u0646\"}",
		NULL);

	CHECK_INT(store_login(f.reader, "Reza", "\u0631\u0645\u0632 \u0639\u0628\u0648\u0631 \u0645\u0646",
			  &user),
		0);
	CHECK(jsonx_id(user, "id") == id && json_array_size(json_object_get(user, "roles")) == 1);
	CHECK_INT(store_login(f.reader, "reza", "wrong", &none), STORE_NOT_FOUND);
	CHECK_INT(store_login(f.reader, "nobody", "wrong", &none), STORE_NOT_FOUND);
	CHECK_INT(store_token_create(f.store, id, "session", "browser", now + 60000, token, &session), 0);
	CHECK_INT(store_token_create(f.store, id, "token", "script", 0, api, NULL), 0);
	CHECK_INT(store_token_create(f.store, id + 1, "token", "script", 0, api + 0, NULL), STORE_NOT_FOUND);
	CHECK_INT(store_token_find(f.reader, token, now, &found, &who), 0);
	CHECK(found == session && jsonx_id(who, "id") == id);
	CHECK_STR(jsonx_text(who, "token_kind", NULL), "session");
	CHECK_INT(store_token_find(f.reader, token, now + 60001, &found, &none), STORE_NOT_FOUND);
	CHECK_INT(store_token_find(f.reader, "guess", now, &found, &none), STORE_NOT_FOUND);
	CHECK_INT(store_tokens_of_user(f.reader, id, &list), 0);
	CHECK_INT(json_array_size(list), 2);
	/* A new password ends the sessions, not the tokens of scripts. */
	CHECK_INT(fixture_update(&f, "user", id, "{\"password\":\"another long one\"}", NULL), STORE_OK);
	CHECK_INT(store_token_find(f.reader, token, now, &found, &none), STORE_NOT_FOUND);
	json_decref(who);
	CHECK_INT(store_token_find(f.reader, api, now, &found, &who), 0);
	CHECK_INT(fixture_update(&f, "user", id, "{\"is_active\":false}", NULL), STORE_OK);
	CHECK_INT(store_token_find(f.reader, api, now, &found, &none), STORE_NOT_FOUND);
	CHECK_INT(store_login(f.reader, "reza", "another long one", &none), STORE_NOT_FOUND);
	CHECK_INT(store_token_delete(f.store, found), STORE_OK);
	CHECK_INT(store_token_delete(f.store, found), STORE_NOT_FOUND);
}

TEST(facts)
{
	WITH_STORE(f);
	char value[16] = "before";

	CHECK_INT(store_fact_get(f.reader, "install_id", value, sizeof(value)), STORE_NOT_FOUND);
	CHECK_INT(store_fact_set(f.store, "install_id", "abc"), 0);
	CHECK_INT(store_fact_set(f.store, "install_id", "abcd"), 0);
	CHECK_INT(store_fact_get(f.reader, "install_id", value, sizeof(value)), 0);
	CHECK_STR(value, "abcd");
	CHECK_INT(store_fact_get(f.reader, "install_id", value, 4), -E2BIG);
}

static bool keep_last(const struct event *e, void *arg)
{
	str_printf(arg, 100, "%s %s %s", event_name(e->type), e->name, e->reason);
	return true;
}

TEST(each_change_is_in_the_audit_and_in_the_log)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *audit = NULL;
	char last[100] = "";
	uint64_t id = fixture_create(&f, "team", "{\"name\":\"a\"}", NULL);

	CHECK_INT(fixture_update(&f, "team", id, "{\"name\":\"b\"}", NULL), STORE_OK);
	CHECK_INT(store_audit(f.reader, 1, 0, 10, &audit), 0);
	CHECK_INT(json_array_size(audit), 2);
	const json_t *newest = json_array_get(audit, 0), *oldest = json_array_get(audit, 1);
	CHECK_STR(jsonx_text(newest, "action", NULL), "updated");
	CHECK_STR(jsonx_text(json_object_get(newest, "before"), "name", NULL), "a");
	CHECK_STR(jsonx_text(json_object_get(newest, "after"), "name", NULL), "b");
	CHECK_STR(jsonx_text(oldest, "address", NULL), "127.0.0.1");
	CHECK(jsonx_id(oldest, "user") == 77 && jsonx_id(oldest, "row") == id);
	CHECK_INT(store_durable_seq(f.store), 2);
	CHECK_INT(store_events(f.reader, 2, 10, keep_last, last), 0);
	CHECK_STR(last, "config.changed team updated");
}

static uint64_t who_has(struct fixture *f, const char *number)
{
	_cleanup_json_ json_t *row = NULL;

	return store_customer_of_number(f->reader, 1, number, &row) == STORE_OK ? jsonx_id(row, "id") : 0;
}

/* Code of the first issue, "" when there is none. */
static const char *queue_issue(struct fixture *f, const char *fields)
{
	static char code[160];
	struct issues issues = {0};
	char text[512];

	snprintf(text, sizeof(text), "{\"name\":\"q\",%s}", fields);
	uint64_t id = fixture_create(f, "queue", text, &issues);
	code[0] = '\0';
	if (issues.n)
		snprintf(code, sizeof(code), "%s %s", issues.at[0].pointer, issues.at[0].code);
	else if (id)
		store_delete(
			f->store, resource_by_name("queue"), id, 0, &(struct store_actor){.tenant = 1}, NULL);
	return code;
}

TEST(a_queue_names_skills_and_people_that_exist)
{
	WITH_STORE(f);
	struct store_actor actor = {.tenant = 1};
	struct issues issues = {0};
	char text[256], id[ID_TEXT_SIZE];
	uint64_t persian = fixture_create(&f, "skill", "{\"name\":\"Persian\"}", NULL);
	uint64_t team = fixture_create(&f, "team", "{\"name\":\"t\"}", NULL);

	CHECK(persian && team);
	CHECK_STR(queue_issue(&f, "\"skill_expression\":\"persian >= 5\""), "");
	CHECK_STR(queue_issue(&f, "\"skill_expression\":\"persian >= 5 and turkish\""),
		"/skill_expression not_found");
	snprintf(text, sizeof(text), "\"rings\":[{\"after_s\":9,\"teams\":[\"%s\"]}]", id_text(team, id));
	CHECK_STR(queue_issue(&f, text), "");
	snprintf(text, sizeof(text), "\"rings\":[{\"after_s\":9,\"agents\":[\"%s\"]}]", id_text(team, id));
	CHECK_STR(queue_issue(&f, text), "/rings/0/agents/0 not_found");
	snprintf(text, sizeof(text),
		"{\"name\":\"q\",\"skill_expression\":\"PERSIAN\",\"rings\":[{\"after_s\":9,\"teams\":[\"%"
		"s\"]}]}",
		id_text(team, id));
	uint64_t queue = fixture_create(&f, "queue", text, NULL);
	CHECK(queue);
	/* Callers do not wait where e-mails do. */
	struct issues wrong = {0};
	CHECK(fixture_update(&f, "queue", queue, "{\"channel\":\"email\"}", NULL) == 0);
	snprintf(text, sizeof(text), "{\"number\":\"1000\",\"queue\":\"%s\"}", id_text(queue, id));
	CHECK(!fixture_create(&f, "number", text, &wrong));
	CHECK_STR(wrong.at[0].code, "wrong_channel");
	CHECK(fixture_update(&f, "queue", queue, "{\"channel\":\"voice\"}", NULL) == 0);
	/* Neither can be taken from under it. */
	CHECK_INT(fixture_update(&f, "skill", persian, "{\"name\":\"Farsi\"}", &issues), STORE_IN_USE);
	CHECK_INT(fixture_update(&f, "skill", persian, "{\"name\":\"persian\"}", NULL), 0);
	CHECK_INT(
		store_delete(f.store, resource_by_name("skill"), persian, 0, &actor, &issues), STORE_IN_USE);
	CHECK_INT(store_delete(f.store, resource_by_name("team"), team, 0, &actor, &issues), STORE_IN_USE);
	CHECK_INT(fixture_update(&f, "queue", queue, "{\"skill_expression\":null,\"rings\":[]}", NULL), 0);
	CHECK_INT(store_delete(f.store, resource_by_name("skill"), persian, 0, &actor, &issues), 0);
	CHECK_INT(store_delete(f.store, resource_by_name("team"), team, 0, &actor, &issues), 0);
}

TEST(a_customer_is_found_by_any_spelling_of_any_number)
{
	WITH_STORE(f);
	uint64_t maryam = fixture_create(
		&f, "customer", "{\"name\":\"Maryam\",\"numbers\":[\"+982155501001\",\"4711\"]}", NULL);
	uint64_t omar =
		fixture_create(&f, "customer", "{\"name\":\"Omar\",\"numbers\":[\"+966115550102\"]}", NULL);

	CHECK(maryam && omar);
	CHECK(who_has(&f, "+982155501001") == maryam);
	CHECK(who_has(&f, "02155501001") == maryam);
	CHECK(who_has(&f, "00982155501001") == maryam);
	CHECK(who_has(&f, "4711") == maryam);
	CHECK(who_has(&f, "00966115550102") == omar);
	CHECK(who_has(&f, "711") == 0 && who_has(&f, "anonymous") == 0 && who_has(&f, "") == 0);
	CHECK_INT(fixture_update(&f, "customer", maryam, "{\"numbers\":[\"+982155501777\"]}", NULL), 0);
	CHECK(who_has(&f, "+982155501001") == 0);
	CHECK(who_has(&f, "+982155501777") == maryam);
}
