/* Paper: what strangers send is counted, refused with a reason, or made into fax pages; programs that run too
 * long, write too much or reach for the network are stopped. */
#include "api/confine.h"
#include "api/paper.h"
#include "base/str.h"
#include "harness/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64], scratch[96], out[96], second[96];

static void begin(void)
{
	str_put(folder, sizeof(folder), "/tmp/markaz-paper-XXXXXX");
	if (!mkdtemp(folder))
		abort();
	str_printf(scratch, sizeof(scratch), "%s/tmp", folder);
	str_printf(out, sizeof(out), "%s/a.tif", folder);
	str_printf(second, sizeof(second), "%s/b.pdf", folder);
}

static void end(void)
{
	unlink(out);
	unlink(second);
	rmdir(scratch);
	rmdir(folder); /* fails, and leaves something to find, when a file was forgotten */
	CHECK(access(folder, F_OK) < 0);
}

/* A PDF of n pages; every reader mends the missing table of offsets. */
static size_t make_pdf(char *to, size_t size, int pages)
{
	struct text t = {0};

	text_printf(&t,
		"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count %d/Kids[",
		pages);
	for (int i = 0; i < pages; i++)
		text_printf(&t, "%d 0 R ", 4 + 2 * i);
	text_add(&t, "]>>endobj\n3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n");
	for (int i = 0; i < pages; i++)
		text_printf(&t,
			"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 "
			"R/Resources<</Font<</F 3 0 R>>>>>>endobj\n"
			"%d 0 obj<</Length 44>>stream\nBT /F 48 Tf 72 700 Td (page number %03d) Tj "
			"ET\nendstream endobj\n",
			4 + 2 * i, 5 + 2 * i, 5 + 2 * i, i);
	text_add(&t, "trailer<</Root 1 0 R>>\n%%EOF\n");
	size_t n = t.len < size ? t.len : 0;
	memcpy(to, t.data, n);
	text_free(&t);
	return n;
}

static char pdf[256 * 1024];

static int fax_of(const void *data, size_t n, int *ret_pages)
{
	return paper_make_fax(&(struct paper_input){NULL, data, n}, scratch, out, ret_pages);
}

TEST(a_pdf_becomes_fax_pages_and_a_pdf_again)
{
	int pages = 0;

	begin();
	CHECK_INT(fax_of(pdf, make_pdf(pdf, sizeof(pdf), 3), &pages), 0);
	CHECK_INT(pages, 3);
	CHECK_INT(paper_make_pdf(out, scratch, second), 0);
	/* And the PDF made of it has as many. */
	FILE *f = fopen(second, "r");
	CHECK(f != NULL);
	size_t n = fread(pdf, 1, sizeof(pdf), f);
	fclose(f);
	unlink(out);
	CHECK(n > 0 && n < sizeof(pdf) && paper_kind_of(pdf, n) == PAPER_PDF);
	CHECK_INT(fax_of(pdf, n, &pages), 0);
	CHECK_INT(pages, 3);
	end();
}

TEST(a_tiff_is_taken_and_a_cover_goes_in_front)
{
	const struct paper_text cover = {"<b>به</b> شرکت نمونه\n傳真 Fax فاكس", "fa"};
	struct paper_input in = {&cover, NULL, 0};
	int pages = 0;

	begin();
	CHECK_INT(paper_make_fax(&in, scratch, out, &pages), 0);
	CHECK_INT(pages, 1);
	FILE *f = fopen(out, "r");
	CHECK(f != NULL);
	size_t n = fread(pdf, 1, sizeof(pdf), f);
	fclose(f);
	CHECK_INT(paper_tiff_pages((uint8_t *)pdf, n), 1);
	in.data = pdf;
	in.n = n;
	CHECK_INT(paper_make_fax(&in, scratch, out, &pages), 0);
	CHECK_INT(pages, 2);
	CHECK_INT(paper_make_report(&cover, out, scratch, second), 0);
	end();
}

