/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json/weir-json-walk-private.h"

static void
free_index (gpointer index)
{
  weir_json_index_free (index);
}

static GPrivate thread_index = G_PRIVATE_INIT (free_index);

static WeirJsonIndex *
get_index (void)
{
  WeirJsonIndex *index = g_private_get (&thread_index);

  if (index == NULL)
    {
      index = weir_json_index_new ();
      g_private_set (&thread_index, index);
    }
  return index;
}

static gboolean
check_whole (WeirJsonWalk *walk)
{
  if (!weir_json_walk_skip (walk, NULL) || !weir_json_walk_finish (walk))
    return FALSE;
  for (guint i = 0; i < walk->n_positions; i++)
    if (!weir_json_walk_check_token (walk, i))
      return FALSE;
  return TRUE;
}

gboolean
weir_json_check (const char *text, gsize length, GError **error)
{
  g_autofree char *message = NULL;
  WeirJsonWalk walk;

  if (weir_json_walk_open (&walk, get_index (), text, length) && check_whole (&walk))
    return TRUE;
  message = weir_json_fault_to_text (&walk.fault);
  g_set_error_literal (error, WEIR_JSON_ERROR, walk.fault.code, message);
  return FALSE;
}
