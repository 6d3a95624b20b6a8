/* The fax thread, and the audio threads' side of fax lines.
 *
 * Invariant: a line is made by the audio thread when the command is carried out, and freed by the fax thread
 * once the audio thread let go of it (is_left), or when all audio threads are gone. In between the two share
 * its rings only. */
#include "media/fax/fax.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "media/fax/fax_machine.h"
#include "media/fax/fax_ring.h"
#include "media/leg.h"
#include "media/out.h"

#include <errno.h>
#include <string.h>

#define MESSAGES_MAX 256
#define CYCLE_MS 10
#define LEAD_BYTES (4 * (FAX_FRAME * 2 + sizeof(struct fax_record))) /* 80 ms ready to be said */
#define SILENT_MS 200	  /* without a packet for so long, the modem is fed silence in time's pace */
#define LAST_WORDS_MS 400 /* a machine that is over still says what is in the ring */
#define LINE_MAX_MS (60 * 60 * 1000)
#define GAP_MAX 8000 /* a larger jump of timestamps is a new stream */
#define PACKETS_PER_TICK 32

struct fax_line {
	struct fax_ring in, out;
	_Atomic bool is_left, is_replaced;
	bool is_t38;
	/* audio thread */
	uint32_t next_ts;
	bool is_started;
	/* fax thread */
	struct media_command command;
	struct fax_machine *machine;
	int64_t begun_ms, heard_ms, passed_ms, over_ms;
	bool is_told;
};

enum message_kind { MESSAGE_BEGIN = 1, MESSAGE_STOP };
struct message {
	enum message_kind kind;
	struct fax_line *line;
};
struct fax_room {
	struct media *media;
	pthread_t thread;
	struct mailbox *messages;
	VEC(struct fax_line *) lines; /* room for FAX_LINES_MAX from the start */
	_Atomic int n_lines;	      /* from the command until they are freed */
};

/* ---- the fax thread ---- */

static void tell(struct fax_room *room, struct fax_line *line, int err)
{
	const struct media_command *c = &line->command;
	struct media_event e = {.kind = MEDIA_FAX_ENDED, .group = c->group, .leg = c->leg, .ref = c->ref};

	if (line->is_told || atomic_load(&line->is_replaced))
		return;
	line->is_told = true;
	if (line->machine) {
		fax_machine_result(line->machine, &e);
	} else {
		e.reason = err;
		str_put(e.fax.result, sizeof(e.fax.result), fax_result_text(err));
	}
	engine_event(room->media, &e);
}

static void on_packet(const uint8_t *packet, size_t n, void *arg)
{
	struct fax_line *line = arg;

	/* A full ring is a lost datagram; the next one repeats it. */
	(void)fax_ring_push(&line->out, FAX_RECORD_PACKET, packet, n);
}

static void begin(struct fax_room *room, struct fax_line *line)
{
	int64_t now_ms = clock_mono_ms();
	int err = fax_machine_new(&line->machine, &line->command.fax, on_packet, line);

	line->begun_ms = line->heard_ms = line->passed_ms = now_ms;
	if (err < 0)
		tell(room, line, err);
	/* Kept in any case: the audio thread holds it until it lets go. */
	room->lines.at[room->lines.len++] = line;
}

static void end(struct fax_room *room, struct fax_line *line)
{
	if (line->machine)
		fax_machine_hang_up(line->machine);
	tell(room, line, -ENOENT);
	fax_machine_free(line->machine);
	alloc_free(line);
	atomic_fetch_sub(&room->n_lines, 1);
}

static void hear_all(struct fax_line *line, int64_t now_ms)
{
	_Alignas(int16_t) uint8_t bytes[FAX_RECORD_MAX];
	struct fax_record record;

	while (fax_ring_pop(&line->in, &record, bytes)) {
		line->heard_ms = now_ms;
		if (record.kind == FAX_RECORD_SOUND)
			fax_machine_hear(line->machine, (int16_t *)(void *)bytes, record.n / 2);
		else if (record.kind == FAX_RECORD_GAP)
			fax_machine_gap(line->machine, record.n);
		else
			fax_machine_packet(line->machine, bytes, record.n);
	}
}

