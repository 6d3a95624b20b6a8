/* Readers of the event log that wait for more (long poll), without a worker each.
 *
 * Invariants: an exchange in a->parked belongs to its connection and to nobody else; nobody is parked while
 * something durable they did not look at lies there, except for the pause below. A reader is woken at once
 * the first time; when that was for nothing (other types), again after a pause, so that many choosy readers
 * cost a busy centre little. Must not know: what events are. */
#include "api/problem.h"
#include "api/server.h"
#include "base/clock.h"

#include <poll.h>
#include <string.h>

#define PAUSE_MS 100		    /* between two looks of one reader */
#define ALIVE_MS 2000		    /* how often a waiting reader's connection is looked at */
#define RETRY_MS 50		    /* when too much waits for a worker */
#define QUEUE_MAX (WAITING_MAX / 2) /* exchanges waiting for a worker: others have their turn first */

static void unpark(struct connection *c)
{
	struct api *a = c->api;

	VEC_EACH(&a->parked, i)
	if (a->parked.at[i] == c) {
		VEC_REMOVE(&a->parked, i);
		break;
	}
	c->parked = NULL;
	atomic_store(&a->n_parked, (int)a->parked.len);
}

static void end_wait(struct connection *c)
{
	struct exchange *x = c->parked;

	unpark(c);
	events_answer_none(x);
	http_on_answer(c, x);
}

static void set_timer(struct connection *c, int64_t in_ms)
{
	lws_set_timer_usecs(c->wsi, (in_ms < 1 ? 1 : in_ms) * LWS_US_PER_MS);
}

/* Makes the exchange as it was before its handler ran. */
static void refresh(struct exchange *x)
{
	json_decref(x->who.row);
	x->who = (struct who){0};
	text_free(&x->response.headers);
	x->wait.is_waiting = false;
	x->wait.rounds++;
	x->wait.not_before_ms = clock_mono_ms() + PAUSE_MS;
}

/* Gives the exchange to a worker again. False: not now. */
static bool give_again(struct connection *c)
{
	struct api *a = c->api;
	struct exchange *x = c->parked;

	if (a->waiting.len >= QUEUE_MAX || map_put(&a->asked, x->number, c) < 0)
		return false;
	refresh(x);
	if (!api_submit(a, x)) {
		map_remove(&a->asked, x->number);
		x->wait.is_waiting = true;
		return false;
	}
	unpark(c);
	c->waiting_for = x->number;
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
	return true;
}

/* Gives c to a worker if there is something to look at, or sets the timer for later. True: given. */
static bool look(struct connection *c)
{
	struct event_wait *w = &c->parked->wait;
	int64_t now = clock_mono_ms();
	int64_t in_ms = (w->deadline_ms < w->alive_at_ms ? w->deadline_ms : w->alive_at_ms) - now;

	if (store_visible_seq(c->api->parts.store) > w->seen) {
		if (now >= w->not_before_ms && give_again(c))
			return true;
		int64_t again = now >= w->not_before_ms ? RETRY_MS : w->not_before_ms - now;
		in_ms = in_ms < again ? in_ms : again;
	}
	set_timer(c, in_ms);
	return false;
}

void event_wait_park(struct connection *c, struct exchange *x)
{
	struct api *a = c->api;

	c->waiting_for = 0;
	if (a->is_closing) {
		events_answer_none(x);
		http_on_answer(c, x);
		return;
	}
	if (a->parked.len == EVENT_READERS_MAX || VEC_PUSH(&a->parked, c) < 0) {
		x->wait.is_waiting = false;
		problem(x, PROBLEM_UNAVAILABLE,
			"Too many programs wait for events. Ask without wait_s, or again in a few seconds.");
		http_on_answer(c, x);
		return;
	}
	c->parked = x;
	x->wait.alive_at_ms = clock_mono_ms() + ALIVE_MS;
	atomic_store(&a->n_parked, (int)a->parked.len);
	lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, x->wait.wait_s + ANSWER_TIMEOUT_S);
	/* After the number was set: what is committed from now on wakes us, what was before is seen here. */
	look(c);
}

void event_wait_look(struct api *a)
{
	for (size_t i = 0; i < a->parked.len;)
		if (!look(a->parked.at[i]))
			i++;
}

/* Nothing is read from a waiting connection, so the library does not notice when its peer goes away. */
static bool is_peer_gone(struct connection *c)
{
	struct pollfd p = {.fd = lws_get_socket_fd(c->wsi), .events = POLLRDHUP};

	return p.fd < 0 || (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)));
}

int event_wait_on_timer(struct connection *c)
{
	struct event_wait *w = &c->parked->wait;
	int64_t now = clock_mono_ms();

	if (now >= w->alive_at_ms) {
		if (is_peer_gone(c))
			return -1;
		w->alive_at_ms = now + ALIVE_MS;
	}
	if (now >= w->deadline_ms)
		end_wait(c);
	else
		look(c);
	return 0;
}

void event_wait_forget(struct connection *c)
{
	struct exchange *x = c->parked;

	if (!x)
		return;
	unpark(c);
	exchange_free(x);
}

void event_wait_end(struct api *a)
{
	while (a->parked.len > 0)
		end_wait(a->parked.at[0]);
}
