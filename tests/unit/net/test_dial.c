/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/dial.h"
#include "support/sock.h"

struct outcome {
	int calls;
	struct duet_dialled dialled;
	struct duet_error err;
	bool free_inside;
	struct duet_dial *dial;
};

static void on_dialled(void *arg, const struct duet_dialled *dialled,
		       const struct duet_error *err)
{
	struct outcome *outcome = arg;

	outcome->calls++;
	outcome->dialled = *dialled;
	assert_int_equal(err == NULL, dialled->fd >= 0);
	if (err != NULL)
		outcome->err = *err;
	if (outcome->free_inside)
		duet_dial_free(outcome->dial);
}

static struct duet_loop *new_loop(void)
{
	struct duet_loop *loop = NULL;

	assert_int_equal(duet_loop_new(&loop, NULL), DUET_OK);
	return loop;
}

/* Dial to the end. */
static void dial(struct outcome *outcome, const char *host, uint16_t port,
		 const struct duet_address *addresses, size_t n,
		 int32_t limit_ms)
{
	const struct duet_target target = { host, port, addresses, n,
					    limit_ms };
	struct duet_loop *loop = new_loop();

	assert_int_equal(duet_dial_new(loop, &target, on_dialled, outcome,
				       &outcome->dial, NULL),
			 DUET_OK);
	assert_int_equal(outcome->calls, 0);
	while (outcome->calls == 0)
		assert_int_equal(duet_loop_step(loop, -1, NULL), DUET_OK);
	assert_int_equal(duet_loop_step(loop, 0, NULL), DUET_OK);
	assert_int_equal(outcome->calls, 1);
	if (!outcome->free_inside)
		duet_dial_free(outcome->dial);
	duet_loop_free(loop);
}

static void check_connected_to(const struct outcome *outcome,
			       const struct duet_address *address)
{
	char want[DUET_ADDRESS_TEXT_BYTES];
	char got[DUET_ADDRESS_TEXT_BYTES];

	if (outcome->dialled.fd < 0)
		fail_msg("%s", outcome->err.text);
	duet_address_text(want, address);
	duet_address_text(got, &outcome->dialled.address);
	assert_string_equal(got, want);
	assert_true((fcntl(outcome->dialled.fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(outcome->dialled.fd, F_GETFD) & FD_CLOEXEC) != 0);
	(void)close(outcome->dialled.fd);
}

static void connects_to_literals_and_names(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct duet_address address;
	int fd = sock_listening("127.0.0.1", &address);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hosts); i++) {
		struct outcome outcome = { .free_inside = i == 0 };

		dial(&outcome, hosts[i], duet_address_port(&address), NULL, 0,
		     5000);
		check_connected_to(&outcome, &address);
		assert_int_equal(outcome.dialled.resolved_us != 0, i == 1);
		assert_true(outcome.dialled.connected_us > 0);
	}
	(void)close(fd);
}

static void goes_on_at_once_when_an_address_refuses(void **state)
{
	struct duet_address addresses[3];
	struct outcome outcome = { 0 };
	int64_t begin;
	int fds[3];

	(void)state;
	fds[0] = sock_bound("127.0.0.1", &addresses[0]);
	fds[1] = sock_bound("::1", &addresses[1]);
	fds[2] = sock_listening("::1", &addresses[2]);
	begin = duet_clock_ms();
	dial(&outcome, "example.org", 443, addresses, 3, 5000);
	/* To wait for the delay each time takes 500 ms at least. */
	assert_in_range(duet_clock_ms() - begin, 0, 499);
	check_connected_to(&outcome, &addresses[2]);
	sock_close_all(fds, 3);
}

static void does_not_wait_for_an_address_that_is_silent(void **state)
{
	struct duet_address addresses[2];
	struct outcome outcome = { 0 };
	int tarpit[SOCK_TARPIT_FDS];
	int64_t begin;
	int fd;

	(void)state;
	sock_tarpit(tarpit, &addresses[0]);
	fd = sock_listening("::1", &addresses[1]);
	begin = duet_clock_ms();
	dial(&outcome, "example.org", 443, addresses, 2, 20000);
	/* The silent one would take all of the 20 s. */
	assert_in_range(duet_clock_ms() - begin, 200, 15000);
	check_connected_to(&outcome, &addresses[1]);
	(void)close(fd);
	sock_close_all(tarpit, COUNT(tarpit));
}