/* T.30's timers run on what is heard; a peer that says nothing must not stop them. */
static void pass_time(struct fax_line *line, int64_t now_ms)
{
	int64_t passed = now_ms - line->passed_ms;

	line->passed_ms = now_ms;
	if (passed <= 0)
		return;
	if (passed > 1000)
		passed = 1000;
	if (line->is_t38)
		fax_machine_pass(line->machine, (int)passed * 8);
	else if (now_ms - line->heard_ms > SILENT_MS)
		fax_machine_gap(line->machine, (int)passed * 8);
}

static void say(struct fax_line *line)
{
	int16_t samples[FAX_FRAME];

	while (!line->is_t38 && fax_ring_used(&line->out) < LEAD_BYTES) {
		fax_machine_say(line->machine, samples, FAX_FRAME);
		if (!fax_ring_push(&line->out, FAX_RECORD_SOUND, samples, sizeof(samples)))
			break;
	}
}

static void run_line(struct fax_room *room, struct fax_line *line, int64_t now_ms)
{
	if (!line->machine || line->is_told)
		return;
	if (now_ms - line->begun_ms > LINE_MAX_MS)
		fax_machine_hang_up(line->machine);
	if (!fax_machine_is_over(line->machine)) {
		hear_all(line, now_ms);
		pass_time(line, now_ms);
		say(line);
		return;
	}
	if (line->over_ms == 0)
		line->over_ms = now_ms;
	if (now_ms - line->over_ms > LAST_WORDS_MS)
		tell(room, line, 0);
}

static void cycle(struct fax_room *room)
{
	int64_t now_ms = clock_mono_ms();

	for (size_t i = room->lines.len; i-- > 0;) {
		struct fax_line *line = room->lines.at[i];
		if (!atomic_load(&line->is_left)) {
			run_line(room, line, now_ms);
			continue;
		}
		VEC_REMOVE(&room->lines, i);
		end(room, line);
	}
}

static void *run(void *arg)
{
	struct fax_room *room = arg;
	struct message m;

	pthread_setname_np(pthread_self(), "fax");
	for (;;) {
		mailbox_wait(room->messages, room->lines.len > 0 ? CYCLE_MS : -1);
		while (mailbox_take(room->messages, &m)) {
			if (m.kind == MESSAGE_STOP)
				return NULL;
			begin(room, m.line);
		}
		cycle(room);
	}
}

int fax_start(struct fax_room **ret_room, struct media *media)
{
	struct fax_room *room = alloc_zero(sizeof(*room));

	if (!room)
		return -ENOMEM;
	room->media = media;
	fax_machine_init();
	int err = VEC_RESERVE(&room->lines, FAX_LINES_MAX) ? 0 : -ENOMEM;
	if (err == 0)
		err = mailbox_new(&room->messages, sizeof(struct message), MESSAGES_MAX);
	if (err == 0)
		err = -pthread_create(&room->thread, NULL, run, room);
	if (err < 0) {
		VEC_FREE(&room->lines);
		mailbox_free(room->messages);
		alloc_free(room);
		return err;
	}
	*ret_room = room;
	return 0;
}

void fax_stop(struct fax_room *room)
{
	struct message m = {.kind = MESSAGE_STOP};

	if (!room)
		return;
	while (mailbox_send(room->messages, &m) < 0)
		sched_yield();
	pthread_join(room->thread, NULL);
	while (mailbox_take(room->messages, &m))
		if (m.kind == MESSAGE_BEGIN)
			end(room, m.line);
	VEC_EACH(&room->lines, i)
	end(room, room->lines.at[i]);
	VEC_FREE(&room->lines);
	mailbox_free(room->messages);
	alloc_free(room);
}

/* ---- audio threads ---- */

