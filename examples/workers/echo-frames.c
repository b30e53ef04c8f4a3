/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker for the framing `frames`: gives each payload back. It reads what there is, answers all
 * of it, and writes the answers at once. An echo's answer is the request with another info. */
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST (1 << 20) /* a frame that this worker can take; longer ones end it */

int
main (void)
{
  static char data[2 * LARGEST];
  size_t end = 0;
  ssize_t n;

  while ((n = read (STDIN_FILENO, data + end, sizeof data - end)) > 0)
    {
      const uint32_t only = 0; /* the kind of reply; the same in either byte order */
      uint32_t length;
      size_t whole = 0;

      for (end += n; end - whole >= 16; whole += 4 + length)
        {
          memcpy (&length, data + whole, 4);
          length = le32toh (length);
          if (length > LARGEST)
            return EXIT_FAILURE;
          if (end - whole < 4 + length)
            break;
          memcpy (data + whole + 12, &only, 4);
        }

      for (size_t written = 0; written < whole; written += n)
        if ((n = write (STDOUT_FILENO, data + written, whole - written)) < 0)
          return EXIT_FAILURE;
      end -= whole;
      memmove (data, data + whole, end);
    }

  return n == 0 && end == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
