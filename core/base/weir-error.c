/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-error.h>

/* clang-format off */
G_DEFINE_QUARK (weir-json-error-quark, weir_json_error)
G_DEFINE_QUARK (weir-expression-error-quark, weir_expression_error)
G_DEFINE_QUARK (weir-stage-error-quark, weir_stage_error)
G_DEFINE_QUARK (weir-graph-error-quark, weir_graph_error)
G_DEFINE_QUARK (weir-engine-error-quark, weir_engine_error)
/* clang-format on */