TEST(hostile_documents_are_refused_with_a_reason)
{
	static const char endless[] = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Count 99/Kids[1 0 "
				      "R]>>endobj\ntrailer<</Root 1 0 R>>";
	uint8_t tiff[64] = "II*\0\x08\0\0\0\xff\xff";
	int pages = 0;

	begin();
	CHECK_INT(fax_of("hello", 5, &pages), -EBADMSG);
	CHECK_INT(fax_of("%PDF-1.4\nnothing at all", 23, &pages) < 0, 1);
	CHECK_INT(fax_of(endless, sizeof(endless), &pages) < 0, 1);
	CHECK_INT(fax_of(tiff, sizeof(tiff), &pages), -EBADMSG);
	CHECK_INT(fax_of(pdf, make_pdf(pdf, sizeof(pdf), 0), &pages) < 0, 1);
	CHECK_INT(fax_of(pdf, make_pdf(pdf, sizeof(pdf), 230), &pages), -E2BIG);
	CHECK_INT(paper_make_fax(&(struct paper_input){0}, scratch, out, &pages), -EINVAL);
	CHECK_INT(pages, 0);
	CHECK(access(out, F_OK) < 0);
	end();
}

TEST(a_document_with_a_password_is_refused)
{
	static const struct confine_limits limits = {
		.timeout_ms = 20000, .memory_bytes = 1u << 30, .file_bytes = 1u << 24};
	const char *lock[] = {"gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sOwnerPassword=a",
		"-sUserPassword=b", "-dEncryptionR=3", "-dKeyLength=128", "-sOutputFile=b.pdf", "in.pdf",
		NULL};
	char path[96];
	int pages = 0;

	begin();
	str_printf(path, sizeof(path), "%s/in.pdf", folder);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL);
	size_t n = make_pdf(pdf, sizeof(pdf), 1);
	CHECK(fwrite(pdf, 1, n, f) == n && fclose(f) == 0);
	CHECK_INT(confine_run(lock, folder, &limits), 0);
	unlink(path);
	f = fopen(second, "r");
	CHECK(f != NULL);
	n = fread(pdf, 1, sizeof(pdf), f);
	fclose(f);
	CHECK(fax_of(pdf, n, &pages) < 0);
	end();
}

TEST(circles_and_lies_in_a_tiff_end)
{
	/* A directory whose next one is itself. */
	uint8_t circle[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 8};
	uint8_t cut[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 9, 0, 1, 2, 3};

	CHECK_INT(paper_tiff_pages(circle, sizeof(circle)), 2000);
	CHECK_INT(paper_tiff_pages(cut, sizeof(cut)), 0);
	CHECK_INT(paper_tiff_pages(cut, 7), 0);
	CHECK_INT(paper_tiff_pages((const uint8_t *)"", 0), 0);
}

TEST(markup_is_escaped)
{
	char text[64] = "";

	CHECK(paper_escape(text, sizeof(text), "<b>&'\"\x01 a\n"));
	CHECK_STR(text, "&lt;b&gt;&amp;&apos;&quot;  a\n");
	CHECK(!paper_escape(text, 40, "0123456789"));
}

TEST(programs_stay_behind_their_walls)
{
	struct confine_limits l = {
		.timeout_ms = 700, .memory_bytes = (size_t)512 << 20, .file_bytes = 1u << 16};
	const char *sleeps[] = {"sleep", "30", NULL}, *missing[] = {"no-such-program-here", NULL};
	const char *writes[] = {"dd", "if=/dev/zero", "of=big", "bs=4096", "count=1000", NULL};
	const char *calls[] = {"python3", "-c", "import socket; socket.socket()", NULL};
	const char *fine[] = {"true", NULL}, *refuses[] = {"false", NULL};
	char big[96];

	begin();
	CHECK_INT(confine_run(fine, folder, &l), 0);
	CHECK_INT(confine_run(refuses, folder, &l), -EBADMSG);
	CHECK_INT(confine_run(missing, folder, &l), -ENOENT);
	CHECK_INT(confine_run(sleeps, folder, &l), -ETIMEDOUT);
	CHECK(confine_run(writes, folder, &l) < 0);
	str_printf(big, sizeof(big), "%s/big", folder);
	CHECK(access(big, F_OK) == 0);
	unlink(big);
	l.timeout_ms = 10000;
	CHECK_INT(confine_run(calls, folder, &l), -EBADMSG);
	end();
}
