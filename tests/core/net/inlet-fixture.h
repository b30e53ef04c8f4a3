/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An inlet at a name without a file, where what a client sends is there at once, and the time is
 * the test's. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/weir-emitter-private.h"
#include "net/weir-address-private.h"
#include "net/weir-inlet-private.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

typedef struct
{
  WeirBufferPool *pool;
  WeirEmitter *emitter;
  WeirInlet *inlet;
  GSocketAddress *address;
  gint64 now;
  int woken;     /* an eventfd: a handshake is done */
  GString *seen; /* good records in brackets, failed ones in braces */
  GString *messages;
  guint most; /* records in one fill */
} InletFixture;

static inline void
inlet_fixture_wake (gpointer data)
{
  eventfd_write (((InletFixture *)data)->woken, 1);
}

/* The other members of @options are the test's. */
static inline InletFixture *
inlet_fixture_new (WeirInletOptions options)
{
  static guint n_made;
  InletFixture *fixture = g_new0 (InletFixture, 1);
  g_autofree char *name = g_strdup_printf ("@weir-inlet-%d-%u", (int)getpid (), n_made++);
  g_autoptr (GSocketConnectable) where = weir_address_parse_unix (name, NULL);

  fixture->pool = weir_buffer_pool_new (0);
  fixture->emitter = weir_emitter_new ();
  fixture->address = weir_address_resolve (where, NULL);
  fixture->seen = g_string_new (NULL);
  fixture->messages = g_string_new (NULL);
  fixture->woken = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  options.listener = weir_listener_new (where, G_SOCKET_TYPE_STREAM, NULL);
  options.max_connections = MAX (options.max_connections, 1);
  options.max_record = options.max_record > 0 ? options.max_record : 1000;
  fixture->inlet = weir_inlet_new (&options, NULL);
  g_assert_nonnull (fixture->inlet);
  return fixture;
}

static inline void
inlet_fixture_free (InletFixture *fixture)
{
  weir_inlet_free (fixture->inlet);
  weir_emitter_unref (fixture->emitter);
  g_assert_cmpuint (weir_buffer_pool_get_used (fixture->pool), ==, 0);
  weir_buffer_pool_unref (fixture->pool);
  g_object_unref (fixture->address);
  g_string_free (fixture->seen, TRUE);
  g_string_free (fixture->messages, TRUE);
  close (fixture->woken);
  g_free (fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (InletFixture, inlet_fixture_free)

static inline void
inlet_fixture_note (InletFixture *fixture, WeirBatch *batch)
{
  fixture->most = MAX (fixture->most, batch->n_records);
  for (guint i = 0; i < batch->n_records; i++)
    {
      const WeirRecord *record = &batch->records[i];
      const char *message = weir_batch_get_message (batch, record);
      gboolean failed = record->verdict == WEIR_VERDICT_FAILED;

      g_string_append_c (fixture->seen, failed ? '{' : '[');
      g_string_append_len (fixture->seen, record->text, record->length);
      g_string_append_c (fixture->seen, failed ? '}' : ']');
      g_string_append (fixture->messages, message != NULL ? message : "");
    }
}

static inline WeirSourceStatus
inlet_fixture_step (InletFixture *fixture,
                    WeirSourceStatus (*verb) (WeirInlet *inlet, WeirEmitter *out))
{
  g_autoptr (WeirBatch) batch = weir_batch_new (fixture->pool);
  WeirSourceStatus status;

  weir_emitter_open (fixture->emitter, batch, fixture->now);
  status = verb (fixture->inlet, fixture->emitter);
  weir_emitter_close (fixture->emitter);
  inlet_fixture_note (fixture, batch);
  return status;
}

static inline gboolean
is_readable (const InletFixture *fixture)
{
  struct pollfd ask = { .fd = weir_inlet_get_fd (fixture->inlet), .events = POLLIN };

  return poll (&ask, 1, 0) == 1;
}

/* Fills until it waits for something that is not there. */
static inline const char *
inlet_fixture_fill (InletFixture *fixture)
{
  g_string_truncate (fixture->seen, 0);
  while (inlet_fixture_step (fixture, weir_inlet_fill) == WEIR_SOURCE_MORE || is_readable (fixture))
    ;
  return fixture->seen->str;
}

static inline const char *
inlet_fixture_halt (InletFixture *fixture)
{
  g_string_truncate (fixture->seen, 0);
  while (inlet_fixture_step (fixture, weir_inlet_halt) == WEIR_SOURCE_MORE)
    ;
  return fixture->seen->str;
}

/* A client that has connected. */
static inline GSocket *
inlet_fixture_connect (InletFixture *fixture)
{
  GSocket *client = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);

  g_assert_true (g_socket_connect (client, fixture->address, NULL, NULL));
  return client;
}

static inline void
say (GSocket *client, const char *text)
{
  g_assert_cmpint (g_socket_send (client, text, strlen (text), NULL, NULL), ==, strlen (text));
}

/* Connects so many, each of which sends @text and stays. */
static inline GPtrArray *
inlet_fixture_connect_many (InletFixture *fixture, guint number, const char *text, gsize length)
{
  GPtrArray *clients = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < number; i++)
    {
      g_ptr_array_add (clients, inlet_fixture_connect (fixture));
      g_assert_cmpint (g_socket_send (clients->pdata[i], text, length, NULL, NULL), ==, length);
    }
  inlet_fixture_fill (fixture);
  return clients;
}

/* What the client learns: nothing yet, or that the connection is closed. */
static inline gboolean
is_closed (GSocket *client)
{
  char byte;

  return recv (g_socket_get_fd (client), &byte, 1, MSG_DONTWAIT) == 0 || errno != EAGAIN;
}

/* Warnings since the last time, in one string. */
static GString *told;

static inline GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields && (level & G_LOG_LEVEL_WARNING); i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      g_string_append_printf (told, "%s\n", (const char *)fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static inline char *
take_warnings (void)
{
  char *text = g_strdup (told->str);

  g_string_truncate (told, 0);
  return text;
}
