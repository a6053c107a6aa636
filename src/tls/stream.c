/* SPDX-License-Identifier: MIT */
/*
 * The application's side of an engine: handshake, read, write, close. Each is
 * a step that never waits, taken again for as long as an attached socket gives
 * or takes what was wanted.
 *
 * SSL_get_error(3) wants OpenSSL's error queue empty before the call that it
 * is asked about: it is when a call of ours begins (cert/ossl.h), and whoever
 * takes a second step clears it in between.
 */
#include <openssl/ssl.h>

#include <duet/tls.h>

#include "base/error.h"
#include "cert/ossl.h"
#include "tls/early.h"
#include "tls/engine_int.h"
#include "tls/explain.h"
#include "tls/revocation.h"

enum {
	ALERT_BYTES = 128,
	TLS_HEADER_BYTES = 5,
};

/* The failure there has been, of all or of writing, once more. */
static int repeat(const struct duet_tls *tls, struct duet_error *err)
{
	int code = tls->failed != DUET_OK ? tls->failed : tls->write_end;

	if (tls->failure != NULL)
		return duet_error_copy(err, tls->failure);
	return duet_error_set(err, code,
			      "the connection has failed before (%s)",
			      duet_status_name(code));
}

static bool can_write(const struct duet_tls *tls)
{
	return tls->failed == DUET_OK && tls->write_end == DUET_OK;
}

static int fail_nomem(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;

	(void)duet_error_nomem(&why);
	return duet_tls_fail(tls, &why, err);
}

static void note_end(struct duet_tls *tls)
{
	if (tls->cut == DUET_CUT_NONE)
		tls->cut = tls->wire->end_errno == 0 ? DUET_CUT_FIN
						     : DUET_CUT_RESET;
}

/* The wire has ended and nothing on it is unread. */
static int end_of_wire(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;

	note_end(tls);
	if (!tls->open) {
		(void)duet_explain_early_end(tls, &why);
		return duet_tls_fail(tls, &why, err);
	}
	if (tls->wire->end_errno == 0 &&
	    tls->config->closure == DUET_CLOSE_LENIENT) {
		tls->read_end = DUET_EOF;
		return DUET_EOF;
	}
	tls->read_end = DUET_E_TRUNCATED;
	return duet_explain_truncation(tls, err);
}

/*
 * The single place where OpenSSL's "not yet", "over" and "failed" become ours.
 * result is what the call gave, below 1.
 */
static int translate(struct duet_tls *tls, int result, struct duet_error *err)
{
	struct duet_error why;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		if (tls->wire->ended && duet_wire_unread(tls->wire) == 0)
			return end_of_wire(tls, err);
		return DUET_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return DUET_WANT_WRITE;
	case SSL_ERROR_WANT_RETRY_VERIFY:
		return DUET_WANT_CRL;
	case SSL_ERROR_ZERO_RETURN:
		if (!tls->open) {
			(void)duet_explain_early_end(tls, &why);
			return duet_tls_fail(tls, &why, err);
		}
		tls->read_end = DUET_EOF;
		return DUET_EOF;
	default:
		break;
	}
	if (tls->wire->nomem)
		return fail_nomem(tls, err);
	(void)duet_explain_failure(tls, &why);
	return duet_tls_fail(tls, &why, err);
}

/* A record begins with a type below 32 (RFC 8446 s5.1); text does not. The
 * first byte of an SSL 2 hello is above 127, and OpenSSL's to refuse. */
static bool looks_like_text(const struct duet_wire *wire)
{
	return wire->n_head > 0 && wire->head[0] >= 0x20 &&
	       wire->head[0] < 0x80 &&
	       (wire->n_head >= TLS_HEADER_BYTES || wire->ended);
}

static int step_handshake(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;
	int result;

	if (looks_like_text(tls->wire)) {
		(void)duet_explain_not_tls(tls, &why);
		return duet_tls_fail(tls, &why, err);
	}
	/* OpenSSL would verify the whole chain again only to wait again. */
	if (duet_revocation_waits(tls))
		return DUET_WANT_CRL;
	result = SSL_do_handshake(tls->ssl);
	if (result != 1)
		return translate(tls, result, err);
	tls->open = true;
	return DUET_OK;
}

