/* Skill expressions: what a queue, a flow or a rule asks of an agent, as people write it. Pure: text in, asks
 * out.
 *
 *   persian >= 5 and (sales or support >= 3) and not trainee prefer vip >= 7, english
 *
 *   expression = [ condition ] [ "prefer" condition { "," condition } ]
 *   condition  = "and" binds closer than "or"; "not" and "always" stand before a term or a "("
 *   term       = skill [ ">=" level | "<" level ]          without a level: 1 ("has it at all")
 *   skill      = letters, digits, "_", "-", "." of any script; anything else in double quotes: "data base"
 *
 * Key words and skills are written in any case; levels 1 to 10 in any digits. "always": rings of a queue
 * never relax it (a language). "not x" and "x < 3" are never relaxed either. What stands after "prefer" is
 * wanted, not required.
 *
 * The result is the conjunction of alternatives that routing takes: every ask holds, except that of those
 * with the same `any` (not 0) one is enough. Alternatives are of one kind, so "or" cannot join "not a" with
 * b. */
#pragma once
#include <stdint.h>

#define ASKS_MAX 16	  /* of one expression, and of a queue or segment in all */
#define ASK_TEXT_MAX 1000 /* bytes of an expression */
#define ASK_LEVEL_MAX 10
#define ASK_NAME_SIZE 128

enum ask_kind { /* numbered as in routing */
	ASK_REQUIRED,
	ASK_FIXED,     /* required, never relaxed ("always") */
	ASK_PREFERRED, /* wanted only */
	ASK_NOT,       /* held below the level, or not at all */
};
struct ask {
	uint64_t skill;
	uint8_t level; /* 1..10 */
	uint8_t any;   /* 0, or 1.. : the number of the set of alternatives it belongs to */
	uint8_t kind;  /* enum ask_kind */
};
struct ask_error {
	int column;	   /* letters from the start of the text, the first is 1 */
	char message[224]; /* one English sentence that says what to do */
};
/* The id of the skill called name (as written; compare without regard to case), 0 when there is none. */
typedef uint64_t ask_resolver(const char *name, void *arg);

/* Reads text (NULL and blank: nothing is asked) into ret_asks. The number of asks, 0..ASKS_MAX; -EINVAL with
 * *ret_error filled in, ret_asks untouched. No memory is allocated. Any thread. */
int ask_parse(const char *text, ask_resolver *resolve, void *arg, struct ask ret_asks[static ASKS_MAX],
	struct ask_error *ret_error);
