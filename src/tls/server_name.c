/* SPDX-License-Identifier: MIT */
#include "tls/server_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cert/ossl.h"

enum {
	DNS_NAME_MAX = 253, /* RFC 1035 s2.3.4, as text */
	DNS_LABEL_MAX = 63,
	SHOWN_BYTES = 128,
};

bool duet_server_name_is_ip(const char *name)
{
	struct in6_addr v6;
	struct in_addr v4;

	return inet_pton(AF_INET, name, &v4) == 1 ||
	       inet_pton(AF_INET6, name, &v6) == 1;
}

static bool is_label(const char *label, size_t len)
{
	size_t i;

	if (len == 0 || len > DNS_LABEL_MAX || label[0] == '-' ||
	    label[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)label[i];

		if (!duet_is_alpha(c) && !duet_is_digit(c) && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

/*
 * Names whose last label is a number are addresses in a form that some
 * resolvers take ("127.1", "0x7f.1"): no certificate can be for them.
 */
static bool is_number(const char *label, size_t len)
{
	size_t i;

	if (len > 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return true;
	for (i = 0; i < len; i++)
		if (!duet_is_digit((unsigned char)label[i]))
			return false;
	return true;
}

static bool is_dns_name(const char *name)
{
	const char *label = name;
	const char *dot;

	if (strlen(name) > DNS_NAME_MAX)
		return false;
	while ((dot = strchr(label, '.')) != NULL) {
		if (!is_label(label, (size_t)(dot - label)))
			return false;
		label = dot + 1;
	}
	return is_label(label, strlen(label)) &&
	       !is_number(label, strlen(label));
}

/* Without brackets, the zone of an address, and a dot at the end. */
static char *bare_name(const char *name)
{
	size_t len = strlen(name);
	const char *zone;

	if (len > 2 && name[0] == '[' && name[len - 1] == ']') {
		name++;
		len -= 2;
	} else if (len > 1 && name[len - 1] == '.') {
		len--;
	}
	zone = memchr(name, '%', len);
	if (zone != NULL && memchr(name, ':', len) != NULL)
		len = (size_t)(zone - name);
	return duet_mem_strndup(name, len);
}

enum {
	/* RFC 9525 s6: names are in the SAN, a wildcard is a whole label. */
	HOW = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
	      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
};

bool duet_server_name_is_of(X509 *cert, const char *name)
{
	/* With a dot before it OpenSSL takes it for any name below. */
	return name[0] != '\0' && name[0] != '.' &&
	       !duet_server_name_is_ip(name) &&
	       X509_check_host(cert, name, 0, HOW, NULL) == 1;
}

static bool ask_for(SSL *ssl, const char *name, bool match)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (duet_server_name_is_ip(name))
		return !match ||
		       X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	if (SSL_set_tlsext_host_name(ssl, name) != 1)
		return false;
	if (!match)
		return true;
	X509_VERIFY_PARAM_set_hostflags(param, HOW);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

static int refuse(const char *name, struct duet_error *err)
{
	char shown[SHOWN_BYTES];

	duet_str_printable(shown, sizeof(shown), duet_str(name));
	return duet_error_set(err, DUET_E_ARGUMENT,
			      "'%s' is neither a DNS name nor an IP address: give the name that the server's certificate is for%s",
			      shown,
			      strchr(name, ':') != NULL ? ", without a port"
							: "");
}

int duet_server_name_set(SSL *ssl, const char *name, bool match,
			 char **ret_name, struct duet_error *err)
{
	char *bare;
	int rc;

	/* OpenSSL takes an empty name and checks none. */
	if (name == NULL || name[0] == '\0')
		return duet_error_set(err, DUET_E_ARGUMENT,
				      "the name of the server to reach is empty: without it anybody's certificate would do");
	bare = bare_name(name);
	if (bare == NULL)
		return duet_error_nomem(err);
	if ((name[0] == '[' || !is_dns_name(bare)) &&
	    !duet_server_name_is_ip(bare)) {
		rc = refuse(name, err);
	} else if (!ask_for(ssl, bare, match)) {
		rc = duet_ossl_error_set(err, DUET_E_ARGUMENT,
					 "'%s': OpenSSL does not take this name",
					 bare);
	} else {
		*ret_name = bare;
		bare = NULL;
		rc = DUET_OK;
	}
	duet_mem_free(bare);
	return rc;
}
