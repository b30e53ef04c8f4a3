/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-registry.h>

G_BEGIN_DECLS

/* What the registry knows of a stage type. Strings live as long as the process. */
typedef struct
{
  const char *name; /* "filter.sample" */
  const char *kind; /* "filter" */
  const char *summary;
  const char *version;
  const char *licence;
  const char *example; /* launch line, or NULL */
  const char *file;    /* of the plugin, or NULL for a type that an application added */
  GType type;
} WeirStageInfo;

const WeirStageInfo *weir_registry_get_info (const char *name);

/* The ports that a stage of a kind has, `out` first where there is one; ended by NULL. For a kind
 * that is NULL, all that there are. */
const char *const *weir_kind_get_ports (const char *kind);

/* The known stage type nearest to @name by edit distance, or NULL. */
const char *weir_registry_suggest (const char *name);

/* The name among the NULL-terminated @names nearest to @name, or NULL when none is near. */
const char *weir_nearest_name (const char *name, const char *const *names);

G_END_DECLS
