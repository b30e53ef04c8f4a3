/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sink.tcp: writes records to a peer that it connects to, one a line.
 *
 * A record is accepted, and its deadline met or missed, when its last byte has reached the kernel:
 * what the peer makes of it is not known, and what it has not read when it dies is lost without a
 * trace. A peer that is slow holds the pipeline back. One that is not there, or goes away, is tried
 * again behind a backoff, and gets the records that were not written whole; a record that was cut
 * comes again from its start. At the end of the input, and after an interrupt, the peer may take
 * nothing for `drain-timeout`: then what is left fails, and the run with it.
 *
 *   source.stdin ! filter.match where='.status >= 500' ! sink.tcp connect=127.0.0.1:5170
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirSink parent;

  WeirConnectSink connect; /* options */
} WeirSinkTcp;

static const WeirOption options[] = {
  WEIR_CONNECT_SINK_OPTIONS (WeirSinkTcp, connect, "The peer: HOST:PORT, or [IPV6]:PORT"),
  WEIR_CONNECT_TLS_OPTIONS (WeirSinkTcp, connect),
};

static void
weir_sink_tcp_class_init (WeirSinkClass *klass)
{
  weir_connect_sink_class_init (WEIR_STAGE_CLASS (klass), G_STRUCT_OFFSET (WeirSinkTcp, connect),
                                WEIR_CONNECT_TCP);
}

WEIR_DEFINE_SINK (WeirSinkTcp, weir_sink_tcp, "sink.tcp",
                  "Writes records to a peer that it connects to, one a line",
                  "source.stdin ! sink.tcp connect=127.0.0.1:5170")
