/* SPDX-License-Identifier: MIT */
/*
 * Reading needs no lock: every file is whole at every moment. Making does, so
 * that two processes do not each make a CA of which one is lost after its owner
 * has told people to trust it.
 *
 * A CA is made in a directory of its own:
 *
 *   nothing there yet   that directory becomes the CA's by one rename(2)
 *   an old CA           its leaf goes, the new key takes the old one's place,
 *                       and then the certificate; whoever is interrupted
 *                       between the two leaves a certificate without its key
 *                       in the new directory, and the next one goes on there
 */
#define _DEFAULT_SOURCE /* mkdtemp, gethostname */
#include "daemon/local_ca.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	FILE_MAX_BYTES = 65536,
	LEAF_DAYS = 90,
	CA_DAYS = 3650,
	/* A CA is replaced while it still outlives every leaf it issues. */
	CA_SPARE_DAYS = 2 * LEAF_DAYS,
	DAY = 86400,
	NAME_BYTES = 64,
	PASSWD_BYTES = 4096,
};

static const char *const leaf_names[] = { "localhost", "127.0.0.1", "::1",
					  NULL };
/* "localhost" stands for what is below it too (RFC 5280 s4.2.1.10). */
static const char *const permitted[] = { "localhost", "127.0.0.0/8", "::1/128",
					 NULL };

struct places {
	char *parent; /* all are new */
	char *dir;
	char *ca;
	char *ca_key;
	char *leaf;
	char *lock;
	char *new_dir; /* a CA in the making; whoever holds the lock owns it */
	char *new_ca;
	char *new_ca_key;
};

struct dates {
	int64_t begin;
	int64_t end;
};

/* What is there already. */
enum found {
	FOUND_NOTHING,
	FOUND_CA,   /* which may issue a leaf */
	FOUND_LEAF, /* good for a while yet */
};

char *duet_local_ca_path(void)
{
	return duet_file_xdg(DUET_XDG_DATA, "local-ca/ca.pem");
}

char *duet_local_ca_key_path(void)
{
	return duet_file_xdg(DUET_XDG_DATA, "local-ca/ca-key.pem");
}

char *duet_local_ca_leaf_path(void)
{
	return duet_file_xdg(DUET_XDG_DATA, "local-ca/leaf.pem");
}

