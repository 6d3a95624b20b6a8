/* See pages.h. */
#include "db/pages.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 100
#define LOG_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define LOG_MAGIC 0x377f0682u /* the last bit: checksums over big-endian words */
#define DEFAULT_PAGE_SIZE 4096
#define PATH_SIZE 600

struct frame {
	uint32_t number; /* of its page */
	int64_t at;	 /* of its content in the log */
};
struct pages {
	int file, log;
	bool is_owner; /* of the two */
	int64_t bytes, log_bytes;
	struct pages_figures f;
	VEC(struct frame) frames;
	struct map newest; /* page number -> index into frames, plus 1 */
};

/* Up to n bytes at offset; what lies behind the end is zero. Bytes read, or -errno. */
static int64_t read_at(int fd, int64_t offset, uint8_t *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, to + done, n - done, offset + (int64_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	memset(to + done, 0, n - done);
	return (int64_t)done;
}

static bool is_page_size(uint32_t size)
{
	return size >= PAGES_SIZE_MIN && size <= PAGES_SIZE_MAX && (size & (size - 1)) == 0;
}

/* What the header of a database says. False: it is none. */
static bool read_header(const uint8_t *h, struct pages_figures *f)
{
	uint32_t size = pages_u16(h + 16) == 1 ? PAGES_SIZE_MAX : pages_u16(h + 16);

	if (memcmp(h, "SQLite format 3", 16) != 0 || !is_page_size(size) || size - h[20] < 480)
		return false;
	f->page_size = size;
	f->usable = size - h[20];
	/* The number of pages counts when it was written together with the counter of changes. */
	f->in_header = memcmp(h + 24, h + 92, 4) == 0 ? pages_u32(h + 28) : 0;
	return true;
}

struct sum {
	uint32_t a, b;
};

static uint32_t word(const uint8_t *b, bool is_big)
{
	return is_big ? pages_u32(b)
		      : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | (uint32_t)b[0];
}

/* Section 4.2. n is a multiple of 8. */
static void sum_add(struct sum *s, const uint8_t *data, size_t n, bool is_big)
{
	for (size_t i = 0; i + 8 <= n; i += 8) {
		s->a += word(data + i, is_big) + s->b;
		s->b += word(data + i + 4, is_big) + s->a;
	}
}

struct log_reading {
	bool is_big;
	uint8_t salt[8];
	struct sum sum;	  /* of the frame before, as its header says */
	bool has_sum;	  /* false: nothing to check the next frame against */
	size_t committed; /* frames before the last commit */
	uint32_t bad;	  /* damaged frames so far */
	uint32_t committed_bad, committed_pages;
};

static bool is_frame_right(const struct log_reading *r, const uint8_t *head, const uint8_t *page, size_t size)
{
	struct sum s = r->sum;

	if (!r->has_sum || memcmp(head + 8, r->salt, 8) != 0)
		return false;
	sum_add(&s, head, 8, r->is_big);
	sum_add(&s, page, size, r->is_big);
	return s.a == pages_u32(head + 16) && s.b == pages_u32(head + 20);
}

/* The log's own header; when it is damaged, what the first frame makes likely. */
static int read_log_header(struct pages *p, struct log_reading *r)
{
	uint8_t h[LOG_HEADER_BYTES], first[FRAME_HEADER_BYTES];
	struct sum s = {0};
	int64_t n = read_at(p->log, 0, h, sizeof(h));

	if (n == (int64_t)sizeof(h))
		n = read_at(p->log, LOG_HEADER_BYTES, first, sizeof(first));
	if (n < 0)
		return (int)n;
	uint32_t magic = pages_u32(h), size = pages_u32(h + 8);
	r->is_big = magic & 1;
	sum_add(&s, h, 24, r->is_big);
	p->f.is_log_header_good = (magic & ~1u) == LOG_MAGIC && is_page_size(size) &&
				  s.a == pages_u32(h + 24) && s.b == pages_u32(h + 28);
	if (!p->f.is_log_header_good) {
		memcpy(r->salt, first + 8, 8);
		r->is_big = false;
		return 0;
	}
	memcpy(r->salt, h + 16, 8);
	r->sum = s;
	r->has_sum = true;
	if (!p->f.is_header_good)
		p->f.page_size = p->f.usable = size;
	return size == p->f.page_size ? 0 : -EUCLEAN;
}

static int read_frame(struct pages *p, struct log_reading *r, int64_t at, uint8_t *page)
{
	uint8_t head[FRAME_HEADER_BYTES];
	int64_t n = read_at(p->log, at, head, sizeof(head));

	if (n >= 0)
		n = read_at(p->log, at + FRAME_HEADER_BYTES, page, p->f.page_size);
	uint32_t number = pages_u32(head);
	bool is_ours = n >= 0 && memcmp(head + 8, r->salt, 8) == 0;
	if (is_ours && number && is_frame_right(r, head, page, p->f.page_size)) {
		if (VEC_PUSH(&p->frames, (struct frame){number, at + FRAME_HEADER_BYTES}) < 0)
			return -ENOMEM;
		if (pages_u32(head + 4)) {
			r->committed = p->frames.len;
			r->committed_bad = r->bad;
			r->committed_pages = pages_u32(head + 4);
		}
	} else {
		r->bad++;
	}
	/* What a damaged frame says of its own checksum may still be right: the next one shows it. */
	r->has_sum = is_ours;
	r->sum = (struct sum){pages_u32(head + 16), pages_u32(head + 20)};
	return 0;
}

/* Frames of the log's present round that are right and were committed. */
static int read_log(struct pages *p)
{
	struct log_reading r = {0};
	int err = p->log_bytes > 0 ? read_log_header(p, &r) : 0;

	if (err == -EUCLEAN || p->log_bytes == 0)
		return 0; /* of another file: nothing in it counts */
	_cleanup_alloc_ uint8_t *page = alloc_zero(p->f.page_size);
	if (err == 0 && !page)
		err = -ENOMEM;
	int64_t step = FRAME_HEADER_BYTES + (int64_t)p->f.page_size;
	for (int64_t at = LOG_HEADER_BYTES; err == 0 && at + step <= p->log_bytes; at += step)
		err = read_frame(p, &r, at, page);
	p->frames.len = r.committed;
	p->f.frames = (uint32_t)r.committed;
	p->f.frames_bad = r.committed_bad;
	if (r.committed_pages)
		p->f.in_header = r.committed_pages;
	for (size_t i = 0; i < p->frames.len && err == 0; i++)
		err = map_put(&p->newest, p->frames.at[i].number, (void *)(uintptr_t)(i + 1));
	return err;
}

static int look(struct pages *p)
{
	uint8_t header[HEADER_BYTES];
	struct stat st;

	if (fstat(p->file, &st) < 0)
		return -errno;
	p->bytes = st.st_size;
	if (p->log >= 0 && fstat(p->log, &st) < 0)
		return -errno;
	p->log_bytes = p->log >= 0 ? st.st_size : 0;
	int64_t n = read_at(p->file, 0, header, sizeof(header)); /* unreadable counts as damaged */
	p->f = (struct pages_figures){
		.page_size = DEFAULT_PAGE_SIZE, .usable = DEFAULT_PAGE_SIZE, .is_log_header_good = true};
	p->f.is_header_good = n == (int64_t)sizeof(header) && read_header(header, &p->f);
	int err = read_log(p);
	if (err < 0)
		return err;
	int64_t in_file = (p->bytes + p->f.page_size - 1) / p->f.page_size;
	p->f.in_file = in_file > PAGES_COUNT_MAX ? PAGES_COUNT_MAX : (uint32_t)in_file;
	p->f.count = p->f.in_file;
	VEC_EACH(&p->frames, i)
	if (p->frames.at[i].number > p->f.count && p->frames.at[i].number <= p->f.in_header)
		p->f.count = p->frames.at[i].number;
	/* A file may be longer than what is in it, never the other way round. */
	if (p->f.is_header_good && p->f.in_header && p->f.in_header < p->f.count)
		p->f.count = p->f.in_header;
	return p->f.count ? 0 : -EUCLEAN;
}

int pages_open_files(struct pages **ret_pages, int file, int log)
{
	struct pages *p = alloc_zero(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->file = file;
	p->log = log;
	int err = look(p);
	if (err < 0)
		pages_close(p);
	else
		*ret_pages = p;
	return err;
}

int pages_open(struct pages **ret_pages, const char *path)
{
	char log_path[PATH_SIZE];

	if (str_printf(log_path, sizeof(log_path), "%s-wal", path) < 0)
		return -ENAMETOOLONG;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	int log = open(log_path, O_RDONLY | O_CLOEXEC);
	int err = log < 0 && errno != ENOENT ? -errno : pages_open_files(ret_pages, file, log);
	if (err == 0) {
		(*ret_pages)->is_owner = true;
		return 0;
	}
	close(file);
	if (log >= 0)
		close(log);
	return err;
}

void pages_close(struct pages *p)
{
	if (!p)
		return;
	if (p->is_owner) {
		close(p->file);
		if (p->log >= 0)
			close(p->log);
	}
	VEC_FREE(&p->frames);
	map_free(&p->newest);
	alloc_free(p);
}

void pages_figures(const struct pages *p, struct pages_figures *ret_figures)
{
	*ret_figures = p->f;
}

int pages_read_file(const struct pages *p, uint32_t number, uint8_t *ret_page)
{
	if (number == 0 || number > p->f.in_file)
		return -ENODATA;
	int64_t n = read_at(p->file, ((int64_t)number - 1) * p->f.page_size, ret_page, p->f.page_size);

	return n < 0 ? (int)n : 0;
}

int pages_read_frame(const struct pages *p, uint32_t i, uint32_t *ret_number, uint8_t *ret_page)
{
	if (i >= p->frames.len)
		return -ENODATA;
	int64_t n = read_at(p->log, p->frames.at[i].at, ret_page, p->f.page_size);

	if (n < 0)
		return (int)n;
	*ret_number = p->frames.at[i].number;
	return 0;
}

int pages_read(const struct pages *p, uint32_t number, uint8_t *ret_page)
{
	uint32_t same;
	size_t i = (size_t)(uintptr_t)map_get(&p->newest, number);

	if (number == 0 || number > p->f.count)
		return -ENODATA;
	return i ? pages_read_frame(p, (uint32_t)(i - 1), &same, ret_page)
		 : pages_read_file(p, number, ret_page);
}
