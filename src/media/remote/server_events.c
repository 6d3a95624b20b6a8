/* What the engine tells, on its way to a centre that may not be there. */
#include "media/remote/server_state.h"
#include "base/alloc.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

void remote_server_on_event(const struct media_event *e, void *arg)
{
	struct remote_server *s = arg;

	if (mailbox_send(s->events, e) < 0)
		log_error("media", e->group, "too much happens at once: event %d is lost", (int)e->kind);
}

/* The end of something: whoever waits for it waits for ever without it. */
static bool is_end(enum media_event_kind kind)
{
	return kind == MEDIA_LEG_CLOSED || kind == MEDIA_LEG_FAILED || kind == MEDIA_LEG_LOST ||
	       kind == MEDIA_RECORD_ENDED || kind == MEDIA_FAX_ENDED;
}

/* Of no use to who comes later. */
static bool is_of_the_moment(enum media_event_kind kind)
{
	return kind == MEDIA_QUALITY || kind == MEDIA_TONE;
}

static void keep(struct remote_server *s, const struct media_event *e)
{
	bool is_alone = s->stage != REMOTE_STEADY;

	if (is_alone && is_of_the_moment(e->kind))
		return;
	if ((s->out.len - s->first >= REMOTE_KEPT_MAX && !is_end(e->kind)) || VEC_PUSH(&s->out, *e) < 0)
		s->n_lost++;
}

void remote_server_take(struct remote_server *s)
{
	struct media_event e;

	while (mailbox_take(s->events, &e)) {
		const struct roll_leg *l = e.leg ? roll_get(&s->roll, e.leg) : NULL;
		/* Nobody asks what became of legs that are closed for the lack of a centre. */
		bool is_wanted = s->stage != REMOTE_LEAVING && !(l && l->is_closing && !l->is_claimed);
		roll_event(&s->roll, &e);
		if (is_wanted)
			keep(s, &e);
	}
}

void remote_server_keep_claimed(struct remote_server *s)
{
	size_t n = 0;

	for (size_t i = s->first; i < s->out.len; i++) {
		const struct media_event *e = &s->out.at[i];
		const struct roll_leg *l = e->leg ? roll_get(&s->roll, e->leg) : NULL;
		if (e->leg == 0 || (l && l->is_claimed))
			s->out.at[n++] = *e;
	}
	s->out.len = n;
	s->first = 0;
	if (s->n_lost)
		log_warn("media", 0, "%llu events were too many to be kept for this centre",
			(unsigned long long)s->n_lost);
	s->n_lost = 0;
}

void remote_server_forget(struct remote_server *s)
{
	s->out.len = s->first = 0;
	s->n_lost = 0;
}

bool remote_server_say(
	struct remote_server *s, enum remote_kind kind, const void *body, size_t n, int wait_ms)
{
	size_t total = remote_write(kind, body, n, s->message);

	for (;;) {
		ssize_t sent = send(s->fd, s->message, total, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0)
			return true;
		if (errno == EINTR)
			continue;
		struct pollfd room = {.fd = s->fd, .events = POLLOUT};
		if ((errno != EAGAIN && errno != ENOBUFS) || wait_ms == 0 || poll(&room, 1, wait_ms) <= 0)
			return false;
	}
}

bool remote_server_flush(struct remote_server *s)
{
	while (s->first < s->out.len) {
		const struct media_event *e = &s->out.at[s->first];
		if (!remote_server_say(s, REMOTE_EVENT, e, remote_trimmed(e, sizeof(*e)), 0))
			return errno == EAGAIN || errno == ENOBUFS;
		s->first++;
	}
	s->out.len = s->first = 0;
	return true;
}
