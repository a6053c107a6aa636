/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* SOCK_CLOEXEC, MAP_ANONYMOUS */
#include "support/h2_stub.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <duet/http.h>

#include "support/certs.h"

enum {
	STREAMS_MAX = 256,
};

struct answer {
	uint64_t stream; /* 0: this place is free */
	size_t left;
	size_t cut_at; /* what is left then */
	bool die;
};

struct talk {
	struct h2_stub *stub;
	struct duet_conn *conn;
	struct answer answers[STREAMS_MAX];
	int fd;
	bool over;
};

static char bytes[16384];

static void begin(struct talk *talk, uint64_t stream, const char *target)
{
	struct answer *answer = talk->answers;
	char *rest;
	size_t n = strtoul(target + 1, &rest, 10);

	talk->stub->seen->requests++;
	while (answer->stream != 0)
		answer++;
	if (rest == target + 1)
		return; /* "/wait" */
	*answer = (struct answer){ .stream = stream, .left = n };
	if (strcmp(rest, "/cut") == 0 || strcmp(rest, "/die") == 0)
		answer->cut_at = n / 2;
	answer->die = strcmp(rest, "/die") == 0;
	if (duet_conn_reply(talk->conn, stream,
			    DUET_HEAD(.status = 200,
				      .content_length = (int64_t)n),
			    NULL) != DUET_OK)
		answer->stream = 0;
}

/* What there is room for; false: it is over. */
static bool go_on(struct talk *talk, struct answer *answer)
{
	size_t n = answer->left - answer->cut_at;
	size_t taken = 0;

	if (n > sizeof(bytes))
		n = sizeof(bytes);
	if (n > 0 && duet_conn_send_data(talk->conn, answer->stream, bytes, n,
					 &taken, NULL) < 0)
		return false;
	answer->left -= taken;
	if (answer->left > answer->cut_at)
		return true;
	if (answer->die)
		talk->over = true;
	if (answer->cut_at > 0)
		duet_conn_send_abort(talk->conn, answer->stream);
	else if (duet_conn_send_end(talk->conn, answer->stream, NULL, NULL) < 0)
		return false;
	return false;
}

static bool send_all(struct talk *talk)
{
	struct duet_bytes out;
	bool moved = false;
	ssize_t n;

	while ((out = duet_conn_send_bytes(talk->conn)).len > 0) {
		n = send(talk->fd, out.data, out.len, MSG_NOSIGNAL);
		if (n <= 0) {
			talk->over = true;
			return false;
		}
		duet_conn_send_done(talk->conn, (size_t)n);
		moved = true;
	}
	return moved;
}

static void push_all(struct talk *talk)
{
	size_t i;

	do {
		for (i = 0; i < STREAMS_MAX && !talk->over; i++) {
			struct answer *answer = &talk->answers[i];

			if (answer->stream == 0 || go_on(talk, answer))
				continue;
			duet_conn_done(talk->conn, answer->stream);
			answer->stream = 0;
		}
	} while (!talk->over && send_all(talk));
}

static void on_event(struct talk *talk, const struct duet_event *event)
{
	size_t i;

	if (event->type == DUET_EV_HEAD)
		begin(talk, event->stream, event->head->target);
	if (event->type == DUET_EV_CLOSED)
		talk->over = true;
	if (event->type != DUET_EV_CANCELLED)
		return;
	talk->stub->seen->cancelled++;
	for (i = 0; i < STREAMS_MAX; i++)
		if (talk->answers[i].stream == event->stream)
			talk->answers[i].stream = 0;
	duet_conn_done(talk->conn, event->stream);
}

static void receive(struct talk *talk)
{
	struct duet_room room = { NULL, 0 };
	ssize_t n;

	if (duet_conn_recv_room(talk->conn, &room) < 0 || room.len == 0) {
		talk->over = true; /* all has been sent: there must be room */
		return;
	}
	n = recv(talk->fd, room.data, room.len, 0);
	if (n > 0)
		duet_conn_recv_done(talk->conn, (size_t)n);
	else
		talk->over = true;
}

static void talk_to(struct talk *talk)
{
	const struct linger now = { 1, 0 };
	struct duet_event event;

	while (!talk->over) {
		duet_conn_now(talk->conn, 0);
		event = (struct duet_event){ .size = sizeof(event) };
		while (duet_conn_next(talk->conn, &event, NULL) !=
			       DUET_WANT_READ &&
		       !talk->over)
			on_event(talk, &event);
		push_all(talk);
		if (!talk->over)
			receive(talk);
	}
	(void)setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(talk->fd);
	duet_conn_free(talk->conn);
}

static void serve(struct h2_stub *stub, struct duet_config *server,
		  uint32_t streams)
{
	int fd;

	while ((fd = accept(stub->fd, NULL, NULL)) >= 0) {
		struct talk talk = { .stub = stub, .fd = fd };

		stub->seen->connections++;
		talk.conn =
			duet_conn_server(duet_tls_server(server, NULL),
					 DUET_LIMITS(.streams = streams), NULL);
		if (talk.conn != NULL)
			talk_to(&talk);
	}
}

static void listen_to(struct h2_stub *stub)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	stub->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (stub->fd < 0 ||
	    bind(stub->fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(stub->fd, 16) != 0 ||
	    getsockname(stub->fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	stub->port = ntohs(address.sin_port);
}

void h2_stub_start(struct h2_stub *stub, uint32_t streams)
{
	static const char *const alpn[] = { "h2", "http/1.1", NULL };
	struct mint *root = mint_new(NULL, MINT(.cn = "H2 Root", .ca = true));
	struct mint *leaf =
		mint_new(root,
			 MINT(.cn = "stub", .names = "localhost,IP:127.0.0.1"));
	struct duet_identity *identity =
		duet_identity_new(DUET_IDENTITY(.cert_pem = duet_str(
							leaf->cert_pem),
						.key_pem = duet_str(
							leaf->key_pem)),
				  NULL);
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_pem = duet_str(root->cert_pem)),
			       NULL);
	struct duet_config *server =
		duet_config_server(DUET_SERVER_CONFIG(.identities = &identity,
						      .n_identities = 1,
						      .alpn = alpn),
				   NULL);

	listen_to(stub);
	stub->client = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust,
							     .alpn = alpn),
					  NULL);
	stub->seen = mmap(NULL, sizeof(*stub->seen), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (server == NULL || stub->client == NULL || stub->seen == MAP_FAILED)
		abort();
	stub->pid = fork();
	if (stub->pid == 0) {
		serve(stub, server, streams);
		_exit(0);
	}
	if (stub->pid < 0)
		abort();
	duet_config_release(server);
	duet_identity_release(identity);
	duet_trust_release(trust);
	mint_free(leaf);
	mint_free(root);
}

void h2_stub_stop(struct h2_stub *stub)
{
	(void)kill(stub->pid, SIGKILL);
	(void)waitpid(stub->pid, NULL, 0);
	(void)close(stub->fd);
	(void)munmap(stub->seen, sizeof(*stub->seen));
	duet_config_release(stub->client);
}
