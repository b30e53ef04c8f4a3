/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.udp: takes records from datagrams.
 *
 * A datagram is a record, or several, one a line. It is its own frame: its last line needs no
 * newline; blank lines are no records; a byte-order mark at its start and a CR before a newline are
 * not content. A record over `max-record` fails alone. Datagrams that come faster than they are
 * read are lost by the system when its `receive-buffer` is full: how many is told at the end, and
 * they are not in the ledger. The deadline of a record runs from when it was read.
 *
 *   source.udp listen=127.0.0.1:4000 ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirDatagramSource parent;
} WeirSourceUdp;

static const WeirOption options[] = {
  WEIR_DATAGRAM_SOURCE_OPTIONS (WeirSourceUdp, parent),
};

static void
weir_source_udp_class_init (WeirSourceClass *klass)
{
  weir_datagram_source_class_init (klass);
}

WEIR_DEFINE_SOURCE (WeirSourceUdp, weir_source_udp, "source.udp", "Takes records from datagrams",
                    "source.udp listen=127.0.0.1:4000 ! sink.stdout")
