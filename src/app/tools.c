/* The small commands: apply, export, user, flow. They open the store themselves, so the server must not run
 * on the same data; when it does they say so. */
#include "app/centre_files.h"
#include "app/commands.h"
#include "base/str.h"
#include "flow/flow.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TENANT 1

/* Where the data is: rows through the store or the running server, and a reader for what only reads. */
struct opened {
	struct app_config config;
	struct rows_target *target;
	struct store_reader *reader;
};

static void close_all(struct opened *o)
{
	rows_target_close(o->target);
	if (o->reader)
		store_reader_close(o->reader);
}

static int open_all(struct opened *o, int *argc, char **argv, bool is_writing)
{
	int err;

	*o = (struct opened){0};
	if (command_config(argc, argv, &o->config) < 0)
		return -EINVAL;
	if (is_writing) {
		mkdir(o->config.data_directory, 0750);
		err = store_where_agree(o->config.data_directory, o->config.database_url);
		if (err == 0)
			err = rows_target_open(&o->target, o->config.data_directory);
	} else {
		err = store_reader_open(&o->reader, o->config.data_directory);
	}
	if (err < 0)
		fprintf(stderr, "markaz %s: %s: %s\n", argv[0], o->config.data_directory,
			err == -EBUSY ? "a server runs on this data and its control.sock does not answer: "
					"run this as its user"
				      : strerror(-err));
	return err;
}

static int usage(const char *text)
{
	fprintf(stderr, "%s", text);
	return 2;
}

int apply_main(int argc, char **argv)
{
	static const char help[] = "markaz apply DIR --config FILE [--set name=value ...]\n\n"
				   "Puts the files of DIR in force: one JSON list per resource (queues.json, "
				   "users.json...) and\n"
				   "flows/NAME.json. Rows that exist already (by name) are updated. Secrets "
				   "are in the files only\n"
				   "if you write them there.\n";
	struct centre_variables variables = {0};
	struct centre_counts counts;
	struct opened o;
	const char *folder = NULL;
	int err;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (open_all(&o, &argc, argv, true) < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		char *equals = i + 1 < argc ? strchr(argv[i + 1], '=') : NULL;
		if (str_equal(argv[i], "--set") && equals && variables.n < CENTRE_VARIABLES_MAX) {
			*equals = '\0';
			variables.at[variables.n++] = (struct centre_variable){argv[++i], equals + 1};
		} else if (!folder && argv[i][0] != '-') {
			folder = argv[i];
		} else {
			close_all(&o);
			return usage(help);
		}
	}
	err = folder ? centre_apply(o.target, folder, &variables, &counts) : -EINVAL;
	close_all(&o);
	if (!folder)
		return usage(help);
	printf("%d created, %d updated, %d unchanged\n", counts.created, counts.updated, counts.unchanged);
	return err ? 1 : 0;
}

int export_main(int argc, char **argv)
{
	static const char help[] = "markaz export DIR --config FILE\n\nWrites the configuration as files "
				   "that markaz apply takes.\n"
				   "Passwords are not in them.\n";
	struct opened o;
	int err;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (open_all(&o, &argc, argv, false) < 0)
		return 1;
	err = argc == 2 ? centre_export(o.reader, argv[1]) : -EINVAL;
	close_all(&o);
	return argc != 2 ? usage(help) : err ? 1 : 0;
}

/* --- users
 * -----------------------------------------------------------------------------------------------------------
 */

static int list_users(struct store_reader *reader)
{
	_cleanup_json_ json_t *rows = NULL;
	size_t i;
	json_t *row;

	if (store_list(reader, resource_by_name("user"), TENANT, 0, 1000, NULL, false, &rows) != 0)
		return 1;
	json_array_foreach(rows, i, row)
	{
		_cleanup_json_ json_t *roles = json_incref(json_object_get(row, "roles"));
		char *text = jsonx_dump(roles);
		printf("%-20s %-30s %s%s\n", jsonx_text(row, "login", ""), jsonx_text(row, "name", ""), text,
			jsonx_bool(row, "is_active", true) ? "" : " (not active)");
		free(text);
	}
	return 0;
}

static uint64_t user_id(struct opened *o, const char *login)
{
	_cleanup_json_ json_t *rows = NULL;
	uint64_t after = 0, id = 0;
	size_t i, n;
	json_t *r;

	do {
		json_decref(rows);
		rows = NULL;
		if (rows_target_list(o->target, resource_by_name("user"), after, &rows) != 0)
			return 0;
		n = json_array_size(rows);
		json_array_foreach(rows, i, r)
		{
			after = jsonx_id(r, "id");
			if (str_equal(jsonx_text(r, "login", NULL), login))
				id = after;
		}
	} while (!id && n == 1000);
	return id;
}

static int set_password(struct opened *o, const char *login)
{
	const struct resource *users = resource_by_name("user");
	struct issues issues = {0};
	_cleanup_json_ json_t *row = NULL, *patch = NULL;
	char password[260] = "";
	uint64_t id = user_id(o, login);

	if (!id) {
		fprintf(stderr, "markaz user: there is no user \"%s\"\n", login);
		return 1;
	}
	fprintf(stderr, "New password for %s (read from standard input): ", login);
	if (!fgets(password, sizeof(password), stdin))
		return 1;
	password[strcspn(password, "\r\n")] = '\0';
	patch = json_pack("{s:s}", "password", password);
	if (!resource_check(users, patch, false, &issues) ||
		rows_target_update(o->target, users, id, patch, &row, &issues) != 0) {
		fprintf(stderr, "markaz user: %s\n",
			issues.n ? issues.at[0].message : "the password could not be stored");
		return 1;
	}
	fprintf(stderr, "done\n");
	return 0;
}

int user_main(int argc, char **argv)
{
	static const char help[] = "markaz user list --config FILE\nmarkaz user password LOGIN --config FILE "
				   "  (the new password on "
				   "standard input)\n";
	struct opened o;
	int code = 2;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (argc < 2)
		return usage(help);
	bool is_writing = str_equal(argv[1], "password");
	if (open_all(&o, &argc, argv, is_writing) < 0)
		return 1;
	if (argc == 2 && str_equal(argv[1], "list"))
		code = list_users(o.reader);
	else if (argc == 3 && is_writing)
		code = set_password(&o, argv[2]);
	close_all(&o);
	return code == 2 ? usage(help) : code;
}

/* --- flows
 * -----------------------------------------------------------------------------------------------------------
 */

int flow_main(int argc, char **argv)
{
	struct flow_issues issues = {0};
	struct flow *flow = NULL;
	json_error_t error;
	_cleanup_json_ json_t *doc = NULL;
	int err;

	if (argc != 3 || !str_equal(argv[1], "check"))
		return usage("markaz flow check FILE\n");
	doc = json_load_file(argv[2], JSON_REJECT_DUPLICATES, &error);
	if (!doc) {
		fprintf(stderr, "%s: line %d: %s\n", argv[2], error.line, error.text);
		return 1;
	}
	err = flow_parse(doc, 0, 1, &flow, &issues);
	for (size_t i = 0; i < issues.len; i++)
		printf("%s: node \"%s\" %s: %s\n", issues.at[i].is_warning ? "warning" : "error",
			issues.at[i].node, issues.at[i].field, issues.at[i].message);
	flow_issues_free(&issues);
	flow_unref(flow);
	if (err == 0)
		printf("the flow is good\n");
	return err ? 1 : 0;
}
