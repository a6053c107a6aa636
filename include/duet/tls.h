/* SPDX-License-Identifier: MIT */
/*
 * duet/tls.h - identity, trust, configuration, and the TLS engine.
 *
 * A struct duet_tls is one connection. It has no socket: bytes go in and come
 * out by the four wire calls, or it is attached to a socket of yours and does
 * the I/O itself. handshake, read, write and close are the same either way.
 *
 * Option structs: set .size (the DUET_... macros do), leave the rest zero.
 * All zero is the safe choice; whatever weakens it is named insecure_*.
 */
#ifndef DUET_TLS_H
#define DUET_TLS_H

#include <duet/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Immutable once made, counted atomically, shared freely between threads.
 * retain returns its argument; release(NULL) does nothing.
 */
struct duet_identity; /* a certificate chain and its private key */
struct duet_trust;    /* trust anchors and CRLs */
struct duet_config;   /* one side's settings */
struct duet_tls;      /* one connection; one thread at a time */

/*
 * Who we are. Exactly one source of the chain: PEM (leaf first, then its
 * issuers) from a file or memory, or PKCS#12 from a file or memory. For PEM, a
 * key that is not given is looked for beside the chain, in the same PEM.
 * Everything is copied. Fails with DUET_E_SYSTEM (cannot open), DUET_E_PEM,
 * DUET_E_PASSPHRASE, DUET_E_KEY_MISMATCH, DUET_E_ARGUMENT, DUET_E_NOMEM.
 */
struct duet_identity_source {
	size_t size;
	const char *cert_file;
	const char *key_file;
	struct duet_bytes cert_pem;
	struct duet_bytes key_pem;
	const char *p12_file;
	struct duet_bytes p12;
	const char *passphrase; /* of the key or the PKCS#12; NULL: none */
};
#define DUET_IDENTITY(...)                     \
	(&(const struct duet_identity_source){ \
		.size = sizeof(struct duet_identity_source), __VA_ARGS__ })

DUET_API DUET_CHECK struct duet_identity *duet_identity_new(
	const struct duet_identity_source *source, struct duet_error *err);
DUET_API struct duet_identity *duet_identity_retain(
	struct duet_identity *identity);
DUET_API void duet_identity_release(struct duet_identity *identity);

/*
 * Whom we believe. Nothing given means the system's trust anchors; with
 * anchors given the system's are left out unless add_system says otherwise.
 * CRLs add to whatever anchors there are: PEM or DER, from a file, from memory
 * (PEM), or every *.pem and *.crl of a directory, of which a *.pem that holds
 * other things is passed over. One bad block refuses the whole source. NULL is
 * the same as all zero. Fails as duet_identity_new().
 */
struct duet_trust_source {
	size_t size;
	const char *ca_file;
	struct duet_bytes ca_pem;
	const char *crl_file;
	const char *crl_dir;
	struct duet_bytes crl_pem;
	uint8_t add_system;
	/* Anchors too: of a directory as openssl-rehash(1) makes it those that
	 * are asked for; of any other each *.pem and *.crt. */
	const char *ca_dir;
};
#define DUET_TRUST(...)                     \
	(&(const struct duet_trust_source){ \
		.size = sizeof(struct duet_trust_source), __VA_ARGS__ })

DUET_API DUET_CHECK struct duet_trust *duet_trust_new(
	const struct duet_trust_source *source, struct duet_error *err);
DUET_API struct duet_trust *duet_trust_retain(struct duet_trust *trust);
DUET_API void duet_trust_release(struct duet_trust *trust);

/* What the end of the wire without close_notify means (RFC 8446 s6.1). */
enum duet_closure {
	DUET_CLOSE_FRAMED = 0,  /* HTTP: fine after a message known whole */
	DUET_CLOSE_STRICT = 1,  /* always DUET_E_TRUNCATED */
	DUET_CLOSE_LENIENT = 2, /* DUET_EOF; closed_cleanly still tells */
};

/* Whether CRLs are consulted (RFC 5280 s6.3). */
enum duet_crl_check {
	DUET_CRL_AUTO =
		0, /* whole chain if the trust holds a CRL; fail closed */
	DUET_CRL_CHAIN = 1, /* whole chain, always */
	DUET_CRL_LEAF = 2,  /* the peer's own certificate only */
	DUET_CRL_OFF = 3,
};

