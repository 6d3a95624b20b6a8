/* What rules call by name: queues, skills and people, from the rows of their resources. PURE. */
#pragma once
#include "rule/rule.h"

struct rule_book; /* immutable while rules run */

/* 0 or -ENOMEM; the caller owns *ret_book. */
int rule_book_new(struct rule_book **ret_book);
/* NULL is fine. */
void rule_book_free(struct rule_book *book);
/* Takes up a row: a queue's or skill's name; a person's login and name. A name several people share means
 * none of them. 0 or -ENOMEM. */
int rule_book_add(struct rule_book *book, enum rule_name_kind kind, const json_t *row);
/* Of a list of rows. */
int rule_book_add_all(struct rule_book *book, enum rule_name_kind kind, const json_t *rows);
/* For rule_set_new and rule_check; valid as long as the book. Letters a-z match in any case. */
struct rule_names rule_book_names(struct rule_book *book);