char *duet_local_ca_find(void)
{
	char *path = duet_local_ca_path();

	if (path != NULL && access(path, F_OK) == 0)
		return path;
	duet_mem_free(path);
	return NULL;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct duet_trust *duet_local_ca_trust(const char *ca_file, const char *ca_dir,
				       const char *crl, bool local,
				       struct duet_error *err)
{
	struct duet_trust_source source = {
		.size = sizeof(source),
		.ca_file = ca_file,
		.ca_dir = ca_dir,
	};
	struct duet_trust *trust;
	char *local_ca = NULL;

	if (crl != NULL && is_directory(crl))
		source.crl_dir = crl;
	else
		source.crl_file = crl;
	if (local && ca_file == NULL && ca_dir == NULL)
		local_ca = duet_local_ca_find();
	if (local_ca != NULL) {
		source.ca_file = local_ca;
		source.add_system = true;
	}
	trust = duet_trust_new(&source, err);
	duet_mem_free(local_ca);
	return trust;
}

bool duet_local_ca_covers(const char *host)
{
	static const char below[] = ".localhost";
	size_t len = strlen(host);
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	if (len >= sizeof(below))
		host += len - (sizeof(below) - 1);
	return duet_str_eq_nocase(host, "localhost") ||
	       duet_str_eq_nocase(host, below);
}

static void places_done(struct places *places)
{
	duet_mem_free(places->parent);
	duet_mem_free(places->dir);
	duet_mem_free(places->ca);
	duet_mem_free(places->ca_key);
	duet_mem_free(places->leaf);
	duet_mem_free(places->lock);
	duet_mem_free(places->new_dir);
	duet_mem_free(places->new_ca);
	duet_mem_free(places->new_ca_key);
}

static int places_init(struct places *places, struct duet_error *err)
{
	memset(places, 0, sizeof(*places));
	places->dir = duet_file_xdg(DUET_XDG_DATA, "local-ca");
	places->ca = duet_local_ca_path();
	places->ca_key = duet_local_ca_key_path();
	places->leaf = duet_local_ca_leaf_path();
	places->lock = duet_file_xdg(DUET_XDG_DATA, "local-ca.lock");
	if (places->lock != NULL) /* and all else is in there */
		places->parent =
			duet_mem_strndup(places->lock,
					 (size_t)(strrchr(places->lock, '/') -
						  places->lock));
	places->new_dir = duet_file_xdg(DUET_XDG_DATA, "local-ca.new");
	places->new_ca = duet_file_xdg(DUET_XDG_DATA, "local-ca.new/ca.pem");
	places->new_ca_key =
		duet_file_xdg(DUET_XDG_DATA, "local-ca.new/ca-key.pem");
	if (places->parent != NULL && places->dir != NULL &&
	    places->ca != NULL && places->ca_key != NULL &&
	    places->leaf != NULL && places->lock != NULL &&
	    places->new_dir != NULL && places->new_ca != NULL &&
	    places->new_ca_key != NULL)
		return DUET_OK;
	places_done(places);
	return duet_error_set(err, DUET_E_STATE,
			      "no place for a local CA: neither HOME nor "
			      "XDG_DATA_HOME is set; set one, or give --cert "
			      "and --key");
}

/* ---- reading ---- */

static int dates_of_pem(struct duet_bytes pem, struct dates *ret,
			struct duet_error *err)
{
	struct duet_facts_cert facts = { .size = sizeof(facts) };
	struct duet_inspection *inspection = duet_inspect(pem, err);
	int rc;

	if (inspection == NULL)
		return err != NULL ? err->code : DUET_E_PEM;
	rc = duet_inspection_get(inspection, 0, &facts);
	if (rc == DUET_OK)
		*ret = (struct dates){ facts.not_before, facts.not_after };
	duet_inspection_free(inspection);
	return rc;
}

static int dates_of(const char *path, struct dates *ret, struct duet_error *err)
{
	struct duet_buffer pem = { NULL, 0 };
	int rc = duet_file_read(path, FILE_MAX_BYTES, &pem, err);

	if (rc == DUET_OK)
		rc = dates_of_pem((struct duet_bytes){ pem.data, pem.len }, ret,
				  err);
	duet_buffer_free(&pem);
	return rc;
}

static bool is_fresh(const struct dates *dates, int64_t now)
{
	return now >= dates->begin &&
	       now < dates->begin + (dates->end - dates->begin) / 3 * 2;
}

/* A leaf that is missing, old or damaged is simply replaced. */
static bool has_fresh_leaf(const struct places *places, int64_t now,
			   struct duet_local_ca *ret)
{
	struct dates dates = { 0, 0 };

	if (dates_of(places->leaf, &dates, NULL) != DUET_OK ||
	    !is_fresh(&dates, now))
		return false;
	ret->leaf = duet_identity_new(DUET_IDENTITY(.cert_file = places->leaf),
				      NULL);
	ret->leaf_not_after = dates.end;
	return ret->leaf != NULL;
}

/* A CA that is damaged is not: somebody may trust it. */
static int look(const struct places *places, int64_t now, enum found *ret_found,
		struct duet_local_ca *ret, struct duet_error *err)
{
	struct duet_error why;
	struct dates dates = { 0, 0 };
	int rc = dates_of(places->ca, &dates, &why);

	*ret_found = FOUND_NOTHING;
	if (rc == DUET_E_SYSTEM && why.sys == ENOENT &&
	    access(places->ca_key, F_OK) != 0)
		return DUET_OK;
	if (rc != DUET_OK) {
		duet_error_prefix(&why,
				  "the local CA is damaged (remove '%s' "
				  "to have a new one made): ",
				  places->dir);
		return duet_error_copy(err, &why);
	}
	if (now > dates.end - (int64_t)CA_SPARE_DAYS * DAY)
		return DUET_OK;
	*ret_found = FOUND_CA;
	if (has_fresh_leaf(places, now, ret))
		*ret_found = FOUND_LEAF;
	return DUET_OK;
}

/* ---- making ---- */

/* People meet this name in their browser's list of authorities. */
static void name_ca(char name[NAME_BYTES], int64_t now)
{
	char host[20] = "";
	char date[DUET_TIME_TEXT_BYTES];
	char strings[PASSWD_BYTES];
	struct passwd *found = NULL;
	struct passwd entry;
	const char *user = "me";

	/* Whose it is, whatever the environment says or leaves out. */
	if (getpwuid_r(geteuid(), &entry, strings, sizeof(strings), &found) ==
		    0 &&
	    found != NULL)
		user = found->pw_name;

	(void)gethostname(host, sizeof(host) - 1);
	duet_time_text(date, now);
	(void)snprintf(name, NAME_BYTES, "Duet local CA of %.16s@%s %.10s",
		       user, host, date);
}

static int write_pem(const char *dir, const char *name,
		     const struct duet_buffer *pem, unsigned mode,
		     struct duet_error *err)
{
	char *path = duet_mem_printf("%s/%s", dir, name);
	int rc;

	if (path == NULL)
		return duet_error_nomem(err);
	rc = duet_file_write(path, (struct duet_bytes){ pem->data, pem->len },
			     mode, err);
	duet_mem_free(path);
	return rc;
}

/* A CA's two files in a directory. */
static int write_ca(const char *dir, int64_t now, struct duet_error *err)
{
	struct duet_buffer cert = { NULL, 0 };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_key *key = NULL;
	char name[NAME_BYTES];
	int rc;

	name_ca(name, now);
	key = duet_key_new(DUET_KEY_P256, err);
	if (key == NULL)
		return err->code;
	rc = duet_cert_self_signed(key,
				   DUET_CERT(.common_name = name,
					     .usage = DUET_USAGE_CA,
					     .not_before = now - 3600,
					     .not_after = now + (int64_t)DAY *
									CA_DAYS,
					     .permitted = permitted),
				   &cert, err);
	if (rc == DUET_OK)
		rc = duet_key_write(key, NULL, &pem, err);
	if (rc == DUET_OK)
		rc = write_pem(dir, "ca-key.pem", &pem, 0600, err);
	if (rc == DUET_OK)
		rc = write_pem(dir, "ca.pem", &cert, 0644, err);
	duet_key_free(key);
	duet_buffer_free(&pem);
	duet_buffer_free(&cert);
	return rc;
}

/* Of a CA that is no longer wanted, or one half made. */
static void remove_ca(const char *dir)
{
	/* The certificate before its key, see is_half_in_place(). */
	static const char *const names[] = { "leaf.pem", "ca.pem",
					     "ca-key.pem" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = duet_mem_printf("%s/%s", dir, names[i]);

		if (path != NULL)
			(void)unlink(path);
		duet_mem_free(path);
	}
	(void)rmdir(dir);
}

static int move(const char *from, const char *to, struct duet_error *err)
{
	if (rename(from, to) == 0)
		return DUET_OK;
	return duet_error_sys(err, DUET_E_SYSTEM, errno,
			      "'%s': cannot put a new local CA there", to);
}

/* A certificate is written after its key, and moved after it. */
static bool is_half_in_place(const struct places *places)
{
	return access(places->new_ca, F_OK) == 0 &&
	       access(places->new_ca_key, F_OK) != 0;
}

static int put_certificate_in_place(const struct places *places,
				    struct duet_error *err)
{
	int rc = move(places->new_ca, places->ca, err);

	if (rc == DUET_OK)
		remove_ca(places->new_dir);
	return rc;
}

static int put_in_place(const struct places *places, struct duet_error *err)
{
	int rc;

	if (rename(places->new_dir, places->dir) == 0)
		return DUET_OK;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot put a new local CA there",
				      places->dir);
	/* What else is kept there stays; but the leaf is of the old CA. */
	if (unlink(places->leaf) != 0 && errno != ENOENT)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot remove it, its CA is to be "
				      "replaced",
				      places->leaf);
	rc = move(places->new_ca_key, places->ca_key, err);
	return rc == DUET_OK ? put_certificate_in_place(places, err) : rc;
}

