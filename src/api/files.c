/* The screens' files. The web build leaves name.gz beside what is worth it; files with a hash in their name
 * (below assets/) never change, everything else is asked for again each time (with an ETag). Unknown
 * addresses belong to the screens' own router and get index.html.
 *
 * Invariant: nothing outside the directory is ever opened: the path has no ".." and no symbolic link is
 * followed at its end. */
#include "api/problem.h"
#include "api/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_PATH_MAX 1024

static const char *type_of(const char *path)
{
	static const char *const types[][2] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".map", "application/json"},
		{".webmanifest", "application/manifest+json"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".jpg", "image/jpeg"},
		{".webp", "image/webp"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".woff", "font/woff"},
		{".wav", "audio/wav"},
		{".mp3", "audio/mpeg"},
		{".txt", "text/plain; charset=utf-8"},
		{".wasm", "application/wasm"},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

static bool is_safe(const char *path)
{
	if (path[0] != '/' || strstr(path, "/.") || strchr(path, '\\'))
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ')
			return false;
	return true;
}

/* Answers with directory/path, compressed when that exists and is taken. 0 or -errno (not answered). */
static int answer_file(struct exchange *x, const char *directory, const char *path)
{
	char file[FILE_PATH_MAX], zipped[FILE_PATH_MAX + 4], etag[64];
	struct stat st;

	if (str_printf(file, sizeof(file), "%s%s", directory, path) < 0)
		return -ENOENT;
	if (stat(file, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	snprintf(zipped, sizeof(zipped), "%s.gz", file);
	struct stat zipped_st;
	bool has_zipped = stat(zipped, &zipped_st) == 0 && S_ISREG(zipped_st.st_mode);
	bool is_zipped = has_zipped && x->request.takes_gzip;
	snprintf(etag, sizeof(etag), "%llx-%llx%s",
		(unsigned long long)st.st_mtim.tv_sec * 1000000000ull +
			(unsigned long long)st.st_mtim.tv_nsec,
		(unsigned long long)st.st_size, is_zipped ? "-gz" : "");
	reply_header(x, "Cache-Control", "%s",
		str_starts_with(path, "/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
	if (has_zipped)
		reply_header(x, "Vary", "Accept-Encoding");
	if (is_zipped)
		reply_header(x, "Content-Encoding", "gzip");
	return reply_file(x, is_zipped ? zipped : file, type_of(path), etag);
}

void files_answer(struct exchange *x, const char *directory)
{
	const char *path = x->request.path, *name = strrchr(path, '/');

	if (!directory[0] || !is_safe(path)) {
		problem(x, PROBLEM_NOT_FOUND, "There is no such page.");
		return;
	}
	if (str_starts_with(path, "/visit/")) /* the page a customer calls from; the rest names the line */
		path = "/visit.html";
	int err = answer_file(x, directory, strcmp(path, "/") == 0 ? "/index.html" : path);
	/* A missing script must not come back as a page of HTML; anything else is an address inside the
	 * screens. */
	if (err < 0 && !str_starts_with(path, "/assets/") && !strchr(name ? name : path, '.'))
		err = answer_file(x, directory, "/index.html");
	if (err < 0)
		problem(x, PROBLEM_NOT_FOUND,
			"There is no such file. If the screens are missing, build them (./run build).");
}
