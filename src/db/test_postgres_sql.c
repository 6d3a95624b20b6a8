/* The words of PostgreSQL: what becomes of parameters, hints, quotes; failures; bytes. */
#include "base/alloc.h"
#include "db/postgres.h"
#include "harness/test.h"

#include <errno.h>

static bool becomes(const char *sql, const char *wanted, size_t parameters)
{
	struct pg_sql read = {0};

	if (pg_sql_read(&read, sql) < 0)
		return false;
	bool is_right = strcmp(read.text, wanted) == 0 && read.parameters.len == parameters;
	if (!is_right)
		test_fail(__FILE__, __LINE__, "%s: %s, %zu parameters", sql, read.text, read.parameters.len);
	pg_sql_free(&read);
	return is_right;
}

TEST(parameters_hints_quotes_and_comments)
{
	CHECK(becomes("SELECT ?, ?", "SELECT $1, $2", 2));
	CHECK(becomes("VALUES (?1, ?2, ?3, ?3, ?, ?)", "VALUES ($1, $2, $3, $3, $4, $5)", 5));
	CHECK(becomes("SELECT ?7", "SELECT $7", 7));
	CHECK(becomes("a = :at AND b = :name AND c = :at", "a = $1 AND b = $2 AND c = $1", 2));
	CHECK(becomes("SELECT x::text, ':a', \":b\", '?' -- ? :c\n, /* :d ? */ ?",
		"SELECT x::text, ':a', \":b\", '?' -- ? :c\n, /* :d ? */ $1", 1));
	CHECK(becomes("SELECT 'it''s ?' || ?", "SELECT 'it''s ?' || $1", 1));
	CHECK(becomes("FROM t INDEXED BY by_a WHERE", "FROM t  WHERE", 0));
	CHECK(becomes("FROM a CROSS JOIN b ON x", "FROM a JOIN b ON x", 0));
	CHECK(becomes("UNINDEXED BY x, ACROSS JOIN", "UNINDEXED BY x, ACROSS JOIN", 0));
	CHECK(becomes("", "", 0));
	CHECK(becomes("'open ?", "'open ?", 0));
	CHECK(becomes("/* open ?", "/* open ?", 0));
	CHECK(becomes("a : b :", "a : b :", 0));
}

TEST(too_many_parameters_are_refused)
{
	struct pg_sql read = {0};

	CHECK_INT(pg_sql_read(&read, "SELECT ?99999999999999999999"), -E2BIG);
	CHECK_INT(pg_sql_read(&read, "SELECT ?32001"), -E2BIG);
	CHECK(read.text == NULL);
}

TEST_OOM(without_memory_nothing_is_left_behind)
{
	struct pg_sql read = {0};
	int err = pg_sql_read(&read, "SELECT :a, :b, ?9 FROM t INDEXED BY x WHERE 'quoted' = ?");

	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	pg_sql_free(&read);
}

TEST(failures_have_numbers)
{
	CHECK_INT(pg_errno("53100"), -ENOSPC);
	CHECK_INT(pg_errno("53300"), -EAGAIN);
	CHECK_INT(pg_errno("25006"), -EROFS);
	CHECK_INT(pg_errno("28P01"), -EACCES);
	CHECK_INT(pg_errno("23505"), -EEXIST);
	CHECK_INT(pg_errno("57P01"), -ENOTCONN);
	CHECK_INT(pg_errno("08006"), -ENOTCONN);
	CHECK_INT(pg_errno("57014"), -EBUSY);
	CHECK_INT(pg_errno("55P03"), -EBUSY);
	CHECK_INT(pg_errno("22003"), -EINVAL);
	CHECK_INT(pg_errno("XX001"), -EUCLEAN);
	CHECK_INT(pg_errno("42601"), -EIO);
	CHECK_INT(pg_errno(NULL), -EIO);
	CHECK_INT(pg_errno(""), -EIO);
}

TEST(bytes_are_decoded_where_they_stand)
{
	char some[] = "\\x00ff7a", none[] = "\\x", odd[] = "\\x0", other[] = "\\x0g", text[] = "abc";

	CHECK_INT(pg_bytes_decode(some, 8), 3);
	CHECK(memcmp(some, "\0\xff\x7a", 3) == 0);
	CHECK_INT(pg_bytes_decode(none, 2), 0);
	CHECK_INT(pg_bytes_decode(odd, 3), 3);
	CHECK_INT(pg_bytes_decode(other, 4), 4);
	CHECK_INT(pg_bytes_decode(text, 3), 3);
	CHECK_INT(pg_bytes_decode(text, 0), 0);
}
