/* The roll of legs: what is known of each from the commands it was given and the events it told. The media
 * process keeps one to tell a new centre what it finds; the centre's side keeps one to end what was lost with
 * a media process. One thread, or the caller's lock. Knows no sockets. */
#pragma once
#include "base/map.h"
#include "media/media.h"

struct roll_leg {
	uint64_t group, leg;
	bool is_webrtc, is_opened, is_ready, is_lost;
	bool is_claimed; /* the present centre goes on with it, or made it */
	bool is_dead;	 /* its media process is gone */
	bool is_closing; /* told to close */
	bool is_closed;	 /* only the files of its recordings are awaited */
	uint64_t plays[MEDIA_LAYERS], fax;
	int n_recordings;
	struct roll_recording {
		uint64_t ref;
		int64_t began_ms;
		char path[MEDIA_PATH_MAX];
	} recordings[MEDIA_LEG_RECORDINGS_MAX];
	struct {
		uint8_t *bytes;
		size_t n;
	} notes[MEDIA_NOTES];
};
struct roll {
	struct map legs;
	size_t n_unclaimed;
};

/* A command is about to be carried out. 0; -ENOMEM: it may not be. now_ms: monotonic. */
int roll_command(struct roll *r, const struct media_command *c, int64_t now_ms);
/* An event was told. */
void roll_event(struct roll *r, const struct media_event *e);
struct roll_leg *roll_get(const struct roll *r, uint64_t leg);
/* A leg that is not there yet, claimed. NULL: no memory. */
struct roll_leg *roll_add(struct roll *r, uint64_t group, uint64_t leg);
void roll_remove(struct roll *r, uint64_t leg);
/* Replaces its note. 0; -ENOENT: there is no such leg; -ENOMEM. */
int roll_keep(struct roll *r, uint64_t leg, int note, const void *bytes, size_t n);
/* The centre is gone: every leg may be claimed anew. */
void roll_unclaim(struct roll *r);
void roll_claim(struct roll *r, uint64_t leg);
void roll_free(struct roll *r);