/* The old one stays until there is a new one to the last byte. */
static int make_ca(const struct places *places, int64_t now,
		   struct duet_error *err)
{
	int rc;

	remove_ca(places->new_dir); /* of somebody who was interrupted */
	if (mkdir(places->new_dir, 0700) != 0 && errno != EEXIST)
		return duet_error_sys(err, DUET_E_SYSTEM, errno,
				      "'%s': cannot make this directory",
				      places->new_dir);
	rc = write_ca(places->new_dir, now, err);
	if (rc == DUET_OK)
		rc = put_in_place(places, err);
	if (rc != DUET_OK && !is_half_in_place(places))
		remove_ca(places->new_dir);
	return rc;
}

static int write_leaf(const struct places *places,
		      const struct duet_identity *ca, int64_t now,
		      struct duet_error *err)
{
	struct duet_buffer chain = { NULL, 0 };
	struct duet_buffer pem = { NULL, 0 };
	struct duet_key *key = duet_key_new(DUET_KEY_P256, err);
	struct duet_buffer both = { NULL, 0 };
	int rc;

	if (key == NULL)
		return err->code;
	rc = duet_cert_issue(ca, key,
			     DUET_CERT(.names = leaf_names,
				       .usage = DUET_USAGE_SERVER,
				       .not_before = now - 3600,
				       .not_after =
					       now + (int64_t)DAY * LEAF_DAYS),
			     &chain, err);
	if (rc == DUET_OK)
		rc = duet_key_write(key, NULL, &pem, err);
	if (rc != DUET_OK)
		goto out;
	both.data = duet_mem_printf("%.*s%.*s", (int)chain.len,
				    (const char *)chain.data, (int)pem.len,
				    (const char *)pem.data);
	if (both.data == NULL) {
		rc = duet_error_nomem(err);
		goto out;
	}
	both.len = strlen(both.data);
	rc = duet_file_write(places->leaf,
			     (struct duet_bytes){ both.data, both.len }, 0600,
			     err);
out:
	duet_key_free(key);
	duet_buffer_free(&both);
	duet_buffer_free(&pem);
	duet_buffer_free(&chain);
	return rc;
}

