/* The store's alarms on their way to people. */
#include "center/test_parts.h"

static bool tell(struct world *w, const char *list)
{
	struct center_input in = {.kind = CENTER_ALARMS, .body = json_loads(list, 0, NULL)};
	int err = in.body ? center_send(w->center, &in) : -1;

	world_run(w);
	return err == 0;
}

static const char *kind_shown(struct world *w, uint64_t page)
{
	json_t *push = world_push(w, page, "alarms");

	return push ? jsonx_text(json_array_get(json_object_get(push, "alarms"), 0), "kind", "none") : "";
}

TEST(alarms_reach_who_can_do_something_about_them_and_nobody_else)
{
	WITH_WORLD(w);
	CHECK(world_start(&w));
	uint64_t boss = world_page(&w, 900, MAY_SEE_LIVE), keeper = world_page(&w, 901, MAY_CHANGE_CONFIG);
	uint64_t agent = world_page(&w, 902, MAY_HANDLE);
	CHECK_STR(kind_shown(&w, boss), ""); /* nothing is wrong: nothing is said */
	CHECK(tell(&w, "[{\"kind\":\"store_not_writing\",\"since\":5,\"reason\":\"disk_full\"}]"));
	CHECK_STR(kind_shown(&w, boss), "store_not_writing");
	CHECK_STR(kind_shown(&w, keeper), "store_not_writing");
	CHECK_STR(kind_shown(&w, agent), "");
	/* Who comes later, or again, hears of it too. */
	world_page_closes(&w, boss);
	boss = world_page(&w, 900, MAY_SEE_LIVE);
	CHECK_STR(kind_shown(&w, boss), "store_not_writing");
	CHECK(tell(&w, "[]"));
	CHECK_STR(kind_shown(&w, boss), "none");
	world_page_closes(&w, boss);
	boss = world_page(&w, 900, MAY_SEE_LIVE);
	CHECK_STR(kind_shown(&w, boss), "");
}
