/* The configuration file, centre files, and the way to the rows of a stopped or a running server. */
#include "app/centre_files.h"
#include "app/config.h"
#include "base/str.h"
#include "harness/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int parse(struct app_config *c, const char *text, char *why, size_t size)
{
	config_defaults(c);
	return config_parse(c, text, strlen(text), why, size);
}

TEST(config_takes_what_the_sample_says)
{
	static struct app_config c;
	char why[300] = "";

	CHECK_INT(
		parse(&c,
			"# comment\n\ndata_directory = /srv/markaz  # here\nhttp_port=0\nhttps_port = 8443\n"
			"sip_listen = udp:127.0.0.1:5060, tls:[::1]:5061\nrtp_ports = 30000-30999\nlog_level "
			"= debug\n",
			why, sizeof(why)),
		0);
	CHECK_STR(c.data_directory, "/srv/markaz");
	CHECK_INT(c.api.http_port, 0);
	CHECK_INT(c.api.https_port, 8443);
	CHECK_INT(c.sip.n_listen, 2);
	CHECK_STR(c.sip.listen[1].address, "::1");
	CHECK_INT(c.sip.listen[1].transport, SIP_TLS);
	CHECK_INT(c.media.rtp_port_max, 30999);
}

TEST(config_says_the_line_and_what_to_write)
{
	static const char *const bad[][2] = {
		{"\nhttp_prot = 80", "line 2: \"http_prot\" is not a setting"},
		{"http_port = 70000", "line 1: http_port takes a whole number from 0 to 65535"},
		{"http_port 80", "line 1: write key = value"},
		{"media_address = example", "line 1: media_address takes an IPv4 or IPv6 address"},
		{"rtp_ports = 9000", "line 1: write two ports"},
		{"rtp_ports = 9000-8000", "line 1: write two ports"},
		{"sip_listen = sctp:0.0.0.0:5060",
			"line 1: \"sctp:0.0.0.0:5060\": write transport:address:port"},
		{"sip_listen = udp:nowhere:5060", "line 1: \"nowhere\" is not an IPv4 or IPv6 address"},
		{"sip_listen = udp:", "line 1:"},
		{"dns_servers = nowhere", "line 1: \"nowhere\": write addresses of DNS servers"},
		{"dns_servers = 192.0.2.53:0", "line 1: \"192.0.2.53:0\": write"},
		{"log_level = loud", "line 1: log_level is debug"},
	};
	static struct app_config c;
	char why[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(parse(&c, bad[i][0], why, sizeof(why)), -EINVAL);
		if (!str_starts_with(why, bad[i][1]))
			CHECK_STR(why, bad[i][1]);
	}
}

TEST(centre_files_repeat_and_fill_in)
{
	struct centre_variables v = {.at = {{"n", "3"}, {"host", "127.0.0.1:5070"}}, .n = 2};
	_cleanup_json_ json_t *rows = json_loads(
		"[{\"repeat\":\"${n}\",\"as\":\"i\",\"login\":\"a${i}\",\"u\":\"sip:a${i}@${host}\","
		"\"roles\":[\"agent\"]},{\"login\":\"x\"}]",
		0, NULL);
	_cleanup_json_ json_t *out = NULL, *more = NULL;
	char why[200] = "";

	CHECK_INT(centre_expand(rows, &v, &out, why), 0);
	CHECK_INT(json_array_size(out), 4);
	CHECK_STR(jsonx_text(json_array_get(out, 2), "u", ""), "sip:a3@127.0.0.1:5070");
	CHECK(!json_object_get(json_array_get(out, 0), "repeat"));
	v.n = 1;
	CHECK_INT(centre_expand(rows, &v, &more, why), -EINVAL);
	CHECK(strstr(why, "--set host="));
	v.at[0].value = "many";
	CHECK_INT(centre_expand(rows, &v, &more, why), -EINVAL);
	CHECK(strstr(why, "repeat wants a whole number"));
}