/*
 * Whether the certificates of a server were revoked, asked of the CRLs that
 * they name (RFC 5280 s4.2.1.13). OFF opens no connection of its own, and has
 * no opinion. Somebody has to fetch the lists for the others: struct
 * duet_client does, and who drives an engine is told which by DUET_WANT_CRL.
 * What a server staples (OCSP, RFC 6066 s8) costs nothing, so it is asked for
 * and looked at in each mode, and insisted on where its certificate says so
 * (RFC 7633).
 */
enum duet_revocation {
	DUET_REVOCATION_OFF = 0,
	DUET_REVOCATION_SOFT = 1, /* revoked fails; not known is told */
	DUET_REVOCATION_HARD = 2, /* both fail */
};

/* A client that resumes is let in for as long as its chain and the CRLs hold.
 */
enum duet_client_cert {
	DUET_CLIENT_CERT_NONE = 0,
	DUET_CLIENT_CERT_REQUEST = 1, /* none is fine; a bad one is not */
	DUET_CLIENT_CERT_REQUIRE = 2,
};

/* Which protocol settings: Mozilla's profiles of that name. */
enum duet_profile {
	DUET_PROFILE_INTERMEDIATE = 0, /* TLS 1.2 and 1.3 */
	DUET_PROFILE_MODERN = 1,       /* TLS 1.3 only */
};

enum duet_tls_version {
	DUET_TLS_ANY = 0, /* of the profile */
	DUET_TLS_1_0 = 10,
	DUET_TLS_1_1 = 11,
	DUET_TLS_1_2 = 12,
	DUET_TLS_1_3 = 13,
};

/* Seconds since 1970 UTC, for certificate and CRL dates. NULL: wall clock. */
typedef int64_t duet_clock_fn(void *arg);
/* One line of the NSS key log format, without a line end. */
typedef void duet_keylog_fn(const char *line, void *arg);

/* A key, by the SHA-256 of its SubjectPublicKeyInfo (RFC 7469 s2.4). */
struct duet_pin {
	uint8_t sha256[32];
};
#define DUET_PINS_MAX 64

/* Everything is copied or retained. */
struct duet_client_config {
	size_t size;
	struct duet_trust *trust;       /* NULL: the system's anchors */
	struct duet_identity *identity; /* NULL: no client certificate */
	const char *const *alpn;        /* NULL-terminated; NULL: no ALPN */
	uint8_t profile;                /* enum duet_profile */
	uint8_t closure;                /* enum duet_closure */
	uint8_t crl;                    /* enum duet_crl_check */
	uint8_t insecure_any_certificate;
	uint8_t insecure_any_name;
	uint8_t insecure_any_time;
	uint8_t insecure_old_versions; /* TLS 1.0 and 1.1 too, for diagnosis */
	duet_clock_fn *clock;
	void *clock_arg;
	duet_keylog_fn *keylog;
	void *keylog_arg;
	uint8_t revocation; /* enum duet_revocation; not with CRLs in trust */
	/* Certificates that live no longer than this are not asked about: they
	 * run out before a CA need say more (7.1.2.11.2 of the Baseline
	 * Requirements). 0: 7 days; -1: all are. */
	int32_t short_lived_s;
	/* The server's key must be one of these, besides all the rest. NULL:
	 * any. */
	const struct duet_pin *pins;
	size_t n_pins;
	/* To find out what a server takes: this version alone is offered, of
	 * which the two old ones want .insecure_old_versions, and these groups
	 * alone, by the names of .group in struct duet_peer, "X25519:P-256".
	 * DUET_E_UNSUPPORTED: this OpenSSL has no such group. */
	uint8_t only_version;    /* enum duet_tls_version */
	const char *only_groups; /* NULL: the profile's */
};
#define DUET_CLIENT_CONFIG(...)              \
	(&(const struct duet_client_config){ \
		.size = sizeof(struct duet_client_config), __VA_ARGS__ })

