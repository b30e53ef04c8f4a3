/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-guard-table.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

int
guard_table_reserve (GuardTable *table)
{
  if (table->n_entries < table->max_entries)
    return 1;

  unsigned wanted = table->max_entries * 2 + 16;
  GuardEntry *entries = realloc (table->entries, wanted * sizeof *entries);
  if (entries == NULL)
    return 0;
  table->entries = entries;
  table->max_entries = wanted;
  return 1;
}

void
guard_table_add (GuardTable *table, uint64_t id, pid_t pid)
{
  table->entries[table->n_entries++]
      = (GuardEntry){ pid, { .id = id, .kind = WEIR_GUARD_REPLY_EXITED, .pid = pid } };
}

void
guard_table_signal (const GuardTable *table, uint64_t id, int signal)
{
  for (unsigned i = 0; i < table->n_entries; i++)
    {
      const GuardEntry *entry = &table->entries[i];
      if (entry->exit.id != id || entry->pid <= 1)
        continue;
      int missed = kill (-entry->pid, signal) != 0;
      if (missed || signal == SIGKILL) /* it may have left its group */
        kill (entry->pid, signal);
    }
}

static GuardEntry *
find (GuardTable *table, pid_t pid)
{
  for (unsigned i = 0; i < table->n_entries; i++)
    if (table->entries[i].pid == pid)
      return &table->entries[i];
  return NULL;
}

static uint64_t
to_nanoseconds (struct timeval time)
{
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

static void
fill_exit (WeirGuardReply *reply, int status, const struct rusage *usage)
{
  reply->status = status;
  reply->user = to_nanoseconds (usage->ru_utime);
  reply->system = to_nanoseconds (usage->ru_stime);
  reply->peak = (uint64_t)usage->ru_maxrss * 1024;
}

/* While the leader is a zombie its number is nobody else's, and so is its group's. */
static void
reap (GuardTable *table, pid_t pid)
{
  GuardEntry *entry = find (table, pid);
  struct rusage usage = { 0 };
  int status = 0;

  if (entry != NULL)
    kill (-pid, SIGKILL);
  wait4 (pid, &status, WNOHANG, &usage);
  if (entry == NULL)
    return;
  fill_exit (&entry->exit, status, &usage);
  entry->pid = 0;
  table->n_reaped++;
}

void
guard_table_reap (GuardTable *table)
{
  for (;;)
    {
      siginfo_t ended = { 0 };
      if (waitid (P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0)
        return;
      reap (table, ended.si_pid);
    }
}

GuardEntry *
guard_table_get_reaped (GuardTable *table)
{
  for (unsigned i = 0; table->n_reaped > 0 && i < table->n_entries; i++)
    if (table->entries[i].pid == 0)
      return &table->entries[i];
  return NULL;
}

void
guard_table_remove (GuardTable *table, GuardEntry *entry)
{
  table->n_reaped -= entry->pid == 0;
  *entry = table->entries[--table->n_entries];
}
