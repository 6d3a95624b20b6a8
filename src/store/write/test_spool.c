/* The spool's file: what was confirmed comes back, once, in order; what was torn does not; nothing stays. */
#include "base/alloc.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/write/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MB ((uint64_t)1 << 20)
#define SMALL (64 * 1024)

static const unsigned char owner[SPOOL_OWNER_BYTES] = "an installation";

struct place {
	char directory[64];
	struct spool *spool;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void leave(struct place *p)
{
	spool_close(p->spool);
	nftw(p->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool make(struct place *p, uint64_t bytes)
{
	uint64_t torn;
	int more;

	*p = (struct place){.directory = "/tmp/markaz-spool-XXXXXX"};
	if (!mkdtemp(p->directory) || spool_open(&p->spool, p->directory, owner, &torn) < 0)
		return false;
	while ((more = spool_tend(p->spool, bytes)) == 1)
		;
	return more == 0;
}
#define WITH_SPOOL(p, bytes)                                                                                 \
	__attribute__((cleanup(leave))) struct place p;                                                      \
	CHECK(make(&p, bytes))

static int reopen(struct place *p, uint64_t *ret_torn)
{
	spool_close(p->spool);
	p->spool = NULL;
	*ret_torn = 0;
	return spool_open(&p->spool, p->directory, owner, ret_torn);
}

static int add(struct spool *sp, uint64_t seq)
{
	char data[200];

	snprintf(data, sizeof(data), "{\"t\":1,\"i\":%llu,\"f\":\"+98912%07llu\"}", (unsigned long long)seq,
		(unsigned long long)seq);
	return spool_add(sp, &(struct spool_record){.seq = seq,
				     .at_ms = 1000 + (int64_t)seq,
				     .type = 10,
				     .data = data,
				     .n = strlen(data)});
}

static int put(struct spool *sp, uint64_t from, uint64_t to)
{
	int err = 0;

	for (uint64_t seq = from; seq <= to && err == 0; seq++)
		err = add(sp, seq);
	return err < 0 ? err : spool_sync(sp);
}

/* Reads what there is; the number of records, or -1 when they are not from.. in order with their own text. */
static int64_t read_all(struct spool *sp, uint64_t from)
{
	struct spool_record r;
	int64_t n = 0;
	char want[32];
	int err;

	while ((err = spool_next(sp, &r)) == 1) {
		snprintf(want, sizeof(want), "\"i\":%llu,", (unsigned long long)from + (uint64_t)n);
		if (r.seq != from + (uint64_t)n || r.at_ms != 1000 + (int64_t)r.seq || r.type != 10 ||
			!memmem(r.data, r.n, want, strlen(want)))
			return -1;
		n++;
	}
	return err < 0 ? err : n;
}

static uint8_t *content(const struct place *p, size_t *ret_n)
{
	char path[100];
	struct stat st;

	snprintf(path, sizeof(path), "%s/spool", p->directory);
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	uint8_t *data = malloc((size_t)st.st_size);
	*ret_n = (size_t)read(fd, data, (size_t)st.st_size);
	close(fd);
	return data;
}

static bool poke(const struct place *p, long at, const void *data, size_t n)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/spool", p->directory);
	int fd = open(path, O_WRONLY);
	bool is_done = fd >= 0 && pwrite(fd, data, n, at) == (ssize_t)n;
	if (fd >= 0)
		close(fd);
	return is_done;
}

static struct spool_figures figures(const struct place *p)
{
	struct spool_figures f;