struct duet_server_config {
	size_t size;
	/* The first is the default; the others are chosen by SNI. */
	struct duet_identity *const *identities;
	size_t n_identities;
	struct duet_trust *client_trust; /* for client certificates */
	const char *const *alpn;         /* in order of our preference */
	uint8_t client_cert;             /* enum duet_client_cert */
	uint8_t profile;                 /* enum duet_profile */
	uint8_t closure;                 /* enum duet_closure */
	uint8_t crl;                     /* enum duet_crl_check */
	uint8_t no_tickets;
	uint8_t refuse_unknown_names; /* alert unrecognized_name */
	duet_clock_fn *clock;
	void *clock_arg;
	duet_keylog_fn *keylog;
	void *keylog_arg;
	/* The names that each identity is shown for, in place of those of its
	 * certificate: as many lists as identities, each ended by NULL; an
	 * empty one is for the default only. NULL: the certificates'. */
	const char *const *const *names;
	uint8_t refuse_nameless; /* clients without SNI; the same alert */
};
#define DUET_SERVER_CONFIG(...)              \
	(&(const struct duet_server_config){ \
		.size = sizeof(struct duet_server_config), __VA_ARGS__ })

/* NULL options: all defaults. */
DUET_API DUET_CHECK struct duet_config *duet_config_client(
	const struct duet_client_config *options, struct duet_error *err);
DUET_API DUET_CHECK struct duet_config *duet_config_server(
	const struct duet_server_config *options, struct duet_error *err);
DUET_API struct duet_config *duet_config_retain(struct duet_config *config);
DUET_API void duet_config_release(struct duet_config *config);

/*
 * Whether a client would take this chain of a server of that name, without
 * meeting one: PEM, the server's own certificate first, the others in any
 * order. All but pins and lists to be fetched is looked at. The failures and
 * sentences are those of a handshake; DUET_E_PEM: there is no certificate, or
 * damage; DUET_E_ARGUMENT: the configuration takes any, or is a server's.
 * *ret_path is the path that was built, as PEM and from the server's
 * certificate up: to the trust anchor, or after a failure as far as it came,
 * perhaps nowhere. Yours in either case; NULL: not wanted.
 */
DUET_API DUET_CHECK int duet_config_verify(struct duet_config *config,
					   const char *server_name,
					   struct duet_bytes chain_pem,
					   struct duet_buffer *ret_path,
					   struct duet_error *err);

/*
 * The one thing that may change later, from any thread: the keys that seal
 * session tickets. The first seals, the others still open. Share them between
 * processes. Without a call OpenSSL makes one, which fork(2) shares.
 */
#define DUET_TICKET_KEY_BYTES 80
#define DUET_TICKET_KEYS_MAX  8
DUET_API DUET_CHECK int duet_config_ticket_keys(
	struct duet_config *config,
	const uint8_t (*keys)[DUET_TICKET_KEY_BYTES], size_t n,
	struct duet_error *err);

/*
 * A client cannot be made without saying whom it means to reach: a DNS name
 * (sent as SNI, matched against dNSName) or an IP literal (not sent, matched
 * against iPAddress; RFC 6066 s3, RFC 9525). Empty is DUET_E_ARGUMENT.
 */
DUET_API DUET_CHECK struct duet_tls *duet_tls_client(struct duet_config *config,
						     const char *server_name,
						     struct duet_error *err);
DUET_API DUET_CHECK struct duet_tls *duet_tls_server(struct duet_config *config,
						     struct duet_error *err);
/* Sends nothing. A healthy session stays resumable. */
DUET_API void duet_tls_free(struct duet_tls *tls);

/*
 * The wire, without I/O. Borrow room, fill it, say how much came; borrow
 * bytes, send them, say how much went. A lent region stays put until its
 * _done call. room.len == 0 means: no more, please, read first.
 * Send what send_bytes gives even after a failure: it may be the alert.
 */
DUET_API DUET_CHECK int duet_tls_recv_room(struct duet_tls *tls,
					   struct duet_room *room);
DUET_API void duet_tls_recv_done(struct duet_tls *tls, size_t n);
/* No more will come: errno 0 for a FIN, else what recv(2) failed with. */
DUET_API void duet_tls_recv_end(struct duet_tls *tls, int sys_errno);
DUET_API struct duet_bytes duet_tls_send_bytes(const struct duet_tls *tls);
DUET_API void duet_tls_send_done(struct duet_tls *tls, size_t n);

/*
 * Or let it do the I/O on a connected socket of yours, blocking if the socket
 * is. It is never closed by us and never raises SIGPIPE. Time limit for one
 * call, from its beginning, in ms; 0 or less: none.
 */
