/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

/**
 * WeirJsonError:
 * @WEIR_JSON_ERROR_SYNTAX: the text breaks the grammar of RFC 8259
 * @WEIR_JSON_ERROR_DEPTH: arrays and objects nest deeper than 256
 * @WEIR_JSON_ERROR_UTF8: the text is not UTF-8
 * @WEIR_JSON_ERROR_PATH: a field path is malformed, or does not lead where it says
 *
 * Errors of JSON text and field paths.
 */
typedef enum
{
  WEIR_JSON_ERROR_SYNTAX,
  WEIR_JSON_ERROR_DEPTH,
  WEIR_JSON_ERROR_UTF8,
  WEIR_JSON_ERROR_PATH,
} WeirJsonError;

#define WEIR_JSON_ERROR (weir_json_error_quark ())
WEIR_API GQuark weir_json_error_quark (void);

/**
 * WeirExpressionError:
 * @WEIR_EXPRESSION_ERROR_SYNTAX: the program does not compile
 * @WEIR_EXPRESSION_ERROR_REFUSED: the program uses a function that has no place in a stream
 *
 * Errors of jq expressions.
 */
typedef enum
{
  WEIR_EXPRESSION_ERROR_SYNTAX,
  WEIR_EXPRESSION_ERROR_REFUSED,
} WeirExpressionError;

#define WEIR_EXPRESSION_ERROR (weir_expression_error_quark ())
WEIR_API GQuark weir_expression_error_quark (void);

/**
 * WeirStageError:
 * @WEIR_STAGE_ERROR_UNKNOWN: no stage type or option of that name
 * @WEIR_STAGE_ERROR_PLUGIN: a plugin cannot be loaded
 * @WEIR_STAGE_ERROR_DUPLICATE: the name is taken
 * @WEIR_STAGE_ERROR_VALUE: an option has a value that it cannot have
 * @WEIR_STAGE_ERROR_INPUT: a source cannot read its input
 * @WEIR_STAGE_ERROR_OUTPUT: a sink cannot write
 * @WEIR_STAGE_ERROR_CLOSED: the reader of a sink's output has gone away
 *
 * Errors of stages, their options and the registry.
 */
typedef enum
{
  WEIR_STAGE_ERROR_UNKNOWN,
  WEIR_STAGE_ERROR_PLUGIN,
  WEIR_STAGE_ERROR_DUPLICATE,
  WEIR_STAGE_ERROR_VALUE,
  WEIR_STAGE_ERROR_INPUT,
  WEIR_STAGE_ERROR_OUTPUT,
  WEIR_STAGE_ERROR_CLOSED,
} WeirStageError;

#define WEIR_STAGE_ERROR (weir_stage_error_quark ())
WEIR_API GQuark weir_stage_error_quark (void);

/**
 * WeirGraphError:
 * @WEIR_GRAPH_ERROR_READ: the pipeline file cannot be read
 * @WEIR_GRAPH_ERROR_MISTAKES: the pipeline has mistakes; the message has a line for each
 *
 * Errors of pipeline descriptions.
 */
typedef enum
{
  WEIR_GRAPH_ERROR_READ,
  WEIR_GRAPH_ERROR_MISTAKES,
} WeirGraphError;

#define WEIR_GRAPH_ERROR (weir_graph_error_quark ())
WEIR_API GQuark weir_graph_error_quark (void);

/**
 * WeirEngineError:
 * @WEIR_ENGINE_ERROR_STATE: the pipeline has been run already, or has not been run
 * @WEIR_ENGINE_ERROR_START: a stage could not start
 * @WEIR_ENGINE_ERROR_RUN: a stage broke off during the run
 * @WEIR_ENGINE_ERROR_UNBALANCED: the ledger does not balance
 * @WEIR_ENGINE_ERROR_DEAD_LETTERS: dead letters could not be written
 * @WEIR_ENGINE_ERROR_RESULTS: results could not be written
 *
 * Errors of a run.
 */
typedef enum
{
  WEIR_ENGINE_ERROR_STATE,
  WEIR_ENGINE_ERROR_START,
  WEIR_ENGINE_ERROR_RUN,
  WEIR_ENGINE_ERROR_UNBALANCED,
  WEIR_ENGINE_ERROR_DEAD_LETTERS,
  WEIR_ENGINE_ERROR_RESULTS,
} WeirEngineError;

#define WEIR_ENGINE_ERROR (weir_engine_error_quark ())
WEIR_API GQuark weir_engine_error_quark (void);

G_END_DECLS
