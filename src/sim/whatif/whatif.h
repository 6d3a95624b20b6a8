/* What if? A recorded period (replay/record.h) taken as demand and lived again over the real engine with
 * another configuration: other agents, skills, queues.
 *
 * From the log: every arrival with what it asked; each contact's own handling time and wrap-up; the patience
 * of those who gave up, and for the others one drawn from the Kaplan-Meier estimate of their queue beyond
 * what they were seen to bear; when people were available; how long they took to answer and which offers they
 * missed. What happened to the same contact at the same agent happens again; everything else is drawn, with a
 * seed, from what that agent or queue did in the period. The period is simulated twice, unchanged and
 * changed, so that it is seen how far the method itself is off.
 *
 * Not known to the log, and so not part of it: that a contact which left one queue came into another. Each
 * queue's arrivals are its own demand, whatever the change does to the others.
 *
 * Pure; one owner. */
#pragma once
#include "replay/record.h"

#include <jansson.h>

#define WHATIF_WHY_SIZE 400
#define WHATIF_CONTACTS_MAX 2000000		  /* of one period */
#define WHATIF_LEAD_MS (INT64_C(4) * 3600 * 1000) /* simulated before the period, to begin it as it began */
#define WHATIF_BACK_MAX_MS                                                                                   \
	(15 * 60 * 1000)     /* away longer after a missed offer: was gone for another reason */
#define WHATIF_ADD_MAX 10000 /* agents added */

struct whatif_name {
	uint64_t id;
	const char *name; /* of an agent: the login. Borrowed for as long as the whatif lives */
};
struct whatif_rule { /* what the figures of a queue go by; queues without one: its target, 5 s */
	uint64_t queue;
	int32_t service_level_ms, short_abandon_ms;
};
struct whatif_options {
	int64_t from_ms, to_ms; /* UTC */
	uint64_t seed;
	const struct whatif_name *agents, *queues, *skills;
	int n_agents, n_queues, n_skills;
	const struct whatif_rule *rules;
	int n_rules;
};

struct whatif;
/* options is copied, its lists are not. 0 or -ENOMEM. Release with whatif_free. */
int whatif_new(struct whatif **ret_whatif, const struct whatif_options *options);
void whatif_free(struct whatif *w);
/* Feeds whole records, from a beginning at or before the period on, as replay_feed does; same results, and
 * -E2BIG beyond WHATIF_CONTACTS_MAX. */
int whatif_feed(struct whatif *w, const uint8_t *data, size_t n, size_t *ret_at);
/* Reads the change (docs/replay.md). 0, -ENOMEM, or -EINVAL with a sentence that begins with the JSON
 * pointer. change is borrowed until whatif_free. */
int whatif_change(struct whatif *w, const json_t *change, char ret_why[static WHATIF_WHY_SIZE]);
/* Simulates twice and reports:
 * {"queues":[{"queue","recorded","unchanged","changed","difference"}],"all":...}; the caller owns it. 0,
 * -ENODATA (nothing recorded in the period), -ENOMEM, or -EINVAL: the engine refuses the changed
 * configuration. */
int whatif_run(struct whatif *w, json_t **ret_report);