static int step_read(struct duet_tls *tls, void *buf, size_t cap, size_t *ret_n,
		     struct duet_error *err)
{
	int result;

	if (!tls->open) {
		int rc = step_handshake(tls, err);

		if (rc != DUET_OK)
			return rc;
		duet_ossl_queue_clear();
	}
	result = SSL_read_ex(tls->ssl, buf, cap, ret_n);
	return result == 1 ? DUET_OK : translate(tls, result, err);
}

/* What came before the reset may be the answer, and is still to be read. */
static int fail_gone(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_error why;

	(void)duet_explain_gone(tls, tls->wire->end_errno, &why);
	duet_tls_end_writing(tls, &why);
	return repeat(tls, err);
}

/* A write is never begun that could not be finished: OpenSSL would insist on
 * being given the same bytes again. */
static int step_write(struct duet_tls *tls, const uint8_t *data, size_t len,
		      size_t *ret_n, struct duet_error *err)
{
	size_t chunk = len < DUET_WIRE_RECORD ? len : DUET_WIRE_RECORD;
	int result;
	int rc;

	if (!tls->open) {
		rc = step_handshake(tls, err);
		if (rc != DUET_OK)
			return rc;
		duet_ossl_queue_clear();
	}
	if (!can_write(tls))
		return repeat(tls, err);
	if (tls->wire->ended && tls->wire->end_errno != 0)
		return fail_gone(tls, err);
	rc = duet_wire_make_room(tls->wire, chunk + DUET_WIRE_OVERHEAD);
	if (rc == DUET_E_NOMEM)
		return fail_nomem(tls, err);
	if (rc != DUET_OK)
		return rc;
	result = SSL_write_ex(tls->ssl, data, chunk, ret_n);
	return result == 1 ? DUET_OK : translate(tls, result, err);
}

/*
 * Try again for as long as the attached socket, if there is one, gives or
 * takes what was wanted.
 */
static bool goes_on(struct duet_tls *tls, int *rc, struct duet_error *err)
{
	if (tls->fd < 0 || *rc <= 0 || *rc == DUET_EOF || *rc == DUET_WANT_CRL)
		return false;
	*rc = duet_attach_pump(tls, *rc, err);
	duet_ossl_queue_clear();
	return *rc == DUET_OK;
}

