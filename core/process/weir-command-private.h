/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_LIMIT_MEMORY,    /* bytes of address space, RLIMIT_AS */
  WEIR_LIMIT_CPU,       /* seconds, RLIMIT_CPU */
  WEIR_LIMIT_FILES,     /* open descriptors, RLIMIT_NOFILE */
  WEIR_LIMIT_FILE_SIZE, /* bytes, RLIMIT_FSIZE */
  WEIR_LIMIT_PROCESSES, /* of the user, RLIMIT_NPROC */
  WEIR_LIMIT_CORE,      /* bytes, RLIMIT_CORE */
  WEIR_N_LIMITS,
} WeirLimit;

/* Not set: the child inherits it. */
#define WEIR_LIMIT_NONE G_MAXUINT64

/* What is to be run, and in which surroundings. Constant once it is shared; any thread may hold a
 * reference. */
typedef struct _WeirCommand WeirCommand;
struct _WeirCommand
{
  gint refs;         /* atomic */
  GStrv argv;        /* at least one; argv[0] is looked up in PATH unless it has a slash */
  GStrv environment; /* NAME=value beyond what weir itself has; or NULL */
  char *directory;   /* to work in; NULL: weir's own */
  GArray *affinity;  /* guint: CPUs that it may run on; NULL: any */
  guint64 limits[WEIR_N_LIMITS];
  char *key; /* equal for equal commands in equal surroundings */
};

/* @argv: copied. The other members may be set until weir_command_seal(), which makes the key. */
WeirCommand *weir_command_new (const char *const *argv) G_GNUC_WARN_UNUSED_RESULT;
void weir_command_seal (WeirCommand *command);
WeirCommand *weir_command_ref (WeirCommand *command);
void weir_command_unref (WeirCommand *command);

/* As a person would type it, for messages; no longer than 200 bytes. */
char *weir_command_to_text (const WeirCommand *command) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCommand, weir_command_unref)

G_END_DECLS
