/* Rows in the store itself or, when a server runs on it, through its control socket. */
#include "app/control.h"
#include "base/clock.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TENANT 1
#define PAGE 1000

struct rows_target {
	struct store *store;
	struct store_reader *reader;
	FILE *socket; /* the server's, when it runs */
	char *line;
	size_t line_size;
};

static int connect_to(struct rows_target *t, const char *directory)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (str_printf(address.sun_path, CONTROL_PATH_MAX, "%s/control.sock", directory) < 0 ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		!(t->socket = fdopen(fd, "r+"))) {
		int err = errno ? -errno : -EIO;
		close(fd);
		return err;
	}
	return 0;
}

int rows_target_open(struct rows_target **ret_target, const char *directory)
{
	struct rows_target *t = alloc_zero(sizeof(*t));
	int err = t ? connect_to(t, directory) : -ENOMEM;

	if (t && err < 0) /* no server there, or one that was killed and left its socket */
		err = store_open(&t->store, directory, NULL, NULL);
	if (t && err == 0 && t->store)
		err = store_reader_open(&t->reader, directory);
	if (err < 0) {
		rows_target_close(t);
		return err;
	}
	*ret_target = t;
	return 0;
}

void rows_target_close(struct rows_target *t)
{
	if (!t)
		return;
	if (t->reader)
		store_reader_close(t->reader);
	if (t->store)
		store_close(t->store);
	if (t->socket)
		fclose(t->socket);
	free(t->line);
	alloc_free(t);
}

/* One question, one answer; takes ownership of request. NULL when the server went away. */
static json_t *ask(struct rows_target *t, json_t *request)
{
	char *text = request ? jsonx_dump(request) : NULL;
	json_t *out = NULL;

	json_decref(request);
	if (text && fprintf(t->socket, "%s\n", text) > 0 && fflush(t->socket) == 0 &&
		getline(&t->line, &t->line_size, t->socket) > 0)
		out = json_loads(t->line, 0, NULL);
	free(text);
	return out;
}

static int take(json_t *reply, const char *key, json_t **ret_value, struct issues *issues)
{
	_cleanup_json_ json_t *owned = reply;
	size_t i;
	json_t *v;

	if (!owned)
		return -EPIPE;
	json_array_foreach(json_object_get(owned, "issues"), i, v) if (issues) issue_add(issues,
		jsonx_text(v, "pointer", ""), jsonx_text(v, "code", ""), "%s", jsonx_text(v, "message", ""));
	int result = (int)jsonx_int(owned, "result", -EIO);
	if (result == 0)
		*ret_value = json_incref(json_object_get(owned, key));
	return result;
}

static json_t *id_or_null(uint64_t id)
{
	char text[ID_TEXT_SIZE];

	return id ? json_string(id_text(id, text)) : json_null();
}

int rows_target_list(struct rows_target *t, const struct resource *r, uint64_t after, json_t **ret_rows)
{
	if (!t->socket)
		return store_list(t->reader, r, TENANT, after, PAGE, NULL, false, ret_rows);
	return take(ask(t, json_pack("{s:s,s:s,s:o}", "op", "list", "resource", r->name, "after",
				   id_or_null(after))),
		"rows", ret_rows, NULL);
}

int rows_target_create(struct rows_target *t, const struct resource *r, const json_t *value, json_t **ret_row,
	struct issues *issues)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};

	if (!t->socket)
		return store_create(t->store, r, value, &actor, ret_row, issues);
	return take(ask(t, json_pack("{s:s,s:s,s:O}", "op", "create", "resource", r->name, "value", value)),
		"row", ret_row, issues);
}

int rows_target_erase(
	struct rows_target *t, const struct store_person_query *q, json_t **ret_erased, struct issues *issues)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};

	if (!t->socket)
		return store_person_erase(t->store, q, &actor, ret_erased, issues);
	return take(ask(t, json_pack("{s:s,s:o,s:s?}", "op", "erase", "customer", id_or_null(q->customer),
				   "address", q->address)),
		"row", ret_erased, issues);
}

int rows_target_exported(struct rows_target *t, const struct store_person_query *q, int64_t contacts)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};
	_cleanup_json_ json_t *details = json_pack("{s:I}", "contacts", (json_int_t)contacts);
	json_t *nothing = NULL;

	if (!t->socket)
		return store_note_audit(t->store, &actor, "exported", "person", q->customer, details);
	return take(ask(t, json_pack("{s:s,s:o,s:I}", "op", "exported", "customer", id_or_null(q->customer),
				   "contacts", (json_int_t)contacts)),
		"row", &nothing, NULL);
}

/* The newest key there is, made now. 0 or -errno. */
int control_new_key(struct store *s, struct store_reader *rd, uint32_t *ret_id)
{
	static const struct store_actor actor = {
		.tenant = TENANT, .address = "local", .agent = "markaz command"};
	struct store_recording_key key;
	int err = store_recording_key_current(s, rd, TENANT, clock_wall_ms() + 1, &key);

	sodium_memzero(key.key, sizeof(key.key));
	if (err < 0)
		return err;
	*ret_id = key.id;
	return store_note_audit(s, &actor, "rotated", "recording_key", key.id, NULL);
}

int rows_target_new_key(struct rows_target *t, uint32_t *ret_id)
{
	_cleanup_json_ json_t *id = NULL;

	if (!t->socket)
		return control_new_key(t->store, t->reader, ret_id);
	int err = take(ask(t, json_pack("{s:s}", "op", "keys.rotate")), "id", &id, NULL);
	if (err == 0)
		*ret_id = (uint32_t)json_integer_value(id);
	return err;
}

int rows_target_update(struct rows_target *t, const struct resource *r, uint64_t id, const json_t *value,
	json_t **ret_row, struct issues *issues)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};

	if (!t->socket)
		return store_update(t->store, r, id, 0, value, &actor, ret_row, issues);
	return take(ask(t, json_pack("{s:s,s:s,s:o,s:O}", "op", "update", "resource", r->name, "id",
				   id_or_null(id), "value", value)),
		"row", ret_row, issues);
}
