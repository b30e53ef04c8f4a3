/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/weir-load-burn-private.h"

#include <weir/weir-filter.h>
#include <weir/weir-option.h>
#include <weir/weir-registry.h>

#include "stage/weir-registry-private.h"

#define NAME "filter.burn"

typedef struct
{
  WeirFilter parent;

  guint64 cost; /* option */
} WeirLoadBurn;

typedef WeirFilterClass WeirLoadBurnClass;

GType weir_load_burn_get_type (void);

G_DEFINE_FINAL_TYPE (WeirLoadBurn, weir_load_burn, WEIR_TYPE_FILTER)

static const WeirOption options[] = {
  WEIR_OPTION_DURATION ("cost", WeirLoadBurn, cost, "0", "Work for each record"),
};

/* The clock is the work. */
static gboolean
weir_load_burn_accept (WeirFilter *filter, WeirRecord *record)
{
  WeirClock *clock = weir_stage_get_clock (WEIR_STAGE (filter));
  gint64 until = weir_clock_get_time (clock) + (gint64)((WeirLoadBurn *)filter)->cost;

  while (weir_clock_get_time (clock) < until)
    ;
  return TRUE;
}

static void
weir_load_burn_class_init (WeirLoadBurnClass *klass)
{
  klass->accept = weir_load_burn_accept;
  weir_stage_class_set_options (WEIR_STAGE_CLASS (klass), options, G_N_ELEMENTS (options));
}

static void
weir_load_burn_init (WeirLoadBurn *burn)
{
}

gboolean
weir_load_burn_register (GError **error)
{
  return weir_registry_get_info (NAME) != NULL
         || weir_registry_add (NAME, weir_load_burn_get_type (), error);
}
