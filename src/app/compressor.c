/* See compressor.h. */
#include "app/compressor.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/map.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "media/record/compress.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATH_SIZE 600
#define COMMIT_MS 200 /* until it is looked again whether an event can be read */

struct compressor {
	struct store *store;
	struct store_reader *reader;
	char directory[300];
	struct mailbox *mailbox; /* anything in it: look around */
	pthread_t thread;
	atomic_bool is_stopping;
	atomic_uint_fast64_t wanted_seq;
	/* its thread's */
	struct map failed; /* recordings that cannot be read */
	int last_error;
};

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct compressor *c = arg;
	struct store_recording_key key;
	int err = store_recording_key(c->reader, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	sodium_memzero(&key, sizeof(key));
	return err;
}

/* The name the log will know it by: log/fold.c says the same. */
static int opus_path(const char *wav, char *ret_path, size_t size)
{
	const char *ending = strstr(wav, ".wav");

	if (!ending || *wav == '/' || strstr(wav, ".."))
		return -EINVAL;
	return str_printf(ret_path, size, "%.*s.opus%s", (int)(ending - wav), wav, ending + strlen(".wav"));
}

/* Whether the recording itself is why: trying again would not help. */
static bool is_its_own(int err)
{
	return err == -EBADMSG || err == -ENOKEY || err == -EINVAL || err == -ENOTSUP || err == -ENOENT ||
	       err == -EALREADY || err == -ELOOP || err == -ENAMETOOLONG;
}

static int make(struct compressor *c, const struct store_wav *wav)
{
	char relative[STORE_RECORDING_PATH_MAX + 8], from[PATH_SIZE], to[PATH_SIZE],
		hash[FILE_HASH_TEXT_SIZE];
	struct compressed made = {0};
	bool is_taken = false;
	int err = opus_path(wav->path, relative, sizeof(relative));

	if (err == 0)
		err = str_printf(from, sizeof(from), "%s/recordings/%s", c->directory, wav->path);
	if (err == 0)
		err = str_printf(to, sizeof(to), "%s/recordings/%s", c->directory, relative);
	if (err == 0)
		err = store_compress_begin(c->store, relative);
	struct compress_wish wish = {.from = from,
		.to = to,
		.on_key = give_key,
		.arg = c,
		.hash = wav->hash,
		.is_over = &c->is_stopping};
	if (err == 0)
		err = recording_compress(&wish, &made);
	if (err < 0)
		return err;
	file_hash_text(made.hash, hash);
	struct store_compressed done = {.wav = *wav, .bytes = made.bytes, .hash = hash};
	err = store_compress_done(c->store, &done, &is_taken);
	if (err == 0 && is_taken)
		log_debug("app", wav->interaction, "a recording was compressed to %lld bytes",
			(long long)made.bytes);
	return err > 0 ? -EIO : err;
}

/* Said once for each recording; those are left as they are. */
static int pass_over(struct compressor *c, const struct store_wav *wav, int err)
{
	if (err != -ENOKEY)
		log_warn("app", wav->interaction,
			"recording %s stays as it is, it cannot be compressed: %s. markaz doctor --deep "
			"looks "
			"at it",
			wav->path, strerror(-err));
	if (c->failed.len >= COMPRESSOR_FAILED_MAX)
		return 0;
	return map_put(&c->failed, wav->id, c);
}

/* All that wait. 0, or why not all of them could be taken now. */
static int round_of(struct compressor *c)
{
	struct store_wav wav = {0};
	int err = 0;

	while (!atomic_load(&c->is_stopping) && (err = store_wav_next(c->reader, wav.id, &wav)) == 1) {
		if (map_get(&c->failed, wav.id))
			continue;
		err = make(c, &wav);
		if (is_its_own(err))
			err = pass_over(c, &wav, err);
		if (err < 0)
			return err;
	}
	return atomic_load(&c->is_stopping) ? 0 : err;
}

static void say(struct compressor *c, int err)
{
	if (err < 0 && err != c->last_error && err != -ECANCELED)
		log_warn("app", 0, "compressing recordings has to wait: %s. They stay WAV meanwhile",
			strerror(-err));
	c->last_error = err;
}

static void *compressor_main(void *arg)
{
	struct compressor *c = arg;
	bool is_done = false;
	char wake;

	pthread_setname_np(pthread_self(), "compressor");
	setpriority(PRIO_PROCESS, (id_t)gettid(), COMPRESSOR_NICE);
	while (!atomic_load(&c->is_stopping)) {
		uint64_t wanted = atomic_load(&c->wanted_seq);
		bool is_visible = store_visible_seq(c->store) >= wanted;
		int err = is_done ? 0 : store_compress_left_over(c->store, c->reader);
		if (err == 0)
			err = round_of(c);
		is_done = err == 0;
		say(c, err);
		if (atomic_load(&c->is_stopping))
			break;
		mailbox_wait(c->mailbox, err < 0 ? COMPRESSOR_RETRY_MS : is_visible ? -1 : COMMIT_MS);
		while (mailbox_take(c->mailbox, &wake))
			;
	}
	(void)store_compress_left_over(c->store, c->reader);
	return NULL;
}

static void release(struct compressor *c)
{
	map_free(&c->failed);
	store_reader_close(c->reader);
	mailbox_free(c->mailbox);
	alloc_free(c);
}

int compressor_start(struct compressor **ret_compressor, struct store *store, const char *directory)
{
	struct compressor *c = alloc_zero(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->store = store;
	int err = str_put(c->directory, sizeof(c->directory), directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = store_reader_open(&c->reader, directory);
	if (err == 0)
		err = mailbox_new(&c->mailbox, sizeof(char), 1);
	if (err == 0)
		err = -pthread_create(&c->thread, NULL, compressor_main, c);
	if (err < 0) {
		release(c);
		return err;
	}
	*ret_compressor = c;
	return 0;
}

void compressor_wake(struct compressor *c, uint64_t seq)
{
	if (!c)
		return;
	uint64_t was = atomic_load(&c->wanted_seq);
	while (was < seq && !atomic_compare_exchange_weak(&c->wanted_seq, &was, seq))
		;
	mailbox_send(c->mailbox, &(char){1}); /* full: it will look anyway */
}

void compressor_stop(struct compressor *c)
{
	if (!c)
		return;
	atomic_store(&c->is_stopping, true);
	mailbox_send(c->mailbox, &(char){1});
	pthread_join(c->thread, NULL);
	release(c);
}
