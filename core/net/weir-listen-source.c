/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>

#include <weir/weir-error.h>
#include <weir/weir-listen-source.h>

#include "base/weir-batch-private.h"
#include "net/weir-address-private.h"
#include "net/weir-inlet-private.h"

/* Descriptors that weir has beside its connections. */
#define OTHER_DESCRIPTORS 256

const char *const weir_listen_framings[] = { "lines", "octet-counted", NULL };
const char *const weir_listen_checks[] = { "fields", "full", NULL };

static WeirListenSource *
listen_of (WeirStage *stage)
{
  return (WeirListenSource *)stage;
}

/* Options ---------------------------------------------------------------------------------------
 */

/* @address: taken. */
static void
check_address (GSocketConnectable *address, GError **error, WeirMistakes *mistakes)
{
  if (address == NULL)
    weir_mistakes_add (mistakes, "/listen", (*error)->message);
  g_clear_object (&address);
}

static void
check_tcp (WeirStage *stage, WeirMistakes *mistakes)
{
  const WeirListenSource *self = listen_of (stage);
  g_autoptr (GError) error = NULL;

  check_address (weir_address_parse_inet (self->listen, WEIR_ADDRESS_LISTEN, &error), &error,
                 mistakes);
  if (self->tls_certificate == NULL && self->tls_key != NULL)
    weir_mistakes_add (mistakes, "/tls-key", "has a meaning with \"tls-certificate\" only");
  if (self->tls_certificate == NULL && self->tls_client_ca != NULL)
    weir_mistakes_add (mistakes, "/tls-client-ca", "has a meaning with \"tls-certificate\" only");
}

static void
check_unix (WeirStage *stage, WeirMistakes *mistakes)
{
  g_autoptr (GError) error = NULL;

  check_address (weir_address_parse_unix (listen_of (stage)->listen, &error), &error, mistakes);
}

/* Life ------------------------------------------------------------------------------------------
 */

/* Connections of all sources of the process that have started. */
static int n_allowed;

/* Each connection takes a descriptor, and the usual limit is lower than the usual load; what is not
 * allowed here is told when it is missed. */
static void
allow_descriptors (int n_connections)
{
  struct rlimit limit;
  rlim_t wanted = g_atomic_int_add (&n_allowed, n_connections) + n_connections + OTHER_DESCRIPTORS;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = MIN (wanted, limit.rlim_max);
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
on_handshake (gpointer data)
{
  weir_stage_wake (data);
}

static WeirTlsServer *
make_tls (WeirListenSource *self, GError **error)
{
  return weir_tls_server_new (self->tls_certificate, self->tls_key, self->tls_client_ca,
                              on_handshake, self, error);
}

/* Whoever lets the system choose the port must learn it. */
static void
tell_port (WeirListenSource *self, const WeirListener *listener)
{
  if (g_str_has_suffix (self->listen, ":0"))
    g_message ("%s: listening on %s", weir_stage_get_id (WEIR_STAGE (self)),
               weir_listener_get_name (listener));
}

static gboolean
start (WeirListenSource *self, GSocketConnectable *where, GError **error)
{
  g_autoptr (WeirTlsServer) tls = NULL;
  g_autoptr (WeirListener) listener = NULL;

  if (self->tls_certificate != NULL && (tls = make_tls (self, error)) == NULL)
    return FALSE;
  listener = weir_listener_new (where, G_SOCKET_TYPE_STREAM, error);
  if (listener == NULL)
    return FALSE;

  tell_port (self, listener);
  weir_source_set_live (WEIR_SOURCE (self), TRUE);

  WeirInletOptions options = {
    .listener = g_steal_pointer (&listener),
    .tls = g_steal_pointer (&tls),
    .max_connections = self->max_connections,
    .idle_timeout = self->idle_timeout,
    .max_record = self->max_record,
    .check = self->check,
    .framing = self->framing,
  };

  self->inlet = weir_inlet_new (&options, error);
  if (self->inlet != NULL)
    allow_descriptors (self->max_connections);
  return self->inlet != NULL;
}

static gboolean
start_tcp (WeirStage *stage, GError **error)
{
  WeirListenSource *self = listen_of (stage);
  g_autoptr (GSocketConnectable) where
      = weir_address_parse_inet (self->listen, WEIR_ADDRESS_LISTEN, error);

  return where != NULL && start (self, where, error);
}

static gboolean
start_unix (WeirStage *stage, GError **error)
{
  WeirListenSource *self = listen_of (stage);
  g_autoptr (GSocketConnectable) where = weir_address_parse_unix (self->listen, error);

  return where != NULL && start (self, where, error);
}

static void
stop (WeirStage *stage)
{
  WeirListenSource *self = listen_of (stage);

  if (self->inlet != NULL)
    g_atomic_int_add (&n_allowed, -(int)self->max_connections);
  g_clear_pointer ((WeirInlet **)&self->inlet, weir_inlet_free);
}

/* Work ------------------------------------------------------------------------------------------
 */

static WeirSourceStatus
fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  WeirStage *stage = WEIR_STAGE (source);
  WeirInlet *inlet = listen_of (stage)->inlet;
  gint64 next;

  if (weir_source_is_halting (source))
    return weir_inlet_halt (inlet, out);
  if (weir_inlet_fill (inlet, out) == WEIR_SOURCE_MORE)
    return WEIR_SOURCE_MORE;

  weir_stage_wait_fd (stage, weir_inlet_get_fd (inlet), G_IO_IN);
  next = weir_inlet_get_next_time (inlet);
  if (next != WEIR_TIME_NEVER)
    weir_stage_wait_until (stage, next);
  return WEIR_SOURCE_WAIT;
}

static void
init_class (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->stop = stop;
  klass->fill = fill;
}

/**
 * weir_listen_source_class_init_tcp: (skip)
 * @klass: the class of a source whose struct begins with a #WeirListenSource
 *
 * Makes the sources of a class take records from clients over TCP.
 */
void
weir_listen_source_class_init_tcp (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = check_tcp;
  WEIR_STAGE_CLASS (klass)->start = start_tcp;
  init_class (klass);
}

/**
 * weir_listen_source_class_init_unix: (skip)
 * @klass: the class of a source whose struct begins with a #WeirListenSource
 *
 * Makes the sources of a class take records from clients on the same machine.
 */
void
weir_listen_source_class_init_unix (WeirSourceClass *klass)
{
  WEIR_STAGE_CLASS (klass)->check = check_unix;
  WEIR_STAGE_CLASS (klass)->start = start_unix;
  init_class (klass);
}
