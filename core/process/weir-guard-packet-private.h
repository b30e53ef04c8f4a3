/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "process/guard/weir-guard-protocol.h"
#include "process/weir-guard-private.h"

G_BEGIN_DECLS

/* A request on its way to the guard. The descriptors are borrowed until weir_guard_packet_keep().
 */
typedef struct
{
  GByteArray *bytes;
  int fds[WEIR_GUARD_MAX_FDS]; /* dense */
  guint n_fds;
  gboolean owns_fds;
} WeirGuardPacket;

WeirGuardPacket *weir_guard_packet_new_spawn (guint64 id, const WeirCommand *command,
                                              const char *const *extra_environment, const int *fds,
                                              guint n_fds) G_GNUC_WARN_UNUSED_RESULT;
WeirGuardPacket *weir_guard_packet_new_signal (guint64 id, int signal) G_GNUC_WARN_UNUSED_RESULT;
void weir_guard_packet_free (WeirGuardPacket *packet);

guint64 weir_guard_packet_get_id (const WeirGuardPacket *packet);
gboolean weir_guard_packet_is_spawn (const WeirGuardPacket *packet);

/* Duplicates the descriptors, so that the packet can wait. FALSE with errno set: none was. */
gboolean weir_guard_packet_keep (WeirGuardPacket *packet);
/* Without waiting. FALSE with errno set; EAGAIN: there is no room. */
gboolean weir_guard_packet_send (const WeirGuardPacket *packet, int socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirGuardPacket, weir_guard_packet_free)

G_END_DECLS
