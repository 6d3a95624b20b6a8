/* See spool.h. The file is made as spool.new and renamed once it is whole. Emptying is one write of the
 * header: a new generation and salt, after which the old records are nobody's; the zeroes follow in steps.
 * The header says whether anything but zeroes may lie behind it, so that a start need not look. */
#include "store/write/spool.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 600
#define WINDOW_BYTES SPOOL_GROUP_BYTES
_Static_assert(WINDOW_BYTES >= SPOOL_RECORD_BYTES + SPOOL_DATA_MAX + SPOOL_RECORD_ALIGN,
	"any record fits the window");

struct spool {
	int fd, directory_fd; /* fd -1: no file */
	char directory[PATH_SIZE - 16];
	struct spool_header header;
	uint64_t next_serial;
	bool is_unsure;	    /* the disk may have another header than ours */
	uint64_t append_at; /* behind the last confirmed record */
	uint64_t read_at;   /* the next to be read */
	uint64_t taken_at;  /* before that, all is in the database */
	uint64_t dirty_end; /* from here on only zeroes; 0: everywhere */
	uint64_t events, n_read;
	uint64_t first_seq, last_seq, group_first, group_last, group_events;

	VEC(uint8_t) group; /* not yet written */
	uint8_t *window;    /* of the file, for reading */
	uint64_t window_at; /* where in the file; */
	size_t window_n;    /* 0: holds nothing */
	int new_fd;	    /* spool.new, being made; -1 */
	uint64_t new_at, new_bytes;
};

/* --- bytes
 * -----------------------------------------------------------------------------------------------------------
 */

static int write_all(int fd, const void *data, size_t n, uint64_t at)
{
	const char *p = data;

	while (n > 0) {
		ssize_t k = pwrite(fd, p, n, (off_t)at);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k < 0 ? -errno : -EIO;
		p += k;
		at += (uint64_t)k;
		n -= (size_t)k;
	}
	return 0;
}

/* Bytes read, fewer only at the end of the file; or -errno. */
static int64_t read_some(int fd, void *data, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, (char *)data + got, n - got, (off_t)(at + got));
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (int64_t)got;
}

