/* SPDX-License-Identifier: MIT */
/*
 * support/h2_stub.h - a server of HTTP/2 in a process of its own, so that what
 * a test does to its own memory is not done to it.
 *
 * It answers "/N" with N bytes, "/N/cut" with a reset after half of them,
 * "/N/die" by resetting the whole connection after half of them, and "/wait"
 * never.
 */
#ifndef DUET_TESTS_H2_STUB_H
#define DUET_TESTS_H2_STUB_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdint.h>

#include <duet/tls.h>

struct h2_stub {
	uint16_t port;
	struct duet_config *client; /* believes it, and offers h2 */
	struct h2_stub_seen {
		atomic_int connections;
		atomic_int requests;
		atomic_int cancelled; /* streams that the client reset */
	} * seen;                     /* shared memory */
	pid_t pid;
	int fd;
};

/* streams: that it allows at once; 0: 100. */
void h2_stub_start(struct h2_stub *stub, uint32_t streams);
void h2_stub_stop(struct h2_stub *stub);

#endif
