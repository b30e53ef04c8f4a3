/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-line-reader.h>
#include <weir/weir-source.h>

G_BEGIN_DECLS

/**
 * WeirListenSource: (skip)
 *
 * What the sources have in common that clients connect to: the options that
 * %WEIR_LISTEN_SOURCE_OPTIONS and %WEIR_LISTEN_TLS_OPTIONS are the rows of, and whoever deals with
 * the clients. The first member of the stage.
 */
typedef struct
{
  WeirSource parent;

  char *listen;
  guint framing;
  guint64 max_connections;
  guint64 max_record;
  guint64 idle_timeout;
  guint check;

  char *tls_certificate;
  char *tls_key;
  char *tls_client_ca;

  /*< private >*/
  gpointer inlet;
} WeirListenSource;

WEIR_API void weir_listen_source_class_init_tcp (WeirSourceClass *klass);
WEIR_API void weir_listen_source_class_init_unix (WeirSourceClass *klass);

WEIR_API const char *const weir_listen_framings[];
WEIR_API const char *const weir_listen_checks[];

/**
 * WEIR_LISTEN_SOURCE_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirListenSource
 * @listen_doc: what the option `listen` says
 *
 * The rows of an option table that say where clients connect to, and how they send records.
 */
#define WEIR_LISTEN_SOURCE_OPTIONS(Type, member, listen_doc)                                       \
  WEIR_OPTION_ROW ("listen", WEIR_OPTION_STRING, Type, member.listen, .required = TRUE,            \
                   .doc = listen_doc),                                                             \
      WEIR_OPTION_ENUM ("framing", Type, member.framing, weir_listen_framings, "lines",            \
                        "How records follow each other: lines; octet-counted, the length in "      \
                        "decimal digits, a space, the record (RFC 6587)"),                         \
      WEIR_OPTION_UINT64 ("max-connections", Type, member.max_connections, 1, 1000000, "5000",     \
                          "Connections that are open at the same time; others wait to be "         \
                          "accepted until one closes"),                                            \
      WEIR_OPTION_SIZE ("max-record", Type, member.max_record, 1, 1 << 30, "1MiB",                 \
                        "Longer records fail, and reading goes on; each connection may hold so "   \
                        "much of a record that is not whole yet"),                                 \
      WEIR_OPTION_DURATION ("idle-timeout", Type, member.idle_timeout, "0s",                       \
                            "A connection that sent nothing for so long is closed; 0: never"),     \
      WEIR_OPTION_ENUM (                                                                           \
          "check", Type, member.check, weir_listen_checks, "fields",                               \
          "What is checked: records whose fields are read, or the full grammar of each")

/**
 * WEIR_LISTEN_TLS_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirListenSource
 *
 * The rows of an option table that ask for TLS.
 */
#define WEIR_LISTEN_TLS_OPTIONS(Type, member)                                                      \
  WEIR_OPTION_STRING ("tls-certificate", Type, member.tls_certificate, NULL,                       \
                      "The certificate to show, a PEM file, with those that it depends on; "       \
                      "clients then speak TLS"),                                                   \
      WEIR_OPTION_STRING ("tls-key", Type, member.tls_key, NULL,                                   \
                          "Its private key, a PEM file; when not given, it is in the file of the " \
                          "certificate"),                                                          \
      WEIR_OPTION_STRING ("tls-client-ca", Type, member.tls_client_ca, NULL,                       \
                          "Who must have signed the certificate of each client, a PEM file; when " \
                          "not given, clients need none")

G_END_DECLS
