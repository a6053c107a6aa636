/* SPDX-License-Identifier: MIT */
/* Both ends in memory, a few bytes at a time: no socket, thread or clock. */
#include <stdio.h>
#include <string.h>

#include <duet/cert.h>
#include <duet/http.h>

static bool move(struct duet_conn *from, struct duet_conn *to, size_t step)
{
	struct duet_bytes bytes = duet_conn_send_bytes(from);
	struct duet_room room;
	size_t n = bytes.len < step ? bytes.len : step;

	if (n == 0 || duet_conn_recv_room(to, &room) != DUET_OK)
		return false;
	n = n < room.len ? n : room.len;
	memcpy(room.data, bytes.data, n);
	duet_conn_recv_done(to, n);
	duet_conn_send_done(from, n);
	return n > 0;
}

static int reply(struct duet_conn *server, uint64_t stream,
		 struct duet_error *err)
{
	size_t taken;
	int rc = duet_conn_reply(server, stream,
				 DUET_HEAD(.status = 200, .content_length = 6),
				 err);

	if (rc == DUET_OK)
		rc = duet_conn_send_data(server, stream, "hello\n", 6, &taken,
					 err);
	return rc == DUET_OK ? duet_conn_send_end(server, stream, NULL, err)
			     : rc;
}

/* 1 when the reply has come whole, 0 when not yet, < 0 when something broke. */
static int look(struct duet_conn *conn, bool is_server, struct duet_error *err)
{
	struct duet_event event = { .size = sizeof(event) };
	int rc;

	while ((rc = duet_conn_next(conn, &event, err)) == DUET_OK) {
		if (event.type == DUET_EV_DATA)
			printf("%.*s", (int)event.data.len,
			       (const char *)event.data.data);
		if (event.type != DUET_EV_END)
			continue;
		printf("%s: whole by %s\n", is_server ? "request" : "reply",
		       duet_evidence_name(event.evidence));
		if (!is_server)
			return 1;
		if ((rc = reply(conn, event.stream, err)) < 0)
			return rc;
	}
	return rc < 0 ? rc : 0;
}

static int converse(struct duet_conn *client, struct duet_conn *server,
		    struct duet_error *err)
{
	const struct duet_header headers[] = { { "Host", "localhost" },
					       { NULL, NULL } };
	uint64_t stream;
	int rc = duet_conn_request(client,
				   DUET_HEAD(.method = "GET", .target = "/",
					     .headers = headers),
				   &stream, err);

	while (rc == 0) {
		bool moved = move(client, server, 7);

		rc = look(server, true, err);
		moved |= move(server, client, 7);
		if (rc == 0)
			rc = look(client, false, err);
		if (rc == 0 && !moved)
			break; /* cannot happen: both wait */
	}
	return rc;
}

/* A certificate for the occasion, in memory too. */
static int make_pair(struct duet_conn **client, struct duet_conn **server,
		     struct duet_error *err)
{
	const char *const names[] = { "localhost", NULL };
	struct duet_key *key = duet_key_new(DUET_KEY_P256, err);
	struct duet_buffer cert = { NULL, 0 };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_identity *identity = NULL;
	struct duet_trust *trust = NULL;
	struct duet_config *ours = NULL;
	struct duet_config *theirs = NULL;

	if (key != NULL && duet_key_write(key, NULL, &pem, err) == DUET_OK &&
	    duet_cert_self_signed(key, DUET_CERT(.names = names), &cert, err) ==
		    DUET_OK) {
		const struct duet_bytes chain = { cert.data, cert.len };
		const struct duet_bytes secret = { pem.data, pem.len };

		identity = duet_identity_new(DUET_IDENTITY(.cert_pem = chain,
							   .key_pem = secret),
					     err);
		trust = duet_trust_new(DUET_TRUST(.ca_pem = chain), err);
	}
	if (identity != NULL && trust != NULL) {
		ours = duet_config_server(DUET_SERVER_CONFIG(.identities =
								     &identity,
							     .n_identities = 1),
					  err);
		theirs = duet_config_client(DUET_CLIENT_CONFIG(.trust = trust),
					    err);
	}
	if (ours != NULL && theirs != NULL) {
		*server =
			duet_conn_server(duet_tls_server(ours, err), NULL, err);
		*client = duet_conn_client(duet_tls_client(theirs, "localhost",
							   err),
					   NULL, err);
	}
	duet_config_release(ours);
	duet_config_release(theirs);
	duet_identity_release(identity);
	duet_trust_release(trust);
	duet_buffer_free(&cert);
	duet_buffer_free(&pem);
	duet_key_free(key);
	return *client != NULL && *server != NULL ? DUET_OK : err->code;
}

int main(void)
{
	struct duet_conn *client = NULL;
	struct duet_conn *server = NULL;
	struct duet_error err;
	int rc = make_pair(&client, &server, &err);

	if (rc == DUET_OK)
		rc = converse(client, server, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.text);
	duet_conn_free(client);
	duet_conn_free(server);
	return rc != 1;
}