static int make_leaf(const struct places *places, int64_t now,
		     struct duet_error *err)
{
	struct duet_identity *ca =
		duet_identity_new(DUET_IDENTITY(.cert_file = places->ca,
						.key_file = places->ca_key),
				  err);
	int rc;

	if (ca == NULL) {
		duet_error_prefix(err,
				  "the local CA is damaged (remove '%s' "
				  "to have a new one made): ",
				  places->dir);
		return err->code;
	}
	rc = write_leaf(places, ca, now, err);
	duet_identity_release(ca);
	return rc;
}

static int make_what_is_missing(const struct places *places, int64_t now,
				struct duet_local_ca *ret,
				struct duet_error *err)
{
	enum found found = FOUND_NOTHING;
	int fd = -1;
	int rc;

	rc = duet_file_make_dirs(places->parent, 0700, err);
	if (rc == DUET_OK)
		rc = duet_file_lock(places->lock, &fd, err);
	if (rc != DUET_OK) {
		duet_error_append(err, "; set XDG_DATA_HOME to a directory "
				       "where the local CA can be kept, or "
				       "give --cert and --key");
		return rc;
	}
	if (is_half_in_place(places)) {
		rc = put_certificate_in_place(places, err);
		ret->made_now = rc == DUET_OK;
	}
	/* Somebody may have been quicker. */
	if (rc == DUET_OK)
		rc = look(places, now, &found, ret, err);
	if (rc == DUET_OK && found == FOUND_NOTHING) {
		rc = make_ca(places, now, err);
		ret->made_now = rc == DUET_OK;
	}
	if (rc == DUET_OK && found != FOUND_LEAF) {
		rc = make_leaf(places, now, err);
		if (rc == DUET_OK)
			rc = look(places, now, &found, ret, err);
		if (rc == DUET_OK && found != FOUND_LEAF)
			rc = duet_error_set(err, DUET_E_STATE,
					    "'%s': cannot be read back",
					    places->leaf);
	}
	(void)close(fd);
	return rc;
}

int duet_local_ca_open(struct duet_local_ca *ret, int64_t now,
		       struct duet_error *err)
{
	struct duet_local_ca ca = { 0 };
	struct duet_error ignored;
	struct places places;
	enum found found;
	int rc;

	if (err == NULL)
		err = &ignored;
	rc = places_init(&places, err);
	if (rc != DUET_OK)
		return rc;
	/* What looks damaged may be on its way: the lock tells. */
	rc = look(&places, now, &found, &ca, NULL);
	if (rc != DUET_OK || found != FOUND_LEAF)
		rc = make_what_is_missing(&places, now, &ca, err);
	if (rc == DUET_OK) {
		ca.ca_path = places.ca;
		places.ca = NULL;
		*ret = ca;
	} else {
		duet_identity_release(ca.leaf);
	}
	places_done(&places);
	return rc;
}

void duet_local_ca_done(struct duet_local_ca *ca)
{
	duet_identity_release(ca->leaf);
	duet_mem_free(ca->ca_path);
	*ca = (struct duet_local_ca){ 0 };
}
