/* Random days of contacts without a telephone: opened, written in, offered, taken, handed on, ended by either
 * side, while agents come and go, calls ring in between, the configuration changes and the process dies.
 * After each step every contact is in exactly one place, and the engine, the centre and the figures count the
 * same. A failure names its seed: MARKAZ_SOAK_SEED plays that one alone. */
#include "base/id.h"
#include "base/str.h"
#include "center/test_parts.h"
#include "center/work/work_state.h"

#include <stdio.h>
#include <stdlib.h>

#define AGENTS 6
#define QUEUES 4
#define SEEDS 3
#define STEPS 1500
#define OPEN_MAX 40

struct soak {
	struct world w;
	uint64_t state;
	uint64_t queues[QUEUES], agents[AGENTS], pages[AGENTS];
	uint64_t legs[4];
	uint64_t keys;
	int answers, asked, crashes;
};

static uint32_t draw(struct soak *s, uint32_t below)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return (uint32_t)(s->state >> 32) % below;
}

static bool begin(struct soak *s)
{
#define CHAT "\"channel\":\"chat\",\"ring_timeout_s\":"
#define ROLES ",\"roles\":[\"agent\",\"supervisor\"]"
	static const char *const names[QUEUES] = {"a", "b", "c", "d"};
	static const char *const rows[QUEUES] = {CHAT "5,\"wrap_up_s\":4",
		CHAT "6,\"wrap_up_s\":0,\"strategy\":\"ring_all\",\"misses_max\":0,\"is_pick_allowed\":true",
		NULL,
		CHAT "5,\"wrap_up_s\":3,\"capacity\":3,\"is_left_when_closed\":true,\"per_agent_max\":1"};
	static const char mail[] =
		"\"channel\":\"email\",\"ring_timeout_s\":7,\"wrap_up_s\":6,\"max_wait_s\":60,"
		"\"is_left_without_agents\":true,\"no_agents_s\":20,\"warn_s\":4";
	static const char *const kinds[] = {ROLES, ROLES ",\"is_auto_answer\":true",
		ROLES ",\"device\":\"uri\",\"device_uri\":\"sip:x@192.0.2.50\""};
	char text[400], login[16];

	if (!world_open(&s->w))
		return false;
	for (int i = 0; i < QUEUES; i++) {
		(void)str_printf(text, sizeof(text), "{\"name\":\"%s%u\",%s}", names[i], draw(s, 1000000000),
			rows[i] ? rows[i] : mail);
		if (!(s->queues[i] = fixture_create(&s->w.store, "queue", text, NULL)))
			return false;
	}
	for (int i = 0; i < AGENTS; i++) {
		(void)str_printf(login, sizeof(login), "agent%d", i);
		s->agents[i] = world_agent(&s->w, login, kinds[i % 3]);
	}
	return world_start(&s->w);
}

/* --- what is always true
 * ------------------------------------------------------------------------------------------------ */

