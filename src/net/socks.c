/* SPDX-License-Identifier: MIT */
#include "net/socks.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	VERSION = 5,
	VERSION_OF_PASSWORD = 1, /* RFC 1929 s2 */
	CONNECT = 1,

	METHOD_NONE = 0,
	METHOD_PASSWORD = 2,
	METHOD_REFUSED = 0xff,

	TYPE_IPV4 = 1,
	TYPE_NAME = 3,
	TYPE_IPV6 = 4,

	ANSWER_BYTES = 2, /* of a method, and of a password */
	REPLY_BEGIN = 5,  /* up to the byte that may be a name's length */
};

static void put(struct duet_socks *socks, const void *data, size_t len)
{
	memcpy(socks->out + socks->out_len, data, len);
	socks->out_len += len;
}

static void put_byte(struct duet_socks *socks, unsigned byte)
{
	socks->out[socks->out_len++] = (uint8_t)byte;
}

static void expect(struct duet_socks *socks, enum duet_socks_state state,
		   size_t want)
{
	socks->state = state;
	socks->in_len = 0;
	socks->in_want = want;
}

/* RFC 1928 s3 */
static void say_methods(struct duet_socks *socks)
{
	put_byte(socks, VERSION);
	put_byte(socks, socks->has_password ? 2 : 1);
	put_byte(socks, METHOD_NONE);
	if (socks->has_password)
		put_byte(socks, METHOD_PASSWORD);
	expect(socks, DUET_SOCKS_METHOD, ANSWER_BYTES);
}

/* RFC 1929 s2 */
static void say_password(struct duet_socks *socks)
{
	put_byte(socks, VERSION_OF_PASSWORD);
	put_byte(socks, (unsigned)socks->name_len);
	put(socks, socks->name, socks->name_len);
	put_byte(socks, (unsigned)socks->password_len);
	put(socks, socks->password, socks->password_len);
	expect(socks, DUET_SOCKS_PASSWORD, ANSWER_BYTES);
}

/* RFC 1928 s4, s5 */
static void say_request(struct duet_socks *socks)
{
	uint16_t port = htons(socks->port);
	struct in6_addr v6;
	struct in_addr v4;

	put_byte(socks, VERSION);
	put_byte(socks, CONNECT);
	put_byte(socks, 0);
	if (inet_pton(AF_INET, socks->host, &v4) == 1) {
		put_byte(socks, TYPE_IPV4);
		put(socks, &v4, sizeof(v4));
	} else if (inet_pton(AF_INET6, socks->host, &v6) == 1) {
		put_byte(socks, TYPE_IPV6);
		put(socks, &v6, sizeof(v6));
	} else {
		put_byte(socks, TYPE_NAME);
		put_byte(socks, (unsigned)strlen(socks->host));
		put(socks, socks->host, strlen(socks->host));
	}
	put(socks, &port, sizeof(port));
	expect(socks, DUET_SOCKS_REPLY, REPLY_BEGIN);
}

static int take_userinfo(struct duet_socks *socks, const char *userinfo,
			 struct duet_error *err)
{
	const char *password = strchr(userinfo, ':');
	size_t len;

	socks->has_password = true;
	socks->name_len = strcspn(userinfo, ":");
	password = password != NULL ? password + 1 : "";
	len = strlen(password);
	if (socks->name_len == 0 || socks->name_len > DUET_SOCKS_FIELD_MAX ||
	    len > DUET_SOCKS_FIELD_MAX)
		return duet_error_set(err, DUET_E_PROXY,
				      "SOCKS takes a name of 1 to 255 bytes and a password of 255 at most");
	socks->password_len = len;
	memcpy(socks->name, userinfo, socks->name_len);
	memcpy(socks->password, password, len);
	return DUET_OK;
}

int duet_socks_init(struct duet_socks *socks, const struct duet_socks_to *to,
		    struct duet_error *err)
{
	size_t len = strlen(to->host);
	int rc = DUET_OK;

	memset(socks, 0, sizeof(*socks));
	socks->port = to->port;
	if (len == 0 || len > DUET_SOCKS_FIELD_MAX)
		return duet_error_set(err, DUET_E_PROXY,
				      "SOCKS takes a host of 1 to 255 bytes");
	memcpy(socks->host, to->host, len);
	if (to->userinfo != NULL)
		rc = take_userinfo(socks, to->userinfo, err);
	if (rc == DUET_OK)
		say_methods(socks);
	return rc;
}

void duet_socks_done(struct duet_socks *socks)
{
	duet_mem_wipe(socks, sizeof(*socks));
}

struct duet_bytes duet_socks_send_bytes(const struct duet_socks *socks)
{
	return (struct duet_bytes){ socks->out + socks->out_at,
				    socks->out_len - socks->out_at };
}

void duet_socks_send_done(struct duet_socks *socks, size_t n)
{
	socks->out_at += n;
	if (socks->out_at < socks->out_len)
		return;
	socks->out_at = 0;
	socks->out_len = 0;
}

