/* The server's side of the control socket: one thread, one client at a time (these are short visits of an
 * administrator). */
#include "app/control.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "store/copy/move.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TENANT 1
#define IDLE_MS 30000
#define TICK_MS 200
#define PAGE 1000

struct control {
	int fd;
	char path[CONTROL_PATH_MAX];
	struct store *store;
	struct store_reader *reader;
	struct center *center;
	bool is_holding; /* the visitor moves the rows: the writer waits for it */
	pthread_t thread;
	bool has_thread;
	atomic_bool is_stopping;
	char line[CONTROL_LINE_MAX];
};

static json_t *issues_json(const struct issues *issues)
{
	json_t *list = json_array();

	for (int i = 0; i < issues->n; i++)
		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s}", "pointer", issues->at[i].pointer, "code",
				      issues->at[i].code, "message", issues->at[i].message));
	return list;
}

static json_t *change(struct control *c, const struct resource *r, const char *op, const json_t *request)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};
	struct issues issues = {0};
	json_t *value = json_object_get(request, "value"), *row = NULL;
	bool is_create = str_equal(op, "create");
	int result = STORE_INVALID;

	if (!json_is_object(value))
		issue_add(&issues, "", "required", "value must be an object");
	else if (!resource_check(r, value, is_create, &issues))
		result = STORE_INVALID;
	else if (is_create)
		result = store_create(c->store, r, value, &actor, &row, &issues);
	else
		result = store_update(c->store, r, jsonx_id(request, "id"), 0, value, &actor, &row, &issues);
	if (result == STORE_OK)
		center_send(c->center, &(struct center_input){.kind = CENTER_CONFIG_CHANGED});
	return json_pack("{s:i,s:o,s:o}", "result", result, "row", row ? row : json_null(), "issues",
		issues_json(&issues));
}

static json_t *erase(struct control *c, const json_t *request)
{
	const struct store_person_query q = {.tenant = TENANT,
		.customer = jsonx_id(request, "customer"),
		.address = jsonx_text(request, "address", NULL)};
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};
	struct issues issues = {0};
	json_t *erased = NULL;
	int result = store_person_erase(c->store, &q, &actor, &erased, &issues);

	if (result == STORE_OK)
		center_send(c->center, &(struct center_input){.kind = CENTER_CONFIG_CHANGED});
	return json_pack("{s:i,s:o,s:o}", "result", result, "row", erased ? erased : json_null(), "issues",
		issues_json(&issues));
}

static json_t *note_export(struct control *c, const json_t *request)
{
	struct store_actor actor = {.tenant = TENANT, .address = "local", .agent = "markaz command"};
	_cleanup_json_ json_t *details =
		json_pack("{s:I}", "contacts", (json_int_t)jsonx_int(request, "contacts", 0));

	return json_pack("{s:i}", "result",
		store_note_audit(
			c->store, &actor, "exported", "person", jsonx_id(request, "customer"), details));
}

static json_t *new_key(struct control *c)
{
	uint32_t id = 0;
	int result = control_new_key(c->store, c->reader, &id);

	if (result == 0)
		center_send(c->center, &(struct center_input){.kind = CENTER_CONFIG_CHANGED});
	return json_pack("{s:i,s:I}", "result", result, "id", (json_int_t)id);
}

/* What `markaz migrate` asks of a running server. */
static json_t *move(struct control *c, const char *op, const json_t *request)
{
	const char *to = jsonx_text(request, "to", NULL);
	bool is_moved = false;
	int err = -EINVAL;

	if (str_equal(op, "move.hold")) {
		err = store_move_hold(c->store);
		c->is_holding = c->is_holding || err == 0;
	} else if (str_equal(op, "move.release")) {
		err = store_move_release(c->store);
		c->is_holding = false;
	} else if (str_equal(op, "move.switch") && to && *to) {
		err = store_move_switch(c->store, to, &is_moved);
		c->is_holding = c->is_holding && !is_moved;
		if (is_moved)
			log_info("app", 0, "the rows are in another database now");
	}
	return json_pack("{s:i, s:b}", "result", err, "is_moved", is_moved);
}

