/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "weir-guard-protocol.h"

/* The children that were asked for, and not those that were adopted. One that has been reaped stays
 * until weir was told. */
typedef struct
{
  pid_t pid; /* 0: reaped */
  WeirGuardReply exit;
} GuardEntry;

typedef struct
{
  GuardEntry *entries;
  unsigned n_entries;
  unsigned max_entries;
  unsigned n_reaped;
} GuardTable;

/* Makes room for one more; 0 when there is no memory. */
int guard_table_reserve (GuardTable *table);
void guard_table_add (GuardTable *table, uint64_t id, pid_t pid);

/* Sends a signal to the group of a child that has not been reaped. */
void guard_table_signal (const GuardTable *table, uint64_t id, int signal);
/* Reaps what has ended; of a child that was asked for, its group ends with it. */
void guard_table_reap (GuardTable *table);
/* One that has been reaped and not been told of, or NULL. */
GuardEntry *guard_table_get_reaped (GuardTable *table);
void guard_table_remove (GuardTable *table, GuardEntry *entry);
