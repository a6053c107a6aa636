/* SPDX-License-Identifier: MIT */
/* duet/error.h - status, error, bytes, memory. Everything else includes it. */
#ifndef DUET_ERROR_H
#define DUET_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DUET_API               __attribute__((visibility("default")))
#define DUET_CHECK             __attribute__((warn_unused_result))
#define DUET_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define DUET_API
#define DUET_CHECK
#define DUET_PRINTF(fmt, args)
#endif

/* Bytes that somebody else owns. They need not end in NUL. */
struct duet_bytes {
	const void *data;
	size_t len;
};

/* Space to fill, lent by the library. */
struct duet_room {
	void *data;
	size_t len;
};

/* Bytes that you own: duet_buffer_free() wipes them and frees them. */
struct duet_buffer {
	void *data;
	size_t len;
};

/* The bytes of a NUL-terminated string, without the NUL; NULL gives none. */
DUET_API struct duet_bytes duet_str(const char *s);
/* Wipe, free, and leave the buffer empty. NULL and empty ones are fine. */
DUET_API void duet_buffer_free(struct duet_buffer *buffer);

/*
 * What a call returns: 0 done; > 0 not done, and not an error; < 0 failed.
 * Data never travels in the status. The numbers never change.
 */
enum duet_status {
	DUET_OK = 0,
	DUET_WANT_READ = 1,  /* again, once the peer's bytes have come */
	DUET_WANT_WRITE = 2, /* again, once our bytes have gone */
	DUET_EOF = 3,        /* a clean end, known by evidence */
	DUET_PAUSE = 4,      /* your producer says: nothing now, I resume */
	DUET_WANT_CRL = 5,   /* again, once a CRL is there: duet/tls.h */

	DUET_E_NOMEM = -1,
	DUET_E_ARGUMENT = -2,    /* a call that can never succeed */
	DUET_E_STATE = -3,       /* a call that cannot succeed now */
	DUET_E_SYSTEM = -4,      /* the system refused: see .sys */
	DUET_E_TIMEOUT = -5,     /* a limit of time was reached */
	DUET_E_LIMIT = -6,       /* a limit of size or number was reached */
	DUET_E_GONE = -7,        /* the peer left before the reply was over */
	DUET_E_UNSUPPORTED = -8, /* well formed, but not something we do */
	DUET_E_URL = -9,         /* not a URL we can fetch */
	DUET_E_RESOLVE = -10,    /* the name has no address */
	DUET_E_CONNECT = -11,    /* no address accepted a connection */
	DUET_E_REDIRECT = -12,   /* too many redirects, or https to http */
	DUET_E_TRUNCATED =
		-13,         /* the message was cut: no evidence of its end */
	DUET_E_HTTP = -14,   /* the peer broke HTTP's grammar or framing */
	DUET_E_PROXY = -15,  /* the proxy refused, or broke its protocol */
	DUET_E_CODING = -16, /* a body is not what its Content-Encoding says */
	DUET_E_CODING_CUT =
		-17, /* ... or ends early in it, though the message is whole */
	DUET_E_DIGEST = -18, /* ... or is not what its digest says */

	DUET_E_TLS = -20,         /* handshake or record failure */
	DUET_E_NOT_TLS = -21,     /* the peer does not speak TLS there */
	DUET_E_TLS_VERSION = -22, /* no protocol version in common */
	DUET_E_TLS_CIPHER = -23,  /* no cipher suite, group or signature */
	DUET_E_CLIENT_CERT =
		-24, /* a client certificate is wanted or refused */
	DUET_E_SERVER_NAME = -25, /* no site of that name here (SNI) */

	DUET_E_UNTRUSTED = -30,     /* no path to a trust anchor */
	DUET_E_SELF_SIGNED = -31,   /* the certificate vouches for itself */
	DUET_E_NO_ISSUER = -32,     /* an intermediate was not sent */
	DUET_E_NAME = -33,          /* the certificate is for another name */
	DUET_E_EXPIRED = -34,       /* a certificate is no longer valid */
	DUET_E_NOT_YET_VALID = -35, /* a certificate is not valid yet */
	DUET_E_REVOKED = -36,       /* its issuer has revoked it */
	DUET_E_NO_CRL = -37,        /* no current CRL where one is required */
	DUET_E_PURPOSE = -38,       /* it may not be used for this */
	DUET_E_WEAK = -39,          /* key or signature below our strength */
	DUET_E_CERTIFICATE = -40,   /* it is refused for another reason */
	DUET_E_PIN = -41,           /* its key is none of those pinned */
	DUET_E_STAPLE = -42,        /* it must come with an OCSP staple */

	DUET_E_PEM = -50,          /* not PEM, DER or PKCS#12, or damaged */
	DUET_E_KEY_MISMATCH = -51, /* that key is not that certificate's */
	DUET_E_PASSPHRASE = -52,   /* a passphrase is missing or wrong */
};

/* "DUET_E_NAME". Unknown numbers give "DUET_E_UNKNOWN"; never NULL. */
DUET_API const char *duet_status_name(int status);
/* "wrong_name": stable, lower case, for programs that read our JSON. */
DUET_API const char *duet_status_word(int status);

/* Who sent an alert (RFC 8446 s6). */
enum duet_side {
	DUET_SIDE_NONE = 0,
	DUET_SIDE_US = 1,
	DUET_SIDE_PEER = 2,
};

/*
 * Why something failed. Yours, of fixed size for ever, and never allocating,
 * so that it can report DUET_E_NOMEM too. Every call takes NULL for it. It is
 * written when a call fails, and left alone otherwise.
 */
struct duet_error {
	int32_t code;       /* an enum duet_status below 0 */
	int32_t sys;        /* errno, or 0 */
	int32_t x509;       /* X509_V_ERR_*, or 0 */
	int32_t alert;      /* TLS alert description, or -1 */
	int32_t alert_from; /* enum duet_side: who sent that alert */
	uint32_t reserved0;
	uint64_t ossl;    /* OpenSSL's first error, as by ERR_get_error */
	char text[512];   /* what was tried, with whom, why it failed, remedy */
	char reason[128]; /* OpenSSL's own words, or "" */
	uint64_t reserved[4];
};

/*
 * Memory for the library and for OpenSSL. Optional, process-wide, and once,
 * before any other call of this library or of OpenSSL: DUET_E_STATE after.
 * The functions behave as malloc(3), realloc(3) and free(3).
 */
struct duet_allocator {
	size_t size; /* sizeof(struct duet_allocator) */
	void *(*alloc)(size_t size, void *arg);
	void *(*resize)(void *ptr, size_t size, void *arg);
	void (*release)(void *ptr, void *arg);
	void *arg;
};
DUET_API DUET_CHECK int duet_set_allocator(
	const struct duet_allocator *allocator);

/* 0xMMmmpp: major, minor, patch. */
DUET_API uint32_t duet_version(void);

#ifdef __cplusplus
}
#endif
#endif