struct duet_room duet_socks_room(struct duet_socks *socks)
{
	return (struct duet_room){ socks->in + socks->in_len,
				   socks->in_want - socks->in_len };
}

static int not_socks(const struct duet_socks *socks, struct duet_error *err)
{
	if (socks->in[0] == 'H')
		return duet_error_set(err, DUET_E_PROXY,
				      "it answers in HTTP and not in SOCKS5; write http:// before its name");
	return duet_error_set(err, DUET_E_PROXY,
			      "it does not speak SOCKS5: its answer begins with the byte 0x%02x; check its port and what kind of proxy it is",
			      (unsigned)socks->in[0]);
}

static int take_method(struct duet_socks *socks, struct duet_error *err)
{
	if (socks->in[0] != VERSION)
		return not_socks(socks, err);
	if (socks->in[1] == METHOD_NONE) {
		say_request(socks);
		return DUET_WANT_READ;
	}
	if (socks->in[1] == METHOD_PASSWORD && socks->has_password) {
		say_password(socks);
		return DUET_WANT_READ;
	}
	if (socks->in[1] != METHOD_REFUSED)
		return duet_error_set(err, DUET_E_PROXY,
				      "it chooses the authentication method %u, which was not offered; tell its keeper",
				      (unsigned)socks->in[1]);
	return duet_error_set(err, DUET_E_PROXY, "%s",
			      socks->has_password
				      ? "it wants another authentication than a name and a password; ask its keeper"
				      : "it wants authentication: give it a name and a password");
}

static int take_password(struct duet_socks *socks, struct duet_error *err)
{
	/* Its version is 1, which not all of them write. */
	if (socks->in[1] != 0)
		return duet_error_set(err, DUET_E_PROXY,
				      "it refuses this name and password; check them");
	say_request(socks);
	return DUET_WANT_READ;
}

/* RFC 1928 s6, after "it cannot reach HOST port N: " */
static const char *words_of(unsigned reply)
{
	static const char *const words[] = {
		[1] = "it failed without saying why; ask its keeper",
		[2] = "its rules do not allow that; ask its keeper",
		[3] = "there is no way to that network; check the address",
		[4] = "there is no way to that host; check the name",
		[5] = "the connection was refused there: check the port, and that the server runs",
		[6] = "the time to live ran out on the way",
		[7] = "it does not do CONNECT; ask its keeper",
		[8] = "it does not do addresses of that kind; try socks5h://, or another family",
	};

	if (reply < sizeof(words) / sizeof(words[0]) && words[reply] != NULL)
		return words[reply];
	return "it gives a code that nobody knows";
}

static int refused(struct duet_socks *socks, struct duet_error *err)
{
	char host[DUET_SOCKS_FIELD_MAX + 1];

	socks->reply = socks->in[1];
	duet_str_printable(host, sizeof(host), duet_str(socks->host));
	return duet_error_set(err, DUET_E_PROXY,
			      "it cannot reach '%s' port %u (SOCKS reply %u): %s",
			      host, (unsigned)socks->port,
			      (unsigned)socks->reply, words_of(socks->reply));
}

/* RFC 1928 s6: the address that it connects from, which nobody needs. */
static size_t reply_bytes(const struct duet_socks *socks)
{
	switch (socks->in[3]) {
	case TYPE_IPV4:
		return 4 + 4 + 2;
	case TYPE_IPV6:
		return 4 + 16 + 2;
	case TYPE_NAME:
		return 5 + (size_t)socks->in[4] + 2;
	default:
		return 0;
	}
}

static int take_reply(struct duet_socks *socks, struct duet_error *err)
{
	size_t whole;

	if (socks->in[0] != VERSION)
		return not_socks(socks, err);
	if (socks->in[1] != 0)
		return refused(socks, err);
	whole = reply_bytes(socks);
	if (whole == 0)
		return duet_error_set(err, DUET_E_PROXY,
				      "its answer has an address of the kind %u, which there is not; tell its keeper",
				      (unsigned)socks->in[3]);
	if (socks->in_len < whole) {
		socks->in_want = whole;
		return DUET_WANT_READ;
	}
	expect(socks, DUET_SOCKS_OPEN, 0);
	return DUET_OK;
}

int duet_socks_received(struct duet_socks *socks, size_t n,
			struct duet_error *err)
{
	socks->in_len += n;
	if (socks->in_len < socks->in_want)
		return DUET_WANT_READ;
	switch (socks->state) {
	case DUET_SOCKS_METHOD:
		return take_method(socks, err);
	case DUET_SOCKS_PASSWORD:
		return take_password(socks, err);
	case DUET_SOCKS_REPLY:
		return take_reply(socks, err);
	case DUET_SOCKS_OPEN:
		break;
	}
	return DUET_OK;
}

bool duet_socks_may_try_another(const struct duet_socks *socks)
{
	return socks->reply == 1 || (socks->reply >= 3 && socks->reply <= 6) ||
	       socks->reply == 8;
}
