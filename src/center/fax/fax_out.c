/* Faxes to be sent: each is dialled, sent, tried again. See fax.h. */
#include "center/fax/fax.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/work/work.h"
#include "center/work/work_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define RING_S 60
#define FULL_WAIT_MS 5000
#define RESTORE_WAIT_MS 2000 /* the SIP room takes the trunks first */
#define OUTBOX "documents/outbox"
#define OUTBOX_FILE_MAX 4096

struct fax_job {
	struct center_fax ask;
	struct center *center;
	struct timer timer;
	int done_pages, tries;
	bool is_running;
};

/* --- its life
 * ----------------------------------------------------------------------------------------------------------
 */

static void remove_file(struct center *c, uint64_t document)
{
	char path[MEDIA_PATH_MAX + 64], text[ID_TEXT_SIZE];

	if (str_printf(path, sizeof(path), "%s/" OUTBOX "/%s.json", c->parts.data_directory,
		    id_text(document, text)) == 0 &&
		unlink(path) < 0 && errno != ENOENT)
		log_error("center", 0,
			"%s cannot be removed: %s. Remove it, or that fax is sent again after a restart",
			path, strerror(errno));
}

static void forget(struct fax_job *job)
{
	struct center *c = job->center;

	timer_cancel(&c->timers, &job->timer);
	map_remove(&c->fax_jobs, job->ask.document);
	alloc_free(job);
}

/* Whether another try could end otherwise. */
static bool is_final(const struct fax_job *job, const char *reason)
{
	int tries_max = job->center->snapshot->fax_tries;

	return str_equal(reason, "ok") || job->tries >= tries_max;
}

static char *details(const struct fax_job *job, const struct media_event *e)
{
	_cleanup_json_ json_t *j = json_pack(
		"{s:s,s:i,s:i}", "direction", "outbound", "try", job->tries, "pages_sent", job->done_pages);

	if (j && e)
		json_object_update_new(
			j, json_pack("{s:i,s:b,s:s,s:s}", "bit_rate", (int)e->fax.bit_rate, "is_ecm",
				   e->fax.is_ecm, "station", e->fax.station, "result", e->fax.result));
	return j ? jsonx_dump(j) : NULL;
}

static void say_over(
	const struct fax_job *job, const struct media_event *e, const char *reason, int64_t wait_ms)
{
	char *text = details(job, e);

	emit(job->center, &(struct event){.type = EVENT_FAX_ENDED,
				  .interaction = job->ask.interaction,
				  .agent = job->ask.user,
				  .ref = job->ask.document,
				  .number = job->done_pages,
				  .duration_ms = wait_ms,
				  .reason = reason,
				  .from = job->ask.from,
				  .to = job->ask.to,
				  .name = "outbound",
				  .text = text});
	free(text);
}

static void start_due(struct timer *t, int64_t now_ms);

void fax_attempt_over(struct center *c, uint64_t document, const struct media_event *e, const char *reason)
{
	struct fax_job *job = map_get(&c->fax_jobs, document);
	int64_t wait_ms = 0;

	if (!job || !job->is_running)
		return;
	job->is_running = false;
	c->n_faxes_out--;
	job->done_pages += e ? e->fax.pages : 0;
	if (str_equal(reason, "ok") && job->done_pages < job->ask.pages)
		reason = "failed";
	else if (job->done_pages >= job->ask.pages)
		reason = "ok"; /* every page was confirmed; that the goodbye was lost changes nothing */
	if (!is_final(job, reason))
		wait_ms = c->snapshot->fax_retry_ms;
	say_over(job, e, reason, wait_ms);
	if (wait_ms > 0) {
		timer_set(&c->timers, &job->timer, c->now_ms + wait_ms, start_due);
		return;
	}
	remove_file(c, document);
	forget(job);
}

/* --- the call
 * ----------------------------------------------------------------------------------------------------------
 */

static struct fax_job *job_of(const struct party *p)
{
	return map_get(&p->interaction->center->fax_jobs, p->interaction->fax_document);
}

static void connected(struct party *p)
{
	struct fax_job *job = job_of(p);

	p->interaction->is_answered = true;
	if (job)
		fax_send(p->interaction, job->ask.document, job->done_pages);
	else
		call_end(p->interaction, "fax_failed", 0);
}

static void failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	fax_attempt_over(ix->center, ix->fax_document, NULL, reason);
	call_end(ix, reason, 0);
}

