/* What happened, a line each: JSON for programs, sentences for people. */
#include "base/jsonx.h"
#include "caller/call.h"

#include <math.h>
#include <stdlib.h>

static void put(const struct caller *c, json_t *line)
{
	_cleanup_json_ json_t *owned = line;
	char *text = owned ? jsonx_dump(owned) : NULL;

	if (!text)
		return;
	fprintf(c->options->output, "%s\n", text);
	fflush(c->options->output);
	free(text);
}

static bool is_json(const struct caller *c)
{
	return c->options->output && c->options->is_json;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct caller *c, const char *format, ...)
{
	va_list ap;

	if (!c->options->output || c->options->is_json)
		return;
	va_start(ap, format);
	vfprintf(c->options->output, format, ap);
	va_end(ap);
	fflush(c->options->output);
}

static double tenth(float db)
{
	return round((double)db * 10) / 10;
}

static int64_t since(const struct call *call, int64_t moment_ms)
{
	return moment_ms ? moment_ms - call->started_ms : -1;
}

void report_ready(const struct caller *c, uint16_t port)
{
	const struct sip_listen *l = &c->options->listen;

	if (is_json(c))
		put(c, json_pack("{s:s,s:s,s:i}", "event", "ready", "address", l->address, "port", port));
	tell(c, "listening on %s:%u\n", l->address, port);
}

void report_started(const struct call *call)
{
	const char *name = call->person ? call->person->name : "";

	if (is_json(call->caller))
		put(call->caller, json_pack("{s:s,s:i,s:I,s:s,s:s,s:s}", "event", "call_started", "call",
					  call->number, "at_us", (json_int_t)call->started_us, "from",
					  call->from, "name", name, "to", call->to));
	tell(call->caller, "%d  %s %s calls %s\n", call->number, call->from, name, call->to);
}

void report_answered(const struct call *call)
{
	if (is_json(call->caller))
		put(call->caller,
			json_pack("{s:s,s:i,s:s,s:I}", "event", "call_answered", "call", call->number, "to",
				call->to, "answer_ms", (json_int_t)since(call, call->answered_ms)));
	tell(call->caller, "%d  answered after %lld ms\n", call->number,
		(long long)since(call, call->answered_ms));
}

void report_person(const struct call *call, float tone_db, float level_db)
{
	if (is_json(call->caller))
		put(call->caller, json_pack("{s:s,s:i,s:I,s:f,s:f}", "event", "person_heard", "call",
					  call->number, "person_ms", (json_int_t)since(call, call->person_ms),
					  "tone_db", tenth(tone_db), "level_db", tenth(level_db)));
	tell(call->caller, "%d  somebody is there after %lld ms\n", call->number,
		(long long)since(call, call->person_ms));
}

void report_ended(const struct call *call)
{
	const char *by = call->is_ended_by_peer ? "peer" : "us";
	int64_t talk_from = call->person_ms ? call->person_ms : call->answered_ms;

	if (is_json(call->caller)) {
		json_t *line = json_pack(
			"{s:s,s:i,s:I,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:f,s:f,s:s,s:i,s:s,s:I,s:I,s:I}", "event",
			"call_ended", "call", call->number, "hung_up_us", (json_int_t)call->hung_up_us,
			"from", call->from, "to", call->to, "answered", call->answered_ms != 0, "answer_ms",
			(json_int_t)since(call, call->answered_ms), "person_ms",
			(json_int_t)since(call, call->person_ms), "talk_ms",
			(json_int_t)(talk_from ? call->ended_ms - talk_from : 0), "duration_ms",
			(json_int_t)since(call, call->ended_ms), "tone_db", tenth(call->tone_db), "level_db",
			tenth(call->level_db), "ended_by", by, "code", call->code, "reason", call->reason,
			"packets_in", (json_int_t)call->stats.packets_in, "packets_out",
			(json_int_t)call->stats.packets_out, "lost", (json_int_t)call->stats.lost);
		put(call->caller, line);
	}
	tell(call->caller, "%d  ended by %s after %lld ms: %s %d\n", call->number, by,
		(long long)since(call, call->ended_ms), call->reason, call->code);
}

void report_summary(const struct caller *c)
{
	if (is_json(c))
		put(c, json_pack("{s:s,s:i,s:i,s:i,s:I}", "event", "summary", "calls", c->n_over, "answered",
			       c->n_answered, "failed", c->n_failed, "duration_ms",
			       (json_int_t)(c->now_ms - c->started_ms)));
	tell(c, "%d calls, %d answered, %d failed\n", c->n_over, c->n_answered, c->n_failed);
}
