/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkdtemp, nftw */
#include <sys/wait.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/crl_slot.h"
#include "support/tempdir.h"

static const char url[] = "http://crl.test/1.crl";
static char base[TEMP_DIR_BYTES];
static char dir[TEMP_DIR_BYTES + 16];

static int make(void **state)
{
	(void)state;
	temp_dir_make(base);
	(void)snprintf(dir, sizeof(dir), "%s/a/crl", base);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	return temp_dir_remove(base);
}

static void put(struct duet_crl_slot *slot, const void *data, size_t n,
		const char *etag)
{
	const struct duet_pin key = { { 7 } };
	struct duet_error err;

	assert_int_equal(duet_crl_slot_begin(slot, &err), DUET_OK);
	assert_int_equal(duet_crl_slot_write(slot, data, n, &err), DUET_OK);
	assert_int_equal(duet_crl_slot_map(slot, &err), DUET_OK);
	assert_int_equal(slot->der.len, n);
	assert_memory_equal(slot->der.data, data, n);
	duet_crl_slot_keep(slot, url, &key, etag, NULL);
}

static void what_is_kept_is_found_again(void **state)
{
	struct duet_crl_slot slot;
	struct stat st;

	(void)state;
	assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	assert_int_equal(duet_crl_slot_lock(&slot), DUET_OK);
	put(&slot, "a list", 6, "\"tag\"");
	duet_crl_slot_done(&slot);
	assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_OK);
	assert_int_equal(slot.der.len, 6);
	assert_memory_equal(slot.der.data, "a list", 6);
	assert_string_equal(slot.etag, "\"tag\"");
	assert_string_equal(slot.modified, "");
	assert_int_equal(slot.verified_by.sha256[0], 7);
	assert_int_equal(stat(slot.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	duet_crl_slot_done(&slot);
	/* Another URL is another file. */
	assert_int_equal(duet_crl_slot_init(&slot, dir, "http://x/"), DUET_OK);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	duet_crl_slot_done(&slot);
}

static void one_fetches_at_a_time(void **state)
{
	struct duet_crl_slot first;
	struct duet_crl_slot second;

	(void)state;
	assert_int_equal(duet_crl_slot_init(&first, dir, url), DUET_OK);
	assert_int_equal(duet_crl_slot_init(&second, dir, url), DUET_OK);
	assert_int_equal(duet_crl_slot_lock(&first), DUET_OK);
	assert_int_equal(duet_crl_slot_lock(&second), DUET_WANT_READ);
	duet_crl_slot_done(&first);
	assert_int_equal(duet_crl_slot_lock(&second), DUET_OK);
	duet_crl_slot_done(&second);
}

/* Whatever is wrong with a file, it is as good as none. */
static void every_cut_is_seen(void **state)
{
	struct duet_crl_slot slot;
	off_t len;

	(void)state;
	assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
	assert_int_equal(duet_crl_slot_lock(&slot), DUET_OK);
	put(&slot, "a longer list", 13, NULL);
	for (len = 4096 + 12; len > 0; len -= 100) {
		assert_int_equal(truncate(slot.path, len), 0);
		assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	}
	duet_crl_slot_done(&slot);
}

/* What is kept is believed without being verified, so only our own is. */
static void what_others_can_write_is_none(void **state)
{
	static const mode_t modes[] = { 0620, 0602, 0666 };
	struct duet_crl_slot slot;
	size_t i;

	(void)state;
	assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
	assert_int_equal(duet_crl_slot_lock(&slot), DUET_OK);
	put(&slot, "a list", 6, NULL);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_OK);
	for (i = 0; i < COUNT(modes); i++) {
		assert_int_equal(chmod(slot.path, modes[i]), 0);
		assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	}
	assert_int_equal(chmod(slot.path, 0600), 0);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_OK);
	if (geteuid() == 0) {
		assert_int_equal(chown(slot.path, 1, (gid_t)-1), 0);
		assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	}
	/* ... nor what would be waited for. */
	assert_int_equal(unlink(slot.path), 0);
	assert_int_equal(mkfifo(slot.path, 0600), 0);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
	assert_int_equal(unlink(slot.path), 0);
	duet_crl_slot_done(&slot);
}

/* What is oldest goes, be it what a crash has left behind. */
static void room_is_made_for_the_latest(void **state)
{
	static const char *const names[] = { "old.crl", "left.new" };
	const struct timespec long_ago[2] = { { 1000000, 0 }, { 1000000, 0 } };
	struct duet_crl_slot slot;
	char path[128];
	struct stat st;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		/* no byte of it is on the disk */
		assert_int_equal(ftruncate(fd, (off_t)DUET_CRL_DIR_MIB << 20),
				 0);
		assert_int_equal(futimens(fd, long_ago), 0);
		(void)close(fd);
		assert_int_equal(duet_crl_slot_lock(&slot), DUET_OK);
		put(&slot, "a list", 6, NULL);
		assert_int_equal(stat(path, &st), -1);
		assert_int_equal(duet_crl_slot_load(&slot), DUET_OK);
		duet_crl_slot_done(&slot);
	}
}

static void nothing_is_kept_without_a_place(void **state)
{
	static const char *const places[] = { NULL, "/proc/nowhere" };
	struct duet_crl_slot slot;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(places); i++) {
		assert_int_equal(duet_crl_slot_init(&slot, places[i], url),
				 DUET_OK);
		assert_int_equal(duet_crl_slot_lock(&slot), DUET_OK);
		put(&slot, "a list", 6, NULL);
		assert_int_equal(duet_crl_slot_load(&slot), DUET_EOF);
		duet_crl_slot_done(&slot);
	}
}

/* A child writes versions for as long as it is read; each is one of them. */
static _Noreturn void write_versions(void)
{
	static char data[100000];
	struct duet_crl_slot slot;
	int i;

	for (i = 0; i < 100; i++) {
		size_t n = 1000 + (size_t)i * 900;

		memset(data, 'a' + i % 26, n);
		if (duet_crl_slot_init(&slot, dir, url) != DUET_OK ||
		    duet_crl_slot_lock(&slot) != DUET_OK)
			_exit(1);
		put(&slot, data, n, NULL);
		duet_crl_slot_done(&slot);
	}
	_exit(0);
}

static void check_version(const struct duet_crl_slot *slot)
{
	const char *p = slot->der.data;
	size_t i;

	assert_int_equal(slot->der.len,
			 1000 + (slot->der.len - 1000) / 900 * 900);
	for (i = 0; i < slot->der.len; i++)
		assert_int_equal(p[i], p[0]);
}

static void a_reader_never_sees_half(void **state)
{
	struct duet_crl_slot slot;
	pid_t child;
	int status;
	int seen = 0;

	(void)state;
	assert_int_equal(duet_crl_slot_init(&slot, dir, url), DUET_OK);
	(void)unlink(slot.path);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_versions();
	while (waitpid(child, &status, WNOHANG) == 0)
		if (duet_crl_slot_load(&slot) == DUET_OK) {
			check_version(&slot);
			seen++;
		}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(duet_crl_slot_load(&slot), DUET_OK);
	assert_int_equal(slot.der.len, 1000 + 99 * 900);
	assert_true(seen > 0);
	duet_crl_slot_done(&slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_found_again),
		cmocka_unit_test(one_fetches_at_a_time),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(what_others_can_write_is_none),
		cmocka_unit_test(room_is_made_for_the_latest),
		cmocka_unit_test(nothing_is_kept_without_a_place),
		cmocka_unit_test(a_reader_never_sees_half),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