static json_t *answer(struct control *c, const json_t *request)
{
	const char *op = jsonx_text(request, "op", "");

	if (str_starts_with(op, "move."))
		return move(c, op, request);
	const struct resource *r = resource_by_name(jsonx_text(request, "resource", ""));
	json_t *rows = NULL;
	int result;

	if (str_equal(op, "erase"))
		return erase(c, request);
	if (str_equal(op, "exported"))
		return note_export(c, request);
	if (str_equal(op, "keys.rotate"))
		return new_key(c);
	if (!r)
		return json_pack("{s:i}", "result", -EINVAL);
	if (str_equal(op, "create") || str_equal(op, "update"))
		return change(c, r, op, request);
	if (!str_equal(op, "list"))
		return json_pack("{s:i}", "result", -EINVAL);
	result = store_list(c->reader, r, TENANT, jsonx_id(request, "after"), PAGE, NULL, false, &rows);
	return json_pack("{s:i,s:o}", "result", result, "rows", rows ? rows : json_array());
}

/* True when bytes may be read before the visit is over. */
static bool may_read(struct control *c, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	int patience_ms = c->is_holding ? MOVE_HOLD_S * 1000 : IDLE_MS;

	for (int waited = 0; waited < patience_ms && !atomic_load(&c->is_stopping); waited += TICK_MS)
		if (poll(&p, 1, TICK_MS) > 0)
			return true;
	return false;
}

static bool reply(int fd, const char *line, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, line, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		line += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* Answers every whole line in the buffer; returns how many bytes of an unfinished one are left, or -1 to end
 * the visit. */
static ssize_t answer_lines(struct control *c, int fd, size_t n)
{
	char *start = c->line, *end;

	while ((end = memchr(start, '\n', n - (size_t)(start - c->line)))) {
		_cleanup_json_ json_t *request = json_loadb(start, (size_t)(end - start), 0, NULL);
		_cleanup_json_ json_t *out = answer(c, request);
		char *text = out ? jsonx_dump(out) : NULL;
		bool is_sent = text && reply(fd, text, strlen(text)) && reply(fd, "\n", 1);
		free(text);
		if (!is_sent)
			return -1;
		start = end + 1;
	}
	n -= (size_t)(start - c->line);
	memmove(c->line, start, n);
	return (ssize_t)n;
}

static void visit(struct control *c, int fd)
{
	size_t n = 0;

	while (n < sizeof(c->line) && may_read(c, fd)) {
		ssize_t got = recv(fd, c->line + n, sizeof(c->line) - n, 0);
		if (got <= 0)
			return;
		ssize_t left = answer_lines(c, fd, n + (size_t)got);
		if (left < 0)
			return;
		n = (size_t)left;
	}
}

static void *run(void *arg)
{
	struct control *c = arg;
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	pthread_setname_np(pthread_self(), "control");
	while (!atomic_load(&c->is_stopping)) {
		if (poll(&p, 1, TICK_MS) <= 0)
			continue;
		int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		visit(c, fd);
		/* It went away in the middle of moving: the old place stays. */
		if (c->is_holding)
			store_move_release(c->store);
		c->is_holding = false;
		close(fd);
	}
	return NULL;
}

static int open_socket(struct control *c, const char *directory)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t old;
	int err = 0;

	if (str_printf(c->path, sizeof(c->path), "%s/control.sock", directory) < 0)
		return -ENAMETOOLONG;
	str_put(address.sun_path, sizeof(address.sun_path), c->path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	unlink(c->path);   /* of a server that was killed: the store's lock says that we are the only one */
	old = umask(0177); /* for its owner only, from the first moment */
	if (bind(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(c->fd, 4) < 0)
		err = -errno;
	umask(old);
	return err;
}

int control_start(
	struct control **ret_control, const char *directory, struct store *store, struct center *center)
{
	struct control *c = alloc_zero(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->fd = -1;
	c->store = store;
	c->center = center;
	err = store_reader_open(&c->reader, directory);
	if (err == 0)
		err = open_socket(c, directory);
	if (err == 0)
		err = -pthread_create(&c->thread, NULL, run, c);
	if (err < 0) {
		control_stop(c);
		return err;
	}
	c->has_thread = true;
	*ret_control = c;
	return 0;
}

void control_stop(struct control *c)
{
	if (!c)
		return;
	atomic_store(&c->is_stopping, true);
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	if (c->fd >= 0) {
		close(c->fd);
		unlink(c->path);
	}
	if (c->reader)
		store_reader_close(c->reader);
	alloc_free(c);
}