	spool_figures(p->spool, &f);
	return f;
}

TEST(without_a_file_there_is_no_room)
{
	WITH_SPOOL(p, 0);
	struct spool_record r;

	CHECK_INT(figures(&p).bytes_max, 0);
	CHECK_INT(add(p.spool, 1), -ENOSPC);
	CHECK_INT(spool_sync(p.spool), 0);
	CHECK_INT(spool_next(p.spool, &r), 0);
	CHECK_INT(spool_taken(p.spool), 0);
}

TEST(what_was_confirmed_comes_back_once_and_in_order)
{
	WITH_SPOOL(p, 3 * MB);
	uint64_t torn;

	CHECK_INT(put(p.spool, 41, 400), 0);
	CHECK_INT(put(p.spool, 401, 500), 0);
	CHECK_INT(add(p.spool, 501), 0); /* not confirmed */
	CHECK_INT(figures(&p).events, 460);
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(torn, 0);
	CHECK_INT(figures(&p).events, 460);
	CHECK_INT(figures(&p).first_seq, 41);
	CHECK_INT(figures(&p).last_seq, 500);
	CHECK_INT(read_all(p.spool, 41), 460);
	spool_rewind(p.spool);
	CHECK_INT(read_all(p.spool, 41), 460);
	CHECK_INT(put(p.spool, 501, 510), 0); /* while it is being emptied */
	CHECK_INT(spool_taken(p.spool), 0);
	CHECK_INT(figures(&p).events, 10);
	CHECK_INT(read_all(p.spool, 501), 10);
	CHECK_INT(spool_taken(p.spool), 0);
	CHECK_INT(figures(&p).bytes, 0);
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(figures(&p).events, 0);
}

TEST(it_is_full_at_its_size_and_grows_by_no_byte)
{
	WITH_SPOOL(p, 256 * 1024);
	struct stat st;
	char path[100];
	uint64_t seq = 0;
	int err;

	snprintf(path, sizeof(path), "%s/spool", p.directory);
	while ((err = put(p.spool, seq + 1, seq + 1)) == 0)
		seq++;
	CHECK_INT(err, -ENOSPC);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_size, 256 * 1024);
	CHECK(st.st_blocks * 512 >= st.st_size); /* no hole that a full disk could refuse to fill */
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK(seq > 1500);
	uint64_t torn;
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(torn, 0);
	CHECK_INT(read_all(p.spool, 1), (int64_t)seq);
}

/* Cut at every byte of the last group: whole records count, the rest does not. */
TEST(a_torn_record_is_never_half_taken)
{
	WITH_SPOOL(p, SMALL);
	uint8_t zeroes[4096] = {0};
	uint64_t torn;
	size_t n;

	CHECK_INT(put(p.spool, 1, 3), 0);
	size_t end = SPOOL_HEADER_BYTES + (size_t)figures(&p).bytes;
	CHECK_INT(put(p.spool, 4, 5), 0);
	size_t end_all = SPOOL_HEADER_BYTES + (size_t)figures(&p).bytes, size = (end_all - end) / 2;
	uint8_t *whole = content(&p, &n);
	CHECK(whole && n == SMALL);
	for (size_t cut = end; cut <= end_all; cut++) {
		CHECK(poke(&p, (long)end, whole + end, end_all - end));
		CHECK(poke(&p, (long)cut, zeroes, end_all - cut));
		CHECK_INT(reopen(&p, &torn), 0);
		size_t records = (cut - end) / size;
		/* The end of the data may be filled up with zeroes anyway. */
		int64_t got = read_all(p.spool, 1);
		if (got != 3 + (int64_t)records && got != 4 + (int64_t)records)
			test_fail(__FILE__, __LINE__, "cut at %zu: %lld records", cut - end, (long long)got);
		CHECK(got >= 3 && got <= 5);
	}
	free(whole);
}

TEST(a_flipped_bit_is_torn)
{
	WITH_SPOOL(p, SMALL);
	uint64_t torn;
	size_t n;

	CHECK_INT(put(p.spool, 1, 5), 0);
	uint8_t *whole = content(&p, &n);
	size_t size = (size_t)figures(&p).bytes / 5, at = SPOOL_HEADER_BYTES + 2 * size;
	for (size_t i = at; i < at + SPOOL_RECORD_BYTES + 20; i++) {
		uint8_t flipped = whole[i] ^ 0x10;
		CHECK(poke(&p, (long)i, &flipped, 1));
		CHECK_INT(reopen(&p, &torn), 0);
		CHECK_INT(figures(&p).events, 2);
		/* A number of an earlier use reads as the end, everything else as damage. */
		CHECK(torn == at || (torn == 0 && i >= at + 8 && i < at + 16));
		CHECK(poke(&p, (long)i, whole + i, 1));
	}
	free(whole);
}

TEST(nothing_of_what_was_emptied_stays_on_the_disk)
{
	WITH_SPOOL(p, 3 * MB);
	size_t n;
	uint64_t torn;

	for (int round = 0; round < 2; round++) {
		CHECK_INT(put(p.spool, 1, 9000), 0);
		CHECK_INT(read_all(p.spool, 1), 9000);
		CHECK_INT(spool_taken(p.spool), 0);
		if (round == 1) /* the cleaning is left to the next process */
			CHECK_INT(reopen(&p, &torn), 0);
		CHECK_INT(torn * (uint64_t)round, 0);
		CHECK_INT(put(p.spool, 9001, 9003), 0); /* over the old ones, in the middle of one */
		CHECK_INT(read_all(p.spool, 9001), 3);
		CHECK_INT(reopen(&p, &torn), 0);
		CHECK_INT(torn, 0);
		CHECK_INT(read_all(p.spool, 9001), 3);
		CHECK_INT(spool_taken(p.spool), 0);
		while (spool_tend(p.spool, 3 * MB) == 1)
			;
		uint8_t *whole = content(&p, &n);
		CHECK(whole && n == 3 * MB);
		CHECK(!memmem(whole, n, "+98912", 6));
		for (size_t i = SPOOL_HEADER_BYTES; i < n; i++)
			if (whole[i]) {
				test_fail(__FILE__, __LINE__, "byte %zu is %d", i, whole[i]);
				break;
			}
		free(whole);
	}
}

TEST(the_spool_of_another_installation_is_refused)
{
	WITH_SPOOL(p, SMALL);
	static const unsigned char other[SPOOL_OWNER_BYTES] = "another one";
	struct spool *sp = NULL;
	uint64_t torn;

	CHECK_INT(put(p.spool, 1, 5), 0);
	CHECK_INT(spool_open(&sp, p.directory, other, &torn), -EXDEV);
	CHECK(sp == NULL);
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(read_all(p.spool, 1), 5);
}

/* Either of the two headers may be cut off while it is written. */
TEST(one_damaged_header_leaves_the_other)
{
	WITH_SPOOL(p, SMALL);
	uint8_t noise[100];
	uint64_t torn;

	memset(noise, 0xa5, sizeof(noise));
	CHECK_INT(put(p.spool, 1, 5), 0); /* a second header was written before it */
	CHECK(poke(&p, 0, noise, 40));
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(read_all(p.spool, 1), 5);
	CHECK_INT(spool_taken(p.spool), 0);
	CHECK(poke(&p, SPOOL_SLOT_2, noise, 40));
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK(poke(&p, 0, noise, 40));
	CHECK(poke(&p, SPOOL_SLOT_2, noise, 40));
	CHECK_INT(reopen(&p, &torn), -EUCLEAN);
}

TEST(another_size_comes_when_it_is_empty)
{
	WITH_SPOOL(p, SMALL);
	uint64_t torn;

	CHECK_INT(put(p.spool, 1, 5), 0);
	CHECK_INT(spool_tend(p.spool, 2 * MB), 0);
	CHECK_INT(figures(&p).bytes_max, SMALL - SPOOL_HEADER_BYTES);
	CHECK_INT(read_all(p.spool, 1), 5);
	CHECK_INT(spool_taken(p.spool), 0);
	while (spool_tend(p.spool, 2 * MB) == 1)
		;
	CHECK_INT(figures(&p).bytes_max, 2 * MB - SPOOL_HEADER_BYTES);
	CHECK_INT(put(p.spool, 6, 9), 0);
	CHECK_INT(reopen(&p, &torn), 0);
	CHECK_INT(read_all(p.spool, 6), 4);
}

/* A disk that cannot take the file says so; there is none then, and no rest of one. */
TEST(a_disk_too_small_for_it_is_told)
{
	WITH_SPOOL(p, 0);
	struct rlimit old, limit;
	char path[100];

	snprintf(path, sizeof(path), "%s/spool.new", p.directory);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){.rlim_cur = SMALL, .rlim_max = old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	int err = spool_tend(p.spool, MB);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_INT(err, -EFBIG);
	CHECK(access(path, F_OK) < 0);
	CHECK_INT(figures(&p).bytes_max, 0);
	CHECK_INT(spool_tend(p.spool, SMALL), 0);
	CHECK_INT(put(p.spool, 1, 2), 0);
}

TEST_OOM(without_memory_nothing_is_half_done)
{
	struct place p = {.directory = "/tmp/markaz-spool-XXXXXX"};
	uint64_t torn;
	int err = mkdtemp(p.directory) ? spool_open(&p.spool, p.directory, owner, &torn) : -errno;
	int more = err;

	while (err == 0 && (more = spool_tend(p.spool, SMALL)) == 1)
		;
	err = more;
	uint64_t n = 0;
	while (err == 0 && n < 20 && (err = add(p.spool, n + 1)) == 0)
		n++;
	if (p.spool && more == 0) {
		int sync = spool_sync(p.spool);
		struct spool_record r;
		CHECK_INT(sync, 0);
		CHECK_INT(figures(&p).events, n);
		err = err < 0 ? err : spool_next(p.spool, &r);
	}
	leave(&p);
	CHECK(err >= 0 || err == -ENOMEM);
}
