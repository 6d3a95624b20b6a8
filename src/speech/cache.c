/* Files of the speech cache; see cache.h. */
#include "speech/cache.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"
#include "speech/sound.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CACHE_FILES_MAX 200000
#define STALE_SECONDS 3600 /* half-written files of a run that was killed */

int cache_open(const char *directory)
{
	char path[SPEECH_PATH_MAX];
	struct stat st;

	if (!*directory || str_put(path, sizeof(path), directory) < 0 ||
		strlen(path) + CACHE_NAME_SIZE + 24 > SPEECH_PATH_MAX)
		return -ENAMETOOLONG;
	for (char *p = path + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			if (mkdir(path, 0700) < 0 && errno != EEXIST)
				return -errno;
			*p = '/';
		}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

void cache_name(const char *const *parts, size_t n, char ret_name[static CACHE_NAME_SIZE])
{
	crypto_generichash_state state;
	unsigned char hash[16];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < n; i++)
		/* With its NUL, so that parts cannot run into each other. */
		crypto_generichash_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(ret_name, CACHE_NAME_SIZE, hash, sizeof(hash));
}

int cache_find(const char *directory, const char *name, char ret_path[static SPEECH_PATH_MAX])
{
	char path[SPEECH_PATH_MAX];

	if (str_printf(path, sizeof(path), "%s/%s.wav", directory, name) < 0)
		return -ENAMETOOLONG;
	if (utimensat(AT_FDCWD, path, NULL, 0) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -errno;
	str_put(ret_path, SPEECH_PATH_MAX, path);
	return 0;
}

static int write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int cache_store(const char *directory, const char *name, const int16_t *samples, size_t n)
{
	char path[SPEECH_PATH_MAX], part[SPEECH_PATH_MAX];
	uint8_t header[SOUND_WAV_HEADER];

	if (str_printf(path, sizeof(path), "%s/%s.wav", directory, name) < 0 ||
		str_printf(part, sizeof(part), "%s/%s.XXXXXX", directory, name) < 0)
		return -ENAMETOOLONG;
	int fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	sound_wav_header(n, header);
	int err = write_all(fd, header, sizeof(header));
	if (err == 0)
		err = write_all(fd, samples, n * sizeof(*samples));
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(part, path) < 0)
		err = -errno;
	if (err < 0)
		unlink(part);
	return err == -EDQUOT ? -ENOSPC : err;
}

struct file {
	char name[64];
	int64_t bytes, touched_ns;
};
struct files {
	struct file *at;
	size_t len, room;
	int64_t bytes;
};

static bool is_ours(const char *name, const char **ret_rest)
{
	size_t n = strspn(name, "0123456789abcdef");

	*ret_rest = name + n;
	return n == CACHE_NAME_SIZE - 1 && *ret_rest[0] == '.' &&
	       strlen(name) < sizeof(((struct file *)0)->name);
}

static int list_files(const char *directory, struct files *ret)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return errno ? -errno : -EIO;
	while (err == 0 && ret->len < CACHE_FILES_MAX && (entry = readdir(dir))) {
		struct file f = {0};
		struct stat st;
		const char *rest;
		if (!is_ours(entry->d_name, &rest) ||
			fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (strcmp(rest, ".wav") != 0) {
			if (st.st_mtime + STALE_SECONDS < time(NULL))
				unlinkat(dirfd(dir), entry->d_name, 0);
			continue;
		}
		str_put(f.name, sizeof(f.name), entry->d_name);
		f.bytes = st.st_size;
		f.touched_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
		ret->bytes += f.bytes;
		err = VEC_PUSH(ret, f);
	}
	closedir(dir);
	return err;
}

static int by_touch(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return (x->touched_ns > y->touched_ns) - (x->touched_ns < y->touched_ns);
}

int cache_trim(const char *directory, int64_t bytes_max, const char *keep, int64_t *ret_bytes)
{
	struct files files = {0};
	int err = list_files(directory, &files);

	if (err == 0 && files.len > 0 && files.bytes > bytes_max) {
		qsort(files.at, files.len, sizeof(*files.at), by_touch);
		for (size_t i = 0; i < files.len && files.bytes > bytes_max; i++) {
			char path[SPEECH_PATH_MAX];
			if (str_starts_with(files.at[i].name, keep) ||
				str_printf(path, sizeof(path), "%s/%s", directory, files.at[i].name) < 0)
				continue;
			if (unlink(path) == 0)
				files.bytes -= files.at[i].bytes;
		}
	}
	if (err == 0)
		*ret_bytes = files.bytes;
	VEC_FREE(&files);
	return err;
}