DUET_API DUET_CHECK int duet_tls_attach(struct duet_tls *tls, int fd,
					struct duet_error *err);
DUET_API void duet_tls_time_limit(struct duet_tls *tls, int32_t ms);

/*
 * The application's side. *ret_n is set on every return. A failure is sticky:
 * every later call gives the same code. DUET_E_GONE ends writing only: what has
 * come, an early answer, can still be read. DUET_WANT_READ and DUET_WANT_WRITE
 * come from engines without I/O and from sockets that do not block;
 * DUET_WANT_CRL from any, where .revocation asks for it, until it is answered.
 *
 * handshake: optional, read and write do it. With TLS 1.3 a client learns
 *   only from its first read whether its certificate was accepted.
 * read: DUET_OK with n > 0; DUET_EOF after the peer's close_notify, or after
 *   a bare FIN if the policy is lenient; DUET_E_TRUNCATED for any other end.
 *   Both end reading only: what is owed can still be written.
 * write: DUET_OK with n > 0, perhaps less than len; len 0 is fine.
 * close: sends our close_notify and does not wait for theirs; reading goes on.
 *   DUET_WANT_READ while half a message of TLS's own, a ticket, has come.
 */
DUET_API DUET_CHECK int duet_tls_handshake(struct duet_tls *tls,
					   struct duet_error *err);
DUET_API DUET_CHECK int duet_tls_read(struct duet_tls *tls, void *buf,
				      size_t cap, size_t *ret_n,
				      struct duet_error *err);
DUET_API DUET_CHECK int duet_tls_write(struct duet_tls *tls, const void *buf,
				       size_t len, size_t *ret_n,
				       struct duet_error *err);
DUET_API DUET_CHECK int duet_tls_close(struct duet_tls *tls,
				       struct duet_error *err);
/* Bytes are held that no poll(2) will announce: read before you wait. */
DUET_API bool duet_tls_pending(const struct duet_tls *tls);
/* The peer's close_notify has been seen. */
DUET_API bool duet_tls_closed_cleanly(const struct duet_tls *tls);
DUET_API bool duet_tls_handshake_done(const struct duet_tls *tls);

/*
 * What is known of the peer and the connection. Strings are "" when unknown
 * and live until the next call on this tls. Set .size first. In a handshake,
 * and after one that failed, it is what has come so far: a client sees the
 * certificate it refused, which only .verified vouches for.
 */
struct duet_peer {
	size_t size;
	const char *version;     /* "TLSv1.3" */
	const char *cipher;      /* "TLS_AES_256_GCM_SHA384" */
	const char *group;       /* "X25519" */
	const char *alpn;        /* "http/1.1" */
	const char *server_name; /* asked for by SNI, or by the constructor */
	const char *subject;     /* of the peer's certificate, RFC 2253 form */
	const char *issuer;
	int64_t not_before; /* seconds since 1970; 0 without a certificate */
	int64_t not_after;
	uint8_t sha256[32]; /* of the certificate's DER */
	bool has_certificate;
	bool verified; /* the certificate was checked and held */
	bool resumed;
	struct duet_bytes chain_pem; /* as the peer sent it */
	bool certificate_wanted;     /* a server has asked for ours */
};
DUET_API DUET_CHECK int duet_tls_peer(const struct duet_tls *tls,
				      struct duet_peer *ret_peer);

/*
 * Revocation. A client's handshake that returns DUET_WANT_CRL is held until it
 * is told about one CRL after another: wanted says which, give or missing
 * answers, and then the next is wanted, or DUET_EOF: go on with the handshake.
 * Meanwhile nothing is sent to the server, which may have less patience than
 * you.
 */
struct duet_crl_wanted {
	size_t size;
	const char *url;        /* http://..., lives until the answer */
	struct duet_pin issuer; /* whose list it must be */
};
DUET_API DUET_CHECK int duet_tls_crl_wanted(const struct duet_tls *tls,
					    struct duet_crl_wanted *ret_wanted);
/*
 * Its DER; not needed afterwards. DUET_OK: the list tells about the
 * certificate. DUET_E_NO_CRL: it is damaged, out of date, another's, or for
 * others, in words; DUET_E_STATE: none is wanted; DUET_E_NOMEM.
 */