static void ended(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	/* The machine says how far it came: fax_on_ended follows. */
	call_end(ix, str_equal(reason, "media_lost") ? reason : "customer_hung_up", 0);
}

static const struct party_kind fax_kind = {"fax", NULL, connected, failed, ended};

static struct interaction *interaction_new(struct center *c, const struct fax_job *job)
{
	struct interaction *ix = alloc_zero(sizeof(*ix));

	if (!ix)
		return NULL;
	ix->id = id_new();
	ix->center = c;
	ix->started_mono = c->now_ms;
	ix->started_wall = center_wall(c);
	ix->direction = DIRECTION_OUTBOUND;
	ix->stage = STAGE_FLOW;
	ix->fax_document = job->ask.document;
	ix->is_started = ix->is_media_open = ix->is_lookup_done = true;
	str_put(ix->from, sizeof(ix->from), job->ask.from);
	str_put(ix->from_name, sizeof(ix->from_name), job->ask.name);
	str_put(ix->to, sizeof(ix->to), job->ask.to);
	struct party *p =
		map_put(&c->interactions, ix->id, ix) == 0 ? party_new(ix, PARTY_CUSTOMER, &fax_kind) : NULL;
	if (!p) {
		map_remove(&c->interactions, ix->id);
		alloc_free(ix);
		return NULL;
	}
	party_call_it(p, ix->to, ix->from_name);
	return ix;
}

static struct sip_command *call_of(struct interaction *ix, const struct fax_job *job)
{
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return NULL;
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = RING_S;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), job->ask.from);
	if (call_target(ix->center, job->ask.to, cmd)) {
		alloc_free(cmd);
		return NULL;
	}
	ix->trunk = cmd->call.to == SIP_TO_TRUNK ? cmd->call.trunk : 0;
	return cmd;
}

static void dial(struct interaction *ix, const struct fax_job *job)
{
	struct center *c = ix->center;
	struct sip_command *cmd = call_of(ix, job);
	struct leg *leg = cmd ? call_leg_new(ix, LEG_OUTSIDE, LEG_SIP, 0) : NULL;

	atomic_fetch_add_explicit(&c->total_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
	emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
			.interaction = ix->id,
			.from = ix->from,
			.to = ix->to,
			.name = ix->from_name[0] ? ix->from_name : NULL,
			.ref = ix->trunk,
			.reason = "outbound",
			.text = "voice"});
	live_trunk_calls(c, ix->trunk, 1);
	if (!leg) {
		log_error("center", ix->id, "a fax cannot be dialled: no trunk that can dial, or no memory");
		alloc_free(cmd);
		failed(ix->parties, "unreachable");
		return;
	}
	leg->call = cmd;
	party_set_leg(ix->parties, leg);
	call_leg_open(leg);
}

static void start_due(struct timer *t, int64_t now_ms)
{
	struct fax_job *job = (struct fax_job *)((char *)t - offsetof(struct fax_job, timer));
	struct center *c = job->center;

	if (c->is_draining)
		return; /* its file stays: the next start goes on */
	struct interaction *ix = c->n_faxes_out < FAX_OUT_MAX ? interaction_new(c, job) : NULL;
	if (!ix) {
		timer_set(&c->timers, &job->timer, now_ms + FULL_WAIT_MS, start_due);
		return;
	}
	c->n_faxes_out++;
	job->is_running = true;
	job->tries++;
	job->ask.interaction = ix->id;
	dial(ix, job);
}

/* --- asking
 * ------------------------------------------------------------------------------------------------------------
 */

static struct fax_job *job_new(struct center *c, const struct center_fax *ask, int64_t wait_ms)
{
	struct fax_job *job = alloc_zero(sizeof(*job));

	if (!job)
		return NULL;
	*job = (struct fax_job){.ask = *ask, .center = c};
	if (map_put(&c->fax_jobs, ask->document, job) < 0) {
		alloc_free(job);
		return NULL;
	}
	if (timer_set(&c->timers, &job->timer, c->now_ms + wait_ms, start_due) < 0) {
		forget(job);
		return NULL;
	}
	return job;
}

static int post(struct center *c, const struct fax_wish *what)
{
	struct fax_wish *wish = alloc_dup(what, sizeof(*what));
	struct message m = {MESSAGE_FAX, wish};

	if (!wish)
		return -ENOMEM;
	if (mailbox_send(c->mailbox, &m) < 0) {
		alloc_free(wish);
		return -ENOBUFS;
	}
	return 0;
}

