/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_LOAD_CHILD_RUNS,
  WEIR_LOAD_CHILD_DONE,
  WEIR_LOAD_CHILD_FAILED, /* with the error */
} WeirLoadChildState;

/* A process of this program. It does not outlive this one, however that ends. */
typedef struct _WeirLoadChild WeirLoadChild;

/* @argv: what follows the name of the program. */
WeirLoadChild *weir_load_child_new (const char *const *argv,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Kills it when it still runs. */
void weir_load_child_free (WeirLoadChild *child);

/* Readable when the state may have changed. */
int weir_load_child_get_fd (const WeirLoadChild *child);
WeirLoadChildState weir_load_child_check (WeirLoadChild *child, GError **error);
/* As a user would, who wants it to end. */
void weir_load_child_interrupt (WeirLoadChild *child);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirLoadChild, weir_load_child_free)

G_END_DECLS
