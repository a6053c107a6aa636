/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "mint/dial.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/local_ca.h"

enum {
	PORT_MAX = 65535,
	DEFAULT_MS = 30000,
};

static bool copy_port(struct duet_mint_target *target, const char *port)
{
	uint32_t number;

	if (!duet_parse_u32(port, PORT_MAX, &number) || number == 0)
		return false;
	(void)snprintf(target->port, sizeof(target->port), "%u",
		       (unsigned)number);
	return true;
}

static bool copy_host(struct duet_mint_target *target, const char *host,
		      size_t len)
{
	if (len == 0 || len >= sizeof(target->host))
		return false;
	memcpy(target->host, host, len);
	target->host[len] = '\0';
	return true;
}

static bool parse_brackets(const char *text, const char *default_port,
			   struct duet_mint_target *ret)
{
	const char *end = strchr(text, ']');

	if (end == NULL || !copy_host(ret, text + 1, (size_t)(end - text - 1)))
		return false;
	if (end[1] == '\0' && default_port != NULL)
		return copy_port(ret, default_port);
	return end[1] == ':' && copy_port(ret, end + 2);
}

static bool parse_authority(const char *text, const char *default_port,
			    struct duet_mint_target *ret)
{
	const char *colon = strchr(text, ':');

	if (text[0] == '[')
		return parse_brackets(text, default_port, ret);
	if (colon == NULL)
		return default_port != NULL &&
		       copy_host(ret, text, strlen(text)) &&
		       copy_port(ret, default_port);
	return copy_host(ret, text, (size_t)(colon - text)) &&
	       copy_port(ret, colon + 1);
}

bool duet_mint_target_parse(const char *text, struct duet_mint_target *ret)
{
	static const char scheme[] = "https://";
	struct duet_mint_target target;
	char authority[300];
	size_t len;
	bool is_url = duet_str_starts(text, scheme);

	if (is_url)
		text += strlen(scheme);
	len = strcspn(text, "/?#");
	if (len >= sizeof(authority) || (!is_url && text[len] != '\0'))
		return false;
	memcpy(authority, text, len);
	authority[len] = '\0';
	if (!parse_authority(authority, is_url ? "443" : NULL, &target))
		return false;
	*ret = target;
	return true;
}

/* Returns 0 once fd is connected, else an errno. */
static int finish_connecting(int fd, const struct addrinfo *address,
			     int64_t deadline)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int64_t left;
	int why;
	int n;

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 &&
	    errno != EINPROGRESS)
		return errno;
	left = deadline - duet_clock_ms();
	n = poll(&waiting, 1, left > 0 ? (int)left : 0);
	if (n == 0)
		return ETIMEDOUT;
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0)
		return errno;
	/* The TLS calls wait by themselves on a socket that blocks. */
	if (why == 0 && fcntl(fd, F_SETFL, 0) != 0)
		return errno;
	return why;
}

/* One address, until the deadline: 0 and the socket, or an errno. */
static int connect_one(const struct addrinfo *address, int64_t deadline,
		       int *ret_fd)
{
	int fd = socket(address->ai_family, SOCK_STREAM, 0);
	int why;

	if (fd < 0)
		return errno;
	why = finish_connecting(fd, address, deadline);
	if (why == 0)
		*ret_fd = fd;
	else
		(void)close(fd);
	return why;
}

/* Each one may take its share of what is left: one that says nothing leaves
 * time for the others. */
static int connect_to_any(const struct addrinfo *list, int64_t deadline,
			  int *ret_fd)
{
	const struct addrinfo *each;
	int why = EHOSTUNREACH;
	int64_t now;
	int n = 0;

	for (each = list; each != NULL; each = each->ai_next)
		n++;
	for (each = list; each != NULL && why != 0; each = each->ai_next) {
		now = duet_clock_ms();
		why = connect_one(each, now + (deadline - now) / n--, ret_fd);
	}
	return why;
}

int duet_mint_connect(const struct duet_mint_target *target, int64_t deadline,
		      int *ret_fd, struct duet_error *err)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char shown[sizeof(target->host) * 4];
	int why;
	int rc;

	duet_str_printable(shown, sizeof(shown), duet_str(target->host));
	rc = getaddrinfo(target->host, target->port, &hints, &list);
	if (rc != 0)
		return duet_error_set(err, DUET_E_RESOLVE,
				      "'%.200s' has no address: %s; check its spelling, and the network",
				      shown, gai_strerror(rc));
	why = connect_to_any(list, deadline, ret_fd);
	freeaddrinfo(list);
	if (why == 0)
		return DUET_OK;
	rc = duet_error_sys(err,
			    duet_clock_ms() < deadline ? DUET_E_CONNECT
						       : DUET_E_TIMEOUT,
			    why, "cannot connect to '%.200s', port %s", shown,
			    target->port);
	duet_error_append(err, "; check that the server runs, and the port");
	return rc;
}

