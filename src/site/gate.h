/* SPDX-License-Identifier: MIT */
/*
 * site/gate.h - who comes in by a route: from which address, how often, with
 * which name and password; and how fast his reply leaves.
 *
 *   request --addresses--> --throttle--> --pace--> --password--> come in
 *
 * In this order the cheapest refusal comes first, and nobody has passwords
 * computed who may not even ask for them. A gate does not know what its path
 * is around of: that is said by whoever makes it.
 */
#ifndef DUET_SITE_GATE_H
#define DUET_SITE_GATE_H

#include "server/handler.h"
#include "site/access.h"
#include "site/login.h"
#include "site/throttle.h"

/* What is said of one route. NULL and 0 are what is not said. Borrowed as long
 * as the gate is. */
struct duet_gate_rules {
	/* No more than the gates around it say; all have to allow. */
	const struct duet_access *access;
	bool no_access; /* what is said around it does not count */
	/* The rest is of the nearest gate that says it. A throttle is these
	 * three together. */
	struct duet_throttle *throttle;
	uint64_t reply_rate; /* bytes a second of each reply */
	bool no_throttle;
	const struct duet_users *users;
	const char *realm; /* of them; NULL: the path */
	bool no_users;
};

struct duet_gate {
	struct duet_gate_rules rules;  /* with what is said around it */
	const char *path;              /* for sentences */
	const char *throttle_path;     /* that whose throttle it is */
	const struct duet_gate *outer; /* whose addresses count too */
	char *challenge;               /* to those who have to log in */
	bool is_said;    /* who may not come in, of this gate itself */
	bool has_access; /* it or one of outer */
	bool is_open;    /* nobody is asked anything */
};

/*
 * outer: NULL, or a gate that is made and stays where it is as long as this
 * one. path: for the realm, and to be named in sentences; it stays too.
 * DUET_E_NOMEM; DUET_E_LIMIT: the realm is too long. Then it is all zero.
 */
DUET_CHECK int duet_gate_init(struct duet_gate *gate,
			      const struct duet_gate *outer,
			      const struct duet_gate_rules *rules,
			      const char *path, struct duet_error *err);
/* One of zeroes is fine. */
void duet_gate_done(struct duet_gate *gate);

/* A request that stands before a gate. */
struct duet_gate_caller {
	struct duet_exchange *exchange;
	size_t worker;          /* as of duet_throttle_enter() */
	struct duet_desk *desk; /* NULL where no gate has users */
	/* The password was looked up and is right: answer. The exchange has
	 * been deferred meanwhile, and is as in its handler again. */
	void (*come_in)(const struct duet_gate_caller *caller);
	const void *place; /* both for come_in() */
	void *hands;
};

/*
 * True: come in now. False: it has been answered, or will be, by a refusal or
 * by come_in() later on, unless the client leaves first. What caller points to
 * has to live as long as the exchange; it itself is copied.
 */
DUET_CHECK bool duet_gate_pass(const struct duet_gate *gate,
			       const struct duet_gate_caller *caller);

#endif
