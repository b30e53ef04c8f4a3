/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker for the framings "shared-memory" and "frames": it gives each record back as it is. */
#include <weir/weir.h>

int
main (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirResponder) worker = weir_responder_new_from_environment (&error);
  const char *text;

  while (worker != NULL && (text = weir_responder_read (worker, &error)) != NULL)
    weir_responder_reply (worker, text, (gssize)weir_responder_get_length (worker));

  if (error != NULL)
    g_printerr ("%s\n", error->message);
  return error != NULL;
}
