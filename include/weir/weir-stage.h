/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-batch.h>
#include <weir/weir-clock.h>
#include <weir/weir-emitter.h>
#include <weir/weir-mistakes.h>
#include <weir/weir-option.h>

G_BEGIN_DECLS

#define WEIR_TYPE_STAGE (weir_stage_get_type ())
WEIR_API G_DECLARE_DERIVABLE_TYPE (WeirStage, weir_stage, WEIR, STAGE, GObject)

/**
 * WeirStageStatus:
 * @WEIR_STAGE_DONE: the batch is used up
 * @WEIR_STAGE_AGAIN: the emitter is full; the rest of the batch is to be handed in again
 * @WEIR_STAGE_WAIT: the stage waits (see weir_stage_wait_fd()); the rest is to be handed in again
 * @WEIR_STAGE_BROKEN: the stage cannot go on; the rest of the batch fails
 *
 * What became of a batch that a stage was handed.
 */
typedef enum
{
  WEIR_STAGE_DONE,
  WEIR_STAGE_AGAIN,
  WEIR_STAGE_WAIT,
  WEIR_STAGE_BROKEN,
} WeirStageStatus;

/**
 * WeirStageClass:
 * @check: Optional. Adds to @mistakes what is wrong with the options together; pointers are
 *   relative to the stage ("/fields/.a"). Control thread, once, before @start.
 * @plan: Optional. Adds the fields that the stage reads (weir_field_set_add()) and keeps
 *   their slots. Control thread, once, before @start.
 * @start: Optional. Opens what the stage needs. Control thread, before the first record.
 * @stop: Optional. Closes it. Control thread, after the last record; only after a good @start.
 * @alarm: Optional. The time of weir_stage_set_alarm() has come; results go to @out. The thread
 *   that runs the stage.
 * @process: Private: each base class implements it.
 * @finish: Private: the end of input; %WEIR_STAGE_WAIT to be called again.
 *
 * A class that sets `stateless` promises that what its stage does with a record depends on that
 * record and the options alone: several threads may then run the stage at the same time, on
 * different batches.
 *
 * A stage of a stream graph. A stage type derives from one of the six base classes, never from
 * this one.
 */
struct _WeirStageClass
{
  GObjectClass parent_class;

  void (*check) (WeirStage *stage, WeirMistakes *mistakes);
  void (*plan) (WeirStage *stage, WeirFieldSet *fields);
  gboolean (*start) (WeirStage *stage, GError **error);
  void (*stop) (WeirStage *stage);
  void (*alarm) (WeirStage *stage, WeirEmitter *out);

  /*< private >*/
  WeirStageStatus (*process) (WeirStage *stage, WeirBatch *batch, WeirEmitter *out, GError **error);
  WeirStageStatus (*finish) (WeirStage *stage, WeirEmitter *out, GError **error);

  gboolean stateless;
  const WeirOption *options;
  guint n_options;
  gconstpointer holder; /* WeirHolder */
  gpointer padding[7];
};

WEIR_API void weir_stage_class_set_options (WeirStageClass *klass, const WeirOption *options,
                                            guint n_options);

WEIR_API const char *weir_stage_get_id (WeirStage *stage);
WEIR_API WeirClock *weir_stage_get_clock (WeirStage *stage);

WEIR_API void weir_stage_set_alarm (WeirStage *stage, gint64 time);
WEIR_API void weir_stage_wait_fd (WeirStage *stage, int fd, GIOCondition condition);
WEIR_API void weir_stage_wait_until (WeirStage *stage, gint64 time);
WEIR_API void weir_stage_wake (WeirStage *stage);

G_END_DECLS
