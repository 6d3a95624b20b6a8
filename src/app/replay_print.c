/* What `markaz replay` says. See replay.h. */
#include "app/replay.h"
#include "app/when.h"
#include "base/id.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "route/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void print_action(const struct route_action *a, const struct replay_names *names)
{
	char segment[ID_TEXT_SIZE], agent[REPLAY_NAME_SIZE], queue[REPLAY_NAME_SIZE];

	printf("      %s %s segment %s agent %s queue %s decision %" PRIu64 " due %" PRId64
	       " position %d estimate %" PRId64 "\n",
		route_action_word(a->kind), route_reason_word(a->reason), id_text(a->segment, segment),
		replay_user(names, a->agent, agent), replay_queue(names, a->queue, queue), a->decision,
		a->due_ms, a->position, a->estimate_ms);
}

static void print_difference(const struct replay_difference *d, const struct replay_names *names)
{
	char when[WHEN_TEXT_SIZE], run[ID_TEXT_SIZE], segment[ID_TEXT_SIZE], agent[REPLAY_NAME_SIZE],
		queue[REPLAY_NAME_SIZE];
	const struct route_input *in = &d->record.input;
	bool is_same_version = str_equal(d->record.program, MARKAZ_VERSION);

	if (d->record.kind == RECORD_STATE) {
		printf("The first difference: the checkpoint of run %s at %s, written by %s, is not what "
		       "this engine "
		       "comes to there.\n",
			id_text(d->record.run, run), when_text(d->record.wall_ms, when), d->record.program);
		return;
	}

	printf("The first difference: input %" PRIu64 " of run %s at %s (engine's clock %" PRId64 ")\n"
	       "    %s segment %s agent %s queue %s\n",
		d->number, id_text(d->record.run, run), when_text(d->record.wall_ms, when), d->record.now_ms,
		route_input_word(in->kind), in->segment ? id_text(in->segment, segment) : "-",
		replay_user(names, in->agent, agent), replay_queue(names, in->queue, queue));
	printf("    recorded by %s: answer %d, %u actions, hash %08x\n", d->record.program, d->record.rc,
		d->record.n_actions, d->record.hash);
	printf("    now by %s: answer %d, %u actions, hash %08x\n", MARKAZ_VERSION, d->rc, d->n_actions,
		d->hash);
	for (uint32_t i = 0; i < d->n_actions && i < REPLAY_ACTIONS_MAX; i++)
		print_action(&d->actions[i], names);
	if (d->n_actions > REPLAY_ACTIONS_MAX)
		printf("      and %u more\n", d->n_actions - REPLAY_ACTIONS_MAX);
	printf(is_same_version ? "  The same version wrote the log: it is damaged, memory had run out then, "
				 "or the engine "
				 "has a fault worth reporting.\n"
			       : "  Another version wrote the log: the engine's rules changed since.\n");
}

static json_t *difference_json(const struct replay_difference *d)
{
	json_t *o = json_object();

	jsonx_set_id(o, "run", d->record.run);
	jsonx_set_int(o, "input", (int64_t)d->number);
	jsonx_set_int(o, "at", d->record.wall_ms);
	jsonx_set_text(o, "kind",
		d->record.kind == RECORD_STATE ? "checkpoint" : route_input_word(d->record.input.kind));
	jsonx_set_id(o, "segment", d->record.input.segment);
	jsonx_set_id(o, "agent", d->record.input.agent);
	jsonx_set_id(o, "queue", d->record.input.queue);
	json_object_set_new(o, "recorded",
		json_pack("{s:s,s:i,s:I,s:I}", "version", d->record.program, "answer", d->record.rc,
			"actions", (json_int_t)d->record.n_actions, "hash", (json_int_t)d->record.hash));
	json_object_set_new(o, "now",
		json_pack("{s:s,s:i,s:I,s:I}", "version", MARKAZ_VERSION, "answer", d->rc, "actions",
			(json_int_t)d->n_actions, "hash", (json_int_t)d->hash));
	return o;
}

static void print_json(const struct replay_asked *a, const struct replay_result *s,
	const struct replay_read *read, double seconds)
{
	_cleanup_json_ json_t *o = json_object();

	jsonx_set_int(o, "from", a->from_ms);
	jsonx_set_int(o, "to", a->to_ms);
	jsonx_set_bool(o, "is_identical", s->runs_different == 0 && read->err == 0);
	jsonx_set_int(o, "runs", (int64_t)s->runs);
	jsonx_set_int(o, "runs_different", (int64_t)s->runs_different);
	jsonx_set_int(o, "inputs", (int64_t)s->inputs);
	jsonx_set_int(o, "decisions", (int64_t)s->decisions);
	jsonx_set_int(o, "bytes_read", (int64_t)read->bytes);
	json_object_set_new(o, "seconds", json_real(seconds));
	json_object_set_new(
		o, "difference", s->runs_different ? difference_json(&s->difference) : json_null());
	if (read->err)
		json_object_set_new(o, "damage",
			json_pack("{s:I,s:I,s:s}", "row", (json_int_t)read->damaged_row, "byte",
				(json_int_t)read->damaged_at, "why",
				read->err == -ENOTSUP ? "newer_version" : "damaged"));
	json_dumpf(o, stdout, JSON_INDENT(1));
	printf("\n");
}

