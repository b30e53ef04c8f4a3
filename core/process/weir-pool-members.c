/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/weir-batch-private.h"
#include "process/weir-pool-state-private.h"

#define LOG_INTERVAL G_GINT64_CONSTANT (1000000000)

/* Ends --------------------------------------------------------------------------------------- */

/* A line a second at most; the others are counted. */
static void
log_line (WeirProcessPool *pool, const char *text, const char *more, gint64 now)
{
  guint n = pool->n_unlogged++;

  if (now < pool->next_log)
    return;
  if (n > 0)
    g_message ("%s%s (and %u times more like this)", text, more, n);
  else
    g_message ("%s%s", text, more);
  pool->n_unlogged = 0;
  pool->next_log = now + LOG_INTERVAL;
}

void
weir_pool_log_crash (WeirProcessPool *pool, const WeirMember *member, const char *why, gint64 now)
{
  g_autofree char *command = weir_command_to_text (member->crew->command);
  g_autofree char *text = g_strdup_printf ("worker %d (%s)", (int)member->process->pid, command);
  g_autofree char *end = g_strconcat (": ", why, NULL);

  log_line (pool, text, end, now);
}

static void
log_end (WeirProcessPool *pool, const WeirMember *member, gint64 now)
{
  g_autofree char *end = weir_process_describe_end (member->process);
  g_autofree char *why
      = g_strdup_printf ("%s, %s", member->fault != NULL ? member->fault : "", end);

  weir_pool_log_crash (pool, member, member->fault != NULL ? why : end, now);
}

void
weir_pool_end_member (WeirProcessPool *pool, WeirMember *member, gint64 patience)
{
  if (member->state == WEIR_MEMBER_IDLE)
    weir_process_cache_remove (pool->cache, member);
  weir_member_set_state (member, WEIR_MEMBER_ENDING);
  weir_process_end (member->process, patience);
}

void
weir_pool_retire (WeirProcessPool *pool, WeirMember *member)
{
  pool->stats.n_retired++;
  weir_pool_end_member (pool, member, pool->options.patience);
}

void
weir_pool_recycle (WeirProcessPool *pool, WeirMember *member)
{
  pool->stats.n_recycled++;
  weir_pool_end_member (pool, member, pool->options.patience);
}

void
weir_pool_crash (WeirProcessPool *pool, WeirMember *member, gint64 now)
{
  pool->stats.n_crashed++;
  weir_supervisor_crashed (member->crew->supervisor, now);
}

/* Starts -------------------------------------------------------------------------------------- */

void
weir_pool_make_idle (WeirProcessPool *pool, WeirMember *member, gint64 now)
{
  WeirProcessCrew *crew = member->crew;
  gint64 age = pool->options.idle_timeout;
  gboolean lasts = crew == pool->own && !(member->tired && member->n_uses > 0);

  weir_member_set_state (member, WEIR_MEMBER_IDLE);
  weir_process_cache_put (pool->cache, crew->command->key, member,
                          lasts || age >= WEIR_TIME_NEVER - now ? WEIR_TIME_NEVER : now + age);
  if (crew->wanted)
    pool->available = TRUE;
}

static gboolean
is_passing (int error)
{
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE
         || error == ETXTBSY || error == ENOBUFS || error == EINTR;
}

/* A process never ran. */
static void
fail_start (WeirProcessPool *pool, WeirProcessCrew *crew, gboolean passing, const GError *error,
            gint64 now)
{
  pool->stats.n_failed++;
  weir_supervisor_failed (crew->supervisor, passing, now);
  pool->available |= crew->n[WEIR_MEMBER_WORN] > 0;
  if (!weir_supervisor_is_hopeless (crew->supervisor))
    log_line (pool, error->message, "; it is tried again", now);
  else if (crew->hopeless == NULL)
    {
      crew->hopeless = g_error_copy (error);
      pool->hopeless = TRUE;
    }
}

static WeirMember *
get_member (const WeirProcess *process)
{
  return process->owner;
}

static void
on_ready (WeirProcess *process)
{
  WeirMember *member = get_member (process);
  WeirProcessPool *pool = member->crew->pool;

  if (member->state != WEIR_MEMBER_STARTING)
    return;
  pool->stats.n_started++;
  weir_supervisor_started (member->crew->supervisor);
  weir_pool_make_idle (pool, member, weir_clock_get_time (pool->clock));
  pool->available = TRUE;
}

static const char closed_output[] = "it closed its output while it had nothing to do";

/* Nobody has asked it anything: whatever it says would be taken for the answer to the next record.
 */
static const char *
find_unasked (WeirProcess *process)
{
  WeirReply reply;
  WeirChannelStatus status = weir_channel_receive (process->channel, &reply);

  if (status == WEIR_CHANNEL_DONE && reply.kind == WEIR_REPLY_READY)
    status = weir_channel_receive (process->channel, &reply);
  switch (status)
    {
    case WEIR_CHANNEL_BLOCKED:
      return NULL;
    case WEIR_CHANNEL_CLOSED:
      return closed_output;
    default:
      return "it wrote something that nobody had asked for";
    }
}

/* One that has answered before, and has closed its output, is about to end: it may be its way to be
 * done, which is seen by its status. */
