/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The single include of a plugin. */

#include <weir/weir.h>
#include <weir/weir-fd-writer.h>
#include <weir/weir-line-reader.h>

G_BEGIN_DECLS

/**
 * WEIR_PLUGIN_ABI: (skip)
 *
 * Changes whenever a plugin must be built again. A plugin of another number is not loaded.
 */
#define WEIR_PLUGIN_ABI 1

/**
 * WeirPluginDescriptor: (skip)
 * @abi: %WEIR_PLUGIN_ABI
 * @kind: "source", "transform", "validate", "aggregate", "filter" or "sink"
 * @name: the stage type, `kind.name`
 * @summary: one line
 * @version: version of the plugin
 * @licence: SPDX licence identifier
 * @example: a launch line that shows the stage at work
 * @get_type: gives the stage's type
 *
 * What a plugin says of itself. It is the only symbol that a plugin exports, it is constant, and it
 * is checked before anything of the plugin runs.
 */
typedef struct
{
  guint32 abi;
  const char *kind;
  const char *name;
  const char *summary;
  const char *version;
  const char *licence;
  const char *example;
  GType (*get_type) (void);
} WeirPluginDescriptor;

#define WEIR_PLUGIN_SYMBOL "weir_plugin_descriptor"

/**
 * WEIR_DEFINE_PLUGIN: (skip)
 *
 * Exports the descriptor of a plugin whose type function is PREFIX_get_type().
 */
#define WEIR_DEFINE_PLUGIN(prefix, kind_, name_, summary_, example_)                               \
  __attribute__ ((visibility ("default"))) extern const WeirPluginDescriptor                      \
      weir_plugin_descriptor;                                                                      \
  const WeirPluginDescriptor weir_plugin_descriptor                                                \
      = { WEIR_PLUGIN_ABI, kind_, name_, summary_, WEIR_VERSION, "LGPL-2.1-or-later",             \
          example_, prefix##_get_type };

/**
 * WEIR_DEFINE_STAGE: (skip)
 *
 * Defines the type of a stage without state to free, and exports its descriptor. The file provides
 * PREFIX_class_init(); an option table named `options` is installed for it.
 */
#define WEIR_DEFINE_STAGE(Type, prefix, PARENT, kind, name, summary, example)                      \
  static void prefix##_init (Type *self) { (void)self; }                                           \
  WEIR_DEFINE_PLUGIN (prefix, kind, name, summary, example)

G_END_DECLS