#define CLAIM(cond)                                                                                          \
	do {                                                                                                 \
		if (!(cond)) {                                                                               \
			world_fail(__FILE__, __LINE__, "%s", #cond);                                         \
			return;                                                                              \
		}                                                                                            \
	} while (0)

static bool is_listed(const struct work *first, const struct work *w)
{
	while (first && first != w)
		first = first->next;
	return first != NULL;
}

static void check_contact(struct center *c, const struct work *w)
{
	const struct agent *a = map_get(&c->agents, w->agent);
	const struct queue_view *v = map_get(&c->queue_views, w->queue);

	CLAIM(w->stage == WORK_WAITING || w->stage == WORK_OPEN);
	CLAIM(w->segment && map_get(&c->work->by_segment, w->segment) == w);
	CLAIM(w->is_in_route && w->entry);
	if (w->stage == WORK_WAITING) {
		CLAIM(!w->agent && w->view == v && is_listed(v->first_work, w));
		CLAIM((route_position(c->route, w->segment) > 0) == !w->offers);
	} else {
		CLAIM(a && !w->view && !w->offers && is_listed(a->works, w));
	}
	for (const struct work_offer *o = w->offers; o; o = o->next)
		CLAIM(o->work == w && work_offer_of(w, o->agent) == o);
}

static void check_agent(const struct agent *a)
{
	const char *state = a->state;

	for (const struct work *w = a->works; w; w = w->next)
		CLAIM(w->stage == WORK_OPEN && w->agent == a->user);
	for (const struct work_offer *o = a->work_offers; o; o = o->agent_next)
		CLAIM(o->agent == a && o->work->stage == WORK_WAITING && a->n_clients > 0);
	for (const struct work_wrap *wrap = a->work_wraps; wrap; wrap = wrap->next)
		CLAIM(wrap->is_on && wrap->agent == a);
	if (a->works)
		CLAIM(str_equal(state, "talking"));
	CLAIM(timer_is_set(&a->work_grace) ==
		(a->works && (a->n_clients == 0 || a->presence == PRESENCE_OFFLINE)));
}

static void check_queue(struct center *c, uint64_t queue)
{
	struct route_queue_counts counts = {0};
	struct kpi_counts k;
	const struct work *w;
	int waiting = 0, open = 0;

	for (size_t i = 0; (w = map_next(&c->work->by_id, &i));) {
		waiting += w->queue == queue && w->stage == WORK_WAITING;
		open += w->queue == queue && w->stage == WORK_OPEN;
	}
	CLAIM(route_queue_counts(c->route, queue, &counts) == 0);
	CLAIM(counts.waiting + counts.offered == waiting && counts.connected == open);
	kpi_queue_counts(c->fold, queue, 0, INT64_MAX / 4, center_wall(c), &k);
	CLAIM(k.offered == k.answered + k.abandoned + k.overflowed_out + waiting);
}

static void check(struct soak *s)
{
	struct center *c = s->w.center;
	const struct agent *a;
	const struct work *w;

	if (s->w.is_lossy)
		return;
	CLAIM(c->work->by_id.len == c->work->by_segment.len);
	CLAIM(atomic_load(&c->count_works) == c->work->by_id.len);
	for (size_t i = 0; (w = map_next(&c->work->by_id, &i)) && !world_has_failed();)
		check_contact(c, w);
	for (size_t i = 0; (a = map_next(&c->agents, &i)) && !world_has_failed();)
		check_agent(a);
	for (int i = 0; i < QUEUES && !world_has_failed(); i++)
		check_queue(c, s->queues[i]);
	CLAIM(s->answers == s->asked);
	route_check(c->route);
}

/* --- what may happen
 * ------------------------------------------------------------------------------------------------- */

static void on_answer(json_t *json, void *arg)
{
	struct soak *s = arg;

	s->answers++;
	if (!json && !s->w.is_lossy)
		world_fail(__FILE__, __LINE__, "a request has no answer");
	json_decref(json);
}

static uint64_t any_contact(struct soak *s)
{
	const struct work *w;
	size_t n = s->w.center->work->by_id.len, skip = n ? draw(s, (uint32_t)n) : 0;

	for (size_t i = 0; (w = map_next(&s->w.center->work->by_id, &i));)
		if (skip-- == 0)
			return w->id;
	return 4711;
}

static void ask_centre(struct soak *s, enum center_work_kind kind)
{
	int q = (int)draw(s, QUEUES);
	struct center_work ask = {.kind = kind,
		.user = 77,
		.queue = s->queues[q],
		.channel = q == 2 ? ROUTE_EMAIL : ROUTE_CHAT,
		.priority = (int)draw(s, 3),
		.is_customer = draw(s, 3) > 0};

	if (kind == CENTER_WORK_OPEN && s->w.center->work->by_id.len >= OPEN_MAX)
		return;
	if (kind != CENTER_WORK_OPEN)
		ask.interaction = any_contact(s);
	/* Sometimes a request made before. */
	ask.key = kind == CENTER_WORK_END || draw(s, 3) ? 0 : draw(s, 4) ? ++s->keys : 1 + draw(s, 20);
	(void)str_put(ask.from, sizeof(ask.from), "someone@example.org");
	ask.text = draw(s, 4) ? alloc_strdup("hello") : NULL;
	if (center_work(s->w.center, &ask, on_answer, s) < 0)
		center_work_clear(&ask);
	else
		s->asked++;
}

/* Of this agent: ringing, open, in wrap-up or any. */
static uint64_t contact_of(struct soak *s, const struct agent *a)
{
	if (a->work_offers && draw(s, 2))
		return a->work_offers->work->id;
	if (a->works && draw(s, 3))
		return a->works->id;
	if (a->work_wraps && draw(s, 2))
		return a->work_wraps->interaction;
	return any_contact(s);
}

static void agent_acts(struct soak *s, int i)
{
	static const char *const forms[] = {"'agent.ready'", "'agent.ready'", "'agent.break'",
		"'agent.offline'", "'work.accept','interaction':'%s'", "'work.accept','interaction':'%s'",
		"'work.accept','interaction':'%s'", "'work.accept','interaction':'%s'",
		"'work.decline','interaction':'%s'", "'work.write','interaction':'%s','text':'x'",
		"'work.end','interaction':'%s'", "'work.end','interaction':'%s'",
		"'work.messages','interaction':'%s'", "'wrap_up.finish','interaction':'%s'",
		"'wrap_up.extend','interaction':'%s'", "'notes.save','interaction':'%s','notes':'n'",
		"'queue.pick','interaction':'%s'"};
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	uint64_t other = draw(s, 2) ? s->queues[draw(s, QUEUES)] : s->agents[draw(s, AGENTS)];
	char text[256];
	uint32_t n = sizeof(forms) / sizeof(forms[0]), what = draw(s, n + 3);

	if (!a || !s->pages[i])
		return;
	uint64_t id = contact_of(s, a);
	if (what < n)
		(void)str_printf(text, sizeof(text), forms[what], ID(id));
	else if (what < n + 2)
		(void)str_printf(text, sizeof(text),
			"'work.transfer','interaction':'%s','to':{'kind':'%s','id':'%s'}", ID(id),
			draw(s, 2) ? "queue" : "agent", ID(other));
	else
		(void)str_printf(text, sizeof(text), "'queue.assign','interaction':'%s','agent':'%s'", ID(id),
			ID(s->agents[draw(s, AGENTS)]));
	(void)world_ask(&s->w, s->pages[i], "%s", text);
}

static void page_moves(struct soak *s, int i)
{
	if (!s->pages[i]) {
		s->pages[i] = world_page(&s->w, s->agents[i], ~0u);
		(void)world_ask(&s->w, s->pages[i], "'agent.ready'");
	} else if (draw(s, 4) == 0) {
		world_page_closes(&s->w, s->pages[i]);
		s->pages[i] = 0;
	}
}

static void config_moves(struct soak *s)
{
	uint64_t queue = s->queues[draw(s, QUEUES)];

	switch (draw(s, 4)) {
	case 0:
		fixture_update(
			&s->w.store, "user", s->agents[draw(s, AGENTS)], "{\"is_active\":false}", NULL);
		break;
	case 1:
		for (int i = 0; i < AGENTS; i++)
			fixture_update(&s->w.store, "user", s->agents[i], "{\"is_active\":true}", NULL);
		break;
	case 2:
		fixture_update(&s->w.store, "queue", queue,
			draw(s, 2) ? "{\"strategy\":\"ring_all\"}"
				   : "{\"strategy\":\"round_robin\",\"per_agent_max\":2}",
			NULL);
		break;
	default:
		fixture_update(&s->w.store, "queue", queue,
			draw(s, 3) ? "{\"is_active\":true}" : "{\"is_active\":false}", NULL);
	}
	world_configure(&s->w);
}

static void call_moves(struct soak *s)
{
	uint64_t *leg = &s->legs[draw(s, 4)];

	if (*leg && world_ix(&s->w, *leg))
		world_sip(&s->w, SIP_ENDED, *leg, 0);
	else
		*leg = world_call(&s->w, "100", "1000");
}

static void dies(struct soak *s)
{
	world_run(&s->w);
	size_t before = s->w.center->work->by_id.len;
	world_crash(&s->w);
	world_away(draw(s, 20000));
	s->w.has_restored = true;
	memset(s->pages, 0, sizeof(s->pages));
	memset(s->legs, 0, sizeof(s->legs));
	s->crashes++;
	if (world_start(&s->w) && s->w.center->work->by_id.len > before)
		world_fail(__FILE__, __LINE__, "a restart made contacts");
}

static void step(struct soak *s)
{
	int i = (int)draw(s, AGENTS);
	uint32_t what = draw(s, 200);

	if (what < 30)
		ask_centre(s, CENTER_WORK_OPEN);
	else if (what < 46)
		ask_centre(s, CENTER_WORK_WRITE);
	else if (what < 58)
		ask_centre(s, CENTER_WORK_END);
	else if (what < 72)
		page_moves(s, i);
	else if (what < 150)
		agent_acts(s, i);
	else if (what == 150 && draw(s, 3) == 0)
		config_moves(s);
	else if (what < 156)
		call_moves(s);
	else if (what == 156 && draw(s, 2) == 0 && !s->w.is_lossy)
		dies(s);
	else
		world_pass(&s->w, draw(s, draw(s, 40) ? 900 : 400000));
	if (s->w.is_lossy || draw(s, 4)) /* sometimes several events wait in one batch */
		world_run(&s->w);
	if (s->answers == s->asked) {
		world_run(&s->w);
		check(s);
	}
	world_forget(&s->w);
}

static bool play(uint64_t seed)
{
	struct soak s = {.state = seed * 0x9e3779b97f4a7c15u + 1};
	bool is_fine = begin(&s);
	int n = 0;

	for (; is_fine && n < STEPS && !world_has_failed(); n++)
		step(&s);
	world_run(&s.w);
	check(&s);
	if (getenv("MARKAZ_SOAK_SEED")) {
		for (enum event_type t = EVENT_SYSTEM_STARTED; t <= EVENT_SEGMENT_RESTORED; t++)
			if (event_name(t) && world_count(&s.w, t))
				printf("# %5d %s\n", world_count(&s.w, t), event_name(t));
		printf("# %d restarts\n", s.crashes);
	}
	if (is_fine)
		world_check_log(&s.w, false);
	world_close(&s.w);
	if (world_has_failed()) {
		test_fail(__FILE__, __LINE__, "seed %llu, step %d", (unsigned long long)seed, n);
		return false;
	}
	return true;
}

TEST(every_contact_is_in_one_place)
{
	const char *only = getenv("MARKAZ_SOAK_SEED");

	if (only) {
		play(strtoull(only, NULL, 10));
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		if (!play(seed))
			return;
}

/* Memory runs out again and again; nothing may crash or leak. */
TEST(days_without_memory)
{
	for (uint64_t seed = 100; seed < 103; seed++) {
		struct soak s = {.state = seed * 0x9e3779b97f4a7c15u + 1};
		if (begin(&s)) {
			s.w.is_lossy = true;
			for (int n = 0; n < 600; n++) {
				s.w.memory_left = draw(&s, 3) ? -1 : (int64_t)draw(&s, 40);
				step(&s);
			}
		}
		world_close(&s.w);
	}
}
