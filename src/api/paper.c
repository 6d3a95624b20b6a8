/* See paper.h. Each call has a folder of its own below scratch, removed at its end with all in it. */
#include "api/paper.h"
#include "api/confine.h"
#include "base/alloc.h"
#include "base/disk.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GS "gs"
#define TIFF2PDF "tiff2pdf"
#define PANGO "pango-view"
/* 204 x 196 dots an inch, 1728 dots wide: what every fax calls fine (ITU-T T.4). */
#define FAX_RESOLUTION "-r204x196"
#define FAX_SIZE "-g1728x2292"
#define TIFF_DIRECTORIES_MAX 2000

static const struct confine_limits limits = {
	.timeout_ms = 30000, .memory_bytes = (size_t)1 << 30, .file_bytes = (size_t)64 << 20};
static atomic_int running;

struct desk {
	char folder[PAPER_PATH_MAX];
	bool is_open;
};

static void desk_close(struct desk *d)
{
	struct dirent *entry;

	if (!d->is_open)
		return;
	DIR *dir = opendir(d->folder);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(d->folder);
	atomic_fetch_sub(&running, 1);
}
#define _cleanup_desk_ __attribute__((cleanup(desk_close)))

static int desk_open(struct desk *d, const char *scratch)
{
	if (atomic_fetch_add(&running, 1) >= PAPER_AT_ONCE) {
		atomic_fetch_sub(&running, 1);
		return -EBUSY;
	}
	int err = mkdir(scratch, 0750) < 0 && errno != EEXIST ? -errno : 0;
	if (err == 0)
		err = str_printf(d->folder, sizeof(d->folder), "%s/XXXXXX", scratch) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0 && !mkdtemp(d->folder))
		err = -errno;
	if (err < 0) {
		atomic_fetch_sub(&running, 1);
		return err;
	}
	d->is_open = true;
	return 0;
}

static int desk_path(const struct desk *d, const char *name, char ret_path[static PAPER_PATH_MAX])
{
	return str_printf(ret_path, PAPER_PATH_MAX, "%s/%s", d->folder, name) < 0 ? -ENAMETOOLONG : 0;
}

static int desk_write(const struct desk *d, const char *name, const void *data, size_t n)
{
	char path[PAPER_PATH_MAX];
	int err = desk_path(d, name, path);
	FILE *f = err == 0 ? fopen(path, "wxe") : NULL;

	if (!f)
		return err < 0 ? err : -errno;
	bool is_written = fwrite(data, 1, n, f) == n;
	return fclose(f) == 0 && is_written ? 0 : -EIO;
}

/* The file as it is on the desk: owned. -EBADMSG when there is none, -EFBIG. */
static int desk_read(const struct desk *d, const char *name, uint8_t **ret_data, size_t *ret_n)
{
	char path[PAPER_PATH_MAX];
	struct stat st;
	int err = desk_path(d, name, path),
	    fd = err == 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd < 0)
		return err < 0 ? err : -EBADMSG;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		err = -EBADMSG;
	else if ((size_t)st.st_size > limits.file_bytes)
		err = -EFBIG;
	_cleanup_alloc_ uint8_t *data = err == 0 ? alloc_zero((size_t)st.st_size) : NULL;
	if (err == 0)
		err = !data ? -ENOMEM : read(fd, data, (size_t)st.st_size) == st.st_size ? 0 : -EIO;
	close(fd);
	if (err < 0)
		return err;
	*ret_n = (size_t)st.st_size;
	*ret_data = TAKE_PTR(data);
	return 0;
}

/* From the desk to path, whole or not at all, and on disk. */
static int keep(const struct desk *d, const char *name, const char *path)
{
	char from[PAPER_PATH_MAX], folder[PAPER_PATH_MAX];
	int err = desk_path(d, name, from);

	if (err < 0 || str_put(folder, sizeof(folder), path) < 0)
		return -ENAMETOOLONG;
	for (char *p = folder + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(folder, 0750);
			*p = '/';
		}
	*strrchr(folder, '/') = '\0';
	if (chmod(from, 0640) < 0)
		return errno == ENOENT ? -EBADMSG : -errno;
	err = disk_sync(from);
	if (err == 0 && rename(from, path) < 0)
		err = -errno;
	return err < 0 ? err : disk_sync(folder);
}

/* --- looking
 * ------------------------------------------------------------------------------------------------------------
 */

enum paper_kind paper_kind_of(const void *data, size_t n)
{
	const uint8_t *p = data;

	/* Some writers put a few bytes before the head of a PDF; readers take up to a kilobyte. */
	if (n >= 4 && (memcmp(p, "II*\0", 4) == 0 || memcmp(p, "MM\0*", 4) == 0))
		return PAPER_TIFF;
	return n >= 8 && memmem(p, n < 1024 ? n : 1024, "%PDF-", 5) ? PAPER_PDF : PAPER_UNKNOWN;
}

static uint32_t number_at(const uint8_t *p, int n, bool is_big)
{
	uint32_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[is_big ? i : n - 1 - i];
	return v;
}

int paper_tiff_pages(const uint8_t *data, size_t n)
{
	int pages = 0;

	if (n < 8 || paper_kind_of(data, n) != PAPER_TIFF)
		return 0;
	bool is_big = data[0] == 'M';
	/* Each directory: how many entries, the entries, where the next one is (TIFF 6.0 section 2). */
	for (size_t at = number_at(data + 4, 4, is_big); at != 0 && pages < TIFF_DIRECTORIES_MAX; pages++) {
		if (at < 8 || at > n - 2)
			return pages;
		size_t next = at + 2 + number_at(data + at, 2, is_big) * (size_t)12;
		if (next > n - 4)
			return pages;
		at = number_at(data + next, 4, is_big);
	}
	return pages;
}