int center_fax(struct center *c, const struct center_fax *ask, center_json_handler *on_json, void *arg)
{
	return post(c, &(struct fax_wish){.ask = *ask, .on_json = on_json, .arg = arg});
}

int center_fax_cancel(struct center *c, uint64_t document, center_json_handler *on_json, void *arg)
{
	return post(
		c, &(struct fax_wish){
			   .is_cancel = true, .ask = {.document = document}, .on_json = on_json, .arg = arg});
}

void fax_wish_free(struct fax_wish *wish)
{
	wish->on_json(NULL, wish->arg);
	alloc_free(wish);
}

static const char *take(struct center *c, const struct center_fax *ask)
{
	struct sip_command cmd = {0};

	if (c->is_draining)
		return "draining";
	if (c->fax_jobs.len >= FAX_JOBS_MAX)
		return "too_many";
	const char *why = call_target(c, ask->to, &cmd);
	if (why)
		return why;
	if (map_get(&c->fax_jobs, ask->document))
		return NULL; /* found in the outbox already */
	if (!job_new(c, ask, 0))
		return "no_memory";
	emit(c, &(struct event){.type = EVENT_FAX_QUEUED,
			.agent = ask->user,
			.ref = ask->document,
			.number = ask->pages,
			.from = ask->from,
			.to = ask->to,
			.name = ask->name[0] ? ask->name : NULL});
	return NULL;
}

static const char *take_back(struct center *c, uint64_t document)
{
	struct fax_job *job = map_get(&c->fax_jobs, document);

	if (!job)
		return "not_found";
	if (job->is_running)
		return "is_sending";
	say_over(job, NULL, "cancelled", 0);
	remove_file(c, document);
	forget(job);
	return NULL;
}

void fax_wish_handle(struct center *c, struct fax_wish *wish)
{
	const char *why = wish->is_cancel ? take_back(c, wish->ask.document) : take(c, &wish->ask);

	if (why)
		wish->on_json(json_pack("{s:s}", "code", why), wish->arg);
	else
		work_await(c, json_pack("{s:o}", "id", json_id(wish->ask.document)), wish->on_json, wish->arg,
			0);
	alloc_free(wish);
}

/* --- after a restart
 * ------------------------------------------------------------------------------------------------------ */

static void restore_one(struct center *c, const char *folder, const char *name)
{
	char path[MEDIA_PATH_MAX + 512];
	struct center_fax ask = {0};

	if (str_printf(path, sizeof(path), "%s/%s", folder, name) < 0)
		return;
	_cleanup_json_ json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	ask.document = jsonx_id(j, "id");
	ask.user = jsonx_id(j, "user");
	ask.pages = (int)jsonx_int(j, "pages", 0);
	if (!ask.document || ask.pages <= 0 || str_put(ask.to, sizeof(ask.to), jsonx_text(j, "to", "")) < 0 ||
		!ask.to[0] || str_put(ask.from, sizeof(ask.from), jsonx_text(j, "from", "")) < 0 ||
		str_put(ask.name, sizeof(ask.name), jsonx_text(j, "name", "")) < 0) {
		log_warn("center", 0, "%s says of no fax that can be sent: it is left where it is", path);
		return;
	}
	if (!job_new(c, &ask, RESTORE_WAIT_MS))
		log_error("center", 0, "a fax that waits to be sent does not go on: out of memory");
}

void fax_restore(struct center *c)
{
	char folder[MEDIA_PATH_MAX + 32];
	struct dirent *entry;

	if (str_printf(folder, sizeof(folder), "%s/" OUTBOX, c->parts.data_directory) < 0)
		return;
	DIR *dir = opendir(folder);
	while (dir && (entry = readdir(dir)) && c->fax_jobs.len < FAX_JOBS_MAX) {
		size_t n = strlen(entry->d_name);
		if (entry->d_name[0] != '.' && n > 5 && str_equal(entry->d_name + n - 5, ".json"))
			restore_one(c, folder, entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (c->fax_jobs.len > 0)
		log_info("center", 0, "%zu faxes wait to be sent", c->fax_jobs.len);
}

void fax_free_all(struct center *c)
{
	struct fax_job *job;
	void *fax;

	for (size_t i = 0; (job = map_next(&c->fax_jobs, &i));) {
		timer_cancel(&c->timers, &job->timer);
		alloc_free(job);
	}
	for (size_t i = 0; (fax = map_next(&c->faxes, &i));)
		alloc_free(fax);
	map_free(&c->fax_jobs);
	map_free(&c->faxes);
}
