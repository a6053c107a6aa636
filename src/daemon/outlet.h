/* SPDX-License-Identifier: MIT */
/*
 * daemon/outlet.h - writing to a descriptor whose reader may have stalled. A
 * pager that is not scrolled, a terminal after Ctrl-S, a log shipper that
 * hangs: none of them may hold up a process that has clients to serve.
 */
#ifndef DUET_DAEMON_OUTLET_H
#define DUET_DAEMON_OUTLET_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Have a pipe or a terminal opened anew without blocking, and put it in the
 * place of fd. Setting O_NONBLOCK on fd itself would set it for every process
 * that shares it, the user's shell among them. Nothing happens for files and
 * sockets, which need none of it, and where the system refuses.
 */
void duet_outlet_unblock(int fd);
/*
 * As write(2), but it does not wait for a reader: -1 with EAGAIN. On a pipe or
 * terminal that could not be opened anew it may still have to, when another
 * process fills it at the same moment.
 */
ssize_t duet_outlet_write(int fd, const void *data, size_t n);
/* A file of a disk has no reader: no need to ask whether there is room. */
bool duet_outlet_is_file(int fd);
ssize_t duet_outlet_write_file(int fd, const void *data, size_t n);

#endif
