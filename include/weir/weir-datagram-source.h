/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-line-reader.h>
#include <weir/weir-source.h>

G_BEGIN_DECLS

/**
 * WeirDatagramSource: (skip)
 *
 * A source of the datagrams that are sent to an address: its options, of which
 * %WEIR_DATAGRAM_SOURCE_OPTIONS are the rows. The first member of the stage.
 */
typedef struct
{
  WeirSource parent;

  char *listen;
  guint64 max_record;
  guint64 receive_buffer;
  guint check;

  /*< private >*/
  gpointer datagrams;
} WeirDatagramSource;

WEIR_API void weir_datagram_source_class_init (WeirSourceClass *klass);

WEIR_API const char *const weir_datagram_checks[];

/**
 * WEIR_DATAGRAM_SOURCE_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirDatagramSource
 *
 * The rows of its option table.
 */
#define WEIR_DATAGRAM_SOURCE_OPTIONS(Type, member)                                                 \
  WEIR_OPTION_ROW ("listen", WEIR_OPTION_STRING, Type, member.listen, .required = TRUE,            \
                   .doc = "The address that datagrams are sent to: HOST:PORT, [::1]:PORT, :PORT "  \
                          "for all addresses; port 0: the system chooses, and it is told"),        \
      WEIR_OPTION_SIZE ("max-record", Type, member.max_record, 1, 1 << 30, "64KiB",                \
                        "Longer records fail, and reading goes on"),                               \
      WEIR_OPTION_SIZE ("receive-buffer", Type, member.receive_buffer, 4096, 1 << 30, "1MiB",      \
                        "What the system keeps of datagrams that are not read yet, as far as it "  \
                        "allows; more are lost"),                                                  \
      WEIR_OPTION_ENUM (                                                                           \
          "check", Type, member.check, weir_datagram_checks, "fields",                             \
          "What is checked: records whose fields are read, or the full grammar of each")

G_END_DECLS
