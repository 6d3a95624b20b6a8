/* `markaz person` from end to end, on a store no server runs on. */
#include "app/commands.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/record/vault.h"
#include "media/record/wav.h"
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

#define CHUNK 800
#define CHUNKS 3

static bool put_bytes(const char *data, const char *name, const void *bytes, size_t n)
{
	char path[200];

	str_printf(path, sizeof(path), "%s/recordings/2026/%s", data, name);
	FILE *f = fopen(path, "w");
	return f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0;
}

/* A second of a wave as a WAV, and the same sound in a vault under this key. */
static bool put_sounds(const char *data, const struct store_recording_key *key)
{
	uint8_t file[WAV_HEADER_BYTES + CHUNK * CHUNKS],
		box[VAULT_HEAD_BYTES + CHUNKS * (CHUNK + VAULT_OVERHEAD)];
	struct vault_head head = {.key_id = key->id,
		.rate_hz = 8000,
		.chunk_bytes = CHUNK,
		.inner = VAULT_PCM16,
		.channels = 1};
	struct vault vault;

	wav_header(file, 1, 8000, CHUNK * CHUNKS);
	for (size_t i = 0; i < CHUNK * CHUNKS; i++)
		file[WAV_HEADER_BYTES + i] = (uint8_t)(i / 2 * 7);
	vault_head_make(&head, box);
	vault_begin(&vault, key->key, box);
	for (size_t i = 0; i < CHUNKS; i++)
		vault_seal(&vault, file + WAV_HEADER_BYTES + i * CHUNK, CHUNK, i == CHUNKS - 1,
			box + VAULT_HEAD_BYTES + i * (CHUNK + VAULT_OVERHEAD));
	bool ok = put_bytes(data, "voice.wav", file, sizeof(file)) &&
		  put_bytes(data, "secret.wav.mkz", box, sizeof(box));
	box[VAULT_HEAD_BYTES + CHUNK + VAULT_OVERHEAD + 100] ^= 1; /* in the second chunk */
	return ok && put_bytes(data, "torn.wav.mkz", box, sizeof(box));
}

/* A call of a customer with a note and recordings. */
static bool fill(const struct place *p)
{
	static const struct store_actor actor = {.tenant = 1};
	struct store *s = NULL;
	_cleanup_json_ json_t *value = json_pack("{s:s,s:[s]}", "name", "Sara", "numbers", NUMBER),
			      *row = NULL;
	struct issues issues = {0};
	struct store_recording_key key;
	struct store_reader *rd = NULL;
	uint64_t ix = id_new(), seq;
	const struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED, .from = NUMBER, .reason = "inbound", .text = "voice"},
		{.type = EVENT_RECORDING_STARTED, .ref = id_new(), .text = "2026/voice.wav"},
		{.type = EVENT_RECORDING_STARTED, .ref = id_new(), .text = "2026/secret.wav.mkz"},
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
	ok &= store_reader_open(&rd, p->data) == 0 && store_recording_key_current(s, rd, 1, 0, &key) == 0;
	store_reader_close(rd);
	store_close(s);
	snprintf(path, sizeof(path), "%s/recordings", p->data);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/recordings/2026", p->data);
	mkdir(path, 0700);
	return ok && put_sounds(p->data, &key);
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

static size_t size_of(const char *data, const char *name)
{
	char path[200];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", data, name);
	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static bool is_same(const char *folder_a, const char *a, const char *folder_b, const char *b)
{
	static char bytes[2][1 << 16];
	size_t n[2];

	for (int i = 0; i < 2; i++) {
		char path[200];
		snprintf(path, sizeof(path), "%s/%s", i ? folder_b : folder_a, i ? b : a);
		FILE *f = fopen(path, "r");
		n[i] = f ? fread(bytes[i], 1, sizeof(bytes[i]), f) : 0;
		if (f)
			fclose(f);
	}
	return n[0] > 0 && n[0] == n[1] && memcmp(bytes[0], bytes[1], n[0]) == 0;
}

/* Who gets it has no key: what lies encrypted is handed out as the sound it was. */
TEST(exported_sound_can_be_played)
{
	struct place p;
	char document[120], audio[120];

	CHECK(enter(&p));
	snprintf(document, sizeof(document), "%s/sara.json", p.root);
	snprintf(audio, sizeof(audio), "%s/audio", p.root);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document, "--audio", audio), 0);
	CHECK(is_same(audio, "voice.wav", p.data, "recordings/2026/voice.wav"));
	CHECK(is_same(audio, "secret.wav", p.data, "recordings/2026/voice.wav"));
	CHECK_INT(size_of(audio, "secret.wav.mkz"), 0);
	nftw(p.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What does not open is named, the rest is handed out all the same. */
TEST(sound_that_does_not_open_is_named)
{
	struct place p;
	char document[120], audio[120], torn[200], path[200];

	CHECK(enter(&p));
	snprintf(document, sizeof(document), "%s/sara.json", p.root);
	snprintf(audio, sizeof(audio), "%s/audio", p.root);
	snprintf(torn, sizeof(torn), "%s/recordings/2026/torn.wav.mkz", p.data);
	snprintf(path, sizeof(path), "%s/recordings/2026/secret.wav.mkz", p.data);
	CHECK_INT(rename(torn, path), 0);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document, "--audio", audio), 1);
	CHECK(holds(document, NOTE));
	CHECK(is_same(audio, "voice.wav", p.data, "recordings/2026/voice.wav"));
	CHECK_INT(size_of(audio, "secret.wav"), WAV_HEADER_BYTES + CHUNK * CHUNKS); /* silent in between */
	CHECK_INT(unlink(document), 0);
	snprintf(audio, sizeof(audio), "%s/again", p.root);
	CHECK_INT(truncate(path, 70), 0);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document, "--audio", audio), 1);
	CHECK(holds(document, NOTE));
	CHECK(is_same(audio, "voice.wav", p.data, "recordings/2026/voice.wav"));
	CHECK_INT(unlink(document), 0);
	snprintf(audio, sizeof(audio), "%s/third", p.root);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(RUN("export", "--address", NUMBER, "--to", document, "--audio", audio), 1);
	nftw(p.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
