/* What a centre and its media process say to each other, as anybody's bytes: what is read is sound. */
#include "media/remote/wire.h"

#include <stdlib.h>
#include <string.h>

static void check_command(const uint8_t *body, size_t n)
{
	struct media_command c, again;
	static uint8_t message[REMOTE_MESSAGE_MAX];
	enum remote_kind kind;
	const uint8_t *back;

	if (remote_command_read(body, n, &c) < 0)
		return;
	if (c.kind == MEDIA_PLAY)
		for (int i = 0; i < c.play.n; i++)
			if (strlen(c.play.list[i].path) >= MEDIA_PATH_MAX)
				abort();
	n = remote_write(REMOTE_COMMAND, &c, remote_trimmed(&c, sizeof(c)), message);
	if (remote_read(message, n, &kind, &back, &n) < 0 || kind != REMOTE_COMMAND ||
		remote_command_read(back, n, &again) < 0 || memcmp(&c, &again, sizeof(c)) != 0)
		abort();
}

static void check_found(const uint8_t *body, size_t n)
{
	struct media_found f;
	unsigned sum = 0;

	if (remote_found_read(body, n, &f) < 0)
		return;
	for (int i = 0; i < MEDIA_NOTES; i++)
		for (size_t k = 0; k < f.n_notes[i]; k++)
			sum += f.notes[i][k];
	for (int i = 0; i < f.n_recordings; i++)
		sum += (unsigned)strlen(f.recordings[i].path);
	if (sum == UINT32_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum remote_kind kind;
	const uint8_t *body, *bytes;
	size_t n;
	struct media_event e;
	struct remote_keep keep;
	struct remote_hello hello;
	char why[REMOTE_TEXT_MAX];

	if (remote_read(data, size, &kind, &body, &n) < 0)
		return 0;
	check_command(body, n);
	check_found(body, n);
	(void)remote_event_read(body, n, &e);
	if (remote_keep_read(body, n, &keep, &bytes) == 0 && bytes + keep.bytes != body + n)
		abort();
	if (remote_take(&hello, sizeof(hello), body, n) == 0)
		remote_agrees(&hello, why, sizeof(why));
	return 0;
}
