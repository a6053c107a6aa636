/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <duet/cert.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "explain/probe_int.h"

enum {
	CERT_MAX = 64 << 10, /* of a certificate that is fetched */
	FETCHES_MAX = 3,     /* intermediates above one another */
	LINE = 64,           /* of PEM */
};

/* Where somebody puts anchors of this machine: of Debian and of Fedora. */
static const char *const local_dirs[] = {
	"/usr/local/share/ca-certificates",
	"/etc/pki/ca-trust/source/anchors",
	NULL,
};

static bool append(struct duet_buffer *pem, const char *text, size_t len)
{
	char *data = duet_mem_alloc(pem->len + len + 1);

	if (data == NULL)
		return false;
	if (pem->len > 0)
		memcpy(data, pem->data, pem->len);
	memcpy(data + pem->len, text, len);
	data[pem->len + len] = '\0';
	len += pem->len;
	duet_buffer_free(pem);
	pem->data = data;
	pem->len = len;
	return true;
}

static bool append_der(struct duet_buffer *pem, struct duet_bytes der)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
	static const char end[] = "-----END CERTIFICATE-----\n";
	char *text = duet_mem_alloc(DUET_BASE64_BYTES(der.len));
	bool done = text != NULL;
	size_t len;
	size_t i;

	if (text == NULL)
		return false;
	duet_base64_encode(text, der);
	len = strlen(text);
	done = append(pem, begin, sizeof(begin) - 1);
	for (i = 0; done && i < len; i += LINE)
		done = append(pem, text + i, len - i < LINE ? len - i : LINE) &&
		       append(pem, "\n", 1);
	duet_mem_free(text);
	return done && append(pem, end, sizeof(end) - 1);
}

bool duet_explain_add_pem(struct duet_buffer *pem, struct duet_bytes cert)
{
	static const char mark[] = "-----BEGIN CERTIFICATE-----";
	struct duet_explain_chain one;

	if (!duet_explain_chain_read(&one, cert))
		return false;
	if (cert.len < sizeof(mark) - 1 ||
	    memcmp(cert.data, mark, sizeof(mark) - 1) != 0)
		return append_der(pem, cert);
	return append(pem, cert.data, cert.len);
}

static struct duet_bytes bytes_of(const struct duet_buffer *buffer)
{
	return (struct duet_bytes){ buffer->data, buffer->len };
}

/* Each time around the fault before is forgiven, as far as one can be. */
static bool forgive(struct duet_client_config *tls, int code)
{
	switch (code) {
	case DUET_E_EXPIRED:
	case DUET_E_NOT_YET_VALID:
		tls->insecure_any_time = true;
		return true;
	case DUET_E_NAME:
		tls->insecure_any_name = true;
		return true;
	default:
		return false;
	}
}

/* Whether a path that was refused for another reason leads to an anchor. */
static bool leads_on(const struct duet_explain_facts *facts, int code)
{
	const struct duet_explain_chain *path = &facts->path;

	return !duet_explain_lacks_anchor(code) &&
	       (path->n + path->more > facts->sent.n + facts->sent.more ||
		path->certs[path->n - 1].self_signed);
}

static int verify(const struct duet_explain_prober *prober,
		  const struct duet_client_config *tls, struct duet_bytes pem,
		  struct duet_error *err)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_buffer path = { NULL, 0 };
	struct duet_config *config = duet_config_client(tls, err);
	int rc;

	if (config == NULL)
		return err->code;
	rc = duet_config_verify(config, facts->host, pem, &path, err);
	duet_config_release(config);
	if (path.len > 0 &&
	    duet_explain_chain_read(&facts->path, bytes_of(&path)))
		facts->path_whole = rc == DUET_OK || leads_on(facts, rc);
	duet_buffer_free(&path);
	return rc;
}

static bool has_fault(const struct duet_explain_facts *facts, int code)
{
	size_t i;

	for (i = 0; i < facts->n_faults; i++)
		if (facts->faults[i].code == code)
			return true;
	return false;
}

static void add_fault(struct duet_explain_facts *facts,
		      const struct duet_error *err)
{
	if (duet_explain_is_about_certificate(err->code) &&
	    facts->n_faults < DUET_EXPLAIN_FAULTS_MAX &&
	    !has_fault(facts, err->code))
		facts->faults[facts->n_faults++] = *err;
}

/* All that is wrong with it; tls forgives what can be forgiven then. */
static int find_faults(const struct duet_explain_prober *prober,
		       struct duet_client_config *tls)
{
	struct duet_error err;
	int rc;

