/* SPDX-License-Identifier: MIT */
/*
 * One failure: whose, and what to do. A row for each status, and a function
 * where more than the status decides.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "explain/judge_int.h"

typedef void judge_fn(const struct duet_explain_facts *facts,
		      const struct duet_error *err,
		      struct duet_explain_finding *ret);

struct row {
	int code;
	enum duet_explain_side side;
	const char *whose;
	const char *remedy;
	judge_fn *more; /* or NULL */
};

static void judge_connect(const struct duet_explain_facts *facts,
			  const struct duet_error *err,
			  struct duet_explain_finding *ret)
{
	(void)facts;
	if (err->sys == ECONNREFUSED) {
		ret->side = DUET_EXPLAIN_SERVER;
		duet_explain_whose(ret,
				   "the machine is there and refuses: nobody listens on this port");
		duet_explain_remedy(ret,
				    "start the server, or ask the port that it listens on");
	} else if (err->sys == ENETUNREACH || err->sys == EHOSTUNREACH) {
		ret->side = DUET_EXPLAIN_BETWEEN;
		duet_explain_whose(ret, "no way leads there from here");
		duet_explain_remedy(ret,
				    "look at the network of this machine; -4 or -6 asks by the other kind of address");
	}
}

static void judge_timeout(const struct duet_explain_facts *facts,
			  const struct duet_error *err,
			  struct duet_explain_finding *ret)
{
	(void)err;
	if (facts->connected_us < 0) {
		duet_explain_whose(ret,
				   "nothing came back at all: a machine that is off, or a firewall that drops");
		duet_explain_remedy(ret,
				    "ask from another network; if that works, look for a firewall near this one");
	} else if (facts->handshake_us < 0) {
		duet_explain_whose(ret,
				   "the connection was accepted, and no TLS came: a server that hangs or is overloaded, a port without TLS, or something between that swallows it");
		duet_explain_remedy(ret,
				    "look at the server's load and log; ask from another network");
	} else {
		ret->side = DUET_EXPLAIN_SERVER;
		duet_explain_whose(ret,
				   "TLS is in order; what is behind it does not answer a HEAD request");
		duet_explain_remedy(ret,
				    "look at the application behind the server");
	}
}

static void judge_version(const struct duet_explain_facts *facts,
			  const struct duet_error *err,
			  struct duet_explain_finding *ret)
{
	(void)err;
	if (facts->old_refused_us &&
	    facts->versions[1].taken == DUET_EXPLAIN_YES) {
		ret->side = DUET_EXPLAIN_CALLER;
		duet_explain_whose(ret,
				   "it takes TLS 1.2, and --min-tls asks for 1.3");
		duet_explain_remedy(ret,
				    "leave --min-tls out, or have TLS 1.3 turned on at the server");
		return;
	}
	if (facts->versions[2].taken == DUET_EXPLAIN_YES ||
	    facts->versions[3].taken == DUET_EXPLAIN_YES)
		duet_explain_whose(ret,
				   "it takes nothing newer than %s, retired since 2021 (RFC 8996)",
				   facts->versions[2].taken == DUET_EXPLAIN_YES
					   ? "TLS 1.1"
					   : "TLS 1.0");
}

/* The connection that believed anybody also took old ciphers. */
static void judge_cipher(const struct duet_explain_facts *facts,
			 const struct duet_error *err,
			 struct duet_explain_finding *ret)
{
	(void)err;
	if (facts->asked_unverified && facts->cipher[0] != '\0')
		duet_explain_whose(ret,
				   "it takes no cipher, group or signature that is safe; where old ones were offered too, it took %s",
				   facts->cipher);
}

static void judge_client_cert(const struct duet_explain_facts *facts,
			      const struct duet_error *err,
			      struct duet_explain_finding *ret)
{
	(void)err;
	if (!facts->own_cert)
		return;
	duet_explain_whose(ret, "it does not take the one of --cert");
	duet_explain_remedy(ret,
			    "see by which CA it should be issued, and whether it has expired: duet cert show FILE; the server's log says more");
}

/* Of what could be built, or else of what was sent. */
static const struct duet_explain_cert *last_of(
	const struct duet_explain_facts *facts)
{
	const struct duet_explain_chain *chain =
		facts->path.n > 0 ? &facts->path : &facts->sent;

	return chain->n > 0 ? &chain->certs[chain->n - 1] : NULL;
}

/* It may be the root that is unknown, or one in between that is missing: the
 * certificate does not tell. */
