/* First start. The administrator's password is random, shown once, and only its hash is kept. */
#include "app/first_start.h"
#include "base/str.h"
#include "media/play/music.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#define TENANT 1
#define PASSWORD_LETTERS 16

static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* none that are mistaken for each other */

static bool has_administrator(struct store_reader *reader)
{
	_cleanup_json_ json_t *rows = NULL;
	size_t i, k;
	json_t *row, *role;

	if (store_list(reader, resource_by_name("user"), TENANT, 0, 1000, NULL, false, &rows) != 0)
		return true; /* unreadable: rather none than a second one */
	json_array_foreach(rows, i, row) json_array_foreach(json_object_get(row, "roles"), k,
		role) if (str_equal(json_string_value(role), "administrator")) return true;
	return false;
}

int first_start_administrator(struct store *store, const char *directory, char ret_password[static 32])
{
	struct store_reader *reader;
	struct store_actor actor = {.tenant = TENANT, .agent = "first start"};
	struct issues issues = {0};
	_cleanup_json_ json_t *value = NULL, *row = NULL;
	char password[PASSWORD_LETTERS + 1] = "";
	int err = store_reader_open(&reader, directory);

	ret_password[0] = '\0';
	if (err < 0)
		return err;
	bool has = has_administrator(reader);
	store_reader_close(reader);
	if (has)
		return 0;
	for (int i = 0; i < PASSWORD_LETTERS; i++)
		password[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	value = json_pack("{s:s,s:s,s:[s,s],s:s}", "login", "admin", "name", "Administrator", "roles",
		"administrator", "supervisor", "password", password);
	if (!value || !resource_check(resource_by_name("user"), value, true, &issues))
		return -EINVAL;
	err = store_create(store, resource_by_name("user"), value, &actor, &row, &issues);
	if (err != 0)
		return err < 0 ? err : -EINVAL;
	str_put(ret_password, 32, password);
	sodium_memzero(password, sizeof(password));
	return 0;
}

int first_start_realm(const char *directory, char *ret_realm, size_t size)
{
	struct store_reader *reader;
	_cleanup_json_ json_t *rows = NULL;
	int err = store_reader_open(&reader, directory);

	if (err < 0)
		return err;
	err = store_list(reader, resource_by_name("setting"), TENANT, 0, 1, NULL, false, &rows);
	store_reader_close(reader);
	str_put(ret_realm, size, jsonx_text(json_array_get(rows, 0), "sip_realm", "markaz"));
	return err < 0 ? err : 0;
}

int first_start_music(const char *directory)
{
	char path[300], part[320];
	int err;

	if (str_printf(path, sizeof(path), "%s/prompts/house-music.wav", directory) < 0)
		return -ENAMETOOLONG;
	if (access(path, R_OK) == 0)
		return 0;
	str_printf(part, sizeof(part), "%s.part", path);
	err = media_music_write(part, 0);
	if (err == 0 && rename(part, path) < 0)
		err = -errno;
	return err;
}
