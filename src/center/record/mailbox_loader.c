/* The loader's part of mailbox.h: reads lists, counts and the sound of messages. What is encrypted is
 * deciphered into memory that has no name in any folder, and goes when the call has heard it. */
#include "base/log.h"
#include "base/str.h"
#include "center/record/mailbox.h"
#include "media/record/playback.h"

#include <errno.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIST_MAX 100		   /* messages offered in one call */
#define SOUND_BYTES_MAX (32 << 20) /* of one message: half an hour */

static int give_key(void *arg, uint32_t id, uint8_t *ret_key)
{
	struct store_recording_key key;
	int err = store_recording_key(arg, id, &key);

	if (err == 0)
		memcpy(ret_key, key.key, VAULT_KEY_BYTES);
	sodium_memzero(&key, sizeof(key));
	return err;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);
		if (done < 0)
			return -errno;
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

static int copy_sound(struct playback *p, int fd)
{
	char buffer[16384];
	int64_t at = 0;
	ssize_t n;
	int err = 0;

	while (err == 0 && (n = playback_wav(p, -1, at, buffer, sizeof(buffer))) != 0) {
		err = n < 0 ? (int)n : at + n > SOUND_BYTES_MAX ? -EFBIG : write_all(fd, buffer, (size_t)n);
		at += n;
	}
	return err;
}

static int open_sound(struct store_reader *reader, const char *path, int *ret_fd)
{
	struct playback *p;
	int err = playback_open(&p, path, give_key, reader);

	if (err < 0)
		return err;
	int fd = memfd_create("message", MFD_CLOEXEC);
	err = fd < 0 ? -errno : copy_sound(p, fd);
	playback_free(p);
	if (err < 0 && fd >= 0)
		close(fd);
	if (err == 0)
		*ret_fd = fd;
	return err;
}

void mail_look_up(struct store_reader *reader, const char *data_directory, struct lookup *found)
{
	struct store_voicemails_query q = {
		.tenant = TENANT, .n_owners = found->mail.n_owners, .limit = LIST_MAX};
	char path[MEDIA_PATH_MAX];

	found->mail.fd = -1;
	memcpy(q.owners, found->mail.owners, sizeof(q.owners));
	if (found->mail.kind == MAIL_COUNTS)
		found->mail.err =
			store_voicemail_counts(reader, TENANT, found->mail.owners[0], &found->mail.rows);
	else if (found->mail.kind == MAIL_LIST)
		found->mail.err = store_voicemails(reader, &q, &found->mail.rows);
	else if (str_printf(path, sizeof(path), "%s/recordings/%s", data_directory, found->mail.path) < 0)
		found->mail.err = -ENAMETOOLONG;
	else
		found->mail.err = open_sound(reader, path, &found->mail.fd);
	if (found->mail.err < 0)
		log_error("center", found->interaction, "messages cannot be read: %s",
			strerror(-found->mail.err));
}

void mail_lookup_free(struct lookup *found)
{
	json_decref(TAKE_PTR(found->mail.rows));
	if (found->mail.kind && found->mail.fd >= 0)
		close(found->mail.fd);
	found->mail.fd = -1;
}