static void
check_idle (WeirProcessPool *pool, WeirMember *member)
{
  member->fault = find_unasked (member->process);
  if (member->fault == NULL)
    return;
  member->judged = member->fault != closed_output || member->n_uses == 0;
  if (member->judged)
    weir_pool_crash (pool, member, weir_clock_get_time (pool->clock));
  weir_pool_end_member (pool, member, pool->options.patience);
}

static void
on_readable (WeirProcess *process)
{
  WeirMember *member = get_member (process);
  WeirProcessPool *pool = member->crew->pool;

  if (member->state == WEIR_MEMBER_ACQUIRED)
    pool->events.readable (process, pool->data);
  else if (member->state == WEIR_MEMBER_IDLE || member->state == WEIR_MEMBER_WORN)
    check_idle (pool, member);
  else if (find_unasked (process) != NULL)
    weir_process_watch_input (process, FALSE);
}

static void
on_writable (WeirProcess *process)
{
  WeirMember *member = get_member (process);

  if (member->state == WEIR_MEMBER_ACQUIRED)
    member->crew->pool->events.writable (process, member->crew->pool->data);
  else
    weir_process_watch_output (process, FALSE);
}

/* It has answered, and ended as a program does that has done what it is for, or that was told that
 * there is no more to come. */
static gboolean
ended_well (const WeirMember *member)
{
  const WeirProcess *process = member->process;
  gboolean was_told = member->crew->pool->finishing && member->state == WEIR_MEMBER_ACQUIRED;

  return WIFEXITED (process->status) && WEXITSTATUS (process->status) == 0
         && (member->n_uses > 0 || was_told);
}

/* Tells the supervisor how it went. */
static void
account_end (WeirProcessPool *pool, WeirMember *member, gint64 now)
{
  WeirProcess *process = member->process;

  weir_pool_add_usage (&pool->stats.usage, &process->usage);
  weir_pool_add_said (&pool->stats, process);
  weir_pool_keep_end (pool, member);
  if (process->start_error != 0)
    {
      g_autoptr (GError) error = weir_process_crew_describe_failure (member->crew, process);

      fail_start (pool, member->crew, is_passing (process->start_error), error, now);
      return;
    }
  if (member->state == WEIR_MEMBER_STARTING && process->pid > 0)
    {
      pool->stats.n_started++;
      weir_supervisor_started (member->crew->supervisor);
    }
  if (member->judged)
    log_end (pool, member, now);
  else if ((member->state != WEIR_MEMBER_ENDING || member->fault != NULL) && !ended_well (member))
    {
      weir_pool_crash (pool, member, now);
      log_end (pool, member, now);
    }
}

static gboolean
is_stillborn (const WeirMember *member)
{
  return (member->state == WEIR_MEMBER_STARTING || member->state == WEIR_MEMBER_IDLE)
         && member->process->pid > 0 && member->n_uses == 0 && !member->crew->pool->finishing;
}

/* Whoever has it takes its last answers first: they are uses of it. */
static void
on_ended (WeirProcess *process)
{
  WeirMember *member = get_member (process);
  WeirProcessPool *pool = member->crew->pool;

  if (member->state == WEIR_MEMBER_ACQUIRED)
    pool->events.ended (process, pool->data);
  else if (is_stillborn (member) && pool->events.stillborn != NULL)
    pool->events.stillborn (pool, process, pool->data);
  account_end (pool, member, weir_clock_get_time (pool->clock));
  if (member->state == WEIR_MEMBER_IDLE)
    weir_process_cache_remove (pool->cache, member);
  g_ptr_array_remove_fast (pool->members, member);
}

static const WeirProcessEvents process_events = {
  .ready = on_ready,
  .readable = on_readable,
  .writable = on_writable,
  .ended = on_ended,
};

static void
close_all (int fds[WEIR_CHILD_FDS])
{
  for (guint i = 0; i < WEIR_CHILD_FDS; i++)
    if (fds[i] >= 0)
      close (fds[i]);
}

static WeirProcess *
open_process (WeirProcessPool *pool, WeirMember *member, GError **error)
{
  int fds[WEIR_CHILD_FDS] = { -1, -1, -1, -1, -1, -1 };
  WeirChannel *channel = weir_channel_new (&pool->options.channel, fds, error);
  WeirProcess *process;

  if (channel == NULL)
    return NULL;
  process = weir_process_start (pool->host, member->crew->command, channel, fds,
                                pool->options.start_timeout, &process_events, member, error);
  close_all (fds);
  return process;
}

void
weir_pool_start (WeirProcessPool *pool, WeirProcessCrew *crew, gint64 now)
{
  WeirMember *member = weir_member_new (crew);
  g_autoptr (GError) error = NULL;

  weir_supervisor_begin (crew->supervisor, now);
  weir_member_add_uses (member, 0, pool->options.max_uses);
  member->process = open_process (pool, member, &error);
  if (member->process != NULL)
    {
      g_ptr_array_add (pool->members, member);
      return;
    }
  weir_member_free (member);
  g_prefix_error (&error, "cannot start %s: ", crew->command->argv[0]);
  fail_start (pool, crew, TRUE, error, now);
}
