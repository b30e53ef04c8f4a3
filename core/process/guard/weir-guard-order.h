/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "weir-guard-protocol.h"

/* A request as the guard has received it. */
typedef struct
{
  WeirGuardRequest request;
  int fds[WEIR_GUARD_MAX_FDS]; /* what becomes the child's, -1: not given */
  int error;                   /* errno: it cannot be carried out */
  int step;
  const char *directory; /* or NULL */
  char **argv;
  char **environment; /* the guard's own, with that of the request */
  char **strings;     /* owned: argv, environment */
  char interpreter[WEIR_GUARD_MAX_HEAD]; /* that a script names and that is not there */
} GuardOrder;

enum
{
  GUARD_ORDER_NONE,
  GUARD_ORDER_RECEIVED,
  GUARD_ORDER_CLOSED, /* weir is gone */
};

/* The next request, without waiting. Its text is good until the next call. */
int guard_order_receive (int socket, GuardOrder *order);
void guard_order_clear (GuardOrder *order);