static void doubt_gap(const struct duet_explain_facts *facts,
		      struct duet_explain_finding *ret)
{
	size_t n = facts->sent.n + facts->sent.more;
	char sent[64] = "its own certificate and no other";

	if (n > 1)
		(void)snprintf(sent, sizeof(sent),
			       "%zu certificates, and not that one", n);
	duet_explain_whose(ret,
			   "a CA that %s, or one in between that the server leaves out: it sent %s",
			   facts->own_anchors
				   ? "is not among those of --cacert and --capath"
				   : "this machine was not told of",
			   sent);
	duet_explain_remedy(ret,
			    "give the certificate of that CA with --cacert FILE, from a place you trust; or have the server send its whole chain (fullchain.pem)");
}

static void judge_untrusted(const struct duet_explain_facts *facts,
			    const struct duet_error *err,
			    struct duet_explain_finding *ret)
{
	const struct duet_explain_cert *last = last_of(facts);
	const char *maker =
		last != NULL ? duet_explain_interceptor(last->issuer) : NULL;

	(void)err;
	if (facts->fetch == DUET_EXPLAIN_FETCH_GOOD) {
		ret->side = DUET_EXPLAIN_SERVER;
		duet_explain_whose(ret,
				   "its chain has a gap: with '%s' from %s it is good",
				   facts->fetch_name, facts->fetch_url);
		duet_explain_remedy(ret,
				    "append that certificate to the server's chain file, and reload it");
	} else if (maker != NULL) {
		ret->side = DUET_EXPLAIN_BETWEEN;
		duet_explain_whose(ret,
				   "perhaps: that CA is called like those of %s, which looks into connections; the server itself may be in order",
				   maker);
		duet_explain_remedy(ret,
				    "ask from another network: with another issuer there, somebody looks into it here; then ask who runs this network for their CA, and give it with --cacert");
	} else if (last != NULL && !last->self_signed) {
		doubt_gap(facts, ret);
	} else if (facts->own_anchors && last != NULL) {
		duet_explain_whose(ret,
				   "the CA is not among those of --cacert and --capath: a wrong file here, or another certificate there than you expect");
		duet_explain_remedy(ret,
				    "compare with: duet cert show FILE; give the certificate of the CA that is named here");
	}
}

static void judge_no_issuer(const struct duet_explain_facts *facts,
			    const struct duet_error *err,
			    struct duet_explain_finding *ret)
{
	(void)err;
	switch (facts->fetch) {
	case DUET_EXPLAIN_FETCH_GOOD:
		duet_explain_whose(ret,
				   "it leaves out '%s'; with it, from %s, the chain is good",
				   facts->fetch_name, facts->fetch_url);
		duet_explain_remedy(ret,
				    "append that certificate to the server's chain file (fullchain.pem), and reload it; browsers that have met it before hide the mistake");
		break;
	case DUET_EXPLAIN_FETCH_BAD:
		duet_explain_whose(ret,
				   "even with '%s', from %s, no CA that is trusted here vouches for it",
				   facts->fetch_name, facts->fetch_url);
		break;
	case DUET_EXPLAIN_FETCH_FAILED:
		duet_explain_whose(ret,
				   "its certificate says where the missing one is (%s), but it could not be had there, so whether the chain would be good is not known",
				   facts->fetch_url);
		break;
	default:
		break;
	}
}

static void judge_dates(const struct duet_explain_facts *facts,
			const struct duet_error *err,
			struct duet_explain_finding *ret)
{
	(void)err;
	duet_explain_judge_dates(facts, ret);
	if (ret->side != DUET_EXPLAIN_HERE && facts->sent.n > 1 &&
	    facts->sent.certs[0].not_before <= facts->now &&
	    facts->sent.certs[0].not_after >= facts->now)
		duet_explain_remedy(ret,
				    "its own certificate is in time, one above is not: have the server send the chain that its CA gives out today; where that leads to a newer root, update the CA certificates here");
}

static void judge_name(const struct duet_explain_facts *facts,
		       const struct duet_error *err,
		       struct duet_explain_finding *ret)
{
	(void)err;
	duet_explain_remedy(ret,
			    "ask by a name it is for; or its keeper adds '%s' to the certificate, or shows another one for this name (SNI)",
			    facts->host);
}

static const char *reason_of(const char *reason)
{
	return reason[0] == '\0' || strcmp(reason, "unspecified") == 0
		       ? "no reason given"
		       : reason;
}

