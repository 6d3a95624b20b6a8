/* The configuration file as a table of keys. */
#include "app/config.h"
#include "base/log.h"
#include "base/str.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536
#define LINE_MAX_LETTERS 1000

enum kind { TEXT, PORT, COUNT, ADDRESS, LISTEN, PORTS, LEVEL, DATABASE, RESOLVERS };

static const struct key {
	const char *name;
	enum kind kind;
	size_t at, size;  /* TEXT, ADDRESS: where and how long */
	int64_t min, max; /* COUNT */
} keys[] = {
#define AT(member) offsetof(struct app_config, member), sizeof(((struct app_config *)0)->member)
	{"data_directory", TEXT, AT(data_directory), 0, 0},
	{"database_url", DATABASE, AT(database_url), 0, 0},
	{"http_address", ADDRESS, AT(api.address), 0, 0},
	{"http_port", PORT, AT(api.http_port), 0, 65535},
	{"https_port", PORT, AT(api.https_port), 0, 65535},
	{"certificate", TEXT, AT(api.certificate_path), 0, 0},
	{"certificate_key", TEXT, AT(api.key_path), 0, 0},
	{"web_directory", TEXT, AT(api.web_directory), 0, 0},
	{"trusted_proxies", TEXT, AT(api.trusted_proxies), 0, 0},
	{"http_workers", COUNT, AT(api.workers), 1, 32},
	{"clients_max", COUNT, AT(api.clients_max), 1, 100000},
	{"sip_listen", LISTEN, 0, 0, 0, 0},
	{"sip_certificate", TEXT, AT(sip.certificate_path), 0, 0},
	{"sip_phone_certificate", COUNT, AT(sip.needs_phone_certificate), 0, 1},
	{"sip_client_ca", TEXT, AT(sip.client_ca_path), 0, 0},
	{"sip_qualify_s", COUNT, AT(sip.qualify_interval_s), 0, 3600},
	{"dns_servers", RESOLVERS, 0, 0, 0, 0},
	{"legs_max", COUNT, AT(sip.legs_max), 1, 100000},
	{"media_address", ADDRESS, AT(media.bind_address), 0, 0},
	{"advertised_address", ADDRESS, AT(media.advertised_address), 0, 0},
	{"advertised_address_v6", ADDRESS, AT(media.advertised_address_v6), 0, 0},
	{"rtp_ports", PORTS, 0, 0, 0, 0},
	{"webrtc_port", PORT, AT(media.webrtc_port), 0, 65535},
	{"rtp_timeout_s", COUNT, AT(media.rtp_timeout_s), 5, 86400},
	{"dscp_media", COUNT, AT(media.dscp), 0, 63},
	{"dscp_signalling", COUNT, AT(sip.dscp), 0, 63},
	{"comfort_noise", COUNT, AT(comfort_noise), 0, 1},
	{"media_process", TEXT, AT(media.process), 0, 0},
	{"media_orphans_s", COUNT, AT(media.orphans_s), 10, 86400},
	{"media_threads", COUNT, AT(media.threads), 1, 16},
	{"speech_program", TEXT, AT(speech_program), 0, 0},
	{"speech_workers", COUNT, AT(speech_workers), 1, 8},
	{"log_level", LEVEL, AT(log_level), 0, 0},
	{"spool_mb", COUNT, AT(spool_mb), STORE_SPOOL_MB_MIN, STORE_SPOOL_MB_MAX},
	{"route_log_days", COUNT, AT(route_log_days), 1, 3650},
	{"queue_log", TEXT, AT(queue_log), 0, 0},
	{"archive_months", COUNT, AT(archive_months), 0, 1200},
	{"drain_s", COUNT, AT(drain_s), 0, 86400},
#undef AT
};

void config_defaults(struct app_config *c)
{
	*c = (struct app_config){.data_directory = "/var/lib/markaz",
		.api = {.address = "127.0.0.1",
			.http_port = 8080,
			.workers = 4,
			.clients_max = 10000,
			.web_directory = "/usr/share/markaz/web"},
		.sip = {.listen = {{"0.0.0.0", 5060, SIP_UDP}, {"0.0.0.0", 5060, SIP_TCP}},
			.n_listen = 2,
			.legs_max = 8000,
			.qualify_interval_s = 60,
			.dscp = 24,
			.user_agent = "Markaz " MARKAZ_VERSION},
		.media = {.bind_address = "0.0.0.0",
			.rtp_port_min = 20000,
			.rtp_port_max = 29999,
			.webrtc_port = 3478,
			.rtp_timeout_s = 30,
			.dscp = 46,
			.threads = 1,
			.legs_max = 8000,
			.orphans_s = 600},
		.speech_workers = 2,
		.log_level = "info",
		.spool_mb = STORE_SPOOL_MB,
		.route_log_days = STORE_LOG_DAYS,
		.drain_s = 30};
}

static bool is_address(const char *s)
{
	struct in6_addr any;

	return inet_pton(AF_INET, s, &any) == 1 || inet_pton(AF_INET6, s, &any) == 1;
}