/* RFC 8305 s4: with v4, v4, v6 the v6 is the second, not the third. */
static void tries_the_families_in_turn(void **state)
{
	struct outcome outcome = { 0 };
	struct duet_address addresses[3];
	const char *at[3];
	char text[DUET_ADDRESS_TEXT_BYTES];
	int fds[3];
	int i;

	(void)state;
	fds[0] = sock_bound("127.0.0.1", &addresses[0]);
	fds[1] = sock_bound("127.0.0.2", &addresses[1]);
	fds[2] = sock_bound("::1", &addresses[2]);
	dial(&outcome, "example.org", 443, addresses, 3, 5000);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(strstr(outcome.err.text, "'example.org' port 443"));
	assert_non_null(strstr(outcome.err.text, "nothing listens there"));
	for (i = 0; i < 3; i++) {
		duet_address_text(text, &addresses[i]);
		at[i] = strstr(outcome.err.text, text);
		assert_non_null(at[i]);
	}
	assert_true(at[0] < at[2] && at[2] < at[1]);
	sock_close_all(fds, 3);
}

static void counts_the_addresses_that_do_not_fit_the_sentence(void **state)
{
	struct duet_address addresses[20];
	struct outcome outcome = { 0 };
	int fds[20];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(fds); i++)
		fds[i] = sock_bound("127.0.0.1", &addresses[i]);
	dial(&outcome, "example.org", 443, addresses, COUNT(fds), 5000);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(strstr(outcome.err.text, " more; nothing listens"));
	sock_close_all(fds, COUNT(fds));
}

static void gives_up_when_its_time_is_over(void **state)
{
	struct duet_address addresses[2];
	struct outcome outcome = { 0 };
	int tarpit[SOCK_TARPIT_FDS];

	(void)state;
	sock_tarpit(tarpit, &addresses[0]);
	addresses[1] = addresses[0];
	dial(&outcome, "example.org", 443, addresses, 2, 20);
	assert_int_equal(outcome.err.code, DUET_E_TIMEOUT);
	assert_non_null(strstr(outcome.err.text, "within 20 ms"));
	assert_non_null(strstr(outcome.err.text, "no answer"));
	assert_non_null(strstr(outcome.err.text, "not tried"));
	sock_close_all(tarpit, COUNT(tarpit));
}

static void says_which_name_has_no_address(void **state)
{
	struct outcome outcome = { 0 };

	(void)state;
	dial(&outcome, "no-such-host.invalid", 443, NULL, 0, 20000);
	assert_int_equal(outcome.err.code, DUET_E_RESOLVE);
	assert_non_null(strstr(outcome.err.text, "no-such-host.invalid"));
}

/* Dial two addresses, as an option has it. */
static void dial_by(struct outcome *outcome, struct duet_target *target,
		    const struct duet_address *addresses, size_t n)
{
	struct duet_loop *loop = new_loop();

	target->host = "example.org";
	target->port = 443;
	target->addresses = addresses;
	target->n = n;
	target->time_limit_ms = 5000;
	assert_int_equal(duet_dial_new(loop, target, on_dialled, outcome,
				       &outcome->dial, NULL),
			 DUET_OK);
	while (outcome->calls == 0)
		assert_int_equal(duet_loop_step(loop, -1, NULL), DUET_OK);
	duet_dial_free(outcome->dial);
	duet_loop_free(loop);
}

static void tries_one_family_alone(void **state)
{
	struct duet_address addresses[2];
	struct duet_target target = { .family = AF_INET6 };
	struct outcome outcome = { 0 };
	int fds[2];

	(void)state;
	fds[0] = sock_listening("127.0.0.1", &addresses[0]);
	fds[1] = sock_listening("::1", &addresses[1]);
	dial_by(&outcome, &target, addresses, 2);
	check_connected_to(&outcome, &addresses[1]);

	outcome = (struct outcome){ 0 };
	dial_by(&outcome, &target, addresses, 1);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(strstr(outcome.err.text, "family"));
	sock_close_all(fds, 2);
}

static void leaves_from_an_address(void **state)
{
	struct duet_address address;
	struct duet_address from;
	struct duet_address local;
	struct duet_target target = { .family = AF_INET, .from = &from };
	struct outcome outcome = { 0 };
	char text[DUET_ADDRESS_TEXT_BYTES];
	int fd = sock_listening("127.0.0.1", &address);

	(void)state;
	assert_true(duet_address_parse(&from, "127.0.0.9", 0));
	dial_by(&outcome, &target, &address, 1);
	assert_true(outcome.dialled.fd >= 0);
	assert_int_equal(duet_address_of(outcome.dialled.fd, &local, NULL),
			 DUET_OK);
	duet_address_text(text, &local);
	assert_int_equal(strncmp(text, "127.0.0.9:", 10), 0);
	(void)close(outcome.dialled.fd);

	/* One of nobody's here (RFC 5737). */
	assert_true(duet_address_parse(&from, "192.0.2.9", 0));
	outcome = (struct outcome){ 0 };
	dial_by(&outcome, &target, &address, 1);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(strstr(outcome.err.text, "from 192.0.2.9: Cannot"));
	(void)close(fd);
}

