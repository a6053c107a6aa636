/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "daemon/ready.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

enum {
	LINE_MAX_BYTES = 65536,
};

bool duet_ready_is_every(const char *text)
{
	return duet_str_starts(text, "0.0.0.0:") ||
	       duet_str_starts(text, "[::]:");
}

static int add_url(struct duet_buf *line, const char *text, const char *scheme,
		   const char *host)
{
	if (duet_address_is_unix(text))
		return duet_buf_add_str(line, text);
	if (duet_ready_is_every(text))
		return duet_buf_printf(line, "%s://%s%s", scheme, host,
				       strrchr(text, ':'));
	return duet_buf_printf(line, "%s://%s", scheme, text);
}

static int add_admin(struct duet_buf *line, const struct duet_sockets *admin)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < admin->n_places; i++)
		rc = duet_buf_printf(line, "%s%s%s", i == 0 ? "admin " : " ",
				     duet_address_is_unix(admin->texts[i])
					     ? ""
					     : "http://",
				     admin->texts[i]);
	return rc == DUET_OK && i > 0 ? duet_buf_add_str(line, "\n") : rc;
}

int duet_ready_line(struct duet_buf *line, const struct duet_sockets *sockets,
		    const struct duet_sockets *admin, const char *host)
{
	size_t i;
	int rc = DUET_OK;

	for (i = 0; rc == DUET_OK && i < sockets->n_places; i++) {
		if (i > 0)
			rc = duet_buf_add_str(line, " ");
		if (rc == DUET_OK)
			rc = add_url(line, sockets->texts[i],
				     duet_sockets_is_plain(sockets, i)
					     ? "http"
					     : "https",
				     host);
	}
	if (rc == DUET_OK)
		rc = duet_buf_add_str(line, "\n");
	return rc == DUET_OK ? add_admin(line, admin) : rc;
}

int duet_ready_tell(int fd, const struct duet_sockets *sockets,
		    const struct duet_sockets *admin, const char *host,
		    struct duet_error *err)
{
	struct duet_bytes bytes;
	struct duet_buf line;
	ssize_t n;
	int rc;

	duet_buf_init(&line, LINE_MAX_BYTES);
	rc = duet_ready_line(&line, sockets, admin, host);
	if (rc != DUET_OK) {
		rc = duet_error_nomem(err);
		goto out;
	}
	bytes = duet_buf_bytes(&line);
	do
		n = write(fd, bytes.data, bytes.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		rc = duet_error_sys(err, DUET_E_SYSTEM, errno,
				    "cannot write the ready line to "
				    "descriptor %d",
				    fd);
out:
	duet_buf_done(&line);
	(void)close(fd);
	return rc;
}
