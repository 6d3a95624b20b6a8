/* Whose a message is, how many there are, and what their owners do with them: hear, remove, forward; on the
 * screen and by telephone. The messages themselves are recordings with an owner (voicemail.c); here is only
 * how many of them wait, for screens and the lamps of telephones.
 *
 * Invariants: who may hear a message of a person is that person; of an extension without a person its own
 * telephone; of a ring group the people it rings; of a queue its agents, and whoever has it or is offered it.
 * What is done with a message is an EVENT_VOICEMAIL_DELIVERED, and counts are what the database makes of
 * them.
 *
 * Centre thread only. */
#pragma once
#include "center/state.h"

struct work;

/* What the loader is asked about messages; in struct lookup. */
struct mail_wish {
	struct center_mail ask;
	center_json_handler *on_json;
	void *arg;
};

/* At the start: how many messages everybody has. */
void mailboxes_read(struct center *c);
/* Something happened to a message of owner: counts are read anew once it is on disk. */
void mailbox_changed(struct center *c, uint64_t owner);
/* The loader's answer; takes what it owns. */
void mail_found(struct center *c, struct lookup *found);
/* The loader's work: fills in found. Loader thread. */
void mail_look_up(struct store_reader *reader, const char *data_directory, struct lookup *found);
/* Releases what mail_look_up filled in. Any thread. */
void mail_lookup_free(struct lookup *found);
/* Whose messages a user (or the telephone of an extension of its own) may hear. How many, at most
 * STORE_BOXES_MAX. */
int mailbox_boxes(const struct center *c, uint64_t account, uint64_t ret_owners[static STORE_BOXES_MAX]);
/* {"unheard", "heard"} of all that account may hear. */
json_t *mailbox_counts_json(const struct center *c, uint64_t account);
/* Its lamp: said again when a telephone registers. */
void mailbox_tell_phone(struct center *c, uint64_t account);
void mail_wished(struct center *c, const struct mail_wish *w);
/* The message of owner becomes heard, unheard or removed (act: the event's reason); by: a user, 0: a
 * telephone of its own. */
void mail_mark(struct center *c, uint64_t recording, uint64_t interaction, uint64_t owner, const char *act,
	uint64_t by);
/* The contact is about this recording or document. */
bool mailbox_brings(const struct work *w, uint64_t attached);
void mailboxes_free(struct center *c);

/* --- mailbox_phone.c: by telephone
 * ------------------------------------------------------------------------------------------------------------
 */
struct mailbox_call;
/* Of an agent's telephone as the customer of such a call. */
extern const struct party_kind mailbox_caller_kind;
/* The customer of ix is a telephone of ours that dialled the code: from when its port is open. */
void mailbox_call_begin(struct interaction *ix);
void mailbox_call_digit(struct interaction *ix, char digit);
void mailbox_call_played(struct interaction *ix);
void mailbox_call_recorded(struct interaction *ix, const struct media_event *e);
/* What mail_found has for the call. */
void mailbox_call_found(struct interaction *ix, struct lookup *found);
void mailbox_call_free(struct interaction *ix);
/* Where the greeting of an owner lies that was recorded by its owner; false: there is none. */
bool mailbox_greeting(const struct center *c, uint64_t owner, char ret_path[static MEDIA_PATH_MAX]);
/* Removes greetings whose owner is gone from the configuration in force, and at the start what a killed
 * process left of recording one. */
void mailbox_tidy_greetings(struct center *c, bool is_start);
