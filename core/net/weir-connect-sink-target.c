/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>

#include "net/weir-address-private.h"
#include "net/weir-connect-sink-private.h"

/* What the options say of the peer. */

GSocketConnectable *
weir_connect_parse_address (const WeirConnectSink *options, WeirConnectFamily family,
                            GError **error)
{
  return family == WEIR_CONNECT_UNIX
             ? weir_address_parse_unix (options->connect, error)
             : weir_address_parse_inet (options->connect, WEIR_ADDRESS_CONNECT, error);
}

static gboolean
refuse_file (const char *path, const GError *failure, GError **error)
{
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE, "%s: %s", path, failure->message);
  return FALSE;
}

static gboolean
read_tls_files (WeirTarget *target, const WeirConnectSink *options, GError **error)
{
  const char *key = options->tls_key != NULL ? options->tls_key : options->tls_certificate;
  g_autoptr (GError) failure = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                   "TLS is not there (the package glib-networking has it)");
      return FALSE;
    }
  if (options->tls_ca != NULL)
    target->authorities = g_tls_file_database_new (options->tls_ca, &failure);
  if (failure != NULL)
    return refuse_file (options->tls_ca, failure, error);
  if (options->tls_certificate != NULL)
    target->certificate
        = g_tls_certificate_new_from_files (options->tls_certificate, key, &failure);
  return failure == NULL || refuse_file (options->tls_certificate, failure, error);
}

static gboolean
set_up_tls (WeirTarget *target, const WeirConnectSink *options, GError **error)
{
  target->tls = options->tls;
  if (!options->tls)
    return TRUE;
  target->identity = options->tls_server_name != NULL
                         ? g_network_address_new (options->tls_server_name, 0)
                         : g_object_ref (target->address);
  return read_tls_files (target, options, error);
}

WeirTarget *
weir_connect_make_target (const WeirConnectSink *options, WeirConnectFamily family, GError **error)
{
  g_autoptr (WeirTarget) target = g_new0 (WeirTarget, 1);

  target->name = g_strdup (options->connect);
  target->user_timeout = MIN (options->write_timeout / 1000000, G_MAXINT);
  target->address = weir_connect_parse_address (options, family, error);
  if (target->address == NULL || !set_up_tls (target, options, error))
    return NULL;
  return g_steal_pointer (&target);
}
