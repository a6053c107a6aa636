/* SPDX-License-Identifier: MIT */
/*
 * tls/subject.h - the name a certificate is of, in its DER, and what tells
 * names apart without taking them to pieces.
 */
#ifndef DUET_TLS_SUBJECT_H
#define DUET_TLS_SUBJECT_H

#include <duet/error.h>

/* The subject in a certificate (RFC 5280 s4.1), with its tag and length; in
 * der. false: it is no certificate. */
DUET_CHECK bool duet_subject_find(struct duet_bytes der,
				  struct duet_bytes *ret_subject);
/*
 * A number of a Name that is the same for all that mean the same (RFC 5280
 * s7.1: letters of either case, blanks, another kind of string), as
 * X509_NAME_cmp(3) has it. Other names rarely share it. false: it is no Name.
 */
DUET_CHECK bool duet_subject_fold(struct duet_bytes name, uint32_t *ret);

#endif
