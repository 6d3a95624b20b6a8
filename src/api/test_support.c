/* See test_support.h. */
#include "api/test_support.h"
#include "center/routing/old_decisions.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* --- the centre's double
 * ----------------------------------------------------------------------------------------------- */
struct fake_center fake;
static bool fake_is_full;
static struct api *fake_api;
static pthread_mutex_t fake_mutex = PTHREAD_MUTEX_INITIALIZER;

static void output(enum center_output_kind kind, uint64_t to, const char *text)
{
	struct center_output out = {.kind = kind, .to = to, .tenant = 1, .text = text ? strdup(text) : NULL};

	if (!api_on_output(&out, fake_api))
		free(out.text);
}

/* A flood of n pushes of 60 KB each to the asker. */
static void flood(uint64_t client, int n)
{
	static char big[61000];

	snprintf(big, sizeof(big), "{\"on\":\"flood\",\"x\":\"%060000d\"}", 0);
	for (int i = 0; i < n; i++)
		output(CENTER_TO_CLIENT, client, big);
}

static void answer_request(const struct center_input *in)
{
	const char *what = jsonx_text(in->body, "do", "");
	_cleanup_json_ json_t *reply = json_pack(
		"{s:O, s:b, s:O}", "re", json_object_get(in->body, "id"), "ok", 1, "echo", in->body);
	char *text = jsonx_dump(reply);

	output(CENTER_TO_CLIENT, in->client.id, text);
	free(text);
	if (str_equal(what, "live.subscribe"))
		output(CENTER_LIVE_JOIN, in->client.id, NULL);
	if (str_equal(what, "agent.flood"))
		flood(in->client.id, 200);
	if (str_equal(what, "agent.live"))
		output(CENTER_TO_LIVE, 0, "{\"on\":\"live\"}");
	if (str_equal(what, "agent.user"))
		output(CENTER_TO_USER, in->client.user, "{\"on\":\"mine\"}");
	if (str_equal(what, "agent.expel"))
		output(CENTER_CLOSE_CLIENT, in->client.id, NULL);
}

int center_send(struct center *c, const struct center_input *input)
{
	(void)c;
	pthread_mutex_lock(&fake_mutex);
	bool is_full = fake_is_full;
	fake.opened += !is_full && input->kind == CENTER_CLIENT_OPENED;
	fake.closed += !is_full && input->kind == CENTER_CLIENT_CLOSED;
	fake.requests += !is_full && input->kind == CENTER_REQUEST;
	fake.config_changes += !is_full && input->kind == CENTER_CONFIG_CHANGED;
	pthread_mutex_unlock(&fake_mutex);
	if (is_full)
		return -ENOBUFS;
	if (input->kind == CENTER_CLIENT_OPENED)
		output(CENTER_TO_CLIENT, input->client.id, "{\"on\":\"hello\"}");
	if (input->kind == CENTER_REQUEST)
		answer_request(input);
	json_decref(input->body);
	return 0;
}

void center_totals(const struct center *c, struct center_totals *ret_totals)
{
	(void)c;
	*ret_totals = (struct center_totals){.is_ready = true, .calls_total = 42};
}

int center_figures(struct center *c, uint64_t tenant, int64_t from_ms, int64_t to_ms,
	center_json_handler *on_json, void *arg)
{
	(void)c;
	(void)tenant;
	on_json(json_pack("{s:I, s:I, s:{}, s:[], s:[]}", "from", (json_int_t)from_ms, "to",
			(json_int_t)to_ms, "all", "queues", "agents"),
		arg);
	return 0;
}

static json_t *decisions_between(const struct center_decision *list, int n, uint64_t from, uint64_t to)
{
	json_t *all = json_array();
	char id[ID_TEXT_SIZE];

	for (int i = 0; i < n; i++)
		if (list[i].decision >= from && list[i].decision < to)
			json_array_append_new(
				all, json_pack("{s:I, s:s}", "decision", (json_int_t)list[i].decision,
					     "segment", id_text(list[i].segment, id)));
	return all;
}

/* A call that is recorded has the number 1; nothing else is under way. */
int center_block(struct center *c, enum center_block_act act, const struct store_block *block,
	center_json_handler *on_json, void *arg)
{
	(void)c;
	(void)act;
	(void)block;
	on_json(json_object(), arg);
	return 0;
}

