/* Faxes: sent, listed, shown as PDF or TIFF, and reported on.
 *
 * To send one: the PDF or TIFF and the cover become fax pages here (paper.h), pages and job are put on disk,
 * then the centre is asked. A request with an Idempotency-Key that was carried out before gets the first
 * answer; keys are files in documents/keys, kept for a day.
 *
 * Agents see what they sent and what came in (a work contact shows them its document); who sees everybody's
 * contacts sees all. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/paper.h"
#include "api/problem.h"
#include "api/recordings.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/id.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 512
#define KEY_HEX (crypto_generichash_BYTES_MIN * 2 + 1)
#define KEY_KEPT_S (INT64_C(24) * 3600)
#define KEY_STUCK_S 300 /* a key without an answer for so long was cut off by a crash */
#define SUBJECT_MAX 200
#define COVER_TEXT_MAX 3000

struct sending {
	struct center_fax ask;
	char cover[PAPER_TEXT_MAX], language[8];
	bool has_cover, has_key;
	uint8_t *file; /* owned */
	size_t n;
	char key[PATH_SIZE], body_hash[KEY_HEX]; /* key: its file */
};

/* --- what is asked
 * ------------------------------------------------------------------------------------------------------ */

static bool is_number(const char *s)
{
	size_t n = strlen(s), plus = *s == '+';

	return n > plus && n <= 33 && strspn(s + plus, "0123456789*#") == n - plus;
}

static void read_number(
	const json_t *body, const char *key, bool is_required, char *dst, size_t size, struct issues *issues)
{
	const json_t *v = json_object_get(body, key);
	char pointer[16];

	str_printf(pointer, sizeof(pointer), "/%s", key);
	if (!v || json_is_null(v)) {
		if (is_required)
			issue_add(issues, pointer, "required", "Say the number of the fax machine.");
	} else if (!json_is_string(v) || !is_number(json_string_value(v)) ||
		   str_put(dst, size, json_string_value(v)) < 0) {
		issue_add(issues, pointer, "bad_form",
			"A number: digits, * and #, with a + in front if it has one; at most 33.");
	}
}

static const char *read_line(
	const json_t *o, const char *key, size_t max, const char *pointer, struct issues *issues)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);

	if (!v || json_is_null(v))
		return "";
	if (!s || strlen(s) > max) {
		issue_add(issues, pointer, s ? "too_long" : "wrong_type",
			s ? "At most %zu bytes." : "This is a text.", max);
		return "";
	}
	return s;
}

/* label, value: one line of the cover. False: it does not fit. */
static bool add_line(struct sending *s, const char *label, const char *value)
{
	size_t len = strlen(s->cover);

	if (!*value)
		return true;
	return str_printf(s->cover + len, sizeof(s->cover) - len, "<b>%s</b>  ", label) == 0 &&
	       paper_escape(s->cover, sizeof(s->cover), value) &&
	       str_put(s->cover + strlen(s->cover), sizeof(s->cover) - strlen(s->cover), "\n") == 0;
}

static bool add_text(struct sending *s, const char *text)
{
	/* Lines to the foot of the page, so that a short text stays on top. */
	static const char foot[] =
		"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n<span size=\"1\">.</span>";
	size_t len;

	if (!paper_escape(s->cover, sizeof(s->cover), "\n") ||
		!paper_escape(s->cover, sizeof(s->cover), text))
		return false;
	len = strlen(s->cover);
	return str_put(s->cover + len, sizeof(s->cover) - len, foot) == 0;
}

