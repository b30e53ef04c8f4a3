/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Preloaded into a process: its wall clock is off by so many seconds as are in the file named by
 * WEIR_WALL_CLOCK, a signed number of eight bytes. Whoever writes another number there steps the
 * clock, of the process and of those that it starts. Monotonic time goes on as it was. */

static const long long *offset;

__attribute__ ((constructor)) static void
map_offset (void)
{
  const char *path = getenv ("WEIR_WALL_CLOCK");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *place;

  if (fd < 0)
    return;
  place = mmap (NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  close (fd);
  if (place != MAP_FAILED)
    offset = place;
}

static time_t
get_offset (void)
{
  return offset != NULL ? (time_t)__atomic_load_n (offset, __ATOMIC_RELAXED) : 0;
}

__attribute__ ((visibility ("default"))) int
clock_gettime (clockid_t id, struct timespec *now)
{
  if (syscall (SYS_clock_gettime, id, now) != 0)
    return -1;
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
    now->tv_sec += get_offset ();
  return 0;
}

__attribute__ ((visibility ("default"))) int
gettimeofday (struct timeval *restrict now, void *restrict zone)
{
  struct timespec time;

  (void)zone;
  if (clock_gettime (CLOCK_REALTIME, &time) != 0)
    return -1;
  *now = (struct timeval){ time.tv_sec, time.tv_nsec / 1000 };
  return 0;
}

__attribute__ ((visibility ("default"))) time_t
time (time_t *place)
{
  struct timespec now;

  if (clock_gettime (CLOCK_REALTIME_COARSE, &now) != 0)
    return -1;
  if (place != NULL)
    *place = now.tv_sec;
  return now.tv_sec;
}