int center_dial(struct center *c, const struct center_dial *ask, center_json_handler *on_json, void *arg)
{
	(void)c;
	fake.last_dial = *ask;
	on_json(strcmp(ask->to, "110110") == 0 ? json_pack("{s:s}", "code", "number_not_allowed")
					       : json_pack("{s:s}", "interaction", "0am0f0fn0a2z3"),
		arg);
	return 0;
}

int center_trunk(struct center *c, const struct center_trunk *ask, center_json_handler *on_json, void *arg)
{
	(void)c;
	fake.last_trunk = *ask;
	on_json(fake.trunk_code ? json_pack("{s:s}", "code", fake.trunk_code)
				: json_pack("{s:s}", "name", "t"),
		arg);
	return 0;
}

int center_mail(struct center *c, const struct center_mail *ask, center_json_handler *on_json, void *arg)
{
	char id[ID_TEXT_SIZE];

	(void)c;
	fake.last_mail = *ask;
	if (ask->act == CENTER_MAIL_BOXES)
		on_json(json_pack("{s:[s],s:{s:i,s:i}}", "boxes", id_text(ask->user, id), "counts", "unheard",
				1, "heard", 0),
			arg);
	else if (ask->act == CENTER_MAIL_MAY_HEAR)
		on_json(json_pack("{s:b}", "may", fake.may_hear), arg);
	else
		on_json(fake.mail_code ? json_pack("{s:s}", "code", fake.mail_code) : json_object(), arg);
	return 0;
}

int center_record(
	struct center *c, uint64_t interaction, const char *act, center_json_handler *on_json, void *arg)
{
	(void)c;
	if (interaction != 1)
		on_json(json_pack("{s:s}", "code", "not_found"), arg);
	else if (strcmp(act, "pause") != 0)
		on_json(json_pack("{s:s}", "code", *act == 's' ? "recording_not_allowed" : "invalid_act"),
			arg);
	else
		on_json(json_pack("{s:s,s:b,s:b}", "state", "paused", "is_allowed", 0, "is_pause_allowed", 1),
			arg);
	return 0;
}

int center_rule_failures(struct center *c, center_json_handler *on_json, void *arg)
{
	(void)c;
	on_json(json_pack("[{s:s, s:i}]", "name", "Broken", "times", 3), arg);
	return 0;
}

/* --- contacts without a telephone: from "x@refused.<code>" is refused with that code; queue 1 is silent */
void center_work_clear(struct center_work *ask)
{
	alloc_free(TAKE_PTR(ask->text));
	json_decref(TAKE_PTR(ask->customer));
	json_decref(TAKE_PTR(ask->past));
}

int center_work_look_up(
	struct center *c, struct store_reader *reader, uint64_t customer, struct center_work *ask)
{
	(void)c;
	return customer ? store_get(reader, resource_by_name("customer"), 1, customer, false, &ask->customer)
			: 0;
}

int center_work(struct center *c, struct center_work *ask, center_json_handler *on_json, void *arg)
{
	const char *code = strstr(ask->from, "@refused.");
	char id[ID_TEXT_SIZE];

	(void)c;
	fake.works++;
	fake.last_work = *ask;
	fake.last_work.text = NULL;
	str_put(fake.last_text, sizeof(fake.last_text), ask->text ? ask->text : "");
	fake.last_work.customer = fake.last_work.past = NULL;
	if (fake_is_full)
		return -ENOBUFS;
	if (code)
		on_json(json_pack("{s:s}", "code", code + 9), arg);
	else if (ask->kind != CENTER_WORK_OPEN && ask->interaction == 4711)
		on_json(json_pack("{s:s}", "code", "not_found"), arg);
	else
		on_json(json_pack("{s:s,s:i}", "id", id_text(ask->interaction ? ask->interaction : 5, id),
				"seq", 9),
			arg);
	center_work_clear(ask);
	*ask = (struct center_work){0};
	return 0;
}

/* --- faxes: to 666 there is no trunk; the others are taken, and told of as the centre would */
int center_fax(struct center *c, const struct center_fax *ask, center_json_handler *on_json, void *arg)
{
	char id[ID_TEXT_SIZE];

	(void)c;
	fake.faxes++;
	fake.last_fax = *ask;
	if (strcmp(ask->to, "666") == 0)
		on_json(json_pack("{s:s}", "code", "no_trunk"), arg);
	else
		on_json(json_pack("{s:s}", "id", id_text(ask->document, id)), arg);
	return 0;
}

