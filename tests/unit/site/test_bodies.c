/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "site/beneath.h"
#include "site/bodies.h"
#include "site/listing.h"
#include "support/tempdir.h"
#include "unit/server/rig.h"

static void replies_with_the_same_bytes_share_them(void **state)
{
	struct duet_bodies bodies = { 0 };
	struct duet_body *one = duet_bodies_keep(&bodies, duet_str("one"));
	struct duet_body *two = duet_bodies_keep(&bodies, duet_str("two"));
	struct duet_body *three = duet_bodies_keep(&bodies, duet_str("three"));

	(void)state;
	assert_ptr_not_equal(one, two);
	assert_ptr_equal(duet_bodies_keep(&bodies, duet_str("two")), two);
	assert_int_equal(bodies.held, 11);
	duet_body_unref(two);
	assert_int_equal(bodies.held, 11);
	duet_body_unref(two);
	assert_int_equal(bodies.held, 8);
	duet_body_unref(three);
	duet_body_unref(one);
	assert_int_equal(bodies.held, 0);
	assert_null(bodies.first);
}

static void all_together_have_a_maximum(void **state)
{
	struct duet_bodies bodies = { 0 };
	char *most = duet_mem_zalloc(DUET_BODIES_MAX_BYTES);
	struct duet_bytes bytes = { most, DUET_BODIES_MAX_BYTES - 3 };
	struct duet_body *large;
	struct duet_body *small;

	(void)state;
	assert_non_null(most);
	large = duet_bodies_keep(&bodies, bytes);
	assert_non_null(large);
	assert_null(duet_bodies_keep(&bodies, duet_str("four")));
	/* What is there already costs nothing. */
	assert_ptr_equal(duet_bodies_keep(&bodies, bytes), large);
	small = duet_bodies_keep(&bodies, duet_str("one"));
	assert_non_null(small);
	duet_body_unref(small);
	duet_body_unref(large);
	duet_body_unref(large);
	duet_mem_free(most);
}

/* ---- the listing of a directory with one file ---- */

struct site {
	struct rig rig;
	struct duet_bodies bodies;
	int root;
	char dir[TEMP_DIR_BYTES];
};

static bool is_kept_back(const struct stat *st, void *arg)
{
	(void)st;
	(void)arg;
	return false;
}

static void list(struct duet_exchange *exchange, void *arg)
{
	struct rig *rig = arg;
	struct site *site = rig->arg;
	const struct duet_place place = { .root = site->root,
					  .path = "/",
					  .is_kept_back = is_kept_back };

	assert_int_equal(duet_listing_reply(exchange, &place, &site->bodies,
					    duet_str("")),
			 0);
}

static void a_listing_beyond_it_is_refused(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char head[] = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct site site = { .bodies = { .held = DUET_BODIES_MAX_BYTES } };
	struct peer peer;

	(void)state;
	temp_dir_make(site.dir);
	assert_int_equal(duet_beneath_root(site.dir, &site.root, NULL),
			 DUET_OK);
	rig_start(&site.rig, false, list);
	site.rig.arg = &site;
	peer_open(&site.rig, &peer);
	peer_send(&site.rig, &peer, get);
	peer_await(&site.rig, &peer, "\r\n\r\n");
	assert_null(strstr(peer_text(&peer), "ETag:"));
	assert_int_equal(peer_reply(&site.rig, &peer, NULL), 503);
	site.bodies.held = 0;
	peer_send(&site.rig, &peer, get);
	assert_int_equal(peer_reply(&site.rig, &peer, NULL), 200);
	peer_send(&site.rig, &peer, head);
	assert_int_equal(peer_reply_to_head(&site.rig, &peer), 200);
	assert_int_equal(site.bodies.held, 0);
	rig_part(&site.rig, &peer);
	assert_int_equal(close(site.root), 0);
	assert_int_equal(temp_dir_remove(site.dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_with_the_same_bytes_share_them),
		cmocka_unit_test(all_together_have_a_maximum),
		cmocka_unit_test(a_listing_beyond_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