	do {
		rc = verify(prober, tls, bytes_of(&prober->chain_pem), &err);
		/* One that a connection has taken is in order. */
		if (rc < DUET_OK && prober->facts->error.code != DUET_OK)
			add_fault(prober->facts, &err);
	} while (rc != DUET_OK && forgive(tls, rc) &&
		 prober->facts->n_faults < DUET_EXPLAIN_FAULTS_MAX);
	return rc;
}

/* The certificate that issued the last one of the path, from where that says it
 * is. */
static bool fetch_issuer(struct duet_explain_prober *prober,
			 struct duet_buffer *pem)
{
	struct duet_explain_facts *facts = prober->facts;
	const struct duet_explain_chain *path = &facts->path;
	const struct duet_explain_ask ask = {
		.tls = &prober->tls,
		.url = facts->fetch_url,
		.method = "GET",
		.max_body = CERT_MAX,
		.plain = true,
		.fresh = true,
		.title = "the issuer's certificate",
	};
	struct duet_explain_visit visit;
	struct duet_explain_chain one;
	bool done = false;

	(void)snprintf(facts->fetch_url, sizeof(facts->fetch_url), "%s",
		       path->n > 0 ? path->certs[path->n - 1].issuer_url : "");
	if (facts->fetch_url[0] == '\0')
		return false;
	if (!duet_str_starts(facts->fetch_url, "http://")) {
		(void)snprintf(facts->fetch_words, sizeof(facts->fetch_words),
			       "it is not at an http:// address");
		return false;
	}
	if (!duet_explain_visit(prober, &ask, &visit)) {
		(void)snprintf(facts->fetch_words, sizeof(facts->fetch_words),
			       "there was no time left to fetch it");
		return false;
	}
	if (visit.error.code != DUET_OK)
		(void)snprintf(facts->fetch_words, sizeof(facts->fetch_words),
			       "%s", visit.error.text);
	else if (duet_response_status(visit.response) != 200)
		(void)snprintf(facts->fetch_words, sizeof(facts->fetch_words),
			       "the answer there is %d",
			       duet_response_status(visit.response));
	else if (!duet_explain_chain_read(&one, visit.body) ||
		 !duet_explain_add_pem(pem, visit.body))
		(void)snprintf(facts->fetch_words, sizeof(facts->fetch_words),
			       "what is there is not a certificate");
	else
		done = true;
	if (done && facts->fetch_name[0] == '\0')
		(void)snprintf(facts->fetch_name, sizeof(facts->fetch_name),
			       "%s", one.certs[0].name);
	duet_explain_visit_done(&visit);
	return done;
}

/* Would the chain be good with what was not sent? */
static void complete(struct duet_explain_prober *prober,
		     const struct duet_client_config *tls)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_buffer pem = { NULL, 0 };
	struct duet_error err;
	int rc = DUET_E_NO_ISSUER;
	int n;

	if (!append(&pem, prober->chain_pem.data, prober->chain_pem.len))
		return;
	for (n = 0; n < FETCHES_MAX && rc != DUET_OK; n++) {
		if (!fetch_issuer(prober, &pem)) {
			if (facts->fetch_url[0] != '\0' || n > 0)
				facts->fetch =
					n > 0 ? DUET_EXPLAIN_FETCH_BAD
					      : DUET_EXPLAIN_FETCH_FAILED;
			break;
		}
		facts->fetch = DUET_EXPLAIN_FETCH_BAD;
		rc = verify(prober, tls, bytes_of(&pem), &err);
		if (rc == DUET_OK)
			facts->fetch = DUET_EXPLAIN_FETCH_GOOD;
		else if (rc != DUET_E_NO_ISSUER && rc != DUET_E_UNTRUSTED)
			break;
	}
	duet_buffer_free(&pem);
}

void duet_explain_chain_probe(struct duet_explain_prober *prober)
{
	struct duet_explain_facts *facts = prober->facts;
	struct duet_client_config tls = prober->tls;
	int rc;

	if (!duet_explain_chain_read(&facts->sent,
				     bytes_of(&prober->chain_pem)))
		return;
	tls.revocation = DUET_REVOCATION_OFF;
	tls.pins = NULL;
	tls.n_pins = 0;
	/* What only a connection can show: pins, staples, fetched CRLs. */
	add_fault(facts, &facts->error);
	rc = find_faults(prober, &tls);
	if ((rc == DUET_E_NO_ISSUER || rc == DUET_E_UNTRUSTED) &&
	    !prober->options->no_fetch)
		complete(prober, &tls);
	if (facts->path_whole && facts->path.n > 0 && !facts->own_anchors)
		duet_explain_local_anchor(facts->anchor_file,
					  sizeof(facts->anchor_file),
					  facts->path.certs[facts->path.n - 1]
						  .sha256,
					  local_dirs);
}