static void judge_revoked(const struct duet_explain_facts *facts,
			  const struct duet_error *err,
			  struct duet_explain_finding *ret)
{
	char when[DUET_TIME_TEXT_BYTES];
	size_t i;

	(void)err;
	for (i = 0; i < facts->n_revocation; i++) {
		if (facts->revocation[i].state != DUET_REVOCATION_REVOKED)
			continue;
		duet_time_text(when, facts->revocation[i].revoked_at);
		duet_explain_whose(ret, "its CA took it back on %s (%s)", when,
				   reason_of(facts->revocation[i].reason));
	}
}

static void judge_not_tls(const struct duet_explain_facts *facts,
			  const struct duet_error *err,
			  struct duet_explain_finding *ret)
{
	(void)err;
	if (facts->plain != DUET_EXPLAIN_PLAIN_ANSWER)
		return;
	duet_explain_whose(ret,
			   "the wrong port was asked, or TLS is not turned on for it; http:// there is answered with %d",
			   facts->plain_status);
}

static const struct row rows[] = {
	{ DUET_E_RESOLVE, DUET_EXPLAIN_UNCERTAIN,
	  "a name that is misspelt or gone, or the resolver of this machine",
	  "check its spelling; then: getent hosts NAME, here and elsewhere",
	  NULL },
	{ DUET_E_CONNECT, DUET_EXPLAIN_UNCERTAIN,
	  "nobody listens there, or a firewall is between",
	  "check that the server runs, and the port", judge_connect },
	{ DUET_E_TIMEOUT, DUET_EXPLAIN_UNCERTAIN, "", "", judge_timeout },
	{ DUET_E_PROXY, DUET_EXPLAIN_BETWEEN,
	  "the proxy did not let us through, so nothing is known of the server",
	  "see --proxy and --proxy-user, or the variables *_proxy; --noproxy HOST goes without",
	  NULL },
	{ DUET_E_NOT_TLS, DUET_EXPLAIN_UNCERTAIN,
	  "the wrong port was asked, or TLS is not turned on for it",
	  "ask the port that TLS is on (443), or turn TLS on for this one",
	  judge_not_tls },
	{ DUET_E_TLS_VERSION, DUET_EXPLAIN_SERVER,
	  "it takes no version of TLS that is safe",
	  "turn on TLS 1.2 and 1.3 at the server, and the others off",
	  judge_version },
	{ DUET_E_TLS_CIPHER, DUET_EXPLAIN_SERVER,
	  "it takes no cipher, group or signature that is safe",
	  "give the server Mozilla's intermediate list of ciphers, and a certificate for RSA or ECDSA P-256",
	  judge_cipher },
	{ DUET_E_CLIENT_CERT, DUET_EXPLAIN_CALLER,
	  "it lets in those only who have a certificate from its CA",
	  "give yours with --cert FILE --key FILE; who runs the server issues it",
	  judge_client_cert },
	{ DUET_E_SERVER_NAME, DUET_EXPLAIN_SERVER,
	  "it has no site of this name; the name may lead to the wrong machine",
	  "check the name, and where it leads; or add the site at the server",
	  NULL },
	{ DUET_E_TLS, DUET_EXPLAIN_UNCERTAIN,
	  "the server, or something between that does not like what it sees",
	  "ask from another network; if it is the same there, the server's log says why",
	  NULL },
	{ DUET_E_UNTRUSTED, DUET_EXPLAIN_UNCERTAIN,
	  "a private CA that this machine was not told of, or a server that nobody should believe",
	  "if the CA is yours, fetch its certificate from a place you trust, and give it with --cacert FILE; otherwise the server needs one of a public CA",
	  judge_untrusted },
	{ DUET_E_SELF_SIGNED, DUET_EXPLAIN_SERVER,
	  "its certificate is its own word, which anybody could give",
	  "for the public: have a CA issue one (ACME is free of charge); for yourself: compare its SHA-256, and give it with --cacert FILE",
	  NULL },
	{ DUET_E_NO_ISSUER, DUET_EXPLAIN_SERVER,
	  "it must send all certificates between its own and the root",
	  "append the intermediate to the server's chain file (fullchain.pem), and reload it",
	  judge_no_issuer },
	{ DUET_E_NAME, DUET_EXPLAIN_SERVER,
	  "another certificate than for this name, or the name leads elsewhere than you think",
	  "", judge_name },
	{ DUET_E_EXPIRED, DUET_EXPLAIN_SERVER, "",
	  "renew the certificate at the server, and reload it: many renew it and forget that",
	  judge_dates },
	{ DUET_E_NOT_YET_VALID, DUET_EXPLAIN_SERVER, "",
	  "wait, or have one issued that is valid now; check the clock of who issued it",
	  judge_dates },
	{ DUET_E_REVOKED, DUET_EXPLAIN_SERVER, "its CA has taken it back",
	  "have a new certificate issued, with a new key if the old one may be known; until then nobody should go there",
	  judge_revoked },
	{ DUET_E_NO_CRL, DUET_EXPLAIN_UNCERTAIN,
	  "its CA's list of revoked certificates cannot be used, and you have asked for it",
	  "try again later, or give the current one with --crl; with --revocation soft it is told and not refused",
	  NULL },
	{ DUET_E_PURPOSE, DUET_EXPLAIN_SERVER,
	  "it was issued for another use than this",
	  "have one issued with the use \"TLS Web Server Authentication\"",
	  NULL },
	{ DUET_E_WEAK, DUET_EXPLAIN_SERVER,
	  "what it was made with can be broken today",
	  "have a new one issued: ECDSA P-256 or RSA of 2048 bits, with SHA-256",
	  NULL },
	{ DUET_E_CERTIFICATE, DUET_EXPLAIN_SERVER,
	  "its certificate is not one that a client may take",
	  "have it issued anew, by a CA that may", NULL },
	{ DUET_E_PIN, DUET_EXPLAIN_UNCERTAIN,
	  "the server has a new key and you were not told, or somebody is between",
	  "ask who runs the server, by another way, for the new pin", NULL },
	{ DUET_E_STAPLE, DUET_EXPLAIN_SERVER,
	  "its certificate demands a staple, and the server gives none",
	  "turn on OCSP stapling at the server (ssl_stapling on), or have a certificate issued without must-staple",
	  NULL },
	{ DUET_E_HTTP, DUET_EXPLAIN_SERVER, "TLS is in order; its HTTP is not",
	  "look at the server, or at what stands before it", NULL },
	{ DUET_E_TRUNCATED, DUET_EXPLAIN_UNCERTAIN,
	  "the server ended it too early, or somebody between did",
	  "try again; if it stays so, look at the server's log", NULL },
	{ DUET_E_GONE, DUET_EXPLAIN_UNCERTAIN,
	  "the server went away, or somebody between ended the connection",
	  "try again; if it stays so, ask from another network", NULL },
	{ DUET_E_LIMIT, DUET_EXPLAIN_SERVER,
	  "it sends more than anybody should",
	  "look at the server, or at what stands before it", NULL },
	{ DUET_E_SYSTEM, DUET_EXPLAIN_HERE,
	  "the system of this machine refused it",
	  "see what the sentence names: permissions, an interface, a limit",
	  NULL },
	{ DUET_OK, DUET_EXPLAIN_UNCERTAIN, "nothing more is known of it",
	  "ask again with -v, which tells of each connection", NULL },
};

