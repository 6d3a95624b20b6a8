#include "sip/sip_note.h"

#include <errno.h>
#include <string.h>

int sip_note_read(const void *bytes, size_t n, struct sip_note *ret_note)
{
	struct sip_note note;

	if (n != sizeof(note))
		return -EINVAL;
	memcpy(&note, bytes, sizeof(note));
	if (note.bytes != sizeof(note) || !note.leg || !memchr(note.origin, 0, sizeof(note.origin)) ||
		!memchr(note.target, 0, sizeof(note.target)))
		return -EINVAL;
	*ret_note = note;
	return 0;
}
