/* SPDX-License-Identifier: MIT */
/* TLS on a socket of your own; CA and CRL come from memory.
 *     attach HOST PORT CA.pem CRL.pem */
#include <sys/socket.h>

#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include <duet/tls.h>

static int talk(int fd, const char *host, struct duet_bytes ca,
		struct duet_bytes crl, struct duet_error *err)
{
	static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
	struct duet_trust *trust =
		duet_trust_new(DUET_TRUST(.ca_pem = ca, .crl_pem = crl), err);
	struct duet_config *config =
		trust == NULL
			? NULL
			: duet_config_client(DUET_CLIENT_CONFIG(.trust = trust),
					     err);
	struct duet_tls *tls =
		config == NULL ? NULL : duet_tls_client(config, host, err);
	int rc = tls == NULL ? err->code : duet_tls_attach(tls, fd, err);
	char buf[4096];
	size_t n;

	if (rc == DUET_OK)
		rc = duet_tls_write(tls, ask, sizeof(ask) - 1, &n, err);
	while (rc == DUET_OK) {
		rc = duet_tls_read(tls, buf, sizeof(buf), &n, err);
		fwrite(buf, 1, n, stdout);
	}
	if (rc == DUET_EOF) /* their close_notify: that was all of it */
		rc = duet_tls_close(tls, err);
	duet_tls_free(tls);
	duet_config_release(config);
	duet_trust_release(trust);
	return rc;
}

static int connect_to(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = -1;

	if (getaddrinfo(host, port, &hints, &list) == 0)
		fd = socket(list->ai_family, list->ai_socktype, 0);
	if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	}
	if (list != NULL)
		freeaddrinfo(list);
	return fd;
}

static struct duet_bytes read_file(const char *path, char *buf, size_t cap)
{
	FILE *f = fopen(path, "rb");
	struct duet_bytes bytes = { buf, 0 };

	if (f != NULL) {
		bytes.len = fread(buf, 1, cap, f);
		fclose(f);
	}
	return bytes;
}

int main(int argc, char **argv)
{
	static char ca[65536];
	static char crl[65536];
	struct duet_error err;
	int rc;
	int fd;

	if (argc != 5)
		return 2;
	fd = connect_to(argv[1], argv[2]);
	if (fd < 0)
		return 1;
	rc = talk(fd, argv[1], read_file(argv[3], ca, sizeof(ca)),
		  read_file(argv[4], crl, sizeof(crl)), &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.text);
	close(fd);
	return rc < 0;
}
