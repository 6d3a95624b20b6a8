/* What comes into the centre's thread, and what its loader thread is asked. A body belongs to whoever holds
 * the message. */
#pragma once
#include "center/center.h"
#include "sip/sip.h"

enum message_kind {
	MESSAGE_INPUT = 1, /* struct center_input */
	MESSAGE_SIP,	   /* struct sip_event */
	MESSAGE_MEDIA,	   /* struct media_event */
	MESSAGE_SPEECH,	   /* struct speech_result */
	MESSAGE_SNAPSHOT,  /* struct snapshot, owned */
	MESSAGE_LOOKUP,	   /* struct lookup, owned */
	MESSAGE_FIGURES,   /* struct figures_wish, owned */
	MESSAGE_RECORD,	   /* struct record_wish, owned */
	MESSAGE_DIAL,	   /* struct dial_ask, owned */
	MESSAGE_DECISIONS, /* struct decisions_wish, owned */
	MESSAGE_FAILURES,  /* struct failures_wish, owned */
	MESSAGE_MAIL,	   /* struct mail_wish, owned */
	MESSAGE_WORK,	   /* struct work_wish, owned: see work_state.h */
	MESSAGE_BLOCK,	   /* struct block_wish, owned: see defence/defence.h */
	MESSAGE_FAX,	   /* struct fax_wish, owned: see fax/fax.h */
	MESSAGE_TRUNK,	   /* struct trunk_wish, owned */
	MESSAGE_COMMITTED, /* no body: something awaited may be on disk */
};
struct message {
	enum message_kind kind;
	void *body; /* owned, alloc_free unless said otherwise */
};
struct figures_wish {
	uint64_t tenant;
	int64_t from_ms, to_ms;
	center_json_handler *on_json;
	void *arg;
};
struct dial_ask {
	struct center_dial ask;
	center_json_handler *on_json;
	void *arg;
};
struct trunk_wish {
	struct center_trunk ask;
	center_json_handler *on_json;
	void *arg;
};
struct record_wish {
	uint64_t interaction;
	char act[16];
	center_json_handler *on_json;
	void *arg;
};
struct failures_wish {
	center_json_handler *on_json;
	void *arg;
};
struct decisions_wish {
	int n;
	struct center_decision list[CENTER_DECISIONS_MAX];
	center_json_handler *on_json;
	void *arg;
};
/* What the loader thread is asked for, and brings back: who calls, and their earlier contacts. */
struct store_block;
struct lookup {
	bool is_config; /* load a snapshot instead */
	uint64_t interaction;
	char number[SIP_NUMBER_MAX];
	int64_t asked_ms;	    /* wall */
	bool wants_past;	    /* for business rules */
	json_t *customer, *history; /* result; NULL when none */
	json_t *past;		    /* see rules_past */
	uint64_t last_agent;	    /* who talked to the caller last; 0: nobody lately */
	uint64_t customer_id;	    /* it is this row, whoever has the number; 0: by number */
	uint64_t auditor; /* this user supervised `interaction` of last_agent: only written down, as `number`
			   */
	bool is_refused;  /* what they wanted was not allowed */
	struct store_block *block; /* to be written, owned, and nothing else; see defence/defence.h */
	uint64_t reader;	   /* this user wants the messages of the interaction instead; 0: no */
	int64_t before;		   /* only messages with a lower number; 0: the newest */
	json_t *messages;	   /* result */
	struct {		   /* about messages people left, if kind is one; see record/mailbox.h */
		enum { MAIL_NOT, MAIL_COUNTS, MAIL_LIST, MAIL_SOUND } kind;
		uint64_t owners[STORE_BOXES_MAX]; /* COUNTS: one, 0: all; LIST */
		int n_owners;
		char path[128]; /* SOUND: below recordings/ */
		int err;	/* result: 0 or -errno */
		json_t *rows;	/* result: see store.h */
		int fd;		/* result of SOUND: a WAV file in memory; -1: none */
	} mail;
};