bool paper_escape(char *out, size_t size, const char *s)
{
	static const char special[] = "&<>'\"";
	static const char *const as[] = {"&amp;", "&lt;", "&gt;", "&apos;", "&quot;"};
	size_t len = strlen(out);

	for (; *s; s++) {
		const char *at = strchr(special, *s);
		char one[2] = {(unsigned char)*s < ' ' && *s != '\n' ? ' ' : *s, 0};
		const char *put = at ? as[at - special] : one;
		if (len + strlen(put) >= size)
			return false;
		str_put(out + len, size - len, put);
		len += strlen(put);
	}
	return true;
}

/* --- making
 * ------------------------------------------------------------------------------------------------------------
 */

static int run(const struct desk *d, const char *const argv[])
{
	return confine_run(argv, d->folder, &limits);
}

static int text_to_pdf(const struct desk *d, const struct paper_text *text, const char *name)
{
	bool is_rtl = str_equal(text->language, "fa") || str_equal(text->language, "ar");
	/* A4 at 72 points an inch, less the margins. */
	const char *argv[] = {PANGO, "-q", "--markup", "--dpi=72", "--margin=48", "--width=499",
		"--wrap=word-char", "--font=Noto Sans 13", "--language", text->language, "-o", name,
		"text.txt", is_rtl ? "--rtl" : NULL, NULL};
	int err = desk_write(d, "text.txt", text->markup, strlen(text->markup));

	return err < 0 ? err : run(d, argv);
}

/* All that is on the desk under these names (NULL: left out) becomes fax pages. */
static int to_fax(const struct desk *d, const char *first, const char *second)
{
	const char *argv[20] = {GS, "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=tiffg4",
		FAX_RESOLUTION, FAX_SIZE, "-dFIXEDMEDIA", "-dPDFFitPage", "-dMaxStripSize=0", "-dFirstPage=1",
		"-dLastPage=201", "-sOutputFile=out.tif"};
	int n = 14;

	if (first)
		argv[n++] = first;
	if (second)
		argv[n++] = second;
	return run(d, argv);
}

static int place_input(const struct desk *d, const struct paper_input *in)
{
	const char *argv[] = {TIFF2PDF, "-o", "in.pdf", "in.tif", NULL};
	enum paper_kind kind = paper_kind_of(in->data, in->n);

	if (kind == PAPER_UNKNOWN)
		return -EBADMSG;
	if (kind == PAPER_PDF)
		return desk_write(d, "in.pdf", in->data, in->n);
	int pages = paper_tiff_pages(in->data, in->n);
	if (pages == 0 || pages > PAPER_PAGES_MAX)
		return pages == 0 ? -EBADMSG : -E2BIG;
	int err = desk_write(d, "in.tif", in->data, in->n);
	return err < 0 ? err : run(d, argv);
}

static int count_pages(const struct desk *d, int *ret_pages)
{
	_cleanup_alloc_ uint8_t *data = NULL;
	size_t n;
	int err = desk_read(d, "out.tif", &data, &n);

	/* Ghostscript ends well on a document without pages and writes nothing. */
	if (err == -EBADMSG)
		return -ENODATA;
	if (err < 0)
		return err;
	*ret_pages = paper_tiff_pages(data, n);
	if (*ret_pages == 0)
		return -ENODATA;
	return *ret_pages > PAPER_PAGES_MAX ? -E2BIG : 0;
}

int paper_make_fax(const struct paper_input *in, const char *scratch, const char *path, int *ret_pages)
{
	_cleanup_desk_ struct desk d = {0};
	int pages = 0;

	if (!in->cover && !in->data)
		return -EINVAL;
	if (in->data && paper_kind_of(in->data, in->n) == PAPER_UNKNOWN)
		return -EBADMSG;
	int err = desk_open(&d, scratch);
	if (err == 0 && in->data)
		err = place_input(&d, in);
	if (err == 0 && in->cover)
		err = text_to_pdf(&d, in->cover, "cover.pdf");
	if (err == 0)
		err = to_fax(&d, in->cover ? "cover.pdf" : NULL, in->data ? "in.pdf" : NULL);
	if (err == 0)
		err = count_pages(&d, &pages);
	if (err == 0)
		err = keep(&d, "out.tif", path);
	if (err == 0)
		*ret_pages = pages;
	return err;
}

int paper_make_pdf(const char *tiff, const char *scratch, const char *path)
{
	_cleanup_desk_ struct desk d = {0};
	const char *argv[] = {TIFF2PDF, "-o", "out.pdf", tiff, NULL};
	int err = desk_open(&d, scratch);

	if (err == 0)
		err = run(&d, argv);
	return err < 0 ? err : keep(&d, "out.pdf", path);
}

static int add_first_page(const struct desk *d, const char *tiff)
{
	const char *as_pdf[] = {TIFF2PDF, "-o", "all.pdf", tiff, NULL};
	const char *first[] = {GS, "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite",
		"-dFirstPage=1", "-dLastPage=1", "-sOutputFile=first.pdf", "all.pdf", NULL};
	const char *both[] = {GS, "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite",
		"-sOutputFile=out.pdf", "report.pdf", "first.pdf", NULL};
	int err = run(d, as_pdf);

	if (err == 0)
		err = run(d, first);
	return err < 0 ? err : run(d, both);
}

int paper_make_report(const struct paper_text *text, const char *tiff, const char *scratch, const char *path)
{
	_cleanup_desk_ struct desk d = {0};
	int err = desk_open(&d, scratch);

	if (err == 0)
		err = text_to_pdf(&d, text, "report.pdf");
	if (err == 0 && tiff[0])
		err = add_first_page(&d, tiff);
	return err < 0 ? err : keep(&d, tiff[0] ? "out.pdf" : "report.pdf", path);
}
