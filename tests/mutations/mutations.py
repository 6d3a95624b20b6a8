"""The table of mutations: one deliberate mistake in the routing engine each, and the invariant of the simulator
(docs/internals/simulation.md) that must find it.

A row: name, file of src/route, exact text, what stands there instead, the invariant, the most seeds it may take.
The text must be found exactly once; when the engine was rewritten there, state the same mistake in the new text.
"""

CAPACITY = 'capacity_never_exceeded'
ONE = 'offered_to_one_at_most'
GONE = 'never_offered_when_gone'
WAITS = 'nobody_waits_while_someone_may_take_it'
ORDER = 'order_respected'
BOOKS = 'books_balance'
ENDS = 'everything_ends'
STARVES = 'nobody_starves'
REPLAY = 'replay_is_equal'
REFUSALS = 'refusals_are_right'
SAID = 'said_in_time'

MUTATIONS = [
    # --- capacity ---
    ('one contact more than capacity', 'match.c',
     'if (a->used[c] < a->capacity[c] && route_agent_has_load_for(',
     'if (a->used[c] <= a->capacity[c] && route_agent_has_load_for(', CAPACITY, 50),
    ('the new contact\'s own load is forgotten', 'match.c',
     'return load_beside(a, channel) + a->load[channel] <= ROUTE_LOAD_MAX;',
     'return load_beside(a, channel) <= ROUTE_LOAD_MAX;', CAPACITY, 300),
    ('wrap-up is no load', 'match.c',
     'load += a->used[c] * a->load[c];\n\treturn load;',
     'load += (a->used[c] > a->n_wrap_up ? a->used[c] - a->n_wrap_up : 0) * a->load[c];\n\treturn load;', CAPACITY, 1000),
    ('interruptions read the wrong way round', 'match.c',
     'if (!(a->interrupts[channel] & 1u << c))',
     'if (!(a->interrupts[c] & 1u << channel))', CAPACITY, 3000),
    ('one contact of a queue more than it allows', 'need.c',
     'return q->set.per_agent_max && contacts_of(r, q, a) >= q->set.per_agent_max;',
     'return q->set.per_agent_max && contacts_of(r, q, a) > q->set.per_agent_max;', CAPACITY, 300),

    # --- one agent at most ---
    ('ring all goes on ringing after an answer', 'contact.c',
     'if (other != ring)\n\t\t\troute_act(',
     'if (other != ring && other == s)\n\t\t\troute_act(', ONE, 300),
    ('ring all of what was given by hand or preference', 'match.c',
     'if (q->set.strategy == ROUTE_RING_ALL && !reserve_ms &&\n\t\t(how == ROUTE_BY_ORDER || how == ROUTE_BY_SHARE))',
     'if (q->set.strategy == ROUTE_RING_ALL && !reserve_ms)', ONE, 300),
    ('ring all reserves everybody', 'match.c',
     'if (q->set.strategy == ROUTE_RING_ALL && !reserve_ms &&',
     'if (q->set.strategy == ROUTE_RING_ALL &&', ONE, 300),
    ('ring all calls those the queue keeps back', 'match.c',
     'n < ROUTE_RING_ALL_MAX && !is_kept_back(s->need); n++)',
     'n < ROUTE_RING_ALL_MAX; n++)', ONE, 1000),

    # --- never when gone ---
    ('a ringing agent is not told that the caller left', 'contact.c',
     'route_act(r, about(s, ROUTE_WITHDRAW, ROUTE_CANCELLED));',
     'if (!s->also)\n\t\t\t\troute_act(r, about(s, ROUTE_WITHDRAW, ROUTE_CANCELLED));', GONE, 300),
    ('said to have overflowed, but offered again', 'contact.c',
     '\t\troute_overflow(r, s, ROUTE_DEADLINE);\n\telse if (s->queue->is_closed',
     '\t{\n\t\tstruct route_action over = about(s, ROUTE_OVERFLOW, ROUTE_DEADLINE);\n\t\troute_act(r, over);\n'
     '\t\troute_segment_touch(r, s);\n\t} else if (s->queue->is_closed', GONE, 1000),
    ('a cancelled call is put back to its place', 'contact.c',
     '\t\tdetach(r, s);\n\t\ts->queue->n_offered--;\n\t}\n\tleave_queue(r, s);\n\tforget(r, s);',
     '\t\tdetach(r, s);\n\t\ts->queue->n_offered--;\n\t\troute_order_count(r, s->queue->root, s, SEGMENT_WAITING);\n'
     '\t\troute_segment_touch(r, s);\n\t\treturn;\n\t}\n\tleave_queue(r, s);\n\tforget(r, s);', GONE, 300),

    # --- nobody waits ---
    ('who has rested is not looked at', 'contact.c',
     'int kept = 0;\n\n\troute_agent_touch(r, a);',
     'int kept = 0;\n', WAITS, 300),
    ('one look at one agent is always enough', 'match.c',
     'if (a->own_root)\n\t\treturn true;\n\tfor (size_t i = 0; i < a->needs.len; i++) {',
     'if (a->own_root)\n\t\treturn true;\n\tfor (size_t i = 0; i < 0 * a->needs.len; i++) {', WAITS, 6000),
    ('keep_free keeps one more', 'match.c',
     'return n->n_free <= (uint32_t)n->queue->set.keep_free;',
     'return n->n_free <= (uint32_t)n->queue->set.keep_free + (n->queue->set.keep_free > 0);', WAITS, 300),
    ('a wider ring relaxes nothing', 'need.c',
     'q->set.n_rings ? q->set.rings[n->ring].relax : 0;', 'q->set.n_rings ? q->set.rings[0].relax : 0;', WAITS, 300),

    # --- order ---
    ('a failed offer changes the idle time', 'contact.c',
     'route_ring_segment(r, s)->is_declined = true;',
     'route_ring_segment(r, s)->is_declined = true;\n\ta->idle_ms = r->now_ms;', ORDER, 300),
    ('a decline is forgotten', 'match.c',
     'if (s->is_declined && is_declined(a, s))', 'if (false && is_declined(a, s))', ORDER, 100),
    ('equal ranks are ordered by the tree\'s weight', 'order.c',
     'return a->id < b->id;', 'return weight(a->id) < weight(b->id);', ORDER, 300),
    ('a head start counts for nothing', 'enter.c',
     'int64_t rank = s->since_ms - t->head_start_ms;', 'int64_t rank = s->since_ms;', ORDER, 300),
    ('an excluded agent gets it', 'match.c',
     'if (e->agents[i] == a->id)\n\t\t\treturn true;', 'if (e->agents[i] == a->id)\n\t\t\treturn false;', ORDER, 100),
    ('round robin forgets whose turn it was', 'match.c',
     'q->turns[place] = decision;', 'q->turns[place] = decision / 2;', ORDER, 500),
    ('preferred skills make no difference', 'need.c',
     'if (ma->unmet != mb->unmet)\n\t\treturn ma->unmet < mb->unmet ? a : b;', '', ORDER, 500),
    ('a new configuration forgets who was idle since when', 'configure.c',
     'next->idle_ms = a->idle_ms;', 'next->idle_ms = r->now_ms;', ORDER, 300),
    ('a new day does not forget how occupied somebody was', 'contact.c',
     'a->occupancy_ppm = a->n_taken = 0;', 'a->n_taken = 0;', ORDER, 1000),

    # --- books ---
    ('an answered call is still counted as ringing', 'contact.c',
     'q->n_offered--;\n\tq->n_connected++;', 'q->n_connected++;', BOOKS, 50),
    ('wrap-up still counts as connected', 'contact.c',
     's->queue->n_connected--;\n\ts->agent->n_wrap_up++;', 's->agent->n_wrap_up++;', BOOKS, 50),
    ('the oldest of a queue is not looked for below', 'order.c',
     'if (c->oldest_ms < s->oldest_ms)\n\t\t\ts->oldest_ms = c->oldest_ms;', '', BOOKS, 300),
    ('those who wait stay when the queue closes', 'route.c',
     'if (q->is_closed && q->set.is_left_when_closed)', 'if (q->is_closed && !q->set.is_left_when_closed)', BOOKS, 300),

    # --- everything ends ---
    ('no deadlines of contacts after a new configuration', 'configure.c',
     'route_segment_due(r, route_segment(r, k));', '(void)k;', ENDS, 300),
    ('an extended wrap-up keeps its old deadline', 'route.c',
     's->due_ms = due;\n\troute_segment_due(r, s);', 's->due_ms = due;', ENDS, 300),
    ('a reservation is rung out like a call', 'deadline.c',
     'else if (route_terms(r, s)->reserve_ms)\n\t\troute_reservation_over(r, s);\n', '', ENDS, 300),
    ('one miss more makes not responding', 'contact.c',
     '|| !most || a->misses < most)', '|| !most || a->misses <= most)', ENDS, 100),
    ('an agent who leaves goes on ringing', 'contact.c',
     'if (route_segment(r, i)->state == SEGMENT_OFFERED)\n\t\t\troute_withdraw(r, route_segment(r, i), ROUTE_AGENT_GONE);',
     'if (route_segment(r, i)->state == SEGMENT_UNUSED)\n\t\t\troute_withdraw(r, route_segment(r, i), ROUTE_AGENT_GONE);',
     ENDS, 100),

    # --- nobody starves ---
    ('a share is never paid back', 'share.c',
     '(s->queue->owed -= 100)', '(s->queue->owed -= 0)', STARVES, 300),
    ('half of the share is enough', 'share.c',
     'q->owed += q->set.share_pct;', 'q->owed += q->set.share_pct / 2;', STARVES, 300),
    ('priorities never age', 'enter.c',
     's->rank_ms = rank - priority * set->age_ms;', 's->rank_ms = rank - 0 * priority * set->age_ms;', STARVES, 300),

    # --- replay ---
    ('decisions are numbered over all engines of the process', 'explain.c',
     'uint64_t number = ++r->n_decisions;',
     'static uint64_t made;\n\tr->n_decisions = ++made;\n\tuint64_t number = r->n_decisions;', REPLAY, 50),
    ('a checkpoint forgets the misses', 'save.c',
     'a->occupancy_ppm, a->misses, a->n_declined, n) < 0)', 'a->occupancy_ppm, 0, a->n_declined, n) < 0)', REPLAY, 300),
    ('a checkpoint forgets what is owed', 'save.c',
     'q->nobody_ms, q->owed, q->is_closed', 'q->nobody_ms, 0, q->is_closed', REPLAY, 300),

    # --- refusals ---
    ('one more than the queue holds', 'enter.c',
     'route_queue_waiting(r, q) >= (uint32_t)set->capacity', 'route_queue_waiting(r, q) > (uint32_t)set->capacity',
     REFUSALS, 300),
    ('a kept place is refused', 'enter.c',
     'if (s->since_ms < r->now_ms) /* keeps its place */\n\t\treturn ROUTE_NO_REASON;', '', REFUSALS, 300),
    ('full although somebody is free', 'enter.c',
     '|| route_agent_for(r, s))\n\t\treturn ROUTE_NO_REASON;', ')\n\t\treturn ROUTE_NO_REASON;', REFUSALS, 300),
    ('by hand beyond the load', 'enter.c',
     'return route_agent_has_load_for(a, s->channel);', 'return true;', REFUSALS, 300),

    # --- said in time ---
    ('a place further back is told', 'deadline.c',
     'route_order_rank(r, q->root, s) + 1;', 'route_order_rank(r, q->root, s) + 2;', SAID, 100),
    ('announcements missed while ringing are made up for', 'deadline.c',
     's->announce_ms += every * (1 + (r->now_ms - s->announce_ms) / every);', 's->announce_ms += every;', SAID, 500),
    ('the warning looks at the queue\'s target only', 'deadline.c',
     'return own ? own : s->queue->set.target_ms;', 'return own && !s->queue->set.target_ms ? own : s->queue->set.target_ms;',
     SAID, 1000),
]
