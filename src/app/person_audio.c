/* See person_audio.h. */
#include "app/person_audio.h"
#include "base/str.h"
#include "media/record/playback.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 700
#define BLOCK 65536
#define ENCRYPTED ".mkz"

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct store_recording_key key;
	int err = store_recording_key(arg, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	sodium_memzero(&key, sizeof(key));
	return err;
}

static int name_it(const char *from, const char *why)
{
	fprintf(stderr, "markaz person: %s: %s\n", from, why);
	return 1;
}

static const char *why(int err)
{
	switch (err) {
	case -ENOKEY:
		return "not handed out: its key was erased, or is not in this database";
	case -EBADMSG:
		return "not handed out: secret.key of the data directory is another one; put the right one "
		       "back";
	case -EINVAL:
	case -ENOTSUP:
		return "not handed out: the file is damaged, or no recording";
	case -ENOENT:
		return "not handed out: the file is not there";
	default:
		return strerror(-err);
	}
}

/* 0; 1: it cannot be read on; -errno: it cannot be written. */
static int copy_sound(struct playback *p, bool is_opus, int out)
{
	uint8_t block[BLOCK];
	int64_t at = 0;
	ssize_t n;

	while ((n = is_opus ? playback_bytes(p, at, block, sizeof(block))
			    : playback_wav(p, -1, at, block, sizeof(block))) > 0) {
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(out, block + done, (size_t)(n - done))) < 0)
				return -errno;
		at += n;
	}
	return n < 0 ? 1 : fsync(out) < 0 ? -errno : 0;
}

static int write_sound(struct playback *p, const char *from, const char *to)
{
	struct playback_info info;

	playback_look(p, &info);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = out < 0 ? -errno : copy_sound(p, info.is_opus, out);
	if (out >= 0)
		close(out);
	if (err != 0) {
		if (out >= 0)
			unlink(to);
		return err < 0 ? err : name_it(from, "not handed out: it cannot be read to its end");
	}
	playback_look(p, &info);
	if (info.damaged_chunks > 0)
		return name_it(from, "handed out with holes: parts of it are damaged, and silent");
	return info.is_cut ? name_it(from, "handed out as far as it goes: it is under way, or cut off") : 0;
}

int person_audio_write(struct store_reader *rd, const char *from, const char *folder)
{
	const char *slash = strrchr(from, '/'), *name = slash ? slash + 1 : from;
	size_t n = strlen(name), end = strlen(ENCRYPTED);
	struct playback *p = NULL;
	char to[PATH_SIZE];

	if (n > end && str_equal(name + n - end, ENCRYPTED))
		n -= end;
	if (str_printf(to, sizeof(to), "%s/%.*s", folder, (int)n, name) < 0)
		return -ENAMETOOLONG;
	int err = playback_open(&p, from, give_key, rd);
	if (err == -ENOMEM)
		return err;
	err = err < 0 ? name_it(from, why(err)) : write_sound(p, from, to);
	playback_free(p);
	return err;
}