int center_fax_cancel(struct center *c, uint64_t document, center_json_handler *on_json, void *arg)
{
	char id[ID_TEXT_SIZE];

	(void)c;
	if (document == fake.last_fax.document)
		on_json(json_pack("{s:s}", "id", id_text(document, id)), arg);
	else
		on_json(json_pack("{s:s}", "code", "is_sending"), arg);
	return 0;
}

/* Keeps every decision below 100, of whichever segment. */
int center_decisions(
	struct center *c, const struct center_decision *list, int n, center_json_handler *on_json, void *arg)
{
	(void)c;
	on_json(decisions_between(list, n, 0, 100), arg);
	return 0;
}

/* The routing log has those from 300 to 399. */
int old_decisions(struct store_reader *rd, int64_t at_ms, const struct center_decision *list, int n,
	json_t **ret_decisions)
{
	(void)rd;
	(void)at_ms;
	*ret_decisions = decisions_between(list, n, 300, 400);
	return 0;
}

void fake_set_full(bool is_full)
{
	pthread_mutex_lock(&fake_mutex);
	fake_is_full = is_full;
	pthread_mutex_unlock(&fake_mutex);
}

bool fake_reaches(const int *n, int want)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&fake_mutex);
		bool is_there = *n >= want;
		pthread_mutex_unlock(&fake_mutex);
		if (is_there)
			return true;
		usleep(10000);
	}
	return false;
}

/* --- the bench
 * ---------------------------------------------------------------------------------------------------------
 */
static uint16_t free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bool is_ok = bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		     getsockname(fd, (struct sockaddr *)&at, &len) == 0;
	close(fd);
	return is_ok ? ntohs(at.sin_port) : 0;
}

/* As in the server: the store is there before the API. */
static _Atomic(struct api *) commit_api;

static void on_commit(uint64_t last_seq, void *arg)
{
	struct api *a = atomic_load(&commit_api);

	(void)arg;
	if (a)
		api_on_commit(last_seq, a);
}

static uint64_t add_user(struct bench *b, const char *login, const char *role)
{
	const struct store_actor actor = {.tenant = 1};
	struct issues issues = {0};
	_cleanup_json_ json_t *row = NULL;
	_cleanup_json_ json_t *user = json_pack(
		"{s:s, s:s, s:[s], s:s}", "login", login, "name", login, "roles", role, "password", PASSWORD);

	if (!resource_check(resource_by_name("user"), user, true, &issues) ||
		store_create(b->store, resource_by_name("user"), user, &actor, &row, &issues) != 0) {
		printf("# user %s: %s\n", login, issues.n ? issues.at[0].message : "?");
		return 0;
	}
	return jsonx_id(row, "id");
}

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void make_web(struct bench *b)
{
	char assets[128];

	snprintf(b->web, sizeof(b->web), "%s/web", b->folder);
	snprintf(assets, sizeof(assets), "%s/assets", b->web);
	mkdir(b->web, 0755);
	mkdir(assets, 0755);
	write_text(b->web, "index.html", "<!doctype html><title>Markaz</title>");
	write_text(assets, "app-1234.js", "console.log(1)\n");
	write_text(assets, "app-1234.js.gz", "zipped");
	write_text(b->folder, "secret.txt", "not for you");
}

static bool start_api(struct bench *b, int clients_max, const char *trusted_proxies, bool is_secure)
{
	struct api_config config = {
		.address = "127.0.0.1", .workers = 2, .clients_max = clients_max ? clients_max : 200};
	struct api_parts parts = {0};

	parts.store = b->store;
	str_put(config.web_directory, sizeof(config.web_directory), b->web);
	str_put(config.data_directory, sizeof(config.data_directory), b->folder);
	str_put(config.trusted_proxies, sizeof(config.trusted_proxies), trusted_proxies);
	str_printf(config.certificate_path, sizeof(config.certificate_path), "%s/cert.pem", b->folder);
	str_put(config.key_path, sizeof(config.key_path), config.certificate_path);
	b->port = free_port();
	*(is_secure ? &config.https_port : &config.http_port) = b->port;
	if ((is_secure && cert_ensure(config.certificate_path, "localhost") != 0) || api_new(&b->api) != 0)
		return false;
	fake_api = b->api;
	atomic_store(&commit_api, b->api);
	int err = api_start(b->api, &config, &parts);
	if (err < 0)
		printf("# api_start: %s\n", strerror(-err));
	return err == 0;
}