void fax_leave(struct leg *leg)
{
	if (leg->fax)
		atomic_store(&leg->fax->is_left, true);
	leg->fax = NULL;
}

static void refuse(struct leg *leg, const struct media_command *c, int err)
{
	struct media_event e = {
		.kind = MEDIA_FAX_ENDED, .group = c->group, .leg = c->leg, .ref = c->ref, .reason = err};

	str_put(e.fax.result, sizeof(e.fax.result), fax_result_text(err));
	engine_event(leg->thread->media, &e);
}

/* A line of the room, handed to the fax thread; NULL and an errno when there is none. */
static struct fax_line *new_line(struct fax_room *room, const struct media_command *c, int *ret_err)
{
	struct fax_line *line = NULL;
	struct message m = {.kind = MESSAGE_BEGIN};

	*ret_err = -ENOBUFS;
	if (atomic_fetch_add(&room->n_lines, 1) < FAX_LINES_MAX) {
		line = alloc_zero(sizeof(*line));
		*ret_err = line ? 0 : -ENOMEM;
	}
	if (line) {
		line->command = *c;
		line->is_t38 = c->fax.is_t38;
		m.line = line;
		*ret_err = mailbox_send(room->messages, &m);
	}
	if (*ret_err == 0)
		return line;
	alloc_free(line);
	atomic_fetch_sub(&room->n_lines, 1);
	return NULL;
}

void fax_begin(struct leg *leg, const struct media_command *c)
{
	int err;
	struct fax_line *line = new_line(leg->thread->media->fax, c, &err);

	if (!line) {
		refuse(leg, c, err);
		return;
	}
	if (leg->fax)
		atomic_store(&leg->fax->is_replaced, true);
	fax_leave(leg);
	leg->fax = line;
	out_interrupt(leg);
}

bool fax_is_t38(const struct leg *leg)
{
	return leg->fax->is_t38;
}

void fax_heard(struct leg *leg, const int16_t *samples, size_t n, uint32_t ts)
{
	struct fax_line *line = leg->fax;
	int32_t ahead = (int32_t)(ts - line->next_ts);

	/* A modem hears a sample too many or too few as noise: what is missing is made up, what comes twice
	 * or late is dropped. */
	if (line->is_started && ahead > 0 && ahead <= GAP_MAX)
		(void)fax_ring_push(&line->in, FAX_RECORD_GAP, NULL, (size_t)ahead);
	if (line->is_started && ahead < 0 && ahead >= -GAP_MAX)
		return;
	line->is_started = true;
	line->next_ts = ts + (uint32_t)n;
	(void)fax_ring_push(&line->in, FAX_RECORD_SOUND, samples, n * sizeof(*samples));
}

void fax_datagram(struct leg *leg, const uint8_t *packet, size_t n)
{
	if (n <= FAX_RECORD_MAX)
		(void)fax_ring_push(&leg->fax->in, FAX_RECORD_PACKET, packet, n);
}

static void say_frame(struct leg *leg, const int16_t *samples, int64_t now_ns)
{
	out_narrow(leg, samples, FAX_FRAME, now_ns);
}

void fax_tick(struct leg *leg, int64_t now_ns)
{
	_Alignas(int16_t) uint8_t bytes[FAX_RECORD_MAX];
	struct fax_line *line = leg->fax;
	struct fax_record record;

	if (!leg->is_ready || !leg->can_send)
		return;
	if (line->is_t38) {
		leg->out.last_ns = now_ns; /* no silence in between: it would be RTP */
		for (int i = 0; i < PACKETS_PER_TICK && fax_ring_pop(&line->out, &record, bytes); i++) {
			memcpy(leg->thread->build, bytes, record.n);
			leg_transmit(leg, leg->thread->build, record.n);
		}
		return;
	}
	if (!fax_ring_pop(&line->out, &record, bytes))
		memset(bytes, 0, FAX_FRAME * 2);
	say_frame(leg, (const int16_t *)(void *)bytes, now_ns);
}
