/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker whose records say what it does with them.
 *
 *   exchange-worker lines|any|frames [shuffled] [buffered]
 *
 * A record is answered with itself, unless it contains one of the words of the table below.
 * `shuffled`: requests that came together are dealt with in a random order. `buffered`: answers are
 * kept until the end of the input. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAME_HEAD   16
#define FRAME_FIXED  12
#define MAX_TOGETHER 64
#define ROOM         (1 << 20)

enum
{
  ONLY,
  MORE,
  END,
  ERROR,
};

typedef struct
{
  uint64_t id;
  const char *text;
  size_t length;
} Request;

typedef struct
{
  const char *word;
  void (*func) (const Request *request);
} Deed;

static struct
{
  bool any, frames, shuffled, buffered;
  uint64_t last_id;
  unsigned n_requests;
} worker;

static void
put_number (uint64_t number, int n_bytes)
{
  for (int i = 0; i < n_bytes; i++)
    putchar ((int)(number >> (8 * i) & 0xff));
}

static void
put (uint32_t kind, uint64_t id, const char *text, size_t length)
{
  if (worker.frames)
    {
      put_number (FRAME_FIXED + length, 4);
      put_number (id, 8);
      put_number (kind, 4);
    }
  fwrite (text, 1, length, stdout);
  if (!worker.frames && (kind != END || worker.any))
    putchar ('\n');
}

static void
answer (uint64_t id, const char *text, size_t length)
{
  put (worker.any ? MORE : ONLY, id, text, length);
  if (worker.any)
    put (END, id, "", 0);
}

static void
echo (const Request *request)
{
  answer (request->id, request->text, request->length);
}

/* What it has answered before may be lost with it. */
static void
crash (const Request *request)
{
  if (random () % 2)
    fflush (stdout);
  raise (SIGKILL);
}

static void
last (const Request *request)
{
  answer (request->id, request->text, request->length);
  fflush (stdout);
  raise (SIGKILL);
}

static void
flaky (const Request *request)
{
  if (random () % 2)
    crash (request);
  echo (request);
}

static void
hang (const Request *request)
{
  fflush (stdout);
  for (;;)
    pause ();
}

static void
twice (const Request *request)
{
  echo (request);
  echo (request);
}

/* The beginning of a reply that nobody has asked for. */
static void
trail (const Request *request)
{
  echo (request);
  fputs ("and", stdout);
}

static void
half (const Request *request)
{
  if (worker.frames)
    put_number (FRAME_FIXED + request->length, 4);
  fwrite (request->text, 1, request->length / 2, stdout);
  fflush (stdout);
  _exit (0);
}

static void
swallow (const Request *request)
{
}

static void
refuse (const Request *request)
{
  put (ERROR, request->id, "no thanks", 9);
}

static void
garbage (const Request *request)
{
  fputs ("this is no frame, whatever one may think of it", stdout);
}

static void
wrong_id (const Request *request)
{
  answer (request->id + 1000, "wrong", 5);
}

/* Answers the request before this one. */
static void
stale (const Request *request)
{
  answer (worker.last_id, "stale", 5);
}

static void
empty (const Request *request)
{
  answer (request->id, "", 0);
}

static void
none (const Request *request)
{
  put (END, request->id, "", 0);
}

static void
three (const Request *request)
{
  for (int i = 0; i < 3; i++)
    put (MORE, request->id, request->text, request->length);
  put (END, request->id, "", 0);
}

/* Says how many requests this process has had. */
static void
count (const Request *request)
{
  char text[16];

  answer (request->id, text, (size_t)sprintf (text, "%u", worker.n_requests));
}

static const Deed deeds[] = {
  { "crash", crash },     { "flaky", flaky },    { "hang", hang },       { "twice", twice },
  { "trail", trail },     { "half", half },      { "swallow", swallow }, { "error", refuse },
  { "garbage", garbage }, { "wrong", wrong_id }, { "stale", stale },     { "empty", empty },
  { "none", none },       { "three", three },    { "count", count },     { "last", last },
  { "", echo },
};

static void
serve (const Request *request)
{
  const Deed *deed = deeds;

  while (!memmem (request->text, request->length, deed->word, strlen (deed->word)))
    deed++;
  worker.n_requests++;
  deed->func (request);
  worker.last_id = request->id;
}

static uint64_t
get_number (const char *bytes, int n_bytes)
{
  uint64_t number = 0;

  for (int i = n_bytes - 1; i >= 0; i--)
    number = number << 8 | (unsigned char)bytes[i];
  return number;
}

/* Bytes of the request at the front; 0: it is not all here. */
static size_t
cut (const char *bytes, size_t length, Request *request)
{
  const char *newline = memchr (bytes, '\n', length);

  if (!worker.frames)
    {
      *request = (Request){ 0, bytes, newline ? (size_t)(newline - bytes) : 0 };
      return newline ? request->length + 1 : 0;
    }
  if (length < FRAME_HEAD || length < 4 + get_number (bytes, 4))
    return 0;
  *request = (Request){ get_number (bytes + 4, 8), bytes + FRAME_HEAD,
                        get_number (bytes, 4) - FRAME_FIXED };
  return FRAME_HEAD + request->length;
}

static void
serve_all (Request *requests, int n)
{
  for (int i = 0; i < n; i++)
    {
      int k = worker.shuffled ? i + (int)(random () % (n - i)) : i;
      Request request = requests[k];

      requests[k] = requests[i];
      serve (&request);
    }
  if (!worker.buffered)
    fflush (stdout);
}

static size_t
serve_input (char *bytes, size_t length)
{
  Request requests[MAX_TOGETHER];
  size_t done = 0;
  size_t size;
  int n;

  do
    {
      for (n = 0; n < MAX_TOGETHER && (size = cut (bytes + done, length - done, &requests[n])); n++)
        done += size;
      serve_all (requests, n);
    }
  while (n == MAX_TOGETHER);
  memmove (bytes, bytes + done, length - done);
  return length - done;
}

int
main (int argc, char **argv)
{
  static char bytes[ROOM];
  size_t length = 0;
  ssize_t n;

  worker.any = strcmp (argv[1], "any") == 0;
  worker.frames = strcmp (argv[1], "frames") == 0;
  for (int i = 2; i < argc; i++)
    {
      worker.shuffled |= strcmp (argv[i], "shuffled") == 0;
      worker.buffered |= strcmp (argv[i], "buffered") == 0;
    }
  srandom ((unsigned)getpid () ^ (unsigned)time (NULL));
  setvbuf (stdout, NULL, _IOFBF, ROOM);
  while ((n = read (STDIN_FILENO, bytes + length, sizeof bytes - length)) > 0)
    length = serve_input (bytes, length + (size_t)n);
  fflush (stdout);
  return 0;
}