static void quiet(void)
{
	memset(&fake, 0, sizeof(fake));
	fake_is_full = false;
	if (!getenv("TEST_LOG"))
		log_level_set(LOG_ERROR);
}

bool bench_start(struct bench *b, int clients_max, const char *trusted_proxies, bool is_secure)
{
	memset(b, 0, sizeof(*b));
	quiet();
	str_put(b->folder, sizeof(b->folder), "/tmp/test_api.XXXXXX");
	if (!mkdtemp(b->folder) || store_open(&b->store, b->folder, on_commit, NULL) != 0)
		return false;
	make_web(b);
	b->admin = add_user(b, "admin", "administrator");
	b->supervisor = add_user(b, "super", "supervisor");
	b->agent = add_user(b, "agent", "agent");
	return start_api(b, clients_max, trusted_proxies, is_secure) && b->admin && b->supervisor && b->agent;
}

bool bench_reopen(struct bench *b, int clients_max)
{
	quiet();
	str_printf(b->web, sizeof(b->web), "%s/web", b->folder);
	return store_open(&b->store, b->folder, on_commit, NULL) == 0 &&
	       start_api(b, clients_max, NULL, false);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void bench_close(struct bench *b)
{
	if (b->api)
		api_stop(b->api, 2000);
	if (b->store)
		store_close(b->store);
	atomic_store(&commit_api, NULL);
	api_free(b->api);
	b->store = NULL;
	b->api = NULL;
	fake_api = NULL;
}

void bench_stop(struct bench *b)
{
	bench_close(b);
	if (strncmp(b->folder, "/tmp/test_api.", 14) == 0)
		nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- HTTP
 * --------------------------------------------------------------------------------------------------------------
 */
int tcp_open(const struct bench *b)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(b->port)};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

bool tcp_send(int fd, const void *data, size_t n)
{
	for (const char *p = data; n > 0;) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

void answer_free(struct answer *a)
{
	free(a->head);
	free(a->body);
	json_decref(a->json);
	memset(a, 0, sizeof(*a));
}

bool answer_header(const struct answer *a, const char *name, char *ret_value, size_t size)
{
	size_t len = strlen(name);

	for (const char *p = strstr(a->head, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n"))
		if (strncasecmp(p + 2, name, len) == 0 && p[2 + len] == ':') {
			const char *value = p + 2 + len + 1;
			value += strspn(value, " ");
			str_put_n(ret_value, size, value, strcspn(value, "\r"));
			return true;
		}
	return false;
}

static bool read_n(int fd, char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, p, n, 0);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

bool http_read(int fd, bool is_head, struct answer *a)
{
	char length[32];
	size_t n = 0;

	memset(a, 0, sizeof(*a));
	a->head = calloc(1, 16385);
	while (!strstr(a->head + (n > 4 ? n - 4 : 0), "\r\n\r\n"))
		if (n == 16384 || !read_n(fd, a->head + n++, 1)) {
			answer_free(a);
			return false;
		}
	a->status = atoi(a->head + 9);
	a->body_len =
		!is_head && a->status != 304 && answer_header(a, "Content-Length", length, sizeof(length))
			? strtoul(length, NULL, 10)
			: 0;
	a->body = calloc(1, a->body_len + 1);
	if (!read_n(fd, a->body, a->body_len)) {
		answer_free(a);
		return false;
	}
	if (strstr(a->head, "json"))
		a->json = json_loads(a->body, 0, NULL);
	return true;
}

bool http_ask(const struct bench *b, const char *method, const char *path, const char *extra,
	const char *body, struct answer *a)
{
	struct text t = {0};
	int fd = tcp_open(b);

	text_printf(&t, "%s %s HTTP/1.1\r\nHost: markaz.test\r\nUser-Agent: test\r\n%s", method, path,
		extra ? extra : "");
	if (body)
		text_printf(&t, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	text_add(&t, "\r\n");
	text_add(&t, body ? body : "");
	bool is_ok = fd >= 0 && tcp_send(fd, t.data, t.len) && http_read(fd, strcmp(method, "HEAD") == 0, a);
	text_free(&t);
	if (!is_ok) {
		printf("# no answer to %s %s\n", method, path);
		memset(a, 0, sizeof(*a));
	}
	if (fd >= 0)
		close(fd);
	return is_ok;
}

bool sign_in(const struct bench *b, const char *login, char *ret_headers, size_t size)
{
	struct answer a;
	char body[256], cookie[256];

	snprintf(body, sizeof(body), "{\"login\":\"%s\",\"password\":\"" PASSWORD "\"}", login);
	if (!http_ask(b, "POST", "/api/v1/session", "X-Markaz: 1\r\n", body, &a))
		return false;
	bool is_ok = a.status == 200 && answer_header(&a, "Set-Cookie", cookie, sizeof(cookie));
	if (is_ok)
		snprintf(ret_headers, size, "Cookie: %.*s\r\nX-Markaz: 1\r\n", (int)strcspn(cookie, ";"),
			cookie);
	else
		printf("# sign-in of %s: %d %s\n", login, a.status, a.body);
	answer_free(&a);
	return is_ok;
}

/* --- WebSocket (RFC 6455)
 * ---------------------------------------------------------------------------------------------- */
int ws_open(const struct bench *b, const char *extra, int *ret_status)
{
	return ws_open_at(b, "/api/v1/ws", extra, ret_status);
}

int ws_open_at(const struct bench *b, const char *path, const char *extra, int *ret_status)
{
	char request[2048];
	struct answer a;
	int fd = tcp_open(b);

	snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: markaz.test\r\nUpgrade: websocket\r\nConnection: "
		"Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
		path, extra ? extra : "");
	*ret_status = 0;
	if (fd < 0 || !tcp_send(fd, request, strlen(request)) || !http_read(fd, false, &a)) {
		close(fd);
		return -1;
	}
	*ret_status = a.status;
	answer_free(&a);
	if (*ret_status == 101)
		return fd;
	close(fd);
	return -1;
}

bool ws_send(int fd, int opcode, const void *data, size_t n, bool is_final)
{
	unsigned char head[14] = {(unsigned char)(opcode | (is_final ? 0x80 : 0)), 0x80}; /* mask 0 */
	size_t len = 6;

	if (n < 126) {
		head[1] |= (unsigned char)n;
	} else if (n < 65536) {
		head[1] |= 126;
		head[2] = (unsigned char)(n >> 8);
		head[3] = (unsigned char)n;
		len = 8;
	} else {
		head[1] |= 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
		len = 14;
	}
	return tcp_send(fd, head, len) && tcp_send(fd, data, n);
}

bool ws_say(int fd, const char *text)
{
	return ws_send(fd, 1, text, strlen(text), true);
}

char *ws_read(int fd, int *ret_opcode, size_t *ret_len)
{
	for (;;) {
		unsigned char head[2], more[8];
		if (!read_n(fd, (char *)head, 2))
			return NULL;
		size_t n = head[1] & 0x7f, extra = n == 126 ? 2 : n == 127 ? 8 : 0;
		if (!read_n(fd, (char *)more, extra))
			return NULL;
		for (size_t i = 0, m = 0; i < extra; i++)
			n = m = m << 8 | more[i];
		char *data = calloc(1, n + 1);
		if (!read_n(fd, data, n)) {
			free(data);
			return NULL;
		}
		*ret_opcode = head[0] & 0x0f;
		*ret_len = n;
		if (*ret_opcode != 9)
			return data;
		ws_send(fd, 10, data, n, true);
		free(data);
	}
}

json_t *ws_await(int fd, const char *part)
{
	int opcode;
	size_t n;
	char *text;

	while ((text = ws_read(fd, &opcode, &n))) {
		json_t *json = opcode == 1 && strstr(text, part) ? json_loads(text, 0, NULL) : NULL;
		bool is_over = opcode == 8;
		free(text);
		if (json || is_over)
			return json;
	}
	return NULL;
}

int ws_close_code(int fd)
{
	int opcode, code = -1;
	size_t n;
	char *data;

	while (code < 0 && (data = ws_read(fd, &opcode, &n))) {
		if (opcode == 8)
			code = n >= 2 ? (unsigned char)data[0] << 8 | (unsigned char)data[1] : 1005;
		free(data);
	}
	return code;
}
