/* The words of PostgreSQL: parameters, failures, bytes. Pure; see postgres.h. */
#include "base/alloc.h"
#include "db/postgres.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* The end of what begins at s with a quote, -- or a C comment; s itself when nothing such does. */
static const char *skip_quoted(const char *s)
{
	if (*s == '\'' || *s == '"') {
		const char *p = strchr(s + 1, *s);
		return p ? p + 1 : s + strlen(s); /* a doubled quote is two texts in a row: the same to us */
	}
	if (s[0] == '-' && s[1] == '-')
		return s + strcspn(s, "\n");
	if (s[0] == '/' && s[1] == '*') {
		const char *p = strstr(s + 2, "*/");
		return p ? p + 2 : s + strlen(s);
	}
	return s;
}

static int add_parameter(struct pg_sql *sql, const char *name, size_t n)
{
	struct pg_parameter p = {0};

	if (sql->parameters.len >= PG_PARAMETERS_MAX)
		return -E2BIG;
	if (name) {
		p.name = alloc_zero(n + 1);
		if (!p.name)
			return -ENOMEM;
		memcpy(p.name, name, n);
	}
	int err = VEC_PUSH(&sql->parameters, p);
	if (err < 0)
		alloc_free(p.name);
	return err;
}

/* The number of the parameter written at s with n characters (its mark included), making it when it is new.
 */
static int parameter_at(struct pg_sql *sql, const char *s, size_t n, size_t *ret_number)
{
	size_t number = 0;
	int err = 0;

	if (*s == ':') {
		for (size_t i = 0; i < sql->parameters.len && !number; i++) {
			const char *name = sql->parameters.at[i].name;
			if (name && strlen(name) == n && memcmp(name, s, n) == 0)
				number = i + 1;
		}
		if (!number)
			err = add_parameter(sql, s, n);
	} else {
		for (size_t i = 1; i < n && number <= PG_PARAMETERS_MAX; i++)
			number = number * 10 + (size_t)(s[i] - '0');
		if (!number) /* a bare ?: one more than the largest so far */
			number = sql->parameters.len + 1;
		if (number > PG_PARAMETERS_MAX)
			return -E2BIG;
		while (err == 0 && sql->parameters.len < number)
			err = add_parameter(sql, NULL, 0);
	}
	if (err < 0)
		return err;
	*ret_number = number ? number : sql->parameters.len;
	sql->parameters.at[*ret_number - 1].is_used = true;
	return 0;
}

/* How many characters at s (the beginning of a word) are the words of a hint; *ret_instead: what stands there
 * then.
 */
static size_t hint_at(const char *s, const char **ret_instead)
{
	static const char indexed[] = "INDEXED BY ", cross[] = "CROSS JOIN ";

	if (strncasecmp(s, indexed, sizeof(indexed) - 1) == 0) {
		const char *p = s + sizeof(indexed) - 1;
		while (is_word(*p))
			p++;
		*ret_instead = "";
		return (size_t)(p - s);
	}
	if (strncasecmp(s, cross, sizeof(cross) - 1) == 0) {
		*ret_instead = "JOIN ";
		return sizeof(cross) - 1;
	}
	return 0;
}

static int read_mark(struct pg_sql *sql, struct text *out, const char **s)
{
	const char *p = *s + 1;
	size_t number = 0;

	while (**s == ':' ? is_word(*p) : isdigit((unsigned char)*p) != 0)
		p++;
	int err = parameter_at(sql, *s, (size_t)(p - *s), &number);
	if (err == 0)
		text_printf(out, "$%zu", number);
	*s = p;
	return err;
}

static int read_all(struct pg_sql *sql, struct text *out, const char *s)
{
	int err = 0;

	while (*s && err == 0) {
		const char *end = skip_quoted(s), *instead = NULL;
		if (end > s) {
			text_add_n(out, s, (size_t)(end - s));
			s = end;
		} else if (is_word(*s)) {
			size_t n = hint_at(s, &instead);
			while (!instead && is_word(s[n]))
				n++;
			if (instead)
				text_add(out, instead);
			else
				text_add_n(out, s, n);
			s += n;
		} else if (s[0] == ':' && s[1] == ':') { /* a cast */
			text_add_n(out, s, 2);
			s += 2;
		} else if (*s == '?' || (*s == ':' && is_word(s[1]))) {
			err = read_mark(sql, out, &s);
		} else {
			text_add_n(out, s++, 1);
		}
	}
	return err < 0 ? err : out->failed ? -ENOMEM : 0;
}

int pg_sql_read(struct pg_sql *ret_sql, const char *sql)
{
	struct pg_sql made = {0};
	_cleanup_text_ struct text out = {0};

	text_add(&out, "");
	int err = read_all(&made, &out, sql);
	if (err == 0 && !out.data)
		err = -ENOMEM;
	if (err < 0) {
		pg_sql_free(&made);
		return err;
	}
	made.text = TAKE_PTR(out.data);
	*ret_sql = made;
	return 0;
}

void pg_sql_free(struct pg_sql *sql)
{
	for (size_t i = 0; i < sql->parameters.len; i++) {
		alloc_free(sql->parameters.at[i].name);
		alloc_free(sql->parameters.at[i].data);
	}
	VEC_FREE(&sql->parameters);
	alloc_free(sql->text);
	sql->text = NULL;
}

/* PostgreSQL's appendix A, "Error Codes". The longest beginning that fits counts: more special ones first. */
static const struct {
	const char *begins;
	int error;
} states[] = {
	{"08", ENOTCONN},
	{"22", EINVAL},
	{"23", EEXIST},
	{"25006", EROFS}, /* read_only_sql_transaction */
	{"28", EACCES},
	{"3D000", ENOENT}, /* no such database */
	{"40", EBUSY},
	{"42501", EACCES},
	{"42P04", EEXIST}, /* duplicate_database */
	{"53100", ENOSPC},
	{"53", EAGAIN}, /* out of memory, too many connections */
	{"54", E2BIG},
	{"55P03", EBUSY}, /* lock_not_available */
	{"57014", EBUSY}, /* statement timeout */
	{"57P", ENOTCONN},
	{"58030", EIO},
	{"XX001", EUCLEAN},
	{"XX002", EUCLEAN},
};

int pg_errno(const char *sqlstate)
{
	for (size_t i = 0; sqlstate && i < sizeof(states) / sizeof(states[0]); i++)
		if (str_starts_with(sqlstate, states[i].begins))
			return -states[i].error;
	return -EIO;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t pg_bytes_decode(char *s, size_t n)
{
	if (n < 2 || n % 2 || s[0] != '\\' || s[1] != 'x')
		return n;
	for (size_t i = 2; i < n; i++)
		if (digit(s[i]) < 0)
			return n;
	for (size_t i = 2; i < n; i += 2)
		s[i / 2 - 1] = (char)(digit(s[i]) << 4 | digit(s[i + 1]));
	return n / 2 - 1;
}
