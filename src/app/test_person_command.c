/* `markaz person` from end to end, on a store no server runs on. */
#include "app/commands.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER "+989121234567"
#define NOTE "asks for the yellow lamp"

struct place {
	char root[64], data[96];
};

static char folder[96];

int command_config(int *argc, char **argv, struct app_config *ret_config)
{
	(void)argc;
	(void)argv;
	config_defaults(ret_config);
	return str_put(ret_config->data_directory, sizeof(ret_config->data_directory), folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static bool put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

/* A call of a customer with a note and a recording. */
static bool fill(const struct place *p)
{
	static const struct store_actor actor = {.tenant = 1};
	struct store *s = NULL;
	_cleanup_json_ json_t *value = json_pack("{s:s,s:[s]}", "name", "Sara", "numbers", NUMBER),
			      *row = NULL;
	struct issues issues = {0};
	uint64_t ix = id_new(), recording = id_new(), seq;
	const struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED, .from = NUMBER, .reason = "inbound", .text = "voice"},
		{.type = EVENT_RECORDING_STARTED, .ref = recording, .text = "2026/voice.wav"},
		{.type = EVENT_NOTE_WRITTEN, .text = NOTE},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 1000, .reason = "customer_hung_up"},
	};
	char path[200];

	if (store_open(&s, p->data, NULL, NULL) < 0)
		return false;
	bool ok = store_create(s, resource_by_name("customer"), value, &actor, &row, &issues) == 0;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct event e = events[i];
		e.interaction = ix;
		e.at_ms = INT64_C(1763800000000);
		ok &= store_append(s, &e, &seq) == 0;
	}
	store_close(s);
	snprintf(path, sizeof(path), "%s/recordings", p->data);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/recordings/2026", p->data);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/recordings/2026/voice.wav", p->data);
	return ok && put(path, "RIFF");
}

static bool enter(struct place *p)
{
	str_put(p->root, sizeof(p->root), "/tmp/markaz-person-XXXXXX");
	if (!mkdtemp(p->root))
		return false;
	snprintf(p->data, sizeof(p->data), "%s/data", p->root);
	str_put(folder, sizeof(folder), p->data);
	return fill(p);
}

static int run(const char *const *words)
{
	char copies[16][200], *argv[20];
	int argc = 0;

	for (; words[argc]; argc++) {
		str_put(copies[argc], sizeof(copies[0]), words[argc]);
		argv[argc] = copies[argc];
	}
	argv[argc] = NULL;
	return person_main(argc, argv);
}
#define RUN(...) run((const char *const[]){"person", __VA_ARGS__, NULL})

static bool holds(const char *path, const char *text)
{
	static char bytes[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(bytes, 1, sizeof(bytes) - 1, f) : 0;

	bytes[n] = '\0';
	if (f)
		fclose(f);
	return strstr(bytes, text);
}

TEST(a_person_is_found_exported_and_erased)
{
	struct place p;
	char document[120], audio[120], path[200];

	CHECK(enter(&p));
	snprintf(document, sizeof(document), "%s/sara.json", p.root);
	snprintf(audio, sizeof(audio), "%s/audio", p.root);
	CHECK_INT(RUN("dance"), 2);
	CHECK_INT(RUN("find"), 2);
	CHECK_INT(RUN("find", "--address", NUMBER, "--customer", "nonsense"), 2);
	CHECK_INT(RUN("find", "--address", "+14155550100"), 1);
	CHECK_INT(RUN("find", "--address", "09121234567"), 0);
	CHECK_INT(RUN("export", "--address", NUMBER), 2);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document, "--audio", audio), 0);
	CHECK(holds(document, NOTE) && holds(document, "markaz.person") && holds(document, "Sara"));
	json_t *json = json_load_file(document, 0, NULL);
	CHECK_INT(json_array_size(json_object_get(json, "contacts")), 1);
	json_decref(json);
	snprintf(path, sizeof(path), "%s/voice.wav", audio);
	CHECK_INT(access(path, F_OK), 0);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document), 1); /* never over a file */
	CHECK_INT(RUN("erase", "--address", NUMBER, "--confirm", "Somebody"), 1);
	CHECK_INT(RUN("erase", "--address", NUMBER, "--confirm", "Sara"), 0);
	CHECK_INT(RUN("find", "--address", NUMBER), 1);
	snprintf(path, sizeof(path), "%s/recordings/2026/voice.wav", p.data);
	CHECK(access(path, F_OK) < 0);
	snprintf(path, sizeof(path), "%s/markaz.db", p.data);
	CHECK(!holds(path, NOTE));
	nftw(p.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
