/* SPDX-License-Identifier: MIT */
/*
 * cert/words.h - parts of certificates as text that a terminal can show.
 *
 * Each gives a new string for duet_mem_free(), with whatever strangers may
 * have put there made harmless; NULL without memory. The OpenSSL error queue
 * is the caller's to save.
 */
#ifndef DUET_CERT_WORDS_H
#define DUET_CERT_WORDS_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <duet/error.h>

/* RFC 2253 form: "CN=localhost,O=Duet". */
char *duet_words_dn(const X509_NAME *name);
/* "x.org", "IP:127.0.0.1", "email:a@x.org", "URI:...", "other"; "DNS:..."
 * where it is none that we would write ("DNS:127.0.0.1"). Without spaces. */
char *duet_words_general_name(const GENERAL_NAME *name);
/* The same of a name constraint: "IP:10.0.0.0/8". */
char *duet_words_subtree(const GENERAL_NAME *base);
/* Hexadecimal, at least two digits, "-" before a negative one. */
char *duet_words_serial(const ASN1_INTEGER *serial);
/* "ECDSA P-256", "RSA 2048", "Ed25519"; NULL is "unknown". */
char *duet_words_key(const EVP_PKEY *pkey);
/* "ecdsa-with-SHA256" */
char *duet_words_signature(int nid);

/* Seconds since 1970; 0 for none or nonsense. */
int64_t duet_words_time(const ASN1_TIME *time);

#endif
