/* A ring under one mutex, held for a memcpy; the eventfd is written only when the receiver may be asleep. */
#include "loop/mailbox.h"
#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	pthread_mutex_t mutex;
	size_t message_bytes, limit, size, head, len;
	unsigned char *ring;
	bool is_signalled;
	int fd;
};

#define FIRST_SIZE 64

int mailbox_new(struct mailbox **ret_mailbox, size_t message_bytes, size_t limit)
{
	struct mailbox *m = alloc_zero(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->message_bytes = message_bytes;
	m->limit = limit;
	m->size = limit < FIRST_SIZE ? limit : FIRST_SIZE;
	m->ring = alloc_array(m->size, message_bytes);
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert(m->size > 0 && m->message_bytes > 0);
	pthread_mutex_init(&m->mutex, NULL);
	if (!m->ring || m->fd < 0) {
		int err = m->ring ? -errno : -ENOMEM;
		mailbox_free(m);
		return err;
	}
	*ret_mailbox = m;
	return 0;
}

/* Doubles the ring, unrolling it to start at 0. Mutex held. */
static bool grow(struct mailbox *m)
{
	size_t size = m->size * 2 < m->limit ? m->size * 2 : m->limit;
	unsigned char *ring = alloc_array(size, m->message_bytes);

	if (!ring)
		return false;
	for (size_t i = 0; i < m->len; i++)
		memcpy(ring + i * m->message_bytes, m->ring + (m->head + i) % m->size * m->message_bytes,
			m->message_bytes);
	alloc_free(m->ring);
	m->ring = ring;
	m->size = size;
	m->head = 0;
	return true;
}

int mailbox_send(struct mailbox *m, const void *message)
{
	bool must_signal = false;
	int err = 0;

	pthread_mutex_lock(&m->mutex);
	if (m->len == m->limit || (m->len == m->size && !grow(m))) {
		err = -ENOBUFS;
	} else {
		assert(m->size > m->len);
		memcpy(m->ring + (m->head + m->len) % m->size * m->message_bytes, message, m->message_bytes);
		m->len++;
		must_signal = !m->is_signalled;
		m->is_signalled = true;
	}
	pthread_mutex_unlock(&m->mutex);
	if (must_signal) {
		uint64_t one = 1;
		while (write(m->fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	return err;
}

bool mailbox_take(struct mailbox *m, void *ret_message)
{
	bool has = false;

	pthread_mutex_lock(&m->mutex);
	if (m->len > 0) {
		memcpy(ret_message, m->ring + m->head * m->message_bytes, m->message_bytes);
		m->head = (m->head + 1) % m->size;
		m->len--;
		has = true;
	}
	pthread_mutex_unlock(&m->mutex);
	return has;
}

int mailbox_fd(const struct mailbox *m)
{
	return m->fd;
}

void mailbox_clear(struct mailbox *m)
{
	uint64_t count;

	/* Read first, then allow the next signal: a send in between writes again and nothing is missed. */
	while (read(m->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&m->mutex);
	m->is_signalled = false;
	pthread_mutex_unlock(&m->mutex);
}

void mailbox_wait(struct mailbox *m, int timeout_ms)
{
	struct pollfd p = {.fd = m->fd, .events = POLLIN};

	if (mailbox_length(m) == 0)
		poll(&p, 1, timeout_ms);
	mailbox_clear(m);
}

size_t mailbox_length(struct mailbox *m)
{
	pthread_mutex_lock(&m->mutex);
	size_t len = m->len;
	pthread_mutex_unlock(&m->mutex);
	return len;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd);
	pthread_mutex_destroy(&m->mutex);
	alloc_free(m->ring);
	alloc_free(m);
}
