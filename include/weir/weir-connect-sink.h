/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-compressor.h>
#include <weir/weir-sink.h>

G_BEGIN_DECLS

/**
 * WeirConnectFamily: (skip)
 * @WEIR_CONNECT_TCP: the peer is a host and a port
 * @WEIR_CONNECT_UNIX: the peer is a path
 *
 * What a sink connects to.
 */
typedef enum
{
  WEIR_CONNECT_TCP,
  WEIR_CONNECT_UNIX,
} WeirConnectFamily;

/**
 * WeirConnectSink: (skip)
 *
 * What the sinks have in common that write to a peer they connect to: the options that
 * %WEIR_CONNECT_SINK_OPTIONS and %WEIR_CONNECT_TLS_OPTIONS are the rows of, and whoever deals with
 * the connections. A member of the stage.
 */
typedef struct
{
  char *connect;
  guint64 connections;
  guint64 connect_timeout;
  guint64 retry_delay;
  guint64 retry_for;
  guint64 drain_timeout;
  guint64 write_timeout;
  guint64 buffer;
  guint64 flush_interval;
  guint64 batch_size;
  guint compress;
  guint framing;

  gboolean tls;
  char *tls_ca;
  char *tls_certificate;
  char *tls_key;
  char *tls_server_name;

  /*< private >*/
  gpointer state;
} WeirConnectSink;

WEIR_API void weir_connect_sink_class_init (WeirStageClass *klass, gsize offset,
                                            WeirConnectFamily family);

WEIR_API const char *const weir_connect_framings[];

/**
 * WEIR_CONNECT_SINK_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirConnectSink
 * @connect_doc: what the option `connect` says
 *
 * The rows of an option table that say where to connect to, and how records are written there.
 */
#define WEIR_CONNECT_SINK_OPTIONS(Type, member, connect_doc)                                       \
  WEIR_OPTION_ROW ("connect", WEIR_OPTION_STRING, Type, member.connect, .required = TRUE,          \
                   .doc = connect_doc),                                                            \
      WEIR_OPTION_UINT64 ("connections", Type, member.connections, 1, 256, "1",                    \
                          "Connections, all made at the start; records keep their order on each, " \
                          "and so among all of them with one only"),                               \
      WEIR_OPTION_DURATION ("connect-timeout", Type, member.connect_timeout, "10s",                \
                            "How long one attempt to connect may take"),                           \
      WEIR_OPTION_DURATION ("retry-delay", Type, member.retry_delay, "100ms",                      \
                            "The longest wait before the second attempt; it doubles up to 30 s, "  \
                            "and what is waited is a random part of it"),                          \
      WEIR_OPTION_DURATION ("retry-for", Type, member.retry_for, "0s",                             \
                            "How long records wait for a peer that is not there before they fail " \
                            "and end the run; 0: for ever"),                                       \
      WEIR_OPTION_DURATION ("drain-timeout", Type, member.drain_timeout, "5s",                     \
                            "How long the peer may take nothing once the input has ended or the "  \
                            "run was stopped, before what is not written fails"),                  \
      WEIR_OPTION_DURATION ("write-timeout", Type, member.write_timeout, "0s",                     \
                            "A peer that takes nothing for so long has gone; 0: it may take its "  \
                            "time, and holds back the stream"),                                    \
      WEIR_OPTION_SIZE ("buffer", Type, member.buffer, 1, 1LL << 40, "1MiB",                       \
                        "Bytes that are held for the peer at most; more hold back the stream"),    \
      WEIR_OPTION_DURATION ("flush-interval", Type, member.flush_interval, "0s",                   \
                            "How long a record may wait for others to be written with; 0: it "     \
                            "does not wait"),                                                      \
      WEIR_OPTION_UINT64 ("batch-size", Type, member.batch_size, 1, 1e9, "1000",                   \
                          "With flush-interval: as many records do not wait for more, nor do "     \
                          "64 KiB"),                                                               \
      WEIR_OPTION_ENUM ("compress", Type, member.compress, weir_compress_names, "none",            \
                        "Compression: one stream a connection, flushed with each write"),          \
      WEIR_OPTION_ENUM ("framing", Type, member.framing, weir_connect_framings, "lines",           \
                        "How records are told apart: lines, a newline behind each; "               \
                        "octet-counted, its length and a space before each (RFC 6587)")

/**
 * WEIR_CONNECT_TLS_OPTIONS: (skip)
 * @Type: the struct of the stage
 * @member: its #WeirConnectSink
 *
 * The rows of an option table that say how a connection is encrypted.
 */
#define WEIR_CONNECT_TLS_OPTIONS(Type, member)                                                     \
  WEIR_OPTION_BOOLEAN ("tls", Type, member.tls, "false",                                           \
                       "Encrypts, and asks the peer for its certificate"),                         \
      WEIR_OPTION_STRING ("tls-ca", Type, member.tls_ca, NULL,                                     \
                          "File with the certificates (PEM) that sign the peer's; those of the "   \
                          "system when not given"),                                                \
      WEIR_OPTION_STRING ("tls-certificate", Type, member.tls_certificate, NULL,                   \
                          "File with the certificate (PEM) to show to the peer"),                  \
      WEIR_OPTION_STRING ("tls-key", Type, member.tls_key, NULL,                                   \
                          "File with its private key (PEM); in that of the certificate when not "  \
                          "given"),                                                                \
      WEIR_OPTION_STRING ("tls-server-name", Type, member.tls_server_name, NULL,                   \
                          "The name that the peer's certificate is to be for; the host of "        \
                          "connect when not given")

G_END_DECLS
