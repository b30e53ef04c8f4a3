/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-aside-private.h"

#include <string.h>

#include "flow/weir-flow-private.h"

gboolean
weir_aside_has_room (const WeirAside *aside)
{
  return aside->queue == NULL || weir_queue_has_room (aside->queue);
}

void
weir_aside_tell (WeirAside *aside, WeirFlow *flow, const char *stage_id, const WeirRecord *record,
                 const char *message)
{
  GString *json = flow->line;
  WeirRecord *line;
  char *text;

  if (aside->lines == NULL)
    aside->lines = weir_flow_take_batch (flow);
  g_string_truncate (json, 0);
  aside->write (json, flow, stage_id, record, message);
  text = weir_batch_allocate_text (aside->lines, json->len + 1);
  memcpy (text, json->str, json->len);
  text[json->len] = '\n';
  line = weir_batch_append (aside->lines);
  *line = *record;
  line->batch = aside->lines;
  line->text = text;
  line->length = json->len;
  line->verdict = WEIR_VERDICT_PASS;
  line->deadline = WEIR_TIME_NEVER;
}

void
weir_aside_send (WeirAside *aside, WeirFlow *flow)
{
  if (aside->lines == NULL)
    return;
  weir_queue_put (aside->queue, g_steal_pointer (&aside->lines));
  if (flow->notify != NULL)
    flow->notify (flow->notify_data, aside->queue);
}