struct house {
	char directory[64], files[80];
};

static bool write_text(const char *folder, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!(f = fopen(path, "w")))
		return false;
	fputs(text, f);
	return fclose(f) == 0;
}

static bool make_house(struct house *h)
{
	snprintf(h->directory, sizeof(h->directory), "/tmp/test_app.XXXXXX");
	if (!mkdtemp(h->directory))
		return false;
	snprintf(h->files, sizeof(h->files), "%s/files", h->directory);
	return mkdir(h->files, 0700) == 0 &&
	       write_text(h->files, "skills.json", "[{\"name\":\"Persian\"}]") &&
	       write_text(h->files, "users.json",
		       "[{\"login\":\"sara\",\"name\":\"Sara\",\"roles\":[\"agent\"],\"skills\":[{\"skill\":"
		       "\"@Persian\",\"level\":7}]}]") &&
	       write_text(h->files, "queues.json",
		       "[{\"name\":\" support \",\"agents\":[\"@sara\"],\"skill_expression\":\"persian >= "
		       "5\","
		       "\"rings\":[{\"after_s\":30,\"agents\":[\"@sara\"]}]}]") &&
	       write_text(h->files, "business-rules.json",
		       "[{\"name\":\"all\",\"text\":\"queue 'support'\\nrequire('persian')\\nexclude "
		       "'sara'\"}]") &&
	       write_text(h->files, "numbers.json", "[{\"number\":\"1000\",\"queue\":\"@support\"}]");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_house(const struct house *h)
{
	nftw(h->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int apply(const struct house *h, struct centre_counts *ret_counts)
{
	struct centre_variables none = {0};
	struct rows_target *target;
	int err = rows_target_open(&target, h->directory);

	if (err < 0)
		return err;
	err = centre_apply(target, h->files, &none, ret_counts);
	rows_target_close(target);
	return err;
}

TEST(applying_twice_changes_nothing)
{
	struct house h;
	struct centre_counts counts = {0};

	CHECK(make_house(&h));
	CHECK_INT(apply(&h, &counts), 0);
	CHECK_INT(counts.created, 5);
	CHECK_INT(apply(&h, &counts), 0);
	CHECK_INT(counts.created + counts.updated, 0);
	CHECK_INT(counts.unchanged, 5);
	CHECK(write_text(h.files, "numbers.json", "[{\"number\":\"1000\",\"queue\":\"@sales\"}]"));
	CHECK_INT(apply(&h, &counts), -EINVAL);
	remove_house(&h);
}

TEST(a_rule_with_an_error_is_not_applied)
{
	struct house h;
	struct centre_counts counts = {0};

	CHECK(make_house(&h));
	CHECK(write_text(
		h.files, "business-rules.json", "[{\"name\":\"all\",\"text\":\"queue 'nowhere'\"}]"));
	CHECK_INT(apply(&h, &counts), -EINVAL);
	CHECK_INT(counts.created, 4);
	remove_house(&h);
}

TEST(a_running_server_takes_the_files_through_its_socket)
{
	struct house h;
	struct centre_counts counts = {0};
	struct store *store;
	struct center *center;
	struct control *control;

	CHECK(make_house(&h));
	CHECK_INT(store_open(&store, h.directory, NULL, NULL), 0);
	CHECK_INT(center_new(&center), 0);
	CHECK_INT(control_start(&control, h.directory, store, center), 0);
	CHECK_INT(apply(&h, &counts), 0);
	CHECK_INT(counts.created, 5);
	CHECK_INT(apply(&h, &counts), 0);
	CHECK_INT(counts.unchanged, 5);
	CHECK(write_text(h.files, "skills.json", "[{\"nam\":\"Arabic\"}]"));
	CHECK_INT(apply(&h, &counts), -EINVAL);
	control_stop(control);
	store_close(store);
	CHECK_INT(apply(&h, &counts), -EINVAL); /* the same complaint from the store itself */
	center_free(center);
	remove_house(&h);
}
