/* Opening, closing, appending, asking. See store.h; the work is done in writer.c and changes.c. */
#include "store/store.h"
#include "base/alloc.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/str.h"
#include "store/people/person.h"
#include "store/write/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* One server a directory. The lock goes with the process, however it ends. */
static int take_lock(struct store *s)
{
	char path[DB_PATH_MAX + 16];

	str_printf(path, sizeof(path), "%s/markaz.lock", s->directory);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return -errno;
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	int err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err == -EBUSY)
		log_error("store", 0, "%s is in use by another server: stop that one first", s->directory);
	return err;
}

static int open_files(struct store *s)
{
	int err = take_lock(s);

	if (err == 0)
		err = secret_key_load(s->directory, true, s->key);
	return err < 0 ? err : connect_first(s);
}

static void release(struct store *s)
{
	for (size_t i = 0; i < s->waiting.len; i++)
		pending_free(s->waiting.at[i]);
	for (size_t i = 0; i < s->log.len; i++)
		alloc_free(s->log.at[i]);
	spool_close(s->spool);
	VEC_FREE(&s->from_spool);
	VEC_FREE(&s->doubtful);
	VEC_FREE(&s->waiting);
	VEC_FREE(&s->asked);
	VEC_FREE(&s->log);
	VEC_FREE(&s->log_row);
	mailbox_free(s->mailbox);
	checkpointer_stop(s->checkpointer);
	db_close(&s->db);
	person_forget(s);
	alloc_free(s->persons);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->order);
	sodium_memzero(s->key, sizeof(s->key));
	alloc_free(s);
}

/* A new folder is there after a power cut only when its parent was brought to the disk. */
static int make_directory(const char *directory)
{
	char parent[DB_PATH_MAX];

	if (mkdir(directory, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	str_put(parent, sizeof(parent), directory);
	return disk_sync(dirname(parent));
}

int store_open(struct store **ret_store, const char *directory, store_commit_handler *on_commit, void *arg)
{
	struct store *s = alloc_zero(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->lock_fd = -1;
	atomic_store(&s->log_days, STORE_LOG_DAYS);
	s->arg = arg;
	pthread_mutex_init(&s->order, NULL);
	int err = str_put(s->directory, sizeof(s->directory), directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = make_directory(directory);
	if (err == 0)
		err = open_files(s);
	if (err == 0)
		err = mailbox_new(&s->mailbox, sizeof(struct message),
			STORE_BACKLOG_MAX + STORE_REQUESTS_MAX + STORE_LOG_PARTS_MAX + 1);
	s->on_commit = on_commit; /* not for what was in the spool: nobody listens yet */
	if (err == 0)
		err = -pthread_create(&s->thread, NULL, writer_main, s);
	if (err < 0) {
		release(s);
		return err;
	}
	*ret_store = s;
	return 0;
}

void store_close(struct store *s)
{
	struct message last = {0};

	if (!s)
		return;
	store_watch_stop(s);
	while (mailbox_send(s->mailbox, &last) < 0) /* full: the writer is emptying it */
		usleep(1000);
	pthread_join(s->thread, NULL);
	release(s);
}

int store_append(struct store *s, const struct event *e, uint64_t *ret_seq)
{
	assert(e->type > 0);
	if (atomic_fetch_add(&s->backlog, 1) >= STORE_BACKLOG_MAX) {
		atomic_fetch_sub(&s->backlog, 1);
		return -ENOBUFS;
	}
	struct message m = {.event = pending_new(e)};
	if (!m.event) {
		atomic_fetch_sub(&s->backlog, 1);
		return -ENOMEM;
	}
	pthread_mutex_lock(&s->order);
	uint64_t seq = m.event->e.seq = s->next_seq;
	int err = mailbox_send(s->mailbox, &m);
	if (err == 0)
		s->next_seq++;
	pthread_mutex_unlock(&s->order);
	if (err < 0) {
		pending_free(m.event);
		atomic_fetch_sub(&s->backlog, 1);
		return err;
	}
	*ret_seq = seq;
	return 0;
}

static uint64_t tenant_of(const struct store_actor *actor)
{
	return actor && actor->tenant ? actor->tenant : 1;
}

/* Asks for a change of a row. The slow hash is made here, on the caller's thread. */
static int ask(struct store *s, struct store_request *rq, json_t **ret_row, struct issues *issues)
{
	struct issues spare = {0};
	char hash[SECRET_HASH_SIZE];
	const char *password =
		str_equal(rq->resource->name, "user") ? jsonx_text(rq->value, "password", NULL) : NULL;

	rq->tenant = tenant_of(rq->actor);
	if (password) {
		int err = secret_hash_password(password, hash);
		if (err < 0)
			return err;
		rq->password_hash = hash;
	}
	rq->issues = issues ? issues : &spare;
	int err = writer_ask(s, rq);
	if (err == 0 && ret_row)
		*ret_row = TAKE_PTR(rq->row);
	json_decref(rq->row);
	rq->issues = NULL; /* what they pointed to ends with this call */
	rq->password_hash = NULL;
	return err;
}

int store_create(struct store *s, const struct resource *r, const json_t *value,
	const struct store_actor *actor, json_t **ret_row, struct issues *issues)
{
	struct store_request rq = {.run = changes_create, .resource = r, .value = value, .actor = actor};

	return ask(s, &rq, ret_row, issues);
}

int store_update(struct store *s, const struct resource *r, uint64_t id, int64_t if_version,
	const json_t *patch, const struct store_actor *actor, json_t **ret_row, struct issues *issues)
{
	struct store_request rq = {.run = changes_update,
		.resource = r,
		.id = id,
		.if_version = if_version,
		.value = patch,
		.actor = actor};

	return ask(s, &rq, ret_row, issues);
}

int store_delete(struct store *s, const struct resource *r, uint64_t id, int64_t if_version,
	const struct store_actor *actor, struct issues *issues)
{
	struct store_request rq = {
		.run = changes_delete, .resource = r, .id = id, .if_version = if_version, .actor = actor};

	return ask(s, &rq, NULL, issues);
}
