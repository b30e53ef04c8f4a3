/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "weir-guard-order.h"

/* Starts what @order asks for. The new process's id, with @pidfd; or -1, with the order's error and
 * step set. All descriptors up to WEIR_GUARD_MAX_FDS must be taken: they become the child's. */
pid_t guard_child_start (GuardOrder *order, int *pidfd);
