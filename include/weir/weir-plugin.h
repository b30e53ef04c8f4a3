/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The single include of a plugin. */

#include <weir/weir.h>
#include <weir/weir-command-chain.h>
#include <weir/weir-datagram-source.h>
#include <weir/weir-compressor.h>
#include <weir/weir-connect-sink.h>
#include <weir/weir-exec-stage.h>
#include <weir/weir-exec.h>
#include <weir/weir-fd-writer.h>
#include <weir/weir-json.h>
#include <weir/weir-line-reader.h>
#include <weir/weir-listen-source.h>

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
 * WEIR_PLUGIN_VERSION: (skip)
 *
 * What the descriptor says of the plugin's own version; define it before the include. Likewise
 * %WEIR_PLUGIN_LICENCE, an SPDX licence identifier.
 */
#ifndef WEIR_PLUGIN_VERSION
#define WEIR_PLUGIN_VERSION WEIR_VERSION
#endif
#ifndef WEIR_PLUGIN_LICENCE
#define WEIR_PLUGIN_LICENCE "LGPL-2.1-or-later"
#endif

/**
 * WEIR_DEFINE_PLUGIN: (skip)
 *
 * Exports the descriptor of a plugin whose type function is PREFIX_get_type(). For a type that is
 * defined with G_DEFINE_FINAL_TYPE(); the macros below define the type as well.
 */
#define WEIR_DEFINE_PLUGIN(prefix, kind_, name_, summary_, example_)                               \
  __attribute__ ((visibility ("default"))) extern const WeirPluginDescriptor                       \
      weir_plugin_descriptor;                                                                      \
  const WeirPluginDescriptor weir_plugin_descriptor = {                                            \
    .abi = WEIR_PLUGIN_ABI,                                                                        \
    .kind = kind_,                                                                                 \
    .name = name_,                                                                                 \
    .summary = summary_,                                                                           \
    .version = WEIR_PLUGIN_VERSION,                                                                \
    .licence = WEIR_PLUGIN_LICENCE,                                                                \
    .example = example_,                                                                           \
    .get_type = prefix##_get_type,                                                                 \
  };

/* The type is final and adds nothing to its class, so its class is that of the parent, and the
 * author's PREFIX_class_init() takes that. The names inside end in _stage to leave PREFIX_ to the
 * author. */
#define WEIR_DEFINE_STAGE(Type, prefix, Parent, PARENT_TYPE, kind, name, summary, example)         \
  typedef Parent##Class Type##Class;                                                               \
  static GType prefix##_stage_get_type (void);                                                     \
  G_DEFINE_FINAL_TYPE (Type, prefix##_stage, PARENT_TYPE)                                          \
  static void prefix##_stage_init (Type *self) { (void)self; }                                     \
  static void prefix##_stage_class_init (Type##Class *klass)                                       \
  {                                                                                                \
    weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), options, G_N_ELEMENTS (options));      \
    prefix##_class_init (klass);                                                                   \
  }                                                                                                \
  WEIR_DEFINE_PLUGIN (prefix##_stage, kind, name, summary, example)

/**
 * WEIR_DEFINE_FILTER: (skip)
 * @Type: the struct of the stage, its first member a `WeirFilter`
 * @prefix: what its functions begin with
 * @name: the stage type, `filter.NAME`
 * @summary: one line
 * @example: a launch line that shows the stage at work
 *
 * Defines the type and exports the descriptor; the last line of the file. Above it stand the option
 * table, `static const WeirOption options[]`, and `static void PREFIX_class_init (WeirFilterClass
 * *klass)`, which says what the stage does. Likewise for the other five kinds.
 */
#define WEIR_DEFINE_FILTER(Type, prefix, name, summary, example)                                   \
  WEIR_DEFINE_STAGE (Type, prefix, WeirFilter, WEIR_TYPE_FILTER, "filter", name, summary, example)

#define WEIR_DEFINE_TRANSFORM(Type, prefix, name, summary, example)                                \
  WEIR_DEFINE_STAGE (Type, prefix, WeirTransform, WEIR_TYPE_TRANSFORM, "transform", name, summary, \
                     example)

#define WEIR_DEFINE_VALIDATE(Type, prefix, name, summary, example)                                 \
  WEIR_DEFINE_STAGE (Type, prefix, WeirValidate, WEIR_TYPE_VALIDATE, "validate", name, summary,    \
                     example)

#define WEIR_DEFINE_AGGREGATE(Type, prefix, name, summary, example)                                \
  WEIR_DEFINE_STAGE (Type, prefix, WeirAggregate, WEIR_TYPE_AGGREGATE, "aggregate", name, summary, \
                     example)

#define WEIR_DEFINE_SOURCE(Type, prefix, name, summary, example)                                   \
  WEIR_DEFINE_STAGE (Type, prefix, WeirSource, WEIR_TYPE_SOURCE, "source", name, summary, example)

#define WEIR_DEFINE_SINK(Type, prefix, name, summary, example)                                     \
  WEIR_DEFINE_STAGE (Type, prefix, WeirSink, WEIR_TYPE_SINK, "sink", name, summary, example)

G_END_DECLS