static int sync_data(int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

/* Makes h the file's header. After a failure nobody knows what the disk has: the next one goes to the same
 * slot with a higher number, so that the other stays as it is. */
static int write_header(struct spool *sp, int fd, const struct spool_header *h)
{
	uint8_t slot[SPOOL_SLOT_BYTES];
	struct spool_header copy = *h;

	copy.serial = sp->next_serial;
	spool_header_write(&copy, slot);
	int err = write_all(fd, slot, sizeof(slot), spool_header_at(&copy));
	if (err == 0)
		err = sync_data(fd);
	sp->next_serial += err < 0 ? 2 : 1;
	sp->is_unsure = err < 0;
	if (err == 0)
		sp->header = copy;
	return err;
}

/* --- reading
 * -----------------------------------------------------------------------------------------------------------
 */

/* What begins at `at`, through the window; enum spool_found or -errno. */
static int look_at(
	struct spool *sp, uint64_t at, uint64_t end, struct spool_record *ret_record, size_t *ret_size)
{
	uint64_t left = end - at;

	if (sp->window_n > 0 && at >= sp->window_at && at < sp->window_at + sp->window_n) {
		size_t skip = (size_t)(at - sp->window_at);
		enum spool_found found = spool_record_read(&sp->header, sp->window + skip,
			sp->window_n - skip, sp->window_at + sp->window_n >= end, ret_record, ret_size);
		if (found != SPOOL_FOUND_MORE)
			return (int)found;
	}
	if (!sp->window && !(sp->window = alloc_zero(WINDOW_BYTES)))
		return -ENOMEM;
	sp->window_n = 0;
	int64_t n = read_some(sp->fd, sp->window, left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES, at);
	if (n < 0)
		return (int)n;
	sp->window_at = at;
	sp->window_n = (size_t)n;
	bool is_all = at + (uint64_t)n >= end || (size_t)n < WINDOW_BYTES;
	return (int)spool_record_read(&sp->header, sp->window, (size_t)n, is_all, ret_record, ret_size);
}

/* Finds what an earlier process left. */
static int scan(struct spool *sp, uint64_t *ret_torn_at)
{
	struct spool_record r;
	size_t size = 0;
	int found;

	for (;;) {
		found = look_at(sp, sp->append_at, sp->header.bytes, &r, &size);
		if (found != SPOOL_FOUND_RECORD)
			break;
		/* The order is part of the contract: what does not follow was not written by us like this. */
		if (sp->events > 0 && r.seq != sp->last_seq + 1) {
			found = SPOOL_FOUND_TORN;
			break;
		}
		if (sp->events++ == 0)
			sp->first_seq = r.seq;
		sp->last_seq = r.seq;
		sp->append_at += size;
	}
	if (found < 0)
		return found;
	if (found == SPOOL_FOUND_TORN)
		*ret_torn_at = sp->append_at;
	sp->dirty_end = sp->header.bytes; /* who knows */
	sp->window_n = 0;
	return 0;
}

static int open_file(struct spool *sp, const unsigned char owner[SPOOL_OWNER_BYTES], uint64_t *ret_torn_at)
{
	uint8_t page[SPOOL_HEADER_BYTES];
	struct stat st;

	sp->fd = openat(sp->directory_fd, SPOOL_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (sp->fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(sp->fd, &st) < 0)
		return -errno;
	int64_t n = read_some(sp->fd, page, sizeof(page), 0);
	if (n < 0)
		return (int)n;
	if (spool_header_read(page, (size_t)n, &sp->header) < 0)
		return -EUCLEAN;
	sp->next_serial = sp->header.serial + 1;
	if (memcmp(sp->header.owner, owner, SPOOL_OWNER_BYTES) != 0)
		return -EXDEV;
	if (sp->header.bytes < SPOOL_HEADER_BYTES || sp->header.bytes > SPOOL_BYTES_MAX)
		return -EUCLEAN;
	/* A file cut short (a copy, a damaged disk): what is left of it is read, and it is made anew after.
	 */
	if ((uint64_t)st.st_size < sp->header.bytes)
		sp->header.bytes = (uint64_t)st.st_size;
	return sp->header.is_dirty ? scan(sp, ret_torn_at) : 0;
}

int spool_open(struct spool **ret_spool, const char *directory, const unsigned char owner[SPOOL_OWNER_BYTES],
	uint64_t *ret_torn_at)
{
	struct spool *sp = alloc_zero(sizeof(*sp));
	uint64_t torn_at = 0;

	if (!sp)
		return -ENOMEM;
	sp->fd = sp->new_fd = -1;
	sp->append_at = sp->read_at = sp->taken_at = SPOOL_HEADER_BYTES;
	sp->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = sp->directory_fd < 0 ? -errno : 0;
	if (err == 0)
		err = open_file(sp, owner, &torn_at);
	if (err < 0) {
		spool_close(sp);
		return err;
	}
	memcpy(sp->header.owner, owner, SPOOL_OWNER_BYTES);
	*ret_torn_at = torn_at;
	*ret_spool = sp;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void spool_close(struct spool *sp)
{
	if (!sp)
		return;
	close_fd(&sp->fd);
	close_fd(&sp->new_fd);
	close_fd(&sp->directory_fd);
	VEC_FREE(&sp->group);
	alloc_free(sp->window);
	alloc_free(sp);
}

void spool_figures(const struct spool *sp, struct spool_figures *ret_figures)
{
	*ret_figures =
		(struct spool_figures){.bytes_max = sp->fd < 0 || sp->header.bytes <= SPOOL_HEADER_BYTES
							    ? 0
							    : sp->header.bytes - SPOOL_HEADER_BYTES,
			.bytes = sp->append_at - SPOOL_HEADER_BYTES,
			.events = sp->events,
			.first_seq = sp->events ? sp->first_seq : 0,
			.last_seq = sp->events ? sp->last_seq : 0};
}

/* --- adding
 * -----------------------------------------------------------------------------------------------------------
 */

static void forget_group(struct spool *sp)
{
	sp->group.len = 0;
	sp->group_events = 0;
}

int spool_add(struct spool *sp, const struct spool_record *r)
{
	size_t size = spool_record_size(r->n);

	if (r->n > SPOOL_DATA_MAX)
		return -EFBIG;
	if (sp->fd < 0 || sp->append_at + sp->group.len + size > sp->header.bytes)
		return -ENOSPC;
	/* Room for the zeroes behind the group, too. */
	if (!VEC_RESERVE(&sp->group, sp->group.len + size + SPOOL_RECORD_BYTES))
		return -ENOMEM;
	spool_record_write(&sp->header, r, sp->group.at + sp->group.len);
	sp->group.len += size;
	if (sp->group_events++ == 0)
		sp->group_first = r->seq;
	sp->group_last = r->seq;
	return 0;
}

/* Before the first record after an emptying the header has to say that there may be some. */
static int make_dirty(struct spool *sp)
{
	struct spool_header h = sp->header;

	if (h.is_dirty && !sp->is_unsure)
		return 0;
	h.is_dirty = true;
	return write_header(sp, sp->fd, &h);
}

int spool_sync(struct spool *sp)
{
	size_t n = sp->group.len;

	if (n == 0)
		return 0;
	/* What lies behind may be of an earlier use, from the middle of a record on: a plain end is put
	 * there. */
	uint64_t left = sp->header.bytes - sp->append_at - n;
	size_t zeroes = left < SPOOL_RECORD_BYTES ? (size_t)left : SPOOL_RECORD_BYTES;
	memset(sp->group.at + n, 0, zeroes);
	int err = make_dirty(sp);
	if (err == 0)
		err = write_all(sp->fd, sp->group.at, n + zeroes, sp->append_at);
	if (err == 0)
		err = sync_data(sp->fd);
	if (sp->dirty_end < sp->append_at + n)
		sp->dirty_end = sp->append_at + n; /* whether or not it went well */
	if (err == 0) {
		if (sp->events == 0)
			sp->first_seq = sp->group_first;
		sp->events += sp->group_events;
		sp->last_seq = sp->group_last;
		sp->append_at += n;
		sp->window_n = 0; /* it may have read beyond the end */
	}
	forget_group(sp);
	return err;
}

/* --- taking
 * -----------------------------------------------------------------------------------------------------------
 */

int spool_next(struct spool *sp, struct spool_record *ret_record)
{
	size_t size = 0;

	if (sp->read_at >= sp->append_at)
		return 0;
	int found = look_at(sp, sp->read_at, sp->append_at, ret_record, &size);
	if (found < 0)
		return found;
	if (found != SPOOL_FOUND_RECORD || ret_record->seq != sp->first_seq + sp->n_read)
		return -EUCLEAN;
	sp->read_at += size;
	sp->n_read++;
	return 1;
}

void spool_rewind(struct spool *sp)
{
	sp->read_at = sp->taken_at;
	sp->n_read = 0;
}

/* All is in the database: the records are nobody's from here on. */
static int begin_anew(struct spool *sp)
{
	struct spool_header h = sp->header;

	h.generation++;
	randombytes_buf(h.salt, sizeof(h.salt));
	/* Should this fail, a start finds the old records again, and sees that the database has them. */
	int err = write_header(sp, sp->fd, &h);
	if (err < 0)
		return err;
	sp->append_at = sp->read_at = sp->taken_at = SPOOL_HEADER_BYTES;
	sp->window_n = 0;
	return 0;
}

int spool_taken(struct spool *sp)
{
	sp->taken_at = sp->read_at;
	sp->first_seq += sp->n_read;
	sp->events -= sp->n_read;
	sp->n_read = 0;
	if (sp->taken_at < sp->append_at || sp->append_at == SPOOL_HEADER_BYTES)
		return 0;
	return begin_anew(sp);
}

/* --- tending
 * -----------------------------------------------------------------------------------------------------------
 */

static int write_zeroes(int fd, uint64_t from, uint64_t to)
{
	_cleanup_alloc_ uint8_t *zeroes = alloc_zero(SPOOL_GROUP_BYTES);

	if (!zeroes)
		return -ENOMEM;
	int err = write_all(fd, zeroes, (size_t)(to - from), from);
	return err < 0 ? err : sync_data(fd);
}

/* From the end backwards, so that dirty_end is true all the time. */
static int overwrite_step(struct spool *sp)
{
	uint64_t low = sp->append_at, end = sp->dirty_end;
	uint64_t from = end - low > SPOOL_GROUP_BYTES ? end - SPOOL_GROUP_BYTES : low;
	int err = end > low ? write_zeroes(sp->fd, from, end) : 0;

	if (err < 0)
		return err;
	sp->dirty_end = from;
	if (from > low)
		return 1;
	struct spool_header h = sp->header;
	h.is_dirty = false;
	err = write_header(sp, sp->fd, &h);
	if (err < 0)
		return err;
	sp->dirty_end = 0;
	return 1; /* perhaps another size is wished */
}

static int make_begin(struct spool *sp, uint64_t bytes)
{
	sp->new_fd = openat(sp->directory_fd, SPOOL_FILE ".new",
		O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (sp->new_fd < 0)
		return -errno;
	sp->new_at = SPOOL_HEADER_BYTES;
	sp->new_bytes = bytes;
	return -posix_fallocate(sp->new_fd, 0, (off_t)bytes);
}

static int make_end(struct spool *sp)
{
	struct spool_header old = sp->header, h = old;

	h.bytes = sp->new_bytes;
	h.generation++;
	h.is_dirty = false;
	randombytes_buf(h.salt, sizeof(h.salt));
	int err = write_header(sp, sp->new_fd, &h);
	if (err == 0 && renameat(sp->directory_fd, SPOOL_FILE ".new", sp->directory_fd, SPOOL_FILE) < 0)
		err = -errno;
	if (err == 0 && fsync(sp->directory_fd) < 0)
		err = -errno;
	if (err < 0) { /* whichever file has the name now, the old one's header is written again before use */
		sp->header = old;
		sp->is_unsure = true;
		return err;
	}
	close_fd(&sp->fd);
	sp->fd = sp->new_fd;
	sp->new_fd = -1;
	sp->append_at = sp->read_at = sp->taken_at = SPOOL_HEADER_BYTES;
	sp->dirty_end = 0;
	sp->window_n = 0;
	return 0;
}

static void make_give_up(struct spool *sp)
{
	close_fd(&sp->new_fd);
	unlinkat(sp->directory_fd, SPOOL_FILE ".new", 0);
}

static int make_step(struct spool *sp, uint64_t bytes)
{
	int err = 0;

	if (sp->new_fd >= 0 && sp->new_bytes != bytes)
		make_give_up(sp);
	if (sp->new_fd < 0)
		err = make_begin(sp, bytes);
	uint64_t end = sp->new_at + SPOOL_GROUP_BYTES < bytes ? sp->new_at + SPOOL_GROUP_BYTES : bytes;
	if (err == 0)
		err = write_zeroes(sp->new_fd, sp->new_at, end);
	if (err == 0) {
		sp->new_at = end;
		if (end < bytes)
			return 1;
		err = make_end(sp);
	}
	if (err < 0)
		make_give_up(sp);
	return err;
}

int spool_tend(struct spool *sp, uint64_t bytes)
{
	if (sp->events > 0 || sp->group.len > 0)
		return 0;
	if (sp->append_at != SPOOL_HEADER_BYTES) {
		int err = begin_anew(sp);
		return err < 0 ? err : 1;
	}
	if (sp->fd >= 0 && sp->header.is_dirty)
		return overwrite_step(sp);
	if (bytes == 0 || (sp->fd >= 0 && sp->header.bytes == bytes))
		return 0;
	return make_step(sp, bytes);
}