/* "192.0.2.53" or "192.0.2.53:5353", commas between. */
static int read_resolvers(struct sip_config *sip, char *value, char *ret_error, size_t size)
{
	char list[4][64] = {0}, host[64], *rest = value;
	int n = 0;

	for (char *part = strsep(&rest, ","); part; part = strsep(&rest, ",")) {
		part += strspn(part, " \t");
		part[strcspn(part, " \t")] = '\0';
		char *colon = strchr(part, ':');
		bool has_port = colon && !strchr(colon + 1, ':');
		int64_t port;
		if (n == 4 ||
			str_put_n(host, sizeof(host), part,
				has_port ? (size_t)(colon - part) : strlen(part)) < 0 ||
			!is_address(host) || (has_port && str_to_int(colon + 1, 1, 65535, &port) < 0))
			return str_printf(ret_error, size,
				       "\"%s\": write addresses of DNS servers, like 192.0.2.53 (at most 4)",
				       part),
			       -EINVAL;
		(void)str_put(list[n++], sizeof(list[0]), part);
	}
	memcpy(sip->dns_servers, list, sizeof(list));
	return 0;
}

/* "udp:192.0.2.1:5060" or "tls:[::]:5061", commas between. */
static int read_listen(struct sip_config *sip, char *value, char *ret_error, size_t size)
{
	static const char *const names[] = {"udp:", "tcp:", "tls:"};
	struct sip_listen list[8];
	int n = 0;
	char *rest = value;

	for (char *part = strsep(&rest, ","); part; part = strsep(&rest, ",")) {
		part += strspn(part, " \t");
		part[strcspn(part, " \t")] = '\0';
		int t = 0;
		int64_t port;
		char *colon = strrchr(part, ':');
		while (t < 3 && !str_starts_with(part, names[t]))
			t++;
		if (t == 3 || !colon || colon < part + 4 || n == 8 ||
			str_to_int(colon + 1, 0, 65535, &port) < 0)
			return str_printf(ret_error, size,
				       "\"%s\": write transport:address:port, like udp:0.0.0.0:5060 (at most "
				       "8)",
				       part),
			       -EINVAL;
		*colon = '\0';
		char *address = part + 4;
		size_t len = strlen(address);
		if (address[0] == '[' && len > 2 && address[len - 1] == ']') {
			address[len - 1] = '\0';
			address++;
		}
		if (!is_address(address))
			return str_printf(ret_error, size, "\"%s\" is not an IPv4 or IPv6 address", address),
			       -EINVAL;
		str_put(list[n].address, sizeof(list[n].address), address);
		list[n].transport = (enum sip_transport)t;
		list[n++].port = (uint16_t)port;
	}
	memcpy(sip->listen, list, sizeof(list));
	sip->n_listen = n;
	return 0;
}

static int read_ports(struct media_config *media, char *value, char *ret_error, size_t size)
{
	char *dash = strchr(value, '-');
	int64_t min, max;

	if (dash)
		*dash = '\0';
	if (!dash || str_to_int(value, 1024, 65534, &min) < 0 ||
		str_to_int(dash + 1, 1025, 65535, &max) < 0 || max <= min)
		return str_printf(
			       ret_error, size, "write two ports between 1024 and 65535, like 20000-29999"),
		       -EINVAL;
	media->rtp_port_min = (uint16_t)min;
	media->rtp_port_max = (uint16_t)max;
	return 0;
}

static int read_number(const struct key *key, void *at, const char *value, char *ret_error, size_t size)
{
	int64_t n;

	if (str_to_int(value, key->min, key->max, &n) < 0)
		return str_printf(ret_error, size, "%s takes a whole number from %lld to %lld", key->name,
			       (long long)key->min, (long long)key->max),
		       -EINVAL;
	if (key->kind == PORT)
		*(uint16_t *)at = (uint16_t)n;
	else
		*(int *)at = (int)n;
	return 0;
}

static int read_text(const struct key *key, char *at, const char *value, char *ret_error, size_t size)
{
	enum log_level level;

	if (key->kind == ADDRESS && *value && !is_address(value))
		return str_printf(ret_error, size, "%s takes an IPv4 or IPv6 address, not \"%s\"", key->name,
			       value),
		       -EINVAL;
	if (key->kind == DATABASE && *value &&
		!store_where_is_server(value)) /* not repeated: it may hold a password */
		return str_printf(ret_error, size,
			       "%s takes postgres://USER:PASSWORD@HOST:PORT/DATABASE, or nothing", key->name),
		       -EINVAL;
	if (key->kind == LEVEL && log_level_parse(value, &level) < 0)
		return str_printf(ret_error, size, "log_level is debug, info, warn or error"), -EINVAL;
	if (strlen(value) >= key->size)
		return str_printf(ret_error, size, "%s is too long (at most %zu bytes)", key->name,
			       key->size - 1),
		       -EINVAL;
	str_put(at, key->size, value);
	return 0;
}

