/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.tcp: takes records from clients that connect over TCP, one a line.
 *
 * The deadline of a record runs from when it was read. Each connection is a stream of its own:
 * blank lines are no records, a byte-order mark at its start and a CR before a newline are not
 * content. A record over `max-record` fails alone. When a connection ends in the middle of a
 * record, that one fails, and the run goes on. With `tls-certificate` clients speak TLS; with
 * `tls-client-ca` they show a certificate too. When the run is stopped, what clients have sent
 * already is still read.
 *
 *   source.tcp listen=127.0.0.1:4000 ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirListenSource parent;
} WeirSourceTcp;

static const WeirOption options[] = {
  WEIR_LISTEN_SOURCE_OPTIONS (WeirSourceTcp, parent,
                              "The address to listen at: HOST:PORT, [::1]:PORT, :PORT for all "
                              "addresses; port 0: the system chooses, and it is told"),
  WEIR_LISTEN_TLS_OPTIONS (WeirSourceTcp, parent),
};

static void
weir_source_tcp_class_init (WeirSourceClass *klass)
{
  weir_listen_source_class_init_tcp (klass);
}

WEIR_DEFINE_SOURCE (WeirSourceTcp, weir_source_tcp, "source.tcp",
                    "Takes records from clients that connect over TCP",
                    "source.tcp listen=127.0.0.1:4000 ! sink.stdout")