static int keep_sight(const struct duet_tls *tls, struct duet_mint_sight *sight,
		      struct duet_error *err)
{
	struct duet_peer peer = { .size = sizeof(peer) };

	if (duet_tls_peer(tls, &peer) != DUET_OK || peer.chain_pem.len == 0)
		return duet_error_set(err, DUET_E_CERTIFICATE,
				      "the server has shown no certificate");
	sight->chain_pem.data =
		duet_mem_strndup(peer.chain_pem.data, peer.chain_pem.len);
	if (sight->chain_pem.data == NULL)
		return duet_error_nomem(err);
	sight->chain_pem.len = peer.chain_pem.len;
	(void)snprintf(sight->version, sizeof(sight->version), "%s",
		       peer.version);
	(void)snprintf(sight->cipher, sizeof(sight->cipher), "%s", peer.cipher);
	(void)snprintf(sight->group, sizeof(sight->group), "%s", peer.group);
	return DUET_OK;
}

/* What we ask for, and want in its certificate. */
static const char *name_of(const struct duet_mint_target *target,
			   const struct duet_mint_options *options)
{
	return options->server_name != NULL ? options->server_name
					    : target->host;
}

static int shake_hands(struct duet_config *config,
		       const struct duet_mint_target *target,
		       const struct duet_mint_options *options,
		       struct duet_mint_sight *sight, struct duet_error *err)
{
	int32_t limit = options->max_ms > 0 ? options->max_ms : DEFAULT_MS;
	int64_t deadline = duet_clock_ms() + limit;
	struct duet_tls *tls = NULL;
	int fd = -1;
	int rc;

	rc = duet_mint_connect(target, deadline, &fd, err);
	if (rc != DUET_OK)
		return rc;
	tls = duet_tls_client(config, name_of(target, options), err);
	if (tls == NULL) {
		rc = err->code;
		goto out;
	}
	limit = (int32_t)(deadline - duet_clock_ms());
	duet_tls_time_limit(tls, limit > 0 ? limit : 1);
	rc = duet_tls_attach(tls, fd, err);
	if (rc == DUET_OK)
		rc = duet_tls_handshake(tls, err);
	if (rc != DUET_OK)
		goto out;
	rc = keep_sight(tls, sight, err);
	/* Whether our goodbye arrives is of no matter. */
	if (duet_tls_close(tls, NULL) != DUET_OK)
		goto out;
out:
	duet_tls_free(tls);
	(void)close(fd);
	return rc;
}

/* Refused for what it is, and not for how the connection went. */
static bool is_about_certificate(int status)
{
	return status <= DUET_E_UNTRUSTED && status >= DUET_E_STAPLE;
}

static struct duet_config *verifying_config(
	const struct duet_mint_options *options, const char *name,
	struct duet_error *err)
{
	struct duet_client_config settings = { .size = sizeof(settings) };
	struct duet_config *config = NULL;

	/* as duet get believes */
	settings.trust =
		duet_local_ca_trust(options->cacert, NULL, options->crl,
				    duet_local_ca_covers(name), err);
	if (settings.trust == NULL)
		return NULL;
	config = duet_config_client(&settings, err);
	duet_trust_release(settings.trust);
	return config;
}

int duet_mint_look(const struct duet_mint_target *target,
		   const struct duet_mint_options *options,
		   struct duet_mint_sight *ret, struct duet_error *err)
{
	struct duet_mint_sight sight = { .verified = true };
	struct duet_config *config;
	int rc;

	config = verifying_config(options, name_of(target, options), err);
	if (config == NULL)
		return err->code;
	rc = shake_hands(config, target, options, &sight, err);
	duet_config_release(config);
	if (is_about_certificate(rc)) {
		sight.verified = false;
		sight.refusal = *err;
		config =
			duet_config_client(DUET_CLIENT_CONFIG(
							   .insecure_any_certificate =
								   true,
							   .insecure_any_name =
								   true,
							   .insecure_any_time =
								   true),
					   err);
		if (config == NULL)
			return err->code;
		rc = shake_hands(config, target, options, &sight, err);
		duet_config_release(config);
	}
	if (rc == DUET_OK)
		*ret = sight;
	return rc;
}
