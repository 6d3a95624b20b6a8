/* The loader thread and its cache.
 *
 * Invariant: the cache holds one reference on each of its sounds, so audio threads never free one of them. */
#include "media/play/loader.h"
#include "base/alloc.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define REQUESTS_MAX 4096
#define CACHE_BYTES_MAX (256u << 20)
#define CACHE_SOUNDS_MAX 1024

struct request {
	bool is_last, is_looped;
	int thread;
	uint64_t serial, leg;
	struct media_source list[MEDIA_PLAYLIST_MAX];
	int n;
};
struct cached {
	char name[MEDIA_PATH_MAX];
	int64_t mtime_ns;
	int64_t size;
	uint64_t used; /* by the clock of requests */
	struct sound *sound;
};
struct loader {
	struct media *media;
	pthread_t thread;
	struct mailbox *requests;
	VEC(struct cached) cache;
	size_t cache_bytes;
	_Atomic uint64_t total_sounds, total_bytes; /* the same, for other threads */
	uint64_t clock;
};

int sound_new(struct sound **ret_sound, const int16_t *samples, size_t n, const int16_t *wide)
{
	const struct sound like = {.is_wide = wide != NULL, .n = n};
	struct sound *s = alloc_zero(sizeof(*s) + sound_size(&like));

	if (!s)
		return -ENOMEM;
	atomic_init(&s->refs, 1);
	s->n = n;
	s->is_wide = like.is_wide;
	if (wide)
		memcpy(s->samples, wide, 2 * n * sizeof(*wide));
	for (int law = 0; law < 2; law++)
		law_encode_n(law, samples, (uint8_t *)(s->samples + (wide ? 2 * n : 0)) + (size_t)law * n, n);
	*ret_sound = s;
	return 0;
}

void sound_unref(struct sound *sound)
{
	if (sound && atomic_fetch_sub(&sound->refs, 1) == 1)
		alloc_free(sound);
}

static bool is_file(const char *name)
{
	return !str_starts_with(name, "tone:") && !str_starts_with(name, "silence:");
}

static int make(const char *name, struct sound **ret_sound)
{
	_cleanup_alloc_ int16_t *samples = NULL, *wide = NULL;
	size_t n = 0;
	int err =
		is_file(name) ? sound_read_both(name, &samples, &n, &wide) : sound_render(name, &samples, &n);

	if (err == 0 && n == 0)
		err = -EINVAL;
	return err < 0 ? err : sound_new(ret_sound, samples, n, wide);
}

static void say_totals(struct loader *l)
{
	atomic_store_explicit(&l->total_sounds, l->cache.len, memory_order_relaxed);
	atomic_store_explicit(&l->total_bytes, l->cache_bytes, memory_order_relaxed);
}

void loader_totals(const struct loader *l, uint64_t *ret_sounds, uint64_t *ret_bytes)
{
	*ret_sounds = atomic_load_explicit(&l->total_sounds, memory_order_relaxed);
	*ret_bytes = atomic_load_explicit(&l->total_bytes, memory_order_relaxed);
}

static void forget(struct loader *l, size_t i)
{
	struct cached *c = &l->cache.at[i];

	l->cache_bytes -= sound_size(c->sound);
	sound_unref(c->sound);
	VEC_REMOVE(&l->cache, i);
	say_totals(l);
}

/* Lets the least recently used sound go that nobody plays. False when all are being played. */
static bool forget_oldest(struct loader *l)
{
	size_t oldest = SIZE_MAX;

	VEC_EACH(&l->cache, i)
	if (atomic_load(&l->cache.at[i].sound->refs) == 1 &&
		(oldest == SIZE_MAX || l->cache.at[i].used < l->cache.at[oldest].used))
		oldest = i;
	if (oldest == SIZE_MAX)
		return false;
	forget(l, oldest);
	return true;
}

static int keep(struct loader *l, const struct cached *fresh)
{
	size_t bytes = sound_size(fresh->sound);

	while (l->cache.len > 0 &&
		(l->cache_bytes + bytes > CACHE_BYTES_MAX || l->cache.len >= CACHE_SOUNDS_MAX))
		if (!forget_oldest(l))
			return -ENOBUFS;
	if (VEC_PUSH(&l->cache, *fresh) < 0)
		return -ENOMEM;
	l->cache_bytes += bytes;
	say_totals(l);
	return 0;
}

