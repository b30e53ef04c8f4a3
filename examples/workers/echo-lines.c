/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker for the framing `lines`: gives each line back. */
#include <stdio.h>
#include <stdlib.h>

int
main (void)
{
  char *line = NULL;
  size_t size = 0;
  ssize_t length;

  /* Replies that are kept back until there are many of them would come late. */
  setvbuf (stdout, NULL, _IOLBF, BUFSIZ);

  while ((length = getline (&line, &size, stdin)) > 0)
    if (fwrite (line, 1, length, stdout) != (size_t)length)
      return EXIT_FAILURE;

  free (line);
  return EXIT_SUCCESS;
}
