/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* source.unix: takes records from clients that connect to a socket of this machine, one a line.
 *
 * It is `source.tcp` for processes on the same machine: the same framings, limits and ends of
 * connections. The socket is a file that is made at the start and removed at the end; one that is
 * left over, with nobody listening, is replaced. With `@NAME` it is a name without a file.
 *
 *   source.unix listen=/run/weir.sock ! filter.match where='.status >= 500' ! sink.stdout
 */
#include <weir/weir-plugin.h>

typedef struct
{
  WeirListenSource parent;
} WeirSourceUnix;

static const WeirOption options[] = {
  WEIR_LISTEN_SOURCE_OPTIONS (WeirSourceUnix, parent,
                              "The path of the socket, or @NAME in the abstract space of Linux"),
};

static void
weir_source_unix_class_init (WeirSourceClass *klass)
{
  weir_listen_source_class_init_unix (klass);
}

WEIR_DEFINE_SOURCE (WeirSourceUnix, weir_source_unix, "source.unix",
                    "Takes records from clients that connect to a local socket",
                    "source.unix listen=/run/weir.sock ! sink.stdout")
