/* See outgoing.h. */
#include "center/defence/outgoing.h"
#include "base/id.h"
#include "base/str.h"
#include "center/defence/defence.h"

#define MINUTE_MS 60000

struct outgoing_call {
	uint64_t user;
	int64_t price, answered_mono; /* answered 0: not yet */
};
struct outgoing {
	struct map users; /* user -> struct toll_meter */
	struct map calls; /* leg -> struct outgoing_call */
	struct toll_meter house;
};

static struct outgoing *get(struct center *c)
{
	if (!c->outgoing)
		c->outgoing = alloc_zero(sizeof(*c->outgoing));
	return c->outgoing;
}

static struct toll_now now_of(const struct center *c)
{
	int64_t wall = center_wall(c);

	return (struct toll_now){wall, snapshot_day_start(c->snapshot, wall)};
}

/* NULL: nobody's, or no memory. */
static struct toll_meter *meter_of(struct outgoing *o, uint64_t user)
{
	struct toll_meter *m = user ? map_get(&o->users, user) : NULL;

	if (m || !user)
		return m;
	m = alloc_zero(sizeof(*m));
	if (m && map_put(&o->users, user, m) < 0)
		alloc_free(TAKE_PTR(m));
	return m;
}

static int64_t cost_of(const struct outgoing_call *call, int64_t mono_ms)
{
	return call->answered_mono ? call->price * (mono_ms - call->answered_mono) / MINUTE_MS : 0;
}

static struct toll_running running_of(struct outgoing *o, uint64_t user, int64_t mono_ms)
{
	struct toll_running running = {0};
	const struct outgoing_call *call;

	for (size_t i = 0; (call = map_next(&o->calls, &i));) {
		int64_t cost = cost_of(call, mono_ms);
		running.house += cost;
		if (user && call->user == user)
			running.user += cost;
	}
	return running;
}

const char *outgoing_refusal(struct center *c, uint64_t user, const char *number)
{
	static const char *const reasons[] = {[TOLL_STOP_CALLS_HOUR] = "calls_hour",
		[TOLL_STOP_CALLS_NIGHT] = "calls_night",
		[TOLL_STOP_COST_USER] = "cost_user",
		[TOLL_STOP_COST_HOUR] = "cost_hour",
		[TOLL_STOP_COST_DAY] = "cost_day"};
	const struct toll_rules *rules = &c->snapshot->toll;
	struct outgoing *o = get(c);
	const struct toll_now now = now_of(c);
	char id[ID_TEXT_SIZE];
	int64_t count = 0;

	if (defence_is_stopped(c, user))
		return "calls_stopped";
	if (!toll_is_country_allowed(rules, &c->snapshot->dialling.rules, number))
		return "country_not_allowed";
	if (!o)
		return NULL;
	const struct toll_running running = running_of(o, user, c->now_ms);
	enum toll_verdict v = toll_judge(rules, meter_of(o, user), &o->house, &running, &now, &count);
	if (v == TOLL_FINE)
		return NULL;
	if (v == TOLL_NIGHT)
		return "not_at_night";
	bool is_money = v == TOLL_STOP_COST_USER || v == TOLL_STOP_COST_HOUR || v == TOLL_STOP_COST_DAY;
	bool is_house = v == TOLL_STOP_COST_HOUR || v == TOLL_STOP_COST_DAY;
	defence_stop_calls(
		c, is_house ? DEFENCE_HOUSE : id_text(user, id), reasons[v], is_money ? count / 1000 : count);
	return "calls_stopped";
}

void outgoing_count(struct center *c, uint64_t user)
{
	struct outgoing *o = get(c);
	struct toll_meter *m = o ? meter_of(o, user) : NULL;
	const struct toll_now now = now_of(c);

	if (m)
		toll_count_call(m, &now);
}

void outgoing_begun(struct center *c, uint64_t leg, uint64_t user, const char *number)
{
	int64_t price = toll_price(&c->snapshot->toll, &c->snapshot->dialling.rules, number);
	struct outgoing *o = price ? get(c) : NULL;
	struct outgoing_call *call = o ? alloc_zero(sizeof(*call)) : NULL;

	if (!call)
		return;
	*call = (struct outgoing_call){.user = user, .price = price};
	outgoing_ended(c, leg); /* the next trunk goes on with the same leg */
	if (map_put(&o->calls, leg, call) < 0)
		alloc_free(call);
}

void outgoing_answered(struct center *c, uint64_t leg)
{
	struct outgoing_call *call = c->outgoing ? map_get(&c->outgoing->calls, leg) : NULL;

	if (call && !call->answered_mono)
		call->answered_mono = c->now_ms;
}

void outgoing_ended(struct center *c, uint64_t leg)
{
	struct outgoing_call *call = c->outgoing ? map_remove(&c->outgoing->calls, leg) : NULL;
	const struct toll_now now = call ? now_of(c) : (struct toll_now){0};
	int64_t cost = call ? cost_of(call, c->now_ms) : 0;

	if (cost) {
		struct toll_meter *m = meter_of(c->outgoing, call->user);
		toll_count_cost(&c->outgoing->house, &now, cost);
		if (m)
			toll_count_cost(m, &now, cost);
	}
	alloc_free(call);
}

void outgoing_forgive(struct center *c, const char *subject)
{
	struct toll_meter *m;
	uint64_t user;

	if (!c->outgoing)
		return;
	if (str_equal(subject, DEFENCE_HOUSE))
		m = &c->outgoing->house;
	else
		m = id_parse(subject, &user) == 0 ? map_get(&c->outgoing->users, user) : NULL;
	if (m)
		*m = (struct toll_meter){0};
}

void outgoing_free(struct center *c)
{
	struct outgoing *o = c->outgoing;
	void *one;

	if (!o)
		return;
	for (size_t i = 0; (one = map_next(&o->users, &i));)
		alloc_free(one);
	for (size_t i = 0; (one = map_next(&o->calls, &i));)
		alloc_free(one);
	map_free(&o->users);
	map_free(&o->calls);
	alloc_free(o);
	c->outgoing = NULL;
}
