/* Skill expressions into a conjunction of alternatives.
 *
 * Every term of the text gets a bit; a clause (alternatives of which one is enough) is a set of bits, and a
 * conjunction a list of clauses. "and" joins the lists, "or" joins every clause with every other, "not" swaps
 * the two on the way down (De Morgan), so the terms carry it themselves. Preferences are the clauses behind
 * the others.
 *
 * Must not know: what a skill's id means, nor who asks. */
#include "resource/expression.h"
#include "base/str.h"
#include "resource/letters.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TERMS_MAX 32
#define CLAUSES_MAX 64
#define DEPTH_MAX 16

enum token { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_SIGN };
enum how { HOW_PLAIN, HOW_ALWAYS, HOW_PREFERRED };

struct clauses {
	uint32_t at[CLAUSES_MAX]; /* sets of terms */
	int n;
};
struct parser {
	const char *text, *at; /* at: behind the current token */
	const char *start;     /* of the current token */
	enum token token;
	bool is_quoted;
	char word[ASK_NAME_SIZE]; /* of a name or number; a sign: its first letter, or '>' '<' with '=' */
	struct ask terms[TERMS_MAX];
	int n_terms, depth;
	ask_resolver *resolve;
	void *arg;
	struct ask_error *error;
	bool has_failed;
};

/* --- saying what is wrong
 * ------------------------------------------------------------------------------------------ */