static void print_damage(const struct replay_read *read)
{
	if (read->err == -ENOTSUP)
		printf("Row %" PRIu64
		       " of the routing log was written by a newer version: replay it with that "
		       "one.\n",
			read->damaged_row);
	else if (read->err)
		printf("Row %" PRIu64
		       " of the routing log cannot be read from byte %zu on; what follows until the "
		       "next start was left out.\n",
			read->damaged_row, read->damaged_at);
}

void replay_print(const struct replay_asked *a, const struct replay_result *s, const struct replay_read *read,
	const struct replay_names *names, double seconds)
{
	char from[WHEN_TEXT_SIZE], to[WHEN_TEXT_SIZE];

	if (a->is_json) {
		print_json(a, s, read, seconds);
		return;
	}
	printf("%s to %s, engine %s\n", when_text(a->from_ms, from), when_text(a->to_ms, to), MARKAZ_VERSION);
	printf("%" PRIu64 " inputs, %" PRIu64 " decisions in %" PRIu64 " run%s: ", s->inputs, s->decisions,
		s->runs, s->runs == 1 ? "" : "s");
	if (s->runs_different)
		printf("%" PRIu64 " run%s different\n", s->runs_different, s->runs_different == 1 ? "" : "s");
	else
		printf("%s (%.2f s)\n", s->inputs ? "identical" : "nothing to compare", seconds);
	if (s->runs_different)
		print_difference(&s->difference, names);
	print_damage(read);
}

json_t *replay_decision_json(const struct route_decision *d, int64_t wall_ms)
{
	json_t *o = json_object(), *list = json_array();

	jsonx_set_int(o, "decision", (int64_t)d->number);
	jsonx_set_id(o, "segment", d->segment);
	jsonx_set_int(o, "at", wall_ms);
	jsonx_set_id(o, "queue", d->queue);
	jsonx_set_id(o, "agent", d->agent);
	jsonx_set_text(o, "how", route_how_word(d->how));
	jsonx_set_text(o, "strategy", route_strategy_word(d->strategy));
	jsonx_set_int(o, "ring", d->ring);
	jsonx_set_int(o, "priority", d->priority);
	jsonx_set_int(o, "waited_ms", d->waited_ms);
	jsonx_set_int(o, "config_version", (int64_t)d->config_version);
	jsonx_set_int(o, "n_considered", d->n_considered);
	for (int i = 0; i < d->n_candidates; i++) {
		const struct route_candidate *c = &d->candidates[i];
		json_t *row = json_object();
		jsonx_set_id(row, "agent", c->agent);
		jsonx_set_text(row, "verdict", route_verdict_word(c->verdict));
		jsonx_set_int(row, "level", c->level);
		jsonx_set_int(row, "unmet", c->unmet);
		jsonx_set_int(row, "key", c->key);
		jsonx_set_int(row, "idle_ms", c->idle_ms);
		json_array_append_new(list, row);
	}
	if (json_object_set_new(o, "candidates", list) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void replay_decision_print(const struct route_decision *d, int64_t wall_ms, const struct replay_names *names)
{
	char when[WHEN_TEXT_SIZE], segment[ID_TEXT_SIZE], agent[REPLAY_NAME_SIZE], queue[REPLAY_NAME_SIZE];

	printf("Decision %" PRIu64 " at %s: segment %s of %s\n", d->number, when_text(wall_ms, when),
		id_text(d->segment, segment), replay_queue(names, d->queue, queue));
	printf("  to %s, by %s (%s); waited %.1f s, priority %d, ring %d, configuration %" PRIu64 "\n",
		replay_user(names, d->agent, agent), route_how_word(d->how), route_strategy_word(d->strategy),
		(double)d->waited_ms / 1000, d->priority, d->ring, d->config_version);
	for (int i = 0; i < d->n_candidates; i++) {
		const struct route_candidate *c = &d->candidates[i];
		printf("  %3d  %-14s %-30s level %d, unmet %d, key %" PRId64 ", idle %.1f s\n", i + 1,
			route_verdict_word(c->verdict), replay_user(names, c->agent, agent), c->level,
			c->unmet, c->key, (double)c->idle_ms / 1000);
	}
	if (d->n_considered > d->n_candidates)
		printf("  %d of the %d looked at are shown\n", d->n_candidates, d->n_considered);
}
