/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All that an application or a language binding uses. */

#include <weir/weir-aggregate.h>
#include <weir/weir-app-sink.h>
#include <weir/weir-app-source.h>
#include <weir/weir-batch.h>
#include <weir/weir-clock.h>
#include <weir/weir-emitter.h>
#include <weir/weir-error.h>
#include <weir/weir-expression.h>
#include <weir/weir-field.h>
#include <weir/weir-filter.h>
#include <weir/weir-mistakes.h>
#include <weir/weir-option.h>
#include <weir/weir-pipeline.h>
#include <weir/weir-record.h>
#include <weir/weir-registry.h>
#include <weir/weir-responder.h>
#include <weir/weir-sink.h>
#include <weir/weir-source.h>
#include <weir/weir-stage.h>
#include <weir/weir-transform.h>
#include <weir/weir-validate.h>
#include <weir/weir-version.h>