static void fail_at(struct parser *p, const char *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void fail_at(struct parser *p, const char *place, const char *format, ...)
{
	char message[sizeof(p->error->message) + ASK_NAME_SIZE];
	va_list ap;

	if (p->has_failed)
		return;
	p->has_failed = true;
	p->error->column = 1;
	for (const char *s = p->text; s < place; s++)
		p->error->column += (*s & 0xc0) != 0x80;
	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	str_put(p->error->message, sizeof(p->error->message), message);
}

/* --- tokens
 * ------------------------------------------------------------------------------------------------------------
 */

static bool is_name_letter(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

static void take_word(struct parser *p, const char *s, size_t n)
{
	if (str_put_n(p->word, sizeof(p->word), s, n) < 0)
		fail_at(p, p->start, "This name is too long");
}

static void take_quoted(struct parser *p)
{
	const char *end = strchr(p->start + 1, '"');

	p->token = TOKEN_NAME;
	p->is_quoted = true;
	if (!end || end == p->start + 1) {
		fail_at(p, p->start,
			end ? "There is no name between the quotes" : "The closing \" is missing");
		return;
	}
	take_word(p, p->start + 1, (size_t)(end - p->start - 1));
	p->at = end + 1;
}

static void take_name(struct parser *p)
{
	char folded[ASK_NAME_SIZE];
	size_t n = 0;

	while (is_name_letter(p->start[n]) && !str_starts_with(p->start + n, "\u2265"))
		n++;
	take_word(p, p->start, n);
	p->at = p->start + n;
	str_put(folded, sizeof(folded), p->word);
	letters_fold_digits(folded);
	p->token = TOKEN_NAME;
	if (strspn(folded, "0123456789") == strlen(folded)) {
		p->token = TOKEN_NUMBER;
		str_put(p->word, sizeof(p->word), folded);
	}
}

/* Moves on to the next token. After a failure there is only the end. */
static void next(struct parser *p)
{
	p->start = p->at + strspn(p->at, " \t\r\n");
	p->at = p->start;
	p->is_quoted = false;
	p->token = TOKEN_END;
	p->word[0] = '\0';
	if (p->has_failed || !*p->start)
		return;
	if (*p->start == '"') {
		take_quoted(p);
	} else if (str_starts_with(p->start, "\u2265")) { /* greater or equal, as one letter */
		str_put(p->word, sizeof(p->word), ">=");
		p->token = TOKEN_SIGN;
		p->at += strlen("\u2265");
	} else if (is_name_letter(*p->start)) {
		take_name(p);
	} else {
		size_t n = strchr("<>", *p->start) && p->start[1] == '=' ? 2 : 1;
		take_word(p, p->start, n);
		p->token = TOKEN_SIGN;
		p->at += n;
	}
}

static bool is_sign(const struct parser *p, const char *sign)
{
	return p->token == TOKEN_SIGN && str_equal(p->word, sign);
}

static bool is_key(const struct parser *p, const char *key)
{
	return p->token == TOKEN_NAME && !p->is_quoted && str_equal_nocase(p->word, key);
}

static bool is_any_key(const struct parser *p)
{
	return is_key(p, "and") || is_key(p, "or") || is_key(p, "not") || is_key(p, "always") ||
	       is_key(p, "prefer");
}

/* --- conjunctions
 * ---------------------------------------------------------------------------------------------------- */

static void too_many(struct parser *p)
{
	fail_at(p, p->start,
		"Too many alternatives: simplify, so that at most %d skills are asked once every \"or\" is "
		"written out",
		ASKS_MAX);
}

static void add_clause(struct parser *p, struct clauses *c, uint32_t clause)
{
	for (int i = 0; i < c->n; i++)
		if (c->at[i] == clause)
			return;
	if (c->n == CLAUSES_MAX)
		too_many(p);
	else
		c->at[c->n++] = clause;
}

/* *a = *a and b, or *a or b. */
static void join(struct parser *p, struct clauses *a, const struct clauses *b, bool is_or)
{
	struct clauses out = is_or ? (struct clauses){0} : *a;

	if (!is_or)
		for (int i = 0; i < b->n; i++)
			add_clause(p, &out, b->at[i]);
	for (int i = 0; is_or && i < a->n; i++)
		for (int k = 0; k < b->n; k++)
			add_clause(p, &out, a->at[i] | b->at[k]);
	*a = out;
}

/* --- the grammar
 * ------------------------------------------------------------------------------------------------------ */

static void parse_or(struct parser *p, bool is_not, enum how how, struct clauses *ret);

/* The skill named by the current token. */
static uint64_t parse_skill(struct parser *p)
{
	uint64_t skill = p->has_failed ? 0 : p->resolve(p->word, p->arg);

	if (!skill)
		fail_at(p, p->start, "There is no skill called \"%s\"", p->word);
	next(p);
	if ((p->token == TOKEN_NAME || p->token == TOKEN_NUMBER) && !is_any_key(p))
		fail_at(p, p->start,
			"Before this, \"and\", \"or\" or \">=\" is missing; a skill's name with spaces "
			"stands in "
			"quotes: \"data base\"");
	return skill;
}

/* The level behind ">=" or "<"; *is_not is turned around by "<". */
static uint8_t parse_level(struct parser *p, bool *is_not)
{
	int64_t level = 1;
	bool is_below = is_sign(p, "<");

	if (p->token != TOKEN_SIGN || is_sign(p, "(") || is_sign(p, ")") || is_sign(p, ","))
		return 1;
	if (!is_below && !is_sign(p, ">=")) {
		fail_at(p, p->start, "Write \">=\" or \"<\" and a level here, not \"%s\"", p->word);
		return 1;
	}
	next(p);
	if (p->token != TOKEN_NUMBER || str_to_int(p->word, 1, ASK_LEVEL_MAX, &level) < 0)
		fail_at(p, p->start, "A level is a whole number from 1 to %d", ASK_LEVEL_MAX);
	next(p);
	*is_not ^= is_below;
	return (uint8_t)level;
}

static void parse_term(struct parser *p, bool is_not, enum how how, struct clauses *ret)
{
	const char *place = p->start;
	struct ask term = {.skill = parse_skill(p)};

	term.level = parse_level(p, &is_not);
	if (is_not && how == HOW_PREFERRED)
		fail_at(p, place,
			"What is preferred is a skill: \"not\" and \"<\" have no place behind \"prefer\"");
	term.kind = is_not		   ? ASK_NOT
		    : how == HOW_PREFERRED ? ASK_PREFERRED
		    : how == HOW_ALWAYS	   ? ASK_FIXED
					   : ASK_REQUIRED;
	if (p->n_terms == TERMS_MAX) {
		fail_at(p, place, "Too long: at most %d skills", TERMS_MAX);
		return;
	}
	for (int i = 0; i < p->n_terms; i++)
		if (memcmp(&p->terms[i], &term, sizeof(term)) == 0) {
			add_clause(p, ret, UINT32_C(1) << i);
			return;
		}
	p->terms[p->n_terms] = term;
	add_clause(p, ret, UINT32_C(1) << p->n_terms++);
}

/* What has to follow here is a skill, "(" ...; says what is there instead. behind: the word before it. */
static void say_missing(struct parser *p, const char *behind)
{
	if (p->token == TOKEN_NUMBER)
		fail_at(p, p->start,
			"Here a skill is expected, not a number; a name of digits stands in quotes");
	else if (behind[0])
		fail_at(p, p->start, "After \"%s\" a skill is missing", behind);
	else
		fail_at(p, p->start, "Here a skill is expected");
}

static void parse_unary(struct parser *p, const char *behind, bool is_not, enum how how, struct clauses *ret)
{
	if (++p->depth > DEPTH_MAX)
		fail_at(p, p->start, "Nested too deeply: at most %d levels", DEPTH_MAX);
	if (p->has_failed) {
		p->depth--;
		return;
	}
	if (is_key(p, "not")) {
		next(p);
		parse_unary(p, "not", !is_not, how, ret);
	} else if (is_key(p, "always")) {
		if (how == HOW_PREFERRED)
			fail_at(p, p->start,
				"\"always\" has no place behind \"prefer\": nothing there is required");
		next(p);
		parse_unary(p, "always", is_not, HOW_ALWAYS, ret);
	} else if (is_sign(p, "(")) {
		next(p);
		parse_or(p, is_not, how, ret);
		if (!is_sign(p, ")"))
			fail_at(p, p->start, "Here \"and\", \"or\" or \")\" is expected");
		next(p);
	} else if (p->token == TOKEN_NAME && !is_any_key(p)) {
		parse_term(p, is_not, how, ret);
	} else {
		say_missing(p, behind);
	}
	p->depth--;
}

static void parse_and(struct parser *p, const char *behind, bool is_not, enum how how, struct clauses *ret)
{
	parse_unary(p, behind, is_not, how, ret);
	while (!p->has_failed && is_key(p, "and")) {
		struct clauses right = {0};
		next(p);
		parse_unary(p, "and", is_not, how, &right);
		join(p, ret, &right, is_not);
	}
}

static void parse_or(struct parser *p, bool is_not, enum how how, struct clauses *ret)
{
	parse_and(p, "", is_not, how, ret);
	while (!p->has_failed && is_key(p, "or")) {
		struct clauses right = {0};
		next(p);
		parse_and(p, "or", is_not, how, &right);
		join(p, ret, &right, !is_not);
	}
}

static void parse_preferences(struct parser *p, struct clauses *ret)
{
	do {
		struct clauses one = {0};
		const char *behind = is_sign(p, ",") ? "," : "prefer";
		next(p);
		parse_and(p, behind, false, HOW_PREFERRED, &one);
		while (!p->has_failed && is_key(p, "or")) {
			struct clauses right = {0};
			next(p);
			parse_and(p, "or", false, HOW_PREFERRED, &right);
			join(p, &one, &right, true);
		}
		join(p, ret, &one, false);
	} while (!p->has_failed && is_sign(p, ","));
}

/* --- the result
 * -------------------------------------------------------------------------------------------------------- */

/* Whether whoever meets a meets b. */
static bool term_implies(const struct ask *a, const struct ask *b)
{
	if (a->skill != b->skill)
		return false;
	if (b->kind == ASK_NOT || a->kind == ASK_NOT)
		return a->kind == b->kind && a->level <= b->level;
	return a->level >= b->level &&
	       (a->kind == b->kind || (a->kind == ASK_FIXED && b->kind == ASK_REQUIRED));
}

static bool clause_implies(const struct parser *p, uint32_t a, uint32_t b)
{
	for (int i = 0; i < p->n_terms; i++) {
		bool is_met = !(a >> i & 1);
		for (int k = 0; k < p->n_terms && !is_met; k++)
			is_met = (b >> k & 1) && term_implies(&p->terms[i], &p->terms[k]);
		if (!is_met)
			return false;
	}
	return true;
}

/* a >= 3 or a >= 5 is a >= 3. */
static uint32_t simplified(const struct parser *p, uint32_t clause)
{
	for (int i = 0; i < p->n_terms; i++)
		for (int k = 0; k < p->n_terms; k++)
			if (i != k && (clause >> i & 1) && (clause >> k & 1) &&
				term_implies(&p->terms[i], &p->terms[k]))
				clause &= ~(UINT32_C(1) << i);
	return clause;
}

/* Drops what others say already. Preferences stay: each one counts. */
static void drop_implied(const struct parser *p, struct clauses *c)
{
	for (int i = 0; i < c->n; i++)
		c->at[i] = simplified(p, c->at[i]);
	for (int i = 0; i < c->n;) {
		bool is_said = false;
		for (int k = 0; k < c->n && !is_said; k++)
			is_said = k != i && clause_implies(p, c->at[k], c->at[i]);
		if (is_said)
			memmove(&c->at[i], &c->at[i + 1], (size_t)(--c->n - i) * sizeof(c->at[0]));
		else
			i++;
	}
}

static void say_mixed(struct parser *p, enum ask_kind a, enum ask_kind b)
{
	p->start = p->text;
	if (a == ASK_NOT || b == ASK_NOT)
		fail_at(p, p->text,
			"\"or\" cannot join a skill that is asked with one that is not to be there: write "
			"the two "
			"as different queues or rules, or ask for the skills themselves");
	else
		fail_at(p, p->text,
			"\"or\" cannot join what always holds with what may be relaxed: put \"always\" "
			"before the "
			"whole alternative, as in always (persian or arabic)");
}

/* Appends the asks of c to ret_asks, from n on; *any is the last set's number. The new n. */
static int put_asks(struct parser *p, const struct clauses *c, int n, uint8_t *any, struct ask *ret_asks)
{
	for (int i = 0; i < c->n && !p->has_failed; i++) {
		uint8_t set = __builtin_popcount(c->at[i]) > 1 ? ++*any : 0;
		int first = n;
		for (int k = 0; k < p->n_terms && !p->has_failed; k++) {
			if (!(c->at[i] >> k & 1))
				continue;
			if (n == ASKS_MAX)
				too_many(p);
			else if (n > first && ret_asks[first].kind != p->terms[k].kind)
				say_mixed(p, ret_asks[first].kind, p->terms[k].kind);
			else {
				ret_asks[n] = p->terms[k];
				ret_asks[n++].any = set;
			}
		}
	}
	return n;
}

int ask_parse(const char *text, ask_resolver *resolve, void *arg, struct ask ret_asks[static ASKS_MAX],
	struct ask_error *ret_error)
{
	struct parser p = {.text = text ? text : "",
		.at = text ? text : "",
		.resolve = resolve,
		.arg = arg,
		.error = ret_error};
	struct clauses required = {0}, preferred = {0};
	struct ask asks[ASKS_MAX] = {0};
	uint8_t any = 0;
	size_t len = strlen(p.text);

	if (len > ASK_TEXT_MAX)
		fail_at(&p, p.text, "Too long: at most %d bytes", ASK_TEXT_MAX);
	else if (!str_is_utf8(p.text, len))
		fail_at(&p, p.text, "This is no UTF-8 text");
	next(&p);
	if (p.token != TOKEN_END && !is_key(&p, "prefer"))
		parse_or(&p, false, HOW_PLAIN, &required);
	if (is_key(&p, "prefer"))
		parse_preferences(&p, &preferred);
	if (p.token != TOKEN_END)
		fail_at(&p, p.start, "Here \"and\", \"or\"%s is expected, not \"%s\"",
			preferred.n ? " or \",\"" : " or \"prefer\"", p.word);
	if (!p.has_failed)
		drop_implied(&p, &required);
	int n = put_asks(&p, &required, 0, &any, asks);
	n = put_asks(&p, &preferred, n, &any, asks);
	if (p.has_failed)
		return -EINVAL;
	memcpy(ret_asks, asks, sizeof(asks[0]) * (size_t)n);
	return n;
}
