/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Preloaded into a process: counts its allocations, and writes the number to the file named by
 * WEIR_ALLOCATIONS when it ends. glibc's own entry points do the work. */

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *memory, size_t size);
void *__libc_memalign (size_t alignment, size_t size);

static unsigned long n_allocations;

static void
count (void)
{
  __atomic_fetch_add (&n_allocations, 1, __ATOMIC_RELAXED);
}

__attribute__ ((visibility ("default"))) void *
malloc (size_t size)
{
  count ();
  return __libc_malloc (size);
}

__attribute__ ((visibility ("default"))) void *
calloc (size_t n, size_t size)
{
  count ();
  return __libc_calloc (n, size);
}

__attribute__ ((visibility ("default"))) void *
realloc (void *memory, size_t size)
{
  count ();
  return __libc_realloc (memory, size);
}

__attribute__ ((visibility ("default"))) int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  count ();
  *memory = __libc_memalign (alignment, size);
  return *memory == NULL ? 12 : 0;
}

__attribute__ ((destructor)) static void
tell (void)
{
  const char *path = getenv ("WEIR_ALLOCATIONS");
  FILE *file = path != NULL ? fopen (path, "w") : NULL;

  if (file == NULL)
    return;
  fprintf (file, "%lu\n", n_allocations);
  fclose (file);
}
