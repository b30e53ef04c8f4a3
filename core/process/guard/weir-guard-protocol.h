/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* What weir and its guard say to each other, each a packet of a SOCK_SEQPACKET pair:
 *
 *   weir → guard   SPAWN    request, strings: [directory] argv… environment…; descriptors beside it
 *                  SIGNAL   request
 *   guard → weir   STARTED  reply; a pidfd beside it
 *                  FAILED   reply
 *                  EXITED   reply
 *
 * End of file says that weir is gone; a guard that could not begin exits with its errno. Both are
 * of one build: WEIR_GUARD_PROTOCOL is the guard's first argument, the process id of weir its
 * second. The socket is its descriptor 0, /dev/null are 1 and 2. */
#define WEIR_GUARD_PROTOCOL 2

/* Variables that weir sets for one child alone: none is handed down to children of children. */
#define WEIR_DEADLINE_VARIABLE "WEIR_DEADLINE_MS"
#define WEIR_RING_VARIABLE     "WEIR_RING"

#define WEIR_GUARD_MAX_PACKET (128 * 1024)
#define WEIR_GUARD_MAX_FDS    6
#define WEIR_GUARD_MAX_LIMITS 6
#define WEIR_GUARD_CPU_BYTES  128
#define WEIR_GUARD_MAX_HEAD   256 /* bytes that the kernel reads of a script's first line */

enum
{
  WEIR_GUARD_REQUEST_SPAWN,
  WEIR_GUARD_REQUEST_SIGNAL,
};

enum
{
  WEIR_GUARD_REPLY_STARTED,
  WEIR_GUARD_REPLY_FAILED,
  WEIR_GUARD_REPLY_EXITED,
};

/* Where a spawn failed. */
enum
{
  WEIR_GUARD_STEP_RECEIVE,
  WEIR_GUARD_STEP_MEMORY,
  WEIR_GUARD_STEP_CLONE,
  WEIR_GUARD_STEP_SETPGID,
  WEIR_GUARD_STEP_PRCTL,
  WEIR_GUARD_STEP_DUP,
  WEIR_GUARD_STEP_AFFINITY,
  WEIR_GUARD_STEP_CHDIR,
  WEIR_GUARD_STEP_LIMIT,
  WEIR_GUARD_STEP_EXEC,
  WEIR_GUARD_STEP_SEND, /* weir's own: the guard never heard of it */
  WEIR_GUARD_N_STEPS,
};

typedef struct
{
  uint64_t resource; /* of setrlimit(2) */
  uint64_t value;
} WeirGuardLimit;

typedef struct
{
  uint64_t id;
  uint32_t kind;
  int32_t signal;
  uint32_t fd_mask; /* which of the child's descriptors lie beside it, lowest first */
  uint32_t has_directory;
  uint32_t n_argv;
  uint32_t n_environment;
  uint32_t n_limits;
  uint32_t has_affinity;
  WeirGuardLimit limits[WEIR_GUARD_MAX_LIMITS];
  uint8_t cpus[WEIR_GUARD_CPU_BYTES]; /* of sched_setaffinity(2) */
} WeirGuardRequest;

typedef struct
{
  uint64_t id;
  uint32_t kind;
  int32_t pid;
  int32_t error; /* errno */
  int32_t step;
  int32_t status; /* of waitpid(2) */
  uint32_t padding;
  uint64_t user;   /* nanoseconds */
  uint64_t system; /* nanoseconds */
  uint64_t peak;   /* bytes */
  char interpreter[WEIR_GUARD_MAX_HEAD]; /* of a script, which is missing; "": none */
} WeirGuardReply;