DUET_API DUET_CHECK int duet_tls_crl_give(struct duet_tls *tls,
					  struct duet_bytes der,
					  struct duet_error *err);

enum duet_revocation_state {
	DUET_REVOCATION_UNCHECKED = 0, /* others had decided before */
	DUET_REVOCATION_GOOD = 1,
	DUET_REVOCATION_REVOKED = 2,
	DUET_REVOCATION_UNKNOWN = 3,
	DUET_REVOCATION_SHORT_LIVED = 4, /* not asked for */
};
/* Why it is not known. */
enum duet_revocation_doubt {
	DUET_DOUBT_NONE = 0,
	DUET_DOUBT_NO_POINT = 1,     /* the certificate names no CRL */
	DUET_DOUBT_OTHER_POINT = 2,  /* ... but one not over http:// */
	DUET_DOUBT_UNREACHABLE = 3,  /* no answer, or none with a list */
	DUET_DOUBT_SLOW = 4,         /* a limit of time */
	DUET_DOUBT_OVERSIZED = 5,    /* a limit of size */
	DUET_DOUBT_MALFORMED = 6,    /* not a CRL, or not one we can read */
	DUET_DOUBT_WRONG_SIGNER = 7, /* not the issuer's */
	DUET_DOUBT_WRONG_SCOPE = 8,  /* not for this certificate */
	DUET_DOUBT_EXPIRED = 9,      /* out of date */
};
/* There is none: why, and in words that go after "the CRL at 'URL'". */
DUET_API void duet_tls_crl_missing(struct duet_tls *tls,
				   enum duet_revocation_doubt doubt,
				   const char *words);
/* "wrong_scope": stable, lower case, for programs that read our JSON. */
DUET_API const char *duet_revocation_state_name(int state);
DUET_API const char *duet_revocation_doubt_name(int doubt);

/*
 * What is known of the certificate at that place of the verified chain, the
 * server's own at 0 and the trust anchor not among them; DUET_EOF: there are
 * no more, or nobody asked. Strings are "" when unknown and live as long as
 * tls. Set .size first.
 */
struct duet_revocation_facts {
	size_t size;
	const char *subject;
	const char *issuer;
	uint8_t state;      /* enum duet_revocation_state */
	uint8_t doubt;      /* enum duet_revocation_doubt */
	bool stapled;       /* by OCSP; otherwise by a CRL */
	const char *words;  /* of the doubt, a sentence */
	const char *url;    /* of the CRL that was looked at last */
	const char *number; /* its number, hexadecimal */
	int64_t this_update;
	int64_t next_update;
	int64_t revoked_at;
	const char *reason; /* "keyCompromise" */
};
DUET_API DUET_CHECK int duet_tls_revocation(
	const struct duet_tls *tls, size_t at,
	struct duet_revocation_facts *ret_facts);

/*
 * What became of early data (RFC 8446 s2.3), which a struct duet_client sends
 * where a request asks for it; nothing in this header does.
 */
enum duet_early {
	DUET_EARLY_NONE = 0, /* none was sent */
	DUET_EARLY_ACCEPTED = 1,
	DUET_EARLY_REJECTED = 2, /* the server has not looked at it */
	DUET_EARLY_UNKNOWN = 3, /* sent; the server did not come to say which */
};
/* "accepted": stable, lower case, for programs that read our JSON. */
DUET_API const char *duet_early_name(int early);

/*
 * Resumption by hand. export: what a client would need to resume later, once
 * the server has sent a ticket (TLS 1.3 sends it after the handshake: read
 * first); DUET_E_STATE while there is none, and for a ticket of TLS 1.3 that
 * this very connection was resumed by: it is used up (RFC 8446 sC.4). import:
 * before the handshake; DUET_E_ARGUMENT refuses a session of another name, or
 * when a certificate or CRL it was verified with has run out.
 * It holds secrets: keep it as you keep a key.
 */
DUET_API DUET_CHECK int duet_tls_session_export(struct duet_tls *tls,
						struct duet_buffer *ret_session,
						struct duet_error *err);
DUET_API DUET_CHECK int duet_tls_session_import(struct duet_tls *tls,
						struct duet_bytes session,
						struct duet_error *err);

#ifdef __cplusplus
}
#endif
#endif