static const struct row *find(int code)
{
	const struct row *row = rows;

	while (row->code != DUET_OK && row->code != code)
		row++;
	return row;
}

/* What we refuse is the proxy itself, if it is for its certificate. */
static void judge_proxy(const struct duet_error *err,
			struct duet_explain_finding *ret)
{
	const struct row *row = find(DUET_E_PROXY);

	ret->side = row->side;
	duet_explain_whose(ret, "%s", row->whose);
	duet_explain_remedy(ret, "%s", row->remedy);
	if (!duet_explain_is_about_certificate(err->code))
		return;
	duet_explain_whose(ret,
			   "it is the certificate of the proxy that is refused, so nothing is known of the server");
	duet_explain_remedy(ret,
			    "if you trust that proxy, give the certificate of its CA with --proxy-cacert FILE; --noproxy HOST goes without");
}

void duet_explain_judge_fault(const struct duet_explain_facts *facts,
			      const struct duet_error *err,
			      struct duet_explain_finding *ret)
{
	const struct row *row = find(err->code);

	memset(ret, 0, sizeof(*ret));
	ret->level = DUET_EXPLAIN_FAULT;
	ret->code = err->code;
	ret->side = row->side;
	duet_explain_cause(ret->what, sizeof(ret->what), err->text);
	duet_explain_whose(ret, "%s", row->whose);
	duet_explain_remedy(ret, "%s", row->remedy);
	if (duet_explain_is_about_proxy(ret->what))
		judge_proxy(err, ret);
	else if (row->more != NULL)
		row->more(facts, err, ret);
}
