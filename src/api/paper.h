/* Paper: PDF into the TIFF a fax machine sends, a received TIFF into PDF, cover pages and reports. Made by
 * programs (Ghostscript, tiff2pdf, pango-view) behind walls (confine.h); what they made is looked at here
 * before it is used.
 *
 * All calls block, for seconds: API workers only. At most PAPER_AT_ONCE run at a time; others get -EBUSY. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAPER_PAGES_MAX 200
#define PAPER_FILE_MAX ((size_t)20 * 1024 * 1024)
#define PAPER_AT_ONCE 2
#define PAPER_PATH_MAX 512
#define PAPER_TEXT_MAX 8000

/* A text on A4, shaped by Pango (any script, both directions). */
struct paper_text {
	const char *markup;   /* Pango markup, escaped */
	const char *language; /* "fa", "ar": right to left */
};

/* What a file is, by its first bytes. */
enum paper_kind { PAPER_UNKNOWN, PAPER_PDF, PAPER_TIFF };
enum paper_kind paper_kind_of(const void *data, size_t n);

/* Cover (NULL: none) and data (NULL: none; a PDF or TIFF of n bytes) become a fax TIFF at path (made with its
 * folders, on disk, whole or not at all). scratch: a folder for temporary files, made when absent. 0 and the
 * number of pages; -EBUSY; -ENOENT: a program is not installed; -EINVAL: neither; -EBADMSG: the file is
 * damaged, encrypted or none; -ENODATA: it has no page; -E2BIG: more than PAPER_PAGES_MAX pages; -EFBIG,
 * -ETIMEDOUT: it is too complicated; -errno. */
struct paper_input {
	const struct paper_text *cover;
	const void *data;
	size_t n;
};
int paper_make_fax(const struct paper_input *in, const char *scratch, const char *path, int *ret_pages);
/* A TIFF becomes the PDF at path. As above. */
int paper_make_pdf(const char *tiff, const char *scratch, const char *path);
/* A text and, behind it, the first page of a TIFF ("": none) become the PDF at path. As above. */
int paper_make_report(const struct paper_text *text, const char *tiff, const char *scratch, const char *path);

/* Pages of a TIFF in memory; 0: it is none. Bounded on hostile files. Pure. */
int paper_tiff_pages(const uint8_t *data, size_t n);
/* s with what markup would take for its own escaped, appended to out of size; false when it does not fit. */
bool paper_escape(char *out, size_t size, const char *s);
