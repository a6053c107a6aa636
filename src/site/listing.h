/* SPDX-License-Identifier: MIT */
/*
 * site/listing.h - a directory as a page with a table, or as JSON.
 *
 * The page is sorted by links, without scripts: ?sort=name|size|date and
 * &order=asc|desc. Whatever else a query says means nothing. As JSON:
 *
 *	{"path":"/a/","complete":true,"entries":[
 *	{"name":"b","href":"./b","type":"file","size":3,
 *	"modified":"2026-11-24T02:15:39Z"}, ...]}
 *
 * "type" is "file" or "directory"; the size of a directory is null. A name is
 * text, so what is no UTF-8 in it is U+FFFD; "href" has its bytes, relative to
 * the path. "complete" is false beyond DUET_DIRECTORY_ENTRIES_MAX.
 */
#ifndef DUET_SITE_LISTING_H
#define DUET_SITE_LISTING_H

#include <duet/server.h>

#include "site/bodies.h"
#include "site/directory.h"

/*
 * Answer GET or HEAD for the directory at place, in the form that the client
 * likes best; query is that of the request, without its '?'. It has a weak
 * entity tag, and conditions are obeyed. It has no Last-Modified: a file that
 * can no longer be read leaves the list and no date behind. Its body is one of
 * bodies; where these have no room it is 503.
 *
 * 0: it has been answered. -errno of duet_directory_read(): it has not.
 */
DUET_CHECK int duet_listing_reply(struct duet_exchange *exchange,
				  const struct duet_place *place,
				  struct duet_bodies *bodies,
				  struct duet_bytes query);

#endif
