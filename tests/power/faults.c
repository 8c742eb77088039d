/* Put before the system's library (LD_PRELOAD): the nth call of a kind on a path fails.
   FAULT="CALL PATH-PART NTH ERRNO MODE"; MODE: once, on (from then on), after (done, and then said to have
   failed). CALL: write (any of them), sync (any of them), open. FAULT_CLOCK=SECONDS moves the clock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int seen;

/* 0: as always; 1: fail; 2: do it, then fail. */
static int order_on(const char *call, const char *path) {
    char kind[16], part[64], mode[16];
    int nth, code;
    const char *text = getenv("FAULT");
    if (!text || sscanf(text, "%15s %63s %d %d %15s", kind, part, &nth, &code, mode) != 5 || strcmp(kind, call)) return 0;
    if (!strstr(path, part)) return 0;
    int now = __sync_add_and_fetch(&seen, 1);
    if (now < nth || (now > nth && strcmp(mode, "on"))) return 0;
    errno = code;
    return strcmp(mode, "after") ? 1 : 2;
}

static int order(const char *call, int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return order_on(call, path);
}

#define GO(result, call, fd, name, types, ...)                                                  \
    static result (*real) types;                                                                \
    if (!real) real = (result (*) types) dlsym(RTLD_NEXT, name);                                \
    int what = order(call, fd), code = errno;                                                   \
    if (what == 1) return -1;                                                                   \
    result done = real(__VA_ARGS__);                                                            \
    if (what == 2) { errno = code; return -1; }                                                 \
    return done;

ssize_t write(int fd, const void *b, size_t n) { GO(ssize_t, "write", fd, "write", (int, const void *, size_t), fd, b, n) }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { GO(ssize_t, "write", fd, "pwrite", (int, const void *, size_t, off_t), fd, b, n, at) }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { GO(ssize_t, "write", fd, "pwrite64", (int, const void *, size_t, off64_t), fd, b, n, at) }
int fsync(int fd) { GO(int, "sync", fd, "fsync", (int), fd) }
int fdatasync(int fd) { GO(int, "sync", fd, "fdatasync", (int), fd) }

int open64(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (!real) real = (int (*)(const char *, int, ...)) dlsym(RTLD_NEXT, "open64");
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int), code = errno;
    va_end(more);
    if (order_on("open", path) == 1) return -1;
    errno = code;
    return real(path, flags, mode);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, now);
    const char *moved = getenv("FAULT_CLOCK");
    if (moved && id == CLOCK_REALTIME) now->tv_sec += atol(moved);
    return done;
}
