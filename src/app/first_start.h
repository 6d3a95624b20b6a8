/* What a first start makes: the administrator with a password printed once, and the house music. */
#pragma once
#include "store/store.h"

/* Makes the user "admin" when there is no administrator at all. ret_password: the new password, or "". */
int first_start_administrator(struct store *store, const char *directory, char ret_password[static 32]);
/* The digest realm of phones, from the settings. */
int first_start_realm(const char *directory, char *ret_realm, size_t size);
/* Composes the music for those who wait (about 0.3 s), when the file does not exist yet. 0 or -errno. */
int first_start_music(const char *directory);