static void read_cover(const json_t *body, struct sending *s, struct issues *issues)
{
	static const char *const words[4][5] = {{"نمابر", "به", "از", "موضوع", "fa"},
		{"فاكس", "إلى", "من", "الموضوع", "ar"}, {"傳真", "收件人", "寄件人", "主旨", "zh"},
		{"Fax", "To", "From", "Subject", "en"}};
	const json_t *cover = json_object_get(body, "cover");
	const char *language = jsonx_text(cover, "language", "en");
	const char *const *w = NULL;

	if (!cover || json_is_null(cover))
		return;
	for (int i = 0; i < 4; i++)
		if (str_equal(words[i][4], language))
			w = words[i];
	if (!json_is_object(cover) || !w) {
		issue_add(issues, json_is_object(cover) ? "/cover/language" : "/cover", "not_a_choice",
			"The cover is {\"from\", \"subject\", \"text\", \"language\": fa, ar, zh or en}.");
		return;
	}
	const char *from = read_line(cover, "from", SUBJECT_MAX, "/cover/from", issues);
	const char *subject = read_line(cover, "subject", SUBJECT_MAX, "/cover/subject", issues);
	const char *text = read_line(cover, "text", COVER_TEXT_MAX, "/cover/text", issues);
	char to[SIP_NAME_MAX + SIP_NUMBER_MAX + 8];
	str_printf(to, sizeof(to), "%s%s%s", s->ask.name, s->ask.name[0] ? "   " : "", s->ask.to);
	str_put(s->language, sizeof(s->language), language);
	s->has_cover =
		str_printf(s->cover, sizeof(s->cover), "<span size=\"xx-large\">%s</span>\n\n", w[0]) == 0 &&
		add_line(s, w[1], to) && add_line(s, w[2], from) && add_line(s, w[3], subject) &&
		add_text(s, text);
	if (!s->has_cover)
		issue_add(
			issues, "/cover", "too_long", "The cover is too long for a page: shorten its text.");
}

static void read_file(const json_t *body, struct sending *s, struct issues *issues)
{
	const json_t *v = json_object_get(body, "file");
	const char *text = json_string_value(v);
	size_t len = json_string_length(v), size = len / 4 * 3 + 3;

	if (!v || json_is_null(v))
		return;
	if (!text || size > PAPER_FILE_MAX + 3) {
		issue_add(issues, "/file", text ? "too_long" : "wrong_type",
			"A PDF or TIFF in base64, at most 20 MB.");
		return;
	}
	s->file = alloc_zero(size);
	if (!s->file ||
		sodium_base642bin(s->file, size, text, len, " \r\n", &s->n, NULL,
			sodium_base64_VARIANT_ORIGINAL) != 0 ||
		paper_kind_of(s->file, s->n) == PAPER_UNKNOWN)
		issue_add(issues, "/file", "bad_form", "This is no PDF or TIFF in base64.");
}

static void refuse_unknown(const json_t *o, struct issues *issues)
{
	static const char *const known[] = {"to", "from", "name", "file", "cover", NULL};
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key, v)
	{
		bool is_known = false;
		char pointer[64];
		for (int i = 0; known[i]; i++)
			is_known |= str_equal(known[i], key);
		str_printf(pointer, sizeof(pointer), "/%s", key);
		if (!is_known)
			issue_add(issues, pointer, "unknown", "There is no such field.");
	}
}

static bool read_sending(struct exchange *x, const json_t *body, struct sending *s)
{
	struct issues issues = {0};

	refuse_unknown(body, &issues);
	read_number(body, "to", true, s->ask.to, sizeof(s->ask.to), &issues);
	read_number(body, "from", false, s->ask.from, sizeof(s->ask.from), &issues);
	str_put(s->ask.name, sizeof(s->ask.name),
		read_line(body, "name", SIP_NAME_MAX - 1, "/name", &issues));
	read_file(body, s, &issues);
	read_cover(body, s, &issues);
	if (!issues.n && !s->file && !s->has_cover)
		issue_add(&issues, "/file", "required", "Send a file, a cover, or both.");
	if (issues.n)
		problem_issues(x, &issues);
	s->ask.user = x->who.user;
	return issues.n == 0;
}

/* --- keys
 * ------------------------------------------------------------------------------------------------------------
 */

static void hash_text(const void *a, size_t a_n, const void *b, size_t b_n, char ret_hex[static KEY_HEX])
{
	crypto_generichash_state state;
	unsigned char out[crypto_generichash_BYTES_MIN];

	crypto_generichash_init(&state, NULL, 0, sizeof(out));
	crypto_generichash_update(&state, a, a_n);
	crypto_generichash_update(&state, b, b_n);
	crypto_generichash_final(&state, out, sizeof(out));
	sodium_bin2hex(ret_hex, KEY_HEX, out, sizeof(out));
}

static void folder_of(const struct exchange *x, const char *name, char ret_path[static PATH_SIZE])
{
	char parent[PATH_SIZE];

	(void)str_printf(parent, sizeof(parent), "%s/documents", x->api->config.data_directory);
	mkdir(parent, 0750);
	(void)str_printf(ret_path, PATH_SIZE, "%s/documents/%s", x->api->config.data_directory, name);
	mkdir(ret_path, 0750);
}

