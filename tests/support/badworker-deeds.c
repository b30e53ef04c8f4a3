/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "badworker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define MIB           (1024 * 1024)
#define RING_MEMORY   3
#define RING_REQUESTS 4
#define RING_REPLIES  5

/* The end of it, when something was sent already. */
static void
step_expect_nothing (const char *argument)
{
  struct pollfd input = { STDIN_FILENO, POLLIN, 0 };

  if (poll (&input, 1, 0) > 0 && (input.revents & POLLIN))
    _exit (65);
}

/* Steps that end or stop it -------------------------------------------------------------------- */

static void
step_crash (const char *argument)
{
  struct rlimit none = { 0, 0 };
  int number = argument ? atoi (argument) : SIGKILL;

  setrlimit (RLIMIT_CORE, &none);
  signal (number, SIG_DFL);
  raise (number);
}

static void
step_exit (const char *argument)
{
  _exit (argument ? atoi (argument) : 0);
}

static void
step_hang (const char *argument)
{
  for (;;)
    pause ();
}

/* Takes whatever comes, and answers nothing. */
static void
step_swallow (const char *argument)
{
  while (getchar () != EOF)
    ;
}

static void
step_stop (const char *argument)
{
  raise (SIGSTOP);
}

static void
step_ignore_term (const char *argument)
{
  signal (SIGTERM, SIG_IGN);
}

/* Milliseconds. */
static void
step_delay (const char *argument)
{
  long ms = atol (argument);
  struct timespec rest = { ms / 1000, ms % 1000 * 1000000 };

  while (nanosleep (&rest, &rest) != 0 && errno == EINTR)
    ;
}

static void
step_close_stdout (const char *argument)
{
  fflush (stdout);
  close (STDOUT_FILENO);
}

static void
step_close_stdin (const char *argument)
{
  close (STDIN_FILENO);
}

/* Leaves a grandchild behind, in a session of its own, that keeps all descriptors open. */
static void
step_daemonize (const char *argument)
{
  fflush (stdout);
  if (fork () != 0)
    return;
  setsid ();
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  if (fork () != 0)
    _exit (0);
  step_hang (NULL);
}

/* A child in the same group. */
static void
step_fork (const char *argument)
{
  fflush (stdout);
  if (fork () == 0)
    step_hang (NULL);
}

/* Steps that use things up --------------------------------------------------------------------- */

/* MiB, kept; without an argument: until there is no more, and that kills it. */
static void
step_memory (const char *argument)
{
  long left = argument ? atol (argument) : -1;

  for (; left != 0; left--)
    {
      char *chunk = mmap (NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (chunk == MAP_FAILED)
        step_crash ("6");
      memset (chunk, 1, MIB);
    }
}

/* Milliseconds of CPU. */
static void
step_cpu (const char *argument)
{
  long ms = atol (argument);
  volatile unsigned long sum = 0;
  struct timespec start;
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &start);
  do
    {
      for (unsigned long i = 0; i < 10000; i++)
        sum += i;
      clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    }
  while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

/* MiB, in lines of 1 KiB. */
static void
step_stderr (const char *argument)
{
  char line[1024];

  memset (line, 'e', sizeof line);
  line[sizeof line - 1] = '\n';
  for (long i = atol (argument) * 1024; i > 0; i--)
    fwrite (line, 1, sizeof line, stderr);
  fflush (stderr);
}

static void
step_say (const char *argument)
{
  fprintf (stderr, "%s\n", argument);
}

/* One line into a file: which process got which record. */
static void
step_note (const char *argument)
{
  FILE *file = fopen (argument, "a");

  fprintf (file, "%d %.*s\n", (int)getpid (), (int)worker.length, worker.record);
  fclose (file);
}

/* Steps on shared memory ----------------------------------------------------------------------- */

/* Waits for a record, without taking it. */
static void
step_wait_ring (const char *argument)
{
  struct pollfd wait = { RING_REQUESTS, POLLIN, 0 };

  poll (&wait, 1, -1);
}

/* Nonsense all over the memory of both rings: 0 for zeros, 1 for ones, else random. */
static void
step_scribble (const char *argument)
{
  unsigned seed = (unsigned)atoi (argument);
  uint64_t one = 1;
  struct stat info;

  if (fstat (RING_MEMORY, &info) != 0)
    step_exit ("3");
  unsigned char *memory
      = mmap (NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, RING_MEMORY, 0);
  if (memory == MAP_FAILED)
    step_exit ("4");

  for (off_t i = 0; i < info.st_size; i++)
    memory[i] = seed == 0 ? 0 : seed == 1 ? 0xff : (unsigned char)(rand_r (&seed) >> 7);
  if (write (RING_REPLIES, &one, sizeof one) < 0)
    step_exit ("5");
  munmap (memory, (size_t)info.st_size);
}

/* Shrinks or grows the memory, which its seals forbid; says what came of it. */
static void
step_resize (const char *argument)
{
  fprintf (stderr, "resize: %s\n",
           ftruncate (RING_MEMORY, atol (argument)) == 0 ? "done" : strerror (errno));
}

const BadStep bad_deeds[] = {
  { "crash", step_crash }, /* :SIGNAL */
  { "exit", step_exit },   /* :STATUS */
  { "expect-nothing", step_expect_nothing },
  { "hang", step_hang },
  { "swallow", step_swallow },
  { "stop", step_stop },
  { "ignore-term", step_ignore_term },
  { "delay", step_delay }, /* :MILLISECONDS */
  { "close-stdout", step_close_stdout },
  { "close-stdin", step_close_stdin },
  { "daemonize", step_daemonize },
  { "fork", step_fork },
  { "memory", step_memory }, /* :MIB */
  { "cpu", step_cpu },       /* :MILLISECONDS */
  { "stderr", step_stderr }, /* :MIB */
  { "say", step_say },       /* :TEXT */
  { "note", step_note },     /* :FILE */
  { "wait-ring", step_wait_ring },
  { "scribble", step_scribble }, /* :SEED */
  { "resize", step_resize },     /* :BYTES */
  { NULL, NULL },
};