static void names_the_interface_that_there_is_not(void **state)
{
	struct duet_target target = { .device = "no-such-one" };
	struct duet_address address;
	struct outcome outcome = { 0 };
	int fd = sock_listening("127.0.0.1", &address);

	(void)state;
	dial_by(&outcome, &target, &address, 1);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(
		strstr(outcome.err.text, "by interface 'no-such-one': "));
	(void)close(fd);
}

static void connects_to_a_unix_socket(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct duet_target target = { .family = AF_INET };
	struct outcome outcome = { 0 };
	struct duet_address address;
	char where[] = "/tmp/duet-dial-XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(where));
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", where);
	assert_true(duet_address_of_path(&address, un.sun_path));
	dial_by(&outcome, &target, &address, 1);
	assert_int_equal(outcome.err.code, DUET_E_CONNECT);
	assert_non_null(strstr(outcome.err.text, un.sun_path));
	assert_non_null(strstr(outcome.err.text, "check the path"));

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 4), 0);
	outcome = (struct outcome){ 0 };
	dial_by(&outcome, &target, &address, 1);
	check_connected_to(&outcome, &address);
	(void)close(fd);
	assert_int_equal(unlink(un.sun_path), 0);
	assert_int_equal(rmdir(where), 0);
	assert_false(duet_address_of_path(&address, ""));
}

static void may_be_freed_at_any_moment(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct duet_address address;
	int tarpit[SOCK_TARPIT_FDS];
	struct duet_loop *loop = new_loop();
	struct outcome outcome = { 0 };
	uint16_t port;
	size_t i;

	(void)state;
	sock_tarpit(tarpit, &address);
	port = duet_address_port(&address);
	for (i = 0; i < 2 * COUNT(hosts); i++) {
		const struct duet_target target = { .host = hosts[i / 2],
						    .port = port };

		assert_int_equal(duet_dial_new(loop, &target, on_dialled,
					       &outcome, &outcome.dial, NULL),
				 DUET_OK);
		if (i % 2 == 1)
			assert_int_equal(duet_loop_step(loop, 0, NULL),
					 DUET_OK);
		duet_dial_free(outcome.dial);
	}
	assert_int_equal(duet_loop_step(loop, 0, NULL), DUET_OK);
	assert_int_equal(outcome.calls, 0);
	duet_loop_free(loop);
	sock_close_all(tarpit, COUNT(tarpit));
}

struct aside {
	struct outcome outcome; /* first: it is what both functions get */
	bool answer;
	int asked;
	size_t n;
};

static bool on_addresses(void *arg, const struct duet_address *addresses,
			 size_t n)
{
	struct aside *aside = arg;

	aside->asked++;
	aside->n = n;
	assert_int_equal(duet_address_port(&addresses[0]), 1);
	if (aside->answer)
		duet_dial_free(aside->outcome.dial);
	return aside->answer;
}

static void may_be_set_aside_once_it_knows_where(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(hosts); i++) {
		struct duet_target target = { .host = hosts[i / 2],
					      .port = 1,
					      .aside = on_addresses };
		struct aside aside = { .answer = i % 2 == 1 };
		struct duet_loop *loop = new_loop();

		assert_int_equal(duet_dial_new(loop, &target, on_dialled,
					       &aside, &aside.outcome.dial,
					       NULL),
				 DUET_OK);
		assert_int_equal(aside.asked, 0);
		while (aside.answer ? aside.asked == 0
				    : aside.outcome.calls == 0)
			assert_int_equal(duet_loop_step(loop, -1, NULL),
					 DUET_OK);
		assert_int_equal(duet_loop_step(loop, 0, NULL), DUET_OK);
		assert_int_equal(aside.asked, 1);
		assert_true(aside.n >= 1);
		assert_int_equal(aside.outcome.calls, aside.answer ? 0 : 1);
		if (!aside.answer)
			duet_dial_free(aside.outcome.dial);
		duet_loop_free(loop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects_to_literals_and_names),
		cmocka_unit_test(goes_on_at_once_when_an_address_refuses),
		cmocka_unit_test(does_not_wait_for_an_address_that_is_silent),
		cmocka_unit_test(tries_the_families_in_turn),
		cmocka_unit_test(
			counts_the_addresses_that_do_not_fit_the_sentence),
		cmocka_unit_test(gives_up_when_its_time_is_over),
		cmocka_unit_test(says_which_name_has_no_address),
		cmocka_unit_test(tries_one_family_alone),
		cmocka_unit_test(leaves_from_an_address),
		cmocka_unit_test(names_the_interface_that_there_is_not),
		cmocka_unit_test(connects_to_a_unix_socket),
		cmocka_unit_test(may_be_freed_at_any_moment),
		cmocka_unit_test(may_be_set_aside_once_it_knows_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
