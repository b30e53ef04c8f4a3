/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

/* JSON in which directives stand for values that are made anew each time. */
typedef struct _WeirTemplate WeirTemplate;

/* What the next text is made from. */
typedef struct
{
  guint64 sequence; /* from 0 */
  gint64 time;      /* nanoseconds since 1970 */
  guint64 random;   /* state of the generator */
  gint64 second;    /* that `date` is of */
  char date[24];
} WeirTemplateState;

/* @mistakes: gets what is wrong, below @pointer, or NULL. NULL when something is wrong. */
WeirTemplate *weir_template_new (JsonNode *node, const char *pointer,
                                 WeirMistakes *mistakes) G_GNUC_WARN_UNUSED_RESULT;
void weir_template_free (WeirTemplate *template);
void weir_template_append (const WeirTemplate *template, GString *text, WeirTemplateState *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTemplate, weir_template_free)

G_END_DECLS