int duet_tls_handshake(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc = DUET_OK;

	if (tls->failed != DUET_OK)
		return repeat(tls, err);
	if (tls->open && tls->fd < 0)
		return DUET_OK;
	duet_ossl_queue_save(&queue);
	duet_attach_begin(tls);
	if (!tls->open)
		do
			rc = step_handshake(tls, err);
		while (goes_on(tls, &rc, err));
	rc = duet_attach_finish(tls, rc, err);
	if (rc == DUET_OK)
		rc = duet_attach_flush(tls, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

int duet_tls_read(struct duet_tls *tls, void *buf, size_t cap, size_t *ret_n,
		  struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	*ret_n = 0;
	if (tls->failed != DUET_OK)
		return repeat(tls, err);
	if (tls->read_end == DUET_EOF)
		return DUET_EOF;
	if (tls->read_end != 0)
		return duet_explain_truncation(tls, err);
	if (cap == 0)
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "there is no room to read into");
	/* Who reads until there is nothing asks once too often each time. */
	if (tls->open && tls->fd < 0 && !tls->wire->ended &&
	    !duet_tls_pending(tls))
		return DUET_WANT_READ;
	duet_ossl_queue_save(&queue);
	duet_attach_begin(tls);
	do
		rc = step_read(tls, buf, cap, ret_n, err);
	while (goes_on(tls, &rc, err));
	rc = duet_attach_finish(tls, rc, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

/* As many records as fit, for one send. */
static int fill_output(struct duet_tls *tls, const uint8_t *data, size_t len,
		       size_t *ret_n, struct duet_error *err)
{
	size_t n = 0;
	int rc = DUET_OK;

	duet_wire_expect(tls->wire, len);
	while (*ret_n < len) {
		rc = step_write(tls, data + *ret_n, len - *ret_n, &n, err);
		if (rc != DUET_OK)
			break;
		*ret_n += n;
		if (*ret_n < len)
			duet_ossl_queue_clear();
	}
	return rc > 0 && *ret_n > 0 ? DUET_OK : rc;
}

int duet_tls_write(struct duet_tls *tls, const void *buf, size_t len,
		   size_t *ret_n, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	*ret_n = 0;
	if (!can_write(tls))
		return repeat(tls, err);
	if (tls->closing)
		return duet_error_set(err, DUET_E_STATE,
				      "nothing can be written after close: close_notify has been sent");
	duet_ossl_queue_save(&queue);
	duet_attach_begin(tls);
	if (len == 0) {
		rc = duet_attach_flush(tls, err);
	} else {
		do
			rc = fill_output(tls, buf, len, ret_n, err);
		while (goes_on(tls, &rc, err));
		rc = duet_attach_finish(tls, rc, err);
	}
	if (rc >= 0 && !can_write(tls))
		rc = repeat(tls, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

/* In one piece: what the network has not taken it has not seen. */
static int write_early(struct duet_tls *tls, const void *buf, size_t len,
		       struct duet_error *err)
{
	size_t n = 0;
	int result;

	if (duet_wire_make_room(tls->wire, len + DUET_WIRE_OVERHEAD) != DUET_OK)
		return fail_nomem(tls, err);
	result = SSL_write_early_data(tls->ssl, buf, len, &n);
	if (result != 1)
		return translate(tls, result, err);
	tls->early_sent = true;
	return DUET_OK;
}

int duet_tls_early_write(struct duet_tls *tls, const void *buf, size_t len,
			 struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	if (tls->failed != DUET_OK)
		return repeat(tls, err);
	if (len == 0 || len > duet_tls_early_room(tls))
		return duet_error_set(err, DUET_E_STATE,
				      "there is no session that allows %zu bytes of early data",
				      len);
	duet_ossl_queue_save(&queue);
	rc = write_early(tls, buf, len, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}

/*
 * OpenSSL sends nothing while half a message of the handshake's kind has come:
 * a ticket in two records, or one byte of a KeyUpdate. The rest is waited for,
 * and application data is left where it is. DUET_OK: close_notify can go.
 */
static int finish_message(struct duet_tls *tls, struct duet_error *err)
{
	char byte;
	size_t n;
	int result;
	int rc;

	if (SSL_in_init(tls->ssl) == 0)
		return DUET_OK;
	duet_ossl_queue_clear();
	result = SSL_peek_ex(tls->ssl, &byte, 1, &n);
	if (SSL_in_init(tls->ssl) == 0)
		return DUET_OK;
	rc = result == 1 ? DUET_EOF : translate(tls, result, err);
	/* It never comes. */
	return rc == DUET_EOF || rc == DUET_E_TRUNCATED ? fail_gone(tls, err)
							: rc;
}

static int step_close(struct duet_tls *tls, struct duet_error *err)
{
	int result;
	int rc;

	if (!can_write(tls))
		return repeat(tls, err);
	if (tls->closing)
		return DUET_OK;
	rc = finish_message(tls, err);
	if (rc != DUET_OK)
		return rc;
	rc = duet_wire_make_room(tls->wire, ALERT_BYTES);
	if (rc == DUET_E_NOMEM)
		return fail_nomem(tls, err);
	if (rc != DUET_OK)
		return rc;
	duet_ossl_queue_clear();
	result = SSL_shutdown(tls->ssl);
	if (result < 0)
		return translate(tls, result, err);
	tls->closing = true;
	return DUET_OK;
}

int duet_tls_close(struct duet_tls *tls, struct duet_error *err)
{
	struct duet_ossl_queue queue;
	int rc;

	if (!can_write(tls))
		return repeat(tls, err);
	if (!tls->open)
		return duet_error_set(err, DUET_E_STATE,
				      "there is nothing to close before the handshake is done");
	duet_ossl_queue_save(&queue);
	duet_attach_begin(tls);
	do
		rc = step_close(tls, err);
	while (goes_on(tls, &rc, err));
	rc = duet_attach_finish(tls, rc, err);
	if (rc == DUET_OK)
		rc = duet_attach_flush(tls, err);
	if (rc >= 0 && !can_write(tls))
		rc = repeat(tls, err);
	duet_ossl_queue_restore(&queue);
	return rc;
}
