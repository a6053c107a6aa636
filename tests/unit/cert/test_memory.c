/* SPDX-License-Identifier: MIT */
/*
 * Allocations of ours and of OpenSSL's fail in turn: each call gives an error
 * with a sentence or goes well, gives nothing out where it failed, and leaves
 * nothing behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "fixture.h"
#include "tool.h"

enum {
	POINTS = 100, /* of failure, spread over all allocations of a call */
};

static struct {
	long n;         /* allocations since armed */
	long fail_from; /* -1: none */
	bool fail_once;
} hook = { .fail_from = -1 };

static bool fails(void)
{
	long number = hook.n++;

	if (hook.fail_from < 0 || number < hook.fail_from)
		return false;
	return !hook.fail_once || number == hook.fail_from;
}

static void *alloc(size_t size, void *arg)
{
	(void)arg;
	return fails() ? NULL : malloc(size);
}

static void *resize(void *ptr, size_t size, void *arg)
{
	(void)arg;
	return fails() ? NULL : realloc(ptr, size);
}

static void release(void *ptr, void *arg)
{
	(void)arg;
	free(ptr);
}

static struct tool_ca ca;
static struct duet_buffer csr;
static struct duet_buffer leaf;
static struct duet_buffer crl;
static char everything[8192];

static int set_up(void **state)
{
	(void)state;
	tool_ca_init(&ca, DUET_KEY_P256,
		     DUET_CERT(.usage = DUET_USAGE_CA, .common_name = "CA",
			       .permitted = NAMES("x.org", "10.0.0.0/8")));
	if (duet_csr_new(ca.key, DUET_CERT(.names = NAMES("x.org", "10.0.0.1")),
			 &csr, NULL) != DUET_OK ||
	    duet_csr_sign(ca.identity, bytes_of(&csr), NULL, &leaf, NULL) !=
		    DUET_OK ||
	    duet_crl_issue(ca.identity, duet_str(NULL),
			   (struct duet_bytes[]){ bytes_of(&leaf) }, 1, 0, &crl,
			   NULL) != DUET_OK)
		return -1;
	(void)snprintf(everything, sizeof(everything), "%s%s%s%s%s%s",
		       (char *)ca.pem.data, (char *)csr.data, (char *)leaf.data,
		       (char *)crl.data, fixture_key, fixture_key_encrypted);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	duet_buffer_free(&csr);
	duet_buffer_free(&leaf);
	duet_buffer_free(&crl);
	tool_ca_done(&ca);
	return 0;
}

/* One call, whose product is *ret. */
typedef int call_fn(struct duet_buffer *ret, struct duet_error *err);

static int make_key(struct duet_buffer *ret, struct duet_error *err)
{
	struct duet_key *key = duet_key_new(DUET_KEY_P256, err);
	int rc;

	if (key == NULL)
		return err->code;
	rc = duet_key_write(key, NULL, ret, err);
	duet_key_free(key);
	return rc;
}

static int read_key(struct duet_buffer *ret, struct duet_error *err)
{
	struct duet_key *key;

	(void)ret;
	key = duet_key_read(duet_str(fixture_key_encrypted), "secret", err);
	if (key == NULL)
		return err->code;
	duet_key_free(key);
	return DUET_OK;
}

static int self_sign(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_cert_self_signed(ca.key,
				     DUET_CERT(.names = NAMES("x.org", "::1",
							      "email:a@x.org"),
					       .organization = "Duet",
					       .crl_url = "http://x.org/crl"),
				     ret, err);
}

static int make_ca(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_cert_self_signed(ca.key,
				     DUET_CERT(.usage = DUET_USAGE_CA,
					       .common_name = "CA",
					       .permitted = NAMES("x.org",
								  "::1/128")),
				     ret, err);
}

static int issue(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_cert_issue(ca.identity, ca.key,
			       DUET_CERT(.names = NAMES("x.org", "10.0.0.1")),
			       ret, err);
}

static int refuse(struct duet_buffer *ret, struct duet_error *err)
{
	int rc = duet_cert_issue(ca.identity, ca.key,
				 DUET_CERT(.names = NAMES("y.org")), ret, err);

	assert_true(rc < 0);
	return rc == DUET_E_ARGUMENT ? DUET_OK : rc;
}

static int request(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_csr_new(ca.key,
			    DUET_CERT(.names = NAMES("x.org", "10.0.0.1")), ret,
			    err);
}

static int sign(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_csr_sign(ca.identity, bytes_of(&csr), NULL, ret, err);
}

static int revoke(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_crl_issue(ca.identity, bytes_of(&crl),
			      (struct duet_bytes[]){ bytes_of(&leaf) }, 1, 0,
			      ret, err);
}

static int decode(struct duet_buffer *ret, struct duet_error *err)
{
	return duet_pem_to_der(bytes_of(&crl), ret, err);
}

static int inspect(struct duet_buffer *ret, struct duet_error *err)
{
	struct duet_inspection *inspection;
	int rc;

	inspection = duet_inspect(duet_str(everything), err);
	if (inspection == NULL)
		return err->code;
	rc = duet_inspection_text(inspection, 0, ret, err);
	duet_inspection_free(inspection);
	return rc;
}

static int run_failing_at(call_fn *call, long number, bool once)
{
	struct duet_buffer product = { NULL, 0 };
	struct duet_error err = { 0 };
	int rc;

	hook.n = 0;
	hook.fail_once = once;
	hook.fail_from = number;
	rc = call(&product, &err);
	hook.fail_from = -1;
	if (rc != DUET_OK) {
		assert_true(rc < 0);
		assert_int_equal(err.code, rc);
		assert_true(err.text[0] != '\0');
		assert_null(product.data);
	}
	assert_int_equal(ERR_peek_error(), 0);
	duet_buffer_free(&product);
	return rc;
}

static void fail_in_turn(call_fn *call)
{
	long failures = 0;
	long total, step, i;

	/* Once to fill what OpenSSL keeps for ever. */
	assert_int_equal(run_failing_at(call, -1, true), DUET_OK);
	assert_int_equal(run_failing_at(call, -1, true), DUET_OK);
	total = hook.n;
	step = total / POINTS + 1;
	for (i = 0; i < total; i += step) {
		failures += run_failing_at(call, i, true) != DUET_OK;
		failures += run_failing_at(call, i, false) != DUET_OK;
	}
	assert_true(failures > 0);
	assert_int_equal(run_failing_at(call, -1, true), DUET_OK);
}

static void every_call_survives_a_lack_of_memory(void **state)
{
	static call_fn *const calls[] = {
		make_key, read_key, self_sign, make_ca, issue,   refuse,
		request,  sign,     revoke,    decode,  inspect,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(calls); i++)
		fail_in_turn(calls[i]);
}

int main(void)
{
	const struct duet_allocator allocator = { sizeof(allocator), alloc,
						  resize, release, NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_survives_a_lack_of_memory),
	};

	if (duet_set_allocator(&allocator) != DUET_OK)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