/* A few old ones go with each new one. */
static void sweep_keys(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;

	for (int i = 0; dir && i < 1000 && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.' && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
			clock_wall_ms() / 1000 - st.st_mtim.tv_sec > KEY_KEPT_S)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

/* Answers by what a key's file says. False: it was cut off long ago, the request is made anew. */
static bool answer_known(struct exchange *x, const struct sending *s)
{
	_cleanup_json_ json_t *known = json_load_file(s->key, 0, NULL);
	struct stat st;

	if (!known && stat(s->key, &st) == 0 && clock_wall_ms() / 1000 - st.st_mtim.tv_sec > KEY_STUCK_S)
		return false;
	if (!known)
		problem(x, PROBLEM_CONFLICT,
			"The same request is being carried out: ask again in a few seconds.");
	else if (!str_equal(jsonx_text(known, "body", ""), s->body_hash))
		problem(x, PROBLEM_KEY_REUSED,
			"This Idempotency-Key was used for another request: give each request one of its "
			"own.");
	else
		reply_json(x, 201,
			json_pack("{s:s,s:I}", "id", jsonx_text(known, "id", ""), "pages",
				(json_int_t)jsonx_int(known, "pages", 0)));
	return true;
}

/* Takes the key for this request. False: answered. */
static bool take_key(struct exchange *x, struct sending *s)
{
	const char *key = x->request.idempotency_key;
	char folder[PATH_SIZE], name[KEY_HEX], user[32];

	if (!*key)
		return true;
	for (const char *p = key; *p; p++)
		if (*p <= ' ' || *p > '~' || strlen(key) > 200) {
			problem(x, PROBLEM_MALFORMED,
				"An Idempotency-Key has 1 to 200 visible ASCII letters: send another one.");
			return false;
		}
	folder_of(x, "keys", folder);
	sweep_keys(folder);
	str_printf(user, sizeof(user), "%llu ", (unsigned long long)x->who.user);
	hash_text(user, strlen(user), key, strlen(key), name);
	hash_text("", 0, x->request.body ? (const void *)x->request.body : "", x->request.body_len,
		s->body_hash);
	str_printf(s->key, sizeof(s->key), "%s/%s", folder, name);
	int fd = open(s->key, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 && errno == EEXIST && answer_known(x, s))
		return false;
	if (fd >= 0)
		close(fd);
	s->has_key = true;
	return true;
}

/* --- sending
 * ------------------------------------------------------------------------------------------------------------
 */

/* json into the file at path, whole or not at all, and on disk. */
static int save_json(const char *path, json_t *json)
{
	char beside[PATH_SIZE + 8], folder[PATH_SIZE];

	if (!json || str_printf(beside, sizeof(beside), "%s.new", path) < 0 ||
		str_put(folder, sizeof(folder), path) < 0)
		return json ? -ENAMETOOLONG : -ENOMEM;
	*strrchr(folder, '/') = '\0';
	int err = json_dump_file(json, beside, JSON_COMPACT) < 0 ? -EIO : disk_sync(beside);
	if (err == 0 && rename(beside, path) < 0)
		err = -errno;
	if (err < 0)
		unlink(beside);
	return err < 0 ? err : disk_sync(folder);
}

static void refuse_paper(struct exchange *x, int err)
{
	switch (err) {
	case -EBUSY:
		problem(x, PROBLEM_UNAVAILABLE,
			"Other documents are being prepared: try again in a few seconds.");
		reply_header(x, "Retry-After", "5");
		break;
	case -ENOENT:
		problem(x, PROBLEM_UNAVAILABLE,
			"A program for documents is not installed: install ghostscript, libtiff-tools and "
			"pango1.0-tools.");
		break;
	case -EBADMSG:
		problem(x, PROBLEM_INVALID,
			"The file cannot be read: it is damaged, or protected by a password. Save it anew "
			"without a password.");
		break;
	case -ENODATA:
		problem(x, PROBLEM_INVALID, "The file has no page that can be printed.");
		break;
	case -E2BIG:
		problem(x, PROBLEM_INVALID, "More than %d pages: send it in parts.", PAPER_PAGES_MAX);
		break;
	case -EFBIG:
	case -ETIMEDOUT:
		problem(x, PROBLEM_INVALID,
			"The file is too complicated: it took too long, or grew too large. Save it as a "
			"simpler PDF.");
		break;
	default:
		problem_store(x, err, NULL);
	}
}

static json_t *job_json(const struct center_fax *ask)
{
	json_t *j = json_pack("{s:s,s:s,s:s,s:i}", "to", ask->to, "from", ask->from, "name", ask->name,
		"pages", ask->pages);

	if (j && (jsonx_set_id(j, "id", ask->document) < 0 || jsonx_set_id(j, "user", ask->user) < 0)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static void refuse_centre(struct exchange *x, const char *code)
{
	if (str_equal(code, "no_trunk"))
		problem(x, PROBLEM_CONFLICT, "No trunk can dial this number: enable one with a proxy.");
	else if (str_equal(code, "number_not_allowed"))
		problem(x, PROBLEM_CONFLICT,
			"The rules of this installation forbid this number. (number_not_allowed)");
	else if (str_equal(code, "invalid_number"))
		problem(x, PROBLEM_INVALID, "This is no number: write it as on a telephone.");
	else if (str_equal(code, "too_many"))
		problem(x, PROBLEM_UNAVAILABLE,
			"There are 5,000 faxes to be sent: try again when some are done.");
	else if (str_equal(code, "draining"))
		problem(x, PROBLEM_UNAVAILABLE, "The server stops: try again in a few seconds.");
	else if (str_equal(code, "is_sending"))
		problem(x, PROBLEM_CONFLICT, "This fax is being sent now: it cannot be taken back.");
	else if (str_equal(code, "not_found"))
		problem(x, PROBLEM_IS_OVER, "This fax does not wait to be sent (any more).");
	else
		problem(x, PROBLEM_UNAVAILABLE, "The server could not do this: try again in a few seconds.");
}

/* What the centre says; NULL: answered. */
static json_t *centre_says(struct exchange *x, struct asked *a, int err)
{
	json_t *json = NULL;

	err = a ? asked_wait(a, err, &json) : -ENOMEM;
	if (err == -ETIMEDOUT)
		problem(x, PROBLEM_UNAVAILABLE,
			"It is not known yet whether this was done: look at the list of faxes.");
	else if (err < 0)
		problem_store(x, err, NULL);
	if (err < 0)
		return NULL;
	const char *code = jsonx_text(json, "code", NULL);
	if (!code)
		return json;
	refuse_centre(x, code);
	json_decref(json);
	return NULL;
}

/* Pages and job are on disk: the centre is asked. False: answered, nothing of it remains. */
static bool hand_over(struct exchange *x, const struct sending *s, const char *tiff)
{
	char folder[PATH_SIZE], job[PATH_SIZE + 32], text[ID_TEXT_SIZE];
	_cleanup_json_ json_t *file = job_json(&s->ask);

	folder_of(x, "outbox", folder);
	str_printf(job, sizeof(job), "%s/%s.json", folder, id_text(s->ask.document, text));
	int err = save_json(job, file);
	if (err < 0) {
		unlink(tiff);
		problem_store(x, err, NULL);
		return false;
	}
	struct asked *a = asked_new();
	err = a ? center_fax(x->api->parts.center, &s->ask, asked_on_json, a) : -ENOMEM;
	_cleanup_json_ json_t *json = centre_says(x, a, err);
	if (!json) {
		unlink(job);
		unlink(tiff);
	}
	return json != NULL;
}

static bool send_it(struct exchange *x, struct sending *s)
{
	const struct paper_text cover = {s->cover, s->language};
	const struct paper_input in = {s->has_cover ? &cover : NULL, s->file, s->n};
	char scratch[PATH_SIZE], relative[STORE_DOCUMENT_PATH_MAX], tiff[PATH_SIZE], text[ID_TEXT_SIZE];

	s->ask.document = id_new();
	folder_of(x, "tmp", scratch);
	store_document_path(s->ask.document, relative);
	str_printf(tiff, sizeof(tiff), "%s/%s", x->api->config.data_directory, relative);
	int err = paper_make_fax(&in, scratch, tiff, &s->ask.pages);
	if (err < 0) {
		refuse_paper(x, err);
		return false;
	}
	if (!hand_over(x, s, tiff))
		return false;
	json_t *json = json_pack("{s:s,s:i}", "id", id_text(s->ask.document, text), "pages", s->ask.pages);
	if (json && s->has_key) {
		_cleanup_json_ json_t *known = json_copy(json);
		jsonx_set_text(known, "body", s->body_hash);
		err = save_json(s->key, known);
		if (err < 0)
			log_error("api", 0, "a fax's Idempotency-Key cannot be kept: %s", strerror(-err));
	}
	reply_header(x, "Location", "/api/v1/faxes/%s", text);
	reply_json(x, 201, json);
	return true;
}

void fax_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	_cleanup_alloc_ struct sending *s = alloc_zero(sizeof(*s));

	if (!body || !s) {
		if (body)
			problem_store(x, -ENOMEM, NULL);
		return;
	}
	if (read_sending(x, body, s) && take_key(x, s) && !send_it(x, s) && s->has_key)
		unlink(s->key);
	alloc_free(s->file);
}

/* --- looking
 * ------------------------------------------------------------------------------------------------------------
 */

static bool sees_all(const struct exchange *x)
{
	return x->who.permissions & MAY_SEE_HISTORY;
}

static bool is_choice(const char *s, const char *const *choices)
{
	for (; *choices; choices++)
		if (str_equal(s, *choices))
			return true;
	return str_is_blank(s);
}

void fax_list(struct exchange *x)
{
	static const char *const directions[] = {"inbound", "outbound", NULL};
	static const char *const states[] = {"queued", "sent", "failed", "received", "partial", NULL};
	struct store_documents_query q = {.tenant = x->who.tenant, .user = sees_all(x) ? 0 : x->who.user};
	json_t *rows = NULL;

	q.direction = query_get(&x->request.query, "direction");
	q.state = query_get(&x->request.query, "state");
	if (!argument_page(x, &q.limit, &q.before))
		return;
	if (!is_choice(q.direction, directions) || !is_choice(q.state, states)) {
		problem(x, PROBLEM_INVALID,
			"direction is inbound or outbound; state is queued, sent, failed, received or "
			"partial.");
		return;
	}
	int result = store_documents(x->reader, &q, &rows);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_page(x, rows, q.limit);
}

/* Agents see what they sent, and what came to the queues they serve or lies before them. */
static bool may_see(struct exchange *x, uint64_t id, const json_t *row)
{
	if (sees_all(x))
		return true;
	if (str_equal(jsonx_text(row, "direction", ""), "inbound"))
		return voicemail_may_hear(x, id, 0, jsonx_id(row, "queue"));
	return jsonx_id(row, "user") == x->who.user;
}

/* The row of {id}, if who asks may see it; NULL: answered. */
static json_t *find(struct exchange *x, uint64_t *ret_id)
{
	json_t *row = NULL;

	if (!parameter_id(x, 0, ret_id))
		return NULL;
	int result = store_document(x->reader, x->who.tenant, *ret_id, &row);
	if (result == 0 && !may_see(x, *ret_id, row)) {
		json_decref(row);
		row = NULL;
		result = STORE_NOT_FOUND;
	}
	if (result != 0)
		problem_store(x, result, NULL);
	return row;
}

void fax_get(struct exchange *x)
{
	uint64_t id;
	json_t *row = find(x, &id);

	if (row)
		reply_json(x, 200, row);
}

void fax_delete(struct exchange *x)
{
	uint64_t id;
	_cleanup_json_ json_t *row = find(x, &id);

	if (!row)
		return;
	struct asked *a = asked_new();
	int err = a ? center_fax_cancel(x->api->parts.center, id, asked_on_json, a) : -ENOMEM;
	_cleanup_json_ json_t *json = centre_says(x, a, err);
	if (json)
		reply_empty(x, 204);
}

/* The TIFF of {id}; false: answered. */
static bool find_file(struct exchange *x, char ret_path[static PATH_SIZE], json_t **ret_row)
{
	char relative[STORE_DOCUMENT_PATH_MAX];
	struct stat st;
	uint64_t id;
	json_t *row = find(x, &id);

	if (!row)
		return false;
	store_document_path(id, relative);
	str_printf(ret_path, PATH_SIZE, "%s/%s", x->api->config.data_directory, relative);
	if (!jsonx_bool(row, "has_file", false) || stat(ret_path, &st) < 0) {
		problem(x, PROBLEM_NOT_FOUND, "There are no pages of this fax (any more).");
		json_decref(row);
		return false;
	}
	*ret_row = row;
	return true;
}

static void reply_document(struct exchange *x, const char *path, const char *type)
{
	struct stat st;
	char etag[64];
	int err = stat(path, &st) < 0 ? -errno : 0;

	if (err == 0) {
		str_printf(etag, sizeof(etag), "%llx-%llx", (unsigned long long)st.st_mtim.tv_sec,
			(unsigned long long)st.st_size);
		reply_header(x, "Cache-Control", "private, no-cache");
		err = reply_file(x, path, type, etag);
	}
	if (err < 0)
		problem(x, PROBLEM_NOT_FOUND, "The document's file is not there (any more).");
}

void fax_tiff_get(struct exchange *x)
{
	_cleanup_json_ json_t *row = NULL;
	char path[PATH_SIZE];

	if (find_file(x, path, &row))
		reply_document(x, path, "image/tiff");
}

void fax_pdf_get(struct exchange *x)
{
	_cleanup_json_ json_t *row = NULL;
	char path[PATH_SIZE], pdf[PATH_SIZE + 8], scratch[PATH_SIZE];
	struct stat st;

	if (!find_file(x, path, &row))
		return;
	str_printf(pdf, sizeof(pdf), "%s.pdf", path);
	if (stat(pdf, &st) < 0) {
		folder_of(x, "tmp", scratch);
		int err = paper_make_pdf(path, scratch, pdf);
		if (err < 0) {
			refuse_paper(x, err);
			return;
		}
	}
	reply_document(x, pdf, "application/pdf");
}

static bool report_line(char *out, size_t size, const char *label, const char *value)
{
	size_t len = strlen(out);

	return !value || !*value ||
	       (str_printf(out + len, size - len, "%s: <b>", label) == 0 && paper_escape(out, size, value) &&
		       str_put(out + strlen(out), size - strlen(out), "</b>\n") == 0);
}

static bool report_text(const json_t *row, char *out, size_t size)
{
	char when[CLOCK_TEXT_SIZE], pages[48];
	int64_t ended_ms = jsonx_int(row, "ended_at", 0);

	str_put(out, size, "<span size=\"xx-large\">Fax report</span>\n\n");
	str_printf(pages, sizeof(pages), "%lld of %lld", (long long)jsonx_int(row, "pages_done", 0),
		(long long)jsonx_int(row, "pages", 0));
	return report_line(out, size, "Result", jsonx_text(row, "state", "")) &&
	       report_line(out, size, "Reason", jsonx_text(row, "reason", NULL)) &&
	       report_line(out, size, "In words", jsonx_text(row, "result", NULL)) &&
	       report_line(out, size, "From", jsonx_text(row, "from", NULL)) &&
	       report_line(out, size, "To", jsonx_text(row, "to", NULL)) &&
	       report_line(out, size, "Name", jsonx_text(row, "name", NULL)) &&
	       report_line(out, size, "Other machine", jsonx_text(row, "station", NULL)) &&
	       report_line(out, size, "Pages", pages) &&
	       report_line(out, size, "Ended", ended_ms ? clock_text(ended_ms, when) : NULL) &&
	       report_line(out, size, "Number", jsonx_text(row, "id", ""));
}

void fax_report_get(struct exchange *x)
{
	_cleanup_json_ json_t *row = NULL;
	_cleanup_alloc_ char *text = alloc_zero(PAPER_TEXT_MAX);
	char path[PATH_SIZE], scratch[PATH_SIZE], report[PATH_SIZE + 48], id[ID_TEXT_SIZE];

	if (!find_file(x, path, &row))
		return;
	if (!text || !report_text(row, text, PAPER_TEXT_MAX)) {
		problem_store(x, -ENOMEM, NULL);
		return;
	}
	folder_of(x, "tmp", scratch);
	str_printf(report, sizeof(report), "%s/report-%s.pdf", scratch, id_text(id_new(), id));
	int err = paper_make_report(&(struct paper_text){text, "en"}, path, scratch, report);
	if (err < 0)
		refuse_paper(x, err);
	else
		reply_document(x, report, "application/pdf");
	unlink(report); /* what is being sent stays open */
}
