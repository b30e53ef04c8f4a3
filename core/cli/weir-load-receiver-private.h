/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-clock.h>

#include "cli/weir-load-tally-private.h"

G_BEGIN_DECLS

/* Stream sockets of the loopback interface. */
int weir_loopback_listen (guint *port, GError **error);
/* G_IO_ERROR_CONNECTION_REFUSED: nobody listens there. */
int weir_loopback_connect (guint port, GError **error);
/* One that was free a moment ago; 0: none. */
guint weir_loopback_find_port (GError **error);

/* Where the load arrives: listens, accepts any number of connections up to a bound, and counts the
 * lines that they bring into a tally. One thread. */
typedef struct _WeirLoadReceiver WeirLoadReceiver;

WeirLoadReceiver *weir_load_receiver_new (WeirClock *clock, WeirLoadTally *tally,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weir_load_receiver_free (WeirLoadReceiver *receiver);
guint weir_load_receiver_get_port (const WeirLoadReceiver *receiver);
/* How many have connected since it listens. */
guint weir_load_receiver_count_accepted (const WeirLoadReceiver *receiver);

/* Waits for what comes, or until @other_fd (-1: none) is readable, and takes it in. */
void weir_load_receiver_poll (WeirLoadReceiver *receiver, int other_fd, int milliseconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLoadReceiver, weir_load_receiver_free)

G_END_DECLS
