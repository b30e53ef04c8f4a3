/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/weir-address-private.h"
#include "net/weir-connect-sink-private.h"
#include "net/weir-tls-files-private.h"

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
read_tls_files (WeirTarget *target, const WeirConnectSink *options, GError **error)
{
  if (!weir_tls_is_there (error))
    return FALSE;
  if (options->tls_ca != NULL)
    {
      target->authorities = weir_tls_load_authorities (options->tls_ca, error);
      if (target->authorities == NULL)
        return FALSE;
    }
  if (options->tls_certificate == NULL)
    return TRUE;
  target->certificate
      = weir_tls_load_certificate (options->tls_certificate, options->tls_key, error);
  return target->certificate != NULL;
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