static int stat_file(const char *name, struct cached *c)
{
	struct stat st;

	if (!is_file(name))
		return 0;
	if (stat(name, &st) < 0)
		return -errno;
	c->mtime_ns = st.st_mtim.tv_sec * SECOND_NS + st.st_mtim.tv_nsec;
	c->size = st.st_size;
	return 0;
}

/* The sound called name, from the cache or made. A file that changed is read again. */
static int obtain(struct loader *l, const char *name, struct sound **ret_sound)
{
	struct cached fresh = {.used = ++l->clock};
	int err = str_put(fresh.name, sizeof(fresh.name), name);

	if (err == 0)
		err = stat_file(name, &fresh);
	if (err < 0)
		return err;
	VEC_EACH(&l->cache, i)
	{
		struct cached *c = &l->cache.at[i];
		if (!str_equal(c->name, name))
			continue;
		if (c->mtime_ns == fresh.mtime_ns && c->size == fresh.size) {
			c->used = fresh.used;
			atomic_fetch_add(&c->sound->refs, 1);
			*ret_sound = c->sound;
			return 0;
		}
		forget(l, i);
		break;
	}
	err = make(name, &fresh.sound);
	if (err < 0)
		return err;
	err = keep(l, &fresh);
	if (err < 0) {
		sound_unref(fresh.sound);
		return err;
	}
	atomic_fetch_add(&fresh.sound->refs, 1);
	*ret_sound = fresh.sound;
	return 0;
}

static void serve(struct loader *l, const struct request *r)
{
	struct note note = {.kind = NOTE_LOADED, .leg = r->leg, .serial = r->serial};

	int err = 0;
	for (int i = 0; i < r->n && (err == 0 || r->is_looped); i++) {
		err = obtain(l, r->list[i].path, &note.sounds[note.n_sounds]);
		note.n_sounds += err == 0;
		note.err = note.err == 0 ? err : note.err;
	}
	/* Of music that goes round, what cannot be read is left out. */
	if (r->is_looped && note.n_sounds > 0)
		note.err = 0;
	if (mailbox_send(l->media->threads[r->thread].notes, &note) < 0)
		for (int i = 0; i < note.n_sounds; i++)
			sound_unref(note.sounds[i]);
}

static void *run(void *arg)
{
	struct loader *l = arg;
	struct request r;

	pthread_setname_np(pthread_self(), "sounds");
	for (;;) {
		while (mailbox_take(l->requests, &r)) {
			if (r.is_last)
				return NULL;
			serve(l, &r);
		}
		mailbox_wait(l->requests, -1);
	}
}

int loader_start(struct loader **ret_loader, struct media *media)
{
	struct loader *l = alloc_zero(sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->media = media;
	int err = mailbox_new(&l->requests, sizeof(struct request), REQUESTS_MAX);
	if (err == 0)
		err = -pthread_create(&l->thread, NULL, run, l);
	if (err < 0) {
		mailbox_free(l->requests);
		alloc_free(l);
		return err;
	}
	*ret_loader = l;
	return 0;
}

int loader_request(struct loader *l, int thread, uint64_t serial, const struct media_command *c)
{
	struct request r = {.thread = thread,
		.serial = serial,
		.leg = c->leg,
		.n = c->play.n,
		.is_looped = c->play.is_looped};

	memcpy(r.list, c->play.list, sizeof(r.list));
	return mailbox_send(l->requests, &r);
}

void loader_stop(struct loader *l)
{
	struct request last = {.is_last = true};

	if (!l)
		return;
	while (mailbox_send(l->requests, &last) < 0) /* full: the loader is emptying it */
		sched_yield();
	pthread_join(l->thread, NULL);
	while (l->cache.len > 0)
		forget(l, 0);
	VEC_FREE(&l->cache);
	mailbox_free(l->requests);
	alloc_free(l);
}
