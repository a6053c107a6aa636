/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cert/crl_verify.h"
#include "unit/tls/both.h"

static struct duet_config *pinning(const struct duet_pin *pins, size_t n,
				   bool any_certificate)
{
	struct duet_trust *trust = trust_in(ca);
	struct duet_config *config = client_with((struct duet_client_config){
		.trust = trust,
		.pins = pins,
		.n_pins = n,
		.insecure_any_certificate = any_certificate });

	duet_trust_release(trust);
	return config;
}

static int try_pins(const struct duet_pin *pins, size_t n, bool any_certificate,
		    char text[512])
{
	struct duet_config *config = pinning(pins, n, any_certificate);
	struct ends ends;
	int rc;

	begin(&ends, config, "localhost", server_config);
	shake(&ends);
	rc = ends.client_rc;
	if (rc < 0)
		(void)snprintf(text, 512, "%s", ends.client_err.text);
	done(&ends);
	duet_config_release(config);
	return rc;
}

static void the_key_must_be_one_of_them(void **state)
{
	struct duet_pin pins[2] = { { { 1 } }, { { 2 } } };
	char text[512] = "";

	(void)state;
	assert_int_equal(try_pins(pins, 2, false, text), DUET_E_PIN);
	assert_non_null(
		strstr(text, "'localhost': the server's key is sha256//"));
	assert_true(duet_crl_key_hash(leaf->cert, pins[1].sha256));
	assert_int_equal(try_pins(pins, 2, false, text), DUET_OK);
	assert_int_equal(try_pins(pins, 1, false, text), DUET_E_PIN);
	assert_int_equal(try_pins(NULL, 0, false, text), DUET_OK);
}

/* A pin is no way around verification; where that is waived it still holds. */
static void it_holds_besides_all_the_rest(void **state)
{
	struct duet_pin pins[1];
	struct mint *stranger = mint_new(NULL, MINT(.cn = "Other", .ca = true));
	struct mint *own = ca;
	char text[512];

	(void)state;
	assert_true(duet_crl_key_hash(leaf->cert, pins[0].sha256));
	ca = stranger;
	assert_int_equal(try_pins(pins, 1, false, text), DUET_E_UNTRUSTED);
	ca = own;
	assert_int_equal(try_pins(pins, 1, true, text), DUET_OK);
	pins[0].sha256[0] ^= 1;
	assert_int_equal(try_pins(pins, 1, true, text), DUET_E_PIN);
	mint_free(stranger);
}

static void there_is_a_most(void **state)
{
	static const struct duet_pin pins[DUET_PINS_MAX + 1];
	struct duet_error err;

	(void)state;
	assert_null(
		duet_config_client(DUET_CLIENT_CONFIG(.pins = pins,
						      .n_pins = DUET_PINS_MAX +
								1),
				   &err));
	assert_int_equal(err.code, DUET_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_must_be_one_of_them),
		cmocka_unit_test(it_holds_besides_all_the_rest),
		cmocka_unit_test(there_is_a_most),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