int config_set(struct app_config *c, const char *name, const char *value, char *ret_error, size_t error_size)
{
	char copy[LINE_MAX_LETTERS + 1];

	if (str_put(copy, sizeof(copy), value) < 0)
		return str_printf(ret_error, error_size, "%s: the value is too long", name), -EINVAL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct key *key = &keys[i];
		void *at = (char *)c + key->at;
		if (!str_equal(key->name, name))
			continue;
		if (key->kind == LISTEN)
			return read_listen(&c->sip, copy, ret_error, error_size);
		if (key->kind == RESOLVERS)
			return read_resolvers(&c->sip, copy, ret_error, error_size);
		if (key->kind == PORTS)
			return read_ports(&c->media, copy, ret_error, error_size);
		if (key->kind == PORT || key->kind == COUNT)
			return read_number(key, at, copy, ret_error, error_size);
		return read_text(key, at, copy, ret_error, error_size);
	}
	return str_printf(ret_error, error_size,
		       "\"%s\" is not a setting: see packaging/markaz.conf for all of them", name),
	       -EINVAL;
}

static char *trimmed(char *s)
{
	s += strspn(s, " \t\r");
	for (size_t n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static int parse_line(struct app_config *c, char *line, char *ret_error, size_t size)
{
	char *hash = line[0] == '#' ? line : strstr(line, " #"), *equals;

	if (hash)
		*hash = '\0';
	line = trimmed(line);
	if (!*line)
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return str_printf(ret_error, size, "write key = value"), -EINVAL;
	*equals = '\0';
	return config_set(c, trimmed(line), trimmed(equals + 1), ret_error, size);
}

int config_parse(struct app_config *c, const char *text, size_t n, char *ret_error, size_t error_size)
{
	char line[LINE_MAX_LETTERS + 1], why[300];
	int number = 1;

	for (const char *p = text; p < text + n; number++) {
		const char *end = memchr(p, '\n', (size_t)(text + n - p));
		size_t len = end ? (size_t)(end - p) : (size_t)(text + n - p);
		if (len > LINE_MAX_LETTERS || memchr(p, '\0', len))
			return str_printf(ret_error, error_size, "line %d: too long, or not a text", number),
			       -EINVAL;
		memcpy(line, p, len);
		line[len] = '\0';
		if (parse_line(c, line, why, sizeof(why)) < 0)
			return str_printf(ret_error, error_size, "line %d: %s", number, why), -EINVAL;
		p += len + 1;
	}
	return 0;
}

static int parse_file(struct app_config *c, const char *path, char *ret_error, size_t size)
{
	static char text[FILE_MAX];
	FILE *f = fopen(path, "re");
	size_t n;
	char why[320];

	if (!f)
		return str_printf(ret_error, size, "%s: %s", path, strerror(errno)), -errno;
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (n == sizeof(text))
		return str_printf(ret_error, size, "%s is larger than %d bytes: is it a configuration file?",
			       path, FILE_MAX),
		       -EFBIG;
	if (config_parse(c, text, n, why, sizeof(why)) < 0)
		return str_printf(ret_error, size, "%s, %s", path, why), -EINVAL;
	return 0;
}

int config_environment(struct app_config *c, char *ret_error, size_t error_size)
{
	char variable[64], why[300];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		str_printf(variable, sizeof(variable), "MARKAZ_%s", keys[i].name);
		for (char *p = variable; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		const char *value = getenv(variable);
		if (value && config_set(c, keys[i].name, value, why, sizeof(why)) < 0)
			return str_printf(ret_error, error_size, "%s: %s", variable, why), -EINVAL;
	}
	return 0;
}

int config_load(struct app_config *c, const char *path, char *ret_error, size_t error_size)
{
	int err;

	config_defaults(c);
	if (path && (err = parse_file(c, path, ret_error, error_size)) < 0)
		return err;
	return config_environment(c, ret_error, error_size);
}

static int default_path(char *path, size_t size, const char *base, const char *name)
{
	return *path ? 0 : str_printf(path, size, "%s/%s", base, name);
}

int config_complete(struct app_config *c)
{
	int err = 0;

	err |= default_path(
		c->media.certificate_path, sizeof(c->media.certificate_path), c->data_directory, "dtls.pem");
	err |= default_path(
		c->sip.certificate_path, sizeof(c->sip.certificate_path), c->data_directory, "server.pem");
	err |= default_path(
		c->api.certificate_path, sizeof(c->api.certificate_path), c->data_directory, "server.pem");
	err |= default_path(c->sip.registrations_path, sizeof(c->sip.registrations_path), c->data_directory,
		"registrations");
	err |= default_path(c->api.key_path, sizeof(c->api.key_path), c->api.certificate_path, "");
	str_put(c->api.data_directory, sizeof(c->api.data_directory), c->data_directory);
	str_put(c->sip.advertised_address, sizeof(c->sip.advertised_address), c->media.advertised_address);
	str_put(c->sip.advertised_address_v6, sizeof(c->sip.advertised_address_v6),
		c->media.advertised_address_v6);
	size_t n = strlen(c->api.key_path);
	if (n && c->api.key_path[n - 1] == '/')
		c->api.key_path[n - 1] = '\0';
	return err ? -ENAMETOOLONG : 0;
}
