/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_ADDRESS_LISTEN,
  WEIR_ADDRESS_CONNECT,
} WeirAddressUse;

/* Addresses as users write them. The error is %WEIR_STAGE_ERROR_VALUE; its message says what is
 * wrong with the text, which it does not repeat. Nothing is looked up. */

/* "host:port", "1.2.3.4:port", "[::1]:port". To listen also ":port", every address of the machine,
 * and port 0, which the system chooses. */
GSocketConnectable *weir_address_parse_inet (const char *text, WeirAddressUse use,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A path, or "@name" in the abstract space. */
GSocketConnectable *weir_address_parse_unix (const char *text,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The first address of @connectable, IPv4 before IPv6; asks the name service where it must, which
 * may take long. %WEIR_STAGE_ERROR_INPUT. */
GSocketAddress *weir_address_resolve (GSocketConnectable *connectable,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As it is written. */
char *weir_address_format (GSocketAddress *address) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
