/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-responder.h>

#include "process/weir-worker-wire-private.h"

G_BEGIN_DECLS

/* @wire: taken over */
WeirResponder *weir_responder_new_for_wire (WeirWorkerWire *wire) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
